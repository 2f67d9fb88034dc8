//! One drill, from its briefing to its debrief.

use std::time::Duration;

use controller::{
    Error, Headless, Home,
    drill::{Choice, Drill, Injects, Phase},
};
use drill::{Ended, Player, player::Scripted};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    time::sleep,
};

use super::told;
use crate::{
    args::{self, DrillPlayer},
    out::{Exit, Out},
    verb::{
        in_drill::obey,
        person::Person,
        press::{Follow, interrupted},
    },
};

/// How fast the story goes where a script plays.
const SCRIPTS_GO: f64 = 10.0;
/// How often the home is looked at for a live press.
const LOOK_FOR_LIVE_EVERY: Duration = Duration::from_millis(500);
/// How often a scripted player looks what comes next on the phone.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// How long a scripted player takes from the alarm to the press.
const REACTS_AFTER: Duration = Duration::from_millis(300);

pub(super) async fn play(home: &Home, args: &args::Drill, out: Out) -> Result<Exit, Error> {
    let player = player(args, out)?;
    let choice = Choice {
        scenario: args.scenario.clone(),
        seed: args.seed,
        player,
        speed: args.speed.unwrap_or(match player {
            Player::You => 1.0,
            Player::Good | Player::Idle | Player::Liar => SCRIPTS_GO,
        }),
        clock: !args.no_clock,
        injects: match args.inject.as_deref() {
            None => Injects::Drawn,
            Some("none") => Injects::None,
            Some(id) => Injects::Only(id.to_owned()),
        },
    };
    let drill = Drill::start(home, choice, Headless).await?;
    told::briefing(&drill, out);
    let mut real = false;
    let mut follow = Follow::new(drill.link(), out, Person::of(player)).in_drill(&drill);
    let how = tokio::select! {
        how = course(&drill, args, out, &mut follow) => how,
        () = live_press(home) => {
            real = true;
            Ok(Ended::Real)
        }
    };
    let last = follow.last_line();
    drop(follow);
    let how = match how {
        Ok(how) => how,
        Err(error) => {
            drill.finish(Ended::Abandoned).await?;
            return Err(error);
        }
    };
    let seed = drill.seed();
    let (debrief, score) = drill.finish(how).await?;
    told::score(&debrief, &score, seed, out);
    told::debrief(&debrief, out);
    if let Some(last) = last {
        out.object(&last);
    }
    if real {
        out.aside("A live run is under way. The drill is over, and carries nothing over.");
    }
    Ok(match how {
        Ended::Finished | Ended::StoodDown | Ended::TimedOut => Exit::Done,
        Ended::Abandoned | Ended::Real | Ended::BrokenOff => Exit::Interrupted,
    })
}

fn player(args: &args::Drill, out: Out) -> Result<Player, Error> {
    Ok(match (args.auto, args.player) {
        (true, _) | (false, DrillPlayer::Good) => Player::Good,
        (false, DrillPlayer::Idle) => Player::Idle,
        (false, DrillPlayer::Liar) => Player::Liar,
        (false, DrillPlayer::You) if out.terminal => Player::You,
        (false, DrillPlayer::You) => {
            return Err(Error::wrong("nobody is at this terminal to play")
                .untouched("no drill was started")
                .next("let a script play: firebreak drill ID --auto"));
        }
    })
}

/// From the beginning to whatever ends it.
async fn course(
    drill: &Drill,
    args: &args::Drill,
    out: Out,
    follow: &mut Follow<'_>,
) -> Result<Ended, Error> {
    if Scripted::new(drill.view().player).is_some() {
        scripted(drill, args, out, follow).await
    } else {
        by_hand(drill, out, follow).await
    }
}

