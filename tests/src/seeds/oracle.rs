//! Holds what a run claims against what the world knows.

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    time::Duration,
};

use door::{CancelScope, DoorKind, KeyScope, Lever};
use incident::{Event, Run, Word, journal::Line};
use runbook::{AccountName, Action, Task, TaskId};
use simulator::{
    faults::Front,
    world::{AccountId, PermId, Venue, WithdrawalState, World},
};

/// A claim that the world contradicts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Lie {
    /// The journal line that claims it.
    pub seq: u64,
    /// What is claimed, and what is so.
    pub what: String,
}

impl fmt::Display for Lie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.seq, self.what)
    }
}

/// An order that stays open this long while a run holds orders down and claims that nothing is open
/// is a lie, whatever the pacing: three listings fit in.
const NOTICED_UNDER_HOLD: Duration = Duration::from_secs(25);
/// The same where orders are only looked at again while the run is open.
const NOTICED_LATER: Duration = Duration::from_secs(75);

/// When a reading began, and when it ended if it has, on the world's clock.
type Span = (Duration, Option<Duration>);

/// Follows a run and judges each line.
pub(super) struct Oracle {
    world: World,
    accounts: BTreeMap<AccountName, AccountId>,
    run: Option<Run>,
    /// World time of the run clock's zero.
    zero: Duration,
    /// When the last readings of each task and door began and ended, on the world's clock.
    readings: HashMap<(TaskId, DoorKind), Vec<Span>>,
}

impl Oracle {
    pub(super) fn new(world: World, accounts: BTreeMap<AccountName, AccountId>) -> Self {
        let zero = world.now();
        Self {
            world,
            accounts,
            run: None,
            zero,
            readings: HashMap::new(),
        }
    }

    /// The run as its lines tell it.
    pub(super) fn run(&self) -> Option<&Run> {
        self.run.as_ref()
    }

    /// Whether nothing automatic is left to happen now.
    pub(super) fn is_settled(&self) -> bool {
        let now = self.world.now().saturating_sub(self.zero);
        let now_ms = u64::try_from(now.as_millis()).unwrap_or(u64::MAX);
        self.run.as_ref().is_some_and(|run| run.is_settled(now_ms))
    }

    /// Takes a line in and judges it.
    pub(super) fn judge(&mut self, line: &Line) -> Result<(), Lie> {
        let lie = |what: String| Lie {
            seq: line.seq,
            what,
        };
        let applied = match &mut self.run {
            Some(run) => run.apply(line.stamp(), &line.event),
            None => Run::start(line.stamp(), &line.event).map(|run| self.run = Some(run)),
        };
        applied.map_err(|illegal| lie(format!("the journal does not replay: {illegal}")))?;
        let at = self.zero + Duration::from_millis(line.mono_ms);
        match &line.event {
            Event::ReadingStarted { task, door, .. } => {
                self.readings
                    .entry((task.clone(), door.clone()))
                    .or_default()
                    .push((at, None));
            }
            Event::ReadingTaken { task, door, .. } => {
                let row = self
                    .readings
                    .entry((task.clone(), door.clone()))
                    .or_default();
                if let Some(last) = row.last_mut() {
                    // stamps are whole milliseconds, cut off: it ended within the next one
                    last.1 = Some(at + Duration::from_millis(1));
                }
            }
            Event::ReadingFailed { task, door, .. } => {
                self.readings
                    .entry((task.clone(), door.clone()))
                    .or_default()
                    .pop();
            }
            Event::Verified { task, proof } => {
                let found = self.judge_verified(task, &proof.doors, at);
                return found.map_or(Ok(()), |what| Err(lie(what)));
            }
            Event::RunSummary(summary) => {
                if let Some(what) = self.judge_summary(summary.contained, at) {
                    return Err(lie(what));
                }
            }
            Event::RunStarted { .. }
            | Event::RunExtended { .. }
            | Event::Attached { .. }
            | Event::Resumed { .. }
            | Event::Released { .. }
            | Event::AttemptStarted { .. }
            | Event::AttemptAccepted { .. }
            | Event::AttemptFailed { .. }
            | Event::Partial { .. }
            | Event::Refused { .. }
            | Event::NeedsYou { .. }
            | Event::Unknown { .. }
            | Event::Reopened { .. }
            | Event::Answered { .. }
            | Event::CodeGiven { .. }
            | Event::Skipped { .. }
            | Event::OrderAppeared { .. }
            | Event::FillSeen { .. }
            | Event::OrdersListed { .. }
            | Event::PositionsRead { .. }
            | Event::HoldEnded { .. }
            | Event::Captured { .. }
            | Event::CaptureLost { .. }
            | Event::Noted { .. }
            | Event::Story { .. }
            | Event::RecordingFailed { .. }
            | Event::RecordingResumed { .. }
            | Event::HoldReleased { .. }
            | Event::Reset { .. } => {}
        }
        Ok(())
    }

