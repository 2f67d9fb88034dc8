//! What a readable log of TWS or IB Gateway tells: who connected, which client ids were used, and
//! which orders and fills went over the API.
//!
//! A line of the API's log has an arrow, `<-` towards TWS and `->` from it, and the message in the
//! wire's order of fields, whose separators are written in one way or another. Fields are found by
//! what stands among them (a kind of security, a side), not by counting from the front, as the front
//! differs from version to version. A line that cannot be read so is counted, and told as no act.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use door::{Act, ActKind, Side, clean};
use jiff::Timestamp;
use rust_decimal::Decimal;

use super::time::Clock;

/// The most acts that are read of one log.
const ACTS_AT_MOST: usize = 50_000;
/// Messages of the wire, by their numbers (the broker's API reference): towards TWS and from it.
const PLACE_ORDER: u32 = 3;
const START_API: u32 = 71;
const OPEN_ORDER: u32 = 5;
const EXECUTION: u32 = 11;
/// What is added to a number whose message is binary.
const BINARY: u32 = 200;
/// A client id that is not known yet.
const NOT_YET: &str = "2147483647";
/// Kinds of securities, as the wire writes them.
const KINDS: [&str; 14] = [
    "STK", "OPT", "FUT", "CONTFUT", "FOP", "CASH", "CFD", "BAG", "WAR", "IND", "BOND", "FUND",
    "CMDTY", "CRYPTO",
];

/// What a log tells.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct Heard {
    pub(super) acts: Vec<Act>,
    /// Client ids that were used.
    pub(super) clients: BTreeSet<String>,
    /// From where clients connected: how often, and when first.
    pub(super) connections: BTreeMap<String, Connections>,
    /// Messages about orders and fills that could not be read.
    pub(super) unread: usize,
    /// Whether acts were left out for their number.
    pub(super) cut_short: bool,
}

/// Connections from one address.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Connections {
    pub(super) times: usize,
    pub(super) first: Option<Timestamp>,
    pub(super) line: usize,
}

/// Reads a log. `client` is the client id that its name tells.
pub(super) fn read(text: &str, clock: &Clock, client: Option<&str>) -> Heard {
    let mut reading = Reading {
        client: client.map(str::to_owned),
        ..Reading::default()
    };
    reading.heard.clients.extend(client.map(str::to_owned));
    for (nth, line) in text.lines().enumerate() {
        reading.line(line, nth + 1, clock);
    }
    reading.end()
}

#[derive(Default)]
struct Reading {
    heard: Heard,
    /// Whose messages follow, where the log tells.
    client: Option<String>,
    /// Where each act stands, by its kind and id.
    known: HashMap<(ActKind, String), usize>,
    /// The lasting id of an order by its client and its number there.
    lasting: HashMap<(String, String), String>,
}

impl Reading {
    fn line(&mut self, line: &str, nth: usize, clock: &Clock) {
        self.connection(line, nth, clock);
        let Some((towards, message)) = arrow(line) else {
            return;
        };
        let client = bracketed(line).or_else(|| self.client.clone());
        if let Some(client) = &client {
            self.heard.clients.insert(client.clone());
        }
        let Some((number, fields)) = fields(message) else {
            return;
        };
        let about = Line {
            at: clock.of(line),
            place: format!("line {nth}"),
            client,
        };
        match (towards, number) {
            (true, START_API) => {
                // a version stands before the id
                if let Some(id) = fields.get(1).filter(|id| is_number(id)) {
                    self.heard.clients.insert((*id).to_owned());
                    self.client = Some((*id).to_owned());
                }
            }
            (true, PLACE_ORDER) => self.placed(&fields, &about),
            (false, OPEN_ORDER) => self.open(&fields, &about),
            (false, EXECUTION) => self.filled(&fields, about, clock),
            (true, number) if number == BINARY + PLACE_ORDER => self.heard.unread += 1,
            (false, number) if [BINARY + OPEN_ORDER, BINARY + EXECUTION].contains(&number) => {
                self.heard.unread += 1;
            }
            _ => {}
        }
    }

