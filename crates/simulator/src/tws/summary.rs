//! An account's values, counted from its cash and what it holds at the world's prices.

use rust_decimal::Decimal;

use super::message::AccountSummary;
use crate::world::{AccountId, World, WorldError};

/// The currency that values are given in.
const BASE: &str = "USD";

/// The values that `tags` names, joined by commas, in that order. An unknown tag has none.
pub(super) fn summary(
    world: &World,
    account: &AccountId,
    request: Option<i32>,
    tags: &str,
) -> Result<Vec<AccountSummary>, WorldError> {
    let view = world.account(account)?;
    let cash = view.cash.get(BASE).copied().unwrap_or_default();
    let held: Decimal = world
        .holdings(account)
        .iter()
        .map(|holding| holding.quantity * World::reference_price(&holding.instrument))
        .sum();
    let gross: Decimal = world
        .holdings(account)
        .iter()
        .map(|holding| holding.quantity.abs() * World::reference_price(&holding.instrument))
        .sum();
    let net = cash + held;
    let value = |tag: &str| -> Option<(String, &'static str)> {
        let money = |amount: Decimal| Some((amount.round_dp(2).to_string(), BASE));
        match tag {
            "AccountType" => Some(("INDIVIDUAL".to_owned(), "")),
            "NetLiquidation" | "EquityWithLoanValue" => money(net),
            "TotalCashValue" | "SettledCash" => money(cash),
            "GrossPositionValue" => money(gross),
            "AvailableFunds" | "ExcessLiquidity" => {
                money((net - gross / Decimal::TWO).max(Decimal::ZERO))
            }
            "BuyingPower" => money((cash * Decimal::TWO).max(Decimal::ZERO)),
            _ => None,
        }
    };
    let row = |tag: &str, value: String, currency: &str| AccountSummary {
        req_id: request,
        account: Some(account.0.clone()),
        tag: Some(tag.to_owned()),
        value: Some(value),
        currency: Some(currency.to_owned()),
    };
    let ledger = view
        .cash
        .iter()
        .map(|(currency, held)| row("CashBalance", held.round_dp(2).to_string(), currency));
    let has_ledger = tags.split(',').any(|tag| tag.trim() == "$LEDGER:ALL");
    Ok(tags
        .split(',')
        .map(str::trim)
        .filter_map(|tag| {
            let (value, currency) = value(tag)?;
            Some(row(tag, value, currency))
        })
        .chain(ledger.filter(|_| has_ledger))
        .collect())
}
