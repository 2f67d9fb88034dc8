//! IBC's command port: lines in, `OK ...` or `ERROR ...` out, no authentication. IBC lives in the
//! same process as TWS, so its port is gone whenever TWS is. It must never do more than the command
//! says.

use std::{io, net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

use crate::{
    faults::{FaultKind, Front},
    world::{AccountId, World, WorldError},
};

/// The longest command that is read.
const LONGEST: u64 = 1024;
/// What an oversized answer comes to.
const OVERSIZED: usize = 4 * 1024 * 1024;
/// Between attempts to listen again on the same port.
const REBIND: Duration = Duration::from_millis(50);

/// Serves the command port of an account's TWS. Ends only when its task is dropped, or when the
/// account does not exist.
pub async fn serve(world: World, account: AccountId, listener: TcpListener) -> io::Result<()> {
    let mut running = world.tws_running(&account).map_err(io::Error::other)?;
    let address = listener.local_addr()?;
    let mut listener = Some(listener);
    loop {
        if running.wait_for(|running| *running).await.is_err() {
            return Ok(());
        }
        let open = match listener.take() {
            Some(open) => open,
            None => bind_again(address).await,
        };
        // connections end with the set, as they do when the process of TWS ends
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                stopped = running.wait_for(|running| !running) => {
                    if stopped.is_err() {
                        return Ok(());
                    }
                    break;
                }
                accepted = open.accept() => {
                    let (stream, _) = accepted?;
                    connections.spawn(converse(world.clone(), account.clone(), stream));
                }
                Some(_) = connections.join_next() => {}
            }
        }
        drop(open);
        // whoever sent STOP is answered before its connection goes
        while tokio::time::timeout(REBIND, connections.join_next())
            .await
            .is_ok_and(|ended| ended.is_some())
        {}
    }
}

async fn bind_again(address: SocketAddr) -> TcpListener {
    loop {
        if let Ok(listener) = TcpListener::bind(address).await {
            return listener;
        }
        tokio::time::sleep(REBIND).await;
    }
}

/// A connection that breaks is no concern of anybody's.
async fn converse(world: World, account: AccountId, stream: TcpStream) {
    let _ = commands(&world, &account, stream).await;
}

async fn commands(world: &World, account: &AccountId, stream: TcpStream) -> io::Result<()> {
    let bites = |kind| world.faults().on(Front::Ibc, account, kind);
    if bites(FaultKind::Unreachable).is_some() {
        return Ok(());
    }
    if bites(FaultKind::HalfOpen).is_some() {
        return silence(stream).await;
    }
    let (read, mut write) = stream.into_split();
    let mut read = BufReader::new(read);
    loop {
        let mut line = Vec::new();
        let got = (&mut read)
            .take(LONGEST)
            .read_until(b'\n', &mut line)
            .await?;
        if got == 0 || bites(FaultKind::Unreachable).is_some() {
            return Ok(());
        }
        let line = String::from_utf8_lossy(&line);
        let command = line.trim().to_ascii_uppercase();
        world.request(Front::Ibc, account, known(&command).unwrap_or("UNKNOWN"));
        if bites(FaultKind::Hang).is_some() {
            continue;
        }
        let answer = match obey(world, account, &command) {
            Ok(Some(words)) => format!("OK {words}\n"),
            Ok(None) => return Ok(()),
            Err(words) => format!("ERROR {words}\n"),
        };
        if bites(FaultKind::OversizedFrame).is_some() {
            write.write_all(&vec![b'O'; OVERSIZED]).await?;
            continue;
        }
        if bites(FaultKind::TruncatedFrame).is_some() {
            return write.write_all(&answer.as_bytes()[..1]).await;
        }
        match bites(FaultKind::SlowDrip) {
            Some(bite) => {
                for byte in answer.as_bytes() {
                    tokio::time::sleep(bite.duration("every", Duration::from_millis(200))).await;
                    write.write_all(std::slice::from_ref(byte)).await?;
                }
            }
            None => write.write_all(answer.as_bytes()).await?,
        }
        if command == "STOP" || command == "RESTART" {
            return Ok(());
        }
    }
}

