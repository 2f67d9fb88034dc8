//! `drill`: a drill at the terminal, played by a person or a scripted player, and what is kept of
//! drills.

mod lists;

mod play;
mod told;

use controller::{Error, Home};

use crate::{
    args,
    out::{Exit, Out},
};

/// Put before every line of a drill.
pub(super) const BEFORE: &str = "DRILL  ";

pub(super) async fn drill(home: &Home, args: args::Drill, out: Out) -> Result<Exit, Error> {
    match args.what {
        None => {
            play::play(
                home,
                &args,
                Out {
                    before: BEFORE,
                    ..out
                },
            )
            .await
        }
        Some(args::DrillVerb::List) => Ok(lists::list(home, out)),
        Some(args::DrillVerb::Injects) => Ok(lists::injects(out)),
        Some(args::DrillVerb::History { scenario }) => {
            lists::history(home, scenario.as_deref(), out)
        }
        Some(args::DrillVerb::Debrief { drill }) => {
            told::debrief(&controller::drill::debrief(home, &drill)?, out);
            Ok(Exit::Done)
        }
        Some(args::DrillVerb::Fix { drill, fix }) => {
            let chosen = controller::drill::choose_fix(home, &drill, &fix)?;
            out.line(format!("The next briefing reminds of it: {chosen}"));
            out.object(&serde_json::json!({ "fix": chosen }));
            Ok(Exit::Done)
        }
        Some(args::DrillVerb::Schedule {
            snooze,
            reason,
            ics,
        }) => lists::schedule(home, snooze.zip(reason), ics.as_deref(), out),
        Some(args::DrillVerb::Lint { file }) => lists::lint(&file, out),
    }
}
