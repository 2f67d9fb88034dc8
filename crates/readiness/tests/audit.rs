//! Whole machines: one with forty weaknesses, one with none, and machines that answer badly.
#![cfg(unix)]

use std::{collections::BTreeSet, fs};

use jiff::Timestamp;
use readiness::{
    Answers, Area, Changes, Finding, Machine, Os, Places, Report, Snapshot, Verdict, audit, fixture,
};

fn now() -> Timestamp {
    Timestamp::now()
}

fn found(machine: &Machine) -> Vec<Finding> {
    let places = Places::of([fixture::PLACE]);
    audit(machine, &places, &Answers::default(), now())
}

fn mends(findings: &[Finding]) -> BTreeSet<(String, String)> {
    let mends = findings.iter().filter(|f| f.verdict == Verdict::Mend);
    mends.map(|f| (f.id.clone(), f.subject.clone())).collect()
}

#[test]
fn all_forty_planted_weaknesses_are_found_and_nothing_that_is_not_there() {
    let root = tempfile::tempdir().unwrap();
    let planted: BTreeSet<_> = fixture::planted(root.path())
        .unwrap()
        .into_iter()
        .map(|planted| (planted.id.to_owned(), planted.subject))
        .collect();
    assert_eq!(planted.len(), 40);
    let findings = found(&Machine::at(root.path(), Os::Linux));
    assert_eq!(mends(&findings), planted);
}

#[test]
fn every_finding_says_what_why_and_how_and_what_is_to_be_done() {
    let root = tempfile::tempdir().unwrap();
    fixture::planted(root.path()).unwrap();
    for finding in found(&Machine::at(root.path(), Os::Linux)) {
        let Finding {
            what,
            why,
            how,
            mend,
            ..
        } = &finding;
        assert!(
            ![what, why, how].iter().any(|text| text.is_empty()),
            "{finding:?}"
        );
        assert_eq!(
            mend.is_empty(),
            finding.verdict == Verdict::Good,
            "{finding:?}"
        );
    }
}

#[test]
fn no_planted_secret_is_in_any_finding() {
    let root = tempfile::tempdir().unwrap();
    fixture::planted(root.path()).unwrap();
    let said = format!("{:?}", found(&Machine::at(root.path(), Os::Linux)));
    assert!(!said.contains(fixture::PASSWORD), "{said}");
    assert!(!said.contains("aB3dE6gH9jK2mN5p"), "{said}");
}

#[test]
fn a_clean_machine_has_nothing_to_mend_and_nothing_unknown() {
    let root = tempfile::tempdir().unwrap();
    fixture::clean(root.path()).unwrap();
    let findings = found(&Machine::at(root.path(), Os::Linux));
    let bad: Vec<_> = findings
        .iter()
        .filter(|f| f.verdict != Verdict::Good && f.area != Area::Person)
        .collect();
    assert!(bad.is_empty(), "{bad:#?}");
    let of_person = findings.iter().filter(|f| f.area == Area::Person);
    assert!(of_person.clone().count() >= 8);
    assert!(of_person.clone().all(|f| f.verdict == Verdict::Unknown));
}

#[test]
fn a_clean_machine_that_is_planted_later_tells_each_weakness_as_new() {
    let root = tempfile::tempdir().unwrap();
    let (before, after) = (root.path().join("before"), root.path().join("after"));
    fs::create_dir(&before).unwrap();
    fs::create_dir(&after).unwrap();
    fixture::clean(&before).unwrap();
    fixture::planted(&after).unwrap();
    let report = |root| Report::new(now(), Vec::new(), found(&Machine::at(root, Os::Linux)));
    let snapshot = Snapshot::at(root.path().join("readiness.json"));
    snapshot.keep(&report(&before)).unwrap();
    let after = report(&after);
    let changes = Changes::between(snapshot.read().unwrap().as_ref(), &after);
    assert_eq!(after.headline(), "40 findings to mend");
    assert_eq!(changes.changes.len(), 40);
    snapshot.keep(&after).unwrap();
    let again = Changes::between(snapshot.read().unwrap().as_ref(), &after);
    assert_eq!(again.headline(), "Nothing changed since the last check");
}

#[test]
fn a_machine_without_a_file_is_unknown_and_never_good_where_it_could_not_look() {
    let root = tempfile::tempdir().unwrap();
    for os in [Os::Linux, Os::MacOs, Os::Windows] {
        let findings = found(&Machine::at(root.path(), os));
        assert!(mends(&findings).is_empty(), "{os:?}: {findings:#?}");
        for id in [
            "disk-not-encrypted",
            "updates-pending",
            "screen-does-not-lock",
            "firewall-off",
            "second-administrator",
            "remote-control-tool",
            "api-port-open-to-network",
            "trading-programs",
            "secrets-in-files",
            "browser-profile",
        ] {
            let of_id = findings.iter().filter(|f| f.id == id);
            let verdicts: Vec<_> = of_id.map(|f| f.verdict).collect();
            assert_eq!(verdicts, [Verdict::Unknown], "{os:?} {id}");
        }
    }
}

