//! Scripted players before boards.

use std::cell::Cell;

use drill::{
    Player,
    player::{Deed, Pages, Scripted},
};
use incident::{Board, CardView};

use crate::journalled::Journalled;

/// A page that says the same each time, and counts how often it was looked at.
struct Says(Option<&'static str>, Cell<u32>);

impl Pages for Says {
    fn look(&self, _card: &CardView) -> Option<String> {
        self.1.set(self.1.get() + 1);
        self.0.map(str::to_owned)
    }
}

fn says(value: Option<&'static str>) -> Says {
    Says(value, Cell::new(0))
}

fn board() -> Board {
    Journalled::pressed().until(10).board()
}

/// All that a player does about a board that never changes.
fn play(player: Player, pages: &Says) -> Vec<Deed> {
    let board = board();
    let mut scripted = Scripted::new(player).unwrap();
    let mut deeds = Vec::new();
    while scripted.has_more(&board) {
        deeds.extend(scripted.turn(&board, pages));
    }
    assert_eq!(scripted.turn(&board, pages), None);
    deeds
}

#[test]
fn who_is_good_calls_once_and_then_reads_what_the_page_says() {
    let pages = says(Some("3"));
    let deeds = play(Player::Good, &pages);
    let calls = deeds
        .iter()
        .filter(|deed| matches!(deed, Deed::Call { .. }));
    assert_eq!(calls.count(), 1);
    let answers = deeds
        .iter()
        .filter(|deed| matches!(deed, Deed::Answer { value, .. } if value == "3"));
    assert_eq!(answers.count(), pages.1.get() as usize);
}

#[test]
fn a_card_whose_answer_keeps_it_open_is_tried_so_often_and_no_more() {
    let pages = says(Some("3"));
    play(Player::Good, &pages);
    let cards = u32::try_from(board().cards.len()).unwrap();
    assert!(cards > 1);
    assert_eq!(pages.1.get(), cards * Scripted::TRIES);
}

#[test]
fn a_card_that_no_page_answers_is_given_up() {
    let deeds = play(Player::Good, &says(None));
    assert!(deeds.iter().all(|deed| matches!(deed, Deed::Call { .. })));
}

#[test]
fn a_liar_looks_at_nothing_and_answers_what_sounds_done() {
    let pages = says(Some("3"));
    let deeds = play(Player::Liar, &pages);
    assert_eq!(pages.1.get(), 0);
    let value = |step: &str| {
        deeds.iter().find_map(|deed| match deed {
            Deed::Answer { task, value, .. } if task.as_str().starts_with(step) => {
                Some(value.clone())
            }
            Deed::Answer { .. } | Deed::Call { .. } => None,
        })
    };
    assert_eq!(value("other-sessions").as_deref(), Some("0"));
    assert_eq!(value("lock").as_deref(), Some("yes"));
    assert_eq!(value("call").as_deref(), Some("REF-1"));
}

#[test]
fn who_is_idle_does_nothing() {
    let pages = says(Some("3"));
    assert_eq!(play(Player::Idle, &pages), []);
    assert_eq!(pages.1.get(), 0);
    assert!(Scripted::new(Player::You).is_none());
}

#[test]
fn a_code_is_read_by_who_is_good_and_invented_by_nobody() {
    let mut asks = board();
    asks.cards.truncate(1);
    asks.cards[0].asks_code = true;
    asks.cards[0].card.contact = None;
    let mut good = Scripted::new(Player::Good).unwrap();
    let deed = good.turn(&asks, &says(Some("123456"))).unwrap();
    assert!(matches!(deed, Deed::Answer { is_code: true, value, .. } if value == "123456"));
    let mut liar = Scripted::new(Player::Liar).unwrap();
    assert_eq!(liar.turn(&asks, &says(None)), None);
    assert!(!liar.has_more(&asks));
}
