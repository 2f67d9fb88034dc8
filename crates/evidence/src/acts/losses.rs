//! What the acts that are not the person's cost. Each figure is exact and says how it was computed;
//! what the sources do not tell is named, and no figure stands for it.

use std::collections::{BTreeMap, HashSet};

use door::{Act, ActKind};
use jiff::Timestamp;
use runbook::AccountName;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{
    ActKey, ActRow, Acts, LossLine, LossTotal, Losses, exact,
    lots::{self, Trade},
};
use crate::case::Verdict;

/// What one unit of something was worth, as a source tells it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Price {
    /// On which account; `None` for all.
    pub account: Option<AccountName>,
    /// Of what, in the venue's own symbol.
    pub instrument: String,
    /// In which money.
    pub currency: String,
    /// How much.
    pub price: Decimal,
    /// When.
    pub at: Timestamp,
    /// Who tells it: a file of the bundle and the place in it.
    pub source: String,
}

/// The losses of the disputed rows.
pub(super) fn of(acts: &Acts, prices: &[Price]) -> Losses {
    let mut counting = Counting::default();
    counting.trades(acts, prices);
    counting.transfers(acts);
    counting.others(acts);
    counting.losses()
}

/// The disputed orders of which nothing was traded.
pub(super) fn unexecuted(acts: &Acts) -> Vec<&ActRow> {
    let filled = with_fills(acts);
    acts.disputed()
        .filter(|row| row.act.kind == ActKind::Order)
        .filter(|row| !filled.contains(&of_order(row, &row.act.id)) && !says_filled(&row.act))
        .collect()
}

/// The name of an order on an account.
fn of_order<'a>(row: &'a ActRow, order: &'a str) -> (Option<&'a AccountName>, &'a str) {
    (row.account.as_ref(), order)
}

/// The orders that a fill names.
fn with_fills(acts: &Acts) -> HashSet<(Option<&AccountName>, &str)> {
    let fills = acts
        .rows()
        .iter()
        .filter(|row| row.act.kind == ActKind::Fill);
    fills
        .filter_map(|row| Some(of_order(row, row.act.order.as_deref()?)))
        .collect()
}

fn says_filled(act: &Act) -> bool {
    let status = act.status.as_deref().unwrap_or_default();
    status.to_ascii_lowercase().contains("filled")
}

/// Figures that are being found.
#[derive(Default)]
pub(super) struct Counting {
    lines: Vec<(Option<Timestamp>, LossLine)>,
    not_counted: Vec<String>,
    /// Why acts of the same sort are not counted, and which.
    without: BTreeMap<(String, &'static str), Vec<ActKey>>,
}

impl Counting {
    pub(super) fn line(&mut self, at: Option<Timestamp>, line: LossLine) {
        self.lines.push((at, line));
    }

    pub(super) fn not_counted(&mut self, why: String) {
        self.not_counted.push(why);
    }

    /// Says that this act is not counted, together with others of which the same is so.
    fn without(&mut self, what: String, why: &'static str, row: &ActRow) {
        let keys = self.without.entry((what, why)).or_default();
        keys.push(row.key.clone());
    }

    fn trades(&mut self, acts: &Acts, prices: &[Price]) {
        let corrected = corrected(acts);
        let mut groups: BTreeMap<Group<'_>, (Vec<Trade<'_>>, Vec<Trade<'_>>)> = BTreeMap::new();
        for row in acts.rows() {
            if row.act.kind != ActKind::Fill || row.verdict == Some(Verdict::NotSure) {
                continue;
            }
            let is_disputed = row.verdict == Some(Verdict::NotMine);
            let what = || format!("fills of {}", row.act.instrument.as_deref().unwrap_or("?"));
            if corrected.contains(&row.key) {
                if is_disputed {
                    let why = "the venue has corrected them, and the corrections count";
                    self.without(what(), why, row);
                }
                continue;
            }
            match Trade::of(row) {
                Ok((group, trade)) => {
                    let (disputed, own) = groups.entry(group).or_default();
                    if is_disputed {
                        disputed.push(trade);
                    } else {
                        own.push(trade);
                    }
                }
                Err(why) if is_disputed => self.without(what(), why, row),
                Err(_) => {}
            }
        }
        for (group, (disputed, own)) in groups {
            if !disputed.is_empty() {
                lots::count(self, acts, prices, group, disputed, own);
            }
        }
    }

