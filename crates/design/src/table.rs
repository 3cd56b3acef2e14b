//! Named columns of equal length: all rows of a source, or one part of a stream.
//!
//! A table made by [`Table::filter`] remembers which rows of the file it holds, so an error met much later still names the row and
//! the line that the user sees in an editor. Columns are behind [`Arc`]: selecting copies nothing.

use std::sync::Arc;

use loglik_expr::{Column, Columns, MISSING};

use crate::{LineMap, Numbers};

/// Why columns do not make a table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TableError {
    /// Two columns have the same name.
    #[error("two columns are called \"{0}\"")]
    DuplicateColumn(String),
    /// A column is shorter or longer than the first one.
    #[error("column \"{name}\" has {rows} rows, the first column has {expected}")]
    Length {
        /// The column.
        name: String,
        /// Its rows.
        rows: usize,
        /// Rows of the first column.
        expected: usize,
    },
    /// A name is not a column of the table.
    #[error("there is no column \"{0}\"")]
    UnknownColumn(String),
}

/// Which rows of the file a table holds.
#[derive(Debug, Clone, PartialEq)]
enum Origin {
    /// Consecutive rows from this one on.
    From(usize),
    /// These rows \[rows\].
    Picked(Arc<[usize]>),
}

/// Named columns of equal length.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    names: Vec<String>,
    columns: Vec<Arc<Column>>,
    rows: usize,
    origin: Origin,
    lines: Arc<LineMap>,
}

impl Table {
    /// A table of columns in memory; its rows count from 0 and have no lines.
    ///
    /// # Errors
    /// [`TableError::DuplicateColumn`], [`TableError::Length`].
    pub fn from_columns(
        columns: impl IntoIterator<Item = (impl Into<String>, Column)>,
    ) -> Result<Self, TableError> {
        let (names, columns): (Vec<String>, Vec<Column>) =
            columns.into_iter().map(|(name, column)| (name.into(), column)).unzip();
        let rows = columns.first().map_or(0, Column::len);
        for (i, name) in names.iter().enumerate() {
            if names[..i].contains(name) {
                return Err(TableError::DuplicateColumn(name.clone()));
            }
            if columns[i].len() != rows {
                return Err(TableError::Length {
                    name: name.clone(),
                    rows: columns[i].len(),
                    expected: rows,
                });
            }
        }
        let columns = columns.into_iter().map(Arc::new).collect();
        Ok(Self { names, columns, rows, origin: Origin::From(0), lines: Arc::default() })
    }

    /// The same table, its rows standing on the lines of a text file.
    #[must_use]
    pub fn with_lines(mut self, lines: Arc<LineMap>) -> Self {
        self.lines = lines;
        self
    }

    /// The same table, its first row being row `row` (from 0) of the file: one part of a stream.
    #[must_use]
    pub fn starting_at(mut self, row: usize) -> Self {
        self.origin = Origin::From(row);
        self
    }

    /// A table of `rows` rows and no columns, for a formula that names none.
    #[must_use]
    pub fn with_rows(mut self, rows: usize) -> Self {
        if self.columns.is_empty() {
            self.rows = rows;
        }
        self
    }

    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Column names, in the order of the source.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Columns, in the order of [`Table::names`].
    pub fn columns(&self) -> impl ExactSizeIterator<Item = &Column> {
        self.columns.iter().map(Arc::as_ref)
    }

