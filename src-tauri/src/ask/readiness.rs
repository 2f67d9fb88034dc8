//! What the window may ask about readiness, and what it is told.

use serde::{Deserialize, Serialize};
use specta::Type;

/// About readiness.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize, Type)]
#[serde(rename_all = "snake_case", tag = "ask")]
pub(crate) enum ReadinessAsk {
    /// The last check, as it was kept.
    Kept,
    /// Checks now. Reads only.
    Check {
        /// Only these accounts; all when empty.
        accounts: Vec<String>,
    },
    /// Keeps the answer to one of the person's questions.
    Answer {
        /// The question's id.
        question: String,
        /// As typed.
        value: String,
    },
    /// Lists the open orders of an account, or cancels the one that is named, to prove the lever.
    Prove {
        /// The account's name.
        account: String,
        /// The order's key, as listed; none lists them and does nothing.
        order: Option<String>,
        /// Whether the person accepts, this time, that real money is behind the account.
        live: bool,
    },
}

/// What is told about readiness.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Type)]
#[serde(rename_all = "snake_case", tag = "told")]
pub(crate) enum ReadinessTold {
    /// A check.
    Checked(Readiness),
    /// What there is to try the lever on, or what came of it.
    Trial(Trial),
}

/// A check, worst first.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Readiness {
    /// When.
    pub(crate) at: String,
    /// The biggest text.
    pub(crate) headline: String,
    /// What changed since the check before, in a line.
    pub(crate) changed: String,
    /// What changed, worst first.
    pub(crate) changes: Vec<String>,
    /// A row for each lever of each account.
    pub(crate) levers: Vec<LeverRow>,
    /// What the audits found.
    pub(crate) findings: Vec<Audit>,
    /// What no program can see.
    pub(crate) questions: Vec<PersonQuestion>,
    /// What the person should know of the check itself.
    pub(crate) trouble: Vec<String>,
}

/// One lever of one account.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LeverRow {
    /// The account's nickname.
    pub(crate) account: String,
    /// The lever's id.
    pub(crate) lever: String,
    /// Whether it would work.
    pub(crate) state: ReadyState,
    /// What was seen.
    pub(crate) seen: String,
    /// How far it reaches, in words.
    pub(crate) reach: String,
    /// Why it matters; empty when it would work.
    pub(crate) why: String,
    /// What to do; empty when nothing.
    pub(crate) mend: String,
    /// When it was last checked.
    pub(crate) checked_at: String,
    /// When it was last really pulled.
    pub(crate) proved_at: Option<String>,
}

/// Whether a lever would work now.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Type)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ReadyState {
    /// It would be refused now.
    Dead,
    /// Not checked lately, or not checkable.
    Unknown,
    /// The person does it.
    ByYou,
    /// Checked without effect.
    Ready,
    /// Really pulled, on a paper account or an order of one's own.
    Proved,
}

/// What one audit found of one subject.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Audit {
    /// The kind.
    pub(crate) id: String,
    /// What it is about.
    pub(crate) area: AuditArea,
    /// Which account, path, process or masked key.
    pub(crate) subject: String,
    /// How it came out.
    pub(crate) verdict: AuditVerdict,
    /// How much harm it stands for.
    pub(crate) severity: AuditSeverity,
    /// What was found.
    pub(crate) what: String,
    /// Why it matters.
    pub(crate) why: String,
    /// What to do; empty when nothing.
    pub(crate) mend: String,
    /// How it was seen.
    pub(crate) how: String,
}

/// What an audit is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Type)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AuditArea {
    /// Whether a lever would work.
    Lever,
    /// Whether a credential may do more than it needs to.
    Privilege,
    /// The broker's programs on this computer.
    Platform,
    /// This computer.
    Host,
    /// What no program can see.
    Person,
}

/// How an audit came out.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Type)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AuditVerdict {
    /// Something is to be mended.
    Mend,
    /// It could not be looked at, or was looked at too long ago.
    Unknown,
    /// Looked at, and nothing found.
    Good,
}

/// How much harm a finding stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Type)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AuditSeverity {
    /// Somebody else can trade, or a lever fails.
    Critical,
    /// One more mistake and somebody else can.
    High,
    /// It makes an incident longer or larger.
    Medium,
    /// Good to know.
    Low,
}

/// A question that no program can answer.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PersonQuestion {
    /// Its id.
    pub(crate) id: String,
    /// What is asked.
    pub(crate) ask: String,
    /// What the answer looks like.
    pub(crate) format: QuestionFormat,
    /// The words to choose from; empty where it is typed.
    pub(crate) choices: Vec<String>,
    /// What to answer with, in words.
    pub(crate) hint: String,
    /// Why it matters.
    pub(crate) why: String,
    /// What to do about a bad answer.
    pub(crate) mend: String,
    /// The last answer.
    pub(crate) answer: Option<String>,
    /// When it was given.
    pub(crate) answered_at: Option<String>,
    /// How it came out; unknown when it was never answered or too long ago.
    pub(crate) verdict: AuditVerdict,
}

/// What the answer to a question looks like.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Type)]
#[serde(rename_all = "snake_case")]
pub(crate) enum QuestionFormat {
    /// One of the words.
    Choice,
    /// A whole number.
    Count,
    /// Words.
    Text,
    /// A phone number.
    Phone,
    /// A date, as 2026-11-24.
    Date,
}

/// What there is to try a lever on, or what came of it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Trial {
    /// The account.
    pub(crate) account: String,
    /// What money is behind it.
    pub(crate) money: TrialMoney,
    /// The open orders.
    pub(crate) orders: Vec<TrialOrder>,
    /// What was proved, a sentence each; empty before an order was cancelled.
    pub(crate) proved: Vec<String>,
}

/// What money is behind an account.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Type)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TrialMoney {
    /// None: a paper account, a test site, or a simulator.
    Test,
    /// Real money.
    Real,
    /// Nobody told; treated as real.
    NotTold,
}

/// An open order, as something to try the lever on.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TrialOrder {
    /// Its key, as listed.
    pub(crate) key: String,
    /// What it is, in words.
    pub(crate) words: String,
    /// Why it is not taken; none when it may be.
    pub(crate) refused: Option<String>,
}
