//! Least privilege: whether a credential may do more than it needs to, as far as the venue tells.
//!
//! Read from what doors' audits tell. Nothing here holds a key: doors mask what they tell.

use door::{DoorKind, Missing, Snapshot};
use jiff::{SignedDuration, Timestamp};
use readiness::{Area, Finding, Severity};
use vault::Realm;
use venues::{Account, DoorWords, Environment, Kind};

use super::{
    rights::fact,
    rule::{Rule, of_door},
    tws,
};
use crate::account_test::{Audited, Facts, Tested};

/// A key older than this is made anew.
const OLD: SignedDuration = SignedDuration::from_hours(24 * 365);
/// A key that ends within this long may be dead on the day.
const ENDS_SOON: SignedDuration = SignedDuration::from_hours(24 * 30);
/// What Firebreak's spot key needs, by Kraken's name of it.
const SPOT_NEEDS: [&str; 5] = [
    "close-trades",
    "query-closed-trades",
    "query-funds",
    "query-ledger",
    "query-open-trades",
];
/// What Firebreak's Deribit key may do.
const DERIBIT_NEEDS: [&str; 2] = ["account:read_write", "trade:read_write"];

const MAY_WITHDRAW: Rule = Rule {
    id: "key-may-withdraw",
    area: Area::Privilege,
    severity: Severity::Critical,
    why: "Whoever gets the key could take the money; cancelling orders does not need that right.",
};
const TOO_WIDE: Rule = Rule {
    id: "key-too-wide",
    area: Area::Privilege,
    severity: Severity::High,
    why: "Firebreak holds this key and does not need those rights; whoever gets it has them.",
};
const NOT_BOUND: Rule = Rule {
    id: "key-not-bound",
    area: Area::Privilege,
    severity: Severity::Medium,
    why: "A key that is bound to no address works for whoever copied it, from anywhere.",
};
const ENDS: Rule = Rule {
    id: "key-ends",
    area: Area::Privilege,
    severity: Severity::High,
    why: "A key that has ended is a dead lever on the day that it is needed.",
};
const AGED: Rule = Rule {
    id: "key-old",
    area: Area::Privilege,
    severity: Severity::Low,
    why: "The longer a key lives, the more places it may lie in.",
};
const OTHER_KEY: Rule = Rule {
    id: "other-key",
    area: Area::Privilege,
    severity: Severity::Medium,
    why: "A key that nobody uses any more is used by nobody but an intruder.",
};
const OTHER_KEY_WITHDRAWS: Rule = Rule {
    id: "other-key-may-withdraw",
    area: Area::Privilege,
    severity: Severity::High,
    why: "Whoever gets that key could take the money.",
};
const OTHER_KEY_NOT_BOUND: Rule = Rule {
    id: "other-key-not-bound",
    area: Area::Privilege,
    severity: Severity::Medium,
    why: "A key that is bound to no address works for whoever copied it, from anywhere.",
};
const NOT_TOLD: Rule = Rule {
    id: "not-told",
    area: Area::Privilege,
    severity: Severity::Low,
    why: "What cannot be seen from here may be wrong without anybody noticing.",
};
const MIXED: Rule = Rule {
    id: "test-and-production-mixed",
    area: Area::Privilege,
    severity: Severity::High,
    why: "A press would contain a test account and call the account contained.",
};

/// What is found of the credentials of one account.
pub(super) fn of_account<R: Realm>(
    account: &Account<R>,
    tested: &Tested,
    now: Timestamp,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    for audited in &tested.audits {
        findings.extend(of_audit(account, audited, now));
    }
    findings.extend(mixed(account, tested));
    findings
}

fn of_audit<R: Realm>(account: &Account<R>, audited: &Audited, now: Timestamp) -> Vec<Finding> {
    let subject = of_door(account.name().as_str(), &audited.door);
    let facts = match &audited.told {
        Ok(facts) => facts,
        Err(error) => {
            let mend = if error.next.is_empty() {
                "look at the key on the venue's page"
            } else {
                &error.next
            };
            let what = "What is allowed there was not told.";
            return vec![NOT_TOLD.unknown(&subject, what, mend, error.to_string())];
        }
    };
    let looked = Looked {
        subject: &subject,
        door: &audited.door,
        facts,
        words: Kind::from_id(&audited.door.0).and_then(Kind::words),
        now,
    };
    let mut findings = match Kind::from_id(&audited.door.0) {
        Some(Kind::KrakenSpot) => looked.spot(),
        Some(Kind::KrakenFutures) => looked.futures(),
        Some(Kind::Deribit) => looked.deribit(),
        Some(Kind::Tws) => {
            let other_way = account
                .doors()
                .iter()
                .any(|d| d.kind() == Kind::ClientPortal);
            tws::settings(&subject, &facts.list, other_way)
        }
        Some(Kind::ClientPortal | Kind::Ibc | Kind::Flex) | None => Vec::new(),
    };
    findings.extend(facts.missing.iter().map(|missing| looked.missing(missing)));
    findings
}

