//! Packing a run: the folder as a signed `BagIt` bag in one file, at any time, also in the middle.
//!
//! Captured originals go in byte for byte. Equal input gives equal bytes. A bundle is whole, and was
//! read again, or it is not there.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, BufWriter, Read, Write as _},
    path::{Path, PathBuf},
};

use incident::Mode;
use jiff::{Timestamp, tz::TimeZone};
use sha2::{Digest, Sha256};
use vault::Realm;

use crate::{
    BundleKey, EvidenceError, archive,
    bag::{self, digest},
    guide::{self, Guide},
    name::is_plain_segment,
    report::{self, Subject},
    source::{Measured, Source, open},
    verify::{self, CheckKind, Outcome, Verification},
};

/// How far an export is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Progress {
    /// What is being done.
    pub phase: Phase,
    /// How many bytes of the bundle are done with. Within a phase it never goes back.
    pub done: u64,
    /// How many bytes the bundle has.
    pub total: u64,
}

/// The two halves of an export.
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
    /// How many journal lines it covers.
    pub journal_lines: u64,
    /// SHA-256 of the last of them, in hex.
    pub journal_head: String,
    /// The signing key's fingerprint.
    pub signer: String,
}

/// A bundle that was written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Bundle {
    /// Where.
    pub path: PathBuf,
    /// Its size.
    pub bytes: u64,
    /// SHA-256 of the whole file, in hex.
    pub digest: String,
    /// What is in it.
    pub contents: Contents,
    /// What was found when it was read again, before it took its name.
    pub checked: Verification,
}

/// The report of a run alone, as HTML: readable at any time, also with no key to sign with.
pub fn report(
    folder: &Path,
    at: Timestamp,
    zone: &TimeZone,
    program: &str,
) -> Result<String, EvidenceError> {
    let source = Source::of(folder)?;
    let runbook = source.files.get(bag::RUNBOOK_FILE);
    let runbook = runbook.map(|path| Measured::of_file(path)).transpose()?;
    Ok(report::html(&Subject {
        story: Some(&source.story),
        runbook_digest: runbook.as_ref().map(|measured| measured.digest.as_str()),
        missing: &source.missing,
        ..Subject::new(at, zone, program)
    }))
}

/// What a bundle of the run in `folder` would hold, with no key to sign with: its `signer` is
/// empty. Writes nothing, and asks no keychain.
pub fn contents<R: Realm>(
    folder: &Path,
    at: Timestamp,
    zone: &TimeZone,
    program: &str,
) -> Result<Contents, EvidenceError> {
    // a signature has the same length whoever signs
    let key = BundleKey::<R>::forgotten()?;
    let export = Export {
        folder,
        key: &key,
        at,
        zone,
        program,
    };
    Ok(Contents {
        signer: String::new(),
        ..export.pack()?.contents
    })
}

