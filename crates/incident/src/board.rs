//! What the person sees during a run: accounts by levers, cards, and what is still open.
//!
//! A fold like every other: it holds nothing that the journal does not.

use door::Lever;
use jiff::Timestamp;
use runbook::{AccountName, Card, TaskId};
use serde::{Deserialize, Serialize};

use crate::{
    Mode, Run, Summary, TaskRun, Word,
    due::trouble,
    summary::{appeared, summarise},
};

/// The version of this view's shape.
pub const BOARD_VERSION: u32 = 1;

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
    /// How many tasks are neither verified nor skipped.
    pub still_open: u64,
    /// The worst of them in one sentence; empty when nothing is open.
    pub worst: String,
    /// Accounts, in the person's order.
    pub columns: Vec<Column>,
    /// Levers in use, in the board's order.
    pub rows: Vec<Row>,
    /// What needs the person, worst first.
    pub cards: Vec<CardView>,
    /// Hold-down, an account each.
    pub holds: Vec<Hold>,
    /// How it stands.
    pub summary: Summary,
    /// Whether it is closed.
    pub is_reset: bool,
    /// How often it was taken up again.
    pub resumed: u32,
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
    let open = run.tasks.iter().filter(|task| !task.word.is_closed());
    Board {
        version: BOARD_VERSION,
        run: run.id.clone(),
        title: run.plan.runbook.title.clone(),
        mode: run.mode,
        pressed_at: run.pressed_at,
        elapsed_ms: now_ms.max(run.last.mono_ms),
        still_open: count(open.clone().count()),
        worst: open
            .min_by_key(|task| harm(task))
            .map(sentence)
            .unwrap_or_default(),
        columns: run
            .plan
            .accounts
            .iter()
            .map(|account| column(run, account))
            .collect(),
        rows: rows(run, &cards),
        cards,
        holds: holds(run),
        summary: summarise(run),
        is_reset: run.is_reset,
        resumed: run.resumed,
    }
}

fn column(run: &Run, account: &runbook::AccountOutline) -> Column {
    let open = run
        .tasks
        .iter()
        .filter(|t| t.task.account.as_ref() == Some(&account.name) && !t.word.is_closed());
    Column {
        account: account.name.clone(),
        masked_id: account.masked_id.clone(),
        still_open: count(open.count()),
    }
}

fn rows(run: &Run, cards: &[CardView]) -> Vec<Row> {
    let used = |lever: &Lever| {
        run.tasks
            .iter()
            .any(|task| task.task.lever() == Some(*lever))
            || run.plan.not_offered.iter().any(|gap| gap.lever == *lever)
    };
    let row = |lever: Lever| Row {
        lever,
        title: lever.title().to_owned(),
        cells: run
            .plan
            .accounts
            .iter()
            .map(|a| cell(run, cards, lever, &a.name))
            .collect(),
    };
    Lever::ALL.into_iter().filter(used).map(row).collect()
}

fn cell(run: &Run, cards: &[CardView], lever: Lever, account: &AccountName) -> Cell {
    let tasks = run
        .tasks
        .iter()
        .filter(|t| t.task.lever() == Some(lever) && t.task.account.as_ref() == Some(account));
    // two steps may pull the same lever: the worse one is shown
    match tasks.min_by_key(|task| harm(task)) {
        Some(task) => Cell::Task(Box::new(tile(task, cards))),
        None if run
            .plan
            .not_offered
            .iter()
            .any(|g| g.lever == lever && g.account == *account) =>
        {
            Cell::NotOffered
        }
        None => Cell::NotInRunbook,
    }
}

fn tile(task: &TaskRun, cards: &[CardView]) -> Tile {
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
        card: cards
            .iter()
            .find(|card| card.task == task.task.id)
            .map(|card| card.number),
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
    let needs = run.tasks.iter().filter(|task| task.word == Word::NeedsYou);
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
            appeared: run.accounts.get(&account).map_or(0, appeared),
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
