//! Secrets and private words in evidence: found, and withheld from a derived copy.
//!
//! Pure: no keychain, no clock, no file system. An original is read and never written; what leaves is
//! a copy with [`BAR`] in each place and the record of the places. Nothing that is found is ever put
//! into a reason, an error or a log.

mod emit;
mod engine;
mod hooks;
mod json;
mod kind;
mod known;
mod model;
mod pointer;
mod profile;
mod shapes;
mod table;
mod wide;
mod words;

use std::io::{self, Read, Seek, SeekFrom, Write};

use sha2::{Digest, Sha256};

use emit::{Copy, Probe};
use engine::{Engine, Reason, Sizes, Wanted};
use kind::{Coding, HEAD, Kind, Sort};
pub use known::{Known, LONGEST, NotKnown, SHORTEST};
pub use model::{BAR, Class, Copied, MOST_PLACES, Withheld};
pub use profile::{Profile, profiles};
use wide::Narrowing;
pub use words::{SHORTEST_WORD, WordTooShort, Words};

/// What a copy is made of: a file, or bytes in a [`io::Cursor`]. It is sought in only when it is not
/// text, because that is read twice.
pub trait Original: Read + Seek {}

impl<T: Read + Seek> Original for T {}

/// Finds what a profile leaves out, and makes copies without it.
pub struct Redactor {
    profile: Profile,
    known: Known,
    words: Option<words::Search>,
    personal: bool,
    sizes: Sizes,
}

/// The shape of a secret in a text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Shape {
    /// Where it begins, in bytes.
    pub start: usize,
    /// Behind its last byte.
    pub end: usize,
    /// What it is, for a person.
    pub reason: &'static str,
}

/// The shapes of secrets in one line, in order. Values that stand in for a secret are none.
pub fn shapes_in_line(line: &str) -> Vec<Shape> {
    shapes_in_text(line)
}

/// The same for a text of many lines: a word such as `kraken` says what a value in the next lines is.
pub fn shapes_in_text(text: &str) -> Vec<Shape> {
    let mut hits = Vec::new();
    let kind = Sort::of("", &text.as_bytes()[..text.len().min(HEAD)]).kind;
    let page = shapes::Page {
        text: text.as_bytes(),
        kind,
        last: true,
    };
    shapes::Shapes::new(false).look(page, 0, 0, text.len(), &mut hits);
    hits.retain(|hit| hit.end > hit.start);
    hits.sort_by_key(|hit| (hit.start, std::cmp::Reverse(hit.end)));
    let mut shapes: Vec<Shape> = Vec::new();
    for hit in hits {
        if shapes.last().is_none_or(|last| hit.start >= last.end) {
            shapes.push(Shape {
                start: hit.start,
                end: hit.end,
                reason: hit.reason,
            });
        }
    }
    shapes
}

impl Redactor {
    /// Leaves out what `profile` says, what is `known`, and of `words` what the profile's classes hold.
    pub fn new(profile: Profile, known: Known, words: Words) -> Self {
        let shaped = [
            Class::AccountNumber,
            Class::Email,
            Class::Phone,
            Class::Computer,
        ];
        let personal = shaped.iter().any(|class| profile.leaves_out(*class));
        Self {
            words: words::Search::new(words, &profile),
            profile,
            known,
            personal,
            sizes: Sizes::USUAL,
        }
    }

    /// The profile that it was made with.
    pub fn profile(&self) -> &Profile {
        &self.profile
    }

    /// What [`Redactor::copy`] would do, without a copy. `name` is the file's, with its ending.
    pub fn scan(&self, name: &str, from: &mut dyn Read) -> io::Result<Copied> {
        let head = head(from)?;
        let sort = Sort::of(name, &head);
        if not_text(&sort) {
            return self.probe(&sort, &head, from, &mut |_| {});
        }
        self.text_copy(&sort, &head, from, &mut io::sink())
    }

    /// Writes the derived copy of one file, in bounded memory. Where nothing is withheld it is the
    /// original byte for byte; of a file that is not text either all is kept or nothing.
    pub fn copy(
        &self,
        name: &str,
        from: &mut dyn Original,
        to: &mut dyn Write,
    ) -> io::Result<Copied> {
        let begin = from.stream_position()?;
        let head = head(from)?;
        let sort = Sort::of(name, &head);
        if !not_text(&sort) {
            return self.text_copy(&sort, &head, from, to);
        }
        let mut digest = Sha256::new();
        let copied = self.probe(&sort, &head, from, &mut |bytes| digest.update(bytes))?;
        if let Some(withheld) = copied.withheld.first() {
            to.write_all(note(&withheld.reason).as_bytes())?;
            return Ok(copied);
        }
        from.seek(SeekFrom::Start(begin))?;
        same_again(from, to, &copied, &digest.finalize())?;
        Ok(copied)
    }

    /// The same for a piece of text: a line, a file's name, a title. What looks like JSON stays JSON.
    pub fn text(&self, text: &str) -> (String, Vec<Withheld>) {
        let sort = Sort {
            coding: Coding::Narrow,
            ..Sort::of("", &text.as_bytes()[..text.len().min(HEAD)])
        };
        let mut to = Vec::with_capacity(text.len());
        match self.text_copy(&sort, text.as_bytes(), &mut io::empty(), &mut to) {
            Ok(copied) => (String::from_utf8_lossy(&to).into_owned(), copied.withheld),
            // memory does not fail to be written; if it did, nothing may pass
            Err(_) => (BAR.to_owned(), Vec::new()),
        }
    }

