//! The simulated account's own pages and its security desk, as a person meets them: what no API of
//! the broker can do. A page shows what is so in the world, never what somebody hopes.

mod acts;
mod person;
mod rows;
#[cfg(test)]
mod tests;

pub use acts::{act, act_on};
pub use person::{AnswerKind, CardAsk, ScriptedPerson};

use crate::world::{AccountId, Venue, World, WorldError};

/// One of the broker's pages, or a call to its security desk.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum PageId {
    /// Who is logged in.
    Sessions,
    /// OAuth consumers and API keys.
    ApiKeys,
    /// API keys without the one that Firebreak uses.
    OtherKeys,
    /// Flex Web Service tokens.
    Flex,
    /// Withdrawals.
    Withdrawals,
    /// Transfers of positions to other brokers, and the dispute of them.
    Transfers,
    /// Where withdrawals may go.
    AddressBook,
    /// How the broker reaches the owner.
    Contact,
    /// Users and access rights.
    Users,
    /// The security desk, on the phone.
    SecurityDesk,
    /// Devices of the second factor.
    TwoFactor,
    /// The password.
    Password,
    /// Orders, from every platform.
    Orders,
    /// TWS' API settings.
    Settings,
    /// The owner's own programs on this computer, and their watchdogs.
    Bots,
}

impl PageId {
    /// All pages.
    pub const ALL: [Self; 15] = [
        Self::Sessions,
        Self::ApiKeys,
        Self::OtherKeys,
        Self::Flex,
        Self::Withdrawals,
        Self::Transfers,
        Self::AddressBook,
        Self::Contact,
        Self::Users,
        Self::SecurityDesk,
        Self::TwoFactor,
        Self::Password,
        Self::Orders,
        Self::Settings,
        Self::Bots,
    ];

    /// The id that a runbook's card names.
    pub fn id(self) -> &'static str {
        match self {
            Self::Sessions => "sessions",
            Self::ApiKeys => "api-keys",
            Self::OtherKeys => "other-api-keys",
            Self::Flex => "flex",
            Self::Withdrawals => "withdrawals",
            Self::Transfers => "transfers",
            Self::AddressBook => "address-book",
            Self::Contact => "contact",
            Self::Users => "users",
            Self::SecurityDesk => "security-desk",
            Self::TwoFactor => "two-factor",
            Self::Password => "password",
            Self::Orders => "orders",
            Self::Settings => "settings",
            Self::Bots => "bots",
        }
    }

    /// The page of an id.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|page| page.id() == id)
    }

    /// Its heading.
    pub fn title(self) -> &'static str {
        match self {
            Self::Sessions => "Sessions",
            Self::ApiKeys => "API access",
            Self::OtherKeys => "API access, without Firebreak",
            Self::Flex => "Flex Web Service",
            Self::Withdrawals => "Withdrawals",
            Self::Transfers => "Transfers to other brokers",
            Self::AddressBook => "Payees and withdrawal addresses",
            Self::Contact => "Contact data",
            Self::Users => "Users and access rights",
            Self::SecurityDesk => "Security desk",
            Self::TwoFactor => "Secure Login System",
            Self::Password => "Password",
            Self::Orders => "Orders",
            Self::Settings => "API settings",
            Self::Bots => "Programs on this computer",
        }
    }

    /// Whether what it is for takes the second factor. Reading it never does, and neither do the
    /// phone and what is on this computer.
    pub fn takes_second_factor(self) -> bool {
        match self {
            Self::Sessions
            | Self::ApiKeys
            | Self::OtherKeys
            | Self::Flex
            | Self::Withdrawals
            | Self::AddressBook
            | Self::Contact
            | Self::Users
            | Self::TwoFactor
            | Self::Password => true,
            Self::Transfers | Self::SecurityDesk | Self::Orders | Self::Settings | Self::Bots => {
                false
            }
        }
    }

    fn is_at(self, venue: Venue) -> bool {
        let broker = venue == Venue::Ibkr;
        match self {
            Self::Sessions
            | Self::ApiKeys
            | Self::Withdrawals
            | Self::AddressBook
            | Self::Contact
            | Self::SecurityDesk
            | Self::TwoFactor
            | Self::Password
            | Self::Orders
            | Self::Bots => true,
            Self::OtherKeys => !broker,
            Self::Flex | Self::Transfers | Self::Users | Self::Settings => broker,
        }
    }
}

/// A page as it stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Page {
    /// Which.
    pub id: PageId,
    /// Its heading.
    pub title: &'static str,
    /// Its lines, top down.
    pub rows: Vec<Row>,
    /// The last reference number that the desk gave, on its own page.
    pub reference: Option<String>,
}

/// A line of a page.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Row {
    /// What it is about: the same for as long as the line is there.
    pub id: String,
    /// What it says.
    pub text: String,
    /// Whether it still has to be dealt with.
    pub open: bool,
    /// What can be done about it: the word on its button.
    pub action: Option<&'static str>,
}

impl Page {
    /// How many lines still have to be dealt with.
    pub fn open(&self) -> usize {
        self.rows.iter().filter(|row| row.open).count()
    }
}

/// The pages that an account has.
pub fn pages_for(world: &World, account: &AccountId) -> Result<Vec<PageId>, WorldError> {
    let view = world.account(account)?;
    let venue = view.exchange.venue;
    let mut pages = PageId::ALL.to_vec();
    pages.retain(|page| page.is_at(venue));
    if view.programs.is_empty() {
        pages.retain(|page| *page != PageId::Bots);
    }
    Ok(pages)
}

/// Opens a page of an account.
pub fn page(world: &World, account: &AccountId, id: PageId) -> Result<Page, WorldError> {
    let view = world.account(account)?;
    let reference = match id {
        PageId::SecurityDesk => view.references.last().cloned(),
        PageId::Sessions
        | PageId::ApiKeys
        | PageId::OtherKeys
        | PageId::Flex
        | PageId::Withdrawals
        | PageId::Transfers
        | PageId::AddressBook
        | PageId::Contact
        | PageId::Users
        | PageId::TwoFactor
        | PageId::Password
        | PageId::Orders
        | PageId::Settings
        | PageId::Bots => None,
    };
    Ok(Page {
        id,
        title: id.title(),
        rows: rows::rows(world, account, &view, id)?,
        reference,
    })
}
