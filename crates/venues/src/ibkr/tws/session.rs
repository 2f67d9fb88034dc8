//! One API session with TWS or IB Gateway, kept warm: connected, reconnected, listened to.
//!
//! A session that TWS has cut off from IBKR (message 1100) is a session that can prove nothing.

use std::{
    sync::{
        Arc, Mutex, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use door::{DoorError, ErrorClass};
use ibapi::{Client, Error as TwsError, Notice, subscriptions::NoticeStream};
use rand::RngExt;
use tokio::{net::TcpStream, sync::broadcast, time::timeout};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::errors::{self, door_error};
use crate::ibkr::codes::{self, API_SETTINGS, Meaning};

/// From the first SYN to the end of the handshake. TWS answers on this computer within milliseconds.
const CONNECT_WITHIN: Duration = Duration::from_secs(3);
/// How long a single question waits for its answer.
pub(super) const ANSWER_WITHIN: Duration = Duration::from_secs(3);
/// How often a session that nobody uses is asked the time, so that a dead one is found before the
/// press.
const HEARTBEAT: Duration = Duration::from_secs(20);
const BACK_OFF_FIRST: Duration = Duration::from_millis(250);
const BACK_OFF_MOST: Duration = Duration::from_secs(15);
/// How many client ids are tried before it is somebody's turn to look.
const CLIENT_IDS_TRIED: usize = 5;

/// A connected session.
pub(super) struct Session {
    pub(super) client: Client,
    notices: broadcast::Sender<Notice>,
    /// What TWS last said when it lost its link to IBKR; `None` while it has one.
    link_lost: Mutex<Option<String>>,
    ended: CancellationToken,
}

impl Session {
    /// Fails while this session can prove nothing.
    pub(super) fn usable(&self) -> Result<(), DoorError> {
        match &*self
            .link_lost
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
        {
            Some(said) => Err(codes::link_lost(said)),
            None if self.is_over() => Err(errors::session_ended("")),
            None => Ok(()),
        }
    }

    /// What TWS says from now on that belongs to no request.
    pub(super) fn listen(&self) -> broadcast::Receiver<Notice> {
        self.notices.subscribe()
    }

    /// Whether nothing more can be sent on it.
    pub(super) fn is_over(&self) -> bool {
        self.ended.is_cancelled() || !self.client.is_connected()
    }

    /// Ends it, so that the next call opens another. What was under way on it fails.
    pub(super) async fn retire(&self) {
        self.ended.cancel();
        self.client.disconnect().await;
    }

    fn heed(&self, notice: &Notice) {
        let mut link_lost = self
            .link_lost
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        match codes::meaning(notice.code, &notice.message) {
            Meaning::LinkLost => {
                *link_lost = Some(format!("{}: {}", notice.code, notice.message));
            }
            Meaning::LinkBack => *link_lost = None,
            Meaning::Cancelled
            | Meaning::NothingToCancel
            | Meaning::Note
            | Meaning::SessionOver
            | Meaning::ClientIdTaken
            | Meaning::Paced
            | Meaning::Refused(_) => {}
        }
    }
}

/// The way to the current session. Clones share it; the last one to go ends it.
pub(super) struct Link {
    shared: Arc<Shared>,
    _ends_warming: DropGuard,
}

struct Shared {
    address: String,
    client_id: Option<i32>,
    current: RwLock<Option<Arc<Session>>>,
    connecting: tokio::sync::Mutex<()>,
    warming: AtomicBool,
    closed: CancellationToken,
}

impl Link {
    pub(super) fn new(address: String, client_id: Option<i32>) -> Self {
        let closed = CancellationToken::new();
        Self {
            _ends_warming: closed.clone().drop_guard(),
            shared: Arc::new(Shared {
                address,
                client_id,
                current: RwLock::new(None),
                connecting: tokio::sync::Mutex::new(()),
                warming: AtomicBool::new(false),
                closed,
            }),
        }
    }

    /// The current session, or a new one. From the first one on it is kept warm.
    pub(super) async fn session(&self) -> Result<Arc<Session>, DoorError> {
        let session = self.shared.session().await?;
        if !self.shared.warming.swap(true, Ordering::AcqRel) {
            tokio::spawn(keep_warm(Arc::clone(&self.shared)));
        }
        Ok(session)
    }
}

impl Shared {
    fn current(&self) -> Option<Arc<Session>> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        current
            .as_ref()
            .filter(|session| !session.is_over())
            .map(Arc::clone)
    }

    async fn session(&self) -> Result<Arc<Session>, DoorError> {
        if let Some(session) = self.current() {
            return Ok(session);
        }
        let _one_at_a_time = self.connecting.lock().await;
        if let Some(session) = self.current() {
            return Ok(session);
        }
        let session = connect(&self.address, self.client_id).await?;
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&session));
        Ok(session)
    }
}