#[test]
fn a_mac_and_a_windows_machine_are_read_from_what_their_own_files_and_tools_say() {
    let mac = tempfile::tempdir().unwrap();
    fs::write(mac.path().join("machine.toml"), MAC).unwrap();
    let preferences = mac.path().join("Library/Preferences");
    fs::create_dir_all(&preferences).unwrap();
    let plist = |key: &str, value: &str| {
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<plist version=\"1.0\">\n<dict>\n\t<key>{key}\
             </key>\n\t{value}\n</dict>\n</plist>\n"
        )
    };
    for (file, key, value) in [
        ("com.apple.alf", "globalstate", "<integer>0</integer>"),
        (
            "com.apple.SoftwareUpdate",
            "LastRecommendedUpdatesAvailable",
            "<integer>3</integer>",
        ),
        (
            "com.apple.loginwindow",
            "autoLoginUser",
            "<string>ada</string>",
        ),
    ] {
        let file = preferences.join(format!("{file}.plist"));
        fs::write(file, plist(key, value)).unwrap();
    }
    let home = mac.path().join("Users/ada/Library/Preferences");
    fs::create_dir_all(&home).unwrap();
    let lock = plist("askForPassword", "<integer>0</integer>");
    fs::write(home.join("com.apple.screensaver.plist"), lock).unwrap();
    let ids = |root, os| -> Vec<String> {
        let all = mends(&found(&Machine::at(root, os)));
        all.into_iter().map(|(id, _)| id).collect()
    };
    assert_eq!(
        ids(mac.path(), Os::MacOs),
        [
            "api-port-open-to-network",
            "disk-not-encrypted",
            "firewall-off",
            "login-without-password",
            "remote-control-tool",
            "screen-does-not-lock",
            "second-administrator",
            "updates-pending",
        ]
    );
    let windows = tempfile::tempdir().unwrap();
    fs::write(windows.path().join("machine.toml"), WINDOWS).unwrap();
    fs::create_dir_all(windows.path().join("Jts/ibgateway/1046")).unwrap();
    let jts = "[IBGateway]\r\nTrustedIPs=127.0.0.1,10.0.0.7\r\n";
    fs::write(windows.path().join("Jts/jts.ini"), jts).unwrap();
    assert_eq!(
        ids(windows.path(), Os::Windows),
        [
            "api-port-open-to-network",
            "disk-not-encrypted",
            "firewall-off",
            "login-without-password",
            "remote-control-tool",
            "screen-does-not-lock",
            "second-administrator",
            "trusted-address-beyond-this-computer",
        ]
    );
}

const MAC: &str = r#"home = "/Users/ada"
uid = 501

[tools]
"fdesetup status" = "FileVault is Off.\n"
"dscl . -read /Groups/admin GroupMembership" = "GroupMembership: root ada guest2\n"
"ps -axww -o pid=,uid=,args=" = """
    1     0 /sbin/launchd
  412   501 /Applications/AnyDesk.app/Contents/MacOS/AnyDesk
  500   501 /Users/ada/Applications/Trader Workstation/jre/bin/java -cp jts.jar jclient.LoginFrame
"""
"lsof -nP -iTCP -sTCP:LISTEN -Fpn" = "p500\nf41\nn*:7496\n"
"#;

const WINDOWS: &str = r#"home = "C:\\Users\\ada"

[tools]
"tasklist /FO CSV /NH" = "\"TeamViewer_Service.exe\",\"900\",\"Services\",\"0\",\"9 K\"\r\n\"java.exe\",\"4712\",\"Console\",\"1\",\"512,340 K\"\r\n"
"netstat -ano -p TCP" = "  TCP    0.0.0.0:4001    0.0.0.0:0    LISTENING    4712\r\n"
"net localgroup Administrators" = "Members\r\n\r\n-----\r\nAdministrator\r\nada\r\nHelpdesk\r\nThe command completed successfully.\r\n"
'reg query HKLM\SYSTEM\CurrentControlSet\Control\BitLockerStatus /v BootStatus' = "\r\nHKEY_LOCAL_MACHINE\\SYSTEM\r\n    BootStatus    REG_DWORD    0x0\r\n"
'reg query HKLM\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy\DomainProfile /v EnableFirewall' = "    EnableFirewall    REG_DWORD    0x1\r\n"
'reg query HKLM\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy\StandardProfile /v EnableFirewall' = "    EnableFirewall    REG_DWORD    0x1\r\n"
'reg query HKLM\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy\PublicProfile /v EnableFirewall' = "    EnableFirewall    REG_DWORD    0x0\r\n"
'reg query HKCU\Control Panel\Desktop /v ScreenSaverIsSecure' = "    ScreenSaverIsSecure    REG_SZ    0\r\n"
'reg query HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Winlogon /v AutoAdminLogon' = "    AutoAdminLogon    REG_SZ    1\r\n"
"#;

#[test]
fn files_that_may_not_be_read_are_unknown_and_say_so() {
    use std::os::unix::fs::PermissionsExt;
    let root = tempfile::tempdir().unwrap();
    fixture::planted(root.path()).unwrap();
    // a folder in its place is refused to whoever runs the test, root too
    for path in ["home/ada/ibc/config.ini", "etc/passwd", "proc/net/tcp"] {
        let path = root.path().join(path);
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
    }
    let findings = found(&Machine::at(root.path(), Os::Linux));
    for id in [
        "ibc-settings",
        "second-administrator",
        "api-port-open-to-network",
    ] {
        let finding = findings.iter().find(|f| f.id == id).unwrap();
        assert_eq!(finding.verdict, Verdict::Unknown);
        assert!(finding.what.contains("is no plain file"), "{finding:?}");
    }
}

#[test]
fn this_computer_is_audited_without_falling_over() {
    let findings = audit(
        &Machine::this(),
        &Places::default(),
        &Answers::default(),
        now(),
    );
    assert!(findings.len() > 15, "{findings:#?}");
}
