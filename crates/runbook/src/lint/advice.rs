//! Warnings: the document can be run, and the person should know.

use door::Lever;

use super::Linter;
use crate::{
    document::{Doing, Step, list},
    finding::{Mend, Replacement, Rule, Severity},
    terrain::{doors_for, shared_seats},
};

/// From this many steps on, one chain is worth a warning.
const CHAIN: usize = 4;

impl Linter<'_> {
    pub(super) fn advice(&mut self) {
        self.no_hold_down();
        self.no_phone();
        self.no_capture();
        for (index, step) in self.steps().iter().enumerate() {
            self.no_read_back(step);
            self.never_checked(step);
            self.loose_edges(index, step);
        }
        self.one_chain();
        self.seat_shared();
    }

    fn no_hold_down(&mut self) {
        for (_, step) in self.pulling(Lever::CancelOrders) {
            if !step.hold_until().is_empty() {
                continue;
            }
            let severing = self
                .steps()
                .iter()
                .filter(|other| other.lever().is_some_and(Lever::severs))
                .filter(|other| self.meet(step, other))
                .map(Step::id)
                .collect::<Vec<_>>();
            let words = "Add `hold_until` with the steps that end sessions, revoke keys and stop \
                         bots.";
            let mend = if severing.is_empty() {
                Mend::words(words)
            } else {
                let list = list(severing);
                let written = match &step.doing {
                    Doing::Lever(pull) => pull.hold_until.span.clone(),
                    Doing::Manual(_) => None,
                };
                let edit = match written {
                    Some(span) => Replacement::new(span, list),
                    None => self
                        .source
                        .line_below(step.id.span().end, &format!("hold_until = {list}")),
                };
                Mend::edits(words, vec![edit])
            };
            let message = format!(
                "`{}` cancels once: orders that appear after it stay",
                step.id()
            );
            self.report(&NO_HOLD_DOWN, step.id.span().start, message, mend);
        }
    }

    fn no_phone(&mut self) {
        let phone = self
            .steps()
            .iter()
            .filter_map(Step::instruction)
            .any(|instruction| instruction.contact.is_some());
        if !phone {
            let message = "no step says whom to call when all else fails".to_owned();
            let mend = Mend::words(format!(
                "Add a manual step with `contact`: {}.",
                self.terrain.contacts.ids().join(", ")
            ));
            self.report(&NO_PHONE, self.steps()[0].span.start, message, mend);
        }
    }

    fn no_capture(&mut self) {
        let first = self
            .steps()
            .iter()
            .find(|step| step.lever().is_some_and(Lever::contains));
        if let Some(step) = first
            && self.pulling(Lever::Capture).is_empty()
        {
            let message = format!(
                "`{}` changes the account, and nothing records it before",
                step.id()
            );
            let mend = Mend::words(
                "Add a step with `lever = \"capture\"` at the top, and let this one wait for it.",
            );
            self.report(&NO_CAPTURE, step.id.span().start, message, mend);
        }
    }

    fn no_read_back(&mut self, step: &Step) {
        let Doing::Manual(manual) = &step.doing else {
            return;
        };
        // without proof it is refused, and needs no warning
        let asks = manual.instruction.read_back.is_some();
        if asks || step.contains() || !manual.covers.ids.is_empty() {
            return;
        }
        let message = format!(
            "`{}` is done when the person says so, and nothing is read back",
            step.id()
        );
        let mend = Mend::words(
            "Add `read_back = { ask = \"...\", format = \"text\" }` with a value that only \
             somebody who did it can read.",
        );
        let offset = manual.instruction.text.span().start;
        self.report(&NO_READ_BACK, offset, message, mend);
    }

    fn never_checked(&mut self, step: &Step) {
        let Some(instruction) = step.instruction() else {
            return;
        };
        let place = instruction.menu_path.as_ref().or(instruction.link.as_ref());
        if let Some(place) = place
            && instruction.last_checked.is_none()
        {
            let message = format!("nobody says when the way in `{}` was last right", step.id());
            let mend = Mend::words("Follow it once, and add the day: `last_checked = 2026-11-23`.");
            self.report(&NEVER_CHECKED, place.span().start, message, mend);
        }
    }

    /// An edge between steps that never meet on an account orders nothing.
    fn loose_edges(&mut self, index: usize, step: &Step) {
        for id in &step.after.ids {
            let Some(earlier) = self.order.position(id.get_ref()) else {
                continue;
            };
            let earlier_step = &self.steps()[earlier];
            let bound = [step, earlier_step].map(|step| !self.terrain.bound(step).is_empty());
            if earlier == index || bound != [true, true] || self.meet(step, earlier_step) {
                continue;
            }
            let edit = step
                .after
                .without(&self.source, |other| other == id.get_ref());
            let mend = Mend::edits(
                "Take it out, or let both steps name an account in common.",
                edit.into_iter().collect(),
            );
            let message = format!(
                "`{}` and `{}` are on different accounts, so neither waits for the other",
                step.id(),
                id.get_ref()
            );
            self.report(&LOOSE_EDGE, id.span().start, message, mend);
        }
    }

    fn one_chain(&mut self) {
        let count = self.steps().len();
        let chained = (0..count).all(|one| {
            (one + 1..count)
                .all(|other| self.order.precedes(one, other) != self.order.precedes(other, one))
        });
        if count >= CHAIN && chained {
            let message = format!("all {count} steps wait in one chain");
            let mend = Mend::words(
                "Let a step wait only for what it needs: one that hangs holds up all behind it.",
            );
            self.report(&ONE_CHAIN, self.steps()[0].span.start, message, mend);
        }
    }

    fn seat_shared(&mut self) {
        for account in &self.terrain.accounts {
            for (one, other, _) in shared_seats(account) {
                let both = self.steps().iter().find(|step| {
                    let bound = self.terrain.bound(step);
                    let lever = step.lever().filter(|_| bound.contains(&account));
                    lever.is_some_and(|lever| {
                        let doors = doors_for(account, lever);
                        [one, other]
                            .iter()
                            .all(|kind| doors.iter().any(|door| door.door == **kind))
                    })
                });
                let Some(step) = both else {
                    continue;
                };
                let message = format!(
                    "`{}` may open both `{one}` and `{other}` of `{}`, which share a username: \
                     one username holds one brokerage session, so opening one closes the other",
                    step.id(),
                    account.name
                );
                let mend = Mend::words("Give each door of the account a username of its own.");
                self.report(&SEAT_SHARED, step.id.span().start, message, mend);
            }
        }
    }
}

