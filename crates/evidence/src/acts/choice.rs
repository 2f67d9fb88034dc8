//! Which rows are meant: the filters of the table, and what is marked in bulk.

use door::ActKind;
use jiff::Timestamp;
use runbook::AccountName;
use serde::{Deserialize, Serialize};

use super::ActRow;
use crate::case::Verdict;

/// What a row must be to be chosen. What is absent asks for nothing.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Choice {
    /// On this account.
    pub account: Option<AccountName>,
    /// Of this kind.
    pub kind: Option<ActKind>,
    /// Sent by this API client, or belonging to an order that was.
    pub client_id: Option<String>,
    /// Sent by this user name or key, or belonging to an order that was.
    pub submitter: Option<String>,
    /// Done in this session, or belonging to an order that was.
    pub session: Option<String>,
    /// Done from this address, or belonging to an order that was.
    pub ip: Option<String>,
    /// Marked so.
    pub verdict: Option<Marked>,
    /// Not before this; a row without a time is never meant.
    pub from: Option<Timestamp>,
    /// Before this; a row without a time is never meant.
    pub until: Option<Timestamp>,
    /// With these words in any of its texts, in capitals or not.
    pub text: Option<String>,
}

/// What was said of a row.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Marked {
    /// The person's own.
    Mine,
    /// Disputed.
    NotMine,
    /// The person does not know.
    NotSure,
    /// Nothing yet.
    Unmarked,
}

impl Marked {
    /// What `verdict` is.
    pub fn of(verdict: Option<Verdict>) -> Self {
        match verdict {
            Some(Verdict::Mine) => Self::Mine,
            Some(Verdict::NotMine) => Self::NotMine,
            Some(Verdict::NotSure) => Self::NotSure,
            None => Self::Unmarked,
        }
    }
}

impl Choice {
    /// The same, its words ready to be looked for.
    pub(super) fn lowered(&self) -> Self {
        let text = self.text.as_deref().map(|text| text.trim().to_lowercase());
        Self {
            text: text.filter(|text| !text.is_empty()),
            ..self.clone()
        }
    }

    /// Whether `row` is meant by a [`Self::lowered`] choice; `order` is the row of the order that it belongs to.
    pub(super) fn means(&self, row: &ActRow, order: Option<&ActRow>) -> bool {
        let act = &row.act;
        let of_order = |field: fn(&ActRow) -> Option<&str>, wanted: &Option<String>| {
            wanted
                .as_deref()
                .is_none_or(|wanted| field(row).or_else(|| order.and_then(field)) == Some(wanted))
        };
        self.account
            .as_ref()
            .is_none_or(|wanted| row.account.as_ref() == Some(wanted))
            && self.kind.is_none_or(|wanted| act.kind == wanted)
            && self
                .verdict
                .is_none_or(|wanted| Marked::of(row.verdict) == wanted)
            && self
                .from
                .is_none_or(|from| act.at.is_some_and(|at| at >= from))
            && self
                .until
                .is_none_or(|until| act.at.is_some_and(|at| at < until))
            && of_order(|row| row.act.client_id.as_deref(), &self.client_id)
            && of_order(|row| row.act.submitter.as_deref(), &self.submitter)
            && of_order(|row| row.act.session.as_deref(), &self.session)
            && of_order(|row| row.act.ip.as_deref(), &self.ip)
            && self.says(row)
    }

    fn says(&self, row: &ActRow) -> bool {
        let Some(wanted) = &self.text else {
            return true;
        };
        let act = &row.act;
        [
            Some(&act.words),
            Some(&act.id),
            act.status.as_ref(),
            act.instrument.as_ref(),
            act.currency.as_ref(),
            act.order.as_ref(),
            act.client_id.as_ref(),
            act.submitter.as_ref(),
            act.session.as_ref(),
            act.ip.as_ref(),
            act.device.as_ref(),
            act.to.as_ref(),
        ]
        .into_iter()
        .flatten()
        .any(|text| text.to_lowercase().contains(wanted))
    }
}
