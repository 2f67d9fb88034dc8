//! What the person chose, in a strict file of the home.
//!
//! A file that cannot be read never keeps anybody from pressing: the defaults stand in, and the view
//! says so. Nonsense is never written.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::{Error, Home, files, time_stamp};

/// The text sizes that there are, in percent.
pub const TEXT_PERCENTS: [u32; 4] = [100, 125, 150, 200];

/// What the person chose.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of its own on the screen"
)]
pub struct Settings {
    /// Start with the session, hidden, and arm.
    pub arm_at_login: bool,
    /// The global shortcut, as `Ctrl+Shift+F12`; none registers none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hotkey: Option<String>,
    /// Contain by press-press instead of holding.
    pub press_twice: bool,
    /// Close the cover after ten idle minutes.
    pub cover_closes: bool,
    /// Single-key shortcuts.
    pub single_keys: bool,
    /// A sound when something needs the person.
    pub sound: bool,
    /// In percent, one of [`TEXT_PERCENTS`].
    pub text_percent: u32,
    /// Light, dark or as the desktop has it.
    pub appearance: Appearance,
    /// Times in UTC first.
    pub utc_first: bool,
    /// Where bundles go; none asks each time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evidence_folder: Option<String>,
    /// The time-stamp authority that may be asked for a bundle; none asks nobody.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_service: Option<String>,
    /// Who can open what is encrypted (`age1...`), remembered.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub age_recipients: Vec<String>,
    /// Whether the first run was passed through or skipped.
    pub introduced: bool,
}

/// Light or dark.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Appearance {
    /// As the desktop has it.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

/// What is wrong with one field that a person filled in.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct FieldProblem {
    /// Which field: `hotkey`, or `doors.0.address` and the like.
    pub field: String,
    /// What is wrong with it.
    pub what: String,
    /// How to mend it.
    pub next: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            arm_at_login: false,
            hotkey: None,
            press_twice: false,
            cover_closes: true,
            single_keys: true,
            sound: false,
            text_percent: 100,
            appearance: Appearance::System,
            utc_first: false,
            evidence_folder: None,
            time_service: None,
            age_recipients: Vec::new(),
            introduced: false,
        }
    }
}

impl Settings {
    /// The settings of `home`, and why the file or a field of it was not taken. What was not taken
    /// has its default.
    pub fn read(home: &Home) -> (Self, Option<Error>) {
        let path = home.settings();
        let untouched = "the file is as it was; the defaults stand in for what was not taken";
        let read = files::read(&path).and_then(|text| match text {
            None => Ok(Self::default()),
            Some(text) => toml::from_str::<Self>(&text).map_err(|e| {
                let message = e.message().replace('\n', ", ");
                Error::wrong(format!("{}: {message}", path.display()))
                    .next("mend the file, or save the settings again")
            }),
        });
        let mut settings = match read {
            Ok(settings) => settings,
            Err(error) => return (Self::default(), Some(error.untouched(untouched))),
        };
        let problems = settings.problems();
        let trouble = problems.first().map(|problem| {
            Error::wrong(format!("{}: {}", path.display(), problem.what))
                .untouched(untouched)
                .next(&problem.next)
        });
        for problem in problems {
            settings.put_right(&problem.field);
        }
        (settings, trouble)
    }

    /// Writes them into `home`. Nonsense is refused.
    pub fn write(&self, home: &Home) -> Result<(), Error> {
        if let Some(problem) = self.problems().into_iter().next() {
            return Err(Error::wrong(problem.what)
                .untouched("the settings are as they were")
                .next(problem.next));
        }
        let text = toml::to_string_pretty(self)
            .map_err(|e| Error::wrong(format!("the settings cannot be written as TOML: {e}")))?;
        files::write(&home.settings(), text.as_bytes())
    }

    /// What is wrong, field by field.
    pub fn problems(&self) -> Vec<FieldProblem> {
        let problem = |field: &str, what: String, next: &str| FieldProblem {
            field: field.to_owned(),
            what,
            next: next.to_owned(),
        };
        let mut problems = Vec::new();
        if let Some(Err((what, next))) = self.hotkey.as_deref().map(hotkey) {
            problems.push(problem("hotkey", what, next));
        }
        if !TEXT_PERCENTS.contains(&self.text_percent) {
            problems.push(problem(
                "text_percent",
                format!("{} percent is no text size", self.text_percent),
                "choose 100, 125, 150 or 200",
            ));
        }
        if let Some(folder) = &self.evidence_folder {
            let plain = !folder.chars().any(char::is_control);
            if !plain || !Path::new(folder).is_absolute() {
                problems.push(problem(
                    "evidence_folder",
                    format!("{} is not a whole path", door::clean(folder)),
                    "choose a folder, from the root of the disk on",
                ));
            }
        }
        if let Some(Err(error)) = self.time_service.as_deref().map(time_stamp::address) {
            problems.push(problem("time_service", error.what, &error.next));
        }
        if let Some(wrong) = self.age_recipients.iter().find(|r| !is_recipient(r)) {
            problems.push(problem(
                "age_recipients",
                format!("{} is no age recipient", door::clean(wrong)),
                "give the public key that begins with age1, or ssh-ed25519; never the secret one",
            ));
        }
        problems
    }

    fn put_right(&mut self, field: &str) {
        let defaults = Self::default();
        match field {
            "hotkey" => self.hotkey = defaults.hotkey,
            "text_percent" => self.text_percent = defaults.text_percent,
            "evidence_folder" => self.evidence_folder = defaults.evidence_folder,
            "time_service" => self.time_service = defaults.time_service,
            "age_recipients" => self.age_recipients = defaults.age_recipients,
            _ => {}
        }
    }
}

