//! Which scope a method asks for, and which ask for a one-time code, as each one's own page says
//! (docs.deribit.com/api-reference, /articles/access-scope).

use std::collections::BTreeSet;

/// A part of the API with its own scope.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Area {
    Account,
    Trade,
    Wallet,
}

/// What a method asks for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Scope {
    area: Area,
    write: bool,
}

impl Scope {
    /// Whether it changes something.
    pub(super) fn changes(self) -> bool {
        self.write
    }
}

/// What a caller may do.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Scopes(pub(super) BTreeSet<String>);

const AREAS: [&str; 5] = ["account", "trade", "wallet", "block_trade", "block_rfq"];

impl Scopes {
    pub(super) fn allow(&self, scope: Scope) -> bool {
        let area = match scope.area {
            Area::Account => "account",
            Area::Trade => "trade",
            Area::Wallet => "wallet",
        };
        self.level(area) > u8::from(scope.write)
    }

    /// 0 is nothing, 1 reading, 2 reading and writing.
    fn level(&self, area: &str) -> u8 {
        if self.0.contains(&format!("{area}:read_write")) {
            2
        } else {
            u8::from(self.0.contains(&format!("{area}:read")))
        }
    }

    /// Whether these go at least as far as `other` in every part.
    pub(super) fn cover(&self, other: &Self) -> bool {
        AREAS
            .into_iter()
            .all(|area| self.level(area) >= other.level(area))
    }

    /// What is granted of what `asked` for: no more than these. Parts that are not named are
    /// granted as they are.
    pub(super) fn narrowed(&self, asked: &Self) -> Self {
        let levels = AREAS.into_iter().filter_map(|area| {
            let named = asked
                .0
                .iter()
                .any(|scope| scope.starts_with(&format!("{area}:")));
            let wanted = if named { asked.level(area) } else { 2 };
            match wanted.min(self.level(area)) {
                0 => None,
                1 => Some(format!("{area}:read")),
                _ => Some(format!("{area}:read_write")),
            }
        });
        Self(levels.collect())
    }

    /// As the venue writes them.
    pub(super) fn words(&self) -> String {
        self.0.iter().cloned().collect::<Vec<_>>().join(" ")
    }
}

/// What a private method asks for. `None` when there is no such method.
pub(super) fn of(method: &str) -> Option<Scope> {
    let (area, write) = match method {
        "get_account_summary"
        | "get_account_summaries"
        | "get_subaccounts"
        | "get_access_log"
        | "get_user_locks"
        | "get_transaction_log"
        | "list_api_keys"
        | "logout" => (Area::Account, false),
        "toggle_subaccount_login"
        | "set_disabled_trading_products"
        | "disable_api_key"
        | "enable_api_key"
        | "edit_api_key"
        | "remove_api_key"
        | "reset_api_key" => (Area::Account, true),
        "get_open_orders"
        | "get_open_orders_by_currency"
        | "get_open_orders_by_instrument"
        | "get_order_state"
        | "get_order_history_by_currency"
        | "get_trigger_order_history"
        | "get_user_trades_by_currency"
        | "get_positions" => (Area::Trade, false),
        "buy"
        | "sell"
        | "cancel"
        | "cancel_all"
        | "cancel_all_by_currency"
        | "cancel_all_by_instrument"
        | "cancel_all_by_kind_or_type" => (Area::Trade, true),
        "get_withdrawals" | "get_deposits" | "get_address_book" => (Area::Wallet, false),
        "cancel_withdrawal" => (Area::Wallet, true),
        _ => return None,
    };
    Some(Scope { area, write })
}

/// Whether a method's page says that it wants a second factor.
pub(super) fn wants_code(method: &str) -> bool {
    matches!(
        method,
        "list_api_keys"
            | "disable_api_key"
            | "edit_api_key"
            | "toggle_subaccount_login"
            | "set_disabled_trading_products"
    )
}

/// Whether the matching engine's own limit counts it.
pub(super) fn is_matching(method: &str) -> bool {
    matches!(method, "buy" | "sell")
        || method.starts_with("cancel") && method != "cancel_withdrawal"
}
