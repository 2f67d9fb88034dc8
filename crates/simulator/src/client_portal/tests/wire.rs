//! The gateway over its real wire: TLS with a pinned certificate, HTTP, and answers that go wrong
//! on the way.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use rustls::{
    ClientConfig, DigitallySignedStruct, Error, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime},
};
use sha2::{Digest, Sha256};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::timeout,
};
use tokio_rustls::{TlsConnector, client::TlsStream};

use super::{seed, user, world};
use crate::{
    client_portal::{Gateway, ServeError, serve},
    world::{AccountId, World},
};

/// Longer than any answer that comes takes to come.
const COMES: Duration = Duration::from_secs(20);

struct Wire {
    world: World,
    account: AccountId,
    gateway: Gateway,
}

impl Wire {
    async fn new(faults: &[&str]) -> Self {
        let world = world();
        let account = seed(&world, 5);
        for fault in faults {
            world.inject(fault.parse().unwrap());
        }
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let served = serve(world.clone(), account.clone(), user("web"), listener);
        Self {
            world,
            account,
            gateway: served.unwrap(),
        }
    }

    async fn connect(&self) -> TlsStream<TcpStream> {
        connect(self.gateway.address(), self.gateway.pin())
            .await
            .unwrap()
    }

    /// Everything that comes back for one request until the connection closes, and whether it
    /// closed as it should.
    async fn exchange(&self, request: &str) -> (String, bool) {
        let mut stream = self.connect().await;
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut bytes = Vec::new();
        let read = timeout(COMES, stream.read_to_end(&mut bytes))
            .await
            .unwrap();
        (String::from_utf8_lossy(&bytes).into_owned(), read.is_ok())
    }

    async fn get(&self, path: &str) -> String {
        self.exchange(&get(path)).await.0
    }
}

fn get(path: &str) -> String {
    format!("GET /v1/api{path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
}

fn header<'a>(answer: &'a str, name: &str) -> Option<&'a str> {
    let (head, _) = answer.split_once("\r\n\r\n")?;
    head.lines().find_map(|line| {
        let (key, value) = line.split_once(": ")?;
        key.eq_ignore_ascii_case(name).then_some(value)
    })
}

fn content(answer: &str) -> &str {
    answer
        .split_once("\r\n\r\n")
        .map_or("", |(_, content)| content)
}

async fn connect(address: SocketAddr, pin: &str) -> std::io::Result<TlsStream<TcpStream>> {
    let provider = Arc::new(ring::default_provider());
    let verifier = Pinned {
        pin: pin.to_owned(),
        provider: Arc::clone(&provider),
    };
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    let stream = TcpStream::connect(address).await?;
    let name = ServerName::try_from("localhost").unwrap();
    TlsConnector::from(Arc::new(config))
        .connect(name, stream)
        .await
}