/// A scripted player knows what is right, and does it as its kind does.
async fn scripted(
    drill: &Drill,
    args: &args::Drill,
    out: Out,
    follow: &mut Follow<'_>,
) -> Result<Ended, Error> {
    let view = drill.view();
    if view.keychain_locked {
        out.aside("the keychain of this drill is locked");
        if view.player == Player::Good {
            drill.unlock_keychain().await?;
        }
    }
    if let Err(error) = drill.warmed_up().await {
        out.aside(format!("not armed: {error}"));
    }
    drill.begin();
    let mut over = drill.over();
    let mut shown = told::Shown::default();
    let mut changed = drill.changed();
    loop {
        shown.news(drill, out);
        let view = drill.view();
        if view.phase == Phase::Alarm && drill.has_alarm() {
            break;
        }
        tokio::select! {
            // the drill lives as long as this call
            _ = changed.changed() => {}
            _ = over.wait_for(|over| *over) => return Ok(ends_unpressed(drill)),
        }
    }
    sleep(REACTS_AFTER).await;
    let right = drill.scenario().right.clone();
    let knows = view.player == Player::Good && args.press.is_none();
    if knows && !right.press {
        let instead = right.instead.unwrap_or_default();
        if let Some(contact) = &instead.call {
            let account = instead.account.unwrap_or_default();
            while drill.carry_on_call(contact, &account, &instead.pages) {
                sleep(LOOK_EVERY).await;
            }
        }
        return Ok(Ended::StoodDown);
    }
    let runbook = args
        .press
        .clone()
        .or_else(|| right.runbooks.first().cloned());
    let runbook = runbook.unwrap_or_else(|| "contain-everything".to_owned());
    let replies = drill.press(&runbook, "terminal").await?;
    if view.player == Player::Good && drill.view().keychain_locked {
        drill.unlock_keychain().await?;
    }
    follow.run(replies).await?;
    Ok(Ended::Finished)
}

/// How a drill ends whose time was over before anybody pressed.
fn ends_unpressed(drill: &Drill) -> Ended {
    if drill.has_alarm() || drill.scenario().right.press {
        Ended::TimedOut
    } else {
        Ended::StoodDown
    }
}

/// A person at the terminal.
async fn by_hand(drill: &Drill, out: Out, follow: &mut Follow<'_>) -> Result<Ended, Error> {
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    out.line("Press Enter to begin, Ctrl-C to leave. Then it may begin at any moment.");
    tokio::select! {
        line = lines.next_line() => {
            if !matches!(line, Ok(Some(_))) {
                return Ok(Ended::Abandoned);
            }
        }
        () = interrupted() => return Ok(Ended::Abandoned),
    }
    drill.begin();
    out.line("Nothing has happened yet. Type help for what you can do.");
    let (mut over, mut changed) = (drill.over(), drill.changed());
    let mut shown = told::Shown::default();
    loop {
        shown.news(drill, out);
        let line = tokio::select! {
            line = lines.next_line() => line,
            _ = changed.changed() => continue,
            _ = over.wait_for(|over| *over) => return Ok(ends_unpressed(drill)),
            () = interrupted() => return Ok(Ended::Abandoned),
        };
        let Ok(Some(line)) = line else {
            return Ok(Ended::Abandoned);
        };
        match line.trim() {
            "" => {}
            "nothing" => return Ok(Ended::StoodDown),
            "abandon" => return Ok(Ended::Abandoned),
            "real" => return Ok(Ended::Real),
            press if press.split_whitespace().next() == Some("press") => {
                let runbook = press
                    .split_whitespace()
                    .nth(1)
                    .unwrap_or("contain-everything");
                match drill.press(runbook, "terminal").await {
                    Ok(replies) => {
                        drop(lines);
                        let exit = follow.run(replies).await?;
                        return Ok(match exit {
                            Exit::Interrupted => Ended::Abandoned,
                            Exit::Done
                            | Exit::Wrong
                            | Exit::NeedsYou
                            | Exit::NotProved
                            | Exit::Lost => Ended::Finished,
                        });
                    }
                    Err(error) => out.line(format!("not pressed: {error}")),
                }
            }
            other => {
                for said in obey(drill, other).await {
                    out.line(said);
                }
            }
        }
    }
}

/// Ends once somebody has pressed for real in this home.
async fn live_press(home: &Home) {
    loop {
        sleep(LOOK_FOR_LIVE_EVERY).await;
        let home = home.clone();
        let found = tokio::task::spawn_blocking(move || controller::unfinished(&home)).await;
        if matches!(found, Ok(Some(_))) {
            return;
        }
    }
}
