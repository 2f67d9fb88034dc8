//! A run as the window shows it. Text of venues is bounded on its way.

use controller::OpenRun;
use incident::{Board, CardView, WithoutStop};
use runbook::ReadBackFormat;
use rust_decimal::Decimal;

use super::{contact, count, length, time};
use crate::view::{
    self, AnswerFormat, Card, Cell, Column, Detail, DetailLine, DoorDetail, Headline, Hold, Mode,
    Row, Run, Stop, Tally, Tile, Word,
};

/// More accounts than this do not fit beside one another: those with something open come first.
const BESIDE_ONE_ANOTHER: usize = 4;

/// Where a card's value is looked up.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Pages {
    /// At the venue's own pages.
    Venue,
    /// At simulated ones, by a click that does what the card says: practice.
    Done,
    /// At simulated ones, which the person opens and works in: drills.
    Opened,
}

/// The run under way.
pub(super) fn run(open: &OpenRun, pages: Pages) -> Run {
    let board = &open.board;
    let order = order(board);
    let summary = &board.summary;
    Run {
        run: open.run.clone(),
        mode: mode(board.mode),
        title: board.title.clone(),
        pressed_at: time(board.pressed_at),
        elapsed_ms: count(board.elapsed_ms),
        lines: count(open.lines),
        head: open.head.clone(),
        recorded: summary.recorded,
        resumed: board.resumed,
        resumed_at: board.resumed_at.map(time),
        asked_again: count(board.asked_again),
        headline: match board.headline {
            incident::Headline::StillOpen => Headline::StillOpen,
            incident::Headline::WithoutStop => Headline::WithoutStop,
            incident::Headline::SkippedByYou => Headline::SkippedByYou,
            incident::Headline::Contained => Headline::Contained,
        },
        worst: board.worst.clone(),
        still_open: count(board.still_open),
        contained: summary.contained,
        ms_to_contained: summary.ms_to_contained.map(count),
        accounts: length(board.columns.len()),
        verified: count(summary.verified),
        read_by_you: count(summary.read_by_you),
        tasks: count(summary.tasks),
        skipped_by_you: length(summary.skipped_by_you.len()),
        tally: board
            .tally
            .iter()
            .map(|(state, number)| Tally {
                word: word(*state),
                count: count(*number),
            })
            .collect(),
        columns: order.iter().map(|at| column(&board.columns[*at])).collect(),
        rows: board
            .rows
            .iter()
            .map(|row| Row {
                lever: row.lever.id().to_owned(),
                title: row.title.clone(),
                cells: order.iter().map(|at| cell(&row.cells[*at])).collect(),
            })
            .collect(),
        cards: board
            .cards
            .iter()
            .map(|card| self::card(card, pages))
            .collect(),
        cards_done: count(board.cards_done),
        holds: board
            .holds
            .iter()
            .map(|hold| Hold {
                account: hold.account.as_str().to_owned(),
                active: hold.active,
                appeared: count(hold.appeared),
                last_empty: hold.last_empty.map(time),
            })
            .collect(),
        without_stop: summary.without_stop.iter().map(without_stop).collect(),
        captures: count(board.captures),
        notes: count(board.notes),
    }
}

/// Where each column comes from.
fn order(board: &Board) -> Vec<usize> {
    let mut order = (0..board.columns.len()).collect::<Vec<_>>();
    if order.len() > BESIDE_ONE_ANOTHER {
        order.sort_by_key(|at| board.columns[*at].still_open == 0);
    }
    order
}

/// Whether a run reaches real accounts.
pub(super) fn mode(mode: incident::Mode) -> Mode {
    match mode {
        incident::Mode::Live => Mode::Live,
        incident::Mode::Drill => Mode::Drill,
        incident::Mode::Practice => Mode::Practice,
    }
}

fn word(word: incident::Word) -> Word {
    match word {
        incident::Word::Queued => Word::Queued,
        incident::Word::Sending => Word::Sending,
        incident::Word::Accepted => Word::Accepted,
        incident::Word::Verified => Word::Verified,
        incident::Word::Partial => Word::Partial,
        incident::Word::Refused => Word::Refused,
        incident::Word::Unknown => Word::Unknown,
        incident::Word::NeedsYou => Word::NeedsYou,
        incident::Word::Skipped => Word::Skipped,
    }
}

