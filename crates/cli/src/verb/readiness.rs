//! `readiness`: whether every lever would work now, what to mend, and what changed since the last
//! check; the questions that no program can answer; and the proving press.

use controller::{
    Command, Error, Home, Link, Reply,
    readiness::{
        self as checks, Asking, Candidate, Money, Proof, Proving, ProvingView, ReadinessView,
    },
};
use door::Lever;
use jiff::Timestamp;
use readiness::{Finding, LeverRow, LeverState, Verdict};
use runbook::AccountName;
use serde_json::{Value, json};

use super::press::interrupted;
use crate::{
    args,
    out::{Exit, Out},
};

pub(super) async fn readiness(home: &Home, args: args::Readiness, out: Out) -> Result<Exit, Error> {
    match args.act {
        None => check(home, args, out).await,
        Some(args::ReadinessAct::Questions) => Ok(questions(home, out)),
        Some(args::ReadinessAct::Answer { id, value }) => answer(home, id, value, out).await,
        Some(args::ReadinessAct::Prove {
            account,
            order,
            live,
        }) => {
            let proving = Proving {
                account: AccountName::new(account),
                order,
                live,
            };
            prove(home, proving, out).await
        }
    }
}

async fn check(home: &Home, args: args::Readiness, out: Out) -> Result<Exit, Error> {
    let mut look_in = Vec::with_capacity(args.look_in.len());
    for folder in &args.look_in {
        // as the looked-at machine knows it, where that is another folder
        let folder = if args.machine_root.is_some() {
            folder.clone()
        } else {
            std::path::absolute(folder).map_err(|e| Error::file("find", folder, &e))?
        };
        look_in.push(folder.display().to_string());
    }
    let asking = Asking {
        accounts: args.accounts.into_iter().map(AccountName::new).collect(),
        look_in,
        machine_root: args.machine_root,
    };
    let checking = async {
        // another root is looked at by this process alone
        let link = match &asking.machine_root {
            Some(_) => None,
            None => Link::find(home).await,
        };
        let Some(link) = link else {
            return checks::check_home(home, &asking).await;
        };
        let asking = asking.clone();
        checked(&link, Command::CheckReadiness { asking }).await
    };
    let view = tokio::select! {
        view = checking => view?,
        () = interrupted() => {
            return Err(Error::interrupted("interrupted")
                .untouched("the last check is as it was; nothing was changed at any venue"));
        }
    };
    print_objects(&view, out);
    print_lines(&view, out);
    Ok(Exit::Done)
}

fn print_objects(view: &ReadinessView, out: Out) {
    for row in &view.report.levers {
        out.object(&json!({ "lever": row }));
    }
    for finding in &view.report.findings {
        out.object(&json!({ "finding": finding }));
    }
    for change in &view.changes.changes {
        let words = change.words();
        out.object(&json!({ "change": change, "words": words }));
    }
    out.object(&json!({ "readiness": summary(view) }));
}

fn summary(view: &ReadinessView) -> Value {
    let report = &view.report;
    let dead = report
        .levers
        .iter()
        .filter(|row| row.state == LeverState::Dead);
    let dead = dead.map(|row| json!({ "account": row.account, "lever": row.lever }));
    json!({
        "headline": view.headline,
        "changed": view.changed,
        "at": report.at,
        "since": view.changes.since,
        "changes": view.changes.changes.len(),
        "dead": dead.collect::<Vec<_>>(),
        "levers": report.levers.len(),
        "mend": report.findings_with(Verdict::Mend),
        "unknown": report.findings_with(Verdict::Unknown),
        "good": report.findings_with(Verdict::Good),
        "troubles": view.troubles,
    })
}