    fn text_copy(
        &self,
        sort: &Sort,
        head: &[u8],
        from: &mut dyn Read,
        to: &mut dyn Write,
    ) -> io::Result<Copied> {
        let big = match sort.coding {
            Coding::WideLittle => Some(false),
            Coding::WideBig => Some(true),
            Coding::Narrow | Coding::Binary => None,
        };
        let leaves_out = |class| self.profile.leaves_out(class);
        let mut engine = Engine::new(
            self.wanted(self.personal, &leaves_out),
            sort.kind,
            self.sizes,
        );
        let mut copy = Copy::new(to, &self.known, sort.kind, big, sort.opaque);
        let mut narrowing = big.map(Narrowing::new);
        let mut narrow = Vec::new();
        each_piece(head, from, |piece| match &mut narrowing {
            None => engine.feed(piece, &mut copy),
            Some(narrowing) => {
                narrow.clear();
                narrowing.feed(piece, &mut narrow);
                engine.feed(&narrow, &mut copy)
            }
        })?;
        let mut odd = None;
        if let Some(narrowing) = &mut narrowing {
            narrow.clear();
            odd = narrowing.finish(&mut narrow);
            engine.feed(&narrow, &mut copy)?;
        }
        engine.finish(&mut copy)?;
        copy.finish(odd)
    }

    /// Looks through a file that is not text, as it is and once more without its zeros, which are every
    /// second byte of wide letters.
    fn probe(
        &self,
        sort: &Sort,
        head: &[u8],
        from: &mut dyn Read,
        also: &mut dyn FnMut(&[u8]),
    ) -> io::Result<Copied> {
        let leaves_out = |class| self.profile.leaves_out(class);
        let mut probe = Probe::default();
        let wanted = || self.wanted(false, &leaves_out);
        let mut engine = Engine::new(wanted(), Kind::Plain, self.sizes);
        let mut without = Engine::new(wanted(), Kind::Plain, self.sizes);
        let mut letters = Vec::new();
        let mut zeros = 0;
        let mut read = 0;
        each_piece(head, from, |piece| {
            also(piece);
            read += piece.len() as u64;
            engine.feed(piece, &mut probe)?;
            letters.clear();
            for byte in piece {
                if *byte == 0 {
                    zeros += 1;
                    continue;
                }
                // more than one is no half of a letter, and parts words
                if zeros > 1 {
                    letters.push(0);
                }
                zeros = 0;
                letters.push(*byte);
            }
            without.feed(&letters, &mut probe)
        })?;
        engine.finish(&mut probe)?;
        without.finish(&mut probe)?;
        let store = sort.store.map(|words| (Class::Secret, words.to_owned()));
        let worst = store.or_else(|| {
            probe
                .worst
                .map(|(class, reason)| (class, self.words(reason)))
        });
        let mut copied = Copied {
            read,
            bytes: read,
            opaque: sort.opaque,
            ..Copied::default()
        };
        if let Some((class, reason)) = worst {
            copied.bytes = note(&reason).len() as u64;
            copied.whole = true;
            copied.withheld.push(Withheld {
                class,
                reason,
                start: 0,
                end: read,
                line: 1,
                pointer: None,
            });
        }
        Ok(copied)
    }

    fn wanted<'a>(&'a self, personal: bool, leaves_out: &'a dyn Fn(Class) -> bool) -> Wanted<'a> {
        Wanted {
            known: &self.known,
            words: self.words.as_ref(),
            personal,
            leaves_out,
        }
    }

    fn words(&self, reason: Reason) -> String {
        reason.words(&self.known)
    }
}

fn not_text(sort: &Sort) -> bool {
    sort.coding == Coding::Binary || sort.store.is_some()
}

/// What stands in place of a file that is withheld whole.
fn note(reason: &str) -> String {
    format!(
        "{BAR} This file is not text, and there is something in it that is withheld: {reason}.\n"
    )
}

fn head(from: &mut dyn Read) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    from.take(HEAD as u64).read_to_end(&mut head)?;
    Ok(head)
}

fn each_piece(
    head: &[u8],
    from: &mut dyn Read,
    mut each: impl FnMut(&[u8]) -> io::Result<()>,
) -> io::Result<()> {
    each(head)?;
    let mut piece = vec![0; 128 * 1024];
    loop {
        match from.read(&mut piece) {
            Ok(0) => return Ok(()),
            Ok(read) => each(&piece[..read])?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// Writes what was looked through, if it is still the same.
fn same_again(
    from: &mut dyn Read,
    to: &mut dyn Write,
    copied: &Copied,
    digest: &[u8],
) -> io::Result<()> {
    let mut again = Sha256::new();
    each_piece(&[], &mut from.take(copied.read), |piece| {
        again.update(piece);
        to.write_all(piece)
    })?;
    if again.finalize().as_slice() == digest {
        return Ok(());
    }
    Err(io::Error::other(
        "the file changed while it was looked through; its copy is not to be used. The original was \
         not touched. Make the copy again",
    ))
}
