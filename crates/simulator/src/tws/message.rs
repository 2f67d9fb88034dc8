//! The messages of the API socket that this server reads and writes, with the field numbers of the
//! wire and only the fields that it serves. Unknown fields are skipped, as the wire's rules say.

#![expect(
    clippy::struct_field_names,
    reason = "fields bear the names that they have on the wire"
)]

use prost::Message;

/// What is traded.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Contract {
    #[prost(int32, optional, tag = "1")]
    pub(super) con_id: Option<i32>,
    #[prost(string, optional, tag = "2")]
    pub(super) symbol: Option<String>,
    #[prost(string, optional, tag = "3")]
    pub(super) sec_type: Option<String>,
    #[prost(string, optional, tag = "8")]
    pub(super) exchange: Option<String>,
    #[prost(string, optional, tag = "10")]
    pub(super) currency: Option<String>,
}

/// An order as it was asked for.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Order {
    #[prost(int32, optional, tag = "1")]
    pub(super) client_id: Option<i32>,
    #[prost(int32, optional, tag = "2")]
    pub(super) order_id: Option<i32>,
    #[prost(int64, optional, tag = "3")]
    pub(super) perm_id: Option<i64>,
    #[prost(string, optional, tag = "5")]
    pub(super) action: Option<String>,
    #[prost(string, optional, tag = "6")]
    pub(super) total_quantity: Option<String>,
    #[prost(string, optional, tag = "8")]
    pub(super) order_type: Option<String>,
    #[prost(double, optional, tag = "9")]
    pub(super) lmt_price: Option<f64>,
    #[prost(double, optional, tag = "10")]
    pub(super) aux_price: Option<f64>,
    #[prost(string, optional, tag = "11")]
    pub(super) tif: Option<String>,
    #[prost(string, optional, tag = "12")]
    pub(super) account: Option<String>,
    #[prost(double, optional, tag = "23")]
    pub(super) trail_stop_price: Option<f64>,
    #[prost(string, optional, tag = "28")]
    pub(super) order_ref: Option<String>,
    #[prost(bool, optional, tag = "65")]
    pub(super) what_if: Option<bool>,
    #[prost(string, optional, tag = "115")]
    pub(super) filled_quantity: Option<String>,
    #[prost(string, optional, tag = "137")]
    pub(super) submitter: Option<String>,
    #[prost(bool, optional, tag = "138")]
    pub(super) deactivate: Option<bool>,
}

/// Where an order stands, as listings tell it.
#[derive(Clone, PartialEq, Message)]
pub(super) struct OrderState {
    #[prost(string, optional, tag = "1")]
    pub(super) status: Option<String>,
    #[prost(string, optional, tag = "29")]
    pub(super) completed_time: Option<String>,
    #[prost(string, optional, tag = "30")]
    pub(super) completed_status: Option<String>,
}

/// Places an order, or names one that exists.
#[derive(Clone, PartialEq, Message)]
pub(super) struct PlaceOrderRequest {
    #[prost(int32, optional, tag = "1")]
    pub(super) order_id: Option<i32>,
    #[prost(message, optional, tag = "2")]
    pub(super) contract: Option<Contract>,
    #[prost(message, optional, tag = "3")]
    pub(super) order: Option<Order>,
}

/// Cancels one order.
#[derive(Clone, PartialEq, Message)]
pub(super) struct CancelOrderRequest {
    #[prost(int32, optional, tag = "1")]
    pub(super) order_id: Option<i32>,
}

/// Says whether orders of the TWS window are to be bound to client 0 from now on.
#[derive(Clone, PartialEq, Message)]
pub(super) struct AutoOpenOrdersRequest {
    #[prost(bool, optional, tag = "1")]
    pub(super) auto_bind: Option<bool>,
}

/// Asks for ended orders.
#[derive(Clone, PartialEq, Message)]
pub(super) struct CompletedOrdersRequest {
    #[prost(bool, optional, tag = "1")]
    pub(super) api_only: Option<bool>,
}