    /// `Starting new conversation with client on 127.0.0.1`.
    fn connection(&mut self, line: &str, nth: usize, clock: &Clock) {
        let Some((_, after)) = line.split_once("conversation with client on ") else {
            if let Some(client) = bracketed(line) {
                self.heard.clients.insert(client);
            }
            return;
        };
        let address = after
            .split_whitespace()
            .next()
            .unwrap_or_default()
            .trim_start_matches('/');
        let known = self.heard.connections.entry(clean(address)).or_default();
        known.times += 1;
        if known.times == 1 {
            known.first = clock.of(line);
            known.line = nth;
        }
    }

    fn placed(&mut self, fields: &[&str], about: &Line) {
        let Some(order) = Ordered::of(fields) else {
            self.heard.unread += 1;
            return;
        };
        let client = about.client.clone().unwrap_or_else(|| "?".to_owned());
        let mut act = order.act(format!("tws:{client}:{}", order.number), about);
        act.words = format!("API client {client} sent: {}", order.words);
        act.device = Some("TWS API".to_owned());
        self.add(act);
    }

    fn open(&mut self, fields: &[&str], about: &Line) {
        let Some(order) = Ordered::of(fields) else {
            self.heard.unread += 1;
            return;
        };
        let Some((client, permanent)) = order.named(fields) else {
            self.heard.unread += 1;
            return;
        };
        let mut act = order.act(permanent.clone(), about);
        act.words = format!("TWS told: {}", order.words);
        act.client_id = Some(client.clone());
        self.heard.clients.insert(client.clone());
        self.lasting
            .insert((client, order.number.to_owned()), permanent);
        // when it was told is not when it was placed
        act.at = None;
        self.add(act);
    }

    fn filled(&mut self, fields: &[&str], about: Line, clock: &Clock) {
        let Some(act) = execution(fields, about, clock) else {
            self.heard.unread += 1;
            return;
        };
        self.heard.clients.extend(act.client_id.clone());
        self.add(act);
    }

    fn add(&mut self, act: Act) {
        let name = (act.kind, act.id.clone());
        if self.known.contains_key(&name) {
            return;
        }
        if self.heard.acts.len() >= ACTS_AT_MOST {
            self.heard.cut_short = true;
            return;
        }
        self.known.insert(name, self.heard.acts.len());
        self.heard.acts.push(act);
    }

    /// Gives orders that were placed here their lasting ids, once each.
    fn end(mut self) -> Heard {
        let mut placed: HashMap<String, Act> = HashMap::new();
        let mut acts = Vec::with_capacity(self.heard.acts.len());
        for mut act in self.heard.acts {
            let mut parts = act.id.split(':');
            let lasting = match (parts.next(), parts.next(), parts.next()) {
                (Some("tws"), Some(client), Some(number)) => self
                    .lasting
                    .get(&(client.to_owned(), number.to_owned()))
                    .cloned(),
                _ => None,
            };
            if let Some(id) = lasting {
                act.id.clone_from(&id);
                placed.insert(id, act.clone());
                acts.push(act);
            } else {
                acts.push(act);
            }
        }
        // who sent an order and when is told by the message that placed it
        acts.retain(|act| {
            act.kind != ActKind::Order
                || placed
                    .get(&act.id)
                    .is_none_or(|first| first.place == act.place)
        });
        self.heard.acts = acts;
        self.heard
    }
}

/// Where a message stands, and whose it is.
struct Line {
    at: Option<Timestamp>,
    place: String,
    client: Option<String>,
}

/// An order, as both messages write it around its contract and its side.
struct Ordered<'a> {
    number: &'a str,
    symbol: &'a str,
    side: Side,
    quantity: Option<Decimal>,
    price: Option<Decimal>,
    currency: Option<&'a str>,
    multiplier: Option<Decimal>,
    /// Where its side stands.
    at: usize,
    words: String,
}

