//! Scores: X' g, the derivative of a sum over rows in the coefficients of a block.

use crate::{Block, Levels, NO_COEF};
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
    /// * `g`   one number a row, 0 on padding                             `[n]`
    /// * `out` added to                                                   `[coefs]`
    pub fn add_score(&self, g: &[f64], out: &mut [f64]) {
        match self {
            Self::Ones => out[0] += lane_sum(g),
            Self::Dense(x) => gemv_t(&x.data, x.stride, g, g.len(), out),
            Self::Levels(x) => x.add_score(g, out),
        }
    }
}

impl Levels {
    fn add_score(&self, g: &[f64], out: &mut [f64]) {
        match &self.times {
            None => {
                for (&g, &code) in g.iter().zip(&self.codes) {
                    if code != NO_COEF {
                        out[code as usize] += g;
                    }
                }
            }
            Some(times) => {
                for ((&g, &code), x) in g.iter().zip(&self.codes).zip(times) {
                    if code != NO_COEF {
                        out[code as usize] += g * x;
                    }
                }
            }
        }
    }
}
