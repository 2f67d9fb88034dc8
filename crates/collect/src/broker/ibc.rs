//! IBC's settings, without the login that they may hold.

use machine::{Machine, Unreadable};

use super::{
    collector::{Collector, notable, plain},
    files::Seen,
    withhold::without_secrets,
};

/// Takes each `config.ini` without its secrets.
pub(super) fn settings(machine: &Machine, paths: &[String], collector: &mut Collector) {
    for path in paths {
        let text = match machine.read(path) {
            Ok(text) => text,
            Err(why @ Unreadable::Denied) => {
                collector.deny(format!("{path} {}", why.words()));
                continue;
            }
            Err(why @ (Unreadable::Missing | Unreadable::Odd(_))) => {
                collector.lack(format!("{path} {}", why.words()));
                continue;
            }
        };
        let (kept, cut) = without_secrets(&text);
        let modified = Seen::at(machine, path).and_then(|file| file.modified);
        collector.take_text("ibc-config.ini", path, modified, kept);
        if cut.is_empty() {
            continue;
        }
        let what = format!("{path} was kept without the values of {}", cut.join(", "));
        let holds_password = cut
            .iter()
            .any(|name| name.to_lowercase().contains("password"));
        collector.see(if holds_password {
            notable(
                what,
                "A password stood in it in plain text: whoever could read the file has the login.",
                path,
            )
        } else {
            plain(what, path)
        });
    }
}
