//! Runs the detectors over a file that is never held whole.
//!
//! What is held is cut at the same places whatever the pieces in which it comes: a stretch that was
//! looked at and may still gain a find, the stretch that is looked at now, and as much behind it as any
//! find needs. So scanning and copying cannot disagree.

use std::io;
use std::ops::Range;

use crate::emit::{Begin, Emit};
use crate::json::{InString, Piece};
use crate::kind::Kind;
use crate::shapes::{Hit, Page, Shapes, Stop};
use crate::words::Search;
use crate::{Class, Known};

/// How much is held.
#[derive(Clone, Copy)]
pub(crate) struct Sizes {
    /// What is kept of what was given out, for the words before a find.
    behind: usize,
    /// How far before a word a find may begin.
    back: usize,
    /// How much is looked at in one go.
    core: usize,
    /// What has to be there behind a word.
    ahead: usize,
}

impl Sizes {
    pub(crate) const USUAL: Self = Self {
        behind: 4 * 1024,
        back: 4 * 1024,
        core: 512 * 1024,
        ahead: 96 * 1024,
    };

    fn whole(self) -> usize {
        self.behind + self.back + self.core + self.ahead
    }
}

/// What is looked for.
pub(crate) struct Wanted<'a> {
    pub(crate) known: &'a Known,
    pub(crate) words: Option<&'a Search>,
    /// Whether the shapes of personal things are looked for.
    pub(crate) personal: bool,
    /// Which classes are left out.
    pub(crate) leaves_out: &'a dyn Fn(Class) -> bool,
}

/// One place to be left out, in bytes of what was fed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Find {
    pub(crate) start: u64,
    pub(crate) end: u64,
    pub(crate) class: Class,
    pub(crate) reason: Reason,
    pub(crate) open: Option<Stop>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Reason {
    Shape(&'static str),
    /// The known secret of that number.
    Known(u32),
    Listed(Class),
}

impl Reason {
    pub(crate) fn words(self, known: &Known) -> String {
        match self {
            Self::Shape(words) => words.to_owned(),
            Self::Known(name) => format!("known: {}", known.name(name)),
            Self::Listed(class) => format!("listed as {}", class.words()),
        }
    }
}

pub(crate) struct Engine<'a> {
    wanted: Wanted<'a>,
    kind: Kind,
    sizes: Sizes,
    shapes: Shapes,
    table: Option<crate::table::Table>,
    held: Vec<u8>,
    /// Where `held` begins in the file.
    base: u64,
    /// How much of `held` was given out.
    done: usize,
    /// How much of it was looked at.
    seen: usize,
    /// Found, and not given out.
    found: Vec<Find>,
    /// Begun, and its end lies behind what is held.
    open: Option<Stop>,
    hits: Vec<Hit>,
    /// For JSON: whether what was given out ends in a string.
    string: InString,
}

impl<'a> Engine<'a> {
    pub(crate) fn new(wanted: Wanted<'a>, kind: Kind, sizes: Sizes) -> Self {
        let shapes = Shapes::new(wanted.personal);
        let personal = wanted.personal;
        Self {
            wanted,
            kind,
            sizes,
            shapes,
            table: (kind == Kind::Csv).then(|| crate::table::Table::new(personal)),
            held: Vec::new(),
            base: 0,
            done: 0,
            seen: 0,
            found: Vec::new(),
            open: None,
            hits: Vec::new(),
            string: InString::default(),
        }
    }

    pub(crate) fn feed(&mut self, mut bytes: &[u8], emit: &mut dyn Emit) -> io::Result<()> {
        let whole = self.sizes.whole();
        while !bytes.is_empty() {
            let room = whole - self.held.len();
            let (now, later) = bytes.split_at(room.min(bytes.len()));
            self.held.extend_from_slice(now);
            bytes = later;
            if self.held.len() == whole {
                self.step(false, emit)?;
            }
        }
        Ok(())
    }

    pub(crate) fn finish(&mut self, emit: &mut dyn Emit) -> io::Result<()> {
        self.step(true, emit)
    }

    fn step(&mut self, last: bool, emit: &mut dyn Emit) -> io::Result<()> {
        if let Some(stop) = self.open {
            self.close(stop, last, emit);
        }
        let to = if last {
            self.held.len()
        } else {
            self.held.len().saturating_sub(self.sizes.ahead)
        };
        if self.open.is_none() && (to > self.seen || last) {
            self.look(to, last);
            let given = if last {
                to
            } else {
                to.saturating_sub(self.sizes.back)
            };
            self.give(given, last, emit)?;
        }
        self.forget(last);
        Ok(())
    }

    /// Goes on with what was begun.
    fn close(&mut self, stop: Stop, last: bool, emit: &mut dyn Emit) {
        let mut end = stop.find(&self.held, self.done);
        if self.kind.is_json() {
            let string = self.string.end(&self.held, self.done);
            end = end.into_iter().chain(string).min();
        }
        let to = end.unwrap_or(self.held.len());
        self.leave_out(to, emit);
        if end.is_some() || last {
            self.open = None;
            emit.end();
        }
    }

