//! Raw answers of venues, stored beside the journal on a thread of their own.

use std::{
    fs::OpenOptions,
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc,
    },
    time::Duration,
};

use door::{Act, ActsFile, DoorKind, Keep, OpenOrder, Position};
use runbook::AccountName;
use sha2::{Digest, Sha256};
use tokio::sync::{mpsc as async_mpsc, oneshot};

use crate::Event;

/// The folder of raw answers within a run's folder.
pub const CAPTURES: &str = "captures";

/// Where raw answers go.
#[derive(Clone)]
pub struct Captures {
    to: Option<mpsc::Sender<Message>>,
    tell: async_mpsc::UnboundedSender<Event>,
    next: Arc<AtomicU64>,
}

enum Message {
    Store(Raw),
    Stored(oneshot::Sender<()>),
}

struct Raw {
    account: Option<AccountName>,
    door: Option<DoorKind>,
    file: String,
    bytes: Vec<u8>,
}

impl Captures {
    /// Stores into `captures/` of the run's folder, numbering on from what is there. What was
    /// stored, or could not be, and what a capture has listed come back as events.
    pub fn into_folder(run_folder: &Path) -> (Self, async_mpsc::UnboundedReceiver<Event>) {
        let folder = run_folder.join(CAPTURES);
        let next = next_number(&folder);
        let (to, from) = mpsc::channel();
        let (tell, told) = async_mpsc::unbounded_channel();
        let stored = tell.clone();
        let store = move || {
            for message in from {
                // the run may have ended; the file is stored all the same
                let _ = match message {
                    Message::Store(raw) => stored.send(store(&folder, raw)).is_ok(),
                    Message::Stored(reply) => reply.send(()).is_ok(),
                };
            }
        };
        // without a thread nothing is stored, and no event says that it was
        let _ = std::thread::Builder::new()
            .name("captures".to_owned())
            .spawn(store);
        (
            Self {
                to: Some(to),
                tell,
                next: Arc::new(AtomicU64::new(next)),
            },
            told,
        )
    }

    /// Stores nothing: for seeded simulations.
    pub fn nowhere() -> (Self, async_mpsc::UnboundedReceiver<Event>) {
        let (tell, told) = async_mpsc::unbounded_channel();
        (
            Self {
                to: None,
                tell,
                next: Arc::default(),
            },
            told,
        )
    }

    /// Stores a file that the person attached, under its own name as far as that is harmless.
    pub fn attach(&self, name: &str, bytes: Vec<u8>) {
        let (stem, extension) = name.rsplit_once('.').unwrap_or((name, "bin"));
        let file = self.file_name("attached", &harmless(stem), &harmless(extension));
        self.put(Raw {
            account: None,
            door: None,
            file,
            bytes,
        });
    }

    /// Waits until everything handed over so far is stored, at most `bound`.
    pub(crate) async fn stored_within(&self, bound: Duration) {
        let Some(to) = &self.to else { return };
        let (reply, answer) = oneshot::channel();
        if to.send(Message::Stored(reply)).is_ok() {
            // what is not stored by then is lost from the journal, and its file stays
            let _ = tokio::time::timeout(bound, answer).await;
        }
    }

    /// A [`Keep`] for one door of one account.
    pub(crate) fn of(&self, account: &AccountName, door: &DoorKind) -> DoorKeep {
        DoorKeep {
            captures: self.clone(),
            account: account.clone(),
            door: door.clone(),
        }
    }

    fn file_name(&self, source: &str, label: &str, extension: &str) -> String {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        format!("{number:05}-{source}-{label}.{extension}")
    }

    fn tell(&self, event: Event) {
        // nobody listens once the run has ended
        let _ = self.tell.send(event);
    }

    fn put(&self, raw: Raw) {
        if let Some(to) = &self.to {
            let _ = to.send(Message::Store(raw));
        }
    }
}

/// Keeps the answers of one door.
pub(crate) struct DoorKeep {
    captures: Captures,
    account: AccountName,
    door: DoorKind,
}

impl DoorKeep {
    /// Stores an answer, and says under which name.
    fn store(&self, label: &str, extension: &str, bytes: Vec<u8>) -> Option<String> {
        self.captures.to.as_ref()?;
        let source = format!(
            "{}-{}",
            harmless(self.account.as_str()),
            harmless(&self.door.0)
        );
        let file = self
            .captures
            .file_name(&source, &harmless(label), &harmless(extension));
        self.captures.put(Raw {
            account: Some(self.account.clone()),
            door: Some(self.door.clone()),
            file: file.clone(),
            bytes,
        });
        Some(file)
    }
}

impl Keep for DoorKeep {
    fn keep(&self, label: &str, extension: &str, bytes: &[u8]) {
        self.store(label, extension, bytes.to_vec());
    }

    fn keep_with_acts(&self, label: &str, extension: &str, bytes: &[u8], acts: Vec<Act>) {
        let Some(raw) = self.store(label, extension, bytes.to_vec()) else {
            return;
        };
        let told = ActsFile::new(raw, acts);
        // decimals, times and text always have a form in JSON
        if let Ok(bytes) = serde_json::to_vec_pretty(&told) {
            self.store(&format!("{label}-acts"), "json", bytes);
        }
    }

    fn open_orders(&self, orders: &[OpenOrder]) {
        self.captures.tell(Event::OrdersListed {
            account: self.account.clone(),
            door: self.door.clone(),
            orders: orders.to_vec(),
        });
    }

    fn positions(&self, positions: &[Position]) {
        self.captures.tell(Event::PositionsRead {
            account: self.account.clone(),
            door: Some(self.door.clone()),
            positions: positions.to_vec(),
        });
    }
}

/// One more than the highest number that a file there begins with.
fn next_number(folder: &Path) -> u64 {
    let names = std::fs::read_dir(folder).into_iter().flatten().flatten();
    names
        .filter_map(|entry| {
            entry
                .file_name()
                .to_str()?
                .split('-')
                .next()?
                .parse::<u64>()
                .ok()
        })
        .max()
        .map_or(0, |highest| highest + 1)
}

fn store(folder: &Path, raw: Raw) -> Event {
    let digest = hex::encode(Sha256::digest(&raw.bytes));
    match write(&folder.join(&raw.file), folder, &raw.bytes) {
        Ok(()) => Event::Captured {
            account: raw.account,
            door: raw.door,
            file: raw.file,
            bytes: u64::try_from(raw.bytes.len()).unwrap_or(u64::MAX),
            digest,
        },
        Err(error) => Event::CaptureLost {
            file: raw.file,
            digest,
            why: error.to_string(),
        },
    }
}

fn write(path: &PathBuf, folder: &Path, bytes: &[u8]) -> io::Result<()> {
    make_folder(folder)?;
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600).custom_flags(libc::O_NOFOLLOW);
    }
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_data()
}

fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder.create(folder)
}

/// A piece of a file name that is safe on every system.
fn harmless(text: &str) -> String {
    let cleaned: String = text
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || c == '-' {
                c.to_ascii_lowercase()
            } else {
                '_'
            }
        })
        .take(40)
        .collect();
    if cleaned.is_empty() {
        "unnamed".to_owned()
    } else {
        cleaned
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_leave_the_folder() {
        for name in ["../../etc/passwd", "a/b", "..", "", "C:\\x", "nul\0", "-rf"] {
            let name = harmless(name);
            assert!(!name.contains(['/', '\\', '.', '\0']), "{name}");
            assert!(!name.is_empty());
        }
    }
}
