//! Which rows of a table are used: one mask for all roles, and how many rows each column took away.

use std::collections::BTreeMap;
use std::ops::Range;

use loglik_expr::{Column, MISSING};
use loglik_num::{Kernel, LANE, Lane, dispatch};

use crate::parallel::in_order;
use crate::{DesignError, PART_ROWS, Table};

/// The rows used.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct UsedRows {
    /// One flag per row, where some row is not used                          `[n]`
    keep: Option<Vec<bool>>,
    /// Rows of the table.
    rows: usize,
    /// Rows that are not used because a value is missing.
    pub dropped: usize,
    /// For each column that has missing values, how many; a row may be counted for several columns.
    pub missing: Vec<(String, usize)>,
    /// Rows without missing values that have weight 0.
    pub weightless: usize,
    /// The greatest size of each column of numbers, infinite ones included.
    pub largest: BTreeMap<String, f64>,
}

impl UsedRows {
    /// Finds the rows in which no column is missing and whose weight is not 0.
    ///
    /// * `columns` the columns that the model uses in any role; those in which a missing value means something are
    ///   left out by the caller
    /// * `weights` the column of weights
    /// * `threads` at most
    ///
    /// # Errors
    /// [`DesignError::MissingColumn`].
    pub fn of(
        table: &Table,
        columns: &[String],
        weights: Option<&str>,
        threads: usize,
    ) -> Result<Self, DesignError> {
        let weights_too = weights.filter(|weights| !columns.iter().any(|column| column == weights));
        let names: Vec<&str> = columns.iter().map(String::as_str).chain(weights_too).collect();
        let find = |name: &&str| {
            table.column(name).ok_or_else(|| DesignError::MissingColumn { column: (*name).to_owned() })
        };
        let found = names.iter().map(find).collect::<Result<Vec<&Column>, _>>()?;
        let n = table.rows();
        let parts = n.div_ceil(PART_ROWS).max(1);
        let part = |at: usize| {
            let first = at % parts * PART_ROWS;
            Ok::<_, DesignError>(scan(found[at / parts], first..n.min(first + PART_ROWS)))
        };
        let scanned = in_order(found.len() * parts, threads, &part)?;
        let mut out = Self { rows: n, ..Self::default() };
        for ((name, column), scanned) in names.into_iter().zip(found).zip(scanned.chunks(parts)) {
            let count: usize = scanned.iter().map(|(missing, _)| missing).sum();
            if let Some(largest) = scanned.iter().filter_map(|(_, largest)| *largest).reduce(f64::max) {
                out.largest.insert(name.to_owned(), largest);
            }
            if count > 0 {
                let keep = out.keep.get_or_insert_with(|| vec![true; n]);
                keep.iter_mut().enumerate().for_each(|(row, keep)| *keep &= !column.is_missing(row));
                out.missing.push((name.to_owned(), count));
            }
        }
        out.dropped = out.keep.iter().flatten().filter(|keep| !**keep).count();
        if let Some(Column::Number(weights)) = weights.and_then(|name| table.column(name))
            && weights.contains(&0.0)
        {
            let keep = out.keep.get_or_insert_with(|| vec![true; n]);
            for (keep, weight) in keep.iter_mut().zip(weights) {
                let is_gone = *keep && *weight == 0.0;
                *keep &= !is_gone;
                out.weightless += usize::from(is_gone);
            }
        }
        Ok(out)
    }

    /// These rows of the table.
    #[must_use]
    pub fn of_table(&self, table: &Table) -> Table {
        self.keep.as_ref().map_or_else(|| table.clone(), |keep| table.filter(keep))
    }

    /// One flag per row                                                     `[n]`
    #[must_use]
    pub fn flags(self) -> Vec<bool> {
        self.keep.unwrap_or_else(|| vec![true; self.rows])
    }
}

/// How many values of some rows of a column are missing, and the greatest size of its numbers: one read for both.
fn scan(column: &Column, rows: Range<usize>) -> (usize, Option<f64>) {
    match column {
        Column::Number(values) => {
            let (missing, largest) = dispatch(NumberScan { values: &values[rows] });
            (missing, Some(largest))
        }
        Column::Category { codes, .. } => (codes[rows].iter().filter(|code| **code == MISSING).count(), None),
        Column::Sparse(_) => (0, None),
    }
}

/// The scan of a column of numbers.
struct NumberScan<'a> {
    values: &'a [f64],
}

impl Kernel for NumberScan<'_> {
    type Output = (usize, f64);

    #[inline(always)]
    fn run(self) -> (usize, f64) {
        let (mut missing, mut largest) = (Lane::ZERO, Lane::ZERO);
        let eights = self.values.chunks_exact(LANE);
        let rest = eights.remainder();
        for eight in eights {
            let x = Lane::load(eight);
            missing = missing + Lane::select(x.is_nan(), Lane::ONE, Lane::ZERO);
            // Where either is NaN the second of the two stays.
            largest = x.abs().max(largest);
        }
        let ends = rest.iter().filter(|x| x.is_nan()).count();
        let greatest = rest.iter().map(|x| x.abs()).chain(largest.0).fold(0.0, f64::max);
        (missing.sum() as usize + ends, greatest)
    }
}
