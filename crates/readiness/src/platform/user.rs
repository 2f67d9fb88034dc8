//! As whom trading programs run, and what else that user runs.

use machine::{
    Machine,
    processes::Process,
    trading::{Found, ibc_arguments, is_trading_program},
};

use crate::{
    kind::{Kind, THIS_COMPUTER},
    model::{Area, Finding, Severity},
};

const SAME_USER: Kind = Kind {
    id: "same-user-as-browser",
    area: Area::Platform,
    severity: Severity::Medium,
    why: "What gets in by a page or a mail can read and steer the trading program of the same user.",
    mend: "Make a user of this computer for trading alone, without browser and mail.",
};
const AS_ROOT: Kind = Kind {
    id: "trading-program-as-root",
    area: Area::Platform,
    severity: Severity::High,
    why: "A fault in it is a fault in the whole computer.",
    mend: "Run it as a user of its own.",
};
const PASSWORD_SHOWN: Kind = Kind {
    id: "password-on-command-line",
    area: Area::Platform,
    severity: Severity::Critical,
    why: "Every user of this computer sees the arguments of what runs.",
    mend: "Start IBC without a password, change it at the broker, and type it when the login asks.",
};
/// Programs that open pages and mails.
const BROWSERS: [&str; 11] = [
    "firefox",
    "firefox-bin",
    "firefox-esr",
    "chrome",
    "google chrome",
    "chromium",
    "brave",
    "msedge",
    "thunderbird",
    "evolution",
    "outlook",
];
/// Where they keep what they know, in a person's own folder.
const PROFILES: [&str; 12] = [
    ".mozilla/firefox",
    "snap/firefox/common/.mozilla/firefox",
    ".config/google-chrome",
    ".config/chromium",
    ".config/BraveSoftware",
    ".config/microsoft-edge",
    ".thunderbird",
    "Library/Application Support/Google/Chrome",
    "Library/Application Support/Firefox",
    "Library/Mail",
    "AppData/Local/Google/Chrome",
    "AppData/Roaming/Mozilla/Firefox",
];

pub(super) fn audit(machine: &Machine, running: &[Process], found: &Found) -> Vec<Finding> {
    let trading: Vec<&Process> = running.iter().filter(|p| is_trading_program(p)).collect();
    let mut findings: Vec<Finding> = trading
        .iter()
        .filter(|process| process.uid == Some(0))
        .map(|process| {
            let what = "It runs as root";
            AS_ROOT.mend(&process.name, what, "user of the running program")
        })
        .collect();
    findings.extend(trading.iter().filter_map(|process| shown(process)));
    findings.extend(same_user(machine, running, &trading, found));
    findings
}

/// IBC takes user and password after its settings file, when a script passes them so.
fn shown(process: &Process) -> Option<Finding> {
    let password = ibc_arguments(process)?.get(2)?;
    let modes = ["live", "paper"];
    let shown = !password.is_empty() && !modes.contains(&password.as_str());
    shown.then(|| {
        let what = "The broker's password stands among its arguments";
        PASSWORD_SHOWN.mend("IBC", what, "arguments of the running program")
    })
}

fn same_user(
    machine: &Machine,
    running: &[Process],
    trading: &[&Process],
    found: &Found,
) -> Option<Finding> {
    if found.is_empty() && trading.is_empty() {
        return None;
    }
    let browsers = || running.iter().filter(|process| is_browser(process));
    let shared = trading.iter().find_map(|program| {
        let uid = program.uid?;
        browsers().find(|browser| browser.uid == Some(uid))
    });
    if let Some(browser) = shared {
        let what = "The user of a trading program also opens pages and mails";
        let how = format!("{} runs as the same user", browser.name);
        return Some(SAME_USER.mend(THIS_COMPUTER, what, how));
    }
    let mut all = found.jts.iter().chain(&found.ibc).chain(&found.web_gateway);
    let in_home = all.any(|path| path.starts_with(&machine.in_home("")));
    let profile = PROFILES
        .iter()
        .find(|profile| machine.exists(&machine.in_home(profile)));
    if let (true, Some(profile)) = (in_home, profile) {
        let what = "The user of a trading program also opens pages and mails";
        let how = format!("its settings and {profile} are in the same home");
        return Some(SAME_USER.mend(THIS_COMPUTER, what, how));
    }
    let what = "No trading program shares its user with browser or mail";
    Some(SAME_USER.good(THIS_COMPUTER, what, "users of running programs, and homes"))
}

fn is_browser(process: &Process) -> bool {
    BROWSERS.contains(&process.name.to_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use machine::Os;

    use crate::model::Verdict;

    fn process(name: &str, uid: u32, arguments: &[&str]) -> Process {
        Process {
            pid: 1,
            name: name.to_owned(),
            arguments: arguments.iter().map(|&a| a.to_owned()).collect(),
            uid: Some(uid),
        }
    }

    fn mends(running: &[Process]) -> Vec<String> {
        let root = tempfile::tempdir().unwrap();
        let machine = Machine::at(root.path(), Os::Linux);
        audit(&machine, running, &Found::default())
            .into_iter()
            .filter(|finding| finding.verdict == Verdict::Mend)
            .map(|finding| finding.id)
            .collect()
    }

    #[test]
    fn a_trading_program_shares_its_user_only_with_a_browser_of_the_same_user() {
        let ibc = ["java", "ibcalpha.ibc.IbcGateway", "/x.ini"];
        let apart = [process("java", 1001, &ibc), process("firefox", 1000, &[])];
        assert_eq!(mends(&apart), Vec::<String>::new());
        let shared = [process("java", 1000, &ibc), process("firefox", 1000, &[])];
        assert_eq!(mends(&shared), ["same-user-as-browser"]);
        assert_eq!(
            mends(&[process("java", 0, &ibc)]),
            ["trading-program-as-root"]
        );
    }

    #[test]
    fn a_password_among_the_arguments_is_told_without_the_password() {
        let ibc = [
            "java",
            "ibcalpha.ibc.IbcTws",
            "/x.ini",
            "ada",
            "hunter2",
            "live",
        ];
        let machine = Machine::at("/nowhere", Os::Linux);
        let findings = audit(&machine, &[process("java", 5, &ibc)], &Found::default());
        let said = format!("{findings:?}");
        assert!(said.contains("password-on-command-line"), "{said}");
        assert!(!said.contains("hunter2"), "{said}");
        let none = ["java", "ibcalpha.ibc.IbcTws", "/x.ini", "live"];
        assert_eq!(mends(&[process("java", 5, &none)]), Vec::<String>::new());
    }
}