/// Reconnects with growing pauses and finds dead sessions, until the link is dropped.
async fn keep_warm(shared: Arc<Shared>) {
    let mut pause = BACK_OFF_FIRST;
    loop {
        let step = async {
            match shared.session().await {
                Ok(session) => {
                    pause = BACK_OFF_FIRST;
                    watch(&session).await;
                }
                Err(error) => {
                    tracing::debug!(class = ?error.class, "TWS could not be reached again");
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(BACK_OFF_MOST);
                }
            }
        };
        if shared.closed.run_until_cancelled(step).await.is_none() {
            if let Some(session) = shared.current() {
                session.retire().await;
            }
            return;
        }
    }
}

/// Returns once the session is over, or once it no longer answers; then it is retired.
async fn watch(session: &Session) {
    loop {
        tokio::select! {
            () = session.ended.cancelled() => return,
            () = tokio::time::sleep(HEARTBEAT) => {
                let answer = timeout(ANSWER_WITHIN, session.client.server_time()).await;
                let dead = match answer {
                    Err(_) | Ok(Err(TwsError::Timeout)) => true,
                    Ok(Ok(_) | Err(_)) => session.is_over(),
                };
                if dead {
                    session.retire().await;
                    return;
                }
            }
        }
    }
}

async fn connect(address: &str, configured: Option<i32>) -> Result<Arc<Session>, DoorError> {
    let deadline = tokio::time::Instant::now() + CONNECT_WITHIN;
    let mut client_id = configured.unwrap_or_else(any_client_id);
    for _ in 0..CLIENT_IDS_TRIED {
        let connecting = Client::builder()
            .address(address)
            .client_id(client_id)
            .max_reconnect_attempts(0)
            // no limiter: a listing every half second and a capture now and then stay far below
            // the 50 messages a second that TWS takes, and a press must not wait in a queue
            .one_shot_timeout(ANSWER_WITHIN)
            .connect_with_notice_stream();
        match tokio::time::timeout_at(deadline, connecting).await {
            Ok(Ok((client, notices))) => return Ok(begin(client, notices)),
            Ok(Err(TwsError::ClientIdInUse { .. })) => client_id = any_client_id(),
            Ok(Err(error)) => return Err(while_connecting(address, &error)),
            Err(_) => return Err(mute(address).await),
        }
    }
    Err(DoorError::new(
        ErrorClass::Unreachable,
        "326",
        format!("{CLIENT_IDS_TRIED} client ids were in use"),
    )
    .next("Close API programs that you do not need; TWS takes 32 at a time."))
}

fn begin(client: Client, mut from_tws: NoticeStream) -> Arc<Session> {
    let (notices, _) = broadcast::channel(256);
    let session = Arc::new(Session {
        client,
        notices: notices.clone(),
        link_lost: Mutex::new(None),
        ended: CancellationToken::new(),
    });
    let listening = Arc::downgrade(&session);
    tokio::spawn(async move {
        while let Some(notice) = from_tws.next().await {
            let Some(session) = listening.upgrade() else {
                return;
            };
            session.heed(&notice);
            // nobody may be listening just now
            let _ = notices.send(notice);
        }
        if let Some(session) = listening.upgrade() {
            session.ended.cancel();
        }
    });
    session
}

/// High, so that it meets no bot's; random, so that it does not meet its own ghost.
fn any_client_id() -> i32 {
    rand::make_rng::<rand::rngs::StdRng>().random_range(100_000_000..=999_999_999)
}

fn while_connecting(address: &str, error: &TwsError) -> DoorError {
    if let TwsError::Io(io) = error
        && io.kind() == std::io::ErrorKind::ConnectionRefused
    {
        return DoorError::new(
            ErrorClass::Unreachable,
            &io.to_string(),
            format!("nothing listens at {address}: TWS is not running, or its API socket is off"),
        )
        .next(format!(
            "Start TWS or IB Gateway and log in; tick Enable ActiveX and Socket Clients and look \
             at the port. {API_SETTINGS}."
        ));
    }
    if let TwsError::ConnectionRejected(said) = error {
        return DoorError::new(
            ErrorClass::Unreachable,
            said,
            "TWS closed the connection before it answered: it may not trust this address",
        )
        .next(format!(
            "Look for a window that asks to accept the connection, and at Trusted IPs. \
             {API_SETTINGS}."
        ));
    }
    door_error(error)
}

/// The bound passed: either nothing is there, or it is there and says nothing.
async fn mute(address: &str) -> DoorError {
    let there = matches!(
        timeout(Duration::from_millis(500), TcpStream::connect(address)).await,
        Ok(Ok(_))
    );
    if there {
        DoorError::new(
            ErrorClass::Unreachable,
            "",
            format!(
                "{address} takes the connection and says nothing: the API socket is off, or TWS \
                 waits for somebody to accept the connection"
            ),
        )
        .next(format!(
            "Look for a window that asks to accept the connection; tick Enable ActiveX and \
             Socket Clients. {API_SETTINGS}."
        ))
    } else {
        DoorError::new(
            ErrorClass::Unreachable,
            "",
            format!(
                "no connection to {address} within {} s",
                CONNECT_WITHIN.as_secs()
            ),
        )
        .next("Look at whether TWS or IB Gateway runs there, and at the address.")
    }
}
