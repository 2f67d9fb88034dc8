//! A runbook bound to the accounts at hand: tasks, and what each waits for.

use std::{fmt, time::Duration};

use door::{CancelScope, DoorKind, KeyScope, Lever, LeverSupport};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub String);

        impl $name {
            /// From text.
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// As text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

id!(
    /// An account's nickname, unique in a home.
    AccountName
);
id!(
    /// A step's id, unique in its runbook.
    StepId
);
id!(
    /// A task's id: the step's, and `@` with the account's name where it is bound to one.
    TaskId
);

impl TaskId {
    /// The task that `step` makes on `account`, or for the whole run.
    pub fn of(step: &StepId, account: Option<&AccountName>) -> Self {
        match account {
            Some(account) => Self(format!("{step}@{account}")),
            None => Self(step.0.clone()),
        }
    }
}

/// Which runbook a run follows, and exactly which text of it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct RunbookRef {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// SHA-256 of its text, in hex.
    pub digest: String,
}

/// What a run will do.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Plan {
    /// From which runbook.
    pub runbook: RunbookRef,
    /// The accounts, in the order in which the person keeps them.
    pub accounts: Vec<AccountOutline>,
    /// The tasks, in the order of the runbook's steps, accounts in order within a step.
    pub tasks: Vec<Task>,
    /// Steps that make no task on an account, since none of its doors offers the lever.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_offered: Vec<NotOffered>,
}

/// One step on one account, or one step for the whole run.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Task {
    /// Unique in the plan.
    pub id: TaskId,
    /// The step it came from.
    pub step: StepId,
    /// The step's title.
    pub title: String,
    /// On which account; `None` for a step about the whole situation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountName>,
    /// What is done.
    #[serde(flatten)]
    pub action: Action,
    /// Tasks that must have ended, or passed their deadline, before this one starts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<TaskId>,
    /// From release to `unknown`, in milliseconds, all retries included. Manual tasks have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline_ms: Option<u64>,
    /// `cancel_orders`: the tasks that end its hold-down once they are verified.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hold_until: Vec<TaskId>,
    /// Whether the run is not contained before this is verified.
    pub containment: bool,
    /// What the person is shown when it is theirs to do: always there for a manual task, and there
    /// for a lever that has a manual fallback.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card: Option<Card>,
    /// Tasks whose unseen rest this one's answer settles (a person asks where no door can).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub covers: Vec<TaskId>,
    /// Why pressing now would be refused (`not armed: the keychain is locked`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused_now: Option<String>,
}

impl Task {
    /// How long it has from its release.
    pub fn deadline(&self) -> Option<Duration> {
        self.deadline_ms.map(Duration::from_millis)
    }

    /// The lever that it pulls.
    pub fn lever(&self) -> Option<Lever> {
        match &self.action {
            Action::Pull { lever, .. } => Some(*lever),
            Action::Manual => None,
        }
    }

    /// The doors that offer its lever, in the order in which they are tried.
    pub fn doors(&self) -> &[TaskDoor] {
        match &self.action {
            Action::Pull { doors, .. } => doors,
            Action::Manual => &[],
        }
    }
}

/// What a task does.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "action")]
pub enum Action {
    /// Pulls a lever through doors.
    Pull {
        /// Which.
        lever: Lever,
        /// For `cancel_orders`.
        #[serde(default)]
        scope: CancelScope,
        /// For `revoke_key`.
        #[serde(default, skip_serializing_if = "is_others")]
        keys: KeyScope,
        /// The doors that act or read for it, in order. Empty when no door offers it and the card
        /// is the way.
        doors: Vec<TaskDoor>,
    },
    /// The person does it.
    Manual,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_others(keys: &KeyScope) -> bool {
    *keys == KeyScope::Others
}

/// A door that offers a task's lever.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TaskDoor {
    /// Which door of the account.
    pub door: DoorKind,
    /// What it offers.
    #[serde(flatten)]
    pub support: LeverSupport,
    /// The door's own least time between two listings, in milliseconds.
    pub poll_interval_ms: u64,
}

/// A step that makes no task on an account.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct NotOffered {
    /// The account.
    pub account: AccountName,
    /// The step.
    pub step: StepId,
    /// The lever that none of its doors offers.
    pub lever: Lever,
}

