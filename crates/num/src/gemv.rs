//! X beta and X' g over a chunk, columns first.
//!
//! Several columns go at once, so that the column of rows (eta or g) is read and written once for all of them. Each
//! row's eta is a chain of fused products in column order, each entry of X' g is summed in eight strands: the bits
//! depend neither on the register nor on how many columns go at once.

#![allow(unsafe_code, reason = "unchecked reads in the innermost loop; bounds are asserted at the door")]

use crate::lane::LANE;
use crate::vector::{Vector, Wide, fold, widest};

/// Columns taken at once.
const COLUMNS: usize = 4;

/// Adds X beta to `eta`.
///
/// * `x`    columns of X, each `x_stride` apart                        [n, p]
/// * `beta` coefficients `[p]`
/// * `eta`  added to; n is a multiple of 8 `[n]`
pub fn gemv(x: &[f64], x_stride: usize, beta: &[f64], n: usize, eta: &mut [f64]) {
    if beta.is_empty() || n == 0 {
        return;
    }
    assert!(n.is_multiple_of(LANE) && eta.len() >= n, "rows come in whole lanes");
    assert!(x.len() >= (beta.len() - 1) * x_stride + n, "all columns are there");
    widest(Gemv { x, x_stride, beta, n, eta });
}

/// Adds X' g to `out`.
///
/// * `x`   columns of X, each `x_stride` apart                         [n, p]
/// * `g`   one number a row; n is a multiple of 8 `[n]`
/// * `out` added to `[p]`
pub fn gemv_t(x: &[f64], x_stride: usize, g: &[f64], n: usize, out: &mut [f64]) {
    if out.is_empty() || n == 0 {
        return;
    }
    assert!(n.is_multiple_of(LANE) && g.len() >= n, "rows come in whole lanes");
    assert!(x.len() >= (out.len() - 1) * x_stride + n, "all columns are there");
    widest(GemvT { x, x_stride, g, n, out });
}

struct Gemv<'a> {
    x: &'a [f64],
    x_stride: usize,
    beta: &'a [f64],
    n: usize,
    eta: &'a mut [f64],
}

impl Wide for Gemv<'_> {
    #[inline(always)]
    unsafe fn run<V: Vector>(mut self) {
        let mut j = 0;
        // SAFETY: features by the caller; the columns were asserted at the door.
        unsafe {
            while j + COLUMNS <= self.beta.len() {
                self.some::<V, COLUMNS>(j);
                j += COLUMNS;
            }
            while j < self.beta.len() {
                self.some::<V, 1>(j);
                j += 1;
            }
        }
    }
}

impl Gemv<'_> {
    #[inline(always)]
    unsafe fn some<V: Vector, const C: usize>(&mut self, j: usize) {
        // SAFETY: `C` columns from `j` and `eta` hold `n` rows, a multiple of WIDTH.
        unsafe {
            let x = self.x.as_ptr().add(j * self.x_stride);
            let eta = self.eta.as_mut_ptr();
            let mut beta = [V::splat(0.0); C];
            for c in 0..C {
                beta[c] = V::splat(self.beta[j + c]);
            }
            for r in (0..self.n).step_by(V::WIDTH) {
                let mut sum = V::load(eta.add(r));
                for c in 0..C {
                    sum = V::load(x.add(c * self.x_stride + r)).fused(beta[c], sum);
                }
                sum.store(eta.add(r));
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

impl Wide for GemvT<'_> {
    #[inline(always)]
    unsafe fn run<V: Vector>(mut self) {
        let mut j = 0;
        // SAFETY: features by the caller; the columns were asserted at the door.
        unsafe {
            while j + COLUMNS <= self.out.len() {
                self.some::<V, COLUMNS>(j);
                j += COLUMNS;
            }
            while j < self.out.len() {
                self.some::<V, 1>(j);
                j += 1;
            }
        }
    }
}

impl GemvT<'_> {
    #[inline(always)]
    unsafe fn some<V: Vector, const C: usize>(&mut self, j: usize) {
        let mut strands = [[0.0; LANE]; C];
        for part in (0..LANE).step_by(V::WIDTH) {
            // SAFETY: `C` columns from `j` and `g` hold `n` rows; the strands hold a lane each.
            unsafe {
                let x = self.x.as_ptr().add(j * self.x_stride);
                let mut sums = [V::splat(0.0); C];
                for r in (part..self.n).step_by(LANE) {
                    let g = V::load(self.g.as_ptr().add(r));
                    for c in 0..C {
                        sums[c] = V::load(x.add(c * self.x_stride + r)).fused(g, sums[c]);
                    }
                }
                for c in 0..C {
                    sums[c].store(strands[c].as_mut_ptr().add(part));
                }
            }
        }
        for c in 0..C {
            self.out[j + c] += fold(&strands[c]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_with_whole_numbers_are_exact() {
        let (n, p) = (24, 7);
        let stride = n + 8;
        let x: Vec<f64> = (0..p * stride).map(|t| ((t * 37) % 19) as f64 - 9.0).collect();
        let beta: Vec<f64> = (0..p).map(|j| j as f64 - 2.0).collect();
        let g: Vec<f64> = (0..n).map(|r| (r % 5) as f64 - 1.0).collect();
        let (mut eta, mut out) = (vec![1.0; n], vec![2.0; p]);
        gemv(&x, stride, &beta, n, &mut eta);
        gemv_t(&x, stride, &g, n, &mut out);
        for r in 0..n {
            assert_eq!(eta[r], 1.0 + (0..p).map(|j| x[j * stride + r] * beta[j]).sum::<f64>());
        }
        for j in 0..p {
            assert_eq!(out[j], 2.0 + (0..n).map(|r| x[j * stride + r] * g[r]).sum::<f64>());
        }
    }
}
