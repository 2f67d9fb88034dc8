//! Steps whose result the run rests on: each can be proved, in the time that it has.

use std::time::Duration;

use door::Lever;
use toml::Spanned;

use super::Linter;
use crate::{
    document::{Doing, LeverStep, ManualStep, Step},
    finding::{Mend, Replacement, Rule, Severity},
    plan::AccountOutline,
    planner::default_deadline,
    terrain::doors_for,
};

const HOW_TO_PROVE: &str = "Add `read_back = { ask = \"...\", format = \"number\", want = \"0\" }` \
                            with the one answer that means done.";

impl Linter<'_> {
    pub(super) fn proof(&mut self) {
        for step in self.steps() {
            match &step.doing {
                Doing::Lever(pull) => {
                    self.lever_proof(step, pull);
                    self.hold_until(step, pull);
                    self.pacing(step, pull);
                }
                Doing::Manual(manual) => {
                    self.manual_proof(step, manual);
                    self.covers(step, manual);
                }
            }
        }
    }

    fn manual_proof(&mut self, step: &Step, manual: &ManualStep) {
        if manual.instruction.proves() {
            return;
        }
        let (offset, what) = match (&manual.containment, manual.covers.ids.first()) {
            (Some(yes), _) if *yes.get_ref() => (yes.span().start, "counts as containment"),
            (_, Some(covered)) => (covered.span().start, "covers what no door can see"),
            (Some(_) | None, None) => return,
        };
        let message = format!("`{}` {what}, and any answer would do for it", step.id());
        let mend = Mend::words(HOW_TO_PROVE);
        self.report(&CONTAINMENT_WITHOUT_PROOF, offset, message, mend);
    }

    fn lever_proof(&mut self, step: &Step, pull: &LeverStep) {
        let lever = *pull.lever.get_ref();
        if !lever.contains() {
            return;
        }
        if let Some(fallback) = &pull.fallback {
            if !fallback.proves() {
                let message = format!(
                    "any answer to the fallback of `{}` would count as containment",
                    step.id()
                );
                let offset = fallback.text.span().start;
                let mend = Mend::words(HOW_TO_PROVE);
                self.report(&CONTAINMENT_WITHOUT_PROOF, offset, message, mend);
            }
            return;
        }
        let covered = self
            .steps()
            .iter()
            .any(|other| other.covers().iter().any(|id| id.get_ref() == step.id()));
        let blind = self.terrain.bound(step).into_iter().find(|account| {
            let doors = doors_for(account, lever);
            doors.iter().any(|door| door.support.acts)
                && !doors.iter().any(|door| door.support.reads)
        });
        if let Some(account) = blind.filter(|_| !covered) {
            let message = format!(
                "no door of `{}` can read back what `{}` does",
                account.name,
                step.id()
            );
            let mend = Mend::words(
                "Add a manual step that covers it and reads the value back, or a fallback with \
                 `manual` and `read_back`.",
            );
            let offset = pull.lever.span().start;
            self.report(&CONTAINMENT_WITHOUT_PROOF, offset, message, mend);
        }
    }

    fn covers(&mut self, step: &Step, manual: &ManualStep) {
        for id in &manual.covers.ids {
            let Some(covered) = self.order.position(id.get_ref()) else {
                continue;
            };
            if self.steps()[covered].lever().is_some() {
                continue;
            }
            let edit = manual
                .covers
                .without(&self.source, |other| other == id.get_ref());
            let mend = Mend::edits("Take it out.", edit.into_iter().collect());
            let message = format!(
                "`{}` covers `{}`, which is the person's own step and has no unseen rest",
                step.id(),
                id.get_ref()
            );
            self.report(&COVERS_NO_LEVER, id.span().start, message, mend);
        }
    }

    fn hold_until(&mut self, step: &Step, pull: &LeverStep) {
        for id in &pull.hold_until.ids {
            let Some(end) = self.order.position(id.get_ref()) else {
                continue;
            };
            if self.steps()[end].severs() {
                continue;
            }
            let edit = pull
                .hold_until
                .without(&self.source, |other| other == id.get_ref());
            let mend = Mend::edits(
                "Name steps that end sessions, revoke keys or stop bots, or manual steps with \
                 `containment = true`.",
                edit.into_iter().collect(),
            );
            let message = format!(
                "`{}` holds orders down until `{}`, which cuts nobody off",
                step.id(),
                id.get_ref()
            );
            self.report(&HOLD_UNTIL_NO_CUT, id.span().start, message, mend);
        }
    }

    /// `capture` has a budget, not a race: what arrives after it still counts, so that pacing
    /// cannot make it too short.
    fn pacing(&mut self, step: &Step, pull: &LeverStep) {
        let lever = *pull.lever.get_ref();
        let Some(deadline) = pull.deadline.as_ref().filter(|_| lever != Lever::Capture) else {
            return;
        };
        let too_slow = self
            .terrain
            .bound(step)
            .into_iter()
            .filter_map(|account| Some((account, fastest(account, lever)?)))
            .filter(|(_, fastest)| fastest > deadline.get_ref())
            .max_by_key(|(_, fastest)| *fastest);
        let Some((account, fastest)) = too_slow else {
            return;
        };
        self.too_short(step, deadline, account, fastest, lever);
    }

    fn too_short(
        &mut self,
        step: &Step,
        deadline: &Spanned<Duration>,
        account: &AccountOutline,
        fastest: Duration,
        lever: Lever,
    ) {
        let seconds = fastest.as_millis().div_ceil(1_000);
        let roomy = default_deadline(lever).as_secs();
        let enough = seconds.max(u128::from(roomy));
        let message = format!(
            "`{}` has {} ms, and pacing on `{}` allows no proof in less than {} ms",
            step.id(),
            deadline.get_ref().as_millis(),
            account.name,
            fastest.as_millis()
        );
        let mend = Mend::edits(
            format!("Give it at least {seconds} s."),
            vec![Replacement::new(deadline.span(), format!("\"{enough}s\""))],
        );
        self.report(&DEADLINE_BELOW_PACING, deadline.span().start, message, mend);
    }
}

