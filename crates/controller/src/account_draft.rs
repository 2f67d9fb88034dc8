//! An account as it is being typed, judged field by field before anything is kept.
//!
//! What is right and wrong is decided where accounts are read, in [`venues`]; here it is only said
//! beside which field it belongs. Nothing here opens a connection. What was typed of a key is taken
//! over or overwritten, and never given back.

use std::collections::BTreeMap;

use door::Family;
use serde::{Deserialize, Serialize};
use vault::{Live, Secret};
use venues::{Account, Address, ConfigError, DoorConfig, DoorKey, DoorText, Field, Kind};

use crate::{Error, FieldProblem};

/// The longest name of an order family.
const FAMILY_AT_MOST: usize = 40;

/// An account as typed. Empty text stands for nothing.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Draft {
    /// The nickname.
    pub name: String,
    /// The venue's id.
    pub venue: String,
    /// The legal entity's code.
    pub entity: String,
    /// Its doors.
    pub doors: Vec<DoorText>,
    /// Order families that exist there and that no door sees (`fix`, `other-users`).
    pub unseen: Vec<String>,
}

/// What was typed of the key of one door. It cannot be printed, cloned or written.
pub struct TypedKey {
    /// The door's kind.
    pub kind: String,
    /// What names the key.
    pub key: Secret,
    /// What it signs with.
    pub secret: Secret,
}

/// What is to be said about a draft.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Judged {
    /// What is wrong, field by field; empty when it can be added.
    pub problems: Vec<FieldProblem>,
    /// What the person should know before it is added.
    pub warnings: Vec<String>,
}

/// Judges all fields of `draft` beside the accounts that there are. Keeps nothing.
pub fn judge(draft: &Draft, others: &[Account<Live>]) -> Judged {
    let mut problems = BTreeMap::new();
    let doors = draft
        .doors
        .iter()
        .enumerate()
        .filter_map(|(place, typed)| judge_door(place, typed, &mut problems))
        .collect::<Vec<_>>();
    judge_account(draft, &doors, &mut problems);
    let name = draft.name.trim();
    if others
        .iter()
        .any(|other| other.name().as_str().to_lowercase() == name.to_lowercase())
    {
        problems.entry("name".to_owned()).or_insert_with(|| {
            (
                format!("there is already an account named {name}"),
                "choose another name".to_owned(),
            )
        });
    }
    let warnings = if problems.is_empty() {
        build(draft)
            .map(|account| account.warnings(others))
            .unwrap_or_default()
    } else {
        Vec::new()
    };
    Judged {
        problems: problems
            .into_iter()
            .map(|(field, (what, next))| FieldProblem { field, what, next })
            .collect(),
        warnings,
    }
}

/// The keys of the doors of `draft` that sign with one, or what is wrong with them, field by field.
/// One that was not typed counts as empty.
pub fn judge_keys(
    draft: &Draft,
    mut typed: Vec<TypedKey>,
) -> Result<Vec<DoorKey>, Vec<FieldProblem>> {
    let mut keys = Vec::new();
    let mut problems = Vec::new();
    for (place, door) in draft.doors.iter().enumerate() {
        let signs = |kind: &Kind| kind.signs();
        let Some(kind) = Kind::from_id(door.kind.trim()).filter(signs) else {
            continue;
        };
        let (key, secret) = match typed.iter().position(|one| one.kind == kind.id()) {
            Some(at) => {
                let TypedKey { key, secret, .. } = typed.swap_remove(at);
                (key, secret)
            }
            None => (Secret::new(String::new()), Secret::new(String::new())),
        };
        match DoorKey::typed(kind, key, secret) {
            Ok(key) => keys.push(key),
            Err(ConfigError {
                field, what, next, ..
            }) => problems.push(FieldProblem {
                field: format!("doors.{place}.{}", field.unwrap_or(Field::Key).id()),
                what,
                next,
            }),
        }
    }
    if problems.is_empty() {
        Ok(keys)
    } else {
        Err(problems)
    }
}

/// The account that `draft` describes. The first thing that is wrong with it is the error.
pub fn build(draft: &Draft) -> Result<Account<Live>, Error> {
    let doors = draft
        .doors
        .iter()
        .map(DoorConfig::try_from)
        .collect::<Result<Vec<_>, _>>()?;
    let account = Account::<Live>::new(draft.name.trim(), draft.venue.trim(), doors)?;
    let account = match draft.entity.trim() {
        "" => account,
        entity => account.with_entity(entity)?,
    };
    Ok(account.with_unseen(families(&draft.unseen)?))
}

