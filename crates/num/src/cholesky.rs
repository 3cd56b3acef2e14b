//! Cholesky factors of symmetric matrices, in the same order of operations on every machine.
//!
//! Matrices are square, entry (i, j) at `i * p + j`, and only the lower half is read. The factor is built in blocks
//! of columns, so that nearly all work is the tuned Gram loop. Source: Golub & Van Loan (2013), 4.2.

use crate::elementary::log;
use crate::gram::gram;
use crate::lane::LANE;
use crate::sum::Dd;

/// Columns worked on at a time; a multiple of [`LANE`].
const BLOCK: usize = 64;

/// A matrix is not positive definite at some pivot.
#[derive(Copy, Clone, PartialEq, Debug)]
pub struct NotPositive {
    /// Row and column of the pivot, counted from 0.
    pub column: usize,
    /// What was left of the diagonal entry.
    pub pivot: f64,
}

impl core::fmt::Display for NotPositive {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "the matrix is not positive definite: pivot {} is {:e}", self.column, self.pivot)
    }
}

impl core::error::Error for NotPositive {}

/// The factor L of A = L L'.
#[derive(Clone, Debug)]
pub struct Cholesky {
    p: usize,
    /// Lower half, zeros above                                          [p, p]
    l: Vec<f64>,
}

impl Cholesky {
    /// Factors `a`                                                      [p, p] lower
    ///
    /// # Errors
    /// [`NotPositive`] at the first pivot that is not above zero, NaN included.
    pub fn new(a: &[f64], p: usize) -> Result<Cholesky, NotPositive> {
        Cholesky::above(a, p, 0.0)
    }

    /// Factors `a`, asking that each pivot exceed `tol` times its diagonal entry.
    ///
    /// # Errors
    /// [`NotPositive`] at the first pivot that does not.
    pub fn above(a: &[f64], p: usize, tol: f64) -> Result<Cholesky, NotPositive> {
        let mut l = vec![0.0; p * p];
        for i in 0..p {
            l[i * p..=i * p + i].copy_from_slice(&a[i * p..=i * p + i]);
        }
        let least: Vec<f64> = (0..p).map(|i| tol * a[i * p + i]).collect();
        let minus_one = [-1.0; BLOCK];
        let mut panel = Vec::new();
        for start in (0..p).step_by(BLOCK) {
            let end = (start + BLOCK).min(p);
            factor_columns(&mut l, p, start, end, &least)?;
            let below = p - end;
            if below == 0 {
                break;
            }
            // A copy of the rows below, so that the update reads one buffer and writes another.
            panel.clear();
            for i in end..p {
                panel.extend_from_slice(&l[i * p + start..i * p + end]);
            }
            let rest = &mut l[end * p + end..];
            gram(&panel, BLOCK, below, &panel, BLOCK, below, &minus_one, BLOCK, rest, p, true);
        }
        Ok(Cholesky { p, l })
    }

    /// Number of rows.
    pub fn p(&self) -> usize {
        self.p
    }

    /// The factor, lower half with zeros above                          [p, p]
    pub fn factor(&self) -> &[f64] {
        &self.l
    }

    /// log det A, twice the sum of log pivots.
    pub fn log_det(&self) -> f64 {
        (0..self.p).map(|i| 2.0 * log(self.l[i * self.p + i])).sum()
    }

    /// L^-1 b in place `[p]`
    pub fn solve_lower(&self, b: &mut [f64]) {
        for i in 0..self.p {
            let row = &self.l[i * self.p..][..=i];
            b[i] = (b[i] - dot(&row[..i], &b[..i])) / row[i];
        }
    }

    /// L'^-1 b in place `[p]`
    pub fn solve_upper(&self, b: &mut [f64]) {
        for i in (0..self.p).rev() {
            let row = &self.l[i * self.p..][..=i];
            let x = b[i] / row[i];
            b[i] = x;
            for (b, l) in b[..i].iter_mut().zip(row) {
                *b -= x * l;
            }
        }
    }

