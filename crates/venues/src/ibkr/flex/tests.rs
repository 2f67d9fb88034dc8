//! What statements say, read from text in IBKR's own form.

use ::door::{ActKind, Side};
use rust_decimal::Decimal;

use super::*;

const ACTIVITY: &str = include_str!("tests/activity.xml");
const CONFIRMATIONS: &str = include_str!("tests/confirmations.xml");

fn read(text: &str) -> Statement {
    let day = Date::constant(2026, 1, 1);
    Statement::read(text.as_bytes().to_vec(), day, day).unwrap()
}

fn decimal(text: &str) -> Option<Decimal> {
    text.parse().ok()
}

#[test]
fn an_activity_statement_tells_fills_orders_and_what_came_and_left() {
    let statement = read(ACTIVITY);
    assert_eq!(statement.name, "Days around");
    assert_eq!(statement.kind, StatementKind::Activity);
    assert_eq!(statement.accounts, ["U1234567"]);
    assert_eq!(statement.from, Date::constant(2026, 4, 1));
    assert_eq!(statement.to, Date::constant(2026, 4, 9));
    assert_eq!(
        statement.generated_at.unwrap().to_string(),
        "2026-04-10T01:23:54Z"
    );
    assert_eq!(
        statement.sections,
        [
            "Trades",
            "CashTransactions",
            "Transfers",
            "OpenPositions",
            "CashReport"
        ]
    );
    let kinds: Vec<ActKind> = statement.acts.iter().map(|act| act.kind).collect();
    assert_eq!(
        kinds,
        [
            ActKind::Order,
            ActKind::Fill,
            ActKind::Fill,
            ActKind::Transfer,
            ActKind::Transfer,
            ActKind::Transfer,
        ]
    );
}

#[test]
fn a_fill_has_its_execution_id_its_exact_figures_and_its_time() {
    let statement = read(ACTIVITY);
    let fill = &statement.acts[2];
    assert_eq!(fill.id, "0000e0d5.69d39b39.02.01");
    assert_eq!(fill.order.as_deref(), Some("statement-order:684395693"));
    assert_eq!(fill.at.unwrap().to_string(), "2026-04-02T15:08:05Z");
    assert_eq!(fill.instrument.as_deref(), Some("SPY 260417P00600000"));
    assert_eq!(fill.side, Some(Side::Sell));
    assert_eq!(fill.quantity, decimal("12"));
    assert_eq!(fill.multiplier, decimal("100"));
    assert_eq!(fill.price, decimal("3.455"));
    assert_eq!(fill.amount, decimal("4134.6"));
    // commission and tax, both costs
    assert_eq!(fill.fee, decimal("11.4"));
    assert_eq!(fill.realised, decimal("-1320.75"));
    assert_eq!(fill.currency.as_deref(), Some("USD"));
    assert_eq!(fill.device.as_deref(), Some("an API client"));
    assert_eq!(fill.place, "line 8");
    assert!(fill.words.contains("marked bot-7"), "{}", fill.words);
    // one unit is one unit: nothing is said of it
    assert_eq!(statement.acts[1].multiplier, None);
}

#[test]
fn a_cost_in_another_currency_is_said_and_not_reckoned_with() {
    let text = ACTIVITY.replace(
        "ibCommissionCurrency=\"USD\"",
        "ibCommissionCurrency=\"EUR\"",
    );
    let fill = &read(&text).acts[2];
    assert_eq!(fill.fee, None);
    assert!(fill.words.ends_with("for 11.4 EUR"), "{}", fill.words);
}

#[test]
fn what_left_is_below_zero_and_says_where_it_went() {
    let statement = read(ACTIVITY);
    let [withdrawn, charged, moved] = &statement.acts[3..] else {
        panic!("{:?}", statement.acts);
    };
    assert_eq!(withdrawn.id, "transaction:9718549852");
    assert_eq!(withdrawn.amount, decimal("-25000"));
    assert!(
        withdrawn.words.contains("DISBURSEMENT"),
        "{}",
        withdrawn.words
    );
    assert_eq!((charged.amount, charged.fee), (None, decimal("10")));
    assert_eq!(moved.amount, decimal("-5832.5"));
    assert_eq!(moved.quantity, decimal("10"));
    assert_eq!(moved.to.as_deref(), Some("Elsewhere Securities, 00112233"));
}

