//! What everybody may ask: the time, the status, and what is traded.

use serde_json::{Map, Value, json};

use super::{super::market, Fields, Spot, Told};
use crate::faults::FaultKind;

impl Spot {
    pub(super) fn public(&self, name: &str, query: &Fields) -> Told {
        match name {
            "Time" => Ok(self.time()),
            "SystemStatus" => Ok(self.status()),
            "Assets" => Ok(assets()),
            "AssetPairs" => asset_pairs(query),
            _ => Err("EGeneral:Unknown method"),
        }
    }

    fn time(&self) -> Value {
        let now = self.at(self.site.world.now());
        let rfc1123 = jiff::fmt::rfc2822::DateTimePrinter::new()
            .timestamp_to_rfc9110_string(&now)
            .unwrap_or_default();
        json!({ "unixtime": now.as_second(), "rfc1123": rfc1123 })
    }

    fn status(&self) -> Value {
        let down = self.site.bites(FaultKind::Maintenance);
        let now = self.at(self.site.world.now());
        json!({
            "status": if down { "maintenance" } else { "online" },
            "timestamp": now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        })
    }
}

fn assets() -> Value {
    let asset = |altname: &str, decimals: u8| {
        json!({
            "aclass": "currency", "altname": altname, "decimals": decimals,
            "display_decimals": 5, "status": "enabled"
        })
    };
    json!({
        "XXBT": asset("XBT", 10), "XETH": asset("ETH", 10), "SOL": asset("SOL", 10),
        "USDC": asset("USDC", 8), "ZUSD": asset("USD", 4)
    })
}

fn asset_pairs(query: &Fields) -> Told {
    let asked: Option<Vec<&str>> = query.get("pair").map(|pairs| pairs.split(',').collect());
    let mut rows = Map::new();
    for (altname, base, quote) in market::pairs() {
        let name = market::long(altname);
        let wanted = |asked: &Vec<&str>| asked.iter().any(|it| *it == name || *it == altname);
        if !asked.as_ref().is_none_or(wanted) {
            continue;
        }
        let wsname = format!("{}/USD", altname.trim_end_matches("USD"));
        rows.insert(
            name,
            json!({
                "altname": altname, "wsname": wsname, "aclass_base": "currency", "base": base,
                "aclass_quote": "currency", "quote": quote, "pair_decimals": 1,
                "cost_decimals": 5, "lot_decimals": 8, "lot_multiplier": 1,
                "leverage_buy": [2, 3, 4, 5], "leverage_sell": [2, 3, 4, 5],
                "fees": [[0, 0.4]], "fees_maker": [[0, 0.25]], "fee_volume_currency": "ZUSD",
                "margin_call": 80, "margin_stop": 40, "ordermin": "0.0001", "costmin": "0.5",
                "tick_size": "0.1", "status": "online"
            }),
        );
    }
    if rows.is_empty() {
        return Err("EQuery:Unknown asset pair");
    }
    Ok(Value::Object(rows))
}
