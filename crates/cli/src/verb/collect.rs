//! `collect`: what this computer and its broker programs tell, now, without a press.

use controller::{
    Error, Home,
    cases::{self, CollectorState, Step, Watch},
};
use serde_json::json;

use crate::{
    args,
    out::{Exit, Out},
};

pub(super) async fn collect(home: &Home, args: &args::Collect, out: Out) -> Result<Exit, Error> {
    if let (true, Some(into)) = (args.watch, &args.into) {
        return watch(home, into, args, out).await;
    }
    let run = cases::collect(home, args.into.as_deref(), &args.account, |step| {
        told(&step, out);
    })
    .await?;
    out.line(format!("collected into {run}"));
    out.line(
        "It is what this computer tells of itself. If somebody else has been on it, it may be \
         lying.",
    );
    out.line(format!("next: firebreak bundle {run}"));
    out.object(&json!({ "collected": { "run": run } }));
    Ok(Exit::Done)
}

fn told(step: &Step, out: Out) {
    let state = match step.state {
        // a terminal has scrolled on by the time that it ends
        CollectorState::Waiting | CollectorState::Reading => return,
        CollectorState::Collected => "collected",
        CollectorState::NotHere => "not here",
        CollectorState::Lacking => "lacking",
    };
    out.object(&json!({ "collector": {
        "id": step.collector,
        "title": step.title,
        "state": state.replace(' ', "_"),
        "words": step.words,
    }}));
    let words = door::clean(&step.words);
    out.line(if step.state == CollectorState::Collected {
        format!("{state:<10} {}", step.title)
    } else {
        format!("{state:<10} {}: {words}", step.title)
    });
}

/// Watches for exported logs until it is broken off.
async fn watch(home: &Home, into: &str, args: &args::Collect, out: Out) -> Result<Exit, Error> {
    let mut watch = Watch::begin(home, into, args.folder.clone()).await?;
    for step in Watch::steps() {
        out.line(step);
    }
    for place in watch.places() {
        out.line(format!("looking in {place}"));
    }
    out.line("Watching. Export the logs now; Ctrl-C ends the watch.");
    out.object(&json!({ "watching": { "steps": Watch::steps(), "places": watch.places() } }));
    loop {
        tokio::select! {
            taken = watch.next() => {
                for name in taken? {
                    out.line(format!("taken in: {}", door::clean(&name)));
                    out.object(&json!({ "taken": name }));
                }
            }
            ended = tokio::signal::ctrl_c() => {
                ended.map_err(|error| Error::wrong(format!("Ctrl-C cannot be heard: {error}")))?;
                return Ok(Exit::Done);
            }
        }
    }
}
