//! A world with one account, its TWS on a port of loopback, and the clients that connect to it.

use std::{net::SocketAddr, time::Duration};

use futures_util::StreamExt;
use ibapi::{
    Client, Error, Notice,
    contracts::Contract,
    orders::{
        Action, Executions, Order, OrderData, OrderStatus, OrderUpdate, Orders, order_builder,
    },
    subscriptions::{Subscription, SubscriptionItem},
};
use rust_decimal::Decimal;
use simulator::{
    tws,
    world::{
        AccountId, By, Instrument, NewOrder, OrderType, PermId, Platform, Seeding, SessionId, Side,
        Update, Username, World,
    },
};
use tokio::{net::TcpListener, task::JoinSet, time::timeout};

/// No single wait in these tests is longer.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A served world; everything ends when it is dropped.
pub(crate) struct Gateway {
    pub(crate) world: World,
    pub(crate) account: AccountId,
    pub(crate) address: SocketAddr,
    _tasks: JoinSet<()>,
}

impl Gateway {
    /// With nothing on the account but cash.
    pub(crate) async fn empty() -> Self {
        Self::seeded(&Seeding {
            orders: 0,
            holdings: 0,
            put_aside: false,
            keys: false,
            ..Seeding::default()
        })
        .await
    }

    pub(crate) async fn seeded(seeding: &Seeding) -> Self {
        let world = World::new(7, jiff::Timestamp::now());
        let account = world.seed_account("test", seeding).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut tasks = JoinSet::new();
        let driven = world.clone();
        tasks.spawn(async move { driven.drive().await });
        let served = tws::serve(world.clone(), account.clone(), listener);
        tasks.spawn(async move { served.await.unwrap() });
        Self {
            world,
            account,
            address,
            _tasks: tasks,
        }
    }

    /// A client that does not come back by itself, and whose requests end.
    pub(crate) async fn client(&self, id: i32) -> Client {
        self.try_client(id).await.unwrap()
    }

    pub(crate) async fn try_client(&self, id: i32) -> Result<Client, Error> {
        let connecting = Client::builder()
            .address(self.address.to_string())
            .client_id(id)
            .max_reconnect_attempts(0)
            .one_shot_timeout(PATIENCE)
            .connect();
        timeout(PATIENCE, connecting).await.unwrap()
    }

    /// A session of a person at the TWS window's own keyboard.
    pub(crate) fn window(&self) -> SessionId {
        let sessions = self.world.sessions(&self.account);
        let tws = sessions.iter().find(|it| it.platform == Platform::Tws);
        tws.unwrap().id
    }

    /// An order of the phone, which holds a seat of its own username.
    pub(crate) fn placed_by_phone(&self) -> PermId {
        let user = Username("test-phone".to_owned());
        let session = self
            .world
            .open_session(&user, Platform::Mobile, "a phone")
            .unwrap();
        self.world.take_seat(session, true).unwrap();
        self.placed(&By::Session(session), 0)
    }

    /// An order that rests, placed without any client being connected.
    pub(crate) fn placed(&self, by: &By, order_id: i32) -> PermId {
        let ask = NewOrder {
            instrument: Instrument::share(265_598, "AAPL"),
            side: Side::Buy,
            quantity: Decimal::TEN,
            order_type: OrderType::Limit,
            limit: Some(Decimal::ONE),
            stop: None,
            tif: "GTC".to_owned(),
            order_ref: String::new(),
        };
        self.world.place(&self.account, ask, by, order_id).unwrap()
    }

    /// The lasting numbers of the orders that can fill.
    pub(crate) fn open(&self) -> Vec<PermId> {
        let orders = self.world.orders(&self.account);
        let open = orders.iter().filter(|order| order.open());
        open.map(|order| order.perm_id).collect()
    }

    /// Waits until the world is as wanted; looks again whenever something happened.
    pub(crate) async fn until(&self, wanted: impl Fn(&World) -> bool) {
        let mut updates = self.world.updates();
        let waiting = async {
            while !wanted(&self.world) {
                let _: Update = updates.recv().await.unwrap();
            }
        };
        timeout(PATIENCE, waiting).await.unwrap();
    }

    /// Waits until everything placed is with the broker, so that states stand still.
    pub(crate) async fn settled(&self) {
        use simulator::world::OrderStatus::PendingSubmit;
        let account = self.account.clone();
        self.until(|world| {
            let orders = world.orders(&account);
            orders.iter().all(|order| order.status != PendingSubmit)
        })
        .await;
    }
}

/// The price at which a share of Apple trades in every world.
pub(crate) fn market() -> Decimal {
    World::reference_price(&Instrument::share(265_598, "AAPL"))
}

pub(crate) fn apple() -> Contract {
    Contract::stock("AAPL").build()
}

/// A buy order far from the market.
pub(crate) fn resting() -> Order {
    order_builder::limit_order(Action::Buy, 10.0, 1.0)
}

/// A listing of orders to its end.
pub(crate) async fn orders_of(
    listing: Result<Subscription<Orders>, Error>,
) -> Result<Vec<Orders>, Error> {
    listing?.collect_to_end_within(PATIENCE).await
}

/// A listing of trades to its end.
pub(crate) async fn trades_of(
    listing: Result<Subscription<Executions>, Error>,
) -> Result<Vec<Executions>, Error> {
    listing?.collect_to_end_within(PATIENCE).await
}

/// The open orders of all clients, in the order listed, and their states.
pub(crate) async fn open_orders(
    client: &Client,
) -> Result<(Vec<OrderData>, Vec<OrderStatus>), Error> {
    let mut orders = Vec::new();
    let mut states = Vec::new();
    for item in orders_of(client.all_open_orders().await).await? {
        match item {
            Orders::OrderData(order) => orders.push(order),
            Orders::OrderStatus(status) => states.push(status),
        }
    }
    Ok((orders, states))
}

/// What happens to orders, as one client hears it.
pub(crate) struct Events(Subscription<OrderUpdate>);

impl Events {
    pub(crate) async fn of(client: &Client) -> Self {
        Self(client.order_update_stream().await.unwrap())
    }

    /// The next event that `pick` picks.
    pub(crate) async fn wait<T>(
        &mut self,
        mut pick: impl FnMut(SubscriptionItem<OrderUpdate>) -> Option<T>,
    ) -> T {
        let waiting = async {
            loop {
                let item = self.0.next().await.unwrap().unwrap();
                if let Some(picked) = pick(item) {
                    return picked;
                }
            }
        };
        timeout(PATIENCE, waiting).await.unwrap()
    }

    /// Waits for an order's state.
    pub(crate) async fn state(&mut self, order_id: i32, word: &str) -> OrderStatus {
        self.wait(|item| match item {
            SubscriptionItem::Data(OrderUpdate::OrderStatus(status))
                if status.order_id == order_id && status.status.as_str() == word =>
            {
                Some(status)
            }
            SubscriptionItem::Data(_) | SubscriptionItem::Notice(_) => None,
        })
        .await
    }

    /// Waits for the next notice.
    pub(crate) async fn notice(&mut self) -> Notice {
        self.wait(|item| match item {
            SubscriptionItem::Notice(notice) => Some(notice),
            SubscriptionItem::Data(_) => None,
        })
        .await
    }
}

/// Waits for a notice of this code on the connection's own stream.
pub(crate) async fn hears(notices: &mut ibapi::subscriptions::NoticeStream, code: i32) -> Notice {
    let waiting = async {
        loop {
            let notice = notices.next().await.unwrap();
            if notice.code == code {
                return notice;
            }
        }
    };
    timeout(PATIENCE, waiting).await.unwrap()
}