    fn keep(&mut self, to: usize, emit: &mut dyn Emit) -> io::Result<()> {
        if to <= self.done {
            return Ok(());
        }
        let bytes = &self.held[self.done..to];
        if self.kind.is_json() {
            self.string.pass(bytes);
        }
        self.done = to;
        emit.keep(bytes)
    }

    fn leave_out(&mut self, to: usize, emit: &mut dyn Emit) {
        let bytes = &self.held[self.done..to];
        if self.kind.is_json() {
            self.string.pass(bytes);
        }
        emit.leave_out(bytes);
        self.done = to;
        self.seen = self.seen.max(to);
    }

    /// Runs every detector from where the last look ended up to `to`.
    fn look(&mut self, to: usize, last: bool) {
        let from = self.seen;
        let base = self.base;
        let page = Page {
            text: &self.held,
            kind: self.kind,
            last,
        };
        let found = &mut self.found;
        self.wanted
            .known
            .each(&self.held, from, to, |start, end, name| {
                found.push(Find {
                    start: base + start as u64,
                    end: base + end as u64,
                    class: Class::KnownSecret,
                    reason: Reason::Known(name),
                    open: None,
                });
            });
        if let Some(words) = self.wanted.words {
            words.each(&self.held, from, to, |start, end, class| {
                found.push(Find {
                    start: base + start as u64,
                    end: base + end as u64,
                    class,
                    reason: Reason::Listed(class),
                    open: None,
                });
            });
        }
        self.hits.clear();
        self.shapes.look(page, base, from, to, &mut self.hits);
        if let Some(table) = &mut self.table {
            table.look(page, base, to, &mut self.hits);
        }
        let leaves_out = self.wanted.leaves_out;
        let hits = self
            .hits
            .iter()
            .filter(|hit| hit.end > hit.start && leaves_out(hit.class));
        found.extend(hits.map(|hit| Find {
            start: base + hit.start as u64,
            end: base + hit.end as u64,
            class: hit.class,
            reason: Reason::Shape(hit.reason),
            open: hit.open,
        }));
        self.seen = self.seen.max(to);
    }

    /// Gives out what is held up to `to`, without what was found.
    fn give(&mut self, to: usize, last: bool, emit: &mut dyn Emit) -> io::Result<()> {
        let found = merged(std::mem::take(&mut self.found));
        for (at, find) in found.iter().enumerate() {
            // what was given out already cannot be left out any more
            let start = self.index(find.start.max(self.base + self.done as u64));
            let end = self.index(find.end).min(self.held.len());
            if start >= end {
                continue;
            }
            if start >= to {
                self.found.extend_from_slice(&found[at..]);
                break;
            }
            let pieces = self.pieces(start..end);
            let open = find.open.filter(|_| !last);
            let count = pieces.len();
            for (index, piece) in pieces.into_iter().enumerate() {
                self.keep(piece.place.start, emit)?;
                emit.begin(&Begin {
                    find,
                    held: &self.held,
                    base: self.base,
                    place: piece.place.clone(),
                    all: &found,
                    bare: piece.bare,
                })?;
                self.leave_out(piece.place.end, emit);
                if open.is_some() && index + 1 == count && self.done == self.held.len() {
                    self.open = open;
                    return Ok(());
                }
                emit.end();
            }
        }
        self.keep(to, emit)
    }

    /// What of a find may be left out.
    fn pieces(&self, place: Range<usize>) -> Vec<Piece> {
        let text = &self.held;
        match self.kind {
            Kind::Json | Kind::JsonLines => self.string.pieces(text, self.done, &place),
            Kind::Toml => {
                let bare = text[..place.start].trim_ascii_end().ends_with(b"=");
                vec![Piece { place, bare }]
            }
            Kind::Csv | Kind::Markup | Kind::Plain => vec![Piece { place, bare: false }],
        }
    }

    fn forget(&mut self, last: bool) {
        let kept = if last {
            self.held.len()
        } else {
            self.done.saturating_sub(self.sizes.behind)
        };
        self.held.drain(..kept);
        self.base += kept as u64;
        self.done -= kept;
        self.seen = self.seen.saturating_sub(kept);
    }

    fn index(&self, place: u64) -> usize {
        usize::try_from(place.saturating_sub(self.base)).unwrap_or(usize::MAX)
    }
}

/// Sorted, and those that overlap made one under the name of the worst.
fn merged(mut found: Vec<Find>) -> Vec<Find> {
    found.sort_by_key(|find| (find.start, find.class, std::cmp::Reverse(find.end)));
    let mut merged: Vec<Find> = Vec::with_capacity(found.len());
    for find in found {
        match merged.last_mut() {
            Some(before) if find.start < before.end => {
                if find.class < before.class {
                    (before.class, before.reason) = (find.class, find.reason);
                }
                if find.end > before.end {
                    before.end = find.end;
                    before.open = find.open;
                } else if find.end == before.end {
                    before.open = before.open.or(find.open);
                }
            }
            _ => merged.push(find),
        }
    }
    merged
}
