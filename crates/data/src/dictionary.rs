//! Texts numbered in the order in which they are first met.
//!
//! All texts lie one after the other in one buffer, so a million levels are three allocations and not a million. The hash is
//! seeded at random against crafted collisions; no order of it is ever seen.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

/// Different texts and their codes.
#[derive(Debug, Default)]
pub(crate) struct Dictionary {
    bytes: Vec<u8>,
    /// End of each text in `bytes` \[len\].
    ends: Vec<usize>,
    table: HashTable<u32>,
    hash: DefaultHashBuilder,
}

impl Dictionary {
    /// Number of different texts.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Bytes in memory, about.
    pub(crate) fn memory(&self) -> u64 {
        // A table slot is a code and a control byte, at most seven eighths full; an end is one usize.
        (self.bytes.capacity() + self.ends.capacity() * 8 + self.table.capacity() * 6) as u64
    }

    /// The text of a code.
    pub(crate) fn text(&self, code: u32) -> &[u8] {
        text(&self.bytes, &self.ends, code)
    }

    /// The text of a code, for its use as a level.
    pub(crate) fn level(&self, code: u32) -> String {
        String::from_utf8_lossy(self.text(code)).into_owned()
    }

    /// All texts, by code.
    pub(crate) fn levels(&self) -> Vec<String> {
        (0..self.len()).map(|code| self.level(code as u32)).collect()
    }

    /// The code of a text, a fresh one where it is met for the first time.
    #[inline]
    pub(crate) fn code(&mut self, wanted: &[u8]) -> u32 {
        let Self { bytes, ends, table, hash } = self;
        let key = hash.hash_one(wanted);
        if let Some(&code) = table.find(key, |&code| text(bytes, ends, code) == wanted) {
            return code;
        }
        let code = u32::try_from(ends.len()).expect("four thousand million texts exceed any memory cap");
        bytes.extend_from_slice(wanted);
        ends.push(bytes.len());
        table.insert_unique(key, code, |&code| hash.hash_one(text(bytes, ends, code)));
        code
    }
}

#[inline]
fn text<'a>(bytes: &'a [u8], ends: &[usize], code: u32) -> &'a [u8] {
    let code = code as usize;
    let start = if code == 0 { 0 } else { ends[code - 1] };
    &bytes[start..ends[code]]
}

#[cfg(test)]
mod tests {
    use super::Dictionary;

    #[test]
    fn codes_count_texts_in_the_order_of_their_first_sight() {
        let mut dictionary = Dictionary::default();
        let codes: Vec<u32> = ["b", "", "a", "b", ""].iter().map(|t| dictionary.code(t.as_bytes())).collect();
        assert_eq!((codes, dictionary.text(2)), (vec![0, 1, 2, 0, 1], b"a".as_slice()));
        for i in 0..5_000 {
            assert_eq!(dictionary.code(format!("level {i}").as_bytes()), i + 3);
        }
        assert_eq!((dictionary.code(b"level 17"), dictionary.len()), (20, 5_003));
    }
}
