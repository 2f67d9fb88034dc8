//! What a client may ask, and what it hears by itself. Requests are done by the world at once and
//! in the order in which they came; what follows of them comes as updates.

use std::collections::BTreeSet;

use super::{
    Gateway,
    frame::Frames,
    id::answer,
    message::{
        AccountSummaryRequest, CompletedOrdersRequest, Empty, ExecutionFilter, ManagedAccounts,
        Number, OrderBound, PlaceOrderRequest, UpdateConfigRequest,
    },
    notice::{NO_ID, Notice},
    request::Request,
    settings,
    summary::summary,
    translate::{NotPlaced, Speech, client_of, new_order, order_status, side_of_trade},
};
use crate::{
    faults::Front,
    world::{
        AccountId, By, CancelTaken, Execution, Holding, Instrument, Order, OrderStatus, PermId,
        Platform, Update, World, WorldError,
    },
};

/// One client of the socket, after it started the API.
pub(super) struct Client {
    gateway: Gateway,
    id: i32,
    version: i32,
    /// Orders of others that this client asked to cancel: it hears what becomes of them.
    cancels: BTreeSet<PermId>,
    binds_window_orders: bool,
    hears_positions: bool,
}

impl Client {
    pub(super) fn new(gateway: Gateway, id: i32, version: i32) -> Self {
        Self {
            gateway,
            id,
            version,
            cancels: BTreeSet::new(),
            binds_window_orders: false,
            hears_positions: false,
        }
    }

    /// Does what is asked, and adds what is answered.
    pub(super) fn answer(&mut self, request: &Request, to: &mut Frames) {
        if request.needs_write() && self.read_only() {
            return self.say(Notice::read_only(), to);
        }
        match request {
            Request::StartApi(_) => self.say(Notice::already_started(), to),
            Request::ManagedAccounts => self.managed_accounts(to),
            Request::Ids => self.next_valid_id(to),
            Request::CurrentTime => self.time(answer::CURRENT_TIME, false, to),
            Request::CurrentTimeMillis => self.time(answer::CURRENT_TIME_MILLIS, true, to),
            Request::PlaceOrder(request) => self.place(request, to),
            Request::CancelOrder(request) => self.cancel(request.order_id.unwrap_or(0), to),
            Request::GlobalCancel => self.cancel_all(to),
            Request::OpenOrders => self.own_open_orders(to),
            Request::AutoOpenOrders(request) => {
                self.auto_open_orders(request.auto_bind.unwrap_or(false), to);
            }
            Request::AllOpenOrders => self.list_open(|_| true, to),
            Request::CompletedOrders(request) => self.completed_orders(request, to),
            Request::Executions(request) => {
                self.executions(request.req_id.unwrap_or(0), request.filter.as_ref(), to);
            }
            Request::Positions => self.positions(to),
            Request::CancelPositions => self.hears_positions = false,
            Request::AccountSummary(request) => self.account_summary(request, to),
            Request::CancelAccountSummary | Request::ServerLogLevel => {}
            Request::Config(request) => self.config(*request, to),
            Request::UpdateConfig(request) => self.update_config(request, to),
            Request::Unserved(why) => self.say(Notice::unreadable(why), to),
        }
    }

    /// Adds what this client hears of something that happened.
    pub(super) fn heed(&mut self, update: &Update, to: &mut Frames) {
        match update {
            Update::Order(order) if order.account == *self.account() => {
                self.heed_order(order, to);
            }
            Update::Execution(execution) if execution.account == *self.account() => {
                self.heed_execution(execution, to);
            }
            Update::Order(_)
            | Update::Execution(_)
            | Update::Session(..)
            | Update::Settings(..) => {}
        }
    }

    /// What the master client hears of the time before it came.
    pub(super) fn replay(&self, to: &mut Frames) {
        if !self.is_master() {
            return;
        }
        for order in self.listed().iter().filter(|order| order.status.open()) {
            self.speech().open_order(order, to);
        }
        for execution in self.world().executions(Front::Tws, self.account()) {
            self.speech().execution(NO_ID, &execution, to);
        }
    }

    pub(super) fn managed_accounts(&self, to: &mut Frames) {
        to.push(
            answer::MANAGED_ACCOUNTS,
            &ManagedAccounts {
                accounts: Some(self.account().0.clone()),
            },
        );
    }

    pub(super) fn next_valid_id(&self, to: &mut Frames) {
        let next = self.world().next_order_id(self.account()).unwrap_or(1);
        let next = Number {
            value: Some(i64::from(next)),
        };
        to.push(answer::NEXT_VALID_ID, &next);
    }

