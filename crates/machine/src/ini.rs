//! Settings as lines of `name=value`, in sections or without, as IBC and TWS write them.

/// The settings of a file. A later one of the same name counts.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Ini {
    settings: Vec<Setting>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
struct Setting {
    section: String,
    name: String,
    value: String,
}

impl Ini {
    /// Reads what can be read; a line that is none of it is passed over.
    pub fn parse(text: &str) -> Self {
        let mut section = String::new();
        let mut settings = Vec::new();
        for line in text.trim_start_matches('\u{feff}').lines() {
            let line = line.trim();
            if line.starts_with('#') || line.starts_with(';') || line.starts_with('!') {
                continue;
            }
            if let Some(name) = line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
                name.trim().clone_into(&mut section);
            } else if let Some((name, value)) = line.split_once('=') {
                settings.push(Setting {
                    section: section.clone(),
                    name: name.trim().to_owned(),
                    value: value.trim().to_owned(),
                });
            }
        }
        Self { settings }
    }

    /// The value of a setting in whatever section, `None` where it is missing or empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        let of_name = |setting: &&Setting| setting.name.eq_ignore_ascii_case(name);
        let setting = self.settings.iter().rev().find(of_name)?;
        Some(setting.value.as_str()).filter(|value| !value.is_empty())
    }

    /// Whether a setting has this value, in whatever case.
    pub fn is(&self, name: &str, value: &str) -> bool {
        self.get(name)
            .is_some_and(|v| v.eq_ignore_ascii_case(value))
    }

    /// Whether a setting is switched on.
    pub fn on(&self, name: &str) -> bool {
        self.is(name, "yes") || self.is(name, "true")
    }

    /// The names of the settings that are switched on and begin with `start`.
    pub fn on_with(&self, start: &str) -> Vec<&str> {
        let mut names: Vec<&str> = self
            .settings
            .iter()
            .map(|setting| setting.name.as_str())
            .filter(|name| name.starts_with(start) && self.on(name))
            .collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// All values of a setting, in whatever section, in their order.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let of_name = move |setting: &&Setting| setting.name.eq_ignore_ascii_case(name);
        self.settings
            .iter()
            .filter(of_name)
            .map(|s| s.value.as_str())
    }

    /// Whether it holds no setting at all.
    pub fn is_empty(&self) -> bool {
        self.settings.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn settings_are_read_with_spaces_comments_sections_and_the_line_ends_of_windows() {
        let ini = Ini::parse(
            "\u{feff}# IbPassword=no\r\n[IBGateway]\r\n TrustedIPs = 127.0.0.1,10.0.0.7 \r\n\r\n; x=1\r\n\
             [Logon]\r\nUseSSL=FALSE\r\nEmpty=\r\nstray\r\nUseSSL=true\r\n",
        );
        assert_eq!(ini.get("trustedips"), Some("127.0.0.1,10.0.0.7"));
        assert_eq!(ini.get("IbPassword"), None);
        assert_eq!(ini.get("Empty"), None);
        assert!(ini.on("UseSSL"));
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_falling_over(text in "\\PC{0,80}(\\n\\PC{0,80}){0,4}") {
            let ini = Ini::parse(&text);
            let _ = (ini.get("a"), ini.on_with(""), ini.is_empty());
        }
    }
}
