//! UTF-16 to bytes that can be searched, and back without loss: halves of pairs that stand alone are
//! kept as the three bytes that UTF-8 would give them if it could.

/// Turns UTF-16 into UTF-8, piece by piece.
pub(crate) struct Narrowing {
    big: bool,
    /// A byte of a unit that is not whole yet.
    odd: Option<u8>,
    /// The first half of a pair.
    high: Option<u16>,
}

impl Narrowing {
    pub(crate) fn new(big: bool) -> Self {
        Self {
            big,
            odd: None,
            high: None,
        }
    }

    pub(crate) fn feed(&mut self, bytes: &[u8], to: &mut Vec<u8>) {
        for byte in bytes {
            let Some(first) = self.odd.take() else {
                self.odd = Some(*byte);
                continue;
            };
            let unit = if self.big {
                u16::from_be_bytes([first, *byte])
            } else {
                u16::from_le_bytes([first, *byte])
            };
            self.unit(unit, to);
        }
    }

    /// What is left at the end: a last byte that belongs to no unit.
    pub(crate) fn finish(&mut self, to: &mut Vec<u8>) -> Option<u8> {
        if let Some(high) = self.high.take() {
            put(u32::from(high), to);
        }
        self.odd.take()
    }

    fn unit(&mut self, unit: u16, to: &mut Vec<u8>) {
        let low = (0xdc00..0xe000).contains(&unit);
        if let Some(high) = self.high.take() {
            if low {
                let pair =
                    0x1_0000 + ((u32::from(high) - 0xd800) << 10) + (u32::from(unit) - 0xdc00);
                return put(pair, to);
            }
            put(u32::from(high), to);
        }
        if (0xd800..0xdc00).contains(&unit) {
            self.high = Some(unit);
        } else {
            put(u32::from(unit), to);
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "each is masked to its bits"
)]
fn put(point: u32, to: &mut Vec<u8>) {
    let tail = |shift: u32| 0x80 | ((point >> shift) & 0x3f) as u8;
    match point {
        0..0x80 => to.push(point as u8),
        0x80..0x800 => to.extend([0xc0 | (point >> 6) as u8, tail(0)]),
        0x800..0x1_0000 => to.extend([0xe0 | (point >> 12) as u8, tail(6), tail(0)]),
        0x1_0000.. => to.extend([0xf0 | (point >> 18) as u8, tail(12), tail(6), tail(0)]),
    }
}

/// Turns what [`Narrowing`] gave back into the same UTF-16.
pub(crate) struct Widening {
    big: bool,
    /// The character under way, and how many of its bytes are missing.
    point: u32,
    missing: u8,
}

impl Widening {
    pub(crate) fn new(big: bool) -> Self {
        Self {
            big,
            point: 0,
            missing: 0,
        }
    }

    pub(crate) fn feed(&mut self, bytes: &[u8], to: &mut Vec<u8>) {
        for byte in bytes {
            let byte32 = u32::from(*byte);
            (self.point, self.missing) = match byte {
                0..0x80 => (byte32, 0),
                0x80..0xc0 => (
                    (self.point << 6) | (byte32 & 0x3f),
                    self.missing.saturating_sub(1),
                ),
                0xc0..0xe0 => (byte32 & 0x1f, 1),
                0xe0..0xf0 => (byte32 & 0x0f, 2),
                0xf0.. => (byte32 & 0x07, 3),
            };
            if self.missing == 0 {
                self.put(to);
            }
        }
    }

    #[expect(
        clippy::cast_possible_truncation,
        reason = "a point has 21 bits, its halves 10 each"
    )]
    fn put(&self, to: &mut Vec<u8>) {
        let mut unit = |unit: u16| {
            to.extend(if self.big {
                unit.to_be_bytes()
            } else {
                unit.to_le_bytes()
            });
        };
        if let Some(above) = self.point.checked_sub(0x1_0000) {
            unit(0xd800 | (above >> 10) as u16);
            unit(0xdc00 | (above & 0x3ff) as u16);
        } else {
            unit(self.point as u16);
        }
    }
}

/// How many bytes of UTF-16 these bytes of UTF-8 were. Pieces of characters count where they begin.
pub(crate) fn width(bytes: &[u8]) -> u64 {
    let of = |byte: &u8| match byte {
        0x80..0xc0 => 0,
        0xf0.. => 4,
        _ => 2,
    };
    bytes.iter().map(of).sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_bytes_come_back_as_they_were(
            bytes in prop::collection::vec(any::<u8>(), 0..200), big in any::<bool>(), cut in 0_usize..200
        ) {
            let mut narrowing = Narrowing::new(big);
            let mut narrow = Vec::new();
            let cut = cut.min(bytes.len());
            narrowing.feed(&bytes[..cut], &mut narrow);
            narrowing.feed(&bytes[cut..], &mut narrow);
            let odd = narrowing.finish(&mut narrow);
            let mut widening = Widening::new(big);
            let mut wide = Vec::new();
            for byte in narrow.chunks(3) {
                widening.feed(byte, &mut wide);
            }
            prop_assert_eq!(width(&narrow), wide.len() as u64);
            wide.extend(odd);
            prop_assert_eq!(wide, bytes);
        }

        #[test]
        fn text_is_searched_as_utf_8(text in "\\PC{0,40}") {
            let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
            let mut narrow = Vec::new();
            let mut narrowing = Narrowing::new(false);
            narrowing.feed(&wide, &mut narrow);
            prop_assert_eq!(narrowing.finish(&mut narrow), None);
            prop_assert_eq!(narrow, text.into_bytes());
        }
    }
}
