//! A venue's pacing as points: each call costs some, they come back with time, and the venue may
//! say when to rest. Reads leave some for levers, so that cancelling never waits behind them.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use door::{DoorError, ErrorClass};
use jiff::Timestamp;
use tokio::time::{Instant, sleep};

use super::Kept;

/// A call that would have to wait longer than this is refused at once, to be asked again.
const WAITS_AT_MOST: Duration = Duration::from_secs(8);
/// How often a lever is tried at most and at least while the venue says to rest: as soon as a point
/// can be back.
const URGENT_MEANWHILE: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(10)];

/// What a venue grants one key.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Points {
    /// The most that can be there.
    pub(crate) most: f64,
    /// How many come back in a second.
    pub(crate) per_second: f64,
    /// What reads leave for levers.
    pub(crate) left_for_urgent: f64,
}

impl Points {
    /// How long one point takes to come back, within bounds.
    fn one_back(self) -> Duration {
        let [at_least, at_most] = URGENT_MEANWHILE;
        Duration::from_secs_f64(1.0 / self.per_second).clamp(at_least, at_most)
    }
}

/// Who goes first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Urgency {
    /// Orders are being cancelled: nothing goes before it, and while the venue says to rest it is
    /// tried each second.
    First,
    /// A lever is being pulled.
    Act,
    /// Something is read.
    Read,
}

/// Admits calls at a venue's pace.
pub(crate) struct Limiter {
    points: Points,
    kept: Kept,
    state: Mutex<State>,
}

struct State {
    left: f64,
    at: Instant,
    read: bool,
    rests_until: Option<Instant>,
    /// Whether levers rest as well: the venue locks out whoever asks on.
    rests_strictly: bool,
    next_urgent: Option<Instant>,
    next_first: Option<Instant>,
    acting: u32,
}

impl Limiter {
    /// With all points there: for a venue whose points come back within seconds.
    pub(crate) fn new(points: Points) -> Self {
        Self::remembering(points, Kept::default())
    }

    /// With what an earlier start has left, and what has come back since.
    pub(crate) fn remembering(points: Points, kept: Kept) -> Self {
        Self {
            points,
            kept,
            state: Mutex::new(State {
                left: points.most,
                at: Instant::now(),
                read: false,
                rests_until: None,
                rests_strictly: false,
                next_urgent: None,
                next_first: None,
                acting: 0,
            }),
        }
    }

    /// Returns when a call of this cost may be sent; it counts as sent. Levers that wait go before
    /// reads that wait.
    pub(crate) async fn admit(&self, cost: f64, urgency: Urgency) -> Result<(), DoorError> {
        let _waiting = (urgency != Urgency::Read).then(|| Waiting::new(self));
        let asked = Instant::now();
        loop {
            let wait = {
                let mut state = self.lock();
                let now = Instant::now();
                self.remember(&mut state);
                let is_free = cost == 0.0 && urgency != Urgency::Read;
                // what costs nothing is not what there was too much of
                if !is_free || state.rests_strictly {
                    state.rested(self.points, urgency, now)?;
                }
                match state.take(self.points, cost, urgency, now) {
                    None => {
                        self.keep(&state);
                        return Ok(());
                    }
                    Some(wait) => wait,
                }
            };
            if asked.elapsed() + wait > WAITS_AT_MOST {
                return Err(paced(wait));
            }
            sleep(wait).await;
        }
    }

    /// The venue said that there were too many: nothing is left, and reads rest for `wait`.
    pub(crate) fn too_many(&self, wait: Duration) -> DoorError {
        self.rest(wait, false);
        paced(wait)
    }

    /// The venue shuts this key or address out for `wait`: levers rest too, as asking on makes it
    /// longer.
    pub(crate) fn locked_out(&self, wait: Duration) -> DoorError {
        self.rest(wait, true);
        DoorError::new(
            ErrorClass::Paced,
            "",
            "the venue has locked this key or this computer out for a time",
        )
        .after(wait)
        .next("Use the venue's own page or app meanwhile.")
    }

