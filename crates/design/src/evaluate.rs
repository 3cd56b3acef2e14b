//! Variables over some rows of a table: borrowed where they are columns, evaluated where they are expressions.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use loglik_expr::{Column, Columns, Kind, Sparse, Tree, evaluate};

use crate::values::Values;
use crate::variable::Variable;
use crate::{DesignError, Table};

/// Some rows of a column.
#[derive(Clone, Debug)]
pub(crate) enum Slice<'a> {
    /// Numbers \[n\].
    Number(Cow<'a, [f64]>),
    /// Codes \[n\] and the levels that they stand for.
    Category(Cow<'a, [u32]>, Arc<[String]>),
    /// A block of sparse columns, all its rows, and which of them comes first.
    Sparse(&'a Sparse, usize),
}

/// The value of a variable in all rows.
///
/// # Errors
/// [`DesignError::Evaluation`], [`DesignError::MissingColumn`].
pub(crate) fn column<'a>(variable: &Variable, table: &'a Table) -> Result<Cow<'a, Column>, DesignError> {
    if let Some(column) = plain(variable.value(), table) {
        return Ok(Cow::Borrowed(column));
    }
    value(variable, table).map(Cow::Owned)
}

/// The value of a variable in some rows.
///
/// # Errors
/// As [`column`]; an infinite number in a column that the expression reads, with its row in `rows`.
pub(crate) fn slice<'a>(
    variable: &Variable,
    table: &'a Table,
    rows: &Range<usize>,
) -> Result<Slice<'a>, DesignError> {
    if let Some(column) = plain(variable.value(), table) {
        return Ok(match column {
            Column::Number(values) => Slice::Number(Cow::Borrowed(&values[rows.clone()])),
            Column::Category { codes, levels, .. } => {
                Slice::Category(Cow::Borrowed(&codes[rows.clone()]), Arc::clone(levels))
            }
            Column::Sparse(block) => Slice::Sparse(block, rows.start),
        });
    }
    let some = Part::new(variable.value(), table, rows.clone());
    for (name, column) in some.names.iter().zip(&some.columns) {
        if let Column::Number(values) = column {
            refuse_infinite(name, values)?;
        }
    }
    Ok(match value(variable, &some)? {
        Column::Number(values) => Slice::Number(Cow::Owned(values)),
        Column::Category { codes, levels, .. } => Slice::Category(Cow::Owned(codes), levels),
        Column::Sparse(_) => return Err(DesignError::SparseTerm { column: variable.name().to_owned() }),
    })
}

/// Whether some column that the variable reads is missing in `row`.
pub(crate) fn reads_missing(variable: &Variable, table: &Table, row: usize) -> bool {
    let is_missing = |name: &&str| table.column(name).is_some_and(|column| column.is_missing(row));
    variable.value().names().iter().any(is_missing)
}

/// Refuses infinite numbers.
///
/// # Errors
/// [`DesignError::NonFinite`] with the first row.
pub(crate) fn refuse_infinite(name: &str, values: &[f64]) -> Result<(), DesignError> {
    match values.iter().position(|value| value.is_infinite()) {
        Some(row) => Err(DesignError::NonFinite { column: name.to_owned(), row, value: values[row] }),
        None => Ok(()),
    }
}

/// Some rows of a variable that is a plain column, read where they lie.
pub(crate) fn plain_rows<'a>(variable: &Variable, table: &'a Table, rows: &Range<usize>) -> Values<'a> {
    match plain(variable.value(), table) {
        Some(Column::Number(values)) => Values::Number(Cow::Borrowed(&values[rows.clone()])),
        Some(Column::Sparse(block)) => Values::Sparse(block, rows.start),
        _ => Values::Number(Cow::Borrowed(&[])),
    }
}

/// The column that a variable is, where it is one.
pub(crate) fn plain_name(variable: &Variable) -> Option<&str> {
    match &variable.value().kind {
        Kind::Name(name) => Some(name),
        _ => None,
    }
}

fn plain<'a>(tree: &Tree, table: &'a Table) -> Option<&'a Column> {
    match &tree.kind {
        Kind::Name(name) => table.column(name),
        _ => None,
    }
}

fn value(variable: &Variable, columns: &dyn Columns) -> Result<Column, DesignError> {
    if let Kind::Name(name) = &variable.value().kind
        && name != "row"
    {
        return Err(DesignError::MissingColumn { column: name.clone() });
    }
    evaluate(variable.value(), columns)
        .map_err(|error| DesignError::Evaluation { text: variable.source.to_string(), error })
}

/// Some rows of the columns that one expression reads.
struct Part<'a> {
    table: &'a Table,
    rows: Range<usize>,
    names: Vec<String>,
    columns: Vec<Column>,
}

impl<'a> Part<'a> {
    fn new(tree: &Tree, table: &'a Table, rows: Range<usize>) -> Self {
        let (mut names, mut columns) = (Vec::new(), Vec::new());
        for name in tree.names() {
            let Some(column) = table.column(name) else { continue };
            names.push(name.to_owned());
            columns.push(match column {
                Column::Number(values) => Column::Number(values[rows.clone()].to_vec()),
                Column::Category { codes, levels, ordered } => Column::Category {
                    codes: codes[rows.clone()].to_vec(),
                    levels: Arc::clone(levels),
                    ordered: *ordered,
                },
                Column::Sparse(block) => Column::Sparse(block.pick(rows.clone())),
            });
        }
        Self { table, rows, names, columns }
    }
}

impl Columns for Part<'_> {
    fn rows(&self) -> usize {
        self.rows.len()
    }

    fn names(&self) -> &[String] {
        &self.names
    }

    fn column(&self, name: &str) -> Option<&Column> {
        self.names.iter().position(|other| other == name).map(|i| &self.columns[i])
    }

    fn file_row(&self, row: usize) -> usize {
        self.table.file_row(self.rows.start + row)
    }
}
