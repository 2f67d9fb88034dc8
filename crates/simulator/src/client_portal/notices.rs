//! The notices that the broker sends its customers: what was changed on the account, and cash that
//! leaves it. They are told as they are, and none is ever marked as read.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{
    answer::Answer,
    portal::{Portal, State},
};
use crate::world::WithdrawalState;

/// The most notices that one answer holds.
const MOST: usize = 10;

/// A notice's kind and words.
struct Notice {
    code: &'static str,
    title: &'static str,
    words: String,
}

impl Portal {
    /// The newest notices, at most `max` of them.
    pub(super) fn notifications(
        &self,
        state: &mut State,
        query: &BTreeMap<String, String>,
    ) -> Answer {
        let max = match query.get("max").map(|max| max.parse::<usize>()) {
            None => MOST,
            Some(Ok(max)) => max.min(MOST),
            Some(Err(_)) => return Answer::bad_request("max is not a number"),
        };
        let now = self.world.now();
        let mut told: Vec<_> = self
            .notices()
            .into_iter()
            .map(|notice| {
                let came = state.notices.entry(notice.words.clone()).or_insert(now);
                (*came, notice)
            })
            .collect();
        told.sort_by_key(|(came, _)| *came);
        let rows: Vec<Value> = told
            .iter()
            .rev()
            .take(max)
            .map(|(came, notice)| {
                json!({
                    "R": 0,
                    "D": format!("{}.0", self.millis(*came) / 1000),
                    "MS": notice.title,
                    "MD": self.name(&notice.words),
                    "ID": id(&notice.words),
                    "HT": 0,
                    "FC": notice.code,
                })
            })
            .collect();
        Answer::ok(&rows)
    }

    pub(super) fn unread_number(&self) -> Answer {
        Answer::ok(&json!({ "BN": self.notices().len() }))
    }

    /// Oldest first within each kind.
    fn notices(&self) -> Vec<Notice> {
        let Ok(view) = self.world.account(&self.account) else {
            return Vec::new();
        };
        let changes = view.log.into_iter().map(|words| Notice {
            code: "SM",
            title: "Your account was changed",
            words,
        });
        let transfers = view.withdrawals.into_iter().map(|withdrawal| Notice {
            code: "CT",
            title: "Cash transfer",
            words: format!(
                "{}: {} {} to {}, {}",
                withdrawal.id,
                withdrawal.amount,
                withdrawal.currency,
                withdrawal.target,
                match withdrawal.state {
                    WithdrawalState::Pending => "requested",
                    WithdrawalState::Cancelled => "cancelled",
                    WithdrawalState::Sent => "sent",
                }
            ),
        });
        changes.chain(transfers).collect()
    }
}

/// A number that stays with a notice: notices have no other.
fn id(words: &str) -> String {
    hex::encode(&Sha256::digest(words.as_bytes())[..8])
}
