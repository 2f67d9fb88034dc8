//! What the gateway answers, asked without a wire under a paused clock, and over its real one.

mod garbage;
mod lists;
mod orders;
mod sessions;
mod wire;

use std::time::Duration;

use hyper::{Method, Uri};
use serde_json::Value;

use super::{
    answer::Answer,
    call::{BASE, Call, Request, query},
    portal::Portal,
};
use crate::{
    faults::FaultHandle,
    world::{AccountId, Order, Seeding, SessionId, Username, World},
};

/// A gateway without a wire, before a world of its own.
struct Bench {
    world: World,
    account: AccountId,
    portal: Portal,
}

impl Bench {
    /// Logged in with the brokerage seat, before an account with `orders` open orders.
    fn new(orders: usize) -> Self {
        let world = world();
        let account = seed(&world, orders);
        let portal = Portal::new(world.clone(), account.clone(), user("web"));
        portal.log_in().unwrap();
        Self {
            world,
            account,
            portal,
        }
    }

    /// The same, with the list of accounts read and the list of orders warm.
    async fn warm(orders: usize) -> Self {
        let bench = Self::new(orders);
        bench.get("/iserver/accounts").await;
        bench.get("/iserver/account/orders").await;
        bench
    }

    /// Asks at once.
    fn ask(&self, method: &Method, path: &str, body: &str) -> Answer {
        let uri: Uri = format!("{BASE}{path}").parse().unwrap();
        let call = Call::of(method, &uri).unwrap();
        self.portal.reply_to(&Request {
            call,
            query: query(&uri),
            body: body.as_bytes().to_vec(),
        })
    }

    /// Asks as soon as the pacing of every list allows.
    async fn get(&self, path: &str) -> Answer {
        tokio::time::advance(Duration::from_secs(5)).await;
        self.ask(&Method::GET, path, "")
    }

    async fn post(&self, path: &str, body: &str) -> Answer {
        tokio::time::advance(Duration::from_secs(5)).await;
        self.ask(&Method::POST, path, body)
    }

    async fn delete(&self, order: i64) -> Answer {
        tokio::time::advance(Duration::from_millis(200)).await;
        let path = format!("/iserver/account/{}/order/{order}", self.account);
        self.ask(&Method::DELETE, &path, "")
    }

    /// The rows of the list of orders.
    async fn orders(&self, query: &str) -> Vec<Value> {
        let answer = self.get(&format!("/iserver/account/orders{query}")).await;
        assert_eq!(answer.status, 200, "{:?}", answer.value());
        answer.value()["orders"].as_array().unwrap().clone()
    }

    fn open(&self) -> Vec<Order> {
        let mut orders = self.world.orders(&self.account);
        orders.retain(Order::open);
        orders
    }

    fn fault(&self, spec: &str) -> FaultHandle {
        self.world.inject(spec.parse().unwrap())
    }

    /// Another session of the gateway's username, which takes the seat.
    fn intruder(&self) -> SessionId {
        let platform = crate::world::Platform::Web;
        let session = self.world.open_session(&user("web"), platform, "elsewhere");
        let session = session.unwrap();
        self.world.take_seat(session, true).unwrap();
        session
    }
}

fn world() -> World {
    World::new(7, "2026-03-02T14:30:00Z".parse().unwrap())
}

fn seed(world: &World, orders: usize) -> AccountId {
    let seeding = Seeding {
        orders,
        ..Seeding::default()
    };
    world.seed_account("ann", &seeding).unwrap()
}

fn user(suffix: &str) -> Username {
    Username(format!("ann-{suffix}"))
}
