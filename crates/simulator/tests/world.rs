//! The simulated broker keeps its own books straight, whatever is done to it.

#![expect(clippy::unwrap_used, reason = "helpers of tests may panic as tests do")]

use std::{collections::BTreeMap, time::Duration};

use jiff::Timestamp;
use proptest::{collection::vec, prelude::*};
use rust_decimal::Decimal;
use simulator::{
    faults::{Fault, FaultKind, Front},
    truth::{Fold, Happening},
    world::{
        AccountId, By, Device, Instrument, KeyKind, Login, NewAccount, NewOrder, OrderStatus,
        OrderType, Platform, Seeding, Side, TransferState, Username, Venue, World, WorldError,
    },
};

fn ask(con_id: i32, side: Side, quantity: u32, limit: Option<u32>) -> NewOrder {
    NewOrder {
        instrument: Instrument::share(con_id, &format!("S{con_id}")),
        side,
        quantity: Decimal::from(quantity),
        order_type: limit.map_or(OrderType::Market, |_| OrderType::Limit),
        limit: limit.map(Decimal::from),
        stop: None,
        tif: "DAY".to_owned(),
        order_ref: String::new(),
    }
}

fn bare() -> (World, AccountId) {
    let world = World::new(7, Timestamp::UNIX_EPOCH);
    let account = AccountId("U7".to_owned());
    world.open_account(NewAccount {
        id: account.clone(),
        name: "a".to_owned(),
        venue: Venue::Ibkr,
        tws_user: Username("a-tws".to_owned()),
        other_users: vec![Username("a-web".to_owned())],
    });
    world.start_tws(&account).unwrap();
    (world, account)
}

#[derive(Clone, Debug)]
enum Step {
    Place(i32, bool, u32, Option<u32>),
    Cancel(usize),
    CancelAll,
    Fill(usize, u32),
    PutAside(usize),
    TakeUp(usize),
    Switch(usize),
    SwitchAllOff,
    Wait(u64),
    Desk,
    StopTws,
    StartTws,
    Key(u8),
    Revoke(u8),
    Withdraw(u64),
    Transfer(u64),
    Lock(bool),
    LogIn(u8),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (1..4_i32, any::<bool>(), 1..50_u32, proptest::option::of(1..200_u32))
            .prop_map(|(con_id, buy, quantity, limit)| Step::Place(con_id, buy, quantity, limit)),
        2 => (0..20_usize).prop_map(Step::Cancel),
        1 => Just(Step::CancelAll),
        2 => (0..20_usize, 1..60_u32).prop_map(|(nth, quantity)| Step::Fill(nth, quantity)),
        1 => (0..20_usize).prop_map(Step::PutAside),
        1 => (0..20_usize).prop_map(Step::TakeUp),
        1 => (0..FaultKind::ALL.len()).prop_map(Step::Switch),
        1 => Just(Step::SwitchAllOff),
        4 => (0..4000_u64).prop_map(Step::Wait),
        1 => Just(Step::Desk),
        1 => Just(Step::StopTws),
        2 => Just(Step::StartTws),
        1 => (0..4_u8).prop_map(Step::Key),
        1 => (0..4_u8).prop_map(Step::Revoke),
        1 => (0..5000_u64).prop_map(Step::Withdraw),
        1 => (0..2_u8).prop_map(Step::LogIn),
        1 => (0..9000_u64).prop_map(Step::Transfer),
        1 => any::<bool>().prop_map(Step::Lock),
    ];
    vec(step, 1..60)
}

