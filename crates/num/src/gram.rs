//! The three dense loops over a chunk: X' W Y, X beta and X' g, columns first.
//!
//! Column `j` of a matrix starts at `j * stride`; `n` is a multiple of 8. Every sum runs in eight fixed lanes down the
//! rows and is folded once at the end, so the bits do not depend on the instruction set.

use crate::dispatch::{Kernel, dispatch};
use crate::lane::{LANE, Lane};

/// Adds X' diag(w) Y to `out`.
///
/// * `x`      columns of X, each `x_stride` apart                      [n, p]
/// * `y`      columns of Y                                             [n, q]
/// * `w`      row weights                                              [n]
/// * `out`    entry (i, j) at `i * out_stride + j`, added to           [p, q]
/// * `lower_only` only entries with `j <= i` are touched: for Y = X
#[allow(clippy::too_many_arguments, reason = "two strided matrices, a weight and a target, all borrowed")]
pub fn gram(
    x: &[f64],
    x_stride: usize,
    p: usize,
    y: &[f64],
    y_stride: usize,
    q: usize,
    w: &[f64],
    n: usize,
    out: &mut [f64],
    out_stride: usize,
    lower_only: bool,
) {
    dispatch(Gram { x, x_stride, p, y, y_stride, q, w, n, out, out_stride, lower_only });
}

/// Adds X beta to `eta`.
///
/// * `x`    columns of X                                               [n, p]
/// * `beta` coefficients                                               [p]
/// * `eta`  added to                                                   [n]
pub fn gemv(x: &[f64], x_stride: usize, beta: &[f64], n: usize, eta: &mut [f64]) {
    dispatch(Gemv { x, x_stride, beta, n, eta });
}

/// Adds X' g to `out`.
///
/// * `x`   columns of X                                                [n, p]
/// * `g`   one number a row                                            [n]
/// * `out` added to                                                    [p]
pub fn gemv_t(x: &[f64], x_stride: usize, g: &[f64], n: usize, out: &mut [f64]) {
    dispatch(GemvT { x, x_stride, g, n, out });
}

struct Gram<'a> {
    x: &'a [f64],
    x_stride: usize,
    p: usize,
    y: &'a [f64],
    y_stride: usize,
    q: usize,
    w: &'a [f64],
    n: usize,
    out: &'a mut [f64],
    out_stride: usize,
    lower_only: bool,
}

impl Kernel for Gram<'_> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        for i in 0..self.p {
            let x = &self.x[i * self.x_stride..][..self.n];
            let columns = if self.lower_only { self.q.min(i + 1) } else { self.q };
            for j in 0..columns {
                let y = &self.y[j * self.y_stride..][..self.n];
                let mut sum = Lane::ZERO;
                for r in (0..self.n).step_by(LANE) {
                    let weighted = Lane::load(&x[r..]) * Lane::load(&self.w[r..]);
                    sum = weighted.mul_add(Lane::load(&y[r..]), sum);
                }
                self.out[i * self.out_stride + j] += sum.sum();
            }
        }
    }
}

struct Gemv<'a> {
    x: &'a [f64],
    x_stride: usize,
    beta: &'a [f64],
    n: usize,
    eta: &'a mut [f64],
}

impl Kernel for Gemv<'_> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        for (j, &b) in self.beta.iter().enumerate() {
            let x = &self.x[j * self.x_stride..][..self.n];
            for r in (0..self.n).step_by(LANE) {
                let sum = Lane::load(&x[r..]).mul_add(Lane::splat(b), Lane::load(&self.eta[r..]));
                sum.store(&mut self.eta[r..]);
            }
        }
    }
}

struct GemvT<'a> {
    x: &'a [f64],
    x_stride: usize,
    g: &'a [f64],
    n: usize,
    out: &'a mut [f64],
}

impl Kernel for GemvT<'_> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        for (j, out) in self.out.iter_mut().enumerate() {
            let x = &self.x[j * self.x_stride..][..self.n];
            let mut sum = Lane::ZERO;
            for r in (0..self.n).step_by(LANE) {
                sum = Lane::load(&x[r..]).mul_add(Lane::load(&self.g[r..]), sum);
            }
            *out += sum.sum();
        }
    }
}
