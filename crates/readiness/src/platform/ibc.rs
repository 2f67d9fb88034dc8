//! IBC's `config.ini`: passwords, the command port, and what it answers in the person's stead.

use machine::{Ini, Machine, folder_of, join};

use crate::{
    kind::Kind,
    model::{Area, Finding, Severity},
};

pub(super) const PASSWORD: Kind = Kind {
    id: "password-in-file",
    area: Area::Platform,
    severity: Severity::Critical,
    why: "Whoever reads the file, a backup of it or a synced copy has the login.",
    mend: "Take the password out of the file, change it at the broker, and type it when the login \
           asks.",
};
const SETTINGS: Kind = Kind {
    id: "ibc-settings",
    area: Area::Platform,
    severity: Severity::Medium,
    why: "IBC answers questions of TWS in your stead, as its settings say.",
    mend: "Open IBC's config.ini and compare it with the one that IBC ships.",
};
const COMMAND_PORT: Kind = Kind {
    id: "ibc-command-port-unguarded",
    area: Area::Platform,
    severity: Severity::High,
    why: "The command port asks for no password, and without an address it listens at all of them.",
    mend: "In config.ini set BindAddress=127.0.0.1, or CommandServerPort=0.",
};
const COMMANDS_FROM: Kind = Kind {
    id: "ibc-takes-commands-from-others",
    area: Area::Platform,
    severity: Severity::High,
    why: "Those computers may stop or restart the trading program, without a password.",
    mend: "In config.ini leave ControlFrom empty.",
};
const ACCEPTS: Kind = Kind {
    id: "ibc-accepts-any-connection",
    area: Area::Platform,
    severity: Severity::High,
    why: "Every program that finds the API port may trade, and nobody is asked.",
    mend: "In config.ini set AcceptIncomingConnectionAction=reject, and name the trusted addresses in \
           TWS: Global Configuration, API, Settings.",
};
const FIGHTS: Kind = Kind {
    id: "ibc-fights-for-the-session",
    area: Area::Platform,
    severity: Severity::Medium,
    why: "A session that never gives way also throws you out when you log in to stop it.",
    mend: "In config.ini set ExistingSessionDetectedAction=primaryoverride or manual.",
};
const PAPER_WARNING: Kind = Kind {
    id: "ibc-accepts-paper-warning",
    area: Area::Platform,
    severity: Severity::Low,
    why: "The one question that tells a paper account from a live one is answered unseen.",
    mend: "In config.ini set AcceptNonBrokerageAccountWarning=no where somebody sits by.",
};
const BLIND: Kind = Kind {
    id: "ibc-allows-blind-trading",
    area: Area::Platform,
    severity: Severity::Medium,
    why: "Orders in what has no market data pass unseen: a thin name is what a thief buys.",
    mend: "In config.ini set AllowBlindTrading=no.",
};
const READ_ONLY_OFF: Kind = Kind {
    id: "ibc-turns-read-only-off",
    area: Area::Platform,
    severity: Severity::Medium,
    why: "A freeze by Read-Only API is undone at the next start.",
    mend: "In config.ini leave ReadOnlyApi empty, and tick it in TWS: Global Configuration, API, \
           Settings, where no program trades.",
};
const READ_ONLY_ON: Kind = Kind {
    id: "ibc-turns-read-only-on",
    area: Area::Platform,
    severity: Severity::High,
    why: "Read-Only API refuses cancels too (error 321): the cancel of a press is dead through this \
          door.",
    mend: "In config.ini leave ReadOnlyApi empty, and clear Read-Only API in TWS: Global \
           Configuration, API, Settings. Firebreak sets it after the orders are gone.",
};
const BYPASS: Kind = Kind {
    id: "ibc-bypasses-precautions",
    area: Area::Platform,
    severity: Severity::High,
    why: "A precaution that is passed over does not stop an order of the wrong size either.",
    mend: "In config.ini set it to no.",
};
const NO_LOGOFF: Kind = Kind {
    id: "no-daily-logoff",
    area: Area::Platform,
    severity: Severity::Medium,
    why: "A session that restarts by itself lives for a week without your second factor.",
    mend: "In config.ini clear AutoRestartTime and set AutoLogoffTime to a time after your trading.",
};
const PROMPTS: Kind = Kind {
    id: "second-factor-asked-again",
    area: Area::Platform,
    severity: Severity::Medium,
    why: "Prompts that come by themselves teach to approve them, and one may be a stranger's.",
    mend: "In config.ini set ReloginAfterSecondFactorAuthenticationTimeout=no.",
};
const MASTER: Kind = Kind {
    id: "master-client-id",
    area: Area::Platform,
    severity: Severity::Medium,
    why: "A program that connects with that number sees the orders of every other one.",
    mend: "In config.ini leave OverrideTwsMasterClientID empty unless one of your programs needs it.",
};
const OLD: Kind = Kind {
    id: "ibc-version",
    area: Area::Platform,
    severity: Severity::Low,
    why: "A dialog that an old IBC does not know stays open, and the login hangs.",
    mend: "Get 3.24.1 or later from github.com/IbcAlpha/IBC/releases.",
};
/// The newest that is known here, of 2 July 2026.
const NEWEST: [u32; 3] = [3, 24, 1];
/// Start scripts that hold a login, and what it is called there.
const SCRIPTS: [&str; 6] = [
    "gatewaystart.sh",
    "twsstart.sh",
    "gatewaystartmacos.sh",
    "twsstartmacos.sh",
    "StartGateway.bat",
    "StartTWS.bat",
];

