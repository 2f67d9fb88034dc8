//! Steps that name each other: each is there, each can start.

use toml::Spanned;

use super::Linter;
use crate::{
    document::{Doing, References, Step},
    finding::{Mend, Replacement, Rule, Severity, nearest},
    plan::StepId,
};

impl Linter<'_> {
    pub(super) fn graph(&mut self) {
        for (index, step) in self.steps().iter().enumerate() {
            self.duplicate(index, step);
            for id in &step.after.ids {
                if self.order.position(id.get_ref()).is_none() {
                    let message = format!(
                        "`{}` waits for `{}`, and there is no such step",
                        step.id(),
                        id.get_ref()
                    );
                    self.unknown(&NEVER_STARTS, step, &step.after, id, message);
                }
            }
            let other_lists = match &step.doing {
                Doing::Lever(pull) => &pull.hold_until,
                Doing::Manual(manual) => &manual.covers,
            };
            for id in &other_lists.ids {
                if self.order.position(id.get_ref()).is_none() {
                    let message = format!("there is no step `{}`", id.get_ref());
                    self.unknown(&UNKNOWN_STEP, step, other_lists, id, message);
                }
            }
            if !self.order.circles(index) && self.order.waits_for_a_circle(index) {
                let message = format!(
                    "`{}` waits for steps that wait for each other, and can never start",
                    step.id()
                );
                let mend = Mend::words("Open the circle that it waits for.");
                self.report(&NEVER_STARTS, step.after_offset(), message, mend);
            }
        }
        self.circles();
    }

    fn duplicate(&mut self, index: usize, step: &Step) {
        if self.order.position(step.id()) == Some(index) {
            return;
        }
        let mut number = 2;
        let free = loop {
            let id = StepId::new(format!("{}-{number}", step.id()));
            if self.order.position(&id).is_none() {
                break id;
            }
            number += 1;
        };
        let mend = Mend::edits(
            format!("Give it an id of its own, such as `{free}`."),
            vec![Replacement::new(step.id.span(), format!("\"{free}\""))],
        );
        let message = format!("an earlier step is called `{}` too", step.id());
        self.report(&DUPLICATE_STEP, step.id.span().start, message, mend);
    }

    fn unknown(
        &mut self,
        rule: &'static Rule,
        step: &Step,
        list: &References,
        id: &Spanned<StepId>,
        message: String,
    ) {
        let others = self
            .steps()
            .iter()
            .map(|other| other.id().as_str())
            .filter(|other| *other != step.id().as_str());
        let mend = if let Some(near) = nearest(id.get_ref().as_str(), others) {
            Mend::edits(
                format!("Write \"{near}\"."),
                vec![Replacement::new(id.span(), format!("\"{near}\""))],
            )
        } else {
            let edit = list.without(&self.source, |other| other == id.get_ref());
            Mend::edits(
                "Write the id of another step, or take it out.",
                edit.into_iter().collect(),
            )
        };
        self.report(rule, id.span().start, message, mend);
    }

    /// One finding for each circle. Every circle has an edge that points down the page; the mend
    /// takes those out, and what is left points up and can be followed to a start.
    fn circles(&mut self) {
        let mut told = Vec::new();
        for index in 0..self.steps().len() {
            if !self.order.circles(index) || told.contains(&index) {
                continue;
            }
            let circle = (index..self.steps().len())
                .filter(|other| self.order.share_a_circle(index, *other))
                .collect::<Vec<_>>();
            let down = |later: usize, id: &StepId| {
                self.order
                    .position(id)
                    .is_some_and(|earlier| earlier >= later && circle.contains(&earlier))
            };
            let edits = circle
                .iter()
                .map(|later| (later, &self.steps()[*later].after))
                .filter(|(later, after)| after.iter().any(|id| down(**later, id)))
                .filter_map(|(later, after)| after.without(&self.source, |id| down(*later, id)))
                .collect();
            let names = circle
                .iter()
                .map(|member| format!("`{}`", self.steps()[*member].id()))
                .collect::<Vec<_>>()
                .join(", ");
            let message = if circle.len() == 1 {
                format!("{names} waits for itself")
            } else {
                format!("{names} wait for each other")
            };
            let offset = self.steps()[index].after_offset();
            let mend = Mend::edits("Let each step wait only for steps above it.", edits);
            self.report(&CYCLE, offset, message, mend);
            told.extend(circle);
        }
    }
}

impl Step {
    /// Where its `after` stands, or else the step.
    pub(super) fn after_offset(&self) -> usize {
        self.after
            .span
            .as_ref()
            .map_or(self.span.start, |span| span.start)
    }
}

pub(super) const DUPLICATE_STEP: Rule = Rule {
    id: "duplicate-step",
    severity: Severity::Refusal,
    says: "Every step has an id of its own, so that an edge means one step.",
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
id = "call"
title = "Call the phone company"
manual = "Call the phone company. Ask for a reference number."
read_back = { ask = "Reference number", format = "text" }
"#,
    good: TWO_CALLS,
};

pub(super) const UNKNOWN_STEP: Rule = Rule {
    id: "unknown-step",
    severity: Severity::Refusal,
    says: "`hold_until` and `covers` name steps that are there.",
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
hold_until = ["stop-bot"]

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

pub(super) const NEVER_STARTS: Rule = Rule {
    id: "never-starts",
    severity: Severity::Refusal,
    says: "A step waits only for steps that are there and can start themselves.",
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
id = "call-2"
title = "Call the phone company"
manual = "Call the phone company. Ask for a reference number."
after = ["calls"]
read_back = { ask = "Reference number", format = "text" }
"#,
    good: TWO_CALLS,
};

pub(super) const CYCLE: Rule = Rule {
    id: "cycle",
    severity: Severity::Refusal,
    says: "No step waits for itself, not through others either.",
    bad: r#"
id = "call"
title = "Call the desk"
when = "Something is wrong."

[[step]]
id = "call"
title = "Call the desk"
manual = "Call the desk. Ask for a reference number."
after = ["call-2"]
contact = "ibkr-security"
read_back = { ask = "Reference number", format = "text" }

[[step]]
id = "call-2"
title = "Call the phone company"
manual = "Call the phone company. Ask for a reference number."
after = ["call"]
read_back = { ask = "Reference number", format = "text" }
"#,
    good: TWO_CALLS,
};

const TWO_CALLS: &str = r#"
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
id = "call-2"
title = "Call the phone company"
manual = "Call the phone company. Ask for a reference number."
after = ["call"]
read_back = { ask = "Reference number", format = "text" }
"#;
