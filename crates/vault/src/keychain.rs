//! The OS keychain, asked from one thread of its own.
//!
//! A keychain may block for as long as its prompt stands open, and its calls may not come from an
//! async runtime's threads. So callers wait here within a bound, and never on the thread itself.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};

use tokio::{sync::oneshot, time::timeout};

use crate::{
    SERVICE, Secret, Slot, VaultError,
    error::bounded,
    realm::{Answer, Store},
};

/// The longest that a caller waits for the keychain.
pub const ANSWER_WITHIN: Duration = Duration::from_secs(5);

pub struct Keychain {
    home_id: String,
    requests: mpsc::Sender<Request>,
    unanswered_writes: Arc<AtomicUsize>,
}

impl Keychain {
    pub(crate) fn of_home(home_id: &str) -> Answer<Self> {
        Self::over(home_id, OsEntries)
    }

    fn over(home_id: &str, entries: impl Entries) -> Answer<Self> {
        let (requests, inbox) = mpsc::channel();
        let unanswered_writes = Arc::new(AtomicUsize::new(0));
        let open = Arc::clone(&unanswered_writes);
        // Detached on purpose: a keychain that never answers must not keep the program from ending.
        thread::Builder::new()
            .name("keychain".to_owned())
            .spawn(move || serve(&entries, &inbox, &open))
            .map_err(|error| VaultError::Absent {
                words: bounded(&error.to_string()),
            })?;
        Ok(Self {
            home_id: home_id.to_owned(),
            requests,
            unanswered_writes,
        })
    }

    async fn write(&self, slot: &Slot, change: Change) -> Answer<()> {
        if self.unanswered_writes.load(Ordering::SeqCst) > 0 {
            return Err(VaultError::WriteOpen);
        }
        let (reply, answer) = oneshot::channel();
        let request = Request::Write {
            user: self.user(slot),
            change,
            reply,
        };
        self.requests.send(request).map_err(|_| ended())?;
        let mut waiting = OpenWrite {
            answer: Some(answer),
            unanswered: Arc::clone(&self.unanswered_writes),
        };
        let Some(answer) = waiting.answer.as_mut() else {
            return Err(ended());
        };
        let Ok(answered) = timeout(ANSWER_WITHIN, answer).await else {
            return Err(VaultError::TimedOut);
        };
        waiting.answer = None;
        answered.map_err(|_| ended())?
    }

    /// The entry's user name: the home comes first, so that two homes never meet.
    fn user(&self, slot: &Slot) -> String {
        format!("{}/{}", self.home_id, slot.path())
    }
}

impl Store for Keychain {
    async fn get(&self, slot: &Slot) -> Answer<Option<Secret>> {
        let (reply, answer) = oneshot::channel();
        let request = Request::Read {
            user: self.user(slot),
            reply,
        };
        self.requests.send(request).map_err(|_| ended())?;
        match timeout(ANSWER_WITHIN, answer).await {
            Ok(answered) => answered.map_err(|_| ended())?,
            Err(_) => Err(VaultError::TimedOut),
        }
    }

    async fn set(&self, slot: &Slot, secret: Secret) -> Answer<()> {
        self.write(slot, Change::Put(secret)).await
    }

    async fn delete(&self, slot: &Slot) -> Answer<()> {
        self.write(slot, Change::Remove).await
    }
}

/// A write whose answer is awaited. Dropped without one, by the bound or with its caller, it
/// counts as unanswered until the keychain's thread is through with it.
struct OpenWrite {
    answer: Option<oneshot::Receiver<Answer<()>>>,
    unanswered: Arc<AtomicUsize>,
}

impl Drop for OpenWrite {
    fn drop(&mut self) {
        let Some(mut answer) = self.answer.take() else {
            return;
        };
        // Counted before it is closed: the thread takes the count back once it finds it closed.
        self.unanswered.fetch_add(1, Ordering::SeqCst);
        answer.close();
        if answer.try_recv().is_ok() {
            self.unanswered.fetch_sub(1, Ordering::SeqCst);
        }
    }
}

enum Request {
    Read {
        user: String,
        reply: oneshot::Sender<Answer<Option<Secret>>>,
    },
    Write {
        user: String,
        change: Change,
        reply: oneshot::Sender<Answer<()>>,
    },
}

enum Change {
    Put(Secret),
    Remove,
}

