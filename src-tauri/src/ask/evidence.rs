//! Evidence: cases, what belongs to them, bundles, and the table in which a person says what was theirs.

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::view::{Problem, RunHead};

/// About evidence. `run` is the folder name of a run, or of a collection without a press.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize, Type)]
#[serde(rename_all = "snake_case", tag = "ask")]
pub(crate) enum EvidenceAsk {
    /// Every run and collection, latest first.
    Runs,
    /// What a bundle for `profile` would hold, and withhold.
    Contents {
        /// Which.
        run: String,
        /// `own`, `broker`, `police` or `share`.
        profile: String,
    },
    /// A file as it would go into the bundle, with bars where something is withheld.
    Preview {
        /// Which.
        run: String,
        /// The profile.
        profile: String,
        /// The file's path in the bundle.
        path: String,
    },
    /// Packs it, verifies it by reading it again. Progress comes in the view.
    Export {
        /// Which.
        run: String,
        /// The file.
        target: String,
        /// Whether a file that stands there is replaced.
        replace: bool,
        /// For whom, and how it is sealed.
        choices: ExportChoices,
    },
    /// Checks a bundle.
    Verify {
        /// The file.
        path: String,
        /// The fingerprint that its sender told; empty for none.
        signer: String,
    },
    /// Writes the report and opens it in the system's own program, to be read or printed.
    Report {
        /// Which.
        run: String,
        /// The profile.
        profile: String,
        /// As a page of HTML, or as PDF.
        pdf: bool,
    },
    /// Collects from this computer now: into `run`, or into a new collection. Progress comes in the view.
    Collect {
        /// Into which; none begins a collection.
        run: Option<String>,
    },
    /// Watches for logs that the person exports from the broker's program, and takes them in when they appear.
    Watch {
        /// Into which.
        run: String,
        /// A folder to look in besides the usual ones; empty for none.
        folder: String,
    },
    /// Ends the watch.
    StopWatch,
    /// What was added to a run or collection.
    Case {
        /// Which.
        run: String,
    },
    /// Adds a file.
    Attach {
        /// To which.
        run: String,
        /// Where it is.
        path: String,
        /// What it shows; may be empty.
        about: String,
        /// When that happened, in the person's words; may be empty.
        dated: String,
        /// The step that it belongs to; empty for none.
        step: String,
    },
    /// Writes something down.
    Note {
        /// Where.
        run: String,
        /// The text.
        text: String,
        /// The step that it belongs to; empty for none.
        step: String,
    },
    /// Writes down with whom the person spoke.
    Contact {
        /// Where.
        run: String,
        /// It. `at` may be empty: now.
        contact: SpokenWith,
    },
    /// Keeps the person's statement.
    State {
        /// Where.
        run: String,
        /// The text, whole.
        text: String,
    },
    /// A page of the table of acts.
    Acts {
        /// Of which.
        run: String,
        /// Which rows.
        choice: ActChoice,
        /// The first row, counted from 0, in order of time.
        from: u32,
        /// How many rows; at most 500.
        count: u32,
    },
    /// Says whose acts these were.
    Mark {
        /// In which.
        run: String,
        /// These rows, by their keys; where empty, all rows of `choice`.
        keys: Vec<String>,
        /// All rows of this choice, where no key is named.
        choice: ActChoice,
        /// Whose; none takes the marks back.
        verdict: Option<ActVerdict>,
    },
    /// What the acts that are not the person's cost.
    Losses {
        /// Of which.
        run: String,
    },
    /// The words that the person wants withheld.
    Words,
    /// Keeps them.
    SetWords {
        /// All of them.
        words: Vec<WordsRow>,
    },
    /// Lets the person choose a file in the system's own dialog.
    Choose {
        /// What for.
        purpose: Purpose,
    },
}

/// For whom a bundle is, and how it is sealed.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ExportChoices {
    /// `own`, `broker`, `police` or `share`.
    pub(crate) profile: String,
    /// Who can open it (`age1...`); empty for everyone.
    pub(crate) recipients: Vec<String>,
    /// Opens it instead of a recipient's key; empty for none.
    pub(crate) passphrase: String,
    /// Whom the originals of what is withheld go along for; empty for nobody.
    pub(crate) originals_to: String,
    /// The time-stamp authority that is asked; empty for none.
    pub(crate) time_stamp: String,
    /// The largest volume, in MB; none keeps it in one file.
    pub(crate) volume_mb: Option<u32>,
}

