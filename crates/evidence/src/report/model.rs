//! What a report says, once: the page and the paper are two looks of it.

use std::fmt;

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::Serialize;

/// For whom a report is: what stands in it, and in which order.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Variant {
    /// The person's own records: all of it.
    #[default]
    Own,
    /// The broker or exchange: with what is asked of it.
    Broker,
    /// The police or IC3: in the order of their form.
    Police,
    /// A stranger: with no identity.
    Share,
}

impl Variant {
    /// Every one.
    pub const ALL: [Self; 4] = [Self::Own, Self::Broker, Self::Police, Self::Share];

    /// The one that a profile names.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == name)
    }

    /// Its name, as a profile has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Broker => "broker",
            Self::Police => "police",
            Self::Share => "share",
        }
    }

    /// For whom it is, in words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Own => "for the account holder's own records",
            Self::Broker => "for the broker or exchange",
            Self::Police => "for the police or IC3",
            Self::Share => "to share with a stranger: no identity",
        }
    }
}

impl fmt::Display for Variant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Something that a bundle does not hold because it was withheld.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WithheldPlace {
    /// The file of the bundle.
    pub file: String,
    /// Where in it: `line 12`, a JSON pointer, `bytes 10 to 20`.
    pub place: String,
    /// Why, in words; the same words for the same reason.
    pub reason: String,
}

/// A whole report.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Dossier {
    /// What it is, in one line.
    pub title: String,
    /// For whom it is.
    pub audience: String,
    /// The run's or the collection's name.
    pub case: String,
    /// Live or not, in words that cannot be missed.
    pub mode: String,
    /// Whether nothing of it was real.
    pub rehearsal: bool,
    /// When it was made, local time with UTC.
    pub made: String,
    /// The program and its version.
    pub program: String,
    /// The first page.
    pub first: FirstPage,
    /// What follows.
    pub sections: Vec<Section>,
    /// Everything that has a time, in order.
    #[serde(skip)]
    pub timeline: Vec<Moment>,
    /// Orders and trades, in order.
    #[serde(skip)]
    pub orders: Vec<OrderLine>,
    #[serde(skip)]
    pub(super) at: Timestamp,
}

/// The summary.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct FirstPage {
    /// `Contained`, `Not contained` or that no press was made.
    pub verdict: String,
    /// Whether something is open.
    pub is_open: bool,
    /// What follows from it, a sentence each.
    pub lines: Vec<String>,
    /// What must not be overlooked, a sentence each.
    pub alarms: Vec<String>,
    /// What an incident desk asks for, in the order in which it asks.
    pub facts: Vec<Fact>,
    /// What was done and proved.
    pub done: Vec<String>,
    /// What is still open.
    pub left: Vec<Open>,
}

/// One thing that is open.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Open {
    /// Its state word; empty for what is no task.
    pub state: String,
    /// What it is.
    pub what: String,
    /// Why, until when, and what to do next.
    pub more: Vec<String>,
}

/// A name and what is known under it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Fact {
    /// The name.
    pub name: String,
    /// Each value, a line.
    pub values: Vec<String>,
}

impl Fact {
    pub(super) fn new(name: &str, values: Vec<String>) -> Self {
        Self {
            name: name.to_owned(),
            values,
        }
    }
}

/// A part with a heading.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Section {
    /// The heading.
    pub title: String,
    /// What stands under it.
    pub blocks: Vec<Block>,
}

/// A piece of a section.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Block {
    /// A heading within the section.
    Heading {
        /// It.
        text: String,
    },
    /// A paragraph.
    Text {
        /// It.
        text: String,
    },
    /// A paragraph that must not be overlooked.
    Alarm {
        /// It.
        text: String,
    },
    /// What somebody wrote, with its lines as they wrote them.
    Said {
        /// It.
        text: String,
    },
    /// A list.
    List {
        /// An item each.
        items: Vec<String>,
    },
    /// Names and values.
    Facts {
        /// Them.
        facts: Vec<Fact>,
    },
    /// A table.
    Table(Table),
    /// A picture of time.
    Picture(Picture),
    /// Lines to write on, each with what belongs there.
    WriteOn {
        /// What belongs on each line.
        lines: Vec<String>,
    },
}