fn column(column: &incident::Column) -> Column {
    Column {
        account: column.account.as_str().to_owned(),
        masked_id: column.masked_id.clone(),
        still_open: count(column.still_open),
    }
}

fn cell(cell: &incident::Cell) -> Cell {
    match cell {
        incident::Cell::Task(tile) => Cell::Task(self::tile(tile)),
        incident::Cell::NotOffered => Cell::NotOffered,
        incident::Cell::NotInRunbook => Cell::NotInRunbook,
    }
}

fn tile(tile: &incident::Tile) -> Tile {
    Tile {
        task: tile.task.to_string(),
        title: tile.title.clone(),
        word: word(tile.word),
        why: door::clean(&tile.why),
        next: door::clean(&tile.next),
        since: time(tile.since),
        since_ms: count(tile.since_ms),
        until: tile.until.map(time),
        card: tile.card.map(count),
        seen_through: tile.seen_through.clone(),
        read_by_you: tile.read_by_you,
        reopened: tile.reopened,
    }
}

fn card(view: &CardView, pages: Pages) -> Card {
    let card = &view.card;
    Card {
        number: count(view.number),
        task: view.task.to_string(),
        title: view.title.clone(),
        account: view
            .account
            .as_ref()
            .map(|account| account.as_str().to_owned()),
        text: card.text.clone(),
        why: door::clean(&view.why),
        menu_path: card.menu_path.clone(),
        link: card.link.clone(),
        say: card.say.clone(),
        contact: card.contact.as_ref().map(contact),
        other_contacts: card.other_contacts.iter().map(contact).collect(),
        ask: match &card.read_back {
            _ if view.asks_code => Some("One-time code".to_owned()),
            read_back => read_back.as_ref().map(|read_back| read_back.ask.clone()),
        },
        format: match &card.read_back {
            _ if view.asks_code => AnswerFormat::Code,
            Some(read_back) => format(read_back.format),
            None => AnswerFormat::Text,
        },
        last_checked: card.last_checked.map(|day| day.to_string()),
        last_answer: view.last_answer.clone(),
        containment: view.containment,
        has_page: match pages {
            Pages::Venue => false,
            Pages::Done => view.asks_code || (card.page.is_some() && card.read_back.is_some()),
            Pages::Opened => view.asks_code,
        },
        page: card.page.clone().filter(|_| pages == Pages::Opened),
    }
}

/// What kind of value answers a card.
pub(super) fn format(format: ReadBackFormat) -> AnswerFormat {
    match format {
        ReadBackFormat::Number => AnswerFormat::Number,
        ReadBackFormat::Text => AnswerFormat::Text,
        ReadBackFormat::Time => AnswerFormat::Time,
        ReadBackFormat::YesNo => AnswerFormat::YesNo,
    }
}

fn without_stop(bare: &WithoutStop) -> view::WithoutStop {
    let quantity = bare.position.quantity;
    view::WithoutStop {
        account: bare.account.as_str().to_owned(),
        instrument: door::clean(&bare.position.instrument),
        quantity: number(quantity.abs()),
        short: quantity.is_sign_negative(),
        stops: bare
            .stops
            .iter()
            .map(|stop| Stop {
                side: stop.side.to_string(),
                quantity: number(stop.quantity),
                price: stop.stop.or(stop.limit).map(number),
            })
            .collect(),
    }
}

fn number(number: Decimal) -> String {
    number.normalize().to_string()
}

/// What a tile opens to.
pub(crate) fn detail(detail: &controller::TaskDetail) -> Detail {
    Detail {
        task: detail.task.to_string(),
        title: detail.title.clone(),
        word: word(detail.word),
        why: door::clean(&detail.why),
        proof: detail.proof.clone(),
        left: detail.left.clone(),
        doors: detail
            .doors
            .iter()
            .map(|door| DoorDetail {
                door: door.door.to_string(),
                attempts: door.attempts,
                readings: door.readings,
                found: door.found.clone(),
                failure: door.failure.clone(),
            })
            .collect(),
        lines: detail
            .lines
            .iter()
            .map(|line| DetailLine {
                seq: count(line.seq),
                at: time(line.at),
                mono_ms: count(line.mono_ms),
                event: line.event.clone(),
                text: line.text.clone(),
                digests: line.digests.clone(),
            })
            .collect(),
        lines_left_out: count(detail.lines_left_out),
    }
}
