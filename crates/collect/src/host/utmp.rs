//! The records of logins of Linux: utmp, wtmp and btmp have one layout, lastlog another.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use jiff::Timestamp;
use serde::Serialize;

use super::look::when;

/// A record's length where a `long` of the record has 4 bytes, as on x86-64.
const SHORT: usize = 384;
/// And where it has 8, as on aarch64.
const LONG: usize = 400;
/// The length of an entry of lastlog.
const LAST: usize = 292;

/// One record.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
pub(super) struct Login {
    pub(super) at: Option<Timestamp>,
    pub(super) what: &'static str,
    pub(super) user: String,
    /// The terminal.
    pub(super) line: String,
    /// From where, as it was told.
    pub(super) host: String,
    /// From which address, where one is told.
    pub(super) address: Option<IpAddr>,
    pub(super) pid: u32,
}

impl Login {
    /// Whether it came from another computer.
    pub(super) fn is_from_elsewhere(&self) -> bool {
        is_elsewhere(self.address, &self.host)
    }

    /// From where, in words.
    pub(super) fn from(&self) -> String {
        self.address
            .map_or_else(|| self.host.clone(), |address| address.to_string())
    }
}

/// Whether an address, or else a host's name, is another computer's.
pub(super) fn is_elsewhere(address: Option<IpAddr>, host: &str) -> bool {
    let address = address.or_else(|| host.parse().ok());
    match address {
        Some(address) => {
            let address = address.to_canonical();
            !address.is_loopback() && !address.is_unspecified()
        }
        // `:0` is this screen, `tmux(7).%0` and the like are programs here, a kernel's version is a boot
        None => !host.is_empty() && !host.contains([':', '(']) && host != "localhost",
    }
}

/// The records in `bytes`, oldest first. A part of one is passed over.
pub(super) fn records(bytes: &[u8]) -> Vec<Login> {
    let length = if bytes.len().is_multiple_of(LONG) && !bytes.len().is_multiple_of(SHORT) {
        LONG
    } else {
        SHORT
    };
    bytes.chunks_exact(length).filter_map(record).collect()
}

/// How many of the last bytes of a file are a whole number of records.
pub(super) fn whole(most: usize, length: u64) -> u64 {
    let size = if length.is_multiple_of(LONG as u64) && !length.is_multiple_of(SHORT as u64) {
        LONG
    } else {
        SHORT
    };
    (most / size * size) as u64
}

fn record(bytes: &[u8]) -> Option<Login> {
    let what = match i16_at(bytes, 0)? {
        1 => "run level",
        2 => "the computer started",
        7 => "login",
        8 => "logout",
        6 => "login asked",
        _ => return None,
    };
    let (time, address) = if bytes.len() == LONG {
        (344, 360)
    } else {
        (340, 348)
    };
    let seconds = if bytes.len() == LONG {
        i64::from_ne_bytes(bytes.get(time..time + 8)?.try_into().ok()?)
    } else {
        i64::from(u32_at(bytes, time)?)
    };
    let address: [u8; 16] = bytes.get(address..address + 16)?.try_into().ok()?;
    Some(Login {
        at: when(seconds),
        what,
        user: text(bytes.get(44..76)?),
        line: text(bytes.get(8..40)?),
        host: text(bytes.get(76..332)?),
        address: address_of(address),
        pid: u32_at(bytes, 4)?,
    })
}

/// When each user last logged in, by number, of `/var/log/lastlog`.
pub(super) fn last(bytes: &[u8]) -> Vec<(usize, Login)> {
    let entry = |(uid, bytes): (usize, &[u8])| {
        let at = when(i64::from(u32_at(bytes, 0)?))?;
        let login = Login {
            at: Some(at),
            what: "last login",
            user: String::new(),
            line: text(&bytes[4..36]),
            host: text(&bytes[36..]),
            address: None,
            pid: 0,
        };
        Some((uid, login))
    };
    bytes
        .chunks_exact(LAST)
        .enumerate()
        .filter_map(entry)
        .collect()
}

fn text(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|b| *b == 0).unwrap_or(bytes.len());
    String::from_utf8_lossy(&bytes[..end]).into_owned()
}

/// An IPv4 address stands in the first four bytes, the rest is zero.
fn address_of(bytes: [u8; 16]) -> Option<IpAddr> {
    let [a, b, c, d, rest @ ..] = bytes;
    if bytes == [0; 16] {
        None
    } else if rest == [0; 12] {
        Some(Ipv4Addr::new(a, b, c, d).into())
    } else {
        Some(Ipv6Addr::from(bytes).into())
    }
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_ne_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn i16_at(bytes: &[u8], at: usize) -> Option<i16> {
    Some(i16::from_ne_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A record as x86-64 writes it.
    pub(crate) fn bytes_of(kind: i16, user: &str, line: &str, host: &str, at: u32) -> Vec<u8> {
        let mut bytes = vec![0_u8; SHORT];
        bytes[..2].copy_from_slice(&kind.to_ne_bytes());
        bytes[4..8].copy_from_slice(&4711_u32.to_ne_bytes());
        bytes[8..8 + line.len()].copy_from_slice(line.as_bytes());
        bytes[44..44 + user.len()].copy_from_slice(user.as_bytes());
        bytes[76..76 + host.len()].copy_from_slice(host.as_bytes());
        bytes[340..344].copy_from_slice(&at.to_ne_bytes());
        if let Ok(IpAddr::V4(four)) = host.parse() {
            bytes[348..352].copy_from_slice(&four.octets());
        }
        bytes
    }

    #[test]
    fn a_login_has_its_user_time_and_address_and_a_cut_record_is_passed_over() {
        let mut bytes = bytes_of(7, "ada", "pts/0", "203.0.113.9", 1_700_000_000);
        bytes.extend(bytes_of(7, "ada", "tty2", ":0", 1_700_000_100));
        bytes.extend([7, 0, 1]);
        let logins = records(&bytes);
        assert_eq!(logins.len(), 2);
        assert_eq!(logins[0].at, when(1_700_000_000));
        assert_eq!((&*logins[0].user, logins[0].pid), ("ada", 4711));
        assert!(logins[0].is_from_elsewhere() && !logins[1].is_from_elsewhere());
        assert_eq!(logins[0].from(), "203.0.113.9");
    }

    #[test]
    fn programs_of_this_computer_are_not_elsewhere() {
        for here in [
            "",
            ":0",
            "localhost",
            "127.0.0.1",
            "::1",
            "tmux(812).%0",
            "0.0.0.0",
        ] {
            assert!(!is_elsewhere(None, here), "{here}");
        }
        for elsewhere in ["10.0.0.7", "evil.example", "2001:db8::7"] {
            assert!(is_elsewhere(None, elsewhere), "{elsewhere}");
        }
    }

    #[test]
    fn lastlog_tells_by_the_users_number() {
        let mut bytes = vec![0_u8; LAST * 2];
        bytes[LAST..LAST + 4].copy_from_slice(&1_700_000_000_u32.to_ne_bytes());
        bytes[LAST + 36..LAST + 39].copy_from_slice(b"far");
        let all = last(&bytes);
        assert_eq!(all.len(), 1);
        assert_eq!((all[0].0, &*all[0].1.host), (1, "far"));
    }

    proptest! {
        #[test]
        fn no_bytes_make_a_reader_fall_over(bytes in prop::collection::vec(any::<u8>(), 0..1300)) {
            let _ = (records(&bytes), last(&bytes));
        }
    }
}
