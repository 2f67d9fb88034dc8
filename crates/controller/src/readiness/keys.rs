//! What is found between accounts: one key on two of them, or one door.

use std::collections::BTreeMap;

use readiness::{Area, Finding, Severity};
use vault::Realm;
use venues::{Account, KeyMark, Kind, Means};

use super::rule::{Rule, of_door};

pub(super) const SHARED_KEY: &str = "key-on-two-accounts";
pub(super) const SHARED_DOOR: &str = "door-on-two-accounts";

const KEY: Rule = Rule {
    id: SHARED_KEY,
    area: Area::Privilege,
    severity: Severity::High,
    why: "A press acts twice on the same account, and another one is left alone while it is called \
          contained.",
};
const DOOR: Rule = Rule {
    id: SHARED_DOOR,
    area: Area::Privilege,
    severity: Severity::Medium,
    why: "Both accounts act on whatever is logged in there.",
};

/// What is found between these accounts. The keychain is asked which keys are one, and nobody else
/// anything.
pub(super) async fn between<R: Realm>(
    accounts: &[&Account<R>],
    means: Option<&Means<R>>,
) -> Vec<Finding> {
    let mut findings = doors(accounts);
    if let Some(means) = means {
        findings.extend(keys(accounts, means).await);
    }
    findings
}

async fn keys<R: Realm>(accounts: &[&Account<R>], means: &Means<R>) -> Vec<Finding> {
    let how = "the keys in the keychain were compared by their marks";
    let mut known: BTreeMap<KeyMark, Vec<(String, Kind)>> = BTreeMap::new();
    let mut findings = Vec::new();
    let mut compared = 0;
    for account in accounts {
        for kind in account.keys() {
            let name = account.name().as_str();
            match means.key_mark(account.name(), kind).await {
                Ok(Some(mark)) => {
                    compared += 1;
                    known.entry(mark).or_default().push((name.to_owned(), kind));
                }
                Ok(None) => {}
                Err(error) => findings.push(KEY.unknown(
                    &of_door(name, kind),
                    format!("The key could not be compared with others: {error}."),
                    error.next(),
                    how,
                )),
            }
        }
    }
    let shared = known.into_values().filter(|doors| doors.len() > 1);
    let shared: Vec<Finding> = shared
        .map(|doors| {
            let named = doors.iter().map(|(account, kind)| of_door(account, kind));
            let named = named.collect::<Vec<_>>();
            KEY.mend(
                &named[0],
                format!("One key stands for {}.", named.join(" and ")),
                "remove one of them: firebreak account remove NAME; make a key of its own for each",
                how,
            )
        })
        .collect();
    if shared.is_empty() && compared > 1 {
        findings.push(KEY.good("all accounts", "Each door has a key of its own.", how));
    }
    findings.extend(shared);
    findings
}

/// Doors that are programs on one address. An exchange has one address for everybody.
fn doors<R: Realm>(accounts: &[&Account<R>]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (at, account) in accounts.iter().enumerate() {
        for door in account.doors().iter().filter(|door| !door.kind().signs()) {
            let others = accounts[at + 1..].iter().filter(|other| {
                let mut theirs = other.doors().iter();
                theirs.any(|theirs| theirs.address() == door.address())
            });
            findings.extend(others.map(|other| {
                let address = door.address_text();
                DOOR.mend(
                    &of_door(account.name().as_str(), door.kind()),
                    format!("The account {} has a door at {address} too.", other.name()),
                    "give each account the address of its own program",
                    "the accounts file was read",
                )
            }));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use readiness::Verdict;
    use simulator::{
        faults::Front,
        serve::{Spec, serve},
    };
    use vault::{Secret, Simulated};
    use venues::DoorKey;

    use super::*;
    use crate::testing::account;

    #[test]
    fn one_address_of_a_program_on_two_accounts_is_told_once() {
        let (one, two) = (account("one", &["tws", "ibc"]), account("two", &["tws"]));
        let found = doors(&[&one, &two]);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].subject, "one, tws");
        assert!(found[0].what.contains("two"));
        assert_eq!(doors(&[&one]), []);
    }

    #[tokio::test]
    async fn one_key_on_two_accounts_is_found_and_never_said() {
        let spec = Spec {
            fronts: [Front::Deribit].into_iter().collect(),
            accounts: 2,
            ..Spec::default()
        };
        let served = serve(spec).await.unwrap();
        let accounts: Vec<Account<Simulated>> = served
            .accounts()
            .iter()
            .map(|it| Account::<Simulated>::of(it).unwrap())
            .collect();
        let accounts: Vec<&Account<Simulated>> = accounts.iter().collect();
        let means = Means::simulated();
        for account in served.accounts() {
            means.take_keys(account).await.unwrap();
        }
        let apart = between(&accounts, Some(&means)).await;
        assert!(
            apart.iter().all(|found| found.verdict == Verdict::Good),
            "{apart:?}"
        );

        let (key, secret) = served.accounts()[0].doors()[0].key().unwrap();
        let same = DoorKey {
            kind: Kind::Deribit,
            key: Secret::new(key.to_owned()),
            secret: Secret::new(secret.to_owned()),
        };
        means.keep_key(accounts[1].name(), &same).await.unwrap();
        let one = between(&accounts, Some(&means)).await;
        assert_eq!(one.len(), 1);
        assert_eq!(
            (one[0].id.as_str(), one[0].verdict),
            (SHARED_KEY, Verdict::Mend)
        );
        let said = format!("{one:?}");
        assert!(!said.contains(key) && !said.contains(secret));
        served.stop().await;
    }
}
