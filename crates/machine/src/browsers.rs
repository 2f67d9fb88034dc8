//! Browsers' profiles on a machine, and the extensions in them.

use std::{collections::BTreeSet, sync::LazyLock};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Ini, Machine, Unreadable, join, plain, processes::Process};

/// What is read of a browser's list of extensions.
const MOST: u64 = 16 * 1024 * 1024;
/// The most extensions of a profile.
const MOST_EXTENSIONS: usize = 1000;

/// How a browser's files are laid out.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// Like Firefox.
    Firefox,
    /// Like Chrome.
    Chrome,
}

/// A browser and where it keeps its profiles.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Browser {
    /// What people call it.
    pub name: String,
    /// How its files are laid out.
    pub family: Family,
    /// Folders of profiles, inside the person's own.
    pub folders: Vec<String>,
}

/// One profile.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Profile {
    /// The browser's name.
    pub browser: String,
    /// How its files are laid out.
    pub family: Family,
    /// Its folder.
    pub folder: String,
}

/// What could not be read, and why not.
pub type Unread = (String, Unreadable);

/// Where an extension came from.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum From {
    /// The browser's own store.
    Store,
    /// Put there by another program, or from a file.
    SideLoaded,
    /// Loaded from a folder, as its developer would.
    Unpacked,
    /// Set by an administrator's policy.
    Policy,
    /// A part of the browser.
    BuiltIn,
    /// Not told.
    Unknown,
}

/// One extension, and what it may see.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Extension {
    /// The browser's name.
    pub browser: String,
    /// The profile's folder.
    pub profile: String,
    /// Its id.
    pub id: String,
    /// Its name; the id where the name is a translated one.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Whether it is switched on.
    pub active: bool,
    /// Where it came from.
    pub from: From,
    /// The address that it came from or is kept current from, where one is told.
    pub address: String,
    /// Whether the browser's maker signed it, where that is told.
    pub signed: Option<bool>,
    /// When it was first installed, in seconds since 1970.
    pub installed: Option<i64>,
    /// When it was last changed, in seconds since 1970.
    pub updated: Option<i64>,
    /// Its folder or file.
    pub path: String,
    /// What it may do.
    pub permissions: Vec<String>,
    /// The pages that it may see, as patterns.
    pub pages: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Browsers {
    browser: Vec<Browser>,
}

/// Those that this program knows.
pub fn browsers() -> &'static [Browser] {
    static BROWSERS: LazyLock<Vec<Browser>> = LazyLock::new(|| {
        toml::from_str::<Browsers>(include_str!("../data/browsers.toml"))
            .expect("a test reads the list that comes with the program")
            .browser
    });
    &BROWSERS
}

/// The profiles of `browsers`: in their usual folders, named by a list of theirs, or by the arguments
/// of what runs.
pub fn profiles(
    machine: &Machine,
    browsers: &[Browser],
    running: &[Process],
) -> (Vec<Profile>, Vec<Unread>) {
    let mut all = BTreeSet::new();
    let mut unread = Vec::new();
    for browser in browsers {
        for folder in &browser.folders {
            let folder = machine.in_home(folder);
            match machine.folders_of(&folder) {
                Ok(names) => all.extend(names.iter().map(|name| browser.at(join(&folder, name)))),
                Err(why) => unread.push((folder.clone(), why)),
            }
            if browser.family == Family::Firefox {
                let list = machine.read(&join(&folder, "profiles.ini"));
                let list = Ini::parse(&list.unwrap_or_default());
                let elsewhere = list.all("Path").map(plain).filter(|p| p.starts_with('/'));
                all.extend(elsewhere.map(|folder| browser.at(folder)));
            }
        }
        for process in running {
            all.extend(browser.of_arguments(machine, process));
        }
    }
    // two browsers may be named by one running program: the first one's name stays
    let mut seen = BTreeSet::new();
    let all = all.into_iter().filter(|p| {
        let real = machine.real(&p.folder);
        seen.insert(real.canonicalize().unwrap_or(real))
    });
    (all.collect(), unread)
}

