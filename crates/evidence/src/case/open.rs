//! Opening a case, and adding to its log: one program at a time, each line synced before it counts.

use std::{
    fs::{self, DirBuilder, File, OpenOptions, TryLockError},
    io::{self, Read as _, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use collect::Content;
use incident::journal;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    CASE_VERSION, CaseError, CaseLog, Entry, Line, Verdict,
    log::CASE_LOG,
    store::{MAX_ATTACHED, Place},
};
use crate::{
    acts::ActKey,
    story::{head, whole_lines},
};

/// Who holds this file's lock may write to the case.
const LOCK: &str = "case.lock";
/// How long another program's addition is waited for.
const LOCKED_AT_MOST: Duration = Duration::from_secs(10);
const LOOK_AGAIN: Duration = Duration::from_millis(5);
/// What the folder of a collection without a press is called, behind its time.
const COLLECTION: &str = "collection";

/// A case that can be added to.
#[derive(Clone, Debug)]
pub struct Case {
    pub(super) folder: PathBuf,
    program: String,
}

/// A file that the person adds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Attachment {
    /// Its name, as the person knows it.
    pub name: String,
    /// Where it comes from: a path, or the name again.
    pub source: String,
    /// Its bytes.
    pub content: Content,
    /// What it shows; may be empty.
    pub about: String,
    /// When what it shows happened, as the person said it; empty where not said.
    pub dated: String,
    /// The step that it belongs to; empty for none.
    pub step: String,
}

/// A talk with somebody about it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Call {
    /// With whom.
    pub who: String,
    /// When, as the person said it.
    pub when: Timestamp,
    /// How (`phone`, `chat`, `mail`, `in person`).
    pub by: String,
    /// The number or address; may be empty.
    pub number: String,
    /// Their reference or ticket; may be empty.
    pub reference: String,
    /// What was said.
    pub said: String,
}

impl Case {
    /// The case of an existing run or collection. Nothing is written before the first addition.
    pub fn open(folder: &Path, program: &str) -> Result<Self, CaseError> {
        let has_journal = is_plain(&folder.join(journal::FILE_NAME));
        if !has_journal && !is_plain(&folder.join(CASE_LOG)) {
            return Err(CaseError::NoCase {
                path: folder.to_owned(),
                why: "it holds neither a run's journal nor a case's log",
            });
        }
        Ok(Self {
            folder: folder.to_owned(),
            program: program.to_owned(),
        })
    }

