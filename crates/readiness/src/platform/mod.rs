//! The broker's programs on this machine: TWS, IB Gateway, IBC and the Client Portal gateway, as far
//! as files and what runs tell.

mod client_portal;
mod ibc;
mod modes;
mod ports;
mod tws;
mod user;

use machine::{Machine, Unreadable, processes::Process, sockets::Listening, trading::Found};

use crate::{
    kind::{Kind, THIS_COMPUTER},
    model::{Area, Finding, Severity},
};

use self::ports::Ports;

const PROGRAMS: Kind = Kind {
    id: "trading-programs",
    area: Area::Platform,
    severity: Severity::Low,
    why: "What is not found here is not looked at.",
    mend: "Keep TWS, IB Gateway, IBC or the Client Portal gateway in their usual folders, or start \
           them before a check.",
};

/// What runs and what listens, seen once for all audits.
pub(crate) struct Seen {
    pub(crate) running: Result<Vec<Process>, Unreadable>,
    pub(crate) listening: Result<Vec<Listening>, Unreadable>,
}

pub(crate) fn audit(machine: &Machine, seen: &Seen) -> Vec<Finding> {
    let none = Vec::new();
    let running = seen.running.as_ref().unwrap_or(&none);
    let found = Found::on(machine, running);
    let ports = Ports {
        web_gateway: found
            .web_gateway
            .iter()
            .map(|path| client_portal::port(machine, path))
            .collect(),
        ibc: found
            .ibc
            .iter()
            .filter_map(|path| ibc::command_server_port(machine, path))
            .collect(),
    };
    let mut findings = Vec::from_iter(programs(machine, &found, seen));
    findings.extend(found.jts.iter().flat_map(|path| tws::audit(machine, path)));
    findings.extend(found.ibc.iter().flat_map(|path| ibc::audit(machine, path)));
    let web = &found.web_gateway;
    findings.extend(
        web.iter()
            .flat_map(|path| client_portal::audit(machine, path)),
    );
    findings.extend(ports::audit(&seen.listening, running, &ports));
    findings.extend(modes::audit(machine, &found));
    findings.extend(user::audit(machine, running, &found));
    findings
}

fn programs(machine: &Machine, found: &Found, seen: &Seen) -> Option<Finding> {
    if let Err(why) = &seen.running {
        let what = format!("The list of what runs {}", why.words());
        return Some(PROGRAMS.unknown(THIS_COMPUTER, what, "tried to list what runs"));
    }
    if let Err(why) = machine.list(machine.home()) {
        let what = format!("{} {}", machine.home(), why.words());
        return Some(PROGRAMS.unknown(THIS_COMPUTER, what, "tried to look through it"));
    }
    let how = "the usual folders, the environment, arguments of what runs";
    found.is_empty().then(|| {
        let what = "No TWS, IB Gateway, IBC or Client Portal gateway was found";
        PROGRAMS.good(THIS_COMPUTER, what, how)
    })
}