/// What one door told of its key.
struct Looked<'a> {
    subject: &'a str,
    door: &'a DoorKind,
    facts: &'a Facts,
    words: Option<&'static DoorWords>,
    now: Timestamp,
}

impl Looked<'_> {
    fn spot(&self) -> Vec<Finding> {
        let rights = self.fact("key rights").unwrap_or_default();
        let rights = rights.split(", ").filter(|right| !right.is_empty());
        let wide = rights.filter(|right| {
            *right != "withdraw-funds" && !SPOT_NEEDS.contains(right) && !reads_only(right)
        });
        let mut findings = vec![
            self.withdraws(),
            self.wide(&wide.collect::<Vec<_>>()),
            self.bound(self.fact("key works from")),
            self.ends(self.fact("key expires")),
        ];
        findings.extend(self.aged(self.fact("key made")));
        findings
    }

    fn futures(&self) -> Vec<Finding> {
        let mut findings = vec![
            self.withdraws(),
            self.bound(self.fact("futures key works from")),
        ];
        findings.extend(self.aged(self.fact("futures key made")));
        findings
    }

    fn deribit(&self) -> Vec<Finding> {
        let scope = self.fact("scope of this key").unwrap_or_default();
        let wide = scope.split_whitespace().filter(|scope| {
            scope.ends_with(":read_write")
                && *scope != "wallet:read_write"
                && !DERIBIT_NEEDS.contains(scope)
        });
        let mut findings = vec![self.withdraws(), self.wide(&wide.collect::<Vec<_>>())];
        let keys = self.facts.list.iter();
        for (name, told) in keys.filter(|(name, _)| name.starts_with("key ")) {
            let told = KeyTold::of(told);
            if told.own {
                findings.push(self.bound(told.binding));
                findings.extend(self.aged(told.since));
            } else {
                findings.extend(self.other(name, &told));
            }
        }
        findings
    }

    fn withdraws(&self) -> Finding {
        let how = self.asked();
        match self.fact(Snapshot::MAY_WITHDRAW) {
            Some("no") => MAY_WITHDRAW.good(self.subject, "The key cannot withdraw.", how),
            Some("yes") => MAY_WITHDRAW.mend(
                self.subject,
                "The key may withdraw.",
                self.make_anew("without the right to withdraw"),
                how,
            ),
            Some(_) | None => MAY_WITHDRAW.unknown(
                self.subject,
                "Whether the key may withdraw was not told.",
                self.look(),
                how,
            ),
        }
    }

    fn wide(&self, wide: &[&str]) -> Finding {
        let how = self.asked();
        if wide.is_empty() {
            let what = "The key has no right that Firebreak does not need.";
            return TOO_WIDE.good(self.subject, what, how);
        }
        let wide = wide.join(", ");
        TOO_WIDE.mend(
            self.subject,
            format!("The key may do more than Firebreak needs: {wide}."),
            self.make_anew(&format!("without {wide}")),
            how,
        )
    }

    fn bound(&self, from: Option<&str>) -> Finding {
        let how = self.asked();
        match from {
            Some("everywhere" | "bound to no address") => NOT_BOUND.mend(
                self.subject,
                "The key works from every address.",
                self.make_anew("bound to this computer's address, if it has one of its own"),
                how,
            ),
            Some("binding not told") | None => NOT_BOUND.unknown(
                self.subject,
                "Whether the key is bound to an address was not told.",
                self.look(),
                how,
            ),
            Some(_) => NOT_BOUND.good(self.subject, "The key is bound to addresses.", how),
        }
    }

    fn ends(&self, at: Option<&str>) -> Finding {
        let how = match at {
            Some(at) => format!("{}: it ends: {at}", self.asked()),
            None => self.asked(),
        };
        match at.map(|at| (at, at.parse::<Timestamp>())) {
            Some(("never", _)) => ENDS.good(self.subject, "The key does not end by itself.", how),
            Some((_, Ok(at))) if at.duration_since(self.now) < ENDS_SOON => ENDS.mend(
                self.subject,
                "The key has ended, or ends within a month.",
                self.make_anew("with a later end"),
                how,
            ),
            Some((_, Ok(_))) => ENDS.good(self.subject, "The key ends later than a month.", how),
            Some((_, Err(_))) | None => ENDS.unknown(
                self.subject,
                "When the key ends was not told.",
                self.look(),
                how,
            ),
        }
    }

    fn aged(&self, made: Option<&str>) -> Option<Finding> {
        let at = made?.parse::<Timestamp>().ok()?;
        let how = format!("{}: made {at:.0}", self.asked());
        Some(if self.now.duration_since(at) > OLD {
            AGED.mend(
                self.subject,
                "The key is older than a year.",
                self.make_anew("and delete this one"),
                how,
            )
        } else {
            AGED.good(self.subject, "The key is younger than a year.", how)
        })
    }

    /// Another key of the account. The venue does not tell when it was last used.
    fn other(&self, name: &str, key: &KeyTold<'_>) -> Vec<Finding> {
        let subject = format!("{}, {name}", self.subject);
        let how = self.asked();
        let delete = self.words.map_or_else(
            || "delete it on the venue's page if nobody uses it".to_owned(),
            |words| format!("delete it if nobody uses it: {}", words.delete.menu),
        );
        let mut findings = vec![if key.on {
            OTHER_KEY.unknown(
                &subject,
                format!("There is another key, {name}; when it was last used is not told."),
                &delete,
                &how,
            )
        } else {
            OTHER_KEY.mend(
                &subject,
                format!("There is a key that is switched off: {name}."),
                &delete,
                &how,
            )
        }];
        if key.on
            && key
                .scope
                .split_whitespace()
                .any(|it| it == "wallet:read_write")
        {
            let what = format!("Another key may withdraw: {name}.");
            findings.push(OTHER_KEY_WITHDRAWS.mend(&subject, what, &delete, &how));
        }
        if key.on && key.binding == Some("bound to no address") {
            let what = format!("Another key works from every address: {name}.");
            let mend = "bind it to the address of the computer that uses it";
            findings.push(OTHER_KEY_NOT_BOUND.mend(&subject, what, mend, &how));
        }
        findings
    }

    fn missing(&self, missing: &Missing) -> Finding {
        NOT_TOLD.unknown(
            &format!("{}, {}", self.subject, missing.what),
            format!("Not told: {}.", missing.what),
            self.look(),
            &missing.why,
        )
    }

    fn fact(&self, name: &str) -> Option<&str> {
        fact(&self.facts.list, name)
    }

    fn asked(&self) -> String {
        format!("the {} door was asked what its key may do", self.door)
    }

    fn look(&self) -> String {
        match self.words {
            Some(words) => format!("look at it on the venue's page: {}", words.delete.menu),
            None => "look at it in the venue's own settings".to_owned(),
        }
    }

    fn make_anew(&self, how: &str) -> String {
        match self.words {
            Some(words) => format!(
                "make a new key {how}: {}; then remove the account and add it again",
                words.make.menu
            ),
            None => format!("make a new key {how}"),
        }
    }
}

