//! Fingerprint of data: which values the used rows had, column by column, in their order, and no value itself.
//!
//! One 64-bit hash a column over its values in row order, so a change names its column, and two files of the same rows
//! agree whatever their format, pieces or further columns. Numbers are hashed as f64 (both zeros alike, every missing
//! value alike), categories by their texts, so neither the order nor the codes of levels matter. It finds accidents,
//! not forgers. Hash: xxHash64, Collet (2012).

use std::collections::BTreeMap;
use std::hash::Hasher;

use loglik_design::Table;
use loglik_expr::{Column, MISSING};
use serde::{Deserialize, Serialize};
use twox_hash::XxHash64;

/// What a missing value is hashed as: no f64 that a file holds, no hash of a text but by chance.
const ABSENT: u64 = 0x7ff8_0000_0000_dead;

/// Values hashed at once.
const BATCH: usize = 1_024;

/// Hashes of the used rows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fingerprint {
    /// Used rows.
    pub rows: u64,
    /// By column, 16 hexadecimal digits.
    pub columns: BTreeMap<String, String>,
}

/// A fingerprint in the making: the used rows may come in pieces of any size.
pub struct Fingerprinter {
    rows: u64,
    hashes: Vec<(String, XxHash64)>,
}

impl Fingerprint {
    /// The fingerprint of these columns of a table; names that are no column of it are left out.
    #[must_use]
    pub fn of(table: &Table, columns: &[String]) -> Self {
        let mut out = Fingerprinter::new(columns);
        out.add(table);
        out.finish()
    }

    /// Columns whose values are not those of `other`, or that it does not have.
    #[must_use]
    pub fn changed(&self, other: &Self) -> Vec<String> {
        let differs = |(name, hash): &(&String, &String)| other.columns.get(*name) != Some(hash);
        self.columns.iter().filter(differs).map(|(name, _)| name.clone()).collect()
    }
}

impl Fingerprinter {
    /// No row yet.
    #[must_use]
    pub fn new(columns: &[String]) -> Self {
        let hash = |name: &String| (name.clone(), XxHash64::with_seed(0));
        Self { rows: 0, hashes: columns.iter().map(hash).collect() }
    }

    /// Adds the rows of a table.
    pub fn add(&mut self, table: &Table) {
        self.rows += table.rows() as u64;
        self.hashes.retain_mut(|(name, hash)| {
            let Some(column) = table.column(name) else { return false };
            add(column, hash);
            true
        });
    }

    /// The fingerprint of all rows added.
    #[must_use]
    pub fn finish(self) -> Fingerprint {
        let columns = self.hashes.into_iter().map(|(name, hash)| (name, hex(hash.finish())));
        Fingerprint { rows: self.rows, columns: columns.collect() }
    }
}

/// The hash of a text, 16 hexadecimal digits.
#[must_use]
pub fn hash_of(text: &str) -> String {
    hex(XxHash64::oneshot(0, text.as_bytes()))
}

fn hex(hash: u64) -> String {
    format!("{hash:016x}")
}

fn add(column: &Column, hash: &mut XxHash64) {
    match column {
        Column::Number(values) => {
            // Adding zero makes -0 the plain zero.
            let bits = |value: &f64| if value.is_nan() { ABSENT } else { (value + 0.0).to_bits() };
            words(values.iter().map(bits), hash);
        }
        Column::Category { codes, levels, .. } => {
            let texts: Vec<u64> = levels.iter().map(|level| XxHash64::oneshot(0, level.as_bytes())).collect();
            words(
                codes.iter().map(|code| if *code == MISSING { ABSENT } else { texts[*code as usize] }),
                hash,
            );
        }
        Column::Sparse(block) => {
            let entries = |r: usize| {
                let (index, value) = block.row(r);
                let pairs = index.iter().zip(value);
                let words = pairs.flat_map(|(j, v)| [u64::from(*j), (v + 0.0).to_bits()]);
                [index.len() as u64].into_iter().chain(words)
            };
            words((0..block.rows()).flat_map(entries), hash);
        }
    }
}

fn words(mut words: impl Iterator<Item = u64>, hash: &mut XxHash64) {
    let mut bytes = Vec::with_capacity(8 * BATCH);
    loop {
        bytes.clear();
        words.by_ref().take(BATCH).for_each(|word| bytes.extend_from_slice(&word.to_le_bytes()));
        if bytes.is_empty() {
            return;
        }
        hash.write(&bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(x: &[f64], codes: &[u32], levels: &[&str]) -> Table {
        let levels = levels.iter().map(|l| (*l).to_owned()).collect();
        let region = Column::Category { codes: codes.to_vec(), levels, ordered: false };
        Table::from_columns([("x", Column::Number(x.to_vec())), ("region", region)]).expect("equal lengths")
    }

    fn of(table: &Table) -> Fingerprint {
        Fingerprint::of(table, &["x".to_owned(), "region".to_owned()])
    }

    #[test]
    fn codes_pieces_and_the_sign_of_zero_do_not_matter() {
        let whole = table(&[1.0, 0.0, f64::NAN], &[0, 1, MISSING], &["north", "south"]);
        let other = table(&[1.0, -0.0, -f64::NAN], &[2, 0, MISSING], &["south", "west", "north"]);
        assert_eq!(of(&whole), of(&other));
        let mut pieces = Fingerprinter::new(&["x".to_owned(), "region".to_owned()]);
        pieces.add(&whole.filter(&[true, false, false]));
        pieces.add(&whole.filter(&[false, true, true]));
        assert_eq!(pieces.finish(), of(&whole));
    }

    #[test]
    fn a_changed_value_or_order_names_its_column() {
        let before = of(&table(&[1.0, 2.0], &[0, 1], &["a", "b"]));
        assert_eq!(before.changed(&of(&table(&[1.0, 2.0], &[0, 1], &["a", "c"]))), ["region"]);
        assert_eq!(before.changed(&of(&table(&[2.0, 1.0], &[0, 1], &["a", "b"]))), ["x"]);
        assert!(before.changed(&before).is_empty());
    }
}
