//! Folders and bundles that want to break something.

use std::{
    fs::{self, File, OpenOptions},
    io::Write as _,
    path::Path,
    process::Command,
};

use evidence::{Bundle, CheckKind, Existing, Progress, verify};
use incident::Mode;

use crate::{
    bundles::{failed, problems},
    outside::{python, said},
    recorded::{Recorded, contents_of, export, new_york, throw_away_key},
    trust::contains,
};

#[cfg(unix)]
#[tokio::test]
async fn what_is_no_plain_file_or_has_no_plain_name_stays_out_and_is_said() {
    use std::os::unix::{ffi::OsStrExt as _, fs::symlink, net::UnixListener};
    let run = Recorded::nearly_contained(Mode::Practice);
    let captures = run.folder().join("captures");
    let _socket = UnixListener::bind(captures.join("00060-socket")).unwrap();
    let made = Command::new("mkfifo")
        .arg(captures.join("00061-pipe"))
        .status();
    assert!(made.unwrap().success());
    symlink("/etc/passwd", captures.join("00062-link")).unwrap();
    symlink("../../..", captures.join("00063-up")).unwrap();
    fs::create_dir(captures.join("00064-folder")).unwrap();
    for name in [
        b"not-\xff-utf8".as_slice(),
        b"a\nb",
        b"NUL",
        b"com1.txt",
        b"..hidden",
        b"c:d",
        b"a\\b",
        "\u{202e}gpj.exe".as_bytes(),
        b"ends-with-dot.",
        b"-- ;rm",
    ] {
        fs::write(captures.join(std::ffi::OsStr::from_bytes(name)), "x").unwrap();
    }
    let bundle = packed(&run, &mut |_| {}).await;
    assert_eq!(
        bundle.contents.left_out.len(),
        15,
        "{:?}",
        bundle.contents.left_out
    );
    assert_eq!(bundle.withholding.left_out.len(), 15);
    let seen = verify(&bundle.path, None).unwrap();
    assert!(seen.is_as_signed(), "{seen:#?}");
    let bytes = fs::read(&bundle.path).unwrap();
    assert!(!contains(&bytes, b"root:x:0"));
}

#[tokio::test]
async fn a_file_that_is_larger_than_a_container_takes_stays_out_and_the_rest_goes_on() {
    let run = Recorded::nearly_contained(Mode::Practice);
    let captures = run.folder().join("captures");
    let sparse = |name: &str, bytes: u64| {
        File::create(captures.join(name))
            .unwrap()
            .set_len(bytes)
            .unwrap();
    };
    sparse("00070-huge.bin", 20 << 30);
    sparse("00071-sparse.bin", 9 << 20);
    let bundle = packed(&run, &mut |_| {}).await;
    let [(path, why)] = bundle.contents.left_out.as_slice() else {
        panic!("{:?}", bundle.contents.left_out);
    };
    assert!(
        path.ends_with("00070-huge.bin") && why.contains("4 GiB"),
        "{path} {why}"
    );
    assert_eq!(size(&bundle, "00071-sparse.bin"), Some(9 << 20));
    assert!(verify(&bundle.path, None).unwrap().is_as_signed());
}

#[tokio::test]
async fn a_file_that_vanishes_grows_or_shrinks_meanwhile_stops_nothing() {
    let mut run = Recorded::nearly_contained(Mode::Practice);
    let captured = run.captured("positions", b"[]");
    let captures = run.folder().join("captures");
    let large = vec![b'x'; 6 << 20];
    for name in [
        "00080-grows",
        "00081-shrinks",
        "00082-vanishes",
        "00083-stays",
    ] {
        fs::write(captures.join(name), &large).unwrap();
    }
    let mut step = 0;
    let bundle = packed(&run, &mut |progress: Progress| {
        if step == 0 {
            step = 1;
            fs::remove_file(captures.join("00082-vanishes")).unwrap();
            fs::remove_file(captures.join(&captured)).unwrap();
        }
        // by now the first of the large files is open
        if step == 1 && progress.done > 1 << 20 {
            step = 2;
            let mut grows = OpenOptions::new()
                .append(true)
                .open(captures.join("00080-grows"))
                .unwrap();
            grows.write_all(&large).unwrap();
        }
    })
    .await;
    assert_eq!(step, 2);
    assert_eq!(size(&bundle, "00080-grows"), Some(6 << 20));
    assert_eq!(size(&bundle, "00083-stays"), Some(6 << 20));
    let left_out = &bundle.contents.left_out;
    assert_eq!(left_out.len(), 2, "{left_out:?}");
    assert!(
        left_out.iter().all(|(_, why)| why.contains("vanished")),
        "{left_out:?}"
    );
    let seen = verify(&bundle.path, None).unwrap();
    assert_eq!(failed(&seen), [CheckKind::Captures]);
    let problems = problems(&seen, CheckKind::Captures);
    assert!(
        problems[0].contains(&captured) && problems[0].contains("missing"),
        "{problems:?}"
    );
}

