//! Losses: exact, each figure with its sum and sources, and what cannot be counted is named.

use std::collections::{BTreeMap, BTreeSet};

use door::{Act, ActKind, Side};
use evidence::{
    acts::{ActRow, Acts, LossLine, Losses, Price},
    case::Verdict,
};
use proptest::prelude::*;
use runbook::AccountName;
use rust_decimal::Decimal;

use crate::acts::{act, at, key, row};

#[test]
fn a_position_that_was_sold_costs_the_difference_to_the_price_where_it_was_bought_back() {
    let losses = losses(vec![
        theirs(fee("2.00", fill("1", Side::Sell, "200", "150.00", 10))),
        own(fee("1.00", fill("2", Side::Buy, "200", "182.50", 20))),
    ]);
    let line = only(&losses);
    assert_eq!(
        line.words,
        "Sold 200 AAPL at 150.00, bought back by you at 182.50"
    );
    assert_eq!(line.sum, "200 x (150.00 - 182.50) - 2.00 - 1.00");
    assert_eq!(line.amount, decimal("-6503"));
    assert_eq!(line.currency, "USD");
    assert_eq!(names(line), ["main/fill/1", "main/fill/2"]);
    assert_eq!(line.sources, ["place of 1", "place of 2"]);
    assert_eq!(totals(&losses), [("USD", decimal("-6503"))]);
    assert_eq!(losses.not_counted, [""; 0]);
}

#[test]
fn a_position_that_was_sold_and_not_bought_back_is_named_and_not_counted() {
    let losses = losses(vec![
        theirs(fee("2.00", fill("1", Side::Sell, "200", "150.00", 10))),
        // earlier, and on the wrong side: neither closes it
        own(fill("2", Side::Buy, "200", "100", 5)),
        own(fill("3", Side::Sell, "200", "100", 20)),
    ]);
    let [why] = losses.not_counted.as_slice() else {
        panic!("{losses:?}");
    };
    assert!(
        why.starts_with("200 AAPL sold at 150.00 USD in 1 disputed fills"),
        "{why}"
    );
    // the fee is lost whatever becomes of the rest
    assert_eq!(only(&losses).sum, "0 - 2.00");
    assert_eq!(totals(&losses), [("USD", decimal("-2"))]);
}

#[test]
fn round_trips_among_disputed_fills_are_matched_first_in_first_out() {
    let losses = losses(vec![
        theirs(fill("1", Side::Buy, "100", "5.00", 10)),
        theirs(fill("2", Side::Buy, "100", "6.00", 20)),
        // the person's own, in between, is left alone: the disputed close each other first
        own(fill("own", Side::Sell, "100", "1.00", 25)),
        theirs(fill("3", Side::Sell, "150", "4.00", 30)),
        theirs(fill("4", Side::Sell, "50", "3.50", 40)),
    ]);
    let sums: Vec<(&str, Decimal)> = losses
        .lines
        .iter()
        .map(|line| (line.sum.as_str(), line.amount))
        .collect();
    assert_eq!(
        sums,
        [
            ("100 x (4.00 - 5.00)", decimal("-100")),
            ("50 x (4.00 - 6.00)", decimal("-100")),
            ("50 x (3.50 - 6.00)", decimal("-125")),
        ]
    );
    assert_eq!(
        losses.lines[0].words,
        "Bought 100 AAPL at 5.00, sold again at 4.00"
    );
    assert_eq!(totals(&losses), [("USD", decimal("-325"))]);
}

#[test]
fn accounts_instruments_and_currencies_are_never_mixed() {
    let elsewhere = |mut row: ActRow| {
        row.account = Some(AccountName::new("other"));
        row
    };
    let losses = losses(vec![
        theirs(fill("1", Side::Buy, "1", "10", 10)),
        elsewhere(theirs(fill("2", Side::Sell, "1", "9", 20))),
        theirs(instrument("MSFT", fill("3", Side::Sell, "1", "9", 20))),
        theirs(currency("EUR", fill("4", Side::Sell, "1", "9", 20))),
        theirs(currency("EUR", fill("5", Side::Buy, "1", "9.5", 30))),
        theirs(fill("6", Side::Sell, "1", "8", 40)),
    ]);
    assert_eq!(
        totals(&losses),
        [("EUR", decimal("-0.5")), ("USD", decimal("-2"))]
    );
    assert_eq!(losses.not_counted.len(), 2, "{losses:?}");
}