/// Order families by their names, each checked.
pub fn families(names: &[String]) -> Result<Vec<Family>, Error> {
    names
        .iter()
        .map(|name| {
            let name = name.trim();
            let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            if name.is_empty() || name.len() > FAMILY_AT_MOST || !name.chars().all(plain) {
                return Err(Error::wrong(format!(
                    "`{}` does not name a kind of orders",
                    door::clean(name)
                ))
                .untouched("nothing was saved, and nothing was sent to any venue")
                .next("use lower-case letters, digits and hyphens, as fix or other-users"));
            }
            Ok(Family::new(name))
        })
        .collect()
}

/// Reads the SHA-256 of the certificate that a gateway on this computer shows, in hex, to compare
/// and to pin. Sends nothing but the beginning of a handshake.
pub async fn read_certificate(address: &str) -> Result<String, Error> {
    let untouched = "nothing was saved, and no request was sent";
    let address = Address::parse(Kind::ClientPortal, address.trim())
        .map_err(|error| Error::from(error).untouched(untouched))?;
    match venues::shown_certificate(&address).await {
        Ok(shown) => Ok(shown.to_string()),
        Err(error) => Err(Error::wrong(&error).untouched(untouched).next(error.next)),
    }
}

/// By field: what is wrong, and how to mend it.
type Problems = BTreeMap<String, (String, String)>;

/// Judges one door: what is wrong with a field is noted and put aside, until the rest is right.
/// The door as far as it can be read comes back.
fn judge_door(place: usize, typed: &DoorText, problems: &mut Problems) -> Option<DoorConfig> {
    let mut typed = typed.clone();
    loop {
        let error = match DoorConfig::try_from(&typed) {
            Ok(door) => return Some(door),
            Err(error) => error,
        };
        let Some(field) = error.field else {
            note(problems, format!("doors.{place}.kind"), error);
            return None;
        };
        let name = format!("doors.{place}.{}", field.id());
        if problems.contains_key(&name) {
            return None;
        }
        note(problems, name, error);
        match field {
            Field::Address => {
                Kind::from_id(typed.kind.trim())?
                    .example()
                    .clone_into(&mut typed.address);
            }
            Field::Username => typed.username.clear(),
            Field::Pin => typed.pin.clear(),
            Field::ClientId => typed.client_id.clear(),
            Field::Kind
            | Field::Key
            | Field::Secret
            | Field::Name
            | Field::Venue
            | Field::Entity
            | Field::Doors
            | Field::Unseen => return None,
        }
    }
}

/// Judges what is not a door's, the same way.
fn judge_account(draft: &Draft, doors: &[DoorConfig], problems: &mut Problems) {
    let all_doors_wrong = doors.is_empty() && !draft.doors.is_empty();
    let mut name = draft.name.trim().to_owned();
    let mut venue = draft.venue.trim().to_owned();
    let account = loop {
        let error = match Account::<Live>::new(&name, &venue, doors.to_vec()) {
            Ok(account) => break Some(account),
            Err(error) => error,
        };
        match error.field {
            Some(Field::Name) if !problems.contains_key("name") => {
                note(problems, "name".to_owned(), error);
                "account".clone_into(&mut name);
            }
            Some(Field::Venue) if !problems.contains_key("venue") => {
                note(problems, "venue".to_owned(), error);
                runbook::VENUES[0].clone_into(&mut venue);
            }
            // that none is left is no news when each was said to be wrong
            Some(Field::Doors) if all_doors_wrong => break None,
            Some(_) | None => {
                note(problems, "doors".to_owned(), error);
                break None;
            }
        }
    };
    let entity = draft.entity.trim();
    if let (Some(account), false) = (account, entity.is_empty())
        && let Err(error) = account.with_entity(entity)
    {
        note(problems, "entity".to_owned(), error);
    }
    if let Err(error) = families(&draft.unseen) {
        problems.insert("unseen".to_owned(), (error.what, error.next));
    }
}

fn note(problems: &mut Problems, field: String, error: ConfigError) {
    problems.insert(field, (error.what, error.next));
}

#[cfg(test)]
mod tests {
    use super::*;

    const PIN: &str = "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0";

