//! The bytes of an answer's body, and how they arrive: at once, a byte at a time, cut short, or
//! without end. A body never holds more memory than its answer.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use hyper::body::{Body, Bytes, Frame, SizeHint};
use tokio::time::{Sleep, sleep};

/// What a padded body amounts to: more than anybody would want to hold.
const OVERSIZE: u64 = 256 * 1024 * 1024;

/// One piece of the padding. Spaces leave JSON as valid as it was.
static PADDING: [u8; 64 * 1024] = [b' '; 64 * 1024];

/// Time for the first half of a broken body to leave before the connection breaks.
const FLUSH: Duration = Duration::from_millis(20);

/// A body on its way.
pub(super) struct Reply {
    left: Bytes,
    manner: Manner,
    wait: Option<Pin<Box<Sleep>>>,
}

/// How a body arrives.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Manner {
    /// At once.
    Whole,
    /// One byte in this time.
    Drip(Duration),
    /// Half of it, and then the connection breaks.
    Broken,
    /// With so much after it that nobody should read on.
    Oversized(u64),
}

impl Manner {
    pub(super) const OVERSIZED: Self = Self::Oversized(OVERSIZE);
}

impl Reply {
    pub(super) fn new(body: Vec<u8>, manner: Manner) -> Self {
        Self {
            left: body.into(),
            manner,
            wait: None,
        }
    }

    /// Waits `time` once for each call that began a wait.
    fn waited(&mut self, time: Duration, context: &mut Context<'_>) -> Poll<()> {
        let wait = self.wait.get_or_insert_with(|| Box::pin(sleep(time)));
        ready!(wait.as_mut().poll(context));
        self.wait = None;
        Poll::Ready(())
    }
}

impl Body for Reply {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let this = self.get_mut();
        let piece = match this.manner {
            Manner::Whole => std::mem::take(&mut this.left),
            Manner::Drip(every) => {
                if this.left.is_empty() {
                    return Poll::Ready(None);
                }
                ready!(this.waited(every, context));
                this.left.split_to(1)
            }
            Manner::Broken => {
                let half = this.left.len() / 2;
                if half == 0 {
                    ready!(this.waited(FLUSH, context));
                    return Poll::Ready(Some(Err(io::ErrorKind::ConnectionReset.into())));
                }
                let first = this.left.split_to(half);
                this.left.clear();
                first
            }
            Manner::Oversized(left) => {
                if this.left.is_empty() {
                    let size = left.min(PADDING.len() as u64);
                    this.manner = Manner::Oversized(left - size);
                    let size = usize::try_from(size).unwrap_or(PADDING.len());
                    Bytes::from_static(&PADDING[..size])
                } else {
                    std::mem::take(&mut this.left)
                }
            }
        };
        if piece.is_empty() {
            Poll::Ready(None)
        } else {
            Poll::Ready(Some(Ok(Frame::data(piece))))
        }
    }

    fn is_end_stream(&self) -> bool {
        match self.manner {
            Manner::Whole | Manner::Drip(_) => self.left.is_empty(),
            Manner::Broken => false,
            Manner::Oversized(left) => left == 0 && self.left.is_empty(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self.manner {
            Manner::Whole | Manner::Drip(_) | Manner::Broken => {
                SizeHint::with_exact(self.left.len() as u64)
            }
            Manner::Oversized(_) => SizeHint::default(),
        }
    }
}