#[test]
fn a_multiplier_counts_and_two_of_them_are_not_guessed_between() {
    let option = |id: &str, side, price, seconds, multiplier: i64| {
        let mut row = fill(id, side, "2", price, seconds);
        row.act.multiplier = Some(Decimal::from(multiplier));
        theirs(row)
    };
    let counted = losses(vec![
        option("1", Side::Buy, "1.50", 10, 100),
        option("2", Side::Sell, "0.75", 20, 100),
    ]);
    assert_eq!(only(&counted).sum, "2 x 100 x (0.75 - 1.50)");
    assert_eq!(only(&counted).amount, decimal("-150"));

    let refused = losses(vec![
        option("1", Side::Buy, "1.50", 10, 100),
        option("2", Side::Sell, "0.75", 20, 10),
    ]);
    assert_eq!(refused.lines, []);
    assert!(refused.not_counted[0].contains("different multipliers"));
}

#[test]
fn negative_prices_are_written_so_that_the_sum_can_be_done_again() {
    let losses = losses(vec![
        theirs(fill("1", Side::Buy, "1", "10", 10)),
        theirs(fee("-0.10", fill("2", Side::Sell, "1", "-37.63", 20))),
    ]);
    assert_eq!(only(&losses).sum, "1 x ((-37.63) - 10) - (-0.10)");
    assert_eq!(only(&losses).amount, decimal("-47.53"));
}

#[test]
fn what_is_still_open_is_valued_only_by_a_price_that_a_source_tells() {
    let rows = vec![
        theirs(fee("1", fill("1", Side::Buy, "300", "4.00", 10))),
        theirs(fill("2", Side::Sell, "100", "3.00", 20)),
    ];
    let acts = Acts::from_rows(rows);
    assert_eq!(acts.losses().not_counted.len(), 1);
    let price = |price: &str, seconds, account: Option<&str>| Price {
        account: account.map(AccountName::new),
        instrument: "AAPL".to_owned(),
        currency: "USD".to_owned(),
        price: decimal(price),
        at: at(seconds),
        source: "data/65-statements/00001-flex.xml line 9".to_owned(),
    };
    let valued = acts.losses_at(&[
        price("1.00", 50, None),
        price("2.00", 40, None),
        price("9.00", 60, Some("other")),
        price("9.00", 5, None),
    ]);
    assert_eq!(valued.not_counted, [""; 0]);
    let [line, closed] = valued.lines.as_slice() else {
        panic!("{valued:?}");
    };
    assert_eq!(closed.sum, "100 x (3.00 - 4.00) - 1");
    assert_eq!(line.sum, "200 x (1.00 - 4.00)");
    assert!(line.words.contains("still open, valued at 1.00"));
    assert_eq!(
        line.sources,
        ["place of 1", "data/65-statements/00001-flex.xml line 9"]
    );
    assert_eq!(totals(&valued), [("USD", decimal("-701"))]);
    let too_early = acts.losses_at(&[price("1.00", 5, None)]);
    assert_eq!(too_early, acts.losses());
}

#[test]
fn the_fee_of_an_own_fill_counts_only_when_all_of_it_closes_something_disputed() {
    let rows = |quantity| {
        vec![
            theirs(fill("1", Side::Sell, "50", "10", 10)),
            theirs(fill("2", Side::Sell, "50", "10", 11)),
            own(fee("3", fill("3", Side::Buy, quantity, "10", 20))),
        ]
    };
    let whole = losses(rows("100"));
    assert_eq!(totals(&whole), [("USD", decimal("-3"))]);
    assert_eq!(whole.not_counted, [""; 0]);
    let partly = losses(rows("120"));
    assert_eq!(totals(&partly), [("USD", decimal("0"))]);
    assert!(
        partly.not_counted[0].contains("The fee of main/fill/3"),
        "{partly:?}"
    );
}

#[test]
fn a_fill_of_which_the_person_is_not_sure_neither_costs_nor_closes() {
    let losses = losses(vec![
        theirs(fill("1", Side::Sell, "1", "10", 10)),
        marked(Verdict::NotSure, fill("2", Side::Buy, "1", "12", 20)),
    ]);
    assert_eq!(losses.lines, []);
    assert_eq!(losses.not_counted.len(), 1);
}

