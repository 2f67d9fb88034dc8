//! The variants of the pack, from a data file that a person can read.

use std::sync::LazyLock;

use serde::Deserialize;

use crate::Class;

/// A variant of the pack: who it is for, and what it leaves out.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// `own`, `broker`, `police` or `share`.
    pub id: String,
    /// Who it is for.
    pub title: String,
    /// What it leaves out, in one sentence.
    pub about: String,
    /// The same, by class.
    pub withholds: Vec<Class>,
}

impl Profile {
    /// The person's own records: secrets only.
    pub fn own() -> Self {
        profiles()[0].clone()
    }

    /// The one with that id.
    pub fn of_id(id: &str) -> Option<Self> {
        profiles().iter().find(|profile| profile.id == id).cloned()
    }

    /// Whether a class is left out. Secrets always are.
    pub fn leaves_out(&self, class: Class) -> bool {
        class.always() || self.withholds.contains(&class)
    }
}

/// Every profile, the default first.
pub fn profiles() -> &'static [Profile] {
    &PROFILES
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    profile: Vec<Profile>,
}

static PROFILES: LazyLock<Vec<Profile>> = LazyLock::new(|| {
    let document: Document =
        toml::from_str(include_str!("profiles.toml")).expect("profiles.toml is read by a test");
    document.profile
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_profiles_can_be_read_and_own_is_the_first() {
        let ids: Vec<&str> = profiles()
            .iter()
            .map(|profile| profile.id.as_str())
            .collect();
        assert_eq!(ids, ["own", "broker", "police", "share"]);
        assert_eq!(Profile::own().id, "own");
        assert_eq!(Profile::of_id("nobody"), None);
    }

    #[test]
    fn no_profile_lets_a_secret_through() {
        for profile in profiles() {
            assert!(profile.leaves_out(Class::Secret) && profile.leaves_out(Class::KnownSecret));
        }
        let empty = Profile {
            withholds: Vec::new(),
            ..Profile::own()
        };
        assert!(empty.leaves_out(Class::Secret) && empty.leaves_out(Class::KnownSecret));
    }

    #[test]
    fn a_stranger_gets_none_of_the_classes() {
        let share = Profile::of_id("share").unwrap();
        assert!(Class::ALL.into_iter().all(|class| share.leaves_out(class)));
    }
}
