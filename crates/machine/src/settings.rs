//! Settings of macOS and Windows, as their own tools and files write them.

use crate::{Machine, Unreadable};

/// A value of a property list of macOS, as text: the number, the string, `true` or `false`.
pub fn of_plist(machine: &Machine, path: &str, key: &str) -> Result<String, Unreadable> {
    let text = match machine.read(path)? {
        binary if binary.starts_with("bplist") => machine
            .ask(&["plutil", "-convert", "xml1", "-o", "-", path])
            .map_err(Unreadable::Odd)?,
        text => text,
    };
    plist_value(&text, key).ok_or_else(|| Unreadable::Odd(format!("does not hold {key}")))
}

fn plist_value(text: &str, key: &str) -> Option<String> {
    let (_, after) = text.split_once(&format!("<key>{key}</key>"))?;
    let after = after.trim_start().strip_prefix('<')?;
    let (tag, rest) = after.split_once('>')?;
    match tag {
        "true/" | "false/" => Some(tag.trim_end_matches('/').to_owned()),
        "integer" | "string" | "real" => Some(rest.split('<').next()?.trim().to_owned()),
        _ => None,
    }
}

/// A value of the registry of Windows: the number of a `REG_DWORD`, else the text.
pub fn of_registry(machine: &Machine, key: &str, name: &str) -> Result<String, String> {
    let said = machine.ask(&["reg", "query", key, "/v", name])?;
    registry_value(&said, name).ok_or_else(|| format!("{key} does not hold {name}"))
}

/// `    EnableFirewall    REG_DWORD    0x1`.
fn registry_value(said: &str, name: &str) -> Option<String> {
    said.lines().find_map(|line| {
        let (of, rest) = line.trim().split_once("    ")?;
        if !of.eq_ignore_ascii_case(name) {
            return None;
        }
        let (kind, value) = rest.trim().split_once("    ")?;
        let value = value.trim();
        if kind == "REG_DWORD" {
            let number = u32::from_str_radix(value.strip_prefix("0x")?, 16).ok()?;
            return Some(number.to_string());
        }
        Some(value.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_property_list_gives_numbers_text_and_switches() {
        let plist = "<?xml version=\"1.0\"?>\n<plist version=\"1.0\"><dict>\n\t<key>globalstate</key>\n\t\
                     <integer>1</integer>\n\t<key>on</key>\n\t<true/>\n\t<key>name</key><string>ada\
                     </string>\n<key>many</key><array/></dict></plist>";
        assert_eq!(plist_value(plist, "globalstate").as_deref(), Some("1"));
        assert_eq!(plist_value(plist, "on").as_deref(), Some("true"));
        assert_eq!(plist_value(plist, "name").as_deref(), Some("ada"));
        assert_eq!(plist_value(plist, "many"), None);
        assert_eq!(plist_value(plist, "none"), None);
    }

    #[test]
    fn the_registry_gives_numbers_and_text() {
        let said = "\r\nHKEY_LOCAL_MACHINE\\SYSTEM\\x\r\n    EnableFirewall    REG_DWORD    0x1\r\n    \
                    AutoAdminLogon    REG_SZ    1\r\n\r\n";
        assert_eq!(registry_value(said, "enablefirewall").as_deref(), Some("1"));
        assert_eq!(registry_value(said, "AutoAdminLogon").as_deref(), Some("1"));
        assert_eq!(registry_value(said, "Other"), None);
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_falling_over(text in "(<key>a</key>)?[ <>/a-zé0-9\\n]{0,80}") {
            let _ = (plist_value(&text, "a"), registry_value(&text, "a"));
        }
    }
}
