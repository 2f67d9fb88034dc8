//! What the account holds and owns: the tier that needs a login and no brokerage session. Prices
//! are the world's, which do not move.

use std::collections::BTreeMap;

use hyper::StatusCode;
use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::{Value, json};

use super::{
    answer::{Amount, Answer, point},
    orders::unknown_account,
    portal::{Portal, State},
};
use crate::world::{Holding, World};

/// Positions on one page.
const PAGE: usize = 100;

const BASE: &str = "BASE";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PositionRow {
    acct_id: String,
    conid: i32,
    contract_desc: String,
    position: Amount,
    mkt_price: Amount,
    mkt_value: Amount,
    currency: String,
    avg_cost: Amount,
    avg_price: Amount,
    realized_pnl: Amount,
    unrealized_pnl: Amount,
    exchs: Option<String>,
    expiry: Option<String>,
    put_or_call: Option<String>,
    multiplier: Option<String>,
    strike: Amount,
    exercise_style: Option<String>,
    con_exch_map: Vec<String>,
    asset_class: String,
    und_conid: i32,
    model: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct UncachedPositionRow {
    position: Amount,
    conid: String,
    avg_cost: Amount,
    avg_price: Amount,
    currency: String,
    description: String,
    is_last_to_loq: bool,
    market_price: Amount,
    market_value: Amount,
    realized_pnl: Amount,
    sec_type: String,
    timestamp: i64,
    unrealized_pnl: Amount,
    asset_class: String,
    sector: Option<String>,
    group: Option<String>,
    model: &'static str,
}

#[derive(Serialize)]
struct LedgerRow {
    cashbalance: Amount,
    settledcash: Amount,
    stockmarketvalue: Amount,
    netliquidationvalue: Amount,
    unrealizedpnl: Amount,
    realizedpnl: Amount,
    dividends: Amount,
    interest: Amount,
    exchangerate: u8,
    currency: String,
    acctcode: String,
    key: &'static str,
    secondkey: String,
    sessionid: u8,
    severity: u8,
    endofbundle: u8,
    timestamp: i64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SummaryRow {
    amount: Amount,
    currency: Option<&'static str>,
    is_null: bool,
    timestamp: i64,
    value: String,
    severity: u8,
}

/// What is owned, in one currency.
#[derive(Clone, Copy, Default)]
struct Owned {
    cash: Decimal,
    shares: Decimal,
    cost: Decimal,
}

impl Owned {
    fn worth(self) -> Decimal {
        self.cash + self.shares
    }
}

impl Portal {
    pub(super) fn portfolio_accounts(&self, state: &mut State) -> Answer {
        if let Some(login) = &mut state.login {
            login.portfolio_listed = true;
        }
        let id = &self.account.0;
        let title = self.name(id);
        Answer::ok(&json!([{
            "id": id,
            "PrepaidCrypto-Z": false,
            "PrepaidCrypto-P": false,
            "brokerageAccess": true,
            "accountId": id,
            "accountVan": id,
            "accountTitle": title,
            "displayName": title,
            "accountAlias": Value::Null,
            "accountStatus": self.millis(std::time::Duration::ZERO),
            "currency": "USD",
            "type": "DEMO",
            "tradingType": "STKNOPT",
            "businessType": "INDEPENDENT",
            "category": "",
            "ibEntity": "IBLLC-US",
            "faclient": false,
            "clearingStatus": "O",
            "covestor": false,
            "noClientTrading": false,
            "trackVirtualFXPortfolio": false,
            "acctCustType": "INDIVIDUAL",
            "parent": {
                "mmc": [],
                "accountId": "",
                "isMParent": false,
                "isMChild": false,
                "isMultiplex": false,
            },
            "desc": id,
        }]))
    }

    /// A page of positions, the first being 0. A page behind the last is empty.
    pub(super) fn positions(&self, state: &State, account: &str, page: &str) -> Answer {
        if let Some(refusal) = self.closed(state, account) {
            return refusal;
        }
        let Ok(page) = page.parse::<usize>() else {
            return Answer::bad_request("page is not a number");
        };
        let holdings = self.world.holdings(&self.account);
        let rows: Vec<_> = holdings
            .iter()
            .skip(page.saturating_mul(PAGE))
            .take(PAGE)
            .map(|holding| self.position_row(holding))
            .collect();
        Answer::ok(&rows)
    }

    pub(super) fn uncached_positions(&self, state: &State, account: &str) -> Answer {
        if let Some(refusal) = self.closed(state, account) {
            return refusal;
        }
        let holdings = self.world.holdings(&self.account);
        let rows: Vec<_> = holdings
            .iter()
            .map(|holding| self.uncached_row(holding))
            .collect();
        Answer::ok(&rows)
    }

    /// Cash and holdings by currency, and all of it together under `BASE`.
    pub(super) fn ledger(&self, state: &State, account: &str) -> Answer {
        if let Some(refusal) = self.closed(state, account) {
            return refusal;
        }
        let owned = self.owned();
        let rows: BTreeMap<_, _> = owned
            .iter()
            .map(|(currency, owned)| (currency.as_str(), *owned))
            .chain([(BASE, total(&owned))])
            .map(|(currency, owned)| (currency.to_owned(), self.ledger_row(currency, owned)))
            .collect();
        Answer::ok(&rows)
    }

    pub(super) fn summary(&self, state: &State, account: &str) -> Answer {
        if let Some(refusal) = self.closed(state, account) {
            return refusal;
        }
        let owned = total(&self.owned());
        let timestamp = self.now_millis();
        let code = SummaryRow {
            amount: Amount(Decimal::ZERO),
            currency: None,
            is_null: false,
            timestamp,
            value: self.account.0.clone(),
            severity: 0,
        };
        let amounts = [
            ("netliquidation", owned.worth()),
            ("totalcashvalue", owned.cash),
            ("availablefunds", owned.cash),
            ("buyingpower", owned.cash * Decimal::from(4)),
            ("grosspositionvalue", owned.shares.abs()),
        ];
        let rows: BTreeMap<_, _> = amounts
            .into_iter()
            .map(|(name, amount)| {
                let row = SummaryRow {
                    amount: Amount(amount),
                    currency: Some("USD"),
                    is_null: false,
                    timestamp,
                    value: point(amount),
                    severity: 0,
                };
                (name, row)
            })
            .chain([("accountcode", code)])
            .collect();
        Answer::ok(&rows)
    }

    /// Why the portfolio of that account is not shown.
    fn closed(&self, state: &State, account: &str) -> Option<Answer> {
        let listed = state
            .login
            .as_ref()
            .is_some_and(|login| login.portfolio_listed);
        if !listed {
            return Some(Answer::error(
                StatusCode::BAD_REQUEST,
                "Please query /portfolio/accounts first",
            ));
        }
        (account != self.account.0).then(|| unknown_account(account))
    }

    fn position_row(&self, holding: &Holding) -> PositionRow {
        let price = World::reference_price(&holding.instrument);
        PositionRow {
            acct_id: self.account.0.clone(),
            conid: holding.instrument.con_id,
            contract_desc: self.name(&holding.instrument.symbol),
            position: Amount(holding.quantity),
            mkt_price: Amount(price),
            mkt_value: Amount(price * holding.quantity),
            currency: holding.instrument.currency.clone(),
            avg_cost: Amount(holding.average_cost),
            avg_price: Amount(holding.average_cost),
            realized_pnl: Amount(Decimal::ZERO),
            unrealized_pnl: Amount((price - holding.average_cost) * holding.quantity),
            exchs: None,
            expiry: None,
            put_or_call: None,
            multiplier: None,
            strike: Amount(Decimal::ZERO),
            exercise_style: None,
            con_exch_map: Vec::new(),
            asset_class: holding.instrument.sec_type.clone(),
            und_conid: 0,
            model: "",
        }
    }

    fn uncached_row(&self, holding: &Holding) -> UncachedPositionRow {
        let price = World::reference_price(&holding.instrument);
        UncachedPositionRow {
            position: Amount(holding.quantity),
            conid: holding.instrument.con_id.to_string(),
            avg_cost: Amount(holding.average_cost),
            avg_price: Amount(holding.average_cost),
            currency: holding.instrument.currency.clone(),
            description: self.name(&holding.instrument.symbol),
            is_last_to_loq: false,
            market_price: Amount(price),
            market_value: Amount(price * holding.quantity),
            realized_pnl: Amount(Decimal::ZERO),
            sec_type: holding.instrument.sec_type.clone(),
            timestamp: self.now_millis() / 1000,
            unrealized_pnl: Amount((price - holding.average_cost) * holding.quantity),
            asset_class: holding.instrument.sec_type.clone(),
            sector: None,
            group: None,
            model: "",
        }
    }

    fn ledger_row(&self, currency: &str, owned: Owned) -> LedgerRow {
        LedgerRow {
            cashbalance: Amount(owned.cash),
            settledcash: Amount(owned.cash),
            stockmarketvalue: Amount(owned.shares),
            netliquidationvalue: Amount(owned.worth()),
            unrealizedpnl: Amount(owned.shares - owned.cost),
            realizedpnl: Amount(Decimal::ZERO),
            dividends: Amount(Decimal::ZERO),
            interest: Amount(Decimal::ZERO),
            exchangerate: 1,
            currency: currency.to_owned(),
            acctcode: self.account.0.clone(),
            key: "LedgerList",
            secondkey: currency.to_owned(),
            sessionid: 1,
            severity: 0,
            endofbundle: 1,
            timestamp: self.now_millis() / 1000,
        }
    }

    /// Cash and holdings, by currency.
    fn owned(&self) -> BTreeMap<String, Owned> {
        let mut owned: BTreeMap<String, Owned> = BTreeMap::new();
        if let Ok(view) = self.world.account(&self.account) {
            for (currency, cash) in view.cash {
                owned.entry(currency).or_default().cash += cash;
            }
        }
        for holding in self.world.holdings(&self.account) {
            let price = World::reference_price(&holding.instrument);
            let sum = owned.entry(holding.instrument.currency).or_default();
            sum.shares += price * holding.quantity;
            sum.cost += holding.average_cost * holding.quantity;
        }
        owned
    }

    fn now_millis(&self) -> i64 {
        self.millis(self.world.now())
    }
}

/// All currencies together. The simulated broker exchanges every one at 1.
fn total(owned: &BTreeMap<String, Owned>) -> Owned {
    owned.values().fold(Owned::default(), |sum, each| Owned {
        cash: sum.cash + each.cash,
        shares: sum.shares + each.shares,
        cost: sum.cost + each.cost,
    })
}