    /// A new collection without a press, in a folder of its own below `runs`.
    pub fn begin(runs: &Path, at: Timestamp, program: &str) -> Result<Self, CaseError> {
        make_folder(runs, true)?;
        let stem = format!("{}-{COLLECTION}", at.strftime("%Y%m%dT%H%M%SZ"));
        let mut folder = runs.join(&stem);
        for number in 2_u32.. {
            match owned_folder(false).create(&folder) {
                Ok(()) => break,
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    folder = runs.join(format!("{stem}-{number}"));
                }
                Err(error) => {
                    return Err(CaseError::Write {
                        path: folder,
                        error,
                    });
                }
            }
        }
        let case = Self {
            folder,
            program: program.to_owned(),
        };
        case.write(at, None)?;
        Ok(case)
    }

    /// What the case in `folder` holds so far; empty where nothing was added yet.
    pub fn read(folder: &Path) -> CaseLog {
        CaseLog::read(folder)
    }

    /// Whether `folder` is a collection without a press.
    pub fn is_collection(folder: &Path) -> bool {
        is_plain(&folder.join(CASE_LOG))
            && fs::symlink_metadata(folder.join(journal::FILE_NAME)).is_err()
    }

    /// Its folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Its name, which is its folder's.
    pub fn name(&self) -> String {
        let name = self.folder.file_name().unwrap_or_default();
        name.to_string_lossy().into_owned()
    }

    /// Adds one entry. It is on the disk when this returns.
    pub fn add(&self, at: Timestamp, entry: Entry) -> Result<Line, CaseError> {
        self.write(at, Some(entry))
    }

    /// Stores a file that the person adds, of at most [`MAX_ATTACHED`] bytes, and logs it.
    pub fn attach(&self, at: Timestamp, attachment: Attachment) -> Result<Line, CaseError> {
        let file = self.store(
            Place::Attached,
            &attachment.name,
            &attachment.source,
            None,
            &attachment.content,
            MAX_ATTACHED,
        )?;
        self.add(
            at,
            Entry::Attached {
                file,
                about: attachment.about,
                dated: attachment.dated,
                step: attachment.step,
            },
        )
    }

    /// Logs what the person wrote down.
    pub fn note(&self, at: Timestamp, text: String, step: String) -> Result<Line, CaseError> {
        self.add(at, Entry::Noted { text, step })
    }

    /// Logs a talk.
    pub fn contact(&self, at: Timestamp, call: Call) -> Result<Line, CaseError> {
        self.add(
            at,
            Entry::Contact {
                who: call.who,
                when: call.when,
                by: call.by,
                number: call.number,
                reference: call.reference,
                said: call.said,
            },
        )
    }

    /// Logs the person's statement, which takes the place of an earlier one.
    pub fn state(&self, at: Timestamp, text: String) -> Result<Line, CaseError> {
        self.add(at, Entry::Stated { text })
    }

    /// Logs whose these acts were, as the person says; `None` takes their marks back. `how` says
    /// how they were chosen.
    pub fn mark(
        &self,
        at: Timestamp,
        acts: Vec<ActKey>,
        verdict: Option<Verdict>,
        how: &str,
    ) -> Result<Line, CaseError> {
        let how = how.to_owned();
        self.add(at, Entry::Marked { acts, verdict, how })
    }

    /// Keeps every other program from writing to the case until what is returned is dropped.
    pub(super) fn lock(&self) -> Result<File, CaseError> {
        let path = self.folder.join(LOCK);
        let write_error = |error| CaseError::Write {
            path: path.clone(),
            error,
        };
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false);
        let file = owner_only(&mut options).open(&path).map_err(write_error)?;
        let until = Instant::now() + LOCKED_AT_MOST;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(TryLockError::Error(error)) => return Err(write_error(error)),
                Err(TryLockError::WouldBlock) if Instant::now() >= until => {
                    return Err(CaseError::Busy {
                        path: self.folder.clone(),
                    });
                }
                Err(TryLockError::WouldBlock) => std::thread::sleep(LOOK_AGAIN),
            }
        }
    }

    /// Writes what is due before `entry`, and then it. Returns the last line of the log.
    fn write(&self, at: Timestamp, entry: Option<Entry>) -> Result<Line, CaseError> {
        let path = self.folder.join(CASE_LOG);
        if matches!(entry, Some(Entry::Opened { .. } | Entry::Mended { .. })) {
            return Err(CaseError::Damaged {
                path,
                damage: "only the log itself says that it was opened or mended".to_owned(),
            });
        }
        let _locked = self.lock()?;
        let mut log = CaseLog::read(&self.folder);
        if let Some(damage) = log.damage {
            return Err(CaseError::Damaged { path, damage });
        }
        let opened = log.lines.is_empty().then(|| self.opened());
        let mended = (log.torn_bytes > 0).then_some(Entry::Mended {
            dropped_bytes: log.torn_bytes,
        });
        let whole = log.bytes.len();
        for entry in [opened, mended, entry].into_iter().flatten() {
            let (line, bytes) = log.next(at, entry);
            log.pass(line, &bytes);
        }
        append(&path, whole, &log.bytes[whole..]).map_err(|error| CaseError::Write {
            path: path.clone(),
            error,
        })?;
        log.lines.pop().ok_or(CaseError::Damaged {
            path,
            damage: "it holds no line".to_owned(),
        })
    }

    fn opened(&self) -> Entry {
        let mut journal = Vec::new();
        let head = open_plain(&self.folder.join(journal::FILE_NAME))
            .ok()
            .and_then(|mut file| file.read_to_end(&mut journal).ok())
            .map(|_| whole_lines(&journal))
            .filter(|whole| !whole.is_empty())
            .map(head);
        Entry::Opened {
            version: CASE_VERSION,
            case: self.name(),
            journal_head: head,
            program: self.program.clone(),
        }
    }
}

