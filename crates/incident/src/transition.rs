//! The state table: which word a task may go to, from which, by what. Nothing else changes a word.

use crate::Word;

/// What can happen to a task's word.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Step {
    /// Its waiting is over, and a door can be asked.
    ReleasedToDoor,
    /// Its waiting is over, and only the person can do it.
    ReleasedToPerson,
    /// An effect started.
    AttemptStarted,
    /// An effect failed or came back; a reading started, failed or came back.
    Heard,
    /// The venue took it.
    Accepted,
    /// Proof was seen.
    Verified,
    /// All within reach is done, and something stays.
    Partial,
    /// Every door said no.
    Refused,
    /// Every door said no, and the person can do it.
    NeedsYou,
    /// The deadline passed, or hold-down went blind.
    Unknown,
    /// Something proved is open again.
    Reopened,
    /// The person read a value.
    Answered,
    /// The person passed over it.
    Skipped,
    /// The program ended in the middle and came back.
    Resumed,
}

/// The word after `step`, or `None` where the pair is illegal.
pub(crate) fn transition(from: Word, step: Step) -> Option<Word> {
    use Word::{Accepted, NeedsYou, Partial, Queued, Refused, Sending, Skipped, Unknown, Verified};

    match (step, from) {
        (Step::ReleasedToDoor, Queued) | (Step::Reopened, Verified) => Some(Sending),
        (Step::ReleasedToPerson, Queued) | (Step::NeedsYou, Sending | Accepted) => Some(NeedsYou),
        (Step::Accepted, Sending) => Some(Accepted),
        (
            Step::Verified,
            Sending | Accepted | Unknown | Partial | Refused | NeedsYou,
        ) => Some(Verified),
        (Step::Partial, Sending | Accepted | Unknown | Partial) => Some(Partial),
        (Step::Refused, Sending | Accepted) => Some(Refused),
        (Step::Unknown, Sending | Accepted | Verified) => Some(Unknown),
        (Step::Skipped, Queued | NeedsYou | Refused | Unknown | Partial) => Some(Skipped),
        // what is under way when the program ends is not known when it comes back
        (Step::Resumed, Sending | Accepted) => Some(Unknown),

        // these leave the word as it is
        (Step::AttemptStarted, Sending | Accepted | Unknown | Partial | NeedsYou)
        | (
            Step::Heard,
            Sending | Accepted | Verified | Partial | Refused | Unknown | NeedsYou | Skipped,
        )
        // an acceptance that comes late is recorded, and makes nothing greener
        | (Step::Accepted, Accepted | Verified | Partial | Refused | Unknown | NeedsYou | Skipped)
        | (Step::Answered, NeedsYou)
        | (
            Step::Resumed,
            Queued | Verified | Partial | Refused | Unknown | NeedsYou | Skipped,
        ) => Some(from),

        (Step::ReleasedToDoor | Step::ReleasedToPerson, _)
        | (Step::AttemptStarted, Queued | Verified | Refused | Skipped)
        | (Step::Heard | Step::Accepted, Queued)
        | (Step::Verified, Queued | Verified | Skipped)
        | (Step::Partial, Queued | Verified | Refused | NeedsYou | Skipped)
        | (
            Step::Refused | Step::NeedsYou,
            Queued | Verified | Partial | Refused | Unknown | NeedsYou | Skipped,
        )
        | (Step::Unknown, Queued | Partial | Refused | Unknown | NeedsYou | Skipped)
        | (
            Step::Reopened,
            Queued | Sending | Accepted | Partial | Refused | Unknown | NeedsYou | Skipped,
        )
        | (
            Step::Answered,
            Queued | Sending | Accepted | Verified | Partial | Refused | Unknown | Skipped,
        )
        | (Step::Skipped, Sending | Accepted | Verified | Skipped) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORDS: [Word; 9] = [
        Word::Queued,
        Word::Sending,
        Word::Accepted,
        Word::Verified,
        Word::Partial,
        Word::Refused,
        Word::Unknown,
        Word::NeedsYou,
        Word::Skipped,
    ];

    fn sources(step: Step) -> Vec<Word> {
        WORDS
            .into_iter()
            .filter(|word| transition(*word, step).is_some())
            .collect()
    }

    #[test]
    fn only_proof_turns_a_word_to_verified() {
        for from in WORDS {
            for step in [
                Step::ReleasedToDoor,
                Step::ReleasedToPerson,
                Step::AttemptStarted,
                Step::Heard,
                Step::Accepted,
                Step::Partial,
                Step::Refused,
                Step::NeedsYou,
                Step::Unknown,
                Step::Reopened,
                Step::Answered,
                Step::Skipped,
                Step::Resumed,
            ] {
                let to = transition(from, step);
                assert!(
                    to != Some(Word::Verified) || from == Word::Verified,
                    "{from} became verified by {step:?}"
                );
            }
        }
    }

    #[test]
    fn silence_makes_only_what_was_under_way_or_held_unknown() {
        assert_eq!(
            sources(Step::Unknown),
            [Word::Sending, Word::Accepted, Word::Verified]
        );
    }

    #[test]
    fn what_is_verified_or_under_way_cannot_be_skipped() {
        assert_eq!(
            sources(Step::Skipped),
            [
                Word::Queued,
                Word::Partial,
                Word::Refused,
                Word::Unknown,
                Word::NeedsYou
            ]
        );
    }

    #[test]
    fn a_late_acceptance_changes_no_word() {
        for from in WORDS {
            match from {
                Word::Queued => assert_eq!(transition(from, Step::Accepted), None),
                Word::Sending => assert_eq!(transition(from, Step::Accepted), Some(Word::Accepted)),
                Word::Accepted
                | Word::Verified
                | Word::Partial
                | Word::Refused
                | Word::Unknown
                | Word::NeedsYou
                | Word::Skipped => assert_eq!(transition(from, Step::Accepted), Some(from)),
            }
        }
    }
}
