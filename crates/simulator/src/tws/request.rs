//! What clients ask, parsed. A message that cannot be parsed, or that is not simulated, is a value
//! too: it is answered with an error and never ends the server.

use prost::Message;

use super::{
    frame::Incoming,
    id::request as id,
    message::{
        AccountSummaryRequest, AutoOpenOrdersRequest, CancelOrderRequest, CompletedOrdersRequest,
        ExecutionRequest, Number, PlaceOrderRequest, StartApiRequest, UpdateConfigRequest,
    },
};

/// One request.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Request {
    StartApi(StartApiRequest),
    ManagedAccounts,
    Ids,
    CurrentTime,
    CurrentTimeMillis,
    PlaceOrder(Box<PlaceOrderRequest>),
    CancelOrder(CancelOrderRequest),
    GlobalCancel,
    OpenOrders,
    AutoOpenOrders(AutoOpenOrdersRequest),
    AllOpenOrders,
    CompletedOrders(CompletedOrdersRequest),
    Executions(Box<ExecutionRequest>),
    Positions,
    CancelPositions,
    AccountSummary(AccountSummaryRequest),
    CancelAccountSummary,
    Config(Number),
    UpdateConfig(Box<UpdateConfigRequest>),
    ServerLogLevel,
    /// Why it cannot be answered.
    Unserved(String),
}

impl Request {
    pub(super) fn read(incoming: &Incoming) -> Self {
        match incoming {
            Incoming::Text(id) => Self::Unserved(format!("message {id} came as text")),
            Incoming::Protobuf(id, payload) => Self::parse(*id, payload)
                .unwrap_or_else(|error| Self::Unserved(format!("message {id}: {error}"))),
        }
    }

    fn parse(id: i32, payload: &[u8]) -> Result<Self, prost::DecodeError> {
        Ok(match id {
            id::START_API => Self::StartApi(Message::decode(payload)?),
            id::MANAGED_ACCOUNTS => Self::ManagedAccounts,
            id::IDS => Self::Ids,
            id::CURRENT_TIME => Self::CurrentTime,
            id::CURRENT_TIME_MILLIS => Self::CurrentTimeMillis,
            id::PLACE_ORDER => Self::PlaceOrder(Box::new(Message::decode(payload)?)),
            id::CANCEL_ORDER => Self::CancelOrder(Message::decode(payload)?),
            id::GLOBAL_CANCEL => Self::GlobalCancel,
            id::OPEN_ORDERS => Self::OpenOrders,
            id::AUTO_OPEN_ORDERS => Self::AutoOpenOrders(Message::decode(payload)?),
            id::ALL_OPEN_ORDERS => Self::AllOpenOrders,
            id::COMPLETED_ORDERS => Self::CompletedOrders(Message::decode(payload)?),
            id::EXECUTIONS => Self::Executions(Box::new(Message::decode(payload)?)),
            id::POSITIONS => Self::Positions,
            id::CANCEL_POSITIONS => Self::CancelPositions,
            id::ACCOUNT_SUMMARY => Self::AccountSummary(Message::decode(payload)?),
            id::CANCEL_ACCOUNT_SUMMARY => Self::CancelAccountSummary,
            id::CONFIG => Self::Config(Message::decode(payload)?),
            id::UPDATE_CONFIG => Self::UpdateConfig(Box::new(Message::decode(payload)?)),
            id::SERVER_LOG_LEVEL => Self::ServerLogLevel,
            other => Self::Unserved(format!("message {other} is not simulated")),
        })
    }

    /// Its name in the truth.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::StartApi(_) => "startApi",
            Self::ManagedAccounts => "reqManagedAccts",
            Self::Ids => "reqIds",
            Self::CurrentTime => "reqCurrentTime",
            Self::CurrentTimeMillis => "reqCurrentTimeInMillis",
            Self::PlaceOrder(_) => "placeOrder",
            Self::CancelOrder(_) => "cancelOrder",
            Self::GlobalCancel => "reqGlobalCancel",
            Self::OpenOrders => "reqOpenOrders",
            Self::AutoOpenOrders(_) => "reqAutoOpenOrders",
            Self::AllOpenOrders => "reqAllOpenOrders",
            Self::CompletedOrders(_) => "reqCompletedOrders",
            Self::Executions(_) => "reqExecutions",
            Self::Positions => "reqPositions",
            Self::CancelPositions => "cancelPositions",
            Self::AccountSummary(_) => "reqAccountSummary",
            Self::CancelAccountSummary => "cancelAccountSummary",
            Self::Config(_) => "reqConfig",
            Self::UpdateConfig(_) => "updateConfig",
            Self::ServerLogLevel => "setServerLogLevel",
            Self::Unserved(_) => "unserved",
        }
    }

    /// Whether it is refused while the API may only read. Listings of orders are, too.
    pub(super) fn needs_write(&self) -> bool {
        match self {
            Self::PlaceOrder(_)
            | Self::CancelOrder(_)
            | Self::GlobalCancel
            | Self::OpenOrders
            | Self::AutoOpenOrders(_)
            | Self::AllOpenOrders
            | Self::CompletedOrders(_) => true,
            Self::StartApi(_)
            | Self::ManagedAccounts
            | Self::Ids
            | Self::CurrentTime
            | Self::CurrentTimeMillis
            | Self::Executions(_)
            | Self::Positions
            | Self::CancelPositions
            | Self::AccountSummary(_)
            | Self::CancelAccountSummary
            | Self::Config(_)
            | Self::UpdateConfig(_)
            | Self::ServerLogLevel
            | Self::Unserved(_) => false,
        }
    }
}
