//! Orders: placing, listing, cancelling, and the dead-man's switch.

use std::time::Duration;

use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::{
    super::{ids, market},
    Fields, Signed, Spot, Told,
    rows::{amount, seconds, side, txid},
};
use crate::world::{CancelTaken, NewOrder, Order, OrderType, PermId, Side, WorldError};

/// The longest that the dead-man's switch may wait.
const SWITCH_AT_MOST: u64 = 86_400;

impl Spot {
    pub(super) fn listed(&self) -> Vec<Order> {
        let (front, account) = (self.site.front, &self.site.account);
        self.site.world.listed(front, account)
    }

    pub(super) fn open_orders(&self) -> Value {
        let open: Map<String, Value> = self
            .listed()
            .iter()
            .filter(|order| order.open())
            .map(|order| (txid(order), self.order_row(order)))
            .collect();
        json!({ "open": open })
    }

    pub(super) fn query_orders(&self, fields: &Fields) -> Told {
        let asked = fields.get("txid").ok_or("EGeneral:Invalid arguments")?;
        let listed = self.listed();
        let mut rows = Map::new();
        for id in asked.split(',').take(50) {
            let order = ids::of_txid(id)
                .and_then(|id| listed.iter().find(|order| order.perm_id == id))
                .ok_or("EOrder:Unknown order")?;
            rows.insert(id.to_owned(), self.order_row(order));
        }
        Ok(Value::Object(rows))
    }

    pub(super) fn open_positions(&self) -> Value {
        let holdings = self.site.world.holdings(&self.site.account);
        let rows: Map<String, Value> = holdings
            .iter()
            .filter(|held| held.instrument.sec_type == "MARGIN" && !held.quantity.is_zero())
            .map(|held| {
                let way = if held.quantity.is_sign_positive() {
                    Side::Buy
                } else {
                    Side::Sell
                };
                let id = format!("T{:05}-AAAAA-AAAAAA", held.instrument.con_id % 100_000);
                let row = json!({
                    "ordertxid": "OAAAAA-AAAAA-AAAAAA", "posstatus": "open",
                    "pair": market::long(&held.instrument.symbol),
                    "time": seconds(self.at(Duration::ZERO)), "type": side(way),
                    "ordertype": "limit",
                    "cost": amount(held.average_cost * held.quantity.abs()),
                    "fee": amount(Decimal::ZERO), "vol": amount(held.quantity.abs()),
                    "vol_closed": amount(Decimal::ZERO), "margin": amount(Decimal::ZERO),
                    "terms": "0.0100% per 4 hours", "rollovertm": "0", "misc": "", "oflags": ""
                });
                (id, row)
            })
            .collect();
        Value::Object(rows)
    }

    pub(super) fn add_order(&self, signed: &Signed) -> Told {
        let fields = &signed.fields;
        let ask = ask(fields)?;
        let text = format!(
            "{} {} {} @ {}",
            side(ask.side),
            amount(ask.quantity),
            ask.instrument.symbol,
            market::spot_word(ask.order_type)
        );
        if fields
            .get("validate")
            .is_some_and(|it| it.eq_ignore_ascii_case("true"))
        {
            return Ok(json!({ "descr": { "order": text } }));
        }
        let (world, account) = (&self.site.world, &self.site.account);
        let placed = world
            .place(account, ask, &signed.by(), 0)
            .map_err(|error| refused(&error))?;
        Ok(json!({ "descr": { "order": text }, "txid": [ids::txid(placed)] }))
    }

    pub(super) fn cancel_order(&self, signed: &Signed) -> Told {
        let asked = signed
            .fields
            .get("txid")
            .ok_or("EGeneral:Invalid arguments")?;
        let order = ids::of_txid(asked).ok_or("EOrder:Unknown order")?;
        let listed = self.listed();
        if !listed.iter().any(|known| known.perm_id == order) {
            return Err("EOrder:Unknown order");
        }
        let taken = self
            .ask_cancel(order, signed)
            .map_err(|error| refused(&error))?;
        Ok(taken_as(1, &[taken]))
    }

