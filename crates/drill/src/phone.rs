//! A phone call, played as text: a menu, a queue, and somebody who asks. Pure: the time that passes
//! is passed in, and nothing is dialled anywhere.
//!
//! What a person says may be a code or a password. It is judged and forgotten: nothing here keeps
//! it.

mod desk;
mod hears;

use std::time::Duration;

use serde::Serialize;

pub use desk::{Caller, Demand, Desk, MenuLine, Question};

use crate::{draw, scenario::Scenario};
use hears::{Heard, Reply};

/// The page whose act is the lock.
const LOCK: &str = "security-desk";
/// How many places a queue has at least, and how many more at most.
const PLACES: (u64, u64) = (2, 7);
/// How much longer a long queue is.
const LONGER: u32 = 4;

/// A call under way.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Call {
    with: With,
    contact: String,
    accounts: Vec<String>,
    stage: Stage,
    queue: Queue,
    question: usize,
    named: Option<String>,
    wants: Vec<String>,
    asked: Vec<Asked>,
    locked: Option<String>,
    reference: Option<String>,
    slips: Vec<Slip>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum With {
    Desk(Desk),
    Caller(Caller),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stage {
    Menu,
    Queue,
    Talk,
    Over,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
struct Queue {
    left: Duration,
    each: Duration,
}

impl Queue {
    fn place(self) -> u128 {
        let each = self.each.as_millis().max(1);
        self.left.as_millis().div_ceil(each).max(1)
    }
}

/// Where a call stands.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum CallState {
    /// A menu is read out.
    Menu,
    /// In a queue.
    Waiting {
        /// At which place; 1 is next.
        place: u64,
    },
    /// Somebody is there.
    Answered,
    /// The account was named and the lock asked for: the desk locks it.
    Locked {
        /// Which, by name.
        account: String,
        /// The reference number, once the desk gave it.
        reference: Option<String>,
    },
    /// It is over.
    HungUp,
}

/// One thing that is said.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Said {
    /// By whom.
    pub who: Voice,
    /// What.
    pub text: String,
}

/// Who says something.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Voice {
    /// A machine.
    Line,
    /// Whoever answers at the desk.
    Agent,
    /// Whoever called the person.
    Caller,
}

/// Something that the desk was asked for. Whoever plays the drill does it on the simulated page, and
/// tells the call by [`Call::done`] or [`Call::refused`].
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Asked {
    /// On which account, by name.
    pub account: String,
    /// On which page, by id. The lock is on `security-desk`.
    pub page: String,
}

/// Something that was given or agreed to, and should not have been. Never what was said itself.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Slip {
    /// A code or a password was given.
    Secret,
    /// Something that helps an intruder was agreed to.
    Agreed,
}

impl Call {
    /// Calls a contact. Nothing where the scenario has nobody there.
    pub fn dial(scenario: &Scenario, contact: &str, seed: u64) -> Option<(Self, Vec<Said>)> {
        let desk = scenario.desks.iter().find(|desk| desk.contact == contact)?;
        let left = draw::between(desk.queue, seed, contact);
        let (least, more) = PLACES;
        let places = least + draw::below(more, seed, "places");
        let each = left / u32::try_from(places).unwrap_or(1);
        let mut said = vec![line(&desk.greeting)];
        said.extend(desk.menu.iter().map(MenuLine::read_out));
        let mut call = Self {
            stage: Stage::Menu,
            queue: Queue { left, each },
            ..Self::new(With::Desk(desk.clone()), contact, scenario)
        };
        if desk.menu.is_empty() {
            said.extend(call.joins_the_queue());
        }
        Some((call, said))
    }

    /// Answers a call that came in. Nothing where the scenario has no such caller.
    pub fn pick_up(scenario: &Scenario, caller: &str) -> Option<(Self, Vec<Said>)> {
        let caller = scenario.callers.iter().find(|it| it.id == caller)?;
        let call = Self::new(With::Caller(caller.clone()), &caller.id, scenario);
        let mut said = vec![call.speaks(&caller.says)];
        said.extend(call.next_question());
        Some((call, said))
    }

    fn new(with: With, contact: &str, scenario: &Scenario) -> Self {
        let accounts = scenario.accounts.iter().map(|account| account.name.clone());
        Self {
            with,
            contact: contact.to_owned(),
            accounts: accounts.collect(),
            stage: Stage::Talk,
            queue: Queue::default(),
            question: 0,
            named: None,
            wants: Vec::new(),
            asked: Vec::new(),
            locked: None,
            reference: None,
            slips: Vec::new(),
        }
    }

    /// The same call, with a queue that is four times as long.
    #[must_use]
    pub fn in_a_longer_queue(mut self) -> Self {
        self.queue.left *= LONGER;
        self
    }

