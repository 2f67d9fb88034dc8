//! The report's sheets: RFC 4180, UTF-8, and no cell that a spreadsheet would run.

use door::ActKind;
use incident::Event;
use jiff::Timestamp;
use rust_decimal::Decimal;

use super::{Moment, OrderLine, Subject, Variant, acts::of_account, timeline::told, verdict_words};
use crate::{acts::ActRow, bag, case::Entry};

/// Everything that has a time, in order.
pub(super) fn moments(subject: &Subject<'_>) -> Vec<Moment> {
    let mut moments: Vec<Moment> = subject
        .rows()
        .iter()
        .filter_map(|row| of_act(subject, row))
        .collect();
    moments.extend(of_run(subject));
    // the person's words and those of whom they spoke with are not for a stranger
    if subject.variant != Variant::Share {
        let entries = subject.entries();
        moments.extend(entries.filter_map(|(at, entry)| of_entry(subject, at, entry)));
    }
    // what was told first stays first within one moment
    moments.sort_by_key(|moment| moment.at);
    moments
}

fn of_act(subject: &Subject<'_>, row: &ActRow) -> Option<Moment> {
    let at = row.act.at?;
    Some(Moment {
        clock: "venue",
        kind: "act",
        account: of_account(row),
        what: row.act.words.clone(),
        verdict: verdict_words(row.verdict).to_owned(),
        source: row.sources.join(" "),
        ..moment(subject, at)
    })
}

fn of_run(subject: &Subject<'_>) -> Vec<Moment> {
    let Some(story) = subject.story else {
        return Vec::new();
    };
    let of_line = |line: &incident::journal::Line| {
        if subject.variant == Variant::Share && is_said(&line.event) {
            return None;
        }
        let is_press = matches!(
            line.event,
            Event::RunStarted { .. } | Event::RunExtended { .. }
        );
        let kind = if is_press {
            "press"
        } else if matches!(line.event, Event::Verified { .. }) {
            "proof"
        } else {
            "run"
        };
        Some(Moment {
            kind,
            account: account_of(story, &line.event),
            what: told(story, line)?,
            source: format!("{} line {}", bag::JOURNAL_FILE, line.seq + 1),
            ..moment(subject, line.at)
        })
    };
    story.lines.iter().filter_map(of_line).collect()
}

/// Whether an event is the person's own words.
fn is_said(event: &Event) -> bool {
    if let Event::Verified { proof, .. } = event {
        return proof.read_by_you;
    }
    matches!(
        event,
        Event::Answered { .. } | Event::Noted { .. } | Event::Skipped { .. }
    )
}

/// The account of the task that was proved.
fn account_of(story: &crate::story::Story, event: &Event) -> String {
    let Event::Verified { task, .. } = event else {
        return String::new();
    };
    let account = story
        .run
        .task(task)
        .and_then(|task| task.task.account.as_ref());
    account.map(ToString::to_string).unwrap_or_default()
}

fn of_entry(subject: &Subject<'_>, at: Timestamp, entry: &Entry) -> Option<Moment> {
    let base = moment(subject, at);
    let what = match entry {
        Entry::Opened { .. } | Entry::Mended { .. } | Entry::Marked { .. } => return None,
        Entry::Collected {
            title, sightings, ..
        } => format!("Looked at: {title}, {} things to read", sightings.len()),
        Entry::Attached { file, about, .. } => {
            format!("File added: {} {about}", super::case::in_bundle(file))
        }
        Entry::Noted { text, .. } => format!("Note: {text}"),
        Entry::Contact {
            who,
            when,
            by,
            reference,
            said,
            ..
        } => {
            return Some(Moment {
                clock: "the person",
                kind: "case",
                what: format!("Contact with {who} by {by}, reference {reference}: {said}"),
                source: "data/85-case-log.jsonl".to_owned(),
                ..moment(subject, *when)
            });
        }
        Entry::Stated { .. } => "The statement was written".to_owned(),
        Entry::Exported { file, digest, .. } => {
            format!("A bundle was written: {file}, SHA-256 {digest}")
        }
    };
    Some(Moment {
        kind: "case",
        what,
        source: "data/85-case-log.jsonl".to_owned(),
        ..base
    })
}

fn moment(subject: &Subject<'_>, at: Timestamp) -> Moment {
    Moment {
        at,
        local: subject.local(at),
        clock: "this computer",
        kind: "run",
        account: String::new(),
        what: String::new(),
        verdict: String::new(),
        source: String::new(),
    }
}

/// Orders and trades, by time; those with none first.
pub(super) fn order_lines(subject: &Subject<'_>) -> Vec<OrderLine> {
    let mut lines: Vec<OrderLine> = subject
        .rows()
        .iter()
        .filter_map(|row| order_line(subject, row))
        .collect();
    lines.sort_by_key(|line| line.at);
    lines
}