/// A table. A row of one cell is a heading within it.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Table {
    /// The columns.
    pub columns: Vec<Column>,
    /// Their cells.
    pub rows: Vec<Vec<String>>,
    /// Whether it must not be overlooked.
    pub alarm: bool,
    /// Where the paper, which shows some hundred rows, sends its reader for the rest.
    pub rest: String,
}

/// A column.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Column {
    /// Its heading.
    pub name: String,
    /// What is in its cells.
    pub holds: Holds,
    /// How much of the width it takes beside the others.
    pub share: u8,
}

/// What is in a column's cells.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Holds {
    /// Words.
    Words,
    /// Times, which stay on their line.
    Times,
    /// Ids, digests and paths, which break anywhere.
    Marks,
    /// Sums of money, set to the right.
    Sums,
    /// State words.
    States,
    /// What somebody wrote, with its lines as they wrote them.
    Said,
}

/// A picture of time running down: on the left what the person did not do, on the right the press
/// and what followed. Both looks draw it from these coordinates.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Picture {
    /// Its width, in its own units.
    pub width: u32,
    /// Its height.
    pub height: u32,
    /// The place of the line of time.
    pub axis: u32,
    /// The same in words.
    pub words: String,
    /// What stands at the line, from above.
    pub marks: Vec<Mark>,
}

/// One thing in a picture.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Mark {
    /// What it is.
    pub shape: Shape,
    /// Its place from above.
    pub y: u32,
    /// What stands beside it, a line each.
    pub lines: Vec<String>,
    /// The local time; empty where it has none of its own.
    pub local: String,
    /// UTC.
    pub utc: String,
}

/// What a mark is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// A new day.
    Day,
    /// Time in which nothing is told.
    Gap,
    /// Something that the person says was not theirs.
    NotMine,
    /// Something of which the person does not know whether it was theirs.
    NotSure,
    /// The press.
    Press,
    /// Something that a venue proved.
    Proof,
    /// Something that was proved and came open again.
    Reopened,
}

/// A line of the timeline's sheet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Moment {
    /// When.
    pub at: Timestamp,
    /// The same by the clock on the wall, with its offset.
    pub local: String,
    /// Whose clock said so: `venue`, `this computer` or `the person`.
    pub clock: &'static str,
    /// What kind: `act`, `press`, `proof`, `run`, `case`.
    pub kind: &'static str,
    /// The account; may be empty.
    pub account: String,
    /// What happened.
    pub what: String,
    /// Whose the person says it was; empty where it is no act.
    pub verdict: String,
    /// Where it is told: the files of the bundle.
    pub source: String,
}

/// A line of the orders' sheet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OrderLine {
    /// When, by the venue's clock.
    pub at: Option<Timestamp>,
    /// The same by the clock on the wall; may be empty.
    pub local: String,
    /// The account.
    pub account: String,
    /// `order` or `fill`.
    pub kind: &'static str,
    /// The venue's id.
    pub id: String,
    /// The order that a fill belongs to; may be empty.
    pub order: String,
    /// What was traded; may be empty.
    pub instrument: String,
    /// `buy` or `sell`; may be empty.
    pub side: String,
    /// How much.
    pub quantity: Option<Decimal>,
    /// At which price.
    pub price: Option<Decimal>,
    /// What it cost.
    pub fee: Option<Decimal>,
    /// The money of these.
    pub currency: String,
    /// The venue's word for its state.
    pub status: String,
    /// Which API client sent it.
    pub client_id: String,
    /// Which user or key sent it.
    pub submitter: String,
    /// The session.
    pub session: String,
    /// The address of the network.
    pub ip: String,
    /// Whose the person says it was.
    pub verdict: String,
    /// In words.
    pub words: String,
    /// Where it is told.
    pub source: String,
}
