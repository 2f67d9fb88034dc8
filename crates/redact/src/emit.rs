//! Takes what is kept and what is left out, in order; writes the copy and the record.

use std::io::{self, Write};
use std::ops::Range;

use crate::engine::{Find, Reason};
use crate::kind::Kind;
use crate::pointer::Walk;
use crate::wide::{Widening, width};
use crate::{BAR, Copied, Known, MOST_PLACES, Withheld};

/// What the engine gives out.
pub(crate) trait Emit {
    /// The next bytes stay.
    fn keep(&mut self, bytes: &[u8]) -> io::Result<()>;
    /// Here begins what is left out.
    fn begin(&mut self, begin: &Begin<'_>) -> io::Result<()>;
    /// The next bytes of it.
    fn leave_out(&mut self, bytes: &[u8]);
    /// Here it ends.
    fn end(&mut self);
}

/// The beginning of a find, and what is held around it.
pub(crate) struct Begin<'a> {
    pub(crate) find: &'a Find,
    pub(crate) held: &'a [u8],
    /// Where `held` begins in the file.
    pub(crate) base: u64,
    /// The find's place in `held`.
    pub(crate) place: Range<usize>,
    /// Every find of what is held, sorted.
    pub(crate) all: &'a [Find],
    /// Its bar must bring its own quotes.
    pub(crate) bare: bool,
}

/// Writes a derived copy.
pub(crate) struct Copy<'a> {
    to: &'a mut dyn Write,
    known: &'a Known,
    kind: Kind,
    widening: Option<Widening>,
    wide: Vec<u8>,
    copied: Copied,
    line: u64,
    /// The walk for pointers, and where what was held began then.
    walk: (Walk, u64),
    current: Option<Withheld>,
}

impl<'a> Copy<'a> {
    /// `big`: it is UTF-16, the higher byte first or not.
    pub(crate) fn new(
        to: &'a mut dyn Write,
        known: &'a Known,
        kind: Kind,
        big: Option<bool>,
        opaque: Option<&'static str>,
    ) -> Self {
        Self {
            to,
            known,
            kind,
            widening: big.map(Widening::new),
            wide: Vec::new(),
            copied: Copied {
                opaque,
                ..Copied::default()
            },
            line: 1,
            walk: (Walk::default(), 0),
            current: None,
        }
    }

    /// `odd` is a last byte that is half of a unit.
    pub(crate) fn finish(mut self, odd: Option<u8>) -> io::Result<Copied> {
        if let Some(odd) = odd {
            self.to.write_all(&[odd])?;
            self.copied.read += 1;
            self.copied.bytes += 1;
        }
        Ok(self.copied)
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        if let Some(widening) = &mut self.widening {
            self.wide.clear();
            widening.feed(bytes, &mut self.wide);
            self.copied.bytes += self.wide.len() as u64;
            return self.to.write_all(&self.wide);
        }
        self.copied.bytes += bytes.len() as u64;
        self.to.write_all(bytes)
    }

    fn pass(&mut self, bytes: &[u8]) {
        self.copied.read += if self.widening.is_some() {
            width(bytes)
        } else {
            bytes.len() as u64
        };
        self.line += memchr::memchr_iter(b'\n', bytes).count() as u64;
    }

    fn pointer(&mut self, begin: &Begin<'_>) -> Option<String> {
        let place = begin.place.start;
        if self.walk.1 != begin.base {
            self.walk = (Walk::default(), begin.base);
        }
        let line = match self.kind {
            Kind::JsonLines => {
                let line = memchr::memrchr(b'\n', &begin.held[..place]).map(|at| at + 1);
                line.or((begin.base == 0).then_some(0))?
            }
            Kind::Json if begin.base == 0 => 0,
            Kind::Json | Kind::Csv | Kind::Toml | Kind::Markup | Kind::Plain => return None,
        };
        if self.walk.0.at() < line {
            self.walk.0 = Walk::restart(line);
        }
        let withheld = |key: &Range<usize>| {
            let (start, end) = (begin.base + key.start as u64, begin.base + key.end as u64);
            let first = begin.all.partition_point(|find| find.end <= start);
            begin.all.get(first).is_some_and(|find| find.start < end)
        };
        self.walk.0.to(begin.held, place, withheld)
    }
}

impl Emit for Copy<'_> {
    fn keep(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.write(bytes)?;
        self.pass(bytes);
        Ok(())
    }

    fn begin(&mut self, begin: &Begin<'_>) -> io::Result<()> {
        if self.copied.withheld.len() < MOST_PLACES {
            let reason = begin.find.reason.words(self.known);
            self.current = Some(Withheld {
                class: begin.find.class,
                reason,
                start: self.copied.read,
                end: self.copied.read,
                line: self.line,
                pointer: self.pointer(begin),
            });
        } else {
            self.copied.more += 1;
        }
        if begin.bare {
            self.write(b"\"")?;
            self.write(BAR.as_bytes())?;
            return self.write(b"\"");
        }
        self.write(BAR.as_bytes())
    }

    fn leave_out(&mut self, bytes: &[u8]) {
        self.pass(bytes);
    }

    fn end(&mut self) {
        if let Some(mut withheld) = self.current.take() {
            withheld.end = self.copied.read;
            self.copied.withheld.push(withheld);
        }
    }
}

/// Only notes whether there is a find, for files that are withheld whole.
#[derive(Default)]
pub(crate) struct Probe {
    pub(crate) worst: Option<(crate::Class, Reason)>,
}

impl Emit for Probe {
    fn keep(&mut self, _bytes: &[u8]) -> io::Result<()> {
        Ok(())
    }

    fn begin(&mut self, begin: &Begin<'_>) -> io::Result<()> {
        if self.worst.is_none_or(|(class, _)| begin.find.class < class) {
            self.worst = Some((begin.find.class, begin.find.reason));
        }
        Ok(())
    }

    fn leave_out(&mut self, _bytes: &[u8]) {}

    fn end(&mut self) {}
}
