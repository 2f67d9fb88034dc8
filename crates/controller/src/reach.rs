//! How far a press goes on each account, known from configuration and the runbook alone.
//!
//! The best door of an account counts, or the worst where each has a part of its own. Never says more than a door's own reach does.

use door::{Lever, LeverSupport, Reach};
use runbook::{AccountOutline, Accounts, Doing, Runbook, Step, Terrain};
use serde::{Deserialize, Serialize};

/// How far a press goes with one lever on one account.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ReachView {
    /// The lever.
    pub lever: Lever,
    /// How far.
    pub far: Far,
    /// `partial`: what is left, and for how long where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left: Option<String>,
}

/// See [`ReachView`].
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Far {
    /// All there is.
    Full,
    /// Something stays.
    Partial,
    /// Nobody has documented it.
    Unknown,
    /// The person does it; a card says how.
    ByYou,
    /// No door offers it, and no card stands for it.
    NotOffered,
}

/// The levers that `everything` or any account uses, in the board's order.
pub(crate) fn levers(everything: &Runbook, accounts: &[AccountOutline]) -> Vec<Lever> {
    let in_runbook = |lever| everything.steps.iter().any(|s| s.lever() == Some(lever));
    let at_a_door = |lever| accounts.iter().any(|a| acting(a, lever).next().is_some());
    Lever::ALL
        .into_iter()
        .filter(|lever| in_runbook(*lever) || at_a_door(*lever))
        .collect()
}

/// How far a press of `everything` goes on `account`, a value a lever.
pub(crate) fn reach(
    account: &AccountOutline,
    everything: &Runbook,
    levers: &[Lever],
) -> Vec<ReachView> {
    let one = |lever: &Lever| {
        let least = |support: &&LeverSupport| match support.reach {
            Reach::Full => 0,
            Reach::Partial { .. } => 1,
            Reach::Unknown => 2,
        };
        // where each door has a part of its own, the account is no better off than its worst part
        let best = if acting(account, *lever).any(|support| support.own_part) {
            acting(account, *lever).max_by_key(least)
        } else {
            acting(account, *lever).min_by_key(least)
        };
        let (far, left) = match best.map(|support| &support.reach) {
            Some(Reach::Full) => (Far::Full, None),
            Some(Reach::Partial { left }) => (Far::Partial, Some(left.clone())),
            Some(Reach::Unknown) => (Far::Unknown, None),
            None if has_card(account, everything, *lever) => (Far::ByYou, None),
            None => (Far::NotOffered, None),
        };
        ReachView {
            lever: *lever,
            far,
            left,
        }
    };
    levers.iter().map(one).collect()
}

fn acting(account: &AccountOutline, lever: Lever) -> impl Iterator<Item = &LeverSupport> {
    account
        .doors
        .iter()
        .flat_map(|door| &door.levers)
        .filter(move |support| support.lever == lever && support.acts)
}

/// Whether the person is shown how to do by hand what `lever` would.
fn has_card(account: &AccountOutline, everything: &Runbook, lever: Lever) -> bool {
    let terrain = Terrain::new(vec![account.clone()]);
    let of_lever = |step: &&Step| step.lever() == Some(lever);
    everything.steps.iter().any(|step| {
        let here = matches!(step.accounts, Accounts::Situation) || !terrain.bound(step).is_empty();
        here && match &step.doing {
            Doing::Lever(pull) => *pull.lever.get_ref() == lever && pull.fallback.is_some(),
            Doing::Manual(_) => step.covers().iter().any(|covered| {
                let mut covered_steps = everything.steps.iter().filter(of_lever);
                covered_steps.any(|other| other.id() == covered.get_ref())
            }),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use vault::Live;
    use venues::Account;

    fn outline(doors: &[&str]) -> AccountOutline {
        let doors = doors.iter().map(|door| door.parse().unwrap()).collect();
        Account::<Live>::new("main", "ibkr", doors)
            .unwrap()
            .outline(None)
    }

    #[test]
    fn the_best_door_counts_and_what_no_door_does_is_yours_where_a_card_says_how() {
        let everything = runbook::shipped_runbook("contain-everything").unwrap();
        let account = outline(&["tws=127.0.0.1:7496"]);
        let levers = levers(&everything, std::slice::from_ref(&account));
        let far = reach(&account, &everything, &levers);
        let of = |lever| far.iter().find(|reach| reach.lever == lever).unwrap();
        assert_eq!(of(Lever::CancelOrders).far, Far::Full);
        assert_eq!(of(Lever::BlockTrading).far, Far::Partial);
        assert!(of(Lever::BlockTrading).left.is_some());
        for by_you in [Lever::StopWithdrawals, Lever::EndSessions, Lever::RevokeKey] {
            assert_eq!(of(by_you).far, Far::ByYou, "{by_you}");
        }
    }

    #[test]
    fn a_lever_with_neither_door_nor_card_is_not_offered() {
        let text = "id = \"mine\"\ntitle = \"Mine\"\nwhen = \"Any.\"\nactivity = [\"containment\"]\
                    \n[[step]]\nid = \"revoke\"\ntitle = \"Revoke\"\nlever = \"revoke_key\"\
                    \naccounts = \"all\"\n";
        let mine = Runbook::parse("mine.toml", text).unwrap();
        let account = outline(&["ibc=127.0.0.1:7462"]);
        let levers = levers(&mine, std::slice::from_ref(&account));
        assert!(levers.contains(&Lever::StopAutomation), "{levers:?}");
        let far = reach(&account, &mine, &levers);
        let revoke = far.iter().find(|reach| reach.lever == Lever::RevokeKey);
        assert_eq!(revoke.unwrap().far, Far::NotOffered);
    }

    #[test]
    fn levers_stand_in_the_boards_order() {
        let everything = runbook::shipped_runbook("contain-everything").unwrap();
        let levers = levers(&everything, &[]);
        let mut sorted = levers.clone();
        sorted.sort_by_key(|lever| Lever::ALL.iter().position(|known| known == lever));
        assert_eq!(levers, sorted);
        assert!(levers.contains(&Lever::StopWithdrawals));
    }
}
