//! The simulated account's own pages and its security desk, as a person meets them: what no API of
//! the broker can do. A page shows what is so in the world, never what somebody hopes.

use crate::world::{AccountId, AccountView, KeyKind, WithdrawalState, World, WorldError};

/// One of the broker's pages, or a call to its security desk.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
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
}

impl PageId {
    /// All pages.
    pub const ALL: [Self; 11] = [
        Self::Sessions,
        Self::ApiKeys,
        Self::OtherKeys,
        Self::Flex,
        Self::Withdrawals,
        Self::Users,
        Self::SecurityDesk,
        Self::TwoFactor,
        Self::Password,
        Self::Orders,
        Self::Settings,
    ];

    /// The id that a runbook's card names.
    pub fn id(self) -> &'static str {
        match self {
            Self::Sessions => "sessions",
            Self::ApiKeys => "api-keys",
            Self::OtherKeys => "other-api-keys",
            Self::Flex => "flex",
            Self::Withdrawals => "withdrawals",
            Self::Users => "users",
            Self::SecurityDesk => "security-desk",
            Self::TwoFactor => "two-factor",
            Self::Password => "password",
            Self::Orders => "orders",
            Self::Settings => "settings",
        }
    }

    /// The page of an id.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|page| page.id() == id)
    }

    fn title(self) -> &'static str {
        match self {
            Self::Sessions => "Sessions",
            Self::ApiKeys => "API access",
            Self::OtherKeys => "API access, without Firebreak",
            Self::Flex => "Flex Web Service",
            Self::Withdrawals => "Withdrawals",
            Self::Users => "Users and access rights",
            Self::SecurityDesk => "Security desk",
            Self::TwoFactor => "Secure Login System",
            Self::Password => "Password",
            Self::Orders => "Orders",
            Self::Settings => "API settings",
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
    /// What it says.
    pub text: String,
    /// Whether it still has to be dealt with.
    pub open: bool,
}

impl Page {
    /// How many lines still have to be dealt with.
    pub fn open(&self) -> usize {
        self.rows.iter().filter(|row| row.open).count()
    }
}

/// The kinds of keys that the page of API keys lists.
const KEYS_THAT_TRADE: [KeyKind; 2] = [KeyKind::OauthConsumer, KeyKind::ApiKey];

/// Opens a page of an account.
pub fn page(world: &World, account: &AccountId, id: PageId) -> Result<Page, WorldError> {
    let view = world.account(account)?;
    let row = |text: String, open: bool| Row { text, open };
    let keys = |kinds: &[KeyKind], all: bool| {
        view.keys
            .iter()
            .filter(|key| kinds.contains(&key.kind) && (all || !key.is_firebreaks()))
            .filter(|key| key.api.as_ref().is_none_or(|api| api.listed))
            .map(|key| {
                let state = if key.enabled { "on" } else { "off" };
                row(format!("{}: {state}", key.name), key.enabled)
            })
            .collect()
    };
    let rows = match id {
        PageId::Sessions => {
            let sessions = world.sessions(account).into_iter();
            sessions
                .map(|session| {
                    let whose = if session.here { " (this computer)" } else { "" };
                    row(
                        format!("{}, {}{whose}", session.username, session.label),
                        !session.here,
                    )
                })
                .collect()
        }
        PageId::ApiKeys => keys(&KEYS_THAT_TRADE, true),
        PageId::OtherKeys => keys(&KEYS_THAT_TRADE, false),
        PageId::Flex => keys(&[KeyKind::FlexToken], true),
        PageId::Withdrawals => withdrawals(&view),
        PageId::Users => view
            .users
            .iter()
            .map(|(user, known)| row(user.0.clone(), !known))
            .collect(),
        PageId::SecurityDesk => {
            let state = if view.locked { "locked" } else { "not locked" };
            vec![row(format!("The account is {state}"), !view.locked)]
        }
        PageId::TwoFactor => view
            .devices
            .iter()
            .map(|device| row(device.name.clone(), !device.known))
            .collect(),
        PageId::Password => {
            let state = if view.password_changed {
                "The password was changed"
            } else {
                "The password is the one of before"
            };
            vec![row(state.to_owned(), !view.password_changed)]
        }
        PageId::Orders => orders(world, account),
        PageId::Settings => settings(world, account)?,
    };
    Ok(Page {
        id,
        title: id.title(),
        rows,
        reference: match id {
            PageId::SecurityDesk => view.references.last().cloned(),
            PageId::Sessions
            | PageId::ApiKeys
            | PageId::OtherKeys
            | PageId::Flex
            | PageId::Withdrawals
            | PageId::Users
            | PageId::TwoFactor
            | PageId::Password
            | PageId::Orders
            | PageId::Settings => None,
        },
    })
}

fn withdrawals(view: &AccountView) -> Vec<Row> {
    view.withdrawals
        .iter()
        .map(|each| Row {
            text: format!(
                "{}: {} {} to {}, {}",
                each.id,
                each.amount,
                each.currency,
                each.target,
                each.state.word()
            ),
            open: each.state == WithdrawalState::Pending,
        })
        .collect()
}

