//! Writing a journal, on a thread of its own: a slow or full disk never slows containment.

use std::{
    collections::VecDeque,
    fs::{File, OpenOptions},
    io::{self, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    sync::mpsc::{self, RecvTimeoutError},
    time::Duration,
};

use tokio::sync::{mpsc as async_mpsc, oneshot};

use super::FILE_NAME;

/// How often writing is tried again after it failed.
const RETRY_EVERY: Duration = Duration::from_secs(1);
/// How long the end of a run waits for its last lines.
const LAST_LINES_WITHIN: Duration = Duration::from_secs(5);
/// How much is kept in memory while nothing can be written.
const MAX_UNWRITTEN: usize = 64 * 1024 * 1024;

/// What the writer tells the run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum JournalSignal {
    /// Writing failed; lines are kept in memory.
    Failed {
        /// Why.
        why: String,
    },
    /// Writing works again, and lines from `from_seq` to `to_seq` were written late.
    Resumed {
        /// The first late line.
        from_seq: u64,
        /// The last late line.
        to_seq: u64,
    },
}

/// The writing end of a journal.
pub struct Journal {
    to: Option<mpsc::Sender<Message>>,
    signals: async_mpsc::UnboundedReceiver<JournalSignal>,
    ended: mpsc::Receiver<()>,
}

enum Message {
    Line { seq: u64, bytes: Vec<u8> },
    Sync(oneshot::Sender<bool>),
}

impl Journal {
    /// A journal in `folder`, which must not hold one yet. Where it cannot be made, lines are kept
    /// in memory and written as soon as it can.
    pub fn create(folder: &Path) -> Self {
        Self::spawn(folder.join(FILE_NAME), None)
    }

    /// Goes on with a journal whose whole lines take `whole_bytes`; what follows them is cut off.
    pub fn append(folder: &Path, whole_bytes: u64) -> Self {
        Self::spawn(folder.join(FILE_NAME), Some(whole_bytes))
    }

    /// A journal that is kept nowhere: for seeded simulations.
    pub fn memory() -> Self {
        let (_, signals) = async_mpsc::unbounded_channel();
        let (_, ended) = mpsc::channel();
        Self {
            to: None,
            signals,
            ended,
        }
    }

    /// Queues a line for writing.
    pub fn write(&self, seq: u64, bytes: Vec<u8>) {
        if let Some(to) = &self.to {
            // the thread ends only when this sender does
            let _ = to.send(Message::Line { seq, bytes });
        }
    }

    /// Waits until all lines so far are on disk, at most `bound`. `false` when they are not.
    pub async fn synced_within(&mut self, bound: Duration) -> bool {
        let Some(to) = &self.to else { return true };
        let (reply, answer) = oneshot::channel();
        if to.send(Message::Sync(reply)).is_err() {
            return false;
        }
        matches!(tokio::time::timeout(bound, answer).await, Ok(Ok(true)))
    }

    /// The next thing that the writer has to tell.
    pub async fn signal(&mut self) -> Option<JournalSignal> {
        self.signals.recv().await
    }

    /// Something that the writer has to tell already.
    pub fn signal_now(&mut self) -> Option<JournalSignal> {
        self.signals.try_recv().ok()
    }

    fn spawn(path: PathBuf, keep: Option<u64>) -> Self {
        let (to, from) = mpsc::channel();
        let (tell, signals) = async_mpsc::unbounded_channel();
        let (end, ended) = mpsc::channel();
        let thread = move || {
            Writer {
                path,
                file: None,
                keep,
                good_bytes: keep.unwrap_or(0),
                unwritten: VecDeque::new(),
                unwritten_bytes: 0,
                failing: false,
                given_up: false,
                late_from: None,
                tell,
            }
            .run(&from);
            let _ = end.send(());
        };
        // without a thread nothing is received, and `synced_within` says so
        let _ = std::thread::Builder::new()
            .name("journal".to_owned())
            .spawn(thread);
        Self {
            to: Some(to),
            signals,
            ended,
        }
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        if self.to.take().is_some() {
            // the last lines reach the disk before the run is given up, if the disk answers
            let _ = self.ended.recv_timeout(LAST_LINES_WITHIN);
        }
    }
}

