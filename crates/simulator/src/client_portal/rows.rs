//! Orders and trades as rows of the gateway's lists. A row says what the broker keeps, in the
//! gateway's words, and decides nothing.

use rust_decimal::Decimal;
use serde::Serialize;

use super::{
    answer::{Amount, point},
    portal::Portal,
};
use crate::world::{Execution, Order, OrderStatus, OrderType, Side};

/// A row of `/iserver/account/orders`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OrderRow {
    acct: String,
    conidex: String,
    conid: i32,
    account: String,
    order_id: i64,
    cash_ccy: String,
    size_and_fills: String,
    order_desc: String,
    description1: String,
    ticker: String,
    sec_type: String,
    listing_exchange: String,
    remaining_quantity: Amount,
    filled_quantity: Amount,
    total_size: Amount,
    company_name: String,
    status: &'static str,
    #[serde(rename = "order_ccp_status")]
    ccp_status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    avg_price: Option<String>,
    orig_order_type: &'static str,
    supports_tax_opt: &'static str,
    last_execution_time: String,
    order_type: &'static str,
    bg_color: &'static str,
    fg_color: &'static str,
    is_event_trading: &'static str,
    #[serde(rename = "order_ref", skip_serializing_if = "String::is_empty")]
    order_ref: String,
    price: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    aux_price: Option<String>,
    time_in_force: String,
    #[serde(rename = "lastExecutionTime_r")]
    last_execution_time_r: i64,
    side: &'static str,
}

/// The answer of `/iserver/account/order/status/{id}`.
#[derive(Serialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "they are fields of the venue's answer, each apart from the others"
)]
pub(super) struct StatusRow {
    sub_type: Option<String>,
    request_id: &'static str,
    order_id: i64,
    conidex: String,
    conid: i32,
    symbol: String,
    side: &'static str,
    contract_description_1: String,
    listing_exchange: String,
    is_event_trading: &'static str,
    order_desc: String,
    order_status: &'static str,
    order_ccp_status: &'static str,
    order_type: &'static str,
    size: String,
    fill_price: String,
    filled_quantity: String,
    remaining_quantity: String,
    avg_fill_price: String,
    last_fill_price: String,
    total_size: String,
    total_cash_size: String,
    price: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    stop_price: Option<String>,
    tif: String,
    bg_color: &'static str,
    fg_color: &'static str,
    order_not_editable: bool,
    editable_fields: &'static str,
    cannot_cancel_order: bool,
    outside_rth: bool,
    all_or_none: bool,
    deactivate_order: bool,
    use_price_mgmt_algo: bool,
    sec_type: String,
    currency: String,
    account: String,
    order_description: String,
    order_description_with_contract: String,
    clearing_id: &'static str,
    clearing_name: &'static str,
    alert_active: u8,
    child_order_type: &'static str,
    order_clearing_account: String,
    size_and_fills: String,
    order_time: String,
}

/// A row of `/iserver/account/trades`.
#[derive(Serialize)]
pub(super) struct TradeRow {
    execution_id: String,
    symbol: String,
    supports_tax_opt: &'static str,
    side: &'static str,
    order_description: String,
    order_id: i64,
    trade_time: String,
    trade_time_r: i64,
    size: Amount,
    price: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    order_ref: String,
    submitter: String,
    exchange: String,
    commission: &'static str,
    net_amount: Amount,
    account: String,
    #[serde(rename = "accountCode")]
    account_code: String,
    account_allocation_name: String,
    company_name: String,
    contract_description_1: String,
    sec_type: String,
    listing_exchange: String,
    conid: i32,
    #[serde(rename = "conidEx")]
    conid_ex: String,
    clearing_id: &'static str,
    clearing_name: &'static str,
    liquidation_trade: &'static str,
    is_event_trading: &'static str,
}

