//! The reading half of packing, on a thread of its own: files are read, searched, and handed to the
//! writing half as they are, or as a derived copy where something is withheld.
//!
//! A file that cannot be read is left out with its reason, and the rest goes on.

use std::{
    fs::File,
    io::{self, Cursor, Read, Seek, SeekFrom, Write},
    path::PathBuf,
    sync::mpsc::{self, SyncSender},
};

use redact::{Copied, Redactor, Withheld};
use sha2::{Digest, Sha256};

use crate::{
    EvidenceError,
    archive::{MAX_FILE, Sums},
    source::open,
    withhold::{NotSearched, Original, Redacted, row},
};

/// What is read into memory whole.
const SMALL: u64 = 1024 * 1024;

/// A file to come, under its path in the bundle.
pub(super) struct Item {
    pub(super) path: String,
    pub(super) content: Content,
    /// What was withheld from its name.
    pub(super) name: Vec<Withheld>,
}

pub(super) enum Content {
    /// A file that is still to be looked into.
    File(PathBuf),
    /// Lines that were looked into already.
    Lines {
        bytes: Vec<u8>,
        redacted: Option<Redacted>,
        original: PathBuf,
    },
}

/// What the writing half is told.
pub(super) enum Message {
    /// A whole small file.
    Whole { path: String, bytes: Vec<u8> },
    /// A large file begins.
    Begin(String),
    /// Its next bytes.
    Piece(Vec<u8>),
    /// It is over.
    End(Option<mpsc::Sender<Taken>>),
    /// It is to be taken out again.
    Abandon(Option<mpsc::Sender<Taken>>),
}

/// What the writing half knows of a file that it took.
#[derive(Clone, Copy)]
pub(super) struct Taken {
    pub(super) sums: Sums,
    pub(super) digest: [u8; 32],
}

/// What was found on the way.
#[derive(Default)]
pub(super) struct Fed {
    pub(super) redactions: Vec<Redacted>,
    pub(super) not_searched: Vec<NotSearched>,
    /// Files that could not be packed: where they stand, and why.
    pub(super) left_out: Vec<(String, &'static str)>,
    /// What of the redacted files can go along encrypted.
    pub(super) originals: Vec<Kept>,
}

/// An original of which a derived copy is in the bundle.
pub(super) struct Kept {
    pub(super) path: String,
    pub(super) from: PathBuf,
    pub(super) sums: Sums,
}

/// The writing half is gone: it has an error to tell.
struct Gone;

/// Why a file is left out.
enum Stop {
    Gone,
    LeftOut(&'static str),
}

impl From<Gone> for Stop {
    fn from(_: Gone) -> Self {
        Self::Gone
    }
}

/// Reads every item in order. Ends early when nobody listens any more.
pub(super) fn feed(items: Vec<Item>, redactor: &Redactor, to: &SyncSender<Message>) -> Fed {
    let mut feeder = Feeder {
        redactor,
        to,
        fed: Fed::default(),
    };
    for item in items {
        let told = match &item.content {
            Content::File(from) => from.to_string_lossy().into_owned(),
            Content::Lines { .. } => String::new(),
        };
        match feeder.item(item) {
            Ok(()) => {}
            Err(Stop::LeftOut(why)) => feeder.fed.left_out.push((told, why)),
            Err(Stop::Gone) => break,
        }
    }
    feeder.fed
}

struct Feeder<'a> {
    redactor: &'a Redactor,
    to: &'a SyncSender<Message>,
    fed: Fed,
}

impl Feeder<'_> {
    fn item(&mut self, item: Item) -> Result<(), Stop> {
        let Item {
            path,
            content,
            name,
        } = item;
        match content {
            Content::File(from) => self.file(path, from, name),
            Content::Lines {
                bytes,
                redacted,
                original,
            } => {
                if let Some(redacted) = redacted {
                    self.keep_lines(&path, &redacted, original);
                    self.fed.redactions.push(redacted);
                }
                Ok(self.send(Message::Whole { path, bytes })?)
            }
        }
    }

    /// A journal may have grown since: its original goes along as far as it was read.
    fn keep_lines(&mut self, path: &str, redacted: &Redacted, from: PathBuf) {
        let mut bytes = Vec::new();
        let read = open(&from).ok().and_then(|file| {
            file.take(redacted.original.bytes)
                .read_to_end(&mut bytes)
                .ok()
        });
        if let (Some(_), Ok(sums)) = (read, Sums::of(&bytes)) {
            self.fed.originals.push(Kept {
                path: path.to_owned(),
                from,
                sums,
            });
        }
    }