/// What the settings at `path` say.
pub(super) fn audit(machine: &Machine, path: &str) -> Vec<Finding> {
    let ini = match machine.read(path) {
        Ok(text) => Ini::parse(&text),
        Err(why) => {
            let what = format!("{path} {}", why.words());
            return vec![SETTINGS.unknown(path, what, "tried to read it")];
        }
    };
    if ini.is_empty() {
        let what = "It holds no setting: it is no IBC config.ini, or is empty";
        return vec![SETTINGS.unknown(path, what, "read it")];
    }
    let mut findings = passwords(machine, path, &ini);
    findings.extend(command_port(path, &ini));
    findings.extend(answers(path, &ini));
    findings.extend(version(machine, path));
    if findings.is_empty() {
        let what = "No password, no open command port, nothing accepted unseen";
        findings.push(SETTINGS.good(path, what, "read it"));
    }
    findings
}

/// The port of the command server, when it is on.
pub(super) fn command_server_port(machine: &Machine, path: &str) -> Option<u16> {
    let ini = Ini::parse(&machine.read(path).ok()?);
    port(&ini)
}

fn port(ini: &Ini) -> Option<u16> {
    let port = ini.get("CommandServerPort")?.parse().ok()?;
    (port != 0).then_some(port)
}

fn passwords(machine: &Machine, path: &str, ini: &Ini) -> Vec<Finding> {
    let mut findings = Vec::new();
    // IBC ships with its public demo login
    let filled = |name: &&str| ini.get(name).is_some_and(|value| value != "demouser");
    let names: Vec<&str> = ["IbPassword", "FIXPassword"]
        .into_iter()
        .filter(filled)
        .collect();
    if !names.is_empty() {
        let names = names.join(" and ");
        let what = format!("{names} in plain text");
        findings.push(PASSWORD.mend(path, what, "it is not empty"));
    }
    for script in SCRIPTS.map(|name| join(folder_of(path), name)) {
        let Ok(text) = machine.read(&script) else {
            continue;
        };
        let ini = Ini::parse(&text.replace("set ", ""));
        let value = ini.get("TWSPASSWORD").or(ini.get("FIXPASSWORD"));
        if value.is_some_and(|value| !value.trim_matches('"').is_empty()) {
            let what = "A start script holds the password in plain text";
            findings.push(PASSWORD.mend(&script, what, "TWSPASSWORD is not empty"));
        }
    }
    findings
}

fn command_port(path: &str, ini: &Ini) -> Vec<Finding> {
    let Some(port) = port(ini) else {
        return Vec::new();
    };
    let mut findings = Vec::new();
    let bound = ini.get("BindAddress");
    if !bound.is_some_and(is_this_computer) {
        let at = bound.unwrap_or("all addresses");
        let what = format!("The command port {port} is opened at {at}");
        findings.push(COMMAND_PORT.mend(path, what, "CommandServerPort and BindAddress"));
    }
    let others: Vec<&str> = ini
        .get("ControlFrom")
        .unwrap_or_default()
        .split([',', ' '])
        .filter(|from| !from.is_empty() && !is_this_computer(from))
        .collect();
    if !others.is_empty() {
        let what = format!("Commands are taken from {}", others.join(", "));
        findings.push(COMMANDS_FROM.mend(path, what, "ControlFrom"));
    }
    findings
}