fn orders(world: &World, account: &AccountId) -> Vec<Row> {
    let listed = world.orders(account).into_iter();
    listed
        .filter(|order| order.status.open())
        .map(|order| {
            let put_aside = if order.deactivated {
                ", deactivated"
            } else {
                ""
            };
            Row {
                text: format!(
                    "{} {} {} {}, {}{put_aside}",
                    order.ask.side,
                    order.remaining(),
                    order.ask.instrument.symbol,
                    order.ask.order_type.word(),
                    order.status.word()
                ),
                open: order.open(),
            }
        })
        .collect()
}

fn settings(world: &World, account: &AccountId) -> Result<Vec<Row>, WorldError> {
    let settings = world.tws_settings(account)?;
    let row = |text: String, open: bool| Row { text, open };
    let foreign: Vec<_> = settings
        .trusted_ips
        .iter()
        .filter(|ip| *ip != "127.0.0.1")
        .cloned()
        .collect();
    let mut rows = vec![row(
        format!("Only this computer: {}", settings.allow_localhost_only),
        !settings.allow_localhost_only,
    )];
    rows.extend(
        foreign
            .into_iter()
            .map(|ip| row(format!("Trusted address {ip}"), true)),
    );
    if let Some(master) = settings.master_client_id {
        rows.push(row(format!("Master client id {master}"), true));
    }
    Ok(rows)
}

/// Does on a page what the page is for: ends the other sessions, switches the keys off, has the
/// account locked. What is done already is no error.
pub fn act(world: &World, account: &AccountId, id: PageId) -> Result<(), WorldError> {
    let view = world.account(account)?;
    let switch_off = |kinds: &[KeyKind], all: bool| {
        let on = view
            .keys
            .iter()
            .filter(|key| key.enabled && kinds.contains(&key.kind))
            .filter(|key| all || !key.is_firebreaks());
        on.map(|key| &key.name)
            .try_for_each(|name| world.revoke_key(account, name))
    };
    match id {
        PageId::Sessions => world.end_other_sessions(account),
        PageId::ApiKeys => switch_off(&KEYS_THAT_TRADE, true),
        PageId::OtherKeys => switch_off(&KEYS_THAT_TRADE, false),
        PageId::Flex => switch_off(&[KeyKind::FlexToken], true),
        PageId::Withdrawals => {
            for each in view.withdrawals {
                if each.state == WithdrawalState::Pending {
                    world.cancel_withdrawal(account, &each.id)?;
                }
            }
            Ok(())
        }
        PageId::Users => {
            for (user, known) in view.users {
                if !known {
                    world.remove_user(&user)?;
                }
            }
            Ok(())
        }
        PageId::SecurityDesk => world.lock(account).map(|_| ()),
        PageId::TwoFactor => {
            for device in view.devices {
                if !device.known {
                    world.remove_device(account, &device.name)?;
                }
            }
            Ok(())
        }
        PageId::Password => {
            if view.password_changed {
                Ok(())
            } else {
                world.change_password(account)
            }
        }
        PageId::Orders => world.cancel_by_desk(account),
        PageId::Settings => world
            .change_tws_settings(account, |settings| {
                settings.allow_localhost_only = true;
                settings.trusted_ips.retain(|ip| ip == "127.0.0.1");
                settings.master_client_id = None;
            })
            .map(|_| ()),
    }
}

/// What kind of value a card asks for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AnswerKind {
    /// How many are left.
    Number,
    /// A reference number.
    Text,
    /// When it was.
    Time,
    /// Whether it is so.
    YesNo,
}

impl AnswerKind {
    /// The kind of a card's format (`number`, `text`, `time`, `yes_no`).
    pub fn from_id(id: &str) -> Option<Self> {
        match id {
            "number" => Some(Self::Number),
            "text" => Some(Self::Text),
            "time" => Some(Self::Time),
            "yes_no" => Some(Self::YesNo),
            _ => None,
        }
    }
}

/// A card, as far as a scripted person needs it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CardAsk<'a> {
    /// Which page it is about.
    pub page: &'a str,
    /// What kind of value it asks for.
    pub kind: AnswerKind,
    /// The value that means done. It is read for the sense of a yes-or-no question alone: whether
    /// `yes` is the good answer.
    pub want: Option<&'a str>,
}

/// Somebody who does what a card says on the simulated pages, looks again, and reads out what the
/// page says then, also when it is not what the card wants to hear.
#[derive(Clone)]
pub struct ScriptedPerson {
    world: World,
}

impl ScriptedPerson {
    /// A person with access to the pages of this world.
    pub fn new(world: World) -> Self {
        Self { world }
    }

    /// The one-time code that the owner's device shows now.
    pub fn code(&self, account: &AccountId) -> Option<String> {
        self.world.code(account).ok()
    }

