//! The wire by its bytes: what no well-behaved client sends.

use ibapi::Error;
use proptest::{prelude::*, test_runner::TestRunner};
use simulator::world::{By, TwsSettings};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use crate::gateway::{Gateway, PATIENCE};

/// A client that knows frames and nothing else.
struct Raw(TcpStream);

impl Raw {
    async fn connect(gateway: &Gateway) -> Self {
        Self(TcpStream::connect(gateway.address).await.unwrap())
    }

    /// Shakes hands; the server's version.
    async fn hello(gateway: &Gateway, versions: &str) -> Option<(Self, i32)> {
        let mut raw = Self::connect(gateway).await;
        raw.0.write_all(b"API\0").await.unwrap();
        raw.frame(versions.as_bytes()).await;
        let welcome = raw.next().await?;
        let text = String::from_utf8(welcome).unwrap();
        let mut fields = text.split('\0');
        let version = fields.next().unwrap().parse().unwrap();
        assert!(fields.next().unwrap().ends_with("UTC"), "{text}");
        Some((raw, version))
    }

    /// Shakes hands and starts the API; past all that is said then.
    async fn started(gateway: &Gateway, versions: &str, client: u8) -> Self {
        let (mut raw, _) = Self::hello(gateway, versions).await.unwrap();
        raw.ask(71, &[0x08, client]).await;
        for id in [15, 9, 4, 4, 4] {
            assert_eq!(raw.answer().await.unwrap().0, id);
        }
        raw
    }

    async fn ask(&mut self, id: i32, payload: &[u8]) {
        let mut body = (id + 200).to_be_bytes().to_vec();
        body.extend(payload);
        self.frame(&body).await;
    }

    async fn frame(&mut self, body: &[u8]) {
        let mut bytes = u32::try_from(body.len()).unwrap().to_be_bytes().to_vec();
        bytes.extend(body);
        // a server that let this client go is no failure of the test
        let _ = self.0.write_all(&bytes).await;
    }

    async fn answer(&mut self) -> Option<(i32, Vec<u8>)> {
        let body = self.next().await?;
        let (id, payload) = body.split_first_chunk::<4>().unwrap();
        Some((i32::from_be_bytes(*id) - 200, payload.to_vec()))
    }

    /// The code of the next error, and whether there is one before the end.
    async fn error(&mut self) -> Option<u64> {
        while let Some((id, payload)) = self.answer().await {
            if id == 4 {
                return field(&payload, 3);
            }
        }
        None
    }

    async fn next(&mut self) -> Option<Vec<u8>> {
        let reading = async {
            let length = self.0.read_u32().await.ok()?;
            let mut body = vec![0; usize::try_from(length).unwrap()];
            self.0.read_exact(&mut body).await.ok()?;
            Some(body)
        };
        timeout(PATIENCE, reading).await.unwrap()
    }
}

/// A number in a protobuf message that holds numbers and text.
fn field(mut message: &[u8], wanted: u64) -> Option<u64> {
    while !message.is_empty() {
        let key = varint(&mut message);
        let value = varint(&mut message);
        match key & 7 {
            0 if key >> 3 == wanted => return Some(value),
            0 => {}
            2 => message = &message[usize::try_from(value).unwrap()..],
            other => panic!("wire type {other}"),
        }
    }
    None
}

fn varint(from: &mut &[u8]) -> u64 {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = from.split_first().unwrap();
        *from = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            break;
        }
    }
    value
}

#[tokio::test]
async fn a_client_that_is_too_old_is_let_go_and_an_older_one_gets_its_own_version() {
    let gateway = Gateway::empty().await;
    assert!(Raw::hello(&gateway, "v100..178").await.is_none());
    let (_, version) = Raw::hello(&gateway, "v100..225 +PACEAPI").await.unwrap();
    assert_eq!(version, 225);
    let mut old = Raw::started(&gateway, "v213..218", 1).await;
    old.ask(108, &[0x08, 5]).await;
    assert_eq!(old.error().await, Some(503));
    old.ask(109, &[0x08, 5]).await;
    assert_eq!(old.error().await, Some(503));
}

#[tokio::test]
async fn what_all_clients_together_send_too_fast_is_refused() {
    let gateway = Gateway::empty().await;
    let mut first = Raw::started(&gateway, "v213..226", 1).await;
    let mut second = Raw::started(&gateway, "v213..226", 2).await;
    for _ in 0..60 {
        first.ask(49, &[]).await;
        second.ask(49, &[]).await;
    }
    let mut refused = 0;
    for raw in [&mut first, &mut second] {
        for _ in 0..60 {
            let (id, payload) = raw.answer().await.unwrap();
            if id == 4 {
                assert_eq!(field(&payload, 3), Some(100));
                refused += 1;
            }
        }
    }
    // some places became free again while the messages were on their way
    assert!((10..=70).contains(&refused), "{refused}");
}