/// The least time from act to proof through any door of `account`.
fn fastest(account: &AccountOutline, lever: Lever) -> Option<Duration> {
    doors_for(account, lever)
        .into_iter()
        .filter(|door| door.support.acts)
        .map(|door| door.support.takes_at_least)
        .min()
}

pub(super) const CONTAINMENT_WITHOUT_PROOF: Rule = Rule {
    id: "containment-without-proof",
    severity: Severity::Refusal,
    says: "What the run's word \"contained\" rests on is read back, and only the wanted value \
           proves it.",
    bad: r#"
id = "call"
title = "Call the desk"
when = "Something is wrong."

[[step]]
id = "call"
title = "Have the account locked"
manual = "Call the desk. Have the account locked."
containment = true
contact = "ibkr-security"
read_back = { ask = "Is it locked?", format = "yes_no" }
"#,
    good: r#"
id = "call"
title = "Call the desk"
when = "Something is wrong."

[[step]]
id = "call"
title = "Have the account locked"
manual = "Call the desk. Have the account locked."
containment = true
contact = "ibkr-security"
read_back = { ask = "Is it locked?", format = "yes_no", want = "yes" }
"#,
};

pub(super) const COVERS_NO_LEVER: Rule = Rule {
    id: "covers-no-lever",
    severity: Severity::Refusal,
    says: "`covers` names steps with a lever: only there can something stay unseen.",
    bad: r#"
id = "call"
title = "Call the desk"
when = "Something is wrong."

[[step]]
id = "call"
title = "Call the desk"
manual = "Call the desk. Ask for a reference number."
contact = "ibkr-security"
read_back = { ask = "Reference number", format = "text" }

[[step]]
id = "sessions"
title = "Count the sessions"
manual = "Ask the desk to end every session."
covers = ["call"]
read_back = { ask = "How many are open?", format = "number", want = "0" }
"#,
    good: r#"
id = "call"
title = "Call the desk"
when = "Something is wrong."

[[step]]
id = "call"
title = "Call the desk"
manual = "Call the desk. Ask for a reference number."
contact = "ibkr-security"
read_back = { ask = "Reference number", format = "text" }

[[step]]
id = "sessions"
title = "Count the sessions"
manual = "Ask the desk to end every session."
read_back = { ask = "How many are open?", format = "number", want = "0" }
"#,
};

pub(super) const HOLD_UNTIL_NO_CUT: Rule = Rule {
    id: "hold-until-no-cut",
    severity: Severity::Refusal,
    says: "Hold-down ends only with steps that cut off who places orders.",
    bad: r#"
id = "stop"
title = "Cancel orders"
when = "Something is wrong."

[[step]]
id = "capture"
title = "Record orders"
lever = "capture"
accounts = "all"

[[step]]
id = "cancel"
title = "Cancel orders"
lever = "cancel_orders"
accounts = "all"
after = ["capture"]
hold_until = ["capture", "stop-bots"]

[[step]]
id = "stop-bots"
title = "Stop the bots"
lever = "stop_automation"
accounts = "all"

[[step]]
id = "call"
title = "Call the desk"
manual = "Call the desk. Ask for a reference number."
contact = "ibkr-security"
read_back = { ask = "Reference number", format = "text" }
"#,
    good: r#"
id = "stop"
title = "Cancel orders"
when = "Something is wrong."

[[step]]
id = "capture"
title = "Record orders"
lever = "capture"
accounts = "all"

[[step]]
id = "cancel"
title = "Cancel orders"
lever = "cancel_orders"
accounts = "all"
after = ["capture"]
hold_until = ["stop-bots"]

[[step]]
id = "stop-bots"
title = "Stop the bots"
lever = "stop_automation"
accounts = "all"

[[step]]
id = "call"
title = "Call the desk"
manual = "Call the desk. Ask for a reference number."
contact = "ibkr-security"
read_back = { ask = "Reference number", format = "text" }
"#,
};

pub(super) const DEADLINE_BELOW_PACING: Rule = Rule {
    id: "deadline-below-pacing",
    severity: Severity::Refusal,
    says: "A deadline leaves at least the time that the venue's own pacing takes.",
    bad: r#"
id = "stop"
title = "Stop the bots"
when = "Something is wrong."

[[step]]
id = "capture"
title = "Record orders"
lever = "capture"
accounts = "all"

[[step]]
id = "stop-bots"
title = "Stop the bots"
lever = "stop_automation"
accounts = "all"
deadline = "5s"

[[step]]
id = "call"
title = "Call the desk"
manual = "Call the desk. Ask for a reference number."
contact = "ibkr-security"
read_back = { ask = "Reference number", format = "text" }
"#,
    good: r#"
id = "stop"
title = "Stop the bots"
when = "Something is wrong."

[[step]]
id = "capture"
title = "Record orders"
lever = "capture"
accounts = "all"

[[step]]
id = "stop-bots"
title = "Stop the bots"
lever = "stop_automation"
accounts = "all"
deadline = "30s"

[[step]]
id = "call"
title = "Call the desk"
manual = "Call the desk. Ask for a reference number."
contact = "ibkr-security"
read_back = { ask = "Reference number", format = "text" }
"#,
};
