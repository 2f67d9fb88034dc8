//! Makes every picture in `icons/` from the two kinds of drawing there: the app's and the tray's.
//!
//! The results are kept in the repository, so that a build needs none of these programs. Nothing is
//! drawn here.

use std::{fs, io, path::Path, process::Command, time::Instant};

use crate::report::{End, Report};

/// What the desktops ask for.
const SIZES: [u32; 8] = [16, 24, 32, 48, 64, 128, 256, 512];
/// A tray's pictures, for plain and for dense screens.
const TRAY_SIZES: [(u32, &str); 2] = [(32, ""), (64, "@2x")];
/// Sizes in a Windows icon.
const IN_ICO: [u32; 6] = [16, 24, 32, 48, 64, 256];
/// Apple's names of its sizes; the ones that are twice another are for dense screens.
const IN_ICNS: [(&[u8; 4], u32); 9] = [
    (b"icp4", 16),
    (b"icp5", 32),
    (b"ic07", 128),
    (b"ic08", 256),
    (b"ic09", 512),
    (b"ic11", 32),
    (b"ic12", 64),
    (b"ic13", 256),
    (b"ic14", 512),
];

/// Draws them all anew.
pub(crate) fn make(report: &mut Report) -> bool {
    let name = "draw icons";
    let began = Instant::now();
    Report::heading(name, "icons/ from icons/firebreak.svg and icons/tray/*.svg");
    let made = drawn(&crate::top().join("icons"));
    if let Err(error) = &made {
        println!("{error}");
    }
    let end = if made.is_ok() { End::Done } else { End::Failed };
    report.note(name, end, began);
    made.is_ok()
}

fn drawn(icons: &Path) -> io::Result<()> {
    let app = icons.join("firebreak.svg");
    let sized = |size: u32| icons.join(format!("{size}x{size}.png"));
    for size in SIZES {
        draw(&app, size, &sized(size))?;
    }
    let mut ico = Command::new("convert");
    ico.args(IN_ICO.map(sized)).arg(icons.join("icon.ico"));
    succeed(&mut ico)?;
    fs::write(icons.join("icon.icns"), icns(sized)?)?;

    for entry in fs::read_dir(icons.join("tray"))? {
        let drawing = entry?.path();
        if drawing
            .extension()
            .is_some_and(|extension| extension == "svg")
        {
            let stem = drawing.file_stem().unwrap_or_default().to_string_lossy();
            for (size, suffix) in TRAY_SIZES {
                let png = drawing.with_file_name(format!("{stem}{suffix}.png"));
                draw(&drawing, size, &png)?;
            }
        }
    }
    Ok(())
}

fn draw(drawing: &Path, size: u32, png: &Path) -> io::Result<()> {
    let size = size.to_string();
    let mut command = Command::new("rsvg-convert");
    command.args(["--width", &size, "--height", &size]);
    succeed(command.arg(drawing).arg("--output").arg(png))
}

/// Apple's container: a head, then each picture behind its name and length.
fn icns(sized: impl Fn(u32) -> std::path::PathBuf) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    for (name, size) in IN_ICNS {
        let png = fs::read(sized(size))?;
        body.extend(name);
        body.extend(length(png.len())?);
        body.extend(png);
    }
    let mut file = b"icns".to_vec();
    file.extend(length(body.len())?);
    file.extend(body);
    Ok(file)
}

/// The length of a part, with its own head of eight bytes.
fn length(bytes: usize) -> io::Result<[u8; 4]> {
    u32::try_from(bytes + 8)
        .map(u32::to_be_bytes)
        .map_err(io::Error::other)
}

fn succeed(command: &mut Command) -> io::Result<()> {
    let shown = crate::report::shown(command);
    let status = command
        .status()
        .map_err(|error| io::Error::other(format!("cannot start {shown}: {error}")))?;
    if status.success() {
        Ok(())
    } else {
        Err(io::Error::other(format!("failed: {shown}")))
    }
}
