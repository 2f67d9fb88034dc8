//! A session from its handshake to its end, and the account's values.

use std::io::ErrorKind;

use futures_util::StreamExt;
use ibapi::{
    Error,
    accounts::{AccountSummaryResult, PositionUpdate, types::AccountGroup},
    subscriptions::SubscriptionItem,
};
use rust_decimal::prelude::ToPrimitive;
use simulator::world::{By, Seeding};
use tokio::{net::TcpStream, time::timeout};

use crate::gateway::{Gateway, PATIENCE, open_orders};

#[tokio::test]
async fn a_client_connects_and_is_told_who_and_when() {
    let gateway = Gateway::seeded(&Seeding::default()).await;
    let client = gateway.client(3).await;
    assert_eq!(client.server_version(), 226);
    assert!(client.connection_time().is_some());
    assert_eq!(
        client.managed_accounts().await.unwrap(),
        [gateway.account.0.as_str()]
    );
    let next = gateway.world.next_order_id(&gateway.account).unwrap();
    assert_eq!(client.next_valid_order_id().await.unwrap(), next);
    let seconds = client.server_time().await.unwrap().unix_timestamp();
    let millis = client.server_time_millis().await.unwrap();
    let now = jiff::Timestamp::now().as_second();
    assert!((seconds - now).abs() < 10);
    assert!((millis.unix_timestamp() - now).abs() < 10);
    assert_eq!(gateway.world.clients(&gateway.account), [3]);
}

#[tokio::test]
async fn a_client_id_is_one_clients_until_it_goes() {
    let gateway = Gateway::empty().await;
    let first = gateway.client(3).await;
    let second = gateway.try_client(3).await;
    assert!(matches!(second, Err(Error::ClientIdInUse { client_id: 3 })));
    gateway.client(4).await;
    first.disconnect().await;
    drop(first);
    let coming_back = async {
        while let Err(error) = gateway.try_client(3).await {
            assert!(
                matches!(error, Error::ClientIdInUse { client_id: 3 }),
                "{error}"
            );
        }
    };
    timeout(PATIENCE, coming_back).await.unwrap();
}

#[tokio::test]
async fn holdings_and_values_are_the_worlds() {
    let gateway = Gateway::seeded(&Seeding::default()).await;
    let client = gateway.client(3).await;
    let mut positions = client.positions().await.unwrap();
    let mut held = Vec::new();
    while let Some(item) = timeout(PATIENCE, positions.next()).await.unwrap() {
        match item.unwrap() {
            SubscriptionItem::Data(PositionUpdate::Position(position)) => held.push(position),
            SubscriptionItem::Data(PositionUpdate::PositionEnd) => break,
            SubscriptionItem::Notice(notice) => panic!("{notice}"),
        }
    }
    let holdings = gateway.world.holdings(&gateway.account);
    assert_eq!(held.len(), holdings.len());
    for (told, holding) in held.iter().zip(&holdings) {
        assert_eq!(Some(told.position), holding.quantity.to_f64());
        assert_eq!(told.contract.contract_id, holding.instrument.con_id);
    }

    let group = AccountGroup("All".to_owned());
    let tags = ["NetLiquidation", "TotalCashValue", "NoSuchTag"];
    let mut summary = client.account_summary(&group, &tags).await.unwrap();
    let mut values = Vec::new();
    while let Some(item) = timeout(PATIENCE, summary.next()).await.unwrap() {
        match item.unwrap() {
            SubscriptionItem::Data(AccountSummaryResult::Summary(row)) => {
                values.push((row.tag, row.value, row.currency));
            }
            SubscriptionItem::Data(AccountSummaryResult::End) => break,
            SubscriptionItem::Notice(notice) => panic!("{notice}"),
        }
    }
    let cash = gateway.world.account(&gateway.account).unwrap().cash["USD"];
    assert_eq!(values.len(), 2);
    // bought at the price that still holds: nothing was won or lost
    assert_eq!(
        values[0].1,
        "250000.00"
            .parse::<rust_decimal::Decimal>()
            .unwrap()
            .normalize()
            .to_string()
    );
    assert_eq!(
        values[1],
        (
            "TotalCashValue".to_owned(),
            cash.to_string(),
            "USD".to_owned()
        )
    );
}

#[tokio::test]
async fn a_stopped_tws_closes_its_port_and_its_connections_and_opens_the_same_one_again() {
    let gateway = Gateway::empty().await;
    gateway.placed(&By::Client(1), 1);
    let client = gateway.client(3).await;
    gateway.world.stop_tws(&gateway.account).unwrap();
    let lost = timeout(PATIENCE, client.server_time()).await.unwrap();
    assert!(lost.is_err(), "{lost:?}");
    let refused = async {
        loop {
            match TcpStream::connect(gateway.address).await {
                Err(error) if error.kind() == ErrorKind::ConnectionRefused => return,
                Ok(_) | Err(_) => tokio::task::yield_now().await,
            }
        }
    };
    timeout(PATIENCE, refused).await.unwrap();
    assert!(gateway.world.clients(&gateway.account).is_empty());
    assert_eq!(gateway.open().len(), 1, "orders outlive TWS");

    gateway.world.start_tws(&gateway.account).unwrap();
    let back = async {
        loop {
            if let Ok(client) = gateway.try_client(3).await {
                return client;
            }
        }
    };
    let client = timeout(PATIENCE, back).await.unwrap();
    assert_eq!(open_orders(&client).await.unwrap().0.len(), 1);
}

#[tokio::test]
async fn a_tws_that_restarts_at_once_keeps_no_client() {
    let gateway = Gateway::empty().await;
    let client = gateway.client(3).await;
    gateway.world.stop_tws(&gateway.account).unwrap();
    gateway.world.start_tws(&gateway.account).unwrap();
    let lost = timeout(PATIENCE, client.server_time()).await.unwrap();
    assert!(lost.is_err(), "{lost:?}");
}

#[tokio::test]
async fn thirty_two_clients_are_taken_and_no_more() {
    let gateway = Gateway::empty().await;
    let mut clients = Vec::new();
    for id in 1..=32 {
        clients.push(gateway.client(id).await);
    }
    assert!(gateway.try_client(33).await.is_err());
    assert_eq!(gateway.world.clients(&gateway.account).len(), 32);
}
