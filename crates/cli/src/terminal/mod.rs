//! The live board on a terminal: drawn in place, with one line to type on.
//!
//! The terminal is given back as it was, whatever happens.

mod board;
pub(crate) mod secrets;
pub(crate) mod words;

use std::io::{self, Write as _};

use crossterm::{
    cursor::{MoveToColumn, MoveUp},
    event::{Event, EventStream, KeyCode, KeyEvent, KeyEventKind, KeyModifiers},
    queue,
    style::Print,
    terminal::{self, Clear, ClearType},
};
use futures_util::StreamExt as _;
use incident::Board;

use crate::out::Out;

/// What the person did at the keyboard.
pub(crate) enum Typed {
    /// A whole line.
    Line(String),
    /// The line changed.
    Edited,
    /// They want to leave.
    Leave,
}

/// A terminal in raw mode.
pub(crate) struct Screen {
    out: Out,
    events: EventStream,
    drawn: u16,
    typed: String,
    said: Vec<String>,
}

impl Screen {
    /// Takes the terminal; `None` where it cannot be drawn on.
    pub(crate) fn open(out: Out) -> Option<Self> {
        terminal::enable_raw_mode().ok()?;
        Some(Self {
            out,
            events: EventStream::new(),
            drawn: 0,
            typed: String::new(),
            said: Vec::new(),
        })
    }

    /// What the person does next. Never ends without a screen.
    pub(crate) async fn typed(screen: &mut Option<Self>) -> Typed {
        let Some(screen) = screen else {
            return std::future::pending().await;
        };
        loop {
            match screen.events.next().await {
                Some(Ok(Event::Key(key))) => {
                    if let Some(typed) = screen.key(key) {
                        return typed;
                    }
                }
                Some(Ok(Event::Paste(text))) => {
                    screen
                        .typed
                        .extend(text.chars().filter(|c| !c.is_control()));
                    return Typed::Edited;
                }
                Some(Ok(Event::Resize(..))) => return Typed::Edited,
                Some(Ok(Event::FocusGained | Event::FocusLost | Event::Mouse(_))) => {}
                // the terminal is gone: the run goes on without a keyboard
                Some(Err(_)) | None => return std::future::pending().await,
            }
        }
    }

    /// Shows lines under the board until the next ones.
    pub(crate) fn say(&mut self, lines: &[String]) {
        self.said = lines.iter().map(|line| door::clean(line)).collect();
    }

    /// Draws the board over the last one.
    pub(crate) fn draw(&mut self, board: &Board, journal_lines: u64) {
        // a terminal that does not know its size says that it is none
        let size = terminal::size()
            .ok()
            .filter(|(width, height)| *width > 1 && *height > 1);
        let (width, height) = size.unwrap_or((80, 24));
        let mut lines = board::lines(board, journal_lines, usize::from(width) - 1, self.out);
        let room = usize::from(height.max(4))
            .saturating_sub(2 + self.said.len().max(1))
            .max(2);
        if lines.len() > room {
            lines.truncate(room - 1);
            lines.push("(the terminal is too small for the rest)".to_owned());
        }
        lines.extend(self.said.iter().cloned());
        let question = board::question(board).map_or_else(
            || "Ctrl-C leaves; the run can be resumed.".to_owned(),
            str::to_owned,
        );
        lines.push(format!("  {question} {}", self.typed));
        // nobody may be looking any more
        drop(self.put(&lines));
    }

    fn put(&mut self, lines: &[String]) -> io::Result<()> {
        let mut stdout = io::stdout().lock();
        if self.drawn > 1 {
            queue!(stdout, MoveUp(self.drawn - 1))?;
        }
        queue!(stdout, MoveToColumn(0), Clear(ClearType::FromCursorDown))?;
        for (at, line) in lines.iter().enumerate() {
            if at > 0 {
                queue!(stdout, Print("\r\n"))?;
            }
            queue!(stdout, Print(self.out.before), Print(line))?;
        }
        self.drawn = u16::try_from(lines.len()).unwrap_or(u16::MAX);
        stdout.flush()
    }

    fn key(&mut self, key: KeyEvent) -> Option<Typed> {
        if key.kind == KeyEventKind::Release {
            return None;
        }
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "the library's own list of keys; most mean nothing here"
        )]
        match key.code {
            KeyCode::Char('c' | 'd') if control => Some(Typed::Leave),
            KeyCode::Char('u') if control => {
                self.typed.clear();
                Some(Typed::Edited)
            }
            KeyCode::Char(c) if !control && self.typed.chars().count() < 200 => {
                self.typed.push(c);
                Some(Typed::Edited)
            }
            KeyCode::Backspace => {
                self.typed.pop();
                Some(Typed::Edited)
            }
            KeyCode::Enter => Some(Typed::Line(std::mem::take(&mut self.typed))),
            _ => None,
        }
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // nothing is left to do where the terminal is gone
        drop(terminal::disable_raw_mode());
        drop(writeln!(io::stdout()));
    }
}