/// What changed first, then what stands, worst first.
fn print_lines(view: &ReadinessView, out: Out) {
    out.line(&view.changed);
    // one alone stands in the line above
    if view.changes.changes.len() > 1 {
        for change in &view.changes.changes {
            out.line(format!("  {}", change.words()));
        }
    }
    out.line("");
    out.line(view.headline.to_uppercase());
    for row in &view.report.levers {
        print_row(row, out);
    }
    let with = |verdict| {
        let findings = view.report.findings.iter();
        findings.filter(move |finding| finding.verdict == verdict)
    };
    for verdict in [Verdict::Mend, Verdict::Unknown] {
        for finding in with(verdict) {
            print_finding(finding, out);
        }
    }
    for finding in with(Verdict::Good) {
        out.line(format!(
            "good      {}   {}   ({})",
            finding.subject, finding.what, finding.how
        ));
    }
    for trouble in &view.troubles {
        out.line(format!("note: {trouble}"));
    }
}

fn print_row(row: &LeverRow, out: Out) {
    let proved = row.proved_at.map_or_else(String::new, |at| {
        format!("   last proved on {}", at.strftime("%Y-%m-%d"))
    });
    out.line(format!(
        "{:<9} {}   {}   {}   reach {}{proved}",
        row.state.to_string(),
        row.account,
        row.lever.title(),
        row.seen,
        row.reach,
    ));
    for (label, words) in [("why", &row.why), ("mend", &row.mend)] {
        if !words.is_empty() {
            out.line(format!("  {label}: {words}"));
        }
    }
}

fn print_finding(finding: &Finding, out: Out) {
    out.line(format!(
        "{:<9} {}   {}   {}",
        finding.verdict.to_string(),
        finding.severity,
        finding.subject,
        finding.what
    ));
    for (label, words) in [
        ("why", &finding.why),
        ("mend", &finding.mend),
        ("seen", &finding.how),
    ] {
        if !words.is_empty() {
            out.line(format!("  {label}: {words}"));
        }
    }
}

fn questions(home: &Home, out: Out) -> Exit {
    let view = checks::last(home, Timestamp::now());
    for asked in &view.questions {
        let question = &asked.question;
        out.object(&json!({ "question": question, "answer": asked.answer }));
        out.line(format!("{}   {}", question.id, question.ask));
        out.line(format!("  answer with {}", question.format.words()));
        if let Some(answer) = &asked.answer {
            let day = answer.at.strftime("%Y-%m-%d");
            out.line(format!("  you answered on {day}: {}", answer.value));
        }
    }
    for trouble in &view.troubles {
        out.aside(trouble);
    }
    out.line("Answer one: firebreak readiness answer ID VALUE");
    Exit::Done
}

async fn answer(home: &Home, id: String, value: String, out: Out) -> Result<Exit, Error> {
    let view = if let Some(link) = Link::find(home).await {
        let id = id.clone();
        checked(&link, Command::AnswerQuestion { id, value }).await?
    } else {
        home.writable()?;
        checks::answer(home, &id, &value, Timestamp::now())?
    };
    let asked = view.questions.iter().find(|asked| asked.question.id == id);
    let Some(asked) = asked else {
        return Err(Error::lost(
            "the answer was taken, and does not stand in the list",
        ));
    };
    let finding = view.report.findings.iter().find(|finding| finding.id == id);
    let verdict = finding.map(|finding| finding.verdict);
    out.object(&json!({ "answered": {
        "id": id, "answer": asked.answer, "verdict": verdict,
    } }));
    match finding {
        Some(finding) => print_finding(finding, out),
        None => out.line(format!(
            "{id} is answered; it is judged with the next check"
        )),
    }
    Ok(Exit::Done)
}