    /// A^-1 b in place `[p]`
    pub fn solve(&self, b: &mut [f64]) {
        self.solve_lower(b);
        self.solve_upper(b);
    }

    /// A^-1, both halves                                                [p, p]
    pub fn inverse(&self) -> Vec<f64> {
        let p = self.p;
        // Rows of L^-1 transposed: row j holds column j of L^-1, zero before j.
        let padded = p.div_ceil(LANE) * LANE;
        let mut columns = vec![0.0; p * padded];
        for j in 0..p {
            let x = &mut columns[j * padded..][..p];
            x[j] = 1.0 / self.l[j * p + j];
            for i in j + 1..p {
                let row = &self.l[i * p..][..=i];
                x[i] = -dot(&row[j..i], &x[j..i]) / row[i];
            }
        }
        let mut inverse = vec![0.0; p * p];
        let ones = vec![1.0; padded];
        gram(&columns, padded, p, &columns, padded, p, &ones, padded, &mut inverse, p, true);
        for i in 0..p {
            for j in 0..i {
                inverse[j * p + i] = inverse[i * p + j];
            }
        }
        inverse
    }

    /// A^-1 b with residuals in twice the precision: right in nearly all digits of `hi + lo` while A is not
    /// singular to working precision.
    ///
    /// * `a` the matrix that was factored                               [p, p] lower
    /// * `b` right side `[p]`
    pub fn solve_refined(&self, a: &[f64], b: &[Dd]) -> Vec<Dd> {
        let p = self.p;
        let mut x = vec![Dd::ZERO; p];
        let mut step = vec![0.0; p];
        // Each round gains what the condition leaves of 16 digits; six reach the end or never will.
        for _ in 0..6 {
            for i in 0..p {
                let mut rest = b[i];
                for j in 0..p {
                    let entry = if j <= i { a[i * p + j] } else { a[j * p + i] };
                    rest = rest - Dd::from(entry) * x[j];
                }
                step[i] = rest.value();
            }
            self.solve(&mut step);
            for i in 0..p {
                x[i] += Dd::from(step[i]);
            }
        }
        x
    }

    /// Estimate of the condition number of A in the 2-norm, by power iteration on A and on its inverse.
    ///
    /// `a` is the matrix that was factored                              [p, p] lower
    pub fn condition(&self, a: &[f64]) -> f64 {
        let largest = self.dominant(|x| symmetric_product(a, self.p, x));
        let smallest = self.dominant(|x| {
            let mut y = x.to_vec();
            self.solve(&mut y);
            y
        });
        largest * smallest
    }

    /// Largest eigenvalue of a positive map, to a few per cent.
    fn dominant(&self, map: impl Fn(&[f64]) -> Vec<f64>) -> f64 {
        // A start that no simple matrix has as a small eigenvector.
        let mut x: Vec<f64> = (0..self.p).map(|i| 1.0 + 0.37 * ((i * 7 + 3) % 11) as f64).collect();
        let mut size = 0.0;
        for _ in 0..30 {
            let norm = dot(&x, &x).sqrt();
            x.iter_mut().for_each(|x| *x /= norm);
            x = map(&x);
            size = dot(&x, &x).sqrt();
        }
        size
    }
}

/// Factors columns `start..end` of rows `start..`, whose earlier columns are already taken off.
fn factor_columns(
    l: &mut [f64],
    p: usize,
    start: usize,
    end: usize,
    least: &[f64],
) -> Result<(), NotPositive> {
    for i in start..p {
        let (above, here) = l.split_at_mut(i * p);
        for j in start..end.min(i) {
            let other = &above[j * p..][..=j];
            here[j] = (here[j] - dot(&here[start..j], &other[start..j])) / other[j];
        }
        if i < end {
            let pivot = here[i] - dot(&here[start..i], &here[start..i]);
            // Written so that NaN fails too.
            if !(pivot > least[i] && pivot > 0.0) {
                return Err(NotPositive { column: i, pivot });
            }
            here[i] = pivot.sqrt();
        }
    }
    Ok(())
}