impl Browser {
    fn at(&self, folder: String) -> Profile {
        Profile {
            browser: self.name.clone(),
            family: self.family,
            folder,
        }
    }

    /// Profiles that a running program of it was told to use.
    fn of_arguments(&self, machine: &Machine, process: &Process) -> Vec<Profile> {
        let name = process.name.to_lowercase();
        if !name.contains(&self.name.to_lowercase()) && !name.contains("headless_shell") {
            return Vec::new();
        }
        let arguments = &process.arguments;
        match self.family {
            Family::Chrome => {
                let named = arguments
                    .iter()
                    .filter_map(|a| a.strip_prefix("--user-data-dir="));
                let folders = named.map(plain).filter(|folder| folder.starts_with('/'));
                let below = folders.flat_map(|folder| {
                    let names = machine.folders(&folder).into_iter();
                    names.map(move |name| join(&folder, &name))
                });
                below.map(|folder| self.at(folder)).collect()
            }
            Family::Firefox => {
                let flag = arguments
                    .iter()
                    .position(|a| ["-profile", "--profile"].contains(&a.as_str()));
                let named = flag.and_then(|at| arguments.get(at + 1));
                let folder = named.map(|n| plain(n)).filter(|f| f.starts_with('/'));
                folder.map(|folder| self.at(folder)).into_iter().collect()
            }
        }
    }
}

/// The extensions of a profile, also those that are switched off.
pub fn extensions(machine: &Machine, profile: &Profile) -> (Vec<Extension>, Vec<Unread>) {
    match profile.family {
        Family::Firefox => firefox(machine, profile),
        Family::Chrome => chrome(machine, profile),
    }
}

fn firefox(machine: &Machine, profile: &Profile) -> (Vec<Extension>, Vec<Unread>) {
    let list = join(&profile.folder, "extensions.json");
    let granted = json(
        machine,
        &join(&profile.folder, "extension-preferences.json"),
    );
    match json(machine, &list) {
        Ok(list) => {
            let found = of_firefox(profile, &list, &granted.unwrap_or_default());
            (found, Vec::new())
        }
        Err(Unreadable::Missing) => (Vec::new(), Vec::new()),
        Err(why) => (Vec::new(), vec![(list, why)]),
    }
}

/// What each asks for stands in the list, what the person granted later in `granted`, by its id.
fn of_firefox(profile: &Profile, list: &Value, granted: &Value) -> Vec<Extension> {
    let addons = list["addons"].as_array().map(Vec::as_slice);
    let addons = addons.unwrap_or_default().iter();
    let extensions = addons.filter(|addon| addon["type"] == "extension");
    let extension = |addon: &Value| {
        let id = addon["id"]
            .as_str()
            .unwrap_or("an extension without a name");
        let asked = &addon["userPermissions"];
        let granted = &granted[id];
        let both = |what: &str| {
            let mut all = texts(&asked[what]);
            all.extend(texts(&granted[what]));
            all
        };
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        Extension {
            browser: profile.browser.clone(),
            profile: profile.folder.clone(),
            id: id.to_owned(),
            name: addon["defaultLocale"]["name"]
                .as_str()
                .unwrap_or(id)
                .to_owned(),
            version: text(&addon["version"]),
            active: addon["active"] != false,
            from: from_of_firefox(addon),
            address: text(&addon["sourceURI"]),
            signed: addon["signedState"].as_i64().map(|state| state > 0),
            installed: addon["installDate"].as_i64().map(|ms| ms / 1000),
            updated: addon["updateDate"].as_i64().map(|ms| ms / 1000),
            path: text(&addon["path"]),
            permissions: both("permissions"),
            pages: both("origins"),
        }
    };
    extensions.take(MOST_EXTENSIONS).map(extension).collect()
}