#[tokio::test]
async fn twenty_thousand_small_files_are_packed_and_checked() {
    let run = Recorded::nearly_contained(Mode::Practice);
    let captures = run.folder().join("captures");
    for number in 10_000..30_000 {
        fs::write(
            captures.join(format!("{number}-small.json")),
            format!("[{number}]"),
        )
        .unwrap();
    }
    let bundle = packed(&run, &mut |_| {}).await;
    assert!(bundle.contents.files.len() > 20_000);
    let seen = verify(&bundle.path, None).unwrap();
    assert!(seen.is_as_signed(), "{seen:#?}");
    assert_eq!(
        seen.files,
        u64::try_from(bundle.contents.files.len()).unwrap()
    );
    let output = python(&["-m", "zipfile", "-t", bundle.path.to_str().unwrap()]);
    assert!(said(&output).contains("Done testing"), "{}", said(&output));
}

#[tokio::test]
async fn equal_folders_give_equal_bundles_whatever_the_order_on_disk() {
    let run = Recorded::nearly_contained(Mode::Practice);
    let captures = run.folder().join("captures");
    let (key, zone) = (throw_away_key().await, new_york());
    let folder = run.folder();
    let export = export(&folder, &key, &zone);
    let mut digests = Vec::new();
    let mut numbers: Vec<u32> = (0..40).collect();
    for turn in 0..2 {
        for number in &numbers {
            fs::write(captures.join(format!("9{number:04}-x")), number.to_string()).unwrap();
        }
        let target = run.beside(&format!("{turn}.zip"));
        digests.push(export.write(&target, Existing::Keep).unwrap().digest);
        for number in &numbers {
            fs::remove_file(captures.join(format!("9{number:04}-x"))).unwrap();
        }
        numbers.reverse();
    }
    assert_eq!(digests[0], digests[1]);
}

#[tokio::test]
async fn a_bomb_and_a_path_that_leaves_are_found_and_nothing_is_unpacked() {
    let run = Recorded::pressed(Mode::Practice);
    let script = "import sys, zipfile\n\
                  z = zipfile.ZipFile(sys.argv[1], 'w', zipfile.ZIP_DEFLATED)\n\
                  z.writestr('run/data/bomb', b'\\0' * 200_000_000)\n\
                  z.close()\n\
                  z = zipfile.ZipFile(sys.argv[2], 'w')\n\
                  z.writestr('../../evil', b'x')\n\
                  z.writestr('/tmp/evil', b'x')\n\
                  z.close()";
    let (bomb, leaves) = (run.beside("bomb.zip"), run.beside("leaves.zip"));
    let output = Command::new("python3")
        .args(["-c", script])
        .args([&bomb, &leaves])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", said(&output));
    let seen = verify(&bomb, None).unwrap();
    let container = problems(&seen, CheckKind::Container);
    let told = |expected: &str| container.iter().any(|problem| problem.contains(expected));
    assert!(told("not as it is written"), "{container:?}");
    assert_eq!(seen.bytes, 0, "nothing was taken out of it");
    let seen = verify(&leaves, None).unwrap();
    let container = problems(&seen, CheckKind::Container);
    let told = |expected: &str| container.iter().any(|problem| problem.contains(expected));
    assert!(told("forbidden name"), "{container:?}");
    assert!(!run.beside("../../evil").exists());
}

#[tokio::test]
async fn sizes_that_lie_are_found() {
    let run = Recorded::pressed(Mode::Practice);
    let bundle = packed(&run, &mut |_| {}).await;
    let good = fs::read(&bundle.path).unwrap();
    for size in [0_u32, 1, 0x7fff_ffff, 0xffff_fffe, u32::MAX] {
        let mut bad = good.clone();
        bad[18..22].copy_from_slice(&size.to_le_bytes());
        bad[22..26].copy_from_slice(&size.to_le_bytes());
        let path = run.beside("lies.zip");
        fs::write(&path, bad).unwrap();
        assert!(!verify(&path, None).unwrap().is_as_signed(), "{size}");
    }
}

#[test]
fn a_path_that_is_a_pipe_or_a_link_to_nothing_is_refused_by_verify() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    assert!(
        Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .unwrap()
            .success()
    );
    assert!(verify(&pipe, None).is_err());
    assert!(verify(Path::new("/dev/zero"), None).is_err());
    assert!(verify(&folder.path().join("nothing.001"), None).is_err());
}

#[test]
fn a_case_log_that_names_places_outside_is_said_and_not_followed() {
    let run = Recorded::nearly_contained(Mode::Practice);
    fs::write(run.folder().join("case.jsonl"), "{\"seq\":0}\n").unwrap();
    let contents = contents_of(&run.folder()).unwrap();
    assert!(
        contents
            .missing
            .iter()
            .any(|line| line.contains("log is damaged")),
        "{:?}",
        contents.missing
    );
}

async fn packed(run: &Recorded, progress: &mut dyn FnMut(Progress)) -> Bundle {
    let (key, zone) = (throw_away_key().await, new_york());
    export(&run.folder(), &key, &zone)
        .write_told(&run.beside("bundle.zip"), Existing::Keep, progress)
        .unwrap()
}

fn size(bundle: &Bundle, name: &str) -> Option<u64> {
    let mut files = bundle.contents.files.iter();
    files
        .find(|(path, _)| path.ends_with(name))
        .map(|(_, bytes)| *bytes)
}