#[derive(Debug)]
struct Pinned {
    pin: String,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if hex::encode(Sha256::digest(certificate)) == self.pin {
            Ok(ServerCertVerified::assertion())
        } else {
            Err(Error::General("not the pinned certificate".to_owned()))
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

#[tokio::test]
async fn an_answer_has_its_type_its_date_and_the_session_cookie() {
    let wire = Wire::new(&[]).await;
    let answer = wire.get("/iserver/accounts").await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert_eq!(
        header(&answer, "content-type"),
        Some("application/json;charset=utf-8")
    );
    let date = header(&answer, "date").unwrap();
    assert!(
        date.starts_with("Mon, 02 Mar 2026 14:30:") && date.ends_with(" GMT"),
        "{date}"
    );
    let cookie = header(&answer, "set-cookie").unwrap();
    let secret = wire.gateway.secret().unwrap();
    assert!(
        cookie.starts_with(&format!("x-sess-uuid={secret};")),
        "{cookie}"
    );
    let length = header(&answer, "content-length").unwrap();
    assert_eq!(length, content(&answer).len().to_string());
    assert!(content(&answer).contains(&wire.account.0));
    let again =
        get("/iserver/accounts").replace("\r\n\r\n", "\r\nCookie: a=b; x-sess-uuid=c\r\n\r\n");
    let (answer, _) = wire.exchange(&again).await;
    assert_eq!(header(&answer, "set-cookie"), None);
    assert!(wire.gateway.url().starts_with("https://127.0.0.1:"));
}

#[tokio::test]
async fn another_certificate_than_the_pinned_one_is_not_talked_to() {
    let (one, other) = (Wire::new(&[]).await, Wire::new(&[]).await);
    assert_ne!(one.gateway.pin(), other.gateway.pin());
    assert!(
        connect(one.gateway.address(), other.gateway.pin())
            .await
            .is_err()
    );
}

#[tokio::test]
async fn it_listens_on_loopback_alone() {
    let world = world();
    let account = seed(&world, 1);
    let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
    let served = serve(world, account, user("web"), listener);
    assert!(matches!(served, Err(ServeError::NotLoopback(_))));
}

#[tokio::test]
async fn a_dropped_gateway_takes_its_connections_with_it() {
    let wire = Wire::new(&[]).await;
    let address = wire.gateway.address();
    let mut idle = wire.connect().await;
    drop(wire.gateway);
    let mut rest = Vec::new();
    let end = timeout(COMES, idle.read_to_end(&mut rest)).await.unwrap();
    assert!(rest.is_empty(), "{end:?}");
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn every_request_is_in_the_truth_without_its_query() {
    let wire = Wire::new(&[]).await;
    wire.get("/iserver/account/orders?force=true").await;
    wire.get("/nowhere").await;
    let truth = serde_json::to_string(&wire.world.truth_so_far()).unwrap();
    assert!(
        truth.contains("GET /v1/api/iserver/account/orders\""),
        "{truth}"
    );
    assert!(truth.contains("GET /v1/api/nowhere\""));
    assert!(!truth.contains(&wire.gateway.secret().unwrap()));
}

#[tokio::test]
async fn what_is_not_there_and_what_is_not_allowed_are_told_apart() {
    let wire = Wire::new(&[]).await;
    assert!(wire.get("/nowhere").await.starts_with("HTTP/1.1 404"));
    assert!(wire.get("/logout").await.starts_with("HTTP/1.1 405"));
    let endless = format!(
        "POST /v1/api/iserver/auth/ssodh/init HTTP/1.1\r\nHost: localhost\r\n\
         Connection: close\r\nContent-Length: {}\r\n\r\n{}",
        2 * 1024 * 1024,
        " ".repeat(2 * 1024 * 1024),
    );
    let mut stream = wire.connect().await;
    // the server may answer and close before all of it was sent
    let _ = stream.write_all(endless.as_bytes()).await;
    let mut head = [0; 12];
    timeout(COMES, stream.read_exact(&mut head))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(&head, b"HTTP/1.1 413");
}

#[tokio::test]
async fn a_redirect_and_a_page_are_no_json() {
    let wire = Wire::new(&["redirect@0ms..1m"]).await;
    let answer = wire.get("/tickle").await;
    assert!(answer.starts_with("HTTP/1.1 302"), "{answer}");
    assert!(
        header(&answer, "location")
            .unwrap()
            .starts_with("https://login.elsewhere.invalid/")
    );
    wire.world.faults().clear();
    wire.world.inject("html-page".parse().unwrap());
    let answer = wire.get("/tickle").await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert_eq!(
        header(&answer, "content-type"),
        Some("text/html;charset=utf-8")
    );
    assert!(content(&answer).starts_with("<!DOCTYPE html>"));
}

#[tokio::test]
async fn a_cut_answer_claims_more_than_it_brings() {
    let wire = Wire::new(&["client-portal/truncated-frame"]).await;
    let (answer, closed_well) = wire.exchange(&get("/iserver/accounts")).await;
    let claimed: usize = header(&answer, "content-length").unwrap().parse().unwrap();
    assert_eq!(content(&answer).len(), claimed / 2);
    assert!(!closed_well);
}

#[tokio::test]
async fn an_oversized_answer_does_not_end_where_anybody_would_read_to() {
    let wire = Wire::new(&["client-portal/oversized-frame"]).await;
    let mut stream = wire.connect().await;
    stream.write_all(get("/tickle").as_bytes()).await.unwrap();
    let (mut read, mut buffer) = (0, vec![0; 256 * 1024]);
    while read < 8 * 1024 * 1024 {
        let size = timeout(COMES, stream.read(&mut buffer))
            .await
            .unwrap()
            .unwrap();
        assert_ne!(size, 0, "it ended after {read} bytes");
        read += size;
    }
}

#[tokio::test]
async fn a_dripping_answer_comes_a_byte_at_a_time_and_whole() {
    let wire = Wire::new(&["client-portal/slow-drip:every=1ms"]).await;
    let mut stream = wire.connect().await;
    stream
        .write_all(get("/fyi/unreadnumber").as_bytes())
        .await
        .unwrap();
    let (mut answer, mut pieces, mut buffer) = (Vec::new(), 0, [0; 4096]);
    loop {
        let size = timeout(COMES, stream.read(&mut buffer))
            .await
            .unwrap()
            .unwrap();
        if size == 0 {
            break;
        }
        pieces += 1;
        answer.extend_from_slice(&buffer[..size]);
    }
    let answer = String::from_utf8(answer).unwrap();
    assert!(content(&answer).starts_with("{\"BN\":"), "{answer}");
    assert!(content(&answer).ends_with('}'));
    assert!(pieces > content(&answer).len() / 2, "{pieces} pieces");
}

#[tokio::test]
async fn a_hung_gateway_reads_and_never_answers() {
    let wire = Wire::new(&["client-portal/hang"]).await;
    let mut stream = wire.connect().await;
    let cancel = format!(
        "DELETE /v1/api/iserver/account/{}/order/-1 HTTP/1.1\r\nHost: localhost\r\n\r\n",
        wire.account
    );
    stream.write_all(cancel.as_bytes()).await.unwrap();
    let answered = timeout(Duration::from_millis(300), stream.read_u8()).await;
    assert!(answered.is_err(), "{answered:?}");
    let truth = serde_json::to_string(&wire.world.truth_so_far()).unwrap();
    assert!(truth.contains("order/-1"));
    assert_eq!(wire.world.truth_summary()["ann"].open_orders, 5);
}

#[tokio::test]
async fn a_half_open_gateway_accepts_and_is_mute() {
    let wire = Wire::new(&["client-portal/half-open"]).await;
    let address = wire.gateway.address();
    let greeting = connect(address, wire.gateway.pin());
    assert!(timeout(Duration::from_millis(300), greeting).await.is_err());
}

#[tokio::test]
async fn a_skewed_clock_shows_in_the_date() {
    let wire = Wire::new(&["client-portal/clock-skew:by=10m"]).await;
    let answer = wire.get("/tickle").await;
    let date = header(&answer, "date").unwrap();
    assert!(date.starts_with("Mon, 02 Mar 2026 14:40:"), "{date}");
}

#[tokio::test]
async fn garbage_is_turned_away_and_the_next_client_is_served() {
    let wire = Wire::new(&[]).await;
    for bytes in garbage() {
        let mut plain = TcpStream::connect(wire.gateway.address()).await.unwrap();
        // whether it is still read is the server's business
        let _ = plain.write_all(&bytes).await;
        let mut stream = wire.connect().await;
        let _ = stream.write_all(&bytes).await;
        let _ = stream.shutdown().await;
        let mut rest = Vec::new();
        let end = timeout(COMES, stream.read_to_end(&mut rest)).await;
        assert!(end.is_ok(), "left hanging by {bytes:?}");
    }
    let answer = wire.get("/fyi/unreadnumber").await;
    assert!(!answer.is_empty());
}

/// Bytes that are no request, and requests that are nearly right.
fn garbage() -> Vec<Vec<u8>> {
    use rand::{RngExt, SeedableRng, rngs::StdRng};
    let mut random = StdRng::seed_from_u64(11);
    let mut garbage: Vec<Vec<u8>> = [
        "GET  HTTP/1.1\r\n\r\n",
        "DELETE /v1/api/iserver/account/%00/order/99999999999999999999 HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /v1/api/portfolio/x/positions/18446744073709551615 HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /v1/api/iserver/account/orders?filters=%ff%fe&force=%&&&= HTTP/1.1\r\nHost: x\r\n\r\n",
        "POST /v1/api/iserver/auth/ssodh/init HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n{{{{",
        "POST /v1/api/iserver/reply/%2e%2e HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ]
    .map(|text| text.as_bytes().to_vec())
    .into();
    for _ in 0..60 {
        let size = random.random_range(0..2000);
        garbage.push((0..size).map(|_| random.random()).collect());
    }
    garbage
}

#[tokio::test]
async fn while_the_network_is_down_the_gateway_closes_every_connection_without_an_answer() {
    let wire = Wire::new(&[]).await;
    let mut before = wire.connect().await;
    let down = wire
        .world
        .inject("client-portal/unreachable".parse().unwrap());
    let refused = connect(wire.gateway.address(), wire.gateway.pin());
    assert!(timeout(COMES, refused).await.unwrap().is_err());
    let asked = before.write_all(get("/fyi/unreadnumber").as_bytes()).await;
    let mut rest = Vec::new();
    let ended = timeout(COMES, before.read_to_end(&mut rest)).await.unwrap();
    assert!(asked.is_err() || ended.is_err() || rest.is_empty());
    assert!(rest.is_empty());
    wire.world.faults().switch_off(down);
    assert!(!wire.get("/fyi/unreadnumber").await.is_empty());
}
