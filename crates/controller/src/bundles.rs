//! The evidence of a run, for every shell: what goes in, the export, the report, and the check.
//!
//! The key is chosen by the run's own mode: nothing rehearsed carries the signature of something
//! real. What blocks on a disk runs on a thread of its own.

mod handing;
mod preview;
mod words;

use std::path::{Path, PathBuf};

use evidence::{
    BundleKey, CaseHead, Export, Phase, Stamping, Verification, Withholding, WrittenFile,
    case::{Case, Entry},
    report::{Dossier, Variant, Wanted},
};
use incident::Mode;
use jiff::{Timestamp, tz::TimeZone};
use serde::Serialize;
use tokio::{sync::mpsc, task::spawn_blocking};
use vault::{Live, Realm, Simulated, Vault};

pub use evidence::Existing;
pub use handing::Choices;
use handing::Handing;
pub use preview::{Part, Preview, PreviewLine, preview};
pub(crate) use words::in_words;
pub use words::{BundleRow, WithheldRow, human_size};

use crate::{
    Error, Home, cases, files,
    keychain::{keychain_name, keychain_state},
    runs,
};

/// What a bundle names as its maker.
pub(crate) const PROGRAM: &str = concat!("Firebreak ", env!("CARGO_PKG_VERSION"));
/// How much of an export is the packing, in percent; the rest is reading it again.
const PACKING_PERCENT: u64 = 70;
/// Where the key of a practice or drill is.
const KEPT_NOWHERE: &str = "memory only: a key for practice, used for nothing real";
/// How many names are tried for a bundle where others stand already.
const NUMBERS_TRIED: u32 = 10_000;
/// The folder of the home that holds reports.
const REPORTS: &str = "reports";

/// What a bundle would hold.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct BundleContents {
    /// The run's folder name.
    pub run: String,
    /// Each file, sorted by its path.
    pub files: Vec<BundleFile>,
    /// The same as rows for a person; a folder of many files is one row.
    pub rows: Vec<BundleRow>,
    /// All their bytes.
    pub bytes: u64,
    /// What the journal names and the folder does not hold, a sentence each.
    pub missing: Vec<String>,
    /// What of the folder stays out.
    pub left_out: Vec<LeftOut>,
    /// What is withheld, and where.
    pub withholding: Withholding,
    /// The same as rows for a person.
    pub withheld: Vec<WithheldRow>,
    /// What could not be made for it, a sentence each.
    pub said: Vec<String>,
    /// Journal lines.
    pub journal_lines: u64,
    /// SHA-256 of the bundle of this case that was written last.
    pub supersedes: Option<String>,
    /// The signing key's fingerprint; `None` while none was made.
    pub signer: Option<String>,
    /// The keychain's name, or that it is a key for practice only.
    pub key_kept_in: String,
    /// Why it cannot be signed now.
    pub problem: Option<Error>,
}

/// A file of a bundle.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct BundleFile {
    /// Its path in the bundle.
    pub path: String,
    /// Its size.
    pub bytes: u64,
}

/// What stays out of a bundle.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct LeftOut {
    /// Its path.
    pub path: String,
    /// Why.
    pub why: String,
}

/// How far an export is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Progress {
    /// Of a hundred. Never goes back.
    pub percent: u8,
    /// What is being done (`packing`, `reading it again`).
    pub doing: &'static str,
}

/// A bundle that was written, and read again.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Written {
    /// The folder name of the run or collection.
    pub run: String,
    /// Where.
    pub path: PathBuf,
    /// What stands there: the bundle, or its volumes.
    pub parts: Vec<PathBuf>,
    /// Whether it can be opened by those alone who were named.
    pub encrypted: bool,
    /// How many files are in it.
    pub files: usize,
    /// The size of the bundle itself.
    pub bytes: u64,
    /// SHA-256 of the bundle itself, in hex.
    pub sha256: String,
    /// The signing key's fingerprint.
    pub signer: String,
    /// How many journal lines it covers.
    pub journal_lines: u64,
    /// SHA-256 of the last of them, in hex.
    pub journal_head: String,
    /// What the journal names and the folder did not hold.
    pub missing: Vec<String>,
    /// What stayed out.
    pub left_out: Vec<LeftOut>,
    /// How many values are withheld.
    pub withheld: u64,
    /// When an outside authority says that it was there.
    pub stamped_at: Option<Timestamp>,
    /// SHA-256 of the bundle of this case that it names as its forerunner.
    pub supersedes: Option<String>,
    /// What else a person should know, a sentence each.
    pub notes: Vec<String>,
    /// What was found when it was read again.
    pub checked: Verification,
}

