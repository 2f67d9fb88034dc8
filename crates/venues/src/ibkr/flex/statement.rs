//! A statement as it was fetched, and what it tells: acts, and what was held.

use door::{Act, Position};
use jiff::{Timestamp, civil::Date};
use rust_decimal::Decimal;

use super::{
    FlexError,
    acts::{self, amount_of},
    time,
    xml::{self, Row},
};

/// A statement of some days.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Statement {
    /// The query's name, as its owner gave it.
    pub name: String,
    /// Which kind of query.
    pub kind: StatementKind,
    /// As it came, and nothing secret in it.
    pub xml: Vec<u8>,
    /// What it tells was done, in its order.
    pub acts: Vec<Act>,
    /// The accounts that it is about.
    pub accounts: Vec<String>,
    /// The first day that it covers; the first that was asked for where it does not say.
    pub from: Date,
    /// The last one.
    pub to: Date,
    /// When IBKR made it, where it tells.
    pub generated_at: Option<Timestamp>,
    /// The parts that it has, by IBKR's names.
    pub sections: Vec<String>,
    /// What was held at its end, where it tells.
    pub positions: Vec<Stated<Position>>,
    /// The cash at its end by currency, where it tells.
    pub cash: Vec<Stated<(String, Decimal)>>,
}

/// Something that a statement says of one of its accounts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stated<T> {
    /// The account.
    pub account: String,
    /// What is said.
    pub what: T,
    /// Where in the statement it stands.
    pub place: String,
}

/// The kinds of queries.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StatementKind {
    /// All that happened; there after the day's close.
    Activity,
    /// Trades; there within minutes.
    TradeConfirmations,
    /// One that the statement does not tell.
    Other,
}

impl StatementKind {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Activity => "activity",
            Self::TradeConfirmations => "trade confirmations",
            Self::Other => "of a kind that it does not tell",
        }
    }
}

impl Statement {
    /// Reads a statement that was asked for these days.
    pub fn read(xml: Vec<u8>, from: Date, to: Date) -> Result<Self, FlexError> {
        let mut reading = Reading::default();
        xml::rows(&xml, |row| reading.take(row))?;
        if !reading.is_statement {
            return Err(FlexError::malformed("no statement"));
        }
        if reading.accounts.len() > 1 {
            acts::name_accounts(&mut reading.acts);
        }
        Ok(Self {
            name: reading.name,
            kind: reading.kind,
            acts: reading.acts.into_iter().map(|told| told.what).collect(),
            accounts: reading.accounts,
            from: reading.from.unwrap_or(from),
            to: reading.to.unwrap_or(to),
            generated_at: reading.generated_at,
            sections: reading.sections,
            positions: reading.positions,
            cash: reading.cash,
            xml,
        })
    }
}

struct Reading {
    is_statement: bool,
    name: String,
    kind: StatementKind,
    account: String,
    accounts: Vec<String>,
    from: Option<Date>,
    to: Option<Date>,
    generated_at: Option<Timestamp>,
    sections: Vec<String>,
    acts: Vec<Stated<Act>>,
    positions: Vec<Stated<Position>>,
    cash: Vec<Stated<(String, Decimal)>>,
}

impl Default for Reading {
    fn default() -> Self {
        Self {
            is_statement: false,
            name: String::new(),
            kind: StatementKind::Other,
            account: String::new(),
            accounts: Vec::new(),
            from: None,
            to: None,
            generated_at: None,
            sections: Vec::new(),
            acts: Vec::new(),
            positions: Vec::new(),
            cash: Vec::new(),
        }
    }
}

impl Reading {
    fn take(&mut self, row: &Row) -> Result<(), FlexError> {
        match (row.parent.as_str(), row.name.as_str()) {
            ("", "FlexQueryResponse") => {
                self.name = door::clean(row.get("queryName").unwrap_or_default());
                self.kind = match row.get("type") {
                    Some("AF") => StatementKind::Activity,
                    Some("TCF") => StatementKind::TradeConfirmations,
                    Some(_) | None => StatementKind::Other,
                };
            }
            ("", _) => return Err(FlexError::malformed("no statement")),
            ("FlexStatements", "FlexStatement") => self.begin(row),
            ("FlexStatement", section) => self.open(section),
            ("Trades" | "TradeConfirms", "Trade" | "TradeConfirm") => {
                let act = acts::fill(row);
                self.tell(row, act);
            }
            ("Trades" | "TradeConfirms" | "Orders", "Order") => {
                let act = acts::order(row);
                self.tell(row, act);
            }
            ("CashTransactions", "CashTransaction") => {
                let act = acts::cash(row);
                self.tell(row, act);
            }
            ("Transfers", "Transfer") => {
                let act = acts::transfer(row);
                self.tell(row, act);
            }
            ("OpenPositions", "OpenPosition") => self.hold(row),
            ("CashReport", "CashReportCurrency") => self.count(row),
            _ => {}
        }
        Ok(())
    }

    fn begin(&mut self, row: &Row) {
        self.is_statement = true;
        self.account = door::clean(row.get("accountId").unwrap_or_default());
        if !self.account.is_empty() && !self.accounts.contains(&self.account) {
            self.accounts.push(self.account.clone());
        }
        let day = |name| row.get(name).and_then(time::date);
        if let Some(from) = day("fromDate") {
            self.from = Some(self.from.map_or(from, |known| known.min(from)));
        }
        if let Some(to) = day("toDate") {
            self.to = Some(self.to.map_or(to, |known| known.max(to)));
        }
        if let Some(at) = row.get("whenGenerated").and_then(time::moment) {
            self.generated_at = Some(at);
        }
    }

    fn open(&mut self, section: &str) {
        if !self.sections.iter().any(|known| known == section) {
            self.sections.push(door::clean(section));
        }
    }

    fn tell(&mut self, row: &Row, act: Option<Act>) {
        if let Some(what) = act {
            self.acts.push(self.stated(row, what));
        }
    }

    fn hold(&mut self, row: &Row) {
        let whole = row
            .get("levelOfDetail")
            .is_none_or(|level| level == "SUMMARY");
        let quantity = amount_of(row, "position");
        if let (true, Some(instrument), Some(quantity)) = (whole, row.get("symbol"), quantity) {
            let position = Position {
                instrument: door::clean(instrument),
                quantity,
                average_cost: amount_of(row, "costBasisPrice"),
            };
            self.positions.push(self.stated(row, position));
        }
    }

    fn count(&mut self, row: &Row) {
        let (currency, cash) = (row.get("currency"), amount_of(row, "endingCash"));
        if let (Some(currency), Some(cash)) = (currency, cash) {
            let counted = (door::clean(currency), cash);
            self.cash.push(self.stated(row, counted));
        }
    }

    fn stated<T>(&self, row: &Row, what: T) -> Stated<T> {
        let account = row.get("accountId").map(door::clean);
        Stated {
            account: account.unwrap_or_else(|| self.account.clone()),
            what,
            place: acts::place(row),
        }
    }
}
