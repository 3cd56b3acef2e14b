//! Grams of pairs of blocks: A' diag(w) B. Categoricals are never expanded.
//!
//! Levels by themselves give a weighted count, two of them a two-way table, levels and dense columns group sums,
//! dense columns the tiled product of `num`. Sums run in row order, so they do not depend on threads.

use crate::score::lane_sum;
use crate::{Block, Dense, Levels, NO_COEF};
use loglik_num::{gemv_t, gram};

/// Where a Gram goes: entry (i, j) of the pair is added at `at + i * stride + j`.
pub struct Target<'a> {
    /// The matrix, by rows.
    pub matrix: &'a mut [f64],
    /// Length of its rows.
    pub stride: usize,
    /// Index of entry (0, 0) of the pair.
    pub at: usize,
}

impl Target<'_> {
    fn add(&mut self, i: usize, j: usize, value: f64) {
        self.matrix[self.at + i * self.stride + j] += value;
    }
}

/// Adds `A' diag(w) B`; with `lower` (A and B the same block) only entries j <= i.
///
/// * `w`       one weight a row, 0 on padding                             `[n]`
/// * `scratch` a buffer of at least n                                     `[n]`
pub fn add_gram(a: &Block, b: &Block, w: &[f64], lower: bool, out: &mut Target<'_>, scratch: &mut [f64]) {
    match (a, b) {
        (Block::Ones, Block::Ones) => out.add(0, 0, lane_sum(w)),
        (Block::Ones, Block::Dense(x)) => {
            let row = &mut out.matrix[out.at..out.at + x.cols];
            gemv_t(&x.data, x.stride, w, w.len(), row);
        }
        (Block::Dense(x), Block::Ones) => {
            let mut column = vec![0.0; x.cols];
            gemv_t(&x.data, x.stride, w, w.len(), &mut column);
            column.iter().enumerate().for_each(|(i, v)| out.add(i, 0, *v));
        }
        (Block::Ones, Block::Levels(x)) => x.each(w, |code, v| out.add(0, code, v)),
        (Block::Levels(x), Block::Ones) => x.each(w, |code, v| out.add(code, 0, v)),
        (Block::Dense(x), Block::Dense(y)) => {
            let n = w.len();
            let (stride, to) = (out.stride, &mut out.matrix[out.at..]);
            gram(&x.data, x.stride, x.cols, &y.data, y.stride, y.cols, w, n, to, stride, lower);
        }
        (Block::Dense(x), Block::Levels(y)) => group_sums(y, x, w, scratch, |code, j, v| out.add(j, code, v)),
        (Block::Levels(x), Block::Dense(y)) => group_sums(x, y, w, scratch, |code, j, v| out.add(code, j, v)),
        (Block::Levels(x), Block::Levels(y)) => two_way(x, y, w, lower, out),
    }
}

impl Levels {
    /// Calls `each(coefficient, w x)` for every row that has a coefficient.
    fn each(&self, w: &[f64], mut each: impl FnMut(usize, f64)) {
        for (r, &code) in self.codes.iter().enumerate() {
            if code != NO_COEF {
                each(code as usize, w[r] * self.times.as_ref().map_or(1.0, |t| t[r]));
            }
        }
    }
}

fn group_sums(
    levels: &Levels,
    dense: &Dense,
    w: &[f64],
    scratch: &mut [f64],
    mut add: impl FnMut(usize, usize, f64),
) {
    for j in 0..dense.cols {
        for ((s, w), x) in scratch.iter_mut().zip(w).zip(dense.col(j)) {
            *s = w * x;
        }
        levels.each(&scratch[..w.len()], |code, v| add(code, j, v));
    }
}

fn two_way(x: &Levels, y: &Levels, w: &[f64], lower: bool, out: &mut Target<'_>) {
    if let (None, None, false) = (&x.times, &y.times, lower) {
        for ((&a, &b), &w) in x.codes.iter().zip(&y.codes).zip(w) {
            if a != NO_COEF && b != NO_COEF {
                out.matrix[out.at + a as usize * out.stride + b as usize] += w;
            }
        }
        return;
    }
    for (r, (&a, &b)) in x.codes.iter().zip(&y.codes).enumerate() {
        if a != NO_COEF && b != NO_COEF {
            let times = x.times.as_ref().map_or(1.0, |t| t[r]) * y.times.as_ref().map_or(1.0, |t| t[r]);
            out.add(a as usize, b as usize, w[r] * times);
        }
    }
}
