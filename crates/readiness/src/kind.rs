//! A kind of finding: its id, what it stands for, why it matters and how it is mended, once.

use crate::model::{Area, Finding, Severity, Verdict};

/// See the module.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kind {
    pub(crate) id: &'static str,
    pub(crate) area: Area,
    pub(crate) severity: Severity,
    pub(crate) why: &'static str,
    pub(crate) mend: &'static str,
}

impl Kind {
    /// Something of this kind is to be mended.
    pub(crate) fn mend(
        &self,
        subject: impl Into<String>,
        what: impl Into<String>,
        how: impl Into<String>,
    ) -> Finding {
        Finding {
            mend: self.mend.to_owned(),
            ..self.finding(Verdict::Mend, subject, what, how)
        }
    }

    /// It could not be told; the mend says where to look by hand.
    pub(crate) fn unknown(
        &self,
        subject: impl Into<String>,
        what: impl Into<String>,
        how: impl Into<String>,
    ) -> Finding {
        Finding {
            mend: format!("Look by hand. To mend: {}", self.mend),
            ..self.finding(Verdict::Unknown, subject, what, how)
        }
    }

    /// It was looked at, and nothing found.
    pub(crate) fn good(
        &self,
        subject: impl Into<String>,
        what: impl Into<String>,
        how: impl Into<String>,
    ) -> Finding {
        self.finding(Verdict::Good, subject, what, how)
    }

    fn finding(
        &self,
        verdict: Verdict,
        subject: impl Into<String>,
        what: impl Into<String>,
        how: impl Into<String>,
    ) -> Finding {
        let clean = |text: String| door::clean(&text);
        Finding {
            id: self.id.to_owned(),
            area: self.area,
            subject: clean(subject.into()),
            verdict,
            severity: self.severity,
            what: clean(what.into()),
            why: self.why.to_owned(),
            mend: String::new(),
            how: clean(how.into()),
        }
    }
}

/// Of this computer as a whole.
pub(crate) const THIS_COMPUTER: &str = "this computer";
