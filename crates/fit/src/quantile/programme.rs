//! The linear programme of a quantile: least sum of weighted check losses of `y - X beta`.

use loglik_likelihood::CheckLoss;
use loglik_num::{Dd, LANE, gemv, gemv_t, gram};

/// Rows times columns up to which sums of losses are taken in double-double.
pub(super) const SMALL: usize = 4_000_000;

/// Rows, columns first; padding has weight 0 and nothing in it.
pub(super) struct Programme {
    /// Rows that are data.
    pub(super) n: usize,
    /// The last of them that stand for many.
    pub(super) globs: usize,
    /// Columns.
    pub(super) p: usize,
    /// Padded rows, the distance between two columns.
    pub(super) stride: usize,
    /// Columns of X                                                         `[p][stride]`
    pub(super) x: Vec<f64>,
    /// Response                                                             `[stride]`
    pub(super) y: Vec<f64>,
    /// Weights, above 0 for data                                            `[stride]`
    pub(super) w: Vec<f64>,
    /// The loss of a residual.
    pub(super) loss: CheckLoss,
}

impl Programme {
    /// * `chunks` each its number of rows, then their columns, responses and weights `[..][1 + rows (p + 2)]`
    pub(super) fn new(chunks: &[f64], p: usize, loss: CheckLoss) -> Self {
        let mut sizes = Vec::new();
        let mut at = 0;
        while let Some(rows) = chunks.get(at) {
            sizes.push((at + 1, *rows as usize));
            at += 1 + *rows as usize * (p + 2);
        }
        let n = sizes.iter().map(|(_, rows)| rows).sum::<usize>();
        let stride = n.next_multiple_of(LANE);
        // Column after column, so that each number is written once.
        let column = |j: usize, out: &mut Vec<f64>| {
            for (at, rows) in &sizes {
                out.extend_from_slice(&chunks[at + j * rows..at + (j + 1) * rows]);
            }
            out.resize(out.len() + stride - n, 0.0);
        };
        let mut x = Vec::with_capacity(p * stride);
        (0..p).for_each(|j| column(j, &mut x));
        let (mut y, mut w) = (Vec::with_capacity(stride), Vec::with_capacity(stride));
        column(p, &mut y);
        column(p + 1, &mut w);
        Self { n, globs: 0, p, stride, x, y, w, loss }
    }

    /// The programme of some rows, in order, and of rows that stand for many.
    ///
    /// * `more` columns and response of each, with weight 1                  `[m][p + 1]`
    pub(super) fn some(&self, rows: impl Iterator<Item = usize>, more: &[Vec<f64>]) -> Self {
        let rows: Vec<usize> = rows.collect();
        let n = rows.len() + more.len();
        let stride = n.next_multiple_of(LANE);
        let pick = |column: &[f64], last: &dyn Fn(usize) -> f64| {
            let mut out: Vec<f64> = rows.iter().map(|r| column[*r]).collect();
            out.extend((0..more.len()).map(last));
            out.resize(stride, 0.0);
            out
        };
        let column = |j: usize| pick(&self.x[j * self.stride..(j + 1) * self.stride], &|m| more[m][j]);
        let x = (0..self.p).flat_map(column).collect();
        let y = pick(&self.y, &|m| more[m][self.p]);
        let w = pick(&self.w, &|_| 1.0);
        Self { n, globs: more.len(), p: self.p, stride, x, y, w, loss: self.loss }
    }

    /// One row for many on the same side: sums of their columns and of the response, by weight `[p + 1]`
    pub(super) fn glob(&self, rows: &[usize]) -> Vec<f64> {
        let sum = |column: &[f64]| rows.iter().map(|r| self.w[*r] * column[*r]).sum::<f64>();
        let columns = (0..self.p).map(|j| sum(&self.x[j * self.stride..(j + 1) * self.stride]));
        columns.chain([sum(&self.y)]).collect()
    }

