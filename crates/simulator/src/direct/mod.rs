//! Doors straight into the world, without a wire: for seeded simulations of a real engine under
//! virtual time. They offer, refuse, pace and blind as the real connectors do, and keep a door's
//! contract under every fault: what cannot be told for sure is an error, never an empty list.

mod client_portal;
mod exchange;
mod ibc;
mod support;
mod tws;
mod wire;

use std::{collections::BTreeSet, sync::Arc};

use door::Door;

use crate::{
    faults::Front,
    world::{AccountId, World},
};

use client_portal::ClientPortalDoor;
use exchange::ExchangeDoor;
use ibc::IbcDoor;
use tws::TwsDoor;
use wire::Wire;

/// Doors of an account, in the order in which levers try them. The Client Portal's logs its user
/// in. To be called when the account's TWS runs. Statements have none: they change and prove nothing.
pub fn doors(world: &World, account: &AccountId, fronts: &BTreeSet<Front>) -> Vec<Arc<dyn Door>> {
    let has_tws = fronts.contains(&Front::Tws);
    fronts
        .iter()
        .filter_map(|front| {
            let wire = Wire::new(world, account, *front);
            let door: Arc<dyn Door> = match front {
                Front::Tws => Arc::new(TwsDoor::new(wire)),
                Front::ClientPortal => Arc::new(ClientPortalDoor::new(wire)),
                Front::Ibc => Arc::new(IbcDoor::new(wire, has_tws)),
                Front::Flex => return None,
                Front::KrakenSpot | Front::KrakenFutures | Front::Deribit => {
                    Arc::new(ExchangeDoor::new(wire, fronts))
                }
            };
            Some(door)
        })
        .collect()
}

#[cfg(test)]
mod tests;
