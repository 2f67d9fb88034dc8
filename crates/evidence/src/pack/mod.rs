//! Packing, in one pass: one thread reads and searches, this one digests and writes.
//!
//! The evidence goes first, then what is made from it, then the tags. Nothing is held but names and
//! digests, however much there is.

mod feed;
mod papers;
#[cfg(test)]
mod tests;

use std::{
    collections::BTreeMap,
    io::{self, Seek, Write},
    sync::mpsc::{self, Receiver},
    thread,
};

use sha2::{Digest, Sha256};
use vault::Realm;

use crate::{
    EvidenceError, Export, Handover, archive,
    archive::Sums,
    bag::{self, Digest32, Rank},
    bundle::{CaseHead, Contents, Phase, Progress, mode_word},
    encrypt,
    guide::{Guide, Log},
    name::is_plain_segment,
    seal,
    source::{Source, open},
    stamp::{self, Stamping},
    withhold::{self, Names, REDACTIONS_VERSION, Withholding},
};
use feed::{Content, Fed, Item, Kept, Message, Taken};
use papers::Papers;

/// How many pieces may wait between the two threads.
const WAITING: usize = 32;
/// What the tags and the reports are taken to have, before they are made.
const AROUND: u64 = 256 * 1024;

/// What was packed.
pub(crate) struct Packed {
    pub(crate) contents: Contents,
    pub(crate) withholding: Withholding,
    pub(crate) case: Option<CaseHead>,
    pub(crate) stamping: Stamping,
    /// What could not be done beside the bundle itself, a sentence each.
    pub(crate) said: Vec<String>,
    pub(crate) bytes: u64,
}

/// Why nothing was packed.
pub(crate) enum Failure {
    Target(io::Error),
    Source(EvidenceError),
}

impl From<EvidenceError> for Failure {
    fn from(error: EvidenceError) -> Self {
        Self::Source(error)
    }
}

/// What is packed, of whom, for whom.
pub(crate) struct Packing<'a, R: Realm> {
    pub(crate) export: &'a Export<'a, R>,
    pub(crate) handover: &'a Handover<'a>,
}

