//! The board as lines of text: accounts across, levers down, cards below. Pure.

use anstyle::{AnsiColor, Style};
use incident::{Board, CardView, Cell, Tile, Word};
use jiff::tz::TimeZone;

use super::words;
use crate::out::{Out, style_of};

/// The widest column for an account; narrower when the terminal is.
const COLUMN: usize = 44;
/// The column of lever names.
const NAMES: usize = 17;

/// The board in at most `width` columns.
pub(super) fn lines(board: &Board, journal_lines: u64, width: usize, out: Out) -> Vec<String> {
    let width = width.max(40);
    let mut lines = vec![headline(board, journal_lines, out)];
    let across = board.columns.len().max(1);
    let column = ((width - NAMES) / across).min(COLUMN);
    if column >= 16 {
        wide(board, column, out, &mut lines);
    } else {
        narrow(board, width, out, &mut lines);
    }
    for hold in board.holds.iter().filter(|hold| hold.active) {
        let appeared = match hold.appeared {
            0 => "no new order".to_owned(),
            1 => "1 new order".to_owned(),
            n => format!("{n} new orders"),
        };
        lines.push(format!("held down: {appeared} on {}", hold.account));
    }
    if !board.summary.without_stop.is_empty() {
        lines.push(words::without_stop(&board.summary.without_stop, out));
    }
    for card in &board.cards {
        let first = card.number == 1;
        cards(card, first, width, &mut lines);
    }
    lines
}

fn headline(board: &Board, journal_lines: u64, out: Out) -> String {
    let mode = out.paint(words::mode_style(board.mode), words::mode(board.mode));
    let open = match board.still_open {
        0 => out.paint(AnsiColor::Green.on_default().bold(), "NOTHING OPEN"),
        n => out.paint(Style::new().bold(), &format!("{n} STILL OPEN")),
    };
    let recording = if board.summary.recorded {
        format!("recording, {journal_lines} lines")
    } else {
        out.paint(AnsiColor::Red.on_default().bold(), "UNRECORDED")
    };
    format!(
        "{mode}  {open}   {}   {recording}",
        words::minutes(board.elapsed_ms)
    )
}

fn wide(board: &Board, column: usize, out: Out, lines: &mut Vec<String>) {
    let mut head = pad("", NAMES);
    for account in &board.columns {
        head.push_str(&pad(account.account.as_str(), column));
    }
    lines.push(head.trim_end().to_owned());
    for row in &board.rows {
        let mut text = pad(&row.title, NAMES);
        for cell in &row.cells {
            let (plain, word) = cell_text(cell, column - 1);
            let padding = " ".repeat(column.saturating_sub(plain.chars().count()));
            let painted = match word {
                Some(word) => out.paint(style_of(word), &plain),
                None => plain,
            };
            text.push_str(&painted);
            text.push_str(&padding);
        }
        lines.push(text.trim_end().to_owned());
    }
}

/// One account below the other, where there is no room across.
fn narrow(board: &Board, width: usize, out: Out, lines: &mut Vec<String>) {
    for (at, account) in board.columns.iter().enumerate() {
        lines.push(account.account.to_string());
        for row in &board.rows {
            let Some(cell) = row.cells.get(at) else {
                continue;
            };
            let (plain, word) = cell_text(cell, width.saturating_sub(NAMES + 2));
            let painted = match word {
                Some(word) => out.paint(style_of(word), &plain),
                None => plain,
            };
            lines.push(format!("  {}{painted}", pad(&row.title, NAMES)));
        }
    }
}

fn cell_text(cell: &Cell, room: usize) -> (String, Option<Word>) {
    match cell {
        Cell::Task(tile) => (cut(&tile_text(tile), room), Some(tile.word)),
        Cell::NotOffered => (cut("not offered", room), None),
        Cell::NotInRunbook => ("-".to_owned(), None),
    }
}

