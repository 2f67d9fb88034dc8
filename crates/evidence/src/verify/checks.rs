//! The checks, each over what was gathered.

use std::collections::{BTreeMap, BTreeSet};

use incident::{Event, Mode, Run, journal::replay};

use super::{
    Check, CheckKind, Outcome, Verification,
    case::Case,
    gather::{Found, Gathered},
    stamped,
    withheld::Withheld,
};
use crate::{
    bag::{self, Digest32},
    chain,
    guide::{
        CASE_HEAD_TAG, HEAD_TAG, MODE_TAG, PROFILE_TAG, SIGNER_TAG, SUPERSEDES_TAG, head_tag,
        mode_tag,
    },
    name::shown,
    seal,
    withhold::in_a_name,
};

/// The most problems of one check that are told; the rest is counted.
const MAX_PROBLEMS: usize = 50;

/// Files that every bundle has around the evidence.
const TAG_FILES: [&str; 8] = [
    bag::DECLARATION_FILE,
    bag::INFO_FILE,
    bag::MANIFEST_FILE,
    bag::GUIDE_FILE,
    bag::CUSTODY_FILE,
    bag::ALLOWED_SIGNERS_FILE,
    bag::PUBLIC_KEY_FILE,
    bag::TAG_MANIFEST_FILE,
];

pub(super) fn all(gathered: &Gathered, expected: Option<&str>) -> Verification {
    let manifest = list(gathered, bag::MANIFEST_FILE);
    let tag_manifest = list(gathered, bag::TAG_MANIFEST_FILE);
    let journal = Journal::of(gathered);
    let case = Case::of(gathered);
    let withheld = Withheld::of(gathered);
    let (signer, signature) = signature(gathered, &journal, expected);
    let (stamp, stamped) = stamped::check(gathered);

    let mut checks = Vec::new();
    let mut add = |check: CheckKind, outcome| {
        checks.push(Check {
            check,
            title: check.title(),
            outcome,
            proves: check.proves(),
        });
    };
    if let Some(problems) = &gathered.container {
        let seen = format!("{} files, as they are written", gathered.files.len());
        add(CheckKind::Container, judged(problems.clone(), seen));
    }
    add(
        CheckKind::Completeness,
        completeness(gathered, &manifest, &tag_manifest),
    );
    add(CheckKind::Fixity, fixity(gathered, &manifest));
    add(CheckKind::TagFixity, fixity(gathered, &tag_manifest));
    add(CheckKind::Signature, signature);
    if let Some(outcome) = stamped {
        add(CheckKind::TimeStamp, outcome);
    }
    add(
        CheckKind::Labels,
        labels(gathered, (&journal, case.as_ref()), signer.as_deref()),
    );
    // a collection without a press has no journal
    if journal.is_there || case.is_none() {
        add(CheckKind::JournalChain, journal.chain_outcome());
        add(CheckKind::JournalReplay, journal.replay_outcome());
        add(CheckKind::Captures, captures(gathered, &journal, &withheld));
        add(CheckKind::Runbook, runbook(gathered, &journal, &withheld));
    }
    if let Some(case) = &case {
        add(CheckKind::CaseLog, case.chain_outcome());
        add(
            CheckKind::CaseFiles,
            case.files_outcome(gathered, &withheld),
        );
    }
    let lines = [
        (bag::JOURNAL_FILE, journal.withheld.as_slice()),
        (
            bag::CASE_FILE,
            case.as_ref()
                .map_or(&[][..], |case| case.withheld.as_slice()),
        ),
    ];
    add(CheckKind::Withheld, withheld.outcome(gathered, &lines));

    let whole = journal.recovered.as_ref().ok();
    let run = journal.run.as_ref();
    let collection = case.as_ref().filter(|_| !journal.is_there);
    let collection = collection.and_then(|case| case.name.clone());
    Verification {
        mode: run
            .map(|run| run.mode)
            .or(collection.is_some().then_some(Mode::Live)),
        run: run.map(|run| run.id.clone()).or(collection),
        signer,
        files: wide(gathered.files.len()),
        bytes: gathered.files.values().map(|found| found.size).sum(),
        journal_lines: whole.map(|whole| whole.chain.next_seq),
        journal_head: whole.map(|whole| whole.chain.prev.clone()),
        profile: label(gathered, PROFILE_TAG).map(shown),
        withheld: withheld.places(),
        supersedes: label(gathered, SUPERSEDES_TAG)
            .and_then(|text| text.strip_prefix("sha256 "))
            .filter(|digest| bag::is_digest(digest))
            .map(str::to_owned),
        stamp,
        checks,
    }
}

