//! Which columns a fit reads, and which rows it uses.
//!
//! One mask drops rows with a missing value in any role; everything after it sees the same rows.

use crate::own::OwnText;
use crate::{Error, Exit, FitSpec, Missing, weights};
use loglik_design::{Formula, Table, UsedRows};
use loglik_expr::{condition, parse_expression_over};
use std::collections::BTreeMap;

/// Rows used and dropped.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct RowCounts {
    pub(crate) dropped: usize,
    pub(crate) by_column: BTreeMap<String, usize>,
    pub(crate) weight_sum: f64,
    /// Greatest sizes of the columns of numbers.
    pub(crate) largest: BTreeMap<String, f64>,
    /// Sum of the weights times the trials, or counts, of each row.
    pub(crate) units: f64,
}

impl RowCounts {
    /// Adds what was dropped of later rows.
    pub(crate) fn add(&mut self, later: &Self) {
        self.dropped += later.dropped;
        self.weight_sum += later.weight_sum;
        for (column, largest) in &later.largest {
            let so_far = self.largest.entry(column.clone()).or_insert(0.0);
            *so_far = so_far.max(*largest);
        }
        for (column, count) in &later.by_column {
            *self.by_column.entry(column.clone()).or_insert(0) += count;
        }
    }

    /// An error where no row is left to fit.
    pub(crate) fn refuse_none(&self, used: usize) -> Result<(), Error> {
        if used > 0 {
            return Ok(());
        }
        let message = format!("no row is left to fit: {} were dropped for missing values", self.dropped);
        Err(Error::data("empty_data", message))
    }
}

/// Columns of a table with these names that a fit reads.
///
/// # Errors
/// A formula that is not in the grammar, or a name that is no column.
pub fn needed_columns(spec: &FitSpec, names: &[String]) -> Result<Vec<String>, Error> {
    let own = OwnText::of(spec)?;
    let mut needed = match &own {
        Some(own) => {
            let read = own.columns(names)?;
            // `.` of a predictor is every column that the text does not use otherwise.
            let excluded: Vec<String> = excluded(spec).into_iter().chain(read.iter().cloned()).collect();
            let mut needed = own.formula.columns(names, &excluded)?;
            needed.extend(read.into_iter().filter(|name| !needed.contains(name)).collect::<Vec<_>>());
            needed
        }
        None => Formula::parse(&spec.formula)?.columns(names, &excluded(spec))?,
    };
    let mut add = |role: &str, name: &str| {
        if !names.iter().any(|n| n == name) {
            return Err(Error::unknown_column(role, name, names));
        }
        if !needed.iter().any(|n| n == name) {
            needed.push(name.to_owned());
        }
        Ok(())
    };
    if let Some(name) = &spec.weights {
        add("weights", name)?;
    }
    if let Some(name) = &spec.offset {
        add("an offset", name)?;
    }
    if let Some(name) = &spec.exposure {
        add("an exposure", name)?;
    }
    for name in &spec.cluster {
        add("clusters", name)?;
    }
    if let Some(name) = &spec.hac_order {
        add("--hac-order", name)?;
    }
    if let Some(filter) = &spec.filter {
        let tree = filter_tree(filter, names)?;
        for name in tree.names().iter().filter(|n| names.iter().any(|c| c == *n)) {
            add("--where", name)?;
        }
    }
    Ok(needed)
}

pub(crate) fn filter_tree(filter: &str, names: &[String]) -> Result<loglik_expr::Tree, Error> {
    parse_expression_over(filter, names)
        .map_err(|error| Error::new(error.id(), Exit::Request, error.pointed(filter)))
}

/// Columns that `.` leaves out.
pub(crate) fn excluded(spec: &FitSpec) -> Vec<String> {
    let single = [&spec.weights, &spec.offset, &spec.exposure];
    single.into_iter().flatten().chain(&spec.cluster).cloned().collect()
}

/// The rows used, and what was dropped; an error where none is left.
///
/// * `open` columns whose missing values the model asks about
pub(crate) fn used_rows(spec: &FitSpec, open: &[String], table: &Table) -> Result<(Table, RowCounts), Error> {
    let (table, rows) = rows_kept(spec, open, table)?;
    rows.refuse_none(table.rows())?;
    Ok((table, rows))
}

/// The rows of a table, or of a piece of a stream, that are used, and what was dropped.
pub(crate) fn rows_kept(spec: &FitSpec, open: &[String], table: &Table) -> Result<(Table, RowCounts), Error> {
    let mut table = table.clone();
    if let Some(filter) = &spec.filter {
        let tree = filter_tree(filter, table.names())?;
        let keep = condition(&tree, &table)
            .map_err(|error| Error::new(error.id(), Exit::Request, error.pointed(filter)))?;
        table = table.filter(&keep);
    }
    weights::check_weights(spec, &table)?;
    let needed = needed_columns(spec, table.names())?;
    let in_filter_only = |name: &String| {
        let bare = FitSpec { filter: None, ..spec.clone() };
        spec.filter.is_some() && needed_columns(&bare, table.names()).is_ok_and(|n| !n.contains(name))
    };
    let columns: Vec<String> =
        needed.iter().filter(|n| !open.contains(n) && !in_filter_only(n)).cloned().collect();
    let used = UsedRows::of(&table, &columns, spec.weights.as_deref(), spec.threads())?;
    if used.dropped > 0 && spec.missing == Missing::Error {
        let (column, count) = used.missing.first().cloned().unwrap_or_default();
        let row = (0..table.rows()).find(|r| table.column(&column).is_some_and(|c| c.is_missing(*r)));
        let message = format!("column `{column}` is missing in {count} rows");
        let error = Error::data("missing_column", message)
            .column(column)
            .remedy("use --missing drop, or fill the cells");
        return Err(row.map_or(error.clone(), |row| error.at(&table, row)));
    }
    let table = used.of_table(&table);
    let rows = RowCounts {
        dropped: used.dropped,
        by_column: used.missing.into_iter().collect(),
        weight_sum: table.rows() as f64,
        largest: used.largest,
        units: table.rows() as f64,
    };
    Ok((table, rows))
}
