//! The message ids of the wire that are served.

/// What a client asks.
pub(super) mod request {
    pub(in crate::tws) const PLACE_ORDER: i32 = 3;
    pub(in crate::tws) const CANCEL_ORDER: i32 = 4;
    pub(in crate::tws) const OPEN_ORDERS: i32 = 5;
    pub(in crate::tws) const EXECUTIONS: i32 = 7;
    pub(in crate::tws) const IDS: i32 = 8;
    pub(in crate::tws) const SERVER_LOG_LEVEL: i32 = 14;
    pub(in crate::tws) const AUTO_OPEN_ORDERS: i32 = 15;
    pub(in crate::tws) const ALL_OPEN_ORDERS: i32 = 16;
    pub(in crate::tws) const MANAGED_ACCOUNTS: i32 = 17;
    pub(in crate::tws) const CURRENT_TIME: i32 = 49;
    pub(in crate::tws) const GLOBAL_CANCEL: i32 = 58;
    pub(in crate::tws) const POSITIONS: i32 = 61;
    pub(in crate::tws) const ACCOUNT_SUMMARY: i32 = 62;
    pub(in crate::tws) const CANCEL_ACCOUNT_SUMMARY: i32 = 63;
    pub(in crate::tws) const CANCEL_POSITIONS: i32 = 64;
    pub(in crate::tws) const START_API: i32 = 71;
    pub(in crate::tws) const COMPLETED_ORDERS: i32 = 99;
    pub(in crate::tws) const CURRENT_TIME_MILLIS: i32 = 105;
    pub(in crate::tws) const CONFIG: i32 = 108;
    pub(in crate::tws) const UPDATE_CONFIG: i32 = 109;
}

/// What the server says.
pub(super) mod answer {
    pub(in crate::tws) const ORDER_STATUS: i32 = 3;
    pub(in crate::tws) const ERROR: i32 = 4;
    pub(in crate::tws) const OPEN_ORDER: i32 = 5;
    pub(in crate::tws) const NEXT_VALID_ID: i32 = 9;
    pub(in crate::tws) const EXECUTION: i32 = 11;
    pub(in crate::tws) const MANAGED_ACCOUNTS: i32 = 15;
    pub(in crate::tws) const CURRENT_TIME: i32 = 49;
    pub(in crate::tws) const OPEN_ORDERS_END: i32 = 53;
    pub(in crate::tws) const EXECUTIONS_END: i32 = 55;
    pub(in crate::tws) const COMMISSION: i32 = 59;
    pub(in crate::tws) const POSITION: i32 = 61;
    pub(in crate::tws) const POSITIONS_END: i32 = 62;
    pub(in crate::tws) const ACCOUNT_SUMMARY: i32 = 63;
    pub(in crate::tws) const ACCOUNT_SUMMARY_END: i32 = 64;
    pub(in crate::tws) const ORDER_BOUND: i32 = 100;
    pub(in crate::tws) const COMPLETED_ORDER: i32 = 101;
    pub(in crate::tws) const COMPLETED_ORDERS_END: i32 = 102;
    pub(in crate::tws) const CURRENT_TIME_MILLIS: i32 = 109;
    pub(in crate::tws) const CONFIG: i32 = 110;
    pub(in crate::tws) const UPDATE_CONFIG: i32 = 111;
}
