//! Keys as somebody wishes them, whatever the venue calls their rights.

use std::ops::Not;

use serde::{Deserialize, Serialize};

use super::{AccountId, KeyKind, NewApiKey, Venue, World, WorldError};
use crate::faults::Front;

/// A key as somebody wishes it, at whatever venue.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct KeyWish {
    /// Its name.
    pub name: String,
    /// At which door of an exchange it works; the first one when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub door: Option<String>,
    /// Of which sub-account of an exchange, counted from 1; the main account when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sub: Option<usize>,
    /// Whether it can trade.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub trades: bool,
    /// Whether it can withdraw.
    #[serde(default, skip_serializing_if = "Not::not")]
    pub withdraws: bool,
}

fn yes() -> bool {
    true
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_yes(word: &bool) -> bool {
    *word
}

impl World {
    /// Makes a key as it is wished: an OAuth consumer at the broker, an API key at an exchange.
    pub fn grant_key(
        &self,
        account: &AccountId,
        wish: &KeyWish,
        intruder: bool,
    ) -> Result<(), WorldError> {
        let exchange = self.account(account)?.exchange;
        if exchange.venue == Venue::Ibkr {
            return self.make_key(account, &wish.name, KeyKind::OauthConsumer, intruder);
        }
        let front = match &wish.door {
            Some(door) => Front::from_id(door),
            None => exchange.venue.fronts().first().copied(),
        };
        let front = front.filter(|front| front.venue() == exchange.venue);
        let front = front.ok_or_else(|| WorldError::Nothing("such door".to_owned()))?;
        let sub = match wish.sub {
            Some(nth) => {
                let sub = nth.checked_sub(1).and_then(|nth| exchange.subs.get(nth));
                let sub = sub.ok_or_else(|| WorldError::Nothing(format!("sub-account {nth}")))?;
                sub.id
            }
            None => 0,
        };
        let new = NewApiKey {
            name: &wish.name,
            front,
            sub,
            scopes: &key_rights(front, wish.trades, wish.withdraws),
            trades: wish.trades,
            allow_ips: &[],
        };
        self.make_api_key(account, &new, intruder).map(|_| ())
    }
}

/// The rights of a new key at a front end, in the venue's own words.
fn key_rights(front: Front, trades: bool, withdraws: bool) -> Vec<&'static str> {
    let (reads, to_trade, to_withdraw): (&[_], &[_], &[_]) = match front {
        Front::KrakenSpot => (
            &["query-funds", "query-open-trades", "query-closed-trades"],
            &["modify-trades", "close-trades"],
            &["withdraw-funds"],
        ),
        Front::KrakenFutures => (
            &["general:read-only"],
            &["general:full"],
            &["transfer:full"],
        ),
        Front::Deribit => (
            &["account:read", "trade:read", "wallet:read"],
            &["trade:read_write"],
            &["wallet:read_write"],
        ),
        Front::Tws | Front::ClientPortal | Front::Ibc | Front::Flex => (&[], &[], &[]),
    };
    let given = |rights: &'static [&'static str], given: bool| {
        rights.iter().copied().filter(move |_| given)
    };
    given(reads, true)
        .chain(given(to_trade, trades))
        .chain(given(to_withdraw, withdraws))
        .collect()
}