/// Which executions are asked for. An absent or empty field does not narrow.
#[derive(Clone, PartialEq, Message)]
pub(super) struct ExecutionFilter {
    #[prost(int32, optional, tag = "1")]
    pub(super) client_id: Option<i32>,
    #[prost(string, optional, tag = "2")]
    pub(super) acct_code: Option<String>,
    #[prost(string, optional, tag = "3")]
    pub(super) time: Option<String>,
    #[prost(string, optional, tag = "4")]
    pub(super) symbol: Option<String>,
    #[prost(string, optional, tag = "5")]
    pub(super) sec_type: Option<String>,
    #[prost(string, optional, tag = "6")]
    pub(super) exchange: Option<String>,
    #[prost(string, optional, tag = "7")]
    pub(super) side: Option<String>,
}

/// Asks for executions.
#[derive(Clone, PartialEq, Message)]
pub(super) struct ExecutionRequest {
    #[prost(int32, optional, tag = "1")]
    pub(super) req_id: Option<i32>,
    #[prost(message, optional, tag = "2")]
    pub(super) filter: Option<ExecutionFilter>,
}

/// Asks for values of the account; tags are joined by commas.
#[derive(Clone, PartialEq, Message)]
pub(super) struct AccountSummaryRequest {
    #[prost(int32, optional, tag = "1")]
    pub(super) req_id: Option<i32>,
    #[prost(string, optional, tag = "3")]
    pub(super) tags: Option<String>,
}

/// Opens the API session of a client id.
#[derive(Clone, PartialEq, Message)]
pub(super) struct StartApiRequest {
    #[prost(int32, optional, tag = "1")]
    pub(super) client_id: Option<i32>,
}

/// One order of a listing.
#[derive(Clone, PartialEq, Message)]
pub(super) struct OpenOrder {
    #[prost(int32, optional, tag = "1")]
    pub(super) order_id: Option<i32>,
    #[prost(message, optional, tag = "2")]
    pub(super) contract: Option<Contract>,
    #[prost(message, optional, tag = "3")]
    pub(super) order: Option<Order>,
    #[prost(message, optional, tag = "4")]
    pub(super) order_state: Option<OrderState>,
}

/// One ended order.
#[derive(Clone, PartialEq, Message)]
pub(super) struct CompletedOrder {
    #[prost(message, optional, tag = "1")]
    pub(super) contract: Option<Contract>,
    #[prost(message, optional, tag = "2")]
    pub(super) order: Option<Order>,
    #[prost(message, optional, tag = "3")]
    pub(super) order_state: Option<OrderState>,
}

/// An order's state.
#[derive(Clone, PartialEq, Message)]
pub(super) struct OrderStatus {
    #[prost(int32, optional, tag = "1")]
    pub(super) order_id: Option<i32>,
    #[prost(string, optional, tag = "2")]
    pub(super) status: Option<String>,
    #[prost(string, optional, tag = "3")]
    pub(super) filled: Option<String>,
    #[prost(string, optional, tag = "4")]
    pub(super) remaining: Option<String>,
    #[prost(double, optional, tag = "5")]
    pub(super) avg_fill_price: Option<f64>,
    #[prost(int64, optional, tag = "6")]
    pub(super) perm_id: Option<i64>,
    #[prost(double, optional, tag = "8")]
    pub(super) last_fill_price: Option<f64>,
    #[prost(int32, optional, tag = "9")]
    pub(super) client_id: Option<i32>,
}

/// An order of the TWS window got a number of client 0.
#[derive(Clone, PartialEq, Message)]
pub(super) struct OrderBound {
    #[prost(int64, optional, tag = "1")]
    pub(super) perm_id: Option<i64>,
    #[prost(int32, optional, tag = "2")]
    pub(super) client_id: Option<i32>,
    #[prost(int32, optional, tag = "3")]
    pub(super) order_id: Option<i32>,
}

