//! Finds the few places of a text that are worth a closer look.
//!
//! Each word of a list is known by two neighbouring windows of three letters, whatever their case, so
//! that it is enough to look at every second place. A table of 64 Ki bits says whether one of them may
//! stand there; only then is the word itself compared.

/// A word that calls for a look.
#[derive(Clone, Copy)]
pub(crate) struct Hook<'a, T> {
    /// At least three bytes; the case of ASCII does not matter.
    pub(crate) word: &'a [u8],
    /// Which three letters of it are looked for: those from this one on. The rarer, the faster.
    pub(crate) rare: usize,
    /// What to do there.
    pub(crate) look: T,
}

/// A list of words, made ready.
pub(crate) struct Hooks<T> {
    bits: Box<[u64; BITS / 64]>,
    /// For each value of the table, where its windows begin in `order`, plus one; 0 for none.
    heads: Box<[u16]>,
    /// The windows with the same value stand one after the other, the last one marked.
    order: Vec<Entry>,
    words: Vec<(Box<[u8]>, T)>,
}

#[derive(Clone, Copy)]
struct Entry {
    value: usize,
    /// Which of the words.
    word: usize,
    /// How far before the window the word begins; negative where it begins behind.
    back: isize,
    last: bool,
}

const BITS: usize = 1 << 16;
const WINDOW: usize = 3;
const STRIDE: usize = 2;

impl<T: Copy> Hooks<T> {
    pub(crate) fn new(hooks: &[Hook<'_, T>]) -> Self {
        let mut order: Vec<Entry> = hooks.iter().enumerate().flat_map(windows).collect();
        order.sort_by_key(|entry| entry.value);
        let mut bits = Box::new([0_u64; BITS / 64]);
        let mut heads = vec![0_u16; BITS].into_boxed_slice();
        for at in 0..order.len() {
            let value = order[at].value;
            bits[value / 64] |= 1 << (value % 64);
            if heads[value] == 0 {
                heads[value] = u16::try_from(at + 1).unwrap_or(u16::MAX);
            }
            order[at].last = order.get(at + 1).is_none_or(|next| next.value != value);
        }
        let words = hooks
            .iter()
            .map(|hook| (hook.word.into(), hook.look))
            .collect();
        Self {
            bits,
            heads,
            order,
            words,
        }
    }

    /// Calls `found` with the place of each word of which a window begins in `from..to`. A word at a
    /// border may be found on both sides of it.
    pub(crate) fn each(
        &self,
        text: &[u8],
        from: usize,
        to: usize,
        mut found: impl FnMut(usize, usize, T),
    ) {
        let to = to.min(text.len());
        // eight bytes at a time hold the windows of three places
        let mut at = from;
        while let Some(eight) = text
            .get(at..at + 8)
            .and_then(|bytes| bytes.first_chunk::<8>())
        {
            if at + 4 >= to {
                break;
            }
            let eight = u64::from_le_bytes(*eight);
            let values = [folded(eight), folded(eight >> 16), folded(eight >> 32)];
            let hits = values.map(|value| self.bits[value / 64] >> (value % 64) & 1);
            if hits != [0; 3] {
                for (index, value) in values.into_iter().enumerate() {
                    if hits[index] == 1 {
                        self.compare(text, at + index * STRIDE, value, &mut found);
                    }
                }
            }
            at += 3 * STRIDE;
        }
        while at < to {
            let value = value(&text[at..]);
            if self.bits[value / 64] >> (value % 64) & 1 == 1 {
                self.compare(text, at, value, &mut found);
            }
            at += STRIDE;
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
        for entry in &self.order[first..] {
            let (word, look) = &self.words[entry.word];
            if let Some(start) = at.checked_add_signed(-entry.back) {
                let end = start + word.len();
                let same = text
                    .get(start..end)
                    .is_some_and(|there| there.eq_ignore_ascii_case(word));
                if same {
                    found(start, end, *look);
                }
            }
            if entry.last {
                break;
            }
        }
    }
}

/// The windows by which a word is known. Where it has no second one within itself, the second lies
/// over its end, with any byte behind; or over its beginning, when its last two letters are the more
/// common ones.
fn windows<T>((index, hook): (usize, &Hook<'_, T>)) -> Vec<Entry> {
    const COMMON: [&[u8]; 3] = [b"in", b"t=", b"t_"];
    let word = hook.word;
    let entry = |window: &[u8], back: isize| Entry {
        value: value(window),
        word: index,
        back,
        last: false,
    };
    let rare = hook.rare;
    let signed = |at: usize| isize::try_from(at).unwrap_or(isize::MAX);
    let mut all = vec![entry(&word[rare..], signed(rare))];
    if rare + WINDOW < word.len() {
        all.push(entry(&word[rare + 1..], signed(rare + 1)));
    } else if rare > 0 {
        all.push(entry(&word[rare - 1..], signed(rare - 1)));
    } else {
        for byte in 0..=u8::MAX {
            all.push(if COMMON.contains(&&word[1..]) {
                entry(&[byte, word[0], word[1]], -1)
            } else {
                entry(&[word[1], word[2], byte], 1)
            });
        }
        all.sort_by_key(|entry| (entry.value, entry.back));
        all.dedup_by_key(|entry| (entry.value, entry.back));
    }
    all
}

fn value(bytes: &[u8]) -> usize {
    let byte = |at: usize| u64::from(bytes.get(at).copied().unwrap_or(0));
    folded(byte(0) | byte(1) << 8 | byte(2) << 16)
}

/// Upper and lower case of a letter have the same value.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "three of its bytes count")]
fn folded(window: u64) -> usize {
    let letters = (window as u32 & 0x00ff_ffff) | 0x0020_2020;
    (letters.wrapping_mul(0x9e37_79b1) >> 16) as usize
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const WORDS: &[Hook<'static, u8>] = &[
        Hook {
            word: b"secret",
            rare: 2,
            look: 0,
        },
        Hook {
            word: b"token",
            rare: 1,
            look: 1,
        },
        Hook {
            word: b"ken",
            rare: 0,
            look: 2,
        },
        Hook {
            word: b"://",
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
        all.dedup();
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
        fn words_are_found_wherever_the_text_is_cut(
            text in "(secret|token|ken|://|x| ){0,12}", mut cuts in prop::collection::vec(0_usize..60, 0..5)
        ) {
            cuts.sort_unstable();
            cuts.retain(|cut| *cut <= text.len());
            let naive: Vec<(usize, u8)> = {
                let mut all: Vec<_> = WORDS
                    .iter()
                    .flat_map(|hook| text.match_indices(std::str::from_utf8(hook.word).unwrap()).map(|(at, _)| (at, hook.look)))
                    .collect();
                all.sort_unstable();
                all
            };
            prop_assert_eq!(found(text.as_bytes(), &cuts), naive);
        }
    }
}
