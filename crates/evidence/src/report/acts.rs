//! The parts of the report that are about what was done in the accounts and is disputed.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use door::{Act, ActKind};
use runbook::AccountName;

use super::{
    Block, Holds, Section, Subject, Variant, count, heading, section, table, text, verdict_words,
};
use crate::{
    acts::ActRow,
    case::Verdict::{Mine, NotMine, NotSure},
};

/// Orders and trades that are said to be somebody else's.
pub(super) fn trades(subject: &Subject<'_>) -> Section {
    let mut blocks = vec![text(marked(subject))];
    let traded = traded(subject);
    let orders: Vec<&ActRow> = of_kind(subject, ActKind::Order)
        .filter(|row| !is_unexecuted(&traded, row))
        .collect();
    let fills: Vec<&ActRow> = of_kind(subject, ActKind::Fill).collect();
    if orders.is_empty() && fills.is_empty() {
        blocks.push(text("No order that filled and no trade is disputed."));
    }
    if !fills.is_empty() {
        blocks.push(heading("Trades"));
        blocks.push(act_table(subject, &fills));
    }
    if !orders.is_empty() {
        blocks.push(heading("Orders that filled, whole or in part"));
        blocks.push(act_table(subject, &orders));
    }
    section("Disputed orders and trades", blocks)
}

/// Disputed orders of which nothing filled.
pub(super) fn unexecuted(subject: &Subject<'_>) -> Section {
    let traded = traded(subject);
    let orders: Vec<&ActRow> = of_kind(subject, ActKind::Order)
        .filter(|row| is_unexecuted(&traded, row))
        .collect();
    let blocks = if orders.is_empty() {
        vec![text("None is disputed.")]
    } else {
        vec![
            text("No fill of these is told by any source of this record."),
            act_table(subject, &orders),
        ]
    };
    section("Disputed orders that did not fill", blocks)
}

/// Disputed transfers, and places to withdraw to.
pub(super) fn transfers(subject: &Subject<'_>) -> Section {
    let mut rows: Vec<&ActRow> = of_kind(subject, ActKind::Transfer).collect();
    rows.extend(of_kind(subject, ActKind::Address));
    if rows.is_empty() {
        return section("Transfers", vec![text("None is disputed.")]);
    }
    let cells = rows.iter().map(|row| {
        let act = &row.act;
        vec![
            when(subject, act),
            of_account(row),
            act.words.clone(),
            amount(act),
            to(subject, act),
            [Some(act.id.as_str()), act.status.as_deref()]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join(", "),
            verdict_words(row.verdict).to_owned(),
        ]
    });
    let table = table(
        &[
            ("When", Holds::Times, 27),
            ("Account", Holds::Words, 12),
            ("What", Holds::Words, 26),
            ("Amount", Holds::Sums, 17),
            ("To", Holds::Marks, 22),
            ("Id, state", Holds::Marks, 19),
            ("Whose", Holds::Words, 11),
        ],
        cells.collect(),
    );
    section("Transfers", vec![Block::Table(table)])
}

/// Sessions, addresses of the network and devices.
pub(super) fn sessions(subject: &Subject<'_>) -> Section {
    let mut blocks = Vec::new();
    let seen = by_address(subject);
    if subject.variant == Variant::Share {
        blocks.push(text(
            "Addresses of the network and devices are left out of this variant.",
        ));
    } else if seen.is_empty() {
        blocks.push(text(
            "No source of this record tells an address of the network or a device of a disputed \
             act. The broker's own logs may.",
        ));
    } else {
        blocks.push(heading("Addresses and devices of disputed acts"));
        let rows = seen.into_iter().map(|((ip, device), acts)| {
            let first = acts.iter().filter_map(|row| row.act.at).min();
            let last = acts.iter().filter_map(|row| row.act.at).max();
            let told = |at: Option<_>| at.map_or_else(not_told, |at| subject.lines(at));
            vec![
                if ip.is_empty() { not_told() } else { ip },
                if device.is_empty() {
                    not_told()
                } else {
                    device
                },
                told(first),
                told(last),
                acts.len().to_string(),
            ]
        });
        blocks.push(Block::Table(table(
            &[
                ("Address", Holds::Marks, 20),
                ("Device or program", Holds::Words, 22),
                ("First", Holds::Times, 25),
                ("Last", Holds::Times, 25),
                ("Acts", Holds::Sums, 7),
            ],
            rows.collect(),
        )));
    }
    let sessions: Vec<&ActRow> = of_kind(subject, ActKind::Session).collect();
    if !sessions.is_empty() {
        blocks.push(heading("Disputed sessions and logins"));
        blocks.push(act_table(subject, &sessions));
    }
    let seats = subject
        .story
        .map(super::sections::seats)
        .unwrap_or_default();
    if !seats.is_empty() {
        blocks.push(heading("What the press found of sessions and seats"));
        blocks.push(Block::List { items: seats });
    }
    section("Sessions, addresses and devices", blocks)
}

/// Disputed keys.
pub(super) fn keys(subject: &Subject<'_>) -> Section {
    let keys: Vec<&ActRow> = of_kind(subject, ActKind::Key).collect();
    let blocks = if keys.is_empty() {
        vec![text("None is disputed.")]
    } else {
        vec![act_table(subject, &keys)]
    };
    section("Keys, tokens and applications", blocks)
}

