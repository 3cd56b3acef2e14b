//! Many columns of which each row has few: words of a text, users and items, hashed features.
//!
//! A row's entries are a span of two long vectors that all rows share, so rows are picked without copying any entry.

use std::ops::Range;
use std::sync::Arc;

/// A block of sparse columns.
#[derive(Debug, Clone, PartialEq)]
pub struct Sparse {
    columns: usize,
    spans: Vec<(usize, usize)>,
    index: Arc<[u32]>,
    value: Arc<[f64]>,
}

/// Why entries are no block of sparse columns.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SparseError {
    /// There are not as many places as values.
    #[error("{places} column numbers for {values} values")]
    Length {
        /// Numbers of columns.
        places: usize,
        /// Values.
        values: usize,
    },
    /// Row starts go down or past the end.
    #[error("row {row} (from 1) has no entries of its own: its start or end lies outside of them")]
    Span {
        /// The row, from 1.
        row: usize,
    },
    /// An entry names a column that is not there.
    #[error("row {row} (from 1) has an entry in column {column}, there are {columns}")]
    Column {
        /// The row, from 1.
        row: usize,
        /// The column, from 1.
        column: usize,
        /// Columns that there are.
        columns: usize,
    },
    /// A row's columns do not ascend.
    #[error("row {row} (from 1): column numbers must ascend within a row")]
    Order {
        /// The row, from 1.
        row: usize,
    },
    /// An entry is not a finite number.
    #[error("row {row} (from 1), column {column}: {value} is not a finite number")]
    NonFinite {
        /// The row, from 1.
        row: usize,
        /// The column, from 1.
        column: usize,
        /// The value.
        value: f64,
    },
}

impl Sparse {
    /// A block of `columns` columns in compressed rows; what is not named is 0.
    ///
    /// * `starts` where each row's entries begin, and the end of the last    `[rows + 1]`
    /// * `index`  columns of the entries, from 0, ascending within a row      `[entries]`
    /// * `value`  their values                                              `[entries]`
    ///
    /// # Errors
    /// [`SparseError`], with the first row that cannot be.
    pub fn new(
        columns: usize,
        starts: &[usize],
        index: Vec<u32>,
        value: Vec<f64>,
    ) -> Result<Self, SparseError> {
        if index.len() != value.len() {
            return Err(SparseError::Length { places: index.len(), values: value.len() });
        }
        let mut spans = Vec::with_capacity(starts.len().saturating_sub(1));
        for (r, pair) in starts.windows(2).enumerate() {
            let row = r + 1;
            let (from, to) = (pair[0], pair[1]);
            if from > to || to > index.len() {
                return Err(SparseError::Span { row });
            }
            let entries = &index[from..to];
            if entries.windows(2).any(|pair| pair[0] >= pair[1]) {
                return Err(SparseError::Order { row });
            }
            if let Some(last) = entries.last().map(|j| *j as usize).filter(|j| *j >= columns) {
                return Err(SparseError::Column { row, column: last + 1, columns });
            }
            if let Some(at) = (from..to).find(|at| !value[*at].is_finite()) {
                return Err(SparseError::NonFinite { row, column: index[at] as usize + 1, value: value[at] });
            }
            spans.push((from, to));
        }
        Ok(Self { columns, spans, index: index.into(), value: value.into() })
    }

    /// Number of columns.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.spans.len()
    }

    /// Columns and values of a row's entries.
    ///
    /// # Panics
    /// If there is no such row.
    #[inline]
    #[must_use]
    pub fn row(&self, row: usize) -> (&[u32], &[f64]) {
        let (from, to) = self.spans[row];
        (&self.index[from..to], &self.value[from..to])
    }

    /// Entries in some rows, together.
    #[must_use]
    pub fn entries(&self, rows: Range<usize>) -> usize {
        self.spans[rows].iter().map(|(from, to)| to - from).sum()
    }

    /// These rows, in this order; entries are shared.
    ///
    /// # Panics
    /// If one of them is not there.
    #[must_use]
    pub fn pick(&self, rows: impl IntoIterator<Item = usize>) -> Self {
        Self { spans: rows.into_iter().map(|row| self.spans[row]).collect(), ..self.shared() }
    }

    /// As many rows and columns, nothing in them.
    #[must_use]
    pub fn without_entries(&self) -> Self {
        Self { spans: vec![(0, 0); self.spans.len()], ..self.shared() }
    }

    /// Its entries without a row.
    fn shared(&self) -> Self {
        let (index, value) = (Arc::clone(&self.index), Arc::clone(&self.value));
        Self { columns: self.columns, spans: Vec::new(), index, value }
    }

    /// Takes on consecutive rows of another block, the last repeated up to `n` rows; buffers are reused.
    ///
    /// # Panics
    /// If one of them is not there, or there is none.
    pub fn assign(&mut self, other: &Self, rows: Range<usize>, n: usize) {
        if !Arc::ptr_eq(&self.index, &other.index) {
            *self = Self { spans: std::mem::take(&mut self.spans), ..other.shared() };
        }
        self.columns = other.columns;
        self.spans.clear();
        self.spans.extend_from_slice(&other.spans[rows]);
        self.spans.resize(n, self.spans[self.spans.len() - 1]);
    }
}

impl Default for Sparse {
    /// No rows and no columns.
    fn default() -> Self {
        Self { columns: 0, spans: Vec::new(), index: Arc::new([]), value: Arc::new([]) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_picked_and_repeated_and_keep_their_entries() {
        let block = Sparse::new(4, &[0, 2, 2, 3], vec![0, 3, 1], vec![1.0, 2.0, 3.0]).expect("three rows");
        let picked = block.pick([2, 0]);
        assert_eq!(picked.row(0), (&[1][..], &[3.0][..]));
        assert_eq!(picked.row(1), (&[0, 3][..], &[1.0, 2.0][..]));
        let mut chunk = Sparse::default();
        chunk.assign(&block, 1..3, 4);
        assert_eq!((chunk.rows(), chunk.columns(), chunk.entries(0..4)), (4, 4, 3));
        assert_eq!(chunk.row(3), block.row(2));
    }

    #[test]
    fn entries_that_cannot_be_are_refused_with_their_row() {
        let of =
            |starts: &[usize], index: Vec<u32>, value: Vec<f64>| Sparse::new(2, starts, index, value).err();
        assert_eq!(of(&[0, 1], vec![0], vec![]), Some(SparseError::Length { places: 1, values: 0 }));
        assert_eq!(of(&[0, 2], vec![0], vec![1.0]), Some(SparseError::Span { row: 1 }));
        let error = SparseError::Column { row: 1, column: 3, columns: 2 };
        assert_eq!(of(&[0, 1], vec![2], vec![1.0]), Some(error));
        assert_eq!(of(&[0, 0, 2], vec![1, 1], vec![1.0, 1.0]), Some(SparseError::Order { row: 2 }));
        let error = of(&[0, 1], vec![1], vec![f64::INFINITY]);
        assert!(matches!(error, Some(SparseError::NonFinite { row: 1, column: 2, .. })), "{error:?}");
    }
}
