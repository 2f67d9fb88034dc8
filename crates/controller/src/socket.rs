//! The local socket over which a second process reaches the controller of a home.
//!
//! Owner-only, and the other side's user is checked on top. Lines are bounded; whoever breaks the
//! protocol loses the connection and nothing else.

use std::{io, path::Path, time::Duration};

use interprocess::local_socket::{
    GenericFilePath, ListenerOptions, ToFsName as _,
    tokio::{Listener, Stream, prelude::*},
};
use tokio::{
    io::{AsyncBufRead, AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    sync::mpsc,
};

use crate::{
    Error,
    controller::Handle,
    protocol::{Command, LONGEST_LINE, PROTOCOL_VERSION, Reply, Request},
};

/// How long a controller may take to be heard at all.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

/// Listens at `path`. Whoever holds the home's lock may take over what a dead controller left.
pub(crate) fn listen(path: &Path) -> Result<Listener, Error> {
    let failed = |e: io::Error| Error::file("listen at", path, &e);
    let name = path.to_fs_name::<GenericFilePath>().map_err(failed)?;
    let options = ListenerOptions::new().name(name).try_overwrite(true);
    #[cfg(unix)]
    let options = {
        use interprocess::os::unix::local_socket::ListenerOptionsExt as _;
        options.mode(0o600)
    };
    options.create_tokio().map_err(failed)
}

/// Answers connections until the listener is dropped. Whoever is still answered holds `answering`.
pub(crate) async fn serve(listener: Listener, handle: Handle, answering: mpsc::Sender<()>) {
    loop {
        match listener.accept().await {
            Ok(stream) if is_mine(&stream) => {
                let (handle, answering) = (handle.clone(), answering.clone());
                tokio::spawn(async move {
                    answer(stream, handle).await;
                    drop(answering);
                });
            }
            Ok(_) => tracing::warn!("refused a connection of another user"),
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                // out of file descriptors, most likely: let some close
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

/// Sends `command` to the controller that listens at `path`; its replies come as they are made.
/// The channel ends with the connection.
pub(crate) async fn ask(path: &Path, command: Command) -> Result<mpsc::Receiver<Reply>, Error> {
    let failed = |e: io::Error| {
        Error::lost(format!("the controller of this home does not answer: {e}"))
            .next("end the process that holds this home, then try again")
    };
    let name = path.to_fs_name::<GenericFilePath>().map_err(failed)?;
    let stream = tokio::time::timeout(ANSWER_WITHIN, Stream::connect(name))
        .await
        .map_err(|_| failed(io::ErrorKind::TimedOut.into()))?
        .map_err(failed)?;
    if !is_mine(&stream) {
        return Err(
            Error::wrong(format!("another user listens at {}", path.display()))
                .next("choose a home of your own with --home"),
        );
    }
    let waiting = command.replies_waiting();
    let request = Request {
        version: PROTOCOL_VERSION,
        command,
    };
    let mut line = serde_json::to_vec(&request)
        .map_err(|e| Error::wrong(format!("the command cannot be written: {e}")))?;
    line.push(b'\n');
    if line.len() > LONGEST_LINE {
        return Err(
            Error::wrong("the file is too large to attach").next("attach a file of at most 20 MiB")
        );
    }
    (&stream).write_all(&line).await.map_err(failed)?;

    let (send, receive) = mpsc::channel(waiting);
    tokio::spawn(async move {
        let mut reader = BufReader::new(&stream);
        while let Ok(Some(line)) = next_line(&mut reader).await {
            let reply = serde_json::from_slice::<Reply>(&line).unwrap_or_else(|e| {
                Reply::Failed(Error::lost(format!(
                    "the controller's answer is broken: {e}"
                )))
            });
            if send.send(reply).await.is_err() {
                break;
            }
        }
    });
    Ok(receive)
}

async fn answer(stream: Stream, handle: Handle) {
    let mut reader = BufReader::new(&stream);
    // whoever says nothing does not keep a controller from ending
    let asked = tokio::time::timeout(ANSWER_WITHIN, next_line(&mut reader)).await;
    let request = match asked {
        Ok(Ok(Some(line))) => serde_json::from_slice::<Request>(&line),
        Ok(Ok(None) | Err(_)) | Err(_) => return,
    };
    let mut replies = match request {
        Ok(request) if request.version == PROTOCOL_VERSION => handle.ask(request.command).await,
        Ok(request) => one(Reply::Failed(
            Error::wrong(format!(
                "this controller speaks version {PROTOCOL_VERSION}, not {}",
                request.version
            ))
            .next("use the same version of Firebreak for both"),
        )),
        Err(e) => one(Reply::Failed(Error::wrong(format!(
            "not a command of version {PROTOCOL_VERSION}: {e}"
        )))),
    };
    // whoever watches does not keep a controller from ending
    drop(handle);
    // the other side says nothing more: its end of file means that it went away
    let mut rest = [0_u8; 64];
    loop {
        tokio::select! {
            reply = replies.recv() => {
                let Some(reply) = reply else { return };
                if write(&stream, &reply).await.is_err() {
                    return;
                }
            }
            read = reader.read(&mut rest) => {
                if !matches!(read, Ok(1..)) {
                    return;
                }
            }
        }
    }
}

fn one(reply: Reply) -> mpsc::Receiver<Reply> {
    let (send, receive) = mpsc::channel(1);
    drop(send.try_send(reply));
    receive
}

async fn write(mut stream: &Stream, reply: &Reply) -> io::Result<()> {
    let mut line = serde_json::to_vec(reply)?;
    line.push(b'\n');
    stream.write_all(&line).await
}

/// The next line without its end; `None` at the end, an error when it is longer than allowed.
async fn next_line<R: AsyncBufRead + Unpin>(reader: &mut R) -> io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    let limit = u64::try_from(LONGEST_LINE).unwrap_or(u64::MAX);
    reader.take(limit).read_until(b'\n', &mut line).await?;
    match line.last() {
        None => Ok(None),
        Some(b'\n') => {
            line.pop();
            Ok(Some(line))
        }
        Some(_) => Err(io::ErrorKind::InvalidData.into()),
    }
}

#[cfg(unix)]
fn is_mine(stream: &Stream) -> bool {
    use interprocess::local_socket::traits::StreamCommon as _;
    stream
        .peer_creds()
        .ok()
        .and_then(|creds| creds.euid())
        .is_some_and(|user| user == crate::files::platform::me())
}

#[cfg(not(unix))]
fn is_mine(_stream: &Stream) -> bool {
    // a pipe's access list admits its owner alone
    true
}
