//! Packing a run: the folder as a signed `BagIt` bag in one file, at any time, also in the middle.
//!
//! Captured originals go in byte for byte, or as a derived copy that says so. Equal input gives equal
//! bytes. A bundle is whole, and was read again, or it is not there; in the clear it never lies on a
//! disk under a name when it is to be encrypted.

use std::{
    fs::File,
    io::{self, BufWriter, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use incident::Mode;
use jiff::{Timestamp, tz::TimeZone};
use tempfile::NamedTempFile;
use vault::Realm;

use crate::{
    BundleKey, EvidenceError, Handover, Stamping, Withholding,
    case::{CaseLog, Entry},
    encrypt,
    handover::{SMALLEST_VOLUME, secrets_only},
    pack::{Failure, Packed, Packing, report_of},
    verify::{self, CheckKind, Outcome, Verification},
    volumes::{self, Volumes},
};

/// How far an export is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Progress {
    /// What is being done.
    pub phase: Phase,
    /// How many bytes of the bundle are done with. Within a phase it never goes back.
    pub done: u64,
    /// How many bytes the bundle has; while it is packed, how many it is taken to have.
    pub total: u64,
}

/// The parts of an export.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Phase {
    /// The bundle is written.
    Packing,
    /// What was written is read again and checked.
    ReadingAgain,
}

/// A run, about to be packed.
pub struct Export<'a, R: Realm> {
    /// The run's folder.
    pub folder: &'a Path,
    /// Who vouches for it.
    pub key: &'a BundleKey<R>,
    /// When it is packed, by this computer's clock.
    pub at: Timestamp,
    /// The zone whose times the report shows beside UTC.
    pub zone: &'a TimeZone,
    /// The program and its version (`Firebreak 0.1.0`).
    pub program: &'a str,
}

/// What to do about a file that stands where the bundle should.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Existing {
    /// Leave it and fail.
    Keep,
    /// Put the bundle in its place, once that is whole.
    Replace,
}

/// What a bundle holds, or would hold.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Contents {
    /// The run's folder name, which is also the bag's.
    pub run: String,
    /// Each file's path in the bag and its size in bytes, sorted.
    pub files: Vec<(String, u64)>,
    /// What the journal names and the folder does not hold, a sentence each.
    pub missing: Vec<String>,
    /// What of the folder's captures stays out, with the reason.
    pub left_out: Vec<(String, &'static str)>,
    /// How many journal lines it covers; none for a collection without a press.
    pub journal_lines: u64,
    /// SHA-256 of the last of them, in hex; empty where there is none.
    pub journal_head: String,
    /// The signing key's fingerprint.
    pub signer: String,
}

/// What a bundle would hold, and what would be withheld from it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Preview {
    /// What it would hold. Its `signer` is empty.
    pub contents: Contents,
    /// Every place that would be withheld.
    pub withholding: Withholding,
    /// What was added to the case, where anything was.
    pub case: Option<CaseHead>,
    /// What could not be made for it, a sentence each.
    pub said: Vec<String>,
}

/// The end of a case's log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CaseHead {
    /// How many lines it has.
    pub lines: u64,
    /// SHA-256 of the last, in hex.
    pub head: String,
    /// SHA-256 of the bundle that was made of the same case before, in hex.
    pub supersedes: Option<String>,
}

impl CaseHead {
    /// Of a log; `None` where nothing was added yet.
    pub(crate) fn of(case: &CaseLog) -> Option<Self> {
        (!case.bytes.is_empty()).then(|| Self {
            lines: u64::try_from(case.lines.len()).unwrap_or(u64::MAX),
            head: case.head.clone(),
            supersedes: last_exported(case),
        })
    }
}

/// SHA-256 of the bundle that was made of a case last.
pub(crate) fn last_exported(case: &CaseLog) -> Option<String> {
    case.lines.iter().rev().find_map(|line| {
        let Entry::Exported { digest, .. } = &line.entry else {
            return None;
        };
        crate::bag::is_digest(digest).then(|| digest.clone())
    })
}

