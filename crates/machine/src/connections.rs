//! All sockets of the internet: what listens, what is connected to where, and whose it is.

use std::net::IpAddr;

use serde::Serialize;

use crate::{
    Machine, Os, Unreadable,
    processes::Process,
    sockets::{address_and_port, address_of, owners},
};

/// The most sockets that are looked at.
pub const MOST: usize = 20_000;
/// What the kernel of Linux calls a socket's state, by its number from 1.
const STATES: [&str; 12] = [
    "established",
    "syn-sent",
    "syn-received",
    "fin-wait-1",
    "fin-wait-2",
    "time-wait",
    "close",
    "close-wait",
    "last-ack",
    "listen",
    "closing",
    "new-syn-received",
];

/// One socket.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
pub struct Connection {
    /// `tcp` or `udp`.
    pub protocol: &'static str,
    /// The address at this computer.
    pub local: IpAddr,
    /// The port at this computer.
    pub local_port: u16,
    /// The address of the other side; none where there is no other side.
    pub peer: Option<IpAddr>,
    /// The port of the other side.
    pub peer_port: Option<u16>,
    /// As the system calls it.
    pub state: String,
    /// The process that has it, where that is told.
    pub pid: Option<u32>,
    /// The user that has it, where that is told.
    pub uid: Option<u32>,
}

impl Connection {
    /// Whether it is connected to another computer.
    pub fn is_to_elsewhere(&self) -> bool {
        self.state.eq_ignore_ascii_case("established")
            && self
                .peer
                .is_some_and(|peer| !peer.to_canonical().is_loopback())
    }
}

/// All that can be seen, in order.
pub fn connections(machine: &Machine, running: &[Process]) -> Result<Vec<Connection>, Unreadable> {
    let said = |command: &[&str]| machine.ask(command).map_err(Unreadable::Odd);
    let mut all = match machine.os() {
        Os::Linux => of_proc(machine, running)?,
        Os::MacOs => of_lsof(&said(&["lsof", "-nP", "-i", "-FpuPnT"])?),
        Os::Windows => of_netstat(&said(&["netstat", "-ano"])?),
    };
    all.sort();
    Ok(all)
}

fn of_proc(machine: &Machine, running: &[Process]) -> Result<Vec<Connection>, Unreadable> {
    let owners = owners(machine, running);
    let mut all = of_table("tcp", &machine.read_whole("/proc/net/tcp")?);
    // without IPv6 there are no such files
    for (protocol, table) in [("tcp", "tcp6"), ("udp", "udp"), ("udp", "udp6")] {
        if let Ok(table) = machine.read_whole(&format!("/proc/net/{table}")) {
            all.extend(of_table(protocol, &table));
        }
    }
    let owned = all.into_iter().map(|(connection, inode)| Connection {
        pid: owners.get(&inode).copied(),
        ..connection
    });
    Ok(owned.collect())
}

/// Each line of `/proc/net/tcp` and the like, with its inode.
fn of_table(protocol: &'static str, table: &str) -> Vec<(Connection, u64)> {
    let end = |text: &str| -> Option<(IpAddr, u16)> {
        let (address, port) = text.split_once(':')?;
        Some((address_of(address)?, u16::from_str_radix(port, 16).ok()?))
    };
    let line = |line: &str| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let [_, local, peer, state, _, _, _, uid, _, inode, ..] = fields[..] else {
            return None;
        };
        let (local, local_port) = end(local)?;
        let peer = end(peer)?;
        let (peer, peer_port) = Some(peer)
            .filter(|(address, port)| *port != 0 || !address.is_unspecified())
            .unzip();
        let state = usize::from_str_radix(state, 16).ok()?;
        let state = match (protocol, peer) {
            ("udp", None) => "open",
            _ => STATES.get(state.checked_sub(1)?)?,
        };
        let connection = Connection {
            protocol,
            local,
            local_port,
            peer,
            peer_port,
            state: state.to_owned(),
            pid: None,
            uid: uid.parse().ok(),
        };
        Some((connection, inode.parse().ok()?))
    };
    table.lines().take(MOST).filter_map(line).collect()
}

