//! Steps that cut what another step still needs.
//!
//! Steps that no edge orders are left to the engine: it waits with a lever that blinds a door until
//! that door is no longer needed. Here stands what an author ordered against that.

use door::Lever;

use super::Linter;
use crate::{
    document::{Doing, Step},
    finding::{Mend, Rule, Severity},
    plan::AccountOutline,
    terrain::{doors_for, doors_of},
};

/// How much of a lever's way in must go before it counts as cut.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Loss {
    AnyDoor,
    EveryDoor,
}

impl Linter<'_> {
    pub(super) fn cuts(&mut self) {
        for (at, cutting) in self.steps().iter().enumerate() {
            let Some(cut) = cutting.lever() else {
                continue;
            };
            for (later, needing) in self.steps().iter().enumerate() {
                // in a circle each precedes the other, which is its own finding
                if self.order.precedes(at, later) && !self.order.share_a_circle(at, later) {
                    self.own_branch(cutting, cut, needing);
                }
            }
            match cut {
                Lever::EndSessions | Lever::RevokeKey => self.before_capture(at, cutting, cut),
                Lever::Capture
                | Lever::StopAutomation
                | Lever::CancelOrders
                | Lever::StopWithdrawals
                | Lever::BlockTrading
                | Lever::Audit => {}
            }
        }
    }

    fn own_branch(&mut self, cutting: &Step, cut: Lever, needing: &Step) {
        let Some(needed) = needing.lever() else {
            return;
        };
        let severed = matches!(cut, Lever::EndSessions | Lever::RevokeKey);
        if severed && needed == Lever::Capture {
            // told as cut-before-capture, whether an edge orders the two or not
            return;
        }
        let readonly = cut == Lever::BlockTrading && needed == Lever::CancelOrders;
        let (rule, loss, why) = if readonly {
            (
                &READONLY_BEFORE_CANCEL,
                Loss::AnyDoor,
                "sets read-only first, which blocks cancels",
            )
        } else {
            (
                &CUTS_OWN_BRANCH,
                Loss::EveryDoor,
                "cuts the way in that it needs",
            )
        };
        let Some(on) = self.dead(cutting, cut, needing, needed, loss) else {
            return;
        };
        let message = format!(
            "`{}` comes after `{}`, and that {why}{on}",
            needing.id(),
            cutting.id()
        );
        let mend = self.turned_round(cutting, needing);
        self.report(rule, needing.after_offset(), message, mend);
    }

    /// Where `needing` finds its doors blind once `cutting` was pulled: words for the message.
    fn dead(
        &self,
        cutting: &Step,
        cut: Lever,
        needing: &Step,
        needed: Lever,
        loss: Loss,
    ) -> Option<String> {
        if self.has_accounts() {
            let account = self
                .common(cutting, needing)
                .into_iter()
                .find(|account| blinded(account, cutting, needed, loss))?;
            return Some(format!(" on `{}`", account.name));
        }
        // with no doors to ask, a revoked key takes with it what acts by keys, and read-only cancels
        let worst = match cut {
            Lever::RevokeKey => cutting.cuts_own_key() && !needed.severs(),
            Lever::BlockTrading => needed == Lever::CancelOrders,
            Lever::Capture
            | Lever::StopAutomation
            | Lever::CancelOrders
            | Lever::StopWithdrawals
            | Lever::EndSessions
            | Lever::Audit => false,
        };
        (worst && self.meet(cutting, needing)).then(String::new)
    }

    /// Lets `cutting` wait for `needing` where that can be written in one go.
    fn turned_round(&self, cutting: &Step, needing: &Step) -> Mend {
        let words = format!(
            "Let `{}` wait for `{}`, and not the other way round.",
            cutting.id(),
            needing.id()
        );
        let by_another_way = needing.after.iter().any(|id| {
            id != cutting.id()
                && self.order.position(id).is_some_and(|between| {
                    self.order
                        .position(cutting.id())
                        .is_some_and(|cutting| self.order.precedes(cutting, between))
                })
        });
        if by_another_way || !needing.after.contains(cutting.id()) {
            return Mend::words(words);
        }
        let take_out = needing.after.without(&self.source, |id| id == cutting.id());
        let put_in = cutting
            .after
            .with(&self.source, "after", &cutting.id.span(), needing.id());
        Mend::edits(words, take_out.into_iter().chain([put_in]).collect())
    }

    fn before_capture(&mut self, at: usize, cutting: &Step, cut: Lever) {
        let captures = self
            .pulling(Lever::Capture)
            .into_iter()
            .filter(|(_, capture)| self.meet(cutting, capture))
            .collect::<Vec<_>>();
        let safe = captures
            .iter()
            .any(|(capture, _)| self.order.precedes(*capture, at));
        let Some((capture, step)) = captures.first().filter(|_| !safe) else {
            return;
        };
        let dies = match cut {
            Lever::RevokeKey => "what only that key can read",
            Lever::EndSessions
            | Lever::Capture
            | Lever::StopAutomation
            | Lever::CancelOrders
            | Lever::StopWithdrawals
            | Lever::BlockTrading
            | Lever::Audit => "what only those sessions show",
        };
        let message = format!(
            "`{}` can cut before `{}` has recorded {dies}",
            cutting.id(),
            step.id()
        );
        let words = format!("Let `{}` wait for `{}`.", cutting.id(), step.id());
        let mend = if self.order.precedes(at, *capture) {
            Mend::words(words)
        } else {
            let edit = cutting
                .after
                .with(&self.source, "after", &cutting.id.span(), step.id());
            Mend::edits(words, vec![edit])
        };
        self.report(&CUT_BEFORE_CAPTURE, cutting.after_offset(), message, mend);
    }
}