    /// The column of this name.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.names.iter().position(|n| n == name).map(|i| self.columns[i].as_ref())
    }

    /// The column of numbers of this name, shared with whoever keeps it.
    #[must_use]
    pub fn shared(&self, name: &str) -> Option<Numbers<'static>> {
        let column = &self.columns[self.names.iter().position(|n| n == name)?];
        matches!(column.as_ref(), Column::Number(_)).then(|| Numbers::Shared(Arc::clone(column)))
    }

    /// The row of the file (from 0) that row `row` of this table is.
    ///
    /// # Panics
    /// If `row` is not below [`Table::rows`].
    #[must_use]
    pub fn file_row(&self, row: usize) -> usize {
        match &self.origin {
            Origin::From(first) => first + row,
            Origin::Picked(rows) => rows[row],
        }
    }

    /// The line of the file (from 1) on which row `row` of this table begins; `None` for sources without lines.
    #[must_use]
    pub fn line(&self, row: usize) -> Option<u64> {
        self.lines.line(self.file_row(row) as u64)
    }

    /// These columns, in this order.
    ///
    /// # Errors
    /// [`TableError::UnknownColumn`], [`TableError::DuplicateColumn`].
    pub fn select<S: AsRef<str>>(&self, names: &[S]) -> Result<Self, TableError> {
        let mut selected = Self { names: Vec::new(), columns: Vec::new(), ..self.clone() };
        for name in names.iter().map(AsRef::as_ref) {
            let Some(i) = self.names.iter().position(|n| n == name) else {
                return Err(TableError::UnknownColumn(name.to_owned()));
            };
            if selected.names.iter().any(|n| n == name) {
                return Err(TableError::DuplicateColumn(name.to_owned()));
            }
            selected.names.push(name.to_owned());
            selected.columns.push(Arc::clone(&self.columns[i]));
        }
        Ok(selected)
    }

    /// The rows where `keep` is true; they keep their row numbers and lines. Levels stay as they are.
    ///
    /// * `keep` one flag per row \[rows\]
    ///
    /// # Panics
    /// If `keep` has another length than the table.
    #[must_use]
    pub fn filter(&self, keep: &[bool]) -> Self {
        assert_eq!(keep.len(), self.rows, "one flag per row");
        if keep.iter().all(|&k| k) {
            return self.clone();
        }
        let picked: Vec<usize> = (0..self.rows).filter(|&row| keep[row]).collect();
        let columns = self.columns.iter().map(|column| Arc::new(pick(column, &picked))).collect();
        let origin = Origin::Picked(picked.iter().map(|&row| self.file_row(row)).collect());
        Self {
            names: self.names.clone(),
            columns,
            rows: picked.len(),
            origin,
            lines: Arc::clone(&self.lines),
        }
    }

    /// How many rows use each level of a categorical column \[levels\]; `None` for a numeric or unknown column.
    #[must_use]
    pub fn level_counts(&self, name: &str) -> Option<Vec<u64>> {
        let Column::Category { codes, levels, .. } = self.column(name)? else { return None };
        let mut counts = vec![0; levels.len()];
        for &code in codes.iter().filter(|&&code| code != MISSING) {
            counts[code as usize] += 1;
        }
        Some(counts)
    }
}

impl Columns for Table {
    fn rows(&self) -> usize {
        self.rows
    }
    fn names(&self) -> &[String] {
        &self.names
    }
    fn column(&self, name: &str) -> Option<&Column> {
        Table::column(self, name)
    }
    fn file_row(&self, row: usize) -> usize {
        Table::file_row(self, row)
    }
}

fn pick(column: &Column, rows: &[usize]) -> Column {
    match column {
        Column::Number(values) => Column::Number(rows.iter().map(|&row| values[row]).collect()),
        Column::Category { codes, levels, ordered } => Column::Category {
            codes: rows.iter().map(|&row| codes[row]).collect(),
            levels: Arc::clone(levels),
            ordered: *ordered,
        },
        Column::Sparse(block) => Column::Sparse(block.pick(rows.iter().copied())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let region = Column::Category {
            codes: vec![1, MISSING, 0, 1],
            levels: ["north", "south"].map(str::to_owned).into(),
            ordered: false,
        };
        let x = Column::Number(vec![1.0, 2.0, f64::NAN, 4.0]);
        Table::from_columns([("x", x), ("region", region)])
            .expect("two columns of four rows")
            .with_lines(Arc::new(LineMap::from_line(2)))
    }

    #[test]
    fn rows_kept_twice_by_filters_still_know_their_line_in_the_file() {
        let twice = table().filter(&[false, true, true, true]).filter(&[false, false, true]);
        assert_eq!((twice.rows(), twice.file_row(0), twice.line(0)), (1, 3, Some(5)));
        assert_eq!(twice.column("x"), Some(&Column::Number(vec![4.0])));
        assert_eq!(twice.level_counts("region"), Some(vec![0, 1]));
    }

    #[test]
    fn a_part_of_a_stream_counts_rows_from_its_first() {
        assert_eq!(table().starting_at(65_536).filter(&[false, false, false, true]).file_row(0), 65_539);
    }

    #[test]
    fn a_name_may_not_be_there_twice_and_columns_are_equally_long() {
        let x = || Column::Number(vec![1.0]);
        assert_eq!(
            Table::from_columns([("x", x()), ("x", x())]),
            Err(TableError::DuplicateColumn("x".into()))
        );
        let long = Column::Number(vec![1.0, 2.0]);
        let error = TableError::Length { name: "z".into(), rows: 2, expected: 1 };
        assert_eq!(Table::from_columns([("x", x()), ("z", long)]), Err(error));
    }

    #[test]
    fn selected_columns_come_in_the_order_asked_for() {
        let selected = table().select(&["region", "x"]).expect("both are there");
        assert_eq!(selected.names(), ["region", "x"]);
        assert_eq!(table().select(&["y"]), Err(TableError::UnknownColumn("y".into())));
    }
}
