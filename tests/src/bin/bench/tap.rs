//! A wire tap before a simulated TWS: passes bytes on unchanged, and notes when each cancel came in.
//!
//! Threads of its own, so that what it times is the arrival and not the simulator's own work.

use std::{
    io::{self, Read as _, Write as _},
    net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

/// `reqGlobalCancel` and `cancelOrder` on the TWS wire, in their text numbers; the protobuf ones
/// are 200 higher.
const CANCELS: [u32; 4] = [4, 58, 204, 258];

/// How long a client has to read the first cancel out of a benchmark before it has failed.
const CANCEL_WITHIN: Duration = Duration::from_secs(30);

/// A listening tap. Its threads end with their connections.
pub(crate) struct Tap {
    address: SocketAddr,
    cancels: mpsc::Receiver<Instant>,
}

impl Tap {
    /// A tap on loopback before `venue`.
    pub(crate) fn before(venue: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let (note, cancels) = mpsc::channel();
        thread::spawn(move || {
            for client in listener.incoming() {
                let note = note.clone();
                // a client that cannot be served sees a closed connection
                let _ = client.and_then(|client| serve(client, venue, note));
            }
        });
        Ok(Self { address, cancels })
    }

    /// Where clients connect.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// When the next cancel had arrived whole. Blocks.
    pub(crate) fn next_cancel(&self) -> io::Result<Instant> {
        self.cancels
            .recv_timeout(CANCEL_WITHIN)
            .map_err(|_| io::Error::new(io::ErrorKind::TimedOut, "no cancel arrived"))
    }
}

fn serve(client: TcpStream, venue: SocketAddr, note: mpsc::Sender<Instant>) -> io::Result<()> {
    let venue = TcpStream::connect(venue)?;
    client.set_nodelay(true)?;
    venue.set_nodelay(true)?;
    let (answers, to_client) = (venue.try_clone()?, client.try_clone()?);
    thread::spawn(move || pass(answers, to_client, |_, _| ()));
    let mut wire = Wire::default();
    thread::spawn(move || {
        pass(client, venue, |bytes, at| {
            for _ in 0..wire.cancels_in(bytes) {
                // nobody may be counting any more
                let _ = note.send(at);
            }
        });
    });
    Ok(())
}

fn pass(mut from: TcpStream, mut to: TcpStream, mut heard: impl FnMut(&[u8], Instant)) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        let at = Instant::now();
        heard(&buffer[..count], at);
        if to.write_all(&buffer[..count]).is_err() {
            break;
        }
    }
    // the other side sees the end too; it may have gone already
    let _ = to.shutdown(Shutdown::Both);
}

/// Frames as they come in from a client: `API\0`, then length-prefixed messages.
#[derive(Default)]
struct Wire {
    unread: Vec<u8>,
    greeted: bool,
}

impl Wire {
    fn cancels_in(&mut self, bytes: &[u8]) -> usize {
        self.unread.extend_from_slice(bytes);
        if !self.greeted && self.unread.len() >= 4 {
            self.greeted = true;
            self.unread.drain(..4);
        }
        let mut cancels = 0;
        while self.greeted
            && let Some((length, rest)) = self.unread.split_first_chunk::<4>()
        {
            let length = u32::from_be_bytes(*length) as usize;
            let Some(message) = rest.get(..length) else {
                break;
            };
            cancels += usize::from(is_cancel(message));
            self.unread.drain(..4 + length);
        }
        cancels
    }
}

fn is_cancel(message: &[u8]) -> bool {
    let binary = message
        .first_chunk::<4>()
        .is_some_and(|id| CANCELS.contains(&u32::from_be_bytes(*id)));
    binary || message.starts_with(b"4\0") || message.starts_with(b"58\0")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn framed(message: &[u8]) -> Vec<u8> {
        let length = u32::try_from(message.len()).unwrap();
        [&length.to_be_bytes()[..], message].concat()
    }

    #[test]
    fn cancels_are_counted_however_the_bytes_are_cut() {
        let wire = [
            b"API\0".to_vec(),
            framed(b"v100..224"),
            framed(&[0, 0, 0, 216, 8, 1]),
            framed(&[0, 0, 1, 2]),
            framed(b"58\x001\x00"),
            framed(&[0, 0, 0, 204, 8, 7]),
        ]
        .concat();
        for cut in 1..wire.len() {
            let mut tap = Wire::default();
            let counted: usize = wire.chunks(cut).map(|piece| tap.cancels_in(piece)).sum();
            assert_eq!(counted, 3, "cut every {cut} bytes");
        }
    }
}
