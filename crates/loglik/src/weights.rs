//! Weights, offsets and clusters: columns of the rows beside response and design, each checked once.

use crate::{Error, Exit, FitSpec, WeightKind};
use loglik_design::{Pieces, Table};
use loglik_expr::{Column, MISSING};

/// A numeric column in a role.
pub(crate) fn number_column<'a>(table: &'a Table, role: &str, name: &str) -> Result<&'a [f64], Error> {
    match table.column(name) {
        Some(Column::Number(values)) => Ok(values),
        Some(Column::Category { .. }) => {
            let message = format!("column `{name}` is text where {role} need numbers");
            Err(Error::data("type_mismatch", message).column(name))
        }
        Some(Column::Sparse(_)) => Err(Error::sparse(role, name)),
        None => Err(Error::unknown_column(role, name, table.names())),
    }
}

/// Weights of the rows that have none missing: finite, not negative, whole where they are frequencies.
pub(crate) fn check_weights(spec: &FitSpec, table: &Table) -> Result<(), Error> {
    let Some(name) = &spec.weights else { return Ok(()) };
    let values = number_column(table, "weights", name)?;
    let whole = spec.weight_kind == WeightKind::Frequency;
    let bad = |w: &f64| !w.is_nan() && (!w.is_finite() || *w < 0.0 || (whole && w.fract() != 0.0));
    match values.iter().position(bad) {
        None => Ok(()),
        Some(row) => {
            let allowed = if whole { "whole numbers 0, 1, 2, .." } else { "numbers 0 or above" };
            let message = format!("column `{name}`: {} is not a weight ({allowed})", values[row]);
            Err(Error::data("invalid_weight", message)
                .column(name)
                .value(values[row].to_string())
                .at(table, row)
                .remedy(format!("drop the row with --where \"{name} >= 0\", or mend the column")))
        }
    }
}

/// What is added to the main predictor: offset plus the log of the exposure.
pub(crate) fn offset(spec: &FitSpec, table: &Table) -> Result<Option<Vec<f64>>, Error> {
    let mut sum: Option<Vec<f64>> = None;
    if let Some(name) = &spec.offset {
        let values = number_column(table, "an offset", name)?;
        if let Some(row) = values.iter().position(|v| !v.is_finite()) {
            return Err(Error::data("invalid_offset", format!("column `{name}`: an offset must be finite"))
                .column(name)
                .value(values[row].to_string())
                .at(table, row));
        }
        sum = Some(values.to_vec());
    }
    if let Some(name) = &spec.exposure {
        let values = number_column(table, "an exposure", name)?;
        if let Some(row) = values.iter().position(|v| !(v.is_finite() && *v > 0.0)) {
            return Err(Error::data(
                "invalid_offset",
                format!("column `{name}`: an exposure must be above 0"),
            )
            .column(name)
            .value(values[row].to_string())
            .at(table, row)
            .remedy(format!("drop the row with --where \"{name} > 0\"")));
        }
        let mut logs = values.to_vec();
        loglik_num::log_all(&mut logs);
        if let Some(sum) = sum {
            logs.iter_mut().zip(sum).for_each(|(log, offset)| *log += offset);
        }
        sum = Some(logs);
    }
    Ok(sum)
}

/// The groups of one column, over all rows.
#[derive(Clone, Debug)]
pub(crate) enum Groups {
    /// By level in the order of first appearance; [`MISSING`] where no row has it.
    Levels(Vec<u32>, usize),
    /// Different numbers, ascending.
    Numbers(Vec<f64>),
}