/// A right that only reads, whatever it is called.
fn reads_only(right: &str) -> bool {
    ["query-", "export-", "access-websockets"]
        .iter()
        .any(|begins| right.starts_with(begins))
}

/// What Deribit's audit says of a key, in its own order.
struct KeyTold<'a> {
    on: bool,
    own: bool,
    scope: &'a str,
    binding: Option<&'a str>,
    since: Option<&'a str>,
}

impl<'a> KeyTold<'a> {
    fn of(told: &'a str) -> Self {
        let parts = || told.split(", ");
        let after = |begins: &'static str| parts().find_map(|part| part.strip_prefix(begins));
        Self {
            on: parts().any(|part| part == "on"),
            own: parts().any(|part| part == "this key"),
            scope: after("scope ").unwrap_or_default(),
            binding: parts()
                .find(|part| part.starts_with("bound to ") || part.starts_with("binding")),
            since: after("since "),
        }
    }
}

/// Whether some doors of an account reach test money and others real money.
fn mixed<R: Realm>(account: &Account<R>, tested: &Tested) -> Option<Finding> {
    let subject = account.name().as_str();
    let by_address = account.doors().iter().filter_map(|door| {
        let real = door.environment()? == Environment::Live;
        Some((door.kind().door_kind(), real))
    });
    let by_venue = tested
        .doors
        .iter()
        .filter_map(|door| Some((door.kind.clone(), !door.paper?)));
    let told: Vec<(DoorKind, bool)> = by_address.chain(by_venue).collect();
    let (first, rest) = told.split_first()?;
    let how = told.iter().map(|(door, real)| {
        let money = if *real { "real" } else { "test" };
        format!("{door}: {money} money")
    });
    let how = how.collect::<Vec<_>>().join(", ");
    Some(if rest.iter().any(|(_, real)| *real != first.1) {
        MIXED.mend(
            subject,
            "Some doors of this account reach test money and others real money.",
            "remove the account, and add one for each",
            how,
        )
    } else {
        MIXED.good(
            subject,
            "All doors of this account reach the same kind of money.",
            how,
        )
    })
}

#[cfg(test)]
mod tests;
