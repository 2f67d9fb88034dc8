//! What the person sees during a run: accounts by levers, cards, and what is still open.
//!
//! A fold like every other: it holds nothing that the journal does not.

use std::collections::{BTreeMap, BTreeSet};

use door::Lever;
use jiff::Timestamp;
use runbook::{AccountName, Card, TaskId};
use serde::{Deserialize, Serialize};

use crate::{Mode, Run, Summary, TaskRun, Word, due::trouble, summary::summarise};

/// The version of this view's shape.
pub const BOARD_VERSION: u32 = 2;

/// The whole board.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Board {
    /// [`BOARD_VERSION`].
    pub version: u32,
    /// The run's folder name.
    pub run: String,
    /// The runbook's title.
    pub title: String,
    /// Live or not.
    pub mode: Mode,
    /// When it was pressed.
    pub pressed_at: Timestamp,
    /// Milliseconds since then, on the run's clock.
    pub elapsed_ms: u64,
    /// What is said biggest.
    pub headline: Headline,
    /// How many tasks are neither verified nor skipped.
    pub still_open: u64,
    /// The worst of them in one sentence; empty when nothing is open.
    pub worst: String,
    /// How many tasks are in each state, the worst first; states with none are left out.
    pub tally: Vec<(Word, u64)>,
    /// Accounts, in the person's order.
    pub columns: Vec<Column>,
    /// Levers in use, in the board's order.
    pub rows: Vec<Row>,
    /// What needs the person, worst first.
    pub cards: Vec<CardView>,
    /// How many tasks that were the person's to do are closed.
    pub cards_done: u64,
    /// Hold-down, an account each.
    pub holds: Vec<Hold>,
    /// How it stands.
    pub summary: Summary,
    /// Why lines are not on disk, while some are not.
    pub not_recorded: Option<String>,
    /// Whether it is contained, holds nothing down any more, and waits for its reset.
    pub latched: bool,
    /// Whether it is closed.
    pub is_reset: bool,
    /// How often it was taken up again.
    pub resumed: u32,
    /// When it was last taken up again.
    pub resumed_at: Option<Timestamp>,
    /// How many tasks were asked again then.
    pub asked_again: u64,
    /// How many raw answers are stored.
    pub captures: u64,
    /// How many notes there are.
    pub notes: u64,
}

/// What is said biggest about a run.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Headline {
    /// Tasks are open: [`Board::still_open`].
    StillOpen,
    /// Contained, and positions have no stop: [`Summary::without_stop`].
    WithoutStop,
    /// Nothing is open, and it is not contained: the person passed over what contains.
    SkippedByYou,
    /// Contained.
    Contained,
}

/// An account.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Column {
    /// Its nickname.
    pub account: AccountName,
    /// The venue's number of it, masked.
    pub masked_id: Option<String>,
    /// How many of its tasks are open.
    pub still_open: u64,
}

/// A lever.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Row {
    /// Which.
    pub lever: Lever,
    /// What the row is called.
    pub title: String,
    /// One cell a column.
    pub cells: Vec<Cell>,
}

/// One account's state of one lever.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "cell")]
pub enum Cell {
    /// A task.
    Task(Box<Tile>),
    /// No door of the account offers it.
    NotOffered,
    /// The runbook does not ask for it here.
    NotInRunbook,
}

/// A task, as a tile.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Tile {
    /// Which.
    pub task: TaskId,
    /// Its step's title.
    pub title: String,
    /// Its state.
    pub word: Word,
    /// One line of why.
    pub why: String,
    /// What the person can do about it; may be empty.
    pub next: String,
    /// When its word last changed.
    pub since: Timestamp,
    /// The same on the run's clock.
    pub since_ms: u64,
    /// `partial`: until when.
    pub until: Option<Timestamp>,
    /// The number of the card that it belongs to, counted from 1.
    pub card: Option<u64>,
    /// `verified`: through which doors it was seen.
    pub seen_through: Vec<String>,
    /// Whether a value that the person read is part of the proof.
    pub read_by_you: bool,
    /// How often something proved was open again.
    pub reopened: u32,
}

