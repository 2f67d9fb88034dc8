//! Calls: who can be called, and who calls.

use simulator::pages::PageId;

use super::{Linter, nth};

impl Linter<'_> {
    pub(super) fn phone(&mut self) {
        let scenario = self.scenario;
        let desks = scenario.desks.iter().enumerate();
        self.once(
            "desks of",
            desks.map(|(at, desk)| (nth("phone", at, ".contact"), desk.contact.as_str())),
        );
        let callers = scenario.callers.iter().enumerate();
        self.once(
            "callers",
            callers.map(|(at, caller)| (nth("caller", at, ".id"), caller.id.as_str())),
        );
        for (at, desk) in scenario.desks.iter().enumerate() {
            let path = nth("phone", at, ".contact");
            if desk.name.is_none() && !self.contacts.knows(&desk.contact) {
                let said = format!("there is no contact `{}`", desk.contact);
                let mend = format!(
                    "Write one of: {}. Or add a `name` for one that only the story has.",
                    self.contacts.ids().join(", ")
                );
                self.refuse("unknown-contact", &path, said, &mend);
            }
            if !desk.menu.is_empty() && !desk.menu.iter().any(|line| line.desk) {
                let said = "no line of the menu leads to the desk".to_owned();
                let mend = "Write `desk = true` on the line that does.";
                self.refuse("menu-leads-nowhere", &nth("phone", at, ".menu"), said, mend);
            }
            if *desk.queue.range().end() >= scenario.length {
                let said = "the queue may be longer than the scenario".to_owned();
                let mend = "Write a shorter queue, or more `minutes`.";
                self.refuse("endless-queue", &nth("phone", at, ".queue"), said, mend);
            }
            for (which, page) in desk.does.iter().enumerate() {
                let path = nth("phone", at, format_args!(".does.{which}"));
                self.known_page(&path, page);
            }
        }
        for (at, caller) in scenario.callers.iter().enumerate() {
            let called = scenario.alarms.iter();
            let mut called = called.filter(|alarm| alarm.caller.as_ref() == Some(&caller.id));
            if called.next().is_none() {
                let said = format!("`{}` never calls", caller.id);
                let mend = "Name it as the `caller` of an alarm, or take it out.";
                self.refuse("never-calls", &nth("caller", at, ".id"), said, mend);
            }
        }
    }

    pub(super) fn known_page(&mut self, path: &str, page: &str) -> bool {
        let pages = PageId::ALL.iter().map(|page| page.id());
        self.known(("unknown-page", "page", path), page, pages)
    }
}