    fn time(&self, id: i32, in_millis: bool, to: &mut Frames) {
        let now = self.world().clock(Front::Tws, self.account());
        let value = if in_millis {
            now.as_millisecond()
        } else {
            now.as_second()
        };
        to.push(id, &Number { value: Some(value) });
    }

    fn place(&self, request: &PlaceOrderRequest, to: &mut Frames) {
        let id = request.order_id.unwrap_or(0);
        if id <= 0 {
            return self.say(Notice::invalid_order_id(id), to);
        }
        if !self.world().tws_linked(self.account()) {
            return self.say(Notice::link_lost(id), to);
        }
        let used = self.world().order_by_client(self.account(), self.id, id);
        if used.is_some() {
            return self.say(Notice::duplicate_order_id(id), to);
        }
        let refused = match new_order(request, self.account(), &self.known_instruments()) {
            Ok(ask) => {
                let by = By::Client(self.id);
                match self.world().place(self.account(), ask, &by, id) {
                    Ok(_) => return,
                    Err(WorldError::ReadOnly) => Notice::read_only(),
                    Err(WorldError::LinkLost) => Notice::link_lost(id),
                    Err(error) => Notice::rejected(id, &error.to_string()),
                }
            }
            Err(NotPlaced::NoDefinition) => Notice::no_definition(id),
            Err(NotPlaced::Invalid(why)) => Notice::invalid(id, why),
            Err(NotPlaced::Rejected(why)) => Notice::rejected(id, why),
        };
        self.say(refused, to);
    }

    fn cancel(&mut self, id: i32, to: &mut Frames) {
        let Some(order) = self.order_to_cancel(id) else {
            let notice = if id > 0 {
                Notice::order_not_found(id)
            } else {
                Notice::unknown_order(id)
            };
            return self.say(notice, to);
        };
        let by = By::Client(self.id);
        let taken = self.world().cancel(self.account(), order.perm_id, &by);
        self.hear_of_cancel(&order, &taken, to);
    }

    /// The order that a client means by a number: its own, or else the only open one of all clients
    /// that has it.
    fn order_to_cancel(&self, id: i32) -> Option<Order> {
        let own = self.world().order_by_client(self.account(), self.id, id);
        if own.is_some() {
            return own;
        }
        let mut others = self
            .listed()
            .into_iter()
            .filter(|order| id > 0 && order.submitter.order_id == id && order.status.open());
        let only = others.next();
        only.filter(|_| others.next().is_none())
    }

    fn hear_of_cancel(
        &mut self,
        order: &Order,
        taken: &Result<CancelTaken, WorldError>,
        to: &mut Frames,
    ) {
        let id = order.submitter.order_id;
        match taken {
            Ok(CancelTaken::Pending | CancelTaken::Done) => {
                if !self.hears_of(order) {
                    self.cancels.insert(order.perm_id);
                }
            }
            // TWS takes it, and nothing follows
            Ok(CancelTaken::Lost) | Err(WorldError::LinkLost) => {}
            Ok(CancelTaken::Lied) => self.speech().order_cancelled(order, self.id, to),
            Err(WorldError::OrderEnded(OrderStatus::Inactive)) => {
                self.say(Notice::not_cancellable(id, OrderStatus::Inactive), to);
            }
            Err(WorldError::OrderEnded(status)) => {
                self.say(Notice::too_late_to_cancel(id, *status), to);
            }
            Err(WorldError::MarketClosed) => self.say(Notice::market_closed(id), to),
            Err(WorldError::ReadOnly) => self.say(Notice::read_only(), to),
            Err(_) => self.say(Notice::order_not_found(id), to),
        }
    }

    /// There is no acknowledgement: clients hear of their orders, and the next listing tells.
    fn cancel_all(&self, to: &mut Frames) {
        let by = By::Client(self.id);
        let taken = match self.world().cancel_all(self.account(), &by) {
            Ok(taken) => taken,
            Err(WorldError::ReadOnly) => return self.say(Notice::read_only(), to),
            Err(WorldError::MarketClosed) => return self.refuse_cancels(to),
            Err(_) => return,
        };
        let lied = taken
            .into_iter()
            .filter(|(_, taken)| *taken == CancelTaken::Lied)
            .filter_map(|(order, _)| self.world().order(order))
            .filter(|order| self.hears_of(order));
        for order in lied {
            self.speech().order_cancelled(&order, self.id, to);
        }
    }

    /// Says of each order whose news this client hears that its cancel is not taken.
    fn refuse_cancels(&self, to: &mut Frames) {
        let listed = self.listed().into_iter();
        for order in listed.filter(|order| order.open() && self.hears_of(order)) {
            self.say(Notice::market_closed(order.submitter.order_id), to);
        }
    }

