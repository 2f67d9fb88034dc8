//! Each fault of this wire, as the real client meets it.

use std::time::Duration;

use ibapi::{
    Client, Error,
    orders::OrderUpdate,
    subscriptions::{NoticeStream, SubscriptionItem},
};
use simulator::{faults::Fault, world::By};
use tokio::time::timeout;

use crate::gateway::{Events, Gateway, PATIENCE, apple, hears, open_orders, resting};

/// Long enough for an answer that comes, short enough for one that does not.
const A_WHILE: Duration = Duration::from_millis(300);

fn fault(spec: &str) -> Fault {
    spec.parse().unwrap()
}

async fn with_notices(gateway: &Gateway) -> (Client, NoticeStream) {
    Client::builder()
        .address(gateway.address.to_string())
        .client_id(70)
        .max_reconnect_attempts(0)
        .connect_with_notice_stream()
        .await
        .unwrap()
}

#[tokio::test]
async fn a_lost_link_is_told_takes_a_cancel_and_does_nothing() {
    let gateway = Gateway::empty().await;
    gateway.placed(&By::Client(70), 1);
    gateway.settled().await;
    let (client, mut notices) = with_notices(&gateway).await;
    let handle = gateway.world.inject(fault("link-lost"));
    hears(&mut notices, 1100).await;
    gateway.placed_by_phone();
    let _replies = client.cancel_order(1, "").await.unwrap();
    client.global_cancel().await.unwrap();
    let (stale, _) = open_orders(&client).await.unwrap();
    assert_eq!(stale.len(), 1, "what came after the loss is not seen");
    assert_eq!(gateway.open().len(), 2);
    gateway.world.faults().switch_off(handle);
    hears(&mut notices, 1102).await;
    assert_eq!(open_orders(&client).await.unwrap().0.len(), 2);
}

#[tokio::test]
async fn a_client_that_comes_while_the_link_is_lost_is_told_so() {
    let gateway = Gateway::empty().await;
    gateway.world.inject(fault("link-lost"));
    let (_client, mut notices) = with_notices(&gateway).await;
    hears(&mut notices, 2103).await;
    hears(&mut notices, 1100).await;
}

#[tokio::test]
async fn a_link_that_will_be_lost_is_told_when_it_is() {
    let gateway = Gateway::empty().await;
    let (_client, mut notices) = with_notices(&gateway).await;
    gateway.world.inject(fault("link-lost@100ms"));
    hears(&mut notices, 1100).await;
}

#[tokio::test]
async fn a_seat_that_somebody_else_takes_loses_the_link() {
    use simulator::world::{Platform, Username};
    let gateway = Gateway::empty().await;
    let (_client, mut notices) = with_notices(&gateway).await;
    let user = Username("test-tws".to_owned());
    let web = gateway
        .world
        .open_session(&user, Platform::Web, "a browser")
        .unwrap();
    gateway.world.take_seat(web, true).unwrap();
    hears(&mut notices, 1100).await;
    gateway.world.end_session(web, "logout");
    gateway.world.take_seat(gateway.window(), true).unwrap();
    hears(&mut notices, 1102).await;
}

#[tokio::test]
async fn read_only_refuses_with_321_whatever_the_setting_says() {
    let gateway = Gateway::empty().await;
    gateway.placed(&By::Client(1), 1);
    let (client, mut notices) = with_notices(&gateway).await;
    gateway.world.inject(fault("read-only"));
    client.global_cancel().await.unwrap();
    hears(&mut notices, 321).await;
    let api = client.config().await.unwrap().api.unwrap();
    assert_eq!(api.settings.unwrap().read_only_api, Some(true));
    assert_eq!(gateway.open().len(), 1);
}

#[tokio::test]
async fn a_busy_client_id_is_refused_and_a_higher_one_is_not() {
    let gateway = Gateway::empty().await;
    gateway.world.inject(fault("busy-client-id:first=50"));
    let refused = gateway.try_client(49).await;
    assert!(matches!(
        refused,
        Err(Error::ClientIdInUse { client_id: 49 })
    ));
    gateway.client(50).await;
}