/// Holds a connection until the other side gives up.
async fn silence(mut stream: TcpStream) -> io::Result<()> {
    tokio::io::copy(&mut stream, &mut tokio::io::sink())
        .await
        .map(|_| ())
}

fn known(command: &str) -> Option<&'static str> {
    [
        "STOP",
        "RESTART",
        "PAUSE",
        "RECONNECTDATA",
        "RECONNECTACCOUNT",
        "ENABLEAPI",
        "EXIT",
    ]
    .into_iter()
    .find(|known| *known == command)
}

/// What to answer; `None` closes the connection without an answer.
fn obey(world: &World, account: &AccountId, command: &str) -> Result<Option<&'static str>, String> {
    let words = |error: WorldError| error.to_string();
    match command {
        "STOP" => {
            world.stop_tws(account).map_err(words)?;
            Ok(Some("shutting down"))
        }
        "RESTART" => {
            world.restart_tws(account).map_err(words)?;
            Ok(Some("restarting"))
        }
        "PAUSE" => Ok(Some("pausing")),
        "RECONNECTDATA" => Ok(Some("reconnecting data")),
        "RECONNECTACCOUNT" => Ok(Some("reconnecting account")),
        "ENABLEAPI" => Ok(Some("API enabled")),
        "EXIT" => Ok(None),
        _ => Err("unknown command".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::Seeding;

    async fn served(faults: &[&str]) -> (World, AccountId, SocketAddr) {
        let world = World::new(1, jiff::Timestamp::UNIX_EPOCH);
        for fault in faults {
            world.faults().switch_on(fault.parse().unwrap());
        }
        let account = world.seed_account("a", &Seeding::default()).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(serve(world.clone(), account.clone(), listener));
        (world, account, address)
    }

    async fn ask(address: SocketAddr, command: &str) -> String {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream
            .write_all(format!("{command}\r\n").as_bytes())
            .await
            .unwrap();
        stream.shutdown().await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }

    #[tokio::test]
    async fn stop_ends_the_session_and_closes_both_ports_and_leaves_the_orders() {
        let (world, account, address) = served(&[]).await;
        let open = world.truth_summary()["a"].open_orders;
        let mut running = world.tws_running(&account).unwrap();
        assert_eq!(ask(address, "STOP").await, "OK shutting down\n");
        running.wait_for(|running| !running).await.unwrap();
        assert!(world.sessions(&account).is_empty());
        assert_eq!(world.truth_summary()["a"].open_orders, open);
        while TcpStream::connect(address).await.is_ok() {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn unknown_commands_are_errors_and_exit_only_closes() {
        let (world, account, address) = served(&[]).await;
        assert_eq!(ask(address, "FORMAT C:").await, "ERROR unknown command\n");
        assert_eq!(ask(address, "EXIT").await, "");
        assert_eq!(
            ask(address, "reconnectdata").await,
            "OK reconnecting data\n"
        );
        assert!(*world.tws_running(&account).unwrap().borrow());
    }

    #[tokio::test]
    async fn a_hung_port_reads_and_does_nothing() {
        let (world, account, address) = served(&["ibc/hang"]).await;
        assert_eq!(ask(address, "STOP").await, "");
        assert!(*world.tws_running(&account).unwrap().borrow());
        assert_eq!(world.faults().requests(Front::Ibc, &account), 1);
    }

    #[tokio::test]
    async fn while_the_network_is_down_the_port_closes_at_once_and_does_nothing() {
        let (world, account, address) = served(&["ibc/unreachable"]).await;
        let mut stream = TcpStream::connect(address).await.unwrap();
        // the other side may be gone before this is sent
        let _ = stream.write_all(b"STOP\n").await;
        let mut answer = String::new();
        let _ = stream.read_to_string(&mut answer).await;
        assert_eq!(answer, "");
        assert!(*world.tws_running(&account).unwrap().borrow());
        assert_eq!(world.faults().requests(Front::Ibc, &account), 0);
    }
}
