//! What no program can see: questions that the person answers by reading a value back, and the
//! answers with their age.
//!
//! An answer never asked for, or too old, is unknown. No question asks for a secret.

use std::{collections::BTreeMap, path::Path, sync::LazyLock};

use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};
use serde::{Deserialize, Serialize};

use crate::{
    kept,
    model::{Area, Finding, Severity, Verdict, counted},
    snapshot::SnapshotError,
};

/// The version of the answers file that this program writes.
pub const ANSWERS_VERSION: u32 = 1;
/// The most characters of an answer.
const MOST: usize = 200;
/// How far in the future an answer may lie before its age counts for nothing.
const CLOCK_SLACK: SignedDuration = SignedDuration::from_hours(24);

/// One question.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// Its id, which is the finding's too.
    pub id: String,
    /// What is asked.
    pub ask: String,
    /// What the answer looks like.
    pub format: Format,
    /// Which answers are good.
    pub good: Good,
    /// How much harm a bad one stands for.
    pub severity: Severity,
    /// Why it matters.
    pub why: String,
    /// What to do.
    pub mend: String,
    /// After how many days it is asked again.
    pub stale_after_days: u32,
}

/// What an answer looks like.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// `yes`, `no`, or `none` where there is nothing of the kind.
    YesNo,
    /// A number, 0 or more.
    Count,
    /// Words.
    Text,
    /// A phone number.
    Phone,
    /// A date, as 2026-11-24.
    Date,
    /// One of these.
    Choice(Vec<String>),
}

/// Which answers are good.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Good {
    /// Any but `none`.
    Given,
    /// One of these.
    OneOf(Vec<String>),
    /// This many or more.
    AtLeast(u64),
    /// This many or fewer.
    AtMost(u64),
    /// A date not longer ago than this.
    YoungerThanDays(u32),
}

/// An answer and when it was given.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// As it was given.
    pub value: String,
    /// When.
    pub at: Timestamp,
}

/// The person's answers, by question.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answers {
    version: u32,
    answers: BTreeMap<String, Answer>,
}

/// Why an answer was not taken.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum AnswerError {
    /// There is no such question.
    #[error("there is no question {0}. Nothing was kept. The questions are listed with their ids.")]
    NoSuchQuestion(String),
    /// The answer has another shape.
    #[error("that is no answer to this question. Nothing was kept. Answer with {0}.")]
    Shape(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Questions {
    question: Vec<Question>,
}

/// All questions, in the order in which they are asked.
pub fn questions() -> &'static [Question] {
    static QUESTIONS: LazyLock<Vec<Question>> = LazyLock::new(|| {
        toml::from_str::<Questions>(include_str!("../data/questions.toml"))
            .expect("a test reads the questions that come with the program")
            .question
    });
    &QUESTIONS
}

/// The question of an id.
pub fn question(id: &str) -> Option<&'static Question> {
    questions().iter().find(|question| question.id == id)
}

impl Default for Answers {
    fn default() -> Self {
        Self {
            version: ANSWERS_VERSION,
            answers: BTreeMap::new(),
        }
    }
}

impl Answers {
    /// The answers kept at `path`; none when there is no such file.
    pub fn read(path: &Path) -> Result<Self, SnapshotError> {
        Ok(kept::read(path, ANSWERS)?.unwrap_or_default())
    }

    /// Keeps them: whole or not at all, for the owner alone.
    pub fn keep(&self, path: &Path) -> Result<(), SnapshotError> {
        kept::keep::<Self>(path, ANSWERS, self)
    }

    /// Takes an answer. One of another shape is refused.
    pub fn answer(&mut self, id: &str, value: &str, now: Timestamp) -> Result<(), AnswerError> {
        let question =
            question(id).ok_or_else(|| AnswerError::NoSuchQuestion(door::clean_to(id, 40)))?;
        let value = question.format.take(value)?;
        self.answers
            .insert(id.to_owned(), Answer { value, at: now });
        Ok(())
    }

    /// The answer to a question, however old.
    pub fn get(&self, id: &str) -> Option<&Answer> {
        self.answers.get(id)
    }
}

const ANSWERS: kept::Kept = kept::Kept {
    holds: "the answers to Firebreak's questions",
    version: ANSWERS_VERSION,
};

