//! What a file is called in a case: plain on every system, and never mistaken for the acts of
//! another file.

use door::ActsFile;

use crate::name::is_plain_segment;

/// The longest name, without the number before it and the ending behind it.
const MAX_NAME: usize = 120;
/// The longest extension that is kept when a name is shortened.
const MAX_EXTENSION: usize = 12;

/// `name` as it may stand behind a number and a hyphen.
pub(super) fn plain(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let cleaned: String = last
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_') {
                c
            } else {
                '_'
            }
        })
        .collect();
    let cleaned = shortened(cleaned.trim_matches('.'));
    if cleaned.is_empty() {
        return "unnamed".to_owned();
    }
    if cleaned.ends_with(ActsFile::ENDING) {
        // only what a collector itself tells of acts may be called so
        return format!("{cleaned}.txt");
    }
    cleaned
}

/// The whole name of the file with this number.
pub(super) fn numbered(number: u64, plain: &str) -> String {
    let name = format!("{number:05}-{plain}");
    debug_assert!(is_plain_segment(&name), "{name}");
    name
}

/// The number that a file name begins with.
pub(super) fn number_of(name: &str) -> Option<u64> {
    name.split_once('-')?.0.parse().ok()
}

fn shortened(name: &str) -> String {
    if name.len() <= MAX_NAME {
        return name.to_owned();
    }
    let extension = name
        .rsplit_once('.')
        .map(|(_, extension)| extension)
        .filter(|extension| !extension.is_empty() && extension.len() <= MAX_EXTENSION);
    match extension {
        Some(extension) => {
            let stem = &name[..MAX_NAME - extension.len() - 1];
            format!("{}.{extension}", stem.trim_end_matches('.'))
        }
        None => name[..MAX_NAME].trim_end_matches('.').to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_from_anywhere_is_plain_in_the_case() {
        for (name, wanted) in [
            ("Photo of phone.JPG", "Photo_of_phone.JPG"),
            ("../../etc/passwd", "passwd"),
            ("C:\\Users\\ada\\mail.eml", "mail.eml"),
            ("...", "unnamed"),
            ("", "unnamed"),
            ("a/", "unnamed"),
            ("nul", "nul"),
            ("bücher\u{202e}gpj.exe", "b_cher_gpj.exe"),
            ("trailing.", "trailing"),
            (".hidden", "hidden"),
        ] {
            assert_eq!(plain(name), wanted, "{name:?}");
            assert!(is_plain_segment(&numbered(3, &plain(name))), "{name:?}");
        }
    }

    #[test]
    fn a_long_name_keeps_its_extension() {
        let name = plain(&format!("{}.pdf", "x".repeat(400)));
        assert_eq!(name.len(), MAX_NAME);
        assert!(name.rsplit('.').next() == Some("pdf"), "{name}");
        assert_eq!(plain(&"y".repeat(400)).len(), MAX_NAME);
    }

    #[test]
    fn no_file_from_elsewhere_is_called_like_a_file_of_acts() {
        assert_eq!(plain("x-acts.json"), "x-acts.json.txt");
        let long = plain(&format!("{}-acts.json", "x".repeat(400)));
        assert!(!long.ends_with(ActsFile::ENDING), "{long}");
    }
}
