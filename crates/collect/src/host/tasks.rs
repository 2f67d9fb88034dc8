//! Scheduled tasks of Windows, as the system keeps them: XML in UTF-16 or UTF-8.

use super::look::{Found, Look, clean};

/// What of a task tells what it does.
const NAMES: [&str; 8] = [
    "Date",
    "Author",
    "Description",
    "UserId",
    "Command",
    "Arguments",
    "WorkingDirectory",
    "Enabled",
];

/// What the task at `path` runs, and as whom.
pub(super) fn task(look: &Look, found: &mut Found, path: &str) -> Vec<String> {
    let read = look.machine.read_bytes(path, machine::MOST);
    let Some(bytes) = found.take(path, read) else {
        return Vec::new();
    };
    let text = text(&bytes);
    if !text.contains("<Task") {
        found.odd(path, "is no task");
        return Vec::new();
    }
    lines(&text)
}

fn text(bytes: &[u8]) -> String {
    match bytes.strip_prefix(b"\xff\xfe") {
        Some(wide) => {
            let units = wide.as_chunks::<2>().0.iter();
            let units: Vec<u16> = units.map(|unit| u16::from_le_bytes(*unit)).collect();
            String::from_utf16_lossy(&units)
        }
        None => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// The text of each element that matters, in its order, and the names of what sets it off.
fn lines(text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    for piece in text.split('<').skip(1) {
        let Some((tag, inside)) = piece.split_once('>') else {
            continue;
        };
        let name = tag.split([' ', '/']).next().unwrap_or_default();
        let inside = inside.trim();
        if NAMES.contains(&name) && !inside.is_empty() {
            lines.push(clean(&format!("{name}={}", plain(inside))));
        } else if name.ends_with("Trigger") && !tag.starts_with('/') {
            lines.push(clean(&format!("Trigger={name}")));
        }
    }
    lines
}

fn plain(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&apos;", "'")
        .replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_in_utf_16_says_who_made_it_what_sets_it_off_and_what_it_runs() {
        let xml = "<?xml version=\"1.0\" encoding=\"UTF-16\"?>\r\n<Task version=\"1.2\"><RegistrationInfo>\
                   <Date>2026-11-20T10:00:00</Date><Author>PC\\ada</Author></RegistrationInfo><Triggers>\
                   <LogonTrigger><Enabled>true</Enabled></LogonTrigger></Triggers><Actions><Exec><Command>\
                   C:\\Users\\Public\\a.exe</Command><Arguments>&quot;x&quot; &amp; y</Arguments></Exec>\
                   </Actions></Task>";
        let mut bytes = vec![0xff, 0xfe];
        bytes.extend(xml.encode_utf16().flat_map(u16::to_le_bytes));
        assert_eq!(
            lines(&text(&bytes)),
            [
                "Date=2026-11-20T10:00:00",
                "Author=PC\\ada",
                "Trigger=LogonTrigger",
                "Enabled=true",
                "Command=C:\\Users\\Public\\a.exe",
                "Arguments=\"x\" & y",
            ]
        );
    }
}