    /// Client 0 also sees the TWS window's, which get numbers of its own.
    fn own_open_orders(&self, to: &mut Frames) {
        if self.id == 0 {
            self.bind_window_orders(to);
        }
        self.list_open(|order| order.submitter.client_id == Some(self.id), to);
    }

    fn auto_open_orders(&mut self, bind: bool, to: &mut Frames) {
        if self.id != 0 {
            return self.say(Notice::client_zero_only(), to);
        }
        self.binds_window_orders = bind;
        if bind {
            self.bind_window_orders(to);
        }
        let of_window = |order: &Order| {
            order.submitter.platform == Platform::Tws
                && (order.submitter.client_id.is_none() || order.submitter.client_id == Some(0))
        };
        self.list_open(of_window, to);
    }

    fn bind_window_orders(&self, to: &mut Frames) {
        if !self.world().tws_linked(self.account()) {
            return;
        }
        let bound = self.world().bind_window_orders(self.account());
        for order in bound.into_iter().flatten() {
            to.push(
                answer::ORDER_BOUND,
                &OrderBound {
                    perm_id: Some(order.perm_id.0),
                    client_id: Some(client_of(&order)),
                    order_id: Some(order.submitter.order_id),
                },
            );
        }
    }

    fn list_open(&self, wanted: impl Fn(&Order) -> bool, to: &mut Frames) {
        let listed = self.listed();
        for order in listed.iter().filter(|order| order.status.open()) {
            if wanted(order) {
                self.speech().open_order(order, to);
            }
        }
        to.push(answer::OPEN_ORDERS_END, &Empty {});
    }

    fn completed_orders(&self, request: &CompletedOrdersRequest, to: &mut Frames) {
        let api_only = request.api_only.unwrap_or(false);
        for order in self.listed() {
            let wanted = !api_only || order.submitter.client_id.is_some();
            if wanted && !order.status.open() {
                self.speech().completed_order(&order, to);
            }
        }
        to.push(answer::COMPLETED_ORDERS_END, &Empty {});
    }

    fn executions(&self, request: i32, filter: Option<&ExecutionFilter>, to: &mut Frames) {
        for execution in self.world().executions(Front::Tws, self.account()) {
            if filter.is_none_or(|filter| self.passes(filter, &execution)) {
                self.speech().execution(request, &execution, to);
            }
        }
        let request = Number {
            value: Some(i64::from(request)),
        };
        to.push(answer::EXECUTIONS_END, &request);
    }

    fn passes(&self, filter: &ExecutionFilter, execution: &Execution) -> bool {
        let is = |asked: &Option<String>, has: &str| {
            asked
                .as_deref()
                .is_none_or(|asked| asked.is_empty() || asked == has)
        };
        let client = filter.client_id.filter(|client| *client != 0);
        let at = self.world().told(Front::Tws, self.account(), execution.at);
        let side = filter.side.as_ref().map(|side| match side.as_str() {
            "BUY" => "BOT".to_owned(),
            "SELL" => "SLD".to_owned(),
            other => other.to_owned(),
        });
        client.is_none_or(|client| execution.submitter.client_id == Some(client))
            && is(&filter.acct_code, &execution.account.0)
            && is(&filter.symbol, &execution.instrument.symbol)
            && is(&filter.sec_type, &execution.instrument.sec_type)
            && is(&filter.exchange, &execution.instrument.exchange)
            && is(&side, side_of_trade(execution.side))
            && filter
                .time
                .as_deref()
                .filter(|time| !time.is_empty())
                .is_none_or(|time| after(time, at))
    }

    fn positions(&mut self, to: &mut Frames) {
        self.hears_positions = true;
        for holding in self.world().holdings(self.account()) {
            self.speech().position(&holding, to);
        }
        to.push(answer::POSITIONS_END, &Empty {});
    }

    fn account_summary(&self, request: &AccountSummaryRequest, to: &mut Frames) {
        let tags = request.tags.as_deref().unwrap_or_default();
        let values = summary(self.world(), self.account(), request.req_id, tags);
        for value in values.into_iter().flatten() {
            to.push(answer::ACCOUNT_SUMMARY, &value);
        }
        let request = Number {
            value: request.req_id.map(i64::from),
        };
        to.push(answer::ACCOUNT_SUMMARY_END, &request);
    }

