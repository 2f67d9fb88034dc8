//! `bundle` and `verify`: the evidence of a run, packed, and checked by anyone.

use std::path::PathBuf;

use controller::{
    Error, Home,
    bundles::{self, Existing, LeftOut},
};
use evidence::Outcome;
use serde_json::{Value, json};

use crate::{
    args,
    out::{Exit, Out},
};

pub(super) async fn bundle(home: &Home, args: &args::Bundle, out: Out) -> Result<Exit, Error> {
    if args.dry_run {
        return would_hold(home, args, out).await;
    }
    let target = if let Some(path) = &args.output {
        path.clone()
    } else {
        let folder = home.run(&args.run)?;
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        PathBuf::from(format!("{name}.zip"))
    };
    let bundle = bundles::export(home, &args.run, &target, Existing::Keep, |_| {}).await?;
    say(&bundle.missing, &bundle.left_out, out);
    out.line(format!(
        "{}   {} files   signed {}   SHA-256 {}",
        bundle.path.display(),
        bundle.files,
        bundle.signer,
        bundle.sha256
    ));
    out.line("Give the signer's fingerprint to whoever checks it, by another way than the file.");
    out.object(&json!({ "bundle": {
        "path": bundle.path,
        "bytes": bundle.bytes,
        "sha256": bundle.sha256,
        "run": bundle.run,
        "files": bundle.files,
        "journal_lines": bundle.journal_lines,
        "journal_head": bundle.journal_head,
        "signer": bundle.signer,
        "missing": bundle.missing,
        "left_out": pairs(&bundle.left_out),
        "as_signed": bundle.checked.is_as_signed(),
    }}));
    Ok(Exit::Done)
}

async fn would_hold(home: &Home, args: &args::Bundle, out: Out) -> Result<Exit, Error> {
    let contents = bundles::contents(home, &args.run).await?;
    for file in &contents.files {
        out.line(format!("{:>10}  {}", file.bytes, file.path));
    }
    say(&contents.missing, &contents.left_out, out);
    if let Some(problem) = &contents.problem {
        out.line(format!("it cannot be signed now: {problem}"));
    }
    out.object(&json!({ "would_hold": {
        "files": contents.files,
        "missing": contents.missing,
        "left_out": pairs(&contents.left_out),
    }}));
    Ok(Exit::Done)
}

pub(super) async fn verify(args: &args::Verify, out: Out) -> Result<Exit, Error> {
    let found = bundles::verify(&args.file, args.signer.as_deref().unwrap_or_default()).await?;
    for check in &found.checks {
        match &check.outcome {
            Outcome::Passed { seen } => out.line(format!("verified   {}: {seen}", check.title)),
            Outcome::Failed { problems } => {
                out.line(format!("refused    {}", check.title));
                for problem in problems {
                    out.line(format!("             {problem}"));
                }
            }
            Outcome::NotPossible { why } => out.line(format!("unknown    {}: {why}", check.title)),
        }
        out.line(format!("             {}", check.proves));
    }
    let whole = found.is_as_signed();
    out.object(&json!({ "verification": found, "as_signed": whole }));
    if let (true, Some(signer)) = (whole, &found.signer) {
        out.line(format!(
            "AS SIGNED by {signer}. Compare it with what the sender told you."
        ));
    } else {
        out.line("NOT AS SIGNED. Do not rely on it; ask the sender for it again.");
    }
    Ok(if whole { Exit::Done } else { Exit::NotProved })
}

fn say(missing: &[String], left_out: &[LeftOut], out: Out) {
    for missing in missing {
        out.line(format!("missing: {missing}"));
    }
    for LeftOut { path, why } in left_out {
        out.line(format!("left out: {path}: {why}"));
    }
}

fn pairs(left_out: &[LeftOut]) -> Value {
    left_out
        .iter()
        .map(|LeftOut { path, why }| json!([path, why]))
        .collect()
}