#[test]
fn withdrawals_count_at_face_value_with_their_fee_once_they_have_left() {
    let transfer = |id: &str, amount: &str, status: &str| {
        theirs(row(Act {
            amount: Some(decimal(amount)),
            currency: Some("BTC".to_owned()),
            fee: Some(decimal("0.0002")),
            status: Some(status.to_owned()),
            to: Some("bc1qthief".to_owned()),
            ..act(ActKind::Transfer, id, Some(10))
        }))
    };
    let losses = losses(vec![
        transfer("1", "-0.75", "Success"),
        transfer("2", "-1", "Cancelled"),
        transfer("3", "-2", "Pending"),
        transfer("4", "-4", "canceled"),
    ]);
    let line = only(&losses);
    assert_eq!(line.words, "Left: 0.75 BTC, to bc1qthief");
    assert_eq!(line.sum, "-0.75 - 0.0002");
    assert_eq!(totals(&losses), [("BTC", decimal("-0.7502"))]);
    assert_eq!(losses.not_counted.len(), 2, "{losses:?}");
    assert!(
        losses
            .not_counted
            .iter()
            .any(|why| why.starts_with("2 transfers"))
    );
}

#[test]
fn fills_that_lack_what_a_figure_needs_are_named_together() {
    let mut rows = Vec::new();
    for number in 0..9 {
        let mut row = theirs(fill(&number.to_string(), Side::Buy, "1", "10", 10));
        row.act.currency = None;
        rows.push(row);
    }
    let mut untimed = theirs(fill("x", Side::Buy, "1", "10", 10));
    untimed.act.at = None;
    rows.push(untimed);
    let losses = losses(rows);
    assert_eq!(losses.lines, []);
    let words = losses.not_counted.join("\n");
    assert!(
        words.contains("9 fills of AAPL not counted: in which money is not told"),
        "{words}"
    );
    assert!(words.contains("and 4 more"), "{words}");
    assert!(
        words.contains("1 fills of AAPL not counted: when is not told"),
        "{words}"
    );
}

#[test]
fn a_figure_that_cannot_be_held_exactly_is_said_and_not_rounded() {
    let largest = "79228162514264337593543950335";
    let whole = losses(vec![
        theirs(fill("1", Side::Buy, largest, "10", 10)),
        theirs(fill("2", Side::Sell, largest, "9.5", 20)),
        theirs(instrument("MSFT", fill("3", Side::Buy, "1", "2", 10))),
        theirs(instrument("MSFT", fill("4", Side::Sell, "1", "1", 20))),
    ]);
    assert_eq!(whole.lines.len(), 1);
    assert!(
        whole.not_counted[0].contains("too large or too fine"),
        "{whole:?}"
    );
    assert_eq!(totals(&whole), [("USD", decimal("-1"))]);

    let transfer = |id: &str| {
        theirs(row(Act {
            amount: Some(-decimal(largest)),
            currency: Some("SHIB".to_owned()),
            ..act(ActKind::Transfer, id, Some(10))
        }))
    };
    let sums = losses(vec![transfer("1"), transfer("2")]);
    assert_eq!(sums.lines.len(), 2);
    assert_eq!(sums.totals, []);
    assert!(
        sums.not_counted[0].contains("SHIB are not added up"),
        "{sums:?}"
    );
}

#[test]
fn only_the_last_correction_of_an_execution_counts() {
    let losses = losses(vec![
        theirs(fill("0001f4e8.65a1.01.01", Side::Sell, "100", "10", 10)),
        theirs(fill("0001f4e8.65a1.01.02", Side::Sell, "100", "11", 10)),
        own(fill("0001f4e8.65a2.01.01", Side::Buy, "100", "12", 20)),
    ]);
    assert_eq!(only(&losses).sum, "100 x (11 - 12)");
    assert!(
        losses.not_counted[0].contains("the corrections count"),
        "{losses:?}"
    );
}

