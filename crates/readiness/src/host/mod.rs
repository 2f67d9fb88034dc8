//! This computer: what protects it, who else may use it, and what lies about on it.

mod admins;
mod disk;
mod extensions;
mod firewall;
mod remote;
mod screen;
mod secrets;
mod updates;

use jiff::Timestamp;

use machine::Machine;

use crate::{model::Finding, places::Places, platform::Seen};

pub(crate) fn audit(
    machine: &Machine,
    places: &Places,
    seen: &Seen,
    now: Timestamp,
) -> Vec<Finding> {
    let running = seen.running.as_deref().unwrap_or_default();
    let mut findings = vec![disk::audit(machine), firewall::audit(machine, running)];
    findings.extend(updates::audit(machine, now));
    findings.extend(screen::audit(machine));
    findings.extend(remote::audit(machine, seen));
    findings.extend(admins::audit(machine));
    findings.extend(extensions::audit(machine, running));
    findings.extend(secrets::audit(machine, places));
    findings
}