impl<R: Realm> Packing<'_, R> {
    /// Writes all of it to `out`, from its beginning.
    pub(crate) fn write<W: Write + Seek>(
        &self,
        out: W,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(W, Packed), Failure> {
        let source = Source::of(self.export.folder)?;
        self.admit(&source)?;
        let redactor = self.handover.redactor;
        let lines = Chained::of(&source, redactor)?;
        let mut withholding = Withholding {
            version: REDACTIONS_VERSION,
            profile: redactor.profile().id.clone(),
            note: withhold::NOTE.to_owned(),
            ..Withholding::default()
        };
        let mut left_out = source.left_out.clone();
        let items = self.items(&source, &lines, &mut left_out);
        let mut sack = Sack {
            archive: archive::Writer::new(out),
            root: source.run.clone(),
            digests: Vec::new(),
            open: None,
            progress,
            total: source.bytes + AROUND,
        };
        sack.told();
        let fed = sack.take_all(items, redactor)?;
        left_out.extend(fed.left_out);
        withholding.redactions = fed.redactions;
        withholding.not_searched = fed.not_searched;
        let safe = |text: &str| redactor.text(text).0;
        withholding.left_out = left_out
            .iter()
            .map(|(path, why)| safe(&format!("{}: {why}", crate::name::shown(path))))
            .collect();
        let mut said = self.made(&mut sack, (&source, &lines), &withholding)?;
        self.put_originals(&mut sack, &fed.originals, &mut said)?;
        let stamping = self.tags(&mut sack, &source, &lines)?;
        let contents = Contents {
            run: source.run.clone(),
            files: sack
                .files()
                .map(|(path, sums, _)| (path.to_owned(), u64::from(sums.size)))
                .collect(),
            missing: source.missing.clone(),
            left_out,
            journal_lines: lines.journal_lines(&source),
            journal_head: lines.head(&source),
            signer: self.export.key.fingerprint(),
        };
        let (out, bytes) = sack.archive.finish().map_err(Failure::Target)?;
        let mut contents = contents;
        contents.files.sort();
        Ok((
            out,
            Packed {
                contents,
                withholding,
                case: CaseHead::of(&source.case),
                stamping,
                said,
                bytes,
            },
        ))
    }

    fn admit(&self, source: &Source) -> Result<(), EvidenceError> {
        let is_live = source.mode == incident::Mode::Live;
        if is_live != R::IS_LIVE {
            return Err(EvidenceError::WrongRealm {
                run: mode_word(source.mode),
                key: if R::IS_LIVE { "live" } else { "simulated" },
            });
        }
        if !is_plain_segment(&source.run) {
            return Err(EvidenceError::CannotPack {
                path: self.export.folder.to_owned(),
                why: "the run's name is not plain",
            });
        }
        Ok(())
    }

    /// All that is evidence, in order.
    fn items(
        &self,
        source: &Source,
        lines: &Chained,
        left_out: &mut Vec<(String, &'static str)>,
    ) -> Vec<Item> {
        let mut names = Names::new(self.handover.redactor);
        let mut items: Vec<Item> = source
            .files
            .iter()
            .map(|file| {
                let recorded = lines.renamed.get(&(file.to, file.name.to_string()));
                let (name, places) = names.of(&file.name, recorded.map(String::as_str));
                Item {
                    path: format!("{}{name}", file.to),
                    content: Content::File(source.path(file)),
                    name: places,
                }
            })
            .collect();
        items.extend(lines.items(self.export.folder));
        items.sort_by(|one, other| one.path.cmp(&other.path));
        items.dedup_by(|second, first| {
            let same = first.path == second.path;
            if same {
                left_out.push((second.path.clone(), "another file has the same name"));
            }
            same
        });
        items
    }

    /// What is made from the evidence. What cannot be made is said.
    fn made<W: Write + Seek>(
        &self,
        sack: &mut Sack<'_, W>,
        (source, lines): (&Source, &Chained),
        withholding: &Withholding,
    ) -> Result<Vec<String>, Failure> {
        let mut withholding = withholding.clone();
        let signer = self.export.key.fingerprint();
        let runbook = sack.digest_of(bag::RUNBOOK_FILE).map(hex::encode);
        let papers = Papers {
            source,
            lines,
            withholding: &withholding,
            redactor: self.handover.redactor,
            runbook: runbook.as_deref(),
            signer: Some(&signer),
            at: self.export.at,
            zone: self.export.zone,
            program: self.export.program,
            folder: self.export.folder,
        };
        let (papers, said) = papers.all();
        for (path, bytes) in papers {
            sack.whole(path, &bytes).map_err(Failure::Target)?;
        }
        withholding.left_out.extend(said.iter().cloned());
        sack.whole(bag::REDACTIONS_FILE, withholding.json().as_bytes())
            .map_err(Failure::Target)?;
        Ok(said)
    }

    /// The originals of what was redacted, for whom the person chose.
    fn put_originals<W: Write + Seek>(
        &self,
        sack: &mut Sack<'_, W>,
        originals: &[Kept],
        said: &mut Vec<String>,
    ) -> Result<(), Failure> {
        if self.handover.originals_to.is_empty() || originals.is_empty() {
            return Ok(());
        }
        sack.begin(bag::ORIGINALS_FILE).map_err(Failure::Target)?;
        let mut failed = None;
        let written = encrypt::to(self.handover.originals_to, &mut *sack).and_then(|locked| {
            let mut inner = archive::Writer::new(locked);
            for kept in originals {
                let file = match open(&kept.from) {
                    Ok(file) => file,
                    Err(error) => {
                        failed = Some(error.to_string());
                        return Err(io::Error::other("an original is gone"));
                    }
                };
                let limited = io::Read::take(file, u64::from(kept.sums.size));
                if let Err(error) = inner.known(&kept.path, kept.sums, limited) {
                    failed = Some(format!("{}: {error}", kept.from.display()));
                    return Err(error);
                }
            }
            inner.finish()?.0.finish()?;
            Ok(())
        });
        match (written, failed) {
            (Ok(()), _) => sack.end().map(|_| ()).map_err(Failure::Target),
            (Err(error), None) => Err(Failure::Target(error)),
            (Err(error), Some(_)) if is_full(&error) => Err(Failure::Target(error)),
            (Err(_), Some(why)) => {
                sack.abandon().map_err(Failure::Target)?;
                said.push(format!(
                    "the originals of what is withheld do not go along: {why}"
                ));
                Ok(())
            }
        }
    }

    /// What stands around the evidence, the signature, and the time stamp.
    fn tags<W: Write + Seek>(
        &self,
        sack: &mut Sack<'_, W>,
        source: &Source,
        lines: &Chained,
    ) -> Result<Stamping, Failure> {
        let fingerprint = self.export.key.fingerprint();
        let guide = Guide {
            source,
            run: &source.run,
            mode: source.mode,
            at: self.export.at,
            program: self.export.program,
            signer: &fingerprint,
            identity: seal::identity(R::IS_LIVE),
            profile: &self.handover.redactor.profile().id,
            logs: &lines.logs(source),
            encrypted_originals: sack.digest_of(bag::ORIGINALS_FILE).is_some(),
        };
        let oxum = sack.oxum();
        let before = [
            (bag::GUIDE_FILE, guide.text()),
            (
                bag::ALLOWED_SIGNERS_FILE,
                self.export.key.allowed_signers()?,
            ),
            (bag::INFO_FILE, guide.tags(&oxum)),
            (bag::DECLARATION_FILE, bag::DECLARATION.to_owned()),
            (
                bag::CUSTODY_FILE,
                self.handover
                    .redactor
                    .text(&guide.custody(lines.story(source), lines.case(source)))
                    .0,
            ),
        ];
        for (path, text) in &before {
            sack.whole(path, text.as_bytes()).map_err(Failure::Target)?;
        }
        sack.manifest().map_err(Failure::Target)?;
        let public = format!("{}\n", self.export.key.public()?);
        sack.whole(bag::PUBLIC_KEY_FILE, public.as_bytes())
            .map_err(Failure::Target)?;
        let tag_manifest = sack.tag_manifest();
        sack.whole(bag::TAG_MANIFEST_FILE, tag_manifest.as_bytes())
            .map_err(Failure::Target)?;
        let signature = self.export.key.sign(tag_manifest.as_bytes())?;
        sack.whole(bag::SIGNATURE_FILE, signature.as_bytes())
            .map_err(Failure::Target)?;
        let stamping = match self.handover.stamper {
            Some(stamper) => stamp::asked(stamper, tag_manifest.as_bytes(), self.export.at),
            None => Stamping::NotAsked,
        };
        if let Stamping::Stamped(stamped) = &stamping {
            sack.whole(bag::STAMP_FILE, &stamped.response)
                .map_err(Failure::Target)?;
            sack.whole(bag::STAMP_CHAIN_FILE, stamped.chain.as_bytes())
                .map_err(Failure::Target)?;
        }
        Ok(stamping)
    }
}

/// Whether the disk, and not an original, is what failed.
fn is_full(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge
    )
}

