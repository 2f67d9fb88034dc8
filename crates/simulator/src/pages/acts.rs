//! What can be done on the pages.

use super::{
    Page, PageId, page,
    rows::{LOCALHOST, MASTER, PROGRAM, TRUSTED, WATCHDOG},
};
use crate::world::{AccountId, Contact, PermId, SessionId, Username, World, WorldError};

/// Does on a page what the page is for: ends the other sessions, switches the keys off, has the
/// account locked. What is done already is no error.
pub fn act(world: &World, account: &AccountId, id: PageId) -> Result<(), WorldError> {
    let listed = page(world, account, id)?;
    // watchdogs come before what they start again
    for row in order_of_acting(&listed) {
        act_on(world, account, id, &row)?;
    }
    Ok(())
}

/// Does what the button of one line says. A line that has none is done already, which is no error.
pub fn act_on(world: &World, account: &AccountId, id: PageId, row: &str) -> Result<(), WorldError> {
    let listed = page(world, account, id)?;
    let found = listed.rows.iter().find(|each| each.id == row);
    let found = found.ok_or_else(|| WorldError::Nothing(format!("line {row}")))?;
    if found.action.is_none() {
        return Ok(());
    }
    if id.takes_second_factor() && world.second_factor_lost(account) {
        return Err(WorldError::SecondFactor);
    }
    let no_such = || WorldError::Nothing(format!("line {row}"));
    match id {
        PageId::Sessions => {
            let number = row.parse().map_err(|_| no_such())?;
            world.end_session(SessionId(number), "ended by its owner");
            Ok(())
        }
        PageId::ApiKeys | PageId::OtherKeys | PageId::Flex => world.revoke_key(account, row),
        PageId::Withdrawals => world.cancel_withdrawal(account, row),
        PageId::Transfers => world.stop_transfer(account, row),
        PageId::AddressBook => world.remove_address(account, row),
        PageId::Contact => change_back(world, account, row),
        PageId::Users => world.remove_user(&Username(row.to_owned())),
        PageId::SecurityDesk => world.lock(account).map(|_| ()),
        PageId::TwoFactor => world.remove_device(account, row),
        PageId::Password => world.change_password(account),
        PageId::Orders => {
            let number = row.parse().map_err(|_| no_such())?;
            world.cancel_one_by_desk(account, PermId(number))
        }
        PageId::Settings => world
            .change_tws_settings(account, |settings| {
                if row == LOCALHOST {
                    settings.allow_localhost_only = true;
                } else if row == MASTER {
                    settings.master_client_id = None;
                } else if let Some(ip) = row.strip_prefix(TRUSTED) {
                    settings.trusted_ips.retain(|trusted| trusted != ip);
                }
            })
            .map(|_| ()),
        PageId::Bots => {
            if let Some(name) = row.strip_prefix(WATCHDOG) {
                world.stop_watchdog(account, name)
            } else {
                world.stop_program(account, row.strip_prefix(PROGRAM).unwrap_or(row))
            }
        }
    }
}

/// The lines that are to be dealt with. An order that was put aside goes with the others.
fn order_of_acting(page: &Page) -> Vec<String> {
    let all = page.id == PageId::Orders;
    let mut rows: Vec<_> = page
        .rows
        .iter()
        .filter(|row| row.action.is_some() && (row.open || all))
        .map(|row| row.id.clone())
        .collect();
    rows.sort_by_key(|row| !row.starts_with(WATCHDOG));
    rows
}

fn change_back(world: &World, account: &AccountId, row: &str) -> Result<(), WorldError> {
    let view = world.account(account)?;
    for what in Contact::ALL {
        if what.id() == row
            && let Some(point) = view.contacts.get(&what)
        {
            return world.change_contact(account, what, &point.own, false);
        }
    }
    Ok(())
}
