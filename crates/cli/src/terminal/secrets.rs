//! Keys, typed without echo or taken from stdin a line each. They go into [`Secret`] at once, and
//! into nothing else.

use std::io::{self, BufRead as _, IsTerminal as _, Read as _, Write as _};

use controller::Error;
use crossterm::{
    event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers},
    terminal,
};
use vault::Secret;
use venues::{DoorWords, Scope};

/// The most that is read of a line: more is no key.
const LINE_AT_MOST: u64 = 4096;
/// Room for what is typed.
const ROOM: usize = 4096;
/// What is so while keys are asked for.
const UNTOUCHED: &str = "nothing was put into the keychain, and nothing was sent to any venue";

/// Where keys come from. The terminal stays silent from the first key to the last, so that what is
/// pasted ahead is not shown either, and is given back as it was.
pub(crate) struct Secrets {
    on_terminal: bool,
    is_silent: bool,
    taken: usize,
    wanted: usize,
}

impl Secrets {
    /// So many are wanted.
    pub(crate) fn open(wanted: usize) -> Self {
        Self {
            on_terminal: io::stdin().is_terminal(),
            is_silent: false,
            taken: 0,
            wanted,
        }
    }

    /// The next one. `name` is shown to a person, and named where it is missing.
    pub(crate) fn next(&mut self, name: &str) -> Result<Secret, Error> {
        let secret = if self.on_terminal {
            self.silence()?;
            typed(name)?
        } else {
            line()?
        };
        let Some(secret) = secret else {
            return Err(Error::wrong(format!(
                "stdin ended after {} of {} lines: the {name} is missing",
                self.taken, self.wanted
            ))
            .untouched(UNTOUCHED)
            .next(
                "give for each door, in the order of --door, first the key and then its secret, \
                 one a line",
            ));
        };
        self.taken += 1;
        if secret.expose().is_empty() {
            return Err(Error::wrong(format!("the {name} is empty"))
                .untouched(UNTOUCHED)
                .next("give it as the venue's page showed it"));
        }
        Ok(secret)
    }

    fn silence(&mut self) -> Result<(), Error> {
        if !self.is_silent && terminal::enable_raw_mode().is_err() {
            return Err(Error::wrong(
                "this terminal cannot hide what is typed, so no key is asked for",
            )
            .untouched(UNTOUCHED)
            .next("give the keys on stdin, one a line"));
        }
        self.is_silent = true;
        Ok(())
    }
}

impl Drop for Secrets {
    fn drop(&mut self) {
        if self.is_silent {
            // the terminal may be gone
            drop(terminal::disable_raw_mode());
        }
    }
}

/// What a key for Firebreak should be, and where it is made, in lines.
pub(crate) fn narrow_key(door: &DoorWords) -> Vec<String> {
    let scope = |scope: &Scope| format!("    {}: {}", scope.name, scope.why);
    let mut lines = vec![
        format!("{} ({})", door.label, door.kind),
        format!("  make a key: {}", door.make.menu),
        format!("    {} ({})", door.make.page, door.make.checked()),
        "  it needs, and no more:".to_owned(),
    ];
    lines.extend(door.least.iter().map(scope));
    if !door.refuse.is_empty() {
        lines.push("  leave off:".to_owned());
    }
    lines.extend(door.refuse.iter().map(scope));
    lines
}

/// A line of stdin without its end; `None` when there is no more.
fn line() -> Result<Option<Secret>, Error> {
    let mut text = String::with_capacity(ROOM);
    let read = io::stdin().lock().take(LINE_AT_MOST).read_line(&mut text);
    let secret = match read {
        Ok(0) => return Ok(None),
        Ok(_) => Secret::new(text),
        Err(error) => {
            drop(Secret::new(text));
            return Err(
                Error::wrong(format!("stdin cannot be read: {}", error.kind()))
                    .untouched(UNTOUCHED)
                    .next("give the keys as plain text, one a line"),
            );
        }
    };
    let whole = secret.expose();
    let bare = whole.strip_suffix('\n').unwrap_or(whole);
    let bare = bare.strip_suffix('\r').unwrap_or(bare);
    Ok(Some(Secret::new(bare.to_owned())))
}

/// A line typed on a silent terminal; `None` when it is gone.
fn typed(name: &str) -> Result<Option<Secret>, Error> {
    let mut stderr = io::stderr();
    // nobody may be reading
    drop(write!(stderr, "{name} (is not shown): ").and_then(|()| stderr.flush()));
    let entered = keys();
    drop(write!(stderr, "\r\n"));
    entered
}

fn keys() -> Result<Option<Secret>, Error> {
    // room for any key, so that the text never moves and leaves no copy behind
    let mut text = String::with_capacity(ROOM);
    loop {
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "of the many keys of a keyboard few mean anything here"
        )]
        match event::read() {
            Ok(Event::Key(KeyEvent {
                code,
                modifiers,
                kind: KeyEventKind::Press | KeyEventKind::Repeat,
                ..
            })) => match code {
                KeyCode::Enter => return Ok(Some(Secret::new(text))),
                // a line feed that was pasted
                KeyCode::Char('j') if modifiers.contains(KeyModifiers::CONTROL) => {
                    return Ok(Some(Secret::new(text)));
                }
                KeyCode::Char('c' | 'd') if modifiers.contains(KeyModifiers::CONTROL) => {
                    drop(Secret::new(text));
                    return Err(Error::interrupted("no key was given")
                        .untouched(UNTOUCHED)
                        .next("add the account again"));
                }
                KeyCode::Char('u') if modifiers.contains(KeyModifiers::CONTROL) => {
                    drop(Secret::new(std::mem::replace(
                        &mut text,
                        String::with_capacity(ROOM),
                    )));
                }
                KeyCode::Backspace => {
                    text.pop();
                }
                KeyCode::Char(typed)
                    if !modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT)
                        && text.len() + typed.len_utf8() <= ROOM =>
                {
                    text.push(typed);
                }
                _ => {}
            },
            Ok(_) => {}
            Err(_) => {
                drop(Secret::new(text));
                return Ok(None);
            }
        }
    }
}