type List<'a> = Result<BTreeMap<&'a str, Digest32>, String>;

fn list<'a>(gathered: &'a Gathered, file: &str) -> List<'a> {
    let text = gathered
        .text(file)
        .ok_or_else(|| format!("{file} is missing or no text"))?;
    bag::parse_manifest(text).map_err(|why| format!("{file}: {why}"))
}

fn completeness(gathered: &Gathered, manifest: &List<'_>, tag_manifest: &List<'_>) -> Outcome {
    let (manifest, tag_manifest) = match (manifest, tag_manifest) {
        (Ok(manifest), Ok(tag_manifest)) => (manifest, tag_manifest),
        (Err(why), _) | (_, Err(why)) => {
            return Outcome::NotPossible {
                why: format!("a list of the files cannot be read: {why}"),
            };
        }
    };
    let mut problems = gathered.foreign.clone();
    let listed = |path: &str| {
        if path.starts_with(bag::PAYLOAD) {
            manifest.contains_key(path)
        } else {
            tag_manifest.contains_key(path)
                || matches!(
                    path,
                    bag::TAG_MANIFEST_FILE
                        | bag::SIGNATURE_FILE
                        | bag::STAMP_FILE
                        | bag::STAMP_CHAIN_FILE
                )
        }
    };
    for path in gathered.files.keys().filter(|path| !listed(path)) {
        problems.push(format!("{path} is in no list: it was added"));
    }
    for path in manifest.keys().chain(tag_manifest.keys()) {
        if !gathered.files.contains_key(*path) {
            problems.push(format!("{path} is listed and missing"));
        }
    }
    for path in manifest
        .keys()
        .filter(|path| !path.starts_with(bag::PAYLOAD))
    {
        problems.push(format!(
            "{path} is listed as evidence and stands outside data/"
        ));
    }
    for path in tag_manifest
        .keys()
        .filter(|path| path.starts_with(bag::PAYLOAD))
    {
        problems.push(format!("{path} is listed as a note and stands in data/"));
    }
    let log = if gathered.files.contains_key(bag::CASE_FILE) {
        bag::CASE_FILE
    } else {
        bag::JOURNAL_FILE
    };
    let required = TAG_FILES.into_iter().chain([
        bag::SIGNATURE_FILE,
        log,
        bag::SUMMARY_FILE,
        bag::REDACTIONS_FILE,
    ]);
    for path in required.filter(|path| !gathered.files.contains_key(*path)) {
        problems.push(format!("{path} is missing"));
    }
    problems.sort();
    problems.dedup();
    judged(problems, format!("{} files", gathered.files.len()))
}

fn fixity(gathered: &Gathered, list: &List<'_>) -> Outcome {
    let list = match list {
        Ok(list) => list,
        Err(why) => {
            return Outcome::Failed {
                problems: vec![why.clone()],
            };
        }
    };
    let mut problems = Vec::new();
    for (path, digest) in list {
        match gathered.files.get(*path) {
            Some(found) if found.digest == *digest => {}
            Some(found) => problems.push(format!(
                "{path} was changed: its SHA-256 is {}, not {}",
                found.hex(),
                hex::encode(digest)
            )),
            None => problems.push(format!("{path} is missing")),
        }
    }
    judged(
        problems,
        format!("{} files have the SHA-256 listed for them", list.len()),
    )
}

