//! Files of the broker's programs on this computer: TWS, IB Gateway, IBC, the Client Portal gateway.
//!
//! Nothing of theirs is changed, started or asked. Passwords are cut out of settings before those
//! are stored; logs are copied as they are.

mod api_log;
mod client_portal;
mod collector;
mod export;
mod files;
mod ibc;
mod time;
mod tws;
mod withhold;

use jiff::Timestamp;
use machine::{Machine, processes, trading::Found};

pub use self::export::{ExportGuide, ExportWatch, guides};
use self::{collector::Collector, tws::Jts};
use crate::{Collected, State, Told};

const TWS_LOGS: (&str, &str) = ("tws-logs", "Logs of TWS and IB Gateway");
const TWS_EXPORTS: (&str, &str) = ("tws-exported-logs", "Readable logs that were exported");
const AUDIT_TRAIL: (&str, &str) = ("tws-audit-trail", "TWS's audit trail");
const TWS_SETTINGS: (&str, &str) = ("tws-settings", "Settings of TWS and IB Gateway");
const IBC_SETTINGS: (&str, &str) = ("ibc-settings", "Settings of IBC");
const GATEWAY_LOGS: (&str, &str) = ("client-portal-logs", "Logs of the Client Portal gateway");
const GATEWAY_SETTINGS: (&str, &str) = (
    "client-portal-settings",
    "Settings of the Client Portal gateway",
);

/// The collectors of [`broker`], as their ids and what they are, in their order.
pub fn collectors() -> [(&'static str, &'static str); 7] {
    [
        TWS_LOGS,
        TWS_EXPORTS,
        AUDIT_TRAIL,
        TWS_SETTINGS,
        IBC_SETTINGS,
        GATEWAY_LOGS,
        GATEWAY_SETTINGS,
    ]
}

/// What the broker's programs left on `machine` of the time `around`, a collector each.
pub fn broker(
    machine: &Machine,
    around: (Timestamp, Timestamp),
    told: &mut dyn FnMut(Told<'_>),
) -> Vec<Collected> {
    let running = processes::running(machine).unwrap_or_default();
    let found = Found::on(machine, &running);
    let jts: Vec<Jts> = found
        .jts
        .iter()
        .map(|path| Jts::of(machine, path))
        .collect();
    let no_tws = "No folder of TWS or IB Gateway was found";
    let no_ibc = "No IBC was found";
    let no_gateway = "No Client Portal gateway was found";
    let none_of_it = "None of the days around was found";
    let nowhere = |is_here: bool, else_where| if is_here { none_of_it } else { else_where };
    let tws_here = !jts.is_empty();
    let gateway_here = !found.web_gateway.is_empty();
    let of = collectors().len();
    collectors()
        .into_iter()
        .enumerate()
        .map(|(nth, which)| {
            let (id, title) = which;
            let tell = |state| Told {
                collector: id,
                title,
                state,
                nth: nth + 1,
                of,
            };
            told(tell(State::Began));
            let mut collector = Collector::new(which);
            let nowhere = match which {
                TWS_LOGS => {
                    tws::logs(machine, &jts, around, &mut collector);
                    nowhere(tws_here, no_tws)
                }
                TWS_EXPORTS => {
                    tws::exports(machine, &jts, around, &mut collector);
                    "No exported log of the days around was found"
                }
                AUDIT_TRAIL => {
                    tws::audit_trail(machine, &jts, around, &mut collector);
                    nowhere(tws_here, no_tws)
                }
                TWS_SETTINGS => {
                    tws::settings(machine, &jts, &mut collector);
                    no_tws
                }
                IBC_SETTINGS => {
                    ibc::settings(machine, &found.ibc, &mut collector);
                    no_ibc
                }
                GATEWAY_LOGS => {
                    client_portal::logs(machine, &found.web_gateway, around, &mut collector);
                    nowhere(gateway_here, no_gateway)
                }
                _ => {
                    client_portal::settings(machine, &found.web_gateway, &mut collector);
                    no_gateway
                }
            };
            let collected = collector.end(nowhere);
            told(tell(State::Ended(&collected.outcome)));
            collected
        })
        .collect()
}
