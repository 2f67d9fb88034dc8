//! The gateway's pacing, kept on our side: so many calls a second, and less for some endpoints.
//!
//! Urgent calls never wait behind reads: reads leave part of every second free. After the gateway
//! has said "too many" again and again reads stay away longer and longer, since every call may
//! prolong the penalty. Whether an address really is in the penalty box nobody says: a lever is
//! still tried now and then.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use door::{DoorError, ErrorClass};
use tokio::time::{Instant, sleep_until};

/// What the gateway takes within [`WINDOW`], over all endpoints.
const CALLS: usize = 10;
/// What reads leave of it for urgent calls.
const LEFT_FOR_URGENT: usize = 3;
/// A second, and what two calls may be delayed apart on their way.
const WINDOW: Duration = Duration::from_millis(1100);
/// How long an address stays in the penalty box.
pub(super) const PENALTY: Duration = Duration::from_mins(10);
/// How long reads stay away after the gateway said "too many" once, twice, ... in a row. The last
/// ones take it for the penalty box.
const STAYS_AWAY: [Duration; 5] = [
    Duration::from_secs(1),
    Duration::from_secs(5),
    Duration::from_mins(1),
    Duration::from_mins(2),
    PENALTY,
];
/// How many times in a row "too many" is taken for the penalty box.
const PENALISED_AFTER: u32 = 3;
/// How often a lever is tried meanwhile.
const URGENT_MEANWHILE: Duration = Duration::from_secs(10);
/// Answers of "too many" this close together were asked for together, and count as one.
const TOGETHER: Duration = Duration::from_millis(900);
/// A call that would have to wait longer than this is refused at once, to be asked again.
const WAITS_AT_MOST: Duration = Duration::from_secs(12);

/// An endpoint with a pace of its own.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Pace {
    /// The whole's only.
    Free,
    /// The list of orders: once in 5 s.
    Orders,
    /// The list of trades: once in 5 s.
    Trades,
    /// The list of accounts of the portfolio: once in 5 s.
    PortfolioAccounts,
    /// Keeping the session: once a second.
    Tickle,
    /// Notifications: once a second.
    Notifications,
    /// Who is logged in: once a minute.
    Validate,
}

impl Pace {
    /// The least time between two calls.
    pub(super) fn interval(self) -> Duration {
        match self {
            Self::Free => Duration::ZERO,
            Self::Orders | Self::Trades | Self::PortfolioAccounts => Duration::from_secs(5),
            Self::Tickle | Self::Notifications => Duration::from_secs(1),
            Self::Validate => Duration::from_mins(1),
        }
    }
}

/// Who goes first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Urgency {
    /// A lever is being pulled.
    Act,
    /// Something is read.
    Read,
}

/// Admits calls at the gateway's pace.
#[derive(Default)]
pub(super) struct Limiter {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    sent: VecDeque<Instant>,
    next: HashMap<Pace, Instant>,
    too_many: u32,
    last_too_many: Option<Instant>,
    closed_until: Option<Instant>,
    next_urgent: Option<Instant>,
}

impl Limiter {
    /// Returns when a call may be sent; it counts as sent.
    pub(super) async fn admit(&self, pace: Pace, urgency: Urgency) -> Result<(), DoorError> {
        let asked = Instant::now();
        loop {
            let ready = {
                let mut state = self.lock();
                let now = Instant::now();
                state.stay_away(urgency, now)?;
                let ready = state.ready(pace, urgency, now);
                if ready <= now {
                    state.sent.push_back(now);
                    state.next.insert(pace, now + pace.interval());
                    return Ok(());
                }
                if ready - asked > WAITS_AT_MOST {
                    return Err(paced(ready - now, 0));
                }
                ready
            };
            sleep_until(ready).await;
        }
    }

    /// The gateway answered that there were too many calls. The error says when to ask again.
    pub(super) fn too_many(&self, pace: Pace) -> DoorError {
        let mut state = self.lock();
        let now = Instant::now();
        state.next.insert(pace, now + pace.interval());
        let asked_together = state
            .last_too_many
            .is_some_and(|last| now - last < TOGETHER);
        state.last_too_many = Some(now);
        // an endpoint with a pace of its own may have been asked by another program just before:
        // the first time only that endpoint rests
        if state.too_many == 0 && pace.interval() > STAYS_AWAY[0] {
            state.too_many = 1;
            return paced(pace.interval(), 1);
        }
        if !asked_together || state.too_many == 0 {
            state.too_many += 1;
        }
        let times = usize::try_from(state.too_many).unwrap_or(usize::MAX);
        let wait = STAYS_AWAY[times.clamp(1, STAYS_AWAY.len()) - 1];
        state.closed_until = Some(now + wait);
        paced(wait, state.too_many)
    }

