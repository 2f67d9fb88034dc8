//! Extensions of browsers: which, since when, from where, and what they may see.

use machine::{
    Unreadable, broker_site,
    browsers::{self, Extension, From, host_of},
    join,
};
use serde::Serialize;
use serde_json::{Value, json};

use super::look::{Found, Look, when};

const WHY: &str = "It can read the session, place orders and hide them from you.";

#[derive(Serialize)]
struct Row {
    #[serde(flatten)]
    extension: Extension,
    installed_at: Option<jiff::Timestamp>,
    updated_at: Option<jiff::Timestamp>,
    /// Brokers' and exchanges' sites that it may see by name.
    sites: Vec<String>,
    sees_every_page: bool,
}

pub(super) fn look(look: &Look, found: &mut Found) {
    let mut rows = Vec::new();
    for profile in look.profiles(found) {
        let (extensions, unread) = browsers::extensions(&look.machine, &profile);
        let lists = ["extensions.json", "Preferences"].map(|list| join(&profile.folder, list));
        if !extensions.is_empty() || lists.iter().any(|list| look.machine.exists(list)) {
            found.looked_at(&profile.folder);
        }
        for (place, why) in unread {
            found.not_read(place, &why);
        }
        rows.extend(extensions.into_iter().map(|extension| row(look, extension)));
    }
    rows.sort_by(|a, b| {
        let key = |row: &Row| (row.extension.profile.clone(), row.extension.id.clone());
        key(a).cmp(&key(b))
    });
    for row in rows
        .iter()
        .filter(|row| row.extension.from != From::BuiltIn)
    {
        sight(look, row, found);
    }
    found.put("extensions", &rows);
    policies(look, found);
}

fn row(look: &Look, extension: Extension) -> Row {
    let hosts = || extension.pages.iter().filter_map(|page| host_of(page));
    let mut sites: Vec<String> = hosts()
        .filter_map(|host| broker_site(&look.lists.sites, host).map(str::to_owned))
        .collect();
    sites.sort();
    sites.dedup();
    Row {
        installed_at: extension.installed.and_then(when),
        updated_at: extension.updated.and_then(when),
        sees_every_page: hosts().any(|host| host == "*"),
        sites,
        extension,
    }
}

fn sight(look: &Look, row: &Row, found: &mut Found) {
    let Extension {
        browser,
        name,
        from,
        signed,
        path,
        profile,
        ..
    } = &row.extension;
    let place = if path.is_empty() { profile } else { path };
    let at = row.installed_at;
    let is_new = at.is_some_and(|at| look.is_news(at));
    let mut odd = true;
    let came = match from {
        From::SideLoaded => "was put there by another program or from a file",
        From::Unpacked => "was loaded from a folder, as its developer would",
        _ if *signed == Some(false) => "is not signed by the browser's maker",
        From::Policy => "was set by a policy of this computer",
        From::Store | From::Unknown | From::BuiltIn => {
            odd = false;
            ""
        }
    };
    let sees = match row.sites.first() {
        Some(site) => format!("may read and change {site}"),
        None if row.sees_every_page => "may read and change every page".to_owned(),
        None => String::new(),
    };
    let what = match (came, sees.as_str()) {
        ("", "") => return,
        ("", sees) => format!("{name}, an extension of {browser}, {sees}"),
        (came, "") => format!("{name}, an extension of {browser}, {came}"),
        (came, sees) => format!("{name}, an extension of {browser}, {came} and {sees}"),
    };
    // many an honest one sees every page: those count where they are new
    let notable = odd || !row.sites.is_empty() || is_new;
    found.sighting(notable, what, WHY, at, place);
}

fn has_ending(path: &str, ending: &str) -> bool {
    path.rsplit_once('.').is_some_and(|(_, of)| of == ending)
}

/// What an administrator, or malware in an administrator's place, sets for every profile.
fn policies(look: &Look, found: &mut Found) {
    let mut rows = Vec::new();
    for (path, _) in look.files(found, "browser-extensions") {
        if look.machine.about(&path).is_ok_and(|about| about.is_dir()) {
            continue;
        }
        if !has_ending(&path, "json") {
            // a whole extension, put there for every profile
            found.looked_at(&path);
            rows.push(json!({"path": path}));
            continue;
        }
        let Some(text) = look.read(found, &path) else {
            continue;
        };
        match serde_json::from_str::<Value>(&text) {
            Ok(policy) => rows.push(json!({"path": path, "policy": policy})),
            Err(_) => found.not_read(&path, &Unreadable::Odd("is no JSON".to_owned())),
        }
    }
    found.put("policies", &rows);
}