/// How far the person has marked what was theirs.
pub(super) fn marked(subject: &Subject<'_>) -> String {
    let all = subject.rows().len();
    if all == 0 {
        return "No source of this record tells of an act in the accounts.".to_owned();
    }
    let of = |verdict| {
        subject
            .rows()
            .iter()
            .filter(|row| row.verdict == verdict)
            .count()
    };
    format!(
        "Of {} that the sources tell, the account holder marked {} as not mine, {} as not sure and \
         {} as mine; {} not marked. 11-orders.csv and 10-timeline.csv hold them all.",
        count(all, "act", "acts"),
        of(Some(NotMine)),
        of(Some(NotSure)),
        of(Some(Mine)),
        count(of(None), "is", "are")
    )
}

/// The disputed acts of a kind, by time.
pub(super) fn of_kind<'a>(
    subject: &Subject<'a>,
    kind: ActKind,
) -> impl Iterator<Item = &'a ActRow> + use<'a> {
    let mut rows: Vec<&ActRow> = subject
        .disputed()
        .filter(|row| row.act.kind == kind)
        .collect();
    rows.sort_by(|a, b| (a.act.at, &a.key).cmp(&(b.act.at, &b.key)));
    rows.into_iter()
}

/// The orders that a trade names, each with its account.
pub(super) fn traded<'a>(subject: &Subject<'a>) -> HashSet<(Option<&'a AccountName>, &'a str)> {
    let fills = subject
        .rows()
        .iter()
        .filter(|row| row.act.kind == ActKind::Fill);
    fills
        .filter_map(|row| Some((row.account.as_ref(), row.act.order.as_deref()?)))
        .collect()
}

/// Whether no source tells that any of an order was traded.
pub(super) fn is_unexecuted(
    traded: &HashSet<(Option<&AccountName>, &str)>,
    order: &ActRow,
) -> bool {
    let status = order.act.status.as_deref().unwrap_or_default();
    !status.to_ascii_lowercase().contains("filled")
        && !traded.contains(&(order.account.as_ref(), order.act.id.as_str()))
}

/// The addresses and devices of disputed acts, and their acts.
pub(super) fn by_address<'a>(subject: &Subject<'a>) -> BTreeMap<(String, String), Vec<&'a ActRow>> {
    let mut seen: BTreeMap<(String, String), Vec<&ActRow>> = BTreeMap::new();
    for row in subject.disputed() {
        let ip = row.act.ip.clone().unwrap_or_default();
        let device = row.act.device.clone().unwrap_or_default();
        if !ip.is_empty() || !device.is_empty() {
            seen.entry((ip, device)).or_default().push(row);
        }
    }
    seen
}

/// What was traded or moved by disputed acts.
pub(super) fn instruments(subject: &Subject<'_>) -> BTreeSet<String> {
    subject
        .disputed()
        .filter(|row| matches!(row.act.kind, ActKind::Order | ActKind::Fill))
        .filter_map(|row| row.act.instrument.clone())
        .collect()
}

fn act_table(subject: &Subject<'_>, rows: &[&ActRow]) -> Block {
    let cells = rows.iter().map(|row| {
        let act = &row.act;
        vec![
            when(subject, act),
            of_account(row),
            act.words.clone(),
            act.status.clone().unwrap_or_default(),
            by(subject, act),
            format!("{}\n{}", act.id, row.sources.join("\n")),
            verdict_words(row.verdict).to_owned(),
        ]
    });
    Block::Table(table(
        &[
            ("When", Holds::Times, 27),
            ("Account", Holds::Words, 11),
            ("What", Holds::Words, 27),
            ("State", Holds::Words, 12),
            ("Sent by", Holds::Words, 18),
            ("Id, and where it is told", Holds::Marks, 32),
            ("Whose", Holds::Words, 11),
        ],
        cells.collect(),
    ))
}

fn when(subject: &Subject<'_>, act: &Act) -> String {
    act.at.map_or_else(not_told, |at| subject.lines(at))
}

pub(super) fn of_account(row: &ActRow) -> String {
    row.account
        .as_ref()
        .map_or_else(|| "this computer".to_owned(), ToString::to_string)
}

/// Who or what sent an act, as its venue tells.
fn by(subject: &Subject<'_>, act: &Act) -> String {
    let named =
        |name: &str, value: &Option<String>| value.as_ref().map(|value| format!("{name} {value}"));
    let mut told: Vec<String> = [
        named("client", &act.client_id),
        named("user or key", &act.submitter),
        named("session", &act.session),
    ]
    .into_iter()
    .flatten()
    .collect();
    if subject.variant != Variant::Share {
        told.extend(
            [named("from", &act.ip), named("with", &act.device)]
                .into_iter()
                .flatten(),
        );
    }
    if told.is_empty() {
        not_told()
    } else {
        told.join(", ")
    }
}

/// What moved.
pub(super) fn amount(act: &Act) -> String {
    let Some(amount) = act.amount.or(act.quantity) else {
        return not_told();
    };
    let unit = if act.amount.is_some() {
        &act.currency
    } else {
        &act.instrument
    };
    format!("{amount} {}", unit.as_deref().unwrap_or_default())
        .trim_end()
        .to_owned()
}

/// Where it went.
pub(super) fn to(subject: &Subject<'_>, act: &Act) -> String {
    if subject.variant == Variant::Share {
        return "left out".to_owned();
    }
    act.to.clone().unwrap_or_else(not_told)
}

fn not_told() -> String {
    "not told".to_owned()
}