/// Something for the person.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct CardView {
    /// Counted from 1, worst first.
    pub number: u64,
    /// The task.
    pub task: TaskId,
    /// Verb first.
    pub title: String,
    /// On which account; `None` for all.
    pub account: Option<AccountName>,
    /// What to do, whom to call, what to read back.
    pub card: Card,
    /// Why it is theirs.
    pub why: String,
    /// The last value that was read and is not the wanted one.
    pub last_answer: Option<String>,
    /// Whether the run is not contained before it is done.
    pub containment: bool,
    /// Whether it asks for a one-time code, which is given apart from answers and kept nowhere.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub asks_code: bool,
}

/// Orders of an account being held down.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Hold {
    /// The account.
    pub account: AccountName,
    /// Whether it goes on.
    pub active: bool,
    /// How many orders appeared.
    pub appeared: u64,
    /// When a listing was last empty.
    pub last_empty: Option<Timestamp>,
}

/// The board of `run` at `now_ms` on its clock.
pub fn board(run: &Run, now_ms: u64) -> Board {
    let cards = cards(run);
    let holds = holds(run);
    let summary = summarise(run);
    let open = run.tasks.iter().filter(|task| !task.word.is_closed());
    let done = |task: &&TaskRun| task.needed_you && task.word.is_closed();
    Board {
        version: BOARD_VERSION,
        run: run.id.clone(),
        title: run.plan.runbook.title.clone(),
        mode: run.mode,
        pressed_at: run.pressed_at,
        elapsed_ms: now_ms.max(run.last.mono_ms),
        headline: headline(&summary),
        still_open: count(open.clone().count()),
        worst: open
            .min_by_key(|task| harm(task))
            .map(sentence)
            .unwrap_or_default(),
        tally: tally(run),
        columns: columns(run),
        rows: rows(run, &cards),
        cards,
        cards_done: count(run.tasks.iter().filter(done).count()),
        not_recorded: run.not_recorded.clone(),
        latched: summary.contained && !run.is_reset && !holds.iter().any(|hold| hold.active),
        holds,
        summary,
        is_reset: run.is_reset,
        resumed: run.resumed,
        resumed_at: run.resumed_at,
        asked_again: run.asked_again,
        captures: run.captures,
        notes: run.notes,
    }
}

fn headline(summary: &Summary) -> Headline {
    if !summary.open.is_empty() {
        Headline::StillOpen
    } else if !summary.contained {
        Headline::SkippedByYou
    } else if summary.without_stop.is_empty() {
        Headline::Contained
    } else {
        Headline::WithoutStop
    }
}

fn tally(run: &Run) -> Vec<(Word, u64)> {
    let of = |word| count(run.tasks.iter().filter(|task| task.word == word).count());
    Word::WORST_FIRST
        .into_iter()
        .map(|word| (word, of(word)))
        .filter(|(_, count)| *count > 0)
        .collect()
}

fn columns(run: &Run) -> Vec<Column> {
    let mut open: BTreeMap<&AccountName, u64> = BTreeMap::new();
    for task in run.tasks.iter().filter(|task| !task.word.is_closed()) {
        if let Some(account) = &task.task.account {
            *open.entry(account).or_default() += 1;
        }
    }
    let column = |account: &runbook::AccountOutline| Column {
        account: account.name.clone(),
        masked_id: account.masked_id.clone(),
        still_open: open.get(&account.name).copied().unwrap_or(0),
    };
    run.plan.accounts.iter().map(column).collect()
}

fn rows(run: &Run, cards: &[CardView]) -> Vec<Row> {
    let numbers: BTreeMap<&TaskId, u64> = cards.iter().map(|c| (&c.task, c.number)).collect();
    // two steps may pull the same lever: the worse one is shown
    let mut worst: BTreeMap<(Lever, &AccountName), &TaskRun> = BTreeMap::new();
    for task in &run.tasks {
        if let (Some(lever), Some(account)) = (task.task.lever(), &task.task.account) {
            worst
                .entry((lever, account))
                .and_modify(|known| {
                    if harm(task) < harm(known) {
                        *known = task;
                    }
                })
                .or_insert(task);
        }
    }
    let not_offered: BTreeSet<(Lever, &AccountName)> = run
        .plan
        .not_offered
        .iter()
        .map(|gap| (gap.lever, &gap.account))
        .collect();
    let cell = |lever: Lever, account: &AccountName| match worst.get(&(lever, account)) {
        Some(task) => Cell::Task(Box::new(tile(task, &numbers))),
        None if not_offered.contains(&(lever, account)) => Cell::NotOffered,
        None => Cell::NotInRunbook,
    };
    let used = |lever: &Lever| {
        worst.keys().any(|(used, _)| used == lever)
            || not_offered.iter().any(|(used, _)| used == lever)
    };
    let row = |lever: Lever| Row {
        lever,
        title: lever.title().to_owned(),
        cells: run
            .plan
            .accounts
            .iter()
            .map(|account| cell(lever, &account.name))
            .collect(),
    };
    Lever::ALL.into_iter().filter(used).map(row).collect()
}