async fn take(world: &World, account: &AccountId, step: Step) {
    let nth = |nth: usize| {
        let orders = world.orders(account);
        (!orders.is_empty()).then(|| orders[nth % orders.len()].perm_id)
    };
    let by = By::Client(1);
    // a refusal is as good as a success: the books must be straight after either
    match step {
        Step::Place(con_id, buy, quantity, limit) => {
            let side = if buy { Side::Buy } else { Side::Sell };
            let order_id = world.next_order_id(account).unwrap();
            let _ = world.place(account, ask(con_id, side, quantity, limit), &by, order_id);
        }
        Step::Cancel(order) => {
            if let Some(order) = nth(order) {
                let _ = world.cancel(account, order, &by);
            }
        }
        Step::CancelAll => {
            let _ = world.cancel_all(account, &by);
        }
        Step::Fill(order, quantity) => {
            if let Some(order) = nth(order) {
                let _ = world.fill(
                    order,
                    Decimal::from(quantity),
                    Decimal::from(quantity % 9 + 1),
                );
            }
        }
        Step::PutAside(order) => {
            if let Some(order) = nth(order) {
                let _ = world.deactivate(order);
            }
        }
        Step::TakeUp(order) => {
            if let Some(order) = nth(order) {
                let _ = world.activate(order);
            }
        }
        Step::Switch(kind) => {
            world.faults().switch_on(Fault::new(FaultKind::ALL[kind]));
        }
        Step::SwitchAllOff => world.faults().clear(),
        Step::Wait(millis) => tokio::time::advance(Duration::from_millis(millis)).await,
        Step::Desk => world.cancel_by_desk(account).unwrap(),
        Step::StopTws => world.stop_tws(account).unwrap(),
        Step::StartTws => world.start_tws(account).unwrap(),
        Step::Key(name) => {
            let _ = world.create_key(account, &name.to_string(), KeyKind::FlexToken);
        }
        Step::Revoke(name) => {
            let _ = world.revoke_key(account, &name.to_string());
        }
        Step::Withdraw(after) => {
            let leaves_after = Duration::from_millis(after);
            let _ = world.ask_withdrawal(account, Decimal::TEN, "elsewhere", leaves_after);
        }
        Step::Transfer(after) => {
            let leaves_after = Duration::from_millis(after);
            let _ = world.ask_transfer(account, "elsewhere", leaves_after / 2, leaves_after, true);
        }
        Step::Lock(true) => drop(world.lock(account).unwrap()),
        Step::Lock(false) => world.unlock(account).unwrap(),
        Step::LogIn(user) => {
            let user = Username(if user == 0 { "a-tws" } else { "a-web" }.to_owned());
            if let Ok(session) = world.open_session(&user, Platform::Web, "web") {
                world.take_seat(session, true).unwrap();
            }
        }
    }
}

fn books_are_straight(world: &World, account: &AccountId) {
    assert_eq!(world.truth_summary(), world.truth_fold());

    let mut held: BTreeMap<i32, Decimal> = BTreeMap::new();
    let mut filled = BTreeMap::new();
    for fill in world.executions(Front::Ibc, account) {
        let signed = match fill.side {
            Side::Buy => fill.quantity,
            Side::Sell => -fill.quantity,
        };
        *held.entry(fill.instrument.con_id).or_default() += signed;
        *filled.entry(fill.perm_id).or_insert(Decimal::ZERO) += fill.quantity;
    }
    held.retain(|_, quantity| !quantity.is_zero());
    let holdings = world.holdings(account).into_iter();
    let holdings: BTreeMap<_, _> = holdings
        .map(|holding| (holding.instrument.con_id, holding.quantity))
        .collect();
    let transfers = world.account(account).unwrap().transfers;
    if transfers
        .iter()
        .all(|transfer| transfer.state != TransferState::Sent)
    {
        assert_eq!(holdings, held);
    }

    for order in world.orders(account) {
        assert_eq!(
            order.filled,
            filled.get(&order.perm_id).copied().unwrap_or_default()
        );
        assert!(order.filled <= order.ask.quantity);
        assert_eq!(
            order.status == OrderStatus::Filled,
            order.remaining().is_zero()
        );
        assert!(order.status.open() || !order.deactivated);
        let (_, status, open) = *world.history(order.perm_id).last().unwrap();
        assert_eq!((status, open), (order.status, order.open()));
    }

    for username in ["a-tws", "a-web"] {
        let sessions = world.sessions(account).into_iter();
        let seats = sessions.filter(|session| session.seat && session.username.0 == username);
        assert!(seats.count() <= 1);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn whatever_is_done_the_books_stay_straight(steps in steps()) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        runtime.block_on(async {
            let (world, account) = bare();
            for step in steps {
                take(&world, &account, step).await;
                books_are_straight(&world, &account);
            }
            let mut fold = Fold::default();
            for event in world.truth_so_far() {
                fold.apply(&event);
            }
            assert_eq!(fold.summary(), world.truth_summary());
        });
    }
}