    pub(super) fn cancel_all(&self, signed: &Signed) -> Told {
        let open: Vec<Order> = self.listed().into_iter().filter(Order::open).collect();
        let mut taken = Vec::new();
        for order in &open {
            match self.ask_cancel(order.perm_id, signed) {
                Ok(how) => taken.push(how),
                // it ended between the listing and this
                Err(WorldError::OrderEnded(_)) => {}
                Err(error) => return Err(refused(&error)),
            }
        }
        Ok(taken_as(taken.len(), &taken))
    }

    fn ask_cancel(&self, order: PermId, signed: &Signed) -> Result<CancelTaken, WorldError> {
        let (world, account) = (&self.site.world, &self.site.account);
        world.cancel(account, order, &signed.by())
    }

    pub(super) fn cancel_after(&self, fields: &Fields) -> Told {
        let timeout: u64 = fields
            .number("timeout")
            .filter(|timeout| *timeout < SWITCH_AT_MOST)
            .ok_or("EGeneral:Invalid arguments")?;
        let after = (timeout > 0).then(|| Duration::from_secs(timeout));
        let (world, account) = (&self.site.world, &self.site.account);
        world
            .dead_man(account, self.site.front, after)
            .map_err(|error| refused(&error))?;
        let now = self.at(world.now());
        let stamp = |at: jiff::Timestamp| at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        let fires = after.and_then(|after| now.checked_add(after).ok());
        Ok(json!({
            "currentTime": stamp(now),
            "triggerTime": fires.map_or_else(|| "0".to_owned(), stamp),
        }))
    }
}

fn taken_as(count: usize, taken: &[CancelTaken]) -> Value {
    let pending = taken.contains(&CancelTaken::Pending);
    let mut row = json!({ "count": count });
    if pending {
        row["pending"] = json!(true);
    }
    row
}

fn ask(fields: &Fields) -> Result<NewOrder, &'static str> {
    const BAD: &str = "EGeneral:Invalid arguments";
    let leverage = fields.get("leverage").filter(|it| *it != "none");
    let instrument = market::pair(fields.get("pair").ok_or(BAD)?, leverage.is_some())
        .ok_or("EQuery:Unknown asset pair")?;
    let side = match fields.get("type") {
        Some("buy") => Side::Buy,
        Some("sell") => Side::Sell,
        Some(_) | None => return Err("EGeneral:Invalid arguments:type"),
    };
    let order_type = fields
        .get("ordertype")
        .and_then(market::of_spot_word)
        .ok_or("EGeneral:Invalid arguments:ordertype")?;
    let price: Option<Decimal> = fields.number("price");
    let price2: Option<Decimal> = fields.number("price2");
    let (limit, stop) = match order_type {
        OrderType::Market => (None, None),
        OrderType::Limit => (Some(price.ok_or("EOrder:Invalid price")?), None),
        OrderType::Stop | OrderType::Trail => (None, Some(price.ok_or("EOrder:Invalid price")?)),
        OrderType::StopLimit => (price2, Some(price.ok_or("EOrder:Invalid price")?)),
    };
    Ok(NewOrder {
        instrument,
        side,
        quantity: fields
            .number("volume")
            .ok_or("EGeneral:Invalid arguments:volume")?,
        order_type,
        limit,
        stop,
        tif: "GTC".to_owned(),
        order_ref: fields
            .get("cl_ord_id")
            .or_else(|| fields.get("userref"))
            .unwrap_or_default()
            .to_owned(),
    })
}

fn refused(error: &WorldError) -> &'static str {
    match error {
        WorldError::NoOrder | WorldError::OrderEnded(_) | WorldError::Nothing(_) => {
            "EOrder:Unknown order"
        }
        WorldError::KeyRevoked => "EGeneral:Permission denied",
        WorldError::Locked | WorldError::Blocked => "EAuth:Account temporary disabled",
        // as documented for an engine that takes nothing
        WorldError::MarketClosed => "EService:Unavailable",
        WorldError::BadOrder(_) => "EGeneral:Invalid arguments",
        WorldError::NoAccount(_)
        | WorldError::NoUser(_)
        | WorldError::SessionEnded
        | WorldError::LoginRefused
        | WorldError::Competing
        | WorldError::NoSeat
        | WorldError::ReadOnly
        | WorldError::LinkLost
        | WorldError::ClientIdInUse(_)
        | WorldError::TwsStopped
        | WorldError::SecondFactor
        | WorldError::NotAllowed(_) => "EGeneral:Internal error",
    }
}