#[test]
fn orders_of_which_nothing_was_traded_are_told_apart_from_those_that_filled() {
    let order = |id: &str, status: &str| {
        theirs(row(Act {
            status: Some(status.to_owned()),
            ..act(ActKind::Order, id, Some(10))
        }))
    };
    let of = |order: &str, mut row: ActRow| {
        row.act.order = Some(order.to_owned());
        row
    };
    let acts = Acts::from_rows(vec![
        order("cancelled", "Cancelled"),
        order("filled", "Filled"),
        order("traded", "Cancelled"),
        of("traded", fill("1", Side::Buy, "1", "10", 11)),
        own(row(act(ActKind::Order, "mine", Some(10)))),
    ]);
    let unexecuted: Vec<&str> = acts
        .unexecuted()
        .iter()
        .map(|row| row.act.id.as_str())
        .collect();
    assert_eq!(unexecuted, ["cancelled"]);
    let words = acts.losses().not_counted.join("\n");
    assert!(
        words.contains("1 orders not counted: their venue calls them filled"),
        "{words}"
    );
    assert!(
        words.contains("1 fills not counted: their orders are marked as not yours"),
        "{words}"
    );
}

proptest! {
    #[test]
    fn losses_do_not_depend_on_the_order_in_which_acts_are_told(
        (rows, shuffled) in rows().prop_flat_map(|rows| {
            (Just(rows.clone()), Just(rows).prop_shuffle())
        })
    ) {
        prop_assert_eq!(losses(rows), losses(shuffled));
    }

    #[test]
    fn totals_are_the_sums_of_their_lines_and_every_sum_can_be_done_again(rows in rows()) {
        let losses = losses(rows);
        let mut sums: BTreeMap<String, Decimal> = BTreeMap::new();
        for line in &losses.lines {
            prop_assert_eq!(by_hand(&line.sum), line.amount, "{}", line.sum);
            *sums.entry(line.currency.clone()).or_default() += line.amount;
        }
        let told: BTreeMap<String, Decimal> = losses
            .totals
            .iter()
            .map(|total| (total.currency.clone(), total.amount))
            .collect();
        prop_assert_eq!(told, sums);
    }

    /// What the disputed trades brought in all is their cash and nothing else, once all is closed.
    #[test]
    fn what_is_wholly_closed_costs_the_cash_that_moved(
        trades in prop::collection::vec((1..50_i64, 1..2000_i64, any::<bool>(), 0..300_i64), 1..20)
    ) {
        let mut rows = Vec::new();
        let (mut cash, mut position) = (Decimal::ZERO, Decimal::ZERO);
        let mut seconds = 0;
        for (number, (quantity, price, is_buy, fee)) in trades.into_iter().enumerate() {
            let side = if is_buy { Side::Buy } else { Side::Sell };
            let (quantity, price) = (Decimal::from(quantity), Decimal::new(price, 2));
            let signed = if is_buy { quantity } else { -quantity };
            let mut row = fill(&number.to_string(), side, "1", "1", seconds);
            row.act.quantity = Some(quantity);
            row.act.price = Some(price);
            row.act.fee = Some(Decimal::new(fee, 2));
            rows.push(theirs(row));
            cash -= signed * price + Decimal::new(fee, 2);
            position += signed;
            seconds += 1;
        }
        if !position.is_zero() {
            let side = if position.is_sign_positive() { Side::Sell } else { Side::Buy };
            let mut row = own(fill("last", side, "1", "7.77", seconds));
            row.act.quantity = Some(position.abs());
            rows.push(row);
            cash += position * decimal("7.77");
        }
        let losses = losses(rows);
        prop_assert_eq!(&losses.not_counted, &Vec::<String>::new());
        let total: Decimal = losses.totals.iter().map(|total| total.amount).sum();
        prop_assert_eq!(total, cash);
    }

    #[test]
    fn no_more_of_a_fill_is_used_than_it_has(rows in rows()) {
        let acts = Acts::from_rows(rows);
        let losses = acts.losses();
        let keys: BTreeSet<_> = acts.disputed().map(|row| row.key.clone()).collect();
        let mut used: BTreeMap<_, Decimal> = BTreeMap::new();
        for line in &losses.lines {
            let quantity = line.sum.split(' ').next().unwrap().parse().unwrap();
            if line.acts.len() == 2 {
                prop_assert!(keys.contains(&line.acts[0]));
                for key in &line.acts {
                    *used.entry(key.clone()).or_default() += Decimal::abs(&quantity);
                }
            }
        }
        for (key, used) in used {
            prop_assert!(used <= acts.row(&key).unwrap().act.quantity.unwrap(), "{key}");
        }
    }
}

