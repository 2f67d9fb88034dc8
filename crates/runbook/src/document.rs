//! The runbook as a document: what its author wrote, and where each word stands.
//!
//! The native format is strict TOML, made to be read aloud, diffed and printed:
//!
//! ```toml
//! id = "leaked-api-key"                 # lower-case words joined by hyphens
//! title = "An API key leaked"
//! when = "Orders carry your key, and you did not place them."
//! activity = ["containment"]            # optional; CACAO playbook activities, for export
//!
//! [[step]]                              # a lever step: Firebreak does it
//! id = "cancel"
//! title = "Cancel every open order"
//! lever = "cancel_orders"
//! accounts = "all"                      # or ["one", "two"], or "venue:ibkr"
//! after = ["capture"]                   # waits until these have ended or their time is over
//! deadline = "1m"                       # 250ms, 2s, 10m, 1h; counted from its release
//! scope = "all"                         # or "keep_protective", or { placed_after = "15m" }
//! keys = "others"                       # for `revoke_key`; or "own", which comes last
//! hold_until = ["revoke"]               # cancels what appears until these are proved
//!
//! [[step]]                              # a manual step: the person does it
//! id = "sessions"
//! title = "Count the open sessions"
//! manual = "Ask the desk to log out every session."
//! accounts = "venue:ibkr"               # one card an account; without it one for the whole run
//! containment = true                    # the run is not contained before the answer is the wanted
//! covers = ["end-sessions"]             # its answer settles what no door could see there
//! say = "Log out every session of my username."
//! menu_path = "Settings > User Settings"
//! link = "https://www.example.com/"     # https only
//! contact = "ibkr-security"
//! page = "sessions"                     # which simulated page holds the answer in practice
//! read_back = { ask = "How many sessions are open?", format = "number", want = "0" }
//! last_checked = 2026-11-23             # when path and link were last seen to be right
//! ```
//!
//! A step with both `lever` and `manual` is a lever step with a fallback: the card comes up where
//! no door can pull the lever. `containment` and `covers` belong to steps without a lever: a lever
//! decides by itself whether it contains.

use std::{ops::Range, time::Duration};

use door::{CancelScope, KeyScope, Lever};
use jiff::civil::Date;
use toml::Spanned;

use crate::{
    finding::{Replacement, Source},
    plan::{ReadBack, RunbookRef, StepId},
};

/// A runbook that was read without a finding. It may still break the linter's rules.
#[derive(Clone, Debug)]
pub struct Runbook {
    /// Its file's name, for findings.
    pub file_name: String,
    /// Its text, byte for byte.
    pub text: String,
    /// Lower-case words joined by hyphens.
    pub id: String,
    /// What it is for, in a few words.
    pub title: String,
    /// When to press it.
    pub when: String,
    /// CACAO playbook activities.
    pub activity: Vec<String>,
    /// What is done, in the order in which it is read.
    pub steps: Vec<Step>,
}

impl Runbook {
    /// Which text this is.
    pub fn reference(&self) -> RunbookRef {
        use sha2::Digest as _;
        RunbookRef {
            id: self.id.clone(),
            title: self.title.clone(),
            digest: hex::encode(sha2::Sha256::digest(self.text.as_bytes())),
        }
    }

    pub(crate) fn source(&self) -> Source<'_> {
        Source {
            file: &self.file_name,
            text: &self.text,
        }
    }
}

/// One step.
#[derive(Clone, Debug)]
pub struct Step {
    /// Unique in the runbook; the linter sees to it.
    pub id: Spanned<StepId>,
    /// What is done, verb first.
    pub title: String,
    /// Where the step begins.
    pub span: Range<usize>,
    /// Who does it.
    pub doing: Doing,
    /// On which accounts.
    pub accounts: Accounts,
    /// The steps that it waits for.
    pub after: References,
}

/// Who does a step.
#[derive(Clone, Debug)]
pub enum Doing {
    /// Firebreak.
    Lever(LeverStep),
    /// The person.
    Manual(ManualStep),
}

/// A step that Firebreak does.
#[derive(Clone, Debug)]
pub struct LeverStep {
    /// What is pulled.
    pub lever: Spanned<Lever>,
    /// Which orders, for `cancel_orders`.
    pub scope: CancelScope,
    /// Whose keys, for `revoke_key`.
    pub keys: KeyScope,
    /// How long it has, as written. Without it: see [`default_deadline`](crate::default_deadline).
    pub deadline: Option<Spanned<Duration>>,
    /// The steps that end its hold-down, for `cancel_orders`.
    pub hold_until: References,
    /// What the person does where no door can.
    pub fallback: Option<Instruction>,
}

/// A step that the person does.
#[derive(Clone, Debug)]
pub struct ManualStep {
    /// What to do.
    pub instruction: Instruction,
    /// Whether the run is not contained before the wanted value was read.
    pub containment: Option<Spanned<bool>>,
    /// Lever steps whose unseen rest the wanted value settles.
    pub covers: References,
}

