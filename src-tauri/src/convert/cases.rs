//! Cases for the window: what was added, the table of acts, what it cost.

use controller::{
    bundles::human_size,
    cases::{self, CollectorState as State, Step},
};
use evidence::{
    acts,
    case::{CaseLog, Entry, Verdict},
};

use super::{length, time};
use crate::{
    ask::{
        ActChoice, ActFacets, ActRow, ActVerdict, ActsPage, Attachment, CaseView, CollectedRow,
        ExportedRow, LossLine, LossTotal, Losses, NoteRow, SightingRow, SpokenWith,
    },
    view::{CollectorRow, CollectorState},
};

/// The most figures that are told.
const MOST_LINES: usize = 500;

/// How far a collector is.
pub(crate) fn collector(step: &Step) -> CollectorRow {
    CollectorRow {
        title: step.title.clone(),
        state: match step.state {
            State::Waiting => CollectorState::Waiting,
            State::Reading => CollectorState::Reading,
            State::Collected => CollectorState::Collected,
            State::NotHere => CollectorState::NotHere,
            State::Lacking => CollectorState::Lacking,
        },
        words: door::clean(&step.words),
    }
}

/// What was added to the case `run`, whose runbook has these `steps`.
pub(crate) fn case(run: &str, steps: Vec<String>, log: &CaseLog, statement: String) -> CaseView {
    let mut view = CaseView {
        run: run.to_owned(),
        steps,
        collected: Vec::new(),
        sightings: Vec::new(),
        attachments: Vec::new(),
        notes: Vec::new(),
        contacts: Vec::new(),
        statement,
        stated: log.statement().is_some(),
        exported: Vec::new(),
        damage: log.damage.clone(),
    };
    for line in &log.lines {
        let at = time(line.at);
        match &line.entry {
            Entry::Collected {
                title,
                outcome,
                files,
                sightings,
                ..
            } => {
                let (state, words) = cases::came_of(outcome);
                view.collected.push(CollectedRow {
                    title: title.clone(),
                    at,
                    outcome: door::clean(&words),
                    lacking: state == State::Lacking,
                    files: length(files.len()),
                });
                view.sightings
                    .extend(sightings.iter().map(|seen| SightingRow {
                        what: door::clean(&seen.what),
                        why: door::clean(&seen.why),
                        place: door::clean(&seen.place),
                        notable: seen.notable,
                    }));
            }
            Entry::Attached {
                file,
                about,
                dated,
                step,
            } => view.attachments.push(Attachment {
                name: door::clean(&file_name(&file.source)),
                at,
                size: human_size(file.bytes),
                sha256: file.digest.clone(),
                about: about.clone(),
                dated: dated.clone(),
                step: step.clone(),
            }),
            Entry::Noted { text, step } => view.notes.push(NoteRow {
                at,
                text: text.clone(),
                step: step.clone(),
            }),
            Entry::Contact {
                who,
                when,
                by,
                number,
                reference,
                said,
            } => view.contacts.push(SpokenWith {
                who: who.clone(),
                at: time(*when),
                by: by.clone(),
                number: number.clone(),
                reference: reference.clone(),
                said: said.clone(),
            }),
            Entry::Exported {
                file,
                digest,
                profile,
                ..
            } => view.exported.push(ExportedRow {
                at,
                file: file.clone(),
                sha256: digest.clone(),
                profile: profile.clone(),
            }),
            Entry::Opened { .. }
            | Entry::Mended { .. }
            | Entry::Marked { .. }
            | Entry::Stated { .. } => {}
        }
    }
    // a stable sort: in their order within both halves
    view.sightings.sort_by_key(|seen| !seen.notable);
    view
}

/// The last part of a path of any system.
fn file_name(source: &str) -> String {
    let name = source.rsplit(['/', '\\']).next();
    name.unwrap_or(source).to_owned()
}

/// Which rows the window asks for.
pub(crate) fn act_choice(choice: ActChoice) -> cases::Choice {
    cases::Choice {
        account: choice.account,
        kind: choice.kind,
        client_id: choice.client_id,
        submitter: choice.submitter,
        session: choice.session,
        ip: choice.ip,
        marked: choice.marked,
        since: choice.since,
        until: choice.until,
        text: choice.text,
    }
}

/// A page of the table.
pub(crate) fn page(page: &cases::Page) -> ActsPage {
    ActsPage {
        total: length(page.total),
        matching: length(page.matching),
        not_mine: length(page.marked.not_mine),
        mine: length(page.marked.mine),
        not_sure: length(page.marked.not_sure),
        from: length(page.from),
        rows: page.rows.iter().map(act).collect(),
        facets: ActFacets {
            accounts: page.facets.accounts.clone(),
            client_ids: page.facets.client_ids.clone(),
            submitters: page.facets.submitters.clone(),
            sessions: page.facets.sessions.clone(),
            ips: page.facets.ips.clone(),
        },
        notes: page.notes.clone(),
    }
}

fn act(row: &acts::ActRow) -> ActRow {
    ActRow {
        key: row.key.0.clone(),
        at: row.act.at.map(time),
        account: row
            .account
            .as_ref()
            .map_or_else(String::new, ToString::to_string),
        kind: cases::kind_word(row.act.kind).to_owned(),
        words: door::clean(&row.act.words),
        by: door::clean(&cases::by_whom(row)),
        money: cases::money(row),
        verdict: row.verdict.map(verdict),
        suggested: row.suggestion.as_ref().map(|s| verdict(s.verdict)),
        why: row
            .suggestion
            .as_ref()
            .map_or_else(Vec::new, |suggestion| suggestion.why.clone()),
        sources: row.sources.clone(),
    }
}

fn verdict(verdict: Verdict) -> ActVerdict {
    match verdict {
        Verdict::Mine => ActVerdict::Mine,
        Verdict::NotMine => ActVerdict::NotMine,
        Verdict::NotSure => ActVerdict::NotSure,
    }
}

/// Whose an act was, as the controller keeps it.
pub(crate) fn verdict_back(verdict: ActVerdict) -> Verdict {
    match verdict {
        ActVerdict::Mine => Verdict::Mine,
        ActVerdict::NotMine => Verdict::NotMine,
        ActVerdict::NotSure => Verdict::NotSure,
    }
}

/// What the acts that are not the person's cost.
pub(crate) fn losses(losses: &acts::Losses) -> Losses {
    Losses {
        totals: losses
            .totals
            .iter()
            .map(|total| LossTotal {
                currency: total.currency.clone(),
                amount: total.amount.to_string(),
            })
            .collect(),
        lines: losses
            .lines
            .iter()
            .take(MOST_LINES)
            .map(|line| LossLine {
                words: line.words.clone(),
                sum: line.sum.clone(),
                amount: line.amount.to_string(),
                currency: line.currency.clone(),
                sources: line.sources.clone(),
            })
            .collect(),
        not_counted: losses.not_counted.clone(),
    }
}
