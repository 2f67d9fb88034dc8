//! One run, from plan to journal: the state table, the executor, hold-down, resume.
//!
//! [`Run`] is pure: it folds [`Event`]s and says what is due next. The executor performs what is
//! due through [`door::Door`]s and writes the journal. Nothing here is called done before the
//! readings that prove it stand in the journal.

mod account;
mod board;
mod clock;
mod due;
mod event;
pub mod executor;
pub mod journal;
mod proof;
mod run;
mod steps;
mod summary;
mod task;
mod transition;
mod waits;
mod word;

pub use account::AccountRun;
pub use board::{BOARD_VERSION, Board, CardView, Cell, Column, Headline, Hold, Row, Tile, board};
pub use clock::{Clock, SystemClock, TokioClock};
pub use due::{ACKNOWLEDGE_WITHIN_MS, Due, Effect};
pub use event::*;
pub use run::{Illegal, Run};
pub use task::{DoorRun, TaskRun};
pub use word::Word;
