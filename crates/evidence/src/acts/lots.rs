//! Disputed trades of one thing in one money: first in, first out.
//!
//! Disputed trades close each other first, in the order of time. What they leave open is valued
//! only by later trades of the person's own that close it, or by a price that a source tells.

use std::collections::VecDeque;

use door::Side;
use jiff::Timestamp;
use rust_decimal::Decimal;

use super::{
    ActRow, Acts, LossLine, exact,
    losses::{Counting, Group, Price, TOO_LARGE, figure, with_fee},
};

/// A fill that tells all that a figure needs.
#[derive(Clone)]
pub(super) struct Trade<'a> {
    row: &'a ActRow,
    at: Timestamp,
    side: Side,
    price: Decimal,
    multiplier: Decimal,
    /// How much of it no figure uses yet.
    left: Decimal,
    /// What it cost, until a figure holds it.
    fee: Decimal,
}

impl<'a> Trade<'a> {
    /// The trade of a fill, and with which others it goes; or what the fill lacks.
    pub(super) fn of(row: &'a ActRow) -> Result<(Group<'a>, Self), &'static str> {
        let act = &row.act;
        let instrument = act.instrument.as_deref();
        let instrument = instrument.ok_or("what was traded is not told")?;
        let currency = act.currency.as_deref();
        let currency = currency.ok_or("in which money is not told")?;
        let quantity = act.quantity.map(|quantity| quantity.abs());
        let quantity = quantity.filter(|quantity| !quantity.is_zero());
        let trade = Self {
            row,
            at: act.at.ok_or("when is not told")?,
            side: act
                .side
                .ok_or("whether it was bought or sold is not told")?,
            price: act.price.ok_or("the price is not told")?,
            multiplier: act.multiplier.unwrap_or(Decimal::ONE),
            left: quantity.ok_or("how much is not told")?,
            fee: act.fee.unwrap_or_default(),
        };
        Ok(((row.account.as_ref(), instrument, currency), trade))
    }

    /// Whether a figure uses some of it.
    fn is_begun(&self) -> bool {
        let whole = self.row.act.quantity.map(|quantity| quantity.abs());
        whole != Some(self.left)
    }

    /// The fee, once.
    fn take_fee(&mut self) -> Decimal {
        std::mem::take(&mut self.fee)
    }
}

/// Counts the disputed trades of a group; both lists are in the order of time.
pub(super) fn count(
    counting: &mut Counting,
    acts: &Acts,
    prices: &[Price],
    group: Group<'_>,
    disputed: Vec<Trade<'_>>,
    own: Vec<Trade<'_>>,
) {
    let multiplier = disputed[0].multiplier;
    if disputed.iter().any(|trade| trade.multiplier != multiplier) {
        counting.not_counted(format!(
            "{} fills of {} not counted: their sources tell different multipliers.",
            disputed.len(),
            group.1
        ));
        return;
    }
    let mut counted = Counted {
        counting,
        group,
        multiplier,
    };
    let mut open = counted.round_trips(disputed);
    let own = own
        .into_iter()
        .filter(|trade| trade.multiplier == multiplier)
        .collect();
    counted.closed_by_own(&mut open, own);
    counted.valued(&mut open, prices);
    counted.still_open(acts, open);
}

struct Counted<'a, 'b> {
    counting: &'b mut Counting,
    group: Group<'a>,
    multiplier: Decimal,
}

