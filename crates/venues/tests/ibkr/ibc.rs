//! The IBC door against the simulated command port.

use door::{ErrorClass, Forget, Found, Lever};
use simulator::faults::Front;

use crate::scene::{Scene, fault, pull, until_empty};

async fn scene() -> Scene {
    Scene::with(&[Front::Tws, Front::Ibc], &[]).await
}

#[tokio::test]
async fn stop_is_proved_by_both_ports_closing() {
    let scene = scene().await;
    let ibc = &*scene.doors[1];
    ibc.open().await.unwrap();
    let stop = pull(Lever::StopAutomation);
    let before = ibc.read_back(&stop, &Forget).await.unwrap();
    assert_eq!(before.found.len(), 2, "{before:?}");
    assert!(before.found.iter().any(|found| matches!(
        found,
        Found::Program { label } if label.contains("and answers")
    )));

    let receipt = ibc.act(&stop, &Forget).await.unwrap();
    assert!(receipt.words.contains("OK"), "{receipt:?}");
    let after = until_empty(ibc, &stop, 10).await;
    assert!(!after.unseen.is_empty());
    assert!(after.words.contains("closed"), "{after:?}");

    // pressed again, there is nothing left to stop
    ibc.act(&stop, &Forget).await.unwrap();
}

#[tokio::test]
async fn what_is_stopped_is_a_session_when_sessions_are_asked_for() {
    let scene = scene().await;
    let ibc = &*scene.doors[1];
    let reading = ibc
        .read_back(&pull(Lever::EndSessions), &Forget)
        .await
        .unwrap();
    assert!(
        reading
            .found
            .iter()
            .all(|found| matches!(found, Found::Session { .. }))
    );
    assert_eq!(reading.unseen[0].what.0, "other web sessions");
}

#[tokio::test]
async fn a_tws_that_comes_back_is_found_again() {
    let scene = scene().await;
    let ibc = &*scene.doors[1];
    let stop = pull(Lever::StopAutomation);
    ibc.act(&stop, &Forget).await.unwrap();
    until_empty(ibc, &stop, 10).await;
    scene.world().start_tws(scene.account()).unwrap();
    let mut running = scene.world().tws_running(scene.account()).unwrap();
    running.wait_for(|running| *running).await.unwrap();
    for _ in 0..10 {
        if !ibc
            .read_back(&stop, &Forget)
            .await
            .unwrap()
            .found
            .is_empty()
        {
            return;
        }
        tokio::time::sleep(ibc.poll_interval()).await;
    }
    panic!("TWS is back and was not found");
}

#[tokio::test]
async fn a_port_that_says_nothing_or_nonsense_is_never_ok() {
    for broken in ["hang", "half-open", "truncated-frame", "oversized-frame"] {
        let scene = scene().await;
        scene.world().inject(fault(broken));
        let answer = scene.doors[1]
            .act(&pull(Lever::StopAutomation), &Forget)
            .await;
        let error = answer.expect_err(broken);
        assert!(
            matches!(
                error.class,
                ErrorClass::TimedOut | ErrorClass::Malformed | ErrorClass::Unreachable
            ),
            "{broken}: {error:?}"
        );
    }
}