/// What a file is chosen for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Purpose {
    /// A bundle to write.
    Export,
    /// A bundle to check.
    Verify,
    /// A file to attach.
    Attach,
    /// A folder for bundles, or to look in.
    Folder,
    /// A schedule to write, for a calendar.
    Calendar,
}

/// What is told about evidence.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Type)]
#[serde(rename_all = "snake_case", tag = "told")]
pub(crate) enum EvidenceTold {
    /// Runs and collections, latest first.
    Runs {
        /// Each.
        runs: Vec<RunHead>,
    },
    /// What a bundle would hold.
    Contents(BundleContents),
    /// A file as it would go.
    Preview(Preview),
    /// A bundle, checked.
    Verified(Verified),
    /// What was added.
    Case(CaseView),
    /// A page of the table.
    Acts(ActsPage),
    /// What it cost.
    Losses(Losses),
    /// The words to withhold.
    Words {
        /// Each.
        words: Vec<WordsRow>,
    },
    /// It was done, or it was begun.
    Done {
        /// In a line for a person.
        words: String,
        /// The run or collection that it was done in or that it began; empty where there is none.
        run: String,
    },
    /// What the person chose; none when they chose nothing.
    Chosen {
        /// The path.
        path: Option<String>,
    },
}

/// What a bundle would hold.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BundleContents {
    /// The run or collection.
    pub(crate) run: String,
    /// For whom.
    pub(crate) profile: String,
    /// The profiles that there are.
    pub(crate) profiles: Vec<ProfileRow>,
    /// Each file, sorted; folders of many files are one row.
    pub(crate) files: Vec<BundleRow>,
    /// How many files.
    pub(crate) count: u32,
    /// Their bytes, in words.
    pub(crate) bytes: String,
    /// What the records name and the folder does not hold.
    pub(crate) missing: Vec<String>,
    /// What stays out, and why.
    pub(crate) left_out: Vec<LeftOut>,
    /// What is withheld in the copy that is sent, a row for each file and reason; at most 500.
    pub(crate) withheld: Vec<WithheldRow>,
    /// How many values are withheld.
    pub(crate) withheld_count: u32,
    /// What could not be looked into, a sentence each.
    pub(crate) opaque: Vec<String>,
    /// Journal lines.
    pub(crate) journal_lines: u32,
    /// SHA-256 of the bundle of this case that was written last; none where none was.
    pub(crate) supersedes: Option<String>,
    /// The signing key's fingerprint; none was made yet.
    pub(crate) signer: Option<String>,
    /// The keychain's name, or that it is a key for practice only.
    pub(crate) key_kept_in: String,
    /// Where the bundle would go.
    pub(crate) target: String,
    /// Why it cannot be signed now.
    pub(crate) problem: Option<Problem>,
}

/// For whom a bundle can be.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProfileRow {
    /// `own`, `broker`, `police` or `share`.
    pub(crate) id: String,
    /// For a person (`For the broker`).
    pub(crate) title: String,
    /// What it withholds, in a sentence.
    pub(crate) withholds: String,
}

/// What is withheld in one file for one reason.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WithheldRow {
    /// The file's path in the bundle.
    pub(crate) path: String,
    /// Where in it: the first places, in words.
    pub(crate) place: String,
    /// How many.
    pub(crate) count: u32,
    /// What it is (`web token`).
    pub(crate) reason: String,
    /// Whether every profile withholds it.
    pub(crate) always: bool,
}

/// A file as it would go into a bundle.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Preview {
    /// Its path in the bundle.
    pub(crate) path: String,
    /// Lines around what is withheld; at most 200.
    pub(crate) lines: Vec<PreviewLine>,
    /// Whether it goes on.
    pub(crate) more: bool,
}

/// A line of a preview.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PreviewLine {
    /// Counted from 1; none for a gap.
    pub(crate) number: Option<u32>,
    /// Its pieces in order.
    pub(crate) parts: Vec<PreviewPart>,
}