/// A bundle that was written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Bundle {
    /// Where it was to stand. When it was split, its volumes stand beside that name.
    pub path: PathBuf,
    /// The size of the bundle itself, before it was encrypted or split.
    pub bytes: u64,
    /// SHA-256 of the bundle itself, in hex: what the case's log keeps.
    pub digest: String,
    /// The files that were written.
    pub files: Vec<WrittenFile>,
    /// What is in it.
    pub contents: Contents,
    /// What is withheld from it.
    pub withholding: Withholding,
    /// What was added to the case, where anything was.
    pub case: Option<CaseHead>,
    /// Whether an outside authority says when it was.
    pub stamping: Stamping,
    /// What could not be done beside the bundle itself, a sentence each.
    pub said: Vec<String>,
    /// What was found when it was read again, before it took its name.
    pub checked: Verification,
}

/// A file that was written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WrittenFile {
    /// Where.
    pub path: PathBuf,
    /// Its size.
    pub bytes: u64,
    /// SHA-256, in hex.
    pub sha256: String,
}

/// The report of a run or a collection alone, as HTML: readable at any time, also with no key to sign
/// with. Nothing but secrets is withheld.
pub fn report(
    folder: &Path,
    at: Timestamp,
    zone: &TimeZone,
    program: &str,
) -> Result<String, EvidenceError> {
    report_of(folder, at, zone, program, &secrets_only())
}

/// What a bundle of the run in `folder` would hold, with no key to sign with: its `signer` is
/// empty. Writes nothing, and asks no keychain.
pub fn contents<R: Realm>(
    folder: &Path,
    at: Timestamp,
    zone: &TimeZone,
    program: &str,
) -> Result<Contents, EvidenceError> {
    let redactor = secrets_only();
    preview::<R>(folder, at, zone, program, &Handover::plain(&redactor))
        .map(|preview| preview.contents)
}

/// The same for a handover, with every place that would be withheld. No authority is asked. Sizes
/// are those of the bundle itself; what depends on the key or on chance may differ by a few bytes.
pub fn preview<R: Realm>(
    folder: &Path,
    at: Timestamp,
    zone: &TimeZone,
    program: &str,
    handover: &Handover<'_>,
) -> Result<Preview, EvidenceError> {
    // a signature has the same length whoever signs
    let key = BundleKey::<R>::forgotten()?;
    let export = Export {
        folder,
        key: &key,
        at,
        zone,
        program,
    };
    let handover = Handover {
        stamper: None,
        ..*handover
    };
    let packing = Packing {
        export: &export,
        handover: &handover,
    };
    let (_, packed) = packing
        .write(Nowhere::default(), &mut |_| {})
        .map_err(|failure| in_place(failure, folder))?;
    Ok(Preview {
        contents: Contents {
            signer: String::new(),
            ..packed.contents
        },
        withholding: packed.withholding,
        case: packed.case,
        said: packed.said,
    })
}