/// The journal and the case's log as they go in.
pub(crate) struct Chained {
    journal: Option<withhold::Lines>,
    case: Option<withhold::Lines>,
    /// What the journal tells without what is withheld, where that differs.
    story: Option<crate::story::Story>,
    case_log: Option<crate::case::CaseLog>,
    /// What the copied logs call a file, by its place and its name in the originals.
    renamed: BTreeMap<(&'static str, String), String>,
}

impl Chained {
    fn of(source: &Source, redactor: &redact::Redactor) -> Result<Self, EvidenceError> {
        let read_error = |error| EvidenceError::Read {
            path: std::path::PathBuf::from(bag::JOURNAL_FILE),
            error,
        };
        let journal = source
            .journal
            .as_ref()
            .map(|(bytes, _)| withhold::lines(redactor, bag::JOURNAL_FILE, bytes))
            .transpose()
            .map_err(read_error)?;
        let case = (!source.case.bytes.is_empty())
            .then(|| withhold::lines(redactor, bag::CASE_FILE, &source.case.bytes))
            .transpose()
            .map_err(read_error)?;
        let mut chained = Self {
            story: None,
            case_log: None,
            renamed: BTreeMap::new(),
            journal,
            case,
        };
        chained.read_copies(source);
        Ok(chained)
    }