#[tokio::test(start_paused = true)]
async fn the_same_seed_gives_the_same_world() {
    let seeded = |seed| {
        let world = World::new(seed, Timestamp::UNIX_EPOCH);
        let seeding = Seeding {
            orders: 30,
            ..Seeding::default()
        };
        let account = world.seed_account("a", &seeding).unwrap();
        (world.orders(&account), world.holdings(&account))
    };
    assert_eq!(seeded(4), seeded(4));
    assert_ne!(seeded(4), seeded(5));
}

#[tokio::test(start_paused = true)]
async fn a_seeded_account_has_what_was_asked_for() {
    let world = World::new(1, Timestamp::UNIX_EPOCH);
    let seeding = Seeding {
        orders: 12,
        holdings: 2,
        put_aside: true,
        keys: true,
        ..Seeding::default()
    };
    let account = world.seed_account("a", &seeding).unwrap();
    tokio::time::advance(Duration::from_mins(5)).await;
    let orders = world.orders(&account);
    assert_eq!(orders.iter().filter(|order| order.open()).count(), 12);
    assert_eq!(orders.iter().filter(|order| order.deactivated).count(), 1);
    let stops = orders.iter().filter(|order| order.ask.order_type.waits());
    assert_eq!(stops.count(), world.holdings(&account).len());
    let platforms: std::collections::BTreeSet<_> = orders
        .iter()
        .map(|order| order.submitter.platform)
        .collect();
    assert_eq!(platforms.len(), 3);
    let truth = world.truth_summary()["a"];
    assert_eq!((truth.open_orders, truth.live_keys), (12, 2));
    assert_eq!(truth.live_sessions, 1);
}

#[tokio::test(start_paused = true)]
async fn a_cancel_is_pending_before_it_is_done() {
    let (world, account) = bare();
    let order = world
        .place(&account, ask(1, Side::Buy, 5, Some(1)), &By::Client(1), 1)
        .unwrap();
    tokio::time::advance(Duration::from_millis(50)).await;
    world.cancel(&account, order, &By::Client(2)).unwrap();
    let status = || world.order(order).unwrap().status;
    assert_eq!(status(), OrderStatus::PendingCancel);
    assert_eq!(world.truth_summary()["a"].open_orders, 1);
    tokio::time::advance(Duration::from_millis(100)).await;
    assert_eq!(status(), OrderStatus::Cancelled);
    assert_eq!(
        world.cancel(&account, order, &By::Client(1)),
        Err(WorldError::OrderEnded(OrderStatus::Cancelled))
    );
}

/// What becomes of an order that is cancelled under a fault, five seconds later.
async fn cancelled_under(fault: &str) -> (OrderStatus, Vec<Happening>) {
    let (world, account) = bare();
    world.faults().switch_on(fault.parse().unwrap());
    let order = world
        .place(&account, ask(1, Side::Buy, 5, Some(1)), &By::Client(1), 1)
        .unwrap();
    tokio::time::advance(Duration::from_millis(50)).await;
    world.cancel(&account, order, &By::Client(1)).unwrap();
    tokio::time::advance(Duration::from_secs(5)).await;
    let truth = world.truth_so_far().into_iter().map(|event| event.what);
    let orders = truth.filter(|what| {
        matches!(
            what,
            Happening::OrderPlaced { .. }
                | Happening::OrderCancelled { .. }
                | Happening::OrderFilled { .. }
        )
    });
    (world.order(order).unwrap().status, orders.skip(1).collect())
}