fn signature(
    gathered: &Gathered,
    journal: &Journal,
    expected: Option<&str>,
) -> (Option<String>, Outcome) {
    let texts = (
        gathered.content(bag::TAG_MANIFEST_FILE),
        gathered.text(bag::SIGNATURE_FILE),
        gathered.text(bag::ALLOWED_SIGNERS_FILE),
        gathered.text(bag::PUBLIC_KEY_FILE),
    );
    let (Some(message), Some(signature), Some(allowed), Some(public)) = texts else {
        return (
            None,
            failed("the signature, what it is over, or its key is missing"),
        );
    };
    let is_live = match journal.mode() {
        Some(mode) => mode == Mode::Live,
        None => label(gathered, MODE_TAG) == Some(mode_tag(Mode::Live)),
    };
    let fingerprint = match seal::check(message, signature, allowed, public, is_live) {
        Ok(signed) => signed.fingerprint,
        Err(why) => return (None, failed(&why)),
    };
    let outcome = match expected {
        Some(expected) if expected.trim() == fingerprint => Outcome::Passed {
            seen: format!("by the key {fingerprint}, which is the one that you expect"),
        },
        Some(expected) => failed(&format!(
            "it is signed by the key {fingerprint}, and you expect {}",
            shown(expected)
        )),
        None => Outcome::Passed {
            seen: format!(
                "by the key {fingerprint}; compare it with the one that the sender gave you by \
                 another way"
            ),
        },
    };
    (Some(fingerprint), outcome)
}

fn labels(
    gathered: &Gathered,
    (journal, case): (&Journal, Option<&Case>),
    signer: Option<&str>,
) -> Outcome {
    let named = match (journal.is_there, &journal.run, case) {
        (true, Some(run), _) => Some((run.id.clone(), run.mode)),
        (false, _, Some(case)) => case.name.clone().map(|name| (name, Mode::Live)),
        (true, None, _) | (false, _, None) => journal.named(gathered),
    };
    let Some((name, mode)) = named else {
        return Outcome::NotPossible {
            why: "the journal cannot be read".to_owned(),
        };
    };
    let payload: Vec<&Found> = gathered
        .files
        .iter()
        .filter(|(path, _)| path.starts_with(bag::PAYLOAD))
        .map(|(_, found)| found)
        .collect();
    let bytes: u64 = payload.iter().map(|found| found.size).sum();
    let mut wanted = vec![
        ("External-Identifier", name.clone()),
        (MODE_TAG, mode_tag(mode).to_owned()),
        (SIGNER_TAG, signer.unwrap_or("(not known)").to_owned()),
        ("Payload-Oxum", format!("{bytes}.{}", payload.len())),
    ];
    if let Ok(whole) = &journal.recovered {
        wanted.push((HEAD_TAG, head_tag(whole.chain.next_seq, &whole.chain.prev)));
    }
    if let Some(case) = case.filter(|case| case.damage.is_none()) {
        wanted.push((CASE_HEAD_TAG, head_tag(case.lines, &case.head)));
        if let Some(before) = &case.exported {
            wanted.push((SUPERSEDES_TAG, format!("sha256 {before}")));
        }
    }
    let mut problems: Vec<String> = wanted
        .iter()
        .filter_map(|(name, wanted)| {
            let found = label(gathered, name);
            (found != Some(wanted.as_str())).then(|| {
                format!(
                    "bag-info.txt says {name} is {}, and it is {}",
                    shown(found.unwrap_or_default()),
                    shown(wanted)
                )
            })
        })
        .collect();
    if gathered.text(bag::DECLARATION_FILE) != Some(bag::DECLARATION) {
        problems.push("bagit.txt is not that of a BagIt 1.0 bag".to_owned());
    }
    if let Some(root) = gathered.root.as_ref().filter(|root| **root != name) {
        problems.push(format!(
            "its folder is called {root}, and the run {}",
            shown(&name)
        ));
    }
    judged(problems, format!("{}, {}", shown(&name), mode_tag(mode)))
}

