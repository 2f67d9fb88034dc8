//! Whether a firewall is on, as far as that is told without being an administrator.

use machine::{
    Machine, Os, join,
    processes::Process,
    settings::{of_plist, of_registry},
};

use crate::{
    kind::{Kind, THIS_COMPUTER},
    model::{Area, Finding, Severity},
};

const FIREWALL: Kind = Kind {
    id: "firewall-off",
    area: Area::Host,
    severity: Severity::Medium,
    why: "A port that a program opens by mistake is open to everybody on the same network.",
    mend: "Turn it on: sudo ufw enable, or the system's settings, Network, Firewall.",
};

pub(super) fn audit(machine: &Machine, running: &[Process]) -> Finding {
    let (on, how) = match machine.os() {
        Os::Linux => linux(machine, running),
        Os::MacOs => (mac_os(machine), "the application firewall's state"),
        Os::Windows => (windows(machine), "EnableFirewall of each profile"),
    };
    match on {
        Ok(true) => FIREWALL.good(THIS_COMPUTER, "A firewall is on", how),
        Ok(false) => FIREWALL.mend(THIS_COMPUTER, "The firewall is off", how),
        Err(why) => {
            let what = format!("Whether a firewall is on cannot be told: {why}");
            FIREWALL.unknown(THIS_COMPUTER, what, how)
        }
    }
}

fn linux(machine: &Machine, running: &[Process]) -> (Result<bool, String>, &'static str) {
    if running.iter().any(|process| process.name == "firewalld") {
        return (Ok(true), "firewalld runs");
    }
    let starts_nftables = machine
        .folders("/etc/systemd/system")
        .iter()
        .map(|folder| join("/etc/systemd/system", folder))
        .any(|wants| {
            let starts = machine.list(&wants).unwrap_or_default();
            starts.iter().any(|entry| entry.name == "nftables.service")
        });
    let rules = machine.read("/etc/nftables.conf").unwrap_or_default();
    if starts_nftables && drops_what_comes_in(&rules) {
        return (Ok(true), "nftables starts with /etc/nftables.conf");
    }
    let how = "/etc/ufw/ufw.conf";
    let Ok(text) = machine.read(how) else {
        let why = "neither ufw, firewalld nor nftables is set up; iptables cannot be read";
        return (Err(why.to_owned()), how);
    };
    let on = text.lines().any(|line| line.trim() == "ENABLED=yes");
    (Ok(on), how)
}

/// Whether a chain that sees what comes in drops it by default.
fn drops_what_comes_in(rules: &str) -> bool {
    let code = rules
        .lines()
        .map(|line| line.split('#').next().unwrap_or_default());
    let code: String = code.collect::<Vec<_>>().join(" ");
    code.split("hook input").skip(1).any(|chain| {
        let chain = chain.split('}').next().unwrap_or_default();
        chain.contains("policy drop")
            || chain.trim_end().ends_with("drop")
            || chain.trim_end().ends_with("drop;")
            || chain.contains("reject")
    })
}

fn mac_os(machine: &Machine) -> Result<bool, String> {
    let path = "/Library/Preferences/com.apple.alf.plist";
    if let Ok(state) = of_plist(machine, path, "globalstate") {
        return Ok(state != "0");
    }
    let said = machine.ask(&["socketfilterfw", "--getglobalstate"])?;
    Ok(said.contains("enabled"))
}

fn windows(machine: &Machine) -> Result<bool, String> {
    for profile in ["DomainProfile", "StandardProfile", "PublicProfile"] {
        let key = format!(
            "HKLM\\SYSTEM\\CurrentControlSet\\Services\\SharedAccess\\Parameters\\FirewallPolicy\\\
             {profile}"
        );
        if of_registry(machine, &key, "EnableFirewall")? != "1" {
            return Ok(false);
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_that_let_everything_in_are_no_firewall() {
        let shipped = "table inet filter {\n\tchain input {\n\t\ttype filter hook input priority filter;\n\t}\n}";
        assert!(!drops_what_comes_in(shipped));
        let drops = "table inet filter {\n\tchain input {\n\t\ttype filter hook input priority 0; policy drop;\n\t\t\
                     ct state established accept\n\t}\n}";
        assert!(drops_what_comes_in(drops));
        let commented = "# hook input policy drop\n";
        assert!(!drops_what_comes_in(commented));
    }
}