fn from_of_firefox(addon: &Value) -> From {
    let location = addon["location"].as_str().unwrap_or_default();
    let address = addon["sourceURI"].as_str().unwrap_or_default();
    let telemetry = &addon["installTelemetryInfo"]["source"];
    // those in the browser itself are the browser; `app-system-local` and `-share` are folders where
    // another program puts one for every profile
    let built_in = ["app-builtin", "app-system-defaults", "app-system-addons"];
    if built_in.iter().any(|start| location.starts_with(start)) {
        From::BuiltIn
    } else if telemetry == "enterprise-policy" {
        From::Policy
    } else if location == "app-temporary" {
        From::Unpacked
    } else if addon["foreignInstall"] == true
        || (!location.is_empty() && location != "app-profile")
        || address.starts_with("file:")
    {
        From::SideLoaded
    } else if address.starts_with("https://addons.mozilla.org/") {
        From::Store
    } else {
        From::Unknown
    }
}

fn chrome(machine: &Machine, profile: &Profile) -> (Vec<Extension>, Vec<Unread>) {
    let mut found = Vec::new();
    let mut unread = Vec::new();
    let mut known = BTreeSet::new();
    let all = join(&profile.folder, "Extensions");
    // on Windows and macOS the second is a signed copy of the parts that programs like to change
    for file in ["Preferences", "Secure Preferences"] {
        let list = join(&profile.folder, file);
        let settings = match json(machine, &list) {
            Ok(mut list) => list["extensions"]["settings"].take(),
            Err(Unreadable::Missing) => continue,
            Err(why) => {
                unread.push((list, why));
                continue;
            }
        };
        let settings = settings.as_object().into_iter().flatten();
        for (id, told) in settings.take(MOST_EXTENSIONS) {
            let Some(path) = told["path"].as_str().map(plain) else {
                continue;
            };
            if !known.insert(id.clone()) {
                continue;
            }
            let folder = if path.starts_with('/') {
                path
            } else {
                join(&all, &path)
            };
            let manifest = match json(machine, &join(&folder, "manifest.json")) {
                Ok(manifest) => manifest,
                Err(_) if told["manifest"].is_object() => told["manifest"].clone(),
                Err(Unreadable::Missing) => Value::Null,
                Err(why) => {
                    unread.push((join(&folder, "manifest.json"), why));
                    Value::Null
                }
            };
            found.push(of_chrome(profile, id, &folder, told, &manifest));
        }
    }
    for id in machine.folders(&all).into_iter().take(MOST_EXTENSIONS) {
        // an older version stays beside the newer one for a while
        let versions = machine.folders(&join(&all, &id));
        let Some(version) = versions.last().filter(|_| !known.contains(&id)) else {
            continue;
        };
        let folder = join(&all, &format!("{id}/{version}"));
        let manifest = join(&folder, "manifest.json");
        match json(machine, &manifest) {
            Ok(manifest) => found.push(of_chrome(profile, &id, &folder, &Value::Null, &manifest)),
            Err(Unreadable::Missing) => {}
            Err(why) => unread.push((manifest, why)),
        }
    }
    (found, unread)
}

