//! `practice`: a simulated account with an attacker at work, one press, one bundle, and what was
//! proved. Nothing real can be reached from here: the accounts are of the simulated realm by type.

use std::time::Duration;

use controller::{Command, Controller, Error, Headless, Home, Link};
use incident::{CardView, Mode};
use runbook::ReadBackFormat;
use simulator::{
    Served,
    attacker::Script as Story,
    faults::Front,
    pages::{AnswerKind, CardAsk, ScriptedPerson},
    serve::{Spec, serve},
    truth::TruthSummary,
    world::AccountId,
};
use vault::{Simulated, Vault};
use venues::Account;

use crate::{
    args,
    out::{Exit, Out},
    verb::{
        bundle,
        person::{Person, Reader, Script},
        press::Follow,
    },
};

/// The story that is played on the simulated account.
const STORY: &str = "thin-names";

/// A gateway lists orders once in five seconds: what arming asked for must be over before the press,
/// as it is on any day that an account was armed earlier.
const WARM_UP: Duration = Duration::from_secs(11);

pub(super) async fn practice(home: &Home, args: &args::Practice, out: Out) -> Result<Exit, Error> {
    let out = Out {
        before: "PRACTICE  ",
        ..out
    };
    let served = serve(Spec {
        seed: args.seed,
        fronts: [Front::Tws, Front::ClientPortal].into(),
        scripts: Story::named(STORY).into_iter().collect(),
        ..Spec::default()
    })
    .await
    .map_err(|error| {
        Error::wrong(error)
            .untouched("nothing is served, and nothing was sent to any venue")
            .next("close other programs that listen on loopback, then try again")
    })?;
    let exit = press(home, args, &served, out).await;
    served.stop().await;
    exit
}

async fn press(
    home: &Home,
    args: &args::Practice,
    served: &Served,
    out: Out,
) -> Result<Exit, Error> {
    let accounts = served
        .accounts()
        .iter()
        .map(Account::<Simulated>::of)
        .collect::<Result<Vec<_>, _>>()?;
    out.line("A simulated account. An intruder is buying in it. Nothing leaves this computer.");
    let (controller, handle) =
        Controller::<Simulated, _>::new(home.clone(), Mode::Practice, accounts, Headless);
    let link = Link::around(handle, tokio::spawn(controller.run()));
    out.line("Arming it first, as on any day: its doors are opened and kept warm.");
    link.tell(Command::Arm {
        accounts: Vec::new(),
    })
    .await?;
    tokio::time::sleep(WARM_UP).await;
    let person = if out.terminal && !args.auto {
        out.line("Each card stands for a page: type /look to do there what the card says.");
        Person::Terminal(Some(reader(served)))
    } else {
        out.line("A scripted person answers the cards by reading the simulated pages.");
        Person::Script(Script::new(reader(served)))
    };
    let command = Command::Panic {
        runbook: "contain-everything".to_owned(),
        accounts: Vec::new(),
        from: "practice".to_owned(),
        twice: false,
    };
    let replies = link.ask(command).await;
    let mut follow = Follow::new(&link, out, person);
    let ended = match replies {
        Ok(replies) => follow.run(replies).await,
        Err(error) => Err(error),
    };
    let run = follow.name().to_owned();
    drop(follow);
    link.close().await;
    let exit = ended?;
    prove(home, &run, served, out).await?;
    Ok(exit)
}

/// Packs and checks the bundle, and holds what the run says against what the simulator knows.
/// Under `--json` all of it goes to stderr: stdout is the journal.
async fn prove(home: &Home, run: &str, served: &Served, out: Out) -> Result<(), Error> {
    let truth = served.world().truth_summary();
    let folder = home.run(run)?;
    let target = home.root().join(format!("{run}.zip"));
    let to_stderr = Out { json: false, ..out };
    let say = |text: String| {
        if out.json {
            to_stderr.aside(text);
        } else {
            out.line(text);
        }
    };
    let written = bundle::write(&folder, &Vault::<Simulated>::in_memory(), &target).await?;
    say(format!(
        "bundle: {}   {} files, signed with a key for practice only",
        written.path.display(),
        written.contents.files.len()
    ));
    let whole = bundle::is_whole(&target, &written.contents.signer)?;
    say(if whole {
        "verified: the bundle is as signed".to_owned()
    } else {
        "refused: the bundle is not as signed".to_owned()
    });
    for line in told(&truth) {
        say(line);
    }
    Ok(())
}

/// What the simulator itself knows at the end.
fn told(truth: &TruthSummary) -> Vec<String> {
    truth
        .iter()
        .map(|(name, left)| {
            format!(
                "the simulator's own truth about {name}: {} open orders, {} open withdrawals, {} \
                 live sessions, {} live keys",
                left.open_orders, left.open_withdrawals, left.live_sessions, left.live_keys
            )
        })
        .collect()
}

/// Reads the simulated pages of the card's account, or of all.
fn reader(served: &Served) -> Reader {
    let person = ScriptedPerson::new(served.world().clone());
    let accounts = served
        .accounts()
        .iter()
        .map(|account| (account.name().to_owned(), account.account().clone()))
        .collect::<Vec<_>>();
    Box::new(move |card| answer(&person, &accounts, card))
}

fn answer(
    person: &ScriptedPerson,
    accounts: &[(String, AccountId)],
    card: &CardView,
) -> Option<String> {
    let read_back = card.card.read_back.as_ref()?;
    let chosen = accounts
        .iter()
        .filter(|(name, _)| {
            card.account
                .as_ref()
                .is_none_or(|only| only.as_str() == name)
        })
        .map(|(_, account)| account.clone())
        .collect::<Vec<_>>();
    let ask = CardAsk {
        page: card.card.page.as_deref()?,
        kind: match read_back.format {
            ReadBackFormat::Number => AnswerKind::Number,
            ReadBackFormat::Text => AnswerKind::Text,
            ReadBackFormat::Time => AnswerKind::Time,
            ReadBackFormat::YesNo => AnswerKind::YesNo,
        },
        want: read_back.want.as_deref(),
    };
    person.answer(&chosen, &ask)
}
