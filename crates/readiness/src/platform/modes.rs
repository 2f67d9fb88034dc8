//! Who else on this computer can read or change the trading programs' files.

use machine::{Machine, folder_of, join, trading::Found};

use crate::{
    kind::Kind,
    model::{Area, Finding, Severity},
};

const READABLE: Kind = Kind {
    id: "settings-readable-by-others",
    area: Area::Platform,
    severity: Severity::High,
    why: "Every other user and service of this computer can read what the settings hold.",
    mend: "chmod 600 the file.",
};
const WRITABLE: Kind = Kind {
    id: "settings-writable-by-others",
    area: Area::Platform,
    severity: Severity::Critical,
    why: "Another user or service of this computer can change how the trading program behaves.",
    mend: "chmod go-w it.",
};
const LOGS: Kind = Kind {
    id: "logs-readable-by-others",
    area: Area::Platform,
    severity: Severity::Medium,
    why: "The logs tell accounts and orders, and the web gateway's may hold session tokens.",
    mend: "chmod 700 the folder.",
};

const OTHERS_READ: u32 = 0o004;
const OTHERS_WRITE: u32 = 0o002;
const OTHERS_ENTER: u32 = 0o001;

pub(super) fn audit(machine: &Machine, found: &Found) -> Vec<Finding> {
    let mut findings = Vec::new();
    let settings = found.jts.iter().chain(&found.ibc).chain(&found.web_gateway);
    for path in settings {
        let holds_secrets = !found.jts.contains(path);
        findings.extend(file(machine, path, holds_secrets));
        findings.extend(folder(machine, folder_of(path)));
    }
    for path in log_folders(machine, found) {
        let mode = others(machine, &path);
        if mode & (OTHERS_READ | OTHERS_ENTER) == OTHERS_READ | OTHERS_ENTER {
            findings.push(LOGS.mend(&path, "Others can read the logs", how(machine, &path)));
        }
    }
    if findings.is_empty() && !found.is_empty() && machine.mode(machine.home()).is_some() {
        let what = "Only their owner can read and change settings and logs";
        findings.push(WRITABLE.good("settings of trading programs", what, "permission bits"));
    }
    findings
}

fn file(machine: &Machine, path: &str, holds_secrets: bool) -> Option<Finding> {
    let mode = others(machine, path);
    if mode & OTHERS_WRITE != 0 {
        return Some(WRITABLE.mend(path, "Others can change it", how(machine, path)));
    }
    let readable = holds_secrets && mode & OTHERS_READ != 0;
    readable.then(|| READABLE.mend(path, "Others can read it", how(machine, path)))
}

fn folder(machine: &Machine, path: &str) -> Option<Finding> {
    let sticky = machine.mode(path).is_some_and(|mode| mode & 0o1000 != 0);
    let writable = others(machine, path) & OTHERS_WRITE != 0 && !sticky;
    writable.then(|| WRITABLE.mend(path, "Others can put files there", how(machine, path)))
}

fn log_folders(machine: &Machine, found: &Found) -> Vec<String> {
    let mut folders = Vec::new();
    for path in &found.web_gateway {
        folders.push(join(folder_of(folder_of(path)), "logs"));
    }
    for path in &found.ibc {
        folders.push(join(folder_of(path), "logs"));
    }
    for path in &found.jts {
        // a user's own folder has an opaque name of lower-case letters, and the logs in it
        let root = folder_of(path);
        for name in machine.folders(root) {
            let opaque = name.len() >= 8 && name.bytes().all(|b| b.is_ascii_lowercase());
            if opaque && name != "ibgateway" {
                folders.push(join(root, &name));
            }
        }
    }
    folders.retain(|folder| machine.exists(folder));
    folders.sort();
    folders.dedup();
    folders
}

/// What others may do with it: nothing, when a folder on the way keeps them out. A group counts as
/// others unless it is the owner's alone, which its bits do not tell: so only the last three count.
fn others(machine: &Machine, path: &str) -> u32 {
    let mut way = folder_of(path);
    while !way.is_empty() {
        if machine
            .mode(way)
            .is_some_and(|mode| mode & OTHERS_ENTER == 0)
        {
            return 0;
        }
        way = folder_of(way);
    }
    machine.mode(path).unwrap_or_default() & 0o007
}

fn how(machine: &Machine, path: &str) -> String {
    format!(
        "its mode is {:03o}",
        machine.mode(path).unwrap_or_default() & 0o777
    )
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt, path::Path};

    use super::*;
    use machine::Os;

    use crate::model::Verdict;

    fn made(root: &Path, path: &str, mode: u32) {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        if path.extension().is_some() {
            fs::write(&path, "").unwrap();
        } else {
            fs::create_dir_all(&path).unwrap();
        }
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    }

    fn mends(home: u32, config: u32) -> Vec<String> {
        let root = tempfile::tempdir().unwrap();
        made(root.path(), "home/ada/ibc/config.ini", config);
        made(root.path(), "home/ada/ibc", 0o755);
        made(root.path(), "home", 0o755);
        made(root.path(), "home/ada", home);
        let found = Found {
            ibc: vec!["/home/ada/ibc/config.ini".to_owned()],
            ..Found::default()
        };
        audit(&Machine::at(root.path(), Os::Linux), &found)
            .into_iter()
            .filter(|finding| finding.verdict == Verdict::Mend)
            .map(|finding| finding.id)
            .collect()
    }

    #[test]
    fn what_others_may_read_or_change_is_told_worst_first() {
        assert_eq!(mends(0o755, 0o600), Vec::<String>::new());
        assert_eq!(mends(0o755, 0o644), ["settings-readable-by-others"]);
        assert_eq!(mends(0o755, 0o666), ["settings-writable-by-others"]);
    }

    #[test]
    fn a_folder_that_keeps_others_out_guards_what_is_in_it() {
        assert_eq!(mends(0o700, 0o666), Vec::<String>::new());
    }
}
