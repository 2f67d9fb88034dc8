//! What Kraken says when it says no, and what that means here.
//!
//! Spot answers `{"error": ["EAPI:Invalid key"]}` with status 200, futures
//! `{"result": "error", "error": "authenticationError"}`: the status proves nothing. Only
//! [`Said::KeyUnknown`] may ever count against a key, and never alone.

use std::time::Duration;

use door::{DoorError, ErrorClass};

pub(super) use crate::exchange::malformed;

/// How long Kraken shuts an address out after too many unknown keys.
pub(super) const LOCKOUT: Duration = Duration::from_mins(15);
/// How long to rest when the counter is spent: the slowest tier wins back a few calls in it.
pub(super) const RATE_REST: Duration = Duration::from_secs(10);

/// What an error is about, as far as the doors act differently on it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Said {
    /// The key does not exist, has expired, or is not allowed from this address: Kraken does not
    /// tell these apart.
    KeyUnknown,
    /// The signature is wrong: the private key does not belong to the key.
    Signature,
    /// The number that must grow did not: another program uses the key.
    Nonce,
    /// The key lacks the right.
    Permission,
    /// The account itself is put out of use.
    Account,
    /// The counter of calls is spent.
    Rate,
    /// The matching engine's own counter is spent.
    TradingRate,
    /// Shut out after too many unknown keys.
    Lockout,
    /// The service or the matching engine is away.
    Service,
    /// What was to be changed has ended already.
    Gone,
    /// Anything else.
    Other,
}

/// A failure, and what Kraken said if it said anything.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Failure {
    pub(super) said: Option<Said>,
    pub(super) error: DoorError,
}

impl Failure {
    /// Of Kraken's words in an answer of spot.
    pub(super) fn spot(words: &str) -> Self {
        Self::of(Said::spot(words), words)
    }

    /// Of Kraken's words in an answer of futures.
    pub(super) fn futures(words: &str) -> Self {
        Self::of(Said::futures(words), words)
    }

    fn of(said: Said, words: &str) -> Self {
        Self {
            said: Some(said),
            error: said.error(words),
        }
    }
}

impl From<DoorError> for Failure {
    fn from(error: DoorError) -> Self {
        Self { said: None, error }
    }
}

impl From<Failure> for DoorError {
    fn from(failure: Failure) -> Self {
        failure.error
    }
}

impl Said {
    /// From an entry of spot's `error` list.
    fn spot(words: &str) -> Self {
        let is = |name: &str| words.starts_with(name);
        if is("EAPI:Invalid key") {
            Self::KeyUnknown
        } else if is("EAPI:Invalid signature") {
            Self::Signature
        } else if is("EAPI:Invalid nonce") {
            Self::Nonce
        } else if is("EGeneral:Permission denied") || is("EAccount:Invalid permissions") {
            Self::Permission
        } else if is("EAuth:Account") || is("ETrade:User Locked") {
            Self::Account
        } else if is("EGeneral:Temporary lockout") {
            Self::Lockout
        } else if is("EOrder:Rate limit exceeded") || is("EOrder:Domain rate limit exceeded") {
            Self::TradingRate
        } else if is("EAPI:Rate limit exceeded")
            || is("EGeneral:Too many requests")
            || is("EAuth:Rate limit exceeded")
            || is("EAuth:Too many requests")
            || is("EService:Throttled")
        {
            Self::Rate
        } else if is("EService:") || is("EGeneral:Internal error") || is("EDatabase:") {
            Self::Service
        } else if is("EOrder:Unknown order") || is("EFunding:Unknown") {
            Self::Gone
        } else {
            Self::Other
        }
    }

    /// From futures' `error`. It has one word for an unknown key and a wrong signature.
    fn futures(words: &str) -> Self {
        match words {
            "authenticationError" => Self::KeyUnknown,
            "nonceBelowThreshold" | "nonceDuplicate" => Self::Nonce,
            "insufficientPrivileges" => Self::Permission,
            "accountInactive" => Self::Account,
            "apiLimitExceeded" => Self::Rate,
            "Unavailable" | "unavailable" | "Server Error" | "marketUnavailable" => Self::Service,
            "notFound" => Self::Gone,
            _ => Self::Other,
        }
    }

