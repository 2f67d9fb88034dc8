//! Accounts, runbooks, bundles and settings, as the window asks for them and is told.

use std::path::Path;

use controller::{
    RunOutline,
    account_draft::{Draft, Judged},
    account_test::{self, Tested},
    bundles::{self, BundleContents, Written, human_size},
    runbooks,
};
use evidence::{Outcome, Verification};
use vault::Secret;
use venues::DoorText;

use super::{board, count, length, problem, time};
use crate::{
    ask::{
        self, AccountDraft, AccountTold, BundleRow, Check, CheckOutcome, DiffLine, Document,
        DoorTested, FieldProblem, Finding, LeftOut, LeverState, LeverTested, PreviewLine,
        PreviewPart, ProfileRow, Step, Verified, WithheldRow,
    },
    view::{Appearance, ExportEnd, Far, RunHead, Settings},
};

/// The most rows of what is withheld that are told.
const MOST_WITHHELD: usize = 500;

/// A draft as the controller judges it.
pub(crate) fn draft(draft: AccountDraft) -> Draft {
    Draft {
        name: draft.name,
        venue: draft.venue,
        entity: draft.entity,
        doors: draft
            .doors
            .into_iter()
            .map(|door| DoorText {
                kind: door.kind,
                address: door.address,
                username: door.username,
                pin: door.pin,
                client_id: door.client_id,
                allow_remote: door.allow_remote,
            })
            .collect(),
        unseen: draft.unseen,
    }
}

/// What is wrong with a draft.
pub(crate) fn judged(judged: Judged) -> AccountTold {
    AccountTold::Checked {
        problems: judged
            .problems
            .into_iter()
            .map(|problem| FieldProblem {
                field: problem.field,
                what: problem.what,
                next: problem.next,
            })
            .collect(),
        warnings: judged.warnings,
    }
}

/// An account, tested.
pub(crate) fn tested(tested: &Tested) -> ask::Tested {
    ask::Tested {
        name: tested.name.as_str().to_owned(),
        at: time(tested.at),
        doors: tested
            .doors
            .iter()
            .map(|door| DoorTested {
                kind: door.kind.to_string(),
                reached: door.reached,
                words: door::clean(&door.words),
                next: door.next.clone(),
                warnings: door.warnings.clone(),
                took_ms: count(door.took_ms),
            })
            .collect(),
        levers: tested
            .levers
            .iter()
            .map(|lever| LeverTested {
                lever: lever.lever.id().to_owned(),
                far: far(lever.far),
                left: lever.left.clone(),
                state: match lever.state {
                    account_test::LeverState::Ready => LeverState::Ready,
                    account_test::LeverState::ByYou => LeverState::ByYou,
                    account_test::LeverState::Dead => LeverState::Dead,
                    account_test::LeverState::Unknown => LeverState::Unknown,
                    account_test::LeverState::NotOffered => LeverState::NotOffered,
                },
                seen: door::clean(&lever.seen),
            })
            .collect(),
    }
}

/// What a bundle would hold.
pub(crate) fn contents(
    contents: &BundleContents,
    profile: &str,
    target: &Path,
) -> ask::BundleContents {
    ask::BundleContents {
        run: contents.run.clone(),
        profile: profile.to_owned(),
        profiles: redact::profiles()
            .iter()
            .map(|profile| ProfileRow {
                id: profile.id.clone(),
                title: profile.title.clone(),
                withholds: profile.about.clone(),
            })
            .collect(),
        files: contents
            .rows
            .iter()
            .map(|row| BundleRow {
                path: row.path.clone(),
                size: row.size.clone(),
            })
            .collect(),
        count: length(contents.files.len()),
        bytes: human_size(contents.bytes),
        missing: contents.missing.clone(),
        left_out: contents
            .left_out
            .iter()
            .map(|left| LeftOut {
                path: left.path.clone(),
                why: left.why.clone(),
            })
            .collect(),
        withheld: contents
            .withheld
            .iter()
            .take(MOST_WITHHELD)
            .map(|row| WithheldRow {
                path: row.path.clone(),
                place: row.place.clone(),
                count: length(row.count),
                reason: row.reason.clone(),
                always: row.always,
            })
            .collect(),
        withheld_count: count(contents.withholding.places()),
        opaque: contents
            .withholding
            .not_searched
            .iter()
            .map(|file| format!("{}: {}", file.file, file.why))
            .chain(contents.said.iter().cloned())
            .collect(),
        journal_lines: count(contents.journal_lines),
        supersedes: contents.supersedes.clone(),
        signer: contents.signer.clone(),
        key_kept_in: contents.key_kept_in.clone(),
        target: target.display().to_string(),
        problem: contents.problem.as_ref().map(problem),
    }
}