/// What the profile says of it in `told`, and what it says of itself in its manifest.
fn of_chrome(
    profile: &Profile,
    id: &str,
    folder: &str,
    told: &Value,
    manifest: &Value,
) -> Extension {
    let mut pages = texts(&manifest["host_permissions"]);
    let (hosts, mut permissions): (Vec<_>, Vec<_>) = texts(&manifest["permissions"])
        .into_iter()
        .partition(|text| text.contains("://") || text == "<all_urls>");
    pages.extend(hosts);
    for script in manifest["content_scripts"].as_array().into_iter().flatten() {
        pages.extend(texts(&script["matches"]));
    }
    let granted = &told["granted_permissions"];
    for hosts in ["explicit_host", "scriptable_host"] {
        pages.extend(texts(&granted[hosts]));
    }
    permissions.extend(texts(&granted["api"]));
    for all in [&mut pages, &mut permissions] {
        let mut seen = BTreeSet::new();
        all.retain(|text| seen.insert(text.clone()));
    }
    // a name that is translated stands elsewhere: the id is what the browser's list shows too
    let name = manifest["name"].as_str().unwrap_or(id);
    let name = if name.starts_with("__MSG_") { id } else { name };
    let since_1970 = |name: &str| told[name].as_str().and_then(since_1601);
    Extension {
        browser: profile.browser.clone(),
        profile: profile.folder.clone(),
        id: id.to_owned(),
        name: name.to_owned(),
        version: manifest["version"].as_str().unwrap_or_default().to_owned(),
        active: told["state"] != 0 && !has_reasons(&told["disable_reasons"]),
        from: from_of_chrome(told),
        address: manifest["update_url"]
            .as_str()
            .unwrap_or_default()
            .to_owned(),
        signed: None,
        installed: since_1970("first_install_time").or_else(|| since_1970("install_time")),
        updated: since_1970("last_update_time"),
        path: folder.to_owned(),
        permissions,
        pages,
    }
}

/// `disable_reasons` was a sum of bits and is a list of numbers.
fn has_reasons(reasons: &Value) -> bool {
    reasons.as_i64().is_some_and(|bits| bits != 0)
        || reasons.as_array().is_some_and(|list| !list.is_empty())
}

/// The browser's own numbers of where it installs from (`mojom::ManifestLocation`).
fn from_of_chrome(told: &Value) -> From {
    match told["location"].as_i64() {
        Some(1) if told["from_webstore"] == true => From::Store,
        Some(1) => From::SideLoaded,
        Some(2 | 3 | 6) => From::SideLoaded,
        Some(4 | 8) => From::Unpacked,
        Some(5 | 10) => From::BuiltIn,
        Some(7 | 9) => From::Policy,
        _ => From::Unknown,
    }
}

/// Microseconds since 1601, as Chrome writes them, in seconds since 1970.
pub fn since_1601(microseconds: &str) -> Option<i64> {
    let microseconds: i64 = microseconds.parse().ok()?;
    (microseconds > 0).then(|| microseconds / 1_000_000 - 11_644_473_600)
}

