//! Second factors: a method that wants one is answered with a challenge, and done when it comes
//! again with the challenge and a code. Each code is good once, each challenge for a minute
//! (docs.deribit.com/articles/security-keys).

use std::{collections::HashMap, time::Duration};

use serde_json::{Value, json};

use super::{
    Api, State,
    rpc::{Call, Refusal},
};

/// How long a challenge is good.
const CHALLENGE_LASTS: Duration = Duration::from_mins(1);
/// How long a used code could be taken for a fresh one.
const CODE_LASTS: Duration = Duration::from_mins(2);

/// Challenges that were given, and codes that were used.
#[derive(Default)]
pub(super) struct Challenges {
    given: HashMap<String, (String, Duration)>,
    used: HashMap<String, Duration>,
}

impl Api {
    /// The challenge for a call that came without a code, or nothing when its code is right.
    pub(super) fn challenge(
        &self,
        state: &mut State,
        call: &Call,
    ) -> Result<Option<Value>, Refusal> {
        let now = self.site.world.now();
        let refused =
            |reason| Refusal::new(13_668, "security_key_authorization_error").because(reason);
        let challenges = &mut state.challenges;
        challenges
            .given
            .retain(|_, (_, since)| now.saturating_sub(*since) < CHALLENGE_LASTS);
        challenges
            .used
            .retain(|_, since| now.saturating_sub(*since) < CODE_LASTS);
        let Some(code) = call.text("authorization_data") else {
            let challenge = format!(
                "{:016x}+{:016x}=",
                self.site.world.draw(),
                self.site.world.draw()
            );
            challenges
                .given
                .insert(challenge.clone(), (call.method.clone(), now));
            return Ok(Some(json!({
                "security_keys": [{ "type": "tfa", "name": "tfa" }],
                "security_key_authorization_required": true,
                "rp_id": "test.deribit.com",
                "challenge": challenge,
            })));
        };
        let given = call
            .text("challenge")
            .and_then(|challenge| challenges.given.remove(challenge));
        if given.is_none_or(|(method, _)| method != call.method) {
            return Err(refused("challenge_timeout"));
        }
        if code.is_empty() {
            return Err(refused("tfa_code_is_required"));
        }
        if challenges.used.contains_key(code) {
            return Err(refused("used_tfa_code"));
        }
        let (world, account) = (&self.site.world, &self.site.account);
        if !world.check_code(self.site.front, account, code) {
            return Err(refused("tfa_code_not_matched"));
        }
        challenges.used.insert(code.to_owned(), now);
        Ok(None)
    }
}
