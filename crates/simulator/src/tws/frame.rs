//! Framing and the handshake's text. Bytes from a client are hostile until parsed: nothing here
//! allocates what a length only claims, and nothing panics.

use std::io;

use prost::Message;
use tokio::io::{AsyncRead, AsyncReadExt};

/// The largest body of a frame that either side accepts.
pub(super) const MAX_BODY: usize = 0x00ff_ffff;
/// The oldest server version that speaks only protobuf.
pub(super) const OLDEST: i32 = 213;
/// The newest server version that is simulated.
pub(super) const NEWEST: i32 = 226;

/// What a client sends first of all.
const PREFIX: &[u8] = b"API\0";
/// The largest text of versions and options in a handshake.
const MAX_HELLO: usize = 4096;
/// What is added to a message's id when its payload is protobuf.
const PROTOBUF: i32 = 200;

/// Why nothing more can be read from a client.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unreadable {
    /// The connection broke.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The frame is longer than anything sensible, or too short for a message id.
    #[error("a frame of {0} bytes")]
    Length(usize),
    /// Not this protocol's handshake.
    #[error("not a handshake")]
    Hello,
}

/// Reads frames. Every method may be dropped half-way and called again: what was read is kept.
pub(super) struct FrameReader<R> {
    from: R,
    buffer: Vec<u8>,
}

impl<R: AsyncRead + Unpin> FrameReader<R> {
    pub(super) fn new(from: R) -> Self {
        Self {
            from,
            buffer: Vec::new(),
        }
    }

    /// The client's lowest and highest version; `None` when it went without a word.
    pub(super) async fn hello(&mut self) -> Result<Option<(i32, i32)>, Unreadable> {
        while self.buffer.len() < PREFIX.len() + 4 {
            let sent = self.buffer.len().min(PREFIX.len());
            if self.buffer[..sent] != PREFIX[..sent] {
                return Err(Unreadable::Hello);
            }
            if !self.fill().await? {
                return Ok(None);
            }
        }
        if !self.buffer.starts_with(PREFIX) {
            return Err(Unreadable::Hello);
        }
        self.buffer.drain(..PREFIX.len());
        let Some(body) = self.body(MAX_HELLO).await? else {
            return Ok(None);
        };
        versions(&body).map(Some).ok_or(Unreadable::Hello)
    }

    /// The next message; `None` when the client closed the connection between two.
    pub(super) async fn next(&mut self) -> Result<Option<Incoming>, Unreadable> {
        let Some(body) = self.body(MAX_BODY).await? else {
            return Ok(None);
        };
        let Some((id, payload)) = body.split_first_chunk::<4>() else {
            return Err(Unreadable::Length(body.len()));
        };
        let id = i32::from_be_bytes(*id);
        Ok(Some(if id > PROTOBUF {
            Incoming::Protobuf(id - PROTOBUF, payload.to_vec())
        } else {
            Incoming::Text(id)
        }))
    }

    async fn body(&mut self, most: usize) -> Result<Option<Vec<u8>>, Unreadable> {
        loop {
            if let Some((length, rest)) = self.buffer.split_first_chunk::<4>() {
                let length = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
                if length > most {
                    return Err(Unreadable::Length(length));
                }
                if let Some(body) = rest.get(..length) {
                    let body = body.to_vec();
                    self.buffer.drain(..4 + length);
                    return Ok(Some(body));
                }
            }
            if !self.fill().await? {
                return Ok(None);
            }
        }
    }

    /// `false` at the end between two frames; an end inside one is an error.
    async fn fill(&mut self) -> Result<bool, Unreadable> {
        if self.from.read_buf(&mut self.buffer).await? > 0 {
            return Ok(true);
        }
        if self.buffer.is_empty() {
            Ok(false)
        } else {
            Err(io::Error::from(io::ErrorKind::UnexpectedEof).into())
        }
    }
}

/// A message of a client.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Incoming {
    /// Its id and its protobuf payload.
    Protobuf(i32, Vec<u8>),
    /// Its id; text is not served at the versions that are negotiated here.
    Text(i32),
}

/// The lowest and highest version of `v213..226 options`, or of `v213`.
fn versions(text: &[u8]) -> Option<(i32, i32)> {
    let text = std::str::from_utf8(text).ok()?;
    let versions = text.split([' ', '\0']).next()?.strip_prefix('v')?;
    let (lowest, highest) = versions.split_once("..").unwrap_or((versions, versions));
    Some((lowest.parse().ok()?, highest.parse().ok()?))
}

