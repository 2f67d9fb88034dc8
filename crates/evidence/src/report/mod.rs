//! The report: what happened, for somebody who was not there, made from the journal and the case.
//!
//! It is computed once, as a [`Dossier`], and shown twice: a page of HTML and the same on paper. It
//! runs nothing, loads nothing, and claims nothing that its sources do not hold. What is still open
//! is the biggest text in it.

mod acts;
mod case;
mod computer;
mod first;
mod losses;
mod markup;
mod model;
mod orders;
mod page;
mod picture;
mod sections;
mod sheets;
mod statement;
mod timeline;
mod variant;

use std::path::Path;

use incident::Mode;
use jiff::{Timestamp, tz::TimeZone};

use crate::{
    EvidenceError,
    acts::{ActRow, Acts, Losses},
    case::{CaseLog, Entry, Verdict},
    guide::mode_tag,
    source::Source,
    story::Story,
};

pub use model::{
    Block, Column, Dossier, Fact, FirstPage, Holds, Mark, Moment, Open, OrderLine, Picture,
    Section, Shape, Table, Variant, WithheldPlace,
};

/// The document that the paper is set by.
const PAPER: &str = include_str!("report.typ");
/// How many rows of a table, and items of a list, are set on paper.
const MOST_ROWS: usize = 500;

/// What a report is about.
#[derive(Clone, Copy)]
pub(crate) struct Subject<'a> {
    /// The run; `None` for a collection without a press.
    pub(crate) story: Option<&'a Story>,
    /// The name of the folder.
    pub(crate) name: &'a str,
    /// SHA-256 of the runbook in the folder, if there is one.
    pub(crate) runbook_digest: Option<&'a str>,
    /// What the journal or the case names and the folder does not hold.
    pub(crate) missing: &'a [String],
    /// What was added to the case.
    pub(crate) case: Option<&'a CaseLog>,
    /// What was done in the accounts.
    pub(crate) acts: Option<&'a Acts>,
    /// What that cost.
    pub(crate) losses: Option<&'a Losses>,
    /// What the bundle does not hold because it was withheld.
    pub(crate) withheld: &'a [WithheldPlace],
    /// For whom it is.
    pub(crate) variant: Variant,
    /// When the report is made.
    pub(crate) at: Timestamp,
    /// The zone of the local times.
    pub(crate) zone: &'a TimeZone,
    pub(crate) program: &'a str,
    /// With which key it will be signed, where it will be.
    pub(crate) signer: Option<&'a str>,
}

impl<'a> Subject<'a> {
    /// A report about nothing yet.
    pub(crate) fn new(at: Timestamp, zone: &'a TimeZone, program: &'a str) -> Self {
        Self {
            story: None,
            name: "",
            runbook_digest: None,
            missing: &[],
            case: None,
            acts: None,
            losses: None,
            withheld: &[],
            variant: Variant::Own,
            at,
            zone,
            program,
            signer: None,
        }
    }

    fn mode(&self) -> Mode {
        self.story.map_or(Mode::Live, |story| story.run.mode)
    }

    fn id(&self) -> &'a str {
        self.story.map_or(self.name, |story| story.run.id.as_str())
    }

    /// What was added to the case, with when.
    fn entries(&self) -> impl Iterator<Item = (Timestamp, &'a Entry)> + use<'a> {
        let lines = self.case.map_or(&[][..], |case| case.lines.as_slice());
        lines.iter().map(|line| (line.at, &line.entry))
    }

    /// What was done in the accounts.
    fn rows(&self) -> &'a [ActRow] {
        self.acts.map_or(&[], Acts::rows)
    }

    /// The acts that are said to be somebody else's, or perhaps.
    fn disputed(&self) -> impl Iterator<Item = &'a ActRow> + use<'a> {
        self.rows().iter().filter(|row| is_disputed(row))
    }

    /// A time as the person's clock on the wall shows it, with its offset.
    fn local(&self, at: Timestamp) -> String {
        at.to_zoned_datetime(self.zone.clone())
            .strftime("%Y-%m-%d %H:%M:%S %:z")
            .to_string()
    }

    fn both(&self, at: Timestamp) -> String {
        format!("{} ({})", self.local(at), utc(at))
    }

    /// Both, for a cell of a table: a line each.
    fn lines(&self, at: Timestamp) -> String {
        format!("{}\n{}", self.local(at), utc(at))
    }
}

fn is_disputed(row: &ActRow) -> bool {
    match row.verdict {
        Some(Verdict::NotMine | Verdict::NotSure) => true,
        Some(Verdict::Mine) | None => false,
    }
}

/// What the person says of an act.
fn verdict_words(verdict: Option<Verdict>) -> &'static str {
    match verdict {
        Some(Verdict::Mine) => "mine",
        Some(Verdict::NotMine) => "not mine",
        Some(Verdict::NotSure) => "not sure",
        None => "not marked",
    }
}

fn utc(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// Milliseconds after the press as a person reads them.
fn after_press(ms: u64) -> String {
    let (minutes, seconds, millis) = (ms / 60_000, ms / 1000 % 60, ms % 1000);
    if minutes == 0 {
        format!("+{seconds}.{millis:03} s")
    } else {
        format!("+{minutes} min {seconds:02}.{millis:03} s")
    }
}

/// `1 order`, `2 orders`.
fn count(number: usize, one: &str, more: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { more })
}

