//! TWS message codes: what each means for a run, one by one.
//!
//! A code that is not in the table is an error of the request it came with; no code is ever read as
//! success of a cancel, since only the list of open orders proves that.

use door::{DoorError, ErrorClass, clean};
use std::time::Duration;

/// What a code means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Meaning {
    /// An order was cancelled, by whomever. The next listing tells.
    Cancelled,
    /// There is nothing left to cancel under that id, or it cannot be cancelled any more.
    NothingToCancel,
    /// Somebody should know; nothing failed.
    Note,
    /// TWS lost its link to IBKR: nothing that is sent now arrives there.
    LinkLost,
    /// TWS has its link to IBKR again.
    LinkBack,
    /// This session is over; a new one may work.
    SessionOver,
    /// Another client has this client id.
    ClientIdTaken,
    /// Too many messages.
    Paced,
    /// TWS said no.
    Refused(Refusal),
}

/// Why TWS said no, as far as the mend differs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Refusal {
    /// Read-Only API is ticked.
    ReadOnly,
    /// Something in the request.
    Request,
    /// The order.
    Order,
    /// TWS is too old for the request.
    TooOld,
    /// Only client 0 may.
    OnlyClientZero,
}

/// Where Read-Only API and the API socket are switched.
pub(crate) const API_SETTINGS: &str = "TWS: File > Global Configuration > API > Settings. \
     IB Gateway: Configure > Settings > API > Settings";

/// What `code` means, with TWS's words where they decide.
pub(crate) fn meaning(code: i32, words: &str) -> Meaning {
    match code {
        202 => Meaning::Cancelled,
        // 135 unknown id; 161 not in a state to be cancelled; 10147 not found; 10148 too late;
        // 10149 invalid id
        135 | 161 | 10147 | 10148 | 10149 => Meaning::NothingToCancel,
        // 0 has no code; 354 and 10197 are about market data; 399 and 10349 change details of an
        // order; 21xx is about data farms
        0 | 354 | 399 | 10197 | 10349 | 2100..=2199 => Meaning::Note,
        1100 => Meaning::LinkLost,
        1101 | 1102 => Meaning::LinkBack,
        // 501 connected twice; 502 cannot connect; 504 not connected; 507 bad length; 1300 the port
        // was reset
        501 | 502 | 504 | 507 | 1300 => Meaning::SessionOver,
        326 => Meaning::ClientIdTaken,
        327 => Meaning::Refused(Refusal::OnlyClientZero),
        100 => Meaning::Paced,
        503 => Meaning::Refused(Refusal::TooOld),
        321 if is_read_only(words) => Meaning::Refused(Refusal::ReadOnly),
        // 103 duplicate id; 110 price variation; 201 rejected
        103 | 110 | 201 => Meaning::Refused(Refusal::Order),
        // 320 to 322 are bad requests, and so is what is not in the table
        _ => Meaning::Refused(Refusal::Request),
    }
}

/// The error that `code` is, or `None` when it is none.
pub(crate) fn error(code: i32, words: &str) -> Option<DoorError> {
    let said = format!("{code}: {}", clean(words));
    let error = |class, meaning: &str| DoorError::new(class, &said, meaning);
    Some(match meaning(code, words) {
        Meaning::Cancelled | Meaning::NothingToCancel | Meaning::Note | Meaning::LinkBack => {
            return None;
        }
        Meaning::LinkLost => link_lost(&said),
        Meaning::SessionOver => error(
            ErrorClass::Unreachable,
            "TWS ended this API session; a new one is opened",
        ),
        Meaning::ClientIdTaken => error(
            ErrorClass::Unreachable,
            "another program has this client id; another id is tried",
        ),
        Meaning::Paced => error(
            ErrorClass::Paced,
            "more messages a second than TWS takes from all its clients together",
        )
        .after(Duration::from_secs(1)),
        Meaning::Refused(Refusal::ReadOnly) => error(
            ErrorClass::Refused,
            "Read-Only API is on: TWS takes no cancel and lists no orders over the API",
        )
        .next(format!("Untick Read-Only API. {API_SETTINGS}.")),
        Meaning::Refused(Refusal::TooOld) => error(
            ErrorClass::Refused,
            "this TWS or IB Gateway is too old for the request",
        )
        .next("Update TWS or IB Gateway to 10.44 or later."),
        Meaning::Refused(Refusal::OnlyClientZero) => error(
            ErrorClass::Refused,
            "TWS takes this only from client id 0, which belongs to its own window",
        )
        .next("Do it in the TWS window."),
        Meaning::Refused(Refusal::Order) => {
            error(ErrorClass::Refused, "TWS rejected it for this order")
                .next("Cancel the order in the TWS window.")
        }
        Meaning::Refused(Refusal::Request) => {
            error(ErrorClass::Refused, "TWS did not take the request")
                .next("Read what TWS says, and do it in the TWS window if it keeps refusing.")
        }
    })
}

