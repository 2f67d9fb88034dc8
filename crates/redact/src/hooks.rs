//! Finds the few places of a text that are worth a closer look.
//!
//! Each word of a list is known by three letters of it, whatever their case. A table of 64 Ki bits says
//! for each place of the text whether three such letters may stand there; only then is the word itself
//! compared. Clean text costs one look into the table a byte.

/// A word that calls for a look.
#[derive(Clone, Copy)]
pub(crate) struct Hook<T> {
    /// In lower case.
    pub(crate) word: &'static str,
    /// Which three letters of it are looked for: those from this one on. The rarer, the faster.
    pub(crate) rare: usize,
    /// What to do there.
    pub(crate) look: T,
}

/// A list of words, made ready.
pub(crate) struct Hooks<T> {
    bits: Box<[u64; BITS / 64]>,
    /// For each value of the table, where its words begin in `order`, plus one; 0 for none.
    heads: Box<[u16; BITS]>,
    /// The words with the same value stand one after the other, the last one marked.
    order: Vec<(Hook<T>, bool)>,
}

const BITS: usize = 1 << 16;
const WINDOW: usize = 3;

impl<T: Copy> Hooks<T> {
    pub(crate) fn new(words: &[Hook<T>]) -> Self {
        let mut sorted: Vec<(usize, Hook<T>)> = words
            .iter()
            .map(|hook| (value(&hook.word.as_bytes()[hook.rare..]), *hook))
            .collect();
        sorted.sort_by_key(|(value, _)| *value);
        let mut bits = Box::new([0_u64; BITS / 64]);
        let mut heads = Box::new([0_u16; BITS]);
        let mut order = Vec::with_capacity(sorted.len());
        for (at, (value, hook)) in sorted.iter().enumerate() {
            bits[value / 64] |= 1 << (value % 64);
            if heads[*value] == 0 {
                heads[*value] = u16::try_from(at + 1).unwrap_or(u16::MAX);
            }
            let last = sorted.get(at + 1).is_none_or(|(next, _)| next != value);
            order.push((*hook, last));
        }
        Self { bits, heads, order }
    }

    /// Calls `found` with the place of each word whose rare letters begin in `from..to`.
    pub(crate) fn each(
        &self,
        text: &[u8],
        from: usize,
        to: usize,
        mut found: impl FnMut(usize, usize, T),
    ) {
        let to = to.min((text.len() + 1).saturating_sub(WINDOW));
        // four bytes at a time: the last window of a text is looked at apart
        let quick = to.min((text.len() + 1).saturating_sub(4));
        let mut at = from;
        while at < quick {
            let Some(window) = text.get(at..at + 4).and_then(|w| w.first_chunk::<4>()) else {
                break;
            };
            let value = folded(u32::from_le_bytes(*window));
            if self.bits[value / 64] >> (value % 64) & 1 == 1 {
                self.compare(text, at, value, &mut found);
            }
            at += 1;
        }
        while at < to {
            let value = value(&text[at..]);
            if self.bits[value / 64] >> (value % 64) & 1 == 1 {
                self.compare(text, at, value, &mut found);
            }
            at += 1;
        }
    }

    #[cold]
    #[inline(never)]
    fn compare(
        &self,
        text: &[u8],
        at: usize,
        value: usize,
        found: &mut impl FnMut(usize, usize, T),
    ) {
        let head = usize::from(self.heads[value]);
        let Some(first) = head.checked_sub(1) else {
            return;
        };
        for (hook, last) in &self.order[first..] {
            if let Some(start) = at.checked_sub(hook.rare) {
                let end = start + hook.word.len();
                let same = text
                    .get(start..end)
                    .is_some_and(|there| there.eq_ignore_ascii_case(hook.word.as_bytes()));
                if same {
                    found(start, end, hook.look);
                }
            }
            if *last {
                break;
            }
        }
    }
}

fn value(bytes: &[u8]) -> usize {
    let byte = |at: usize| bytes.get(at).copied().unwrap_or(0);
    folded(u32::from_le_bytes([byte(0), byte(1), byte(2), 0]))
}

/// Upper and lower case of a letter have the same value.
#[inline]
fn folded(window: u32) -> usize {
    let letters = (window & 0x00ff_ffff) | 0x0020_2020;
    (letters.wrapping_mul(0x9e37_79b1) >> 16) as usize
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const WORDS: &[Hook<u8>] = &[
        Hook {
            word: "secret",
            rare: 2,
            look: 0,
        },
        Hook {
            word: "token",
            rare: 1,
            look: 1,
        },
        Hook {
            word: "ken",
            rare: 0,
            look: 2,
        },
        Hook {
            word: "://",
            rare: 0,
            look: 3,
        },
    ];

    fn found(text: &[u8], pieces: &[usize]) -> Vec<(usize, u8)> {
        let hooks = Hooks::new(WORDS);
        let mut all = Vec::new();
        let mut from = 0;
        for to in pieces.iter().copied().chain([text.len()]) {
            hooks.each(text, from, to, |start, _, look| all.push((start, look)));
            from = to.max(from);
        }
        all.sort_unstable();
        all
    }

    #[test]
    fn each_word_is_found_whatever_its_case_up_to_the_last_byte() {
        assert_eq!(
            found(b"a SECRET toKen://", &[]),
            [(2, 0), (9, 1), (11, 2), (14, 3)]
        );
        assert_eq!(found(b"", &[]), []);
        assert_eq!(found(b"se", &[]), []);
    }

    proptest! {
        #[test]
        fn words_are_found_once_wherever_the_text_is_cut(
            text in "(secret|token|ken|://|x| ){0,12}", mut cuts in prop::collection::vec(0_usize..60, 0..5)
        ) {
            cuts.sort_unstable();
            cuts.retain(|cut| *cut <= text.len());
            let naive: Vec<(usize, u8)> = {
                let mut all: Vec<_> = WORDS
                    .iter()
                    .flat_map(|hook| text.match_indices(hook.word).map(|(at, _)| (at, hook.look)))
                    .collect();
                all.sort_unstable();
                all
            };
            prop_assert_eq!(found(text.as_bytes(), &cuts), naive);
        }
    }
}
