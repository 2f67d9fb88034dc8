//! The bytes around the files (PKWARE APPNOTE 6.3, sections 4.3 and 4.5.3).

/// Signature of a file's own header.
pub(super) const FILE_HEADER: u32 = 0x0403_4b50;
/// Signature of a file's header in the directory.
pub(super) const DIRECTORY_HEADER: u32 = 0x0201_4b50;
const DIRECTORY_END: u32 = 0x0605_4b50;
const DIRECTORY_END_64: u32 = 0x0606_4b50;
const DIRECTORY_END_64_LOCATOR: u32 = 0x0706_4b50;

/// How long a file's header is before its name.
pub(super) const FILE_HEADER_BYTES: usize = 30;

/// Stored files need version 1.0 of the format, places beyond 4 GiB need 4.5.
const PLAIN_VERSION: u16 = 10;
const LARGE_VERSION: u16 = 45;
/// Made on Unix, so that the permissions are read.
const MADE_BY: u16 = (3 << 8) | LARGE_VERSION;
/// A plain file that its owner may write and all may read.
const PERMISSIONS: u32 = 0o100_644 << 16;
/// 1980-01-01 00:00, the first that the format knows.
const TIME: u16 = 0;
const DATE: u16 = (1 << 5) | 1;

/// Where the CRC-32 and the size, twice, stand in a file's header.
pub(super) const SUMS_AT: u64 = 14;

/// A file, as far as headers tell it. No file is larger than 4 GiB.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Entry<'a> {
    pub(super) name: &'a str,
    pub(super) size: u32,
    pub(super) crc: u32,
    /// Where its header begins.
    pub(super) offset: u64,
}

impl Entry<'_> {
    /// The header that stands before its bytes.
    pub(super) fn header(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(FILE_HEADER_BYTES + self.name.len());
        bytes.extend(FILE_HEADER.to_le_bytes());
        bytes.extend(PLAIN_VERSION.to_le_bytes());
        self.common(&mut bytes);
        bytes.extend(0_u16.to_le_bytes());
        bytes.extend(self.name.as_bytes());
        bytes
    }

    /// The CRC-32 and the sizes, as they stand at [`SUMS_AT`].
    pub(super) fn sums(&self) -> [u8; 12] {
        let mut bytes = [0; 12];
        bytes[..4].copy_from_slice(&self.crc.to_le_bytes());
        bytes[4..8].copy_from_slice(&self.size.to_le_bytes());
        bytes[8..].copy_from_slice(&self.size.to_le_bytes());
        bytes
    }

    /// Its header in the directory.
    pub(super) fn directory_header(&self) -> Vec<u8> {
        let far = u32::try_from(self.offset)
            .ok()
            .filter(|near| *near != u32::MAX);
        let mut bytes = Vec::with_capacity(64 + self.name.len());
        bytes.extend(DIRECTORY_HEADER.to_le_bytes());
        bytes.extend(MADE_BY.to_le_bytes());
        let version = if far.is_some() {
            PLAIN_VERSION
        } else {
            LARGE_VERSION
        };
        bytes.extend(version.to_le_bytes());
        self.common(&mut bytes);
        bytes.extend(if far.is_some() { 0_u16 } else { 12 }.to_le_bytes());
        bytes.extend([0; 2 + 2 + 2]); // comment, disk, internal attributes
        bytes.extend(PERMISSIONS.to_le_bytes());
        bytes.extend(far.unwrap_or(u32::MAX).to_le_bytes());
        bytes.extend(self.name.as_bytes());
        if far.is_none() {
            bytes.extend(1_u16.to_le_bytes());
            bytes.extend(8_u16.to_le_bytes());
            bytes.extend(self.offset.to_le_bytes());
        }
        bytes
    }

    /// From the flags to the name's length, the same in both headers.
    fn common(&self, bytes: &mut Vec<u8>) {
        bytes.extend([0; 2 + 2]); // flags, method: stored
        bytes.extend(TIME.to_le_bytes());
        bytes.extend(DATE.to_le_bytes());
        bytes.extend(self.sums());
        bytes.extend(
            u16::try_from(self.name.len())
                .unwrap_or(u16::MAX)
                .to_le_bytes(),
        );
    }
}

/// What follows the `count` headers of the directory, which takes `size` bytes from `offset` on.
pub(super) fn directory_end(count: u64, size: u64, offset: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    if count >= u64::from(u16::MAX) || size >= u64::from(u32::MAX) || offset >= u64::from(u32::MAX)
    {
        bytes.extend(DIRECTORY_END_64.to_le_bytes());
        bytes.extend(44_u64.to_le_bytes());
        bytes.extend(MADE_BY.to_le_bytes());
        bytes.extend(LARGE_VERSION.to_le_bytes());
        bytes.extend([0; 4 + 4]); // this disk, the directory's disk
        for number in [count, count, size, offset] {
            bytes.extend(number.to_le_bytes());
        }
        bytes.extend(DIRECTORY_END_64_LOCATOR.to_le_bytes());
        bytes.extend([0; 4]); // its disk
        bytes.extend((offset + size).to_le_bytes());
        bytes.extend(1_u32.to_le_bytes());
    }
    let near_count = u16::try_from(count).unwrap_or(u16::MAX);
    bytes.extend(DIRECTORY_END.to_le_bytes());
    bytes.extend([0; 2 + 2]); // this disk, the directory's disk
    bytes.extend(near_count.to_le_bytes());
    bytes.extend(near_count.to_le_bytes());
    bytes.extend(u32::try_from(size).unwrap_or(u32::MAX).to_le_bytes());
    bytes.extend(u32::try_from(offset).unwrap_or(u32::MAX).to_le_bytes());
    bytes.extend([0; 2]); // comment
    bytes
}
