//! Which programs of macOS may see the screen, the keys and the files. The list is closed to programs
//! without full access to the disk, and that is told.

use serde::Serialize;

use super::{
    look::{Found, Look, when},
    sqlite::{Store, number, text},
};

#[derive(Serialize)]
struct Grant {
    service: String,
    program: String,
    allowed: bool,
    changed: Option<jiff::Timestamp>,
    list: String,
}

pub(super) fn look(look: &Look, found: &mut Found) {
    let mut grants = Vec::new();
    for (path, _) in look.files(found, "privacy-grants") {
        let read = Store::open(&look.machine, &path, look.until).and_then(|store| {
            let select = "SELECT service, client, auth_value, last_modified FROM access";
            store.rows(select, |row| {
                Some(Grant {
                    service: text(row, 0),
                    program: text(row, 1),
                    allowed: number(row, 2) >= 2,
                    changed: when(number(row, 3)),
                    list: path.clone(),
                })
            })
        });
        grants.extend(found.take(&path, read).unwrap_or_default().0);
    }
    for grant in grants.iter().filter(|grant| grant.allowed) {
        let sees = match grant.service.as_str() {
            "kTCCServiceScreenCapture" => "may record the screen",
            "kTCCServiceAccessibility" => "may move the mouse and press keys",
            "kTCCServiceListenEvent" => "may read every key",
            _ => continue,
        };
        let what = format!("{} {sees}", grant.program);
        let notable = grant.changed.is_some_and(|at| look.is_news(at));
        let why = "It sees what you do, or does it in your stead.";
        found.sighting(notable, what, why, grant.changed, &grant.list);
    }
    found.put("grants", &grants);
}
