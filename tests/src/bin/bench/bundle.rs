//! Packing and checking bundles: a gibibyte of captures and very many small ones, against
//! `sha256sum` of the same files and `bagit.py` on the same bag; and the memory that packing takes.

use std::{
    env,
    fs::{self, File},
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, ExitCode, Stdio},
    time::{Duration, Instant},
};

use evidence::{BundleKey, Existing, Export};
use jiff::{Timestamp, tz::TimeZone};
use vault::{Simulated, Vault};

use crate::{
    Failure,
    figure::{Figure, Goal, Sample},
    hold,
};

/// What names the folder to a process that packs it and tells its peak of memory.
pub(crate) const PACK: &str = "FIREBREAK_BENCH_PACK";

const JOURNAL_LINES: usize = 1000;
const LARGE_FILES: usize = 64;
const LARGE_BYTES: usize = 16 << 20;
const SMALL_FILES: usize = 1_000_000;
const SOME_FILES: usize = 20_000;
const SAMPLES: usize = 3;

pub(crate) fn figures() -> Result<Vec<Figure>, Failure> {
    let home = tempfile::tempdir()?;
    let large = run(home.path(), "large", LARGE_FILES, LARGE_BYTES)?;
    let some = run(home.path(), "some", SOME_FILES, 200)?;
    let tiny = run(home.path(), "tiny", 1, 200)?;
    let mut figures = vec![
        packing(
            &large,
            "1 GiB of captures searched for secrets, packed, hashed, signed and read again",
            Goal::FasterBy(0.8),
        )?,
        checking(&large, "a bundle of 1 GiB checked", Goal::FasterBy(5.0))?,
        checking(
            &some,
            "a bundle of 20 000 small files checked",
            Goal::FasterBy(5.0),
        )?,
        memory(
            &large,
            &tiny,
            "peak of memory for 1 GiB in 64 files",
            Goal::Seen,
        )?,
    ];
    fs::remove_dir_all(&large)?;
    fs::remove_dir_all(&some)?;
    let many = run(home.path(), "many", SMALL_FILES, 100)?;
    figures.push(memory(
        &many,
        &tiny,
        "peak of memory for 1 000 000 small files",
        Goal::Seen,
    )?);
    Ok(figures)
}

/// The process that packs one folder and prints its peak of memory in bytes.
pub(crate) fn child(folder: &Path) -> ExitCode {
    let target = folder.with_extension("zip");
    let told = pack(folder, &target).and_then(|()| peak());
    match told {
        Ok(bytes) => {
            println!("{bytes}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// A run's folder with `count` captures of `bytes` each.
fn run(home: &Path, name: &str, count: usize, bytes: usize) -> Result<PathBuf, Failure> {
    let folder = home.join(name);
    let captures = folder.join("captures");
    fs::create_dir_all(&captures)?;
    fs::write(
        folder.join(incident::journal::FILE_NAME),
        hold::journal(JOURNAL_LINES)?,
    )?;
    fs::write(folder.join("runbook.toml"), hold::RUNBOOK)?;
    let mut piece = Vec::new();
    while piece.len() < bytes.min(1 << 20) {
        let number = piece.len();
        writeln!(
            piece,
            "{{\"orderId\":{number},\"symbol\":\"AAPL\",\"side\":\"BUY\",\"price\":\"187.42\",\
             \"status\":\"Submitted\",\"time\":\"2026-11-24T14:33:36Z\"}}"
        )?;
    }
    piece.truncate(bytes.min(1 << 20));
    for number in 0..count {
        let mut file = File::create(captures.join(format!("{number:07}-main-tws-orders.jsonl")))?;
        for _ in 0..bytes.div_ceil(piece.len()) {
            file.write_all(&piece)?;
        }
    }
    Ok(folder)
}

fn packing(folder: &Path, what: &'static str, goal: Goal) -> Result<Figure, Failure> {
    let target = folder.with_extension("zip");
    let mut ours = Vec::new();
    let mut baseline = Vec::new();
    for _ in 0..SAMPLES {
        let began = Instant::now();
        pack(folder, &target)?;
        ours.push(began.elapsed().into());
        let captures = folder.join("captures");
        baseline.push(timed(Command::new("bash").args([
            "-c",
            "cd \"$0\" && find . -type f -print0 | xargs -0 sha256sum",
            &captures.to_string_lossy(),
        ]))?);
    }
    fs::remove_file(target)?;
    Ok(Figure {
        what,
        ours,
        against: "sha256sum of the same files",
        baseline,
        goal,
    })
}

fn checking(folder: &Path, what: &'static str, goal: Goal) -> Result<Figure, Failure> {
    let target = folder.with_extension("zip");
    pack(folder, &target)?;
    let into = folder.with_extension("unpacked");
    let bag = tests::strangers::unpack(&target, &into);
    let mut ours = Vec::new();
    let mut baseline = Vec::new();
    for _ in 0..SAMPLES {
        let began = Instant::now();
        let seen = evidence::verify(&target, None)?;
        ours.push(began.elapsed().into());
        if !seen.is_as_signed() {
            return Err(format!("the bundle is not as signed: {seen:?}").into());
        }
        baseline.push(timed(
            Command::new(tests::strangers::python())
                .args(["-m", "bagit", "--validate", "."])
                .current_dir(&bag),
        )?);
    }
    fs::remove_file(target)?;
    fs::remove_dir_all(into)?;
    Ok(Figure {
        what,
        ours,
        against: "bagit.py --validate of the same bag, unpacked, its start included",
        baseline,
        goal,
    })
}

fn memory(folder: &Path, tiny: &Path, what: &'static str, goal: Goal) -> Result<Figure, Failure> {
    Ok(Figure {
        what,
        ours: vec![peak_of(folder)?],
        against: "the same with one small file",
        baseline: vec![peak_of(tiny)?],
        goal,
    })
}

fn peak_of(folder: &Path) -> Result<Sample, Failure> {
    let output = Command::new(env::current_exe()?)
        .env(PACK, folder)
        .stderr(Stdio::inherit())
        .output()?;
    let _ = fs::remove_file(folder.with_extension("zip"));
    let told = String::from_utf8(output.stdout)?;
    Ok(Sample::Bytes(told.trim().parse()?))
}

fn pack(folder: &Path, target: &Path) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let key = runtime.block_on(BundleKey::of(&Vault::<Simulated>::in_memory()))?;
    Export {
        folder,
        key: &key,
        at: Timestamp::now(),
        zone: &TimeZone::UTC,
        program: "Firebreak",
    }
    .write(target, Existing::Replace)?;
    Ok(())
}

/// The most memory that this process held.
fn peak() -> Result<u64, Failure> {
    let status = fs::read_to_string("/proc/self/status")?;
    let kibibytes: u64 = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB"))
        .ok_or("the system does not tell")?
        .trim()
        .parse()?;
    Ok(kibibytes * 1024)
}

fn timed(command: &mut Command) -> Result<Sample, Failure> {
    let began = Instant::now();
    let output = command.stdin(Stdio::null()).output()?;
    let took: Duration = began.elapsed();
    if output.status.success() {
        Ok(took.into())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned().into())
    }
}
