//! Whether the disk has room for what is built: one that fills up in the middle fails in odd places.

use std::{
    process::{Command, Stdio},
    time::Instant,
};

use super::For;
use crate::report::{End, Report};

/// What a first build of everything takes, in MB.
const ALL: u64 = 14_000;
/// What a first build of the window takes, in MB.
const WINDOW: u64 = 6_000;

/// Tells whether there is room. What cannot be asked is taken to be there.
pub(super) fn is_there(report: &mut Report, purpose: For) -> bool {
    let name = "room on the disk";
    let began = Instant::now();
    let needed = match purpose {
        For::Tests | For::Benchmarks => ALL,
        For::Window | For::Pictures | For::Package => WINDOW,
        For::Icons => return true,
    };
    let built = crate::top()
        .join("target")
        .join("debug")
        .join("deps")
        .exists();
    let Some(free) = free_mb().filter(|_| !built) else {
        return true;
    };
    if free >= needed {
        Report::heading(name, &format!("{free} MB are free"));
        report.note(name, End::There, began);
        return true;
    }
    Report::heading(
        name,
        &format!(
            "{free} MB are free, and a first build takes some {needed} MB: nothing was begun. Free some \
             space, or set CARGO_TARGET_DIR to a folder on a larger disk"
        ),
    );
    report.note(name, End::Failed, began);
    false
}

/// What is free where this checkout lies, by `df`.
fn free_mb() -> Option<u64> {
    let output = Command::new("df")
        .args(["-Pk", "."])
        .current_dir(crate::top())
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    free_of(&String::from_utf8_lossy(&output.stdout))
}

/// The free space in what `df -Pk` prints of one file system.
fn free_of(text: &str) -> Option<u64> {
    let kilobytes: u64 = text
        .lines()
        .nth(1)?
        .split_whitespace()
        .nth(3)?
        .parse()
        .ok()?;
    Some(kilobytes / 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_free_space_is_read_from_the_fourth_column() {
        let text = "Filesystem 1024-blocks Used Available Capacity Mounted on\n\
                    /dev/vda 263174212 93000000 2457600 98% /\n";
        assert_eq!(free_of(text), Some(2457));
        assert_eq!(free_of("df: no such place"), None);
    }
}