#[tokio::test]
async fn a_mute_handshake_and_a_half_open_port_take_the_connection_and_say_nothing() {
    for spec in ["mute-handshake", "half-open"] {
        let gateway = Gateway::empty().await;
        gateway.world.inject(fault(spec));
        let address = gateway.address.to_string();
        tokio::net::TcpStream::connect(gateway.address)
            .await
            .unwrap();
        let mute = timeout(A_WHILE, Client::connect(&address, 1)).await;
        assert!(mute.is_err(), "{spec}");
        gateway.world.faults().clear();
        gateway.client(1).await;
    }
}

#[tokio::test]
async fn a_hung_tws_stays_connected_and_does_nothing_it_is_asked() {
    for spec in ["hang", "half-open"] {
        let gateway = Gateway::empty().await;
        gateway.placed(&By::Client(1), 1);
        gateway.settled().await;
        let client = gateway.client(2).await;
        gateway.world.inject(fault(spec));
        client.global_cancel().await.unwrap();
        assert!(
            timeout(A_WHILE, client.server_time()).await.is_err(),
            "{spec}"
        );
        assert!(client.is_connected());
        assert_eq!(gateway.open().len(), 1);
    }
}

#[tokio::test]
async fn a_slow_drip_comes_in_the_end() {
    let gateway = Gateway::empty().await;
    gateway.world.inject(fault("slow-drip:every=2ms"));
    let began = tokio::time::Instant::now();
    let client = gateway.client(2).await;
    client.server_time().await.unwrap();
    // the handshake alone has more than thirty bytes
    assert!(began.elapsed() > Duration::from_millis(60));
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_no_listing() {
    let gateway = Gateway::empty().await;
    for id in 1..=4 {
        gateway.placed(&By::Client(1), id);
    }
    let client = gateway.client(2).await;
    gateway.world.inject(fault("truncated-frame"));
    let listing = open_orders(&client).await;
    assert!(listing.is_err(), "{listing:?}");
}

#[tokio::test]
async fn an_oversized_answer_is_no_answer() {
    let gateway = Gateway::empty().await;
    let client = gateway.client(2).await;
    gateway.world.inject(fault("oversized-frame"));
    let listing = timeout(PATIENCE, open_orders(&client)).await.unwrap();
    assert!(listing.is_err(), "{listing:?}");
}

#[tokio::test]
async fn hostile_names_arrive_as_they_were_sent() {
    let gateway = Gateway::empty().await;
    gateway.placed(&By::Client(1), 1);
    let client = gateway.client(2).await;
    gateway.world.inject(fault("hostile-names"));
    let (listed, _) = open_orders(&client).await.unwrap();
    let symbol = listed[0].contract.symbol.as_str();
    assert!(
        symbol.starts_with("AAPL<img") && symbol.contains('\u{1b}'),
        "{symbol}"
    );
}

#[tokio::test]
async fn a_skewed_clock_is_skewed_by_what_was_asked() {
    let gateway = Gateway::empty().await;
    gateway.world.inject(fault("clock-skew:by=600s"));
    let client = gateway.client(2).await;
    let told = client.server_time().await.unwrap().unix_timestamp();
    let ahead = told - jiff::Timestamp::now().as_second();
    assert!((590..=610).contains(&ahead), "{ahead}");
}

#[tokio::test]
async fn a_lying_cancel_says_done_and_the_order_works_on() {
    let gateway = Gateway::empty().await;
    let client = gateway.client(2).await;
    let mut events = Events::of(&client).await;
    let id = client.next_order_id();
    client.submit_order(id, &apple(), &resting()).await.unwrap();
    events.state(id, "Submitted").await;
    gateway.world.inject(fault("lying-ack"));
    let _replies = client.cancel_order(id, "").await.unwrap();
    events.state(id, "Cancelled").await;
    assert_eq!(events.notice().await.code, 202);
    client.global_cancel().await.unwrap();
    events.state(id, "Cancelled").await;
    let (listed, _) = open_orders(&client).await.unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!(gateway.open().len(), 1);
}

#[tokio::test]
async fn a_cancel_that_stays_pending_is_listed_as_pending() {
    let gateway = Gateway::empty().await;
    gateway.placed(&By::Client(1), 1);
    gateway.settled().await;
    let client = gateway.client(2).await;
    gateway.world.inject(fault("pending-cancel-forever"));
    client.global_cancel().await.unwrap();
    let (listed, states) = open_orders(&client).await.unwrap();
    assert_eq!(listed[0].order_state.status.as_str(), "PendingCancel");
    assert_eq!(states[0].status.as_str(), "PendingCancel");
    assert_eq!(gateway.open().len(), 1);
}

#[tokio::test]
async fn a_fill_during_the_cancel_is_told_as_a_fill() {
    let gateway = Gateway::empty().await;
    let client = gateway.client(2).await;
    let mut events = Events::of(&client).await;
    let id = client.next_order_id();
    client.submit_order(id, &apple(), &resting()).await.unwrap();
    events.state(id, "Submitted").await;
    gateway.world.inject(fault("fill-during-cancel"));
    let _replies = client.cancel_order(id, "").await.unwrap();
    events.state(id, "PendingCancel").await;
    events
        .wait(|item| match item {
            SubscriptionItem::Data(OrderUpdate::ExecutionData(trade)) => Some(trade),
            SubscriptionItem::Data(_) => None,
            SubscriptionItem::Notice(notice) => panic!("{notice}"),
        })
        .await;
    events.state(id, "Filled").await;
    assert!(open_orders(&client).await.unwrap().0.is_empty());
}

#[tokio::test]
async fn orders_that_come_back_are_told_to_their_client() {
    let gateway = Gateway::empty().await;
    let client = gateway.client(2).await;
    let mut events = Events::of(&client).await;
    let id = client.next_order_id();
    client.submit_order(id, &apple(), &resting()).await.unwrap();
    events.state(id, "Submitted").await;
    gateway.world.inject(fault("reappear:after=50ms"));
    client.global_cancel().await.unwrap();
    events.state(id, "Cancelled").await;
    events.state(id, "Submitted").await;
    assert_eq!(gateway.open().len(), 1);
}

#[tokio::test]
async fn a_closed_market_refuses_each_cancel_with_201_and_keeps_the_orders() {
    let gateway = Gateway::empty().await;
    let client = gateway.client(2).await;
    let mut events = Events::of(&client).await;
    let id = client.next_order_id();
    client.submit_order(id, &apple(), &resting()).await.unwrap();
    events.state(id, "Submitted").await;
    let closed = gateway.world.inject(fault("market-closed"));
    let _replies = client.cancel_order(id, "").await.unwrap();
    assert_eq!(events.notice().await.code, 201);
    client.global_cancel().await.unwrap();
    assert_eq!(events.notice().await.code, 201);
    let (listed, _) = open_orders(&client).await.unwrap();
    assert_eq!(listed[0].order_state.status.as_str(), "Submitted");
    gateway.world.faults().switch_off(closed);
    client.global_cancel().await.unwrap();
    events.state(id, "Cancelled").await;
}

#[tokio::test]
async fn while_the_network_is_down_connections_end_and_none_is_made() {
    for spec in ["unreachable", "tws/unreachable@50ms"] {
        let gateway = Gateway::empty().await;
        gateway.placed(&By::Client(1), 1);
        let (client, mut notices) = with_notices(&gateway).await;
        gateway.world.inject(fault(spec));
        let ends = async { while notices.next().await.is_some() {} };
        timeout(PATIENCE, ends).await.unwrap();
        assert!(client.global_cancel().await.is_err() || !client.is_connected());
        assert!(gateway.try_client(3).await.is_err(), "{spec}");
        // the port itself is there: nobody may take TWS for stopped
        tokio::net::TcpStream::connect(gateway.address)
            .await
            .unwrap();
        gateway.world.faults().clear();
        gateway.client(3).await;
        assert_eq!(gateway.open().len(), 1);
    }
}
