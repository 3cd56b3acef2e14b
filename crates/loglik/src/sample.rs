//! What a column of numbers is like before anything is fitted to it: its mean, spread and dependence on the row before.

use crate::Number;
use loglik_design::Table;
use loglik_expr::Column;
use loglik_num::Dd;
use serde::Serialize;

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
        let values: Vec<f64> = values.iter().copied().filter(|v| !v.is_nan()).collect();
        let n = values.len();
        let mean = loglik_num::sum_dd(&values) / Dd::sum(n as f64, 0.0);
        // The mean of large numbers that differ little is needed to more than double precision.
        let from_mean: Vec<f64> = values.iter().map(|v| (Dd::sum(*v, 0.0) - mean).hi).collect();
        let squares: f64 = from_mean.iter().map(|d| d * d).sum();
        let products: f64 = from_mean.windows(2).map(|pair| pair[0] * pair[1]).sum();
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
            Sample::of(&table, "x").expect("numbers").autocorrelation_lag1.0
        };
        // Deviations -1, 0, 1: products 0 + 0, squares 2; of 1, 3, 1, 3 they are -3 over 4.
        assert_eq!(of(&[1.0, 2.0, 3.0]), 0.0);
        assert_eq!(of(&[1.0, 3.0, 1.0, 3.0]), -0.75);
    }
}