/// Whether `cutting` blinds the doors that act for `needed`.
fn blinded(account: &AccountOutline, cutting: &Step, needed: Lever, loss: Loss) -> bool {
    let Doing::Lever(cut) = &cutting.doing else {
        return false;
    };
    let blinds = doors_of(cut, account)
        .into_iter()
        .flat_map(|door| door.support.blinds)
        .filter(|blinds| blinds.levers.contains(&needed))
        .map(|blinds| blinds.door)
        .collect::<Vec<_>>();
    let mut doors = doors_for(account, needed)
        .into_iter()
        .filter(|door| door.support.acts)
        .map(|door| blinds.contains(&door.door))
        .peekable();
    match loss {
        Loss::AnyDoor => doors.any(|blind| blind),
        Loss::EveryDoor => doors.peek().is_some() && doors.all(|blind| blind),
    }
}

pub(super) const CUTS_OWN_BRANCH: Rule = Rule {
    id: "cuts-own-branch",
    severity: Severity::Refusal,
    says: "No step needs a way in that an earlier step cuts.",
    bad: r#"
id = "stop"
title = "Stop the gateway and look"
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
id = "block"
title = "Block orders by API"
lever = "block_trading"
accounts = "all"
after = ["stop-bots"]

[[step]]
id = "call"
title = "Call the desk"
manual = "Call the desk. Ask for a reference number."
contact = "ibkr-security"
read_back = { ask = "Reference number", format = "text" }
"#,
    good: r#"
id = "stop"
title = "Stop the gateway and look"
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
after = ["capture", "block"]

[[step]]
id = "block"
title = "Block orders by API"
lever = "block_trading"
accounts = "all"

[[step]]
id = "call"
title = "Call the desk"
manual = "Call the desk. Ask for a reference number."
contact = "ibkr-security"
read_back = { ask = "Reference number", format = "text" }
"#,
};

pub(super) const CUT_BEFORE_CAPTURE: Rule = Rule {
    id: "cut-before-capture",
    severity: Severity::Refusal,
    says: "What dies with a session or a key is recorded before it is cut.",
    bad: r#"
id = "sessions"
title = "End the sessions"
when = "Something is wrong."

[[step]]
id = "capture"
title = "Record sessions"
lever = "capture"
accounts = "all"

[[step]]
id = "end-sessions"
title = "End the sessions"
lever = "end_sessions"
accounts = "all"

[[step]]
id = "call"
title = "Call the desk"
manual = "Call the desk. Ask for a reference number."
contact = "ibkr-security"
read_back = { ask = "Reference number", format = "text" }
"#,
    good: r#"
id = "sessions"
title = "End the sessions"
when = "Something is wrong."

[[step]]
id = "capture"
title = "Record sessions"
lever = "capture"
accounts = "all"

[[step]]
id = "end-sessions"
title = "End the sessions"
lever = "end_sessions"
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

pub(super) const READONLY_BEFORE_CANCEL: Rule = Rule {
    id: "readonly-before-cancel",
    severity: Severity::Refusal,
    says: "Orders are cancelled before read-only is set, where read-only blocks cancels.",
    bad: r#"
id = "stop"
title = "Cancel and block"
when = "Something is wrong."

[[step]]
id = "capture"
title = "Record orders"
lever = "capture"
accounts = "all"

[[step]]
id = "block"
title = "Block orders by API"
lever = "block_trading"
accounts = "all"
after = ["capture"]

[[step]]
id = "cancel"
title = "Cancel orders"
lever = "cancel_orders"
accounts = "all"
after = ["block"]
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
    good: r#"
id = "stop"
title = "Cancel and block"
when = "Something is wrong."

[[step]]
id = "capture"
title = "Record orders"
lever = "capture"
accounts = "all"

[[step]]
id = "block"
title = "Block orders by API"
lever = "block_trading"
accounts = "all"
after = ["capture", "cancel"]

[[step]]
id = "cancel"
title = "Cancel orders"
lever = "cancel_orders"
accounts = "all"
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
