//! Withdrawals, deposits, saved addresses and the transaction log
//! (docs.deribit.com/api-reference/wallet).

use serde_json::{Value, json};

use super::{
    Api,
    access::Caller,
    orders::currency,
    rows::order_id,
    rpc::{Call, Refusal, amount},
};
use crate::world::{Side, Withdrawal, WithdrawalState};

/// The most rows that one page holds.
const ROWS: usize = 1000;
/// The most entries that one page of the transaction log holds.
const LOG: usize = 250;

impl Api {
    pub(super) fn withdrawals(&self, caller: &Caller, call: &Call) -> Result<Value, Refusal> {
        let rows = self.withdrawals_of(caller, &currency(call)?)?;
        let mut rows: Vec<Value> = rows.iter().map(|each| self.withdrawal_row(each)).collect();
        rows.reverse();
        paged(call, &rows)
    }

    pub(super) fn cancel_withdrawal(&self, caller: &Caller, call: &Call) -> Result<Value, Refusal> {
        let id = call.need_integer("id")?.to_string();
        let currency = currency(call)?;
        let found = |rows: Vec<Withdrawal>| rows.into_iter().find(|each| each.id == id);
        let withdrawal = found(self.withdrawals_of(caller, &currency)?)
            .ok_or_else(|| Refusal::new(13_020, "not_found"))?;
        if withdrawal.state != WithdrawalState::Pending {
            return Err(Refusal::new(13_008, "request_failed").because("already processed"));
        }
        self.site
            .world
            .cancel_withdrawal(&self.site.account, &id)
            .map_err(|error| Refusal::new(13_008, "request_failed").because(&error.to_string()))?;
        let now = found(self.withdrawals_of(caller, &currency)?).unwrap_or(withdrawal);
        Ok(self.withdrawal_row(&now))
    }

    pub(super) fn deposits(&self, caller: &Caller, call: &Call) -> Result<Value, Refusal> {
        let currency = currency(call)?;
        let exchange = self.exchange()?;
        let mut rows: Vec<Value> = exchange
            .deposits
            .iter()
            .filter(|each| caller.member == 0 && each.asset == currency)
            .map(|each| {
                json!({
                    "address": "0x0000000000000000000000000000000000000001",
                    "amount": amount(each.amount),
                    "currency": each.asset,
                    "state": "completed",
                    "transaction_id": each.id,
                    "received_timestamp": self.told_ms(each.at),
                    "updated_timestamp": self.told_ms(each.at),
                })
            })
            .collect();
        rows.reverse();
        paged(call, &rows)
    }

    pub(super) fn address_book(&self, caller: &Caller, call: &Call) -> Result<Value, Refusal> {
        let currency = currency(call)?;
        let kind = call.need_text("type")?;
        if !["transfer", "withdrawal", "deposit_source"].contains(&kind) {
            return Err(Refusal::invalid_params("type"));
        }
        let exchange = self.exchange()?;
        let rows = exchange
            .addresses
            .iter()
            .filter(|each| caller.member == 0 && kind == "withdrawal" && each.asset == currency)
            .map(|each| {
                json!({
                    "address": each.address,
                    "currency": each.asset,
                    "type": "withdrawal",
                    "label": self.name(&each.label),
                    "creation_timestamp": self.told_ms(each.added),
                    "status": "ready",
                    "requires_confirmation": true,
                })
            });
        Ok(Value::Array(rows.collect()))
    }

    /// Trades, deposits and withdrawals of a time, newest first.
    pub(super) fn transaction_log(&self, caller: &Caller, call: &Call) -> Result<Value, Refusal> {
        let currency = currency(call)?;
        let member = self.member(caller, call)?;
        let (from, until) = (
            call.need_integer("start_timestamp")?,
            call.need_integer("end_timestamp")?,
        );
        let skipped = usize::try_from(call.integer("continuation")?.unwrap_or(0))
            .map_err(|_| Refusal::invalid_params("continuation"))?;
        let count = call.page(LOG)?.1;
        let mut rows = Vec::new();
        for trade in self.trades_of(member) {
            if trade.instrument.currency == currency {
                rows.push(json!({
                    "type": "trade",
                    "timestamp": self.told_ms(trade.at),
                    "instrument_name": trade.instrument.symbol,
                    "amount": amount(trade.quantity),
                    "price": amount(trade.price),
                    "side": if trade.side == Side::Buy { "open buy" } else { "open sell" },
                    "trade_id": trade.id,
                    "order_id": order_id(&trade.instrument.symbol, trade.perm_id),
                    "change": 0,
                    "commission": 0,
                    "ip": "127.0.0.1",
                }));
            }
        }
        if member == 0 {
            for deposit in self.exchange()?.deposits {
                if deposit.asset == currency {
                    rows.push(json!({
                        "type": "deposit",
                        "info": { "deposit_type": "wallet", "transaction": deposit.id },
                        "timestamp": self.told_ms(deposit.at),
                        "change": amount(deposit.amount),
                    }));
                }
            }
            for withdrawal in self.withdrawals_of(caller, &currency)? {
                if withdrawal.state == WithdrawalState::Sent {
                    rows.push(json!({
                        "type": "withdrawal",
                        "info": {
                            "addr": withdrawal.target,
                            "transaction": format!("tx-{}", withdrawal.id)
                        },
                        "timestamp": self.told_ms(withdrawal.asked),
                        "change": amount(-withdrawal.amount),
                    }));
                }
            }
        }
        let at = |row: &Value| row["timestamp"].as_i64().unwrap_or(0);
        rows.retain(|row| (from..=until).contains(&at(row)));
        rows.sort_by_key(at);
        for (nth, row) in rows.iter_mut().enumerate() {
            row["id"] = json!(nth + 1);
            row["currency"] = json!(currency);
            row["user_id"] = json!(if member == 0 {
                self.main_id()
            } else {
                member.into()
            });
            row["username"] = json!("owner");
        }
        rows.reverse();
        let next = skipped + count;
        let continuation = if rows.len() > next {
            json!(next)
        } else {
            Value::Null
        };
        let page: Vec<Value> = rows.into_iter().skip(skipped).take(count).collect();
        Ok(json!({ "logs": page, "continuation": continuation }))
    }

    fn withdrawals_of(&self, caller: &Caller, currency: &str) -> Result<Vec<Withdrawal>, Refusal> {
        let mut withdrawals = self.view()?.withdrawals;
        withdrawals.retain(|each| caller.member == 0 && each.currency == currency);
        Ok(withdrawals)
    }

    fn withdrawal_row(&self, each: &Withdrawal) -> Value {
        let sent = each.state == WithdrawalState::Sent;
        let state = match each.state {
            WithdrawalState::Pending => "unconfirmed",
            WithdrawalState::Cancelled => "cancelled",
            WithdrawalState::Sent => "completed",
        };
        json!({
            "id": each.id.parse::<u64>().unwrap_or_default(),
            "address": each.target,
            "amount": amount(each.amount),
            "currency": each.currency,
            "fee": 0.0001,
            "priority": 0,
            "state": state,
            "transaction_id": if sent { json!(format!("tx-{}", each.id)) } else { Value::Null },
            "created_timestamp": self.told_ms(each.asked),
            "confirmed_timestamp": null,
            "updated_timestamp": self.told_ms(each.asked),
        })
    }
}

fn paged(call: &Call, rows: &[Value]) -> Result<Value, Refusal> {
    let (offset, count) = call.page(ROWS)?;
    let page: Vec<&Value> = rows.iter().skip(offset).take(count).collect();
    Ok(json!({ "count": rows.len(), "data": page }))
}
