//! What Deribit's JSON-RPC error codes mean for a run (docs.deribit.com/articles/errors).
//!
//! A code that is not in the table is a refusal of the request that it came with. None is ever read
//! as a success; whether an order or a key is gone, a listing or the venue's own refusal proves.

use std::time::Duration;

use door::{DoorError, ErrorClass, clean};
use serde_json::Value;

/// `invalid_credentials`: what a key that does not exist or is switched off is answered.
pub(super) const INVALID_CREDENTIALS: i64 = 13_004;
/// `unauthorized`: a token or signature that is wrong, expired or of another connection.
pub(super) const UNAUTHORIZED: i64 = 13_009;
/// `security_key_authorization_error`: a one-time code that was not accepted.
pub(super) const CODE_NOT_ACCEPTED: i64 = 13_668;
/// `scope_exceeded`: the key to be managed may do more than the one that asks.
const SCOPE_EXCEEDED: i64 = 13_403;

/// How long to stay away after `too_many_requests`: the credits of two seconds.
const REFILL: Duration = Duration::from_secs(2);

/// An error as the venue sent it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct RpcError {
    pub(super) code: i64,
    message: String,
    pub(super) reason: Option<String>,
}

/// What a code means, as far as the door acts differently on it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Meaning {
    /// Out of credits, or too much at once.
    Paced,
    /// The venue says itself that it should be asked again.
    Busy,
    /// Maintenance, settlement or a lock of the whole platform.
    Down,
    /// The venue was too slow: what became of the request is not known.
    TimedOut,
    /// The key does not exist, or is switched off.
    DeadKey,
    /// The token or the signature is not accepted.
    BadToken,
    /// This address may not use the key.
    WrongAddress,
    /// Too many failed logins or codes: every key and code is refused for a time.
    LockedOut,
    /// The account is blocked by the venue.
    Blocked,
    /// What was asked for is outside the key's scope.
    OutOfScope,
    /// The key that should be managed may do more than this one.
    StrongerKey,
    /// The one-time code was not accepted.
    BadCode,
    /// There is nothing left to cancel under that id.
    Gone,
    /// Anything else.
    Refused,
}

impl RpcError {
    /// Reads `error` of a JSON-RPC answer. `None` when it is not one.
    pub(super) fn of(error: &Value) -> Option<Self> {
        let data = error.get("data");
        let reason = data
            .and_then(|data| data.get("reason"))
            .or(data)
            .and_then(Value::as_str);
        Some(Self {
            code: error.get("code")?.as_i64()?,
            message: clean(error.get("message").and_then(Value::as_str).unwrap_or("")),
            reason: reason.map(clean),
        })
    }

    /// What it means.
    pub(super) fn meaning(&self) -> Meaning {
        let about_address = self
            .reason
            .as_deref()
            .into_iter()
            .chain([self.message.as_str()])
            .any(names_an_address);
        match self.code {
            INVALID_CREDENTIALS | UNAUTHORIZED | 13_021 if about_address => Meaning::WrongAddress,
            // too_many_requests, matching_engine_queue_full, too_many_concurrent_requests
            10_028 | 10_047 | 10_066 => Meaning::Paced,
            // retry, internal_server_error, request_failed, unavailable
            10_040 | 11_094 | 13_008 | 13_503 => Meaning::Busy,
            // settlement_in_progress, system_maintenance, method_switched_off, temporarily_unavailable
            10_041 | 11_051 | 13_025 | 13_028 => Meaning::Down,
            13_888 => Meaning::TimedOut,
            INVALID_CREDENTIALS => Meaning::DeadKey,
            // authorization_required
            UNAUTHORIZED | 10_000 => Meaning::BadToken,
            // tfa_over_limit, login_over_limit
            12_998 | 12_003 => Meaning::LockedOut,
            // locked_by_admin, account_not_activated, account_blocked
            10_019 | 13_001 | 13_002 => Meaning::Blocked,
            // permission_denied, unavailable_in_subaccount, forbidden
            11_042 | 13_012 | 13_021 => Meaning::OutOfScope,
            SCOPE_EXCEEDED => Meaning::StrongerKey,
            // bad_tfa, tfa_used
            CODE_NOT_ACCEPTED | 12_000 | 12_999 => Meaning::BadCode,
            // order_not_found, already_closed, already_filled, not_open_order
            10_004 | 10_010 | 11_008 | 11_044 => Meaning::Gone,
            _ => Meaning::Refused,
        }
    }