    fn read_copies(&mut self, source: &Source) {
        if let (Some(lines), Some((_, original))) = (&self.journal, &source.journal)
            && lines.redacted.is_some()
        {
            // where too little is left to tell a story, the reports are searched instead
            self.story = crate::story::Story::of(&lines.bytes)
                .ok()
                .filter(|story| story.lines.len() == original.lines.len());
            let copies = crate::chain::Journal::of(&lines.bytes).lines;
            self.renamed = renamed_captures(&original.lines, &copies);
        }
        if let Some(lines) = &self.case
            && lines.redacted.is_some()
        {
            let copy = crate::chain::case(&lines.bytes);
            let pairs = source.case.files().zip(copy.files());
            for (was, is) in pairs.filter(|(was, is)| was.path != is.path) {
                if let (Some((place, name)), Some((_, now))) =
                    (was.path.split_once('/'), is.path.split_once('/'))
                    && let Some(place) = crate::case::Place::ALL
                        .into_iter()
                        .find(|one| one.folder() == place)
                {
                    self.renamed
                        .insert((place.in_bundle(), name.to_owned()), now.to_owned());
                }
            }
            self.case_log = Some(copy);
        }
    }

    /// The story without what is withheld.
    pub(crate) fn story<'a>(&'a self, source: &'a Source) -> Option<&'a crate::story::Story> {
        let original = source.journal.as_ref().map(|(_, story)| story);
        self.story.as_ref().or(original)
    }

    /// The case without what is withheld.
    pub(crate) fn case<'a>(&'a self, source: &'a Source) -> &'a crate::case::CaseLog {
        self.case_log.as_ref().unwrap_or(&source.case)
    }

    /// Each log of the bundle, as its copy reads.
    fn logs(&self, source: &Source) -> Vec<Log> {
        let journal = self.journal.as_ref().map(|lines| Log {
            path: bag::JOURNAL_FILE,
            lines: counted(&lines.bytes),
            head: self.head(source),
            withheld: crate::chain::withheld(&lines.bytes),
        });
        let case = self.case.as_ref().map(|lines| Log {
            path: bag::CASE_FILE,
            lines: counted(&lines.bytes),
            head: source.case.head.clone(),
            withheld: crate::chain::withheld(&lines.bytes),
        });
        journal.into_iter().chain(case).collect()
    }

    fn head(&self, source: &Source) -> String {
        let story = source.journal.as_ref().map(|(_, story)| story);
        story.map_or_else(String::new, |story| story.head.clone())
    }

    fn journal_lines(&self, source: &Source) -> u64 {
        let story = source.journal.as_ref().map(|(_, story)| story);
        story.map_or(0, |story| wide(story.lines.len()))
    }

