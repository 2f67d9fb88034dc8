//! HTTPS on loopback: TLS, HTTP/1.1, and the ways in which a server can fail to answer. What is
//! answered is decided by a [`Handler`]; nothing that a client sends may bring a server down.
//!
//! It must never listen anywhere but on loopback.

mod body;
mod identity;

use std::{future::pending, io, sync::Arc, time::Duration};

use http_body_util::{BodyExt, Limited};
use hyper::{
    Response, Uri,
    body::Incoming,
    header::{CONTENT_TYPE, DATE, HeaderName, HeaderValue, LOCATION},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    task::JoinSet,
    time::{sleep, timeout},
};
use tokio_rustls::TlsAcceptor;

pub use hyper::{HeaderMap, Method, StatusCode};
pub use identity::{Authority, Identity};

use crate::{
    faults::{Bite, FaultKind, Front},
    world::{AccountId, World},
};
use body::{Manner, Reply};

/// The most that a request's body may hold.
const BODY: usize = 1024 * 1024;

/// How long a client may take to greet, and to send the head of a request.
const GREETING: Duration = Duration::from_secs(30);

/// How many connections are served at a time; further ones wait.
const CONNECTIONS: usize = 512;

/// A page for people, where a program expects something else.
const PAGE: &str = "<!DOCTYPE html><html><head><title>Login</title></head>\
    <body><h1>Please log in</h1><script>alert(1)</script></body></html>";
/// Somewhere else, which does not exist.
const ELSEWHERE: &str = "https://login.elsewhere.invalid/sso/Login?forwardTo=22";

/// Which front end of which account a server is.
#[derive(Clone)]
pub struct Site {
    /// The world behind it.
    pub world: World,
    /// The account behind it.
    pub account: AccountId,
    /// Which front end it is.
    pub front: Front,
}

impl Site {
    /// The fault of this kind that bites here now.
    pub fn bite(&self, kind: FaultKind) -> Option<Bite> {
        self.world.faults().on(self.front, &self.account, kind)
    }

    /// Whether a fault of this kind bites here now.
    pub fn bites(&self, kind: FaultKind) -> bool {
        self.bite(kind).is_some()
    }
}

/// What a client asked.
#[derive(Clone, Debug)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The path and the query, as they were sent.
    pub uri: Uri,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
}

/// What is answered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The type of the body.
    pub content_type: &'static str,
    /// Further headers.
    pub headers: Vec<(HeaderName, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// A JSON text with a status.
    pub fn json(status: StatusCode, body: Vec<u8>) -> Self {
        Self {
            status,
            content_type: "application/json;charset=utf-8",
            headers: Vec::new(),
            body,
        }
    }

    fn redirect() -> Self {
        Self {
            headers: vec![(LOCATION, ELSEWHERE.to_owned())],
            ..Self::html(StatusCode::FOUND, Vec::new())
        }
    }

    fn html(status: StatusCode, body: Vec<u8>) -> Self {
        Self {
            content_type: "text/html;charset=utf-8",
            ..Self::json(status, body)
        }
    }
}

/// A front end: decides what is answered, at once.
pub trait Handler: Send + Sync + 'static {
    /// Which front end it is.
    fn site(&self) -> &Site;

    /// The answer to a request. The request is counted and recorded already.
    fn answer(&self, request: Request) -> Answer;

    /// The answer to a request whose body is larger than anything sensible.
    fn too_large(&self) -> Answer {
        Answer::html(StatusCode::PAYLOAD_TOO_LARGE, Vec::new())
    }
}

/// Accepts connections until it is dropped, and drops them all with it.
pub async fn accept(listener: TcpListener, tls: TlsAcceptor, handler: Arc<dyn Handler>) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let mut connections = JoinSet::new();
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else {
            return;
        };
        while let Some(ended) = connections.try_join_next() {
            if let Err(error) = ended {
                tracing::error!(%error, "https: a connection failed in the server");
            }
        }
        match listener.accept().await {
            Ok((stream, _)) => {
                let (tls, handler) = (tls.clone(), Arc::clone(&handler));
                connections.spawn(connection(stream, tls, handler, place));
            }
            // out of file descriptors, most likely: it passes
            Err(error) => {
                tracing::debug!(%error, "https: accept failed");
                sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

async fn connection(
    stream: TcpStream,
    tls: TlsAcceptor,
    handler: Arc<dyn Handler>,
    place: OwnedSemaphorePermit,
) {
    if handler.site().bites(FaultKind::Unreachable) {
        return;
    }
    if handler.site().bites(FaultKind::HalfOpen) {
        // the stream is held and never read, and must not stand in the way when the fault is over
        drop(place);
        return pending().await;
    }
    // answers are small: waiting to fill a packet only delays them
    let _ = stream.set_nodelay(true);
    let Ok(Ok(stream)) = timeout(GREETING, tls.accept(stream)).await else {
        return;
    };
    let service = service_fn(move |request| {
        let handler = Arc::clone(&handler);
        async move {
            if handler.site().bites(FaultKind::Unreachable) {
                // hyper closes the connection without an answer
                return Err(io::Error::from(io::ErrorKind::ConnectionReset));
            }
            Ok(exchange(&*handler, request).await)
        }
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(GREETING)
        .auto_date_header(false)
        .serve_connection(TokioIo::new(stream), service)
        .await;
    if let Err(error) = served {
        tracing::debug!(%error, "https: connection ended");
    }
}

/// One request and its answer, or none.
async fn exchange(handler: &dyn Handler, request: hyper::Request<Incoming>) -> Response<Reply> {
    let (head, body) = request.into_parts();
    let site = handler.site();
    let what = format!("{} {}", head.method, head.uri.path());
    let what: String = what.chars().take(200).collect();
    site.world.request(site.front, &site.account, &what);
    let body = Limited::new(body, BODY).collect().await;
    if site.bites(FaultKind::Hang) || site.bites(FaultKind::HalfOpen) {
        return pending().await;
    }
    let answer = if site.bites(FaultKind::Redirect) {
        Answer::redirect()
    } else if site.bites(FaultKind::HtmlPage) {
        Answer::html(StatusCode::OK, PAGE.as_bytes().to_vec())
    } else {
        match body {
            Ok(body) => handler.answer(Request {
                method: head.method,
                uri: head.uri,
                headers: head.headers,
                body: body.to_bytes().to_vec(),
            }),
            Err(_) => handler.too_large(),
        }
    };
    respond(site, answer)
}

fn respond(site: &Site, answer: Answer) -> Response<Reply> {
    let mut response = Response::new(Reply::new(answer.body, manner(site)));
    *response.status_mut() = answer.status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(answer.content_type));
    if let Ok(date) = HeaderValue::from_str(&date(site)) {
        headers.insert(DATE, date);
    }
    for (name, value) in answer.headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.append(name, value);
        }
    }
    response
}

fn manner(site: &Site) -> Manner {
    if site.bites(FaultKind::TruncatedFrame) {
        Manner::Broken
    } else if site.bites(FaultKind::OversizedFrame) {
        Manner::OVERSIZED
    } else if let Some(bite) = site.bite(FaultKind::SlowDrip) {
        Manner::Drip(bite.duration("every", Duration::from_millis(200)))
    } else {
        Manner::Whole
    }
}

fn date(site: &Site) -> String {
    let now = site.world.clock(site.front, &site.account);
    jiff::fmt::rfc2822::DateTimePrinter::new()
        .timestamp_to_rfc9110_string(&now)
        .unwrap_or_default()
}