/// Whether `text` has the form of a public key that age encrypts to. Whether it is one is seen when
/// something is encrypted.
fn is_recipient(text: &str) -> bool {
    let age = text.strip_prefix("age1").is_some_and(|rest| {
        rest.len() == 58
            && rest
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    });
    let ssh = text
        .strip_prefix("ssh-ed25519 ")
        .is_some_and(|rest| !rest.is_empty());
    (age || ssh) && !text.chars().any(char::is_control)
}

/// Whether `text` is a shortcut that does not fire in the middle of typing.
fn hotkey(text: &str) -> Result<(), (String, &'static str)> {
    const NEXT: &str = "write modifiers and one key, as Ctrl+Shift+F12";
    let shown = door::clean(text);
    let parts = text.split('+').map(str::trim).collect::<Vec<_>>();
    let (key, modifiers) = parts.split_last().unwrap_or((&"", &[]));
    if !is_key(key) {
        return Err((format!("{shown} does not end with a key"), NEXT));
    }
    let mut seen = Vec::new();
    for modifier in modifiers {
        let Some(known) = modifier_of(modifier) else {
            return Err((format!("{} is no modifier", door::clean(modifier)), NEXT));
        };
        if seen.contains(&known) {
            return Err((format!("{shown} names a modifier twice"), NEXT));
        }
        seen.push(known);
    }
    if seen.is_empty() {
        return Err((format!("{shown} has no modifier"), NEXT));
    }
    if seen == ["Shift"] && !is_function_key(key) {
        return Err((
            format!("{shown} is typed in ordinary text"),
            "add Ctrl, Alt or Super",
        ));
    }
    Ok(())
}

fn modifier_of(text: &str) -> Option<&'static str> {
    match text.to_ascii_lowercase().as_str() {
        "ctrl" | "control" => Some("Ctrl"),
        "alt" | "option" => Some("Alt"),
        "shift" => Some("Shift"),
        "super" | "cmd" | "command" | "meta" => Some("Super"),
        _ => None,
    }
}

fn is_key(text: &str) -> bool {
    const NAMED: [&str; 11] = [
        "Space",
        "Escape",
        "Pause",
        "Insert",
        "Delete",
        "Home",
        "End",
        "PageUp",
        "PageDown",
        "PrintScreen",
        "ScrollLock",
    ];
    let one = text.len() == 1 && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    one || is_function_key(text) || NAMED.iter().any(|named| named.eq_ignore_ascii_case(text))
}

fn is_function_key(text: &str) -> bool {
    text.strip_prefix(['F', 'f'])
        .and_then(|number| number.parse::<u8>().ok())
        .is_some_and(|number| (1..=24).contains(&number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_survive_their_file_and_an_absent_file_is_the_defaults() {
        let (_temporary, home) = home();
        assert_eq!(Settings::read(&home), (Settings::default(), None));
        let chosen = Settings {
            hotkey: Some("Ctrl+Shift+F12".to_owned()),
            text_percent: 150,
            appearance: Appearance::Dark,
            cover_closes: false,
            ..Settings::default()
        };
        chosen.write(&home).unwrap();
        assert_eq!(Settings::read(&home), (chosen, None));
    }

    #[test]
    fn an_unreadable_file_is_the_defaults_and_is_said() {
        let (_temporary, home) = home();
        for text in ["text_percent = \"big\"", "colour = 1", "=", "\u{0}"] {
            std::fs::write(home.settings(), text).unwrap();
            let (settings, trouble) = Settings::read(&home);
            assert_eq!(settings, Settings::default());
            assert!(
                trouble.unwrap().what.contains("settings.toml"),
                "{text} is said with its file"
            );
        }
    }

    #[test]
    fn a_field_of_nonsense_in_the_file_leaves_the_others() {
        let (_temporary, home) = home();
        std::fs::write(home.settings(), "text_percent = 110\nsound = true\n").unwrap();
        let (settings, trouble) = Settings::read(&home);
        assert_eq!((settings.text_percent, settings.sound), (100, true));
        assert!(trouble.unwrap().what.contains("110 percent"));
    }

    #[test]
    fn nonsense_is_refused_beside_its_field_and_never_written() {
        let (_temporary, home) = home();
        let field = |settings: Settings| {
            assert!(settings.write(&home).is_err());
            assert!(!home.settings().exists());
            settings.problems()[0].field.clone()
        };
        let with = |hotkey: &str| Settings {
            hotkey: Some(hotkey.to_owned()),
            ..Settings::default()
        };
        for bad in [
            "F12",
            "K",
            "Shift+K",
            "Ctrl+",
            "Ctrl+Ctrl+K",
            "Hyper+K",
            "",
            "Ctrl+Shift",
        ] {
            assert_eq!(field(with(bad)), "hotkey", "{bad}");
        }
        assert_eq!(
            field(Settings {
                text_percent: 110,
                ..Settings::default()
            }),
            "text_percent"
        );
        assert_eq!(
            field(Settings {
                evidence_folder: Some("cases".to_owned()),
                ..Settings::default()
            }),
            "evidence_folder"
        );
        for good in ["Ctrl+Shift+F12", "Shift+F9", "Super+Pause", "alt+7"] {
            assert_eq!(with(good).problems(), [], "{good}");
        }
    }

    fn home() -> (tempfile::TempDir, Home) {
        let temporary = tempfile::tempdir().unwrap();
        let home = Home::open(Some(temporary.path())).unwrap();
        (temporary, home)
    }
}