fn tile(task: &TaskRun, cards: &BTreeMap<&TaskId, u64>) -> Tile {
    let trouble = || task.doors.values().find_map(trouble);
    let why = match task.word {
        Word::Sending if task.why == "being sent" => trouble().unwrap_or_else(|| task.why.clone()),
        Word::Queued => waits_for(task),
        Word::Sending
        | Word::Accepted
        | Word::Verified
        | Word::Partial
        | Word::Refused
        | Word::Unknown
        | Word::NeedsYou
        | Word::Skipped => task.why.clone(),
    };
    let proof = task.proof.as_ref();
    Tile {
        task: task.task.id.clone(),
        title: task.task.title.clone(),
        word: task.word,
        why,
        next: task.next.clone(),
        since: task.since,
        since_ms: task.since_ms,
        until: task.until,
        card: cards.get(&task.task.id).copied(),
        seen_through: proof
            .map(|p| p.doors.iter().map(|d| d.0.clone()).collect())
            .unwrap_or_default(),
        read_by_you: proof.is_some_and(|p| p.read_by_you),
        reopened: task.reopened,
    }
}

fn waits_for(task: &TaskRun) -> String {
    match task.task.after.first() {
        Some(first) => {
            let step = first.as_str().split('@').next().unwrap_or_default();
            format!("waits for {step}")
        }
        None => "waits until it can do no harm to what is still needed".to_owned(),
    }
}

fn cards(run: &Run) -> Vec<CardView> {
    let needs = run
        .tasks
        .iter()
        .filter(|task| task.word == Word::NeedsYou || task.asks_code());
    needs
        .filter_map(|task| Some((task, task.task.card.clone()?)))
        .zip(1..)
        .map(|((task, card), number)| CardView {
            number,
            task: task.task.id.clone(),
            title: task.task.title.clone(),
            account: task.task.account.clone(),
            card,
            why: task.why.clone(),
            last_answer: task
                .answer
                .as_ref()
                .filter(|(_, wanted)| !wanted)
                .map(|(value, _)| value.clone()),
            containment: task.task.containment,
            asks_code: task.asks_code(),
        })
        .collect()
}

fn holds(run: &Run) -> Vec<Hold> {
    let held = run.tasks.iter().filter(|task| {
        task.task.lever() == Some(Lever::CancelOrders)
            && !task.task.hold_until.is_empty()
            && (task.is_holding() || task.hold_ended)
    });
    held.filter_map(|task| {
        let account = task.task.account.clone()?;
        Some(Hold {
            active: task.is_holding() && !run.is_reset,
            appeared: run.appeared(&account),
            last_empty: task.last_clear,
            account,
        })
    })
    .collect()
}

/// What hurts most first: open orders before the rest, silence and refusal before waiting.
fn harm(task: &TaskRun) -> (u8, u8) {
    let word = match task.word {
        Word::Refused => 0,
        Word::Unknown => 1,
        Word::NeedsYou => 2,
        Word::Partial => 3,
        Word::Sending => 4,
        Word::Accepted => 5,
        Word::Queued => 6,
        Word::Skipped => 7,
        Word::Verified => 8,
    };
    let lever = match task.task.lever() {
        Some(Lever::CancelOrders) => 0,
        Some(Lever::StopWithdrawals) => 1,
        Some(Lever::EndSessions) => 2,
        Some(Lever::RevokeKey) => 3,
        Some(Lever::BlockTrading) => 4,
        Some(Lever::StopAutomation) => 5,
        None => 6,
        Some(Lever::Capture | Lever::Audit) => 7,
    };
    (word, lever)
}

fn sentence(task: &TaskRun) -> String {
    let place = task
        .task
        .account
        .as_ref()
        .map(|account| format!("{account}, "))
        .unwrap_or_default();
    let title = &task.task.title;
    if task.why.is_empty() {
        format!("{place}{title}: {}.", task.word)
    } else {
        format!("{place}{title}: {}, {}.", task.word, task.why)
    }
}

fn count(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}