/// What the person does, in the words that are shown.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Card {
    /// What to do, verb first.
    pub text: String,
    /// Where in the venue's own pages (`Settings > User Settings > ...`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub menu_path: Option<String>,
    /// The page, if it has an address. Always `https`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// The words to say on the phone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub say: Option<String>,
    /// Whom to call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<Contact>,
    /// The same contact at other legal entities, for a step about accounts at several of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub other_contacts: Vec<Contact>,
    /// The value to read back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_back: Option<ReadBack>,
    /// Which of the venue's pages this is about (`sessions`, `api-keys`), for simulated pages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<String>,
    /// When somebody last saw that menu path and link to be right.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_checked: Option<Date>,
}

/// Whom to call.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Contact {
    /// The contact's id (`ibkr-security`).
    pub id: String,
    /// Who answers.
    pub name: String,
    /// The number, as it is dialled from the entity's country; none where no source supports one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// The support page.
    pub page: String,
    /// When the number was last seen to be right.
    pub last_checked: Date,
}

/// A value that the person reads to Firebreak, instead of ticking a box.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReadBack {
    /// The question (`How many other sessions does the desk say are open?`).
    pub ask: String,
    /// What kind of value.
    pub format: ReadBackFormat,
    /// The value that means done; any well-formed one does when this is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub want: Option<String>,
}

impl ReadBack {
    /// Whether `value` is well-formed, and if so whether it is the wanted one.
    pub fn judge(&self, value: &str) -> Verdict {
        let value = value.trim();
        let well_formed = !value.is_empty()
            && value.chars().count() <= 200
            && !value.chars().any(char::is_control)
            && match self.format {
                ReadBackFormat::Number => value.parse::<u64>().is_ok(),
                ReadBackFormat::YesNo => {
                    matches!(value.to_ascii_lowercase().as_str(), "yes" | "no")
                }
                ReadBackFormat::Time | ReadBackFormat::Text => true,
            };
        if !well_formed {
            return Verdict::Malformed;
        }
        match &self.want {
            Some(want) if !want.eq_ignore_ascii_case(value) => Verdict::NotYet,
            Some(_) | None => Verdict::Wanted,
        }
    }
}

/// What a read-back value says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// It is the value that means done.
    Wanted,
    /// It is a good value, and says that something is still open.
    NotYet,
    /// It does not answer the question.
    Malformed,
}

/// What kind of value is read back.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReadBackFormat {
    /// A whole number.
    Number,
    /// Free text: a reference number, a name.
    Text,
    /// A time of day or date, as the page shows it.
    Time,
    /// `yes` or `no`.
    YesNo,
}

/// An account, as far as linting and planning need to know it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct AccountOutline {
    /// Its nickname.
    pub name: AccountName,
    /// The venue's id (`ibkr`).
    pub venue: String,
    /// The legal entity whose phone numbers apply (`US`, `IE`, ...).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entity: Option<String>,
    /// The venue's own number of it, masked for screens (`U•••••12`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub masked_id: Option<String>,
    /// Its doors, in the order in which levers try them.
    pub doors: Vec<DoorOutline>,
    /// Why it is not armed, in words; `None` when it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_armed: Option<String>,
}

/// A door, as far as linting and planning need to know it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct DoorOutline {
    /// Which door.
    pub kind: DoorKind,
    /// With which username it is logged in, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// What it offers.
    pub levers: Vec<LeverSupport>,
    /// Its least time between two listings, in milliseconds.
    pub poll_interval_ms: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_well_formed_answer_that_is_the_wanted_one_means_done() {
        use ReadBackFormat::{Number, Text, YesNo};
        for (format, want, value, verdict) in [
            (Number, Some("0"), " 0 ", Verdict::Wanted),
            (Number, Some("0"), "2", Verdict::NotYet),
            (Number, Some("0"), "none", Verdict::Malformed),
            (Number, Some("0"), "-0", Verdict::Malformed),
            (YesNo, Some("yes"), "YES", Verdict::Wanted),
            (YesNo, Some("no"), "yes", Verdict::NotYet),
            (YesNo, Some("yes"), "done", Verdict::Malformed),
            (Text, None, "R-1234", Verdict::Wanted),
            (Text, None, "   ", Verdict::Malformed),
            (Text, None, "a\u{1b}[2J", Verdict::Malformed),
        ] {
            let read_back = ReadBack {
                ask: "?".to_owned(),
                format,
                want: want.map(str::to_owned),
            };
            assert_eq!(read_back.judge(value), verdict, "{value:?}");
        }
    }
}
