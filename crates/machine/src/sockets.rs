//! Which programs listen, and at which addresses.

use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

use crate::{Machine, Os, Unreadable, join, processes::Process};

/// The most sockets that are looked at.
const MOST: usize = 20_000;
/// The state of a listening socket in `/proc/net/tcp`.
const LISTENS: &str = "0A";

/// One listening TCP socket.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Listening {
    /// Where it listens.
    pub address: IpAddr,
    /// Its port.
    pub port: u16,
    /// Who listens, where that is told.
    pub pid: Option<u32>,
}

impl Listening {
    /// Whether only this computer reaches it.
    pub fn is_local(&self) -> bool {
        self.address.to_canonical().is_loopback()
    }

    /// As people write it.
    pub fn words(&self) -> String {
        let port = self.port;
        match self.address.to_canonical() {
            every if every.is_unspecified() => format!("every address, port {port}"),
            one => format!("{one}, port {port}"),
        }
    }

    /// Who listens, of those that run.
    pub fn process<'a>(&self, running: &'a [Process]) -> Option<&'a Process> {
        let pid = self.pid?;
        running.iter().find(|process| process.pid == pid)
    }
}

/// All that can be seen.
pub fn listening(machine: &Machine, running: &[Process]) -> Result<Vec<Listening>, Unreadable> {
    let said = |command: &[&str]| machine.ask(command).map_err(Unreadable::Odd);
    match machine.os() {
        Os::Linux => of_proc(machine, running),
        Os::MacOs => Ok(of_lsof(&said(&[
            "lsof",
            "-nP",
            "-iTCP",
            "-sTCP:LISTEN",
            "-Fpn",
        ])?)),
        Os::Windows => Ok(of_netstat(&said(&["netstat", "-ano", "-p", "TCP"])?)),
    }
}

fn of_proc(machine: &Machine, running: &[Process]) -> Result<Vec<Listening>, Unreadable> {
    let mut all = of_table(&machine.read("/proc/net/tcp")?);
    // without IPv6 there is no such file
    if let Ok(six) = machine.read("/proc/net/tcp6") {
        all.extend(of_table(&six));
    }
    let owners = if all.is_empty() {
        BTreeMap::new()
    } else {
        owners(machine, running)
    };
    let listening = all.into_iter().map(|(address, port, inode)| Listening {
        address,
        port,
        pid: owners.get(&inode).copied(),
    });
    Ok(listening.collect())
}

/// Address, port and inode of each listening line of `/proc/net/tcp` or `tcp6`.
fn of_table(table: &str) -> Vec<(IpAddr, u16, u64)> {
    let line = |line: &str| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let [_, local, _, state, _, _, _, _, _, inode, ..] = fields[..] else {
            return None;
        };
        if state != LISTENS {
            return None;
        }
        let (address, port) = local.split_once(':')?;
        let port = u16::from_str_radix(port, 16).ok()?;
        Some((address_of(address)?, port, inode.parse().ok()?))
    };
    table.lines().take(MOST).filter_map(line).collect()
}

/// The kernel prints each four bytes of the address as one number of its own byte order.
pub(crate) fn address_of(hex: &str) -> Option<IpAddr> {
    if !hex.is_ascii() || !matches!(hex.len(), 8 | 32) {
        return None;
    }
    let mut bytes = Vec::with_capacity(16);
    for start in (0..hex.len()).step_by(8) {
        let word = u32::from_str_radix(hex.get(start..start + 8)?, 16).ok()?;
        bytes.extend(word.to_ne_bytes());
    }
    if let Ok(four) = <[u8; 4]>::try_from(&bytes[..]) {
        return Some(Ipv4Addr::from(four).into());
    }
    let six = <[u8; 16]>::try_from(&bytes[..]).ok()?;
    Some(Ipv6Addr::from(six).into())
}

/// Which process has which socket open. Those of other users cannot be seen.
pub(crate) fn owners(machine: &Machine, running: &[Process]) -> BTreeMap<u64, u32> {
    let mut owners = BTreeMap::new();
    for process in running {
        let folder = format!("/proc/{}/fd", process.pid);
        for open in machine.list(&folder).unwrap_or_default() {
            let target = machine.link(&join(&folder, &open.name)).unwrap_or_default();
            let inode = target
                .strip_prefix("socket:[")
                .and_then(|rest| rest.strip_suffix(']'))
                .and_then(|inode| inode.parse().ok());
            if let Some(inode) = inode {
                owners.insert(inode, process.pid);
            }
        }
    }
    owners
}

/// Fields of `lsof -F`: `p412`, then for each file `f30` and `n127.0.0.1:7497` or `n*:5000`.
fn of_lsof(said: &str) -> Vec<Listening> {
    let mut all = Vec::new();
    let mut pid = None;
    for line in said.lines().take(MOST) {
        if let Some(number) = line.strip_prefix('p') {
            pid = number.parse().ok();
        } else if let Some((address, port)) = line.strip_prefix('n').and_then(address_and_port) {
            all.push(Listening { address, port, pid });
        }
    }
    all
}

