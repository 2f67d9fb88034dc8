//! `BagIt` (RFC 8493): the manifests and tags that let a stranger check files without Firebreak.

use std::{collections::BTreeMap, fmt::Write as _};

use sha2::{Digest, Sha256};

use crate::name::is_plain_path;

/// `bagit.txt`, the same in every bag.
pub(crate) const DECLARATION: &str = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n";

pub(crate) const DECLARATION_FILE: &str = "bagit.txt";
pub(crate) const INFO_FILE: &str = "bag-info.txt";
pub(crate) const MANIFEST_FILE: &str = "manifest-sha256.txt";
pub(crate) const TAG_MANIFEST_FILE: &str = "tagmanifest-sha256.txt";
pub(crate) const SIGNATURE_FILE: &str = "tagmanifest-sha256.txt.sig";
pub(crate) const ALLOWED_SIGNERS_FILE: &str = "allowed_signers";
pub(crate) const PUBLIC_KEY_FILE: &str = "signer.pub";
pub(crate) const CUSTODY_FILE: &str = "custody.jsonl";
pub(crate) const GUIDE_FILE: &str = "VERIFY.txt";

/// The payload's folder.
pub(crate) const PAYLOAD: &str = "data/";
pub(crate) const SUMMARY_FILE: &str = "data/00-summary.html";
pub(crate) const CAPTURES: &str = "data/20-captures/";
pub(crate) const UNRECORDED_CAPTURES: &str = "data/25-captures-not-in-journal/";
pub(crate) const JOURNAL_FILE: &str = "data/80-run-journal.jsonl";
pub(crate) const REDACTIONS_FILE: &str = "data/90-redactions.json";
pub(crate) const RUNBOOK_FILE: &str = "data/runbook.toml";

/// SHA-256 of `bytes`, in hex.
pub(crate) fn digest(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// A manifest: a digest and a path a line, in the order of the paths.
pub(crate) fn manifest(digests: &BTreeMap<String, String>) -> String {
    digests
        .iter()
        .fold(String::new(), |mut text, (path, digest)| {
            // writing to a string does not fail
            let _ = writeln!(text, "{digest}  {path}");
            text
        })
}

/// Reads a manifest that is written as [`manifest`] writes it, or names what is not.
pub(crate) fn parse_manifest(text: &str) -> Result<BTreeMap<String, String>, String> {
    let mut digests = BTreeMap::new();
    for (number, line) in (1..).zip(text.split_inclusive('\n')) {
        let parsed = line
            .strip_suffix('\n')
            .and_then(|line| line.split_once("  "))
            .filter(|(digest, path)| is_digest(digest) && is_plain_path(path));
        let Some((digest, path)) = parsed else {
            return Err(format!("line {number} is not a digest and a plain path"));
        };
        digests.insert(path.to_owned(), digest.to_owned());
    }
    if manifest(&digests) != text {
        return Err("its lines are not sorted, or a path stands twice".to_owned());
    }
    Ok(digests)
}

fn is_digest(text: &str) -> bool {
    text.len() == 64
        && text
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// Tags as `Label: value` lines.
pub(crate) fn tags(pairs: &[(&str, String)]) -> String {
    pairs
        .iter()
        .fold(String::new(), |mut text, (label, value)| {
            // writing to a string does not fail
            let _ = writeln!(text, "{label}: {value}");
            text
        })
}

/// The value of `label`, where it stands exactly once.
pub(crate) fn tag<'a>(text: &'a str, label: &str) -> Option<&'a str> {
    let mut values = text
        .lines()
        .filter_map(|line| line.strip_prefix(label)?.strip_prefix(": "));
    let value = values.next()?;
    values.next().is_none().then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_is_read_back_and_no_other_spelling_of_it_is() {
        let digests = BTreeMap::from([
            ("data/a".to_owned(), digest(b"a")),
            ("data/b".to_owned(), digest(b"b")),
        ]);
        let text = manifest(&digests);
        assert_eq!(parse_manifest(&text), Ok(digests));

        let (first, second) = text.split_at(text.len() / 2);
        for bad in [
            format!("{second}{first}"),
            format!("{text}{second}"),
            text.trim_end().to_owned(),
            text.replace("  ", " "),
            text.replace("data/a", "../a"),
            text.to_uppercase(),
        ] {
            assert!(parse_manifest(&bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_tag_that_stands_twice_has_no_value() {
        assert_eq!(tag("A: 1\nB: 2\n", "B"), Some("2"));
        assert_eq!(tag("A: 1\nA: 2\n", "A"), None);
    }
}