    #[test]
    fn a_good_draft_has_no_problems_and_is_built_as_typed() {
        let mut draft = draft();
        draft.entity = "IE".to_owned();
        draft.unseen = vec!["fix".to_owned()];
        draft.doors[0].client_id = " 77 ".to_owned();
        draft.doors.push(DoorText {
            kind: "client-portal".to_owned(),
            address: "https://localhost:5000/".to_owned(),
            username: "ada".to_owned(),
            pin: PIN.to_owned(),
            ..DoorText::default()
        });
        assert_eq!(judge(&draft, &[]), Judged::default());
        let account = build(&draft).unwrap();
        assert_eq!(account.doors()[0].client_id(), Some(77));
        assert_eq!(account.doors()[1].address_text(), "https://127.0.0.1:5000");
        assert_eq!(account.unseen(), [Family::new("fix")]);
    }

    #[test]
    fn every_nonsense_is_refused_beside_its_own_field() {
        for (field, typed) in [
            ("name", with(|draft| "a b".clone_into(&mut draft.name))),
            ("name", with(|draft| draft.name.clear())),
            ("venue", with(|draft| "bitmex".clone_into(&mut draft.venue))),
            ("venue", with(|draft| draft.venue.clear())),
            ("entity", with(|draft| "usa".clone_into(&mut draft.entity))),
            ("doors", with(|draft| draft.doors.clear())),
            (
                "doors",
                with(|draft| draft.doors.push(draft.doors[0].clone())),
            ),
            ("unseen", with(|draft| draft.unseen.push(String::new()))),
            ("unseen", with(|draft| draft.unseen.push("a\nb".to_owned()))),
            ("doors.0.kind", door(|door| door.kind.clear())),
            (
                "doors.0.kind",
                door(|door| "ftp".clone_into(&mut door.kind)),
            ),
            ("doors.0.address", door(|door| door.address.clear())),
            ("doors.0.address", address("127.0.0.1")),
            ("doors.0.address", address("127.0.0.1:70000")),
            ("doors.0.address", address("https://127.0.0.1:5000")),
            ("doors.0.address", address("10.0.0.5:7496")),
            ("doors.0.address", address("a b:7496")),
            (
                "doors.0.username",
                door(|door| "a,b".clone_into(&mut door.username)),
            ),
            ("doors.0.pin", door(|door| "zz".clone_into(&mut door.pin))),
            (
                "doors.0.client_id",
                door(|door| "seven".clone_into(&mut door.client_id)),
            ),
            (
                "doors.0.client_id",
                door(|door| "0".clone_into(&mut door.client_id)),
            ),
        ] {
            let judged = judge(&typed, &[]);
            let fields = judged
                .problems
                .iter()
                .map(|problem| problem.field.as_str())
                .collect::<Vec<_>>();
            assert_eq!(fields, [field], "{judged:?}");
            let problem = &judged.problems[0];
            assert!(!problem.what.is_empty() && !problem.next.is_empty());
            assert!(!problem.next.contains("--"), "{}", problem.next);
            assert!(build(&typed).is_err(), "{typed:?}");
        }
    }

    #[test]
    fn everything_that_is_wrong_is_said_at_once() {
        let typed = Draft {
            name: "/".to_owned(),
            venue: "nowhere".to_owned(),
            entity: "x".to_owned(),
            doors: vec![
                DoorText {
                    kind: "tws".to_owned(),
                    address: "x".to_owned(),
                    username: "a\tb".to_owned(),
                    pin: "1".to_owned(),
                    client_id: "x".to_owned(),
                    allow_remote: false,
                },
                DoorText::default(),
            ],
            unseen: vec!["FIX orders".to_owned()],
        };
        let fields = judge(&typed, &[])
            .problems
            .into_iter()
            .map(|problem| problem.field)
            .collect::<Vec<_>>();
        assert_eq!(
            fields,
            [
                "doors.0.address",
                "doors.0.client_id",
                "doors.0.pin",
                "doors.0.username",
                "doors.1.kind",
                "entity",
                "name",
                "unseen",
                "venue",
            ]
        );
    }

    #[test]
    fn another_computer_is_taken_only_once_it_was_accepted_and_is_warned_of() {
        let mut typed = address("10.0.0.5:7496");
        let refused = judge(&typed, &[]).problems;
        assert!(refused[0].next.contains("read and change what is sent"));
        typed.doors[0].allow_remote = true;
        let judged = judge(&typed, &[]);
        assert_eq!(judged.problems, []);
        assert!(judged.warnings[0].contains("on another computer"));
    }