/// Whether an address is one of the computer to itself.
pub(super) fn is_this_computer(address: &str) -> bool {
    let address = address.trim();
    address.eq_ignore_ascii_case("localhost")
        || address
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.to_canonical().is_loopback())
}

fn answers(path: &str, ini: &Ini) -> Vec<Finding> {
    let said = |kind: &Kind, name: &str, what: &str| {
        let value = ini.get(name).unwrap_or_default();
        kind.mend(path, what, format!("{name}={value}"))
    };
    let mut findings = Vec::new();
    let mut when = |is: bool, kind: &Kind, name: &str, what: &str| {
        if is {
            findings.push(said(kind, name, what));
        }
    };
    let name = "AcceptIncomingConnectionAction";
    when(
        ini.is(name, "accept"),
        &ACCEPTS,
        name,
        "Every API connection is accepted unseen",
    );
    let name = "ExistingSessionDetectedAction";
    let what = "Its session is taken back from whoever else logs in";
    when(ini.is(name, "primary"), &FIGHTS, name, what);
    let name = "AcceptNonBrokerageAccountWarning";
    when(
        ini.on(name),
        &PAPER_WARNING,
        name,
        "The paper warning is accepted unseen",
    );
    let name = "AllowBlindTrading";
    when(
        ini.on(name),
        &BLIND,
        name,
        "Orders without market data are accepted unseen",
    );
    let name = "ReadOnlyApi";
    when(
        ini.is(name, "no"),
        &READ_ONLY_OFF,
        name,
        "Read-Only API is cleared at every start",
    );
    when(
        ini.is(name, "yes"),
        &READ_ONLY_ON,
        name,
        "Read-Only API is ticked at every start",
    );
    let name = "IbAutoClosedown";
    when(
        ini.is(name, "no"),
        &NO_LOGOFF,
        name,
        "It never logs off by itself",
    );
    let name = "AutoRestartTime";
    when(
        ini.get(name).is_some() && !ini.is("IbAutoClosedown", "no"),
        &NO_LOGOFF,
        name,
        "It restarts each day without a new login",
    );
    let name = "ReloginAfterSecondFactorAuthenticationTimeout";
    when(
        ini.on(name),
        &PROMPTS,
        name,
        "A second factor that nobody approved is asked for again",
    );
    let name = "OverrideTwsMasterClientID";
    when(
        ini.get(name).is_some(),
        &MASTER,
        name,
        "A master client id is set at every start",
    );
    for name in ini.on_with("Bypass") {
        let how = format!("{name} in {path}");
        findings.push(BYPASS.mend(format!("{path}: {name}"), format!("{name} is on"), how));
    }
    findings
}

