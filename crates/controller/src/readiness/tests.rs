use std::fs;

use ::readiness::{Finding, LeverRow, LeverState, Verdict};
use jiff::SignedDuration;
use simulator::{
    Served,
    faults::{Fault, Front},
    serve::{Spec, serve},
    truth::Happening,
};
use tempfile::TempDir;
use vault::{Live, Simulated};
use venues::{Account, Means};

use super::*;
use crate::{Accounts, testing::home};

/// Simulated accounts, a home, and a computer without anything on it.
struct Scene {
    served: Served,
    means: Means<Simulated>,
    home: Home,
    _temporary: TempDir,
    computer: TempDir,
}

impl Scene {
    async fn with(fronts: &[Front], accounts: usize, faults: &[&str]) -> Self {
        let served = serve(Spec {
            fronts: fronts.iter().copied().collect(),
            accounts,
            faults: faults
                .iter()
                .map(|it| it.parse::<Fault>().unwrap())
                .collect(),
            ..Spec::default()
        })
        .await
        .unwrap();
        let means = Means::simulated();
        for account in served.accounts() {
            means.take_keys(account).await.unwrap();
        }
        let (temporary, home) = home();
        Self {
            served,
            means,
            home,
            _temporary: temporary,
            computer: tempfile::tempdir().unwrap(),
        }
    }

    /// Checks these accounts, by their place; the others are left out.
    async fn check(&self, chosen: &[usize], now: Timestamp) -> ReadinessView {
        let accounts = self.served.accounts().iter().enumerate();
        let subjects = accounts.map(|(at, served)| {
            let account = Account::<Simulated>::of(served).unwrap();
            Subject {
                armed: Armed::Yes,
                doors: chosen
                    .contains(&at)
                    .then(|| Ok(account.open(&self.means).unwrap())),
                account,
            }
        });
        let asking = Asking {
            machine_root: Some(self.computer.path().to_owned()),
            ..Asking::default()
        };
        let subjects = subjects.collect();
        check(&self.home, subjects, Some(self.means.clone()), &asking, now).await
    }

    /// What was asked of any venue, in its own words.
    fn asked(&self) -> Vec<String> {
        let truth = self.served.world().truth_so_far().into_iter();
        let asked = truth.filter_map(|event| {
            if let Happening::Request { what, .. } = event.what {
                return Some(what);
            }
            None
        });
        asked.collect()
    }
}

fn row<'a>(view: &'a ReadinessView, account: &str, lever: Lever) -> &'a LeverRow {
    let mut rows = view.report.levers.iter();
    rows.find(|row| row.account == account && row.lever == lever)
        .unwrap()
}

fn finding<'a>(view: &'a ReadinessView, id: &str) -> Option<&'a Finding> {
    view.report.findings.iter().find(|it| it.id == id)
}

#[tokio::test]
async fn a_read_only_tws_is_a_dead_lever_and_what_changed_is_the_headline() {
    let scene = Scene::with(&[Front::Tws], 1, &[]).await;
    let now = Timestamp::now();
    let first = scene.check(&[0], now).await;
    assert_eq!(first.changed, "First check, nothing to compare with");
    let cancel = row(&first, "ibkr-1", Lever::CancelOrders);
    assert_eq!(cancel.state, LeverState::Ready, "{cancel:?}");
    assert_eq!(finding(&first, "clock").unwrap().verdict, Verdict::Good);
    let before = scene.served.world().truth_summary();

    let id = scene.served.accounts()[0].account();
    let read_only = |settings: &mut simulator::world::TwsSettings| settings.read_only_api = true;
    scene
        .served
        .world()
        .change_tws_settings(id, read_only)
        .unwrap();
    let later = now + SignedDuration::from_secs(60);
    let second = scene.check(&[0], later).await;
    let cancel = row(&second, "ibkr-1", Lever::CancelOrders);
    assert_eq!(cancel.state, LeverState::Dead, "{cancel:?}");
    assert!(cancel.mend.contains("Untick it"), "{cancel:?}");
    assert!(second.headline.contains("dead"), "{}", second.headline);
    let told = second
        .changes
        .changes
        .iter()
        .map(::readiness::Change::words);
    let told = told.collect::<Vec<_>>();
    let died = "ibkr-1, Cancel orders: ready before, dead now".to_owned();
    assert!(told.contains(&died), "{told:?}");
    assert!(second.changed.contains("dead now"), "{}", second.changed);
    let refused = second.report.findings.iter().find(|it| {
        it.id == "runbook-would-be-refused" && it.subject == "runbook contain-everything"
    });
    let refused = refused.unwrap();
    assert_eq!(refused.verdict, Verdict::Mend);
    assert!(refused.what.contains("@ibkr-1"), "{refused:?}");

    let summary = summary(&scene.home, later).unwrap();
    assert_eq!(summary.headline, second.headline);
    assert_eq!(summary.changed, second.changed);
    assert!(
        summary
            .dead
            .iter()
            .any(|dead| dead.lever == Lever::CancelOrders)
    );
    assert_eq!(last(&scene.home, later).report, second.report);
    let third = scene
        .check(&[0], later + SignedDuration::from_secs(60))
        .await;
    assert_eq!(third.changed, "Nothing changed since the last check");
    assert_eq!(scene.served.world().truth_summary(), before);
    scene.served.stop().await;
}