/// What a bundle of `run` for `profile` would hold, and withhold. Makes no key; a keychain that does
/// not answer is said in it.
pub async fn contents(home: &Home, run: &str, profile: &str) -> Result<BundleContents, Error> {
    let folder = home.case(run)?;
    let looked_at = folder.clone();
    let mode = beside(move || mode_of(&looked_at)).await?;
    let (signer, key_kept_in, problem) = match mode {
        Mode::Live => {
            let keychain = keychain_state(home).await;
            (
                keychain.signer,
                keychain_name().to_owned(),
                keychain.problem,
            )
        }
        Mode::Drill | Mode::Practice => (None, KEPT_NOWHERE.to_owned(), None),
    };
    let choices = Choices::for_profile(profile);
    // with a keychain that does not answer its secrets cannot be looked for, and nothing is signed
    let handing = Handing::of(home, mode, &choices, problem.is_none()).await?;
    let previewed = beside(move || {
        let (now, zone) = (Timestamp::now(), TimeZone::system());
        let handover = handing.handover();
        match mode {
            Mode::Live => evidence::preview::<Live>(&folder, now, &zone, PROGRAM, &handover),
            Mode::Drill | Mode::Practice => {
                evidence::preview::<Simulated>(&folder, now, &zone, PROGRAM, &handover)
            }
        }
        .map_err(|error| in_words(&error))
    })
    .await?;
    let contents = previewed.contents;
    Ok(BundleContents {
        rows: words::rows(&contents),
        run: contents.run,
        bytes: contents.files.iter().map(|(_, bytes)| bytes).sum(),
        files: contents
            .files
            .into_iter()
            .map(|(path, bytes)| BundleFile { path, bytes })
            .collect(),
        missing: contents.missing,
        left_out: left_out(contents.left_out),
        withheld: words::withheld(&previewed.withholding),
        withholding: previewed.withholding,
        said: previewed.said,
        journal_lines: contents.journal_lines,
        supersedes: previewed.case.and_then(|case| case.supersedes),
        signer,
        key_kept_in,
        problem,
    })
}

/// Packs `run` into `target` as `choices` say, reads it again, and tells how far it is. The bundle is
/// there, whole and read again, or it is not there.
pub async fn export(
    home: &Home,
    run: &str,
    target: &Path,
    existing: Existing,
    choices: &Choices,
    progress: impl FnMut(Progress) + Send,
) -> Result<Written, Error> {
    let folder = home.case(run)?;
    let looked_at = folder.clone();
    let mode = beside(move || mode_of(&looked_at)).await?;
    let handing = Handing::of(home, mode, choices, true).await?;
    match mode {
        Mode::Live => {
            let vault = Vault::<Live>::of_home(home.id())?;
            write(folder, &vault, target, existing, handing, progress).await
        }
        Mode::Drill | Mode::Practice => {
            let vault = Vault::<Simulated>::in_memory();
            write(folder, &vault, target, existing, handing, progress).await
        }
    }
}

/// Checks the bundle, or unpacked bag, at `path`. `signer` is the fingerprint that its sender told
/// by another way; empty for none.
pub async fn verify(path: &Path, signer: &str) -> Result<Verification, Error> {
    let (path, signer) = (path.to_owned(), signer.trim().to_owned());
    beside(move || {
        let expected = (!signer.is_empty()).then_some(signer.as_str());
        evidence::verify(&path, expected).map_err(|error| {
            Error::wrong(&error)
                .untouched("nothing was unpacked or changed")
                .next(error.next())
        })
    })
    .await
}

/// Writes the report of `run` for `profile` into the home, as a page of HTML or as PDF, and says
/// where. It stays here: nothing but what the profile leaves out is withheld from it.
pub async fn report(home: &Home, run: &str, profile: &str, pdf: bool) -> Result<PathBuf, Error> {
    let folder = home.case(run)?;
    let reports = home.root().join(REPORTS);
    let variant = Variant::named(profile).ok_or_else(|| handing::no_profile(profile))?;
    beside(move || {
        let zone = TimeZone::system();
        let wanted = Wanted {
            variant,
            at: Timestamp::now(),
            zone: &zone,
            program: PROGRAM,
            withheld: &[],
        };
        let dossier = Dossier::of_folder(&folder, &wanted).map_err(|error| in_words(&error))?;
        let (bytes, ending) = if pdf {
            let paper = dossier.pdf().map_err(|error| {
                Error::wrong(format!("the report could not be set as PDF: {error}"))
                    .untouched("the record is as it was")
                    .next("open it as a page instead, and print that")
            })?;
            (paper, "pdf")
        } else {
            (dossier.html().into_bytes(), "html")
        };
        files::own_folder(&reports)?;
        let name = files::name_of(&folder);
        let path = reports.join(format!("{name}-{}.{ending}", variant.as_str()));
        files::write(&path, &bytes)?;
        Ok(path)
    })
    .await
}

/// A place for the bundle of `run` where nothing stands yet: in the person's folder for evidence,
/// or in the home.
pub fn default_target(home: &Home, run: &str, evidence_folder: Option<&Path>) -> PathBuf {
    let folder = evidence_folder.unwrap_or(home.root());
    let first = folder.join(format!("{run}.zip"));
    let mut path = first.clone();
    for number in 2..NUMBERS_TRIED {
        if path.symlink_metadata().is_err() {
            return path;
        }
        path = folder.join(format!("{run}-{number}.zip"));
    }
    first
}