/// Writes `bytes` behind the first `whole` bytes of the file, in the place of whatever is there.
fn append(path: &Path, whole: usize, bytes: &[u8]) -> io::Result<()> {
    let whole = u64::try_from(whole).map_err(io::Error::other)?;
    let is_new = fs::symlink_metadata(path).is_err();
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    let mut file = owner_only(&mut options).open(path)?;
    file.set_len(whole)?;
    file.seek(SeekFrom::Start(whole))?;
    let written = file.write_all(bytes).and_then(|()| file.sync_data());
    if let Err(error) = written {
        // half a line is no line; where it cannot be cut off now, the next addition does it
        let _ = file.set_len(whole);
        return Err(error);
    }
    match path.parent() {
        Some(folder) if is_new => sync_folder(folder),
        Some(_) | None => Ok(()),
    }
}

/// Opens a plain file, which is no link, also when one is put in its place meanwhile.
pub(crate) fn open_plain(path: &Path) -> Result<File, CaseError> {
    let read_error = |error: io::Error| {
        let path = path.to_owned();
        if error.kind() == io::ErrorKind::NotFound {
            CaseError::Gone { path }
        } else {
            CaseError::Read { path, error }
        }
    };
    let not_a_file = |found: &fs::Metadata| CaseError::NotAFile {
        path: path.to_owned(),
        what: what_it_is(found.file_type()),
    };
    let found = fs::symlink_metadata(path).map_err(read_error)?;
    if !found.is_file() {
        return Err(not_a_file(&found));
    }
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        // a pipe must not hold the opening up
        options.custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK);
    }
    let file = options.open(path).map_err(read_error)?;
    let found = file.metadata().map_err(read_error)?;
    if !found.is_file() {
        return Err(not_a_file(&found));
    }
    Ok(file)
}

fn what_it_is(kind: fs::FileType) -> &'static str {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        if kind.is_fifo() {
            return "a pipe";
        }
        if kind.is_socket() {
            return "a socket";
        }
        if kind.is_char_device() || kind.is_block_device() {
            return "a device";
        }
    }
    if kind.is_symlink() {
        "a link"
    } else if kind.is_dir() {
        "a folder"
    } else {
        "something else"
    }
}

fn is_plain(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|found| found.is_file())
}

/// Makes a folder that only its owner may enter, unless it is there. A link is no folder.
pub(super) fn make_folder(path: &Path, with_parents: bool) -> Result<(), CaseError> {
    let write_error = |error| CaseError::Write {
        path: path.to_owned(),
        error,
    };
    match owned_folder(with_parents).create(path) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let found = fs::symlink_metadata(path).map_err(write_error)?;
            if found.is_dir() {
                Ok(())
            } else {
                Err(write_error(io::Error::other(
                    "something that is no folder stands in its place",
                )))
            }
        }
        Err(error) => Err(write_error(error)),
    }
}

fn owned_folder(with_parents: bool) -> DirBuilder {
    let mut builder = DirBuilder::new();
    builder.recursive(with_parents);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder
}

#[cfg(unix)]
fn owner_only(options: &mut OpenOptions) -> &mut OpenOptions {
    use std::os::unix::fs::OpenOptionsExt;
    options.mode(0o600).custom_flags(libc::O_NOFOLLOW)
}

#[cfg(not(unix))]
fn owner_only(options: &mut OpenOptions) -> &mut OpenOptions {
    options
}

#[cfg(unix)]
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
pub(super) fn sync_folder(_folder: &Path) -> io::Result<()> {
    Ok(())
}
