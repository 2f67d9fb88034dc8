//! Placing orders, and the questions that the gateway asks before it passes them on. An order whose
//! questions were not all answered is nowhere at the broker.

use std::collections::VecDeque;

use door::Side;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    answer::{Amount, Answer},
    orders::unknown_account,
    portal::{Portal, State},
    rows::status,
    session::secret,
};
use crate::world::{By, Instrument, NewOrder, OrderType, World, WorldError};

/// The most ids that can be suppressed in one request.
const SUPPRESSED: usize = 51;

/// How far a limit may lie from the market without a question, as a part of the market's price.
const FAR: Decimal = Decimal::from_parts(3, 0, 0, false, 2);

/// How many unanswered questions are kept.
const QUESTIONS: usize = 100;

/// Orders that wait for the rest of their questions to be answered.
pub(super) struct Question {
    asks: Vec<NewOrder>,
    left: VecDeque<Prompt>,
}

/// What is asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Prompt {
    NoMarketData,
    FarFromMarket,
}

#[derive(Deserialize)]
struct Placing {
    orders: Vec<OrderTicket>,
}

#[derive(Deserialize)]
struct OrderTicket {
    #[serde(rename = "acctId")]
    account: Option<String>,
    conid: Option<i32>,
    conidex: Option<String>,
    ticker: Option<String>,
    #[serde(rename = "secType")]
    sec_type: Option<String>,
    #[serde(rename = "orderType")]
    order_type: String,
    side: String,
    quantity: Amount,
    price: Option<Amount>,
    #[serde(rename = "auxPrice")]
    aux_price: Option<Amount>,
    #[serde(rename = "trailingAmt")]
    trailing_amount: Option<Amount>,
    tif: Option<String>,
    #[serde(rename = "cOID")]
    customer_id: Option<String>,
}

#[derive(Deserialize)]
struct Confirmation {
    confirmed: bool,
}

#[derive(Deserialize)]
struct Suppression {
    #[serde(rename = "messageIds")]
    ids: Vec<String>,
}

#[derive(Serialize)]
struct PlacedRow {
    order_id: String,
    order_status: &'static str,
    encrypt_message: &'static str,
}

impl Prompt {
    /// Its id, by which it can be suppressed.
    fn id(self) -> &'static str {
        match self {
            Self::NoMarketData => "o354",
            Self::FarFromMarket => "o163",
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::NoMarketData => "There is no market data for this order. Submit it all the same?",
            Self::FarFromMarket => {
                "The price exceeds the Percentage constraint of 3%. Submit it all the same?"
            }
        }
    }
}

impl Portal {
    /// Takes tickets of orders, and asks what must be confirmed about them.
    pub(super) fn place(&self, state: &mut State, account: &str, body: &[u8]) -> Answer {
        let placing = match serde_json::from_slice::<Placing>(body) {
            Ok(placing) if !placing.orders.is_empty() => placing,
            Ok(_) => return Answer::bad_request("no orders"),
            Err(_) => return Answer::bad_request("orders are not understood"),
        };
        let other = placing
            .orders
            .iter()
            .filter_map(|ticket| ticket.account.as_deref())
            .chain([account])
            .find(|account| *account != self.account.0);
        if let Some(other) = other {
            return unknown_account(other);
        }
        let asks: Result<Vec<_>, _> = placing
            .orders
            .into_iter()
            .map(|ticket| self.understand(ticket))
            .collect();
        match asks {
            Ok(asks) => {
                let left = prompts(&asks).collect();
                self.ask_or_send(state, Question { asks, left })
            }
            Err(why) => Answer::error_in_200(why),
        }
    }

    /// Takes the answer to a question: the next one, the orders, or nothing placed.
    pub(super) fn reply(&self, state: &mut State, id: &str, body: &[u8]) -> Answer {
        let Ok(confirmation) = serde_json::from_slice::<Confirmation>(body) else {
            return Answer::bad_request("confirmed is needed");
        };
        let waiting = state
            .brokerage()
            .and_then(|brokerage| brokerage.questions.remove(id));
        match waiting {
            None => Answer::error_in_200(&format!("reply id not found: '{id}'")),
            Some(_) if !confirmation.confirmed => Answer::error_in_200("Order not confirmed"),
            Some(mut question) => {
                question.left.pop_front();
                self.ask_or_send(state, question)
            }
        }
    }

    /// Keeps questions from being asked in this session.
    pub(super) fn suppress(state: &mut State, body: &[u8]) -> Answer {
        match serde_json::from_slice::<Suppression>(body) {
            Ok(suppression) if suppression.ids.len() <= SUPPRESSED => {
                if let Some(brokerage) = state.brokerage() {
                    brokerage.suppressed.extend(suppression.ids);
                }
                Answer::ok(&json!({ "status": "submitted" }))
            }
            Ok(_) => Answer::bad_request("too many messageIds"),
            Err(_) => Answer::bad_request("messageIds are needed"),
        }
    }

