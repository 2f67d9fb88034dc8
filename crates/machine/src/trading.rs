//! Where TWS, IB Gateway, IBC and the Client Portal gateway keep their settings on this machine.
//!
//! The usual folders, what the environment names, and what the arguments of running programs name.

use std::collections::BTreeSet;

use crate::{Entry, EntryKind, Machine, Os, folder_of, join, plain, processes::Process};

/// The class by which a running IBC is known.
const IBC_CLASS: &str = "ibcalpha.ibc.";
/// And a running Client Portal gateway.
const WEB_GATEWAY_CLASS: &str = "clientportal.gw";
/// How deep the person's own folder is looked through.
const DEPTH: usize = 3;

/// The settings files that there are.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Found {
    /// `jts.ini` of TWS and IB Gateway.
    pub jts: Vec<String>,
    /// `config.ini` of IBC.
    pub ibc: Vec<String>,
    /// `conf.yaml` of the Client Portal gateway.
    pub web_gateway: Vec<String>,
}

impl Found {
    /// Those on this machine, also where something that runs names them.
    pub fn on(machine: &Machine, running: &[Process]) -> Self {
        let mut jts = BTreeSet::new();
        let mut ibc = BTreeSet::new();
        let mut web_gateway = BTreeSet::new();
        for folder in folders(machine) {
            jts.insert(join(&folder, "jts.ini"));
            let name = folder.rsplit('/').next().unwrap_or_default().to_lowercase();
            if name.starts_with("ibc") {
                ibc.insert(join(&folder, "config.ini"));
            }
            web_gateway.insert(join(&folder, "root/conf.yaml"));
        }
        for name in ["TWS_SETTINGS_PATH", "TWS_PATH"] {
            jts.extend(machine.variable(name).map(|f| join(&plain(f), "jts.ini")));
        }
        ibc.extend(machine.variable("IBC_INI").map(plain));
        for process in running {
            ibc.extend(ibc_settings(process).map(str::to_owned));
            web_gateway.extend(web_gateway_settings(machine, process));
        }
        let there = |paths: BTreeSet<String>| -> Vec<String> {
            let mut seen = BTreeSet::new();
            // a file that two names lead to is one
            let mut is_new = |path: &String| {
                let real = machine.real(path).canonicalize();
                real.is_ok_and(|real| seen.insert(real))
            };
            paths.into_iter().filter(|path| is_new(path)).collect()
        };
        Self {
            jts: there(jts),
            ibc: there(ibc),
            web_gateway: there(web_gateway),
        }
    }

    /// Whether nothing of the kind was found.
    pub fn is_empty(&self) -> bool {
        self.jts.is_empty() && self.ibc.is_empty() && self.web_gateway.is_empty()
    }
}

/// Whether a running program is TWS, IB Gateway or the Client Portal gateway.
pub fn is_trading_program(process: &Process) -> bool {
    let names = ["tws", "ibgateway", "ibgateway1"];
    let java = ["java", "javaw"].contains(&process.name.as_str());
    names.contains(&process.name.to_lowercase().as_str())
        || process.mentions(IBC_CLASS)
        || (java
            && [
                WEB_GATEWAY_CLASS,
                "jclient.login",
                "ibgateway.gwclient",
                "install4j.ibgateway",
            ]
            .iter()
            .any(|class| process.mentions(class)))
}

/// What follows IBC's class on its command line: the settings file, and what else is said there.
pub fn ibc_arguments(process: &Process) -> Option<&[String]> {
    let class = process
        .arguments
        .iter()
        .position(|argument| argument.starts_with(IBC_CLASS))?;
    process.arguments.get(class + 1..)
}

fn ibc_settings(process: &Process) -> Option<&str> {
    let first = ibc_arguments(process)?.first()?;
    let first = first.as_str();
    first.to_lowercase().ends_with(".ini").then_some(first)
}

