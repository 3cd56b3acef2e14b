//! What a column of numbers is like before anything is fitted to it: its mean, spread and dependence on the row before.

use crate::Number;
use loglik_design::Table;
use loglik_expr::Column;
use loglik_infer::moments;
use loglik_num::{Dd, any_nan, decimal_rest};
use serde::Serialize;
use std::borrow::Cow;

/// A spread below this part of the level is looked at in decimals, which are dear to find: above it doubles keep 12 digits.
const NARROW: f64 = 1.0 / 4096.0;

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
    pub(crate) fn of(table: &Table, column: &str, threads: usize) -> Option<Self> {
        let Some(Column::Number(values)) = table.column(column) else { return None };
        let mut values = Cow::Borrowed(values.as_slice());
        let (mut mean, [mut squares, mut products]) = moments(&values, threads);
        if mean.hi.is_nan() && any_nan(&values) {
            values = Cow::Owned(values.iter().copied().filter(|v| !v.is_nan()).collect());
            (mean, [squares, products]) = moments(&values, threads);
        }
        let n = values.len();
        if (squares / n as f64).sqrt() < NARROW * mean.hi.abs() {
            // The decimals that the doubles stand for, less the first double: these are small, and lose nothing.
            let first = values[0];
            let beyond = |x: &f64| (Dd::sum(*x, -first) + decimal_rest(*x)).value();
            let beyond: Vec<f64> = values.iter().map(beyond).collect();
            (mean, [squares, products]) = moments(&beyond, threads);
            mean = mean + first;
        }
        Some(Self {
            n,
            mean: Number(mean.hi),
            sd: Number((squares / (n as f64 - 1.0)).sqrt()),
            autocorrelation_lag1: Number(products / squares),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_that_alternate_have_a_negative_correlation() {
        let of = |values: &[f64]| {
            let table = Table::from_columns([("x", Column::Number(values.to_vec()))]).expect("one column");
            Sample::of(&table, "x", 1).expect("numbers").autocorrelation_lag1.0
        };
        // Deviations -1, 0, 1: products 0 + 0, squares 2; of 1, 3, 1, 3 they are -3 over 4.
        assert_eq!(of(&[1.0, 2.0, 3.0]), 0.0);
        assert_eq!(of(&[1.0, 3.0, 1.0, 3.0]), -0.75);
    }

    #[test]
    fn tenths_about_a_million_millions_keep_their_spread() {
        let values: Vec<f64> = [3, 5, 4, 4, 3, 5].iter().map(|d| 1e12 + f64::from(*d) / 10.0).collect();
        let table = Table::from_columns([("x", Column::Number(values))]).expect("one column");
        // Deviations of a tenth in four of six: squares 0.04 over 5.
        let sd = Sample::of(&table, "x", 1).expect("numbers").sd.0;
        assert!((sd / 0.008_f64.sqrt() - 1.0).abs() < 1e-14, "{sd}");
    }
}