impl<R: Realm> Export<'_, R> {
    /// Writes the bundle to `target`, reads it again, and only then gives it its name. Blocks for
    /// as long as the disk takes. Secrets alone are withheld.
    pub fn write(&self, target: &Path, existing: Existing) -> Result<Bundle, EvidenceError> {
        self.write_told(target, existing, &mut |_| {})
    }

    /// The same; `progress` is told of every step of it.
    pub fn write_told(
        &self,
        target: &Path,
        existing: Existing,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Bundle, EvidenceError> {
        let redactor = secrets_only();
        self.deliver(&Handover::plain(&redactor), target, existing, progress)
    }

    /// Writes the bundle as `handover` says: `target` is the file, or what the volumes' names begin
    /// with. What is to be encrypted lies on no disk in the clear under any name.
    pub fn deliver(
        &self,
        handover: &Handover<'_>,
        target: &Path,
        existing: Existing,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Bundle, EvidenceError> {
        if let Some(bytes) = handover
            .volume_bytes
            .filter(|bytes| *bytes < SMALLEST_VOLUME)
        {
            return Err(EvidenceError::VolumeTooSmall { bytes });
        }
        if existing == Existing::Keep {
            volumes::nothing_there(target, handover.volume_bytes.is_some())?;
        }
        let place = Target::of(target);
        if handover.lock.is_none() && handover.volume_bytes.is_none() {
            return self.one_file(handover, &place, existing, progress);
        }
        let mut plain = tempfile::tempfile_in(place.folder).map_err(|error| place.failed(error))?;
        let written = self.plain(handover, &place, &mut plain, progress)?;
        plain
            .seek(SeekFrom::Start(0))
            .map_err(|error| place.failed(error))?;
        let files = if let Some(most) = handover.volume_bytes {
            let out = Volumes::new(target, most);
            volumes::placed(sealed(handover, &mut plain, out, &place)?, existing)?
        } else {
            let out = place.temporary()?;
            let out = sealed(handover, &mut plain, out, &place)?;
            vec![place.put(out, existing)?]
        };
        Ok(written.bundle(target, files))
    }

    /// In the clear and whole: what is written first is what stays.
    fn one_file(
        &self,
        handover: &Handover<'_>,
        place: &Target<'_>,
        existing: Existing,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Bundle, EvidenceError> {
        // its owner's alone, and taken away again on every way out but the last
        let mut file = place.temporary()?;
        let written = self.plain(handover, place, file.as_file_mut(), progress)?;
        place.named(file, existing)?;
        let whole = WrittenFile {
            path: place.path.to_owned(),
            bytes: written.packed.bytes,
            sha256: written.digest.clone(),
        };
        Ok(written.bundle(place.path, vec![whole]))
    }

    /// Writes the bundle itself into `file`, and reads it again.
    fn plain(
        &self,
        handover: &Handover<'_>,
        place: &Target<'_>,
        file: &mut File,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Written, EvidenceError> {
        let write_error = |error| place.failed(error);
        let packing = Packing {
            export: self,
            handover,
        };
        let out = BufWriter::with_capacity(BUFFER, &mut *file);
        let (out, packed) = packing
            .write(out, progress)
            .map_err(|failure| in_place(failure, place.path))?;
        out.into_inner()
            .map_err(|failed| write_error(failed.into_error()))?;
        // a file that was taken out again may have reached further
        file.set_len(packed.bytes).map_err(write_error)?;
        let total = packed.bytes;
        let mut told = |phase, done| progress(Progress { phase, done, total });
        told(Phase::Packing, total);
        file.sync_all().map_err(write_error)?;
        file.seek(SeekFrom::Start(0)).map_err(write_error)?;
        let signer = Some(packed.contents.signer.as_str());
        let mut read = |done| told(Phase::ReadingAgain, done);
        let (checked, digest) = verify::digested(&*file, signer, &mut read).map_err(write_error)?;
        if let Some(why) = not_as_written(&checked) {
            return Err(EvidenceError::ReadsDifferently {
                path: place.path.to_owned(),
                why,
            });
        }
        tracing::info!(
            files = packed.contents.files.len(),
            bytes = total,
            "bundle written"
        );
        Ok(Written {
            packed,
            checked,
            digest,
        })
    }
}

/// How much is written at once.
const BUFFER: usize = 256 * 1024;

/// The bundle itself.
struct Written {
    packed: Packed,
    checked: Verification,
    digest: String,
}

impl Written {
    fn bundle(self, path: &Path, files: Vec<WrittenFile>) -> Bundle {
        Bundle {
            path: path.to_owned(),
            bytes: self.packed.bytes,
            digest: self.digest,
            files,
            contents: self.packed.contents,
            withholding: self.packed.withholding,
            case: self.packed.case,
            stamping: self.packed.stamping,
            said: self.packed.said,
            checked: self.checked,
        }
    }
}

/// Where a bundle is to stand.
struct Target<'a> {
    path: &'a Path,
    folder: &'a Path,
}

impl<'a> Target<'a> {
    fn of(path: &'a Path) -> Self {
        let folder = match path.parent() {
            Some(folder) if folder != Path::new("") => folder,
            Some(_) | None => Path::new("."),
        };
        Self { path, folder }
    }

    fn failed(&self, error: io::Error) -> EvidenceError {
        EvidenceError::Write {
            path: self.path.to_owned(),
            error,
        }
    }

    fn temporary(&self) -> Result<NamedTempFile, EvidenceError> {
        volumes::temporary(self.folder).map_err(|error| self.failed(error))
    }

    /// Gives a whole file its name.
    fn named(&self, file: NamedTempFile, existing: Existing) -> Result<(), EvidenceError> {
        volumes::named(file, self.path, existing)?;
        sync_folder(self.folder).map_err(|error| self.failed(error))
    }

    /// The same for one that was not read again yet.
    fn put(&self, file: NamedTempFile, existing: Existing) -> Result<WrittenFile, EvidenceError> {
        file.as_file()
            .sync_all()
            .map_err(|error| self.failed(error))?;
        let (bytes, sha256) =
            volumes::digest_of(file.as_file()).map_err(|error| self.failed(error))?;
        self.named(file, existing)?;
        Ok(WrittenFile {
            path: self.path.to_owned(),
            bytes,
            sha256,
        })
    }
}

/// `plain` into `out`, encrypted where it is to be.
fn sealed<W: Write>(
    handover: &Handover<'_>,
    plain: &mut File,
    mut out: W,
    place: &Target<'_>,
) -> Result<W, EvidenceError> {
    let write_error = |error| place.failed(error);
    let Some(lock) = handover.lock else {
        io::copy(plain, &mut out).map_err(|error| volumes::explained(error, place.path))?;
        out.flush().map_err(write_error)?;
        return Ok(out);
    };
    let mut locked = encrypt::locked(lock, out)?;
    io::copy(
        &mut io::BufReader::with_capacity(BUFFER, plain),
        &mut locked,
    )
    .map_err(|error| volumes::explained(error, place.path))?;
    let mut out = locked
        .finish()
        .map_err(|error| volumes::explained(error, place.path))?;
    out.flush().map_err(write_error)?;
    Ok(out)
}

fn in_place(failure: Failure, target: &Path) -> EvidenceError {
    match failure {
        Failure::Target(error) => EvidenceError::Write {
            path: target.to_owned(),
            error,
        },
        Failure::Source(error) => error,
    }
}

/// What of a bundle that was just written does not read back. What its run lacks is not meant:
/// that stands in the checks of the run itself.
fn not_as_written(checked: &Verification) -> Option<String> {
    checked
        .checks
        .iter()
        .filter(|check| match check.check {
            CheckKind::Container
            | CheckKind::Completeness
            | CheckKind::Fixity
            | CheckKind::TagFixity
            | CheckKind::Signature
            | CheckKind::TimeStamp => true,
            CheckKind::Labels
            | CheckKind::JournalChain
            | CheckKind::JournalReplay
            | CheckKind::Captures
            | CheckKind::Runbook
            | CheckKind::CaseLog
            | CheckKind::CaseFiles
            | CheckKind::Withheld => false,
        })
        .find_map(|check| match &check.outcome {
            Outcome::Passed { .. } => None,
            Outcome::Failed { problems } => Some(problems.join("; ")),
            Outcome::NotPossible { why } => Some(why.clone()),
        })
}

/// A mode in words.
pub(crate) fn mode_word(mode: Mode) -> &'static str {
    match mode {
        Mode::Live => "live",
        Mode::Drill => "drill",
        Mode::Practice => "practice",
    }
}

/// A place that keeps nothing.
#[derive(Default)]
struct Nowhere {
    at: u64,
}

impl Write for Nowhere {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.at += u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for Nowhere {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.at = match to {
            SeekFrom::Start(at) => at,
            SeekFrom::Current(by) | SeekFrom::End(by) => self.at.saturating_add_signed(by),
        };
        Ok(self.at)
    }
}

#[cfg(unix)]
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
pub(crate) fn sync_folder(_folder: &Path) -> io::Result<()> {
    Ok(())
}