fn web_gateway_settings(machine: &Machine, process: &Process) -> Option<String> {
    if !process.mentions(WEB_GATEWAY_CLASS) {
        return None;
    }
    let named = process
        .arguments
        .iter()
        .find(|a| a.ends_with("conf.yaml"))?;
    if named.starts_with('/') {
        return Some(named.clone());
    }
    let folder = machine.link(&format!("/proc/{}/cwd", process.pid))?;
    // it is started from its own folder, and names its settings as ../root/conf.yaml
    let named = named.trim_start_matches("./");
    Some(match named.strip_prefix("../") {
        Some(above) => join(folder_of(&folder), above),
        None => join(&folder, named),
    })
}

/// Folders that may be one of theirs, by their names.
fn folders(machine: &Machine) -> Vec<String> {
    let mut found = Vec::new();
    look_through(machine, machine.home(), DEPTH, &mut found);
    match machine.os() {
        Os::Linux | Os::MacOs => look_through(machine, "/opt", DEPTH, &mut found),
        Os::Windows => look_through(machine, "/", 1, &mut found),
    }
    found
}

fn look_through(machine: &Machine, folder: &str, depth: usize, found: &mut Vec<String>) {
    for Entry { name, kind } in machine.list(folder).unwrap_or_default() {
        let path = join(folder, &name);
        let small = name.to_lowercase();
        // a link to a folder of theirs is looked at, and no other is followed
        if !matches!(kind, EntryKind::Folder | EntryKind::Link) {
            continue;
        }
        let of_theirs = ["jts", "ibjts", "ibc", "ibgateway", "tws", "clientportal"]
            .iter()
            .any(|start| small.starts_with(start));
        if of_theirs {
            found.push(path);
        } else if depth > 1
            && kind == EntryKind::Folder
            && !small.starts_with('.')
            && !passed_over(&small)
        {
            look_through(machine, &path, depth - 1, found);
        }
    }
}

/// Large folders in which nobody keeps a trading program.
fn passed_over(name: &str) -> bool {
    [
        "node_modules",
        "target",
        "windows",
        "library",
        "music",
        "pictures",
    ]
    .contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn process(arguments: &[&str]) -> Process {
        Process {
            pid: 7,
            name: "java".to_owned(),
            arguments: arguments.iter().map(|&a| a.to_owned()).collect(),
            uid: Some(1000),
        }
    }

    #[test]
    fn settings_are_found_by_folder_by_environment_and_by_what_runs() {
        let root = tempfile::tempdir().unwrap();
        let touch = |path: &str| {
            let path = root.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        };
        for path in [
            "home/ada/Jts/jts.ini",
            "home/ada/apps/IBC-live/config.ini",
            "home/ada/Downloads/clientportal.gw/root/conf.yaml",
            "srv/gw/root/conf.yaml",
            "srv/ibc/live.ini",
        ] {
            touch(path);
        }
        std::fs::create_dir_all(root.path().join("proc/7")).unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::symlink;
            symlink("/srv/gw/bin", root.path().join("proc/7/cwd")).unwrap();
            symlink("Jts", root.path().join("home/ada/jts-link")).unwrap();
            symlink("../../srv/ibc", root.path().join("home/ada/ibc")).unwrap();
        }
        let machine = Machine::at(root.path(), Os::Linux);
        let running = [
            process(&["java", "ibcalpha.ibc.IbcGateway", "/srv/ibc/live.ini"]),
            process(&[
                "java",
                "ibgroup.web.core.clientportal.gw.GatewayStart",
                "--conf",
                "../root/conf.yaml",
            ]),
        ];
        let found = Found::on(&machine, &running);
        assert_eq!(found.jts, ["/home/ada/Jts/jts.ini"]);
        assert_eq!(
            found.ibc,
            ["/home/ada/apps/IBC-live/config.ini", "/srv/ibc/live.ini"]
        );
        assert_eq!(
            found.web_gateway,
            [
                "/home/ada/Downloads/clientportal.gw/root/conf.yaml",
                "/srv/gw/root/conf.yaml"
            ]
        );
        assert!(running.iter().all(is_trading_program));
        assert!(!is_trading_program(&process(&["java", "-jar", "game.jar"])));
    }
}