fn order_line(subject: &Subject<'_>, row: &ActRow) -> Option<OrderLine> {
    let kind = match row.act.kind {
        ActKind::Order => "order",
        ActKind::Fill => "fill",
        ActKind::Transfer | ActKind::Session | ActKind::Key | ActKind::Address => return None,
    };
    let act = row.act.clone();
    let share = subject.variant == Variant::Share;
    Some(OrderLine {
        at: act.at,
        local: act.at.map(|at| subject.local(at)).unwrap_or_default(),
        account: of_account(row),
        kind,
        id: act.id,
        order: act.order.unwrap_or_default(),
        instrument: act.instrument.unwrap_or_default(),
        side: act.side.map(|side| side.to_string()).unwrap_or_default(),
        quantity: act.quantity,
        price: act.price,
        fee: act.fee,
        currency: act.currency.unwrap_or_default(),
        status: act.status.unwrap_or_default(),
        client_id: act.client_id.unwrap_or_default(),
        submitter: act.submitter.unwrap_or_default(),
        session: act.session.unwrap_or_default(),
        ip: act.ip.filter(|_| !share).unwrap_or_default(),
        verdict: verdict_words(row.verdict).to_owned(),
        words: act.words,
        source: row.sources.join(" "),
    })
}

/// `10-timeline.csv`.
pub(super) fn timeline(moments: &[Moment]) -> String {
    let mut sheet = Sheet::with(&[
        "utc", "local", "clock", "kind", "account", "what", "whose", "source",
    ]);
    for moment in moments {
        sheet.row(&[
            &iso(moment.at),
            &moment.local,
            moment.clock,
            moment.kind,
            &moment.account,
            &moment.what,
            &moment.verdict,
            &moment.source,
        ]);
    }
    sheet.0
}

/// `11-orders.csv`.
pub(super) fn orders(lines: &[OrderLine]) -> String {
    let mut sheet = Sheet::with(&[
        "utc",
        "local",
        "account",
        "kind",
        "id",
        "order",
        "instrument",
        "side",
        "quantity",
        "price",
        "fee",
        "currency",
        "status",
        "client_id",
        "submitter",
        "session",
        "ip",
        "whose",
        "words",
        "source",
    ]);
    let number = |number: Option<Decimal>| number.map(|n| n.to_string()).unwrap_or_default();
    for line in lines {
        sheet.row(&[
            &line.at.map(iso).unwrap_or_default(),
            &line.local,
            &line.account,
            line.kind,
            &line.id,
            &line.order,
            &line.instrument,
            &line.side,
            &number(line.quantity),
            &number(line.price),
            &number(line.fee),
            &line.currency,
            &line.status,
            &line.client_id,
            &line.submitter,
            &line.session,
            &line.ip,
            &line.verdict,
            &line.words,
            &line.source,
        ]);
    }
    sheet.0
}

fn iso(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// Lines of cells.
struct Sheet(String);

impl Sheet {
    fn with(head: &[&str]) -> Self {
        let mut sheet = Self(String::new());
        sheet.row(head);
        sheet
    }

    fn row(&mut self, cells: &[&str]) {
        for (place, cell) in cells.iter().enumerate() {
            if place > 0 {
                self.0.push(',');
            }
            self.cell(cell);
        }
        self.0.push_str("\r\n");
    }

    /// A cell that begins as a formula does gets an apostrophe before it, but for a number.
    fn cell(&mut self, cell: &str) {
        let defused = if is_formula(cell) { "'" } else { "" };
        if cell.contains(['"', ',', '\r', '\n']) {
            self.0.push('"');
            self.0.push_str(defused);
            self.0.push_str(&cell.replace('"', "\"\""));
            self.0.push('"');
        } else {
            self.0.push_str(defused);
            self.0.push_str(cell);
        }
    }
}

fn is_formula(cell: &str) -> bool {
    let begins = cell.trim_start_matches(|c: char| c.is_whitespace() || c.is_control());
    begins.starts_with([
        '=', '+', '-', '@', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}',
    ]) && cell.parse::<Decimal>().is_err()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(text: &str) -> String {
        let mut sheet = Sheet(String::new());
        sheet.cell(text);
        sheet.0
    }

    #[test]
    fn what_a_spreadsheet_would_run_is_defused() {
        assert_eq!(cell("=1+1"), "'=1+1");
        assert_eq!(cell("@SUM(A1)"), "'@SUM(A1)");
        assert_eq!(cell("\t=cmd|' /C calc'!A0"), "'\t=cmd|' /C calc'!A0");
        assert_eq!(cell("-2+3,=1"), "\"'-2+3,=1\"");
        assert_eq!(cell("+1 877 442 2757"), "'+1 877 442 2757");
    }

    #[test]
    fn numbers_and_words_stay_as_they_are() {
        for text in ["-12.50", "+3", "0.00000001", "AAPL", "a=b", ""] {
            assert_eq!(cell(text), text);
        }
    }

    #[test]
    fn quotes_commas_and_lines_are_quoted() {
        assert_eq!(cell("a \"b\", c\nd"), "\"a \"\"b\"\", c\nd\"");
    }
}
