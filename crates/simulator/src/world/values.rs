//! The values that a simulated broker deals in. Plain data: what is allowed to happen to them is
//! decided in the world's own modules, never here.

use std::{fmt, time::Duration};

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

pub use door::Side;

use super::{ApiKey, PANIC_KEY};

/// A broker's number of an account (`U1234567`).
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AccountId(pub String);

/// A login name. One username holds one brokerage session, whatever the platform.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Username(pub String);

/// The lasting number of an order, the same at every platform of the broker.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PermId(pub i64);

/// A session's own number.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SessionId(pub u64);

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Username {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for PermId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A venue that is simulated.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Default)]
pub enum Venue {
    /// Interactive Brokers.
    #[default]
    Ibkr,
    /// Kraken.
    Kraken,
    /// Deribit.
    Deribit,
}

impl Venue {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Ibkr, Self::Kraken, Self::Deribit];

    /// Its id.
    pub fn id(self) -> &'static str {
        match self {
            Self::Ibkr => "ibkr",
            Self::Kraken => "kraken",
            Self::Deribit => "deribit",
        }
    }

    /// The venue of an id.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|venue| venue.id() == id)
    }
}

/// Where a session or an order comes from.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Platform {
    /// TWS or IB Gateway, its window and its API socket.
    Tws,
    /// The Client Portal Web API's gateway.
    ClientPortal,
    /// The phone.
    Mobile,
    /// The broker's web pages in a browser.
    Web,
    /// An OAuth consumer, without a login.
    Api,
}

impl Platform {
    /// Its id in truth lines.
    pub fn id(self) -> &'static str {
        match self {
            Self::Tws => "tws",
            Self::ClientPortal => "client-portal",
            Self::Mobile => "mobile",
            Self::Web => "web",
            Self::Api => "api",
        }
    }
}

/// One login on one platform.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Session {
    /// Its number.
    pub id: SessionId,
    /// Who is logged in.
    pub username: Username,
    /// Where.
    pub platform: Platform,
    /// Device and place, as the broker's page shows them.
    pub label: String,
    /// Whether it is the owner's own, on the owner's own computer.
    pub here: bool,
    /// Whether it still lives. A dead session never comes back; a new login is a new session.
    pub alive: bool,
    /// Whether it holds its username's brokerage seat. Without it nothing can be traded.
    pub seat: bool,
    /// How often another session took the seat from it.
    pub evicted: u64,
    /// When it was opened, since the world began.
    pub opened: Duration,
}

/// What is traded.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Instrument {
    /// The broker's contract number.
    pub con_id: i32,
    /// The ticker.
    pub symbol: String,
    /// `STK`, `OPT`, `FUT`, ...
    pub sec_type: String,
    /// Where an order is routed.
    pub exchange: String,
    /// The currency of its prices.
    pub currency: String,
    /// In which sub-account's book it is traded; 0 is the main account's.
    #[serde(default, skip_serializing_if = "is_main")]
    pub sub: u32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_main(sub: &u32) -> bool {
    *sub == 0
}

impl Instrument {
    /// A US share, routed by the broker.
    pub fn share(con_id: i32, symbol: &str) -> Self {
        Self {
            con_id,
            symbol: symbol.to_owned(),
            sec_type: "STK".to_owned(),
            exchange: "SMART".to_owned(),
            currency: "USD".to_owned(),
            sub: 0,
        }
    }
}

/// The broker's order types that are simulated.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum OrderType {
    /// At the market.
    #[serde(rename = "MKT")]
    Market,
    /// At a limit or better.
    #[serde(rename = "LMT")]
    Limit,
    /// At the market, once a price is touched.
    #[serde(rename = "STP")]
    Stop,
    /// At a limit, once a price is touched.
    #[serde(rename = "STP LMT")]
    StopLimit,
    /// A stop that follows the price.
    #[serde(rename = "TRAIL")]
    Trail,
}

impl OrderType {
    /// The broker's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Market => "MKT",
            Self::Limit => "LMT",
            Self::Stop => "STP",
            Self::StopLimit => "STP LMT",
            Self::Trail => "TRAIL",
        }
    }

    /// The type of a word, in any case (`lmt`, `STP LMT`, `STOP_LIMIT`).
    pub fn from_word(word: &str) -> Option<Self> {
        match word.to_ascii_uppercase().replace('_', " ").as_str() {
            "MKT" | "MARKET" => Some(Self::Market),
            "LMT" | "LIMIT" => Some(Self::Limit),
            "STP" | "STOP" => Some(Self::Stop),
            "STP LMT" | "STOP LIMIT" => Some(Self::StopLimit),
            "TRAIL" => Some(Self::Trail),
            _ => None,
        }
    }

    /// Whether it waits for a price before it works.
    pub fn waits(self) -> bool {
        match self {
            Self::Stop | Self::StopLimit | Self::Trail => true,
            Self::Market | Self::Limit => false,
        }
    }
}