    /// Adds some rows as [`Programme::new`] takes them.
    pub(super) fn write(&self, rows: &[usize], out: &mut Vec<f64>) {
        out.push(rows.len() as f64);
        let columns = self.x.chunks_exact(self.stride.max(1)).chain([self.y.as_slice(), &self.w]);
        columns.for_each(|column| out.extend(rows.iter().map(|r| column[*r])));
    }

    /// One number of row `r`.
    pub(super) fn at(&self, r: usize, j: usize) -> f64 {
        self.x[j * self.stride + r]
    }

    /// X beta                                                               `[stride]`
    pub(super) fn times(&self, beta: &[f64]) -> Vec<f64> {
        let mut eta = vec![0.0; self.stride];
        gemv(&self.x, self.stride, beta, self.stride, &mut eta);
        eta
    }

    /// y - X beta                                                           `[stride]`
    pub(super) fn residuals(&self, beta: &[f64]) -> Vec<f64> {
        let mut residuals = self.times(beta);
        residuals.iter_mut().zip(&self.y).for_each(|(r, y)| *r = y - *r);
        residuals
    }

    /// X' v                                                                 `[p]`
    pub(super) fn transposed(&self, v: &[f64]) -> Vec<f64> {
        let mut out = vec![0.0; self.p];
        gemv_t(&self.x, self.stride, v, self.stride, &mut out);
        out
    }

    /// X' diag(q) X, lower triangle                                          `[p, p]`
    pub(super) fn gram(&self, q: &[f64]) -> Vec<f64> {
        let (p, s) = (self.p, self.stride);
        let mut out = vec![0.0; p * p];
        gram(&self.x, s, p, &self.x, s, p, q, s, &mut out, p, true);
        out
    }

    /// Size of the terms of a row's residual at `beta`: what its rounding is measured by.
    pub(super) fn size(&self, r: usize, beta: &[f64]) -> f64 {
        beta.iter().enumerate().fold(self.y[r].abs(), |size, (j, b)| size + (self.at(r, j) * b).abs())
    }

    /// Greatest sizes of the columns and of the response                     `[p + 1]`
    pub(super) fn largest(&self) -> Vec<f64> {
        let largest = |column: &[f64]| column.iter().fold(0.0_f64, |m, x| m.max(x.abs()));
        self.x.chunks_exact(self.stride.max(1)).map(largest).chain([largest(&self.y)]).collect()
    }

    /// Sum of weights.
    pub(super) fn weight(&self) -> f64 {
        loglik_num::sum(&self.w)
    }

    /// Sum of weighted losses at coefficients in double-double; rows of `met` have none.
    pub(super) fn objective(&self, beta: &[Dd], met: &[usize]) -> Dd {
        self.loss_from(Dd::ZERO, beta, met, self.n.saturating_mul(self.p + 1) <= SMALL)
    }

    /// The same added to a sum, residuals in double-double too where they are to be `exact`.
    pub(super) fn loss_from(&self, sum: Dd, beta: &[Dd], met: &[usize], exact: bool) -> Dd {
        let mut is_met = vec![false; self.n];
        met.iter().for_each(|r| is_met[*r] = true);
        let plain: Vec<f64> = beta.iter().map(|b| b.hi).collect();
        let near = if exact { Vec::new() } else { self.residuals(&plain) };
        let loss = |r: usize| {
            if !exact {
                return Dd::product(self.loss.of(near[r]), self.w[r]);
            }
            let residual = self.residual(r, beta);
            let (side, size) = match residual.hi < 0.0 {
                true => (self.loss.below, -residual),
                false => (self.loss.above, residual),
            };
            size * side * self.w[r]
        };
        (0..self.n).filter(|r| !is_met[*r]).fold(sum, |sum, r| sum + loss(r))
    }

    /// Residual of one row in double-double.
    pub(super) fn residual(&self, r: usize, beta: &[Dd]) -> Dd {
        let start = Dd::sum(self.y[r], 0.0);
        beta.iter().enumerate().fold(start, |rest, (j, b)| rest - *b * self.at(r, j))
    }
}