/// Fills of a few accounts, instruments and currencies, and withdrawals.
fn rows() -> impl Strategy<Value = Vec<ActRow>> {
    let one = (
        0..2_usize,
        0..2_usize,
        0..2_usize,
        any::<bool>(),
        1..100_i64,
        -500..5000_i64,
        -20..200_i64,
        0..30_i64,
        0..4_usize,
    );
    let one = one.prop_map(
        |(account, thing, money, is_buy, quantity, price, fee, seconds, verdict)| {
            let side = if is_buy { Side::Buy } else { Side::Sell };
            let mut row = fill("", side, "1", "1", seconds);
            row.account = Some(AccountName::new(["main", "other"][account]));
            row.act.instrument = Some(["AAPL", "MSFT"][thing].to_owned());
            row.act.currency = Some(["USD", "EUR"][money].to_owned());
            row.act.quantity = Some(Decimal::new(quantity, 1));
            row.act.price = Some(Decimal::new(price, 2));
            row.act.fee = Some(Decimal::new(fee, 3));
            let theirs = Some(Verdict::NotMine);
            row.verdict = [theirs, theirs, Some(Verdict::Mine), None][verdict];
            row
        },
    );
    prop::collection::vec(one, 0..40).prop_map(|mut rows| {
        for (number, row) in rows.iter_mut().enumerate() {
            row.act.id = number.to_string();
            row.key = key(&format!("main/fill/{number}"));
        }
        rows
    })
}

/// Does a sum again, as a person would with pencil and paper.
fn by_hand(sum: &str) -> Decimal {
    let mut sum = Sum(sum);
    let value = sum.difference();
    assert_eq!(sum.0, "", "what is left of the sum");
    value
}

/// What of a sum is still to be done.
struct Sum<'a>(&'a str);

impl Sum<'_> {
    fn difference(&mut self) -> Decimal {
        let mut value = self.product();
        while self.eat(" - ") {
            value -= self.product();
        }
        value
    }

    fn product(&mut self) -> Decimal {
        let mut value = self.figure();
        while self.eat(" x ") {
            value *= self.figure();
        }
        value
    }

    fn figure(&mut self) -> Decimal {
        if self.eat("(") {
            let value = self.difference();
            assert!(self.eat(")"), "{}", self.0);
            return value;
        }
        let digits = self.0.strip_prefix('-').unwrap_or(self.0);
        let end = digits.find([' ', ')']).unwrap_or(digits.len());
        let (figure, rest) = self.0.split_at(end + self.0.len() - digits.len());
        self.0 = rest;
        decimal(figure)
    }

    fn eat(&mut self, word: &str) -> bool {
        let rest = self.0.strip_prefix(word);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }
}

fn losses(rows: Vec<ActRow>) -> Losses {
    Acts::from_rows(rows).losses()
}

fn only(losses: &Losses) -> &LossLine {
    let [line] = losses.lines.as_slice() else {
        panic!("{losses:?}");
    };
    line
}

fn names(line: &LossLine) -> Vec<&str> {
    line.acts.iter().map(|key| key.0.as_str()).collect()
}

fn totals(losses: &Losses) -> Vec<(&str, Decimal)> {
    let totals = losses.totals.iter();
    totals
        .map(|total| (total.currency.as_str(), total.amount))
        .collect()
}

fn fill(id: &str, side: Side, quantity: &str, price: &str, seconds: i64) -> ActRow {
    let mut row = row(Act {
        side: Some(side),
        quantity: Some(decimal(quantity)),
        price: Some(decimal(price)),
        instrument: Some("AAPL".to_owned()),
        currency: Some("USD".to_owned()),
        ..act(ActKind::Fill, id, Some(seconds))
    });
    row.sources = vec![format!("place of {id}")];
    row
}

fn fee(fee: &str, mut row: ActRow) -> ActRow {
    row.act.fee = Some(decimal(fee));
    row
}

fn instrument(instrument: &str, mut row: ActRow) -> ActRow {
    row.act.instrument = Some(instrument.to_owned());
    row
}

fn currency(currency: &str, mut row: ActRow) -> ActRow {
    row.act.currency = Some(currency.to_owned());
    row
}

fn theirs(row: ActRow) -> ActRow {
    marked(Verdict::NotMine, row)
}

fn own(row: ActRow) -> ActRow {
    row
}

fn marked(verdict: Verdict, row: ActRow) -> ActRow {
    ActRow {
        verdict: Some(verdict),
        ..row
    }
}

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}