/// What the person is shown and asked.
#[derive(Clone, Debug)]
pub struct Instruction {
    /// What to do, verb first.
    pub text: Spanned<String>,
    /// Where in the venue's own pages.
    pub menu_path: Option<Spanned<String>>,
    /// The page's address.
    pub link: Option<Spanned<String>>,
    /// The words to say.
    pub say: Option<String>,
    /// Whom to call: a contact's id.
    pub contact: Option<Spanned<String>>,
    /// The value to read back.
    pub read_back: Option<Spanned<ReadBack>>,
    /// Which simulated page holds that value.
    pub page: Option<String>,
    /// When menu path and link were last seen to be right.
    pub last_checked: Option<Date>,
}

impl Instruction {
    /// Whether only one answer to it means done.
    pub fn proves(&self) -> bool {
        self.read_back
            .as_ref()
            .is_some_and(|read_back| read_back.get_ref().want.is_some())
    }
}

/// On which accounts a step is done.
#[derive(Clone, Debug)]
pub enum Accounts {
    /// On none in particular: the step is about the whole situation.
    Situation,
    /// On each one.
    All,
    /// On each one at this venue.
    Venue(Spanned<String>),
    /// On these.
    Named(Vec<Spanned<String>>),
}

/// A list of other steps' ids, as it was written.
#[derive(Clone, Debug, Default)]
pub struct References {
    /// Where the whole list stands, if it is there.
    pub span: Option<Range<usize>>,
    /// The ids.
    pub ids: Vec<Spanned<StepId>>,
}

impl References {
    /// The ids without their places.
    pub fn iter(&self) -> impl Iterator<Item = &StepId> {
        self.ids.iter().map(Spanned::get_ref)
    }

    /// Whether it names `id`.
    pub fn contains(&self, id: &StepId) -> bool {
        self.iter().any(|other| other == id)
    }

    /// The edit that leaves out the ids that `drop` picks.
    pub(crate) fn without(
        &self,
        source: &Source<'_>,
        drop: impl Fn(&StepId) -> bool,
    ) -> Option<Replacement> {
        let span = self.span.clone()?;
        let kept = self.iter().filter(|id| !drop(id)).collect::<Vec<_>>();
        if kept.is_empty()
            && let Some(line) = source.line_of_field(&span)
        {
            return Some(Replacement::new(line, ""));
        }
        Some(Replacement::new(span, list(kept)))
    }

    /// The edit that adds `id`; the field goes below `anchor` where it is not there yet.
    pub(crate) fn with(
        &self,
        source: &Source<'_>,
        field: &str,
        anchor: &Range<usize>,
        id: &StepId,
    ) -> Replacement {
        let all = list(self.iter().chain([id]));
        match &self.span {
            Some(span) => Replacement::new(span.clone(), all),
            None => source.line_below(anchor.end, &format!("{field} = {all}")),
        }
    }
}

/// Ids as a list of the document.
pub(crate) fn list<'a>(ids: impl IntoIterator<Item = &'a StepId>) -> String {
    let quoted = ids.into_iter().map(|id| format!("\"{id}\""));
    format!("[{}]", quoted.collect::<Vec<_>>().join(", "))
}

impl Step {
    /// Its id.
    pub fn id(&self) -> &StepId {
        self.id.get_ref()
    }

    /// Its lever, if it has one.
    pub fn lever(&self) -> Option<Lever> {
        match &self.doing {
            Doing::Lever(step) => Some(*step.lever.get_ref()),
            Doing::Manual(_) => None,
        }
    }

    /// Whether it cuts the key that Firebreak itself signs with.
    pub(crate) fn cuts_own_key(&self) -> bool {
        match &self.doing {
            Doing::Lever(step) => {
                *step.lever.get_ref() == Lever::RevokeKey && step.keys == KeyScope::Own
            }
            Doing::Manual(_) => false,
        }
    }

    /// What the person is shown, if it ever is theirs.
    pub fn instruction(&self) -> Option<&Instruction> {
        match &self.doing {
            Doing::Lever(step) => step.fallback.as_ref(),
            Doing::Manual(step) => Some(&step.instruction),
        }
    }

    /// Whether the run is not contained before this is verified.
    pub fn contains(&self) -> bool {
        match &self.doing {
            Doing::Lever(step) => step.lever.get_ref().contains(),
            Doing::Manual(step) => step.containment.as_ref().is_some_and(|yes| *yes.get_ref()),
        }
    }

    /// Whether it cuts off who places orders.
    pub fn severs(&self) -> bool {
        match &self.doing {
            Doing::Lever(step) => step.lever.get_ref().severs(),
            Doing::Manual(_) => self.contains(),
        }
    }

    /// The steps that end its hold-down.
    pub fn hold_until(&self) -> &[Spanned<StepId>] {
        match &self.doing {
            Doing::Lever(step) => &step.hold_until.ids,
            Doing::Manual(_) => &[],
        }
    }

    /// The steps whose unseen rest its answer settles.
    pub fn covers(&self) -> &[Spanned<StepId>] {
        match &self.doing {
            Doing::Lever(_) => &[],
            Doing::Manual(step) => &step.covers.ids,
        }
    }
}