/// The version that both sides speak, if there is one.
pub(super) fn negotiate((lowest, highest): (i32, i32)) -> Option<i32> {
    let version = highest.min(NEWEST);
    (version >= OLDEST && version >= lowest).then_some(version)
}

/// Frames for a client, in order.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Frames {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Frames {
    /// The server's half of the handshake: its version and its time, as text.
    pub(super) fn welcome(version: i32, time: &str) -> Self {
        let mut frames = Self::default();
        frames.push_body(format!("{version}\0{time}\0").as_bytes());
        frames
    }

    /// Adds a message.
    pub(super) fn push(&mut self, id: i32, message: &impl Message) {
        let mut body = (id + PROTOBUF).to_be_bytes().to_vec();
        body.extend(message.encode_to_vec());
        self.push_body(&body);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What there is up to the middle, never ending where a frame ends.
    pub(super) fn broken_off(&self) -> &[u8] {
        let middle = self.bytes.len() / 2;
        let middle = if self.ends.contains(&middle) {
            middle.saturating_sub(3)
        } else {
            middle
        };
        &self.bytes[..middle]
    }

    fn push_body(&mut self, body: &[u8]) {
        let length = u32::try_from(body.len()).unwrap_or(u32::MAX);
        self.bytes.extend(length.to_be_bytes());
        self.bytes.extend_from_slice(body);
        self.ends.push(self.bytes.len());
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::tws::message::Number;

    fn reader(bytes: &[u8]) -> FrameReader<&[u8]> {
        FrameReader::new(bytes)
    }

    fn hello_of(text: &str) -> Vec<u8> {
        let mut bytes = PREFIX.to_vec();
        bytes.extend(u32::try_from(text.len()).unwrap().to_be_bytes());
        bytes.extend(text.as_bytes());
        bytes
    }

    #[tokio::test]
    async fn versions_are_negotiated_down_to_the_newer_of_the_older_side() {
        for (text, version) in [
            ("v213..226", Some(226)),
            ("v100..225 +PACEAPI", Some(225)),
            ("v213..999", Some(226)),
            ("v213", Some(213)),
            ("v100..178", None),
            ("v227..300", None),
        ] {
            let hello = reader(&hello_of(text)).hello().await.unwrap().unwrap();
            assert_eq!(negotiate(hello), version, "{text}");
        }
    }

    #[tokio::test]
    async fn what_is_no_handshake_is_refused_at_once() {
        for bytes in [
            b"GET / HTTP/1.1\r\n\r\n".to_vec(),
            hello_of("213..226"),
            hello_of("v..226"),
            hello_of(&"v".repeat(MAX_HELLO + 1)),
        ] {
            assert!(reader(&bytes).hello().await.is_err(), "{bytes:?}");
        }
        assert!(reader(b"").hello().await.unwrap().is_none());
    }

    #[tokio::test]
    async fn a_message_survives_any_cut_of_its_bytes() {
        let mut frames = Frames::default();
        frames.push(49, &Number { value: Some(7) });
        frames.push(53, &Number { value: None });
        for cut in 0..=frames.bytes().len() {
            let (first, second) = frames.bytes().split_at(cut);
            let mut reader = FrameReader::new(first.chain(second));
            let Some(Incoming::Protobuf(49, payload)) = reader.next().await.unwrap() else {
                panic!("cut at {cut}");
            };
            assert_eq!(Number::decode(&*payload).unwrap().value, Some(7));
            assert_eq!(
                reader.next().await.unwrap(),
                Some(Incoming::Protobuf(53, Vec::new()))
            );
            assert_eq!(reader.next().await.unwrap(), None);
        }
    }

    #[test]
    fn what_is_broken_off_never_ends_where_a_frame_ends() {
        for count in 1..9 {
            let mut frames = Frames::default();
            for value in 0..count {
                frames.push(49, &Number { value: Some(value) });
            }
            let part = frames.broken_off().len();
            assert!(part > 0 && part < frames.bytes().len());
            assert!(!frames.ends.contains(&part), "{count}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_to_an_end_without_a_panic(
            bytes in prop::collection::vec(any::<u8>(), 0..200),
        ) {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            runtime.block_on(async {
                let mut hello = reader(&bytes);
                let _ = hello.hello().await;
                let mut messages = reader(&bytes);
                while let Ok(Some(_)) = messages.next().await {}
            });
        }
    }
}