    fn file(&mut self, path: String, from: PathBuf, name: Vec<Withheld>) -> Result<(), Stop> {
        let mut file = open(&from).map_err(|error| Stop::LeftOut(why_not_opened(&error)))?;
        let about = file.metadata().map_err(|_| Stop::LeftOut(UNREADABLE))?;
        if about.len() > MAX_FILE {
            return Err(Stop::LeftOut(TOO_LARGE));
        }
        if about.len() > SMALL {
            return self.large(&path, from, file, about.len(), name);
        }
        let mut bytes = Vec::with_capacity(usize::try_from(about.len()).unwrap_or(0));
        (&mut file)
            .take(about.len())
            .read_to_end(&mut bytes)
            .map_err(|_| Stop::LeftOut(UNREADABLE))?;
        self.small(path, from, bytes, name)
    }

    fn small(
        &mut self,
        path: String,
        from: PathBuf,
        bytes: Vec<u8>,
        name: Vec<Withheld>,
    ) -> Result<(), Stop> {
        let found = self
            .redactor
            .scan(&path, &mut bytes.as_slice())
            .map_err(|_| Stop::LeftOut(UNSEARCHABLE))?;
        self.say_opaque(&path, &found);
        if found.unchanged() && name.is_empty() {
            return Ok(self.send(Message::Whole { path, bytes })?);
        }
        let taken = Taken {
            sums: Sums::of(&bytes).map_err(|_| Stop::LeftOut(TOO_LARGE))?,
            digest: Sha256::digest(&bytes).into(),
        };
        if found.unchanged() {
            self.note(&path, from, taken, found, name);
            return Ok(self.send(Message::Whole { path, bytes })?);
        }
        let mut copy = Vec::with_capacity(bytes.len());
        let copied = self
            .redactor
            .copy(&path, &mut Cursor::new(&bytes), &mut copy)
            .map_err(|_| Stop::LeftOut(UNSEARCHABLE))?;
        self.note(&path, from, taken, copied, name);
        Ok(self.send(Message::Whole { path, bytes: copy })?)
    }

    fn large(
        &mut self,
        path: &str,
        from: PathBuf,
        file: File,
        length: u64,
        name: Vec<Withheld>,
    ) -> Result<(), Stop> {
        self.send(Message::Begin(path.to_owned()))?;
        let mut file = Bounded::new(file, length);
        let mut tee = Tee {
            from: &mut file,
            to: self.to,
            gone: false,
        };
        let scanned = self
            .redactor
            .scan(path, &mut tee)
            // what a search does not need to see is packed all the same
            .and_then(|found| io::copy(&mut tee, &mut io::sink()).map(|_| found));
        if tee.gone {
            return Err(Stop::Gone);
        }
        let Ok(found) = scanned else {
            self.send(Message::Abandon(None))?;
            return Err(Stop::LeftOut(UNREADABLE));
        };
        self.say_opaque(path, &found);
        if found.unchanged() && name.is_empty() {
            return Ok(self.send(Message::End(None))?);
        }
        if found.unchanged() {
            let taken = self.ask(|reply| Message::End(Some(reply)))?;
            self.note(path, from, taken, found, name);
            return Ok(());
        }
        let taken = self.ask(|reply| Message::Abandon(Some(reply)))?;
        self.send(Message::Begin(path.to_owned()))?;
        let Some(copied) = self.copy(path, &mut file, taken.digest)? else {
            self.send(Message::Abandon(None))?;
            return Err(Stop::LeftOut(CHANGED));
        };
        self.send(Message::End(None))?;
        self.note(path, from, taken, copied, name);
        Ok(())
    }

    /// The derived copy of a large file; `None` when it is no longer what was searched.
    fn copy(
        &mut self,
        path: &str,
        file: &mut Bounded,
        digest: [u8; 32],
    ) -> Result<Option<Copied>, Stop> {
        file.again();
        let mut to = Pieces {
            to: self.to,
            gone: false,
        };
        let copied = self.redactor.copy(path, file, &mut to);
        if to.gone {
            return Err(Stop::Gone);
        }
        let same = file.digest().is_ok_and(|again| again == digest);
        Ok(copied.ok().filter(|_| same))
    }