/// The host of a pattern like `https://*.kraken.com/*`, without `*.`; `*` when it is every one.
pub fn host_of(pattern: &str) -> Option<&str> {
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

    fn profile(family: Family) -> Profile {
        Profile {
            browser: "Chrome".to_owned(),
            family,
            folder: "/home/ada/p".to_owned(),
        }
    }

    #[test]
    fn a_pattern_names_a_host_or_every_one() {
        for every in ["<all_urls>", "*://*/*", "https://*/*", "https://*.com/*"] {
            assert_eq!(host_of(every), Some("*"), "{every}");
        }
        for none in ["storage", "tabs", "file:///*", "moz-extension://*/*"] {
            assert_eq!(host_of(none), None, "{none}");
        }
        assert_eq!(host_of("https://*.kraken.com/*"), Some("kraken.com"));
    }

    #[test]
    fn firefox_tells_what_is_its_own_what_is_off_and_where_each_came_from() {
        let list = json!({"addons": [
            {"id": "a@x", "type": "extension", "active": true, "location": "app-profile",
             "sourceURI": "https://addons.mozilla.org/firefox/downloads/a.xpi", "version": "1.2",
             "installDate": 1_700_000_000_000_i64, "signedState": 2,
             "defaultLocale": {"name": "Helper"}, "userPermissions": {"origins": ["<all_urls>"]}},
            {"id": "b@x", "type": "extension", "active": false, "location": "app-profile",
             "foreignInstall": true, "signedState": 0},
            {"id": "c@x", "type": "extension", "active": true, "location": "app-builtin"},
            {"id": "d@x", "type": "theme", "active": true, "location": "app-profile"},
            {"id": "e@x", "type": "extension", "active": true, "location": "app-temporary",
             "userPermissions": null},
        ]});
        let granted =
            json!({"e@x": {"permissions": ["tabs"], "origins": ["https://kraken.com/*"]}});
        let found = of_firefox(&profile(Family::Firefox), &list, &granted);
        let told: Vec<_> = found
            .iter()
            .map(|e| (e.name.as_str(), e.active, e.from, e.signed))
            .collect();
        assert_eq!(
            told,
            [
                ("Helper", true, From::Store, Some(true)),
                ("b@x", false, From::SideLoaded, Some(false)),
                ("c@x", true, From::BuiltIn, None),
                ("e@x", true, From::Unpacked, None),
            ]
        );
        assert_eq!(found[0].installed, Some(1_700_000_000));
        assert_eq!(found[3].pages, ["https://kraken.com/*"]);
        assert!(of_firefox(&profile(Family::Firefox), &json!([]), &Value::Null).is_empty());
    }

    #[test]
    fn a_manifest_of_chrome_says_it_in_three_places_and_the_profile_in_two_more() {
        let manifest = json!({
            "name": "__MSG_name__",
            "version": "3.1",
            "permissions": ["storage", "https://*.binance.com/*"],
            "host_permissions": ["https://example.net/*"],
            "content_scripts": [{"matches": ["https://*.kraken.com/*"]}, {}],
        });
        let told = json!({
            "location": 4, "path": "/home/ada/evil", "first_install_time": "13350000000000000",
            "disable_reasons": [], "granted_permissions": {"api": ["cookies"],
            "explicit_host": ["https://ibkr.com/*"], "scriptable_host": ["https://*.kraken.com/*"]},
        });
        let extension = of_chrome(&profile(Family::Chrome), "abc", "/x", &told, &manifest);
        assert_eq!(extension.name, "abc");
        assert_eq!(extension.pages.len(), 4);
        assert_eq!(extension.permissions, ["storage", "cookies"]);
        assert_eq!(extension.from, From::Unpacked);
        assert_eq!(extension.installed, Some(13_350_000_000 - 11_644_473_600));
        assert!(extension.active);
        let off = json!({"location": 1, "from_webstore": true, "disable_reasons": 1});
        let extension = of_chrome(&profile(Family::Chrome), "abc", "/x", &off, &manifest);
        assert_eq!((extension.active, extension.from), (false, From::Store));
    }

    #[test]
    fn profiles_are_found_in_their_folders_by_their_list_and_by_what_runs() {
        let root = tempfile::tempdir().unwrap();
        let folder = |path: &str| std::fs::create_dir_all(root.path().join(path)).unwrap();
        folder("home/ada/.mozilla/firefox/x.default");
        folder("home/ada/.config/google-chrome/Default");
        folder("srv/own");
        folder("tmp/data/Default");
        let list = "[Profile0]\nName=x\nIsRelative=1\nPath=x.default\n[Profile1]\nIsRelative=0\n\
                    Path=/srv/own\n";
        std::fs::write(
            root.path().join("home/ada/.mozilla/firefox/profiles.ini"),
            list,
        )
        .unwrap();
        let machine = Machine::at(root.path(), crate::Os::Linux);
        let chromium = Process {
            name: "chromium".to_owned(),
            arguments: vec![
                "chromium".to_owned(),
                "--user-data-dir=/tmp/data".to_owned(),
            ],
            ..Process::default()
        };
        let (found, unread) = profiles(&machine, browsers(), &[chromium]);
        let found: Vec<_> = found
            .iter()
            .map(|p| (p.browser.as_str(), p.folder.as_str()))
            .collect();
        assert_eq!(
            found,
            [
                ("Chrome", "/home/ada/.config/google-chrome/Default"),
                ("Chromium", "/tmp/data/Default"),
                ("Firefox", "/home/ada/.mozilla/firefox/x.default"),
                ("Firefox", "/srv/own"),
            ]
        );
        assert!(unread.is_empty());
    }
}