    fn config(&self, request: Number, to: &mut Frames) {
        let request = request.value.and_then(|id| i32::try_from(id).ok());
        if self.version < settings::READABLE_SINCE {
            return self.say(Notice::too_old(request.unwrap_or(NO_ID)), to);
        }
        if let Ok(now) = self.world().tws_settings(self.account()) {
            let config = settings::config(&now, self.gateway.port, request);
            to.push(answer::CONFIG, &config);
        }
    }

    fn update_config(&self, request: &UpdateConfigRequest, to: &mut Frames) {
        if self.version < settings::WRITABLE_SINCE {
            return self.say(Notice::too_old(request.req_id.unwrap_or(NO_ID)), to);
        }
        let port = self.gateway.port;
        if let Ok(done) = settings::update(self.world(), self.account(), port, request) {
            to.push(answer::UPDATE_CONFIG, &done);
        }
    }

    fn heed_order(&mut self, order: &Order, to: &mut Frames) {
        if !self.world().tws_linked(self.account()) {
            return;
        }
        let of_window = order.submitter.platform == Platform::Tws;
        if self.binds_window_orders && of_window && order.submitter.client_id.is_none() {
            self.bind_window_orders(to);
            if let Some(bound) = self.world().order(order.perm_id) {
                self.speech().open_order(&bound, to);
            }
            return;
        }
        if self.hears_of(order) {
            self.order_news(order, client_of(order), to);
        } else if self.cancels.contains(&order.perm_id) {
            self.order_news(order, self.id, to);
        }
        if !order.status.open() {
            self.cancels.remove(&order.perm_id);
        }
    }

    fn order_news(&self, order: &Order, client: i32, to: &mut Frames) {
        match order.status {
            OrderStatus::Cancelled => self.speech().order_cancelled(order, client, to),
            OrderStatus::PendingCancel => {
                order_status(order, client, order.status, to);
            }
            OrderStatus::PendingSubmit
            | OrderStatus::PreSubmitted
            | OrderStatus::Submitted
            | OrderStatus::Filled
            | OrderStatus::Inactive => self.speech().open_order(order, to),
        }
    }

    fn heed_execution(&self, execution: &Execution, to: &mut Frames) {
        if !self.world().tws_linked(self.account()) {
            return;
        }
        let own = execution.submitter.client_id == Some(self.id);
        if own || self.is_master() || self.cancels.contains(&execution.perm_id) {
            self.speech().execution(NO_ID, execution, to);
        }
        if self.hears_positions {
            let con_id = execution.instrument.con_id;
            let holdings = self.world().holdings(self.account());
            let held = holdings
                .into_iter()
                .find(|holding| holding.instrument.con_id == con_id)
                .unwrap_or_else(|| Holding {
                    instrument: execution.instrument.clone(),
                    quantity: rust_decimal::Decimal::ZERO,
                    average_cost: rust_decimal::Decimal::ZERO,
                });
            self.speech().position(&held, to);
        }
    }

    fn hears_of(&self, order: &Order) -> bool {
        order.submitter.client_id == Some(self.id) || self.is_master()
    }

    fn is_master(&self) -> bool {
        let settings = self.world().tws_settings(self.account());
        settings.is_ok_and(|settings| settings.master_client_id == Some(self.id))
    }

    fn read_only(&self) -> bool {
        self.world().tws_read_only(self.account()).unwrap_or(true)
    }

    fn listed(&self) -> Vec<Order> {
        self.world().listed(Front::Tws, self.account())
    }

    fn known_instruments(&self) -> Vec<Instrument> {
        let held = self.world().holdings(self.account());
        let ordered = self.world().orders(self.account());
        held.into_iter()
            .map(|holding| holding.instrument)
            .chain(ordered.into_iter().map(|order| order.ask.instrument))
            .collect()
    }

    fn say(&self, notice: Notice, to: &mut Frames) {
        self.speech().say(notice, to);
    }

    fn speech(&self) -> Speech<'_> {
        Speech {
            world: self.world(),
            account: self.account(),
        }
    }

    fn world(&self) -> &World {
        &self.gateway.world
    }

    fn account(&self) -> &AccountId {
        &self.gateway.account
    }
}

/// Whether a trade came after the time of a filter, `20261123-14:00:00` or `20261123 14:00:00 UTC`,
/// both in UTC. A time that cannot be read narrows nothing: a trade too many harms nobody.
fn after(filter: &str, at: jiff::Timestamp) -> bool {
    let text = filter.trim_end_matches("UTC").trim_end().replace('-', " ");
    let from = jiff::civil::DateTime::strptime("%Y%m%d %H:%M:%S", &text)
        .and_then(|from| jiff::tz::TimeZone::UTC.to_timestamp(from));
    from.map_or(true, |from| at >= from)
}