impl Counted<'_, '_> {
    /// Matches disputed trades with each other; what stays open is all on one side.
    fn round_trips<'t>(&mut self, disputed: Vec<Trade<'t>>) -> VecDeque<Trade<'t>> {
        let mut open: VecDeque<Trade<'t>> = VecDeque::new();
        for mut trade in disputed {
            while let Some(lot) = open.front_mut()
                && lot.side != trade.side
                && !trade.left.is_zero()
            {
                let words = |side| match side {
                    Side::Buy => "sold again",
                    Side::Sell => "bought back",
                };
                let closed = words(lot.side);
                let fee = trade.take_fee();
                self.close(lot, &mut trade, closed, fee);
                if lot.left.is_zero() {
                    open.pop_front();
                }
            }
            if !trade.left.is_zero() {
                open.push_back(trade);
            }
        }
        open
    }

    /// Closes what is open by trades of the person's own, each later than what it closes.
    fn closed_by_own<'t>(&mut self, open: &mut VecDeque<Trade<'t>>, own: Vec<Trade<'t>>) {
        let mut own: VecDeque<Trade<'t>> = own.into();
        while let Some(lot) = open.front_mut() {
            // what is too early for this lot is too early for those behind it
            while let Some(trade) = own.front()
                && (trade.side == lot.side || trade.at <= lot.at)
            {
                self.leave(trade);
                own.pop_front();
            }
            let Some(trade) = own.front_mut() else { break };
            let closed = match lot.side {
                Side::Buy => "sold by you",
                Side::Sell => "bought back by you",
            };
            // the fee belongs to the figure that uses the last of the trade
            let fee = if trade.left <= lot.left {
                trade.take_fee()
            } else {
                Decimal::ZERO
            };
            self.close(lot, trade, closed, fee);
            if trade.left.is_zero() {
                own.pop_front();
            }
            if lot.left.is_zero() {
                open.pop_front();
            }
        }
        if let Some(trade) = own.front() {
            self.leave(trade);
        }
    }

    /// Says what of the person's own trade is not counted, now that nothing more uses it.
    fn leave(&mut self, trade: &Trade<'_>) {
        if trade.is_begun() && !trade.fee.is_zero() {
            self.counting.not_counted(format!(
                "The fee of {} is not counted: the fill closes something disputed only in part.",
                trade.row.key
            ));
        }
    }

    /// Matches as much of `lot` as `trade` closes, and writes the figure down. Always uses up one of
    /// the two.
    fn close<'t>(
        &mut self,
        lot: &mut Trade<'t>,
        trade: &mut Trade<'t>,
        closed: &str,
        fee: Decimal,
    ) {
        let quantity = lot.left.min(trade.left);
        let (_, instrument, currency) = self.group;
        let opened = match lot.side {
            Side::Buy => "Bought",
            Side::Sell => "Sold",
        };
        let words = format!(
            "{opened} {quantity} {instrument} at {}, {closed} at {}",
            lot.price, trade.price
        );
        let fees = [lot.take_fee(), fee];
        let computed = self.figure(lot, quantity, trade.price, &fees);
        match computed {
            Some((sum, amount)) => {
                let mut sources = lot.row.sources.clone();
                for source in &trade.row.sources {
                    if !sources.contains(source) {
                        sources.push(source.clone());
                    }
                }
                self.counting.line(
                    Some(lot.at),
                    LossLine {
                        words,
                        sum,
                        amount,
                        currency: currency.to_owned(),
                        acts: vec![lot.row.key.clone(), trade.row.key.clone()],
                        sources,
                    },
                );
            }
            None => self
                .counting
                .not_counted(format!("{words}: not counted, {TOO_LARGE}.")),
        }
        // the smaller is used up; a rest that cannot be held exactly is not counted either
        let rest = |of: &Trade<'_>| exact::subtract(of.left, quantity);
        for side in [lot, trade] {
            side.left = rest(side).unwrap_or_else(|| {
                self.counting.not_counted(format!(
                    "The rest of {} is not counted: {TOO_LARGE}.",
                    side.row.key
                ));
                Decimal::ZERO
            });
        }
    }

    /// What closing `quantity` of `lot` at `price` brings, and how that is computed.
    fn figure(
        &self,
        lot: &Trade<'_>,
        quantity: Decimal,
        price: Decimal,
        fees: &[Decimal],
    ) -> Option<(String, Decimal)> {
        let (bought, sold) = match lot.side {
            Side::Buy => (lot.price, price),
            Side::Sell => (price, lot.price),
        };
        let units = exact::multiply(quantity, self.multiplier)?;
        let difference = exact::subtract(sold, bought)?;
        let mut amount = exact::multiply(units, difference)?;
        for fee in fees {
            amount = exact::subtract(amount, *fee)?;
        }
        let times = if self.multiplier == Decimal::ONE {
            String::new()
        } else {
            format!(" x {}", figure(self.multiplier))
        };
        let sum = format!(
            "{}{times} x ({} - {})",
            figure(quantity),
            figure(sold),
            figure(bought)
        );
        Some((with_fee(sum, fees), amount))
    }

    /// Values what is open at the latest price that a source tells.
    fn valued(&mut self, open: &mut VecDeque<Trade<'_>>, prices: &[Price]) {
        let (account, instrument, currency) = self.group;
        let told = prices
            .iter()
            .filter(|price| price.instrument == instrument && price.currency == currency)
            .filter(|price| price.account.is_none() || price.account.as_ref() == account)
            .max_by(|a, b| {
                let which = |price: &Price| (price.at, price.account.is_some(), price.price);
                which(a)
                    .cmp(&which(b))
                    .then_with(|| a.source.cmp(&b.source))
            });
        let Some(told) = told else { return };
        open.retain_mut(|lot| {
            if told.at < lot.at {
                return true;
            }
            let fees = [lot.take_fee()];
            let Some((sum, amount)) = self.figure(lot, lot.left, told.price, &fees) else {
                lot.fee = fees[0];
                return true;
            };
            let opened = match lot.side {
                Side::Buy => "Bought",
                Side::Sell => "Sold",
            };
            let mut sources = lot.row.sources.clone();
            sources.push(told.source.clone());
            self.counting.line(
                Some(lot.at),
                LossLine {
                    words: format!(
                        "{opened} {} {instrument} at {}, still open, valued at {} as of {}",
                        lot.left, lot.price, told.price, told.at
                    ),
                    sum,
                    amount,
                    currency: currency.to_owned(),
                    acts: vec![lot.row.key.clone()],
                    sources,
                },
            );
            false
        });
    }

    /// Says what stays open and is not valued; its fees are counted all the same.
    fn still_open(&mut self, acts: &Acts, open: VecDeque<Trade<'_>>) {
        let Some(first) = open.front() else { return };
        let (account, instrument, currency) = self.group;
        let side = first.side;
        let (lowest, highest) = open
            .iter()
            .fold((first.price, first.price), |(low, high), lot| {
                (low.min(lot.price), high.max(lot.price))
            });
        let quantity = open
            .iter()
            .try_fold(Decimal::ZERO, |sum, lot| exact::add(sum, lot.left));
        let quantity = quantity.map_or_else(|| "many".to_owned(), |sum| sum.to_string());
        let price = if lowest == highest {
            format!("at {lowest}")
        } else {
            format!("at {lowest} to {highest}")
        };
        let (done, undone) = match side {
            Side::Buy => ("bought", "sold again"),
            Side::Sell => ("sold", "bought back"),
        };
        let held = acts
            .held(account, instrument)
            .map(|(held, at)| format!(" The account held {held} when it was last read, {at}."));
        self.counting.not_counted(format!(
            "{quantity} {instrument} {done} {price} {currency} in {} disputed fills: not {undone} as \
             far as the sources tell, and no later price is told, so the difference is not \
             counted.{}",
            open.len(),
            held.unwrap_or_default()
        ));
        for mut lot in open {
            let fee = lot.take_fee();
            if fee.is_zero() {
                continue;
            }
            self.counting.line(
                Some(lot.at),
                LossLine {
                    words: format!("Fee of a disputed fill of {instrument} that is still open"),
                    sum: with_fee("0".to_owned(), &[fee]),
                    amount: -fee,
                    currency: currency.to_owned(),
                    acts: vec![lot.row.key.clone()],
                    sources: lot.row.sources.clone(),
                },
            );
        }
    }
}