impl Portal {
    pub(super) fn order_row(&self, order: &Order) -> OrderRow {
        let ask = &order.ask;
        let symbol = self.name(&ask.instrument.symbol);
        OrderRow {
            acct: order.account.0.clone(),
            conidex: ask.instrument.con_id.to_string(),
            conid: ask.instrument.con_id,
            account: order.account.0.clone(),
            order_id: order.cp_order_id,
            cash_ccy: ask.instrument.currency.clone(),
            size_and_fills: size_and_fills(order),
            order_desc: self.description(order),
            description1: symbol.clone(),
            ticker: symbol.clone(),
            sec_type: ask.instrument.sec_type.clone(),
            listing_exchange: ask.instrument.exchange.clone(),
            remaining_quantity: Amount(order.remaining()),
            filled_quantity: Amount(order.filled),
            total_size: Amount(ask.quantity),
            company_name: symbol,
            status: status(order),
            ccp_status: status(order),
            avg_price: (!order.filled.is_zero()).then(|| digits(order.average_price)),
            orig_order_type: upper_word(ask.order_type),
            supports_tax_opt: "1",
            last_execution_time: self.compact_time(order.changed),
            order_type: word(ask.order_type),
            bg_color: "#FFFFFF",
            fg_color: "#0000CC",
            is_event_trading: "0",
            order_ref: ask.order_ref.clone(),
            price: ask.limit.or(ask.stop).map(digits).unwrap_or_default(),
            aux_price: ask.stop.map(digits),
            time_in_force: ask.tif.clone(),
            last_execution_time_r: self.millis(order.changed),
            side: side(ask.side),
        }
    }

    pub(super) fn status_row(&self, order: &Order) -> StatusRow {
        let ask = &order.ask;
        let ended = !order.status.open();
        let symbol = self.name(&ask.instrument.symbol);
        let description = self.description(order);
        StatusRow {
            sub_type: None,
            request_id: "209",
            order_id: order.cp_order_id,
            conidex: ask.instrument.con_id.to_string(),
            conid: ask.instrument.con_id,
            symbol: symbol.clone(),
            side: initial(ask.side),
            contract_description_1: symbol,
            listing_exchange: ask.instrument.exchange.clone(),
            is_event_trading: "0",
            order_desc: description.clone(),
            order_status: status(order),
            order_ccp_status: ccp_number(order.status),
            order_type: upper_word(ask.order_type),
            size: point(order.remaining()),
            fill_price: point(order.average_price),
            filled_quantity: point(order.filled),
            remaining_quantity: point(order.remaining()),
            avg_fill_price: point(order.average_price),
            last_fill_price: point(order.last_price),
            total_size: point(ask.quantity),
            total_cash_size: point(Decimal::ZERO),
            price: ask.limit.map_or_else(|| point(Decimal::ZERO), point),
            stop_price: ask.stop.map(point),
            tif: ask.tif.clone(),
            bg_color: "#FFFFFF",
            fg_color: "#0000CC",
            order_not_editable: ended,
            editable_fields: "",
            cannot_cancel_order: ended,
            outside_rth: false,
            all_or_none: false,
            deactivate_order: order.deactivated,
            use_price_mgmt_algo: false,
            sec_type: ask.instrument.sec_type.clone(),
            currency: ask.instrument.currency.clone(),
            account: order.account.0.clone(),
            order_description: description.clone(),
            order_description_with_contract: description,
            clearing_id: "IB",
            clearing_name: "IB",
            alert_active: 0,
            child_order_type: "0",
            order_clearing_account: order.account.0.clone(),
            size_and_fills: size_and_fills(order),
            order_time: self.compact_time(order.placed),
        }
    }

