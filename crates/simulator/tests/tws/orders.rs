//! Orders over the wire: placed, listed, cancelled, and what is said of them.

use ibapi::{
    Error,
    orders::{
        Action, CancelOrder, ExecutionFilter, Executions, OrderUpdate, Orders, order_builder,
    },
    subscriptions::SubscriptionItem,
};
use rust_decimal::prelude::ToPrimitive;
use simulator::world::{By, OrderStatus, Seeding};

use crate::gateway::{
    Events, Gateway, PATIENCE, apple, market, open_orders, orders_of, resting, trades_of,
};

fn two_hundred() -> Seeding {
    Seeding {
        orders: 200,
        ..Seeding::default()
    }
}

#[tokio::test]
async fn two_hundred_orders_of_all_clients_and_the_window_are_listed_as_they_are() {
    let gateway = Gateway::seeded(&two_hundred()).await;
    let client = gateway.client(900).await;
    let (listed, states) = open_orders(&client).await.unwrap();
    let orders = gateway.world.orders(&gateway.account);
    assert_eq!(listed.len(), orders.len());
    assert_eq!(states.len(), orders.len());
    for (listed, order) in listed.iter().zip(&orders) {
        assert_eq!(listed.order.perm_id, order.perm_id.0);
        assert_eq!(listed.order_id, order.submitter.order_id);
        assert_eq!(
            listed.order.client_id,
            order.submitter.client_id.unwrap_or(0)
        );
        assert_eq!(listed.contract.symbol.as_str(), order.ask.instrument.symbol);
        assert_eq!(
            listed.order.limit_price,
            order.ask.limit.and_then(|it| it.to_f64())
        );
        assert_eq!(
            listed.order.aux_price,
            order.ask.stop.and_then(|it| it.to_f64())
        );
        assert_eq!(listed.order.submitter, order.submitter.username.0);
        assert_eq!(listed.order.account, gateway.account.0);
        assert_eq!(listed.order_state.status.as_str(), order.status.word());
        assert_eq!(listed.order.deactivate, order.deactivated);
    }
    assert_eq!(listed.iter().filter(|it| it.order.deactivate).count(), 1);
    assert!(listed.iter().filter(|it| it.order_id == 0).count() > 30);
}

#[tokio::test]
async fn a_global_cancel_from_any_client_ends_every_order_of_every_platform() {
    let gateway = Gateway::seeded(&two_hundred()).await;
    gateway.placed_by_phone();
    let client = gateway.client(900).await;
    client.global_cancel().await.unwrap();
    gateway.until(|_| gateway.open().is_empty()).await;
    let (left, _) = open_orders(&client).await.unwrap();
    assert!(left.is_empty(), "{left:?}");
    let ended = orders_of(client.completed_orders(false).await)
        .await
        .unwrap();
    assert_eq!(ended.len(), 202);
    let of_clients = orders_of(client.completed_orders(true).await)
        .await
        .unwrap();
    assert!(of_clients.len() < ended.len() && !of_clients.is_empty());
}

#[tokio::test]
async fn an_order_is_placed_worked_and_cancelled_before_its_clients_eyes() {
    let gateway = Gateway::empty().await;
    let client = gateway.client(5).await;
    let mut events = Events::of(&client).await;
    let id = client.next_order_id();
    client.submit_order(id, &apple(), &resting()).await.unwrap();
    let opened = events
        .wait(|item| match item {
            SubscriptionItem::Data(OrderUpdate::OpenOrder(order)) => Some(order),
            SubscriptionItem::Data(_) | SubscriptionItem::Notice(_) => None,
        })
        .await;
    assert_eq!(opened.order_id, id);
    assert_eq!(opened.order.client_id, 5);
    events.state(id, "Submitted").await;
    let order = gateway.world.orders(&gateway.account).remove(0);
    assert_eq!(order.ask.limit, Some(1.into()));
    assert_eq!(order.submitter.client_id, Some(5));

    let _replies = client.cancel_order(id, "").await.unwrap();
    let waiting = events.state(id, "PendingCancel").await;
    assert!((waiting.remaining - 10.0).abs() < f64::EPSILON);
    events.state(id, "Cancelled").await;
    let news = events.notice().await;
    assert_eq!((news.code, news.request_id), (202, Some(id)));
    assert!(gateway.open().is_empty());
}

#[tokio::test]
async fn a_client_cancels_another_clients_order_by_its_number_and_hears_of_it() {
    let gateway = Gateway::empty().await;
    gateway.placed(&By::Client(1), 41);
    gateway.settled().await;
    let client = gateway.client(2).await;
    let mut replies = client.cancel_order(41, "").await.unwrap();
    let heard = replies
        .collect_until(PATIENCE, |heard| heard.len() == 2)
        .await;
    let words: Vec<_> = heard
        .iter()
        .map(|reply| {
            let CancelOrder::OrderStatus(status) = reply;
            (status.status.as_str().to_owned(), status.client_id)
        })
        .collect();
    let expected = ["PendingCancel", "Cancelled"].map(|word| (word.to_owned(), 2));
    assert_eq!(words, expected);
}

#[tokio::test]
async fn a_number_that_two_other_clients_gave_names_no_order() {
    let gateway = Gateway::empty().await;
    gateway.placed(&By::Client(1), 41);
    gateway.placed(&By::Client(3), 41);
    let client = gateway.client(2).await;
    assert_eq!(refused_cancel(&client, 41).await, 10_147);
    assert_eq!(gateway.open().len(), 2);
}

