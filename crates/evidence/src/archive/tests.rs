use std::{collections::BTreeMap, io::Cursor};

use super::*;

#[test]
fn what_was_packed_is_read_back() {
    let (read_back, problems) = look(&packed(&FILES));
    assert!(problems.is_empty(), "{problems:?}");
    let expected: BTreeMap<_, _> = FILES
        .iter()
        .map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec()))
        .collect();
    assert_eq!(read_back, expected);
}

#[test]
fn equal_files_give_equal_bytes() {
    assert_eq!(packed(&FILES), packed(&FILES));
}

#[test]
fn every_flipped_byte_and_every_cut_is_noticed() {
    let good = packed(&FILES);
    for at in 0..good.len() {
        for bit in 0..8 {
            let mut bad = good.clone();
            bad[at] ^= 1 << bit;
            assert!(!look(&bad).1.is_empty(), "bit {bit} of byte {at}");
        }
        assert!(!look(&good[..at]).1.is_empty(), "cut at {at}");
    }
}

#[test]
fn something_before_between_or_behind_is_noticed() {
    let good = packed(&FILES);
    assert!(!look(&[b"x".as_slice(), &good].concat()).1.is_empty());
    assert!(!look(&[good.as_slice(), b"x"].concat()).1.is_empty());
    assert!(!look(&[good.as_slice(), &good].concat()).1.is_empty());
}

#[test]
fn a_name_that_leaves_the_folder_is_not_shown_to_anyone() {
    for name in ["../../etc/passwd", "/etc/passwd", "a\\b", "a/../../b"] {
        let (files, problems) = look(&packed(&[(name, "x")]));
        assert!(files.is_empty());
        assert!(problems[0].contains("forbidden name"), "{problems:?}");
    }
}

#[test]
fn a_file_that_stands_twice_is_refused() {
    let one = packed(&[("a", "one")]);
    let header_and_content = 30 + 1 + 3;
    let twice = [&one[..header_and_content], &one].concat();
    assert!(look(&twice).1[0].contains("twice"));
}

#[test]
fn a_file_that_changed_since_it_was_looked_at_is_not_packed() {
    let sums = Sums::of(b"before").unwrap();
    for now in ["beforf", "before and more", "bef"] {
        let mut writer = Writer::new(Vec::new());
        assert!(writer.known("a", sums, now.as_bytes()).is_err(), "{now}");
    }
}

#[test]
fn a_file_in_pieces_gives_the_same_bytes_as_a_whole_one() {
    let mut writer = Writer::new(Cursor::new(Vec::new()));
    for (name, text) in FILES {
        writer.begin(name).unwrap();
        for piece in text.as_bytes().chunks(2) {
            writer.bytes(piece).unwrap();
        }
        writer.end().unwrap();
    }
    let (out, bytes) = writer.finish().unwrap();
    assert_eq!(out.into_inner(), packed(&FILES));
    assert_eq!(bytes, u64::try_from(packed(&FILES).len()).unwrap());
}

#[test]
fn a_file_that_is_taken_out_again_leaves_nothing_behind() {
    let mut writer = Writer::new(Cursor::new(Vec::new()));
    writer.whole(FILES[0].0, FILES[0].1.as_bytes()).unwrap();
    writer.begin("b/a-long-one.txt").unwrap();
    writer.bytes(&[7; 5000]).unwrap();
    writer.abandon().unwrap();
    for (name, text) in &FILES[1..] {
        writer.whole(name, text.as_bytes()).unwrap();
    }
    let (out, bytes) = writer.finish().unwrap();
    let mut out = out.into_inner();
    out.truncate(usize::try_from(bytes).unwrap());
    assert_eq!(out, packed(&FILES));
}

#[test]
fn the_directory_of_a_very_large_bundle_uses_the_wide_fields() {
    use super::layout::{Entry, directory_end};
    let entry = Entry {
        name: "a",
        size: 1,
        crc: 2,
        offset: u64::from(u32::MAX),
    };
    let header = entry.directory_header();
    assert_eq!(header.len(), 46 + 1 + 12);
    assert_eq!(&header[42..46], &u32::MAX.to_le_bytes());
    assert_eq!(
        &header[header.len() - 8..],
        &u64::from(u32::MAX).to_le_bytes()
    );
    let end = directory_end(1, 59, u64::from(u32::MAX) + 32);
    assert_eq!(end.len(), 56 + 20 + 22);
    assert_eq!(&end[..4], b"PK\x06\x06");
}

const FILES: [(&str, &str); 3] = [("a.txt", "one"), ("b/c.txt", ""), ("b/d.txt", "four")];

fn packed(files: &[(&str, &str)]) -> Vec<u8> {
    let mut writer = Writer::new(Vec::new());
    for (name, text) in files {
        writer.whole(name, text.as_bytes()).unwrap();
    }
    writer.finish().unwrap().0
}

fn look(bytes: &[u8]) -> (BTreeMap<String, Vec<u8>>, Vec<String>) {
    #[derive(Default)]
    struct Files {
        done: BTreeMap<String, Vec<u8>>,
        open: Option<(String, Vec<u8>)>,
    }
    impl Visitor for Files {
        fn begin(&mut self, name: &str, _size: u64) -> Result<(), String> {
            self.open = Some((name.to_owned(), Vec::new()));
            Ok(())
        }
        fn bytes(&mut self, bytes: &[u8]) {
            self.open.as_mut().unwrap().1.extend(bytes);
        }
        fn end(&mut self) {
            let (name, bytes) = self.open.take().unwrap();
            self.done.insert(name, bytes);
        }
    }
    let mut files = Files::default();
    let problems = read(Cursor::new(bytes), &mut files).unwrap();
    (files.done, problems)
}
