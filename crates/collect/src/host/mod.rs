//! What this computer can tell: collectors in the order in which what they read goes away.
//!
//! Each only reads, needs no administrator, and has a share of the time: one that hangs costs only
//! its own. What may not be read is a finding. The computer itself may be lying in all of it.
//!
//! Each writes one JSON file, `ID.json`: `version`, `collector`, `title`; `looked_at`, the places that
//! were read; `not_collected`, a list of `place` and `why` (`access denied`); `left_out`, what a bound
//! kept away, in words; and `found`, whose names are each collector's own. Times are UTC. Rows are
//! sorted, so that equal state gives equal bytes.

mod autostart;
mod certificates;
mod clock;
mod cookies;
mod downloads;
mod event_log;
mod extensions;
mod logins;
mod look;
mod mac_log;
mod network;
mod plists;
mod privacy;
mod programs;
mod registry;
mod remote;
mod sockets;
mod sqlite;
mod system;
mod tasks;
mod users;
mod utmp;

use std::{
    sync::{Arc, mpsc},
    thread,
    time::{Duration, Instant},
};

use jiff::Timestamp;
use machine::{Machine, Os};
use serde::Serialize;

use crate::{Collected, Lists, Outcome, State, Told};

use self::look::{Found, Look, Seen};

/// How long all of it may take, where nothing else is said.
pub const WITHIN: Duration = Duration::from_secs(20);
/// How much longer than its share a collector is waited for, so that it can end by itself.
const GRACE: Duration = Duration::from_millis(250);

/// How far a venue's clock was from this computer's, as a door measured it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Offset {
    /// Which clock.
    pub clock: String,
    /// How far it was ahead of this computer's, in milliseconds.
    pub ahead_ms: i64,
    /// When that was measured, by this computer's clock.
    pub at: Timestamp,
}

/// A collector, before it began.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Collector {
    /// Its id.
    pub id: &'static str,
    /// What it is, for a person.
    pub title: &'static str,
}

/// One collector: who it is, its longest time, and what it does.
struct Kind {
    id: &'static str,
    title: &'static str,
    /// What is said to be missing when nothing was there.
    looked_for: &'static str,
    share: Duration,
    look: fn(&Look, &mut Found),
    only_on: Option<Os>,
}

const fn kind(
    id: &'static str,
    title: &'static str,
    looked_for: &'static str,
    seconds: u64,
    look: fn(&Look, &mut Found),
) -> Kind {
    Kind {
        id,
        title,
        looked_for,
        share: Duration::from_secs(seconds),
        look,
        only_on: None,
    }
}

/// All of them, what goes away first, first.
const KINDS: [Kind; 14] = [
    kind(
        "clock",
        "The clock and how far it is off",
        "state of the clock",
        2,
        clock::look,
    ),
    kind(
        "users",
        "Who is logged in",
        "record of who is logged in",
        2,
        users::look,
    ),
    kind(
        "processes",
        "Programs that run",
        "list of what runs",
        6,
        programs::look,
    ),
    kind(
        "sockets",
        "Connections and who has them",
        "list of sockets",
        3,
        sockets::look,
    ),
    kind(
        "remote-control",
        "Programs for remote control",
        "trace of them",
        2,
        remote::look,
    ),
    kind(
        "autostart",
        "What starts by itself",
        "entry",
        3,
        autostart::look,
    ),
    kind(
        "browser-extensions",
        "Extensions of browsers",
        "profile of a browser",
        3,
        extensions::look,
    ),
    kind(
        "cookies",
        "Cookies of brokers, without their values",
        "store of cookies",
        3,
        cookies::look,
    ),
    kind(
        "network",
        "Proxy, hosts and name servers",
        "setting of the network",
        3,
        network::look,
    ),
    kind(
        "root-certificates",
        "Certificates that were added",
        "added certificate",
        3,
        certificates::look,
    ),
    kind(
        "downloads",
        "Downloads and where they came from",
        "record of downloads",
        3,
        downloads::look,
    ),
    Kind {
        only_on: Some(Os::MacOs),
        ..kind(
            "privacy-grants",
            "What programs may see and do",
            "list of grants",
            2,
            privacy::look,
        )
    },
    kind(
        "system",
        "The system, its updates and its guards",
        "description of the system",
        3,
        system::look,
    ),
    kind(
        "logins",
        "Logins until now",
        "record of logins",
        4,
        logins::look,
    ),
];

