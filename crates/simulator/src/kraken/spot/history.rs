//! What has been: ended orders, trades, the ledger. Newest first, fifty rows a page.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{
    super::{ids, market},
    Fields, Spot, Told,
    rows::{amount, seconds, side, txid},
};
use crate::world::{Execution, WithdrawalState};

/// How many rows a page holds.
const PAGE: usize = 50;

/// A row, its name and its time.
type Row = (Timestamp, String, Value);

impl Spot {
    pub(super) fn closed_orders(&self, fields: &Fields) -> Value {
        let listed = self.listed();
        let rows = listed
            .iter()
            .filter(|order| !order.open() && !order.deactivated)
            .map(|order| (self.at(order.changed), txid(order), self.order_row(order)));
        page("closed", rows.collect(), fields)
    }

    pub(super) fn trades_history(&self, fields: &Fields) -> Value {
        let rows = self.executions().into_iter().map(|trade| {
            let row = json!({
                "ordertxid": ids::txid(trade.perm_id), "postxid": "TKH2SE-M7IF5-CFI7LT",
                "pair": market::long(&trade.instrument.symbol),
                "time": seconds(self.at(trade.at)), "type": side(trade.side),
                "ordertype": "limit", "price": amount(trade.price),
                "cost": amount(trade.price * trade.quantity), "fee": "0.00000000",
                "vol": amount(trade.quantity), "margin": "0.00000000", "leverage": "0",
                "misc": "", "maker": true
            });
            (self.at(trade.at), ids::trade(&trade.id), row)
        });
        page("trades", rows.collect(), fields)
    }

    pub(super) fn ledgers(&self, fields: &Fields) -> Told {
        let view = self.site.world.account(&self.site.account);
        let view = view.map_err(|_| "EGeneral:Internal error")?;
        // what a withdrawal costs, its own answer tells too
        let entry = |at: Timestamp, id: String, kind: &str, asset: &str, sum: String| {
            let fee = if kind == "withdrawal" {
                "1.00000000"
            } else {
                "0.0000"
            };
            let row = json!({
                "refid": id, "time": seconds(at), "type": kind, "subtype": "",
                "aclass": "currency", "asset": market::asset(asset), "amount": sum,
                "fee": fee, "balance": "0.0000"
            });
            (at, format!("L{}", &ids::trade(&id)[1..]), row)
        };
        let mut rows: Vec<Row> = Vec::new();
        for trade in self.executions() {
            let sum = amount(trade.price * trade.quantity);
            rows.push(entry(self.at(trade.at), trade.id, "trade", "USD", sum));
        }
        for each in view.exchange.deposits {
            let (at, sum) = (self.at(each.at), amount(each.amount));
            rows.push(entry(at, each.id, "deposit", &each.asset, sum));
        }
        for each in view.withdrawals {
            if each.state == WithdrawalState::Sent {
                let (at, sum) = (self.at(each.asked), amount(-each.amount));
                rows.push(entry(at, each.id, "withdrawal", &each.currency, sum));
            }
        }
        Ok(page("ledger", rows, fields))
    }

    fn executions(&self) -> Vec<Execution> {
        let (front, account) = (self.site.front, &self.site.account);
        self.site.world.executions(front, account)
    }
}

/// The rows between `start` (exclusive) and `end`, from `ofs` on, under `name`.
fn page(name: &str, mut rows: Vec<Row>, fields: &Fields) -> Value {
    let bound = |name: &str| {
        let seconds: f64 = fields.number(name)?;
        Timestamp::from_duration(jiff::SignedDuration::try_from_secs_f64(seconds).ok()?).ok()
    };
    let (start, end) = (bound("start"), bound("end"));
    rows.retain(|(at, _, _)| {
        start.is_none_or(|start| *at > start) && end.is_none_or(|end| *at <= end)
    });
    rows.sort_by_key(|(at, _, _)| std::cmp::Reverse(*at));
    let count = rows.len();
    let offset = fields.number("ofs").unwrap_or(0);
    let rows: Map<String, Value> = rows
        .into_iter()
        .skip(offset)
        .take(PAGE)
        .map(|(_, id, row)| (id, row))
        .collect();
    json!({ name: rows, "count": count })
}
