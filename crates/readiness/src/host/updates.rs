//! Whether the system knows of updates that it has not got, and whether it looks for them.

use jiff::Timestamp;

use machine::{Machine, Os, join, settings::of_plist};

use crate::{
    kind::{Kind, THIS_COMPUTER},
    model::{Area, Finding, Severity, counted},
};

const PENDING: Kind = Kind {
    id: "updates-pending",
    area: Area::Host,
    severity: Severity::High,
    why: "What an update mends is known to everybody, also to those who look for computers without it.",
    mend: "Install the updates: sudo apt update && sudo apt upgrade, or the system's settings.",
};
const NOT_LOOKED_FOR: Kind = Kind {
    id: "updates-not-looked-for",
    area: Area::Host,
    severity: Severity::High,
    why: "Without looking the system does not know what it lacks.",
    mend: "Look now: sudo apt update, or the system's settings. Turn on automatic updates.",
};
const RESTART: Kind = Kind {
    id: "restart-needed",
    area: Area::Host,
    severity: Severity::Medium,
    why: "An update that waits for a restart does not work yet.",
    mend: "Restart the computer, outside trading hours.",
};
/// How old a list of updates may be.
const MOST_DAYS: i64 = 14;
const DAY: i64 = 86_400;

pub(super) fn audit(machine: &Machine, now: Timestamp) -> Vec<Finding> {
    match machine.os() {
        Os::Linux => linux(machine, now),
        Os::MacOs => vec![mac_os(machine)],
        Os::Windows => windows(machine),
    }
}

fn linux(machine: &Machine, now: Timestamp) -> Vec<Finding> {
    let mut findings = Vec::new();
    if machine.exists("/run/reboot-required") || machine.exists("/var/run/reboot-required") {
        let how = "/run/reboot-required is there";
        findings.push(RESTART.mend(THIS_COMPUTER, "An update waits for a restart", how));
    }
    if !machine.exists("/var/lib/apt") {
        let what = "Pending updates cannot be told: this system's packages are not apt's";
        findings.push(PENDING.unknown(THIS_COMPUTER, what, "looked for /var/lib/apt"));
        return findings;
    }
    findings.push(age_of_lists(machine, now));
    findings.push(pending(machine));
    findings
}

fn age_of_lists(machine: &Machine, now: Timestamp) -> Finding {
    let stamps = ["periodic/update-success-stamp", "lists/partial", "lists"];
    let newest = stamps
        .iter()
        .filter_map(|stamp| machine.written(&join("/var/lib/apt", stamp)))
        .max();
    let Some(newest) = newest else {
        let what = "When updates were last looked for cannot be told";
        return NOT_LOOKED_FOR.unknown(THIS_COMPUTER, what, "looked for apt's lists");
    };
    let days = (now.as_second() - newest) / DAY;
    let how = format!("apt's lists are {days} days old");
    if days > MOST_DAYS {
        let what = "Updates were not looked for within two weeks";
        NOT_LOOKED_FOR.mend(THIS_COMPUTER, what, how)
    } else {
        NOT_LOOKED_FOR.good(THIS_COMPUTER, "Updates are looked for", how)
    }
}

fn pending(machine: &Machine) -> Finding {
    let told = machine
        .read("/var/lib/update-notifier/updates-available")
        .ok()
        .and_then(|text| told_pending(&text).map(|told| (told, "update-notifier")));
    let simulate = ["apt-get", "-s", "-o", "Debug::NoLocking=true", "upgrade"];
    let (count, how) = match told {
        Some(told) => told,
        None => match machine.ask(&simulate) {
            Ok(said) => (simulated_pending(&said), "apt-get -s upgrade"),
            Err(why) => {
                let what = format!("Pending updates cannot be told: {why}");
                return PENDING.unknown(THIS_COMPUTER, what, "asked apt-get");
            }
        },
    };
    if count == 0 {
        return PENDING.good(THIS_COMPUTER, "No update is known to be missing", how);
    }
    let how = format!("{} by {how}", counted(count, "package"));
    PENDING.mend(
        THIS_COMPUTER,
        "Updates that are known are not installed",
        how,
    )
}

/// `12 updates can be applied immediately.`; an empty file says nothing.
fn told_pending(text: &str) -> Option<usize> {
    let line = text
        .lines()
        .find(|line| line.contains("can be ") && line.contains("update"))?;
    line.split_whitespace().next()?.parse().ok()
}

fn simulated_pending(said: &str) -> usize {
    said.lines()
        .filter(|line| line.starts_with("Inst "))
        .count()
}

fn mac_os(machine: &Machine) -> Finding {
    let path = "/Library/Preferences/com.apple.SoftwareUpdate.plist";
    let how = "LastRecommendedUpdatesAvailable of com.apple.SoftwareUpdate";
    match of_plist(machine, path, "LastRecommendedUpdatesAvailable") {
        Ok(count) if count == "0" => {
            PENDING.good(THIS_COMPUTER, "No update is known to be missing", how)
        }
        Ok(_) => PENDING.mend(
            THIS_COMPUTER,
            "Updates that are known are not installed",
            how,
        ),
        Err(why) => {
            let what = format!("Pending updates cannot be told: {path} {}", why.words());
            PENDING.unknown(THIS_COMPUTER, what, how)
        }
    }
}

fn windows(machine: &Machine) -> Vec<Finding> {
    let key = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\WindowsUpdate\\Auto Update\\\
               RebootRequired";
    let mut findings = Vec::new();
    if machine.ask(&["reg", "query", key]).is_ok() {
        let how = "RebootRequired in the registry";
        findings.push(RESTART.mend(THIS_COMPUTER, "An update waits for a restart", how));
    }
    let what = "Pending updates cannot be told without asking Windows Update";
    findings.push(PENDING.unknown(THIS_COMPUTER, what, "the registry"));
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_of_counting_updates_are_read() {
        let told = "\n12 updates can be applied immediately.\n5 of these updates are standard \
                    security updates.\n";
        assert_eq!(told_pending(told), Some(12));
        assert_eq!(
            told_pending("\n3 updates can be installed immediately.\n"),
            Some(3)
        );
        assert_eq!(told_pending("\n"), None);
        let said = "Reading package lists...\nInst zip [3.0-13] (3.0-13+deb12u1 Debian-Security)\nConf \
                    zip (3.0-13+deb12u1)\n";
        assert_eq!(simulated_pending(said), 1);
    }
}