/// A trade.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Execution {
    #[prost(int32, optional, tag = "1")]
    pub(super) order_id: Option<i32>,
    #[prost(string, optional, tag = "2")]
    pub(super) exec_id: Option<String>,
    #[prost(string, optional, tag = "3")]
    pub(super) time: Option<String>,
    #[prost(string, optional, tag = "4")]
    pub(super) acct_number: Option<String>,
    #[prost(string, optional, tag = "5")]
    pub(super) exchange: Option<String>,
    #[prost(string, optional, tag = "6")]
    pub(super) side: Option<String>,
    #[prost(string, optional, tag = "7")]
    pub(super) shares: Option<String>,
    #[prost(double, optional, tag = "8")]
    pub(super) price: Option<f64>,
    #[prost(int64, optional, tag = "9")]
    pub(super) perm_id: Option<i64>,
    #[prost(int32, optional, tag = "10")]
    pub(super) client_id: Option<i32>,
    #[prost(string, optional, tag = "14")]
    pub(super) order_ref: Option<String>,
    #[prost(string, optional, tag = "20")]
    pub(super) submitter: Option<String>,
}

/// A trade and what was traded.
#[derive(Clone, PartialEq, Message)]
pub(super) struct ExecutionDetails {
    #[prost(int32, optional, tag = "1")]
    pub(super) req_id: Option<i32>,
    #[prost(message, optional, tag = "2")]
    pub(super) contract: Option<Contract>,
    #[prost(message, optional, tag = "3")]
    pub(super) execution: Option<Execution>,
}

/// What a trade cost.
#[derive(Clone, PartialEq, Message)]
pub(super) struct CommissionReport {
    #[prost(string, optional, tag = "1")]
    pub(super) exec_id: Option<String>,
    #[prost(double, optional, tag = "2")]
    pub(super) commission: Option<f64>,
    #[prost(string, optional, tag = "3")]
    pub(super) currency: Option<String>,
}

/// What is held of one instrument.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Position {
    #[prost(string, optional, tag = "1")]
    pub(super) account: Option<String>,
    #[prost(message, optional, tag = "2")]
    pub(super) contract: Option<Contract>,
    #[prost(string, optional, tag = "3")]
    pub(super) position: Option<String>,
    #[prost(double, optional, tag = "4")]
    pub(super) avg_cost: Option<f64>,
}

/// One value of the account.
#[derive(Clone, PartialEq, Message)]
pub(super) struct AccountSummary {
    #[prost(int32, optional, tag = "1")]
    pub(super) req_id: Option<i32>,
    #[prost(string, optional, tag = "2")]
    pub(super) account: Option<String>,
    #[prost(string, optional, tag = "3")]
    pub(super) tag: Option<String>,
    #[prost(string, optional, tag = "4")]
    pub(super) value: Option<String>,
    #[prost(string, optional, tag = "5")]
    pub(super) currency: Option<String>,
}

/// A message that holds nothing: requests without arguments, ends of listings without a request id.
#[derive(Clone, Copy, PartialEq, Eq, Message)]
pub(super) struct Empty {}

/// A message that holds a number in field 1: request ids, order ids, times.
#[derive(Clone, Copy, PartialEq, Eq, Message)]
pub(super) struct Number {
    #[prost(int64, optional, tag = "1")]
    pub(super) value: Option<i64>,
}

/// The accounts of this login, joined by commas.
#[derive(Clone, PartialEq, Message)]
pub(super) struct ManagedAccounts {
    #[prost(string, optional, tag = "1")]
    pub(super) accounts: Option<String>,
}

/// An error, a warning or a piece of news.
#[derive(Clone, PartialEq, Message)]
pub(super) struct ErrorMessage {
    #[prost(int32, optional, tag = "1")]
    pub(super) id: Option<i32>,
    #[prost(int64, optional, tag = "2")]
    pub(super) error_time: Option<i64>,
    #[prost(int32, optional, tag = "3")]
    pub(super) error_code: Option<i32>,
    #[prost(string, optional, tag = "4")]
    pub(super) error_msg: Option<String>,
}

