//! What the service answers, as text: envelopes, and statements of what the world knows.
//!
//! Dates and times are as the broker's usual query has them: `yyyyMMdd;HHmmss`, in New York.

use std::{collections::BTreeMap, fmt::Write as _, sync::LazyLock, time::Duration};

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use rust_decimal::Decimal;

use crate::{
    https::Site,
    world::{
        Execution, Holding, Order, PermId, Platform, Side, TransferState, WithdrawalState, World,
    },
};

static NEW_YORK: LazyLock<TimeZone> = LazyLock::new(|| {
    TimeZone::posix("EST5EDT,M3.2.0,M11.1.0").expect("a test of this crate reads this rule")
});

/// What a trade cost to execute, whatever its size: what TWS says as well.
const COMMISSION: Decimal = Decimal::ONE;

/// The day of a time, where statements are reckoned.
pub(super) fn day(at: Timestamp) -> Date {
    NEW_YORK.to_datetime(at).date()
}

/// Where a statement will be.
pub(super) fn reference(now: Timestamp, code: &str, url: &str) -> Vec<u8> {
    let inner = format!(
        "<Status>Success</Status>\n<ReferenceCode>{code}</ReferenceCode>\n<Url>{url}</Url>\n"
    );
    envelope(now, &inner)
}

/// Why there is no statement.
pub(super) fn refusal(now: Timestamp, code: u16, words: &str) -> Vec<u8> {
    let passes = words.ends_with("shortly.");
    let status = if passes { "Warn" } else { "Fail" };
    let inner = format!(
        "<Status>{status}</Status>\n<ErrorCode>{code}</ErrorCode>\n\
         <ErrorMessage>{words}</ErrorMessage>\n"
    );
    envelope(now, &inner)
}

fn envelope(now: Timestamp, inner: &str) -> Vec<u8> {
    let at = NEW_YORK.to_datetime(now);
    let at = at.strftime("%d %B, %Y %I:%M %p");
    let zone = NEW_YORK.to_offset_info(now);
    let zone = zone.abbreviation();
    format!("<FlexStatementResponse timestamp='{at} {zone}'>\n{inner}</FlexStatementResponse>\n")
        .into_bytes()
}

/// A few bytes that unfold into more than a computer holds.
pub(super) fn bomb() -> Vec<u8> {
    let mut text = "<?xml version=\"1.0\"?>\n<!DOCTYPE FlexQueryResponse [\n\
                    <!ENTITY e0 \"statement\">\n"
        .to_owned();
    for nth in 1..=12 {
        let one = format!("&e{};", nth - 1);
        // a string takes everything
        let _ = writeln!(text, "<!ENTITY e{nth} \"{}\">", one.repeat(10));
    }
    text.push_str(
        "]>\n<FlexQueryResponse queryName=\"&e12;\" type=\"AF\">&e12;</FlexQueryResponse>\n",
    );
    text.into_bytes()
}

/// A statement of some days.
pub(super) struct Statement<'a> {
    pub(super) site: &'a Site,
    pub(super) name: &'a str,
    pub(super) is_activity: bool,
    pub(super) from: Date,
    pub(super) to: Date,
    pub(super) now: Timestamp,
}