fn label<'a>(gathered: &'a Gathered, name: &str) -> Option<&'a str> {
    bag::tag(gathered.text(bag::INFO_FILE)?, name)
}

/// The journal in the bundle, as far as it can be read.
struct Journal {
    is_there: bool,
    recovered: Result<chain::Journal, String>,
    /// Which lines, counted from 1, stand for an original with more in it.
    withheld: Vec<u64>,
    run: Option<Run>,
    replay: Result<(), String>,
}

impl Journal {
    fn of(gathered: &Gathered) -> Self {
        let recovered = Self::parse(gathered);
        let replayed = recovered.as_ref().ok().map(|whole| replay(&whole.lines));
        let (run, replay) = match replayed {
            Some(Ok(run)) => (Some(run), Ok(())),
            Some(Err(error)) => (None, Err(error.to_string())),
            None => (None, Err(String::new())),
        };
        let withheld = recovered.as_ref().map(|whole| whole.withheld.clone());
        Self {
            is_there: gathered.files.contains_key(bag::JOURNAL_FILE),
            withheld: withheld.unwrap_or_default(),
            recovered,
            run,
            replay,
        }
    }

    fn parse(gathered: &Gathered) -> Result<chain::Journal, String> {
        let bytes = gathered
            .content(bag::JOURNAL_FILE)
            .ok_or_else(|| format!("{} is missing", bag::JOURNAL_FILE))?;
        let whole = chain::Journal::of(bytes);
        if let Some(damage) = &whole.damage {
            return Err(damage.to_string());
        }
        if !bytes.ends_with(b"\n") {
            return Err("the journal's last line is cut off".to_owned());
        }
        Ok(whole)
    }

    /// The mode by its first line, also where a later one is damaged.
    fn mode(&self) -> Option<Mode> {
        let first = self.recovered.as_ref().ok()?.lines.first()?;
        let Event::RunStarted { mode, .. } = &first.event else {
            return None;
        };
        Some(*mode)
    }

    /// The name and the mode by its first line, where the rest says too little to be replayed.
    fn named(&self, gathered: &Gathered) -> Option<(String, Mode)> {
        let whole = self.recovered.as_ref().ok()?;
        match whole.lines.first().map(|line| &line.event) {
            Some(Event::RunStarted { run, mode, .. }) if !whole.withheld.is_empty() => {
                Some((run.clone(), *mode))
            }
            // the first line itself says nothing any more: as it says of itself
            None if whole.unreadable > 0 => {
                let name = label(gathered, "External-Identifier")?.to_owned();
                let modes = [Mode::Live, Mode::Drill, Mode::Practice];
                let tag = label(gathered, MODE_TAG)?;
                let mode = modes.into_iter().find(|mode| mode_tag(*mode) == tag)?;
                Some((name, mode))
            }
            Some(_) | None => None,
        }
    }

    fn chain_outcome(&self) -> Outcome {
        match &self.recovered {
            Ok(whole) => Outcome::Passed {
                seen: format!(
                    "{} lines, the last with SHA-256 {}{}",
                    whole.chain.next_seq,
                    whole.chain.prev,
                    resting(self.withheld.len())
                ),
            },
            Err(why) => failed(why),
        }
    }

    fn replay_outcome(&self) -> Outcome {
        match (&self.recovered, &self.replay, &self.run) {
            (Ok(_), Ok(()), Some(run)) => {
                let summary = run.summary();
                let contained = if summary.contained {
                    "contained"
                } else {
                    "not contained"
                };
                Outcome::Passed {
                    seen: format!(
                        "{contained}; {} of {} tasks verified, {} of them by a value that a \
                         person read",
                        summary.verified, summary.tasks, summary.read_by_you
                    ),
                }
            }
            (Ok(whole), Err(_), _) if !whole.withheld.is_empty() => Outcome::NotPossible {
                why: format!(
                    "something is withheld from {} lines, and what is left cannot be replayed; ask \
                     the sender for the original journal",
                    whole.withheld.len()
                ),
            },
            (Ok(_), Err(why), _) => failed(why),
            (Ok(_), Ok(()), None) | (Err(_), _, _) => Outcome::NotPossible {
                why: "the chain is broken".to_owned(),
            },
        }
    }
}

