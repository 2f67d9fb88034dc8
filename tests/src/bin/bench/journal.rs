//! Verifying and folding a journal of 100 000 lines, against `sha256sum` of the same file.

use std::{
    hint::black_box,
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use incident::journal;

use crate::{
    Failure,
    figure::{Figure, Goal},
    hold,
};

const LINES: usize = 100_000;
const SAMPLES: usize = 9;

pub(crate) fn figures() -> Result<Vec<Figure>, Failure> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join(journal::FILE_NAME);
    std::fs::write(&file, hold::journal(LINES)?)?;

    let mut ours = Vec::new();
    let mut baseline = Vec::new();
    for _ in 0..SAMPLES {
        ours.push(verified_and_folded(&file)?.into());
        baseline.push(sha256sum(&file)?.into());
    }
    Ok(vec![Figure {
        what: "a journal of 100 000 lines read, its chain verified, the run folded",
        ours,
        against: "sha256sum of the file, its process start included",
        baseline,
        goal: Goal::AtMost(3.0),
    }])
}

fn verified_and_folded(file: &Path) -> Result<Duration, Failure> {
    let began = Instant::now();
    let recovered = journal::read(file)?;
    let run = journal::replay(&recovered.lines)?;
    let took = began.elapsed();
    if recovered.lines.len() != LINES {
        return Err("the journal is not as long as it should be".into());
    }
    black_box(run.summary());
    Ok(took)
}

fn sha256sum(file: &Path) -> Result<Duration, Failure> {
    let began = Instant::now();
    let status = Command::new("sha256sum")
        .arg(file)
        .stdout(Stdio::null())
        .status()?;
    let took = began.elapsed();
    if status.success() {
        Ok(took)
    } else {
        Err("sha256sum failed".into())
    }
}
