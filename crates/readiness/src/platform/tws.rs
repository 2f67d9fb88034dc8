//! TWS's and IB Gateway's `jts.ini`, and their version. Their other settings are encrypted at rest:
//! those are asked through the API door, not here.

use machine::{Ini, Machine, folder_of, join};

use crate::{
    kind::Kind,
    model::{Area, Finding, Severity},
};

use super::ibc::is_this_computer;

const SETTINGS: Kind = Kind {
    id: "jts-settings",
    area: Area::Platform,
    severity: Severity::Medium,
    why: "jts.ini says whose connections are trusted and whether the login is encrypted.",
    mend: "In TWS: Global Configuration, API, Settings, Trusted IPs.",
};
const TRUSTED: Kind = Kind {
    id: "trusted-address-beyond-this-computer",
    area: Area::Platform,
    severity: Severity::High,
    why: "A program on that computer may trade, and TWS asks nobody.",
    mend: "In TWS: Global Configuration, API, Settings, Trusted IPs: keep 127.0.0.1 only.",
};
const NO_TLS: Kind = Kind {
    id: "tws-login-not-encrypted",
    area: Area::Platform,
    severity: Severity::High,
    why: "Whoever is on the way can read and change what TWS and the broker say to each other.",
    mend: "On the login screen: More Options, tick Use SSL.",
};
const VERSION: Kind = Kind {
    id: "tws-version",
    area: Area::Platform,
    severity: Severity::Medium,
    why: "Firebreak needs 10.40 or later to connect, and 10.44 to read and set Read-Only API.",
    mend: "Install the current version from the broker's download page.",
};

/// What the settings at `path` say.
pub(super) fn audit(machine: &Machine, path: &str) -> Vec<Finding> {
    let mut findings = match machine.read(path) {
        Ok(text) => settings(path, &Ini::parse(&text)),
        Err(why) => {
            let what = format!("{path} {}", why.words());
            vec![SETTINGS.unknown(path, what, "tried to read it")]
        }
    };
    findings.extend(version(machine, folder_of(path)));
    findings
}

fn settings(path: &str, ini: &Ini) -> Vec<Finding> {
    if ini.is_empty() {
        return vec![SETTINGS.unknown(path, "It holds no setting", "read it")];
    }
    let mut findings: Vec<Finding> = ini
        .get("TrustedIPs")
        .unwrap_or_default()
        .split([',', ' ', ';'])
        .filter(|address| !address.is_empty() && !is_this_computer(address))
        .map(|address| {
            let subject = format!("{path}: {address}");
            let what = format!("{address} is trusted");
            TRUSTED.mend(subject, what, "TrustedIPs of jts.ini")
        })
        .collect();
    if ini.is("UseSSL", "false") {
        findings.push(NO_TLS.mend(path, "The login goes out unencrypted", "UseSSL=false"));
    }
    if findings.is_empty() {
        let what = "Only this computer is trusted";
        findings.push(SETTINGS.good(path, what, "TrustedIPs and UseSSL of jts.ini"));
    }
    findings
}

/// The newest version that is installed below `folder`, by its folder's name (`1037` is 10.37).
fn version(machine: &Machine, folder: &str) -> Option<Finding> {
    let below = [
        folder.to_owned(),
        join(folder, "ibgateway"),
        join(folder, "tws"),
    ];
    let versions = below.iter().flat_map(|folder| machine.folders(folder));
    let newest = versions.filter_map(|name| version_of(&name)).max()?;
    let version = format!("{}.{}", newest / 100, newest % 100);
    let how = format!("a folder {newest} below {folder}");
    Some(match newest {
        ..1040 => {
            let what = format!("{version} is too old for Firebreak to connect to");
            VERSION.mend(folder, what, how)
        }
        1040..1044 => {
            let what = format!("{version} does not let Firebreak at Read-Only API");
            VERSION.mend(folder, what, how)
        }
        _ => {
            let what = format!("{version} works with Firebreak; how old it is is not known here");
            VERSION.good(folder, what, how)
        }
    })
}

fn version_of(name: &str) -> Option<u32> {
    let all_digits = name.chars().all(|c| c.is_ascii_digit());
    let version: u32 = (all_digits && (3..=4).contains(&name.len()))
        .then(|| name.parse().ok())
        .flatten()?;
    (900..2000).contains(&version).then_some(version)
}

#[cfg(test)]
mod tests {
    use super::*;
    use machine::Os;

    use crate::model::Verdict;

    fn findings(jts: &str, version: &str) -> Vec<(String, Verdict, String)> {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(root.path().join("Jts/ibgateway").join(version)).unwrap();
        std::fs::write(root.path().join("Jts/jts.ini"), jts).unwrap();
        audit(&Machine::at(root.path(), Os::Linux), "/Jts/jts.ini")
            .into_iter()
            .map(|finding| (finding.id, finding.verdict, finding.subject))
            .collect()
    }

    #[test]
    fn each_trusted_address_beyond_this_computer_is_a_finding() {
        let jts = "[IBGateway]\nTrustedIPs=127.0.0.1,10.0.0.7,::1,192.168.1.9\n";
        let subjects: Vec<_> = findings(jts, "1046")
            .into_iter()
            .filter(|(_, verdict, _)| *verdict == Verdict::Mend)
            .map(|(_, _, subject)| subject)
            .collect();
        assert_eq!(
            subjects,
            ["/Jts/jts.ini: 10.0.0.7", "/Jts/jts.ini: 192.168.1.9"]
        );
    }

    #[test]
    fn a_version_is_judged_by_what_firebreak_can_do_with_it() {
        let verdict = |version| {
            let all = findings("[Logon]\nUseSSL=true\n", version);
            let version = all.into_iter().find(|(id, ..)| id == "tws-version");
            version.map(|(_, verdict, _)| verdict)
        };
        assert_eq!(verdict("981"), Some(Verdict::Mend));
        assert_eq!(verdict("1037"), Some(Verdict::Mend));
        assert_eq!(verdict("1043"), Some(Verdict::Mend));
        assert_eq!(verdict("1046"), Some(Verdict::Good));
        assert_eq!(verdict("jars"), None);
    }
}
