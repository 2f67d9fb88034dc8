//! Machines of macOS and Windows in a folder, from what their own files and tools say.

use std::path::Path;

use collect::{Lists, Outcome, collectors};
use machine::{Machine, Os};

use crate::common::{all, found, notable, of, put};

const LOG: &str = "log show --last 7d --style syslog --predicate process == \\\"sshd\\\" OR process == \
                   \\\"sshd-session\\\" OR process == \\\"screensharingd\\\" OR (process == \
                   \\\"loginwindow\\\" AND eventMessage CONTAINS \\\"login\\\") --info";

fn mac(root: &Path) {
    let now = jiff::Timestamp::now();
    let at = now.strftime("%Y-%m-%d %H:%M:%S.000000+0000");
    let said = format!(
        "home = \"/Users/ada\"\nuid = 501\n[tools]\n\"{LOG}\" = \"\"\"\n{at}  mac sshd[412]: Accepted publickey for \
         ada from 203.0.113.9 port 1 ssh2\n\"\"\"\n\"fdesetup status\" = \"FileVault is On.\\n\"\n\"who\" = \
         \"ada console Nov 24 10:00\\nada ttys001 Nov 24 19:00 (203.0.113.9)\\n\"\n\
         \"ps -axww -o pid=,ppid=,user=,lstart=,comm=\" = \"  412     1 ada  Tue Nov 24 19:36:57 2026     \
         /Applications/AnyDesk.app/Contents/MacOS/AnyDesk\\n\"\n\"ps -axww -o pid=,uid=,args=\" = \"  412   501 \
         /Applications/AnyDesk.app/Contents/MacOS/AnyDesk\\n\"\n\"lsof -nP -i -FpuPnT\" = \
         \"p412\\nu501\\nf3\\nPTCP\\nn10.0.0.7:50100->203.0.113.7:443\\nTST=ESTABLISHED\\n\"\n"
    );
    put(root, "machine.toml", said);
    let agent = plist::Value::Dictionary(
        [
            ("Label".to_owned(), "com.example.update".into()),
            (
                "ProgramArguments".to_owned(),
                plist::Value::Array(vec!["/Users/ada/.x/run".into(), "--quiet".into()]),
            ),
            ("RunAtLoad".to_owned(), true.into()),
        ]
        .into_iter()
        .collect(),
    );
    let mut binary = Vec::new();
    agent.to_writer_binary(&mut binary).unwrap();
    put(
        root,
        "Users/ada/Library/LaunchAgents/com.example.update.plist",
        binary,
    );
    let daemon = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \
                  \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n<plist version=\"1.0\"><dict><key>Label</key>\
                  <string>d</string><key>Program</key><string>/usr/local/d</string></dict></plist>";
    put(root, "Library/LaunchDaemons/d.plist", daemon);
    let events = "Users/ada/Library/Preferences/com.apple.LaunchServices.QuarantineEventsV2";
    put(root, events, "");
    let store = rusqlite::Connection::open(root.join(events)).unwrap();
    let since_2001 = now.as_second() - 978_307_200 - 60;
    store
        .execute_batch(&format!(
            "CREATE TABLE LSQuarantineEvent (LSQuarantineEventIdentifier TEXT PRIMARY KEY NOT NULL, \
             LSQuarantineTimeStamp REAL, LSQuarantineAgentName TEXT, LSQuarantineDataURLString TEXT, \
             LSQuarantineOriginURLString TEXT);
             INSERT INTO LSQuarantineEvent VALUES ('u', {since_2001}.25, 'Safari', \
             'https://files.example/Support.dmg?key=1', 'https://files.example/');"
        ))
        .unwrap();
    // a folder in its place is refused to whoever runs the test
    std::fs::create_dir_all(root.join("Library/Application Support/com.apple.TCC/TCC.db")).unwrap();
    let version = "<plist version=\"1.0\"><dict><key>ProductVersion</key><string>15.1</string></dict></plist>";
    put(
        root,
        "System/Library/CoreServices/SystemVersion.plist",
        version,
    );
}

#[test]
fn a_mac_is_read_from_what_its_own_files_and_tools_say() {
    let root = tempfile::tempdir().unwrap();
    mac(root.path());
    let all = all(&Machine::at(root.path(), Os::MacOs), &Lists::shipped());
    assert_eq!(all.len(), collectors(Os::MacOs).len());
    let told = |id| notable(of(&all, id));
    assert_eq!(told("users"), ["ada is logged in from 203.0.113.9"]);
    assert_eq!(
        told("remote-control"),
        ["AnyDesk is running as process 412, connected to 203.0.113.7"]
    );
    let autostart = found(of(&all, "autostart"));
    assert_eq!(autostart["entries"][0]["starts"][0], "Label=d");
    assert_eq!(
        autostart["entries"][1]["starts"][1],
        "ProgramArguments=/Users/ada/.x/run --quiet"
    );
    assert_eq!(told("autostart").len(), 2);
    assert_eq!(
        told("downloads"),
        [
            "Support.dmg, a program, was downloaded from https://files.example/Support.dmg?(withheld)"
        ]
    );
    assert_eq!(
        told("logins"),
        ["Somebody logged in from 203.0.113.9 (sshd)"]
    );
    let grants = of(&all, "privacy-grants");
    let Outcome::Failed { why } = &grants.outcome else {
        panic!("{:?}", grants.outcome);
    };
    assert!(why.contains("TCC.db"), "{why}");
    let system = found(of(&all, "system"));
    assert_eq!(system["disk_encrypted"], true);
    assert_eq!(system["release"][0], "ProductVersion: 15.1");
    assert_eq!(
        found(of(&all, "processes"))["processes"][0]["name"],
        "AnyDesk"
    );
}

