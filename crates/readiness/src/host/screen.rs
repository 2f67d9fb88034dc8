//! Whether the screen locks by itself, and whether the computer starts without asking who is there.

use machine::{
    Machine, Os, join,
    settings::{of_plist, of_registry},
};

use crate::{
    kind::{Kind, THIS_COMPUTER},
    model::{Area, Finding, Severity},
};

const LOCK: Kind = Kind {
    id: "screen-does-not-lock",
    area: Area::Host,
    severity: Severity::High,
    why: "Whoever passes by trades with the sessions that are open.",
    mend: "In the system's settings, Privacy, Screen Lock: lock automatically.",
};
const LATE: Kind = Kind {
    id: "screen-locks-late",
    area: Area::Host,
    severity: Severity::Medium,
    why: "Minutes at an open screen are enough.",
    mend: "In the system's settings, Power and Screen Lock: blank after 10 minutes or less.",
};
const NO_LOGIN: Kind = Kind {
    id: "login-without-password",
    area: Area::Host,
    severity: Severity::High,
    why: "Whoever switches the computer on is you.",
    mend: "In the system's settings, Users: turn automatic login off.",
};
/// After how many seconds at most the screen should lock.
const MOST_SECONDS: u64 = 15 * 60;

pub(super) fn audit(machine: &Machine) -> Vec<Finding> {
    vec![lock(machine), login(machine)]
}

/// After how many seconds it locks; `None` when it does not.
type LocksAfter = Option<u64>;

fn lock(machine: &Machine) -> Finding {
    let (locks, how) = match machine.os() {
        Os::Linux => linux(machine),
        Os::MacOs => (mac_os(machine), "com.apple.screensaver"),
        Os::Windows => (windows(machine), "Control Panel\\Desktop in the registry"),
    };
    match locks {
        Ok(None) => LOCK.mend(THIS_COMPUTER, "The screen does not lock by itself", how),
        Ok(Some(after)) if after > MOST_SECONDS => {
            let how = format!("{how}: {} minutes", after / 60);
            LATE.mend(THIS_COMPUTER, "The screen locks late", how)
        }
        Ok(Some(after)) => {
            let how = format!("{how}: {after} s");
            LOCK.good(THIS_COMPUTER, "The screen locks by itself", how)
        }
        Err(why) => {
            let what = format!("Whether the screen locks cannot be told: {why}");
            LOCK.unknown(THIS_COMPUTER, what, how)
        }
    }
}

fn linux(machine: &Machine) -> (Result<LocksAfter, String>, &'static str) {
    if let Ok(text) = machine.read(&machine.in_home(".config/kscreenlockerrc")) {
        return (Ok(of_kde(&text)), "kscreenlockerrc");
    }
    let how = "gsettings";
    // without a desktop of that family its defaults say nothing
    if !machine.exists(&machine.in_home(".config/dconf/user")) {
        return (Err("no desktop is known here".to_owned()), how);
    }
    (gnome(machine), how)
}

fn gnome(machine: &Machine) -> Result<LocksAfter, String> {
    let get = |schema, key| {
        let said = machine.ask(&["gsettings", "get", schema, key])?;
        Ok::<_, String>(said.trim().to_owned())
    };
    let on = get("org.gnome.desktop.screensaver", "lock-enabled")?;
    let idle = get("org.gnome.desktop.session", "idle-delay")?;
    let number = idle.rsplit(' ').next().unwrap_or_default();
    let idle: u64 = number
        .parse()
        .map_err(|_| "idle-delay is no number".to_owned())?;
    Ok((on == "true" && idle > 0).then_some(idle))
}

/// KDE leaves out what is as it comes: locked after 5 minutes.
fn of_kde(text: &str) -> LocksAfter {
    let value = |name: &str| {
        text.lines().find_map(|line| {
            let (of, value) = line.split_once('=')?;
            (of.trim() == name).then(|| value.trim().to_owned())
        })
    };
    if value("Autolock").as_deref() == Some("false") {
        return None;
    }
    let minutes = value("Timeout").map_or(5, |minutes| minutes.parse().unwrap_or(5));
    (minutes > 0).then_some(minutes * 60)
}

