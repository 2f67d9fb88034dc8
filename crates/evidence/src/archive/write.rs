//! Writing the container, in one pass: a large file's sums go into its header when they are known.

use std::io::{self, Read, Seek, SeekFrom, Write};

use super::layout::{Entry, SUMS_AT, directory_end};

/// The largest file that a container takes.
pub(crate) const MAX_FILE: u64 = u32::MAX as u64 - 1;

/// A file's size and CRC-32.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) struct Sums {
    pub(crate) size: u32,
    pub(crate) crc: u32,
}

impl Sums {
    /// Of all of `bytes`.
    pub(crate) fn of(bytes: &[u8]) -> io::Result<Self> {
        Ok(Self {
            size: u32::try_from(bytes.len()).map_err(|_| too_large())?,
            crc: crc32fast::hash(bytes),
        })
    }
}

/// A container under way. Names come in the one order ([`crate::bag::order`]).
pub(crate) struct Writer<W> {
    out: W,
    offset: u64,
    /// All names, one behind the other.
    names: String,
    rows: Vec<Row>,
    open: Option<crc32fast::Hasher>,
}

/// What is kept of each file: little, because there may be a million.
struct Row {
    name_end: usize,
    sums: Sums,
    offset: u64,
}

impl<W: Write> Writer<W> {
    pub(crate) fn new(out: W) -> Self {
        Self {
            out,
            offset: 0,
            names: String::new(),
            rows: Vec::new(),
            open: None,
        }
    }

    /// How many bytes were written.
    pub(crate) fn written(&self) -> u64 {
        self.offset
    }

    /// Adds a file that is in memory.
    pub(crate) fn whole(&mut self, name: &str, bytes: &[u8]) -> io::Result<Sums> {
        let sums = Sums::of(bytes)?;
        self.header(name, sums)?;
        self.put(bytes)?;
        Ok(sums)
    }

    /// Adds a file whose sums are known from an earlier look at it. Fails when `content` is no
    /// longer what it was.
    pub(crate) fn known(&mut self, name: &str, sums: Sums, content: impl Read) -> io::Result<()> {
        self.header(name, sums)?;
        let mut crc = crc32fast::Hasher::new();
        let mut content = content.take(u64::from(sums.size) + 1);
        let mut copied = 0_u64;
        let mut buffer = vec![0; 64 * 1024];
        loop {
            let read = content.read(&mut buffer)?;
            let Some(piece) = buffer.get(..read).filter(|piece| !piece.is_empty()) else {
                break;
            };
            crc.update(piece);
            copied += wide(read);
            self.put(piece)?;
        }
        if copied != u64::from(sums.size) || crc.finalize() != sums.crc {
            return Err(io::Error::other(format!(
                "{name} changed while it was packed"
            )));
        }
        Ok(())
    }

    /// Every file so far: its name and its sums, in order.
    pub(crate) fn files(&self) -> impl Iterator<Item = (&str, Sums)> {
        self.entries().map(|entry| {
            (
                entry.name,
                Sums {
                    size: entry.size,
                    crc: entry.crc,
                },
            )
        })
    }

    /// The name of the file at a place in the order.
    pub(crate) fn name(&self, at: usize) -> Option<&str> {
        let end = self.rows.get(at)?.name_end;
        let start = at
            .checked_sub(1)
            .and_then(|before| self.rows.get(before))
            .map_or(0, |before| before.name_end);
        self.names.get(start..end)
    }

    /// Writes the directory. What comes back beside the output is how many bytes there are.
    pub(crate) fn finish(mut self) -> io::Result<(W, u64)> {
        let mut size = 0;
        let mut start = 0;
        for row in &self.rows {
            let header = row
                .entry(&self.names[start..row.name_end])
                .directory_header();
            start = row.name_end;
            size += wide(header.len());
            self.out.write_all(&header)?;
        }
        let end = directory_end(wide(self.rows.len()), size, self.offset);
        self.out.write_all(&end)?;
        Ok((self.out, self.offset + size + wide(end.len())))
    }

    fn entries(&self) -> impl Iterator<Item = Entry<'_>> {
        let mut start = 0;
        self.rows.iter().map(move |row| {
            let name = &self.names[start..row.name_end];
            start = row.name_end;
            row.entry(name)
        })
    }

    fn last_name(&self) -> Option<&str> {
        self.name(self.rows.len().checked_sub(1)?)
    }

    fn header(&mut self, name: &str, sums: Sums) -> io::Result<()> {
        debug_assert!(
            self.last_name()
                .is_none_or(|last| crate::bag::order(last) < crate::bag::order(name)),
            "{name} is out of order"
        );
        debug_assert!(self.open.is_none(), "{name} begins within another file");
        self.names.push_str(name);
        let row = Row {
            name_end: self.names.len(),
            sums,
            offset: self.offset,
        };
        let header = row.entry(name).header();
        self.rows.push(row);
        self.put(&header)
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.out.write_all(bytes)?;
        self.offset += wide(bytes.len());
        Ok(())
    }
}

impl<W: Write + Seek> Writer<W> {
    /// Begins a file whose sums are not known yet.
    pub(crate) fn begin(&mut self, name: &str) -> io::Result<()> {
        self.header(name, Sums::default())?;
        self.open = Some(crc32fast::Hasher::new());
        Ok(())
    }

    /// Its next bytes.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        if let Some(crc) = &mut self.open {
            crc.update(bytes);
        }
        if let Some(row) = self.rows.last_mut() {
            let size = u64::from(row.sums.size) + wide(bytes.len());
            row.sums.size = u32::try_from(size)
                .ok()
                .filter(|size| u64::from(*size) <= MAX_FILE)
                .ok_or_else(too_large)?;
        }
        self.put(bytes)
    }

    /// It is over: its header is written again, with its sums.
    pub(crate) fn end(&mut self) -> io::Result<Sums> {
        let (Some(crc), Some(row)) = (self.open.take(), self.rows.last_mut()) else {
            return Ok(Sums::default());
        };
        row.sums.crc = crc.finalize();
        let (sums, at) = (row.sums, row.offset + SUMS_AT);
        let bytes = row.entry("").sums();
        self.out.seek(SeekFrom::Start(at))?;
        self.out.write_all(&bytes)?;
        self.out.seek(SeekFrom::Start(self.offset))?;
        Ok(sums)
    }

    /// Takes the file that is under way, or the last one, out again.
    pub(crate) fn abandon(&mut self) -> io::Result<()> {
        self.open = None;
        if let Some(row) = self.rows.pop() {
            self.offset = row.offset;
            let names = self.rows.last().map_or(0, |last| last.name_end);
            self.names.truncate(names);
            self.out.seek(SeekFrom::Start(self.offset))?;
        }
        Ok(())
    }
}

impl Row {
    fn entry<'a>(&self, name: &'a str) -> Entry<'a> {
        Entry {
            name,
            size: self.sums.size,
            crc: self.sums.crc,
            offset: self.offset,
        }
    }
}

fn too_large() -> io::Error {
    io::Error::new(io::ErrorKind::FileTooLarge, "it is larger than 4 GiB")
}

fn wide(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