impl Statement<'_> {
    /// As the broker writes it, a row a line.
    pub(super) fn render(&self) -> Vec<u8> {
        let mut text = String::new();
        let kind = if self.is_activity { "AF" } else { "TCF" };
        let (from, to) = (compact(self.from), compact(self.to));
        let generated = moment(self.now);
        let head = [
            format!(
                "<FlexQueryResponse queryName=\"{}\" type=\"{kind}\">",
                self.name
            ),
            "<FlexStatements count=\"1\">".to_owned(),
            format!(
                "<FlexStatement accountId=\"{}\" fromDate=\"{from}\" toDate=\"{to}\" period=\"\" \
                 whenGenerated=\"{generated}\">",
                self.site.account.0
            ),
        ];
        for line in head {
            text.push_str(&line);
            text.push('\n');
        }
        if self.is_activity {
            section(&mut text, "Trades", &self.trades());
            section(&mut text, "CashTransactions", &self.cash());
            section(&mut text, "Transfers", &self.transfers());
            section(&mut text, "OpenPositions", &self.positions());
            section(&mut text, "CashReport", &self.cash_report());
        } else {
            section(&mut text, "TradeConfirms", &self.confirms());
        }
        text.push_str("</FlexStatement>\n</FlexStatements>\n</FlexQueryResponse>\n");
        text.into_bytes()
    }

    fn trades(&self) -> Vec<String> {
        let executions = self.executions();
        let gained = realised(&executions, &self.holdings());
        let mut rows = Vec::new();
        for (order, fills) in self.by_order(&executions) {
            rows.push(self.order(&order, "ibOrderID", "tradePrice"));
            rows.extend(fills.into_iter().map(|fill| {
                let signed = signed(fill);
                let mut row = self.row("Trade", &fill.instrument.currency);
                self.about(&mut row, &fill.instrument);
                row.add("tradeDate", compact(day(self.at(fill.at))));
                row.add("dateTime", moment(self.at(fill.at)));
                row.add("transactionType", "ExchTrade");
                row.add("exchange", &fill.instrument.exchange);
                row.add("quantity", digits(signed));
                row.add("tradePrice", digits(fill.price));
                row.add("proceeds", digits(-signed * fill.price));
                row.add("taxes", "0");
                row.add("ibCommission", digits(-COMMISSION));
                row.add("ibCommissionCurrency", &fill.instrument.currency);
                row.add("netCash", digits(-signed * fill.price - COMMISSION));
                let gain = gained.get(&fill.id).copied().unwrap_or_default();
                row.add("fifoPnlRealized", digits(gain));
                row.add("buySell", way(fill.side));
                row.add("ibOrderID", number_of(fill.perm_id));
                row.add("ibExecID", &fill.id);
                self.sent(&mut row, fill, &order);
                row.end()
            }));
        }
        rows
    }

    fn confirms(&self) -> Vec<String> {
        let executions = self.executions();
        let mut rows = Vec::new();
        for (order, fills) in self.by_order(&executions) {
            rows.push(self.order(&order, "orderID", "price"));
            rows.extend(fills.into_iter().map(|fill| {
                let signed = signed(fill);
                let mut row = self.row("TradeConfirm", &fill.instrument.currency);
                self.about(&mut row, &fill.instrument);
                row.add("transactionType", "ExchTrade");
                row.add("orderID", number_of(fill.perm_id));
                row.add("execID", &fill.id);
                row.add("tradeDate", compact(day(self.at(fill.at))));
                row.add("dateTime", moment(self.at(fill.at)));
                row.add("exchange", &fill.instrument.exchange);
                row.add("buySell", way(fill.side));
                row.add("quantity", digits(signed));
                row.add("price", digits(fill.price));
                row.add("netCash", digits(-signed * fill.price - COMMISSION));
                row.add("commission", digits(-COMMISSION));
                row.add("commissionCurrency", &fill.instrument.currency);
                row.add("tax", "0");
                self.sent(&mut row, fill, &order);
                row.end()
            }));
        }
        rows
    }

    /// An order that was executed, in part or whole.
    fn order(&self, order: &Order, number: &str, price: &str) -> String {
        let ask = &order.ask;
        let quantity = match ask.side {
            Side::Buy => order.filled,
            Side::Sell => -order.filled,
        };
        let mut row = self.row("Order", &ask.instrument.currency);
        self.about(&mut row, &ask.instrument);
        row.add(number, number_of(order.perm_id));
        row.add("orderTime", moment(self.at(order.placed)));
        row.add("dateTime", moment(self.at(order.changed)));
        row.add("buySell", way(ask.side));
        row.add("quantity", digits(quantity));
        row.add(price, digits(order.average_price));
        row.add("orderType", ask.order_type.word());
        row.add("levelOfDetail", "ORDER");
        row.end()
    }

    /// How an execution's order was sent.
    fn sent(&self, row: &mut Row, fill: &Execution, order: &Order) {
        row.add("orderReference", self.name(&fill.order_ref));
        row.add("orderTime", moment(self.at(order.placed)));
        row.add("levelOfDetail", "EXECUTION");
        row.add("orderType", order.ask.order_type.word());
        let api = fill.submitter.client_id.is_some() || fill.submitter.platform == Platform::Api;
        row.add("isAPIOrder", if api { "Y" } else { "N" });
    }

    fn cash(&self) -> Vec<String> {
        let withdrawals = self.view(|view| view.withdrawals);
        let sent = withdrawals
            .into_iter()
            .filter(|it| it.state == WithdrawalState::Sent && self.covers(self.at(it.asked)));
        sent.map(|withdrawal| {
            let mut row = self.row("CashTransaction", &withdrawal.currency);
            let target = self.name(&withdrawal.target);
            row.add("description", format!("DISBURSEMENT TO {target}"));
            row.add("dateTime", moment(self.at(withdrawal.asked)));
            row.add("settleDate", compact(day(self.at(withdrawal.asked))));
            row.add("amount", digits(-withdrawal.amount));
            row.add("type", "Deposits/Withdrawals");
            row.add("transactionID", numbers(&withdrawal.id));
            row.add("levelOfDetail", "DETAIL");
            row.end()
        })
        .collect()
    }

    fn transfers(&self) -> Vec<String> {
        let transfers = self.view(|view| view.transfers);
        let sent = transfers
            .into_iter()
            .filter(|it| it.state == TransferState::Sent && self.covers(self.at(it.asked)));
        sent.map(|transfer| {
            let mut row = self.row("Transfer", "USD");
            row.add("description", "ALL POSITIONS");
            row.add("date", compact(day(self.at(transfer.asked))));
            row.add("dateTime", moment(self.at(transfer.asked)));
            row.add("type", "ACATS");
            row.add("direction", "OUT");
            row.add("company", self.name(&transfer.to));
            row.add("positionAmount", digits(-transfer.value));
            row.add("cashTransfer", "0");
            row.add("transactionID", numbers(&transfer.id));
            row.end()
        })
        .collect()
    }

    fn positions(&self) -> Vec<String> {
        let held = self.holdings().into_iter().map(|held| {
            let mut row = self.row("OpenPosition", &held.instrument.currency);
            self.about(&mut row, &held.instrument);
            row.add("position", digits(held.quantity));
            row.add("costBasisPrice", digits(held.average_cost));
            row.add("levelOfDetail", "SUMMARY");
            row.end()
        });
        held.collect()
    }

    fn cash_report(&self) -> Vec<String> {
        let cash = self.view(|view| view.cash).into_iter();
        cash.map(|(currency, amount)| {
            let mut row = self.row("CashReportCurrency", &currency);
            row.add("endingCash", digits(amount));
            row.end()
        })
        .collect()
    }

    /// The executions of the days, by their orders, in the order in which these first traded.
    fn by_order<'e>(&self, executions: &'e [Execution]) -> Vec<(Order, Vec<&'e Execution>)> {
        let orders = self.site.world.listed(self.site.front, &self.site.account);
        let mut grouped: Vec<(Order, Vec<&Execution>)> = Vec::new();
        for fill in executions
            .iter()
            .filter(|fill| self.covers(self.at(fill.at)))
        {
            let known = grouped
                .iter_mut()
                .find(|(order, _)| order.perm_id == fill.perm_id);
            if let Some((_, fills)) = known {
                fills.push(fill);
            } else if let Some(order) = orders.iter().find(|order| order.perm_id == fill.perm_id) {
                grouped.push((order.clone(), vec![fill]));
            }
        }
        grouped
    }

    fn executions(&self) -> Vec<Execution> {
        let site = self.site;
        site.world.executions(site.front, &site.account)
    }

    fn holdings(&self) -> Vec<Holding> {
        self.site.world.holdings(&self.site.account)
    }

    fn view<T: Default>(&self, part: impl FnOnce(crate::world::AccountView) -> T) -> T {
        let view = self.site.world.account(&self.site.account);
        view.map(part).unwrap_or_default()
    }

    fn row(&self, name: &str, currency: &str) -> Row {
        let mut row = Row(format!("<{name}"));
        row.add("accountId", &self.site.account.0);
        row.add("currency", currency);
        row
    }

    fn about(&self, row: &mut Row, instrument: &crate::world::Instrument) {
        row.add("assetCategory", &instrument.sec_type);
        row.add("symbol", self.name(&instrument.symbol));
        row.add("conid", instrument.con_id.to_string());
        row.add("multiplier", "1");
    }

    fn covers(&self, at: Timestamp) -> bool {
        (self.from..=self.to).contains(&day(at))
    }

    fn at(&self, since: Duration) -> Timestamp {
        let site = self.site;
        site.world.told(site.front, &site.account, since)
    }

    /// What has no name gets no hostile one.
    fn name(&self, name: &str) -> String {
        if name.is_empty() {
            return String::new();
        }
        let site = self.site;
        site.world.name(site.front, &site.account, name)
    }
}

