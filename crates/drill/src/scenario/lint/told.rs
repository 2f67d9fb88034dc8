//! What the person is told: alarms, facts, injects, sources.

use super::{Linter, nth};
use crate::scenario::Form;

impl Linter<'_> {
    pub(super) fn told(&mut self) {
        self.alarms();
        self.facts();
        self.injects();
        self.sources();
    }

    fn alarms(&mut self) {
        let scenario = self.scenario;
        if scenario.alarms.is_empty() {
            let said = "nothing ever reaches the person".to_owned();
            self.refuse(
                "no-alarm",
                "alarm",
                said,
                "Add what they get to see: `[[alarm]]`.",
            );
        } else if scenario.alarm().is_none() {
            let said = "no alarm is genuine, so there is none that times count from".to_owned();
            let mend = "Write `genuine = true` on the first one that is what it says it is.";
            self.refuse("no-alarm", "alarm", said, mend);
        }
        let mut before = None;
        for (at, alarm) in scenario.alarms.iter().enumerate() {
            let path = nth("alarm", at, ".at");
            if before.is_some_and(|before| alarm.at < before) {
                let said = "this alarm comes before the one above".to_owned();
                let mend = "Write the alarms in the order of their times.";
                self.refuse("times-out-of-order", &path, said, mend);
            }
            before = Some(alarm.at);
            if alarm.at >= scenario.length {
                let said = "this alarm comes when the scenario is over".to_owned();
                let mend = "Write an earlier time, or more `minutes`.";
                self.refuse("times-out-of-order", &path, said, mend);
            }
            let Some(caller) = &alarm.caller else {
                continue;
            };
            let path = nth("alarm", at, ".caller");
            let callers = scenario.callers.iter().map(|caller| caller.id.as_str());
            self.known(("unknown-caller", "caller", &path), caller, callers);
            if alarm.form != Form::Call {
                let said = format!("a {} cannot be picked up", alarm.form.id());
                let mend = "Write `form = \"call\"`, or take the caller out.";
                self.refuse("unknown-caller", &path, said, mend);
            }
        }
    }

    fn facts(&mut self) {
        let facts = self.scenario.facts.iter().enumerate();
        self.once(
            "facts",
            facts.map(|(at, fact)| (nth("fact", at, ".id"), fact.id.as_str())),
        );
    }

    fn injects(&mut self) {
        let scenario = self.scenario;
        let injects = scenario.injects.iter().enumerate();
        self.once(
            "injects",
            injects.map(|(at, chance)| (nth("inject", at, ".id"), chance.inject.id())),
        );
        for (at, chance) in scenario.injects.iter().enumerate() {
            if chance.weight == 0 {
                let said = format!("`{}` is never drawn", chance.inject.id());
                let mend = "Write a weight of 1 or more, or take it out.";
                self.refuse("never-drawn", &nth("inject", at, ".weight"), said, mend);
            }
            if let Some(wants) = chance.inject.wants(scenario) {
                let said = format!(
                    "`{}` changes nothing here: it wants {wants}",
                    chance.inject.id()
                );
                let mend = "Take it out, or add what it wants.";
                self.refuse("inject-does-not-fit", &nth("inject", at, ".id"), said, mend);
            }
        }
    }

    fn sources(&mut self) {
        let scenario = self.scenario;
        if scenario.sources.is_empty() {
            let said = "no source says that something like it happened".to_owned();
            let mend = "Add `sources` with the addresses where it is told.";
            self.warn("no-source", "sources", said, mend);
        }
        for (at, source) in scenario.sources.iter().enumerate() {
            let plain =
                source.starts_with("https://") && source.chars().all(|c| c.is_ascii_graphic());
            if !plain {
                let said = format!("`{source}` is no address");
                let mend = "Write an address that begins with https:// and holds no space.";
                self.refuse("bad-source", &nth("sources", at, ""), said, mend);
            }
        }
    }
}
