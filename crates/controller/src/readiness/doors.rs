//! The doors of one account: reached, armed, their keys taken, their clocks, their pace.

use std::time::Duration;

use door::ErrorClass;
use readiness::{Area, Finding, Severity};
use vault::Realm;
use venues::{Account, Kind};

use super::rule::{Rule, of_door};
use crate::{
    Error,
    account_test::{DoorTested, Tested},
};

/// From how far off on a venue's clock is a finding, in milliseconds.
const CLOCK_OFF_MS: u64 = 5_000;

const REACHED: Rule = Rule {
    id: "door-reached",
    area: Area::Lever,
    severity: Severity::High,
    why: "A press can act only through a door that answers.",
};
const CREDENTIAL: Rule = Rule {
    id: "credential-works",
    area: Area::Lever,
    severity: Severity::Critical,
    why: "The venue does not take the credential: every lever of this door is dead.",
};
const ARMED: Rule = Rule {
    id: "account-armed",
    area: Area::Lever,
    severity: Severity::Low,
    why: "An armed account is contained within one round trip; else its doors are opened first.",
};
const CLOCK: Rule = Rule {
    id: "clock",
    area: Area::Lever,
    severity: Severity::Medium,
    why: "Signed requests carry this computer's time, and so does the record.",
};
const PACING: Rule = Rule {
    id: "pacing-room",
    area: Area::Lever,
    severity: Severity::Medium,
    why: "A venue that is asked too often answers late or not at all, also to a cancel.",
};
const WARNS: Rule = Rule {
    id: "door-warns",
    area: Area::Lever,
    severity: Severity::Low,
    why: "The door itself says so whenever it is opened.",
};
const ELSEWHERE: Rule = Rule {
    id: "door-on-another-computer",
    area: Area::Privilege,
    severity: Severity::High,
    why: "Whoever is on the way can read and change what is sent.",
};
const ONE_SEAT: Rule = Rule {
    id: "doors-share-a-user",
    area: Area::Lever,
    severity: Severity::Medium,
    why: "One user holds one brokerage session: opening one door may close the other.",
};
const PART: Rule = Rule {
    id: "part-without-a-door",
    area: Area::Lever,
    severity: Severity::Medium,
    why: "Orders in that part of the account are neither seen nor cancelled.",
};
/// Warnings that a finding of their own stands for, by how they begin.
const TOLD_ELSEWHERE: [&str; 8] = [
    "This is a paper account",
    "This is test.deribit.com",
    "This key can withdraw",
    "This key cannot",
    "This key expires",
    "This key is bound to no IP",
    "Read-Only API is on",
    "Without the scope",
];

/// Whether an account is armed just now.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Armed {
    /// A door is open and kept warm.
    Yes,
    /// Why not.
    No(String),
}

/// What is found of the doors of one account.
pub(super) fn of_account<R: Realm>(
    account: &Account<R>,
    tested: &Tested,
    armed: &Armed,
) -> Vec<Finding> {
    let name = account.name().as_str();
    let mut findings: Vec<Finding> = tested.doors.iter().map(|it| reached(name, it)).collect();
    findings.push(match armed {
        Armed::Yes => ARMED.good(
            name,
            "The account is armed.",
            "the resident process was asked",
        ),
        Armed::No(why) => ARMED.mend(
            name,
            "The account is not armed.",
            format!("firebreak arm {name}"),
            why,
        ),
    });
    findings.extend(clock(name, &tested.doors));
    findings.push(pacing(account, tested));
    for door in &tested.doors {
        let untold = door.warnings.iter().filter(|warning| {
            !TOLD_ELSEWHERE
                .iter()
                .any(|begins| warning.starts_with(begins))
        });
        findings.extend(untold.map(|warning| {
            let subject = of_door(name, &door.kind);
            WARNS.mend(&subject, warning, "", "the door was opened")
        }));
    }
    findings.extend(configured(account));
    findings
}

