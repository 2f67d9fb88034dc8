//! Balances, and what comes in and goes out.

use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::{super::market, Fields, Spot, Told, rows::amount};
use crate::world::{AccountView, Withdrawal, WithdrawalState};

/// How many rows a page holds that does not say.
const PAGE: usize = 25;

impl Spot {
    fn view(&self) -> Result<AccountView, &'static str> {
        let view = self.site.world.account(&self.site.account);
        view.map_err(|_| "EGeneral:Internal error")
    }

    pub(super) fn balance(&self) -> Told {
        let rows: Map<String, Value> = self
            .view()?
            .cash
            .iter()
            .filter(|(_, held)| **held != Decimal::ZERO)
            .map(|(asset, held)| (market::asset(asset).to_owned(), json!(amount(*held))))
            .collect();
        Ok(Value::Object(rows))
    }

    pub(super) fn withdraw_status(&self, fields: &Fields) -> Told {
        let mut rows = self.view()?.withdrawals;
        rows.reverse();
        let rows = rows.iter().map(|each| self.withdrawal_row(each)).collect();
        Ok(paged("withdrawals", rows, fields))
    }

    fn withdrawal_row(&self, each: &Withdrawal) -> Value {
        let status = match each.state {
            WithdrawalState::Pending => "Initial",
            WithdrawalState::Cancelled => "Failure",
            WithdrawalState::Sent => "Success",
        };
        let mut row = json!({
            "method": "USD Coin", "network": "Ethereum", "aclass": "currency",
            "asset": market::asset(&each.currency), "refid": each.id, "txid": null,
            "info": self.name(&each.target), "amount": amount(each.amount), "fee": "1.00000000",
            "time": self.at(each.asked).as_second(), "status": status,
            "key": self.name("somewhere")
        });
        if each.state == WithdrawalState::Cancelled {
            row["status-prop"] = json!("canceled");
        }
        row
    }

    pub(super) fn withdraw_cancel(&self, fields: &Fields) -> Told {
        let (Some(asset), Some(id)) = (fields.get("asset"), fields.get("refid")) else {
            return Err("EGeneral:Invalid arguments");
        };
        let rows = self.view()?.withdrawals;
        let known = rows
            .iter()
            .any(|each| each.id == id && market::asset(&each.currency) == market::asset(asset));
        if !known {
            return Err("EFunding:Unknown reference id");
        }
        let done = self.site.world.cancel_withdrawal(&self.site.account, id);
        // what has left, or was cancelled before, is not cancelled
        Ok(json!(done.is_ok()))
    }

    pub(super) fn withdraw_addresses(&self) -> Told {
        let rows: Vec<Value> = self
            .view()?
            .exchange
            .addresses
            .iter()
            .map(|each| {
                json!({
                    "address": each.address, "asset": market::asset(&each.asset),
                    "method": "Bitcoin", "key": self.name(&each.label), "verified": true
                })
            })
            .collect();
        Ok(json!(rows))
    }

    pub(super) fn deposit_status(&self, fields: &Fields) -> Told {
        let mut deposits = self.view()?.exchange.deposits;
        deposits.reverse();
        let rows = deposits
            .iter()
            .map(|each| {
                json!({
                    "method": "USD Coin", "aclass": "currency",
                    "asset": market::asset(&each.asset), "refid": each.id, "txid": "0x6544",
                    "info": "0x1111", "amount": amount(each.amount), "fee": "0.00000000",
                    "time": self.at(each.at).as_second(), "status": "Success"
                })
            })
            .collect();
        Ok(paged("deposits", rows, fields))
    }
}

/// A bare list, or a page with the cursor of the next where a cursor was asked for.
fn paged(name: &str, rows: Vec<Value>, fields: &Fields) -> Value {
    let cursor = match fields.get("cursor") {
        None | Some("false") => return Value::Array(rows),
        Some("true") => 0,
        Some(cursor) => cursor.trim_start_matches("at").parse().unwrap_or(0),
    };
    let limit = fields.number("limit").unwrap_or(PAGE).max(1);
    let next = (rows.len() > cursor + limit).then(|| format!("at{}", cursor + limit));
    let rows: Vec<Value> = rows.into_iter().skip(cursor).take(limit).collect();
    json!({ name: rows, "next_cursor": next })
}
