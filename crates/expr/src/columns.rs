//! What an expression may read: named columns, and which row of the file each row is. Nothing else.

use crate::column::Column;

/// Named columns of equal length.
pub trait Columns {
    /// Number of rows.
    fn rows(&self) -> usize;
    /// Names of the columns.
    fn names(&self) -> &[String];
    /// The column of this name.
    fn column(&self, name: &str) -> Option<&Column>;
    /// The row of the file, from 0, that row `row` is: what `row` and `repeat` count.
    fn file_row(&self, row: usize) -> usize;
}