/// Sum of products in four fixed strands.
#[inline]
pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut strands = [0.0; 4];
    let (a4, b4) = (a.chunks_exact(4), b.chunks_exact(4));
    let rest: f64 = a4.remainder().iter().zip(b4.remainder()).map(|(a, b)| a * b).sum();
    for (a, b) in a4.zip(b4) {
        for i in 0..4 {
            strands[i] += a[i] * b[i];
        }
    }
    (strands[0] + strands[2]) + (strands[1] + strands[3]) + rest
}

/// A x for a symmetric matrix given by its lower half.
pub fn symmetric_product(a: &[f64], p: usize, x: &[f64]) -> Vec<f64> {
    let mut out = vec![0.0; p];
    for i in 0..p {
        let row = &a[i * p..][..i];
        out[i] += dot(row, &x[..i]) + a[i * p + i] * x[i];
        for (out, a) in out[..i].iter_mut().zip(row) {
            *out += a * x[i];
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A full-rank Gram matrix of whole numbers, p = 130 so that three blocks meet.
    fn whole(p: usize) -> Vec<f64> {
        let entry = |i: usize, k: usize| ((i * 31 + k * 17 + i * k * 7) % 23) as f64 - 11.0;
        let mut a = vec![0.0; p * p];
        for i in 0..p {
            for j in 0..p {
                a[i * p + j] = (0..2 * p).map(|k| entry(i, k) * entry(j, k)).sum::<f64>();
            }
            a[i * p + i] += 100.0;
        }
        a
    }

    #[test]
    fn a_solution_satisfies_its_equations() {
        for p in [1, 2, 5, 64, 65, 130] {
            let a = whole(p);
            let factor = Cholesky::new(&a, p).expect("a Gram matrix plus a ridge");
            let x: Vec<f64> = (0..p).map(|i| (i % 7) as f64 - 3.0).collect();
            let mut b = symmetric_product(&a, p, &x);
            let exact: Vec<Dd> = b.iter().map(|&b| Dd::from(b)).collect();
            factor.solve(&mut b);
            let inverse = factor.inverse();
            for i in 0..p {
                // Condition number below 1e5: 1e-11 leaves room.
                assert!((b[i] - x[i]).abs() < 1e-11, "{p} {i} {}", b[i]);
                let row = dot(&inverse[i * p..][..p], &symmetric_product(&a, p, &x));
                assert!((row - x[i]).abs() < 1e-10);
            }
            // Whole numbers throughout: the refined solution is exact.
            assert!(
                factor
                    .solve_refined(&a, &exact)
                    .iter()
                    .zip(&x)
                    .all(|(r, &x)| (*r - Dd::from(x)).hi.abs() < 1e-25)
            );
        }
    }

    #[test]
    fn the_first_bad_pivot_is_named() {
        let a = [4.0, 0.0, 0.0, 2.0, 1.0, 0.0, 1.0, 1.0, 5.0];
        assert_eq!(Cholesky::new(&a, 3).map(|_| ()), Err(NotPositive { column: 1, pivot: 0.0 }));
    }

    #[test]
    fn the_determinant_of_a_known_matrix() {
        // det [[4, 2], [2, 5]] = 16; eigenvalues (9 +- sqrt 17) / 2.
        let a = [4.0, 0.0, 2.0, 5.0];
        let factor = Cholesky::new(&a, 2).expect("positive definite");
        assert!((factor.log_det() - 16f64.log2() * core::f64::consts::LN_2).abs() < 1e-15);
        let exact = (9.0 + 17f64.sqrt()) / (9.0 - 17f64.sqrt());
        assert!((factor.condition(&a) - exact).abs() < 1e-6);
    }
}