/// An order's state in the broker's words. Exactly one at a time.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum OrderStatus {
    /// Sent, not yet taken by the broker's own system.
    PendingSubmit,
    /// Taken, and waits for its condition.
    PreSubmitted,
    /// Working.
    Submitted,
    /// A cancel was taken. It can still fill.
    PendingCancel,
    /// Gone, unfilled or in part.
    Cancelled,
    /// All of it traded.
    Filled,
    /// Not working and not cancelled: rejected, or put aside.
    Inactive,
}

impl OrderStatus {
    /// The broker's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::PendingSubmit => "PendingSubmit",
            Self::PreSubmitted => "PreSubmitted",
            Self::Submitted => "Submitted",
            Self::PendingCancel => "PendingCancel",
            Self::Cancelled => "Cancelled",
            Self::Filled => "Filled",
            Self::Inactive => "Inactive",
        }
    }

    /// Whether the order can still fill.
    pub fn open(self) -> bool {
        match self {
            Self::PendingSubmit | Self::PreSubmitted | Self::Submitted | Self::PendingCancel => {
                true
            }
            Self::Cancelled | Self::Filled | Self::Inactive => false,
        }
    }
}

/// Who sent an order, and by which numbers that platform knows it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Submitter {
    /// From where.
    pub platform: Platform,
    /// By which login.
    pub username: Username,
    /// The API client that placed it; `None` for an order from a window, a page or a phone.
    pub client_id: Option<i32>,
    /// That client's own number of it; 0 where there is none.
    pub order_id: i32,
}

impl Submitter {
    /// An order typed into a window, a page or a phone.
    pub fn by_hand(platform: Platform, username: Username) -> Self {
        Self {
            platform,
            username,
            client_id: None,
            order_id: 0,
        }
    }

    /// An order of a client of the TWS socket.
    pub fn client(username: Username, client_id: i32, order_id: i32) -> Self {
        Self {
            platform: Platform::Tws,
            username,
            client_id: Some(client_id),
            order_id,
        }
    }
}

/// What is asked for when an order is placed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewOrder {
    /// What.
    pub instrument: Instrument,
    /// Which way.
    pub side: Side,
    /// How much.
    pub quantity: Decimal,
    /// How.
    pub order_type: OrderType,
    /// Limit price.
    #[serde(default)]
    pub limit: Option<Decimal>,
    /// Stop price, or the amount that a trailing stop follows by.
    #[serde(default)]
    pub stop: Option<Decimal>,
    /// `DAY`, `GTC`, ...
    #[serde(default = "day")]
    pub tif: String,
    /// The sender's own mark.
    #[serde(default)]
    pub order_ref: String,
}

fn day() -> String {
    "DAY".to_owned()
}

/// An order as the broker keeps it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Order {
    /// Its lasting number.
    pub perm_id: PermId,
    /// The number by which the Client Portal knows it.
    pub cp_order_id: i64,
    /// In which account.
    pub account: AccountId,
    /// Who sent it.
    pub submitter: Submitter,
    /// What was asked for.
    pub ask: NewOrder,
    /// How much of it traded.
    pub filled: Decimal,
    /// At which price on average; zero before the first fill.
    pub average_price: Decimal,
    /// At which price last; zero before the first fill.
    pub last_price: Decimal,
    /// Its one state.
    pub status: OrderStatus,
    /// Put aside by its owner: shown in listings, cannot fill.
    pub deactivated: bool,
    /// When it was placed, since the world began.
    pub placed: Duration,
    /// When its state last changed, since the world began.
    pub changed: Duration,
}

impl Order {
    /// Whether it can still fill: in an open state, and not put aside.
    pub fn open(&self) -> bool {
        self.status.open() && !self.deactivated
    }

    /// How much has not traded.
    pub fn remaining(&self) -> Decimal {
        self.ask.quantity - self.filled
    }
}

/// A trade.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Execution {
    /// The broker's id of it.
    pub id: String,
    /// The order's lasting number.
    pub perm_id: PermId,
    /// The number by which the Client Portal knows the order.
    pub cp_order_id: i64,
    /// In which account.
    pub account: AccountId,
    /// Who sent the order.
    pub submitter: Submitter,
    /// What.
    pub instrument: Instrument,
    /// Which way.
    pub side: Side,
    /// How much.
    pub quantity: Decimal,
    /// At which price.
    pub price: Decimal,
    /// The sender's own mark.
    pub order_ref: String,
    /// When, since the world began.
    pub at: Duration,
}

