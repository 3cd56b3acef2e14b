//! Scores: X' g, the derivative of a sum over rows in the coefficients of a block.

use crate::Block;
use crate::scatter::Tables;
use loglik_num::{Lane, gemv_t};

/// Sum of a column in eight fixed lanes                                    `[n]`, n a multiple of 8.
pub(crate) fn lane_sum(column: &[f64]) -> f64 {
    let mut sum = Lane::splat(0.0);
    for lane in column.chunks_exact(8) {
        sum = sum + Lane::load(lane);
    }
    sum.sum()
}

impl Block {
    /// Adds `X' g` to `out`.
    ///
    /// * `g`      one number a row, 0 on padding                          `[n]`
    /// * `out`    added to                                                `[coefs]`
    /// * `tables` scratch
    pub fn add_score(&self, g: &[f64], out: &mut [f64], tables: &mut Tables) {
        match self {
            Self::Ones => out[0] += lane_sum(g),
            Self::Dense(x) => gemv_t(&x.data, x.stride, g, g.len(), out),
            Self::Levels(x) => x.sums(g, tables, |code, sum| out[code] += sum),
        }
    }
}
