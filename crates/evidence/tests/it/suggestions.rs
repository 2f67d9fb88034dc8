//! What speaks for an answer: said with its reason, and never marked by itself.

use door::{Act, ActKind};
use evidence::{
    acts::{ActRow, Acts, Window},
    case::Verdict,
};
use incident::Mode;
use rust_decimal::Decimal;

use crate::{
    acts::{act, at, key, row},
    recorded::Recorded,
};

#[test]
fn nothing_is_suggested_where_nothing_is_known_and_nothing_is_marked_by_itself() {
    let acts = looked_at(vec![
        by_client("a", "7", 10, None),
        by_client("b", "99", 20, None),
    ]);
    assert!(acts.rows().iter().all(|row| row.suggestion.is_none()));

    let acts = looked_at(vec![
        by_client("a", "7", -10, None),
        by_client("b", "99", 20, None),
    ]);
    assert!(acts.rows().iter().any(|row| row.suggestion.is_some()));
    assert!(acts.rows().iter().all(|row| row.verdict.is_none()));
    assert_eq!(acts.losses().lines, []);
}

#[test]
fn a_client_id_that_was_never_seen_before_speaks_against_an_act() {
    let acts = looked_at(vec![
        by_client("before", "7", -10, None),
        by_client("known", "7", 10, None),
        by_client("new", "99", 20, None),
        row(Act {
            order: Some("new".to_owned()),
            ..act(ActKind::Fill, "fill", Some(21))
        }),
    ]);
    assert_eq!(reasons(&acts, "order/known"), [""; 0]);
    for new in ["order/new", "fill/fill"] {
        assert_eq!(
            reasons(&acts, new),
            ["Its client id 99 was never seen on this account before 24 Nov 2026, 10:00:00 UTC."]
        );
        assert_eq!(verdict(&acts, new), Some(Verdict::NotMine));
    }
}

#[test]
fn a_client_id_of_marked_acts_speaks_for_the_same_mark_unless_it_is_on_both_sides() {
    let theirs = Some(Verdict::NotMine);
    let mine = Some(Verdict::Mine);
    let acts = looked_at(vec![
        by_client("marked", "99", 10, theirs),
        by_client("alike", "99", 20, None),
        by_client("own", "7", 10, mine),
        by_client("own too", "7", 20, None),
        by_client("both", "8", 10, mine),
        by_client("sides", "8", 10, theirs),
        by_client("torn", "8", 20, None),
    ]);
    assert_eq!(verdict(&acts, "order/alike"), theirs);
    assert!(reasons(&acts, "order/alike")[0].contains("another act that you marked as not yours"));
    assert_eq!(verdict(&acts, "order/own too"), mine);
    assert_eq!(reasons(&acts, "order/torn"), [""; 0]);
    // a mark is no reason for itself
    assert!(
        !reasons(&acts, "order/marked")
            .iter()
            .any(|why| why.contains("marked"))
    );
}

#[test]
fn a_submitter_who_is_not_the_usual_one_speaks_against_an_act() {
    let by = |id: &str, who: &str, seconds| {
        row(Act {
            submitter: Some(who.to_owned()),
            ..act(ActKind::Order, id, Some(seconds))
        })
    };
    let mut rows: Vec<ActRow> = (0..4)
        .map(|n| by(&format!("{n}"), "ada", -100 + n))
        .collect();
    rows.push(by("usual", "ada", 10));
    rows.push(by("strange", "mallory", 10));
    let acts = looked_at(rows.clone());
    assert_eq!(reasons(&acts, "order/usual"), [""; 0]);
    assert_eq!(
        reasons(&acts, "order/strange"),
        ["It was sent by mallory; 4 of the 4 acts before were sent by ada."]
    );
    // two acts are no habit
    let acts = looked_at(rows.split_off(2));
    assert_eq!(reasons(&acts, "order/strange"), [""; 0]);
}

#[test]
fn what_was_done_in_a_disputed_session_or_from_its_address_is_suggested() {
    let acts = looked_at(vec![
        ActRow {
            verdict: Some(Verdict::NotMine),
            ..row(Act {
                ip: Some("203.0.113.9".to_owned()),
                ..act(ActKind::Session, "s1", Some(5))
            })
        },
        row(Act {
            session: Some("s1".to_owned()),
            ..act(ActKind::Order, "within", Some(10))
        }),
        row(Act {
            ip: Some("203.0.113.9".to_owned()),
            ..act(ActKind::Session, "s2", Some(20))
        }),
        row(act(ActKind::Session, "s3", Some(20))),
    ]);
    assert!(reasons(&acts, "order/within")[0].contains("session"));
    assert!(reasons(&acts, "session/s2")[0].contains("203.0.113.9"));
    assert_eq!(reasons(&acts, "session/s1"), [""; 0]);
    assert_eq!(reasons(&acts, "session/s3"), [""; 0]);
}

