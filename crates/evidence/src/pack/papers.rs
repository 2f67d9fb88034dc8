//! What is made from the evidence for a reader: the report and its tables. Nothing that is withheld
//! from the evidence is in them.
//!
//! They are made from copies of the logs and the acts with bars in them, and what comes out is
//! searched once more.

use std::{io::Cursor, path::Path};

use jiff::{Timestamp, tz::TimeZone};
use redact::Redactor;
use serde_json::Value;

use super::Chained;
use crate::{
    EvidenceError,
    acts::{ActKey, ActRow, Acts, Losses},
    bag,
    report::{Dossier, Subject, Variant, WithheldPlace},
    source::Source,
    withhold::Withholding,
};

/// What they are made from.
pub(super) struct Papers<'a> {
    pub(super) source: &'a Source,
    pub(super) lines: &'a Chained,
    pub(super) withholding: &'a Withholding,
    pub(super) redactor: &'a Redactor,
    /// SHA-256 of the runbook, where there is one.
    pub(super) runbook: Option<&'a str>,
    pub(super) signer: Option<&'a str>,
    pub(super) at: Timestamp,
    pub(super) zone: &'a TimeZone,
    pub(super) program: &'a str,
    pub(super) folder: &'a Path,
}

impl Papers<'_> {
    /// Each by its path in the bundle, in order, and what could not be made, a sentence each.
    pub(super) fn all(&self) -> (Vec<(&'static str, Vec<u8>)>, Vec<String>) {
        let mut said = Vec::new();
        let dossier = self.dossier(&mut said);
        let mut papers = vec![(bag::SUMMARY_FILE, dossier.html().into_bytes())];
        match dossier.pdf_of(|data| self.barred(data)) {
            Ok(pdf) => papers.push((bag::SUMMARY_PDF_FILE, pdf)),
            Err(error) => said.push(format!("the report on paper could not be made: {error}")),
        }
        papers.push((bag::TIMELINE_FILE, dossier.timeline_csv().into_bytes()));
        papers.push((bag::ORDERS_FILE, dossier.orders_csv().into_bytes()));
        let papers = papers
            .into_iter()
            .filter_map(|(path, bytes)| match self.searched(path, bytes) {
                Ok(bytes) => Some((path, bytes)),
                Err(error) => {
                    said.push(format!("{path} could not be searched for secrets: {error}"));
                    None
                }
            })
            .collect();
        (papers, said)
    }

    /// The page alone.
    pub(super) fn page(&self) -> Result<String, EvidenceError> {
        let page = self.dossier(&mut Vec::new()).html().into_bytes();
        self.searched(bag::SUMMARY_FILE, page)
            .map(|page| String::from_utf8_lossy(&page).into_owned())
            .map_err(|error| EvidenceError::Read {
                path: self.folder.to_owned(),
                error,
            })
    }

    fn dossier(&self, said: &mut Vec<String>) -> Dossier {
        let acts = Acts::of(self.folder);
        if let Err(error) = &acts {
            said.push(format!(
                "the acts in the accounts could not be read: {error}"
            ));
        }
        let acts = acts.ok();
        let losses = acts.as_ref().map(|acts| self.losses(acts.losses()));
        let acts = acts.map(|acts| self.acts(acts));
        let withheld = self.withheld();
        let missing: Vec<String> = self
            .source
            .missing
            .iter()
            .chain(&self.withholding.left_out)
            .map(|text| self.redactor.text(text).0)
            .collect();
        Dossier::of(&Subject {
            story: self.lines.story(self.source),
            name: &self.source.run,
            runbook_digest: self.runbook,
            missing: &missing,
            case: Some(self.lines.case(self.source)),
            acts: acts.as_ref(),
            losses: losses.as_ref(),
            withheld: &withheld,
            variant: Variant::named(&self.withholding.profile).unwrap_or_default(),
            signer: self.signer,
            ..Subject::new(self.at, self.zone, self.program)
        })
    }

    fn withheld(&self) -> Vec<WithheldPlace> {
        let places = self.withholding.redactions.iter().flat_map(|row| {
            row.places.iter().map(|place| WithheldPlace {
                file: row.file.clone(),
                place: match &place.pointer {
                    Some(pointer) => format!("line {}, {pointer}", place.line),
                    None => format!(
                        "line {}, bytes {} to {}",
                        place.line, place.start, place.end
                    ),
                },
                reason: place.reason.clone(),
            })
        });
        places.collect()
    }

    fn acts(&self, acts: Acts) -> Acts {
        let hides = |row: &ActRow| {
            let text = serde_json::to_string(row).unwrap_or_default();
            !self.redactor.text(&text).1.is_empty()
        };
        if !acts.rows().iter().any(hides) {
            return acts;
        }
        let rows = acts.rows().iter().map(|row| {
            if hides(row) {
                self.row(row)
            } else {
                row.clone()
            }
        });
        let mut copies = Acts::from_rows(rows.collect());
        copies.look_within(acts.window());
        copies
    }

    fn row(&self, row: &ActRow) -> ActRow {
        let mut row = row.clone();
        row.key = ActKey(self.text(&row.key.0));
        row.sources = self.texts(&row.sources);
        if let Some(suggestion) = &mut row.suggestion {
            suggestion.why = self.texts(&suggestion.why);
        }
        let act = serde_json::to_value(&row.act)
            .ok()
            .and_then(|act| serde_json::from_value(self.barred(act)).ok());
        if let Some(act) = act {
            row.act = act;
        }
        row
    }

    fn losses(&self, mut losses: Losses) -> Losses {
        for line in &mut losses.lines {
            line.words = self.text(&line.words);
            line.sum = self.text(&line.sum);
            line.sources = self.texts(&line.sources);
        }
        losses.not_counted = self.texts(&losses.not_counted);
        losses
    }

    /// A document with bars: each of its texts on its own, and with the name of its field, which may
    /// say that it is a secret.
    fn barred(&self, data: Value) -> Value {
        let whole = data.to_string();
        if self.redactor.text(&whole).1.is_empty() {
            return data;
        }
        self.barred_within("", data)
    }

    fn barred_within(&self, name: &str, data: Value) -> Value {
        match data {
            Value::String(text) => {
                let named = serde_json::json!({ name: text }).to_string();
                let (copy, places) = self.redactor.text(&named);
                if places.is_empty() {
                    return Value::String(self.text(&text));
                }
                let copy = serde_json::from_str::<Value>(&copy).ok();
                let copy = copy.as_ref().and_then(|copy| copy.get(name)?.as_str());
                Value::String(copy.unwrap_or(redact::BAR).to_owned())
            }
            Value::Array(all) => all
                .into_iter()
                .map(|one| self.barred_within(name, one))
                .collect(),
            Value::Object(all) => all
                .into_iter()
                .map(|(name, one)| {
                    let one = self.barred_within(&name, one);
                    (name, one)
                })
                .collect(),
            Value::Null | Value::Bool(_) | Value::Number(_) => data,
        }
    }

    fn text(&self, text: &str) -> String {
        self.redactor.text(text).0
    }

    fn texts(&self, texts: &[String]) -> Vec<String> {
        texts.iter().map(|text| self.text(text)).collect()
    }

    fn searched(&self, path: &str, bytes: Vec<u8>) -> std::io::Result<Vec<u8>> {
        // it is made of texts that were searched, and cannot be looked into
        if path == bag::SUMMARY_PDF_FILE {
            return Ok(bytes);
        }
        if self.redactor.scan(path, &mut bytes.as_slice())?.unchanged() {
            return Ok(bytes);
        }
        let mut copy = Vec::with_capacity(bytes.len());
        self.redactor
            .copy(path, &mut Cursor::new(&bytes), &mut copy)?;
        Ok(copy)
    }
}
