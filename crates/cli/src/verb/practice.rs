//! `practice`: a simulated account with an attacker at work, one press, one bundle, and what was
//! proved. Nothing real can be reached from here.

use controller::{
    Command, Error, Headless, Home,
    bundles::{self, Choices, Existing},
    practice::Practice,
};

use crate::{
    args,
    out::{Exit, Out},
    verb::{
        person::{Person, Reader, Script},
        press::Follow,
    },
};

pub(super) async fn practice(home: &Home, args: &args::Practice, out: Out) -> Result<Exit, Error> {
    let out = Out {
        before: "PRACTICE  ",
        ..out
    };
    out.line("A simulated account. An intruder is buying in it. Nothing leaves this computer.");
    let practice = Practice::start(home, Some(args.seed), Headless).await?;
    let exit = press(home, args, &practice, out).await;
    practice.end().await;
    exit
}

async fn press(
    home: &Home,
    args: &args::Practice,
    practice: &Practice,
    out: Out,
) -> Result<Exit, Error> {
    out.line("Arming it first, as on any day: its doors are opened and kept warm.");
    practice.warmed_up().await?;
    let pages = practice.pages();
    let reader: Reader = Box::new(move |card| pages.look(card));
    let person = if out.terminal && !args.auto {
        out.line("Each card stands for a page: type /look to do there what the card says.");
        Person::Terminal(Some(reader))
    } else {
        out.line("A scripted person answers the cards by reading the simulated pages.");
        Person::Script(Script::new(reader))
    };
    let command = Command::Panic {
        runbook: "contain-everything".to_owned(),
        accounts: Vec::new(),
        from: "practice".to_owned(),
        twice: false,
    };
    let replies = practice.link().ask(command).await?;
    let mut follow = Follow::new(practice.link(), out, person);
    let exit = follow.run(replies).await?;
    let run = follow.name().to_owned();
    prove(home, &run, practice, out).await?;
    Ok(exit)
}

/// Packs and checks the bundle, and holds what the run says against what the simulator knows.
/// Under `--json` all of it goes to stderr: stdout is the journal.
async fn prove(home: &Home, run: &str, practice: &Practice, out: Out) -> Result<(), Error> {
    let truth = practice.truth();
    let to_stderr = Out { json: false, ..out };
    let say = |text: String| {
        if out.json {
            to_stderr.aside(text);
        } else {
            out.line(text);
        }
    };
    let target = bundles::default_target(home, run, None);
    let choices = Choices::for_profile("own");
    let written = bundles::export(home, run, &target, Existing::Keep, &choices, |_| {}).await?;
    say(format!(
        "bundle: {}   {} files, signed with a key for practice only",
        written.path.display(),
        written.files
    ));
    say(if written.checked.is_as_signed() {
        "verified: the bundle is as signed".to_owned()
    } else {
        "refused: the bundle is not as signed".to_owned()
    });
    for line in truth {
        say(line);
    }
    Ok(())
}
