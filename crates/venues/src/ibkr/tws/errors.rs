//! What a failure of the TWS client means, class by class.
//!
//! A frame that does not decode is malformed; it is never passed over.

use door::{DoorError, ErrorClass};
use ibapi::Error;

use crate::ibkr::codes;

/// The door's error for a failure of the client.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the client's error type is open: what it adds must not stop a build"
)]
pub(super) fn door_error(error: &Error) -> DoorError {
    let said = error.to_string();
    match error {
        Error::Notice(notice) => notice_error(notice),
        Error::Timeout => timed_out("the answer"),
        Error::ServerVersion(..) => DoorError::new(
            ErrorClass::Refused,
            &said,
            "this TWS or IB Gateway is too old for the request",
        )
        .next("Update TWS or IB Gateway to 10.44 or later."),
        Error::Io(_)
        | Error::ConnectionFailed
        | Error::ConnectionRejected(_)
        | Error::ConnectionReset
        | Error::Shutdown
        | Error::Cancelled
        | Error::ClientIdInUse { .. } => session_ended(&said),
        Error::ParseInt(_)
        | Error::FromUtf8(_)
        | Error::ParseTime(_)
        | Error::Parse(..)
        | Error::UnexpectedResponse(_)
        | Error::UnexpectedWireFormat(_)
        | Error::UnexpectedEndOfStream
        | Error::EndOfStream
        | Error::BufferLimitExceeded { .. }
        | Error::InvalidFrame(_)
        | Error::HistoricalParseError(_)
        | Error::UnsupportedTimeZone(_)
        | Error::ProtobufDecode(_) => malformed(&said),
        // the client's own complaints, and whatever a later version of it adds
        _ => DoorError::new(ErrorClass::Malformed, &said, "the TWS client failed"),
    }
}

/// The error that a notice is; a notice that is none, in the place of an answer, is malformed.
pub(super) fn notice_error(notice: &ibapi::Notice) -> DoorError {
    codes::error(notice.code, &notice.message)
        .unwrap_or_else(|| malformed(&format!("{}: {}", notice.code, notice.message)))
}

pub(super) fn malformed(said: &str) -> DoorError {
    DoorError::new(
        ErrorClass::Malformed,
        said,
        "TWS sent something that cannot be understood",
    )
}

pub(super) fn session_ended(said: &str) -> DoorError {
    DoorError::new(
        ErrorClass::Unreachable,
        said,
        "the API session with TWS ended; a new one is opened",
    )
}

pub(super) fn timed_out(what: &str) -> DoorError {
    DoorError::new(
        ErrorClass::TimedOut,
        "",
        format!("TWS did not send {what} to its end in time"),
    )
}
