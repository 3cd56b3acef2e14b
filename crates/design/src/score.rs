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
    /// Adds `sum w x^2` of each column to `out`.
    ///
    /// * `w`   one weight a row, 0 on padding                             `[n]`
    /// * `out` added to                                                   `[coefs]`
    pub fn add_squares(&self, w: &[f64], out: &mut [f64]) {
        match self {
            Self::Ones => out[0] += lane_sum(w),
            Self::Dense(x) => {
                for (j, out) in out.iter_mut().enumerate() {
                    *out += x.col(j).iter().zip(w).map(|(x, w)| w * x * x).sum::<f64>();
                }
            }
            Self::Levels(_) | Self::Sparse(_) => {
                for (r, w) in w.iter().enumerate().filter(|(_, w)| **w != 0.0) {
                    self.each_entry(r, |j, x| out[j] += w * x * x);
                }
            }
        }
    }

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
            Self::Sparse(x) => {
                for (r, g) in g.iter().enumerate().filter(|(_, g)| **g != 0.0) {
                    let (index, value) = x.row(r);
                    index.iter().zip(value).for_each(|(j, v)| out[*j as usize] += g * v);
                }
            }
        }
    }
}
