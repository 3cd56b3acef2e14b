//! Grams of pairs of blocks: A' diag(w) B. Categoricals are never expanded.
//!
//! Levels by themselves give a weighted count, two of them a two-way table, levels and dense columns group sums,
//! dense columns the tiled product of `num`. Sums run in a fixed order, so they do not depend on threads.

use crate::scatter::Tables;
use crate::score::lane_sum;
use crate::{Block, Dense, Levels};
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
/// * `w`      one weight a row, 0 on padding                              `[n]`
/// * `tables` scratch
pub fn add_gram(a: &Block, b: &Block, w: &[f64], lower: bool, out: &mut Target<'_>, tables: &mut Tables) {
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
        (Block::Ones, Block::Levels(x)) => x.sums(w, tables, |code, v| out.add(0, code, v)),
        (Block::Levels(x), Block::Ones) => x.sums(w, tables, |code, v| out.add(code, 0, v)),
        (Block::Dense(x), Block::Dense(y)) => {
            let n = w.len();
            let (stride, to) = (out.stride, &mut out.matrix[out.at..]);
            gram(&x.data, x.stride, x.cols, &y.data, y.stride, y.cols, w, n, to, stride, lower);
        }
        (Block::Dense(x), Block::Levels(y)) => group_sums(y, x, w, tables, |code, j, v| out.add(j, code, v)),
        (Block::Levels(x), Block::Dense(y)) => group_sums(x, y, w, tables, |code, j, v| out.add(code, j, v)),
        (Block::Sparse(_), _) | (_, Block::Sparse(_)) => by_entry(a, b, w, lower, out),
        // A row is in one level only: the table of a block with itself has a diagonal and nothing else.
        (Block::Levels(x), Block::Levels(y)) if lower => {
            let times = times(x, y);
            tables.by_code(&x.codes, x.coefs, |r| w[r] * times(r), |code, v| out.add(code, code, v));
        }
        (Block::Levels(x), Block::Levels(y)) => {
            let (stride, to) = (out.stride, &mut out.matrix[out.at..]);
            let (a, b) = ((x.codes.as_slice(), x.coefs), (y.codes.as_slice(), y.coefs));
            if x.times.is_none() && y.times.is_none() {
                tables.two_way(a, b, |r| w[r], to, stride);
            } else {
                let times = times(x, y);
                tables.two_way(a, b, |r| w[r] * times(r), to, stride);
            }
        }
    }
}

/// Entry by entry, for designs with so few columns that they have a matrix.
fn by_entry(a: &Block, b: &Block, w: &[f64], lower: bool, out: &mut Target<'_>) {
    for (r, w) in w.iter().enumerate().filter(|(_, w)| **w != 0.0) {
        a.each_entry(r, |i, x| {
            b.each_entry(r, |j, y| {
                if !lower || j <= i {
                    out.add(i, j, w * x * y)
                }
            })
        });
    }
}

/// What a row of one block times a row of another multiplies.
fn times<'a>(x: &'a Levels, y: &'a Levels) -> impl Fn(usize) -> f64 + 'a {
    let of = |levels: &'a Levels| move |r: usize| levels.times.as_ref().map_or(1.0, |t| t[r]);
    let (x, y) = (of(x), of(y));
    move |r| x(r) * y(r)
}

impl Levels {
    /// Hands the sum of `w x` of each coefficient to `each`.
    pub(crate) fn sums(&self, w: &[f64], tables: &mut Tables, each: impl FnMut(usize, f64)) {
        match &self.times {
            None => tables.by_code(&self.codes, self.coefs, |r| w[r], each),
            Some(x) => tables.by_code(&self.codes, self.coefs, |r| w[r] * x[r], each),
        }
    }
}

fn group_sums(
    levels: &Levels,
    dense: &Dense,
    w: &[f64],
    tables: &mut Tables,
    mut add: impl FnMut(usize, usize, f64),
) {
    for j in 0..dense.cols {
        let column = dense.col(j);
        let each = |code: usize, v: f64| add(code, j, v);
        match &levels.times {
            None => tables.by_code(&levels.codes, levels.coefs, |r| w[r] * column[r], each),
            Some(x) => tables.by_code(&levels.codes, levels.coefs, |r| w[r] * column[r] * x[r], each),
        }
    }
}