/// What each execution gained against the average cost. What was held before the first one cost what
/// the world says that it is worth.
fn realised(executions: &[Execution], held: &[Holding]) -> BTreeMap<String, Decimal> {
    let mut books: BTreeMap<i32, (Decimal, Decimal)> = BTreeMap::new();
    for holding in held {
        let instrument = &holding.instrument;
        books.insert(instrument.con_id, (holding.quantity, Decimal::ZERO));
    }
    for fill in executions {
        let book = books.entry(fill.instrument.con_id).or_default();
        book.0 -= signed(fill);
        book.1 = World::reference_price(&fill.instrument);
    }
    let mut gained = BTreeMap::new();
    for fill in executions {
        let (quantity, cost) = books.entry(fill.instrument.con_id).or_default();
        let traded = signed(fill);
        let closes =
            !quantity.is_zero() && quantity.is_sign_negative() != traded.is_sign_negative();
        if closes {
            let closed = traded.abs().min(quantity.abs());
            let each = match fill.side {
                Side::Sell => fill.price - *cost,
                Side::Buy => *cost - fill.price,
            };
            gained.insert(fill.id.clone(), closed * each - COMMISSION);
        } else {
            let whole = *quantity + traded;
            *cost = (*cost * *quantity + fill.price * traded) / whole;
        }
        *quantity += traded;
        if closes && quantity.is_sign_negative() == traded.is_sign_negative() {
            // it was turned round: what is held now was bought here
            *cost = fill.price;
        }
    }
    gained
}