/// An account whose doors cannot be built.
pub(super) fn not_built(account: &str, error: &Error) -> Finding {
    REACHED.mend(
        account,
        format!("Not reached: {}.", error.what),
        &error.next,
        "its doors were built",
    )
}

fn reached(account: &str, door: &DoorTested) -> Finding {
    let subject = of_door(account, &door.kind);
    let how = format!(
        "the door was opened, and no lever pulled; {} ms",
        door.took_ms
    );
    if door.reached {
        return REACHED.good(&subject, format!("Reached: {}.", door.words), how);
    }
    let rule = if door.class == Some(ErrorClass::Unauthorised) {
        CREDENTIAL
    } else {
        REACHED
    };
    let what = format!("Not reached: {}.", door.words);
    // what may pass by itself says nothing about the day
    let passing = [
        ErrorClass::Paced,
        ErrorClass::Malformed,
        ErrorClass::TimedOut,
    ];
    if door.class.is_some_and(|class| passing.contains(&class)) {
        return REACHED.unknown(
            &subject,
            what,
            format!("firebreak readiness {account}"),
            how,
        );
    }
    let mend = if door.next.is_empty() {
        format!("firebreak account test {account}")
    } else {
        door.next.clone()
    };
    rule.mend(&subject, what, mend, how)
}

fn clock(account: &str, doors: &[DoorTested]) -> Option<Finding> {
    if !doors.iter().any(|door| door.reached) {
        return None;
    }
    let told = doors
        .iter()
        .filter_map(|door| Some((&door.kind, door.clock_offset_ms?)));
    let Some((door, off)) = told.max_by_key(|(_, off)| off.unsigned_abs()) else {
        return Some(CLOCK.unknown(
            account,
            "No door of this account tells the venue's time.",
            "set this computer's clock by the network",
            "the doors were opened",
        ));
    };
    let how = format!("the {door} door's clock is {off} ms from this computer's");
    Some(if off.unsigned_abs() > CLOCK_OFF_MS {
        CLOCK.mend(
            account,
            "This computer's clock and the venue's differ by more than 5 s.",
            "set this computer's clock by the network",
            how,
        )
    } else {
        CLOCK.good(account, "This computer's clock and the venue's agree.", how)
    })
}

fn pacing<R: Realm>(account: &Account<R>, tested: &Tested) -> Finding {
    let name = account.name().as_str();
    let slow = tested
        .paced
        .iter()
        .map(|(door, words)| format!("{door}: {words}"));
    let slow = slow.collect::<Vec<_>>();
    if !slow.is_empty() {
        return PACING.mend(
            name,
            "The venue asks for fewer requests.",
            "stop the programs that use the same key or login, or give Firebreak a key of its own",
            slow.join("; "),
        );
    }
    let paces = account.outline(None).doors.into_iter().map(|door| {
        let pace = Duration::from_millis(door.poll_interval_ms);
        format!("{}: a listing each {} s", door.kind, pace.as_secs_f64())
    });
    let how = paces.collect::<Vec<_>>().join(", ");
    PACING.good(name, "There is room for requests.", how)
}

