//! How fast the venue lets one address ask, and what becomes of who asks faster. Pure: time is
//! passed in, as time since the world began.

use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

/// How many requests a second the gateway passes on.
const A_SECOND: usize = 10;

/// How many requests too many within [`STRIKES_WITHIN`] shut an address out.
const STRIKES: usize = 10;

const STRIKES_WITHIN: Duration = Duration::from_mins(1);

/// How long an address is shut out.
const PENALTY: Duration = Duration::from_mins(10);

/// The record of one address.
#[derive(Clone, Debug, Default)]
pub(super) struct Pacing {
    recent: VecDeque<Duration>,
    last: BTreeMap<&'static str, Duration>,
    strikes: VecDeque<Duration>,
    shut_out_until: Duration,
}

/// A request too many.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct TooMany;

impl Pacing {
    /// Whether a request may pass. `own` is the pacing of its endpoint; `at_once` shuts out for
    /// that long with the first request too many.
    pub(super) fn admit(
        &mut self,
        now: Duration,
        own: Option<(&'static str, Duration)>,
        at_once: Option<Duration>,
    ) -> Result<(), TooMany> {
        if now < self.shut_out_until {
            return Err(TooMany);
        }
        let second = Duration::from_secs(1);
        while self
            .recent
            .front()
            .is_some_and(|then| *then + second <= now)
        {
            self.recent.pop_front();
        }
        let too_soon = own.is_some_and(|(name, between)| {
            self.last
                .get(name)
                .is_some_and(|then| now < *then + between)
        });
        if self.recent.len() >= A_SECOND || too_soon {
            self.strike(now, at_once);
            return Err(TooMany);
        }
        self.recent.push_back(now);
        if let Some((name, _)) = own {
            self.last.insert(name, now);
        }
        Ok(())
    }

    fn strike(&mut self, now: Duration, at_once: Option<Duration>) {
        while self
            .strikes
            .front()
            .is_some_and(|then| *then + STRIKES_WITHIN <= now)
        {
            self.strikes.pop_front();
        }
        self.strikes.push_back(now);
        let penalty = at_once.or((self.strikes.len() >= STRIKES).then_some(PENALTY));
        if let Some(penalty) = penalty {
            self.shut_out_until = now + penalty;
            self.strikes.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn ten_requests_pass_in_any_second_and_no_more() {
        let mut pacing = Pacing::default();
        for nth in 0..10 {
            assert_eq!(pacing.admit(ms(nth * 90), None, None), Ok(()));
        }
        assert_eq!(pacing.admit(ms(999), None, None), Err(TooMany));
        assert_eq!(pacing.admit(ms(1000), None, None), Ok(()));
        assert_eq!(pacing.admit(ms(1000), None, None), Err(TooMany));
    }

    #[test]
    fn an_endpoint_with_a_pacing_of_its_own_keeps_it() {
        let mut pacing = Pacing::default();
        let orders = Some(("orders", ms(5000)));
        assert_eq!(pacing.admit(ms(0), orders, None), Ok(()));
        assert_eq!(pacing.admit(ms(4999), orders, None), Err(TooMany));
        assert_eq!(
            pacing.admit(ms(4999), Some(("trades", ms(5000))), None),
            Ok(())
        );
        assert_eq!(pacing.admit(ms(5000), orders, None), Ok(()));
    }

    #[test]
    fn who_goes_on_asking_too_fast_is_shut_out_for_ten_minutes() {
        let mut pacing = Pacing::default();
        for _ in 0..A_SECOND {
            assert_eq!(pacing.admit(ms(0), None, None), Ok(()));
        }
        for _ in 0..STRIKES {
            assert_eq!(pacing.admit(ms(1), None, None), Err(TooMany));
        }
        assert_eq!(pacing.admit(ms(599_000), None, None), Err(TooMany));
        assert_eq!(pacing.admit(ms(600_001), None, None), Ok(()));
    }

    #[test]
    fn strikes_that_lie_far_apart_are_forgiven() {
        let mut pacing = Pacing::default();
        let tickle = Some(("tickle", ms(1000)));
        for nth in 0..30 {
            let minute = nth * 61_000;
            assert_eq!(pacing.admit(ms(minute), tickle, None), Ok(()));
            assert_eq!(pacing.admit(ms(minute + 1), tickle, None), Err(TooMany));
        }
    }

    #[test]
    fn the_first_request_too_many_shuts_out_where_the_venue_is_strict() {
        let mut pacing = Pacing::default();
        let tickle = Some(("tickle", ms(1000)));
        let strict = Some(ms(30_000));
        assert_eq!(pacing.admit(ms(0), tickle, strict), Ok(()));
        assert_eq!(pacing.admit(ms(1), tickle, strict), Err(TooMany));
        assert_eq!(pacing.admit(ms(30_000), None, strict), Err(TooMany));
        assert_eq!(pacing.admit(ms(30_001), None, strict), Ok(()));
    }
}
