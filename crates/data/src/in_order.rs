//! Pieces that are finished in any order, taken in theirs.

use std::collections::BTreeMap;

/// Holds back what comes too early.
#[derive(Debug)]
pub(crate) struct InOrder<T> {
    next: usize,
    early: BTreeMap<usize, T>,
}

impl<T> Default for InOrder<T> {
    fn default() -> Self {
        Self { next: 0, early: BTreeMap::new() }
    }
}

impl<T> InOrder<T> {
    /// Takes piece `index`, counted from 0.
    pub(crate) fn put(&mut self, index: usize, piece: T) {
        self.early.insert(index, piece);
    }

    /// The next piece, if it is there.
    pub(crate) fn take(&mut self) -> Option<T> {
        let piece = self.early.remove(&self.next)?;
        self.next += 1;
        Some(piece)
    }
}