fn section(text: &mut String, name: &str, rows: &[String]) {
    // a string takes everything
    let _ = writeln!(text, "<{name}>");
    for row in rows {
        let _ = writeln!(text, "{row}");
    }
    let _ = writeln!(text, "</{name}>");
}

/// An element without elements in it.
struct Row(String);

impl Row {
    fn add(&mut self, field: &str, value: impl AsRef<str>) {
        let _ = write!(self.0, " {field}=\"{}\"", escaped(value.as_ref()));
    }

    fn end(self) -> String {
        format!("{} />", self.0)
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

/// The number of an order in statements. It is neither TWS' nor the Client Portal's.
fn number_of(order: PermId) -> String {
    (300_000_000 + order.0.rem_euclid(600_000_007)).to_string()
}

/// An id with its digits only: statements number transactions.
fn numbers(id: &str) -> String {
    id.chars().filter(char::is_ascii_digit).collect()
}

fn signed(fill: &Execution) -> Decimal {
    match fill.side {
        Side::Buy => fill.quantity,
        Side::Sell => -fill.quantity,
    }
}

fn way(side: Side) -> &'static str {
    match side {
        Side::Buy => "BUY",
        Side::Sell => "SELL",
    }
}

fn digits(amount: Decimal) -> String {
    amount.normalize().to_string()
}

fn moment(at: Timestamp) -> String {
    let local = NEW_YORK.to_datetime(at);
    local.strftime("%Y%m%d;%H%M%S").to_string()
}

fn compact(day: Date) -> String {
    day.strftime("%Y%m%d").to_string()
}
