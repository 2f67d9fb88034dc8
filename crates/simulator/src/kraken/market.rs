//! What is traded, by the venue's names of it.

use crate::world::{Instrument, OrderType};

/// What is listed for spot: the short name, base and quote as the venue keeps them.
const PAIRS: [(&str, &str, &str, i32); 3] = [
    ("XBTUSD", "XXBT", "ZUSD", 510_001),
    ("ETHUSD", "XETH", "ZUSD", 509_982),
    ("SOLUSD", "SOL", "ZUSD", 510_003),
];

/// What is listed for futures.
const PERPETUALS: [(&str, i32); 3] = [
    ("PF_XBTUSD", 510_004),
    ("PF_ETHUSD", 510_005),
    ("PI_XBTUSD", 510_006),
];

/// How far a margin order's book is from the same pair's without margin.
const MARGIN: i32 = 20;

/// The pairs of spot: name, base and quote.
pub(super) fn pairs() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    PAIRS
        .into_iter()
        .map(|(name, base, quote, _)| (name, base, quote))
}

/// The perpetual futures.
pub(super) fn perpetuals() -> impl Iterator<Item = &'static str> {
    PERPETUALS.into_iter().map(|(name, _)| name)
}

/// A pair by any of its names: `XBTUSD`, `XXBTZUSD`, `XBT/USD`.
pub(super) fn pair(name: &str, margin: bool) -> Option<Instrument> {
    let (short, _, _, number) = PAIRS.into_iter().find(|(short, base, quote, _)| {
        name == *short || name == long(short) || name.replace('/', "") == *short || {
            name == format!("{base}/{quote}")
        }
    })?;
    Some(Instrument {
        con_id: if margin { number + MARGIN } else { number },
        sec_type: if margin { "MARGIN" } else { "SPOT" }.to_owned(),
        ..instrument(short, "spot")
    })
}

/// A perpetual future by its name, in any case.
pub(super) fn perpetual(name: &str) -> Option<Instrument> {
    let (symbol, number) = PERPETUALS
        .into_iter()
        .find(|(symbol, _)| symbol.eq_ignore_ascii_case(name))?;
    Some(Instrument {
        con_id: number,
        sec_type: "PERP".to_owned(),
        ..instrument(symbol, "futures")
    })
}

fn instrument(symbol: &str, exchange: &str) -> Instrument {
    Instrument {
        con_id: 0,
        symbol: symbol.to_owned(),
        sec_type: String::new(),
        exchange: exchange.to_owned(),
        currency: "USD".to_owned(),
        sub: 0,
    }
}

/// A pair's name in lists of trades and positions: its old assets with their class letters.
pub(super) fn long(short: &str) -> String {
    let old = |asset: &str| matches!(asset, "XBT" | "ETH" | "LTC" | "XRP" | "XLM" | "XMR");
    match short.strip_suffix("USD") {
        Some(base) if old(base) => format!("X{base}ZUSD"),
        Some(_) | None => short.to_owned(),
    }
}

/// An asset as the venue keeps it.
pub(super) fn asset(name: &str) -> &str {
    match name {
        "USD" => "ZUSD",
        "EUR" => "ZEUR",
        "BTC" => "XXBT",
        "ETH" => "XETH",
        other => other,
    }
}

/// An order's type in spot's words.
pub(super) fn spot_word(order_type: OrderType) -> &'static str {
    match order_type {
        OrderType::Market => "market",
        OrderType::Limit => "limit",
        OrderType::Stop => "stop-loss",
        OrderType::StopLimit => "stop-loss-limit",
        OrderType::Trail => "trailing-stop",
    }
}

/// The type of spot's word, of those that are simulated.
pub(super) fn of_spot_word(word: &str) -> Option<OrderType> {
    Some(match word {
        "market" => OrderType::Market,
        "limit" => OrderType::Limit,
        "stop-loss" => OrderType::Stop,
        "stop-loss-limit" => OrderType::StopLimit,
        "trailing-stop" => OrderType::Trail,
        _ => return None,
    })
}

/// The type of futures' word, of those that are simulated.
pub(super) fn of_futures_word(word: &str, has_limit: bool) -> Option<OrderType> {
    Some(match word {
        "mkt" => OrderType::Market,
        "lmt" | "post" | "ioc" => OrderType::Limit,
        "stp" if has_limit => OrderType::StopLimit,
        "stp" => OrderType::Stop,
        "trailing_stop" => OrderType::Trail,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_is_found_by_each_of_its_names() {
        for name in ["XBTUSD", "XXBTZUSD", "XBT/USD"] {
            assert_eq!(pair(name, false).unwrap().symbol, "XBTUSD", "{name}");
        }
        assert_eq!(long("SOLUSD"), "SOLUSD");
        assert!(pair("MOONUSD", false).is_none());
        assert!(perpetual("pf_xbtusd").is_some());
    }

    #[test]
    fn margin_is_a_book_of_its_own() {
        let plain = pair("ETHUSD", false).unwrap();
        let margin = pair("ETHUSD", true).unwrap();
        assert_ne!(plain.con_id, margin.con_id);
    }
}