impl Format {
    /// What to answer with, in words.
    pub fn words(&self) -> String {
        match self {
            Self::YesNo => "yes, no, or none where you have nothing of the kind".to_owned(),
            Self::Count => "a number".to_owned(),
            Self::Text => format!("words, at most {MOST} characters"),
            Self::Phone => "a phone number".to_owned(),
            Self::Date => "a date as 2026-11-24".to_owned(),
            Self::Choice(all) => all.join(", "),
        }
    }

    fn take(&self, given: &str) -> Result<String, AnswerError> {
        let shape = || AnswerError::Shape(self.words());
        let given = given.trim();
        if given.is_empty() || given.chars().count() > MOST || given.chars().any(char::is_control) {
            return Err(shape());
        }
        let small = given.to_lowercase();
        let fits = match self {
            Self::YesNo => ["yes", "no", "none"].contains(&small.as_str()),
            Self::Count => given.len() <= 6 && given.parse::<u64>().is_ok(),
            Self::Text => true,
            Self::Phone => is_phone(given),
            Self::Date => given.parse::<Date>().is_ok(),
            Self::Choice(all) => all.contains(&small),
        };
        if !fits {
            return Err(shape());
        }
        Ok(match self {
            Self::YesNo | Self::Choice(_) => small,
            Self::Count | Self::Text | Self::Phone | Self::Date => given.to_owned(),
        })
    }
}

fn is_phone(given: &str) -> bool {
    let digits = given.chars().filter(char::is_ascii_digit).count();
    let others = |c: char| c.is_ascii_digit() || " +-()/.".contains(c);
    given.chars().all(others) && (5..=16).contains(&digits)
}

impl Good {
    fn likes(&self, value: &str, now: Timestamp) -> bool {
        let number = || value.parse::<u64>().ok();
        match self {
            Self::Given => value.to_lowercase() != "none",
            Self::OneOf(all) => all.iter().any(|good| good == value),
            Self::AtLeast(least) => number().is_some_and(|n| n >= *least),
            Self::AtMost(most) => number().is_some_and(|n| n <= *most),
            Self::YoungerThanDays(days) => value.parse::<Date>().is_ok_and(|date| {
                let today = TimeZone::UTC.to_datetime(now).date();
                let age = today.duration_since(date);
                // a day to either side, for the time zone
                age >= -CLOCK_SLACK && age <= SignedDuration::from_hours(24 * i64::from(*days))
            }),
        }
    }
}

/// A finding for each question.
pub(crate) fn audit(answers: &Answers, now: Timestamp) -> Vec<Finding> {
    let finding = |question| finding(question, answers.get(&question.id), now);
    questions().iter().map(finding).collect()
}

fn finding(question: &Question, answer: Option<&Answer>, now: Timestamp) -> Finding {
    let (verdict, what, how) = match answer {
        None => (
            Verdict::Unknown,
            "Never asked.",
            "no answer is kept".to_owned(),
        ),
        Some(answer) => {
            let age = now.duration_since(answer.at);
            let days = u64::try_from(age.as_hours() / 24).unwrap_or_default();
            let how = format!("you read it back {} ago", counted_days(days));
            if age < -CLOCK_SLACK {
                let how = "the answer is dated later than today: a clock was set back".to_owned();
                (Verdict::Unknown, "Its age is not known.", how)
            } else if days > u64::from(question.stale_after_days) {
                (Verdict::Unknown, "Asked too long ago.", how)
            } else if question.good.likes(&answer.value, now) {
                (Verdict::Good, "As it should be.", how)
            } else {
                (Verdict::Mend, "Not as it should be.", how)
            }
        }
    };
    let said = match answer {
        Some(answer) if verdict != Verdict::Good => format!("{what} You said: {}.", answer.value),
        Some(_) | None => what.to_owned(),
    };
    Finding {
        id: question.id.clone(),
        area: Area::Person,
        subject: "you".to_owned(),
        verdict,
        severity: question.severity,
        what: format!("{} {said}", question.ask),
        why: question.why.clone(),
        mend: match verdict {
            Verdict::Mend => question.mend.clone(),
            Verdict::Unknown => format!("firebreak readiness answer {} VALUE", question.id),
            Verdict::Good => String::new(),
        },
        how,
    }
}

