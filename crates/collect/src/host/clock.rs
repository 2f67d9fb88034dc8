//! This computer's clock: what it says, how it is kept, and how far other clocks were from it. No
//! network is asked.

use serde_json::json;

use machine::Os;

use super::look::{Found, Look, when};

/// More than this is worth a word, in milliseconds.
const FAR: i64 = 2000;

pub(super) fn look(look: &Look, found: &mut Found) {
    let zone = look.machine.link("/etc/localtime").unwrap_or_default();
    let zone = zone
        .rsplit_once("zoneinfo/")
        .map(|(_, zone)| zone.to_owned());
    found.put("zone", &zone);
    found.put("offsets", &look.offsets.to_vec());
    match look.machine.os() {
        Os::Linux => linux(look, found),
        Os::MacOs => {
            let said = look.ask(found, &["systemsetup", "-getusingnetworktime"]);
            found.put("kept_by", &said.map(|said| said.trim().to_owned()));
        }
        Os::Windows => {
            let said = look.ask(found, &["w32tm", "/query", "/status"]);
            found.put("kept_by", &said.map(|said| said.trim().to_owned()));
        }
    }
    found.looked_at("the clock of the system");
    found.put("read_at", &look.now);
    for offset in look.offsets.iter().filter(|o| o.ahead_ms.abs() > FAR) {
        let seconds = offset.ahead_ms.abs() / 1000;
        let way = if offset.ahead_ms > 0 {
            "behind"
        } else {
            "ahead of"
        };
        let what = format!(
            "This computer's clock is {seconds} s {way} {}",
            offset.clock
        );
        let why = "Times that were read from this computer are off by as much.";
        found.see(what, why, Some(offset.at), "the clock of the system");
    }
}

fn linux(look: &Look, found: &mut Found) {
    if let Some(said) = look.ask(found, &["timedatectl", "show"]) {
        let told: Vec<_> = said
            .lines()
            .filter_map(|line| line.split_once('='))
            .filter(|(name, _)| ["Timezone", "NTP", "NTPSynchronized", "CanNTP"].contains(name))
            .map(|(name, value)| json!({"name": name, "value": value}))
            .collect();
        found.put("timedatectl", &told);
        if said.lines().any(|line| line == "NTPSynchronized=no") {
            let what = "This computer's clock is not set by the network";
            found.sighting(false, what, "", None, "timedatectl show");
        }
    }
    // the file is touched each time that the clock is set
    let set = look.machine.written("/run/systemd/timesync/synchronized");
    found.put("timesyncd_set_it_at", &set.and_then(when));
    if let Some(said) = look.ask(found, &["chronyc", "-n", "tracking"]) {
        let lines: Vec<&str> = said.lines().map(str::trim).collect();
        found.put("chrony", &lines);
    }
    let stat = look.machine.read("/proc/stat").unwrap_or_default();
    let started = stat.lines().find_map(|line| line.strip_prefix("btime "));
    let started = started.and_then(|at| at.trim().parse().ok());
    found.put("computer_started_at", &started.and_then(when));
}