/// A piece of a line: text, or a bar.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PreviewPart {
    /// The text; empty for a bar.
    pub(crate) text: String,
    /// Why something is withheld here; none for text.
    pub(crate) withheld: Option<String>,
}

/// What was added to a run or collection.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CaseView {
    /// Which.
    pub(crate) run: String,
    /// The steps that a note or file can belong to: of the run's runbook.
    pub(crate) steps: Vec<String>,
    /// What collectors brought, latest last.
    pub(crate) collected: Vec<CollectedRow>,
    /// What a person must read in it, notable first.
    pub(crate) sightings: Vec<SightingRow>,
    /// Files that the person added.
    pub(crate) attachments: Vec<Attachment>,
    /// What the person wrote down.
    pub(crate) notes: Vec<NoteRow>,
    /// With whom the person spoke.
    pub(crate) contacts: Vec<SpokenWith>,
    /// The statement as it stands; a skeleton to fill in where none was kept.
    pub(crate) statement: String,
    /// Whether a statement was kept.
    pub(crate) stated: bool,
    /// Bundles that were written of it.
    pub(crate) exported: Vec<ExportedRow>,
    /// What is wrong with its log.
    pub(crate) damage: Option<String>,
}

/// What a collector brought.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CollectedRow {
    /// What it is, for a person.
    pub(crate) title: String,
    /// When.
    pub(crate) at: String,
    /// What came of it, in words.
    pub(crate) outcome: String,
    /// Whether something of it could not be read.
    pub(crate) lacking: bool,
    /// How many files.
    pub(crate) files: u32,
}

/// What a person must read.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SightingRow {
    /// What was seen.
    pub(crate) what: String,
    /// Why it matters.
    pub(crate) why: String,
    /// Where.
    pub(crate) place: String,
    /// Whether it belongs on the first page.
    pub(crate) notable: bool,
}

/// A file that the person added.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Attachment {
    /// The name that it had.
    pub(crate) name: String,
    /// When it was added.
    pub(crate) at: String,
    /// Its size, in words.
    pub(crate) size: String,
    /// SHA-256, in hex.
    pub(crate) sha256: String,
    /// What it shows.
    pub(crate) about: String,
    /// When that happened.
    pub(crate) dated: String,
    /// The step that it belongs to.
    pub(crate) step: String,
}

/// What the person wrote down.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NoteRow {
    /// When.
    pub(crate) at: String,
    /// The text.
    pub(crate) text: String,
    /// The step that it belongs to.
    pub(crate) step: String,
}

/// With whom the person spoke.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SpokenWith {
    /// With whom.
    pub(crate) who: String,
    /// When, RFC 3339 or `2026-11-24 14:05` in local time.
    pub(crate) at: String,
    /// How (`phone`, `chat`, `mail`, `in person`).
    pub(crate) by: String,
    /// The number or address.
    pub(crate) number: String,
    /// Their reference or ticket.
    pub(crate) reference: String,
    /// What was said.
    pub(crate) said: String,
}

/// A bundle that was written.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ExportedRow {
    /// When.
    pub(crate) at: String,
    /// The file's name.
    pub(crate) file: String,
    /// SHA-256, in hex.
    pub(crate) sha256: String,
    /// For whom.
    pub(crate) profile: String,
}

/// Whose an act was.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ActVerdict {
    /// The person's own.
    Mine,
    /// Somebody else's.
    NotMine,
    /// The person does not know.
    NotSure,
}

/// Which rows of the table. What is empty or none narrows nothing.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ActChoice {
    /// Of this account.
    pub(crate) account: String,
    /// Of this kind (`order`, `fill`, `transfer`, `session`, `key`, `address`).
    pub(crate) kind: String,
    /// By this API client.
    pub(crate) client_id: String,
    /// By this user name or key.
    pub(crate) submitter: String,
    /// In this session.
    pub(crate) session: String,
    /// From this address.
    pub(crate) ip: String,
    /// Marked so; `unmarked` or `suggested` also.
    pub(crate) marked: String,
    /// From this time on, RFC 3339 or `2026-11-24 14:05` in local time.
    pub(crate) since: String,
    /// Until this time.
    pub(crate) until: String,
    /// With this text in it.
    pub(crate) text: String,
}

