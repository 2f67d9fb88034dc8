//! Writing the container, in one pass.

use std::io::{self, Read, Write};

use super::layout::{Entry, directory};

/// A container under way.
pub(crate) struct Writer<W> {
    out: W,
    offset: u64,
    entries: Vec<Entry>,
}

impl<W: Write> Writer<W> {
    pub(crate) fn new(out: W) -> Self {
        Self {
            out,
            offset: 0,
            entries: Vec::new(),
        }
    }

    /// Adds a file, whose size and CRC-32 are known from an earlier look at it. Names come in
    /// ascending order. Fails when `content` is no longer what it was.
    pub(crate) fn file(
        &mut self,
        name: &str,
        (size, crc): (u32, u32),
        content: impl Read,
    ) -> io::Result<()> {
        debug_assert!(
            self.entries
                .last()
                .is_none_or(|last| last.name.as_str() < name)
        );
        let entry = Entry {
            name: name.to_owned(),
            size,
            crc,
            offset: self.offset,
        };
        let header = entry.header();
        self.out.write_all(&header)?;
        let mut found = crc32fast::Hasher::new();
        let mut content = content.take(u64::from(size) + 1);
        let mut copied = 0_u64;
        let mut buffer = vec![0; 64 * 1024];
        loop {
            let read = content.read(&mut buffer)?;
            let Some(piece) = buffer.get(..read).filter(|piece| !piece.is_empty()) else {
                break;
            };
            found.update(piece);
            copied += wide(read);
            self.out.write_all(piece)?;
        }
        if copied != u64::from(size) || found.finalize() != crc {
            return Err(io::Error::other(format!(
                "{name} changed while it was packed"
            )));
        }
        self.offset += wide(header.len()) + copied;
        self.entries.push(entry);
        Ok(())
    }

    /// Writes the directory.
    pub(crate) fn finish(mut self) -> io::Result<W> {
        self.out.write_all(&directory(&self.entries, self.offset))?;
        Ok(self.out)
    }
}

/// How many bytes a container of these files has, names and sizes in ascending order of the names.
pub(crate) fn length(files: impl Iterator<Item = (String, u32)>) -> u64 {
    let mut offset = 0;
    let entries = files
        .map(|(name, size)| {
            let entry = Entry {
                name,
                size,
                crc: 0,
                offset,
            };
            offset += wide(entry.header().len()) + u64::from(size);
            entry
        })
        .collect::<Vec<_>>();
    offset + wide(directory(&entries, offset).len())
}

fn wide(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
