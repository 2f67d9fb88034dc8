//! How a process reaches the one controller of a home: it is that controller, or it asks the
//! process that is.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use incident::Mode;
use tokio::{
    sync::mpsc,
    task::JoinHandle,
    time::{Instant, sleep, timeout},
};
use vault::Live;

use crate::{
    Command, Controller, Error, Handle, Home, Lock, Notice, Reply, Shell, controller::HomeBook,
    socket,
};

/// How long another process may hold the home without listening yet.
const LISTENS_WITHIN: Duration = Duration::from_secs(5);
/// How long the last answers are waited for when a controller ends.
const WRITTEN_WITHIN: Duration = Duration::from_secs(1);

/// The way to the controller of a home.
pub struct Link {
    way: Way,
}

enum Way {
    Own(Own),
    Other(PathBuf),
}

struct Own {
    handle: Handle,
    controller: JoinHandle<()>,
    listener: Option<Listener>,
    lock: Option<Lock>,
}

/// Who listens for other processes. The receiver ends when each was answered to its end.
struct Listener {
    listening: JoinHandle<()>,
    answers: mpsc::Receiver<()>,
}

impl Listener {
    async fn close(self) -> mpsc::Receiver<()> {
        // dropping the listener takes its socket file away, before the lock goes
        self.listening.abort();
        drop(self.listening.await);
        self.answers
    }
}

/// Waits until the last answers were written, for as long as that takes another process at most.
async fn written(mut answers: mpsc::Receiver<()>) {
    drop(timeout(WRITTEN_WITHIN, answers.recv()).await);
}

impl Link {
    /// Becomes the controller of `home` with `shell` before it, or finds the process that is.
    ///
    /// A home that cannot be locked or listened in, because its disk is full or read-only, gets a
    /// controller all the same: containing goes before keeping order.
    pub async fn take<S: Shell>(home: &Home, shell: S) -> Result<Self, Error> {
        let path = home.socket()?;
        let until = Instant::now() + LISTENS_WITHIN;
        loop {
            match home.lock() {
                Ok(Some(lock)) => return Ok(Self::own(home, shell, Ok(lock), &path)),
                Ok(None) => {}
                Err(error) => {
                    tracing::error!(%error, "the home cannot be locked");
                    return Ok(Self::own(home, shell, Err(error), &path));
                }
            }
            // whoever holds the lock is about to listen, listens, or is about to let go
            if socket::ask(&path, Command::Status).await.is_ok() {
                return Ok(Self {
                    way: Way::Other(path),
                });
            }
            if Instant::now() >= until {
                return Err(
                    Error::wrong("another process holds this home and does not answer")
                        .next("end that process (see firebreak status), then try again"),
                );
            }
            sleep(Duration::from_millis(50)).await;
        }
    }

    /// The way to a controller of this process that no other can reach: for practice.
    pub fn around(handle: Handle, controller: JoinHandle<()>) -> Self {
        Self {
            way: Way::Own(Own {
                handle,
                controller,
                listener: None,
                lock: None,
            }),
        }
    }

    /// The process that is the controller of `home`, if there is one.
    pub async fn find(home: &Home) -> Option<Self> {
        let path = home.socket().ok()?;
        if matches!(home.lock(), Ok(Some(_)) | Err(_)) {
            return None;
        }
        let answers = socket::ask(&path, Command::Status).await.is_ok();
        answers.then_some(Self {
            way: Way::Other(path),
        })
    }

    /// Whether this process is the controller.
    pub fn is_own(&self) -> bool {
        matches!(self.way, Way::Own(_))
    }

    /// Posts a command; its replies come as they are made.
    pub async fn ask(&self, command: Command) -> Result<mpsc::Receiver<Reply>, Error> {
        match &self.way {
            Way::Own(own) => Ok(own.handle.ask(command).await),
            Way::Other(path) => socket::ask(path, command).await,
        }
    }

    /// Posts a command and waits for its one answer.
    pub async fn tell(&self, command: Command) -> Result<Reply, Error> {
        let mut replies = self.ask(command).await?;
        match replies.recv().await {
            Some(Reply::Failed(error)) => Err(error),
            Some(reply) => Ok(reply),
            None => Err(Error::lost("the controller ended before it answered")
                .next("look how things stand: firebreak status")),
        }
    }

    /// Ends the controller if it is this process's; another's goes on.
    pub async fn close(self) {
        match self.way {
            Way::Own(own) => {
                let Own {
                    handle,
                    controller,
                    listener,
                    lock,
                } = own;
                let answers = match listener {
                    Some(listener) => Some(listener.close().await),
                    None => None,
                };
                drop(handle);
                drop(controller.await);
                if let Some(answers) = answers {
                    written(answers).await;
                }
                drop(lock);
            }
            Way::Other(_) => {}
        }
    }

    /// Waits until the controller of this process was told to stop, and has answered.
    pub async fn stopped(&mut self) {
        match &mut self.way {
            Way::Own(own) => {
                drop((&mut own.controller).await);
                if let Some(listener) = own.listener.take() {
                    written(listener.close().await).await;
                }
            }
            Way::Other(_) => {}
        }
    }

    fn own<S: Shell>(home: &Home, shell: S, lock: Result<Lock, Error>, path: &Path) -> Self {
        let book = HomeBook::of(home.clone());
        let (mut controller, handle) =
            Controller::<Live, S>::new(home.clone(), Mode::Live, book, shell);
        let listener = match &lock {
            Ok(_) => socket::listen(path),
            Err(error) => Err(error.clone()),
        };
        let listener = match listener {
            Ok(listener) => {
                let (answering, answers) = mpsc::channel(1);
                let serving = socket::serve(listener, handle.clone(), answering);
                Some(Listener {
                    listening: tokio::spawn(serving),
                    answers,
                })
            }
            Err(error) => {
                tracing::error!(%error, "no other process can reach this controller");
                let untouched = "a press here works; one in a terminal does not find this one";
                controller =
                    controller.with_notice(Notice::of("unreachable", &error.untouched(untouched)));
                None
            }
        };
        Self {
            way: Way::Own(Own {
                handle,
                controller: tokio::spawn(controller.run()),
                listener,
                lock: lock.ok(),
            }),
        }
    }
}