fn windows(root: &Path) {
    let said = r#"home = '\Users\ada'
[tools]
'reg query HKCU\Software\Microsoft\Windows\CurrentVersion\Run' = '''

HKEY_CURRENT_USER\Software\Microsoft\Windows\CurrentVersion\Run
    Updater    REG_SZ    C:\Users\ada\AppData\Local\Temp\u.exe /q
    OneDrive    REG_SZ    "C:\Program Files\OneDrive\OneDrive.exe" /background
'''
'reg query HKCU\Software\Microsoft\SystemCertificates\Root\Certificates' = '''

HKEY_CURRENT_USER\Software\Microsoft\SystemCertificates\Root\Certificates\0123456789ABCDEF0123456789ABCDEF01234567
'''
'quser' = '''
 USERNAME              SESSIONNAME        ID  STATE   IDLE TIME  LOGON TIME
>ada                   console             1  Active      none   11/24/2026 9:00 AM
 bob                   rdp-tcp#3           2  Active          .  11/24/2026 9:30 AM
'''
'tasklist /FO CSV /NH' = '"AnyDesk.exe","4712","Console","1","512,340 K"'
'netstat -ano' = '  TCP    10.0.0.7:50100    203.0.113.7:443    ESTABLISHED    4712'
"#;
    put(root, "machine.toml", said);
    put(
        root,
        "Windows/System32/drivers/etc/hosts",
        "203.0.113.66 www.kraken.com\r\n",
    );
    let startup = "Users/ada/AppData/Roaming/Microsoft/Windows/Start Menu/Programs/Startup";
    put(root, &format!("{startup}/run.lnk"), "x");
    let task = "<Task><RegistrationInfo><Author>ada</Author></RegistrationInfo><Actions><Exec><Command>C:\\x.exe\
                </Command></Exec></Actions></Task>";
    put(root, "Windows/System32/Tasks/Update", task);
    put(root, "Users/ada/Downloads/support.exe", "MZ");
    let zone = "[ZoneTransfer]\r\nZoneId=3\r\nReferrerUrl=https://files.example/\r\n\
                HostUrl=https://files.example/support.exe?k=1\r\n";
    put(
        root,
        "Users/ada/Downloads/support.exe:Zone.Identifier",
        zone,
    );
    let logs = "Windows/System32/winevt/Logs";
    put(
        root,
        &format!("{logs}/Security.evtx"),
        include_bytes!("../data/security.evtx"),
    );
    let desktop = "Microsoft-Windows-TerminalServices-RemoteConnectionManager%4Operational.evtx";
    put(
        root,
        &format!("{logs}/{desktop}"),
        include_bytes!("../data/remote-desktop.evtx"),
    );
}

#[cfg(unix)]
#[test]
fn a_windows_machine_is_read_from_what_its_own_files_and_tools_say() {
    let root = tempfile::tempdir().unwrap();
    windows(root.path());
    let all = all(&Machine::at(root.path(), Os::Windows), &Lists::shipped());
    let told = |id| notable(of(&all, id));
    assert_eq!(told("users"), ["bob is logged in over Remote Desktop"]);
    assert_eq!(
        told("remote-control"),
        ["AnyDesk is running as process 4712, connected to 203.0.113.7"]
    );
    assert_eq!(
        told("autostart"),
        [
            "run.lnk was made or changed",
            "Updater starts with the computer: C:\\Users\\ada\\AppData\\Local\\Temp\\u.exe /q"
        ]
    );
    let autostart = found(of(&all, "autostart"));
    assert_eq!(autostart["keys"].as_array().unwrap().len(), 2);
    assert_eq!(told("network"), ["www.kraken.com leads to 203.0.113.66"]);
    assert_eq!(
        told("root-certificates"),
        ["A root certificate was added: SHA-1 0123456789ABCDEF0123456789ABCDEF01234567"]
    );
    assert_eq!(
        told("downloads"),
        [
            "support.exe, a program, was downloaded from https://files.example/support.exe?(withheld)"
        ]
    );
    let logins = found(of(&all, "logins"));
    let events = logins["events"].as_array().unwrap();
    let failed = events.iter().find(|event| event["id"] == 4625).unwrap();
    assert_eq!(failed["user"], "TEMPORAL\\Administrator");
    assert_eq!(failed["login_kind"], 10);
    assert_eq!(failed["from"], "203.0.113.200");
    assert_eq!(failed["at"], "2016-06-29T15:24:36.686Z");
    let desktop = events.iter().find(|event| event["id"] == 1149).unwrap();
    assert_eq!(desktop["from"], "203.0.113.99");
    assert_eq!(desktop["user"], "TRADING-DESK-01\\ada-rdp");
}

#[cfg(unix)]
#[test]
fn a_log_of_windows_that_may_not_be_read_or_is_none_is_told() {
    let root = tempfile::tempdir().unwrap();
    windows(root.path());
    let logs = root.path().join("Windows/System32/winevt/Logs");
    std::fs::write(logs.join("Security.evtx"), "nonsense").unwrap();
    let all = all(&Machine::at(root.path(), Os::Windows), &Lists::shipped());
    let Outcome::Partly { why } = &of(&all, "logins").outcome else {
        panic!("{:?}", of(&all, "logins").outcome);
    };
    assert!(why.contains("Security.evtx"), "{why}");
}
