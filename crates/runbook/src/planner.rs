//! From runbook and accounts to [`Plan`]. Cannot fail: the press does not wait for a perfect
//! document, and what cannot be bound is left out by name.

use std::{collections::HashMap, time::Duration};

use door::Lever;
use toml::Spanned;

use crate::{
    contacts::DEFAULT_ENTITY,
    document::{Accounts, Doing, Instruction, Runbook, Step},
    order::Order,
    plan::{
        AccountName, AccountOutline, Action, Card, Contact, NotOffered, Plan, StepId, Task, TaskId,
    },
    terrain::{Terrain, doors_of},
};

/// How long a lever step has when its author wrote no deadline and no door needs longer.
pub fn default_deadline(lever: Lever) -> Duration {
    match lever {
        Lever::Capture => Duration::from_secs(2),
        Lever::StopAutomation | Lever::BlockTrading | Lever::Audit => Duration::from_secs(30),
        Lever::CancelOrders | Lever::StopWithdrawals | Lever::RevokeKey | Lever::EndSessions => {
            Duration::from_mins(1)
        }
    }
}

/// Binds `runbook` to the accounts at hand.
///
/// A runbook that lints without a refusal keeps all its edges. In one that does not, an edge to a
/// step that is not there or that closes a circle is dropped, so that every task can start.
pub fn plan(runbook: &Runbook, terrain: &Terrain) -> Plan {
    let mut bound = Bound::default();
    for step in &runbook.steps {
        bound.bind(step, terrain);
    }
    let order = Order::of(runbook);
    for (index, step) in runbook.steps.iter().enumerate() {
        // of two steps with one id, the first made the tasks
        if order.position(step.id()) != Some(index) {
            continue;
        }
        let after = step
            .after
            .iter()
            .filter(|earlier| order.holds(earlier, index))
            .collect::<Vec<_>>();
        bound.connect(step, &after);
    }
    Plan {
        runbook: runbook.reference(),
        accounts: terrain.accounts.clone(),
        tasks: bound.tasks,
        not_offered: bound.not_offered,
    }
}

#[derive(Default)]
struct Bound {
    tasks: Vec<Task>,
    not_offered: Vec<NotOffered>,
    /// Indices into `tasks`.
    of_step: HashMap<StepId, Vec<usize>>,
}

impl Bound {
    fn bind(&mut self, step: &Step, terrain: &Terrain) {
        // a second step of the same id would make a second task of the same id
        if self.of_step.contains_key(step.id()) {
            return;
        }
        let first = self.tasks.len();
        match (&step.accounts, &step.doing) {
            // a call to a broker where nobody has an account helps nobody
            (Accounts::Situation, Doing::Manual(manual))
                if is_elsewhere(&manual.instruction, terrain) => {}
            (Accounts::Situation, Doing::Manual(manual)) => {
                let contacts = situation_contacts(&manual.instruction, terrain);
                self.tasks.push(manual_task(step, None, contacts));
            }
            // reading refuses a lever without accounts
            (Accounts::Situation, Doing::Lever(_)) => {}
            (Accounts::All | Accounts::Venue(_) | Accounts::Named(_), Doing::Manual(manual)) => {
                for account in terrain.bound(step) {
                    let contacts = account_contacts(&manual.instruction, account, terrain);
                    self.tasks
                        .push(manual_task(step, Some(&account.name), contacts));
                }
            }
            (Accounts::All | Accounts::Venue(_) | Accounts::Named(_), Doing::Lever(_)) => {
                for account in terrain.bound(step) {
                    self.pull(step, account, terrain);
                }
            }
        }
        let tasks = (first..self.tasks.len()).collect();
        self.of_step.insert(step.id().clone(), tasks);
    }

    fn pull(&mut self, step: &Step, account: &AccountOutline, terrain: &Terrain) {
        let Doing::Lever(pull) = &step.doing else {
            return;
        };
        let lever = *pull.lever.get_ref();
        let doors = doors_of(pull, account);
        let acts = doors.iter().any(|door| door.support.acts);
        if !acts && pull.fallback.is_none() {
            self.not_offered.push(NotOffered {
                account: account.name.clone(),
                step: step.id().clone(),
                lever,
            });
            return;
        }
        let slowest = doors
            .iter()
            .filter(|door| door.support.acts)
            .map(|door| door.support.takes_at_least)
            .max()
            .unwrap_or_default();
        let deadline = match &pull.deadline {
            Some(written) => *written.get_ref(),
            None => default_deadline(lever).max(slowest),
        };
        let refused_now = account
            .not_armed
            .as_ref()
            .filter(|_| !doors.is_empty())
            .map(|why| format!("not armed: {why}"));
        let card = pull
            .fallback
            .as_ref()
            .map(|instruction| card(instruction, account_contacts(instruction, account, terrain)))
            .or_else(|| {
                let asks = doors.iter().any(|door| door.support.asks_code);
                asks.then(code_card)
            });
        self.tasks.push(Task {
            id: TaskId::of(step.id(), Some(&account.name)),
            step: step.id().clone(),
            title: step.title.clone(),
            account: Some(account.name.clone()),
            action: Action::Pull {
                lever,
                scope: pull.scope.clone(),
                keys: pull.keys,
                doors,
            },
            after: Vec::new(),
            deadline_ms: Some(u64::try_from(deadline.as_millis()).unwrap_or(u64::MAX)),
            hold_until: Vec::new(),
            containment: step.contains(),
            card,
            covers: Vec::new(),
            refused_now,
        });
    }

