//! What direct doors have in common: the levers' reach, and the world's values as doors tell them.

use std::time::Duration;

use door::{
    Blinds, DoorError, DoorKind, ErrorClass, Family, Fill, Lever, LeverSupport, OpenOrder,
    OrderKey, Position, Pull, Reach, Snapshot, Unseen,
};

use super::wire::Wire;
use crate::{
    faults::Front,
    world::{Execution, Order},
};

/// Everything that the TWS door offers.
pub(super) const TWS_LEVERS: [Lever; 4] = [
    Lever::Capture,
    Lever::CancelOrders,
    Lever::BlockTrading,
    Lever::Audit,
];

pub(super) const OTHER_SESSIONS: &str = "other web and mobile sessions live on";
pub(super) const OTHER_PLATFORMS: &str = "the TWS window, the phone and the web can still trade";
pub(super) const OTHER_PROGRAMS: &str = "only this TWS is stopped; programs elsewhere live on";

/// A lever that acts and can be read back.
pub(super) fn acting(lever: Lever, reach: Reach, takes_at_least: Duration) -> LeverSupport {
    LeverSupport {
        lever,
        reach,
        acts: true,
        reads: true,
        takes_at_least,
        blinds: Vec::new(),
        own_part: false,
        asks_code: false,
    }
}

/// A lever whose act is all there is.
pub(super) fn recording(lever: Lever) -> LeverSupport {
    LeverSupport {
        reads: false,
        ..acting(lever, Reach::Full, Duration::ZERO)
    }
}

pub(super) fn partial(left: &str) -> Reach {
    Reach::Partial {
        left: left.to_owned(),
    }
}

pub(super) fn blinds_tws(levers: &[Lever]) -> Vec<Blinds> {
    vec![Blinds {
        door: DoorKind::new(Front::Tws.id()),
        levers: levers.to_vec(),
    }]
}

pub(super) fn unseen(what: &str, why: &str) -> Vec<Unseen> {
    vec![Unseen {
        what: Family::new(what),
        why: why.to_owned(),
    }]
}

pub(super) fn not_offered(wire: &Wire, lever: Lever) -> DoorError {
    DoorError::new(
        ErrorClass::Unsupported,
        "",
        format!("the {} door does not offer {lever}", wire.kind),
    )
}

impl Wire {
    /// The open orders that `pull` is about, with those numbers that a cancel of one needs.
    pub(super) fn in_scope(&self, pull: &Pull) -> Vec<(Order, OpenOrder)> {
        let positions = self.positions();
        let listed = self.world.listed(self.front, &self.account).into_iter();
        listed
            .filter(Order::open)
            .map(|order| {
                let told = self.told(&order);
                (order, told)
            })
            .filter(|(_, told)| told.in_scope(&pull.scope, &positions, pull.pressed_at))
            .collect()
    }

    /// What a capture finds.
    pub(super) fn snapshot(&self) -> Snapshot {
        let listed = self.world.listed(self.front, &self.account).into_iter();
        Snapshot {
            orders: listed
                .filter(Order::open)
                .map(|order| self.told(&order))
                .collect(),
            positions: self.positions(),
            fills: self.fills(),
            facts: Vec::new(),
        }
    }

    /// The fills since the press, as far as clocks agree.
    pub(super) fn fills_of(&self, pull: &Pull) -> Vec<Fill> {
        let mut fills = self.fills();
        fills.retain(|fill| fill.at.is_none_or(|at| at >= pull.pressed_at));
        fills
    }

    fn fills(&self) -> Vec<Fill> {
        let traded = self.world.executions(self.front, &self.account);
        traded.iter().map(|fill| self.traded(fill)).collect()
    }

    fn positions(&self) -> Vec<Position> {
        let held = self.world.holdings(&self.account).into_iter();
        held.map(|holding| Position {
            instrument: self.name(&holding.instrument.symbol),
            quantity: holding.quantity,
            average_cost: Some(holding.average_cost),
        })
        .collect()
    }

    fn told(&self, order: &Order) -> OpenOrder {
        let placed = self.world.told(self.front, &self.account, order.placed);
        OpenOrder {
            key: self.key(order.perm_id.0, order.cp_order_id),
            family: Family::new("orders"),
            instrument: self.name(&order.ask.instrument.symbol),
            side: order.ask.side,
            quantity: order.ask.quantity,
            filled: order.filled,
            order_type: order.ask.order_type.word().to_owned(),
            limit: order.ask.limit,
            stop: order.ask.stop,
            status: order.status.word().to_owned(),
            submitter: Some(self.name(&order.submitter.username.0)),
            // the socket does not tell it
            placed_at: (self.front != Front::Tws).then_some(placed),
        }
    }

    fn traded(&self, execution: &Execution) -> Fill {
        Fill {
            id: execution.id.clone(),
            order: Some(self.key(execution.perm_id.0, execution.cp_order_id)),
            instrument: self.name(&execution.instrument.symbol),
            side: execution.side,
            quantity: execution.quantity,
            price: execution.price,
            at: Some(self.world.told(self.front, &self.account, execution.at)),
            submitter: Some(self.name(&execution.submitter.username.0)),
        }
    }

    fn key(&self, perm_id: i64, cp_order_id: i64) -> OrderKey {
        OrderKey(match self.front {
            Front::Tws
            | Front::Ibc
            | Front::Flex
            | Front::KrakenSpot
            | Front::KrakenFutures
            | Front::Deribit => perm_id.to_string(),
            Front::ClientPortal => format!("{}:{cp_order_id}", self.kind),
        })
    }

    fn name(&self, name: &str) -> String {
        door::clean(&self.world.name(self.front, &self.account, name))
    }
}
