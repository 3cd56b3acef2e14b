//! One column of data: numbers, or categories kept as codes.
//!
//! This is what an expression reads and what it gives back, and what a table holds. A missing value is NaN among numbers and
//! [`MISSING`] among codes, so a column needs no mask beside it. Levels are shared, so a filtered or sliced column copies codes only.

use std::sync::Arc;

use crate::sparse::Sparse;

/// The code of a missing category.
pub const MISSING: u32 = u32::MAX;

/// A column of n rows.
#[derive(Debug, Clone, PartialEq)]
pub enum Column {
    /// Numbers \[n\]; NaN is missing. Infinite values are legal here and refused where they are used.
    Number(Vec<f64>),
    /// One of finitely many named levels in each row.
    Category {
        /// Index into `levels`, or [`MISSING`] \[n\].
        codes: Vec<u32>,
        /// Names of the levels, in the order that decides the base level and the event.
        levels: Arc<[String]>,
        /// Whether the order of the levels has a meaning of its own (an ordered factor of the source).
        ordered: bool,
    },
    /// Many columns of which each row has few entries, under one name; nothing in it is missing.
    Sparse(Sparse),
}

impl Column {
    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Column::Number(values) => values.len(),
            Column::Category { codes, .. } => codes.len(),
            Column::Sparse(block) => block.rows(),
        }
    }

    /// Whether there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether the value of `row` (from 0) is missing.
    ///
    /// # Panics
    /// If `row` is not below [`Column::len`].
    #[must_use]
    pub fn is_missing(&self, row: usize) -> bool {
        match self {
            Column::Number(values) => values[row].is_nan(),
            Column::Category { codes, .. } => codes[row] == MISSING,
            Column::Sparse(_) => false,
        }
    }
}
