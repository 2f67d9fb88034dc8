//! The bundle under way: files with their digests, one behind the other.

use std::{
    io::{self, Seek, Write},
    sync::mpsc::{self, Receiver},
    thread,
};

use redact::Redactor;
use sha2::{Digest, Sha256};

use super::{
    Failure,
    feed::{self, Fed, Item, Message, Taken},
};
use crate::{
    archive::{self, Sums},
    bag::{self, Digest32, Rank},
    bundle::{Phase, Progress},
};

/// How many pieces may wait between the two threads.
const WAITING: usize = 32;
/// How much of a manifest is written at once.
const WRITTEN_AT_ONCE: usize = 64 * 1024;

/// The bundle under way.
pub(super) struct Sack<'a, W> {
    archive: archive::Writer<W>,
    root: String,
    /// In the order of the archive's files.
    digests: Vec<Digest32>,
    open: Option<Sha256>,
    progress: &'a mut dyn FnMut(Progress),
    total: u64,
}

impl<'a, W: Write + Seek> Sack<'a, W> {
    /// An empty one whose files stand in the folder `root`, taken to become `total` bytes.
    pub(super) fn new(
        out: W,
        root: &str,
        total: u64,
        progress: &'a mut dyn FnMut(Progress),
    ) -> Self {
        let mut sack = Self {
            archive: archive::Writer::new(out),
            root: root.to_owned(),
            digests: Vec::new(),
            open: None,
            progress,
            total,
        };
        sack.told();
        sack
    }

    /// Writes what follows the last file; how many bytes there are then.
    pub(super) fn finish(self) -> io::Result<(W, u64)> {
        self.archive.finish()
    }

    /// Takes all that the reading thread brings.
    pub(super) fn take_all(
        &mut self,
        items: Vec<Item>,
        redactor: &Redactor,
    ) -> Result<Fed, Failure> {
        let (to, from) = mpsc::sync_channel(WAITING);
        thread::scope(|scope| {
            let reading = scope.spawn(move || feed::feed(items, redactor, &to));
            let taken = self.take(from);
            let fed = reading.join();
            taken.map_err(Failure::Target)?;
            // a panic there is one here
            Ok(fed.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
        })
    }

    fn take(&mut self, from: Receiver<Message>) -> io::Result<()> {
        for message in from {
            match message {
                Message::Whole { path, bytes } => self.whole(&path, &bytes)?,
                Message::Begin(path) => self.begin(&path)?,
                Message::Piece(bytes) => self.write_all(&bytes)?,
                Message::End(reply) => {
                    let taken = self.end()?;
                    if let Some(reply) = reply {
                        // who asked may have stopped
                        let _ = reply.send(taken);
                    }
                }
                Message::Abandon(reply) => {
                    if let Some(reply) = reply {
                        let taken = self.end()?;
                        let _ = reply.send(taken);
                    }
                    self.abandon()?;
                }
            }
        }
        Ok(())
    }

    pub(super) fn whole(&mut self, path: &str, bytes: &[u8]) -> io::Result<()> {
        self.archive
            .whole(&format!("{}/{path}", self.root), bytes)?;
        self.digests.push(Sha256::digest(bytes).into());
        self.told();
        Ok(())
    }

    pub(super) fn begin(&mut self, path: &str) -> io::Result<()> {
        self.archive.begin(&format!("{}/{path}", self.root))?;
        self.open = Some(Sha256::new());
        Ok(())
    }

    pub(super) fn end(&mut self) -> io::Result<Taken> {
        let sums = self.archive.end()?;
        let digest: Digest32 = self.open.take().unwrap_or_default().finalize().into();
        self.digests.push(digest);
        Ok(Taken { sums, digest })
    }

    pub(super) fn abandon(&mut self) -> io::Result<()> {
        if self.open.take().is_none() {
            self.digests.pop();
        }
        self.archive.abandon()
    }

    /// Every file so far: its path in the bundle, its sums, its digest.
    pub(super) fn files(&self) -> impl Iterator<Item = (&str, Sums, &Digest32)> {
        let root = self.root.len() + 1;
        self.archive
            .files()
            .zip(&self.digests)
            .map(move |((name, sums), digest)| (&name[root..], sums, digest))
    }

    pub(super) fn digest_of(&self, path: &str) -> Option<&Digest32> {
        self.files()
            .find(|(name, _, _)| *name == path)
            .map(|(_, _, digest)| digest)
    }

    /// RFC 8493, section 2.2.2: bytes and files of the payload.
    pub(super) fn oxum(&self) -> String {
        let (bytes, count) = self
            .files()
            .filter(|(path, _, _)| path.starts_with(bag::PAYLOAD))
            .fold((0, 0_u64), |(bytes, count), (_, sums, _)| {
                (bytes + u64::from(sums.size), count + 1)
            });
        format!("{bytes}.{count}")
    }

    /// The manifest of the payload, written as it is made: it may be as large as a bundle.
    pub(super) fn manifest(&mut self) -> io::Result<()> {
        // the evidence is in order already; only what was made from it stands elsewhere
        let mut made: Vec<(String, Digest32)> = self
            .files()
            .filter(|(path, _, _)| bag::rank(path) == Rank::Made)
            .map(|(path, _, digest)| (path.to_owned(), *digest))
            .collect();
        made.sort();
        let count = self.digests.len();
        let mut waiting = made.into_iter().peekable();
        self.begin(bag::MANIFEST_FILE)?;
        let mut text = String::new();
        for at in 0..count {
            let Some((path, digest)) = self.file_at(at) else {
                continue;
            };
            if bag::rank(path) != Rank::Evidence {
                continue;
            }
            while let Some((made, digest)) = waiting.next_if(|(made, _)| made.as_str() < path) {
                text.push_str(&bag::manifest_line(&made, &digest));
            }
            text.push_str(&bag::manifest_line(path, digest));
            if text.len() > WRITTEN_AT_ONCE {
                self.write_all(text.as_bytes())?;
                text.clear();
            }
        }
        for (made, digest) in waiting {
            text.push_str(&bag::manifest_line(&made, &digest));
        }
        self.write_all(text.as_bytes())?;
        self.end()?;
        Ok(())
    }

    fn file_at(&self, at: usize) -> Option<(&str, &Digest32)> {
        let name = self.archive.name(at)?;
        Some((name.get(self.root.len() + 1..)?, self.digests.get(at)?))
    }

    pub(super) fn tag_manifest(&self) -> String {
        self.files()
            .filter(|(path, _, _)| bag::rank(path) == Rank::Tag)
            .map(|(path, _, digest)| bag::manifest_line(path, digest))
            .collect()
    }

    fn told(&mut self) {
        let done = self.archive.written();
        (self.progress)(Progress {
            phase: Phase::Packing,
            done,
            total: self.total.max(done),
        });
    }
}

/// The file that is under way takes what is written.
impl<W: Write + Seek> Write for Sack<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.archive.bytes(bytes)?;
        if let Some(sha) = &mut self.open {
            sha.update(bytes);
        }
        self.told();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
