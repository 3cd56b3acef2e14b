//! What a column of numbers is like before anything is fitted to it: its mean, spread and dependence on the row before.

use crate::Number;
use loglik_design::Table;
use loglik_expr::Column;
use loglik_num::Dd;
use serde::Serialize;
use std::borrow::Cow;

/// Moments of the values that are there, in the order of the rows.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Sample {
    /// Their number.
    pub n: usize,
    /// Mean.
    pub mean: Number,
    /// Standard deviation, divisor n - 1.
    pub sd: Number,
    /// Correlation of each value with the one before it, far from 0 where rows are not independent draws: sum of
    /// (x_i - mean) (x_(i + 1) - mean) over the sum of squares.
    pub autocorrelation_lag1: Number,
}

impl Sample {
    /// Of a column of numbers; `None` for text.
    pub(crate) fn of(table: &Table, column: &str) -> Option<Self> {
        let Some(Column::Number(values)) = table.column(column) else { return None };
        let mut values = Cow::Borrowed(values.as_slice());
        if values.iter().fold(false, |any, v| any | v.is_nan()) {
            values = Cow::Owned(values.iter().copied().filter(|v| !v.is_nan()).collect());
        }
        let n = values.len();
        // Large numbers that differ little: sums are of what is left of a value near them, and the mean is two doubles.
        let near = values.first().copied().unwrap_or(f64::NAN);
        let rest = sum_of(&values, &values, |x, _| x - near) / n as f64;
        let mean = Dd::sum(near, rest);
        let product = |x: f64, y: f64| ((x - mean.hi) - mean.lo) * ((y - mean.hi) - mean.lo);
        let squares = sum_of(&values, &values, product);
        let products = sum_of(&values, values.get(1..).unwrap_or(&[]), product);
        Some(Self {
            n,
            mean: Number(mean.hi),
            sd: Number((squares / (n as f64 - 1.0)).sqrt()),
            autocorrelation_lag1: Number(products / squares),
        })
    }
}

/// Sum of `of` over pairs of values, as many as both have, in eight strands.
fn sum_of(a: &[f64], b: &[f64], of: impl Fn(f64, f64) -> f64) -> f64 {
    const STRANDS: usize = 8;
    let n = a.len().min(b.len());
    let (a, b) = (a[..n].chunks_exact(STRANDS), b[..n].chunks_exact(STRANDS));
    let rest = a.remainder().iter().zip(b.remainder());
    let mut strands = [0.0; STRANDS];
    for (a, b) in a.zip(b) {
        (0..STRANDS).for_each(|i| strands[i] += of(a[i], b[i]));
    }
    rest.enumerate().for_each(|(i, (a, b))| strands[i] += of(*a, *b));
    strands.iter().sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_that_alternate_have_a_negative_correlation() {
        let of = |values: &[f64]| {
            let table = Table::from_columns([("x", Column::Number(values.to_vec()))]).expect("one column");
            Sample::of(&table, "x").expect("numbers").autocorrelation_lag1.0
        };
        // Deviations -1, 0, 1: products 0 + 0, squares 2; of 1, 3, 1, 3 they are -3 over 4.
        assert_eq!(of(&[1.0, 2.0, 3.0]), 0.0);
        assert_eq!(of(&[1.0, 3.0, 1.0, 3.0]), -0.75);
    }
}
