//! Reading the container from its first byte to its last, unpacking nothing.

use std::io::{self, Read};

use sha2::{Digest, Sha256};

use super::layout::{DIRECTORY_HEADER, Entry, FILE_HEADER, FILE_HEADER_BYTES, directory_end};
use crate::{
    bag,
    name::{is_plain_path, shown},
};

/// The most files that are looked at.
const MAX_FILES: u64 = 2_000_000;
/// How much is read at once.
const PIECE: usize = 256 * 1024;

/// Is shown each file in turn.
pub(crate) trait Visitor {
    /// A file begins. An error stops the reading.
    fn begin(&mut self, name: &str, size: u64) -> Result<(), String>;
    /// Its next bytes.
    fn bytes(&mut self, bytes: &[u8]);
    /// It is over.
    fn end(&mut self);
}

/// Reads all of `input`. What comes back are the ways in which it is not the one way to write
/// these files; where the first of them leaves the rest unreadable, reading ends there.
pub(crate) fn read(input: impl Read, visitor: &mut impl Visitor) -> io::Result<Vec<String>> {
    let mut reader = Reader {
        input,
        offset: 0,
        files: 0,
        last: String::new(),
        directory: Sha256::new(),
        directory_bytes: 0,
        buffer: vec![0; PIECE],
        problems: Vec::new(),
    };
    reader.all(visitor)?;
    Ok(reader.problems)
}

struct Reader<R> {
    input: R,
    offset: u64,
    files: u64,
    /// The name of the file before.
    last: String,
    /// What the directory must be, as far as the files were read: a digest, because there may be a
    /// million of them.
    directory: Sha256,
    directory_bytes: u64,
    buffer: Vec<u8>,
    problems: Vec<String>,
}

impl<R: Read> Reader<R> {
    fn all(&mut self, visitor: &mut impl Visitor) -> io::Result<()> {
        loop {
            let mut signature = [0; 4];
            if !self.fill(&mut signature, "the next header")? {
                return Ok(());
            }
            match u32::from_le_bytes(signature) {
                FILE_HEADER => {
                    if !self.file(visitor)? {
                        return Ok(());
                    }
                }
                DIRECTORY_HEADER => return self.directory(signature),
                _ => {
                    self.problem_at(self.offset - 4, "no header of a file or of the directory");
                    return Ok(());
                }
            }
        }
    }

    /// One file; `false` when nothing behind it can be read.
    fn file(&mut self, visitor: &mut impl Visitor) -> io::Result<bool> {
        let start = self.offset - 4;
        let mut header = [0; FILE_HEADER_BYTES];
        header[..4].copy_from_slice(&FILE_HEADER.to_le_bytes());
        if !self.fill(&mut header[4..], "a file's header")? {
            return Ok(false);
        }
        let number = |at: usize| {
            u32::from_le_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]])
        };
        let (crc, size) = (number(14), number(18));
        let mut name = vec![0; usize::from(u16::from_le_bytes([header[26], header[27]]))];
        if !self.fill(&mut name, "a file's name")? {
            return Ok(false);
        }
        let Ok(name) = String::from_utf8(name) else {
            self.problem_at(start, "a file whose name is not text");
            return Ok(false);
        };
        let entry = Entry {
            name: &name,
            size,
            crc,
            offset: start,
        };
        if let Err(why) = self.admit(&entry, &header) {
            self.problem_at(start, &why);
            return Ok(false);
        }
        if let Err(why) = visitor.begin(entry.name, u64::from(size)) {
            self.problem_at(start, &why);
            return Ok(false);
        }
        let whole = self.content(&entry, visitor)?;
        visitor.end();
        let header = entry.directory_header();
        self.directory.update(&header);
        self.directory_bytes += wide(header.len());
        self.files += 1;
        self.last = name;
        Ok(whole)
    }

    fn admit(&self, entry: &Entry<'_>, header: &[u8]) -> Result<(), String> {
        if !is_plain_path(entry.name) {
            return Err(format!(
                "a file with a forbidden name, {}",
                shown(entry.name)
            ));
        }
        if self.files > 0 && bag::order(&self.last) >= bag::order(entry.name) {
            return Err(format!("{} stands twice or out of order", entry.name));
        }
        if self.files >= MAX_FILES {
            return Err("more files than any bundle has".to_owned());
        }
        if !entry.header().starts_with(header) {
            return Err(format!(
                "the header of {} is not as it is written",
                entry.name
            ));
        }
        Ok(())
    }

    fn content(&mut self, entry: &Entry<'_>, visitor: &mut impl Visitor) -> io::Result<bool> {
        let mut crc = crc32fast::Hasher::new();
        let mut left = entry.size;
        while left > 0 {
            let want = usize::try_from(left).unwrap_or(usize::MAX).min(PIECE);
            let read = match self.input.read(&mut self.buffer[..want]) {
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            if read == 0 {
                self.problem_at(self.offset, &format!("{} is cut off", entry.name));
                return Ok(false);
            }
            crc.update(&self.buffer[..read]);
            visitor.bytes(&self.buffer[..read]);
            self.offset += wide(read);
            left -= u32::try_from(read).unwrap_or(left);
        }
        if crc.finalize() != entry.crc {
            self.problems
                .push(format!("{} does not have its CRC-32", entry.name));
        }
        Ok(true)
    }

    /// What follows the files must be exactly their directory, and nothing after it.
    fn directory(&mut self, signature: [u8; 4]) -> io::Result<()> {
        let start = self.offset - 4;
        let mut found = Sha256::new();
        found.update(signature);
        let mut left = self.directory_bytes.saturating_sub(4);
        while left > 0 {
            let want = usize::try_from(left).unwrap_or(usize::MAX).min(PIECE);
            let read = self.input.read(&mut self.buffer[..want])?;
            if read == 0 {
                self.problem_at(self.offset, "the directory at the end is cut off");
                return Ok(());
            }
            found.update(&self.buffer[..read]);
            self.offset += wide(read);
            left -= wide(read);
        }
        let differs = "the directory at the end is not that of the files before it";
        if self.files == 0 || found.finalize() != std::mem::take(&mut self.directory).finalize() {
            self.problem_at(start, differs);
            return Ok(());
        }
        let expected = directory_end(self.files, self.directory_bytes, start);
        let mut end = Vec::new();
        let limit = wide(expected.len()) + 1;
        (&mut self.input).take(limit).read_to_end(&mut end)?;
        if end == expected {
            return Ok(());
        }
        let what = if end.starts_with(&expected) {
            "something follows the end of the directory"
        } else if expected.starts_with(&end) {
            "the directory at the end is cut off"
        } else {
            differs
        };
        self.problem_at(self.offset, what);
        Ok(())
    }

    /// Fills `buffer`, or says that the file ends inside `what`.
    fn fill(&mut self, buffer: &mut [u8], what: &str) -> io::Result<bool> {
        let mut filled = 0;
        while filled < buffer.len() {
            match self.input.read(&mut buffer[filled..]) {
                Ok(0) => {
                    self.offset += wide(filled);
                    self.problem_at(self.offset, &format!("the file ends inside {what}"));
                    return Ok(false);
                }
                Ok(read) => filled += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.offset += wide(filled);
        Ok(true)
    }

    fn problem_at(&mut self, offset: u64, what: &str) {
        self.problems.push(format!("byte {offset}: {what}"));
    }
}

fn wide(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
