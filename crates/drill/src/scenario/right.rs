//! What the right answer to a scenario is, and within which times.

use std::time::Duration;

use serde::Deserialize;

use super::span::optional;

/// What the right answer is.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Right {
    /// Whether to press.
    pub press: bool,
    /// The runbooks that are right.
    #[serde(default)]
    pub runbooks: Vec<String>,
    /// The runbooks that do as well.
    #[serde(default)]
    pub acceptable: Vec<String>,
    /// What is right where nothing has to be pressed.
    #[serde(default)]
    pub instead: Option<Instead>,
}

/// What is right where nothing has to be pressed.
#[derive(Clone, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Instead {
    /// In words.
    pub say: String,
    /// Whom to call, by contact id. Without it: nobody, the person stands down.
    #[serde(default)]
    pub call: Option<String>,
    /// About which account.
    #[serde(default)]
    pub account: Option<String>,
    /// What to ask for, by the pages that the desk then acts on.
    #[serde(default)]
    pub pages: Vec<String>,
}

/// Within which times. Each counts from the first genuine alarm, in story time.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Targets {
    /// The press.
    #[serde(with = "optional")]
    pub alarm_to_press: Option<Duration>,
    /// The first capture.
    #[serde(with = "optional")]
    pub evidence: Option<Duration>,
    /// Trading is blocked.
    #[serde(with = "optional")]
    pub block: Option<Duration>,
    /// The last order that is not the person's own is gone.
    #[serde(with = "optional")]
    pub last_order: Option<Duration>,
    /// The last key that is not the person's own is dead.
    #[serde(with = "optional")]
    pub last_key: Option<Duration>,
    /// The last session that is not the person's own has ended.
    #[serde(with = "optional")]
    pub last_session: Option<Duration>,
    /// The call is made.
    #[serde(with = "optional")]
    pub call: Option<Duration>,
    /// Contained, by the simulator's truth.
    #[serde(with = "optional")]
    pub contained: Option<Duration>,
}

impl Targets {
    /// Each target that is set, by its name in the file.
    pub fn set(&self) -> Vec<(&'static str, Duration)> {
        let all = [
            ("alarm_to_press", self.alarm_to_press),
            ("evidence", self.evidence),
            ("block", self.block),
            ("last_order", self.last_order),
            ("last_key", self.last_key),
            ("last_session", self.last_session),
            ("call", self.call),
            ("contained", self.contained),
        ];
        let set = all.into_iter();
        set.filter_map(|(name, time)| Some((name, time?))).collect()
    }
}
