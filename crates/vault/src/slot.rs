//! Where a secret stands within a home.

use crate::VaultError;

/// The name of one secret of a home. Never secret itself: keychains show it.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Slot {
    path: String,
}

impl Slot {
    /// A secret of `account`. Neither name is empty, or holds `/` or a control character.
    pub fn of_account(account: &str, name: &str) -> Result<Self, VaultError> {
        Ok(Self {
            path: format!("{}/{}", checked(account)?, checked(name)?),
        })
    }

    /// A secret of the home itself, as the key that signs its bundles.
    pub fn of_home(name: &str) -> Result<Self, VaultError> {
        Ok(Self {
            path: checked(name)?.to_owned(),
        })
    }

    /// Its name among the home's.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }
}

pub(crate) fn is_home_id(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 64
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

fn checked(name: &str) -> Result<&str, VaultError> {
    let good =
        !name.is_empty() && name.len() <= 128 && !name.chars().any(|c| c == '/' || c.is_control());
    if good {
        Ok(name)
    } else {
        Err(VaultError::bad_name(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_cannot_be_named_into_another_account() {
        assert!(Slot::of_account("main", "../other/key").is_err());
        assert!(Slot::of_account("main/key", "x").is_err());
        assert!(Slot::of_account("", "key").is_err());
        assert!(Slot::of_home("a\nb").is_err());
        assert_ne!(
            Slot::of_account("main", "key").unwrap().path(),
            Slot::of_home("key").unwrap().path()
        );
    }

    #[test]
    fn a_home_id_is_plain() {
        assert!(is_home_id("7f3a-09"));
        assert!(!is_home_id(""));
        assert!(!is_home_id("a/b"));
        assert!(!is_home_id("a b"));
    }
}