fn serve(entries: &impl Entries, inbox: &mpsc::Receiver<Request>, unanswered: &AtomicUsize) {
    while let Ok(request) = inbox.recv() {
        match request {
            // Nobody waits any more for a request whose reply is closed: a late read is useless,
            // and a late write could land over a newer one.
            Request::Read { user, reply } => {
                if !reply.is_closed() {
                    // A caller that just left has no use for it.
                    let _ = reply.send(entries.get(&user));
                }
            }
            Request::Write {
                user,
                change,
                reply,
            } => {
                let left = reply.is_closed() || {
                    let done = match change {
                        Change::Put(secret) => entries.set(&user, &secret),
                        Change::Remove => entries.delete(&user),
                    };
                    reply.send(done).is_err()
                };
                if left {
                    unanswered.fetch_sub(1, Ordering::SeqCst);
                }
            }
        }
    }
}

fn ended() -> VaultError {
    VaultError::Absent {
        words: "its thread has ended".to_owned(),
    }
}

/// Entries by user name, asked in turn and allowed to block.
trait Entries: Send + 'static {
    fn get(&self, user: &str) -> Answer<Option<Secret>>;
    fn set(&self, user: &str, secret: &Secret) -> Answer<()>;
    fn delete(&self, user: &str) -> Answer<()>;
}

struct OsEntries;

impl Entries for OsEntries {
    fn get(&self, user: &str) -> Answer<Option<Secret>> {
        match entry(user)?.get_secret() {
            Ok(bytes) => Secret::from_bytes(bytes)
                .map(Some)
                .ok_or_else(|| VaultError::Refused {
                    words: format!("the entry {user:?} does not hold text"),
                    next: "delete that entry in the keychain and add the secret again".to_owned(),
                }),
            Err(keyring::Error::NoEntry) => Ok(None),
            Err(error) => Err(explained(error)),
        }
    }

    fn set(&self, user: &str, secret: &Secret) -> Answer<()> {
        // As bytes: Windows would store text as UTF-16, and its entries are small.
        entry(user)?
            .set_secret(secret.expose().as_bytes())
            .map_err(explained)
    }

    fn delete(&self, user: &str) -> Answer<()> {
        match entry(user)?.delete_credential() {
            Ok(()) | Err(keyring::Error::NoEntry) => Ok(()),
            Err(error) => Err(explained(error)),
        }
    }
}

fn entry(user: &str) -> Answer<keyring::Entry> {
    if let Err(error) = keyring::Entry::store_status() {
        return Err(VaultError::Absent {
            words: bounded(&error.to_string()),
        });
    }
    open_entry(user).map_err(explained)
}

#[cfg(not(windows))]
fn open_entry(user: &str) -> keyring::Result<keyring::Entry> {
    keyring::Entry::new(SERVICE, user)
}

/// Kept on this machine: an entry of Windows otherwise follows the person to others.
#[cfg(windows)]
fn open_entry(user: &str) -> keyring::Result<keyring::Entry> {
    let local = std::collections::HashMap::from([("persistence", "Local")]);
    let inner = keyring_core::Entry::new_with_modifiers(SERVICE, user, &local)?;
    Ok(keyring::Entry { inner })
}