/// What follows from how the account is configured.
fn configured<R: Realm>(account: &Account<R>) -> Vec<Finding> {
    let name = account.name().as_str();
    let how = "the accounts file was read";
    let mut findings = Vec::new();
    for (index, door) in account.doors().iter().enumerate() {
        let subject = of_door(name, door.kind());
        if !door.address().is_loopback() && !door.kind().signs() {
            findings.push(ELSEWHERE.mend(
                &subject,
                format!(
                    "The door is at {}, on another computer.",
                    door.address_text()
                ),
                "run TWS or the gateway on this computer, or reach it through a tunnel",
                how,
            ));
        }
        let shares = account.doors()[index + 1..].iter().find(|other| {
            let both_trade = door.kind() != Kind::Ibc && other.kind() != Kind::Ibc;
            both_trade && door.username().is_some() && door.username() == other.username()
        });
        if let Some(other) = shares {
            findings.push(ONE_SEAT.mend(
                name,
                format!("The doors {} and {} are logged in as one user.", door.kind(), other.kind()),
                "make a second user for Firebreak: Settings > Account Settings > Users & Access Rights",
                how,
            ));
        }
        let sibling = match door.kind() {
            Kind::KrakenSpot => Some(Kind::KrakenFutures),
            Kind::KrakenFutures => Some(Kind::KrakenSpot),
            Kind::Tws | Kind::ClientPortal | Kind::Ibc | Kind::Flex | Kind::Deribit => None,
        };
        let missing = sibling.filter(|kind| !account.doors().iter().any(|d| d.kind() == *kind));
        if let Some(kind) = missing {
            findings.push(PART.mend(
                &subject,
                format!("The account has no {kind} door."),
                format!("if you trade there, add the account again with a {kind} door"),
                how,
            ));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use readiness::Verdict;

    use super::*;
    use crate::testing::account;

    fn door(kind: &str, reached: bool, class: Option<ErrorClass>) -> DoorTested {
        DoorTested {
            kind: door::DoorKind::new(kind),
            reached,
            class,
            words: "words".to_owned(),
            next: String::new(),
            warnings: Vec::new(),
            clock_offset_ms: None,
            paper: None,
            took_ms: 3,
        }
    }

    #[test]
    fn a_key_that_is_not_taken_is_worse_than_a_door_that_does_not_answer() {
        let silent = reached("main", &door("tws", false, Some(ErrorClass::Unreachable)));
        let refused = reached("main", &door("tws", false, Some(ErrorClass::Unauthorised)));
        assert_eq!(
            (silent.id.as_str(), refused.id.as_str()),
            ("door-reached", "credential-works")
        );
        assert!(refused.severity < silent.severity);
        assert_eq!(silent.mend, "firebreak account test main");
        assert_eq!(
            reached("main", &door("tws", true, None)).verdict,
            Verdict::Good
        );
    }

    #[test]
    fn a_clock_counts_by_the_door_that_is_furthest_off_and_none_is_unknown() {
        let verdict = |offsets: &[Option<i64>]| {
            let doors: Vec<_> = offsets
                .iter()
                .map(|off| DoorTested {
                    clock_offset_ms: *off,
                    ..door("tws", true, None)
                })
                .collect();
            clock("main", &doors).map(|finding| finding.verdict)
        };
        assert_eq!(verdict(&[Some(40), Some(-6_000)]), Some(Verdict::Mend));
        assert_eq!(verdict(&[Some(40), None]), Some(Verdict::Good));
        assert_eq!(verdict(&[None]), Some(Verdict::Unknown));
        assert_eq!(clock("main", &[door("tws", false, None)]), None);
    }

    #[test]
    fn what_a_door_warns_of_is_a_finding_unless_another_says_it() {
        let tested = Tested {
            doors: vec![DoorTested {
                warnings: vec![
                    "This is a paper account: no real order is touched.".to_owned(),
                    "Another session of the same user has the brokerage seat.".to_owned(),
                ],
                ..door("tws", true, None)
            }],
            ..Tested::nothing("main")
        };
        let findings = of_account(&account("main", &["tws"]), &tested, &Armed::Yes);
        let warns: Vec<_> = findings.iter().filter(|f| f.id == "door-warns").collect();
        assert_eq!(warns.len(), 1);
        assert!(warns[0].what.contains("brokerage seat"));
    }

    #[test]
    fn a_venue_that_asks_for_fewer_requests_leaves_no_room() {
        let paced = Tested {
            paced: vec![(door::DoorKind::new("tws"), "EAPI:Rate limit".to_owned())],
            ..Tested::nothing("main")
        };
        let account = account("main", &["tws"]);
        assert_eq!(pacing(&account, &paced).verdict, Verdict::Mend);
        assert_eq!(
            pacing(&account, &Tested::nothing("main")).verdict,
            Verdict::Good
        );
    }
}
