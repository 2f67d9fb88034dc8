//! The outside time stamp, where there is one.

use sha2::{Digest, Sha256};

use super::{Outcome, StampSeen, checks::failed, gather::Gathered};
use crate::{bag, stamp};

/// What it says, and what came of the check; nothing where the bundle carries none.
pub(super) fn check(gathered: &Gathered) -> (Option<StampSeen>, Option<Outcome>) {
    let Some(response) = gathered.content(bag::STAMP_FILE) else {
        let alone = gathered.files.contains_key(bag::STAMP_CHAIN_FILE);
        let outcome = alone.then(|| failed("certificates are there, and no time stamp"));
        return (None, outcome);
    };
    let Some(message) = gathered.content(bag::TAG_MANIFEST_FILE) else {
        return (None, Some(failed("what is stamped is missing")));
    };
    match stamp::read(response, Sha256::digest(message).into(), None) {
        Err(why) => (None, Some(failed(&why))),
        Ok(answer) if gathered.text(bag::STAMP_CHAIN_FILE) != Some(answer.chain.as_str()) => (
            None,
            Some(failed(
                "tsa.pem does not hold the time stamp's certificates",
            )),
        ),
        Ok(answer) => {
            let seen = StampSeen {
                at: answer.at,
                authority: answer.authority,
                vouched_by: answer.vouched_by,
                expires: answer.expires,
            };
            let outcome = Outcome::Passed {
                seen: format!(
                    "it existed at {} by the clock of {} (vouched for by {}, until {})",
                    seen.at, seen.authority, seen.vouched_by, seen.expires
                ),
            };
            (Some(seen), Some(outcome))
        }
    }
}