#[test]
fn positions_and_cash_are_the_statements_own_and_no_acts() {
    let statement = read(ACTIVITY);
    let [held] = statement.positions.as_slice() else {
        panic!("{:?}", statement.positions);
    };
    assert_eq!(
        (held.account.as_str(), held.what.quantity),
        ("U1234567", 7.into())
    );
    assert_eq!(held.what.average_cost, decimal("583.25"));
    let cash: Vec<_> = statement.cash.iter().map(|cash| &cash.what).collect();
    assert_eq!(cash, [&("USD".to_owned(), decimal("10345.21").unwrap())]);
}

#[test]
fn trade_confirmations_tell_the_same_fills_and_leave_sums_out() {
    let statement = read(CONFIRMATIONS);
    assert_eq!(statement.kind, StatementKind::TradeConfirmations);
    let [order, fill] = statement.acts.as_slice() else {
        panic!("{:?}", statement.acts);
    };
    assert_eq!(order.kind, ActKind::Order);
    assert_eq!(fill.id, "00025b49.69d39b39.01.01");
    assert_eq!(fill.order.as_deref(), Some(order.id.as_str()));
    assert_eq!(fill.at.unwrap().to_string(), "2026-04-02T15:08:05Z");
    assert_eq!(fill.fee, decimal("1"));
    assert_eq!(order.at.unwrap().to_string(), "2026-04-01T22:06:22Z");
}

#[test]
fn hostile_names_are_cleaned_and_no_number_is_guessed() {
    let text = ACTIVITY
        .replace(
            "orderReference=\"bot-7\"",
            "orderReference=\"&lt;img&gt;\u{1b}[2J\u{202e}\"",
        )
        .replace("tradePrice=\"3.455\"", "tradePrice=\"cheap\"");
    let fill = &read(&text).acts[2];
    assert!(
        !fill.words.contains(['\u{1b}', '\u{202e}']),
        "{}",
        fill.words
    );
    assert_eq!(fill.price, None);
}

#[test]
fn two_accounts_in_one_statement_are_told_apart() {
    let text = ACTIVITY.replace("count=\"1\"", "count=\"2\"").replace(
        "</FlexStatements>",
        "<FlexStatement accountId=\"U7654321\" fromDate=\"20260401\" toDate=\"20260410\"/>\
             </FlexStatements>",
    );
    let statement = read(&text);
    assert_eq!(statement.accounts, ["U1234567", "U7654321"]);
    assert_eq!(statement.to, Date::constant(2026, 4, 10));
    let words = &statement.acts[0].words;
    assert!(
        words.contains("account U") && !words.contains("U1234567"),
        "{words}"
    );
}

#[test]
fn what_is_no_statement_is_malformed_and_never_an_empty_one() {
    let day = Date::constant(2026, 1, 1);
    for text in [
        "<FlexQueryResponse queryName='x' type='AF'><FlexStatements count='0'/></FlexQueryResponse>",
        "<html><FlexStatement accountId='U1'/></html>",
        "",
        &ACTIVITY[..ACTIVITY.len() / 2],
    ] {
        let read = Statement::read(text.as_bytes().to_vec(), day, day);
        assert!(read.is_err(), "{text:.80}");
    }
}

#[test]
fn days_and_queries_that_cannot_be_asked_for_are_refused_before_anything_is_sent() {
    let day = |month, day| Date::constant(2026, month, day);
    assert!(Days::new("1", day(1, 1), day(12, 31)).is_ok());
    assert!(Days::new("1", day(1, 1), Date::constant(2027, 1, 1)).is_err());
    assert!(Days::new("1", day(2, 1), day(1, 1)).is_err());
    for query in ["", "12a", "1&t=2", "../x"] {
        let error = Days::new(query, day(1, 1), day(1, 2)).err().unwrap();
        assert!(error.to_string().contains("nothing was sent"), "{error}");
    }
}