#[tokio::test(start_paused = true)]
async fn each_fault_of_cancelling_ends_as_it_says() {
    for lost in ["tws/link-lost", "tws/lying-ack"] {
        assert_eq!(
            cancelled_under(lost).await,
            (OrderStatus::Submitted, vec![])
        );
    }
    let (status, truth) = cancelled_under("pending-cancel-forever").await;
    assert_eq!((status, truth), (OrderStatus::PendingCancel, vec![]));
    let (status, truth) = cancelled_under("fill-during-cancel").await;
    assert_eq!(status, OrderStatus::Filled);
    assert!(matches!(truth[..], [Happening::OrderFilled { .. }]));
    let (status, truth) = cancelled_under("reappear:after=1s").await;
    assert_eq!(status, OrderStatus::Submitted);
    assert!(matches!(
        truth[..],
        [
            Happening::OrderCancelled { .. },
            Happening::OrderPlaced { again: true, .. }
        ]
    ));
}

#[tokio::test(start_paused = true)]
async fn a_tws_without_link_lists_what_was_there_when_it_lost_it() {
    let (world, account) = bare();
    let session = world
        .open_session(&Username("a-web".to_owned()), Platform::Web, "web")
        .unwrap();
    world.take_seat(session, true).unwrap();
    let by = By::Session(session);
    let first = world
        .place(&account, ask(1, Side::Buy, 5, Some(1)), &by, 0)
        .unwrap();
    tokio::time::advance(Duration::from_secs(1)).await;
    world.inject("link-lost".parse().unwrap());
    tokio::time::advance(Duration::from_secs(1)).await;
    world.cancel(&account, first, &by).unwrap();
    world
        .place(&account, ask(2, Side::Buy, 5, Some(1)), &by, 0)
        .unwrap();
    tokio::time::advance(Duration::from_secs(1)).await;
    let listed = world.listed(Front::Tws, &account);
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].status, OrderStatus::Submitted);
    assert_eq!(world.listed(Front::ClientPortal, &account).len(), 2);
}

#[tokio::test(start_paused = true)]
async fn one_username_holds_one_seat_and_trades_only_with_it() {
    let (world, account) = bare();
    let user = Username("a-web".to_owned());
    let first = world.open_session(&user, Platform::Web, "first").unwrap();
    let second = world
        .open_session(&user, Platform::Mobile, "second")
        .unwrap();
    world.take_seat(first, false).unwrap();
    assert_eq!(world.take_seat(second, false), Err(WorldError::Competing));
    world.take_seat(second, true).unwrap();
    let order = |session| {
        world.place(
            &account,
            ask(1, Side::Buy, 1, Some(1)),
            &By::Session(session),
            0,
        )
    };
    assert_eq!(order(first), Err(WorldError::NoSeat));
    assert!(order(second).is_ok());
    assert_eq!(world.session(first).unwrap().evicted, 1);
}

#[tokio::test(start_paused = true)]
async fn a_locked_account_takes_cancels_and_nothing_else() {
    let (world, account) = bare();
    let by = By::Client(1);
    let order = world
        .place(&account, ask(1, Side::Buy, 5, Some(1)), &by, 1)
        .unwrap();
    let target = "elsewhere";
    let leaves = Duration::from_secs(9);
    world
        .ask_withdrawal(&account, Decimal::TEN, target, leaves)
        .unwrap();
    let reference = world.lock(&account).unwrap();
    assert_eq!(world.lock(&account).unwrap(), reference);
    assert_eq!(
        world.place(&account, ask(1, Side::Buy, 5, Some(1)), &by, 2),
        Err(WorldError::Locked)
    );
    let user = Username("a-web".to_owned());
    assert_eq!(
        world.log_in(&Login {
            password: world.password(&user).unwrap(),
            username: user,
            platform: Platform::Web,
            label: String::new(),
            here: false,
        }),
        Err(WorldError::Locked)
    );
    world.cancel(&account, order, &by).unwrap();
    tokio::time::advance(Duration::from_secs(20)).await;
    let truth = world.truth_summary()["a"];
    assert_eq!((truth.open_orders, truth.open_withdrawals), (0, 1));
}