/// A file as it would go into a bundle.
pub(crate) fn preview(preview: &bundles::Preview) -> ask::Preview {
    ask::Preview {
        path: preview.path.clone(),
        lines: preview
            .lines
            .iter()
            .map(|line| PreviewLine {
                number: line.number.map(length),
                parts: line
                    .parts
                    .iter()
                    .map(|part| match part {
                        bundles::Part::Text(text) => PreviewPart {
                            text: text.clone(),
                            withheld: None,
                        },
                        bundles::Part::Bar(reason) => PreviewPart {
                            text: String::new(),
                            withheld: Some(reason.clone()),
                        },
                    })
                    .collect(),
            })
            .collect(),
        more: preview.more,
    }
}

/// What the person chose for an export.
pub(crate) fn choices(choices: ask::ExportChoices) -> bundles::Choices {
    let passphrase = Secret::new(choices.passphrase);
    bundles::Choices {
        profile: choices.profile,
        recipients: choices
            .recipients
            .into_iter()
            .filter(|recipient| !recipient.trim().is_empty())
            .collect(),
        passphrase: (!passphrase.expose().is_empty()).then_some(passphrase),
        originals_to: choices.originals_to,
        time_stamp: choices.time_stamp,
        volume_mb: choices.volume_mb,
    }
}

/// A bundle that was written and read again.
pub(crate) fn written(written: &Written) -> ExportEnd {
    let mut notes = written.notes.clone();
    if written.encrypted {
        notes.push("It opens for those alone who were named: age -d.".to_owned());
    }
    if written.parts.len() > 1 {
        let parts = written.parts.iter().map(|part| part.display().to_string());
        notes.push(format!(
            "It is in parts: {}",
            parts.collect::<Vec<_>>().join(", ")
        ));
    }
    ExportEnd::Done {
        files: length(written.files),
        sha256: written.sha256.clone(),
        signer: written.signer.clone(),
        withheld: count(written.withheld),
        notes,
    }
}

/// A bundle, checked.
pub(crate) fn verified(path: &str, found: &Verification) -> Verified {
    Verified {
        path: path.to_owned(),
        as_signed: found.is_as_signed(),
        signer: found.signer.clone(),
        checks: found
            .checks
            .iter()
            .map(|check| {
                let (outcome, seen) = match &check.outcome {
                    Outcome::Passed { seen } => (CheckOutcome::Passed, vec![door::clean(seen)]),
                    Outcome::Failed { problems } => (
                        CheckOutcome::Failed,
                        problems.iter().map(|words| door::clean(words)).collect(),
                    ),
                    Outcome::NotPossible { why } => {
                        (CheckOutcome::NotPossible, vec![door::clean(why)])
                    }
                };
                Check {
                    title: check.title.to_owned(),
                    proves: check.proves.to_owned(),
                    outcome,
                    seen,
                }
            })
            .collect(),
    }
}