fn version(machine: &Machine, path: &str) -> Option<Finding> {
    let file = join(folder_of(path), "version");
    let text = machine.read(&file).ok()?;
    let numbers: Vec<u32> = text
        .trim()
        .split('.')
        .map_while(|n| n.parse().ok())
        .collect();
    let version = numbers
        .iter()
        .map(u32::to_string)
        .collect::<Vec<_>>()
        .join(".");
    let old = !numbers.is_empty() && numbers < NEWEST.to_vec();
    old.then(|| {
        let what = format!("IBC {version} is older than 3.24.1 of 2 July 2026");
        OLD.mend(path, what, format!("read {file}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use machine::Os;

    use crate::model::Verdict;

    fn ids(config: &str) -> Vec<String> {
        let root = tempfile::tempdir().unwrap();
        std::fs::write(root.path().join("config.ini"), config).unwrap();
        let machine = Machine::at(root.path(), Os::Linux);
        let mut ids: Vec<_> = audit(&machine, "/config.ini")
            .into_iter()
            .filter(|finding| finding.verdict == Verdict::Mend)
            .map(|finding| finding.id)
            .collect();
        ids.sort();
        ids
    }

    #[test]
    fn the_file_that_ibc_ships_has_nothing_to_mend() {
        let shipped = "FIX=no\nIbLoginId=edemo\nIbPassword=demouser\nFIXPassword=\n\
                       ExistingSessionDetectedAction=manual\nAcceptIncomingConnectionAction=manual\n\
                       ReadOnlyApi=\nAcceptNonBrokerageAccountWarning=no\nIbAutoClosedown=yes\n\
                       AllowBlindTrading=no\n#CommandServerPort=7462\nControlFrom=\nBindAddress=\n";
        assert_eq!(ids(shipped), Vec::<String>::new());
    }

    #[test]
    fn a_command_port_of_this_computer_alone_is_good() {
        let bound = "CommandServerPort=7462\nBindAddress=127.0.0.1\nControlFrom=localhost";
        assert_eq!(ids(bound), Vec::<String>::new());
        let open = "CommandServerPort=7462\nControlFrom=10.0.0.7, 127.0.0.1";
        assert_eq!(
            ids(open),
            [
                "ibc-command-port-unguarded",
                "ibc-takes-commands-from-others"
            ]
        );
        assert_eq!(
            ids("CommandServerPort=0\nControlFrom=10.0.0.7"),
            Vec::<String>::new()
        );
    }

    #[test]
    fn the_password_is_never_in_a_finding() {
        let root = tempfile::tempdir().unwrap();
        let config = "IbLoginId=ada\nIbPassword=hunter2\n";
        std::fs::write(root.path().join("config.ini"), config).unwrap();
        let script = "TWSUSERID=ada\nTWSPASSWORD=hunter2\n";
        std::fs::write(root.path().join("gatewaystart.sh"), script).unwrap();
        let batch = "set TWSPASSWORD=\r\n";
        std::fs::write(root.path().join("StartTWS.bat"), batch).unwrap();
        let findings = audit(&Machine::at(root.path(), Os::Linux), "/config.ini");
        let said = format!("{findings:?}");
        assert_eq!(findings.len(), 2, "{said}");
        assert!(!said.contains("hunter2"), "{said}");
    }

    #[test]
    fn each_answer_in_the_persons_stead_is_told() {
        let config = "ExistingSessionDetectedAction=primary\nAcceptIncomingConnectionAction=accept\n\
                      AcceptNonBrokerageAccountWarning=yes\nAllowBlindTrading=yes\n\
                      AutoRestartTime=08:00 AM\nReloginAfterSecondFactorAuthenticationTimeout=yes\n\
                      OverrideTwsMasterClientID=7\nBypassOrderPrecautions=yes\n\
                      BypassBondWarning=yes\nBypassRedirectOrderWarning=no\n";
        assert_eq!(
            ids(config),
            [
                "ibc-accepts-any-connection",
                "ibc-accepts-paper-warning",
                "ibc-allows-blind-trading",
                "ibc-bypasses-precautions",
                "ibc-bypasses-precautions",
                "ibc-fights-for-the-session",
                "master-client-id",
                "no-daily-logoff",
                "second-factor-asked-again",
            ]
        );
    }

    #[test]
    fn an_old_ibc_is_told_by_its_version_file() {
        let old = |version: &str| {
            let root = tempfile::tempdir().unwrap();
            std::fs::write(root.path().join("config.ini"), "FIX=no").unwrap();
            std::fs::write(root.path().join("version"), version).unwrap();
            let findings = audit(&Machine::at(root.path(), Os::Linux), "/config.ini");
            findings.iter().any(|finding| finding.id == "ibc-version")
        };
        assert!(old("3.8.2\n"));
        assert!(old("2.14"));
        assert!(!old("3.24.1"));
        assert!(!old("3.25"));
        assert!(!old("newest"));
    }

    #[test]
    fn read_only_is_told_as_what_it_does_to_a_press() {
        assert_eq!(ids("ReadOnlyApi=yes"), ["ibc-turns-read-only-on"]);
        assert_eq!(ids("ReadOnlyApi=no"), ["ibc-turns-read-only-off"]);
    }

    #[test]
    fn a_file_that_is_none_is_unknown() {
        let root = tempfile::tempdir().unwrap();
        std::fs::write(root.path().join("config.ini"), "{}").unwrap();
        let findings = audit(&Machine::at(root.path(), Os::Linux), "/config.ini");
        assert_eq!(findings[0].verdict, Verdict::Unknown);
    }
}