#[tokio::test(start_paused = true)]
async fn the_oracle_knows_what_was_open_when() {
    let (world, account) = bare();
    let by = By::Client(1);
    let order = world
        .place(&account, ask(1, Side::Buy, 5, Some(1)), &by, 1)
        .unwrap();
    tokio::time::advance(Duration::from_secs(1)).await;
    world.cancel(&account, order, &by).unwrap();
    tokio::time::advance(Duration::from_secs(1)).await;
    let at = Duration::from_millis;
    assert_eq!(world.open_orders_at(&account, at(500)), [order]);
    assert_eq!(world.open_orders_at(&account, at(1999)), []);
    assert_eq!(
        world.open_orders_throughout(&account, at(10), at(900)),
        [order]
    );
    // placed with its first instant, or cancelled within: a listing in between may miss it
    assert_eq!(world.open_orders_throughout(&account, at(0), at(900)), []);
    assert_eq!(world.open_orders_throughout(&account, at(10), at(1500)), []);
}

#[tokio::test(start_paused = true)]
async fn truth_lines_are_told_from_the_beginning_and_as_they_come() {
    let (world, account) = bare();
    let mut truth = world.truth();
    let opened = serde_json::to_value(truth.recv().await.unwrap()).unwrap();
    assert_eq!(
        opened,
        serde_json::json!({
            "at_ms": 0, "account": "a", "event": "session_opened",
            "session": 1, "username": "a-tws", "platform": "tws",
        })
    );
    let driven = world.clone();
    tokio::spawn(async move { driven.drive().await });
    world
        .place(&account, ask(1, Side::Sell, 5, None), &By::Client(1), 1)
        .unwrap();
    let placed = truth.recv().await.unwrap();
    assert!(matches!(placed.what, Happening::OrderPlaced { .. }));
    // the driver lets the market order trade without anybody looking
    let filled = truth.recv().await.unwrap();
    assert!(matches!(filled.what, Happening::OrderFilled { .. }));
    assert!(filled.at_ms > placed.at_ms);
}

#[tokio::test(start_paused = true)]
async fn hostile_names_are_the_same_for_the_same_name() {
    let (world, account) = bare();
    let device = Device {
        name: "phone".to_owned(),
        known: true,
    };
    world.add_device(&account, device).unwrap();
    let told = || world.name(Front::Tws, &account, "AAPL");
    assert_eq!(told(), "AAPL");
    world.faults().switch_on("hostile-names".parse().unwrap());
    assert_eq!(told(), told());
    assert!(told().contains("<img") && told().chars().any(char::is_control));
}

#[tokio::test(start_paused = true)]
async fn while_the_market_is_closed_nothing_trades_and_then_it_does() {
    let world = World::new(3, Timestamp::UNIX_EPOCH);
    let seeding = Seeding {
        orders: 0,
        ..Seeding::default()
    };
    let account = world.seed_account("a", &seeding).unwrap();
    let closed = world.inject("market-closed".parse().unwrap());
    let session = world.sessions(&account)[0].id;
    let ask = NewOrder {
        instrument: Instrument::share(265_598, "AAPL"),
        side: Side::Buy,
        quantity: Decimal::TEN,
        order_type: OrderType::Market,
        limit: None,
        stop: None,
        tif: "DAY".to_owned(),
        order_ref: String::new(),
    };
    let by = By::Session(session);
    let order = world.place(&account, ask, &by, 0).unwrap();
    tokio::time::advance(Duration::from_mins(1)).await;
    assert!(world.order(order).unwrap().open());
    assert_eq!(
        world.cancel(&account, order, &by),
        Err(WorldError::MarketClosed)
    );
    world.faults().switch_off(closed);
    tokio::time::advance(Duration::from_secs(2)).await;
    assert_eq!(world.order(order).unwrap().status, OrderStatus::Filled);
}
