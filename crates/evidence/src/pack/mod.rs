//! Packing, in one pass: one thread reads and searches, this one digests and writes.
//!
//! The evidence goes first, then what is made from it, then the tags. Nothing is held but names and
//! digests, however much there is.

mod chained;
mod feed;
mod papers;
mod sack;
#[cfg(test)]
mod tests;

use std::{
    io::{self, Seek, Write},
    path::Path,
};

use jiff::{Timestamp, tz::TimeZone};
use redact::Redactor;
use vault::Realm;

use crate::{
    EvidenceError, Export, Handover, archive, bag,
    bundle::{CaseHead, Contents, Progress, mode_word},
    encrypt,
    guide::Guide,
    name::{is_plain_segment, shown},
    seal,
    source::{Source, open},
    stamp::{self, Stamping},
    withhold::{self, Names, REDACTIONS_VERSION, Withholding},
};
use chained::Chained;
use feed::{Content, Item, Kept};
use papers::Papers;
use sack::Sack;

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
        let total = source.bytes + AROUND;
        let mut sack = Sack::new(out, &source.run, total, progress);
        let fed = sack.take_all(items, redactor)?;
        left_out.extend(fed.left_out);
        withholding.redactions = fed.redactions;
        withholding.not_searched = fed.not_searched;
        let safe = |text: &str| redactor.text(text).0;
        withholding.left_out = left_out
            .iter()
            .map(|(path, why)| safe(&format!("{}: {why}", shown(path))))
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
            journal_lines: source.journal_lines(),
            journal_head: source.journal_head(),
            signer: self.export.key.fingerprint(),
        };
        let (out, bytes) = sack.finish().map_err(Failure::Target)?;
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

/// The report of a run or a collection alone, as HTML.
pub(crate) fn report_of(
    folder: &Path,
    at: Timestamp,
    zone: &TimeZone,
    program: &str,
    redactor: &Redactor,
) -> Result<String, EvidenceError> {
    let source = Source::of(folder)?;
    let lines = Chained::of(&source, redactor)?;
    let runbook = source.runbook_digest();
    let withholding = Withholding {
        profile: redactor.profile().id.clone(),
        left_out: source
            .left_out
            .iter()
            .map(|(path, why)| format!("{}: {why}", shown(path)))
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