#[tokio::test]
async fn a_cancel_that_cannot_be_says_why() {
    let gateway = Gateway::empty().await;
    let order = gateway.placed(&By::Client(2), 41);
    gateway.settled().await;
    let client = gateway.client(2).await;
    assert_eq!(refused_cancel(&client, 999).await, 10_147);
    assert_eq!(refused_cancel(&client, 0).await, 135);
    gateway.world.fill(order, 10.into(), market()).unwrap();
    assert_eq!(refused_cancel(&client, 41).await, 10_148);
}

async fn refused_cancel(client: &ibapi::Client, id: i32) -> i32 {
    use futures_util::StreamExt;
    let mut replies = client.cancel_order(id, "").await.unwrap();
    loop {
        let reply = tokio::time::timeout(PATIENCE, replies.next())
            .await
            .unwrap();
        match reply.unwrap() {
            Err(Error::Notice(notice)) | Ok(SubscriptionItem::Notice(notice)) => {
                return notice.code;
            }
            Ok(SubscriptionItem::Data(_)) => {}
            Err(other) => panic!("{other}"),
        }
    }
}

#[tokio::test]
async fn an_order_that_makes_no_sense_is_refused_with_its_own_code() {
    let gateway = Gateway::empty().await;
    let client = gateway.client(5).await;
    let mut events = Events::of(&client).await;
    let with = |change: fn(&mut ibapi::orders::Order)| {
        let mut order = resting();
        change(&mut order);
        order
    };
    let id = client.next_order_id();
    client.submit_order(id, &apple(), &resting()).await.unwrap();
    events.state(id, "Submitted").await;
    for (id, order, code) in [
        (id, resting(), 103),
        (id + 1, with(|it| it.account = "U1".to_owned()), 321),
        (id + 2, with(|it| it.total_quantity = -1.0), 201),
        (id + 3, with(|it| it.order_type = "REL".to_owned()), 201),
        (id + 4, with(|it| it.limit_price = None), 201),
        (0, resting(), 10_149),
    ] {
        client.submit_order(id, &apple(), &order).await.unwrap();
        let notice = events.notice().await;
        assert_eq!(
            (notice.request_id, notice.code),
            (Some(id), code),
            "{notice}"
        );
    }
    let nameless = ibapi::contracts::Contract::default();
    client
        .submit_order(id + 5, &nameless, &resting())
        .await
        .unwrap();
    assert_eq!(events.notice().await.code, 200);
    assert_eq!(gateway.world.orders(&gateway.account).len(), 1);
}

#[tokio::test]
async fn a_client_lists_its_own_and_client_zero_takes_over_the_windows() {
    let gateway = Gateway::empty().await;
    gateway.placed(&By::Session(gateway.window()), 0);
    gateway.placed(&By::Client(3), 1);
    let three = gateway.client(3).await;
    let own = orders_of(three.open_orders().await).await.unwrap();
    assert_eq!(numbers(&own), [(3, 1)]);

    let bound = Gateway::empty().await;
    bound.placed(&By::Session(bound.window()), 0);
    bound.placed(&By::Client(3), 1);
    let zero = bound.client(0).await;
    let mut events = Events::of(&zero).await;
    let listed = orders_of(zero.auto_open_orders(true).await).await.unwrap();
    assert_eq!(listed.len(), 2);
    let order_bound = |item| match item {
        SubscriptionItem::Data(OrderUpdate::OrderBound(bound)) => Some(bound.order_id),
        SubscriptionItem::Data(_) | SubscriptionItem::Notice(_) => None,
    };
    let first = events.wait(order_bound).await;
    assert!(first > 0);
    bound.placed(&By::Session(bound.window()), 0);
    let second = events.wait(order_bound).await;
    assert!(second > first);
    let _replies = zero.cancel_order(first, "").await.unwrap();
    events.state(first, "Cancelled").await;
}

fn numbers(listed: &[Orders]) -> Vec<(i32, i32)> {
    listed
        .iter()
        .filter_map(|item| match item {
            Orders::OrderData(order) => Some((order.order.client_id, order.order_id)),
            Orders::OrderStatus(_) => None,
        })
        .collect()
}

#[tokio::test]
async fn a_trade_is_told_listed_and_filtered() {
    let gateway = Gateway::empty().await;
    let client = gateway.client(5).await;
    let mut events = Events::of(&client).await;
    let id = client.next_order_id();
    let buy = order_builder::market_order(Action::Buy, 3.0);
    client.submit_order(id, &apple(), &buy).await.unwrap();
    let told = events
        .wait(|item| match item {
            SubscriptionItem::Data(OrderUpdate::ExecutionData(trade)) => Some(trade),
            SubscriptionItem::Data(_) | SubscriptionItem::Notice(_) => None,
        })
        .await;
    assert_eq!(told.execution.order_id, id);
    assert_eq!(told.execution.submitter, "test-tws");
    events.state(id, "Filled").await;

    let listed = |filter| {
        let client = &client;
        async move {
            let rows = trades_of(client.executions(filter).await).await.unwrap();
            let trades = rows
                .iter()
                .filter(|row| matches!(row, Executions::ExecutionData(_)));
            (trades.count(), rows.len())
        }
    };
    assert_eq!(listed(ExecutionFilter::default()).await, (1, 2));
    let none = [
        ExecutionFilter {
            client_id: Some(6),
            ..ExecutionFilter::default()
        },
        ExecutionFilter {
            symbol: "MSFT".to_owned(),
            ..ExecutionFilter::default()
        },
        ExecutionFilter {
            time: "29991231-00:00:00".to_owned(),
            ..ExecutionFilter::default()
        },
    ];
    for filter in none {
        assert_eq!(listed(filter).await, (0, 0));
    }
    let order = &gateway.world.orders(&gateway.account)[0];
    assert_eq!(order.status, OrderStatus::Filled);
}
