//! IBC's command port as a door: it stops the TWS or IB Gateway that IBC runs.
//!
//! The port asks for no password, so it is only spoken to where it was configured, and what it
//! answers proves nothing: that TWS no longer answers does.

use std::time::Duration;

use async_trait::async_trait;
use door::{
    Door, DoorError, DoorKind, ErrorClass, Family, Found, Health, Keep, Lever, LeverSupport, Pull,
    Reading, Receipt, Released, Unseen, clean,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use super::levers::{ONLY_THIS_TWS, WEB_SESSIONS_LIVE_ON};
use crate::config::Kind;

const CONNECT_WITHIN: Duration = Duration::from_secs(2);
const ANSWER_WITHIN: Duration = Duration::from_secs(5);
/// What is read of an answer at most. Real ones are a line or two.
const ANSWER_AT_MOST: u64 = 4096;
/// How long a TWS that takes a connection is given to answer its handshake.
const HANDSHAKE_WITHIN: Duration = Duration::from_secs(2);

/// The command port, and the TWS that it stops.
pub(super) struct IbcDoor {
    kind: DoorKind,
    address: String,
    tws: Option<String>,
    levers: Vec<LeverSupport>,
}

impl IbcDoor {
    pub(super) fn new(address: String, tws: Option<String>, levers: Vec<LeverSupport>) -> Self {
        Self {
            kind: Kind::Ibc.door_kind(),
            address,
            tws,
            levers,
        }
    }

    async fn stop(&self, keep: &dyn Keep) -> Result<Receipt, DoorError> {
        let mut port = match connect(&self.address).await {
            Reached::Open(port) => port,
            // pulled before, or never started: the reading tells
            Reached::Closed => {
                return Ok(Receipt {
                    words: "nothing listens at IBC's command port".to_owned(),
                    ..Receipt::default()
                });
            }
            Reached::Silent => return Err(unreachable(&self.address, "")),
        };
        let said = timeout(ANSWER_WITHIN, async {
            port.write_all(b"STOP\n").await?;
            port.flush().await?;
            verdict(&mut port).await
        })
        .await
        .map_err(|_| {
            DoorError::new(
                ErrorClass::TimedOut,
                "",
                "IBC took the connection and did not answer STOP",
            )
        })?
        .map_err(|error| unreachable(&self.address, &error.to_string()))?;
        keep.keep("stop", "txt", said.text().as_bytes());
        match said {
            Verdict::Taken(words) => Ok(Receipt {
                words: clean(&format!("IBC took STOP: {words}")),
                ..Receipt::default()
            }),
            Verdict::Refused(words) => {
                Err(
                    DoorError::new(ErrorClass::Refused, &words, "IBC refused STOP")
                        .next("Quit TWS or IB Gateway by hand."),
                )
            }
            Verdict::Neither(words) => Err(DoorError::new(
                ErrorClass::Malformed,
                &words,
                "what listens at IBC's command port does not answer as IBC does",
            )
            .next("Look at the port of the ibc door.")),
        }
    }

    async fn read(&self, about: About) -> Reading {
        let mut found = Vec::new();
        let mut words = Vec::new();
        let of = |label: String| match about {
            About::Sessions => Found::Session { label },
            About::Programs => Found::Program { label },
        };
        match connect(&self.address).await {
            Reached::Closed => words.push("IBC's command port is closed".to_owned()),
            Reached::Open(_) => {
                found.push(of(format!("IBC at {}", self.address)));
            }
            Reached::Silent => found.push(of(format!("something mute at {}", self.address))),
        }
        if let Some(tws) = &self.tws {
            match connect(tws).await {
                Reached::Closed => words.push("TWS's API port is closed".to_owned()),
                Reached::Silent => found.push(of(format!("something mute at {tws}"))),
                Reached::Open(socket) => {
                    let how = if shakes_hands(socket).await {
                        "and answers"
                    } else {
                        "and does not answer"
                    };
                    found.push(of(format!(
                        "TWS or IB Gateway at {tws}, which listens {how}"
                    )));
                }
            }
        }
        if !found.is_empty() {
            words.push(format!("{} still listening", found.len()));
        }
        let (what, why) = match about {
            About::Sessions => ("other web sessions", WEB_SESSIONS_LIVE_ON),
            About::Programs => ("bots and programs elsewhere", ONLY_THIS_TWS),
        };
        Reading {
            found,
            unseen: vec![Unseen {
                what: Family::new(what),
                why: why.to_owned(),
            }],
            words: words.join(", "),
            ..Reading::default()
        }
    }

    fn not_offered(&self, lever: Lever) -> DoorError {
        DoorError::new(
            ErrorClass::Unsupported,
            "",
            format!("the {} door does not offer {lever}", self.kind),
        )
    }
}

#[async_trait]
impl Door for IbcDoor {
    fn kind(&self) -> &DoorKind {
        &self.kind
    }

    fn levers(&self) -> Vec<LeverSupport> {
        self.levers.clone()
    }

    fn poll_interval(&self) -> Duration {
        super::poll_interval(Kind::Ibc)
    }

    async fn open(&self) -> Result<Health, DoorError> {
        match connect(&self.address).await {
            Reached::Open(_) => Ok(Health {
                words: format!("IBC's command port at {}", self.address),
                ..Health::default()
            }),
            Reached::Closed | Reached::Silent => Err(unreachable(&self.address, "")),
        }
    }

    async fn act(&self, pull: &Pull, keep: &dyn Keep) -> Result<Receipt, DoorError> {
        match pull.lever {
            Lever::StopAutomation | Lever::EndSessions => self.stop(keep).await,
            Lever::Capture
            | Lever::CancelOrders
            | Lever::StopWithdrawals
            | Lever::BlockTrading
            | Lever::RevokeKey
            | Lever::Audit => Err(self.not_offered(pull.lever)),
        }
    }

    async fn read_back(&self, pull: &Pull, _keep: &dyn Keep) -> Result<Reading, DoorError> {
        match pull.lever {
            Lever::StopAutomation => Ok(self.read(About::Programs).await),
            Lever::EndSessions => Ok(self.read(About::Sessions).await),
            Lever::Capture
            | Lever::CancelOrders
            | Lever::StopWithdrawals
            | Lever::BlockTrading
            | Lever::RevokeKey
            | Lever::Audit => Err(self.not_offered(pull.lever)),
        }
    }

    async fn release(&self, _keep: &dyn Keep) -> Result<Vec<Released>, DoorError> {
        // a TWS that was stopped is started by the person
        Ok(Vec::new())
    }
}

/// What a stopped TWS is counted as.
#[derive(Clone, Copy)]
enum About {
    Programs,
    Sessions,
}

/// What a connection attempt found.
enum Reached {
    Open(TcpStream),
    /// This computer says that nobody listens there.
    Closed,
    /// Neither: it may be there.
    Silent,
}

async fn connect(address: &str) -> Reached {
    match timeout(CONNECT_WITHIN, TcpStream::connect(address)).await {
        Ok(Ok(socket)) => Reached::Open(socket),
        Ok(Err(error)) if error.kind() == std::io::ErrorKind::ConnectionRefused => Reached::Closed,
        Ok(Err(_)) | Err(_) => Reached::Silent,
    }
}

/// Whether TWS's API answers there. No API session is begun.
async fn shakes_hands(mut socket: TcpStream) -> bool {
    let asked = async {
        socket.write_all(b"API\0\0\0\0\x09v100..226").await?;
        let mut length = [0; 4];
        socket.read_exact(&mut length).await?;
        Ok::<_, std::io::Error>(u32::from_be_bytes(length) > 0)
    };
    matches!(timeout(HANDSHAKE_WITHIN, asked).await, Ok(Ok(true)))
}

enum Verdict {
    Taken(String),
    Refused(String),
    Neither(String),
}

impl Verdict {
    fn text(&self) -> &str {
        match self {
            Self::Taken(text) | Self::Refused(text) | Self::Neither(text) => text,
        }
    }
}

/// The first line that begins with `OK` or `ERROR`, past whatever greets before it.
async fn verdict(port: &mut TcpStream) -> std::io::Result<Verdict> {
    let mut port = port.take(ANSWER_AT_MOST);
    let mut bytes = Vec::new();
    loop {
        let read = port.read_buf(&mut bytes).await?;
        let text = String::from_utf8_lossy(&bytes);
        let ended = read == 0;
        let whole = if ended {
            text.as_ref()
        } else {
            text.rfind('\n').map_or("", |end| &text[..end])
        };
        for line in whole.lines().map(str::trim) {
            if line == "OK" || line.starts_with("OK ") {
                return Ok(Verdict::Taken(line.to_owned()));
            }
            if line == "ERROR" || line.starts_with("ERROR ") {
                return Ok(Verdict::Refused(line.to_owned()));
            }
        }
        if ended {
            return Ok(Verdict::Neither(clean(&text)));
        }
    }
}

fn unreachable(address: &str, said: &str) -> DoorError {
    DoorError::new(
        ErrorClass::Unreachable,
        said,
        format!("IBC's command port at {address} cannot be reached"),
    )
    .next("Set CommandServerPort in IBC's config.ini, or quit TWS or IB Gateway by hand.")
}