pub(super) const NO_HOLD_DOWN: Rule = Rule {
    id: "no-hold-down",
    severity: Severity::Warning,
    says: "Cancelling is held down until sessions and keys are cut, or new orders outlive it.",
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

pub(super) const NO_PHONE: Rule = Rule {
    id: "no-phone",
    severity: Severity::Warning,
    says: "A runbook says whom to call: some things only a person at the venue can do.",
    bad: r#"
id = "record"
title = "Record orders"
when = "Something is wrong."

[[step]]
id = "capture"
title = "Record orders"
lever = "capture"
accounts = "all"
"#,
    good: r#"
id = "record"
title = "Record orders"
when = "Something is wrong."

[[step]]
id = "capture"
title = "Record orders"
lever = "capture"
accounts = "all"

[[step]]
id = "call"
title = "Call the desk"
manual = "Call the desk. Ask for a reference number."
contact = "ibkr-security"
read_back = { ask = "Reference number", format = "text" }
"#,
};

pub(super) const NO_CAPTURE: Rule = Rule {
    id: "no-capture",
    severity: Severity::Warning,
    says: "What is there is recorded before it is changed: it is the evidence.",
    bad: r#"
id = "stop"
title = "Stop the bots"
when = "Something is wrong."

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
after = ["capture"]

[[step]]
id = "call"
title = "Call the desk"
manual = "Call the desk. Ask for a reference number."
contact = "ibkr-security"
read_back = { ask = "Reference number", format = "text" }
"#,
};

pub(super) const NO_READ_BACK: Rule = Rule {
    id: "no-read-back",
    severity: Severity::Warning,
    says: "A manual step reads a value back, instead of a tick that says \"done\" too early.",
    bad: r#"
id = "call"
title = "Call the desk"
when = "Something is wrong."

[[step]]
id = "call"
title = "Call the desk"
manual = "Call the desk. Ask for a reference number."
contact = "ibkr-security"
"#,
    good: crate::read::BASE,
};

pub(super) const NEVER_CHECKED: Rule = Rule {
    id: "never-checked",
    severity: Severity::Warning,
    says: "Menus move: a path or link says when it was last seen to be right.",
    bad: r#"
id = "call"
title = "Call the desk"
when = "Something is wrong."

[[step]]
id = "call"
title = "Call the desk"
manual = "Call the desk. Ask for a reference number."
link = "https://ibkr.com/support"
contact = "ibkr-security"
read_back = { ask = "Reference number", format = "text" }
"#,
    good: r#"
id = "call"
title = "Call the desk"
when = "Something is wrong."

[[step]]
id = "call"
title = "Call the desk"
manual = "Call the desk. Ask for a reference number."
link = "https://ibkr.com/support"
last_checked = 2026-11-23
contact = "ibkr-security"
read_back = { ask = "Reference number", format = "text" }
"#,
};

pub(super) const ONE_CHAIN: Rule = Rule {
    id: "one-chain",
    severity: Severity::Warning,
    says: "Steps that need nothing of each other do not wait for each other.",
    bad: r#"
id = "stop"
title = "Stop everything"
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
after = ["cancel"]

[[step]]
id = "call"
title = "Call the desk"
manual = "Call the desk. Ask for a reference number."
after = ["stop-bots"]
contact = "ibkr-security"
read_back = { ask = "Reference number", format = "text" }
"#,
    good: r#"
id = "stop"
title = "Stop everything"
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
after = ["cancel"]

[[step]]
id = "call"
title = "Call the desk"
manual = "Call the desk. Ask for a reference number."
contact = "ibkr-security"
read_back = { ask = "Reference number", format = "text" }
"#,
};

pub(super) const LOOSE_EDGE: Rule = Rule {
    id: "loose-edge",
    severity: Severity::Warning,
    says: "An edge orders two steps only on accounts that they share.",
    bad: r#"
id = "record"
title = "Record and look"
when = "Something is wrong."

[[step]]
id = "capture"
title = "Record orders"
lever = "capture"
accounts = ["main"]

[[step]]
id = "audit"
title = "Look for changes"
lever = "audit"
accounts = ["spare"]
after = ["capture"]

[[step]]
id = "call"
title = "Call the desk"
manual = "Call the desk. Ask for a reference number."
contact = "ibkr-security"
read_back = { ask = "Reference number", format = "text" }
"#,
    good: r#"
id = "record"
title = "Record and look"
when = "Something is wrong."

[[step]]
id = "capture"
title = "Record orders"
lever = "capture"
accounts = ["main"]

[[step]]
id = "audit"
title = "Look for changes"
lever = "audit"
accounts = ["main"]
after = ["capture"]

[[step]]
id = "call"
title = "Call the desk"
manual = "Call the desk. Ask for a reference number."
contact = "ibkr-security"
read_back = { ask = "Reference number", format = "text" }
"#,
};

pub(super) const SEAT_SHARED: Rule = Rule {
    id: "seat-shared",
    severity: Severity::Warning,
    says: "Two doors that one step may open do not share a username: one username holds one \
           brokerage session, so opening one closes the other.",
    bad: r#"
id = "record"
title = "Record orders"
when = "Something is wrong."

[[step]]
id = "capture"
title = "Record orders"
lever = "capture"
accounts = ["shared"]

[[step]]
id = "call"
title = "Call the desk"
manual = "Call the desk. Ask for a reference number."
contact = "ibkr-security"
read_back = { ask = "Reference number", format = "text" }
"#,
    good: r#"
id = "record"
title = "Record orders"
when = "Something is wrong."

[[step]]
id = "capture"
title = "Record orders"
lever = "capture"
accounts = ["main"]

[[step]]
id = "call"
title = "Call the desk"
manual = "Call the desk. Ask for a reference number."
contact = "ibkr-security"
read_back = { ask = "Reference number", format = "text" }
"#,
};
