//! Browser extensions that may read and change pages of brokers and exchanges.

use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::Value;

use crate::{
    kind::{Kind, THIS_COMPUTER},
    machine::{Machine, Os, Unreadable, join},
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
/// What is read of a browser's list of extensions.
const MOST: u64 = 16 * 1024 * 1024;
/// The most extensions of a profile.
const MOST_EXTENSIONS: usize = 1000;

/// Where a browser keeps its profiles, in a person's own folder.
struct Browser {
    name: &'static str,
    folders: &'static [&'static str],
}

const FIREFOX: Browser = Browser {
    name: "Firefox",
    folders: &[
        ".mozilla/firefox",
        ".config/mozilla/firefox",
        "snap/firefox/common/.mozilla/firefox",
        ".var/app/org.mozilla.firefox/.mozilla/firefox",
        "Library/Application Support/Firefox/Profiles",
        "AppData/Roaming/Mozilla/Firefox/Profiles",
    ],
};
const OF_CHROME: [Browser; 4] = [
    Browser {
        name: "Chrome",
        folders: &[
            ".config/google-chrome",
            "Library/Application Support/Google/Chrome",
            "AppData/Local/Google/Chrome/User Data",
        ],
    },
    Browser {
        name: "Chromium",
        folders: &[
            ".config/chromium",
            "snap/chromium/common/chromium",
            "Library/Application Support/Chromium",
        ],
    },
    Browser {
        name: "Brave",
        folders: &[
            ".config/BraveSoftware/Brave-Browser",
            "Library/Application Support/BraveSoftware/Brave-Browser",
            "AppData/Local/BraveSoftware/Brave-Browser/User Data",
        ],
    },
    Browser {
        name: "Edge",
        folders: &[
            ".config/microsoft-edge",
            "Library/Application Support/Microsoft Edge",
            "AppData/Local/Microsoft/Edge/User Data",
        ],
    },
];

/// One extension and the pages that it may see.
struct Extension {
    browser: &'static str,
    name: String,
    pages: Vec<String>,
}