    fn items(&self, folder: &std::path::Path) -> Vec<Item> {
        let of = |lines: &Option<withhold::Lines>, path: &str, file: &str| {
            lines.as_ref().map(|lines| Item {
                path: path.to_owned(),
                content: Content::Lines {
                    bytes: lines.bytes.clone(),
                    redacted: lines.redacted.clone(),
                    original: folder.join(file),
                },
                name: Vec::new(),
            })
        };
        of(
            &self.journal,
            bag::JOURNAL_FILE,
            incident::journal::FILE_NAME,
        )
        .into_iter()
        .chain(of(&self.case, bag::CASE_FILE, crate::case::CASE_LOG))
        .collect()
    }
}

/// What the copied journal calls captures, where it calls them otherwise.
fn renamed_captures(
    originals: &[incident::journal::Line],
    copies: &[incident::journal::Line],
) -> BTreeMap<(&'static str, String), String> {
    let copies: BTreeMap<u64, &incident::Event> =
        copies.iter().map(|line| (line.seq, &line.event)).collect();
    originals
        .iter()
        .filter_map(|line| {
            let incident::Event::Captured { file: was, .. } = &line.event else {
                return None;
            };
            let Some(incident::Event::Captured { file: is, .. }) = copies.get(&line.seq) else {
                return None;
            };
            (was != is).then(|| ((bag::CAPTURES, was.clone()), is.clone()))
        })
        .collect()
}

/// The bundle under way.
struct Sack<'a, W> {
    archive: archive::Writer<W>,
    root: String,
    /// In the order of the archive's files.
    digests: Vec<Digest32>,
    open: Option<Sha256>,
    progress: &'a mut dyn FnMut(Progress),
    total: u64,
}

impl<W: Write + Seek> Sack<'_, W> {
    /// Takes all that the reading thread brings.
    fn take_all(&mut self, items: Vec<Item>, redactor: &redact::Redactor) -> Result<Fed, Failure> {
        let (to, from) = mpsc::sync_channel(WAITING);
        thread::scope(|scope| {
            let reading = scope.spawn(move || feed::feed(items, redactor, &to));
            let taken = self.take(from);
            let fed = reading.join();
            taken.map_err(Failure::Target)?;
            // a panic there is one here
            Ok(fed.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
        })
    }

    fn take(&mut self, from: Receiver<Message>) -> io::Result<()> {
        for message in from {
            match message {
                Message::Whole { path, bytes } => self.whole(&path, &bytes)?,
                Message::Begin(path) => self.begin(&path)?,
                Message::Piece(bytes) => self.write_all(&bytes)?,
                Message::End(reply) => {
                    let taken = self.end()?;
                    if let Some(reply) = reply {
                        // who asked may have stopped
                        let _ = reply.send(taken);
                    }
                }
                Message::Abandon(reply) => {
                    if let Some(reply) = reply {
                        let taken = self.end()?;
                        let _ = reply.send(taken);
                    }
                    self.abandon()?;
                }
            }
        }
        Ok(())
    }

    fn whole(&mut self, path: &str, bytes: &[u8]) -> io::Result<()> {
        self.archive
            .whole(&format!("{}/{path}", self.root), bytes)?;
        self.digests.push(Sha256::digest(bytes).into());
        self.told();
        Ok(())
    }

    fn begin(&mut self, path: &str) -> io::Result<()> {
        self.archive.begin(&format!("{}/{path}", self.root))?;
        self.open = Some(Sha256::new());
        Ok(())
    }

    fn end(&mut self) -> io::Result<Taken> {
        let sums = self.archive.end()?;
        let digest: Digest32 = self.open.take().unwrap_or_default().finalize().into();
        self.digests.push(digest);
        Ok(Taken { sums, digest })
    }

    fn abandon(&mut self) -> io::Result<()> {
        if self.open.take().is_none() {
            self.digests.pop();
        }
        self.archive.abandon()
    }

    /// Every file so far: its path in the bundle, its sums, its digest.
    fn files(&self) -> impl Iterator<Item = (&str, Sums, &Digest32)> {
        let root = self.root.len() + 1;
        self.archive
            .files()
            .zip(&self.digests)
            .map(move |((name, sums), digest)| (&name[root..], sums, digest))
    }

    fn digest_of(&self, path: &str) -> Option<&Digest32> {
        self.files()
            .find(|(name, _, _)| *name == path)
            .map(|(_, _, digest)| digest)
    }

    /// RFC 8493, section 2.2.2: bytes and files of the payload.
    fn oxum(&self) -> String {
        let (bytes, count) = self
            .files()
            .filter(|(path, _, _)| path.starts_with(bag::PAYLOAD))
            .fold((0, 0_u64), |(bytes, count), (_, sums, _)| {
                (bytes + u64::from(sums.size), count + 1)
            });
        format!("{bytes}.{count}")
    }

    /// The manifest of the payload, written as it is made: it may be as large as a bundle.
    fn manifest(&mut self) -> io::Result<()> {
        // the evidence is in order already; only what was made from it stands elsewhere
        let mut made: Vec<(String, Digest32)> = self
            .files()
            .filter(|(path, _, _)| bag::rank(path) == Rank::Made)
            .map(|(path, _, digest)| (path.to_owned(), *digest))
            .collect();
        made.sort();
        let count = self.digests.len();
        let mut waiting = made.into_iter().peekable();
        self.begin(bag::MANIFEST_FILE)?;
        let mut text = String::new();
        for at in 0..count {
            let Some((path, digest)) = self.file_at(at) else {
                continue;
            };
            if bag::rank(path) != Rank::Evidence {
                continue;
            }
            while let Some((made, digest)) = waiting.next_if(|(made, _)| made.as_str() < path) {
                text.push_str(&bag::manifest_line(&made, &digest));
            }
            text.push_str(&bag::manifest_line(path, digest));
            if text.len() > WRITTEN_AT_ONCE {
                self.write_all(text.as_bytes())?;
                text.clear();
            }
        }
        for (made, digest) in waiting {
            text.push_str(&bag::manifest_line(&made, &digest));
        }
        self.write_all(text.as_bytes())?;
        self.end()?;
        Ok(())
    }

    fn file_at(&self, at: usize) -> Option<(&str, &Digest32)> {
        let name = self.archive.name(at)?;
        Some((name.get(self.root.len() + 1..)?, self.digests.get(at)?))
    }

    fn tag_manifest(&self) -> String {
        self.files()
            .filter(|(path, _, _)| bag::rank(path) == Rank::Tag)
            .map(|(path, _, digest)| bag::manifest_line(path, digest))
            .collect()
    }

    fn told(&mut self) {
        let done = self.archive.written();
        (self.progress)(Progress {
            phase: Phase::Packing,
            done,
            total: self.total.max(done),
        });
    }
}

