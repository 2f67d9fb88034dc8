//! Whether the door's own key is cut, read from what the door saw of it. Kraken has no call that
//! cuts a key: the person does it on the page, and this tells what the venue makes of it.

use door::{DoorError, ErrorClass, Family, Found, Reading, Unseen};

use super::watch::{Standing, Watch};

/// What a reading says for `name`, the key of this door.
pub(super) fn reading(watch: &Watch, name: &str) -> Result<Reading, DoorError> {
    let still = |label: String, words: String| Reading {
        found: vec![Found::Key { label }],
        unseen: unseen(false),
        words,
        ..Reading::default()
    };
    match watch.standing() {
        Standing::Works | Standing::Unused => {
            Ok(still(name.to_owned(), format!("Kraken still takes {name}")))
        }
        Standing::RefusedOnce { said, .. } => Ok(still(
            format!("{name}, refused once"),
            format!("Kraken refused {name} once ({said}); it is asked again in a moment"),
        )),
        Standing::Refused { worked, said } => Ok(Reading {
            unseen: unseen(watch.was_bound()),
            words: format!("Kraken took {name} at {worked:.0} and refuses it since ({said})"),
            ..Reading::default()
        }),
        Standing::NeverWorked => Err(DoorError::new(
            ErrorClass::Unauthorised,
            "",
            "Kraken does not take this key, and it was never seen to work here: that it was cut \
             is not proved",
        )
        .next("Look on Kraken's API page whether the key is still listed.")),
    }
}

fn unseen(bound: bool) -> Vec<Unseen> {
    let mut unseen = vec![Unseen {
        what: Family::new("other keys"),
        why: "Kraken lists no keys by API; its page does".to_owned(),
    }];
    if bound {
        unseen.push(Unseen {
            what: Family::new("why the key is refused"),
            why: "it is bound to addresses, and Kraken has one word for a key that is cut and one \
                  that may not be used from here"
                .to_owned(),
        });
    }
    unseen
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kraken::watch::CONFIRMED_AFTER;

    fn no() -> DoorError {
        DoorError::new(ErrorClass::Unauthorised, "EAPI:Invalid key", "refused")
    }

    #[tokio::test(start_paused = true)]
    async fn a_key_is_found_until_its_refusal_is_confirmed() {
        let watch = Watch::default();
        watch.worked();
        assert_eq!(reading(&watch, "panic").unwrap().found.len(), 1);
        watch.refused(&no());
        assert_eq!(reading(&watch, "panic").unwrap().found.len(), 1);
        tokio::time::advance(CONFIRMED_AFTER).await;
        watch.refused(&no());
        let cut = reading(&watch, "panic").unwrap();
        assert!(cut.found.is_empty());
        assert_eq!(cut.unseen.len(), 1);
        assert!(cut.words.contains("EAPI:Invalid key"), "{}", cut.words);
    }

    #[tokio::test(start_paused = true)]
    async fn for_a_key_bound_to_addresses_the_reason_stays_open() {
        let watch = Watch::default();
        watch.worked();
        watch.is_bound(true);
        watch.refused(&no());
        tokio::time::advance(CONFIRMED_AFTER).await;
        watch.refused(&no());
        assert_eq!(reading(&watch, "panic").unwrap().unseen.len(), 2);
    }

    #[test]
    fn without_a_positive_control_nothing_is_proved() {
        let watch = Watch::default();
        watch.refused(&no());
        assert!(reading(&watch, "panic").is_err());
    }
}
