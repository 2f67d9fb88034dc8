//! What happens in a drill, line by line: the story beside the run's own journal. A drill is scored
//! from these lines and the journal, and from nothing else.

use serde::{Deserialize, Serialize};
use simulator::truth::TruthEvent;

/// One thing that happened in a drill.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct StoryLine {
    /// Milliseconds since the drill began, of the clock on the wall.
    pub at_ms: u64,
    /// What.
    #[serde(flatten)]
    pub told: Told,
}

/// Who plays.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Player {
    /// A person.
    You,
    /// Presses at the alarm, does what the cards say and reads the simulated pages.
    Good,
    /// Presses and answers nothing.
    Idle,
    /// Presses, does nothing, and answers what sounds done.
    Liar,
}

/// What came of an act.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "outcome")]
pub enum Outcome {
    /// It was done.
    Done,
    /// The venue refused it.
    Refused {
        /// Why.
        why: String,
    },
}

/// How a drill ended.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    /// It was played to its end.
    Finished,
    /// The person said that nothing has to be pressed.
    StoodDown,
    /// The person left it.
    Abandoned,
    /// Something real happened: a live press, or the person said that this is real.
    Real,
    /// The program ended in the middle.
    BrokenOff,
    /// Its time was over.
    TimedOut,
}

/// What happened.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "told")]
pub enum Told {
    /// The drill began.
    Began {
        /// The scenario's id.
        scenario: String,
        /// Everything random follows from it.
        seed: u64,
        /// What goes wrong on purpose, by id.
        injects: Vec<String>,
        /// Who plays.
        player: Player,
        /// How many times faster than the clock the story goes.
        speed: f64,
        /// Whether times are shown and judged.
        clock: bool,
    },
    /// Something reached the person. The first genuine one is the alarm that times count from.
    Alarm {
        /// In which form: `mail`, `push`, `sms`, `call`, `app`, `bot`.
        form: String,
        /// From whom, as shown.
        from: String,
        /// What it says.
        text: String,
        /// Whether it is what it says it is.
        genuine: bool,
    },
    /// Something went wrong on purpose.
    Injected {
        /// Which, by id.
        inject: String,
    },
    /// Somebody in the story acted.
    Acted {
        /// Who, by label.
        actor: String,
        /// Whether they belong there: the person's own bot, their phone.
        innocent: bool,
        /// What they did, in plain words.
        deed: String,
        /// What came of it.
        #[serde(flatten)]
        outcome: Outcome,
    },
    /// What the simulated venue itself knows.
    Truth {
        /// The event.
        truth: TruthEvent,
    },
    /// The person pressed.
    Pressed {
        /// The runbook's id.
        runbook: String,
        /// The run's folder name.
        run: String,
    },
    /// The person opened a simulated page.
    Looked {
        /// The page's id.
        page: String,
        /// The account's name.
        account: String,
    },
    /// The person did something on a simulated page.
    Did {
        /// The page's id.
        page: String,
        /// The account's name.
        account: String,
        /// Which line; all of them when absent.
        row: Option<String>,
        /// What came of it.
        #[serde(flatten)]
        outcome: Outcome,
    },
    /// The person answered a card.
    Answered {
        /// The card's task, as in the journal (`step@account`).
        task: String,
        /// The card's title.
        title: String,
        /// What they typed. A one-time code is never here.
        value: String,
        /// The value that would mean done.
        wanted: Option<String>,
        /// What the simulated page says at that moment, in the same format; absent where no page can
        /// tell.
        stands: Option<String>,
    },
    /// The person called somebody.
    Called {
        /// Whom, by contact id.
        contact: String,
        /// What happened on the phone: `queued`, `menu`, `answered`, `hung_up`.
        stage: String,
    },
    /// The person asked for a fact of the story.
    Asked {
        /// Which, by id.
        fact: String,
    },
    /// The person stopped the clock.
    Paused,
    /// And went on.
    WentOn,
    /// The drill ended.
    Ended {
        /// How.
        how: Ended,
    },
}
