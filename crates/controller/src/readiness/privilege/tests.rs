use readiness::Verdict;
use vault::Live;

use super::*;
use crate::testing::account;

const KRAKEN: &str = "spot=https://api.kraken.com";

fn at() -> Timestamp {
    "2026-11-24T12:00:00Z".parse().unwrap()
}

fn audited(door: &str, facts: &[(&str, &str)]) -> Tested {
    let list = facts.iter();
    let list = list.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Tested {
        audits: vec![Audited {
            door: DoorKind::new(door),
            signs: true,
            told: Ok(Facts {
                list: list.collect(),
                missing: Vec::new(),
            }),
        }],
        ..Tested::nothing("k")
    }
}

fn exchange(venue: &str, door: &str) -> Account<Live> {
    Account::new("k", venue, vec![door.parse().unwrap()]).unwrap()
}

fn verdict(findings: &[Finding], id: &str) -> Option<Verdict> {
    findings.iter().find(|f| f.id == id).map(|f| f.verdict)
}

#[test]
fn a_key_with_the_least_rights_bound_and_young_is_good() {
    let tested = audited(
        "spot",
        &[
            (
                "key rights",
                "close-trades, query-funds, query-ledger, query-open-trades",
            ),
            (Snapshot::MAY_WITHDRAW, "no"),
            ("key works from", "203.0.113.7"),
            ("key expires", "never"),
            ("key made", "2026-10-01T08:00:00Z"),
        ],
    );
    let findings = of_account(&exchange("kraken", KRAKEN), &tested, at());
    assert!(
        findings.iter().all(|f| f.verdict == Verdict::Good),
        "{findings:#?}"
    );
    assert_eq!(findings.len(), 6);
}

#[test]
fn a_key_that_may_more_than_it_needs_is_to_be_made_anew() {
    let tested = audited(
        "spot",
        &[
            (
                "key rights",
                "close-trades, modify-trades, query-open-trades, withdraw-funds",
            ),
            (Snapshot::MAY_WITHDRAW, "yes"),
            ("key works from", "everywhere"),
            ("key expires", "2026-12-01T00:00:00Z"),
            ("key made", "2024-10-01T08:00:00Z"),
        ],
    );
    let findings = of_account(&exchange("kraken", KRAKEN), &tested, at());
    for id in [
        "key-may-withdraw",
        "key-too-wide",
        "key-not-bound",
        "key-ends",
        "key-old",
    ] {
        assert_eq!(verdict(&findings, id), Some(Verdict::Mend), "{id}");
    }
    let wide = findings.iter().find(|f| f.id == "key-too-wide").unwrap();
    assert!(wide.what.contains("modify-trades") && !wide.what.contains("withdraw"));
    assert!(wide.mend.contains("Settings > API"), "{}", wide.mend);
    assert_eq!(wide.subject, "k, spot");
}

#[test]
fn what_a_venue_does_not_tell_is_unknown_and_never_good() {
    let mut tested = audited("futures", &[(Snapshot::MAY_WITHDRAW, "unknown")]);
    if let Ok(facts) = &mut tested.audits[0].told {
        facts.missing.push(Missing {
            what: "other futures keys and logins".to_owned(),
            why: "Kraken lists them on its page only".to_owned(),
        });
    }
    let futures = exchange("kraken", "futures=https://futures.kraken.com");
    let findings = of_account(&futures, &tested, at());
    for id in ["key-may-withdraw", "key-not-bound", "not-told"] {
        assert_eq!(verdict(&findings, id), Some(Verdict::Unknown), "{id}");
    }
    tested.audits[0].told = Err(door::DoorError::new(
        door::ErrorClass::TimedOut,
        "",
        "no answer within 15 s",
    ));
    let findings = of_account(&futures, &tested, at());
    assert_eq!(verdict(&findings, "not-told"), Some(Verdict::Unknown));
    assert_eq!(verdict(&findings, "key-may-withdraw"), None);
}

#[test]
fn other_keys_of_an_account_are_told_one_by_one() {
    let tested = audited(
        "api",
        &[
            (
                "scope of this key",
                "account:read_write trade:read_write wallet:read custody:read_write",
            ),
            (Snapshot::MAY_WITHDRAW, "no"),
            (
                "key `firebreak` of main account",
                "on, this key, scope account:read_write, bound to 1 addresses, since 2026-10-01T08:00:00Z",
            ),
            (
                "key `bot` of main account",
                "on, scope trade:read_write wallet:read_write, bound to no address, since 2025-01-01T00:00:00Z",
            ),
            (
                "key `old` of main account",
                "off, scope trade:read, binding not told",
            ),
        ],
    );
    let findings = of_account(
        &exchange("deribit", "api=https://www.deribit.com"),
        &tested,
        at(),
    );
    let of = |id: &str| findings.iter().filter(|f| f.id == id).collect::<Vec<_>>();
    assert_eq!(of("other-key").len(), 2);
    assert_eq!(of("other-key-may-withdraw").len(), 1);
    assert!(of("other-key-may-withdraw")[0].subject.contains("`bot`"));
    assert_eq!(of("other-key-not-bound").len(), 1);
    assert!(of("key-too-wide")[0].what.contains("custody:read_write"));
    assert_eq!(verdict(&findings, "key-not-bound"), Some(Verdict::Good));
}

#[test]
fn doors_to_test_money_beside_doors_to_real_money_are_told() {
    let door = |kind: &str, paper| crate::account_test::DoorTested {
        kind: DoorKind::new(kind),
        reached: true,
        class: None,
        words: String::new(),
        next: String::new(),
        warnings: Vec::new(),
        clock_offset_ms: None,
        paper,
        took_ms: 1,
    };
    let tested = |second| Tested {
        doors: vec![door("tws", Some(true)), door("client-portal", second)],
        ..Tested::nothing("main")
    };
    let main = account("main", &["tws", "client-portal"]);
    let found = |second| mixed(&main, &tested(second)).map(|f| f.verdict);
    assert_eq!(found(Some(false)), Some(Verdict::Mend));
    assert_eq!(found(Some(true)), Some(Verdict::Good));
    assert_eq!(found(None), Some(Verdict::Good));
    assert_eq!(mixed(&main, &Tested::nothing("main")), None);
}