/// Fields of `lsof -F`: `p` and `u` begin a process; `P`, `n` and `TST=` tell of one socket.
fn of_lsof(said: &str) -> Vec<Connection> {
    let mut all: Vec<Connection> = Vec::new();
    let (mut pid, mut uid, mut protocol) = (None, None, "tcp");
    for line in said.lines().take(MOST * 4) {
        let Some((field, rest)) = line.split_at_checked(1) else {
            continue;
        };
        match field {
            "p" => pid = rest.parse().ok(),
            "u" => uid = rest.parse().ok(),
            "P" => protocol = if rest == "UDP" { "udp" } else { "tcp" },
            "n" => {
                let (local, peer) = rest.split_once("->").map_or((rest, None), |(local, peer)| {
                    (local, address_and_port(peer))
                });
                let Some((local, local_port)) = address_and_port(local) else {
                    continue;
                };
                let (peer, peer_port) = peer.unzip();
                all.push(Connection {
                    protocol,
                    local,
                    local_port,
                    peer,
                    peer_port,
                    state: "open".to_owned(),
                    pid,
                    uid,
                });
            }
            // it follows the name of the socket that it is about
            "T" => {
                if let (Some(state), Some(last)) = (rest.strip_prefix("ST="), all.last_mut()) {
                    last.state = state.to_lowercase();
                }
            }
            _ => {}
        }
    }
    all
}

/// `  TCP    10.0.0.7:50100    1.2.3.4:443    ESTABLISHED    99`; the state is in the user's language.
fn of_netstat(said: &str) -> Vec<Connection> {
    let line = |line: &str| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let (protocol, local, peer, state, pid) = match fields[..] {
            ["TCP", local, peer, .., state, pid] => ("tcp", local, peer, state, pid),
            ["UDP", local, _, pid] => ("udp", local, "", "open", pid),
            _ => return None,
        };
        let (local, local_port) = address_and_port(local)?;
        let peer = address_and_port(peer).filter(|(_, port)| *port != 0);
        let state = match peer {
            None if protocol == "tcp" => "listen",
            _ => state,
        };
        let (peer, peer_port) = peer.unzip();
        Some(Connection {
            protocol,
            local,
            local_port,
            peer,
            peer_port,
            state: state.to_lowercase(),
            pid: pid.parse().ok(),
            uid: None,
        })
    };
    said.lines().take(MOST).filter_map(line).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_tables_of_the_kernel_give_both_ends_the_state_and_the_user() {
        let [a, b, peer] = [[127, 0, 0, 1], [10, 0, 0, 7], [1, 2, 3, 4]]
            .map(|bytes| format!("{:08X}", u32::from_ne_bytes(bytes)));
        let rest = "00000000:00000000 00:00000000 00000000  1000        0";
        let table = format!(
            "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid\n   \
             0: {a}:1D49 00000000:0000 0A {rest} 11 1\n   1: {b}:C350 {peer}:01BB 01 {rest} 12 1\n"
        );
        let all: Vec<_> = of_table("tcp", &table)
            .into_iter()
            .map(|(c, _)| c)
            .collect();
        assert_eq!(all[0].state, "listen");
        assert_eq!((all[0].peer, all[0].local_port), (None, 7497));
        assert_eq!(all[1].state, "established");
        assert_eq!(all[1].peer, Some("1.2.3.4".parse().unwrap()));
        assert_eq!((all[1].peer_port, all[1].uid), (Some(443), Some(1000)));
        assert!(all[1].is_to_elsewhere() && !all[0].is_to_elsewhere());
    }

    #[test]
    fn lsof_of_macos_and_netstat_of_windows_give_the_same() {
        let said = "p412\nu501\nf30\nPTCP\nn10.0.0.7:50100->1.2.3.4:443\nTST=ESTABLISHED\nTQR=0\nf31\n\
                    PTCP\nn*:5000\nTST=LISTEN\nf9\nPUDP\nn*:5353\n";
        let states: Vec<_> = of_lsof(said)
            .into_iter()
            .map(|c| (c.protocol, c.local_port, c.state, c.pid, c.uid))
            .collect();
        assert_eq!(
            states,
            [
                ("tcp", 50100, "established".to_owned(), Some(412), Some(501)),
                ("tcp", 5000, "listen".to_owned(), Some(412), Some(501)),
                ("udp", 5353, "open".to_owned(), Some(412), Some(501)),
            ]
        );
        let said = "  Proto  Local Address  Foreign Address  State  PID\r\n  TCP    0.0.0.0:7496    \
                    0.0.0.0:0    LISTENING    4712\r\n  TCP    10.0.0.7:50100    1.2.3.4:443    \
                    ESTABLISHED    99\r\n  UDP    0.0.0.0:5353    *:*    77\r\n";
        let states: Vec<_> = of_netstat(said)
            .into_iter()
            .map(|c| (c.local_port, c.state, c.pid))
            .collect();
        assert_eq!(
            states,
            [
                (7496, "listen".to_owned(), Some(4712)),
                (50100, "established".to_owned(), Some(99)),
                (5353, "open".to_owned(), Some(77)),
            ]
        );
    }

    proptest! {
        #[test]
        fn no_table_makes_a_reader_fall_over(text in "[ \\n:.*0-9A-Fa-z\\[\\]TCPUDé>-]{0,200}") {
            let _ = (of_table("udp", &text), of_lsof(&text), of_netstat(&text));
        }
    }
}
