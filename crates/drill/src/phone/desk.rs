//! Who is on the phone, as a scenario tells it.

use serde::Deserialize;

use super::{Said, line};
use crate::scenario::Between;

/// A contact that can be called.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Desk {
    /// The contact's id, as runbooks name it.
    pub contact: String,
    /// What it is called, for a contact that only the story has.
    #[serde(default)]
    pub name: Option<String>,
    /// What the machine says first.
    #[serde(default = "greeting")]
    pub greeting: String,
    /// The menu; without it the queue follows at once.
    #[serde(default)]
    pub menu: Vec<MenuLine>,
    /// How long the queue is, at least and at most.
    pub queue: Between,
    /// What the agent asks, in order. Without any: which account, and what to do.
    #[serde(default)]
    pub questions: Vec<Question>,
    /// What the agent can do, by the pages that it is done on.
    #[serde(default = "does")]
    pub does: Vec<String>,
}

fn greeting() -> String {
    "Thank you for calling. This call is recorded.".to_owned()
}

fn does() -> Vec<String> {
    vec!["security-desk".to_owned()]
}

/// A line of a menu.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MenuLine {
    /// The key.
    pub press: String,
    /// What it is for.
    pub says: String,
    /// Whether it leads to the desk.
    #[serde(default)]
    pub desk: bool,
}

impl MenuLine {
    pub(super) fn read_out(&self) -> Said {
        line(&format!("For {}, press {}.", self.says, self.press))
    }
}

/// Something that is asked on the phone.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// The question.
    pub ask: String,
    /// What answers it.
    #[serde(default)]
    pub wants: Demand,
    /// What is said after a wrong answer.
    #[serde(default)]
    pub then: Option<String>,
}

/// What answers a question.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Demand {
    /// Whatever is said.
    #[default]
    Anything,
    /// An account. It is asked again until one is named.
    Account,
    /// A refusal is right, to agree is a slip; it is asked again until it is one of the two.
    Refusal,
    /// It is asked for a code or a password: a refusal is right, what sounds like one is a slip. It
    /// is asked again after a question.
    Secret,
}

/// Somebody who calls the person.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Caller {
    /// Its id, unique in the scenario.
    pub id: String,
    /// What they say first.
    pub says: String,
    /// What they ask, in order.
    pub questions: Vec<Question>,
    /// What they say before they hang up.
    pub leaves: String,
}