fn mac_os(machine: &Machine) -> Result<LocksAfter, String> {
    let path = machine.in_home("Library/Preferences/com.apple.screensaver.plist");
    let read = |key| of_plist(machine, &path, key).map_err(|why| format!("{path} {}", why.words()));
    if read("askForPassword")? == "0" {
        return Ok(None);
    }
    let idle = read("idleTime")?;
    let seconds: u64 = idle
        .parse()
        .map_err(|_| "idleTime is no number".to_owned())?;
    Ok((seconds > 0).then_some(seconds))
}

fn windows(machine: &Machine) -> Result<LocksAfter, String> {
    let key = "HKCU\\Control Panel\\Desktop";
    if of_registry(machine, key, "ScreenSaverIsSecure")? != "1" {
        return Ok(None);
    }
    let seconds: u64 = of_registry(machine, key, "ScreenSaveTimeOut")?
        .parse()
        .map_err(|_| "ScreenSaveTimeOut is no number".to_owned())?;
    Ok((seconds > 0).then_some(seconds))
}

fn login(machine: &Machine) -> Finding {
    let named = match machine.os() {
        Os::Linux => linux_login(machine),
        Os::MacOs => {
            let path = "/Library/Preferences/com.apple.loginwindow.plist";
            let user = of_plist(machine, path, "autoLoginUser");
            user.ok().map(|_| path.to_owned())
        }
        Os::Windows => {
            let key = "HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\Winlogon";
            let on = of_registry(machine, key, "AutoAdminLogon");
            on.is_ok_and(|on| on == "1").then(|| "Winlogon".to_owned())
        }
    };
    match named {
        Some(at) => NO_LOGIN.mend(
            THIS_COMPUTER,
            "The computer logs in by itself",
            format!("read {at}"),
        ),
        None => NO_LOGIN.good(
            THIS_COMPUTER,
            "No automatic login was found",
            "settings of the login screen",
        ),
    }
}

/// The file that names a user to log in by itself.
fn linux_login(machine: &Machine) -> Option<String> {
    let mut files = vec![
        "/etc/gdm3/custom.conf".to_owned(),
        "/etc/gdm3/daemon.conf".to_owned(),
        "/etc/gdm/custom.conf".to_owned(),
        "/etc/lightdm/lightdm.conf".to_owned(),
        "/etc/sddm.conf".to_owned(),
    ];
    for folder in ["/etc/lightdm/lightdm.conf.d", "/etc/sddm.conf.d"] {
        let entries = machine.list(folder).unwrap_or_default();
        files.extend(entries.iter().map(|entry| join(folder, &entry.name)));
    }
    files.into_iter().find(|file| {
        let text = machine.read(file).unwrap_or_default();
        logs_in_by_itself(&text)
    })
}

fn logs_in_by_itself(text: &str) -> bool {
    let mut section = "";
    text.lines().map(str::trim).any(|line| {
        if line.starts_with('[') {
            section = line;
        }
        let Some((name, value)) = line.split_once('=') else {
            return false;
        };
        let value = value.trim();
        match name.trim().to_lowercase().as_str() {
            "automaticloginenable" => value.eq_ignore_ascii_case("true"),
            "autologin-user" => !value.is_empty(),
            "user" => section.eq_ignore_ascii_case("[autologin]") && !value.is_empty(),
            _ => false,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kde_locks_after_five_minutes_unless_told_otherwise() {
        assert_eq!(of_kde("[Daemon]\n"), Some(300));
        assert_eq!(of_kde("[Daemon]\nTimeout=30\n"), Some(1800));
        assert_eq!(of_kde("[Daemon]\nAutolock=false\nTimeout=5\n"), None);
        assert_eq!(of_kde("[Daemon]\nTimeout=0\n"), None);
    }

    #[test]
    fn each_login_screen_has_its_own_word_for_it() {
        assert!(logs_in_by_itself("[daemon]\nAutomaticLoginEnable=True\n"));
        assert!(!logs_in_by_itself(
            "[daemon]\n# AutomaticLoginEnable = true\n"
        ));
        assert!(logs_in_by_itself("[Seat:*]\nautologin-user=ada\n"));
        assert!(logs_in_by_itself("[Autologin]\nUser=ada\n"));
        assert!(!logs_in_by_itself("[Autologin]\nUser=\n[Users]\nUser=x\n"));
    }
}
