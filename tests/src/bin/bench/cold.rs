//! From the start of a cold `firebreak panic` to the arrival of its cancel, against a Python script
//! that does nothing but connect and cancel.

use std::{
    env,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use crate::{
    Failure,
    figure::{Figure, Goal},
    ground::Ground,
};

const SAMPLES: usize = 11;
const ORDERS: usize = 20;

pub(crate) fn figures() -> Result<Vec<Figure>, Failure> {
    let firebreak = firebreak()?;
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let python = top.join(if cfg!(windows) {
        ".venv/Scripts/python.exe"
    } else {
        ".venv/bin/python"
    });
    if !python.exists() {
        return Err("there is no .venv; run cargo xtask setup".into());
    }
    let script = top.join("tests/clients/cancel_all.py");
    let runtime = tokio::runtime::Runtime::new()?;

    let mut ours = Vec::new();
    let mut baseline = Vec::new();
    for _ in 0..SAMPLES {
        let home = tempfile::tempdir()?;
        ours.push(
            runtime
                .block_on(from_start(|address| {
                    configure(&firebreak, home.path(), address)?;
                    let mut command = Command::new(&firebreak);
                    command.args(["panic", "--now", "--json", "--home"]);
                    command.arg(home.path());
                    Ok(command)
                }))?
                .into(),
        );
        baseline.push(
            runtime
                .block_on(from_start(|address| {
                    let mut command = Command::new(&python);
                    command.arg(&script).arg(address);
                    Ok(command)
                }))?
                .into(),
        );
    }
    Ok(vec![Figure {
        what: "cold `firebreak panic`: process start to the cancel's arrival, evidence first",
        ours,
        against: "cold Python script with nautilus-ibapi: connect, global cancel",
        baseline,
        goal: Goal::FasterBy(10.0),
    }])
}

/// Starts what `prepare` returns for a venue's address, and times it up to its first cancel.
async fn from_start(
    prepare: impl FnOnce(&str) -> Result<Command, Failure>,
) -> Result<Duration, Failure> {
    let ground = Ground::with_orders(ORDERS).await?;
    let mut command = prepare(&ground.tap.address().to_string())?;
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());

    let began = Instant::now();
    let child = Ended(command.spawn()?);
    let (arrived, ground) = ground.next_cancel().await?;
    drop(child);
    drop(ground);
    Ok(arrived.duration_since(began))
}

fn configure(firebreak: &Path, home: &Path, address: &str) -> Result<(), Failure> {
    let added = Command::new(firebreak)
        .args(["account", "add", "--venue", "ibkr", "--name", "main"])
        .arg("--door")
        .arg(format!("tws={address}"))
        .arg("--home")
        .arg(home)
        .stdin(Stdio::null())
        .output()?;
    if added.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&added.stderr).into_owned();
    Err(format!("firebreak account add failed: {said}").into())
}

/// The binary that was built beside this one.
fn firebreak() -> Result<PathBuf, Failure> {
    let beside =
        env::current_exe()?.with_file_name(format!("firebreak{}", env::consts::EXE_SUFFIX));
    if beside.exists() {
        Ok(beside)
    } else {
        Err("firebreak is not built; run cargo xtask bench".into())
    }
}

/// A process that does not outlive its measurement.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        // it may have ended by itself
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
