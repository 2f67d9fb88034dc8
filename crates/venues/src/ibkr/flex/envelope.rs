//! The short answer of the service: where a statement will be, or why there is none.

use super::{FlexError, xml};

/// What the service answered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Answer {
    /// The statement is being made.
    Asked(Reference),
    /// It said no, or not yet.
    Code(u16, String),
    /// It is the statement itself.
    Statement,
}

/// Where a statement will be.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Reference {
    /// Its number.
    pub(super) code: String,
    /// The address to fetch it at, as it was told.
    pub(super) url: Option<String>,
}

/// The longest reference code that can be one.
const CODE_AT_MOST: usize = 64;

/// Reads an answer as far as is needed to tell what it is.
pub(super) fn read(bytes: &[u8]) -> Result<Answer, FlexError> {
    let head = bytes.get(..bytes.len().min(4 << 10)).unwrap_or_default();
    let head = String::from_utf8_lossy(head);
    if head.contains("<FlexQueryResponse") {
        return Ok(Answer::Statement);
    }
    if !head.contains("<FlexStatementResponse") {
        return Err(FlexError::malformed("neither a statement nor an answer"));
    }
    let mut told = Told::default();
    xml::rows(bytes, |row| {
        let kept = match (row.parent.as_str(), row.name.as_str()) {
            ("FlexStatementResponse", "Status") => &mut told.status,
            ("FlexStatementResponse", "ReferenceCode") => &mut told.reference,
            ("FlexStatementResponse", "Url") => &mut told.url,
            ("FlexStatementResponse", "ErrorCode") => &mut told.code,
            ("FlexStatementResponse", "ErrorMessage") => &mut told.message,
            _ => return Ok(()),
        };
        kept.clone_from(&row.text);
        Ok(())
    })?;
    told.answer()
}

#[derive(Default)]
struct Told {
    status: String,
    reference: String,
    url: String,
    code: String,
    message: String,
}

impl Told {
    fn answer(self) -> Result<Answer, FlexError> {
        // the code decides: a status of `Warn` comes with one as well
        if !self.code.is_empty() {
            let number = self.code.parse();
            let number = number.map_err(|_| FlexError::malformed("a code that is no number"))?;
            return Ok(Answer::Code(number, self.message));
        }
        if self.status != "Success" {
            return Err(FlexError::malformed("neither success nor a code"));
        }
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        let good = !self.reference.is_empty()
            && self.reference.len() <= CODE_AT_MOST
            && self.reference.bytes().all(plain);
        if !good {
            return Err(FlexError::malformed("a reference that cannot be one"));
        }
        Ok(Answer::Asked(Reference {
            code: self.reference,
            url: Some(self.url).filter(|url| !url.is_empty()),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn envelope(inner: &str) -> Result<Answer, FlexError> {
        let text = format!(
            "<FlexStatementResponse timestamp='28 August, 2012 10:37 AM EDT'>{inner}\
             </FlexStatementResponse>"
        );
        read(text.as_bytes())
    }

    #[test]
    fn a_reference_comes_with_its_address() {
        let answer = envelope(
            "<Status>Success</Status>\n<ReferenceCode>1234567890</ReferenceCode>\n\
             <Url>https://gdcdyn.interactivebrokers.com/x</Url>",
        );
        let Ok(Answer::Asked(reference)) = answer else {
            panic!("{answer:?}");
        };
        assert_eq!(reference.code, "1234567890");
        assert!(reference.url.unwrap().starts_with("https://gdcdyn."));
    }

    #[test]
    fn a_code_is_told_whatever_the_status_says() {
        for status in ["Fail", "Warn"] {
            let answer = envelope(&format!(
                "<Status>{status}</Status><ErrorCode>1019</ErrorCode>\
                 <ErrorMessage>Statement generation in progress.</ErrorMessage>"
            ));
            let said = "Statement generation in progress.".to_owned();
            assert_eq!(answer, Ok(Answer::Code(1019, said)));
        }
    }

    #[test]
    fn what_is_neither_is_malformed_and_never_a_statement() {
        for inner in [
            "",
            "<Status>Fail</Status>",
            "<Status>Success</Status>",
            "<Status>Success</Status><ReferenceCode>../../x</ReferenceCode>",
            "<ErrorCode>many</ErrorCode>",
        ] {
            assert!(envelope(inner).is_err(), "{inner}");
        }
        assert!(read(b"<html>log in</html>").is_err());
        assert!(read(b"").is_err());
    }
}
