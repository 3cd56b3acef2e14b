//! A file larger than memory as a table that is read again and again, some rows at a time.
//!
//! One reading of the file decides what must be decided on the whole of it (kinds, levels and their order, lines) and
//! leaves the wanted columns decoded in a spool; after that any range of rows is a [`Table`] like the one that
//! [`Scan::read`](crate::Scan::read) gives, with the same levels, row numbers and lines.

mod rising;
mod spool;
mod stored;

use std::ops::Range;
use std::sync::Arc;

use loglik_design::{LineMap, Table};
use loglik_expr::Column;

pub use rising::{Rising, RisingRuns};
pub(crate) use spool::Filling;
use spool::Spool;
pub(crate) use stored::{Extents, Kept, Stored};

use crate::{DataError, DataNote};

/// Columns that were decoded once, to be read again in ranges of rows.
#[derive(Debug)]
pub struct Stream {
    file: String,
    rows: usize,
    columns: Vec<Stored>,
    lines: Arc<LineMap>,
    spool: Spool,
    notes: Vec<DataNote>,
    names: Vec<String>,
}

impl Stream {
    pub(crate) fn new(
        file: &str,
        rows: usize,
        columns: Vec<Stored>,
        lines: LineMap,
        spool: Spool,
        notes: Vec<DataNote>,
    ) -> Self {
        let names = columns.iter().map(|column| column.name.clone()).collect();
        Self { file: file.to_owned(), rows, columns, lines: Arc::new(lines), spool, notes, names }
    }

    /// Rows of the file.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Names of the columns, in the order of the file.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// What should be known about the data.
    #[must_use]
    pub fn notes(&self) -> &[DataNote] {
        &self.notes
    }

    /// Bytes of decoded columns in memory and in the temporary file.
    #[must_use]
    pub fn size(&self) -> (u64, u64) {
        (self.spool.in_memory(), self.spool.on_disk())
    }

    /// Some rows.
    ///
    /// * `rows`   row numbers of the file, from 0
    /// * `wanted` names of columns; those that are none of the stream are left out, all where nothing is said
    ///
    /// # Errors
    /// [`DataError::Unreadable`]: the temporary file cannot be read.
    pub fn table(&self, rows: Range<usize>, wanted: Option<&[String]>) -> Result<Table, DataError> {
        let is_wanted = |column: &&Stored| wanted.is_none_or(|wanted| wanted.contains(&column.name));
        let columns: Vec<(&str, Column)> = self
            .columns
            .iter()
            .filter(is_wanted)
            .map(|column| Ok((column.name.as_str(), column.read(&self.spool, rows.clone())?)))
            .collect::<std::io::Result<_>>()
            .map_err(|error| DataError::Unreadable { file: self.file.clone(), reason: error.to_string() })?;
        let table = Table::from_columns(columns)
            .expect("columns of a stream are equally long and of different names");
        Ok(table.with_rows(rows.len()).with_lines(Arc::clone(&self.lines)).starting_at(rows.start))
    }
}