/// How many lines of a chain rest on the digest of an original that is not there.
pub(super) fn resting(lines: usize) -> String {
    match lines {
        0 => String::new(),
        1 => {
            "; 1 line rests on the digest of its original, because something is withheld".to_owned()
        }
        lines => format!(
            "; {lines} lines rest on the digests of their originals, because something is withheld"
        ),
    }
}

fn captures(gathered: &Gathered, journal: &Journal, withheld: &Withheld) -> Outcome {
    let Ok(whole) = &journal.recovered else {
        return Outcome::NotPossible {
            why: "the journal cannot be read".to_owned(),
        };
    };
    let mut problems = Vec::new();
    let mut named = BTreeSet::new();
    let mut derived = 0;
    for line in &whole.lines {
        let Event::Captured {
            file,
            bytes,
            digest,
            ..
        } = &line.event
        else {
            continue;
        };
        let path = format!("{}{}", bag::CAPTURES, in_a_name(file));
        match gathered.files.get(&path) {
            Some(found) if found.is(digest) && found.size == *bytes => {}
            Some(_) if withheld.is_of(&path, digest, *bytes) => derived += 1,
            Some(_) => problems.push(format!(
                "{path} is not what line {} of the journal captured",
                line.seq + 1
            )),
            None => problems.push(format!(
                "{} is named in line {} of the journal and missing",
                shown(&path),
                line.seq + 1
            )),
        }
        named.insert(path);
    }
    let unnamed = gathered
        .files
        .keys()
        .filter(|path| path.starts_with(bag::CAPTURES) && !named.contains(*path));
    for path in unnamed {
        problems.push(if whole.unreadable > 0 {
            format!("{path} is named in no line of the journal that can be read")
        } else {
            format!("{path} is not named in the journal")
        });
    }
    judged(problems, originals(named.len(), derived, "captures"))
}

/// How many files are as they were, and how many are copies.
pub(super) fn originals(all: usize, derived: usize, what: &str) -> String {
    match derived {
        0 => format!("{all} {what}"),
        derived => format!(
            "{all} {what}: {} originals and {derived} derived copies with something withheld",
            all - derived
        ),
    }
}

fn runbook(gathered: &Gathered, journal: &Journal, withheld: &Withheld) -> Outcome {
    let Some(run) = &journal.run else {
        return Outcome::NotPossible {
            why: "the journal cannot be replayed".to_owned(),
        };
    };
    let digest = &run.plan.runbook.digest;
    match gathered.files.get(bag::RUNBOOK_FILE) {
        Some(found) if found.is(digest) => Outcome::Passed {
            seen: shown(&run.plan.runbook.id),
        },
        Some(_) if withheld.digest_is(bag::RUNBOOK_FILE, digest) => Outcome::Passed {
            seen: format!(
                "{}: a derived copy with something withheld",
                shown(&run.plan.runbook.id)
            ),
        },
        Some(_) => failed("data/runbook.toml is not the text whose SHA-256 the journal names"),
        None => failed("data/runbook.toml is missing"),
    }
}

pub(super) fn judged(mut problems: Vec<String>, seen: String) -> Outcome {
    if problems.is_empty() {
        return Outcome::Passed { seen };
    }
    let more = problems.len().saturating_sub(MAX_PROBLEMS);
    if more > 0 {
        problems.truncate(MAX_PROBLEMS);
        problems.push(format!("and {more} more"));
    }
    Outcome::Failed { problems }
}

pub(super) fn failed(problem: &str) -> Outcome {
    Outcome::Failed {
        problems: vec![problem.to_owned()],
    }
}

fn wide(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
