//! A class, or counts of each class, as response: what softmax and the ordinal models share.

use crate::{Columns, Violation};
use loglik_num::{Lane, is_whole, log};

/// Whether every response is one of `classes` codes, or every count is one.
///
/// # Errors
/// The first value that is not.
pub(crate) fn admits(y: Columns<'_>, classes: usize, counts: bool) -> Result<(), Violation> {
    let allowed = if counts { "counts 0, 1, 2, .." } else { "one of the classes" };
    let is_allowed = |v: f64| match counts {
        true => v >= 0.0 && v.is_finite(),
        false => (v >= 0.0) & is_whole(v) & (v < classes as f64),
    };
    for (column, values) in y.iter().enumerate() {
        if let Some(row) = values.iter().position(|&v| !is_allowed(v)) {
            return Err(Violation { row, column, value: values[row], allowed, not_integer: false });
        }
    }
    Ok(())
}

/// The classes of one row that were seen.
pub(crate) fn seen(y: &[f64], counts: bool) -> Vec<usize> {
    match counts {
        true => (0..y.len()).filter(|class| y[*class] > 0.0).collect(),
        false => vec![y[0] as usize],
    }
}

/// log n! - sum log y_k! of one row of counts.
pub(crate) fn log_coefficient(counts: &[f64]) -> f64 {
    let log_factorial = |n: f64| Lane::splat(n).log_factorial().0[0];
    log_factorial(counts.iter().sum()) - counts.iter().map(|&y| log_factorial(y)).sum::<f64>()
}

/// Adds the coefficient to each row's log density; it has no derivatives.
pub(crate) fn add_coefficients(y: Columns<'_>, l: &mut [f64]) {
    let mut row = vec![0.0; y.len()];
    for (i, l) in l.iter_mut().enumerate() {
        row.iter_mut().zip(y).for_each(|(value, column)| *value = column[i]);
        *l += log_coefficient(&row);
    }
}

/// Log density at the row's own shares.
pub(crate) fn saturated(counts: &[f64]) -> f64 {
    let total: f64 = counts.iter().sum();
    let seen = counts.iter().filter(|&&y| y > 0.0);
    log_coefficient(counts) + seen.map(|y| y * log(y / total)).sum::<f64>()
}
