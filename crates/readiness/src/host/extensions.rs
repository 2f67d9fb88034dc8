//! Browser extensions that may read and change pages of brokers and exchanges.

use machine::{
    Machine, Os, Unreadable,
    browsers::{self, Extension, From, host_of},
    processes::Process,
    sites,
};

use crate::{
    kind::{Kind, THIS_COMPUTER},
    model::{Area, Finding, Severity},
};

const EXTENSION: Kind = Kind {
    id: "extension-sees-broker-sites",
    area: Area::Host,
    severity: Severity::High,
    why: "It can read the session, place orders and hide them from you, and an update can make it do \
          so tomorrow.",
    mend: "Trade in a browser profile of its own, without extensions.",
};
const PROFILE: Kind = Kind {
    id: "browser-profile",
    area: Area::Host,
    severity: Severity::Medium,
    why: "An extension in a profile that cannot be read is not seen.",
    mend: "Open the browser's list of extensions and look at what each may do.",
};
pub(super) fn audit(machine: &Machine, running: &[Process]) -> Vec<Finding> {
    if let Err(why) = machine.list(machine.home()) {
        return vec![not_read(machine.home(), &why)];
    }
    let (profiles, mut unread) = browsers::profiles(machine, browsers::browsers(), running);
    let mut extensions = Vec::new();
    for profile in &profiles {
        let (found, not_read) = browsers::extensions(machine, profile);
        // those in the browser itself are the browser
        extensions.extend(
            found
                .into_iter()
                .filter(|e| e.active && e.from != From::BuiltIn),
        );
        unread.extend(not_read);
    }
    let not_read = |(list, why): &(String, Unreadable)| not_read(list, why);
    let mut findings: Vec<Finding> = unread.iter().map(not_read).collect();
    let looked_at = extensions.len();
    findings.extend(extensions.iter().filter_map(sees));
    if findings.is_empty() {
        let what = "No extension with access to pages of brokers and exchanges was found";
        let how = match machine.os() {
            Os::Linux => "profiles of Firefox, Chrome, Chromium, Brave and Edge",
            Os::MacOs | Os::Windows => "profiles of Firefox, Chrome, Brave and Edge",
        };
        let how = format!("{how}: {looked_at} extensions");
        findings.push(EXTENSION.good(THIS_COMPUTER, what, how));
    }
    findings
}

fn not_read(profile: &str, why: &Unreadable) -> Finding {
    let what = format!("What extensions it has {}", why.words());
    PROFILE.unknown(profile, what, "tried to read it")
}

fn sees(extension: &Extension) -> Option<Finding> {
    let Extension {
        browser,
        name,
        pages,
        ..
    } = extension;
    let all = pages.iter().any(|page| host_of(page) == Some("*"));
    let site = pages.iter().find_map(|page| broker_site(page));
    let (what, severity) = match (site, all) {
        (Some(site), _) => (format!("{name} may read and change {site}"), Severity::High),
        (None, true) => (
            format!("{name} may read and change every page"),
            Severity::Medium,
        ),
        (None, false) => return None,
    };
    Some(Finding {
        severity,
        ..EXTENSION.mend(
            format!("{browser}: {name}"),
            what,
            "what the browser granted it",
        )
    })
}

fn broker_site(pattern: &str) -> Option<&'static str> {
    machine::broker_site(sites(), host_of(pattern)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Verdict;

    #[test]
    fn a_pattern_names_a_broker_by_its_whole_domain_only() {
        assert_eq!(broker_site("https://*.kraken.com/*"), Some("kraken.com"));
        assert_eq!(broker_site("*://www.ibkr.com/portal"), Some("ibkr.com"));
        assert_eq!(broker_site("https://notkraken.com/*"), None);
        assert_eq!(broker_site("https://kraken.com.example.net/*"), None);
    }

    #[test]
    fn what_is_no_json_is_unknown() {
        let root = tempfile::tempdir().unwrap();
        for path in [
            ".mozilla/firefox/x.default/extensions.json",
            ".config/chromium/Default/Extensions/abc/1.0/manifest.json",
        ] {
            let path = root.path().join("home/ada").join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, b"\xff{").unwrap();
        }
        let found = audit(&Machine::at(root.path(), Os::Linux), &[]);
        let verdicts: Vec<_> = found.iter().map(|f| f.verdict).collect();
        assert_eq!(verdicts, [Verdict::Unknown, Verdict::Unknown]);
    }

    #[test]
    fn one_that_is_switched_off_or_a_part_of_the_browser_is_no_finding() {
        let list = r#"{"addons": [
            {"id": "b@x", "type": "extension", "active": false, "location": "app-profile",
             "userPermissions": {"origins": ["<all_urls>"]}},
            {"id": "c@x", "type": "extension", "active": true, "location": "app-builtin",
             "userPermissions": {"origins": ["<all_urls>"]}},
            {"id": "n@x", "type": "extension", "active": true, "location": "app-profile",
             "userPermissions": {"origins": ["https://example.net/*"]}}]}"#;
        let root = tempfile::tempdir().unwrap();
        let profile = root.path().join("home/ada/.mozilla/firefox/x.default");
        std::fs::create_dir_all(&profile).unwrap();
        std::fs::write(profile.join("extensions.json"), list).unwrap();
        let found = audit(&Machine::at(root.path(), Os::Linux), &[]);
        let verdicts: Vec<_> = found.iter().map(|f| f.verdict).collect();
        assert_eq!(verdicts, [Verdict::Good]);
        assert!(found[0].how.ends_with("1 extensions"), "{}", found[0].how);
    }
}