    /// The error as a door tells it. `testing` is whether it came from the test platform.
    pub(super) fn error(&self, testing: bool) -> DoorError {
        let said = self.words();
        let error = |class, meaning: &str| DoorError::new(class, &said, meaning);
        match self.meaning() {
            Meaning::Paced => error(
                ErrorClass::Paced,
                "more requests than Deribit takes from this account",
            )
            .after(REFILL),
            Meaning::Busy => error(
                ErrorClass::Unreachable,
                "Deribit could not process it now and asks to try again",
            )
            .soon(),
            Meaning::Down => error(
                ErrorClass::Unreachable,
                "Deribit is down for maintenance or settlement; nothing is cancelled meanwhile",
            )
            .next("See status.deribit.com. It is tried again until Deribit is back."),
            Meaning::TimedOut => error(
                ErrorClass::TimedOut,
                "Deribit was too slow to answer itself: whether it was done is not known",
            ),
            Meaning::DeadKey => error(
                ErrorClass::Unauthorised,
                "Deribit does not know this key, or it is switched off",
            )
            .next(wrong_place(testing)),
            Meaning::BadToken => error(
                ErrorClass::Unauthorised,
                "Deribit does not accept the signature or token",
            )
            .next(
                "See that the secret belongs to the key, that the key is enabled, and that this \
                 computer's clock is right.",
            ),
            Meaning::WrongAddress => error(
                ErrorClass::Unauthorised,
                "the key is bound to another IP address than this computer's",
            )
            .next("Use the computer or network that the key is bound to, or another key."),
            Meaning::LockedOut => error(
                ErrorClass::Unreachable,
                "Deribit takes no logins or codes from here for a time, whatever key is used",
            )
            .next("Do not try other keys. Wait, and use the website meanwhile."),
            Meaning::Blocked => error(
                ErrorClass::Refused,
                "Deribit has blocked the account or its trading",
            )
            .next("Write to support@deribit.com."),
            Meaning::OutOfScope => error(ErrorClass::Refused, "the key's scope does not allow it")
                .next("Make a key with the scopes that the account's page names."),
            Meaning::StrongerKey => error(
                ErrorClass::Refused,
                "the other key may do more than this one, and Deribit lets no key manage a \
                 stronger one",
            )
            .next("Remove that key on the website: Account > API."),
            Meaning::BadCode => error(ErrorClass::NeedsCode, self.code_meaning())
                .next("Type the code that the authenticator shows next."),
            Meaning::Gone => error(ErrorClass::Refused, "there is no such open order any more"),
            Meaning::Refused => error(ErrorClass::Refused, "Deribit did not take the request")
                .next("Read what Deribit says, and do it on the website if it keeps refusing."),
        }
    }

    fn code_meaning(&self) -> &'static str {
        match self.reason.as_deref() {
            Some("used_tfa_code") => "this code was used before; each is good for one act",
            Some("challenge_timeout") => "the code came too late for the venue's challenge",
            _ => "Deribit did not accept the code",
        }
    }

    fn words(&self) -> String {
        match &self.reason {
            Some(reason) => format!("{}: {} ({reason})", self.code, self.message),
            None => format!("{}: {}", self.code, self.message),
        }
    }
}