    #[test]
    fn a_name_that_is_taken_in_another_case_is_refused() {
        let other = build(&draft()).unwrap();
        let judged = judge(&with(|draft| "Main".clone_into(&mut draft.name)), &[other]);
        assert_eq!(judged.problems[0].field, "name");
        assert!(judged.problems[0].what.contains("already"));
    }

    #[test]
    fn keys_are_judged_beside_their_doors_and_never_repeated() {
        let mut draft = draft();
        draft.venue = "kraken".to_owned();
        draft.doors = ["spot", "futures"]
            .map(|kind| DoorText {
                kind: kind.to_owned(),
                ..DoorText::default()
            })
            .to_vec();
        let typed = |kind: &str, key: &str, secret: &str| TypedKey {
            kind: kind.to_owned(),
            key: Secret::new(key.to_owned()),
            secret: Secret::new(secret.to_owned()),
        };
        let problems = judge_keys(&draft, vec![typed("spot", "hunter2", "hun ter2")]);
        let problems = problems.err().unwrap();
        let fields = problems.iter().map(|problem| problem.field.as_str());
        assert_eq!(
            fields.collect::<Vec<_>>(),
            ["doors.0.secret", "doors.1.key"]
        );
        assert!(!format!("{problems:?}").contains("hun"), "{problems:?}");

        let both = ["futures", "spot"].map(|kind| typed(kind, kind, "c2VjcmV0"));
        let keys = judge_keys(&draft, both.into()).ok().unwrap();
        let kinds = keys.iter().map(|key| (key.kind, key.key.expose()));
        assert_eq!(
            kinds.collect::<Vec<_>>(),
            [(Kind::KrakenSpot, "spot"), (Kind::KrakenFutures, "futures")]
        );
    }

    #[tokio::test]
    async fn a_certificate_is_read_only_from_a_gateway_on_this_computer() {
        for (address, word) in [
            ("127.0.0.1:5000", "https://"),
            ("http://127.0.0.1:5000", "https://"),
            ("https://10.1.2.3:5000", "not on this computer"),
            ("https://gw.example:5000", "not on this computer"),
        ] {
            let error = read_certificate(address).await.unwrap_err();
            assert!(error.what.contains(word), "{error}");
            assert!(!error.next.is_empty() && !error.untouched.is_empty());
        }
    }

    #[tokio::test]
    async fn a_certificate_is_the_one_that_the_gateway_shows() {
        let served = simulator::serve(simulator::serve::Spec {
            fronts: [simulator::faults::Front::ClientPortal].into(),
            ..simulator::serve::Spec::default()
        })
        .await
        .unwrap();
        let door = &served.accounts()[0].doors()[0];
        let shown = read_certificate(&door.url()).await.unwrap();
        assert_eq!(Some(shown.as_str()), door.pin());
        let asked = served
            .world()
            .truth_so_far()
            .into_iter()
            .filter(|event| matches!(event.what, simulator::truth::Happening::Request { .. }))
            .count();
        assert_eq!(asked, 0, "no request reached the gateway");
        served.stop().await;
    }

    #[tokio::test]
    async fn what_speaks_no_tls_and_what_does_not_listen_show_no_certificate() {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0))
            .await
            .unwrap();
        let address = format!("https://{}", listener.local_addr().unwrap());
        let hangs_up = async {
            drop(listener.accept().await.unwrap());
        };
        let (shown, ()) = tokio::join!(read_certificate(&address), hangs_up);
        let error = shown.unwrap_err();
        assert!(error.what.contains("shows no certificate"), "{error}");
        drop(listener);
        let error = read_certificate(&address).await.unwrap_err();
        assert!(error.what.contains("nothing listens"), "{error}");
    }

    fn draft() -> Draft {
        Draft {
            name: "main".to_owned(),
            venue: "ibkr".to_owned(),
            doors: vec![DoorText {
                kind: "tws".to_owned(),
                address: "127.0.0.1:7496".to_owned(),
                ..DoorText::default()
            }],
            ..Draft::default()
        }
    }

    fn with(change: impl Fn(&mut Draft)) -> Draft {
        let mut draft = draft();
        change(&mut draft);
        draft
    }

    fn door(change: impl Fn(&mut DoorText)) -> Draft {
        with(|draft| change(&mut draft.doors[0]))
    }

    fn address(address: &str) -> Draft {
        door(|door| address.clone_into(&mut door.address))
    }
}