fn counted_days(days: u64) -> String {
    match days {
        0 => "less than a day".to_owned(),
        days => counted(usize::try_from(days).unwrap_or(usize::MAX), "day"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::tests::at;

    const DAY: i64 = 86_400;

    fn verdict_of(answers: &Answers, id: &str, now: Timestamp) -> Verdict {
        let findings = audit(answers, now);
        findings.iter().find(|f| f.id == id).unwrap().verdict
    }

    #[test]
    fn the_questions_read_and_each_has_its_own_id() {
        let mut ids: Vec<_> = questions().iter().map(|q| &q.id).collect();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), questions().len());
        assert!(ids.len() >= 8);
    }

    #[test]
    fn what_was_never_asked_or_too_long_ago_is_unknown() {
        let mut answers = Answers::default();
        assert_eq!(verdict_of(&answers, "sim-lock", at(0)), Verdict::Unknown);
        answers.answer("sim-lock", "Yes", at(0)).unwrap();
        assert_eq!(verdict_of(&answers, "sim-lock", at(DAY)), Verdict::Good);
        assert_eq!(
            verdict_of(&answers, "sim-lock", at(181 * DAY)),
            Verdict::Unknown
        );
    }

    #[test]
    fn an_answer_from_the_future_has_no_age() {
        let mut answers = Answers::default();
        answers.answer("sim-lock", "yes", at(3 * DAY)).unwrap();
        let finding = audit(&answers, at(0));
        let finding = finding.iter().find(|f| f.id == "sim-lock").unwrap();
        assert_eq!(finding.verdict, Verdict::Unknown);
        assert!(finding.how.contains("clock"), "{}", finding.how);
    }

    #[test]
    fn answers_are_judged_by_what_they_read_back() {
        let judge = |id: &str, value: &str| {
            let mut answers = Answers::default();
            answers.answer(id, value, at(0)).unwrap();
            verdict_of(&answers, id, at(0))
        };
        assert_eq!(judge("second-factor", "SMS"), Verdict::Mend);
        assert_eq!(judge("second-factor", "app"), Verdict::Good);
        assert_eq!(judge("second-factor-spare", "1"), Verdict::Mend);
        assert_eq!(judge("second-factor-spare", "2"), Verdict::Good);
        assert_eq!(judge("second-factor-strangers", "1"), Verdict::Mend);
        assert_eq!(judge("second-factor-strangers", "0"), Verdict::Good);
        assert_eq!(judge("trusted-contact", "None"), Verdict::Mend);
        assert_eq!(judge("trusted-contact", "My sister"), Verdict::Good);
        assert_eq!(judge("printed-card", "2025-11-01"), Verdict::Good);
        assert_eq!(judge("printed-card", "2024-11-01"), Verdict::Mend);
        assert_eq!(judge("printed-card", "2025-12-24"), Verdict::Mend);
    }

    #[test]
    fn an_answer_of_another_shape_is_not_taken() {
        let mut answers = Answers::default();
        for (id, value) in [
            ("second-factor", "carrier pigeon"),
            ("second-factor-spare", "-1"),
            ("second-factor-spare", "two"),
            ("sim-lock", "perhaps"),
            ("security-desk", "call me"),
            ("printed-card", "yesterday"),
            ("trusted-contact", ""),
            ("trusted-contact", "a\u{1b}[2J"),
        ] {
            let taken = answers.answer(id, value, at(0));
            assert!(matches!(taken, Err(AnswerError::Shape(_))), "{id}: {value}");
        }
        let unknown = answers.answer("no-such", "1", at(0));
        assert!(matches!(unknown, Err(AnswerError::NoSuchQuestion(_))));
        assert_eq!(answers, Answers::default());
    }

    #[test]
    fn answers_read_back_as_they_were_kept_and_a_newer_file_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("answers.json");
        assert_eq!(Answers::read(&path).unwrap(), Answers::default());
        let mut answers = Answers::default();
        answers.answer("sim-lock", "yes", at(0)).unwrap();
        answers.keep(&path).unwrap();
        assert_eq!(Answers::read(&path).unwrap(), answers);
        std::fs::write(&path, "{\"version\":2}").unwrap();
        assert!(Answers::read(&path).is_err());
        assert!(answers.keep(&path).is_err());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "{\"version\":2}");
    }
}
