//! Who else may do everything on this computer.

use machine::{Machine, Os, name_of};

use crate::{
    kind::{Kind, THIS_COMPUTER},
    model::{Area, Finding, Severity},
};

const SECOND: Kind = Kind {
    id: "second-administrator",
    area: Area::Host,
    severity: Severity::Medium,
    why: "An administrator reads every file and every session; an intruder makes one to come back.",
    mend: "If you do not know it, remove it: sudo deluser NAME sudo, or the system's settings, Users.",
};
const SECOND_ROOT: Kind = Kind {
    id: "second-root",
    area: Area::Host,
    severity: Severity::Critical,
    why: "An account of uid 0 is root under another name, which is how intruders hide.",
    mend: "Look at it from a clean system: grep ':0:' /etc/passwd. Then remove it.",
};
/// Groups whose members may become root.
const GROUPS: [&str; 3] = ["sudo", "wheel", "admin"];

pub(super) fn audit(machine: &Machine) -> Vec<Finding> {
    let (admins, how) = match machine.os() {
        Os::Linux => (linux(machine), "/etc/passwd and /etc/group"),
        Os::MacOs => (mac_os(machine), "the group admin"),
        Os::Windows => (windows(machine), "the group Administrators"),
    };
    let Admins { own, others, roots } = match admins {
        Ok(admins) => admins,
        Err(why) => {
            let what = format!("Who is an administrator cannot be told: {why}");
            return vec![SECOND.unknown(THIS_COMPUTER, what, how)];
        }
    };
    let root = |name: &String| SECOND_ROOT.mend(name, format!("{name} has uid 0"), how);
    let second = |name: &String| {
        let what = format!("{name} is an administrator too");
        SECOND.mend(name, what, how)
    };
    let mut findings: Vec<Finding> = roots.iter().map(root).collect();
    findings.extend(others.iter().map(second));
    if findings.is_empty() {
        let what = format!("Nobody but {own} is an administrator");
        findings.push(SECOND.good(THIS_COMPUTER, what, how));
    }
    findings
}

struct Admins {
    own: String,
    others: Vec<String>,
    /// Accounts that are root under another name.
    roots: Vec<String>,
}

fn linux(machine: &Machine) -> Result<Admins, String> {
    let read = |path| {
        let why = |why: machine::Unreadable| format!("{path} {}", why.words());
        machine.read(path).map_err(why)
    };
    let passwd = read("/etc/passwd")?;
    let group = read("/etc/group")?;
    let accounts: Vec<Vec<&str>> = passwd
        .lines()
        .map(|line| line.split(':').collect())
        .filter(|fields: &Vec<&str>| fields.len() >= 7)
        .collect();
    let own = accounts
        .iter()
        .find(|fields| {
            let of_user = |uid| fields[2].parse() == Ok(uid);
            fields[5] == machine.home() || machine.uid().is_some_and(of_user)
        })
        .map_or_else(|| name_of(machine.home()), |fields| fields[0]);
    let may_log_in = |name: &str| {
        let account = accounts.iter().find(|fields| fields[0] == name);
        account.is_some_and(|fields| !["nologin", "false"].contains(&name_of(fields[6])))
    };
    let mut others: Vec<String> = group
        .lines()
        .map(|line| line.split(':').collect::<Vec<_>>())
        .filter(|fields| fields.len() >= 4 && GROUPS.contains(&fields[0]))
        .flat_map(|fields| fields[3].split(',').map(str::to_owned).collect::<Vec<_>>())
        .filter(|name| !name.is_empty() && name != own && name != "root" && may_log_in(name))
        .collect();
    others.sort();
    others.dedup();
    let roots = accounts
        .iter()
        .filter(|fields| fields[2] == "0" && fields[0] != "root")
        .map(|fields| fields[0].to_owned())
        .collect();
    Ok(Admins {
        own: own.to_owned(),
        others,
        roots,
    })
}

fn mac_os(machine: &Machine) -> Result<Admins, String> {
    let said = machine.ask(&["dscl", ".", "-read", "/Groups/admin", "GroupMembership"])?;
    let names = said
        .trim()
        .strip_prefix("GroupMembership:")
        .ok_or("dscl names no members")?;
    Ok(besides_own(machine, names.split_whitespace(), "root"))
}

fn windows(machine: &Machine) -> Result<Admins, String> {
    let said = machine.ask(&["net", "localgroup", "Administrators"])?;
    // names stand between a rule and a closing sentence
    let (_, below) = said.split_once("---").ok_or("net names no members")?;
    let mut lines: Vec<&str> = below
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.chars().all(|c| c == '-'))
        .collect();
    lines.pop();
    // it is switched off as Windows comes
    Ok(besides_own(machine, lines.into_iter(), "Administrator"))
}

fn besides_own<'a>(
    machine: &Machine,
    names: impl Iterator<Item = &'a str>,
    built_in: &str,
) -> Admins {
    let own = name_of(machine.home());
    Admins {
        own: own.to_owned(),
        others: names
            .filter(|name| *name != own && *name != built_in)
            .map(str::to_owned)
            .collect(),
        roots: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Verdict;

    fn subjects(os: Os, files: &[(&str, &str)]) -> Vec<(String, String)> {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = root.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        audit(&Machine::at(root.path(), os))
            .into_iter()
            .filter(|finding| finding.verdict == Verdict::Mend)
            .map(|finding| (finding.id, finding.subject))
            .collect()
    }

    #[test]
    fn other_administrators_and_other_roots_are_named_and_services_are_not() {
        let passwd = "root:x:0:0:root:/root:/bin/bash\ntoor:x:0:0::/root:/bin/sh\n\
                      ada:x:1000:1000::/home/ada:/bin/bash\nbob:x:1001:1001::/home/bob:/bin/bash\n\
                      backup:x:34:34::/var/backups:/usr/sbin/nologin\nshort:x\n";
        let group = "root:x:0:\nsudo:x:27:ada,bob,backup,gone\nusers:x:100:eve\n";
        let found = subjects(
            Os::Linux,
            &[
                ("machine.toml", "home = \"/home/ada\""),
                ("etc/passwd", passwd),
                ("etc/group", group),
            ],
        );
        let found: Vec<_> = found
            .iter()
            .map(|(i, s)| (i.as_str(), s.as_str()))
            .collect();
        assert_eq!(
            found,
            [("second-root", "toor"), ("second-administrator", "bob")]
        );
    }

    #[test]
    fn members_are_read_from_dscl_of_macos_and_net_of_windows() {
        let mac = "home = \"/Users/ada\"\n[tools]\n\"dscl . -read /Groups/admin GroupMembership\" = \
                   \"GroupMembership: root ada bob\\n\"\n";
        let found = subjects(Os::MacOs, &[("machine.toml", mac)]);
        assert_eq!(
            found,
            [("second-administrator".to_owned(), "bob".to_owned())]
        );
        let windows = "home = \"/Users/ada\"\n[tools]\n\"net localgroup Administrators\" = \"\"\"\n\
                       Alias name     Administrators\nMembers\n\n\
                       -------------------------------------------------------\n\
                       ada\nAdministrator\nHelp Desk\nThe command completed successfully.\n\"\"\"\n";
        let found = subjects(Os::Windows, &[("machine.toml", windows)]);
        assert_eq!(
            found,
            [("second-administrator".to_owned(), "Help Desk".to_owned())]
        );
    }
}