fn tile_text(tile: &Tile) -> String {
    let mark = match tile.word {
        Word::Queued => "[ ]",
        Word::Sending => "[.]",
        Word::Accepted => "[~]",
        Word::Verified => "[x]",
        Word::Partial => "[/]",
        Word::Refused => "[!]",
        Word::Unknown => "[?]",
        Word::NeedsYou => "[>]",
        Word::Skipped => "[-]",
    };
    let word = tile.word.as_str();
    let more = match (tile.word, tile.card, tile.until) {
        (Word::NeedsYou, Some(card), _) => format!(" {card}"),
        (Word::Partial, _, Some(until)) => {
            let local = until.to_zoned_datetime(TimeZone::system());
            format!(" {}", local.strftime("%H:%M"))
        }
        (Word::Refused | Word::Unknown | Word::Partial, _, _) if !tile.why.is_empty() => {
            format!("  {}", tile.why)
        }
        _ => String::new(),
    };
    format!("{mark} {word}{more}")
}

fn cards(card: &CardView, open: bool, width: usize, lines: &mut Vec<String>) {
    let account = card.account.as_ref().map(|name| format!(" ({name})"));
    let account = account.unwrap_or_default();
    lines.push(cut(
        &format!("{} {}{account}", card.number, card.title),
        width,
    ));
    if !open {
        return;
    }
    let shown = &card.card;
    let mut say = |text: String| wrap(&text, width, lines);
    say(shown.text.clone());
    if let Some(path) = &shown.menu_path {
        say(format!("Where: {path}"));
    }
    if let Some(link) = &shown.link {
        say(link.clone());
    }
    let has_way = shown.menu_path.is_some() || shown.link.is_some();
    if has_way && shown.last_checked.is_none() {
        say("Not checked against the venue's pages: look for words like these.".to_owned());
    }
    if let Some(contact) = &shown.contact {
        let number = contact.number.as_deref().unwrap_or(&contact.page);
        say(format!("Call {}: {number}", contact.name));
    }
    if let Some(words) = &shown.say {
        say(format!("Say: \"{words}\""));
    }
    if let Some(answer) = &card.last_answer {
        say(format!("You read {answer}. It is not done yet."));
    }
}

/// The question of the first card.
pub(super) fn question(board: &Board) -> Option<&str> {
    let card = board.cards.first()?;
    if card.asks_code {
        return Some("One-time code (goes to the venue, is kept nowhere)");
    }
    card.card.read_back.as_ref().map(|read| read.ask.as_str())
}

fn pad(text: &str, to: usize) -> String {
    let text = cut(text, to.saturating_sub(1));
    let length = text.chars().count();
    format!("{text}{}", " ".repeat(to.saturating_sub(length)))
}

fn cut(text: &str, to: usize) -> String {
    let text = door::clean(text);
    if text.chars().count() <= to {
        return text;
    }
    let kept = text.chars().take(to.saturating_sub(1)).collect::<String>();
    format!("{}…", kept.trim_end())
}

/// `text` over as many lines as it needs, set in by two.
fn wrap(text: &str, width: usize, lines: &mut Vec<String>) {
    let mut line = String::from(" ");
    for word in text.split_whitespace() {
        if line.chars().count() + 1 + word.chars().count() > width && line.len() > 1 {
            lines.push(std::mem::replace(&mut line, String::from(" ")));
        }
        line.push(' ');
        line.push_str(&door::clean(word));
    }
    lines.push(line);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_to_its_room_and_says_so() {
        assert_eq!(cut("refused  key may not cancel", 12), "refused key…");
        assert_eq!(cut("ok", 12), "ok");
        assert_eq!(pad("cancel", 8), "cancel  ");
    }

    #[test]
    fn what_a_venue_says_cannot_move_the_cursor() {
        assert_eq!(cut("\u{1b}[2Jgone", 40), "[2Jgone");
    }

    #[test]
    fn long_words_to_say_are_wrapped() {
        let mut lines = Vec::new();
        wrap(
            "Say: my account is compromised, lock it now",
            20,
            &mut lines,
        );
        assert!(
            lines.iter().all(|line| line.chars().count() <= 20),
            "{lines:?}"
        );
        assert!(lines.len() >= 3);
    }
}