impl<'a> Ordered<'a> {
    fn of(fields: &[&'a str]) -> Option<Self> {
        let kind = fields.iter().position(|field| KINDS.contains(field))?;
        let number = *fields.get(kind.checked_sub(3)?)?;
        let symbol = *fields.get(kind.checked_sub(1)?)?;
        let side_at = kind
            + fields
                .get(kind..)?
                .iter()
                .position(|field| matches!(*field, "BUY" | "SELL" | "SSHORT"))?;
        let side = if fields[side_at] == "BUY" {
            Side::Buy
        } else {
            Side::Sell
        };
        let field = |after: usize| fields.get(side_at + after).copied();
        let quantity = decimal(field(1)?);
        let order_type = field(2)?;
        let price = field(3).and_then(decimal).filter(|price| !price.is_zero());
        let currency = fields
            .get(kind..side_at)?
            .iter()
            .copied()
            .find(|field| is_currency(field) && *field != fields[kind]);
        let multiplier = fields
            .get(kind + 4)
            .and_then(|field| decimal(field))
            .filter(|times| *times > Decimal::ONE);
        if !is_number(number) || symbol.is_empty() {
            return None;
        }
        let words = clean(&format!(
            "{side} {} {symbol} {order_type}{}",
            field(1)?,
            price.map_or_else(String::new, |price| format!(" {price}"))
        ));
        Some(Self {
            number,
            symbol,
            side,
            quantity,
            price,
            currency,
            multiplier,
            at: side_at,
            words,
        })
    }

    fn act(&self, id: String, about: &Line) -> Act {
        Act {
            at: about.at,
            instrument: Some(clean(self.symbol)),
            side: Some(self.side),
            quantity: self.quantity,
            multiplier: self.multiplier,
            price: self.price,
            currency: self.currency.map(clean),
            client_id: about.client.clone(),
            ..Act::new(ActKind::Order, id, String::new(), about.place.clone())
        }
    }

    /// The client id and the permanent id that `openOrder` tells; nothing where its fields do not
    /// stand as they should.
    fn named(&self, fields: &[&str]) -> Option<(String, String)> {
        let field = |after: usize| fields.get(self.at + after).copied();
        let account = field(7)?;
        let is_account = account.len() >= 4
            && account.starts_with(|c: char| c.is_ascii_uppercase())
            && account.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let (client, permanent) = (field(11)?, field(12)?);
        (is_account && is_number(client) && is_number(permanent) && permanent != "0")
            .then(|| (client.to_owned(), permanent.to_owned()))
    }
}

fn execution(fields: &[&str], about: Line, clock: &Clock) -> Option<Act> {
    let side_at = fields
        .iter()
        .position(|field| matches!(*field, "BOT" | "SLD"))?;
    let side = if fields[side_at] == "BOT" {
        Side::Buy
    } else {
        Side::Sell
    };
    let id_at = fields[..side_at]
        .iter()
        .rposition(|field| is_execution(field))?;
    let kind = fields[..id_at]
        .iter()
        .position(|field| KINDS.contains(field))?;
    let symbol = *fields.get(kind.checked_sub(1)?)?;
    let field = |after: usize| fields.get(side_at + after).copied();
    let (quantity, price) = (decimal(field(1)?)?, decimal(field(2)?)?);
    let permanent = field(3).filter(|id| is_number(id) && *id != "0");
    let client = field(4).filter(|id| is_number(id));
    // a time with a dash in it is two fields where a dash divides fields
    let time = fields[id_at + 1..side_at.saturating_sub(2)].join("-");
    Some(Act {
        at: clock.of_fields(&time).or(about.at),
        instrument: Some(clean(symbol)),
        side: Some(side),
        quantity: Some(quantity),
        price: Some(price),
        currency: fields[kind..id_at]
            .iter()
            .find(|field| is_currency(field) && **field != fields[kind])
            .map(|field| clean(field)),
        multiplier: fields
            .get(kind + 4)
            .and_then(|field| decimal(field))
            .filter(|times| *times > Decimal::ONE),
        order: permanent.map(str::to_owned),
        client_id: client.map(str::to_owned),
        ..Act::new(
            ActKind::Fill,
            clean(fields[id_at]),
            clean(&format!("{side} {quantity} {symbol} at {price}")),
            about.place,
        )
    })
}

/// Which way a message goes, towards TWS or from it, and what follows the arrow.
fn arrow(line: &str) -> Option<(bool, &str)> {
    let towards = line.find("<- ").map(|at| (at, true));
    let from = line.find("-> ").map(|at| (at, false));
    let (at, towards) = match (towards, from) {
        (Some(towards), Some(from)) => towards.min(from),
        (found, other) => found.or(other)?,
    };
    Some((towards, line[at + 3..].trim_start()))
}

/// The number of a message, and its fields after the number. Its length, which may stand before it
/// as four letters, is passed over.
fn fields(message: &str) -> Option<(u32, Vec<&str>)> {
    let message = if message.starts_with("---") {
        let after = message.char_indices().nth(4)?.0;
        &message[after..]
    } else {
        message
    };
    let digits = message.bytes().take_while(u8::is_ascii_digit).count();
    let number = message[..digits].parse().ok()?;
    let rest = &message[digits..];
    let Some(divider) = rest.chars().next() else {
        return Some((number, Vec::new()));
    };
    if divider.is_ascii_alphanumeric() {
        return None;
    }
    Some((number, rest.split(divider).skip(1).collect()))
}

/// The client id in `[7:157:157:1:0:0:0:SYS]`.
fn bracketed(line: &str) -> Option<String> {
    line.split('[').skip(1).find_map(|part| {
        let (inside, _) = part.split_once(']')?;
        let parts: Vec<&str> = inside.split(':').collect();
        let is_one = parts.len() >= 7 && parts[1..6].iter().all(|part| is_number(part));
        let id = parts[0];
        (is_one && is_number(id) && id != NOT_YET).then(|| id.to_owned())
    })
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.len() <= 20 && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_currency(text: &str) -> bool {
    text.len() == 3
        && text.bytes().all(|byte| byte.is_ascii_uppercase())
        && !KINDS.contains(&text)
        && CURRENCIES.contains(&text)
}

/// The currencies that accounts there may hold.
const CURRENCIES: [&str; 27] = [
    "USD", "EUR", "GBP", "JPY", "CHF", "CAD", "AUD", "NZD", "HKD", "SGD", "SEK", "NOK", "DKK",
    "CNH", "CNY", "KRW", "INR", "ILS", "MXN", "PLN", "CZK", "HUF", "ZAR", "TRY", "AED", "SAR",
    "TWD",
];

/// `0000e0d5.673c4e34.01.01`.
fn is_execution(text: &str) -> bool {
    let parts: Vec<&str> = text.split('.').collect();
    parts.len() >= 3
        && parts[0].len() >= 4
        && parts
            .iter()
            .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// A number as it is written; nothing for the largest float, which is the wire's `not set`.
fn decimal(text: &str) -> Option<Decimal> {
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use jiff::{civil::Date, tz::TimeZone};
    use proptest::prelude::*;

    use super::*;

    fn clock() -> Clock {
        Clock {
            zone: TimeZone::get("America/New_York").unwrap(),
            day: Some(Date::constant(2026, 11, 24)),
        }
    }

    const LOG: &str = "\
09:33:39:001 <- 71-2-7--\n\
09:33:40:120 <- 3-12-265598-AAPL-STK--0.0--SMART--USD-AAPL-NMS---BUY-100-LMT-150.25--DAY--U1234567--0-bot-1-\n\
09:33:40:300 -> ---C5-12-265598-AAPL-STK--0--SMART-USD-AAPL-NMS-BUY-100-LMT-150.25-0.0-DAY--U1234567--0-bot-7-987654321-0-0-0\n\
09:33:41:300 -> ---C5-12-265598-AAPL-STK--0--SMART-USD-AAPL-NMS-BUY-100-LMT-150.25-0.0-DAY--U1234567--0-bot-7-987654321-0-0-0\n\
09:33:42:000 -> ---@11--1-12-265598-AAPL-STK--0.0--ISLAND-USD-AAPL-NMS-0000e0d5.673c4e34.01.01-20261124-14:33:41-U1234567-ISLAND-BOT-100-150.20-987654321-7-0-100-150.20-bot\n";

    #[test]
    fn an_order_is_told_once_with_its_lasting_id_its_client_and_its_time() {
        let heard = read(LOG, &clock(), None);
        assert_eq!(heard.unread, 0);
        assert_eq!(heard.clients, BTreeSet::from(["7".to_owned()]));
        let [order, fill] = heard.acts.as_slice() else {
            panic!("{:?}", heard.acts);
        };
        assert_eq!(order.id, "987654321");
        assert_eq!(order.client_id.as_deref(), Some("7"));
        assert_eq!(order.place, "line 2");
        assert_eq!(order.at.unwrap().to_string(), "2026-11-24T14:33:40.12Z");
        assert_eq!(order.words, "API client 7 sent: buy 100 AAPL LMT 150.25");
        assert_eq!(order.price, Some(Decimal::new(15025, 2)));
        assert_eq!(order.currency.as_deref(), Some("USD"));
        assert_eq!(fill.id, "0000e0d5.673c4e34.01.01");
        assert_eq!(fill.order.as_deref(), Some("987654321"));
        assert_eq!(fill.at.unwrap().to_string(), "2026-11-24T14:33:41Z");
        assert_eq!(fill.quantity, Some(Decimal::from(100)));
    }

    #[test]
    fn other_dividers_are_read_alike_and_no_version_makes_a_difference() {
        let log = "2026-11-24 09:33:40.120 <- 3|45|12|0|ES|FUT|202612|0.0||50|CME||USD|||SELL|2|MKT|0.0|\n";
        let heard = read(log, &clock(), Some("3"));
        let order = &heard.acts[0];
        assert_eq!(order.id, "tws:3:12");
        assert_eq!(order.side, Some(Side::Sell));
        assert_eq!(order.multiplier, Some(Decimal::from(50)));
        assert_eq!(order.price, None);
    }

    #[test]
    fn connections_are_counted_by_where_they_came_from() {
        let log = "\
2026-11-24 11:05:37.952 [TE] INFO [JTS-EServerSocket-287] - [2147483647:136:136:1:0:0:0:SYS] Starting new conversation with client on 127.0.0.1\n\
2026-11-24 11:06:37.952 [TE] INFO [JTS-EServerSocket-288] - [0:47:76:1:0:0:0:SYS] Starting new conversation with client on /10.0.0.9\n\
2026-11-24 11:07:37.952 [TE] INFO [JTS-EServerSocket-289] - [-:157:157:1:0:0:0:SYS] Server version is 157\n\
2026-11-24 11:08:37.952 [TE] INFO [JTS-EServerSocket-289] - [66:157:157:1:0:3:2:INFO] Handling incoming PlaceOrder message.\n";
        let heard = read(log, &clock(), None);
        let addresses: Vec<_> = heard.connections.keys().map(String::as_str).collect();
        assert_eq!(addresses, ["10.0.0.9", "127.0.0.1"]);
        assert_eq!(heard.connections["10.0.0.9"].line, 2);
        assert_eq!(heard.clients, BTreeSet::from(["66".to_owned()]));
        assert!(heard.acts.is_empty());
    }

    #[test]
    fn messages_that_are_binary_or_torn_are_counted_and_tell_nothing() {
        let log = "\
09:33:40:120 <- 203\u{0}\u{8}\u{c}\n\
09:33:40:121 -> 205 binary\n\
09:33:40:122 <- 3-12-265598-AAPL\n\
09:33:40:123 -> 5-12-265598-AAPL-STK--0--SMART-USD-AAPL-NMS-BUY-100-LMT-1-0.0-DAY--shifted-0-bot-7-1\n\
09:33:40:124 -> 4-2-1-2104-fine\n";
        let heard = read(log, &clock(), None);
        assert_eq!(heard.unread, 4);
        assert!(heard.acts.is_empty());
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_falling_over(text in "\\PC{0,60}(<- |-> )?[0-9]{0,3}\\PC{0,80}") {
            let heard = read(&text, &clock(), None);
            prop_assert!(heard.acts.len() <= 1);
        }
    }
}
