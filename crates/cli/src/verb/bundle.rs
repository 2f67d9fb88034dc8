//! `bundle` and `verify`: the evidence of a run, packed, and checked by anyone.

use std::path::PathBuf;

use controller::{
    Error, Home,
    bundles::{self, Choices, Existing, LeftOut},
};
use evidence::Outcome;
use serde_json::{Value, json};

use crate::{
    args,
    out::{Exit, Out},
    terminal::secrets::Secrets,
};

pub(super) async fn bundle(home: &Home, args: &args::Bundle, out: Out) -> Result<Exit, Error> {
    if args.dry_run {
        return would_hold(home, args, out).await;
    }
    let choices = choices(args)?;
    let encrypts = args.passphrase || !args.encrypt_to.is_empty();
    let target = if let Some(path) = &args.output {
        path.clone()
    } else {
        let folder = home.case(&args.run)?;
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        let ending = if encrypts { "zip.age" } else { "zip" };
        PathBuf::from(format!("{name}.{ending}"))
    };
    let bundle =
        bundles::export(home, &args.run, &target, Existing::Keep, &choices, |_| {}).await?;
    say(&bundle.missing, &bundle.left_out, out);
    for part in &bundle.parts {
        out.line(part.display());
    }
    out.line(format!(
        "{} files   {} withheld   signed {}   SHA-256 {}",
        bundle.files, bundle.withheld, bundle.signer, bundle.sha256
    ));
    for note in &bundle.notes {
        out.line(note);
    }
    if let Some(earlier) = &bundle.supersedes {
        out.line(format!("It names the bundle before it: SHA-256 {earlier}"));
    }
    if encrypts {
        out.line("It is encrypted: age -d -o FILE.zip opens it. The SHA-256 is that of the zip.");
    }
    out.line("Give the signer's fingerprint to whoever checks it, by another way than the file.");
    out.object(&json!({ "bundle": {
        "path": bundle.path,
        "parts": bundle.parts,
        "encrypted": bundle.encrypted,
        "bytes": bundle.bytes,
        "sha256": bundle.sha256,
        "run": bundle.run,
        "files": bundle.files,
        "journal_lines": bundle.journal_lines,
        "journal_head": bundle.journal_head,
        "signer": bundle.signer,
        "missing": bundle.missing,
        "left_out": pairs(&bundle.left_out),
        "withheld": bundle.withheld,
        "profile": args.redact,
        "stamped_at": bundle.stamped_at,
        "supersedes": bundle.supersedes,
        "notes": bundle.notes,
        "as_signed": bundle.checked.is_as_signed(),
    }}));
    Ok(Exit::Done)
}

fn choices(args: &args::Bundle) -> Result<Choices, Error> {
    let passphrase = args
        .passphrase
        .then(|| Secrets::open(1).next("passphrase"))
        .transpose()?;
    Ok(Choices {
        profile: args.redact.clone(),
        recipients: args.encrypt_to.clone(),
        passphrase,
        originals_to: args.originals_to.clone().unwrap_or_default(),
        time_stamp: args.timestamp.clone().unwrap_or_default(),
        volume_mb: args.split,
    })
}

async fn would_hold(home: &Home, args: &args::Bundle, out: Out) -> Result<Exit, Error> {
    let contents = bundles::contents(home, &args.run, &args.redact).await?;
    for file in &contents.files {
        out.line(format!("{:>10}  {}", file.bytes, file.path));
    }
    say(&contents.missing, &contents.left_out, out);
    out.line(format!(
        "{} values would be withheld",
        contents.withholding.places()
    ));
    for row in &contents.withheld {
        out.line(format!(
            "withheld: {} x {} in {} ({})",
            row.count, row.reason, row.path, row.place
        ));
    }
    for file in &contents.withholding.not_searched {
        out.line(format!("not searched: {}: {}", file.file, file.why));
    }
    for said in &contents.said {
        out.line(said);
    }
    if let Some(earlier) = &contents.supersedes {
        out.line(format!(
            "it would name the bundle before it: SHA-256 {earlier}"
        ));
    }
    if let Some(problem) = &contents.problem {
        out.line(format!("it cannot be signed now: {problem}"));
    }
    out.object(&json!({ "would_hold": {
        "files": contents.files,
        "missing": contents.missing,
        "left_out": pairs(&contents.left_out),
        "withheld": contents.withholding,
        "supersedes": contents.supersedes,
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