/// `  TCP    0.0.0.0:7496    0.0.0.0:0    LISTENING    4712`; the word is in the user's language, so
/// a peer of port 0 tells that it listens.
fn of_netstat(said: &str) -> Vec<Listening> {
    let line = |line: &str| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let ["TCP", local, peer, .., pid] = fields[..] else {
            return None;
        };
        let (_, 0) = address_and_port(peer)? else {
            return None;
        };
        let (address, port) = address_and_port(local)?;
        let pid = pid.parse().ok();
        Some(Listening { address, port, pid })
    };
    said.lines().take(MOST).filter_map(line).collect()
}

pub(crate) fn address_and_port(text: &str) -> Option<(IpAddr, u16)> {
    let (address, port) = text.rsplit_once(':')?;
    let address = address.trim_start_matches('[').trim_end_matches(']');
    let address = match address {
        "*" => Ipv4Addr::UNSPECIFIED.into(),
        address => address.split('%').next()?.parse().ok()?,
    };
    Some((address, port.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// As the kernel of this computer's byte order would print it.
    fn hex(address: IpAddr) -> String {
        let bytes = match address {
            IpAddr::V4(four) => four.octets().to_vec(),
            IpAddr::V6(six) => six.octets().to_vec(),
        };
        let words = bytes.as_chunks::<4>().0.iter();
        let words: Vec<String> = words
            .map(|word| format!("{:08X}", u32::from_ne_bytes(*word)))
            .collect();
        words.concat()
    }

    fn line(address: &str, port: u16, state: &str, inode: u64) -> String {
        let address = hex(address.parse().unwrap());
        format!(
            "   0: {address}:{port:04X} 00000000:0000 {state} 00000000:00000000 00:00000000 00000000  \
             1000        0 {inode} 1 0000000000000000 100 0 0 10 0\n"
        )
    }

    #[test]
    fn a_table_of_the_kernel_gives_what_listens() {
        let head = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt\n";
        let table = head.to_owned()
            + &line("127.0.0.1", 7497, "0A", 11)
            + &line("10.0.0.7", 443, "01", 12)
            + &line("::ffff:127.0.0.1", 4002, "0A", 13)
            + &line("::", 7496, "0A", 14);
        let all: Vec<_> = of_table(&table)
            .into_iter()
            .map(|(address, port, inode)| {
                let listening = Listening {
                    address,
                    port,
                    pid: None,
                };
                (listening.words(), listening.is_local(), inode)
            })
            .collect();
        assert_eq!(
            all,
            [
                ("127.0.0.1, port 7497".to_owned(), true, 11),
                ("127.0.0.1, port 4002".to_owned(), true, 13),
                ("every address, port 7496".to_owned(), false, 14),
            ]
        );
    }

    #[test]
    fn lsof_of_macos_and_netstat_of_windows_are_read() {
        let said = "p412\nf30\nn127.0.0.1:7497\nf31\nn*:5000\np9\nf4\nn[::1]:631\n";
        let all: Vec<_> = of_lsof(said)
            .iter()
            .map(|l| (l.words(), l.pid.unwrap()))
            .collect();
        assert_eq!(
            all,
            [
                ("127.0.0.1, port 7497".to_owned(), 412),
                ("every address, port 5000".to_owned(), 412),
                ("::1, port 631".to_owned(), 9),
            ]
        );
        let said = "\r\nAktive Verbindungen\r\n\r\n  Proto  Lokale Adresse  Remoteadresse  Status  PID\r\n  \
                    TCP    0.0.0.0:7496    0.0.0.0:0    ABHÖREN    4712\r\n  TCP    10.0.0.7:50100    \
                    1.2.3.4:443    HERGESTELLT    99\r\n";
        let all: Vec<_> = of_netstat(said).iter().map(|l| (l.port, l.pid)).collect();
        assert_eq!(all, [(7496, Some(4712))]);
    }

    proptest! {
        #[test]
        fn no_table_makes_a_reader_fall_over(text in "[ \\n:.*0-9A-Fa-z\\[\\]TCPé]{0,200}") {
            let _ = (of_table(&text), of_lsof(&text), of_netstat(&text));
        }

        #[test]
        fn an_address_reads_back_as_the_kernel_printed_it(six in any::<u128>(), four in any::<u32>()) {
            let six = IpAddr::from(Ipv6Addr::from(six));
            let four = IpAddr::from(Ipv4Addr::from(four));
            prop_assert_eq!(address_of(&hex(six)), Some(six));
            prop_assert_eq!(address_of(&hex(four)), Some(four));
        }
    }
}
