//! `case`: what was added to a run or collection, whose its acts were, and what they cost.

use std::{
    fs,
    io::{self, Read as _},
    path::Path,
};

use controller::{
    Error, Home,
    cases::{self, Page, Tables, by_whom, kind_word},
};
use evidence::{
    acts::ActRow,
    case::{Entry, Verdict},
};
use serde_json::json;

use crate::{
    args::{self, Whose},
    out::{Exit, Out},
};

/// Rows that are read at once.
const ROWS: usize = 500;
/// The longest statement that is read.
const STATEMENT_AT_MOST: u64 = 1024 * 1024;

pub(super) async fn case(home: &Home, verb: args::Case, out: Out) -> Result<Exit, Error> {
    match verb {
        args::Case::Show { run } => show(home, &run, out).await,
        args::Case::Acts { run, choice } => acts(home, &run, &choice, out).await,
        args::Case::Mark {
            run,
            whose,
            keys,
            choice,
        } => mark(home, &run, whose, keys, &choice, out).await,
        args::Case::Losses { run } => losses(home, &run, out).await,
        args::Case::Contact {
            run,
            who,
            at,
            by,
            number,
            reference,
            said,
        } => {
            let contact = cases::Contact {
                who,
                at,
                by,
                number,
                reference,
                said,
            };
            cases::contact(home, &run, contact).await?;
            Ok(said_so("it is written down", out))
        }
        args::Case::Statement { run, file } => statement(home, &run, file.as_deref(), out).await,
    }
}

fn said_so(words: &str, out: Out) -> Exit {
    out.line(words);
    out.object(&json!({ "done": words }));
    Exit::Done
}

async fn show(home: &Home, run: &str, out: Out) -> Result<Exit, Error> {
    let log = cases::log(home, run).await?;
    for line in &log.lines {
        out.object(line);
        out.line(format!("{}  {}", line.at, in_a_line(&line.entry)));
        if let Entry::Collected { sightings, .. } = &line.entry {
            for seen in sightings.iter().filter(|seen| seen.notable) {
                out.line(format!("    ! {}", door::clean(&seen.what)));
            }
        }
    }
    if log.lines.is_empty() {
        out.line("nothing was added yet");
    }
    if let Some(damage) = &log.damage {
        return Err(
            Error::damaged(format!("the case's log is damaged: {damage}"))
                .untouched("the log is left as it is")
                .next("keep the folder: it is evidence of the damage"),
        );
    }
    Ok(Exit::Done)
}

fn in_a_line(entry: &Entry) -> String {
    match entry {
        Entry::Opened { program, .. } => format!("opened by {program}"),
        Entry::Mended { .. } => "a torn last line was cut off".to_owned(),
        Entry::Collected {
            title,
            outcome,
            files,
            ..
        } => {
            let (_, words) = cases::came_of(outcome);
            format!("{title}: {}, {} files", door::clean(&words), files.len())
        }
        Entry::Attached { file, about, .. } => {
            format!("attached {}: {about}", door::clean(&file.source))
        }
        Entry::Noted { text, .. } => format!("noted: {}", door::clean(text)),
        Entry::Contact { who, by, said, .. } => {
            format!(
                "spoke with {} by {by}: {}",
                door::clean(who),
                door::clean(said)
            )
        }
        Entry::Marked { acts, verdict, how } => {
            let whose = verdict.map_or("taken back", word);
            format!("{} acts marked {whose}, {how}", acts.len())
        }
        Entry::Stated { text } => format!("statement of {} characters", text.chars().count()),
        Entry::Exported { file, digest, .. } => format!("bundle {file}, SHA-256 {digest}"),
    }
}

async fn acts(home: &Home, run: &str, choice: &args::Choice, out: Out) -> Result<Exit, Error> {
    let tables = Tables::default();
    let mut from = 0;
    loop {
        let page = tables.page(home, run, wanted(choice), from, ROWS).await?;
        for row in &page.rows {
            out.object(&json!({ "act": row }));
            tell(row, out);
        }
        from += page.rows.len();
        if from >= page.matching || page.rows.is_empty() {
            close(&page, out);
            return Ok(Exit::Done);
        }
    }
}

