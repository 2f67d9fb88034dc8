//! What the right answer is: runbooks, order, targets, and whether it can end contained.

use std::time::Duration;

use runbook::{Runbook, shipped};
use simulator::attacker::{Access, Deed};

use super::{Linter, nth};
use crate::scenario::{Cast, Landmark};

impl Linter<'_> {
    pub(super) fn answer(&mut self) {
        self.runbooks();
        self.press_or_not();
        self.order();
        self.targets();
    }

    fn runbooks(&mut self) {
        let right = &self.scenario.right;
        let lists = [
            ("runbooks", &right.runbooks),
            ("acceptable", &right.acceptable),
        ];
        for (field, ids) in lists {
            for (at, id) in ids.iter().enumerate() {
                let path = format!("right.{field}.{at}");
                let known = shipped().iter().map(|(id, _)| *id);
                self.known(("unknown-runbook", "runbook", &path), id, known);
                if field == "acceptable" && right.runbooks.contains(id) {
                    let said = format!("`{id}` is both right and acceptable");
                    self.refuse("duplicate-name", &path, said, "Keep one of the two.");
                }
            }
        }
    }

    fn press_or_not(&mut self) {
        let right = &self.scenario.right;
        let intruder = self.scenario.actors.iter().find(|cast| is_reached(cast));
        if right.press {
            if right.runbooks.is_empty() {
                let said = "to press is right, and no runbook is".to_owned();
                let mend = "Add `runbooks` with those that are right.";
                self.refuse("no-right-answer", "right", said, mend);
            }
            if intruder.is_none() {
                let said = "to press is right, and nobody is at work whom it would stop".to_owned();
                let mend = "Write `press = false`, or add an actor that is not `innocent`.";
                self.refuse("nothing-to-stop", "right.press", said, mend);
            }
            if right.instead.is_some() {
                let said = "`instead` is for where nothing has to be pressed".to_owned();
                self.refuse("no-right-answer", "right.instead", said, "Take it out.");
            }
            return;
        }
        if let Some(cast) = intruder {
            let said = format!(
                "not to press is said to be right, and `{}` does harm that a press would stop",
                cast.actor.label
            );
            let mend = "Write `press = true`, or make the actor `innocent`.";
            self.refuse("harm-unanswered", "right.press", said, mend);
        }
        if !right.runbooks.is_empty() || !right.acceptable.is_empty() {
            let said = "not to press is right, and runbooks are".to_owned();
            self.refuse("no-right-answer", "right", said, "Take the runbooks out.");
        }
        self.instead();
    }

    /// What is right where nothing has to be pressed.
    fn instead(&mut self) {
        let right = &self.scenario.right;
        let Some(instead) = &right.instead else {
            let said = "not to press is right, and nothing says what is".to_owned();
            let mend = "Add `instead = { say = \"...\" }`.";
            self.refuse("no-right-answer", "right", said, mend);
            return;
        };
        if let Some(account) = &instead.account {
            self.known_account("right.instead.account", account);
        }
        if let Some(contact) = &instead.call
            && self.known_desk("right.instead.call", contact)
        {
            let desk = self.scenario.desks.iter().find(|it| it.contact == *contact);
            let does = desk.map(|desk| desk.does.as_slice()).unwrap_or_default();
            for (at, page) in instead.pages.iter().enumerate() {
                let path = format!("right.instead.pages.{at}");
                let does = does.iter().map(String::as_str);
                self.known(
                    ("unknown-page", "page that the desk acts on,", &path),
                    page,
                    does,
                );
            }
        }
        let harmed = self.scenario.actors.iter().any(|cast| !cast.actor.innocent);
        if self.scenario.contains && harmed && instead.pages.is_empty() {
            let said = "nothing that is right ends it contained".to_owned();
            let mend = "Write `contains = false`, or the `pages` that the desk acts on.";
            self.refuse("cannot-contain", "contains", said, mend);
        }
    }

    fn order(&mut self) {
        let runbooks = self.right_runbooks();
        let mut before: Vec<usize> = Vec::new();
        for (at, landmark) in self.scenario.order.iter().enumerate() {
            let path = nth("order", at, "");
            match landmark {
                Landmark::Press if self.scenario.right.press => {}
                Landmark::Press => {
                    let said = "nothing has to be pressed".to_owned();
                    self.refuse("no-right-answer", &path, said, "Take it out.");
                }
                Landmark::Call(contact) => {
                    self.known_desk(&path, contact);
                }
                Landmark::Lever(lever) => {
                    let pulls = |runbook: &Runbook| {
                        runbook
                            .steps
                            .iter()
                            .any(|step| step.lever() == Some(*lever))
                    };
                    if !runbooks.iter().any(pulls) {
                        let said = format!("no right runbook pulls `{lever}`");
                        self.refuse("unknown-step", &path, said, "Take it out.");
                    }
                }
                Landmark::Page(page) => {
                    if self.known_page(&path, page) {
                        self.page_in_order(&path, page, &runbooks, &mut before);
                    }
                }
            }
        }
    }

    /// Whether who does the first right runbook's cards as they come keeps to the order.
    fn page_in_order(
        &mut self,
        path: &str,
        page: &str,
        runbooks: &[Runbook],
        before: &mut Vec<usize>,
    ) {
        let Some(runbook) = runbooks.first() else {
            return;
        };
        let venues: Vec<_> = self
            .scenario
            .accounts
            .iter()
            .map(|it| it.venue.id())
            .collect();
        let mut cards = runbook.steps.iter().enumerate().filter(|(_, step)| {
            let here = match &step.accounts {
                runbook::Accounts::Venue(venue) => venues.contains(&venue.get_ref().as_str()),
                runbook::Accounts::Situation
                | runbook::Accounts::All
                | runbook::Accounts::Named(_) => true,
            };
            let asks = step.instruction().and_then(|it| it.page.as_deref());
            here && asks == Some(page)
        });
        let last = before.last().copied().unwrap_or(0);
        let Some((place, _)) = cards
            .clone()
            .find(|(at, _)| *at >= last)
            .or_else(|| cards.next())
        else {
            let said = format!("`{}` has no card for the page `{page}` here", runbook.id);
            self.refuse("unknown-step", path, said, "Take it out.");
            return;
        };
        if place < last {
            let said = format!("`{}` asks for the page `{page}` earlier", runbook.id);
            let mend = "Write the order in which the right runbook's cards come.";
            self.refuse("order-against-runbook", path, said, mend);
        }
        before.push(place);
    }

    fn targets(&mut self) {
        let scenario = self.scenario;
        let targets = &scenario.targets;
        let mut cannot = Vec::new();
        for (name, time) in targets.set() {
            if time.is_zero() || time >= scenario.length {
                cannot.push((name, "is not within the scenario's time"));
            }
            if name != "alarm_to_press" && targets.alarm_to_press.is_some_and(|press| time < press)
            {
                let needs_press = name != "call";
                if needs_press {
                    cannot.push((name, "is shorter than the time to the press"));
                }
            }
        }
        if targets.contained.is_some() && !scenario.contains {
            cannot.push(("contained", "cannot be met where `contains = false`"));
        }
        if targets.alarm_to_press.is_some() && !scenario.right.press {
            cannot.push(("alarm_to_press", "is for a press, and none is right"));
        }
        if targets.last_order.is_some() && !self.does(|deed| matches!(deed, Deed::Place { .. })) {
            cannot.push(("last_order", "is for orders, and nobody places one"));
        }
        if targets.last_key.is_some() && !self.has_foreign_keys() {
            cannot.push(("last_key", "is for keys, and nobody has or makes one"));
        }
        if targets.last_session.is_some() && !self.has_foreign_sessions() {
            cannot.push(("last_session", "is for sessions, and nobody logs in"));
        }
        if let Some(call) = targets.call {
            let queues = scenario
                .desks
                .iter()
                .map(|desk| *desk.queue.range().start());
            match queues.min() {
                None => cannot.push(("call", "is for a call, and nobody can be called")),
                Some(least) if call < least => {
                    cannot.push(("call", "is shorter than the shortest queue"));
                }
                Some(_) => {}
            }
        }
        for (name, why) in cannot {
            let said = format!("the target `{name}` {why}");
            let mend = "Take it out, or write a time that can be met.";
            self.refuse(
                "target-cannot-be-met",
                &format!("targets.{name}"),
                said,
                mend,
            );
        }
        self.alarm_in_time();
    }

    /// Whether there is time left after the alarm to answer it.
    fn alarm_in_time(&mut self) {
        let Some(alarm) = self.scenario.alarm() else {
            return;
        };
        let left = self.scenario.length.saturating_sub(alarm.at);
        if left < Duration::from_mins(1) {
            let said = "less than a minute is left after the alarm".to_owned();
            self.refuse("no-time-left", "minutes", said, "Write more `minutes`.");
        }
    }

    fn known_desk(&mut self, path: &str, contact: &str) -> bool {
        let desks: Vec<_> = self.scenario.desks.iter().collect();
        let desks = desks.iter().map(|desk| desk.contact.as_str());
        self.known(
            ("unknown-contact", "phone of the contact", path),
            contact,
            desks,
        )
    }

    fn does(&self, deed: impl Fn(&Deed) -> bool) -> bool {
        let intruders = self
            .scenario
            .actors
            .iter()
            .filter(|cast| !cast.actor.innocent);
        intruders
            .flat_map(|cast| &cast.actor.acts)
            .any(|act| deed(&act.deed))
    }

    fn has_foreign_keys(&self) -> bool {
        let intruders = self
            .scenario
            .actors
            .iter()
            .filter(|cast| !cast.actor.innocent);
        let mut access = intruders.map(|cast| &cast.actor.access);
        access.any(|access| matches!(access, Access::Key { .. } | Access::ApiKey { .. }))
            || self.does(|deed| matches!(deed, Deed::CreateKey { .. }))
    }

    fn has_foreign_sessions(&self) -> bool {
        let intruders = self
            .scenario
            .actors
            .iter()
            .filter(|cast| !cast.actor.innocent);
        let mut access = intruders.map(|cast| &cast.actor.access);
        access.any(|access| matches!(access, Access::Login { .. }))
    }
}

/// Whether somebody is an intruder whom a press would reach.
fn is_reached(cast: &Cast) -> bool {
    let inside = match cast.actor.access {
        Access::Outside {} => false,
        Access::Login { .. }
        | Access::Key { .. }
        | Access::ApiKey { .. }
        | Access::Client { .. } => true,
    };
    inside && !cast.actor.innocent && !cast.actor.acts.is_empty()
}
