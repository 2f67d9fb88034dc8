//! `bundle` and `verify`: the evidence of a run, packed, and checked by anyone.

use std::path::{Path, PathBuf};

use controller::{Error, Home};
use evidence::{Bundle, BundleKey, Contents, EvidenceError, Existing, Export, Outcome};
use incident::Mode;
use jiff::{Timestamp, tz::TimeZone};
use serde_json::json;
use vault::{Live, Realm, Simulated, Vault};

use crate::{
    args,
    out::{Exit, Out},
};

/// What the bundle names as its maker.
const PROGRAM: &str = concat!("Firebreak ", env!("CARGO_PKG_VERSION"));

pub(super) async fn bundle(home: &Home, args: &args::Bundle, out: Out) -> Result<Exit, Error> {
    let folder = home.run(&args.run)?;
    let recovered = controller::read_run(&folder)?;
    let run = incident::journal::replay(&recovered.lines).map_err(Error::damaged)?;
    let target = match &args.output {
        Some(path) => path.clone(),
        None => PathBuf::from(format!("{}.zip", run.id)),
    };
    match run.mode {
        Mode::Live => {
            let vault = Vault::<Live>::of_home(home.id())?;
            pack(&folder, &vault, args, &target, out).await
        }
        // nothing rehearsed carries the signature of something real
        Mode::Drill | Mode::Practice => {
            pack(
                &folder,
                &Vault::<Simulated>::in_memory(),
                args,
                &target,
                out,
            )
            .await
        }
    }
}

/// Packs the run in `folder` into `target`, signed with the key in `vault`.
pub(super) async fn write<R: Realm>(
    folder: &Path,
    vault: &Vault<R>,
    target: &Path,
) -> Result<Bundle, Error> {
    let key = BundleKey::of(vault).await.map_err(|e| in_words(&e))?;
    let zone = TimeZone::system();
    export(folder, &key, &zone)
        .write(target, Existing::Keep)
        .map_err(|e| in_words(&e))
}

/// Whether the bundle at `path` is as `signer` signed it.
pub(super) fn is_whole(path: &Path, signer: &str) -> Result<bool, Error> {
    evidence::verify(path, Some(signer))
        .map(|found| found.is_as_signed())
        .map_err(|e| in_words(&e))
}

fn export<'a, R: Realm>(
    folder: &'a Path,
    key: &'a BundleKey<R>,
    zone: &'a TimeZone,
) -> Export<'a, R> {
    Export {
        folder,
        key,
        at: Timestamp::now(),
        zone,
        program: PROGRAM,
    }
}

async fn pack<R: Realm>(
    folder: &Path,
    vault: &Vault<R>,
    args: &args::Bundle,
    target: &Path,
    out: Out,
) -> Result<Exit, Error> {
    if args.dry_run {
        let key = BundleKey::of(vault).await.map_err(|e| in_words(&e))?;
        let zone = TimeZone::system();
        let contents = export(folder, &key, &zone)
            .contents()
            .map_err(|e| in_words(&e))?;
        for (path, bytes) in &contents.files {
            out.line(format!("{bytes:>10}  {path}"));
        }
        say(&contents, out);
        out.object(&json!({ "would_hold": {
            "files": contents.files.iter()
                .map(|(path, bytes)| json!({ "path": path, "bytes": bytes })).collect::<Vec<_>>(),
            "missing": contents.missing,
            "left_out": contents.left_out,
        }}));
        return Ok(Exit::Done);
    }
    let bundle = write(folder, vault, target).await?;
    say(&bundle.contents, out);
    out.line(format!(
        "{}   {} files   signed {}   SHA-256 {}",
        bundle.path.display(),
        bundle.contents.files.len(),
        bundle.contents.signer,
        bundle.digest
    ));
    out.line("Give the signer's fingerprint to whoever checks it, by another way than the file.");
    out.object(&json!({ "bundle": {
        "path": bundle.path,
        "bytes": bundle.bytes,
        "sha256": bundle.digest,
        "run": bundle.contents.run,
        "files": bundle.contents.files.len(),
        "journal_lines": bundle.contents.journal_lines,
        "journal_head": bundle.contents.journal_head,
        "signer": bundle.contents.signer,
        "missing": bundle.contents.missing,
        "left_out": bundle.contents.left_out,
    }}));
    Ok(Exit::Done)
}

pub(super) fn verify(args: &args::Verify, out: Out) -> Result<Exit, Error> {
    let found = evidence::verify(&args.file, args.signer.as_deref()).map_err(|error| {
        Error::wrong(&error)
            .untouched("nothing was unpacked or changed")
            .next(error.next())
    })?;
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

fn say(contents: &Contents, out: Out) {
    for missing in &contents.missing {
        out.line(format!("missing: {missing}"));
    }
    for (path, why) in &contents.left_out {
        out.line(format!("left out: {path}: {why}"));
    }
}

fn in_words(error: &EvidenceError) -> Error {
    Error::wrong(error)
        .untouched(error.untouched())
        .next(error.next())
}
