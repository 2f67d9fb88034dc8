//! Direct doors against the world's own truth.

use std::time::Duration;

use door::{CancelScope, Forget, Lever, Pull, Reading};
use jiff::Timestamp;

use super::*;
use crate::{
    faults::Fault,
    world::{Seeding, Venue},
};

struct Bench {
    world: World,
    account: AccountId,
    doors: Vec<Arc<dyn Door>>,
}

impl Bench {
    fn new(faults: &[&str]) -> Self {
        let world = World::new(11, Timestamp::UNIX_EPOCH);
        let account = world.seed_account("a", &Seeding::default()).unwrap();
        for fault in faults {
            world.faults().switch_on(fault.parse::<Fault>().unwrap());
        }
        let doors = doors(
            &world,
            &account,
            &Venue::Ibkr.fronts().iter().copied().collect(),
        );
        Self {
            world,
            account,
            doors,
        }
    }

    fn door(&self, front: Front) -> &dyn Door {
        let mut doors = self.doors.iter();
        &**doors.find(|door| door.kind().0 == front.id()).unwrap()
    }

    fn open(&self) -> u64 {
        self.world.truth_summary()["a"].open_orders
    }
}

fn pull(lever: Lever) -> Pull {
    Pull {
        keys: door::KeyScope::default(),
        lever,
        scope: CancelScope::All,
        pressed_at: Timestamp::UNIX_EPOCH,
    }
}

fn clear(reading: &Reading) -> bool {
    reading.found.is_empty()
}

#[tokio::test(start_paused = true)]
async fn either_orders_door_cancels_everything_and_sees_it_gone() {
    for front in [Front::Tws, Front::ClientPortal] {
        let bench = Bench::new(&[]);
        let (door, pull) = (bench.door(front), pull(Lever::CancelOrders));
        let before = door.read_back(&pull, &Forget).await.unwrap();
        assert_eq!(before.found.len() as u64, bench.open());
        assert!(bench.open() >= 10);
        door.act(&pull, &Forget).await.unwrap();
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert!(clear(&door.read_back(&pull, &Forget).await.unwrap()));
        assert_eq!(bench.open(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn under_no_fault_does_a_door_say_empty_while_orders_are_open() {
    for kind in crate::faults::FaultKind::ALL {
        let bench = Bench::new(&[kind.id()]);
        tokio::spawn(crate::attacker::haunt(bench.world.clone()));
        let pull = pull(Lever::CancelOrders);
        for front in [Front::Tws, Front::ClientPortal] {
            let door = bench.door(front);
            for _ in 0..4 {
                // whatever the door makes of it, the readings below must be true
                let _ = door.act(&pull, &Forget).await;
                let begun = bench.world.now();
                let Ok(reading) = door.read_back(&pull, &Forget).await else {
                    continue;
                };
                let ended = bench.world.now();
                let open = bench
                    .world
                    .open_orders_throughout(&bench.account, begun, ended);
                assert!(
                    !clear(&reading) || open.is_empty(),
                    "{} at {}",
                    kind.id(),
                    front.id()
                );
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_stopped_tws_is_unreachable_and_says_so_at_ibc() {
    let bench = Bench::new(&[]);
    let ibc = bench.door(Front::Ibc);
    let stop = pull(Lever::StopAutomation);
    assert!(!clear(&ibc.read_back(&stop, &Forget).await.unwrap()));
    ibc.act(&stop, &Forget).await.unwrap();
    assert!(clear(&ibc.read_back(&stop, &Forget).await.unwrap()));
    let tws = bench.door(Front::Tws);
    let error = tws
        .read_back(&pull(Lever::CancelOrders), &Forget)
        .await
        .unwrap_err();
    assert_eq!(error.class, door::ErrorClass::Unreachable);
}

#[tokio::test(start_paused = true)]
async fn read_only_blinds_the_door_that_set_it() {
    let bench = Bench::new(&[]);
    let tws = bench.door(Front::Tws);
    let block = pull(Lever::BlockTrading);
    assert!(!clear(&tws.read_back(&block, &Forget).await.unwrap()));
    tws.act(&block, &Forget).await.unwrap();
    assert!(clear(&tws.read_back(&block, &Forget).await.unwrap()));
    let audit = tws.act(&pull(Lever::Audit), &Forget).await.unwrap();
    let facts = audit.snapshot.unwrap().facts;
    assert!(facts.contains(&("read-only API".to_owned(), "true".to_owned())));
    for answer in [
        tws.act(&pull(Lever::CancelOrders), &Forget)
            .await
            .map(|_| ()),
        tws.read_back(&pull(Lever::CancelOrders), &Forget)
            .await
            .map(|_| ()),
    ] {
        assert_eq!(answer.unwrap_err().class, door::ErrorClass::Refused);
    }
}

#[tokio::test(start_paused = true)]
async fn a_held_seat_is_taken_back_and_the_losses_are_told_at_release() {
    let bench = Bench::new(&["client-portal/competing-session:every=4s@1s"]);
    tokio::spawn(crate::attacker::haunt(bench.world.clone()));
    let portal = bench.door(Front::ClientPortal);
    portal
        .act(&pull(Lever::EndSessions), &Forget)
        .await
        .unwrap();
    for _ in 0..3 {
        tokio::time::sleep(Duration::from_secs(4)).await;
        let seat = pull(Lever::EndSessions);
        assert!(!clear(&portal.read_back(&seat, &Forget).await.unwrap()));
        portal
            .read_back(&pull(Lever::CancelOrders), &Forget)
            .await
            .ok();
    }
    let released = portal.release(&Forget).await.unwrap();
    assert_eq!(released[0].words, "taken 3 times by another session");
}

#[tokio::test(start_paused = true)]
async fn the_order_list_of_the_portal_is_read_once_in_five_seconds() {
    let bench = Bench::new(&[]);
    let portal = bench.door(Front::ClientPortal);
    let begun = bench.world.now();
    for _ in 0..3 {
        portal
            .read_back(&pull(Lever::CancelOrders), &Forget)
            .await
            .unwrap();
    }
    assert!(bench.world.now() >= begun + Duration::from_secs(10));
}

#[tokio::test(start_paused = true)]
async fn what_goes_wrong_at_the_broker_is_a_refusal_or_no_connection_at_every_door() {
    use door::ErrorClass::{Refused, Unreachable};
    for venue in Venue::ALL {
        let world = World::new(11, Timestamp::UNIX_EPOCH);
        let seeding = Seeding {
            orders: 12,
            ..Seeding::default()
        };
        let account = match venue {
            Venue::Ibkr => world.seed_account("a", &seeding).unwrap(),
            Venue::Kraken | Venue::Deribit => world.seed_exchange("a", venue, &seeding).unwrap(),
        };
        let fronts = venue.fronts().iter().copied();
        let doors = doors(&world, &account, &fronts.collect());
        let pull = pull(Lever::CancelOrders);
        let open = world.truth_summary()["a"].open_orders;
        for (spec, class) in [("market-closed", Refused), ("unreachable", Unreachable)] {
            let fault = world.inject(spec.parse().unwrap());
            for door in doors.iter().filter(|door| door.kind().0 != "ibc") {
                let error = door.act(&pull, &Forget).await.unwrap_err();
                assert_eq!(error.class, class, "{spec} at {}", door.kind());
            }
            world.faults().switch_off(fault);
        }
        tokio::time::sleep(Duration::from_secs(5)).await;
        assert_eq!(world.truth_summary()["a"].open_orders, open);
    }
}