/// How a report of a folder is wanted.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// For whom.
    pub variant: Variant,
    /// When it is made.
    pub at: Timestamp,
    /// The zone of the local times.
    pub zone: &'a TimeZone,
    /// The program and its version.
    pub program: &'a str,
    /// What the folder's bundle does not hold because it was withheld.
    pub withheld: &'a [WithheldPlace],
}

impl Dossier {
    /// A report of the case in `folder`, whether it has a run or is a collection alone.
    pub fn of_folder(folder: &Path, wanted: &Wanted<'_>) -> Result<Self, EvidenceError> {
        let source = Source::of(folder)?;
        let runbook = source.runbook_digest();
        let case = CaseLog::read(folder);
        let acts = Acts::of(folder)?;
        let losses = acts.losses();
        Ok(Self::of(&Subject {
            story: source.story(),
            name: &source.run,
            runbook_digest: runbook.as_deref(),
            missing: &source.missing,
            case: Some(&case),
            acts: Some(&acts),
            losses: Some(&losses),
            withheld: wanted.withheld,
            variant: wanted.variant,
            ..Subject::new(wanted.at, wanted.zone, wanted.program)
        }))
    }

    /// All that is known of the subject.
    pub(crate) fn of(subject: &Subject<'_>) -> Self {
        let mode = subject.mode();
        Self {
            title: title(subject),
            audience: subject.variant.words().to_owned(),
            case: subject.id().to_owned(),
            mode: match mode {
                Mode::Live => "LIVE: real accounts",
                Mode::Drill | Mode::Practice => mode_tag(mode),
            }
            .to_owned(),
            rehearsal: mode != Mode::Live,
            made: subject.both(subject.at),
            program: subject.program.to_owned(),
            first: first::page(subject),
            sections: variant::sections(subject),
            timeline: sheets::moments(subject),
            orders: sheets::order_lines(subject),
            at: subject.at,
        }
    }

    /// The report as one page of HTML that loads nothing.
    pub fn html(&self) -> String {
        page::html(self)
    }

    /// The same as PDF. Blocks for some seconds.
    pub fn pdf(&self) -> Result<Vec<u8>, paper::PaperError> {
        self.pdf_of(|data| data)
    }

    /// The same of what `change` makes of its values.
    pub(crate) fn pdf_of(
        &self,
        change: impl FnOnce(serde_json::Value) -> serde_json::Value,
    ) -> Result<Vec<u8>, paper::PaperError> {
        let whole = serde_json::to_value(self.on_paper()).expect("a report has only string keys");
        let data = change(whole);
        let title = format!("{} ({})", self.title, self.case);
        let about = paper::About {
            title: &title,
            lang: "en",
            at: self.at,
        };
        paper::pdf(PAPER, &data, &about)
    }

    /// The same with tables that a person would turn the pages of.
    fn on_paper(&self) -> Self {
        let mut dossier = Self {
            timeline: Vec::new(),
            orders: Vec::new(),
            ..self.clone()
        };
        let sections = dossier.sections.iter_mut();
        for block in sections.flat_map(|section| &mut section.blocks) {
            if let Block::Table(table) = block {
                let more = table.rows.len().saturating_sub(MOST_ROWS);
                table.rows.truncate(MOST_ROWS);
                table.rest = if more > 0 {
                    format!("{more} more rows are not on paper. {}", table.rest)
                } else {
                    String::new()
                };
            } else if let Block::List { items } = block
                && items.len() > MOST_ROWS
            {
                let more = items.len() - MOST_ROWS;
                items.truncate(MOST_ROWS);
                items.push(format!(
                    "{more} more are not on paper. They stand in the HTML report beside this one."
                ));
            }
        }
        dossier
    }

    /// `10-timeline.csv`.
    pub fn timeline_csv(&self) -> String {
        sheets::timeline(&self.timeline)
    }

    /// `11-orders.csv`.
    pub fn orders_csv(&self) -> String {
        sheets::orders(&self.orders)
    }
}

fn title(subject: &Subject<'_>) -> String {
    let Some(story) = subject.story else {
        return "Record of a collection without a press".to_owned();
    };
    let kind = match story.run.mode {
        Mode::Live => "Incident record",
        Mode::Drill => "Record of a drill",
        Mode::Practice => "Record of a practice run",
    };
    format!("{kind}: {}", story.run.plan.runbook.title)
}

fn text(text: impl Into<String>) -> Block {
    Block::Text { text: text.into() }
}

fn alarm(text: impl Into<String>) -> Block {
    Block::Alarm { text: text.into() }
}

fn heading(text: impl Into<String>) -> Block {
    Block::Heading { text: text.into() }
}

fn section(title: &str, blocks: Vec<Block>) -> Section {
    Section {
        title: title.to_owned(),
        blocks,
    }
}

/// A table's columns: heading, what they hold, and their share of the width.
fn table(columns: &[(&str, Holds, u8)], rows: Vec<Vec<String>>) -> Table {
    Table {
        columns: columns
            .iter()
            .map(|(name, holds, share)| Column {
                name: (*name).to_owned(),
                holds: *holds,
                share: *share,
            })
            .collect(),
        rows,
        alarm: false,
        rest: "The rest stands in the HTML report beside this one.".to_owned(),
    }
}
