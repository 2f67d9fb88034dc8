//! The private endpoints: what each costs and which right it needs. Pure.

/// A private endpoint.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Call {
    Balance,
    OpenOrders,
    ClosedOrders,
    QueryOrders,
    TradesHistory,
    Ledgers,
    OpenPositions,
    AddOrder,
    CancelOrder,
    CancelAll,
    CancelAllOrdersAfter,
    WithdrawStatus,
    WithdrawCancel,
    WithdrawAddresses,
    DepositStatus,
    GetApiKeyInfo,
}

impl Call {
    /// The endpoint of a name.
    pub(super) fn of(name: &str) -> Option<Self> {
        Some(match name {
            "Balance" => Self::Balance,
            "OpenOrders" => Self::OpenOrders,
            "ClosedOrders" => Self::ClosedOrders,
            "QueryOrders" => Self::QueryOrders,
            "TradesHistory" => Self::TradesHistory,
            "Ledgers" => Self::Ledgers,
            "OpenPositions" => Self::OpenPositions,
            "AddOrder" => Self::AddOrder,
            "CancelOrder" => Self::CancelOrder,
            "CancelAll" => Self::CancelAll,
            "CancelAllOrdersAfter" => Self::CancelAllOrdersAfter,
            "WithdrawStatus" => Self::WithdrawStatus,
            "WithdrawCancel" => Self::WithdrawCancel,
            "WithdrawAddresses" => Self::WithdrawAddresses,
            "DepositStatus" => Self::DepositStatus,
            "GetApiKeyInfo" => Self::GetApiKeyInfo,
            _ => return None,
        })
    }

    /// What it adds to the key's counter. The matching engine counts placing and cancelling apart.
    pub(super) fn costs(self) -> u32 {
        match self {
            Self::AddOrder | Self::CancelOrder => 0,
            Self::TradesHistory | Self::Ledgers => 2,
            Self::Balance
            | Self::OpenOrders
            | Self::ClosedOrders
            | Self::QueryOrders
            | Self::OpenPositions
            | Self::CancelAll
            | Self::CancelAllOrdersAfter
            | Self::WithdrawStatus
            | Self::WithdrawCancel
            | Self::WithdrawAddresses
            | Self::DepositStatus
            | Self::GetApiKeyInfo => 1,
        }
    }

    /// The rights of which a key needs one; none when every key may.
    pub(super) fn needs(self) -> &'static [&'static str] {
        match self {
            Self::Balance | Self::DepositStatus => &["query-funds"],
            Self::OpenOrders | Self::OpenPositions => &["query-open-trades"],
            Self::ClosedOrders | Self::TradesHistory => &["query-closed-trades"],
            Self::QueryOrders => &["query-open-trades", "query-closed-trades"],
            Self::Ledgers => &["query-ledger"],
            Self::AddOrder => &["modify-trades"],
            Self::CancelOrder | Self::CancelAll | Self::CancelAllOrdersAfter => {
                &["modify-trades", "close-trades"]
            }
            Self::WithdrawStatus => &["withdraw-funds", "query-ledger"],
            Self::WithdrawCancel => &["withdraw-funds"],
            Self::WithdrawAddresses => &["query-funds", "withdraw-funds"],
            Self::GetApiKeyInfo => &[],
        }
    }

    /// Whether it changes anything.
    pub(super) fn changes(self) -> bool {
        match self {
            Self::AddOrder
            | Self::CancelOrder
            | Self::CancelAll
            | Self::CancelAllOrdersAfter
            | Self::WithdrawCancel => true,
            Self::Balance
            | Self::OpenOrders
            | Self::ClosedOrders
            | Self::QueryOrders
            | Self::TradesHistory
            | Self::Ledgers
            | Self::OpenPositions
            | Self::WithdrawStatus
            | Self::WithdrawAddresses
            | Self::DepositStatus
            | Self::GetApiKeyInfo => false,
        }
    }
}