/// The file that is under way takes what is written.
impl<W: Write + Seek> Write for Sack<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.archive.bytes(bytes)?;
        if let Some(sha) = &mut self.open {
            sha.update(bytes);
        }
        self.told();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// How much of a manifest is written at once.
const WRITTEN_AT_ONCE: usize = 64 * 1024;

fn counted(lines: &[u8]) -> u64 {
    wide(lines.iter().filter(|byte| **byte == b'\n').count())
}

fn wide(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

/// The report of a run or a collection alone, as HTML.
pub(crate) fn report_of(
    folder: &std::path::Path,
    at: jiff::Timestamp,
    zone: &jiff::tz::TimeZone,
    program: &str,
    redactor: &redact::Redactor,
) -> Result<String, EvidenceError> {
    let source = Source::of(folder)?;
    let lines = Chained::of(&source, redactor)?;
    let runbook = source.runbook_digest();
    let withholding = Withholding {
        profile: redactor.profile().id.clone(),
        left_out: source
            .left_out
            .iter()
            .map(|(path, why)| format!("{}: {why}", crate::name::shown(path)))
            .collect(),
        ..Withholding::default()
    };
    Papers {
        source: &source,
        lines: &lines,
        withholding: &withholding,
        redactor,
        runbook: runbook.as_deref(),
        signer: None,
        at,
        zone,
        program,
        folder,
    }
    .page()
}