#[tokio::test]
async fn nothing_that_changes_anything_is_asked_of_any_venue() {
    let fronts = [
        Front::Tws,
        Front::ClientPortal,
        Front::Ibc,
        Front::KrakenSpot,
        Front::KrakenFutures,
        Front::Deribit,
    ];
    let scene = Scene::with(&fronts, 3, &[]).await;
    let before = scene.served.world().truth_summary();
    let view = scene.check(&[0, 1, 2], Timestamp::now()).await;
    assert!(
        view.report.levers.len() > 15,
        "{}",
        view.report.levers.len()
    );
    let asked = scene.asked();
    assert!(!asked.is_empty());
    let acts = [
        "cancelOrder",
        "reqGlobalCancel",
        "placeOrder",
        "updateConfig",
        "CancelAll",
        "CancelOrder",
        "WithdrawCancel",
        "DELETE",
        "STOP",
        "cancelall",
        "cancelorder",
        "private/cancel",
        "private/remove",
        "private/edit",
        "private/disable",
        "private/change",
        "logout",
    ];
    for what in &asked {
        assert!(!acts.iter().any(|act| what.contains(act)), "{what}");
    }
    assert_eq!(scene.served.world().truth_summary(), before);
    scene.served.stop().await;
}

#[tokio::test]
async fn a_key_that_may_withdraw_is_found_and_no_key_is_in_what_is_kept() {
    let scene = Scene::with(&[Front::Deribit], 1, &[]).await;
    let view = scene.check(&[0], Timestamp::now()).await;
    let withdraws = finding(&view, "key-may-withdraw").unwrap();
    assert_eq!(withdraws.verdict, Verdict::Mend, "{withdraws:?}");
    assert_eq!(withdraws.subject, "deribit-1, api");
    let kept = fs::read_to_string(scene.home.root().join("readiness.json")).unwrap();
    let (key, secret) = scene.served.accounts()[0].doors()[0].key().unwrap();
    assert!(kept.contains("key-may-withdraw"));
    assert!(!kept.contains(key) && !kept.contains(secret));
    scene.served.stop().await;
}

#[tokio::test]
async fn an_account_that_is_left_out_stays_as_it_was_until_that_is_too_old() {
    let scene = Scene::with(&[Front::Tws], 2, &[]).await;
    let now = Timestamp::now();
    scene.check(&[0, 1], now).await;
    let soon = scene
        .check(&[0], now + SignedDuration::from_hours(24))
        .await;
    let other = row(&soon, "ibkr-2", Lever::CancelOrders);
    assert_eq!(other.state, LeverState::Ready);
    assert!(other.checked_at < row(&soon, "ibkr-1", Lever::CancelOrders).checked_at);
    assert_eq!(
        soon.changed, "Nothing changed since the last check",
        "{:#?}",
        soon.changes
    );
    let old = last(&scene.home, now + SignedDuration::from_hours(24 * 9));
    assert_eq!(
        row(&old, "ibkr-2", Lever::CancelOrders).state,
        LeverState::Unknown
    );
    scene.served.stop().await;
}

