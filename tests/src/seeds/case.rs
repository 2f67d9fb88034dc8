//! What a seed stands for.

use std::{collections::BTreeSet, time::Duration};

use rand::{Rng, RngExt, SeedableRng, rngs::StdRng, seq::IndexedRandom};
use simulator::{
    faults::{Begins, Fault, FaultKind, Front},
    world::{Seeding, Venue},
};

/// One simulated emergency.
#[derive(Clone, Debug)]
pub struct Case {
    /// Everything follows from it.
    pub seed: u64,
    /// The runbook's id.
    pub runbook: &'static str,
    /// The doors of each account.
    pub accounts: Vec<BTreeSet<Front>>,
    /// What each account begins with.
    pub seeding: Seeding,
    /// What goes wrong.
    pub faults: Vec<Fault>,
    /// After how long a withdrawal leaves that is pending at each exchange, if one is.
    pub withdrawal: Option<Duration>,
    /// Whether a person answers the cards.
    pub person: bool,
    /// When the program is killed and started again.
    pub kill: Option<Kill>,
}

/// The program ends in the middle, without a word, after so many journal lines.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Kill {
    /// Lines that reached the disk.
    pub after_lines: usize,
    /// How long nothing runs.
    pub away: Duration,
}

impl Case {
    /// The case of a seed.
    pub fn of(seed: u64) -> Self {
        let mut rng = StdRng::seed_from_u64(seed);
        let shipped = runbook::shipped();
        let runbook = shipped
            .choose(&mut rng)
            .map_or("contain-everything", |(id, _)| *id);
        let accounts = (0..rng.random_range(1..=3))
            .map(|_| doors(&mut rng))
            .collect::<Vec<_>>();
        let faults = (0..rng.random_range(0..=3))
            .map(|_| fault(&mut rng))
            .collect();
        Self {
            seed,
            runbook,
            accounts,
            seeding: Seeding {
                orders: rng.random_range(0..=12),
                holdings: rng.random_range(0..=3),
                put_aside: rng.random_bool(0.5),
                keys: true,
                ..Seeding::default()
            },
            faults,
            withdrawal: rng
                .random_bool(0.5)
                .then(|| Duration::from_millis(rng.random_range(500..60_000))),
            person: rng.random_bool(0.6),
            kill: rng.random_bool(0.4).then(|| Kill {
                after_lines: rng.random_range(1..=60),
                away: Duration::from_millis(rng.random_range(0..20_000)),
            }),
        }
    }

    /// The same emergency without the kill.
    #[must_use]
    pub fn uninterrupted(mut self) -> Self {
        self.kill = None;
        self
    }

    /// A runbook over one account at each venue with all doors, and one fault: for going through
    /// them all.
    pub fn single(runbook: &'static str, fault: Fault, seed: u64) -> Self {
        Self {
            seed,
            runbook,
            accounts: venues()
                .map(|venue| venue.fronts().iter().copied().collect())
                .collect(),
            seeding: Seeding::default(),
            faults: vec![fault],
            withdrawal: Some(Duration::from_secs(20)),
            person: true,
            kill: None,
        }
    }
}

fn venues() -> impl Iterator<Item = Venue> {
    Venue::ALL.into_iter()
}

/// Some of the doors of some venue, one that cancels among them.
fn doors(rng: &mut impl Rng) -> BTreeSet<Front> {
    let venue = match rng.random_range(0..5) {
        0 | 1 => Venue::Ibkr,
        2 | 3 => Venue::Kraken,
        _ => Venue::Deribit,
    };
    let mut doors: BTreeSet<Front> = venue
        .fronts()
        .iter()
        .copied()
        .filter(|_| rng.random_bool(0.7))
        .collect();
    if !doors.iter().any(|front| *front != Front::Ibc) {
        doors.extend(venue.fronts().first());
    }
    doors
}

fn fault(rng: &mut impl Rng) -> Fault {
    let kind = *FaultKind::ALL.choose(rng).unwrap_or(&FaultKind::Hang);
    let mut fault = Fault::new(kind);
    if rng.random_bool(0.5)
        && let Some(front) = kind.fronts().choose(rng)
    {
        fault = fault.at(*front);
    }
    if rng.random_bool(0.6) {
        let begins = Duration::from_millis(rng.random_range(0..20_000));
        fault = fault.beginning(Begins::At(begins));
    }
    if rng.random_bool(0.3) {
        fault = fault.until(Duration::from_millis(rng.random_range(5_000..90_000)));
    }
    fault
}