    /// The gateway answered a call. Its own clock of that endpoint began before now.
    pub(super) fn answered(&self, pace: Pace) {
        let mut state = self.lock();
        state.too_many = 0;
        state.closed_until = None;
        state.next_urgent = None;
        state.next.insert(pace, Instant::now() + pace.interval());
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Keeps calls back after the gateway said "too many". A lever is let through now and then.
    fn stay_away(&mut self, urgency: Urgency, now: Instant) -> Result<(), DoorError> {
        let Some(until) = self.closed_until.filter(|until| *until > now) else {
            return Ok(());
        };
        match (urgency, self.next_urgent) {
            (Urgency::Read, _) => Err(paced(until - now, self.too_many)),
            (Urgency::Act, Some(next)) if next > now => Err(paced(next - now, self.too_many)),
            (Urgency::Act, _) => {
                self.next_urgent = Some(now + URGENT_MEANWHILE);
                Ok(())
            }
        }
    }

    fn ready(&mut self, pace: Pace, urgency: Urgency, now: Instant) -> Instant {
        while self.sent.front().is_some_and(|sent| *sent + WINDOW <= now) {
            self.sent.pop_front();
        }
        let most = match urgency {
            Urgency::Act => CALLS,
            Urgency::Read => CALLS - LEFT_FOR_URGENT,
        };
        // the call that must have left the window before another may be sent
        let window = self
            .sent
            .len()
            .checked_sub(most)
            .and_then(|index| self.sent.get(index))
            .map_or(now, |sent| *sent + WINDOW);
        let own = self.next.get(&pace).copied().unwrap_or(now);
        window.max(own)
    }
}

fn paced(wait: Duration, too_many: u32) -> DoorError {
    let boxed = too_many >= PENALISED_AFTER;
    let meaning = if boxed {
        "the gateway seems to have put this computer into its penalty box: it may take nothing for \
         10 minutes"
    } else if too_many > 0 {
        "more calls than the gateway takes"
    } else {
        "this may not be asked again so soon"
    };
    let error = DoorError::new(ErrorClass::Paced, "", meaning).after(wait);
    if boxed {
        error.next("Use another way in meanwhile: TWS, IBKR Mobile, or the phone.")
    } else {
        error
    }
}

#[cfg(test)]
mod tests {
    use door::Again;

    use super::*;

    async fn elapsed(limiter: &Limiter, pace: Pace, urgency: Urgency) -> Duration {
        let before = Instant::now();
        limiter.admit(pace, urgency).await.unwrap();
        before.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn reads_leave_room_and_an_act_never_waits_behind_them() {
        let limiter = Limiter::default();
        for _ in 0..CALLS - LEFT_FOR_URGENT {
            assert_eq!(
                elapsed(&limiter, Pace::Free, Urgency::Read).await,
                Duration::ZERO
            );
        }
        let read = elapsed(&limiter, Pace::Free, Urgency::Read);
        let act = elapsed(&limiter, Pace::Free, Urgency::Act);
        let (read, act) = tokio::join!(read, act);
        assert_eq!(act, Duration::ZERO);
        assert!(read >= Duration::from_millis(990), "{read:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn no_second_holds_more_than_the_gateway_takes() {
        let limiter = Limiter::default();
        let mut sent = Vec::new();
        for _ in 0..35 {
            limiter.admit(Pace::Free, Urgency::Act).await.unwrap();
            sent.push(Instant::now());
        }
        for pair in sent.windows(CALLS + 1) {
            assert!(pair[CALLS] - pair[0] >= WINDOW);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_order_list_is_asked_once_in_five_seconds() {
        let limiter = Limiter::default();
        assert_eq!(
            elapsed(&limiter, Pace::Orders, Urgency::Read).await,
            Duration::ZERO
        );
        let second = elapsed(&limiter, Pace::Orders, Urgency::Read).await;
        assert!(second >= Duration::from_secs(5), "{second:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn saying_too_many_again_and_again_keeps_reads_away_longer_and_longer() {
        let limiter = Limiter::default();
        for expected in [1_000, 5_000, 60_000, 120_000, 600_000, 600_000] {
            assert_eq!(limiter.too_many(Pace::Free).again, Again::AfterMs(expected));
            let refused = limiter.admit(Pace::Free, Urgency::Read).await.unwrap_err();
            assert_eq!(refused.class, ErrorClass::Paced);
            assert_eq!(refused.meaning.contains("penalty box"), expected >= 60_000);
            tokio::time::advance(Duration::from_millis(expected)).await;
        }
        limiter.admit(Pace::Free, Urgency::Read).await.unwrap();
        limiter.answered(Pace::Free);
        tokio::time::advance(TOGETHER).await;
        assert_eq!(limiter.too_many(Pace::Free).again, Again::AfterMs(1_000));
    }

    #[tokio::test(start_paused = true)]
    async fn a_lever_is_tried_now_and_then_whatever_the_gateway_says() {
        let limiter = Limiter::default();
        for _ in 0..5 {
            limiter.too_many(Pace::Free);
            tokio::time::advance(Duration::from_secs(1)).await;
        }
        limiter.admit(Pace::Free, Urgency::Act).await.unwrap();
        let refused = limiter.admit(Pace::Free, Urgency::Act).await.unwrap_err();
        assert_eq!(refused.again, Again::AfterMs(10_000));
        tokio::time::advance(URGENT_MEANWHILE).await;
        limiter.admit(Pace::Free, Urgency::Act).await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn an_endpoint_that_another_program_asked_just_before_rests_alone() {
        let limiter = Limiter::default();
        assert_eq!(limiter.too_many(Pace::Orders).again, Again::AfterMs(5_000));
        limiter.admit(Pace::Free, Urgency::Read).await.unwrap();
        let orders = elapsed(&limiter, Pace::Orders, Urgency::Read).await;
        assert_eq!(orders, Duration::from_secs(5));
    }

    #[tokio::test(start_paused = true)]
    async fn answers_to_calls_that_were_sent_together_count_once() {
        let limiter = Limiter::default();
        for _ in 0..4 {
            limiter.too_many(Pace::Free);
        }
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(limiter.too_many(Pace::Free).again, Again::AfterMs(5_000));
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_that_would_wait_for_long_is_told_when_to_come_again() {
        let limiter = Limiter::default();
        limiter.admit(Pace::Validate, Urgency::Read).await.unwrap();
        let refused = limiter
            .admit(Pace::Validate, Urgency::Read)
            .await
            .unwrap_err();
        assert_eq!(refused.again, Again::AfterMs(60_000));
    }
}