/// A page of the table of acts.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ActsPage {
    /// How many rows there are.
    pub(crate) total: u32,
    /// How many are of the choice.
    pub(crate) matching: u32,
    /// How many of all are marked not mine.
    pub(crate) not_mine: u32,
    /// How many of all are marked mine.
    pub(crate) mine: u32,
    /// How many of all are marked not sure.
    pub(crate) not_sure: u32,
    /// The first row's number, counted from 0.
    pub(crate) from: u32,
    /// The rows.
    pub(crate) rows: Vec<ActRow>,
    /// What can be chosen by.
    pub(crate) facets: ActFacets,
    /// What could not be read, a sentence each.
    pub(crate) notes: Vec<String>,
}

/// What the rows can be chosen by: the values that occur, at most 100 each.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ActFacets {
    /// Accounts.
    pub(crate) accounts: Vec<String>,
    /// API clients.
    pub(crate) client_ids: Vec<String>,
    /// User names and keys.
    pub(crate) submitters: Vec<String>,
    /// Sessions.
    pub(crate) sessions: Vec<String>,
    /// Addresses.
    pub(crate) ips: Vec<String>,
}

/// One act.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ActRow {
    /// Its name.
    pub(crate) key: String,
    /// When, RFC 3339; none where the venue does not tell.
    pub(crate) at: Option<String>,
    /// The account.
    pub(crate) account: String,
    /// What kind.
    pub(crate) kind: String,
    /// What, in a line.
    pub(crate) words: String,
    /// By whom: client, user, session, address, in words.
    pub(crate) by: String,
    /// Money, in words; empty where none moved.
    pub(crate) money: String,
    /// What the person says.
    pub(crate) verdict: Option<ActVerdict>,
    /// What is suggested.
    pub(crate) suggested: Option<ActVerdict>,
    /// Why, a sentence each.
    pub(crate) why: Vec<String>,
    /// Where it stands in the bundle.
    pub(crate) sources: Vec<String>,
}

/// What the acts that are not the person's cost.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Losses {
    /// The sums, a currency each.
    pub(crate) totals: Vec<LossTotal>,
    /// Each figure; at most 500.
    pub(crate) lines: Vec<LossLine>,
    /// What could not be counted, and why.
    pub(crate) not_counted: Vec<String>,
}

/// The sum of one currency.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LossTotal {
    /// The money.
    pub(crate) currency: String,
    /// The sum, as text: it is exact.
    pub(crate) amount: String,
}

/// One figure.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LossLine {
    /// What it is.
    pub(crate) words: String,
    /// How it was computed.
    pub(crate) sum: String,
    /// The figure.
    pub(crate) amount: String,
    /// Its money.
    pub(crate) currency: String,
    /// Where its figures stand in the bundle.
    pub(crate) sources: Vec<String>,
}

/// Words that the person wants withheld where a profile says so.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WordsRow {
    /// What they are (`home_address`, `person`, `account_number`, `email`, `phone`, `computer`).
    pub(crate) class: String,
    /// The words.
    pub(crate) text: String,
}

/// A row of a bundle's tree.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BundleRow {
    /// The file's path, or the folder's with `/` at its end.
    pub(crate) path: String,
    /// How large, or how many files, in words.
    pub(crate) size: String,
}

/// What stays out of a bundle.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LeftOut {
    /// The file's path.
    pub(crate) path: String,
    /// Why.
    pub(crate) why: String,
}

/// A bundle, checked.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Verified {
    /// The file.
    pub(crate) path: String,
    /// Whether it is as its signer signed it.
    pub(crate) as_signed: bool,
    /// The signer's fingerprint.
    pub(crate) signer: Option<String>,
    /// Each check.
    pub(crate) checks: Vec<Check>,
}

/// A check of a bundle.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Check {
    /// What was checked.
    pub(crate) title: String,
    /// What it proves and what it does not.
    pub(crate) proves: String,
    /// How it came out.
    pub(crate) outcome: CheckOutcome,
    /// What was seen, or each problem.
    pub(crate) seen: Vec<String>,
}

/// How a check came out.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Type)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CheckOutcome {
    /// As signed.
    Passed,
    /// Not as signed.
    Failed,
    /// Could not be made.
    NotPossible,
}
