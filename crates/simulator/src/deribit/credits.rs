//! Credits of each sub-account: they come back with time, and what costs more than there are is
//! refused (docs.deribit.com/articles/rate-limits, the lowest tier).

use std::{collections::HashMap, time::Duration};

use super::{rpc::Refusal, scope::is_matching};

/// What is drawn from.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Pool {
    Matching,
    TransactionLog,
    Other,
}

impl Pool {
    fn of(method: &str) -> Self {
        match method {
            "get_transaction_log" => Self::TransactionLog,
            _ if is_matching(method) => Self::Matching,
            _ => Self::Other,
        }
    }

    /// How many requests fit in at once.
    fn burst(self) -> f64 {
        match self {
            Self::Matching => 20.0,
            Self::TransactionLog => 8.0,
            Self::Other => 100.0,
        }
    }

    /// How many come back in a second.
    fn refill(self) -> f64 {
        match self {
            Self::Matching => 5.0,
            Self::TransactionLog => 1.0,
            Self::Other => 20.0,
        }
    }
}

/// What is left of each pool of each member, and when that was so.
#[derive(Default)]
pub(super) struct Credits(HashMap<(u32, Pool), (f64, Duration)>);

impl Credits {
    /// Takes what a request costs.
    pub(super) fn draw(&mut self, now: Duration, member: u32, method: &str) -> Result<(), Refusal> {
        let pool = Pool::of(method);
        let (left, since) = self
            .0
            .entry((member, pool))
            .or_insert_with(|| (pool.burst(), now));
        let passed = now.saturating_sub(*since).as_secs_f64();
        *left = (*left + passed * pool.refill()).min(pool.burst());
        *since = now;
        if *left < 1.0 {
            return Err(Refusal::too_many_requests());
        }
        *left -= 1.0;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credits_run_out_and_come_back_and_are_each_sub_accounts_own() {
        let mut credits = Credits::default();
        let draw = |credits: &mut Credits, at, member| {
            credits.draw(Duration::from_millis(at), member, "cancel_all")
        };
        for _ in 0..20 {
            draw(&mut credits, 0, 0).unwrap();
        }
        assert_eq!(draw(&mut credits, 0, 0).unwrap_err().code, 10_028);
        draw(&mut credits, 0, 7).unwrap();
        credits.draw(Duration::ZERO, 0, "get_open_orders").unwrap();
        assert!(draw(&mut credits, 100, 0).is_err());
        draw(&mut credits, 300, 0).unwrap();
    }
}
