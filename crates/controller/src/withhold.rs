//! The words that a person wants withheld from what is sent, in a strict file of the home: a home
//! address, other people's names, numbers of accounts.

use redact::{Class, Words};
use serde::{Deserialize, Serialize};

use crate::{Error, Home, files};

/// The most words that are kept.
const MOST: usize = 1000;

/// Words of one class.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Withhold {
    /// What they are (`home_address`, `person`, `account_number`, `email`, `phone`, `computer`).
    pub class: String,
    /// The words, as they stand in what is sent.
    pub text: String,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Kept {
    withhold: Vec<Withhold>,
}

/// The words that were kept in `home`.
pub fn words(home: &Home) -> Result<Vec<Withhold>, Error> {
    let path = home.withhold();
    let Some(text) = files::read(&path)? else {
        return Ok(Vec::new());
    };
    let kept: Kept = toml::from_str(&text).map_err(|error| {
        let message = error.message().replace('\n', ", ");
        Error::wrong(format!("{}: {message}", path.display()))
            .untouched("nothing was packed: words may be missing from what is withheld")
            .next("mend the file, or keep the words again")
    })?;
    check(&kept.withhold)?;
    Ok(kept.withhold)
}

/// Keeps `words` in place of those that were kept.
pub fn keep_words(home: &Home, words: Vec<Withhold>) -> Result<(), Error> {
    check(&words)?;
    let kept = Kept { withhold: words };
    let text = toml::to_string(&kept)
        .map_err(|error| Error::wrong(format!("the words cannot be written: {error}")))?;
    files::write(&home.withhold(), text.as_bytes())
}

/// The same, as they are looked for.
pub(crate) fn looked_for(home: &Home) -> Result<Words, Error> {
    let mut looked_for = Words::default();
    for row in words(home)? {
        if let Some(class) = class_of(&row.class) {
            looked_for
                .add(class, &row.text)
                .map_err(|error| refused(&format!("{}: {error}", door::clean(&row.text))))?;
        }
    }
    Ok(looked_for)
}

fn check(rows: &[Withhold]) -> Result<(), Error> {
    if rows.len() > MOST {
        return Err(refused(&format!(
            "there are more than {MOST} rows of words"
        )));
    }
    let mut tried = Words::default();
    for row in rows {
        let Some(class) = class_of(&row.class) else {
            return Err(refused(&format!(
                "{} is no class of words: home_address, person, account_number, email, phone or \
                 computer",
                door::clean(&row.class)
            )));
        };
        if row.text.chars().any(char::is_control) {
            return Err(refused("words of more than one line cannot be found"));
        }
        tried
            .add(class, &row.text)
            .map_err(|error| refused(&format!("{}: {error}", door::clean(&row.text))))?;
    }
    Ok(())
}

fn refused(what: &str) -> Error {
    Error::wrong(what)
        .untouched("the words are as they were")
        .next("mend the row, then keep them again")
}

fn class_of(word: &str) -> Option<Class> {
    Some(match word {
        "home_address" => Class::HomeAddress,
        "person" => Class::Person,
        "account_number" => Class::AccountNumber,
        "email" => Class::Email,
        "phone" => Class::Phone,
        "computer" => Class::Computer,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_kept_whole_and_nonsense_is_refused_with_the_old_ones_left() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::open(Some(folder.path())).unwrap();
        assert_eq!(words(&home).unwrap(), Vec::new());
        let row = |class: &str, text: &str| Withhold {
            class: class.to_owned(),
            text: text.to_owned(),
        };
        let rows = vec![
            row("person", "Ada Beispiel"),
            row("home_address", "Gasse 1"),
        ];
        keep_words(&home, rows.clone()).unwrap();
        for bad in [
            row("pet", "Rex the dog"),
            row("person", "A"),
            row("person", "two\nlines"),
        ] {
            assert!(keep_words(&home, vec![bad]).is_err());
        }
        assert_eq!(words(&home).unwrap(), rows);

        std::fs::write(home.withhold(), "[[withhold]]\nclass = 1\n").unwrap();
        let error = words(&home).unwrap_err();
        assert!(error.untouched.contains("nothing was packed"), "{error}");
    }
}