    fn transfers(&mut self, acts: &Acts) {
        for row in acts.disputed() {
            if row.act.kind != ActKind::Transfer {
                continue;
            }
            let what = || "transfers".to_owned();
            let act = &row.act;
            let (Some(amount), Some(currency)) = (act.amount, &act.currency) else {
                self.without(what(), "how much moved is not told", row);
                continue;
            };
            if let Some(why) = not_moved(act.status.as_deref()) {
                self.without(what(), why, row);
                continue;
            }
            let fee = act.fee.unwrap_or_default();
            let Some(figure) = exact::subtract(amount, fee) else {
                self.without(what(), TOO_LARGE, row);
                continue;
            };
            let way = if amount.is_sign_negative() {
                "Left"
            } else {
                "Came in"
            };
            let to = act.to.as_deref().map(|to| format!(", to {to}"));
            self.line(
                act.at,
                LossLine {
                    words: format!(
                        "{way}: {} {currency}{}",
                        amount.abs(),
                        to.unwrap_or_default()
                    ),
                    sum: with_fee(amount.to_string(), &[fee]),
                    amount: figure,
                    currency: currency.clone(),
                    acts: vec![row.key.clone()],
                    sources: row.sources.clone(),
                },
            );
        }
    }

    /// What is disputed and tells no figure, though it may have cost something.
    fn others(&mut self, acts: &Acts) {
        let filled = with_fills(acts);
        for row in acts.disputed() {
            let is_order = row.act.kind == ActKind::Order;
            if is_order && says_filled(&row.act) && !filled.contains(&of_order(row, &row.act.id)) {
                let why = "their venue calls them filled, and no fill of them is told";
                self.without("orders".to_owned(), why, row);
            }
        }
        for row in acts.rows() {
            let of_disputed = acts
                .order_of(row)
                .is_some_and(|order| order.verdict == Some(Verdict::NotMine));
            if row.act.kind == ActKind::Fill && of_disputed && row.verdict.is_none() {
                let why =
                    "their orders are marked as not yours, and they themselves are not marked";
                self.without("fills".to_owned(), why, row);
            }
        }
    }

