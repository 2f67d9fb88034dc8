//! Connections: TLS, HTTP/1.1, and the ways in which a gateway can fail to answer. What is answered
//! is decided elsewhere; nothing that a client sends may bring the server down.

use std::{convert::Infallible, future::pending, sync::Arc, time::Duration};

use http_body_util::{BodyExt, Limited};
use hyper::{
    Response, StatusCode,
    body::Incoming,
    header::{CONTENT_TYPE, COOKIE, DATE, HeaderMap, HeaderValue, LOCATION, SET_COOKIE},
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

use super::{
    answer::Answer,
    body::{Manner, Reply},
    call::{Call, Request, Unroutable, query},
    portal::Portal,
};
use crate::faults::{FaultKind, Front};

/// The most that a request's body may hold.
const BODY: usize = 1024 * 1024;

/// How long a client may take to greet, and to send the head of a request.
const GREETING: Duration = Duration::from_secs(30);

/// How many connections are served at a time; further ones wait.
const CONNECTIONS: usize = 512;

const SESSION_COOKIE: &str = "x-sess-uuid";

/// Accepts connections until it is dropped, and drops them all with it.
pub(super) async fn accept(listener: TcpListener, tls: TlsAcceptor, portal: Arc<Portal>) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let mut connections = JoinSet::new();
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else {
            return;
        };
        while let Some(ended) = connections.try_join_next() {
            if let Err(error) = ended {
                tracing::error!(%error, "client portal: a connection failed in the server");
            }
        }
        match listener.accept().await {
            Ok((stream, _)) => {
                let (tls, portal) = (tls.clone(), Arc::clone(&portal));
                connections.spawn(connection(stream, tls, portal, place));
            }
            // out of file descriptors, most likely: it passes
            Err(error) => {
                tracing::debug!(%error, "client portal: accept failed");
                sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

async fn connection(
    stream: TcpStream,
    tls: TlsAcceptor,
    portal: Arc<Portal>,
    place: OwnedSemaphorePermit,
) {
    if portal.bites(FaultKind::HalfOpen) {
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
        let portal = Arc::clone(&portal);
        async move { Ok::<_, Infallible>(exchange(&portal, request).await) }
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(GREETING)
        .auto_date_header(false)
        .serve_connection(TokioIo::new(stream), service)
        .await;
    if let Err(error) = served {
        tracing::debug!(%error, "client portal: connection ended");
    }
}

/// One request and its answer, or none.
async fn exchange(portal: &Portal, request: hyper::Request<Incoming>) -> Response<Reply> {
    let (head, body) = request.into_parts();
    portal.asked(head.method.as_str(), head.uri.path());
    let body = Limited::new(body, BODY).collect().await;
    if portal.bites(FaultKind::Hang) || portal.bites(FaultKind::HalfOpen) {
        return pending().await;
    }
    let answer = if portal.bites(FaultKind::Redirect) {
        Answer::redirect()
    } else if portal.bites(FaultKind::HtmlPage) {
        Answer::html_page()
    } else {
        match (Call::of(&head.method, &head.uri), body) {
            (Ok(call), Ok(body)) => portal.answer(&Request {
                call,
                query: query(&head.uri),
                body: body.to_bytes().to_vec(),
            }),
            (Ok(_), Err(_)) => Answer::error(StatusCode::PAYLOAD_TOO_LARGE, "Payload too large"),
            (Err(Unroutable::Method), _) => {
                Answer::error(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed")
            }
            (Err(Unroutable::NotFound), _) => {
                Answer::error(StatusCode::NOT_FOUND, "Resource not found")
            }
        }
    };
    respond(portal, &head.headers, answer)
}

fn respond(portal: &Portal, asked: &HeaderMap, answer: Answer) -> Response<Reply> {
    let mut response = Response::new(Reply::new(answer.body, manner(portal)));
    *response.status_mut() = answer.status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(answer.content_type));
    if let Ok(date) = HeaderValue::from_str(&portal.date()) {
        headers.insert(DATE, date);
    }
    if let Some(location) = answer.location {
        headers.insert(LOCATION, HeaderValue::from_static(location));
    }
    if let Some(secret) = portal.secret()
        && !has_cookie(asked)
        && let Ok(cookie) = HeaderValue::from_str(&format!(
            "{SESSION_COOKIE}={secret}; Path=/; Secure; HttpOnly"
        ))
    {
        headers.insert(SET_COOKIE, cookie);
    }
    response
}

fn manner(portal: &Portal) -> Manner {
    if portal.bites(FaultKind::TruncatedFrame) {
        Manner::Broken
    } else if portal.bites(FaultKind::OversizedFrame) {
        Manner::OVERSIZED
    } else if let Some(bite) = portal.bite(FaultKind::SlowDrip) {
        Manner::Drip(bite.duration("every", Duration::from_millis(200)))
    } else {
        Manner::Whole
    }
}

fn has_cookie(headers: &HeaderMap) -> bool {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.split_once('='))
        .any(|(name, _)| name.trim() == SESSION_COOKIE)
}

impl Portal {
    fn bites(&self, kind: FaultKind) -> bool {
        self.bite(kind).is_some()
    }

    fn asked(&self, method: &str, path: &str) {
        let what: String = format!("{method} {path}").chars().take(200).collect();
        self.world
            .request(Front::ClientPortal, &self.account, &what);
    }

    fn date(&self) -> String {
        let now = self.world.clock(Front::ClientPortal, &self.account);
        jiff::fmt::rfc2822::DateTimePrinter::new()
            .timestamp_to_rfc9110_string(&now)
            .unwrap_or_default()
    }
}
