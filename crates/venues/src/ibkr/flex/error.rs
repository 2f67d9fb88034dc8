//! What the Flex Web Service says when there is no statement, and what to do then.
//!
//! No text here is an address: the token stands in each.

use std::{fmt, sync::LazyLock};

use door::{DoorError, ErrorClass};
use serde::Deserialize;

static CODES: LazyLock<Vec<Code>> = LazyLock::new(|| {
    let shipped: Codes = toml::from_str(include_str!("codes.toml"))
        .expect("a test reads the shipped codes, and they are part of the program");
    shipped.code
});

/// Why there is no statement. Nothing was changed at IBKR: the service only reads.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FlexError {
    /// IBKR's own number for it, where IBKR said no.
    pub code: Option<u16>,
    /// What happened, what to do next, and whether to come back.
    pub error: DoorError,
}

impl FlexError {
    /// What an answer with a code means.
    pub(super) fn of_code(number: u16, said: &str) -> Self {
        let known = CODES.iter().find(|code| code.number == number);
        let words = format!("code {number}: {said}");
        let error = match known {
            Some(code) => {
                let error = DoorError::new(code.class(), &words, code.means.clone())
                    .next(code.next.clone());
                if code.again { error.soon() } else { error }
            }
            None => DoorError::new(
                ErrorClass::Refused,
                &words,
                "IBKR answered with a code that is not in its documents",
            )
            .next("Look at the Flex Web Service's page, and ask again later."),
        };
        Self {
            code: Some(number),
            error,
        }
    }

    pub(super) fn malformed(why: &str) -> Self {
        DoorError::new(
            ErrorClass::Malformed,
            why,
            "the Flex Web Service sent something that cannot be understood",
        )
        .into()
    }

    pub(super) fn refused(what: impl Into<String>, next: impl Into<String>) -> Self {
        DoorError::new(ErrorClass::Refused, "", what)
            .next(next)
            .into()
    }

    /// Whether IBKR asks to come back shortly.
    pub fn passes(&self) -> bool {
        self.code.is_some_and(passes)
    }
}

/// Whether IBKR asks to come back shortly after this code.
pub(super) fn passes(number: u16) -> bool {
    let mut codes = CODES.iter();
    codes.any(|code| code.number == number && code.again)
}

impl std::error::Error for FlexError {}

impl fmt::Display for FlexError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl From<DoorError> for FlexError {
    fn from(error: DoorError) -> Self {
        Self { code: None, error }
    }
}

impl From<FlexError> for DoorError {
    fn from(error: FlexError) -> Self {
        error.error
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Codes {
    code: Vec<Code>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Code {
    number: u16,
    /// IBKR's own text, for who reads the file.
    #[serde(rename = "says")]
    _says: String,
    means: String,
    #[serde(default)]
    next: String,
    #[serde(default)]
    again: bool,
    #[serde(default)]
    unauthorised: bool,
}

impl Code {
    fn class(&self) -> ErrorClass {
        match (self.number, self.unauthorised, self.again) {
            (TOO_MANY, _, _) => ErrorClass::Paced,
            (_, true, _) => ErrorClass::Unauthorised,
            (_, _, true) => ErrorClass::Unreachable,
            (_, _, false) => ErrorClass::Refused,
        }
    }
}

/// There is no statement for the days that were asked for.
pub(super) const NOT_AVAILABLE: u16 = 1003;
/// The reference of a statement is not known any more.
pub(super) const REFERENCE_GONE: u16 = 1017;
/// Too many requests.
pub(super) const TOO_MANY: u16 = 1018;

#[cfg(test)]
mod tests {
    use door::Again;

    use super::*;

    #[test]
    fn every_code_says_either_what_to_do_or_that_it_passes() {
        let numbers: Vec<u16> = CODES.iter().map(|code| code.number).collect();
        let all = (1001..=1021).filter(|number| *number != 1002);
        assert_eq!(numbers, all.collect::<Vec<_>>());
        for code in CODES.iter() {
            assert_eq!(code.next.is_empty(), code.again, "{}", code.number);
            let error = FlexError::of_code(code.number, "words");
            assert_eq!(error.passes(), code.again, "{}", code.number);
            let again = matches!(error.error.again, Again::Soon);
            assert_eq!(again, code.again, "{}", code.number);
            assert!(error.to_string().contains(&code.number.to_string()));
        }
    }

    #[test]
    fn those_that_pass_are_the_ones_that_ibkr_asks_to_repeat() {
        let again: Vec<u16> = (1000..1030).filter(|number| passes(*number)).collect();
        let asked = [1001, 1004, 1005, 1006, 1007, 1008, 1009, 1018, 1019, 1021];
        assert_eq!(again, asked);
    }

    #[test]
    fn a_code_that_nobody_knows_is_refused_and_not_repeated() {
        let error = FlexError::of_code(1999, "\u{1b}[31mnew");
        assert_eq!(error.error.class, ErrorClass::Refused);
        assert!(!error.passes());
        assert!(!error.to_string().contains('\u{1b}'), "{error}");
    }
}
