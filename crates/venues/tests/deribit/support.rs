//! A simulated account at Deribit, its codes, and time that passes without waiting.

use std::time::Duration;

use door::{Code, Door, DoorError, ErrorClass, Keep, Pull, Receipt};
use simulator::{
    faults::Front,
    serve::Spec,
    world::{By, Key, NewOrder, PermId, Seeding},
};

use crate::scene::{Scene, fault};

pub(crate) const FRONT: Front = Front::Deribit;

/// An account with orders in every family of every sub-account.
pub(crate) async fn scene(faults: &[&str]) -> Scene {
    Scene::of(Spec {
        fronts: [FRONT].into(),
        seeding: Seeding {
            orders: 40,
            ..Seeding::default()
        },
        faults: faults.iter().map(|it| fault(it)).collect(),
        ..Spec::default()
    })
    .await
}

impl Scene {
    /// The sub-accounts' numbers.
    pub(crate) fn subs(&self) -> Vec<u32> {
        let view = self.world().account(self.account()).unwrap();
        view.exchange.subs.iter().map(|sub| sub.id).collect()
    }

    /// A key by its name.
    pub(crate) fn key(&self, name: &str) -> Key {
        let view = self.world().account(self.account()).unwrap();
        view.keys.into_iter().find(|key| key.name == name).unwrap()
    }

    /// The bot places the same as an order that is there.
    pub(crate) fn bot_places(&self, like: impl Fn(&NewOrder) -> bool) -> PermId {
        let orders = self.world().orders(self.account());
        let ask = orders
            .into_iter()
            .map(|order| order.ask)
            .find(like)
            .unwrap();
        let by = By::Key("bot".to_owned());
        self.world().place(self.account(), ask, &by, 0).unwrap()
    }

    /// Offers the code that the owner's device shows now.
    pub(crate) async fn offer_code(&self) {
        let code = self.world().code(self.account()).unwrap();
        let code = Code::typed(&code).unwrap();
        self.door().offer_code(code).await.unwrap();
    }

    /// Pulls a lever as a person does who types a fresh code whenever one is wanted. How many were.
    pub(crate) async fn act_with_codes(
        &self,
        pull: &Pull,
        keep: &dyn Keep,
    ) -> Result<(Receipt, usize), DoorError> {
        for codes in 0..12 {
            match self.door().act(pull, keep).await {
                Ok(receipt) => return Ok((receipt, codes)),
                Err(error) if error.class == ErrorClass::NeedsCode => {
                    self.next_code(self.door()).await;
                }
                Err(error) => return Err(error),
            }
        }
        panic!("codes without end");
    }

    /// Lets the device show another code, and offers it.
    pub(crate) async fn next_code(&self, door: &dyn Door) {
        pass(Duration::from_secs(30)).await;
        reopened(door).await;
        let code = self.world().code(self.account()).unwrap();
        door.offer_code(Code::typed(&code).unwrap()).await.unwrap();
    }
}

/// Opens the door anew after time has passed: connections that lay idle are closed by then, and each
/// is found so by a call that breaks.
pub(crate) async fn reopened(door: &dyn Door) {
    for _ in 0..20 {
        match door.open().await {
            Err(error) if error.class == ErrorClass::Unreachable => {}
            opened => {
                opened.unwrap();
                return;
            }
        }
    }
    panic!("no connection any more");
}

/// Time passes, for the simulator and for timers, and nobody waits.
pub(crate) async fn pass(time: Duration) {
    tokio::time::pause();
    tokio::time::advance(time).await;
    tokio::time::resume();
}
