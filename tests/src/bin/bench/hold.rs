//! A long hold-down against an attacker who places order after order: the journal that it leaves
//! is what `journal` measures.
//!
//! The real engine and the real executor write it, in virtual time, so that it holds only lines
//! that the state table allows.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use door::{
    Door, DoorError, DoorKind, ErrorClass, Family, Found, Health, Keep, Lever, LeverSupport,
    OpenOrder, OrderKey, Pull, Reach, Reading, Receipt, Released, Side,
};
use incident::{
    Mode, TokioClock,
    executor::{self, Command, Doors, Record, Start},
};
use jiff::Timestamp;
use runbook::{AccountName, AccountOutline, DoorOutline, Terrain};

use crate::{Failure, ground};

const ACCOUNTS: usize = 10;
const POLL: Duration = Duration::from_millis(500);
/// An order appears at every so-many-th listing of an account.
const ATTACK_EVERY: u64 = 6;

/// The session is taken and never proved taken, so that orders are held down without end.
pub(crate) const RUNBOOK: &str = r#"
id = "hold-down"
title = "Hold orders down"
when = "Somebody goes on placing orders."

[[step]]
id = "cancel"
title = "Cancel every open order"
lever = "cancel_orders"
accounts = "all"
deadline = "1m"
hold_until = ["end-sessions"]

[[step]]
id = "end-sessions"
title = "Take the trading session"
lever = "end_sessions"
accounts = "all"
deadline = "1m"
"#;

/// The first `lines` lines of such a run's journal, as they would stand on disk.
pub(crate) fn journal(lines: usize) -> Result<Vec<u8>, Failure> {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()?
        .block_on(recorded(lines))
}

async fn recorded(lines: usize) -> Result<Vec<u8>, Failure> {
    let names = (1..=ACCOUNTS).map(|nth| AccountName::new(format!("account-{nth}")));
    let names = names.collect::<Vec<_>>();
    let doors: Doors = names
        .iter()
        .map(|name| {
            let attacked: Arc<dyn Door> = Arc::new(Attacked::default());
            ((name.clone(), attacked.kind().clone()), attacked)
        })
        .collect();
    let outlines = names.iter().map(|name| outline(name, &Attacked::default()));
    let runbook = ground::read("hold-down", RUNBOOK)?;
    let start = Start {
        run: "20260101T000000Z-hold-down".to_owned(),
        mode: Mode::Practice,
        seed: 1,
        program: env!("CARGO_PKG_VERSION").to_owned(),
        pressed_from: "benchmark".to_owned(),
        plan: runbook::plan(&runbook, &Terrain::new(outlines.collect())),
    };
    let clock = Arc::new(TokioClock::starting_at(Timestamp::UNIX_EPOCH));
    let run = executor::start(start, doors, Record::nowhere(), clock)?;

    let mut stream = run.lines();
    let mut bytes = Vec::new();
    for _ in 0..lines {
        let line = stream.next().await.ok_or("the run ended too early")?;
        serde_json::to_writer(&mut bytes, &*line)?;
        bytes.push(b'\n');
    }
    run.send(Command::Leave).await?;
    Ok(bytes)
}

fn outline(name: &AccountName, door: &Attacked) -> AccountOutline {
    AccountOutline {
        name: name.clone(),
        venue: "ibkr".to_owned(),
        entity: None,
        masked_id: None,
        doors: vec![DoorOutline {
            kind: door.kind().clone(),
            username: None,
            levers: door.levers(),
            poll_interval_ms: u64::try_from(POLL.as_millis()).unwrap_or(u64::MAX),
        }],
        not_armed: None,
    }
}

/// A door behind which orders keep appearing.
struct Attacked {
    kind: DoorKind,
    open: Mutex<Vec<OpenOrder>>,
    listings: AtomicU64,
}

impl Default for Attacked {
    fn default() -> Self {
        Self {
            kind: DoorKind::new("tws"),
            open: Mutex::default(),
            listings: AtomicU64::default(),
        }
    }
}

#[async_trait]
impl Door for Attacked {
    fn kind(&self) -> &DoorKind {
        &self.kind
    }

    fn levers(&self) -> Vec<LeverSupport> {
        [Lever::CancelOrders, Lever::EndSessions]
            .map(|lever| LeverSupport {
                lever,
                reach: Reach::Full,
                acts: true,
                reads: true,
                takes_at_least: POLL,
                blinds: Vec::new(),
                own_part: false,
                asks_code: false,
            })
            .to_vec()
    }

    fn poll_interval(&self) -> Duration {
        POLL
    }

    async fn open(&self) -> Result<Health, DoorError> {
        Ok(Health::default())
    }

    async fn act(&self, pull: &Pull, _keep: &dyn Keep) -> Result<Receipt, DoorError> {
        if pull.lever == Lever::CancelOrders {
            self.orders().clear();
        }
        Ok(Receipt {
            words: "taken".to_owned(),
            ..Receipt::default()
        })
    }

    async fn read_back(&self, pull: &Pull, _keep: &dyn Keep) -> Result<Reading, DoorError> {
        if pull.lever != Lever::CancelOrders {
            return Err(DoorError::new(
                ErrorClass::TimedOut,
                "",
                "the venue did not say whose the session is",
            ));
        }
        let listing = self.listings.fetch_add(1, Ordering::Relaxed);
        let mut open = self.orders();
        if listing.is_multiple_of(ATTACK_EVERY) {
            open.push(order(listing));
        }
        Ok(Reading {
            found: open.iter().cloned().map(Found::Order).collect(),
            words: format!("{} open orders of all clients", open.len()),
            ..Reading::default()
        })
    }

    async fn release(&self, _keep: &dyn Keep) -> Result<Vec<Released>, DoorError> {
        Ok(Vec::new())
    }
}

impl Attacked {
    fn orders(&self) -> std::sync::MutexGuard<'_, Vec<OpenOrder>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn order(nth: u64) -> OpenOrder {
    OpenOrder {
        key: OrderKey(format!("{}", 1_700_000_000 + nth)),
        family: Family::new("orders"),
        instrument: "SPY".to_owned(),
        side: Side::Buy,
        quantity: 100.into(),
        filled: 0.into(),
        order_type: "LMT".to_owned(),
        limit: Some(412.into()),
        stop: None,
        status: "Submitted".to_owned(),
        submitter: Some("client 7".to_owned()),
        placed_at: None,
    }
}

#[cfg(test)]
mod tests {
    use incident::journal;

    #[test]
    fn the_journal_that_is_measured_replays_and_holds_an_attack() {
        let bytes = super::journal(2_000).unwrap();
        let recovered = journal::parse(&bytes).unwrap();
        assert_eq!((recovered.lines.len(), recovered.dropped_bytes), (2_000, 0));
        let run = journal::replay(&recovered.lines).unwrap();
        assert!(run.tasks.iter().any(|task| task.reopened > 3));
    }
}