fn tell(row: &ActRow, out: Out) {
    let at = row
        .act
        .at
        .map_or_else(|| "at an unknown time".to_owned(), |at| at.to_string());
    let verdict = row.verdict.map_or("-", word);
    out.line(format!(
        "{at}  {verdict:<8}  {:<8}  {}  [{}]",
        kind_word(row.act.kind),
        door::clean(&row.act.words),
        door::clean(&by_whom(row)),
    ));
    if let (None, Some(suggestion)) = (row.verdict, &row.suggestion) {
        out.line(format!(
            "    suggested: {}, since {}",
            word(suggestion.verdict),
            suggestion.why.join("; ")
        ));
    }
    out.line(format!("    {}", row.key));
}

fn close(page: &Page, out: Out) {
    for note in &page.notes {
        out.aside(note);
    }
    out.line(format!(
        "{} of {} acts; {} not mine, {} mine, {} not sure",
        page.matching, page.total, page.marked.not_mine, page.marked.mine, page.marked.not_sure
    ));
    out.object(&json!({ "acts": {
        "total": page.total,
        "matching": page.matching,
        "marked": page.marked,
        "notes": page.notes,
    }}));
}

async fn mark(
    home: &Home,
    run: &str,
    whose: Whose,
    keys: Vec<String>,
    choice: &args::Choice,
    out: Out,
) -> Result<Exit, Error> {
    let verdict = match whose {
        Whose::Mine => Some(Verdict::Mine),
        Whose::NotMine => Some(Verdict::NotMine),
        Whose::NotSure => Some(Verdict::NotSure),
        Whose::Unmarked => None,
    };
    let chosen = wanted(choice);
    if keys.is_empty() && chosen == cases::Choice::default() {
        return Err(Error::wrong("it is not said which acts")
            .untouched("no mark was changed")
            .next("name their keys, or choose them: --client-id, --submitter, --since, ..."));
    }
    let count = Tables::default()
        .mark(home, run, keys, chosen, verdict)
        .await?;
    let words = format!("{count} acts marked {}", verdict.map_or("as nothing", word));
    out.line(&words);
    out.object(&json!({ "marked": count }));
    Ok(Exit::Done)
}

async fn losses(home: &Home, run: &str, out: Out) -> Result<Exit, Error> {
    let losses = Tables::default().losses(home, run).await?;
    for line in &losses.lines {
        out.line(&line.words);
        out.line(format!(
            "    {} = {} {}",
            line.sum, line.amount, line.currency
        ));
        for source in &line.sources {
            out.line(format!("    {source}"));
        }
    }
    for not_counted in &losses.not_counted {
        out.line(format!("not counted: {not_counted}"));
    }
    for total in &losses.totals {
        out.line(format!("TOTAL {} {}", total.amount, total.currency));
    }
    if losses.lines.is_empty() && losses.not_counted.is_empty() {
        out.line("no act is marked as not yours, or none of them cost anything");
    }
    out.object(&json!({ "losses": losses }));
    Ok(Exit::Done)
}

async fn statement(home: &Home, run: &str, file: Option<&Path>, out: Out) -> Result<Exit, Error> {
    let Some(file) = file else {
        let (text, kept) = cases::statement(home, run).await?;
        out.line(&text);
        out.object(&json!({ "statement": text, "kept": kept }));
        return Ok(Exit::Done);
    };
    let mut text = String::new();
    let read = if file == Path::new("-") {
        io::stdin()
            .take(STATEMENT_AT_MOST)
            .read_to_string(&mut text)
    } else {
        fs::File::open(file).and_then(|file| file.take(STATEMENT_AT_MOST).read_to_string(&mut text))
    };
    read.map_err(|error| {
        Error::wrong(format!("{} cannot be read: {error}", file.display()))
            .untouched("the statement is as it was")
            .next("give a text file")
    })?;
    cases::state(home, run, text).await?;
    Ok(said_so("the statement is kept", out))
}

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Mine => "mine",
        Verdict::NotMine => "NOT MINE",
        Verdict::NotSure => "not sure",
    }
}

fn wanted(choice: &args::Choice) -> cases::Choice {
    cases::Choice {
        account: choice.account.clone(),
        kind: choice.kind.clone(),
        client_id: choice.client_id.clone(),
        submitter: choice.submitter.clone(),
        session: choice.session.clone(),
        ip: choice.ip.clone(),
        marked: choice.marked.clone(),
        since: choice.since.clone(),
        until: choice.until.clone(),
        text: choice.text.clone(),
    }
}