    fn judge_verified(&self, id: &TaskId, doors: &[DoorKind], at: Duration) -> Option<String> {
        let task = self.run.as_ref()?.task(id)?;
        let account = self.accounts.get(task.task.account.as_ref()?)?;
        match task.task.lever()? {
            Lever::CancelOrders => {
                for door in doors {
                    let row = self.readings.get(&(id.clone(), door.clone()))?;
                    for (begun, taken) in row.iter().rev().take(2) {
                        let taken = (*taken)?;
                        let mut open = self.world.open_orders_throughout(account, *begun, taken);
                        open.retain(|order| self.is_asked_for(&task.task, *order));
                        open.retain(|order| self.is_listed_at(door, *order));
                        if !open.is_empty() {
                            return Some(format!(
                                "{id} is verified through {door}, and {} orders were open all \
                                 the time from {begun:?} to {taken:?}, the first is {:?}",
                                open.len(),
                                open[0],
                            ));
                        }
                    }
                }
                None
            }
            Lever::BlockTrading => {
                let view = self.world.account(account).ok()?;
                let blocked = match view.exchange.venue {
                    Venue::Ibkr => self.world.tws_read_only(account).unwrap_or(false),
                    Venue::Kraken | Venue::Deribit => {
                        let subs = view.exchange.subs.iter().map(|sub| sub.id);
                        let mut all = std::iter::once(0).chain(subs);
                        all.all(|sub| view.exchange.blocked.contains(&(sub, "PERP".to_owned())))
                    }
                };
                (!blocked).then(|| format!("{id} is verified, and orders are taken"))
            }
            Lever::RevokeKey => {
                let own = matches!(
                    task.task.action,
                    Action::Pull {
                        keys: KeyScope::Own,
                        ..
                    }
                );
                let keys = self.world.account(account).ok()?.keys;
                let works = keys
                    .iter()
                    .find(|key| key.enabled && key.is_firebreaks() == own)?;
                Some(format!(
                    "{id} is verified, and the key {} works",
                    works.name
                ))
            }
            Lever::StopWithdrawals => {
                let withdrawals = self.world.account(account).ok()?.withdrawals;
                let left = withdrawals
                    .iter()
                    .find(|each| each.state != WithdrawalState::Cancelled)?;
                let state = left.state.word();
                Some(format!("{id} is verified, and {} is {state}", left.id))
            }
            Lever::StopAutomation => {
                let running = *self.world.tws_running(account).ok()?.borrow();
                running.then(|| format!("{id} is verified at {at:?}, and TWS runs"))
            }
            Lever::EndSessions | Lever::Capture | Lever::Audit => None,
        }
    }

    /// Whether a cancel is about an order: stops are kept where the runbook keeps them.
    fn is_asked_for(&self, task: &Task, order: PermId) -> bool {
        let keeps = matches!(
            task.action,
            Action::Pull {
                scope: CancelScope::KeepProtective,
                ..
            }
        );
        let is_stop = self
            .world
            .order(order)
            .is_some_and(|o| o.ask.order_type.waits());
        !(keeps && is_stop)
    }

    /// Whether a door lists an order at all: some see only a part of an account.
    fn is_listed_at(&self, door: &DoorKind, order: PermId) -> bool {
        let order = self.world.order(order);
        Front::from_id(&door.0)
            .zip(order)
            .is_none_or(|(front, order)| front.trades(&order.ask.instrument))
    }

    /// Nothing that has been open for long may be missing from what the run calls open.
    fn judge_summary(&self, contained: bool, at: Duration) -> Option<String> {
        let run = self.run.as_ref()?;
        for (name, account) in &self.accounts {
            let cancel = run.tasks.iter().find(|task| {
                task.task.account.as_ref() == Some(name)
                    && task.task.lever() == Some(Lever::CancelOrders)
            })?;
            let holding = cancel.is_holding();
            let noticed = if holding {
                NOTICED_UNDER_HOLD
            } else {
                NOTICED_LATER
            };
            let since = at.saturating_sub(noticed).max(self.zero);
            let mut open = self.world.open_orders_throughout(account, since, at);
            open.retain(|order| self.is_asked_for(&cancel.task, *order));
            if open.is_empty() || at.saturating_sub(since) < noticed {
                continue;
            }
            if contained {
                return Some(format!(
                    "contained, and {} orders are open on {name}",
                    open.len()
                ));
            }
            if cancel.word == Word::Verified {
                return Some(format!(
                    "{} orders have been open on {name} for {noticed:?}, and {} is verified",
                    open.len(),
                    cancel.task.id,
                ));
            }
        }
        None
    }
}