    /// Takes over, once, what an earlier start has left. A clock that was set back tells of nothing.
    fn remember(&self, state: &mut State) {
        if std::mem::replace(&mut state.read, true) {
            return;
        }
        let kept = self.kept.read();
        let numbers = kept.as_deref().and_then(|text| text.split_once(' '));
        let numbers = numbers.and_then(|(left, at)| {
            Some((
                left.parse::<f64>().ok()?,
                at.trim().parse::<Timestamp>().ok()?,
            ))
        });
        let Some((left, at)) = numbers.filter(|(left, _)| left.is_finite()) else {
            return;
        };
        let since = Timestamp::now().duration_since(at).as_secs_f64().max(0.0);
        let left = left + since * self.points.per_second;
        state.left = left.clamp(0.0, self.points.most);
    }

    fn keep(&self, state: &State) {
        let left = state.left.clamp(0.0, self.points.most);
        self.kept.keep(format!("{left:.2} {}", Timestamp::now()));
    }

    /// Whether there is too little for much more than one call.
    pub(crate) fn is_short(&self) -> bool {
        let mut state = self.lock();
        self.remember(&mut state);
        let rests = state
            .rests_until
            .is_some_and(|until| until > Instant::now());
        rests || state.left < 2.0
    }

    fn rest(&self, wait: Duration, strictly: bool) {
        let mut state = self.lock();
        let now = Instant::now();
        state.left = 0.0;
        state.at = now;
        state.rests_until = Some(now + wait);
        state.rests_strictly = strictly;
        state.next_urgent = Some(now + wait.min(self.points.one_back()));
        state.next_first = Some(now + wait.min(URGENT_MEANWHILE[0]));
        self.keep(&state);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A lever that waits for its turn.
struct Waiting<'a>(&'a Limiter);

impl<'a> Waiting<'a> {
    fn new(limiter: &'a Limiter) -> Self {
        limiter.lock().acting += 1;
        Self(limiter)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.acting = state.acting.saturating_sub(1);
    }
}

impl State {
    fn rested(&mut self, points: Points, urgency: Urgency, now: Instant) -> Result<(), DoorError> {
        let Some(until) = self.rests_until.filter(|until| *until > now) else {
            self.rests_until = None;
            return Ok(());
        };
        if urgency == Urgency::First && !self.rests_strictly {
            if let Some(next) = self.next_first.filter(|next| *next > now) {
                return Err(paced(next - now));
            }
            self.next_first = Some(now + URGENT_MEANWHILE[0]);
            self.left = f64::MAX;
            return Ok(());
        }
        match (urgency, self.next_urgent) {
            (Urgency::Act, Some(next)) if !self.rests_strictly && next <= now => {
                self.next_urgent = Some(now + points.one_back());
                // it is tried whatever our own count says
                self.left = f64::MAX;
                Ok(())
            }
            (Urgency::Act, Some(next)) if !self.rests_strictly => Err(paced(next - now)),
            (Urgency::First | Urgency::Act | Urgency::Read, _) => Err(paced(until - now)),
        }
    }

    /// Takes the points, or says how long to wait for them.
    fn take(
        &mut self,
        points: Points,
        cost: f64,
        urgency: Urgency,
        now: Instant,
    ) -> Option<Duration> {
        let back = now.duration_since(self.at).as_secs_f64() * points.per_second;
        self.left = (self.left + back).min(points.most);
        self.at = now;
        let kept = match urgency {
            Urgency::First | Urgency::Act => 0.0,
            Urgency::Read => points.left_for_urgent,
        };
        let behind = urgency == Urgency::Read && self.acting > 0;
        let missing = cost.min(points.most - kept) + kept - self.left;
        if missing <= 0.0 && !behind {
            self.left -= cost;
            return None;
        }
        let seconds = (missing / points.per_second).max(0.01);
        Some(Duration::from_secs_f64(seconds))
    }
}

fn paced(wait: Duration) -> DoorError {
    DoorError::new(ErrorClass::Paced, "", "more calls than the venue takes").after(wait)
}

#[cfg(test)]
mod tests {
    use door::Again;

    use super::*;

    const STARTER: Points = Points {
        most: 15.0,
        per_second: 0.33,
        left_for_urgent: 6.0,
    };