struct Writer {
    path: PathBuf,
    file: Option<File>,
    keep: Option<u64>,
    good_bytes: u64,
    unwritten: VecDeque<(u64, Vec<u8>)>,
    unwritten_bytes: usize,
    failing: bool,
    given_up: bool,
    late_from: Option<u64>,
    tell: async_mpsc::UnboundedSender<JournalSignal>,
}

impl Writer {
    fn run(mut self, from: &mpsc::Receiver<Message>) {
        loop {
            let first = if self.failing {
                match from.recv_timeout(RETRY_EVERY) {
                    Ok(message) => Some(message),
                    Err(RecvTimeoutError::Timeout) => None,
                    Err(RecvTimeoutError::Disconnected) => break,
                }
            } else {
                match from.recv() {
                    Ok(message) => Some(message),
                    Err(mpsc::RecvError) => break,
                }
            };
            let mut waiting = Vec::new();
            // everything that came meanwhile shares one sync
            for message in first.into_iter().chain(from.try_iter()) {
                match message {
                    Message::Line { seq, bytes } => self.queue(seq, bytes),
                    Message::Sync(reply) => waiting.push(reply),
                }
            }
            self.flush();
            for reply in waiting {
                let _ = reply.send(!self.failing);
            }
        }
        self.flush();
    }

    fn queue(&mut self, seq: u64, mut bytes: Vec<u8>) {
        bytes.push(b'\n');
        // a gap would break the chain for good: once full, the rest of the run is given up
        self.given_up |= self.unwritten_bytes + bytes.len() > MAX_UNWRITTEN;
        if self.given_up {
            return;
        }
        self.unwritten_bytes += bytes.len();
        if self.failing && self.late_from.is_none() {
            self.late_from = Some(seq);
        }
        self.unwritten.push_back((seq, bytes));
    }

    fn flush(&mut self) {
        if self.unwritten.is_empty() {
            return;
        }
        match self.write_all() {
            Ok(()) => {
                let last = self.unwritten.back().map_or(0, |(seq, _)| *seq);
                self.unwritten.clear();
                self.unwritten_bytes = 0;
                if std::mem::take(&mut self.failing)
                    && !self.given_up
                    && let Some(from_seq) = self.late_from.take()
                {
                    let _ = self.tell.send(JournalSignal::Resumed {
                        from_seq,
                        to_seq: last,
                    });
                }
            }
            Err(error) => {
                self.file = None;
                if self.late_from.is_none() {
                    self.late_from = self.unwritten.front().map(|(seq, _)| *seq);
                }
                if !std::mem::replace(&mut self.failing, true) {
                    let _ = self.tell.send(JournalSignal::Failed {
                        why: error.to_string(),
                    });
                }
            }
        }
    }

    fn write_all(&mut self) -> io::Result<()> {
        let mut file = match self.file.take() {
            Some(file) => file,
            None => self.open()?,
        };
        let batch: Vec<u8> = self
            .unwritten
            .iter()
            .flat_map(|(_, bytes)| bytes.iter().copied())
            .collect();
        file.write_all(&batch)?;
        file.sync_data()?;
        self.good_bytes += u64::try_from(batch.len()).unwrap_or(u64::MAX);
        self.file = Some(file);
        Ok(())
    }

    /// Opens the file and cuts off what a failed write may have left behind the last good line.
    fn open(&mut self) -> io::Result<File> {
        let mut options = OpenOptions::new();
        options.write(true);
        owner_only(&mut options);
        let mut file = if self.keep.is_none() && self.good_bytes == 0 {
            // a file of an earlier try that failed half-way is ours and holds no good line
            let file = options.create(true).truncate(false).open(&self.path)?;
            if file.metadata()?.len() != 0 && !self.failing {
                return Err(io::Error::new(
                    io::ErrorKind::AlreadyExists,
                    "a journal is there already",
                ));
            }
            if let Some(folder) = self.path.parent() {
                sync_folder(folder)?;
            }
            file
        } else {
            options.open(&self.path)?
        };
        file.set_len(self.good_bytes)?;
        file.seek(SeekFrom::Start(self.good_bytes))?;
        Ok(file)
    }
}

#[cfg(unix)]
fn owner_only(options: &mut OpenOptions) {
    use std::os::unix::fs::OpenOptionsExt;
    options.mode(0o600).custom_flags(libc::O_NOFOLLOW);
}

#[cfg(not(unix))]
fn owner_only(_options: &mut OpenOptions) {}

#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_folder: &Path) -> io::Result<()> {
    Ok(())
}