/// Settings of the API socket.
#[derive(Clone, PartialEq, Message)]
pub(super) struct ApiSettings {
    #[prost(bool, optional, tag = "1")]
    pub(super) read_only_api: Option<bool>,
    #[prost(bool, optional, tag = "3")]
    pub(super) download_open_orders_on_connection: Option<bool>,
    #[prost(int32, optional, tag = "8")]
    pub(super) socket_port: Option<i32>,
    #[prost(bool, optional, tag = "10")]
    pub(super) create_api_message_log_file: Option<bool>,
    #[prost(string, optional, tag = "17")]
    pub(super) logging_level: Option<String>,
    #[prost(int32, optional, tag = "18")]
    pub(super) master_client_id: Option<i32>,
    #[prost(bool, optional, tag = "26")]
    pub(super) reject_messages_above_max_rate: Option<bool>,
    #[prost(bool, optional, tag = "31")]
    pub(super) maintain_and_resubmit_orders_on_reconnect: Option<bool>,
    #[prost(bool, optional, tag = "35")]
    pub(super) allow_localhost_only: Option<bool>,
    #[prost(string, repeated, tag = "36")]
    pub(super) trusted_ips: Vec<String>,
}

/// Which warnings about API orders are passed over.
#[derive(Clone, Copy, PartialEq, Eq, Message)]
pub(super) struct ApiPrecautions {
    #[prost(bool, optional, tag = "1")]
    pub(super) bypass_order_precautions: Option<bool>,
}

/// All settings of the API.
#[derive(Clone, PartialEq, Message)]
pub(super) struct ApiConfig {
    #[prost(message, optional, tag = "1")]
    pub(super) precautions: Option<ApiPrecautions>,
    #[prost(message, optional, tag = "2")]
    pub(super) settings: Option<ApiSettings>,
}

/// A warning that must be accepted before a change is made.
#[derive(Clone, PartialEq, Message)]
pub(super) struct ConfigWarning {
    #[prost(int32, optional, tag = "1")]
    pub(super) message_id: Option<i32>,
    #[prost(string, optional, tag = "2")]
    pub(super) title: Option<String>,
    #[prost(string, optional, tag = "3")]
    pub(super) message: Option<String>,
}

/// The settings as they are.
#[derive(Clone, PartialEq, Message)]
pub(super) struct ConfigResponse {
    #[prost(int32, optional, tag = "1")]
    pub(super) req_id: Option<i32>,
    #[prost(message, optional, tag = "4")]
    pub(super) api: Option<ApiConfig>,
}

/// Changes settings: those that are there.
#[derive(Clone, PartialEq, Message)]
pub(super) struct UpdateConfigRequest {
    #[prost(int32, optional, tag = "1")]
    pub(super) req_id: Option<i32>,
    #[prost(message, optional, tag = "4")]
    pub(super) api: Option<ApiConfig>,
    #[prost(message, repeated, tag = "6")]
    pub(super) accepted_warnings: Vec<ConfigWarning>,
}

/// What became of a change.
#[derive(Clone, PartialEq, Message)]
pub(super) struct UpdateConfigResponse {
    #[prost(int32, optional, tag = "1")]
    pub(super) req_id: Option<i32>,
    #[prost(string, optional, tag = "2")]
    pub(super) status: Option<String>,
    #[prost(string, optional, tag = "3")]
    pub(super) message: Option<String>,
    #[prost(string, repeated, tag = "4")]
    pub(super) changed_fields: Vec<String>,
    #[prost(string, repeated, tag = "5")]
    pub(super) errors: Vec<String>,
    #[prost(message, repeated, tag = "6")]
    pub(super) warnings: Vec<ConfigWarning>,
}
