//! What a capture and an audit record.
//!
//! Each part is asked for at the same time, what matters most first, and bounded alone; a part that
//! fails is named, and never recorded as empty.

use door::{DoorError, Keep, Missing, OpenOrder, Receipt, Snapshot};
use futures_util::TryFutureExt as _;
use jiff::Timestamp;
use serde_json::Value;

use super::{
    Call, KeyInfo, PAGES_AT_MOST, SpotDoor, Urgency, malformed,
    wire::{self, Stands},
};
use crate::kraken::{
    WINDOW, json::maybe_text, json::number, json::seconds, json::text, part, within,
};

impl SpotDoor {
    pub(super) async fn capture(&self, keep: &dyn Keep) -> Result<Receipt, DoorError> {
        let since = Timestamp::now()
            .saturating_sub(WINDOW)
            .unwrap_or(Timestamp::MIN);
        let (
            orders,
            positions,
            fills,
            key,
            withdrawals,
            balances,
            closed,
            addresses,
            deposits,
            ledger,
        ) = tokio::join!(
            // what a cancel changes is recorded though little is left of the counter
            within(self.orders(keep)).inspect_ok(|open| keep.open_orders(open)),
            within(self.positions(Urgency::Act, keep)).inspect_ok(|held| keep.positions(held)),
            within(self.fills_since(since, Urgency::Read, keep)),
            within(self.key_info(keep)),
            within(self.withdrawals(Urgency::Read, keep)),
            within(self.balances(keep)),
            within(self.count_of("ClosedOrders", "closed-orders", "closed", since, keep)),
            within(self.addresses(keep)),
            within(self.deposits(since, keep)),
            within(self.count_of("Ledgers", "ledger", "ledger", since, keep)),
        );
        let mut missing = Vec::new();
        let mut snapshot = Snapshot {
            orders: part("open orders", orders, &mut missing).unwrap_or_default(),
            positions: part("positions", positions, &mut missing).unwrap_or_default(),
            fills: part("fills", fills, &mut missing).unwrap_or_default(),
            facts: Vec::new(),
        };
        if let Some(info) = part("key information", key, &mut missing) {
            snapshot.facts.extend(key_facts(&info));
        }
        let withdrawals = part("withdrawals", withdrawals, &mut missing).unwrap_or_default();
        snapshot.facts.extend(withdrawals.iter().map(|each| {
            let stands = match each.stands {
                Stands::Pending => "pending",
                Stands::Sent => "sent",
                Stands::Stopped => "stopped",
            };
            let at = each
                .requested
                .map_or_else(String::new, |at| format!(", {at:.0}"));
            (
                "withdrawal".to_owned(),
                format!("{}, {stands}{at}", each.label),
            )
        }));
        for (what, found) in [
            ("balances", balances),
            ("withdrawal addresses", addresses),
            ("deposits", deposits),
        ] {
            snapshot
                .facts
                .extend(part(what, found, &mut missing).unwrap_or_default());
        }
        for (what, count) in [("closed orders", closed), ("ledger entries", ledger)] {
            if let Some(count) = part(what, count, &mut missing) {
                let name = format!("{what} in the last 24 h");
                snapshot.facts.push((name, count.to_string()));
            }
        }
        Ok(receipt(snapshot, missing))
    }

    /// What the key may do, and where money may go: for comparison with the last time.
    pub(super) async fn audit(&self, keep: &dyn Keep) -> Result<Receipt, DoorError> {
        let (key, addresses) =
            tokio::join!(within(self.key_info(keep)), within(self.addresses(keep)));
        let mut missing = vec![Missing {
            what: "other keys, sub-accounts and logins".to_owned(),
            why: "Kraken lists them on its page only".to_owned(),
        }];
        let mut snapshot = Snapshot::default();
        if let Some(info) = part("key information", key, &mut missing) {
            snapshot.facts.extend(key_facts(&info));
        }
        let addresses = part("withdrawal addresses", addresses, &mut missing);
        snapshot.facts.extend(addresses.unwrap_or_default());
        Ok(Receipt {
            words: format!(
                "{} facts; {} parts missing",
                snapshot.facts.len(),
                missing.len()
            ),
            snapshot: Some(snapshot),
            missing,
        })
    }

    async fn orders(&self, keep: &dyn Keep) -> Result<Vec<OpenOrder>, DoorError> {
        let open = self.listed(Urgency::Act, keep).await?;
        Ok(open.into_iter().map(|listed| listed.order).collect())
    }