    #[tokio::test(start_paused = true)]
    async fn reads_leave_points_for_levers() {
        let limiter = Limiter::new(STARTER);
        for _ in 0..9 {
            limiter.admit(1.0, Urgency::Read).await.unwrap();
        }
        let before = Instant::now();
        for _ in 0..6 {
            limiter.admit(1.0, Urgency::Act).await.unwrap();
        }
        assert_eq!(before.elapsed(), Duration::ZERO);
        let read = limiter.admit(1.0, Urgency::Read).await.unwrap_err();
        assert_eq!(read.class, ErrorClass::Paced);
        assert!(
            matches!(read.again, Again::AfterMs(ms) if ms > 8_000),
            "{read:?}"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn points_come_back_with_time() {
        let limiter = Limiter::new(STARTER);
        for _ in 0..15 {
            limiter.admit(1.0, Urgency::Act).await.unwrap();
        }
        let before = Instant::now();
        limiter.admit(1.0, Urgency::Act).await.unwrap();
        let waited = before.elapsed();
        assert!(
            waited > Duration::from_secs(2) && waited < Duration::from_secs(4),
            "{waited:?}"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_lever_is_tried_now_and_then_while_reads_rest() {
        let limiter = Limiter::new(STARTER);
        limiter.too_many(Duration::from_mins(1));
        assert!(limiter.admit(1.0, Urgency::Read).await.is_err());
        assert!(limiter.admit(1.0, Urgency::Act).await.is_err());
        tokio::time::advance(STARTER.one_back()).await;
        assert!(limiter.admit(1.0, Urgency::Act).await.is_ok());
        assert!(limiter.admit(1.0, Urgency::Act).await.is_err());
        assert!(limiter.admit(1.0, Urgency::Read).await.is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn a_lever_that_costs_nothing_waits_for_no_counter() {
        let limiter = Limiter::new(STARTER);
        limiter.too_many(Duration::from_mins(1));
        assert!(limiter.admit(0.0, Urgency::Act).await.is_ok());
        assert!(limiter.admit(0.0, Urgency::Read).await.is_err());
        limiter.locked_out(Duration::from_mins(15));
        assert!(limiter.admit(0.0, Urgency::Act).await.is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn a_cancel_is_tried_each_second_whatever_other_levers_wait_for() {
        let limiter = Limiter::new(STARTER);
        limiter.too_many(Duration::from_mins(1));
        assert!(limiter.is_short());
        for _ in 0..3 {
            assert!(limiter.admit(1.0, Urgency::First).await.is_err());
            tokio::time::advance(Duration::from_secs(1)).await;
            assert!(limiter.admit(1.0, Urgency::First).await.is_ok());
            assert!(limiter.admit(1.0, Urgency::Read).await.is_err());
        }
    }

    #[tokio::test]
    async fn what_an_earlier_start_has_spent_is_still_spent() {
        let folder = tempfile::tempdir().unwrap();
        // each start in a file of its own: what one keeps is written beside the test
        let starts = std::cell::Cell::new(0);
        let started = |text: String| {
            starts.set(starts.get() + 1);
            let file = folder.path().join(starts.get().to_string());
            std::fs::write(&file, text).unwrap();
            Limiter::remembering(STARTER, Kept::in_file(file))
        };
        let limiter = started(format!("2.00 {}", Timestamp::now()));
        assert!(!limiter.is_short());
        limiter.admit(1.0, Urgency::Act).await.unwrap();
        assert!(limiter.is_short());

        let long_ago = Timestamp::now() - Duration::from_hours(1);
        let spoilt = ["", "x y", "NaN 2026-11-24T00:00:00Z", "1"].map(str::to_owned);
        for text in spoilt.into_iter().chain([format!("0.00 {long_ago}")]) {
            started(text).admit(9.0, Urgency::Read).await.unwrap();
        }
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_asks_on_while_locked_out() {
        let limiter = Limiter::new(STARTER);
        limiter.locked_out(Duration::from_mins(15));
        tokio::time::advance(Duration::from_mins(5)).await;
        assert!(limiter.admit(1.0, Urgency::Act).await.is_err());
        tokio::time::advance(Duration::from_mins(11)).await;
        assert!(limiter.admit(1.0, Urgency::Act).await.is_ok());
    }
}