    pub(super) fn suppress_reset(state: &mut State) -> Answer {
        if let Some(brokerage) = state.brokerage() {
            brokerage.suppressed.clear();
        }
        Answer::ok(&json!({ "status": "submitted" }))
    }

    fn ask_or_send(&self, state: &mut State, mut question: Question) -> Answer {
        let Some(brokerage) = state.brokerage() else {
            return Answer::no_brokerage_session();
        };
        question
            .left
            .retain(|prompt| !brokerage.suppressed.contains(prompt.id()));
        let Some(prompt) = question.left.front().copied() else {
            return self.send(state, question.asks);
        };
        if brokerage.questions.len() >= QUESTIONS {
            brokerage.questions.pop_first();
        }
        let id = secret();
        brokerage.questions.insert(id.clone(), question);
        Answer::ok(&json!([{
            "id": id,
            "message": [prompt.words()],
            "isSuppressed": false,
            "messageIds": [prompt.id()],
            "messageOptions": ["Yes", "No"],
        }]))
    }

    fn send(&self, state: &State, asks: Vec<NewOrder>) -> Answer {
        let Some(login) = &state.login else {
            return Answer::logged_out();
        };
        let by = By::Session(login.session);
        let mut placed = Vec::new();
        for ask in asks {
            match self.world.place(&self.account, ask, &by, 0) {
                Ok(order) => placed.extend(self.world.order(order)),
                Err(WorldError::SessionEnded) => return Answer::logged_out(),
                Err(WorldError::NoSeat) => return Answer::no_brokerage_session(),
                Err(error) => return Answer::error_in_200(&error.to_string()),
            }
        }
        let rows: Vec<_> = placed
            .iter()
            .map(|order| PlacedRow {
                order_id: order.cp_order_id.to_string(),
                order_status: status(order),
                encrypt_message: "1",
            })
            .collect();
        Answer::ok(&rows)
    }

    fn understand(&self, ticket: OrderTicket) -> Result<NewOrder, &'static str> {
        let order_type = OrderType::from_word(&ticket.order_type).ok_or("unknown order type")?;
        let side = match ticket.side.to_ascii_uppercase().as_str() {
            "BUY" | "B" => Side::Buy,
            "SELL" | "S" => Side::Sell,
            _ => return Err("unknown side"),
        };
        let con_id = ticket
            .conid
            .or_else(|| ticket.conidex.as_deref()?.split('@').next()?.parse().ok())
            .ok_or("no contract")?;
        let price = ticket.price.map(|price| price.0);
        let aux = ticket.aux_price.map(|price| price.0);
        let (limit, stop) = match order_type {
            OrderType::Market => (None, None),
            OrderType::Limit => (price, None),
            OrderType::Stop => (None, price.or(aux)),
            OrderType::StopLimit => (price, aux),
            OrderType::Trail => (None, ticket.trailing_amount.map(|amount| amount.0).or(aux)),
        };
        Ok(NewOrder {
            instrument: self.instrument(con_id, ticket.ticker, ticket.sec_type.as_deref()),
            side,
            quantity: ticket.quantity.0,
            order_type,
            limit,
            stop,
            tif: ticket.tif.unwrap_or_else(|| "DAY".to_owned()),
            order_ref: ticket.customer_id.unwrap_or_default(),
        })
    }

    /// What a contract number stands for: as the account knows it, else as the ticket calls it.
    fn instrument(
        &self,
        con_id: i32,
        ticker: Option<String>,
        sec_type: Option<&str>,
    ) -> Instrument {
        let held = self.world.holdings(&self.account).into_iter();
        let ordered = self.world.orders(&self.account).into_iter();
        let known = held
            .map(|holding| holding.instrument)
            .chain(ordered.map(|order| order.ask.instrument))
            .find(|instrument| instrument.con_id == con_id);
        known.unwrap_or_else(|| {
            let ticker = ticker.unwrap_or_else(|| format!("CON{con_id}"));
            let mut instrument = Instrument::share(con_id, &ticker);
            // `265598:STK` names the contract again before the type
            if let Some(sec_type) = sec_type.and_then(|word| word.rsplit(':').next()) {
                sec_type.clone_into(&mut instrument.sec_type);
            }
            instrument
        })
    }
}

/// What must be confirmed about orders, in the order of asking.
fn prompts(asks: &[NewOrder]) -> impl Iterator<Item = Prompt> {
    let far = asks.iter().any(|ask| {
        let market = World::reference_price(&ask.instrument);
        let (nearest, farthest) = (market - market * FAR, market + market * FAR);
        ask.limit
            .is_some_and(|limit| limit < nearest || limit > farthest)
    });
    [Prompt::NoMarketData]
        .into_iter()
        .chain(far.then_some(Prompt::FarFromMarket))
}
