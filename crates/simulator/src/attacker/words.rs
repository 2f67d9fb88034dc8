//! Deeds in plain words, as a timeline tells them behind the actor's name.

use rust_decimal::Decimal;

use super::Deed;
use crate::world::Side;

impl Deed {
    /// What is done, in a short sentence without its subject.
    pub fn words(&self) -> String {
        match self {
            Self::LogIn => "logs in".to_owned(),
            Self::UseKey => "uses the key".to_owned(),
            Self::Place {
                symbol,
                side,
                quantity,
                limit,
                fills_at,
                ..
            } => {
                let way = match side {
                    Side::Buy => "buys",
                    Side::Sell => "sells",
                };
                let how = price(*limit);
                let whom = fills_at.map_or("", |_| ", from somebody who waits for it");
                format!("{way} {quantity} {symbol} {how}{whom}")
            }
            Self::CancelStops => "cancels the protective stops".to_owned(),
            Self::CancelOrders => "cancels every order".to_owned(),
            Self::TakeSeat => "takes the brokerage seat".to_owned(),
            Self::Withdraw { amount, target, .. } => {
                format!("asks for a withdrawal of {amount} to {target}")
            }
            Self::TransferOut { to, .. } => format!("has {to} pull all positions"),
            Self::CreateKey(wish) => {
                let may = match (wish.trades, wish.withdraws) {
                    (true, true) => "that can trade and withdraw",
                    (true, false) => "that can trade",
                    (false, true) => "that can withdraw",
                    (false, false) => "that can read",
                };
                let place = wish
                    .sub
                    .map_or(String::new(), |nth| format!(" on sub-account {nth}"));
                format!("makes the key {} {may}{place}", wish.name)
            }
            Self::RevokeKey { name } => format!("switches the key {name} off"),
            Self::AddDevice { name } => format!("adds the second-factor device {name}"),
            Self::RemoveDevice { name } => format!("removes the second-factor device {name}"),
            Self::AddUser { name } => format!("adds the user {name}"),
            Self::ChangeContact { what, to } => format!("changes the {} to {to}", what.words()),
            Self::AllowAddress { target } => format!("allows withdrawals to {target}"),
        }
    }
}

fn price(limit: Option<Decimal>) -> String {
    limit.map_or_else(
        || "at the market".to_owned(),
        |limit| format!("at a limit of {limit}"),
    )
}
