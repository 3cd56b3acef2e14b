//! Least and greatest eigenvalue of a symmetric matrix of some hundred columns.
//!
//! Householder's reflections make it tridiagonal, bisection on the signs of its pivots (Sturm's count) finds the two
//! ends. The work is that of one product of matrices, where Jacobi's rotations take some fifty; small eigenvalues are
//! right to rounding of the greatest only. Golub & Van Loan (2013), 8.3.1 and 8.4.1.

use crate::dispatch::{Kernel, dispatch};
use crate::lane::{LANE, Lane};

/// Least and greatest eigenvalue of `a`, entry (i, j) at `i * p + j`, both triangles filled `[p, p]`
///
/// NaN where an entry is not finite; (0, 0) where p is 0.
#[must_use]
pub fn eigenvalue_range(a: &[f64], p: usize) -> (f64, f64) {
    if p == 0 {
        return (0.0, 0.0);
    }
    let mut m = a.to_vec();
    let (diagonal, off) = dispatch(Tridiagonal { m: &mut m, p });
    let bound = |i: usize| off[i].abs() + if i > 0 { off[i - 1].abs() } else { 0.0 };
    let low = (0..p).map(|i| diagonal[i] - bound(i)).fold(f64::INFINITY, f64::min);
    let high = (0..p).map(|i| diagonal[i] + bound(i)).fold(f64::NEG_INFINITY, f64::max);
    if diagonal.iter().chain(&off).any(|v| !v.is_finite()) {
        return (f64::NAN, f64::NAN);
    }
    let at = |count: usize| bisect(&diagonal, &off, (low, high), count);
    (at(1), at(p))
}

/// The least number with at least `count` eigenvalues below it, to rounding.
fn bisect(diagonal: &[f64], off: &[f64], (mut low, mut high): (f64, f64), count: usize) -> f64 {
    // A hundred halvings take any double to its neighbour near zero.
    for _ in 0..100 {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            break;
        }
        if below(diagonal, off, middle) >= count {
            high = middle;
        } else {
            low = middle;
        }
    }
    0.5 * (low + high)
}

/// Eigenvalues below `x`: negative pivots of T - x.
fn below(diagonal: &[f64], off: &[f64], x: f64) -> usize {
    let mut pivot = 1.0;
    let mut count = 0;
    for (i, d) in diagonal.iter().enumerate() {
        let before = if i > 0 { off[i - 1] * off[i - 1] } else { 0.0 };
        // A pivot of zero stands for one just below it.
        let safe = if pivot == 0.0 { f64::MIN_POSITIVE } else { pivot };
        pivot = d - x - before / safe;
        count += usize::from(pivot < 0.0);
    }
    count
}

/// Diagonal and the numbers beside it of the tridiagonal matrix with the same eigenvalues; `m` is used up.
struct Tridiagonal<'a> {
    m: &'a mut [f64],
    p: usize,
}

impl Kernel for Tridiagonal<'_> {
    type Output = (Vec<f64>, Vec<f64>);

    #[inline(always)]
    fn run(self) -> Self::Output {
        let (m, p) = (self.m, self.p);
        let (mut diagonal, mut off) = (vec![0.0; p], vec![0.0; p]);
        let (mut u, mut w) = (vec![0.0; p], vec![0.0; p]);
        for k in 0..p {
            diagonal[k] = m[k * p + k];
            let rest = k + 1..p;
            let size = rest.clone().map(|i| m[k * p + i].abs()).fold(0.0, f64::max);
            if size == 0.0 || rest.len() < 2 {
                off[k] = if rest.is_empty() { 0.0 } else { m[k * p + k + 1] };
                continue;
            }
            // u = x + |x| e1 with the sign that does not cancel; H = I - 2 u u' / u'u.
            let norm = size * rest.clone().map(|i| m[k * p + i] / size).map(|x| x * x).sum::<f64>().sqrt();
            rest.clone().for_each(|i| u[i] = m[k * p + i]);
            let sign = if u[k + 1] < 0.0 { -1.0 } else { 1.0 };
            u[k + 1] += sign * norm;
            off[k] = -sign * norm;
            let half = 1.0 / (norm * u[k + 1].abs());
            for i in rest.clone() {
                w[i] = half * product(&m[i * p + k + 1..(i + 1) * p], &u[k + 1..]);
            }
            let along = 0.5 * half * product(&u[k + 1..], &w[k + 1..]);
            rest.clone().for_each(|i| w[i] -= along * u[i]);
            for i in rest.clone() {
                let (a, b) = (u[i], w[i]);
                let row = &mut m[i * p + k + 1..(i + 1) * p];
                row.iter_mut().zip(&w[k + 1..]).zip(&u[k + 1..]).for_each(|((m, w), u)| *m -= a * w + b * u);
            }
        }
        (diagonal, off)
    }
}

/// Sum of products in eight strands.
#[inline(always)]
fn product(a: &[f64], b: &[f64]) -> f64 {
    let (a, b) = (a.chunks_exact(LANE), b.chunks_exact(LANE));
    let rest: f64 = a.remainder().iter().zip(b.remainder()).map(|(a, b)| a * b).sum();
    let mut sum = Lane::ZERO;
    for (a, b) in a.zip(b) {
        sum = Lane::load(a).mul_add(Lane::load(b), sum);
    }
    sum.sum() + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Eigen;

    #[test]
    fn the_ends_are_those_that_rotations_find() {
        for p in [1, 2, 3, 9, 40] {
            let entry = |i: usize, j: usize| (((i + 1) * (j + 1) * 7 + i + j) % 13) as f64 - 6.0;
            let a: Vec<f64> = (0..p * p).map(|t| entry(t / p, t % p)).collect();
            let values = Eigen::new(&a, p).values;
            let (low, high) = eigenvalue_range(&a, p);
            // Rounding of a matrix whose norm is below 6 p.
            assert!((low - values[0]).abs() <= 1e-14 * 6.0 * p as f64, "p {p}: {low} {}", values[0]);
            assert!((high - values[p - 1]).abs() <= 1e-14 * 6.0 * p as f64, "p {p}: {high}");
        }
    }
}