/// A run in a list.
pub(crate) fn run_head(outline: &RunOutline) -> RunHead {
    RunHead {
        run: outline.run.clone(),
        mode: outline.mode.map(board::mode),
        title: outline.title.clone(),
        collection: outline.collection,
        pressed_at: outline.pressed_at.map(time),
        contained: outline.contained,
        still_open: length(outline.still_open),
        is_reset: outline.is_reset,
        lines: length(outline.lines),
        damage: outline.damage.clone(),
    }
}

/// The settings as the window shows them.
pub(crate) fn settings(settings: &controller::Settings) -> Settings {
    Settings {
        arm_at_login: settings.arm_at_login,
        hotkey: settings.hotkey.clone(),
        press_twice: settings.press_twice,
        cover_closes: settings.cover_closes,
        single_keys: settings.single_keys,
        sound: settings.sound,
        text_percent: settings.text_percent,
        appearance: match settings.appearance {
            controller::Appearance::System => Appearance::System,
            controller::Appearance::Light => Appearance::Light,
            controller::Appearance::Dark => Appearance::Dark,
        },
        utc_first: settings.utc_first,
        evidence_folder: settings.evidence_folder.clone(),
        time_service: settings.time_service.clone(),
        age_recipients: settings.age_recipients.clone(),
        introduced: settings.introduced,
    }
}

/// The settings as the controller keeps them.
pub(crate) fn settings_back(settings: &Settings) -> controller::Settings {
    controller::Settings {
        arm_at_login: settings.arm_at_login,
        hotkey: settings.hotkey.clone(),
        press_twice: settings.press_twice,
        cover_closes: settings.cover_closes,
        single_keys: settings.single_keys,
        sound: settings.sound,
        text_percent: settings.text_percent,
        appearance: match settings.appearance {
            Appearance::System => controller::Appearance::System,
            Appearance::Light => controller::Appearance::Light,
            Appearance::Dark => controller::Appearance::Dark,
        },
        utc_first: settings.utc_first,
        evidence_folder: settings.evidence_folder.clone(),
        time_service: settings.time_service.clone(),
        age_recipients: settings.age_recipients.clone(),
        introduced: settings.introduced,
    }
}

/// How far a press goes.
pub(super) fn far(far: controller::Far) -> Far {
    match far {
        controller::Far::Full => Far::Full,
        controller::Far::Partial => Far::Partial,
        controller::Far::Unknown => Far::Unknown,
        controller::Far::ByYou => Far::ByYou,
        controller::Far::NotOffered => Far::NotOffered,
    }
}

/// A runbook's text and what is to say about it.
pub(crate) fn document(document: runbooks::Document) -> Document {
    Document {
        id: document.id,
        title: document.title,
        when: document.when,
        text: document.text,
        saved: document.saved,
        is_draft: document.is_draft,
        own: document.own,
        refusals: length(document.refusals),
        warnings: length(document.warnings),
        findings: document.findings.into_iter().map(finding).collect(),
        steps: document.steps.into_iter().map(step).collect(),
    }
}

fn finding(finding: runbooks::DocumentFinding) -> Finding {
    Finding {
        rule: finding.rule.to_owned(),
        refuses: finding.refuses,
        line: length(finding.line),
        column: length(finding.column),
        message: finding.message,
        mend: finding.mend,
        diff: finding
            .diff
            .into_iter()
            .map(|line| DiffLine {
                added: line.added,
                text: line.text,
                line: length(line.line),
            })
            .collect(),
        mended: finding.mended,
        kept_as: finding.kept_as,
        kept: finding.kept,
    }
}

fn step(step: runbooks::DocumentStep) -> Step {
    Step {
        id: step.id,
        title: step.title,
        line: length(step.line),
        last_line: length(step.last_line),
        lever: step.lever,
        accounts: step.accounts,
        after: step.after,
        deadline: step.deadline,
        manual: step.manual,
        say: step.say,
        contact: step.contact,
        ask: step.ask,
        format: step.format.map(board::format),
        starts: step.starts,
        does: step.does,
        refused_now: step.refused_now,
    }
}
