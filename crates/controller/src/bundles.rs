//! The evidence of a run, for every shell: what goes in, the export, the report, and the check.
//!
//! The key is chosen by the run's own mode: nothing rehearsed carries the signature of something
//! real. What blocks on a disk runs on a thread of its own.

mod words;

use std::path::{Path, PathBuf};

use evidence::{BundleKey, Export, Phase, Verification};
use incident::Mode;
use jiff::{Timestamp, tz::TimeZone};
use serde::Serialize;
use tokio::{sync::mpsc, task::spawn_blocking};
use vault::{Live, Realm, Simulated, Vault};

pub use evidence::Existing;
pub(crate) use words::in_words;
pub use words::{BundleRow, human_size};

use crate::{
    Error, Home, files,
    keychain::{keychain_name, keychain_state},
    runs,
};

/// What a bundle names as its maker.
const PROGRAM: &str = concat!("Firebreak ", env!("CARGO_PKG_VERSION"));
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
    /// Journal lines.
    pub journal_lines: u64,
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
    /// The run's folder name.
    pub run: String,
    /// Where.
    pub path: PathBuf,
    /// How many files are in it.
    pub files: usize,
    /// Its size.
    pub bytes: u64,
    /// SHA-256 of the whole file, in hex.
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
    /// What was found when it was read again.
    pub checked: Verification,
}

/// What a bundle of `run` would hold. Makes no key; a keychain that does not answer is said in it.
pub async fn contents(home: &Home, run: &str) -> Result<BundleContents, Error> {
    let folder = home.run(run)?;
    let (mode, contents) = beside(move || {
        let mode = mode_of(&folder)?;
        let (now, zone) = (Timestamp::now(), TimeZone::system());
        let contents = match mode {
            Mode::Live => evidence::contents::<Live>(&folder, now, &zone, PROGRAM),
            Mode::Drill | Mode::Practice => {
                evidence::contents::<Simulated>(&folder, now, &zone, PROGRAM)
            }
        };
        Ok((mode, contents.map_err(|error| in_words(&error))?))
    })
    .await?;
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
        journal_lines: contents.journal_lines,
        signer,
        key_kept_in,
        problem,
    })
}

/// Packs `run` into `target`, reads it again, and tells how far it is. The bundle is there, whole
/// and read again, or it is not there.
pub async fn export(
    home: &Home,
    run: &str,
    target: &Path,
    existing: Existing,
    progress: impl FnMut(Progress) + Send,
) -> Result<Written, Error> {
    let folder = home.run(run)?;
    let looked_at = folder.clone();
    match beside(move || mode_of(&looked_at)).await? {
        Mode::Live => {
            let vault = Vault::<Live>::of_home(home.id())?;
            write(folder, &vault, target, existing, progress).await
        }
        Mode::Drill | Mode::Practice => {
            let vault = Vault::<Simulated>::in_memory();
            write(folder, &vault, target, existing, progress).await
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

/// Writes the report of `run` as a page of HTML into the home, and says where.
pub async fn report(home: &Home, run: &str) -> Result<PathBuf, Error> {
    let folder = home.run(run)?;
    let reports = home.root().join(REPORTS);
    beside(move || {
        let page = evidence::report(&folder, Timestamp::now(), &TimeZone::system(), PROGRAM)
            .map_err(|error| in_words(&error))?;
        files::own_folder(&reports)?;
        let path = reports.join(format!("{}.html", files::name_of(&folder)));
        files::write(&path, page.as_bytes())?;
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
    mut progress: impl FnMut(Progress) + Send,
) -> Result<Written, Error> {
    let key = BundleKey::of(vault)
        .await
        .map_err(|error| in_words(&error))?;
    let target = target.to_owned();
    let (tell, mut told) = mpsc::unbounded_channel();
    let packing = beside(move || {
        let zone = TimeZone::system();
        let export = Export {
            folder: &folder,
            key: &key,
            at: Timestamp::now(),
            zone: &zone,
            program: PROGRAM,
        };
        let mut last = None;
        export
            .write_told(&target, existing, &mut |step| {
                let now = Some(Progress::of(step));
                if now != last
                    && let Some(step) = now
                {
                    last = now;
                    // whoever asked may have gone; the bundle is written all the same
                    let _ = tell.send(step);
                }
            })
            .map_err(|error| in_words(&error))
    });
    let listening = async {
        while let Some(step) = told.recv().await {
            progress(step);
        }
    };
    let (bundle, ()) = futures_util::join!(packing, listening);
    let bundle = bundle?;
    Ok(Written {
        run: bundle.contents.run,
        path: bundle.path,
        files: bundle.contents.files.len(),
        bytes: bundle.bytes,
        sha256: bundle.digest,
        signer: bundle.contents.signer,
        journal_lines: bundle.contents.journal_lines,
        journal_head: bundle.contents.journal_head,
        missing: bundle.contents.missing,
        left_out: left_out(bundle.contents.left_out),
        checked: bundle.checked,
    })
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

/// Whether the run in `folder` was live.
fn mode_of(folder: &Path) -> Result<Mode, Error> {
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
async fn beside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    spawn_blocking(work).await.unwrap_or_else(|error| {
        Err(Error::wrong(format!("it broke off: {error}"))
            .next("report this; it is a fault of the program"))
    })
}

#[cfg(test)]
mod tests;