    pub(super) fn trade_row(&self, fill: &Execution) -> TradeRow {
        let symbol = self.name(&fill.instrument.symbol);
        let verb = bought(fill.side);
        let (quantity, price) = (digits(fill.quantity), digits(fill.price));
        TradeRow {
            execution_id: fill.id.clone(),
            symbol: symbol.clone(),
            supports_tax_opt: "1",
            side: initial(fill.side),
            order_description: format!(
                "{verb} {quantity} @ {price} on {}",
                fill.instrument.exchange
            ),
            order_id: fill.cp_order_id,
            trade_time: self.told(fill.at).strftime("%Y%m%d-%H:%M:%S").to_string(),
            trade_time_r: self.millis(fill.at),
            size: Amount(fill.quantity),
            price,
            order_ref: fill.order_ref.clone(),
            submitter: fill.submitter.username.0.clone(),
            exchange: fill.instrument.exchange.clone(),
            commission: "1.0",
            net_amount: Amount(fill.quantity * fill.price),
            account: fill.account.0.clone(),
            account_code: fill.account.0.clone(),
            account_allocation_name: fill.account.0.clone(),
            company_name: symbol.clone(),
            contract_description_1: symbol,
            sec_type: fill.instrument.sec_type.clone(),
            listing_exchange: fill.instrument.exchange.clone(),
            conid: fill.instrument.con_id,
            conid_ex: fill.instrument.con_id.to_string(),
            clearing_id: "IB",
            clearing_name: "IB",
            liquidation_trade: "0",
            is_event_trading: "0",
        }
    }

    fn description(&self, order: &Order) -> String {
        let ask = &order.ask;
        let symbol = self.name(&ask.instrument.symbol);
        let verb = if order.status == OrderStatus::Filled {
            bought(ask.side)
        } else {
            match ask.side {
                Side::Buy => "Buy",
                Side::Sell => "Sell",
            }
        };
        let price = ask
            .limit
            .or(ask.stop)
            .map_or_else(String::new, |price| format!(" {}", digits(price)));
        let (quantity, kind, tif) = (digits(ask.quantity), word(ask.order_type), &ask.tif);
        format!("{verb} {quantity} {symbol} {kind}{price}, {tif}")
    }

    fn compact_time(&self, since: std::time::Duration) -> String {
        self.told(since).strftime("%y%m%d%H%M%S").to_string()
    }
}

/// The state of an order in the gateway's word. One that was put aside is not shown as working.
pub(super) fn status(order: &Order) -> &'static str {
    if order.deactivated {
        OrderStatus::Inactive.word()
    } else {
        order.status.word()
    }
}

/// An amount without needless zeros (`10`, `10.25`).
fn digits(amount: Decimal) -> String {
    amount.normalize().to_string()
}

fn size_and_fills(order: &Order) -> String {
    if order.filled.is_zero() {
        digits(order.ask.quantity)
    } else {
        format!("{}/{}", digits(order.filled), digits(order.ask.quantity))
    }
}

fn side(side: Side) -> &'static str {
    match side {
        Side::Buy => "BUY",
        Side::Sell => "SELL",
    }
}

fn initial(side: Side) -> &'static str {
    match side {
        Side::Buy => "B",
        Side::Sell => "S",
    }
}

fn bought(side: Side) -> &'static str {
    match side {
        Side::Buy => "Bought",
        Side::Sell => "Sold",
    }
}

fn word(order_type: OrderType) -> &'static str {
    match order_type {
        OrderType::Market => "Market",
        OrderType::Limit => "Limit",
        OrderType::Stop => "Stop",
        OrderType::StopLimit => "Stop Limit",
        OrderType::Trail => "Trailing Stop",
    }
}

fn upper_word(order_type: OrderType) -> &'static str {
    match order_type {
        OrderType::Market => "MARKET",
        OrderType::Limit => "LIMIT",
        OrderType::Stop => "STOP",
        OrderType::StopLimit => "STOP_LIMIT",
        OrderType::Trail => "TRAILING_STOP",
    }
}

/// The digit that `/order/status` gives beside the word.
fn ccp_number(status: OrderStatus) -> &'static str {
    match status {
        OrderStatus::PendingSubmit | OrderStatus::PreSubmitted | OrderStatus::Submitted => "0",
        OrderStatus::Filled => "2",
        OrderStatus::Cancelled => "4",
        OrderStatus::PendingCancel => "6",
        OrderStatus::Inactive => "8",
    }
}
