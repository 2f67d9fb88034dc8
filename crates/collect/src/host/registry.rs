//! The registry of Windows, as `reg query` prints it.

use serde::Serialize;

/// One value of a key.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub(super) struct Setting {
    pub(super) key: String,
    pub(super) name: String,
    pub(super) value: String,
}

/// The values that `said` tells, and the keys below.
pub(super) fn settings(said: &str) -> (Vec<Setting>, Vec<String>) {
    let mut key = String::new();
    let mut values = Vec::new();
    let mut keys = Vec::new();
    for line in said.lines() {
        let line = line.trim_end();
        if line.starts_with("HKEY_") {
            line.clone_into(&mut key);
            keys.push(key.clone());
        } else if let Some((name, rest)) = line.trim_start().split_once("    ")
            && let Some((kind, value)) = rest.trim_start().split_once("    ")
            && kind.starts_with("REG_")
        {
            values.push(Setting {
                key: key.clone(),
                name: name.to_owned(),
                value: value.trim().to_owned(),
            });
        }
    }
    (values, keys)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_belong_to_the_key_above_them() {
        let said = "\r\nHKEY_CURRENT_USER\\Software\\Run\r\n    One Drive    REG_SZ    \"C:\\x.exe\" /b\r\n    \
                    n    REG_DWORD    0x1\r\n\r\nHKEY_CURRENT_USER\\Software\\Run\\Below\r\n";
        let (values, keys) = settings(said);
        assert_eq!(values[0].name, "One Drive");
        assert_eq!(values[0].value, "\"C:\\x.exe\" /b");
        assert_eq!(values[1].value, "0x1");
        assert_eq!(keys.len(), 2);
        assert!(
            settings("ERROR: The system was unable to find the key")
                .0
                .is_empty()
        );
    }
}
