//! When the cookies of brokers and exchanges were made and last used. Never a value, and of a name its
//! digest alone: two lists can be compared, and no session can be taken up with them.

use jiff::Timestamp;
use machine::{
    broker_site,
    browsers::{Family, Profile},
    join,
};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::{
    look::{Found, Look, when},
    sqlite::{Store, has_more_beside, number, text},
};

/// Seconds between 1601 and 1970.
const TO_1970: i64 = 11_644_473_600;

/// One cookie.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
struct Cookie {
    browser: String,
    profile: String,
    site: String,
    host: String,
    /// SHA-256 of its name.
    name_sha256: String,
    created: Option<Timestamp>,
    last_used: Option<Timestamp>,
    /// None where it ends with the browser.
    expires: Option<Timestamp>,
    secure: bool,
    http_only: bool,
    /// As the browser numbers it.
    same_site: i64,
}

pub(super) fn look(look: &Look, found: &mut Found) {
    let mut cookies = Vec::new();
    for profile in look.profiles(found) {
        for store in stores(&profile) {
            match read(look, found, &profile, &store) {
                Ok(read) => cookies.extend(read),
                Err(why) => found.not_read(store, &why),
            }
        }
    }
    cookies.sort();
    let mut at = 0;
    while let Some(first) = cookies.get(at) {
        let of_site: Vec<&Cookie> = cookies[at..]
            .iter()
            .take_while(|c| {
                (&c.browser, &c.profile, &c.site) == (&first.browser, &first.profile, &first.site)
            })
            .collect();
        let used = of_site.iter().filter_map(|cookie| cookie.last_used).max();
        let what = format!(
            "{} holds {} cookies of {}",
            first.browser,
            of_site.len(),
            first.site
        );
        let why = "Who copies them takes up the session without a password.";
        found.sighting(false, what, why, used, &first.profile);
        at += of_site.len();
    }
    found.put("cookies", &cookies);
}

fn stores(profile: &Profile) -> Vec<String> {
    let names: &[&str] = match profile.family {
        Family::Firefox => &["cookies.sqlite"],
        Family::Chrome => &["Network/Cookies", "Cookies"],
    };
    names
        .iter()
        .map(|name| join(&profile.folder, name))
        .collect()
}

fn read(
    look: &Look,
    found: &mut Found,
    profile: &Profile,
    path: &str,
) -> Result<Vec<Cookie>, machine::Unreadable> {
    let store = Store::open(&look.machine, path, look.until)?;
    // the value's column is never named
    let select = match profile.family {
        Family::Firefox => {
            "SELECT host, name, creationTime, lastAccessed, expiry, isSecure, isHttpOnly, sameSite \
             FROM moz_cookies"
        }
        Family::Chrome => {
            "SELECT host_key, name, creation_utc, last_access_utc, expires_utc, is_secure, \
             is_httponly, samesite FROM cookies"
        }
    };
    let (cookies, more) = store.rows(select, |row| {
        let host = text(row, 0);
        let site = broker_site(&look.lists.sites, &host)?.to_owned();
        let [created, used, expires] = [2, 3, 4].map(|at| number(row, at));
        let at = |us: i64| match profile.family {
            Family::Firefox => when(us / 1_000_000),
            Family::Chrome if us == 0 => None,
            Family::Chrome => when(us / 1_000_000 - TO_1970),
        };
        let expires = match profile.family {
            // it was in seconds, and is in milliseconds in newer ones
            Family::Firefox if expires > 100_000_000_000 => when(expires / 1000),
            Family::Firefox => when(expires),
            Family::Chrome => at(expires),
        };
        Some(Cookie {
            browser: profile.browser.clone(),
            profile: profile.folder.clone(),
            site,
            host,
            name_sha256: hex::encode(Sha256::digest(text(row, 1).as_bytes())),
            created: at(created),
            last_used: at(used),
            expires,
            secure: number(row, 5) != 0,
            http_only: number(row, 6) != 0,
            same_site: number(row, 7),
        })
    })?;
    found.looked_at(path);
    if more {
        found.cut(format!("{path} holds more cookies than were read"));
    }
    if has_more_beside(&look.machine, path) {
        found.cut(format!(
            "{path}: what the browser wrote last is not yet in it"
        ));
    }
    Ok(cookies)
}
