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
        if values.iter().any(|v| v.is_nan()) {
            values = Cow::Owned(values.iter().copied().filter(|v| !v.is_nan()).collect());
        }
        let n = values.len();
        // Large numbers that differ little: sums are of what is left of a value near them, and the mean is two doubles.
        let near = values.first().copied().unwrap_or(f64::NAN);
        let rest = sum_of(n, |i| values[i] - near) / n as f64;
        let mean = Dd::sum(near, rest);
        let from_mean = |i: usize| (values[i] - mean.hi) - mean.lo;
        let squares = sum_of(n, |i| from_mean(i) * from_mean(i));
        let products = sum_of(n.saturating_sub(1), |i| from_mean(i) * from_mean(i + 1));
        Some(Self {
            n,
            mean: Number(mean.hi),
            sd: Number((squares / (n as f64 - 1.0)).sqrt()),
            autocorrelation_lag1: Number(products / squares),
        })
    }
}

/// Sum of `of` over `0..n`, in eight strands.
fn sum_of(n: usize, of: impl Fn(usize) -> f64) -> f64 {
    let mut strands = [0.0; 8];
    (0..n).for_each(|i| strands[i % 8] += of(i));
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