    /// The contact's id, or the caller's.
    pub fn contact(&self) -> &str {
        &self.contact
    }

    /// Where it stands.
    pub fn outcome(&self) -> CallState {
        match (self.stage, &self.locked) {
            (_, Some(account)) => CallState::Locked {
                account: account.clone(),
                reference: self.reference.clone(),
            },
            (Stage::Menu, None) => CallState::Menu,
            (Stage::Queue, None) => CallState::Waiting {
                place: u64::try_from(self.queue.place()).unwrap_or(u64::MAX),
            },
            (Stage::Talk, None) => CallState::Answered,
            (Stage::Over, None) => CallState::HungUp,
        }
    }

    /// Where it stands, in the story's words: `menu`, `queued`, `answered`, `hung_up`.
    pub fn stage(&self) -> &'static str {
        match self.stage {
            Stage::Menu => "menu",
            Stage::Queue => "queued",
            Stage::Talk => "answered",
            Stage::Over => "hung_up",
        }
    }

    /// What was given away so far.
    pub fn slips(&self) -> &[Slip] {
        &self.slips
    }

    /// What the desk was asked for since the last time that this was called.
    pub fn asked(&mut self) -> Vec<Asked> {
        std::mem::take(&mut self.asked)
    }

    /// Lets time pass, in story time.
    pub fn tick(&mut self, elapsed: Duration) -> Vec<Said> {
        if self.stage != Stage::Queue {
            return Vec::new();
        }
        let before = self.queue.place();
        self.queue.left = self.queue.left.saturating_sub(elapsed);
        if self.queue.left.is_zero() {
            self.stage = Stage::Talk;
            return self.answers();
        }
        let place = self.queue.place();
        if place < before {
            return vec![in_queue(place)];
        }
        Vec::new()
    }

    /// The person presses a key of the menu, or says something. `hang up` ends the call.
    pub fn say(&mut self, input: &str) -> Vec<Said> {
        let heard = Heard::from(input, &self.accounts);
        if heard.hangs_up {
            return self.hang_up();
        }
        match (self.stage, self.with.clone()) {
            (Stage::Over, _) => Vec::new(),
            (Stage::Queue, _) => vec![in_queue(self.queue.place())],
            (Stage::Menu, With::Desk(desk)) => self.presses(&desk, input.trim()),
            (Stage::Menu | Stage::Talk, With::Caller(caller)) => self.is_asked(&caller, &heard),
            (Stage::Talk, With::Desk(desk)) => self.tells(&desk, &heard),
        }
    }

    /// The person hangs up. What the desk was asked for stays asked.
    pub fn hang_up(&mut self) -> Vec<Said> {
        if self.stage == Stage::Over {
            return Vec::new();
        }
        self.stage = Stage::Over;
        vec![line("The call is over.")]
    }

    /// The desk did what was asked. The lock comes with a reference number.
    pub fn done(&mut self, asked: &Asked, reference: Option<&str>) -> Vec<Said> {
        if asked.page != LOCK {
            return vec![self.speaks(&format!("{}: {}.", asked.account, finished(&asked.page)))];
        }
        self.locked = Some(asked.account.clone());
        self.reference = reference.map(str::to_owned);
        let mut text = format!("{}: trading and withdrawals are locked.", asked.account);
        if let Some(reference) = reference {
            text.push_str(" Your reference number is ");
            text.push_str(reference);
            text.push('.');
        }
        vec![self.speaks(&text)]
    }

    /// The desk could not do what was asked.
    pub fn refused(&mut self, asked: &Asked, why: &str) -> Vec<Said> {
        if asked.page == LOCK {
            self.locked = None;
        }
        vec![self.speaks(&format!("I cannot do that on {}: {why}.", asked.account))]
    }

    fn presses(&mut self, desk: &Desk, key: &str) -> Vec<Said> {
        let Some(chosen) = desk.menu.iter().find(|it| it.press == key) else {
            let mut said = vec![line("That is not on the menu.")];
            said.extend(desk.menu.iter().map(MenuLine::read_out));
            return said;
        };
        if chosen.desk {
            return self.joins_the_queue();
        }
        let mut said = vec![line("Nobody there can lock an account. Back to the menu.")];
        said.extend(desk.menu.iter().map(MenuLine::read_out));
        said
    }

    fn joins_the_queue(&mut self) -> Vec<Said> {
        if self.queue.left.is_zero() {
            self.stage = Stage::Talk;
            return self.answers();
        }
        self.stage = Stage::Queue;
        vec![in_queue(self.queue.place())]
    }

    fn answers(&self) -> Vec<Said> {
        let mut said = vec![self.speaks("Security desk. You are through.")];
        said.extend(self.next_question());
        said
    }

    /// What the person tells the desk.
    fn tells(&mut self, desk: &Desk, heard: &Heard) -> Vec<Said> {
        let mut said = Vec::new();
        if let Some(account) = &heard.account {
            self.named = Some(account.clone());
        }
        for page in &heard.pages {
            if !desk.does.iter().any(|does| does == page) {
                said.push(self.speaks(&format!("I cannot do that here: {}.", wished(page))));
            } else if !self.wants.iter().any(|want| want == page) {
                self.wants.push((*page).to_owned());
            }
        }
        if let Some(question) = desk.questions.get(self.question) {
            said.extend(self.replies(question, heard));
        }
        said.extend(self.acts());
        said.extend(self.next_question());
        said
    }

    /// What the person tells somebody who called them.
    fn is_asked(&mut self, caller: &Caller, heard: &Heard) -> Vec<Said> {
        let mut said = Vec::new();
        if let Some(question) = caller.questions.get(self.question) {
            said.extend(self.replies(question, heard));
        }
        if self.question < caller.questions.len() {
            said.extend(self.next_question());
        } else {
            said.push(self.speaks(&caller.leaves));
            self.stage = Stage::Over;
        }
        said
    }

    /// Takes an answer to a question; the next one is asked once it is one.
    fn replies(&mut self, question: &Question, heard: &Heard) -> Option<Said> {
        let slip = match (question.wants, heard.reply) {
            (Demand::Anything, _) => None,
            (Demand::Account, _) if self.named.is_some() => None,
            (Demand::Secret, _) if heard.digits => Some(Slip::Secret),
            (Demand::Refusal | Demand::Secret, Reply::Refusal) => None,
            (Demand::Refusal, Reply::Agreement) => Some(Slip::Agreed),
            (Demand::Secret, Reply::Agreement | Reply::Other) => Some(Slip::Secret),
            // no answer yet: it is asked again
            (Demand::Account, _)
            | (Demand::Refusal, Reply::Question | Reply::Other)
            | (Demand::Secret, Reply::Question) => return None,
        };
        self.question += 1;
        self.slips.extend(slip);
        let then = slip.and(question.then.as_deref());
        then.map(|then| self.speaks(then))
    }

    /// The desk does what it was asked for, once it knows on which account.
    fn acts(&mut self) -> Option<Said> {
        let account = self.named.clone()?;
        if self.wants.is_empty() {
            return None;
        }
        for page in std::mem::take(&mut self.wants) {
            if page == LOCK {
                self.locked = Some(account.clone());
            }
            let account = account.clone();
            self.asked.push(Asked { account, page });
        }
        Some(self.speaks(&format!("One moment. I am in {account} now.")))
    }

    fn next_question(&self) -> Option<Said> {
        if self.stage == Stage::Over {
            return None;
        }
        let questions = match &self.with {
            With::Desk(desk) => &desk.questions,
            With::Caller(caller) => &caller.questions,
        };
        if let Some(question) = questions.get(self.question) {
            return Some(self.speaks(&question.ask));
        }
        let ask = match (&self.with, &self.named, &self.locked) {
            (With::Desk(_), None, _) => "Which account is it?",
            (With::Desk(_), Some(_), None) => "What shall I do with it?",
            (With::Desk(_), Some(_), Some(_)) => "Is there anything else?",
            (With::Caller(_), _, _) => return None,
        };
        Some(self.speaks(ask))
    }

    fn speaks(&self, text: &str) -> Said {
        let who = match self.with {
            With::Desk(_) => Voice::Agent,
            With::Caller(_) => Voice::Caller,
        };
        let text = text.to_owned();
        Said { who, text }
    }
}

fn line(text: &str) -> Said {
    Said {
        who: Voice::Line,
        text: text.to_owned(),
    }
}

fn in_queue(place: u128) -> Said {
    line(&match place {
        1 => "You are next.".to_owned(),
        place => format!("You are at place {place} in the queue."),
    })
}

/// What the desk says that it did on a page.
fn finished(page: &str) -> &'static str {
    match page {
        "sessions" => "every other session is logged out",
        "withdrawals" => "pending withdrawals are stopped",
        "transfers" => "the transfer is disputed and held",
        "orders" => "the open orders are cancelled",
        "two-factor" => "devices that are not yours are removed",
        "contact" => "your e-mail address and phone number are set back",
        _ => "that is done",
    }
}

/// What the person wished for on a page.
fn wished(page: &str) -> &'static str {
    match page {
        LOCK => "lock the account",
        "sessions" => "log out sessions",
        "withdrawals" => "stop withdrawals",
        "transfers" => "dispute transfers",
        "orders" => "cancel orders",
        "two-factor" => "remove devices",
        "contact" => "change contact data",
        _ => "that",
    }
}