#[tokio::test]
async fn the_master_client_is_told_of_everybodys_orders_then_and_now() {
    let gateway = Gateway::empty().await;
    let change = |settings: &mut TwsSettings| settings.master_client_id = Some(9);
    gateway
        .world
        .change_tws_settings(&gateway.account, change)
        .unwrap();
    gateway.placed(&By::Client(1), 1);
    gateway.settled().await;
    let mut master = Raw::started(&gateway, "v213..226", 9).await;
    let mut other = Raw::started(&gateway, "v213..226", 8).await;
    for (id, order) in [(5, 1), (3, 1)] {
        let (told, payload) = master.answer().await.unwrap();
        assert_eq!((told, field(&payload, 1)), (id, Some(order)));
    }
    gateway.placed(&By::Client(2), 2);
    for (id, order) in [(5, 2), (3, 2)] {
        let (told, payload) = master.answer().await.unwrap();
        assert_eq!((told, field(&payload, 1)), (id, Some(order)));
    }
    other.ask(49, &[]).await;
    assert_eq!(other.answer().await.unwrap().0, 49, "it heard of no order");
}

#[tokio::test]
async fn what_cannot_be_understood_is_an_error_and_no_end() {
    let gateway = Gateway::empty().await;
    let mut raw = Raw::started(&gateway, "v213..226", 1).await;
    raw.ask(1, &[]).await;
    assert_eq!(raw.error().await, Some(320));
    raw.ask(3, &[0xff, 0xff]).await;
    assert_eq!(raw.error().await, Some(320));
    raw.frame(&49_i32.to_be_bytes()).await;
    assert_eq!(raw.error().await, Some(320));
    raw.ask(71, &[0x08, 2]).await;
    assert_eq!(raw.error().await, Some(501));
    raw.ask(15, &[]).await;
    assert_eq!(raw.error().await, Some(327));
    raw.ask(49, &[]).await;
    assert_eq!(raw.answer().await.unwrap().0, 49);
}

#[tokio::test]
async fn a_request_before_the_start_is_refused() {
    let gateway = Gateway::empty().await;
    let (mut raw, _) = Raw::hello(&gateway, "v213..226").await.unwrap();
    raw.ask(49, &[]).await;
    assert_eq!(raw.error().await, Some(504));
    raw.ask(71, &[0x08, 1]).await;
    assert_eq!(raw.answer().await.unwrap().0, 15);
}

#[tokio::test]
async fn a_length_beyond_sense_is_answered_and_ends_the_connection() {
    let gateway = Gateway::empty().await;
    let mut raw = Raw::started(&gateway, "v213..226", 1).await;
    raw.0
        .write_all(&0x7fff_ffff_u32.to_be_bytes())
        .await
        .unwrap();
    assert_eq!(raw.error().await, Some(507));
    assert!(raw.next().await.is_none());
    let mut raw = Raw::started(&gateway, "v213..226", 2).await;
    raw.frame(&[1, 2]).await;
    assert_eq!(raw.error().await, Some(507));
}

#[test]
fn no_bytes_of_a_client_harm_another() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let gateway = runtime.block_on(Gateway::seeded(&simulator::world::Seeding::default()));
    let message = (
        prop::sample::select(vec![
            3, 4, 5, 7, 15, 16, 49, 58, 61, 62, 71, 99, 108, 109, 1, -300,
        ]),
        prop::collection::vec(any::<u8>(), 0..40),
    );
    let conversation = (
        prop::collection::vec(message, 0..6),
        prop::collection::vec(any::<u8>(), 0..12),
        any::<bool>(),
    );
    let mut runner = TestRunner::new(ProptestConfig {
        cases: 120,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let talked = runner.run(&conversation, |(messages, tail, starts)| {
        runtime.block_on(async {
            let mut raw = if starts {
                Raw::hello(&gateway, "v213..226").await.unwrap().0
            } else {
                Raw::connect(&gateway).await
            };
            if starts {
                raw.ask(71, &[0x08, 99]).await;
            }
            for (id, payload) in messages {
                raw.ask(id, &payload).await;
            }
            let _ = raw.0.write_all(&tail).await;
            let _ = raw.0.shutdown().await;
            let mut rest = Vec::new();
            let _ = timeout(PATIENCE, raw.0.read_to_end(&mut rest))
                .await
                .unwrap();
        });
        Ok(())
    });
    talked.unwrap();
    runtime.block_on(async {
        let client = gateway.client(7_000).await;
        // what was sent before may have used up the rate
        let answered = async {
            while let Err(error) = client.server_time().await {
                assert!(
                    matches!(&error, Error::Notice(it) if it.code == 100),
                    "{error}"
                );
            }
        };
        timeout(PATIENCE, answered).await.unwrap();
    });
}