    fn connect(&mut self, step: &Step, after: &[&StepId]) {
        for index in self.of_step.get(step.id()).cloned().unwrap_or_default() {
            let account = self.tasks[index].account.clone();
            let resolve = |ids: &mut dyn Iterator<Item = &StepId>| {
                let mut tasks = Vec::new();
                for id in ids {
                    for task in self.tasks_of(id, account.as_ref()) {
                        if !tasks.contains(task) {
                            tasks.push(task.clone());
                        }
                    }
                }
                tasks
            };
            let after = resolve(&mut after.iter().copied());
            let hold_until = resolve(&mut step.hold_until().iter().map(Spanned::get_ref));
            let covers = resolve(&mut step.covers().iter().map(Spanned::get_ref));
            let task = &mut self.tasks[index];
            task.after = after;
            task.hold_until = hold_until;
            task.covers = covers;
        }
    }

    /// The tasks of `step` that a task on `account` is tied to: the same account's and those of the
    /// whole run; all of them for a task of the whole run.
    fn tasks_of<'a>(
        &'a self,
        step: &StepId,
        account: Option<&'a AccountName>,
    ) -> impl Iterator<Item = &'a TaskId> {
        self.of_step
            .get(step)
            .into_iter()
            .flatten()
            .map(|index| &self.tasks[*index])
            .filter(move |task| {
                account.is_none() || task.account.is_none() || task.account.as_ref() == account
            })
            .map(|task| &task.id)
    }
}

fn manual_task(step: &Step, account: Option<&AccountName>, contacts: Vec<Contact>) -> Task {
    Task {
        id: TaskId::of(step.id(), account),
        step: step.id().clone(),
        title: step.title.clone(),
        account: account.cloned(),
        action: Action::Manual,
        after: Vec::new(),
        deadline_ms: None,
        hold_until: Vec::new(),
        containment: step.contains(),
        card: step
            .instruction()
            .map(|instruction| card(instruction, contacts)),
        covers: Vec::new(),
        refused_now: None,
    }
}

/// For a lever that the venue does only with a one-time code, where the author wrote no words.
fn code_card() -> Card {
    Card {
        text: "Open your authenticator, and type the code that it shows for this account. It goes \
               to the venue and is kept nowhere. Each code is good once: wait for the next one \
               where a card asks again."
            .to_owned(),
        menu_path: None,
        link: None,
        say: None,
        contact: None,
        other_contacts: Vec::new(),
        read_back: None,
        page: None,
        last_checked: None,
    }
}

fn card(instruction: &Instruction, contacts: Vec<Contact>) -> Card {
    let text = |text: &Option<Spanned<String>>| text.as_ref().map(|text| text.get_ref().clone());
    let mut contacts = contacts.into_iter();
    Card {
        text: instruction.text.get_ref().clone(),
        menu_path: text(&instruction.menu_path),
        link: text(&instruction.link),
        say: instruction.say.clone(),
        contact: contacts.next(),
        other_contacts: contacts.collect(),
        read_back: instruction
            .read_back
            .as_ref()
            .map(|read_back| read_back.get_ref().clone()),
        page: instruction.page.clone(),
        last_checked: instruction.last_checked,
    }
}

fn account_contacts(
    instruction: &Instruction,
    account: &AccountOutline,
    terrain: &Terrain,
) -> Vec<Contact> {
    let Some(id) = &instruction.contact else {
        return Vec::new();
    };
    let entity = account.entity.as_deref().unwrap_or(DEFAULT_ENTITY);
    let contact = terrain.contacts.find(id.get_ref(), entity);
    contact.cloned().into_iter().collect()
}

/// Whether a step is about a venue, by its contact, at which none of the accounts is.
fn is_elsewhere(instruction: &Instruction, terrain: &Terrain) -> bool {
    let contact = instruction.contact.as_ref();
    let venue = contact.and_then(|id| terrain.contacts.venue(id.get_ref()));
    venue.is_some_and(|venue| {
        !terrain.accounts.is_empty()
            && terrain
                .accounts
                .iter()
                .all(|account| account.venue != venue)
    })
}

fn situation_contacts(instruction: &Instruction, terrain: &Terrain) -> Vec<Contact> {
    let Some(id) = &instruction.contact else {
        return Vec::new();
    };
    let venue = terrain.contacts.venue(id.get_ref());
    let mut entities = terrain
        .accounts
        .iter()
        .filter(|account| venue.is_none_or(|venue| account.venue == venue))
        .map(|account| account.entity.as_deref().unwrap_or(DEFAULT_ENTITY))
        .collect::<Vec<_>>();
    if entities.is_empty() {
        entities.push(DEFAULT_ENTITY);
    }
    let mut contacts = Vec::<Contact>::new();
    for contact in entities
        .into_iter()
        .filter_map(|entity| terrain.contacts.find(id.get_ref(), entity))
    {
        if !contacts.contains(contact) {
            contacts.push(contact.clone());
        }
    }
    contacts
}

#[cfg(test)]
mod tests;
