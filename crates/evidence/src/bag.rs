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
pub(crate) const STAMP_FILE: &str = "tagmanifest-sha256.txt.tsr";
pub(crate) const STAMP_CHAIN_FILE: &str = "tsa.pem";
pub(crate) const CUSTODY_FILE: &str = "custody.jsonl";
pub(crate) const GUIDE_FILE: &str = "VERIFY.txt";

/// The payload's folder.
pub(crate) const PAYLOAD: &str = "data/";
pub(crate) const SUMMARY_FILE: &str = "data/00-summary.html";
pub(crate) const CAPTURES: &str = "data/20-captures/";
pub(crate) const UNRECORDED_CAPTURES: &str = "data/25-captures-not-in-journal/";
pub(crate) const JOURNAL_FILE: &str = "data/80-run-journal.jsonl";
pub(crate) const CASE_FILE: &str = "data/85-case-log.jsonl";
pub(crate) const ORIGINALS_FILE: &str = "data/95-originals.zip.age";
pub(crate) const SUMMARY_PDF_FILE: &str = "data/00-summary.pdf";
pub(crate) const TIMELINE_FILE: &str = "data/10-timeline.csv";
pub(crate) const ORDERS_FILE: &str = "data/11-orders.csv";
pub(crate) const REDACTIONS_FILE: &str = "data/90-redactions.json";
pub(crate) const RUNBOOK_FILE: &str = "data/runbook.toml";

/// SHA-256 of `bytes`, in hex.
pub(crate) fn digest(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// SHA-256 as it is kept of each of very many files.
pub(crate) type Digest32 = [u8; 32];

/// Where a file stands in the container, by its name there, which begins with the bag's folder: by
/// its [`Rank`], then by name.
pub(crate) fn order(name: &str) -> (Rank, &str) {
    let path = name.split_once('/').map_or(name, |(_, path)| path);
    (rank(path), name)
}

/// The evidence stands before what is made from it, and the tags behind: so everything can be
/// written once, in the order in which it becomes known.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Rank {
    Evidence,
    Made,
    Tag,
}

/// The rank of a file by its path in the bag.
pub(crate) fn rank(path: &str) -> Rank {
    if !path.starts_with(PAYLOAD) {
        Rank::Tag
    } else if is_made(path) {
        Rank::Made
    } else {
        Rank::Evidence
    }
}

/// Whether a file of the payload is made from all the others.
fn is_made(path: &str) -> bool {
    matches!(
        path,
        SUMMARY_FILE
            | SUMMARY_PDF_FILE
            | TIMELINE_FILE
            | ORDERS_FILE
            | REDACTIONS_FILE
            | ORIGINALS_FILE
    )
}

/// A line of a manifest.
pub(crate) fn manifest_line(path: &str, digest: &Digest32) -> String {
    format!("{}  {path}\n", hex::encode(digest))
}

/// Reads a manifest whose lines are as [`manifest_line`] writes them and sorted by path, or names
/// what is not.
pub(crate) fn parse_manifest(text: &str) -> Result<BTreeMap<&str, Digest32>, String> {
    let mut rows: Vec<(&str, Digest32)> = Vec::new();
    for (number, line) in (1..).zip(text.split_inclusive('\n')) {
        let parsed = line
            .strip_suffix('\n')
            .and_then(|line| line.split_once("  "))
            .filter(|(digest, path)| is_digest(digest) && is_plain_path(path));
        let Some((digest, path)) = parsed else {
            return Err(format!("line {number} is not a digest and a plain path"));
        };
        if rows.last().is_some_and(|(last, _)| *last >= path) {
            return Err("its lines are not sorted, or a path stands twice".to_owned());
        }
        let mut bytes = Digest32::default();
        hex::decode_to_slice(digest, &mut bytes)
            .map_err(|_| format!("line {number} is not a digest and a plain path"))?;
        rows.push((path, bytes));
    }
    Ok(rows.into_iter().collect())
}

/// Whether `text` is SHA-256 in hex, in the one way to write it.
pub(crate) fn is_digest(text: &str) -> bool {
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
        let of = |bytes: &[u8]| Digest32::from(Sha256::digest(bytes));
        let (one, two) = (of(b"a"), of(b"b"));
        let text = manifest_line("data/a", &one) + &manifest_line("data/b", &two);
        let read = parse_manifest(&text).unwrap();
        assert_eq!(read, BTreeMap::from([("data/a", one), ("data/b", two)]));

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
    fn the_evidence_stands_before_what_is_made_from_it_and_the_tags_behind() {
        let mut names = [
            "run/VERIFY.txt",
            "run/data/00-summary.html",
            "run/data/90-redactions.json",
            "run/data/20-captures/00001-a.json",
            "run/manifest-sha256.txt",
            "run/data/runbook.toml",
        ];
        names.sort_by_key(|name| order(name));
        assert_eq!(
            names,
            [
                "run/data/20-captures/00001-a.json",
                "run/data/runbook.toml",
                "run/data/00-summary.html",
                "run/data/90-redactions.json",
                "run/VERIFY.txt",
                "run/manifest-sha256.txt",
            ]
        );
    }

    #[test]
    fn a_tag_that_stands_twice_has_no_value() {
        assert_eq!(tag("A: 1\nB: 2\n", "B"), Some("2"));
        assert_eq!(tag("A: 1\nA: 2\n", "A"), None);
    }
}
