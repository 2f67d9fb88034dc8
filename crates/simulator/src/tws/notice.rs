//! Errors and news with their codes. The words are this simulator's own; clients decide by codes.

use jiff::Timestamp;

use super::{frame::Frames, id, message::ErrorMessage};
use crate::world::OrderStatus;

/// No request: what concerns the whole connection, and some refusals.
pub(super) const NO_ID: i32 = -1;

/// One error, warning or piece of news.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Notice {
    id: i32,
    code: i32,
    words: String,
}

impl Notice {
    fn new(id: i32, code: i32, words: impl Into<String>) -> Self {
        Self {
            id,
            code,
            words: words.into(),
        }
    }

    pub(super) fn too_fast() -> Self {
        let words = format!("More than {} messages a second", super::pace::A_SECOND);
        Self::new(NO_ID, 100, words)
    }

    pub(super) fn duplicate_order_id(order_id: i32) -> Self {
        Self::new(order_id, 103, "Duplicate order id")
    }

    pub(super) fn unknown_order(order_id: i32) -> Self {
        let words = format!("No order has the id {order_id}");
        Self::new(order_id, 135, words)
    }

    pub(super) fn not_cancellable(order_id: i32, status: OrderStatus) -> Self {
        let words = format!("A cancel came for an order that is {}", status.word());
        Self::new(order_id, 161, words)
    }

    pub(super) fn no_definition(order_id: i32) -> Self {
        Self::new(order_id, 200, "No security has this definition")
    }

    pub(super) fn rejected(order_id: i32, why: &str) -> Self {
        Self::new(order_id, 201, format!("Order rejected - reason: {why}"))
    }

    pub(super) fn market_closed(order_id: i32) -> Self {
        Self::rejected(order_id, "the exchange is closed, the cancel is not taken")
    }

    pub(super) fn cancelled(order_id: i32) -> Self {
        Self::new(order_id, 202, "Order Canceled - reason:")
    }

    pub(super) fn unreadable(what: &str) -> Self {
        let words = format!("Error reading request: {what}");
        Self::new(NO_ID, 320, words)
    }

    pub(super) fn invalid(request: i32, what: &str) -> Self {
        let words = format!("Error validating request: {what}");
        Self::new(request, 321, words)
    }

    pub(super) fn read_only() -> Self {
        Self::invalid(NO_ID, "the API interface is in Read-Only mode")
    }

    pub(super) fn client_id_in_use(client: i32) -> Self {
        let words = format!("Client id {client} is already in use");
        Self::new(NO_ID, 326, words)
    }

    pub(super) fn client_zero_only() -> Self {
        let words = "Only client id 0 can be bound to orders of the TWS window";
        Self::new(NO_ID, 327, words)
    }

    pub(super) fn already_started() -> Self {
        Self::new(NO_ID, 501, "Already connected")
    }

    pub(super) fn too_old(request: i32) -> Self {
        let words = "The negotiated version does not know this request";
        Self::new(request, 503, words)
    }

    pub(super) fn not_started() -> Self {
        Self::new(NO_ID, 504, "Not connected: the API was not started")
    }

    pub(super) fn bad_length(length: usize) -> Self {
        let words = format!("Bad message length: {length}");
        Self::new(NO_ID, 507, words)
    }

    pub(super) fn link_lost(request: i32) -> Self {
        let words = "Connectivity between the broker and TWS has been lost";
        Self::new(request, 1100, words)
    }

    pub(super) fn link_back() -> Self {
        let words = "Connectivity between the broker and TWS has been restored, data maintained";
        Self::new(NO_ID, 1102, words)
    }

    /// How the data farms are, as a client hears it when it connects.
    pub(super) fn farms(linked: bool) -> [Self; 3] {
        let farm = |ok, broken, name: &str| {
            if linked {
                Self::new(NO_ID, ok, format!("{name} is connected"))
            } else {
                Self::new(NO_ID, broken, format!("{name} is disconnected"))
            }
        };
        [
            farm(2104, 2103, "Market data farm usfarm"),
            farm(2106, 2105, "Historical data farm ushmds"),
            farm(2158, 2157, "Security definition farm secdefil"),
        ]
    }

    pub(super) fn order_not_found(order_id: i32) -> Self {
        let words = format!("Order {order_id} that is to be cancelled is not found");
        Self::new(order_id, 10_147, words)
    }

    pub(super) fn too_late_to_cancel(order_id: i32, status: OrderStatus) -> Self {
        let words = format!(
            "Order {order_id} that is to be cancelled cannot be, state: {}",
            status.word()
        );
        Self::new(order_id, 10_148, words)
    }

    pub(super) fn invalid_order_id(order_id: i32) -> Self {
        let words = format!("{order_id} is not a valid order id");
        Self::new(order_id, 10_149, words)
    }

    /// Adds it to what is sent, as said at a time.
    pub(super) fn say(self, at: Timestamp, to: &mut Frames) {
        to.push(
            id::answer::ERROR,
            &ErrorMessage {
                id: Some(self.id),
                error_time: Some(at.as_millisecond()),
                error_code: Some(self.code),
                error_msg: Some(self.words),
            },
        );
    }
}
