//! Accounts, and who is at work in them.

use std::time::Duration;

use simulator::{
    attacker::{Access, Act, Actor, Begins, Deed},
    faults::Front,
    world::{BOT_KEY, PANIC_KEY, Venue},
};

use super::{Linter, MARGIN, is_id, nth};
use crate::scenario::{Account, Cast};

impl Linter<'_> {
    pub(super) fn accounts(&mut self) {
        let scenario = self.scenario;
        if scenario.accounts.is_empty() {
            let said = "there is no account to play in".to_owned();
            self.refuse("no-account", "account", said, "Add one: `[[account]]`.");
        }
        let names = scenario.accounts.iter().enumerate();
        let names = names.map(|(at, account)| (nth("account", at, ".name"), account.name.as_str()));
        self.once("accounts", names);
        for (at, account) in scenario.accounts.iter().enumerate() {
            if !is_id(&account.name) {
                let said = format!("no account can be named `{}`", account.name);
                let mend = "Begin with a letter; write lower-case letters, digits and hyphens.";
                self.refuse("bad-id", &nth("account", at, ".name"), said, mend);
            }
            let path = nth("account", at, ".doors");
            if account.doors.is_empty() {
                let said = format!(
                    "`{}` has no door, so a press would reach nothing",
                    account.name
                );
                self.refuse(
                    "no-door",
                    &path,
                    said,
                    "Name the doors that Firebreak has there.",
                );
            }
            for door in &account.doors {
                if door.venue() != account.venue {
                    let said = format!("{} has no door `{}`", account.venue.id(), door.id());
                    let doors = account.venue.fronts().iter().map(|front| front.id());
                    let doors: Vec<_> = doors.collect();
                    let mend = format!("Write of: {}.", doors.join(", "));
                    self.refuse("wrong-door", &path, said, &mend);
                }
            }
        }
    }

    pub(super) fn cast(&mut self) {
        let scenario = self.scenario;
        let labels = scenario.actors.iter().enumerate();
        let labels =
            labels.map(|(at, cast)| (nth("actor", at, ".label"), cast.actor.label.as_str()));
        self.once("actors", labels);
        for (at, cast) in scenario.actors.iter().enumerate() {
            if self.known_account(&nth("actor", at, ".account"), &cast.account) {
                self.way_in(at, cast);
            }
            self.acts(at, &cast.actor);
        }
    }

    /// Whether an actor can get in at all.
    fn way_in(&mut self, at: usize, cast: &Cast) {
        let Some(account) = self.scenario.account(&cast.account) else {
            return;
        };
        if let Some(mend) = lacking(account, &cast.actor.access) {
            let said = format!(
                "`{}` cannot get into `{}` that way",
                cast.actor.label, account.name
            );
            self.refuse("no-way-in", &nth("actor", at, ".access"), said, mend);
            return;
        }
        if let Access::Key { name } | Access::ApiKey { name } = &cast.actor.access {
            let keys = self.keys_of(account);
            let path = nth("actor", at, ".access.name");
            let keys = keys.iter().map(String::as_str);
            self.known(("unknown-key", "key", &path), name, keys);
        }
    }

    /// The keys that an account begins with, and those that somebody makes there.
    fn keys_of(&self, account: &Account) -> Vec<String> {
        let past = &account.past;
        let seeded: &[&str] = match account.venue {
            Venue::Ibkr => &["FIREBREAK"],
            Venue::Kraken => &[BOT_KEY, "bot-futures", PANIC_KEY, "panic-futures"],
            Venue::Deribit => &[BOT_KEY, PANIC_KEY],
        };
        let seeded = seeded.iter().filter(|_| past.keys);
        let mut keys: Vec<_> = seeded.map(|key| (*key).to_owned()).collect();
        keys.extend(past.named_keys.iter().map(|wish| wish.name.clone()));
        let here = self.scenario.actors.iter();
        let here = here.filter(|cast| cast.account == account.name);
        keys.extend(here.flat_map(|cast| &cast.actor.acts).filter_map(made));
        keys
    }

    fn acts(&mut self, at: usize, actor: &Actor) {
        let length = self.scenario.length;
        let idle = actor.acts.iter().all(|act| match act.begins {
            Begins::At(at) => at >= length,
            Begins::When(..) => false,
        });
        if idle {
            let said = format!("`{}` does nothing before the scenario is over", actor.label);
            let mend = "Give it an act in time, or take it out.";
            self.refuse("never-acts", &nth("actor", at, ".act"), said, mend);
            return;
        }
        let mut before: Option<Duration> = None;
        for (which, act) in actor.acts.iter().enumerate() {
            let Begins::At(time) = act.begins else {
                continue;
            };
            let path = nth("actor", at, format_args!(".act.{which}.at"));
            match before {
                Some(before) if time < before => {
                    let said = format!("`{}` acts here before the act above", actor.label);
                    let mend = "Write the acts of an actor in the order of their times.";
                    self.refuse("times-out-of-order", &path, said, mend);
                }
                Some(before) if time < before + MARGIN => {
                    let said = "two acts are less than 10 seconds apart".to_owned();
                    let mend = "Leave 10 seconds between them: played fast, which comes first is \
                                not certain.";
                    self.warn("too-close", &path, said, mend);
                }
                Some(_) | None => {}
            }
            self.clear_of_the_alarm(&path, act, time);
            before = Some(time);
        }
    }

    /// An act just before the alarm, or in the time of the answer, may or may not come in time.
    fn clear_of_the_alarm(&mut self, path: &str, act: &Act, time: Duration) {
        let Some(alarm) = self.scenario.alarm() else {
            return;
        };
        let near = time < alarm.at + MARGIN && alarm.at < time + MARGIN;
        if near && act.every.is_none() {
            let said = "this act and the alarm are less than 10 seconds apart".to_owned();
            let mend =
                "Leave 10 seconds between them: played fast, which comes first is not certain.";
            self.warn("too-close", path, said, mend);
        }
    }
}

/// The key that an act makes.
fn made(act: &Act) -> Option<String> {
    let Deed::CreateKey(wish) = &act.deed else {
        return None;
    };
    Some(wish.name.clone())
}

/// What an account lacks for a way in, as the mend says it.
fn lacking(account: &Account, access: &Access) -> Option<&'static str> {
    let broker = account.venue == Venue::Ibkr;
    let (fits, mend) = match access {
        Access::Login { user, .. } if broker => (
            ["tws", "web", "phone"].contains(&user.as_str()),
            "An account at ibkr has the users `tws`, `web` and `phone`.",
        ),
        Access::Login { user, .. } => (
            ["web", "phone"].contains(&user.as_str()),
            "An account at an exchange has the users `web` and `phone`.",
        ),
        Access::Client { .. } => (
            account.doors.contains(&Front::Tws),
            "Give the account the door `tws`, or the actor another access.",
        ),
        Access::Key { .. } => (
            broker,
            "An exchange has API keys: write `by = \"api-key\"`.",
        ),
        Access::ApiKey { .. } => (
            !broker,
            "A broker has OAuth consumers: write `by = \"key\"`.",
        ),
        Access::Outside {} => (true, ""),
    };
    (!fits).then_some(mend)
}