async fn prove(home: &Home, proving: Proving, out: Out) -> Result<Exit, Error> {
    let proved = async {
        let Some(link) = Link::find(home).await else {
            return checks::prove_at(home, &proving).await;
        };
        let proving = proving.clone();
        match link.tell(Command::Prove { proving }).await? {
            Reply::Proving(view) => Ok(*view),
            Reply::Pressed { .. }
            | Reply::Line(_)
            | Reply::Settled(_)
            | Reply::View(_)
            | Reply::Detail(_)
            | Reply::Readiness(_)
            | Reply::Done(_)
            | Reply::Failed(_) => Err(unexpected()),
        }
    };
    let view = tokio::select! {
        view = proved => view?,
        () = interrupted() => {
            return Err(Error::interrupted("interrupted")
                .untouched("no other order was touched; whether yours is cancelled, the venue's page tells")
                .next("look at it there; this lever is not proved"));
        }
    };
    print_proving(&view, &proving, out);
    if let Some(why) = &view.not_proved {
        out.aside(format!("not proved: {}", why.what));
        for (label, words) in [("untouched", &why.untouched), ("next", &why.next)] {
            if !words.is_empty() {
                out.aside(format!("  {label}: {words}"));
            }
        }
        return Ok(Exit::NotProved);
    }
    Ok(Exit::Done)
}

fn print_proving(view: &ProvingView, proving: &Proving, out: Out) {
    if proving.order.is_none() {
        for candidate in &view.orders {
            out.object(&json!({ "candidate": candidate }));
            print_candidate(candidate, out);
        }
        for why in &view.unlisted {
            out.line(format!("not listed: {why}"));
        }
        let name = &view.account;
        let live = if view.money == Money::Test {
            ""
        } else {
            " --live"
        };
        out.line(format!(
            "{}. Place an order of your own far from the market, as small as the venue takes; then: \
             firebreak readiness prove {name} --order ID{live}",
            money(view.money)
        ));
    }
    out.object(&json!({ "proving": {
        "account": view.account,
        "money": view.money,
        "unlisted": view.unlisted,
        "proof": view.proof,
        "not_proved": view.not_proved,
    } }));
    if let Some(proof) = &view.proof {
        print_proof(proof, out);
    }
}

fn print_candidate(candidate: &Candidate, out: Out) {
    let order = &candidate.order;
    let limit = order
        .limit
        .map_or_else(String::new, |limit| format!(" at {limit}"));
    out.line(format!(
        "{}   {} {} {} {}{limit}",
        order.key, order.side, order.quantity, order.instrument, order.order_type
    ));
    if let Some(why) = &candidate.refused {
        out.line(format!("  not taken: {why}"));
    }
}

fn print_proof(proof: &Proof, out: Out) {
    let order = &proof.order;
    let last = proof.listings.last();
    let through = last.map_or_else(String::new, |listing| listing.door.to_string());
    out.line(format!(
        "PROVED   {}   {}   {} {} {}, order {}",
        proof.account,
        Lever::CancelOrders.title(),
        order.side,
        order.quantity,
        order.instrument,
        order.key,
    ));
    out.line(format!(
        "  cancelled through {}, and gone from {} listings through {through}",
        proof.door,
        proof.listings.len(),
    ));
    out.line(format!(
        "  {} other open orders are as they were",
        proof.others
    ));
    if !proof.others_gone.is_empty() {
        out.line(format!(
            "  gone meanwhile, by whomever: {}",
            proof.others_gone.join(", ")
        ));
    }
    for what in &proof.not_seen {
        out.line(format!("  not seen: {what}"));
    }
}

fn money(money: Money) -> &'static str {
    match money {
        Money::Test => "No real money is behind this account",
        Money::Real => "Real money is behind this account",
        Money::NotTold => "Nobody told whether real money is behind this account",
    }
}

/// The check that a resident process answers with.
async fn checked(link: &Link, command: Command) -> Result<ReadinessView, Error> {
    match link.tell(command).await? {
        Reply::Readiness(view) => Ok(*view),
        Reply::Pressed { .. }
        | Reply::Line(_)
        | Reply::Settled(_)
        | Reply::View(_)
        | Reply::Detail(_)
        | Reply::Proving(_)
        | Reply::Done(_)
        | Reply::Failed(_) => Err(unexpected()),
    }
}

fn unexpected() -> Error {
    Error::lost("the controller answered something else")
        .next("look how things stand: firebreak status")
}