    fn note(
        &mut self,
        path: &str,
        from: PathBuf,
        taken: Taken,
        mut copied: Copied,
        name: Vec<Withheld>,
    ) {
        let original = Original {
            sha256: hex::encode(taken.digest),
            bytes: u64::from(taken.sums.size),
        };
        let in_name = name.into_iter().map(|place| Withheld {
            reason: format!("in the file's name: {}", place.reason),
            ..place
        });
        copied.withheld.splice(0..0, in_name);
        self.fed.redactions.push(row(path, original, copied));
        self.fed.originals.push(Kept {
            path: path.to_owned(),
            from,
            sums: taken.sums,
        });
    }

    fn say_opaque(&mut self, path: &str, found: &Copied) {
        if let Some(why) = found.opaque {
            self.fed.not_searched.push(NotSearched {
                file: path.to_owned(),
                why: why.to_owned(),
            });
        }
    }

    fn send(&self, message: Message) -> Result<(), Gone> {
        self.to.send(message).map_err(|_| Gone)
    }

    fn ask(&self, message: impl FnOnce(mpsc::Sender<Taken>) -> Message) -> Result<Taken, Gone> {
        let (reply, answer) = mpsc::channel();
        self.send(message(reply))?;
        answer.recv().map_err(|_| Gone)
    }
}

const UNREADABLE: &str = "it could not be read";
const UNSEARCHABLE: &str = "it could not be searched for secrets";
const CHANGED: &str = "it changed while it was packed";
const TOO_LARGE: &str = "it is larger than 4 GiB";

fn why_not_opened(error: &EvidenceError) -> &'static str {
    if let EvidenceError::CannotPack { why, .. } = error {
        return why;
    }
    let EvidenceError::Read { error, .. } = error else {
        return UNREADABLE;
    };
    if error.kind() == io::ErrorKind::NotFound {
        "it vanished before it could be read"
    } else if error.kind() == io::ErrorKind::PermissionDenied {
        "it may not be read: access denied"
    } else {
        UNREADABLE
    }
}

/// A file as far as it reached when it was opened; a digest is made of what is read.
struct Bounded {
    file: File,
    length: u64,
    at: u64,
    /// Where the file's own cursor is.
    cursor: u64,
    sha: Sha256,
    digested: u64,
}

impl Bounded {
    fn new(file: File, length: u64) -> Self {
        Self {
            file,
            length,
            at: 0,
            cursor: 0,
            // a first reading is digested where it is written
            sha: Sha256::new(),
            digested: u64::MAX,
        }
    }

    /// From its beginning, and digested this time.
    fn again(&mut self) {
        self.at = 0;
        self.sha = Sha256::new();
        self.digested = 0;
    }

    /// The digest of all of it, what was not read yet included.
    fn digest(&mut self) -> io::Result<[u8; 32]> {
        self.seek(SeekFrom::Start(self.digested))?;
        io::copy(self, &mut io::sink())?;
        Ok(std::mem::take(&mut self.sha).finalize().into())
    }
}

impl Read for Bounded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.length.saturating_sub(self.at);
        let want = usize::try_from(left)
            .unwrap_or(usize::MAX)
            .min(buffer.len());
        if self.cursor != self.at {
            self.cursor = self.file.seek(SeekFrom::Start(self.at))?;
        }
        let read = self.file.read(&mut buffer[..want])?;
        let end = self.at + u64::try_from(read).unwrap_or(u64::MAX);
        if self.digested >= self.at && self.digested < end {
            let from = usize::try_from(self.digested - self.at).unwrap_or(read);
            self.sha.update(&buffer[from..read]);
            self.digested = end;
        }
        self.at = end;
        self.cursor = end;
        Ok(read)
    }
}

impl Seek for Bounded {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.length.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.at)
    }
}

/// Hands on what is read.
struct Tee<'a, R> {
    from: R,
    to: &'a SyncSender<Message>,
    gone: bool,
}

impl<R: Read> Read for Tee<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.from.read(buffer)?;
        if read > 0
            && self
                .to
                .send(Message::Piece(buffer[..read].to_vec()))
                .is_err()
        {
            self.gone = true;
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        Ok(read)
    }
}

/// Hands on what is written.
struct Pieces<'a> {
    to: &'a SyncSender<Message>,
    gone: bool,
}

impl Write for Pieces<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.to.send(Message::Piece(bytes.to_vec())).is_err() {
            self.gone = true;
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