#[test]
fn a_withdrawal_to_a_new_place_and_a_new_key_are_suggested() {
    let to = |kind, id: &str, to: &str, amount: i64, seconds| {
        row(Act {
            to: Some(to.to_owned()),
            amount: Some(Decimal::from(amount)),
            ..act(kind, id, Some(seconds))
        })
    };
    let acts = looked_at(vec![
        to(ActKind::Address, "new", "bc1new", 0, 10),
        to(ActKind::Address, "old", "bc1old", 0, -10),
        to(ActKind::Transfer, "to new", "bc1new", -5, 20),
        to(ActKind::Transfer, "to old", "bc1old", -5, 20),
        to(ActKind::Transfer, "from new", "bc1new", 5, 20),
        row(act(ActKind::Key, "new", Some(30))),
        row(act(ActKind::Key, "old", Some(-30))),
    ]);
    assert!(reasons(&acts, "transfer/to new")[0].contains("10:00:10 UTC"));
    assert!(reasons(&acts, "key/new")[0].contains("made"));
    assert!(reasons(&acts, "address/new")[0].contains("added"));
    for calm in [
        "transfer/to old",
        "transfer/from new",
        "key/old",
        "address/old",
    ] {
        assert_eq!(reasons(&acts, calm), [""; 0], "{calm}");
    }
}

#[test]
fn a_fill_follows_the_mark_of_its_order_and_an_order_that_of_its_fill() {
    let fill = |id: &str, of: &str| {
        row(Act {
            order: Some(of.to_owned()),
            ..act(ActKind::Fill, id, Some(20))
        })
    };
    let marked = |verdict, row| ActRow {
        verdict: Some(verdict),
        ..row
    };
    let order = |id: &str| row(act(ActKind::Order, id, Some(10)));
    let acts = looked_at(vec![
        marked(Verdict::NotMine, order("theirs")),
        fill("of theirs", "theirs"),
        marked(Verdict::Mine, order("mine")),
        fill("of mine", "mine"),
        order("open"),
        marked(Verdict::NotMine, fill("of open", "open")),
    ]);
    assert_eq!(verdict(&acts, "fill/of theirs"), Some(Verdict::NotMine));
    assert_eq!(verdict(&acts, "fill/of mine"), Some(Verdict::Mine));
    assert_eq!(verdict(&acts, "order/open"), Some(Verdict::NotMine));
}

#[test]
fn reasons_on_both_sides_suggest_that_the_person_looks() {
    let acts = looked_at(vec![
        by_client("own", "7", 10, Some(Verdict::Mine)),
        ActRow {
            verdict: Some(Verdict::NotMine),
            ..row(act(ActKind::Session, "s1", Some(5)))
        },
        row(Act {
            client_id: Some("7".to_owned()),
            session: Some("s1".to_owned()),
            ..act(ActKind::Order, "torn", Some(20))
        }),
    ]);
    assert_eq!(verdict(&acts, "order/torn"), Some(Verdict::NotSure));
    assert_eq!(reasons(&acts, "order/torn").len(), 2);
}

#[test]
fn an_order_that_appeared_while_orders_were_held_down_is_suggested() {
    let mut run = Recorded::nearly_contained(Mode::Live);
    run.go_on_until(60_000);
    let journal = String::from_utf8(run.journal().to_vec()).unwrap();
    assert!(journal.contains("order_appeared"));
    let acts = Acts::of(&run.folder()).unwrap();
    assert_eq!(
        reasons(&acts, "order/1804031"),
        ["It was placed after the press, while orders were held down."]
    );
    assert_eq!(reasons(&acts, "order/1804022"), [""; 0]);
}

fn looked_at(rows: Vec<ActRow>) -> Acts {
    let mut acts = Acts::from_rows(rows);
    acts.look_within(Window {
        from: Some(at(0)),
        until: Some(at(1000)),
    });
    acts
}

fn by_client(id: &str, client: &str, seconds: i64, verdict: Option<Verdict>) -> ActRow {
    ActRow {
        verdict,
        ..row(Act {
            client_id: Some(client.to_owned()),
            ..act(ActKind::Order, id, Some(seconds))
        })
    }
}

fn reasons<'a>(acts: &'a Acts, name: &str) -> Vec<&'a str> {
    let row = acts.row(&key(&format!("main/{name}"))).unwrap();
    let reasons = row.suggestion.iter().flat_map(|suggestion| &suggestion.why);
    reasons.map(String::as_str).collect()
}

fn verdict(acts: &Acts, name: &str) -> Option<Verdict> {
    let row = acts.row(&key(&format!("main/{name}"))).unwrap();
    row.suggestion.as_ref().map(|suggestion| suggestion.verdict)
}