    fn error(self, words: &str) -> DoorError {
        let of = |class, meaning: &str| DoorError::new(class, words, meaning);
        match self {
            Self::KeyUnknown => of(
                ErrorClass::Unauthorised,
                "Kraken does not accept this API key: it was deleted, has expired, or is not \
                 allowed from this computer's address; Kraken does not say which",
            )
            .next(
                "Look at the key on Kraken's API page: whether it is there, until when, and for \
                 which addresses. Make a new one if it is gone.",
            ),
            Self::Signature => of(
                ErrorClass::Unauthorised,
                "Kraken knows the API key, and the private key does not belong to it",
            )
            .next("Enter both keys again, from the same row."),
            Self::Nonce => of(
                ErrorClass::Refused,
                "another program uses this API key: its counting is ahead of Firebreak's",
            )
            .next("Make a key of Firebreak's own, and stop the bot that shares this one.")
            .soon(),
            Self::Permission => of(ErrorClass::Refused, "this API key has no right to do that")
                .next("Add the right to the key on Kraken's API page, or do it there by hand."),
            Self::Account => of(
                ErrorClass::Refused,
                "Kraken has put this account out of use, or it was never confirmed",
            )
            .next("Ask Kraken's support what is locked, and whether orders still stand."),
            Self::Rate => of(
                ErrorClass::Paced,
                "Kraken's counter of calls for this key is spent",
            )
            .after(RATE_REST),
            Self::TradingRate => of(
                ErrorClass::Paced,
                "Kraken's counter of order changes is spent",
            )
            .after(RATE_REST),
            Self::Lockout => of(
                ErrorClass::Paced,
                "Kraken has shut this computer's address out for a quarter of an hour, after too \
                 many calls with a key that it does not know",
            )
            .next("Use Kraken's app or page from another connection until then.")
            .after(LOCKOUT),
            Self::Service => of(
                ErrorClass::Unreachable,
                "Kraken's service or its matching engine is away",
            )
            .next("Look at status.kraken.com."),
            Self::Gone => of(ErrorClass::Refused, "Kraken has no such thing open"),
            Self::Other => of(ErrorClass::Refused, "Kraken did not take the request"),
        }
    }
}

#[cfg(test)]
mod tests {
    use door::Again;

    use super::*;

    #[test]
    fn each_refusal_of_spot_has_its_own_meaning() {
        let words = [
            (
                "EAPI:Invalid key",
                Said::KeyUnknown,
                ErrorClass::Unauthorised,
            ),
            (
                "EAPI:Invalid signature",
                Said::Signature,
                ErrorClass::Unauthorised,
            ),
            ("EAPI:Invalid nonce", Said::Nonce, ErrorClass::Refused),
            (
                "EGeneral:Permission denied",
                Said::Permission,
                ErrorClass::Refused,
            ),
            (
                "EAuth:Account temporary disabled",
                Said::Account,
                ErrorClass::Refused,
            ),
            ("EAPI:Rate limit exceeded", Said::Rate, ErrorClass::Paced),
            (
                "EOrder:Rate limit exceeded",
                Said::TradingRate,
                ErrorClass::Paced,
            ),
            (
                "EGeneral:Temporary lockout",
                Said::Lockout,
                ErrorClass::Paced,
            ),
            (
                "EService:Unavailable",
                Said::Service,
                ErrorClass::Unreachable,
            ),
            ("EOrder:Unknown order", Said::Gone, ErrorClass::Refused),
            ("EFuture:Never heard of", Said::Other, ErrorClass::Refused),
        ];
        let mut meanings = Vec::new();
        for (text, said, class) in words {
            let failure = Failure::spot(text);
            assert_eq!(failure.said, Some(said), "{text}");
            assert_eq!(failure.error.class, class, "{text}");
            assert_eq!(failure.error.words, text);
            meanings.push(failure.error.meaning);
        }
        meanings.sort();
        meanings.dedup();
        assert_eq!(meanings.len(), words.len(), "no two share a meaning");
    }

    #[test]
    fn a_lockout_is_waited_out_and_not_knocked_against() {
        let error = Failure::spot("EGeneral:Temporary lockout").error;
        assert_eq!(error.again, Again::AfterMs(900_000));
    }

    #[test]
    fn a_nonce_that_another_program_overtook_is_tried_again() {
        assert_eq!(Failure::spot("EAPI:Invalid nonce").error.again, Again::Soon);
        assert_eq!(
            Failure::futures("nonceBelowThreshold").error.again,
            Again::Soon
        );
    }

    #[test]
    fn each_refusal_of_futures_has_its_class() {
        for (text, said) in [
            ("authenticationError", Said::KeyUnknown),
            ("nonceDuplicate", Said::Nonce),
            ("insufficientPrivileges", Said::Permission),
            ("accountInactive", Said::Account),
            ("apiLimitExceeded", Said::Rate),
            ("Unavailable", Said::Service),
            ("somethingNew", Said::Other),
        ] {
            assert_eq!(Failure::futures(text).said, Some(said), "{text}");
        }
    }

    #[test]
    fn only_an_unknown_key_counts_against_a_key() {
        for words in [
            "EAPI:Invalid nonce",
            "EAPI:Invalid signature",
            "EGeneral:Temporary lockout",
            "EGeneral:Permission denied",
            "EService:Unavailable",
        ] {
            assert_ne!(Failure::spot(words).said, Some(Said::KeyUnknown), "{words}");
        }
    }
}
