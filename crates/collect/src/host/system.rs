//! The system: which, how far it is kept current, whether its disk is encrypted, and what guards it.

use jiff::Timestamp;
use machine::{Ini, Machine, Os, settings::of_registry};
use serde_json::json;

use crate::lists::Kind;

use super::{
    look::{Found, Look},
    plists,
};

/// What is read of a log of packages.
const MOST: u64 = 2 * 1024 * 1024;
/// How many of the last changes of packages are kept.
const MOST_CHANGES: usize = 200;

pub(super) fn look(look: &Look, found: &mut Found) {
    guards(look, found);
    for (path, artifact) in look.files(found, "system") {
        if artifact.kind == Kind::Release {
            if let Some(text) = look.read(found, &path) {
                let told = Ini::parse(&text);
                let of = |name| told.get(name).map(|v| v.trim_matches('"').to_owned());
                let of_all = ["PRETTY_NAME", "VERSION_ID", "ID"].map(of);
                let [name, version, id] = of_all;
                let release = json!({"name": name, "version": version, "id": id});
                found.put("release", &release);
            }
        } else if artifact.kind == Kind::Dpkg {
            let read = look.machine.read_end(&path, MOST);
            if let Some((bytes, _)) = found.take(&path, read) {
                dpkg(&String::from_utf8_lossy(&bytes), found);
            }
        } else if artifact.kind == Kind::Version {
            if let Some(value) = found.take(&path, plists::read(look, &path)) {
                found.put("release", &[plists::words(&value)]);
            }
        } else if artifact.kind == Kind::InstallHistory {
            install_history(look, found, &path);
        }
    }
    match look.machine.os() {
        Os::Linux => linux(look, found),
        Os::MacOs => {
            let said = look.ask(found, &["fdesetup", "status"]);
            found.put(
                "disk_encrypted",
                &said.map(|said| said.contains("FileVault is On")),
            );
        }
        Os::Windows => windows(look, found),
    }
}

fn guards(look: &Look, found: &mut Found) {
    let running: Vec<String> = look
        .running()
        .iter()
        .map(|p| p.name.to_lowercase())
        .collect();
    let guards = look.lists.guards.iter();
    let guards = guards.filter(|guard| guard.processes.iter().any(|name| running.contains(name)));
    let names: Vec<&str> = guards.map(|guard| guard.name.as_str()).collect();
    found.put("guards_that_run", &names);
}

fn linux(look: &Look, found: &mut Found) {
    let kernel = look.machine.read("/proc/sys/kernel/osrelease");
    found.put("kernel", &kernel.ok().map(|k| k.trim().to_owned()));
    let name = look.machine.read("/proc/sys/kernel/hostname");
    found.put("name", &name.ok().map(|n| n.trim().to_owned()));
    if let Some(said) = look.ask(found, &["rpm", "-qa", "--last"]) {
        let last: Vec<&str> = said.lines().take(MOST_CHANGES).collect();
        found.put("packages_changed_last", &last);
    }
    if let Ok(mounts) = look.machine.read("/proc/mounts") {
        found.looked_at("/proc/mounts");
        let disks: Vec<_> = mounts
            .lines()
            .filter_map(|line| {
                let mut fields = line.split_whitespace();
                let (device, at) = (fields.next()?, fields.next()?);
                ["/", "/home", "/boot"].contains(&at).then(|| {
                    let encrypted = is_encrypted(&look.machine, device);
                    json!({"at": at, "device": device, "encrypted": encrypted})
                })
            })
            .collect();
        found.put("disks", &disks);
    }
    let restart = look.machine.exists("/run/reboot-required");
    found.put("restart_needed_for_updates", &restart);
}

/// Whether a device of the mapper is an encrypted one, where that is told.
fn is_encrypted(machine: &Machine, device: &str) -> Option<bool> {
    let name = device.strip_prefix("/dev/mapper/");
    let folders = machine.folders_of("/sys/class/block").ok()?;
    let links = machine.list("/sys/class/block").ok()?;
    let names = folders
        .into_iter()
        .chain(links.into_iter().map(|entry| entry.name));
    for block in names {
        let of = |file: &str| {
            machine
                .read(&format!("/sys/class/block/{block}/dm/{file}"))
                .ok()
        };
        let is_it = match name {
            Some(name) => of("name").is_some_and(|of| of.trim() == name),
            None => device == format!("/dev/{block}"),
        };
        if is_it {
            // below an encrypted one there may lie volumes of LVM, which say nothing of it
            let uuid = of("uuid");
            return Some(uuid.is_some_and(|uuid| uuid.starts_with("CRYPT-")));
        }
    }
    None
}

/// `2026-11-24 19:33:01 upgrade libssl3:amd64 3.0.1 3.0.2`, in this computer's zone.
fn dpkg(text: &str, found: &mut Found) {
    let changes: Vec<&str> = text
        .lines()
        .filter(|line| {
            let what = line.split_whitespace().nth(2).unwrap_or_default();
            ["install", "upgrade", "remove", "purge"].contains(&what)
        })
        .collect();
    let upgrade = |line: &&&str| line.split_whitespace().nth(2) == Some("upgrade");
    found.put("last_upgrade", &changes.iter().rev().find(upgrade));
    let first = changes.len().saturating_sub(MOST_CHANGES);
    found.put("packages_changed_last", &changes[first..].to_vec());
}

fn install_history(look: &Look, found: &mut Found, path: &str) {
    let Some(value) = found.take(path, plists::read(look, path)) else {
        return;
    };
    let rows = value.as_array().map(Vec::as_slice).unwrap_or_default();
    let first = rows.len().saturating_sub(MOST_CHANGES);
    let changes: Vec<_> = rows[first..]
        .iter()
        .filter_map(|row| {
            let row = row.as_dictionary()?;
            let of = |name: &str| row.get(name).map(plists::words);
            let told = json!({"at": of("date"), "name": of("displayName"),
                "version": of("displayVersion"), "by": of("processName")});
            Some(told)
        })
        .collect();
    found.put("packages_changed_last", &changes);
}

fn windows(look: &Look, found: &mut Found) {
    let version = r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion";
    let defender = r"HKLM\SOFTWARE\Microsoft\Windows Defender\Real-Time Protection";
    let update =
        r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\WindowsUpdate\Auto Update\Results\Install";
    for (name, key, value) in [
        ("release", version, "ProductName"),
        ("build", version, "CurrentBuildNumber"),
        ("patch", version, "UBR"),
        ("last_update", update, "LastSuccessTime"),
        (
            "real_time_protection_off",
            defender,
            "DisableRealtimeMonitoring",
        ),
        (
            "disk_encrypted",
            r"HKLM\SYSTEM\CurrentControlSet\Control\BitLockerStatus",
            "BootStatus",
        ),
    ] {
        let read = of_registry(&look.machine, key, value).ok();
        if read.is_some() {
            found.looked_at(format!("{key} {value}"));
        }
        if name == "real_time_protection_off" && read.as_deref() == Some("1") {
            let none: Option<Timestamp> = None;
            found.see("The guard against malware is switched off", "", none, key);
        }
        found.put(name, &read);
    }
}