    /// Deals with a card on `accounts`, and says the value read. `None` when no page answers it.
    pub fn answer(&self, accounts: &[AccountId], card: &CardAsk<'_>) -> Option<String> {
        let id = PageId::from_id(card.page)?;
        let mut pages = Vec::new();
        for account in accounts {
            // a person who is refused still reads the page
            let _ = act(&self.world, account, id);
            pages.push(page(&self.world, account, id).ok()?);
        }
        if pages.is_empty() {
            return None;
        }
        let open: usize = pages.iter().map(Page::open).sum();
        match card.kind {
            AnswerKind::Number => Some(open.to_string()),
            AnswerKind::YesNo => {
                let good_is_yes = card
                    .want
                    .is_none_or(|want| want.eq_ignore_ascii_case("yes"));
                let yes = (open == 0) == good_is_yes;
                Some(if yes { "yes" } else { "no" }.to_owned())
            }
            AnswerKind::Text => {
                let references: Vec<_> = pages
                    .iter()
                    .map(|page| page.reference.as_deref())
                    .collect::<Option<_>>()?;
                Some(references.join(", "))
            }
            AnswerKind::Time => Some(self.world.wall(self.world.now()).to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::Timestamp;
    use rust_decimal::Decimal;

    use super::*;
    use crate::world::{Device, Login, Platform, Seeding, Username, Venue};

    fn invaded() -> (World, AccountId) {
        let world = World::new(3, Timestamp::UNIX_EPOCH);
        let account = world.seed_account("a", &Seeding::default()).unwrap();
        let phone = Username("a-phone".to_owned());
        let login = Login {
            password: world.password(&phone).unwrap(),
            username: phone,
            platform: Platform::Web,
            label: "elsewhere".to_owned(),
            here: false,
        };
        world.log_in(&login).unwrap();
        world
            .ask_withdrawal(
                &account,
                Decimal::new(500, 0),
                "elsewhere",
                Duration::from_mins(1),
            )
            .unwrap();
        world
            .add_user(&account, &Username("stranger".to_owned()), false)
            .unwrap();
        let device = Device {
            name: "phone elsewhere".to_owned(),
            known: false,
        };
        world.add_device(&account, device).unwrap();
        world
            .change_tws_settings(&account, |settings| settings.allow_localhost_only = false)
            .unwrap();
        (world, account)
    }

    #[tokio::test(start_paused = true)]
    async fn at_an_exchange_firebreaks_own_key_outlives_the_others() {
        let world = World::new(3, Timestamp::UNIX_EPOCH);
        let seeding = Seeding::default();
        let account = world.seed_exchange("k", Venue::Kraken, &seeding).unwrap();
        assert_eq!(world.truth_summary()["k"].live_keys, 4);
        for (id, left) in [(PageId::OtherKeys, 2), (PageId::ApiKeys, 0)] {
            act(&world, &account, id).unwrap();
            assert_eq!(page(&world, &account, id).unwrap().open(), 0);
            assert_eq!(world.truth_summary()["k"].live_keys, left);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_person_leaves_nothing_open_on_any_page_and_reads_that_there() {
        let (world, account) = invaded();
        let person = ScriptedPerson::new(world.clone());
        // exchanges have that one
        let pages = PageId::ALL.into_iter();
        for id in pages.filter(|id| *id != PageId::OtherKeys) {
            assert!(
                page(&world, &account, id).unwrap().open() > 0,
                "{}",
                id.id()
            );
            let card = CardAsk {
                page: id.id(),
                kind: AnswerKind::Number,
                want: Some("0"),
            };
            let answer = person.answer(std::slice::from_ref(&account), &card);
            assert_eq!(answer.as_deref(), Some("0"), "{}", id.id());
        }
        let truth = world.truth_summary()["a"];
        assert_eq!((truth.open_orders, truth.open_withdrawals), (0, 0));
        assert_eq!((truth.live_keys, truth.live_sessions), (0, 1));
    }

    #[tokio::test(start_paused = true)]
    async fn a_person_reads_what_is_there_and_not_what_is_wanted() {
        let (world, account) = invaded();
        let person = ScriptedPerson::new(world.clone());
        let orders = CardAsk {
            page: "orders",
            kind: AnswerKind::Number,
            want: Some("7"),
        };
        let accounts = std::slice::from_ref(&account);
        assert_eq!(person.answer(accounts, &orders).as_deref(), Some("0"));
        let desk = CardAsk {
            page: "security-desk",
            kind: AnswerKind::Text,
            want: None,
        };
        let reference = person.answer(accounts, &desk).unwrap();
        assert_eq!(world.account(&account).unwrap().references, [reference]);
        let unknown = CardAsk {
            page: "moon",
            ..orders
        };
        assert_eq!(person.answer(accounts, &unknown), None);
        assert_eq!(person.answer(&[], &orders), None);
    }

    #[tokio::test(start_paused = true)]
    async fn the_sense_of_a_question_decides_between_yes_and_no() {
        let (world, account) = invaded();
        let person = ScriptedPerson::new(world);
        let accounts = std::slice::from_ref(&account);
        let ask = |page, want| CardAsk {
            page,
            kind: AnswerKind::YesNo,
            want,
        };
        let locked = person.answer(accounts, &ask("security-desk", Some("yes")));
        assert_eq!(locked.as_deref(), Some("yes"));
        let still_works = person.answer(accounts, &ask("flex", Some("no")));
        assert_eq!(still_works.as_deref(), Some("no"));
    }
}