    fn losses(mut self) -> Losses {
        let with_acts = |a: &LossLine, b: &LossLine| a.acts.cmp(&b.acts);
        self.lines.sort_by(|(at, a), (other, b)| {
            (at.is_none(), at)
                .cmp(&(other.is_none(), other))
                .then_with(|| with_acts(a, b))
        });
        let lines: Vec<LossLine> = self.lines.into_iter().map(|(_, line)| line).collect();
        let mut not_counted = self.not_counted;
        for ((what, why), keys) in self.without {
            not_counted.push(sentence(&what, why, &keys));
        }
        let mut sums: BTreeMap<&str, Option<Decimal>> = BTreeMap::new();
        for line in &lines {
            let sum = sums.entry(&line.currency).or_insert(Some(Decimal::ZERO));
            *sum = sum.and_then(|sum| exact::add(sum, line.amount));
        }
        let mut totals = Vec::new();
        for (currency, sum) in sums {
            match sum {
                Some(amount) => totals.push(LossTotal {
                    currency: currency.to_owned(),
                    amount,
                }),
                None => not_counted.push(format!(
                    "The figures in {currency} are not added up: {TOO_LARGE}."
                )),
            }
        }
        Losses {
            lines,
            totals,
            not_counted,
        }
    }
}

pub(super) const TOO_LARGE: &str = "a figure is too large or too fine to be computed exactly";
/// How many acts are named in a sentence.
const MOST_NAMED: usize = 5;

fn sentence(what: &str, why: &str, keys: &[ActKey]) -> String {
    let named: Vec<&str> = keys
        .iter()
        .take(MOST_NAMED)
        .map(|key| key.0.as_str())
        .collect();
    let more = match keys.len().saturating_sub(MOST_NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!(
        "{} {what} not counted: {why} ({}{more}).",
        keys.len(),
        named.join(", ")
    )
}

/// Which trades can close which: on one account, of one thing, in one money.
pub(super) type Group<'a> = (Option<&'a AccountName>, &'a str, &'a str);

/// `sum` less each fee, written out.
pub(super) fn with_fee(mut sum: String, fees: &[Decimal]) -> String {
    for fee in fees.iter().filter(|fee| !fee.is_zero()) {
        sum.push_str(" - ");
        sum.push_str(&figure(*fee));
    }
    sum
}

/// A figure within a sum.
pub(super) fn figure(figure: Decimal) -> String {
    if figure.is_sign_negative() {
        format!("({figure})")
    } else {
        figure.to_string()
    }
}

/// Why a transfer of this state has moved nothing, as venues call it.
fn not_moved(status: Option<&str>) -> Option<&'static str> {
    const NEVER: [&str; 9] = [
        "cancel",
        "fail",
        "reject",
        "denied",
        "refus",
        "expired",
        "return",
        "refund",
        "interrupted",
    ];
    const NOT_YET: [&str; 5] = ["pending", "initial", "unconfirmed", "on hold", "submitted"];
    let status = status?.to_ascii_lowercase();
    if NEVER.iter().any(|word| status.contains(word)) {
        Some("their venue says that they did not go through")
    } else if NOT_YET.iter().any(|word| status.contains(word)) {
        Some("they had not gone through when last read")
    } else {
        None
    }
}

/// Fills that a later one takes the place of: IBKR gives a correction the same execution id but for
/// the digits behind its last dot.
fn corrected(acts: &Acts) -> HashSet<ActKey> {
    let mut latest: BTreeMap<(Option<&AccountName>, &str), (u32, &ActKey)> = BTreeMap::new();
    let mut corrected = HashSet::new();
    for row in acts.rows() {
        let id = correction(&row.act.id).filter(|_| row.act.kind == ActKind::Fill);
        let Some((stem, number)) = id else {
            continue;
        };
        match latest.entry((row.account.as_ref(), stem)) {
            std::collections::btree_map::Entry::Vacant(place) => {
                place.insert((number, &row.key));
            }
            std::collections::btree_map::Entry::Occupied(mut place) => {
                let (known, key) = *place.get();
                if number > known {
                    corrected.insert(key.clone());
                    place.insert((number, &row.key));
                } else {
                    corrected.insert(row.key.clone());
                }
            }
        }
    }
    corrected
}

/// An IBKR execution id (`0001f4e8.65a1b2c3.01.02`): what corrections share, and their number.
fn correction(id: &str) -> Option<(&str, u32)> {
    let (stem, number) = id.rsplit_once('.')?;
    let is_hex = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_hexdigit());
    let is_stem = stem.split('.').count() == 3 && stem.split('.').all(is_hex);
    let is_number = number.len() == 2 && number.bytes().all(|b| b.is_ascii_digit());
    (is_stem && is_number).then_some((stem, number.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_ibkr_execution_id_tells_of_a_correction() {
        assert_eq!(
            correction("0001f4e8.65a1b2c3.01.02"),
            Some(("0001f4e8.65a1b2c3.01", 2))
        );
        for other in [
            "TXID-1.01",
            "1.2.3",
            "a.b.c.xx",
            "ETH-1234",
            "",
            "....",
            "1.2.3.4.05",
        ] {
            assert_eq!(correction(other), None, "{other}");
        }
    }
}