async fn write<R: Realm>(
    folder: PathBuf,
    vault: &Vault<R>,
    target: &Path,
    existing: Existing,
    handing: Handing,
    mut progress: impl FnMut(Progress) + Send,
) -> Result<Written, Error> {
    let key = BundleKey::of(vault)
        .await
        .map_err(|error| in_words(&error))?;
    let target = target.to_owned();
    let (tell, mut told) = mpsc::unbounded_channel();
    let packing = beside(move || {
        let (zone, at) = (TimeZone::system(), Timestamp::now());
        let export = Export {
            folder: &folder,
            key: &key,
            at,
            zone: &zone,
            program: PROGRAM,
        };
        let mut last = None;
        let mut bundle = export
            .deliver(&handing.handover(), &target, existing, &mut |step| {
                let now = Some(Progress::of(step));
                if now != last
                    && let Some(step) = now
                {
                    last = now;
                    // whoever asked may have gone; the bundle is written all the same
                    let _ = tell.send(step);
                }
            })
            .map_err(|error| in_words(&error))?;
        if let Err(error) = remember(&folder, at, &bundle, &handing) {
            bundle.said.push(format!(
                "The case does not say that this bundle was made, so that the next one will not name \
                 it: {error}"
            ));
        }
        Ok((bundle, handing))
    });
    let listening = async {
        while let Some(step) = told.recv().await {
            progress(step);
        }
    };
    let (packed, ()) = futures_util::join!(packing, listening);
    let (bundle, handing) = packed?;
    Ok(written(bundle, &handing))
}

/// Writes into the case that this bundle was made of it, so that the next one names it.
fn remember(
    folder: &Path,
    at: Timestamp,
    bundle: &evidence::Bundle,
    handing: &Handing,
) -> Result<(), Error> {
    let entry = Entry::Exported {
        file: files::name_of(&bundle.path),
        bytes: bundle.bytes,
        digest: bundle.digest.clone(),
        signer: bundle.contents.signer.clone(),
        profile: handing.profile().to_owned(),
    };
    Case::open(folder, PROGRAM)
        .and_then(|case| case.add(at, entry))
        .map(drop)
        .map_err(|error| cases::in_words(&error))
}

fn written(bundle: evidence::Bundle, handing: &Handing) -> Written {
    let mut notes = bundle.said;
    let stamped_at = match bundle.stamping {
        Stamping::NotAsked => None,
        Stamping::Stamped(stamped) => {
            notes.push(format!(
                "{} says that it was there at {}.",
                door::clean(&stamped.authority),
                stamped.at
            ));
            Some(stamped.at)
        }
        Stamping::Failed { why } => {
            notes.push(format!(
                "There is no time stamp, and the bundle is good without one: {}.",
                door::clean(&why)
            ));
            None
        }
    };
    let opaque = &bundle.withholding.not_searched;
    notes.extend(
        opaque
            .iter()
            .map(|file| format!("Nobody could look into {}: {}.", file.file, file.why)),
    );
    Written {
        run: bundle.contents.run,
        path: bundle.path,
        parts: bundle
            .files
            .into_iter()
            .map(|WrittenFile { path, .. }| path)
            .collect(),
        encrypted: handing.is_locked(),
        files: bundle.contents.files.len(),
        bytes: bundle.bytes,
        sha256: bundle.digest,
        signer: bundle.contents.signer,
        journal_lines: bundle.contents.journal_lines,
        journal_head: bundle.contents.journal_head,
        missing: bundle.contents.missing,
        left_out: left_out(bundle.contents.left_out),
        withheld: bundle.withholding.places(),
        stamped_at,
        supersedes: bundle
            .case
            .and_then(|CaseHead { supersedes, .. }| supersedes),
        notes,
        checked: bundle.checked,
    }
}

impl Progress {
    fn of(step: evidence::Progress) -> Self {
        let share = |of: u64| (step.done.min(step.total) * of).checked_div(step.total);
        let (percent, doing) = match step.phase {
            Phase::Packing => (share(PACKING_PERCENT).unwrap_or(0), "packing"),
            Phase::ReadingAgain => {
                let read = share(100 - PACKING_PERCENT).unwrap_or(0);
                (PACKING_PERCENT + read, "reading it again")
            }
        };
        Self {
            percent: u8::try_from(percent).unwrap_or(100),
            doing,
        }
    }
}

/// Whether the run in `folder` was live. A collection is of the real computer.
fn mode_of(folder: &Path) -> Result<Mode, Error> {
    if Case::is_collection(folder) {
        return Ok(Mode::Live);
    }
    let recovered = runs::read_run(folder)?;
    incident::journal::replay(&recovered.lines)
        .map(|run| run.mode)
        .map_err(Error::damaged)
}

fn left_out(rows: Vec<(String, &'static str)>) -> Vec<LeftOut> {
    rows.into_iter()
        .map(|(path, why)| LeftOut {
            path,
            why: why.to_owned(),
        })
        .collect()
}

/// Does what blocks on a disk on a thread where it may.
pub(crate) async fn beside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    spawn_blocking(work).await.unwrap_or_else(|error| {
        Err(Error::wrong(format!("it broke off: {error}"))
            .next("report this; it is a fault of the program"))
    })
}

#[cfg(test)]
mod tests;