impl Groups {
    /// The groups that rows are in.
    pub(crate) fn of(rows: &dyn Pieces, name: &str) -> Result<Self, Error> {
        let mut out = match rows.head().column(name) {
            None => return Err(Error::unknown_column("clusters", name, rows.names())),
            Some(Column::Category { levels, .. }) => Self::Levels(vec![MISSING; levels.len()], 0),
            Some(Column::Number(_)) => Self::Numbers(Vec::new()),
            Some(Column::Sparse(_)) => return Err(Error::sparse("clusters", name)),
        };
        rows.each(&[name], &mut |piece| {
            match (&mut out, piece.column(name)) {
                (Self::Levels(map, next), Some(Column::Category { codes, .. })) => {
                    for code in codes {
                        let to = &mut map[*code as usize];
                        if *to == MISSING {
                            *to = *next as u32;
                            *next += 1;
                        }
                    }
                }
                (Self::Numbers(known), Some(Column::Number(values))) => {
                    known.extend_from_slice(values);
                    known.sort_by(f64::total_cmp);
                    known.dedup();
                }
                _ => {}
            }
            Ok(())
        })?;
        Ok(out)
    }

    /// The group of each row of a table, and the number of groups.
    pub(crate) fn codes(&self, table: &Table, name: &str) -> (Vec<u32>, usize) {
        match (self, table.column(name)) {
            (Self::Levels(map, count), Some(Column::Category { codes, .. })) => {
                (codes.iter().map(|code| map[*code as usize]).collect(), *count)
            }
            (Self::Numbers(known), Some(Column::Number(values))) => {
                let place = |v: &f64| known.partition_point(|k| k < v) as u32;
                (values.iter().map(place).collect(), known.len())
            }
            _ => (Vec::new(), 0),
        }
    }
}

/// What orders rows in time: numbers, or levels in their order                `[n]`
fn times(table: &Table, name: &str) -> Result<Vec<f64>, Error> {
    match table.column(name) {
        None => Err(Error::unknown_column("--hac-order", name, table.names())),
        Some(Column::Number(values)) => Ok(values.clone()),
        Some(Column::Category { codes, .. }) => Ok(codes.iter().map(|c| f64::from(*c)).collect()),
        Some(Column::Sparse(_)) => Err(Error::sparse("--hac-order", name)),
    }
}

/// The time of each row; none may occur twice                                `[n]`
pub(crate) fn time(table: &Table, name: &str) -> Result<Vec<f64>, Error> {
    let values = times(table, name)?;
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    match order.windows(2).find(|pair| values[pair[0]] == values[pair[1]]) {
        None => Ok(values),
        Some(pair) => {
            let (first, second) = (pair[0].min(pair[1]), pair[0].max(pair[1]));
            Err(same_time(name, table.file_row(first)).at(table, second))
        }
    }
}

/// The error of a time that an earlier row, by its number in the file, has too.
fn same_time(name: &str, earlier: usize) -> Error {
    let message = format!(
        "column `{name}` has the time of data row {} once more: --se hac needs one row a time",
        earlier + 1
    );
    Error::request(message).column(name).remedy("for panels use --cluster COL")
}

/// Refuses rows of a stream whose times neither rise nor fall from each to the next: they cannot be put in order.
pub(crate) fn check_in_time(rows: &dyn Pieces, name: &str) -> Result<(), Error> {
    if !rows.names().iter().any(|n| n == name) {
        return Err(Error::unknown_column("--hac-order", name, rows.names()));
    }
    // Time and row of the file, of the row before; whether times fall.
    let (mut before, mut falling): (Option<(f64, usize)>, Option<bool>) = (None, None);
    let mut look = |piece: &Table| -> Result<(), Error> {
        for (row, time) in times(piece, name)?.into_iter().enumerate() {
            let Some((last, earlier)) = before.replace((time, piece.file_row(row))) else { continue };
            if time == last {
                return Err(same_time(name, earlier).at(piece, row));
            }
            if *falling.get_or_insert(time < last) != (time < last) {
                let message = format!(
                    "column `{name}` is not in order: over a stream --se hac takes rows as they come, and they \
                     have to come by time"
                );
                let error = Error::new("memory_limit", Exit::Resources, message).column(name);
                return Err(error.at(piece, row).remedy("sort the file by it, or leave out --memory"));
            }
        }
        Ok(())
    };
    let mut found = Ok(());
    let read = rows.each(&[name], &mut |piece| {
        if found.is_ok() {
            found = look(piece);
        }
        Ok(())
    });
    read.map_err(|error| Error::design(&error, rows.head()))?;
    found
}
