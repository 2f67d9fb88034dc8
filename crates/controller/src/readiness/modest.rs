//! Which order is modest enough to prove a lever with: a small plain limit, far from the market,
//! that protects nothing and cannot be taken for another.

use door::{Fill, OpenOrder, Position, Side};
use rust_decimal::Decimal;
use venues::Venue;

/// How far from the last price that is known a limit stands at least, in percent.
const FAR_PERCENT: Decimal = Decimal::from_parts(10, 0, 0, false, 0);
/// The most that it is worth, in the instrument's currency.
const WORTH_AT_MOST: Decimal = Decimal::from_parts(500, 0, 0, false, 0);
/// The most US dollars of a Deribit contract that counts in dollars.
const DOLLARS_AT_MOST: Decimal = Decimal::from_parts(100, 0, 0, false, 0);

/// What is known beside the order.
pub(super) struct Around {
    pub(super) venue: Option<Venue>,
    pub(super) positions: Vec<Position>,
    pub(super) fills: Vec<Fill>,
    /// Whether positions were told.
    pub(super) positions_told: bool,
}

impl Around {
    /// The last price that is known of an instrument: of the newest fill, or what was paid.
    fn price(&self, instrument: &str) -> Option<Decimal> {
        let fills = self
            .fills
            .iter()
            .filter(|fill| fill.instrument == instrument);
        let newest = fills.max_by_key(|fill| fill.at).map(|fill| fill.price);
        newest.or_else(|| {
            let mut held = self
                .positions
                .iter()
                .filter(|it| it.instrument == instrument);
            held.find_map(|position| position.average_cost)
        })
    }

    /// What could not be seen of an order that was taken.
    pub(super) fn not_seen(&self, order: &OpenOrder) -> Vec<String> {
        let mut not_seen = Vec::new();
        if self.price(&order.instrument).is_none() {
            not_seen.push("how far from the market it was".to_owned());
        }
        if !self.positions_told {
            not_seen.push("whether it would close a position".to_owned());
        }
        not_seen
    }
}

/// Why an order is not taken for a proof. `all` are the open orders beside it, of one listing.
pub(super) fn may_be_taken(
    order: &OpenOrder,
    all: &[OpenOrder],
    around: &Around,
) -> Result<(), String> {
    if order.is_stop() || !is_plain_limit(&order.order_type) {
        return Err(format!(
            "it is a {}, and may protect a position; a plain limit is needed",
            door::clean_to(&order.order_type, 30)
        ));
    }
    let Some(limit) = order.limit.filter(|limit| *limit > Decimal::ZERO) else {
        return Err("it has no limit price".to_owned());
    };
    if order.filled > Decimal::ZERO {
        return Err("a part of it has filled already".to_owned());
    }
    if closes(order, &around.positions) {
        return Err("it would close a position that you hold".to_owned());
    }
    if !is_small(order, limit, around.venue) {
        return Err(format!("it is large: {} at {limit}", order.quantity));
    }
    if let Some(price) = around.price(&order.instrument)
        && !is_far(order.side, limit, price)
    {
        return Err(format!(
            "its limit of {limit} is nearer than {FAR_PERCENT} % to {price}, the last price known"
        ));
    }
    let alike = all.iter().filter(|it| {
        (&it.instrument, it.side, it.quantity, it.limit)
            == (&order.instrument, order.side, order.quantity, order.limit)
    });
    if alike.count() > 1 {
        return Err("another open order looks the same; give it a limit of its own".to_owned());
    }
    Ok(())
}

fn is_plain_limit(order_type: &str) -> bool {
    ["LMT", "LIMIT"].contains(&order_type.to_uppercase().as_str())
}

fn closes(order: &OpenOrder, positions: &[Position]) -> bool {
    positions.iter().any(|position| {
        position.instrument == order.instrument
            && match order.side {
                Side::Sell => position.quantity > Decimal::ZERO,
                Side::Buy => position.quantity < Decimal::ZERO,
            }
    })
}

fn is_small(order: &OpenOrder, limit: Decimal, venue: Option<Venue>) -> bool {
    let worth = order.quantity.checked_mul(limit);
    let worth_little = worth.is_some_and(|worth| worth <= WORTH_AT_MOST);
    match venue {
        // one share, or one contract
        Some(Venue::Ibkr) => worth_little || order.quantity <= Decimal::ONE,
        // options count in contracts, and are priced in the coin
        Some(Venue::Deribit) if is_option(&order.instrument) => order.quantity <= Decimal::ONE,
        // futures and perpetuals that settle in the coin count in dollars
        Some(Venue::Deribit) if !order.instrument.contains('_') => {
            order.quantity <= DOLLARS_AT_MOST
        }
        Some(Venue::Deribit | Venue::Kraken) | None => worth_little,
    }
}