#[tokio::test]
async fn a_snapshot_that_cannot_be_read_is_told_stays_as_it_is_and_stops_no_check() {
    let scene = Scene::with(&[Front::Tws], 1, &[]).await;
    let path = scene.home.root().join("readiness.json");
    for text in ["{\"version\":99}", "garbage"] {
        fs::write(&path, text).unwrap();
        let view = scene.check(&[0], Timestamp::now()).await;
        assert_eq!(
            row(&view, "ibkr-1", Lever::CancelOrders).state,
            LeverState::Ready
        );
        assert!(
            view.troubles[0].contains("left as it is"),
            "{:?}",
            view.troubles
        );
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
        let summary = summary(&scene.home, Timestamp::now()).unwrap();
        assert!(summary.trouble.is_some());
        assert_eq!(summary.checked_at, None);
    }
    scene.served.stop().await;
}

#[tokio::test]
async fn a_clock_that_was_set_back_is_told() {
    let scene = Scene::with(&[Front::Tws], 1, &[]).await;
    let now = Timestamp::now();
    scene
        .check(&[0], now + SignedDuration::from_hours(48))
        .await;
    let view = scene.check(&[0], now).await;
    assert!(view.changed.contains("set back"), "{}", view.changed);
    scene.served.stop().await;
}

#[tokio::test]
async fn a_proof_stands_beside_the_lever_that_it_proved_until_its_account_is_removed() {
    let scene = Scene::with(&[Front::Tws], 1, &[]).await;
    let now = Timestamp::now();
    let mut proof = proofs::tests::proof("ibkr-1", "2026-11-24T10:00:00Z");
    proof.at = now;
    proof.keep(&scene.home).unwrap();
    let view = scene.check(&[0], now).await;
    let cancel = row(&view, "ibkr-1", Lever::CancelOrders);
    assert_eq!(cancel.state, LeverState::Proved);
    assert_eq!(cancel.proved_at, Some(now));

    let door = "tws=127.0.0.1:7496".parse().unwrap();
    let account = Account::<Live>::new("ibkr-1", "ibkr", vec![door]).unwrap();
    Accounts::add(&scene.home, account.clone()).unwrap();
    Accounts::remove(&scene.home, account.name()).unwrap();
    let after = last(&scene.home, now);
    assert_eq!(after.report.levers, []);
    assert_eq!(proofs::read(&scene.home).0, []);
    scene.served.stop().await;
}

#[test]
fn an_answer_is_kept_judged_at_once_and_one_of_another_shape_is_refused() {
    let (_temporary, home) = home();
    let now = Timestamp::now();
    let view = answer(&home, "sim-lock", "yes", now).unwrap();
    let of = |view: &ReadinessView| {
        let mut asked = view.questions.iter();
        let asked = asked.find(|asked| asked.question.id == "sim-lock").unwrap();
        asked.answer.clone()
    };
    assert_eq!(of(&view).unwrap().value, "yes");
    let error = answer(&home, "sim-lock", "perhaps", now).unwrap_err();
    assert_eq!(error.untouched, "no answer was changed");
    assert_eq!(of(&last(&home, now)).unwrap().value, "yes");
    assert!(answer(&home, "no-such", "1", now).is_err());
    assert_eq!(last(&home, now).headline, "Never checked");
    assert_eq!(summary(&home, now), None);
}

#[tokio::test]
async fn an_answer_shows_in_the_last_check_without_another_one() {
    let scene = Scene::with(&[Front::Tws], 1, &[]).await;
    let now = Timestamp::now();
    let view = scene.check(&[0], now).await;
    assert_eq!(
        finding(&view, "sim-lock").unwrap().verdict,
        Verdict::Unknown
    );
    let answered = answer(&scene.home, "sim-lock", "no", now).unwrap();
    assert_eq!(
        finding(&answered, "sim-lock").unwrap().verdict,
        Verdict::Mend
    );
    scene.served.stop().await;
}