/// The collectors of a system, in the order in which they run.
pub fn collectors(os: Os) -> Vec<Collector> {
    kinds(os)
        .map(|kind| Collector {
            id: kind.id,
            title: kind.title,
        })
        .collect()
}

/// Looks at `machine` with every collector, `within` that time in all, and says how it goes.
pub fn host(
    machine: &Machine,
    lists: &Lists,
    within: Duration,
    told: &mut dyn FnMut(Told<'_>),
) -> Vec<Collected> {
    host_with(machine, lists, &[], within, told)
}

/// As [`host`], with what doors measured of other clocks.
pub fn host_with(
    machine: &Machine,
    lists: &Lists,
    offsets: &[Offset],
    within: Duration,
    told: &mut dyn FnMut(Told<'_>),
) -> Vec<Collected> {
    let all: Vec<&Kind> = kinds(machine.os()).collect();
    run(&all, machine, lists, offsets, within, told)
}

fn kinds(os: Os) -> impl Iterator<Item = &'static Kind> {
    KINDS
        .iter()
        .filter(move |kind| kind.only_on.is_none_or(|only| only == os))
}

fn run(
    kinds: &[&Kind],
    machine: &Machine,
    lists: &Lists,
    offsets: &[Offset],
    within: Duration,
    told: &mut dyn FnMut(Told<'_>),
) -> Vec<Collected> {
    let end = Instant::now() + within;
    let look = Look {
        machine: machine.clone(),
        lists: Arc::new(lists.clone()),
        offsets: offsets.into(),
        now: Timestamp::now(),
        until: end,
        seen: Arc::new(Seen::default()),
    };
    let of = kinds.len();
    let mut all = Vec::with_capacity(of);
    for (at, kind) in kinds.iter().enumerate() {
        let mut tell = |state| {
            told(Told {
                collector: kind.id,
                title: kind.title,
                state,
                nth: at + 1,
                of,
            });
        };
        tell(State::Began);
        let collected = one(kind, look.clone(), end);
        tell(State::Ended(&collected.outcome));
        all.push(collected);
    }
    all
}

/// Runs one collector on a thread of its own, which is left behind when it hangs.
fn one(kind: &Kind, mut look: Look, end: Instant) -> Collected {
    let began = Timestamp::now();
    let left = end.saturating_duration_since(Instant::now());
    let share = kind.share.min(left);
    let collected = |outcome, found: Option<Found>| {
        let (taken, sightings) = match (&outcome, found) {
            (Outcome::NotHere { .. }, Some(found)) => (Vec::new(), found.sightings),
            (_, Some(mut found)) => {
                let sightings = std::mem::take(&mut found.sightings);
                (vec![found.file(kind.id, kind.title)], sightings)
            }
            (_, None) => (Vec::new(), Vec::new()),
        };
        Collected {
            collector: kind.id.to_owned(),
            title: kind.title.to_owned(),
            began,
            ended: Timestamp::now(),
            outcome,
            taken,
            sightings,
            acts: Vec::new(),
        }
    };
    let too_late = |took: Duration| Outcome::TimedOut {
        why: format!("it was not done within {} ms", took.as_millis()),
    };
    if share.is_zero() {
        let why = "the time of all collectors was over before it began".to_owned();
        return collected(Outcome::TimedOut { why }, None);
    }
    look.until = Instant::now() + share;
    let work = kind.look;
    let (send, receive) = mpsc::channel();
    let started = thread::Builder::new()
        .name(kind.id.to_owned())
        .spawn(move || {
            let mut found = Found::default();
            work(&look, &mut found);
            // nobody waits for it any more when its time is over
            drop(send.send(found));
        });
    if let Err(e) = started {
        let why = format!("it did not start: {e}");
        return collected(Outcome::Failed { why }, None);
    }
    match receive.recv_timeout(share + GRACE) {
        Ok(found) => {
            let outcome = found.outcome(kind.looked_for);
            collected(outcome, Some(found))
        }
        Err(mpsc::RecvTimeoutError::Timeout) => collected(too_late(share), None),
        Err(mpsc::RecvTimeoutError::Disconnected) => {
            let why = "it fell over what it read".to_owned();
            collected(Outcome::Failed { why }, None)
        }
    }
}

#[cfg(test)]
mod tests;