/// `BTC-25DEC26-100000-C`.
fn is_option(instrument: &str) -> bool {
    instrument.ends_with("-C") || instrument.ends_with("-P")
}

fn is_far(side: Side, limit: Decimal, price: Decimal) -> bool {
    let hundred = Decimal::ONE_HUNDRED;
    let bound = match side {
        Side::Buy => price * (hundred - FAR_PERCENT) / hundred,
        Side::Sell => price * (hundred + FAR_PERCENT) / hundred,
    };
    match side {
        Side::Buy => limit <= bound,
        Side::Sell => limit >= bound,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::readiness::proofs::tests::order;

    fn around() -> Around {
        Around {
            venue: Some(Venue::Ibkr),
            positions: Vec::new(),
            fills: Vec::new(),
            positions_told: true,
        }
    }

    fn with(change: impl Fn(&mut OpenOrder)) -> OpenOrder {
        let mut order = order("7");
        change(&mut order);
        order
    }

    fn why(order: &OpenOrder, around: &Around) -> String {
        may_be_taken(order, std::slice::from_ref(order), around).unwrap_err()
    }

    #[test]
    fn a_small_plain_limit_is_taken() {
        let order = order("7");
        assert_eq!(
            may_be_taken(&order, std::slice::from_ref(&order), &around()),
            Ok(())
        );
        let limit = with(|order| order.order_type = "limit".to_owned());
        assert_eq!(may_be_taken(&limit, &[], &around()), Ok(()));
    }

    #[test]
    fn what_may_protect_is_large_or_partly_filled_is_not_taken() {
        let stop = with(|order| order.stop = Some(Decimal::TEN));
        assert!(why(&stop, &around()).contains("protect"));
        let trail = with(|order| order.order_type = "TRAIL LIMIT".to_owned());
        assert!(why(&trail, &around()).contains("protect"));
        let market = with(|order| order.limit = None);
        assert!(why(&market, &around()).contains("no limit"));
        let large = with(|order| order.quantity = Decimal::from(51));
        assert!(why(&large, &around()).contains("large"));
        let filled = with(|order| order.filled = Decimal::new(5, 1));
        assert!(why(&filled, &around()).contains("filled"));
        let position = Position {
            instrument: "AAPL".to_owned(),
            quantity: Decimal::from(-1),
            average_cost: None,
        };
        let short = Around {
            positions: vec![position],
            ..around()
        };
        assert!(why(&order("7"), &short).contains("close a position"));
    }

    #[test]
    fn one_near_the_last_price_is_not_taken_and_one_that_looks_like_another_neither() {
        let paid = |price: i64| Around {
            positions: vec![Position {
                instrument: "AAPL".to_owned(),
                quantity: Decimal::from(100),
                average_cost: Some(Decimal::from(price)),
            }],
            ..around()
        };
        assert!(why(&order("7"), &paid(11)).contains("nearer"));
        assert_eq!(may_be_taken(&order("7"), &[], &paid(12)), Ok(()));
        assert!(paid(12).not_seen(&order("7")).is_empty());
        assert_eq!(around().not_seen(&order("7")).len(), 1);
        let twins = [order("7"), order("8")];
        let refused = may_be_taken(&twins[0], &twins, &around()).unwrap_err();
        assert!(refused.contains("looks the same"), "{refused}");
    }

    #[test]
    fn size_counts_as_the_venue_counts() {
        let at = |venue, instrument: &str, quantity: i64, limit: i64| {
            let order = with(|order| {
                instrument.clone_into(&mut order.instrument);
                order.quantity = Decimal::from(quantity);
                order.limit = Some(Decimal::from(limit));
            });
            is_small(&order, Decimal::from(limit), Some(venue))
        };
        assert!(at(Venue::Ibkr, "ES", 1, 3_000));
        assert!(!at(Venue::Ibkr, "ES", 2, 3_000));
        assert!(!at(Venue::Kraken, "XBTUSD", 1, 20_000));
        assert!(at(Venue::Deribit, "BTC-PERPETUAL", 10, 20_000));
        assert!(!at(Venue::Deribit, "BTC-PERPETUAL", 1_000, 20_000));
        assert!(!at(Venue::Deribit, "BTC-25DEC26-100000-C", 14, 1));
        assert!(at(Venue::Deribit, "BTC-25DEC26-100000-C", 1, 1));
        assert!(!at(Venue::Deribit, "BTC_USDC-PERPETUAL", 1, 20_000));
    }
}
