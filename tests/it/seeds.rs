//! Seeded emergencies in virtual time, judged by the world's own truth.

use simulator::faults::{Begins, Fault, FaultKind};
use std::time::Duration;
use tests::seeds::{Case, play};

#[test]
fn thousands_of_seeded_emergencies_hold_no_lie_and_starve_no_task() {
    let threads = std::thread::available_parallelism().map_or(2, std::num::NonZero::get) as u64;
    let each = 1_500;
    std::thread::scope(|scope| {
        for thread in 0..threads {
            scope.spawn(move || {
                for seed in (1..=each).map(|n| n * threads + thread) {
                    let played = play(&Case::of(seed));
                    let replay = format!("replay: cargo xtask simulate --seed {seed}");
                    assert_eq!(played.lie, None, "{replay}");
                    assert_eq!(played.starved, None, "{replay}");
                }
            });
        }
    });
}

#[test]
fn every_shipped_runbook_survives_every_fault_beginning_at_any_of_its_steps() {
    for (runbook, _) in runbook::shipped() {
        for kind in FaultKind::ALL {
            for begins in [0, 300, 1_200, 4_000, 11_000] {
                let begins = Begins::At(Duration::from_millis(begins));
                let case = Case::single(runbook, Fault::new(*kind).beginning(begins), 11);
                let played = play(&case);
                assert_eq!(played.lie, None, "{runbook} under {kind:?} from {begins:?}");
                assert_eq!(
                    played.starved, None,
                    "{runbook} under {kind:?} from {begins:?}"
                );
            }
        }
    }
}

#[test]
fn without_faults_every_shipped_runbook_ends_contained_also_when_it_was_killed_on_the_way() {
    for (runbook, _) in runbook::shipped() {
        let calm = Case {
            faults: Vec::new(),
            ..Case::single(runbook, Fault::new(FaultKind::Hang), 5)
        };
        let whole = play(&calm);
        assert_eq!((whole.lie, whole.starved), (None, None), "{runbook}");
        assert!(whole.contained, "{runbook}: {:?}", whole.words);
        for after_lines in (1..whole.lines.len()).step_by(7) {
            let kill = Some(tests::seeds::Kill {
                after_lines,
                away: Duration::from_secs(3),
            });
            let resumed = play(&Case {
                kill,
                ..calm.clone()
            });
            assert_eq!(
                (resumed.lie, resumed.starved),
                (None, None),
                "{runbook}, {after_lines}"
            );
            assert_eq!(
                resumed.words, whole.words,
                "{runbook}, killed after {after_lines} lines"
            );
        }
    }
}