    async fn balances(&self, keep: &dyn Keep) -> Result<Vec<(String, String)>, DoorError> {
        let answer = self
            .client
            .ask(&Call::read("Balance", "balances"), keep)
            .await?;
        let table = answer
            .as_object()
            .ok_or_else(|| malformed("no table of balances"))?;
        table
            .keys()
            .map(|asset| {
                let held = number(&answer, asset)?;
                Ok((door::clean(&format!("balance {asset}")), held.to_string()))
            })
            .collect()
    }

    async fn addresses(&self, keep: &dyn Keep) -> Result<Vec<(String, String)>, DoorError> {
        let call = Call::read("WithdrawAddresses", "withdrawal-addresses");
        let answer = self.client.ask(&call, keep).await?;
        let (rows, _) = wire::page(&answer, "addresses")?;
        rows.iter()
            .map(|row| {
                let name = maybe_text(row, "key")?.unwrap_or("without name");
                let verified = match row.get("verified").and_then(Value::as_bool) {
                    Some(true) => "verified",
                    Some(false) => "not verified",
                    None => "not said whether verified",
                };
                let value = format!(
                    "{} {}, {verified}",
                    text(row, "asset")?,
                    wire::masked(text(row, "address")?)
                );
                let name = door::clean(&format!("withdrawal address {name}"));
                Ok((name, door::clean(&value)))
            })
            .collect()
    }

    async fn deposits(
        &self,
        since: Timestamp,
        keep: &dyn Keep,
    ) -> Result<Vec<(String, String)>, DoorError> {
        let call =
            Call::read("DepositStatus", "deposits").with("start", since.as_second().to_string());
        let mut facts = Vec::new();
        let mut cursor = "true".to_owned();
        for _ in 0..PAGES_AT_MOST {
            let page = call.clone().with("cursor", cursor);
            let answer = self.client.ask(&page, keep).await?;
            let (rows, next) = wire::page(&answer, "deposits")?;
            for row in rows {
                let (amount, asset) = (number(row, "amount")?, text(row, "asset")?);
                let status = text(row, "status")?;
                let at = seconds(row, "time")?.map_or_else(String::new, |at| format!(", {at:.0}"));
                let value = format!("{amount} {asset}, {status}{at}");
                facts.push(("deposit".to_owned(), door::clean(&value)));
            }
            match next {
                Some(next) => cursor = next,
                None => return Ok(facts),
            }
        }
        Err(malformed("deposits without end"))
    }

    /// How many rows a list has, having read and kept them all.
    async fn count_of(
        &self,
        name: &'static str,
        label: &'static str,
        field: &str,
        since: Timestamp,
        keep: &dyn Keep,
    ) -> Result<usize, DoorError> {
        let rows = self
            .rows(&Call::read(name, label), field, since, keep)
            .await?;
        Ok(rows.len())
    }
}

fn key_facts(info: &KeyInfo) -> Vec<(String, String)> {
    let at = |time: Option<Timestamp>, none: &str| {
        time.map_or_else(|| none.to_owned(), |at| format!("{at:.0}"))
    };
    let fact = |name: &str, value: String| (name.to_owned(), value);
    let mut rights = info.rights.clone();
    rights.sort();
    let from = if info.addresses.is_empty() {
        "everywhere".to_owned()
    } else {
        info.addresses.join(", ")
    };
    let withdraws = if info.may("withdraw-funds") {
        "yes"
    } else {
        "no"
    };
    vec![
        fact("key", info.name.clone()),
        fact("key rights", rights.join(", ")),
        fact(Snapshot::MAY_WITHDRAW, withdraws.to_owned()),
        fact("key works from", from),
        fact("key made", at(info.created, "not told")),
        fact("key changed", at(info.modified, "not told")),
        fact("key expires", at(info.expires, "never")),
        fact("key last used", at(info.last_used, "never")),
        fact(
            "key reads history from",
            at(info.reads_from, "the beginning"),
        ),
    ]
}

fn receipt(snapshot: Snapshot, missing: Vec<Missing>) -> Receipt {
    Receipt {
        words: format!(
            "{} open orders, {} positions, {} fills; {} parts missing",
            snapshot.orders.len(),
            snapshot.positions.len(),
            snapshot.fills.len(),
            missing.len()
        ),
        snapshot: Some(snapshot),
        missing,
    }
}