/// Where a key that is not known may belong.
fn wrong_place(testing: bool) -> &'static str {
    if testing {
        "If it was not removed: this is the test platform, where keys of www.deribit.com are not \
         known."
    } else {
        "If it was not removed: keys of test.deribit.com are not known here."
    }
}

fn names_an_address(words: &str) -> bool {
    let words = words.to_ascii_lowercase();
    words.contains("whitelist")
        || words.starts_with("ip_")
        || words.contains("_ip")
        || words.contains("ip address")
        || words.contains("ip_address")
}

#[cfg(test)]
mod tests {
    use door::Again;
    use serde_json::json;

    use super::*;

    fn rpc_error(code: i64) -> RpcError {
        RpcError::of(&json!({ "code": code, "message": "some_words" })).unwrap()
    }

    #[test]
    fn every_documented_code_has_its_meaning() {
        for (code, meaning) in [
            (10_004, Meaning::Gone),
            (10_009, Meaning::Refused),
            (10_019, Meaning::Blocked),
            (10_028, Meaning::Paced),
            (10_040, Meaning::Busy),
            (10_041, Meaning::Down),
            (10_047, Meaning::Paced),
            (11_044, Meaning::Gone),
            (11_051, Meaning::Down),
            (12_003, Meaning::LockedOut),
            (13_004, Meaning::DeadKey),
            (13_009, Meaning::BadToken),
            (13_012, Meaning::OutOfScope),
            (13_021, Meaning::OutOfScope),
            (13_403, Meaning::StrongerKey),
            (13_668, Meaning::BadCode),
            (13_888, Meaning::TimedOut),
            (-32_602, Meaning::Refused),
            (99_999, Meaning::Refused),
        ] {
            assert_eq!(rpc_error(code).meaning(), meaning, "code {code}");
        }
    }

    #[test]
    fn an_address_that_is_not_allowed_is_no_dead_key() {
        for error in [
            json!({"code": 13_004, "message": "invalid_credentials", "data": {"reason": "ip_not_whitelisted"}}),
            json!({"code": 13_009, "message": "unauthorized", "data": {"reason": "IP_address_not_whitelisted"}}),
        ] {
            assert_eq!(
                RpcError::of(&error).unwrap().meaning(),
                Meaning::WrongAddress,
                "{error}"
            );
        }
        let plain = json!({"code": 13_004, "message": "invalid_credentials", "data": {"reason": "description"}});
        assert_eq!(RpcError::of(&plain).unwrap().meaning(), Meaning::DeadKey);
    }

    #[test]
    fn a_lock_out_and_a_pause_are_tried_again_and_a_dead_key_is_not() {
        for code in [10_028, 10_040, 10_041, 12_003, 13_888] {
            assert_ne!(rpc_error(code).error(false).again, Again::No, "code {code}");
        }
        for code in [13_004, 13_009, 13_021, 13_403] {
            assert_eq!(rpc_error(code).error(false).again, Again::No, "code {code}");
        }
    }

    #[test]
    fn a_code_that_was_used_says_so() {
        let used = json!({
            "code": 13_668, "message": "security_key_authorization_error",
            "data": {"reason": "used_tfa_code"}
        });
        let error = RpcError::of(&used).unwrap().error(false);
        assert_eq!(error.class, ErrorClass::NeedsCode);
        assert!(error.meaning.contains("used before"), "{error:?}");
    }

    #[test]
    fn what_is_no_error_object_is_none() {
        for wrong in [
            json!(null),
            json!("no"),
            json!({"code": "13004"}),
            json!([]),
        ] {
            assert_eq!(RpcError::of(&wrong), None, "{wrong}");
        }
    }

    #[test]
    fn hostile_words_are_cleaned() {
        let hostile = json!({"code": 1, "message": "\u{1b}[2J\u{202e}x"});
        let error = RpcError::of(&hostile).unwrap().error(true);
        assert!(!error.words.chars().any(char::is_control), "{error:?}");
    }
}
