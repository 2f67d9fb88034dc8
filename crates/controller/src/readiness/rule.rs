//! A kind of finding: its id, what it stands for and why it matters, once.

use readiness::{Area, Finding, Severity, Verdict};

/// See the module.
pub(super) struct Rule {
    pub(super) id: &'static str,
    pub(super) area: Area,
    pub(super) severity: Severity,
    pub(super) why: &'static str,
}

impl Rule {
    /// Something of this kind is to be mended.
    pub(super) fn mend(
        &self,
        subject: &str,
        what: impl AsRef<str>,
        mend: impl AsRef<str>,
        how: impl AsRef<str>,
    ) -> Finding {
        self.finding(
            Verdict::Mend,
            subject,
            what.as_ref(),
            mend.as_ref(),
            how.as_ref(),
        )
    }

    /// It could not be told; `mend` says what would tell.
    pub(super) fn unknown(
        &self,
        subject: &str,
        what: impl AsRef<str>,
        mend: impl AsRef<str>,
        how: impl AsRef<str>,
    ) -> Finding {
        self.finding(
            Verdict::Unknown,
            subject,
            what.as_ref(),
            mend.as_ref(),
            how.as_ref(),
        )
    }

    /// It was looked at, and nothing found.
    pub(super) fn good(
        &self,
        subject: &str,
        what: impl AsRef<str>,
        how: impl AsRef<str>,
    ) -> Finding {
        self.finding(Verdict::Good, subject, what.as_ref(), "", how.as_ref())
    }

    fn finding(
        &self,
        verdict: Verdict,
        subject: &str,
        what: &str,
        mend: &str,
        how: &str,
    ) -> Finding {
        Finding {
            id: self.id.to_owned(),
            area: self.area,
            subject: door::clean(subject),
            verdict,
            severity: self.severity,
            what: door::clean_to(what, LONGEST),
            why: self.why.to_owned(),
            mend: door::clean_to(mend, LONGEST),
            how: door::clean_to(how, LONGEST),
        }
    }
}

/// The most characters of one sentence or list.
const LONGEST: usize = 1_000;

/// The subject of a finding about a door of an account. Names of accounts hold no comma.
pub(super) fn of_door(account: &str, door: impl std::fmt::Display) -> String {
    format!("{account}, {door}")
}

/// The account that a finding's subject begins with.
pub(super) fn account_of(finding: &Finding) -> &str {
    finding.subject.split(',').next().unwrap_or_default()
}