/// What is held of one instrument.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Holding {
    /// What.
    pub instrument: Instrument,
    /// How much; negative when short.
    pub quantity: Decimal,
    /// What a unit cost on average.
    pub average_cost: Decimal,
}

/// The API settings of a running TWS, as far as they bear on safety.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "they are switches of the broker's own program, each apart from the others"
)]
pub struct TwsSettings {
    /// API clients can neither place nor cancel.
    pub read_only_api: bool,
    /// Only this computer may connect.
    pub allow_localhost_only: bool,
    /// Other computers that may connect without asking.
    pub trusted_ips: Vec<String>,
    /// The client that is shown all other clients' orders.
    pub master_client_id: Option<i32>,
    /// The API's port.
    pub socket_port: u16,
    /// Whether API messages are written to a file.
    pub create_api_message_log_file: bool,
    /// How much is logged.
    pub logging_level: String,
    /// Whether warnings about orders of API clients are passed over.
    pub bypass_order_precautions: bool,
}

/// What can be cut only on the account's own pages.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyKind {
    /// A self-service OAuth consumer: can trade.
    OauthConsumer,
    /// A Flex Web Service token: can read statements.
    FlexToken,
    /// An exchange's API key.
    ApiKey,
}

impl KeyKind {
    /// Its id in truth lines.
    pub fn id(self) -> &'static str {
        match self {
            Self::OauthConsumer => "oauth-consumer",
            Self::FlexToken => "flex-token",
            Self::ApiKey => "api-key",
        }
    }
}

/// A key or token. Inside the simulator whoever names it holds it; on an exchange's wire it signs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Key {
    /// Its name on the page.
    pub name: String,
    /// What it is.
    pub kind: KeyKind,
    /// Whether it works.
    pub enabled: bool,
    /// What an exchange keeps of it.
    pub api: Option<ApiKey>,
}

impl Key {
    /// Whether orders can be placed with it.
    pub fn trades(&self) -> bool {
        match (self.kind, &self.api) {
            (KeyKind::OauthConsumer, _) => true,
            (KeyKind::FlexToken, _) | (KeyKind::ApiKey, None) => false,
            (KeyKind::ApiKey, Some(api)) => api.trades,
        }
    }

    /// Whether it is a key that was made for Firebreak.
    pub fn is_firebreaks(&self) -> bool {
        self.kind == KeyKind::ApiKey && self.name.starts_with(PANIC_KEY)
    }
}

/// A device that answers the second factor.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Device {
    /// Its name on the page.
    pub name: String,
    /// Whether it is the owner's.
    pub known: bool,
}

/// Why something was not done.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum WorldError {
    /// There is no such account.
    #[error("no such account: {0}")]
    NoAccount(AccountId),
    /// There is no such username, or it may not act on that account.
    #[error("no such user: {0}")]
    NoUser(Username),
    /// The session is not alive.
    #[error("the session has ended")]
    SessionEnded,
    /// The username or password is not accepted.
    #[error("login refused")]
    LoginRefused,
    /// Another session of this username holds the brokerage seat.
    #[error("another session holds the brokerage seat")]
    Competing,
    /// The session holds no brokerage seat.
    #[error("no brokerage session")]
    NoSeat,
    /// The account takes no orders.
    #[error("the account is locked")]
    Locked,
    /// The account takes no orders in this product.
    #[error("trading of this product is switched off")]
    Blocked,
    /// API clients may only read.
    #[error("the API is in read-only mode")]
    ReadOnly,
    /// TWS has no link to the broker.
    #[error("no link to the broker")]
    LinkLost,
    /// That client id is connected already.
    #[error("client id {0} is in use")]
    ClientIdInUse(i32),
    /// TWS does not run.
    #[error("TWS is not running")]
    TwsStopped,
    /// The key does not work.
    #[error("the key is not valid")]
    KeyRevoked,
    /// There is no such order.
    #[error("no such order")]
    NoOrder,
    /// The order cannot be cancelled any more.
    #[error("the order is {}", .0.word())]
    OrderEnded(OrderStatus),
    /// The order makes no sense.
    #[error("{0}")]
    BadOrder(&'static str),
    /// The market is closed.
    #[error("the market is closed")]
    MarketClosed,
    /// It takes the second factor, and that is lost.
    #[error("the second factor is not at hand")]
    SecondFactor,
    /// Whoever asks may not do that there.
    #[error("{0}")]
    NotAllowed(&'static str),
    /// There is no such thing to act on.
    #[error("there is no {0}")]
    Nothing(String),
}
