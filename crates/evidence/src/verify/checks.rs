//! The checks, each over what was gathered.

use std::collections::{BTreeMap, BTreeSet};

use incident::{
    Event, Mode, Run,
    journal::{JournalError, Recovered, parse, replay},
};

use super::{
    Check, CheckKind, Outcome, Verification,
    gather::{Found, Gathered},
};
use crate::{
    bag,
    guide::{HEAD_TAG, MODE_TAG, SIGNER_TAG, mode_tag},
    name::shown,
    seal, story,
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
    let (signer, signature) = signature(gathered, &journal, expected);

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
    add(
        CheckKind::Labels,
        labels(gathered, &journal, signer.as_deref()),
    );
    add(CheckKind::JournalChain, journal.chain_outcome());
    add(CheckKind::JournalReplay, journal.replay_outcome());
    add(CheckKind::Captures, captures(gathered, &journal));
    add(CheckKind::Runbook, runbook(gathered, &journal));

    let whole = journal.recovered.as_ref().ok();
    let run = journal.run.as_ref();
    Verification {
        run: run.map(|run| run.id.clone()),
        mode: run.map(|run| run.mode),
        signer,
        files: wide(gathered.files.len()),
        bytes: gathered.files.values().map(|found| found.size).sum(),
        journal_lines: whole.map(|whole| wide(whole.lines.len())),
        journal_head: whole.map(|whole| whole.chain.prev.clone()),
        checks,
    }
}

type List = Result<BTreeMap<String, String>, String>;

fn list(gathered: &Gathered, file: &str) -> List {
    let text = gathered
        .text(file)
        .ok_or_else(|| format!("{file} is missing or no text"))?;
    bag::parse_manifest(text).map_err(|why| format!("{file}: {why}"))
}

fn completeness(gathered: &Gathered, manifest: &List, tag_manifest: &List) -> Outcome {
    let (Ok(manifest), Ok(tag_manifest)) = (manifest, tag_manifest) else {
        return Outcome::NotPossible {
            why: "a list of the files cannot be read".to_owned(),
        };
    };
    let mut problems = gathered.foreign.clone();
    let listed = |path: &str| {
        if path.starts_with(bag::PAYLOAD) {
            manifest.contains_key(path)
        } else {
            tag_manifest.contains_key(path)
                || matches!(path, bag::TAG_MANIFEST_FILE | bag::SIGNATURE_FILE)
        }
    };
    for path in gathered.files.keys().filter(|path| !listed(path)) {
        problems.push(format!("{path} is in no list: it was added"));
    }
    for path in manifest.keys().chain(tag_manifest.keys()) {
        if !gathered.files.contains_key(path) {
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
    let required = TAG_FILES.into_iter().chain([
        bag::SIGNATURE_FILE,
        bag::JOURNAL_FILE,
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

fn fixity(gathered: &Gathered, list: &List) -> Outcome {
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
        match gathered.files.get(path) {
            Some(found) if found.digest == *digest => {}
            Some(found) => problems.push(format!(
                "{path} was changed: its SHA-256 is {}, not {digest}",
                found.digest
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

fn labels(gathered: &Gathered, journal: &Journal, signer: Option<&str>) -> Outcome {
    let (Some(run), Ok(whole)) = (&journal.run, &journal.recovered) else {
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
    let last = whole.chain.next_seq.saturating_sub(1);
    let wanted = [
        ("External-Identifier", run.id.clone()),
        (MODE_TAG, mode_tag(run.mode).to_owned()),
        (
            HEAD_TAG,
            format!("line {last}, sha256 {}", whole.chain.prev),
        ),
        (SIGNER_TAG, signer.unwrap_or("(not known)").to_owned()),
        ("Payload-Oxum", format!("{bytes}.{}", payload.len())),
    ];
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
    if let Some(root) = gathered.root.as_ref().filter(|root| **root != run.id) {
        problems.push(format!(
            "its folder is called {root}, and the run {}",
            shown(&run.id)
        ));
    }
    judged(
        problems,
        format!("{}, {}", shown(&run.id), mode_tag(run.mode)),
    )
}

fn label<'a>(gathered: &'a Gathered, name: &str) -> Option<&'a str> {
    bag::tag(gathered.text(bag::INFO_FILE)?, name)
}

/// The journal in the bundle, as far as it can be read.
struct Journal {
    recovered: Result<Recovered, String>,
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
        Self {
            recovered,
            run,
            replay,
        }
    }

    fn parse(gathered: &Gathered) -> Result<Recovered, String> {
        let bytes = gathered
            .content(bag::JOURNAL_FILE)
            .ok_or_else(|| format!("{} is missing", bag::JOURNAL_FILE))?;
        let whole = parse(bytes).map_err(|error: JournalError| error.to_string())?;
        if whole.dropped_bytes > 0 {
            return Err("the journal's last line is cut off".to_owned());
        }
        debug_assert_eq!(whole.chain.prev, story::head(bytes));
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

    fn chain_outcome(&self) -> Outcome {
        match &self.recovered {
            Ok(whole) => Outcome::Passed {
                seen: format!(
                    "{} lines, the last with SHA-256 {}",
                    whole.lines.len(),
                    whole.chain.prev
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
            (Ok(_), Err(why), _) => failed(why),
            (Ok(_), Ok(()), None) | (Err(_), _, _) => Outcome::NotPossible {
                why: "the chain is broken".to_owned(),
            },
        }
    }
}

fn captures(gathered: &Gathered, journal: &Journal) -> Outcome {
    let Ok(whole) = &journal.recovered else {
        return Outcome::NotPossible {
            why: "the journal cannot be read".to_owned(),
        };
    };
    let mut problems = Vec::new();
    let mut named = BTreeSet::new();
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
        let path = format!("{}{file}", bag::CAPTURES);
        match gathered.files.get(&path) {
            Some(found) if found.digest == *digest && found.size == *bytes => {}
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
        problems.push(format!("{path} is not named in the journal"));
    }
    judged(problems, format!("{} captures", named.len()))
}

fn runbook(gathered: &Gathered, journal: &Journal) -> Outcome {
    let Some(run) = &journal.run else {
        return Outcome::NotPossible {
            why: "the journal cannot be replayed".to_owned(),
        };
    };
    match gathered.files.get(bag::RUNBOOK_FILE) {
        Some(found) if found.digest == run.plan.runbook.digest => Outcome::Passed {
            seen: shown(&run.plan.runbook.id),
        },
        Some(_) => failed("data/runbook.toml is not the text whose SHA-256 the journal names"),
        None => failed("data/runbook.toml is missing"),
    }
}

fn judged(mut problems: Vec<String>, seen: String) -> Outcome {
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

fn failed(problem: &str) -> Outcome {
    Outcome::Failed {
        problems: vec![problem.to_owned()],
    }
}

fn wide(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