/// What is said while error 1100 is the last word on the link.
pub(crate) fn link_lost(said: &str) -> DoorError {
    DoorError::new(
        ErrorClass::Unreachable,
        said,
        "TWS has lost its link to IBKR: what it lists may be stale and what it takes does not \
         arrive",
    )
    .next("Use another way in: IBKR Mobile, the web, or the phone.")
}

fn is_read_only(words: &str) -> bool {
    let words = words.to_ascii_lowercase();
    words.contains("read-only") || words.contains("read only")
}

#[cfg(test)]
mod tests {
    use door::Again;

    use super::*;

    const READ_ONLY: &str =
        "Error validating request: The API interface is currently in Read-Only mode.";

    #[test]
    fn every_documented_code_has_its_meaning() {
        let request = Meaning::Refused(Refusal::Request);
        let order = Meaning::Refused(Refusal::Order);
        for (code, expected) in [
            (0, Meaning::Note),
            (100, Meaning::Paced),
            (103, order),
            (110, order),
            (135, Meaning::NothingToCancel),
            (161, Meaning::NothingToCancel),
            (201, order),
            (202, Meaning::Cancelled),
            (320, request),
            (321, request),
            (322, request),
            (326, Meaning::ClientIdTaken),
            (327, Meaning::Refused(Refusal::OnlyClientZero)),
            (354, Meaning::Note),
            (399, Meaning::Note),
            (501, Meaning::SessionOver),
            (502, Meaning::SessionOver),
            (503, Meaning::Refused(Refusal::TooOld)),
            (504, Meaning::SessionOver),
            (507, Meaning::SessionOver),
            (1100, Meaning::LinkLost),
            (1101, Meaning::LinkBack),
            (1102, Meaning::LinkBack),
            (1300, Meaning::SessionOver),
            (2103, Meaning::Note),
            (2104, Meaning::Note),
            (2105, Meaning::Note),
            (2106, Meaning::Note),
            (2157, Meaning::Note),
            (2158, Meaning::Note),
            (10147, Meaning::NothingToCancel),
            (10148, Meaning::NothingToCancel),
            (10149, Meaning::NothingToCancel),
            (10197, Meaning::Note),
            (10349, Meaning::Note),
            (99999, request),
        ] {
            assert_eq!(meaning(code, "some words"), expected, "code {code}");
        }
        assert_eq!(meaning(321, READ_ONLY), Meaning::Refused(Refusal::ReadOnly));
    }

    #[test]
    fn a_read_only_refusal_carries_its_mend() {
        let error = error(321, READ_ONLY).unwrap();
        assert_eq!(error.class, ErrorClass::Refused);
        assert_eq!(error.again, Again::No);
        assert!(
            error.next.contains("Untick Read-Only API"),
            "{}",
            error.next
        );
        assert!(error.next.contains("Global Configuration > API > Settings"));
    }

    #[test]
    fn a_lost_link_is_never_success_nor_final() {
        let error = error(1100, "Connectivity between IBKR and TWS has been lost.").unwrap();
        assert_eq!(error.class, ErrorClass::Unreachable);
        assert_eq!(error.again, Again::Soon);
    }

    #[test]
    fn what_is_no_error_is_none() {
        for code in [0, 202, 10147, 2104, 1102, 399] {
            assert_eq!(error(code, "x"), None, "code {code}");
        }
    }

    #[test]
    fn hostile_words_are_cleaned() {
        let error = error(201, "\u{1b}[2J<script>\u{202e}").unwrap();
        assert!(
            !error.words.chars().any(char::is_control),
            "{:?}",
            error.words
        );
    }
}
