//! Whether what is on the disk is encrypted by the system.

use machine::{Machine, Os, join, settings::of_registry};

use crate::{
    kind::{Kind, THIS_COMPUTER},
    model::{Area, Finding, Severity},
};

const DISK: Kind = Kind {
    id: "disk-not-encrypted",
    area: Area::Host,
    severity: Severity::High,
    why: "Whoever takes the computer or its disk has every file, session and stored login.",
    mend: "Turn on BitLocker or FileVault in the system's settings. On Linux encryption is chosen \
           when the system is installed: back up, and install it encrypted.",
};
/// How many layers of volumes are looked through.
const LAYERS: usize = 8;

pub(super) fn audit(machine: &Machine) -> Finding {
    let (encrypted, how) = match machine.os() {
        Os::Linux => linux(machine),
        Os::MacOs => (mac_os(machine), "fdesetup status".to_owned()),
        Os::Windows => (
            windows(machine),
            "BitLockerStatus in the registry".to_owned(),
        ),
    };
    match encrypted {
        Ok(true) => DISK.good(THIS_COMPUTER, "The system's disk is encrypted", how),
        Ok(false) => DISK.mend(THIS_COMPUTER, "The system's disk is not encrypted", how),
        Err(why) => {
            let what = format!("Whether the disk is encrypted cannot be told: {why}");
            DISK.unknown(THIS_COMPUTER, what, how)
        }
    }
}

/// Of the root file system, and of the one that the person's folder is on.
fn linux(machine: &Machine) -> (Result<bool, String>, String) {
    let mounts = match machine.read("/proc/mounts") {
        Ok(mounts) => mounts,
        Err(why) => {
            let why = format!("/proc/mounts {}", why.words());
            return (Err(why), "tried to read the mounts".to_owned());
        }
    };
    let mut devices: Vec<&str> = ["/", machine.home()]
        .into_iter()
        .filter_map(|path| mounted(&mounts, path))
        .collect();
    devices.dedup();
    let how = format!("the layers below {}", devices.join(" and "));
    if devices.is_empty() {
        return (Err("no root is mounted".to_owned()), how);
    }
    let all: Result<Vec<bool>, String> = devices
        .iter()
        .map(|device| of_device(machine, device))
        .collect();
    (all.map(|all| all.into_iter().all(|one| one)), how)
}

/// What the file system that holds `path` is mounted from.
fn mounted<'a>(mounts: &'a str, path: &str) -> Option<&'a str> {
    let holds = |point: &str| {
        point == "/"
            || path
                .strip_prefix(point)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    mounts
        .lines()
        .filter_map(|line| {
            let mut fields = line.split_whitespace();
            Some((fields.next()?, fields.next()?))
        })
        .filter(|(_, point)| holds(point))
        // the longest point is the nearest, and of two at one point the last lies above
        .max_by_key(|(_, point)| point.len())
        .map(|(device, _)| device)
}

fn of_device(machine: &Machine, device: &str) -> Result<bool, String> {
    let Some(name) = device.strip_prefix("/dev/") else {
        return Err(format!("{device} is no device of this system"));
    };
    let name = match name.strip_prefix("mapper/") {
        Some(mapped) => machine
            .list("/sys/class/block")
            .unwrap_or_default()
            .into_iter()
            .map(|entry| entry.name)
            .find(|block| {
                let of = machine.read(&join("/sys/class/block", &format!("{block}/dm/name")));
                of.is_ok_and(|of| of.trim() == mapped)
            })
            .ok_or_else(|| format!("{device} is not listed"))?,
        None => name.to_owned(),
    };
    if !machine.exists(&join("/sys/class/block", &name)) {
        return Err(format!("{device} is not listed"));
    }
    Ok(is_encrypted(machine, &name, LAYERS))
}

fn is_encrypted(machine: &Machine, block: &str, layers: usize) -> bool {
    let folder = join("/sys/class/block", block);
    let uuid = machine.read(&join(&folder, "dm/uuid")).unwrap_or_default();
    if uuid.starts_with("CRYPT-") {
        return true;
    }
    let below = machine.list(&join(&folder, "slaves")).unwrap_or_default();
    layers > 0
        && !below.is_empty()
        && below
            .iter()
            .all(|entry| is_encrypted(machine, &entry.name, layers - 1))
}

fn mac_os(machine: &Machine) -> Result<bool, String> {
    let said = machine.ask(&["fdesetup", "status"])?;
    if said.contains("FileVault is On") {
        Ok(true)
    } else if said.contains("FileVault is Off") {
        Ok(false)
    } else {
        Err("fdesetup says neither on nor off".to_owned())
    }
}

fn windows(machine: &Machine) -> Result<bool, String> {
    let key = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\BitLockerStatus";
    of_registry(machine, key, "BootStatus").map(|status| status == "1")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Verdict;

    fn verdict(mounts: &str, blocks: &[(&str, &str)]) -> Verdict {
        let root = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = root.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write("machine.toml", "home = \"/home/ada\"");
        write("proc/mounts", mounts);
        for (path, text) in blocks {
            write(&format!("sys/class/block/{path}"), text);
        }
        audit(&Machine::at(root.path(), Os::Linux)).verdict
    }

    #[test]
    fn volumes_above_an_encrypted_one_are_encrypted_and_a_plain_one_is_not() {
        let blocks = [
            ("dm-0/dm/name", "vg-root\n"),
            ("dm-0/dm/uuid", "LVM-abc\n"),
            ("dm-0/slaves/dm-1/x", ""),
            ("dm-1/dm/uuid", "CRYPT-LUKS2-abc\n"),
            ("vda1/partition", "1"),
        ];
        let over_crypt = "/dev/mapper/vg-root / ext4 rw 0 0\n";
        assert_eq!(verdict(over_crypt, &blocks), Verdict::Good);
        let plain = "/dev/vda1 / ext4 rw 0 0\n";
        assert_eq!(verdict(plain, &blocks), Verdict::Mend);
        let home_apart = format!("{over_crypt}/dev/vda1 /home ext4 rw 0 0\n");
        assert_eq!(verdict(&home_apart, &blocks), Verdict::Mend);
        let elsewhere = format!("{over_crypt}/dev/vda1 /homely ext4 rw 0 0\n");
        assert_eq!(verdict(&elsewhere, &blocks), Verdict::Good);
        assert_eq!(
            verdict("overlay / overlay rw 0 0\n", &blocks),
            Verdict::Unknown
        );
        assert_eq!(
            verdict("/dev/sdz1 / ext4 rw 0 0\n", &blocks),
            Verdict::Unknown
        );
    }

    #[test]
    fn volumes_in_a_circle_end() {
        let circle = [("dm-0/slaves/dm-0/x", ""), ("dm-0/dm/name", "a")];
        assert_eq!(
            verdict("/dev/mapper/a / ext4 rw 0 0\n", &circle),
            Verdict::Mend
        );
    }
}