impl<R: Realm> Export<'_, R> {
    /// Writes the bundle to `target`, reads it again, and only then gives it its name. Blocks for
    /// as long as the disk takes.
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
        let write_error = |error| EvidenceError::Write {
            path: target.to_owned(),
            error,
        };
        if existing == Existing::Keep && fs::symlink_metadata(target).is_ok() {
            return Err(EvidenceError::TargetExists {
                path: target.to_owned(),
            });
        }
        let packed = self.pack()?;
        let folder = match target.parent() {
            Some(folder) if folder != Path::new("") => folder,
            Some(_) | None => Path::new("."),
        };
        // its owner's alone, and taken away again on every way out but the last
        let mut file = tempfile::Builder::new()
            .prefix(".firebreak-bundle-")
            .tempfile_in(folder)
            .map_err(write_error)?;
        let (bytes, digest) = packed
            .write(file.as_file_mut(), progress)
            .map_err(|failure| match failure {
                Failure::Target(error) => write_error(error),
                Failure::Source(error) => error,
            })?;
        file.as_file().sync_all().map_err(write_error)?;
        let mut read = |done| {
            progress(Progress {
                phase: Phase::ReadingAgain,
                done,
                total: bytes,
            });
        };
        let signer = Some(packed.contents.signer.as_str());
        let checked = verify::verify_told(file.path(), signer, &mut read)?;
        if let Some(why) = not_as_written(&checked) {
            return Err(EvidenceError::ReadsDifferently {
                path: target.to_owned(),
                why,
            });
        }
        match existing {
            Existing::Replace => file
                .persist(target)
                .map_err(|failed| write_error(failed.error))?,
            Existing::Keep => file.persist_noclobber(target).map_err(|failed| {
                if failed.error.kind() == io::ErrorKind::AlreadyExists {
                    EvidenceError::TargetExists {
                        path: target.to_owned(),
                    }
                } else {
                    write_error(failed.error)
                }
            })?,
        };
        sync_folder(folder).map_err(write_error)?;
        tracing::info!(files = packed.contents.files.len(), bytes, "bundle written");
        Ok(Bundle {
            path: target.to_owned(),
            bytes,
            digest,
            contents: packed.contents,
            checked,
        })
    }

    fn pack(&self) -> Result<Packed, EvidenceError> {
        let source = Source::of(self.folder)?;
        let run = source.story.run.id.clone();
        let is_live = source.story.run.mode == Mode::Live;
        if is_live != R::IS_LIVE {
            return Err(EvidenceError::WrongRealm {
                run: mode_word(source.story.run.mode),
                key: if R::IS_LIVE { "live" } else { "simulated" },
            });
        }
        if !is_plain_segment(&run) {
            return Err(EvidenceError::CannotPack {
                path: self.folder.to_owned(),
                why: "the run's name is not plain",
            });
        }
        let mut items = self.payload(&source)?;
        let oxum = oxum(&items);
        let payload = digests(&items);
        for (name, text) in self.tags(&source, &oxum, &payload)? {
            items.insert(name.to_owned(), Item::of_text(text)?);
        }
        let tag_digests = digests(&items)
            .into_iter()
            .filter(|(path, _)| !path.starts_with(bag::PAYLOAD))
            .collect();
        let tag_manifest = bag::manifest(&tag_digests);
        let signature = self.key.sign(tag_manifest.as_bytes())?;
        items.insert(
            bag::TAG_MANIFEST_FILE.to_owned(),
            Item::of_text(tag_manifest)?,
        );
        items.insert(bag::SIGNATURE_FILE.to_owned(), Item::of_text(signature)?);
        let contents = Contents {
            run,
            files: items
                .iter()
                .map(|(path, item)| (path.clone(), u64::from(item.measured.size)))
                .collect(),
            missing: source.missing,
            left_out: source.left_out,
            journal_lines: wide(source.story.lines.len()),
            journal_head: source.story.head,
            signer: self.key.fingerprint(),
        };
        Ok(Packed { items, contents })
    }

    fn payload(&self, source: &Source) -> Result<BTreeMap<String, Item>, EvidenceError> {
        let mut items = BTreeMap::new();
        for (path, file) in &source.files {
            items.insert(path.clone(), Item::of_file(file)?);
        }
        let summary = report::html(&Subject {
            story: Some(&source.story),
            runbook_digest: items
                .get(bag::RUNBOOK_FILE)
                .map(|item| item.measured.digest.as_str()),
            missing: &source.missing,
            signer: Some(&self.key.fingerprint()),
            ..Subject::new(self.at, self.zone, self.program)
        });
        items.insert(bag::SUMMARY_FILE.to_owned(), Item::of_text(summary)?);
        items.insert(
            bag::REDACTIONS_FILE.to_owned(),
            Item::of_text(guide::redactions())?,
        );
        items.insert(
            bag::JOURNAL_FILE.to_owned(),
            Item::of_bytes(source.journal.clone())?,
        );
        Ok(items)
    }

    fn tags(
        &self,
        source: &Source,
        oxum: &str,
        payload: &BTreeMap<String, String>,
    ) -> Result<Vec<(&'static str, String)>, EvidenceError> {
        let run = &source.story.run;
        let guide = Guide {
            run: &run.id,
            mode: run.mode,
            at: self.at,
            program: self.program,
            signer: &self.key.fingerprint(),
            identity: crate::seal::identity(R::IS_LIVE),
            head: &source.story.head,
        };
        let last_line = source.story.lines.last().map_or(0, |line| line.seq);
        Ok(vec![
            (bag::DECLARATION_FILE, bag::DECLARATION.to_owned()),
            (bag::INFO_FILE, guide.tags(oxum, last_line)),
            (bag::MANIFEST_FILE, bag::manifest(payload)),
            (bag::GUIDE_FILE, guide.text()),
            (
                bag::CUSTODY_FILE,
                guide.custody(&source.story.lines, &digest(&source.journal)),
            ),
            (bag::ALLOWED_SIGNERS_FILE, self.key.allowed_signers()?),
            (bag::PUBLIC_KEY_FILE, format!("{}\n", self.key.public()?)),
        ])
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
            | CheckKind::Signature => true,
            CheckKind::Labels
            | CheckKind::JournalChain
            | CheckKind::JournalReplay
            | CheckKind::Captures
            | CheckKind::Runbook => false,
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

/// One file to come.
struct Item {
    measured: Measured,
    content: Content,
}

enum Content {
    Bytes(Vec<u8>),
    File(PathBuf),
}

impl Item {
    fn of_file(path: &Path) -> Result<Self, EvidenceError> {
        Ok(Self {
            measured: Measured::of_file(path)?,
            content: Content::File(path.to_owned()),
        })
    }

    fn of_text(text: String) -> Result<Self, EvidenceError> {
        Self::of_bytes(text.into_bytes())
    }

    fn of_bytes(bytes: Vec<u8>) -> Result<Self, EvidenceError> {
        let measured = Measured::of(bytes.as_slice()).map_err(|error| EvidenceError::Read {
            path: PathBuf::new(),
            error,
        })?;
        Ok(Self {
            measured,
            content: Content::Bytes(bytes),
        })
    }
}

fn digests(items: &BTreeMap<String, Item>) -> BTreeMap<String, String> {
    items
        .iter()
        .map(|(path, item)| (path.clone(), item.measured.digest.clone()))
        .collect()
}

/// RFC 8493, section 2.2.2: bytes and files of the payload.
fn oxum(items: &BTreeMap<String, Item>) -> String {
    let bytes: u64 = items
        .values()
        .map(|item| u64::from(item.measured.size))
        .sum();
    format!("{bytes}.{}", items.len())
}

/// All files, measured and signed, not yet written.
struct Packed {
    items: BTreeMap<String, Item>,
    contents: Contents,
}

enum Failure {
    Target(io::Error),
    Source(EvidenceError),
}

impl Packed {
    fn write(
        &self,
        file: &mut File,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(u64, String), Failure> {
        let total = archive::length(
            self.items
                .iter()
                .map(|(path, item)| (self.name(path), item.measured.size)),
        );
        let mut told = |done| {
            progress(Progress {
                phase: Phase::Packing,
                done,
                total,
            });
        };
        told(0);
        let out = Counted {
            out: BufWriter::with_capacity(256 * 1024, file),
            sha: Sha256::new(),
            bytes: 0,
            told: &mut told,
        };
        let mut archive = archive::Writer::new(out);
        for (path, item) in &self.items {
            let name = self.name(path);
            let sums = (item.measured.size, item.measured.crc);
            let content: Box<dyn Read> = match &item.content {
                Content::Bytes(bytes) => Box::new(bytes.as_slice()),
                Content::File(file) => {
                    // a journal or capture that grew meanwhile is taken as far as it was measured
                    let limit = u64::from(item.measured.size);
                    Box::new(open(file).map_err(Failure::Source)?.take(limit))
                }
            };
            archive
                .file(&name, sums, content)
                .map_err(Failure::Target)?;
        }
        let mut out = archive.finish().map_err(Failure::Target)?;
        out.out.flush().map_err(Failure::Target)?;
        Ok((out.bytes, hex::encode(out.sha.finalize())))
    }

    /// A file's name in the container.
    fn name(&self, path: &str) -> String {
        format!("{}/{path}", self.contents.run)
    }
}

/// Counts and digests what goes by.
struct Counted<'a, W> {
    out: W,
    sha: Sha256,
    bytes: u64,
    told: &'a mut dyn FnMut(u64),
}

impl<W: io::Write> io::Write for Counted<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.sha.update(&bytes[..written]);
        self.bytes += wide(written);
        (self.told)(self.bytes);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_folder: &Path) -> io::Result<()> {
    Ok(())
}

fn wide(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
