//! A column of numbers beside the design: made for it, borrowed, or the very column of a table.

use std::ops::Deref;
use std::sync::Arc;

use loglik_expr::Column;

/// Numbers, one a row.
#[derive(Clone, Debug, PartialEq)]
pub enum Numbers<'a> {
    /// Borrowed from whoever has them.
    Borrowed(&'a [f64]),
    /// Made for this.
    Owned(Vec<f64>),
    /// A column of a table, read where it lies.
    Shared(Arc<Column>),
}

impl Numbers<'_> {
    /// The numbers, to be changed: copied where they are not one's own.
    pub fn to_mut(&mut self) -> &mut Vec<f64> {
        if !matches!(self, Self::Owned(_)) {
            *self = Self::Owned(self.to_vec());
        }
        match self {
            Self::Owned(values) => values,
            _ => unreachable!("they were just made one's own"),
        }
    }
}

impl Deref for Numbers<'_> {
    type Target = [f64];

    fn deref(&self) -> &[f64] {
        match self {
            Self::Borrowed(values) => values,
            Self::Owned(values) => values,
            Self::Shared(column) => match column.as_ref() {
                Column::Number(values) => values,
                // `Table::shared` gives no other column away.
                Column::Category { .. } | Column::Sparse(_) => &[],
            },
        }
    }
}

impl From<Vec<f64>> for Numbers<'_> {
    fn from(values: Vec<f64>) -> Self {
        Self::Owned(values)
    }
}
