//! A simulated account and the doors into it, over real sockets.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};

use door::{Act, ActKind, CancelScope, Door, Forget, Found, Keep, KeyScope, Lever, Pull, Reading};
use jiff::Timestamp;
use simulator::{
    Served,
    faults::{Fault, Front},
    serve::Spec,
    truth::Happening,
    world::{AccountId, World},
};
use venues::{Account, Means};

/// A world with one account, and its doors, not opened yet.
pub(crate) struct Scene {
    pub(crate) served: Served,
    pub(crate) doors: Vec<Arc<dyn Door>>,
}

impl Scene {
    /// Serves `fronts` with `faults` from the beginning on.
    pub(crate) async fn with(fronts: &[Front], faults: &[&str]) -> Self {
        Self::of(Spec {
            fronts: fronts.iter().copied().collect::<BTreeSet<_>>(),
            faults: faults.iter().map(|it| fault(it)).collect(),
            ..Spec::default()
        })
        .await
    }

    /// Serves what `spec` says.
    pub(crate) async fn of(spec: Spec) -> Self {
        let served = simulator::serve(spec).await.unwrap();
        let account = Account::of(&served.accounts()[0]).unwrap();
        let means = Means::simulated();
        means.take_keys(&served.accounts()[0]).await.unwrap();
        let doors = account.open(&means).unwrap();
        Self { served, doors }
    }

    pub(crate) fn door(&self) -> &dyn Door {
        &*self.doors[0]
    }

    pub(crate) fn world(&self) -> &World {
        self.served.world()
    }

    pub(crate) fn account(&self) -> &AccountId {
        self.served.accounts()[0].account()
    }

    /// What `front` was asked so far, in the wire's own words.
    pub(crate) fn asked(&self, front: Front) -> Vec<String> {
        let truth = self.world().truth_so_far();
        truth
            .into_iter()
            .filter_map(|event| {
                if let Happening::Request { door, what } = event.what
                    && door == front.id()
                {
                    return Some(what);
                }
                None
            })
            .collect()
    }

    /// How many orders are open, whatever the wire says.
    pub(crate) fn truly_open(&self) -> usize {
        let orders = self.world().orders(self.account());
        orders.iter().filter(|order| order.open()).count()
    }
}

pub(crate) fn fault(text: &str) -> Fault {
    text.parse().unwrap()
}

pub(crate) fn pull(lever: Lever) -> Pull {
    scoped(lever, CancelScope::All)
}

pub(crate) fn scoped(lever: Lever, scope: CancelScope) -> Pull {
    Pull {
        keys: KeyScope::default(),
        lever,
        scope,
        pressed_at: Timestamp::now(),
    }
}

/// Remembers what was kept, and the acts beside it with the label of what tells them.
#[derive(Default)]
pub(crate) struct Kept(
    pub(crate) Mutex<Vec<(String, String)>>,
    Mutex<Vec<(String, Act)>>,
);

impl Keep for Kept {
    fn keep(&self, label: &str, _extension: &str, bytes: &[u8]) {
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        self.0.lock().unwrap().push((label.to_owned(), text));
    }

    /// Fails where an act does not stand where it says.
    fn keep_with_acts(&self, label: &str, extension: &str, bytes: &[u8], acts: Vec<Act>) {
        let answer: serde_json::Value = serde_json::from_slice(bytes).unwrap();
        for act in &acts {
            assert!(answer.pointer(&act.place).is_some(), "{label}: {act:?}");
            assert!(!act.id.is_empty() && !act.words.is_empty(), "{act:?}");
        }
        let acts = acts.into_iter().map(|act| (label.to_owned(), act));
        self.1.lock().unwrap().extend(acts);
        self.keep(label, extension, bytes);
    }
}

impl Kept {
    /// The acts of a kind that answers of this label told.
    pub(crate) fn acts(&self, label: &str, kind: ActKind) -> Vec<Act> {
        let acts = self.1.lock().unwrap();
        acts.iter()
            .filter(|(of, act)| of == label && act.kind == kind)
            .map(|(_, act)| act.clone())
            .collect()
    }

    pub(crate) fn labels(&self) -> BTreeSet<String> {
        let kept = self.0.lock().unwrap();
        kept.iter().map(|(label, _)| label.clone()).collect()
    }
}

/// Reads back at the door's pace until nothing is found; fails after `listings`.
pub(crate) async fn until_empty(door: &dyn Door, pull: &Pull, listings: usize) -> Reading {
    let mut reading = Reading::default();
    for _ in 0..listings {
        reading = door.read_back(pull, &Forget).await.unwrap();
        if reading.found.is_empty() {
            return reading;
        }
        tokio::time::sleep(door.poll_interval()).await;
    }
    panic!("still open: {reading:?}");
}

/// A scope of the first order of a reading, and of no other.
pub(crate) fn only_first(reading: &Reading) -> CancelScope {
    let first = reading.found.iter().find_map(|found| match found {
        Found::Order(order) => Some(order.key.clone()),
        Found::Withdrawal { .. }
        | Found::Session { .. }
        | Found::Key { .. }
        | Found::Program { .. }
        | Found::Setting { .. } => None,
    });
    CancelScope::Only(first.unwrap_or_else(|| panic!("no order: {reading:?}")))
}