fn explained(error: keyring::Error) -> VaultError {
    let next = match &error {
        keyring::Error::NoStorageAccess(_) => return VaultError::Locked,
        keyring::Error::NoDefaultStore => {
            return VaultError::Absent {
                words: bounded(&error.to_string()),
            };
        }
        keyring::Error::TooLong(..) => "use a shorter secret: this keychain has a limit",
        keyring::Error::Ambiguous(_) => "delete all but one entry of that name in the keychain",
        keyring::Error::PlatformFailure(_)
        | keyring::Error::NoEntry
        | keyring::Error::BadEncoding(_)
        | keyring::Error::BadDataFormat(..)
        | keyring::Error::BadStoreFormat(_)
        | keyring::Error::Invalid(..)
        | keyring::Error::NotSupportedByStore(_)
        | _ => "open the system's password manager, see that it works, then try again",
    };
    // Errors about an entry's contents carry those contents; their text does not show them.
    let words = bounded(&error.to_string());
    if let keyring::Error::BadEncoding(bytes) | keyring::Error::BadDataFormat(bytes, _) = error {
        drop(zeroize::Zeroizing::new(bytes));
    }
    VaultError::Refused {
        words,
        next: next.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use tokio::time::Instant;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_keychain_that_never_answers_costs_a_caller_no_more_than_the_bound() {
        let (chain, _gate) = gated();
        let before = Instant::now();
        assert_eq!(chain.get(&slot()).await.err(), Some(VaultError::TimedOut));
        assert_eq!(before.elapsed(), ANSWER_WITHIN);
    }

    #[tokio::test]
    async fn a_write_without_an_answer_holds_back_further_writes_until_it_is_answered() {
        let (chain, gate) = gated();
        let slot = slot();
        let mut first = Box::pin(chain.set(&slot, Secret::new("one".into())));
        assert!(begun(&mut first).is_pending());
        gate.entered();
        tokio::time::pause();
        assert_eq!(first.await, Err(VaultError::TimedOut));
        let second = chain.set(&slot, Secret::new("two".into())).await;
        assert_eq!(second, Err(VaultError::WriteOpen));
        assert_eq!(chain.delete(&slot).await, Err(VaultError::WriteOpen));

        gate.open();
        settled(&chain).await;
        tokio::time::resume();
        chain.set(&slot, Secret::new("three".into())).await.unwrap();
        assert_eq!(gate.written(), ["one", "three"]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_write_that_nobody_waits_for_is_never_begun_late() {
        let (chain, gate) = gated();
        let slot = slot();
        let (read, write) = tokio::join!(
            chain.get(&slot),
            chain.set(&slot, Secret::new("late".into()))
        );
        assert_eq!(read.err(), Some(VaultError::TimedOut));
        assert_eq!(write, Err(VaultError::TimedOut));

        gate.open();
        settled(&chain).await;
        tokio::time::resume();
        assert!(gate.written().is_empty());
        chain.set(&slot, Secret::new("new".into())).await.unwrap();
        assert_eq!(gate.written(), ["new"]);
    }

    #[tokio::test]
    async fn a_write_whose_caller_was_dropped_counts_as_unanswered() {
        let (chain, gate) = gated();
        let slot = slot();
        let mut write = Box::pin(chain.set(&slot, Secret::new("one".into())));
        assert!(begun(&mut write).is_pending());
        drop(write);
        assert_eq!(chain.delete(&slot).await, Err(VaultError::WriteOpen));
        gate.open();
        settled(&chain).await;
        chain.delete(&slot).await.unwrap();
    }

    #[test]
    fn the_entry_of_a_slot_starts_with_its_home() {
        let (chain, _gate) = gated();
        assert_eq!(chain.user(&slot()), "home-1/main/key");
    }

    /// Waits until the thread has nothing open.
    async fn settled(chain: &Keychain) {
        while chain.unanswered_writes.load(Ordering::SeqCst) > 0 {
            tokio::task::yield_now().await;
        }
    }

    fn begun<T>(future: &mut (impl Future<Output = T> + Unpin)) -> std::task::Poll<T> {
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        std::pin::Pin::new(future).poll(&mut context)
    }

    fn slot() -> Slot {
        Slot::of_account("main", "key").unwrap()
    }

    fn gated() -> (Keychain, Arc<Gate>) {
        let (opener, closed) = mpsc::channel();
        let (enter, entries) = mpsc::channel();
        let gate = Arc::new(Gate {
            opener: Mutex::new(Some(opener)),
            closed: Mutex::new(closed),
            enter,
            entries: Mutex::new(entries),
            written: Mutex::default(),
        });
        let chain = Keychain::over("home-1", Gated(Arc::clone(&gate))).unwrap();
        (chain, gate)
    }

    /// Lets nothing through until it is opened.
    struct Gate {
        opener: Mutex<Option<mpsc::Sender<()>>>,
        closed: Mutex<mpsc::Receiver<()>>,
        enter: mpsc::Sender<()>,
        entries: Mutex<mpsc::Receiver<()>>,
        written: Mutex<Vec<String>>,
    }

    impl Gate {
        fn open(&self) {
            self.opener.lock().unwrap().take();
        }

        /// Blocks until the thread stands before the gate.
        fn entered(&self) {
            self.entries.lock().unwrap().recv().unwrap();
        }

        fn pass(&self) {
            self.enter.send(()).unwrap();
            assert!(self.closed.lock().unwrap().recv().is_err());
        }

        fn written(&self) -> Vec<String> {
            self.written.lock().unwrap().clone()
        }
    }

    struct Gated(Arc<Gate>);

    impl Entries for Gated {
        fn get(&self, _user: &str) -> Answer<Option<Secret>> {
            self.0.pass();
            Ok(None)
        }

        fn set(&self, _user: &str, secret: &Secret) -> Answer<()> {
            self.0.pass();
            self.0
                .written
                .lock()
                .unwrap()
                .push(secret.expose().to_owned());
            Ok(())
        }

        fn delete(&self, _user: &str) -> Answer<()> {
            self.0.pass();
            Ok(())
        }
    }
}