pub(super) fn audit(machine: &Machine) -> Vec<Finding> {
    let mut extensions = Vec::new();
    if let Err(why) = machine.list(machine.home()) {
        return vec![not_read(machine.home(), &why)];
    }
    let mut unread = firefox(machine, &mut extensions);
    for browser in &OF_CHROME {
        unread.extend(chrome(machine, browser, &mut extensions));
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

/// The host of a pattern like `https://*.kraken.com/*`, without `*.`; `*` when it is every one.
fn host_of(pattern: &str) -> Option<&str> {
    if pattern == "<all_urls>" {
        return Some("*");
    }
    let (scheme, rest) = pattern.split_once("://")?;
    if !["*", "http", "https", "ws", "wss"].contains(&scheme) {
        return None;
    }
    let host = rest.split('/').next()?;
    let host = host.strip_prefix("*.").unwrap_or(host);
    // a whole top-level domain is as good as every one
    if ["*", "com", ""].contains(&host) {
        return Some("*");
    }
    Some(host)
}

fn broker_site(pattern: &str) -> Option<&'static str> {
    let host = host_of(pattern)?;
    sites().iter().map(String::as_str).find(|site| {
        host == *site
            || host
                .strip_suffix(*site)
                .is_some_and(|front| front.ends_with('.'))
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sites {
    site: Vec<String>,
}

fn sites() -> &'static [String] {
    static SITES: LazyLock<Vec<String>> = LazyLock::new(|| {
        toml::from_str::<Sites>(include_str!("../../data/broker-sites.toml"))
            .expect("a test reads the list that comes with the program")
            .site
    });
    &SITES
}

/// Those of Firefox; gives back which lists could not be read.
fn firefox(machine: &Machine, into: &mut Vec<Extension>) -> Vec<(String, Unreadable)> {
    let mut unread = Vec::new();
    for folder in FIREFOX.folders.iter().map(|folder| machine.in_home(folder)) {
        for profile in profiles(machine, &folder, &mut unread) {
            let profile = join(&folder, &profile);
            let list = join(&profile, "extensions.json");
            let granted = json(machine, &join(&profile, "extension-preferences.json"));
            match json(machine, &list) {
                Ok(list) => into.extend(of_firefox(&list, &granted.unwrap_or_default())),
                Err(Unreadable::Missing) => {}
                Err(why) => unread.push((list, why)),
            }
        }
    }
    unread
}

fn profiles(
    machine: &Machine,
    folder: &str,
    unread: &mut Vec<(String, Unreadable)>,
) -> Vec<String> {
    machine.folders_of(folder).unwrap_or_else(|why| {
        unread.push((folder.to_owned(), why));
        Vec::new()
    })
}

/// What each asks for stands in the list, what the person granted later in `granted`, by its id.
fn of_firefox(list: &Value, granted: &Value) -> Vec<Extension> {
    let addons = list["addons"].as_array().map(Vec::as_slice);
    let addons = addons.unwrap_or_default().iter();
    let theirs = addons.filter(|addon| {
        // those in the browser itself are the browser
        let location = addon["location"].as_str().unwrap_or_default();
        let built_in = ["app-builtin", "app-system"]
            .iter()
            .any(|start| location.starts_with(start));
        addon["type"] == "extension" && addon["active"] != false && !built_in
    });
    let extension = |addon: &Value| {
        let id = addon["id"]
            .as_str()
            .unwrap_or("an extension without a name");
        let mut pages = texts(&addon["userPermissions"]["origins"]);
        pages.extend(texts(&granted[id]["origins"]));
        Extension {
            browser: FIREFOX.name,
            name: addon["defaultLocale"]["name"]
                .as_str()
                .unwrap_or(id)
                .to_owned(),
            pages,
        }
    };
    theirs.take(MOST_EXTENSIONS).map(extension).collect()
}

/// Those of a browser like Chrome; gives back which manifests could not be read.
fn chrome(
    machine: &Machine,
    browser: &Browser,
    into: &mut Vec<Extension>,
) -> Vec<(String, Unreadable)> {
    let mut unread = Vec::new();
    for folder in browser.folders.iter().map(|folder| machine.in_home(folder)) {
        for profile in profiles(machine, &folder, &mut unread) {
            let all = join(&join(&folder, &profile), "Extensions");
            for id in machine.folders(&all).into_iter().take(MOST_EXTENSIONS) {
                // an older version stays beside the newer one for a while
                let versions = machine.folders(&join(&all, &id));
                let Some(version) = versions.last() else {
                    continue;
                };
                let manifest = join(&all, &format!("{id}/{version}/manifest.json"));
                match json(machine, &manifest) {
                    Ok(manifest) => into.push(of_chrome(browser.name, &id, &manifest)),
                    Err(Unreadable::Missing) => {}
                    Err(why) => unread.push((manifest, why)),
                }
            }
        }
    }
    unread
}

fn of_chrome(browser: &'static str, id: &str, manifest: &Value) -> Extension {
    let mut pages = texts(&manifest["host_permissions"]);
    pages.extend(texts(&manifest["permissions"]));
    for script in manifest["content_scripts"].as_array().into_iter().flatten() {
        pages.extend(texts(&script["matches"]));
    }
    // a name that is translated stands elsewhere: the id is what the browser's list shows too
    let name = manifest["name"].as_str().unwrap_or(id);
    let name = if name.starts_with("__MSG_") { id } else { name };
    Extension {
        browser,
        name: name.to_owned(),
        pages,
    }
}

fn texts(list: &Value) -> Vec<String> {
    let texts = list.as_array().into_iter().flatten();
    texts
        .filter_map(|text| text.as_str().map(str::to_owned))
        .collect()
}

fn json(machine: &Machine, path: &str) -> Result<Value, Unreadable> {
    let bytes = machine.read_bytes(path, MOST)?;
    if bytes.len() as u64 > MOST {
        return Err(Unreadable::Odd("is too large".to_owned()));
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    serde_json::from_slice(bytes).map_err(|_| Unreadable::Odd("is no JSON".to_owned()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::Verdict;

    #[test]
    fn a_pattern_names_a_broker_by_its_whole_domain_only() {
        assert_eq!(broker_site("https://*.kraken.com/*"), Some("kraken.com"));
        assert_eq!(broker_site("*://www.ibkr.com/portal"), Some("ibkr.com"));
        assert_eq!(broker_site("https://notkraken.com/*"), None);
        assert_eq!(broker_site("https://kraken.com.example.net/*"), None);
        for every in ["<all_urls>", "*://*/*", "https://*/*", "https://*.com/*"] {
            assert_eq!(host_of(every), Some("*"), "{every}");
        }
        for none in ["storage", "tabs", "file:///*", "moz-extension://*/*"] {
            assert_eq!(host_of(none), None, "{none}");
        }
    }

    #[test]
    fn firefox_names_those_that_are_active_and_not_its_own() {
        let list = json!({"addons": [
            {"id": "a@x", "type": "extension", "active": true, "location": "app-profile",
             "defaultLocale": {"name": "Helper"}, "userPermissions": {"origins": ["<all_urls>"]}},
            {"id": "b@x", "type": "extension", "active": false, "location": "app-profile",
             "userPermissions": {"origins": ["<all_urls>"]}},
            {"id": "c@x", "type": "extension", "active": true, "location": "app-builtin",
             "userPermissions": {"origins": ["<all_urls>"]}},
            {"id": "d@x", "type": "theme", "active": true, "location": "app-profile"},
            {"id": "e@x", "type": "extension", "active": true, "location": "app-profile",
             "userPermissions": null},
        ]});
        let granted = json!({"e@x": {"permissions": [], "origins": ["https://kraken.com/*"]}});
        let found = of_firefox(&list, &granted);
        let names: Vec<_> = found.iter().map(|e| e.name.as_str()).collect();
        assert_eq!(names, ["Helper", "e@x"]);
        assert!(sees(&found[1]).is_some());
        assert!(of_firefox(&json!([]), &Value::Null).is_empty());
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
        let found = audit(&Machine::at(root.path(), Os::Linux));
        let verdicts: Vec<_> = found.iter().map(|f| f.verdict).collect();
        assert_eq!(verdicts, [Verdict::Unknown, Verdict::Unknown]);
    }

    #[test]
    fn a_manifest_of_chrome_says_it_in_three_places() {
        let manifest = json!({
            "name": "__MSG_name__",
            "permissions": ["storage", "https://*.binance.com/*"],
            "host_permissions": ["https://example.net/*"],
            "content_scripts": [{"matches": ["https://*.kraken.com/*"]}, {}],
        });
        let extension = of_chrome("Chrome", "abc", &manifest);
        assert_eq!(extension.name, "abc");
        assert_eq!(extension.pages.len(), 4);
        let harmless = json!({"name": "Notes", "permissions": ["storage"], "content_scripts": 7});
        assert!(sees(&of_chrome("Chrome", "abc", &harmless)).is_none());
    }
}
