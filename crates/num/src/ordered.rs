//! Cholesky in the order of the columns: a column is dependent when too little of it is left by earlier ones.
//!
//! So "the later of two equal columns is dropped" holds everywhere, and a dropped column comes with the combination of
//! kept ones that it equals. One text for double and double-double: the second decides ranks down to 1e-11 of a
//! column's length, which the Gram in double cannot. Golub & Van Loan (2013), Matrix Computations, sec. 4.2.

use crate::Dd;
use core::ops::{Div, Mul, Sub};

/// A number that a factor can be made of.
pub trait Field: Copy + Sub<Output = Self> + Mul<Output = Self> + Div<Output = Self> {
    /// Zero.
    const ZERO: Self;
    /// One.
    const ONE: Self;
    /// Square root.
    fn root(self) -> Self;
    /// Rounded to double.
    fn rounded(self) -> f64;
}

impl Field for f64 {
    const ZERO: Self = 0.0;
    const ONE: Self = 1.0;
    fn root(self) -> Self {
        self.sqrt()
    }
    fn rounded(self) -> f64 {
        self
    }
}

impl Field for Dd {
    const ZERO: Self = Dd::ZERO;
    const ONE: Self = Dd::ONE;
    fn root(self) -> Self {
        self.sqrt()
    }
    fn rounded(self) -> f64 {
        self.value()
    }
}

/// The factor of the kept rows and columns, and what the others equal.
#[derive(Clone, Debug, PartialEq)]
pub struct OrderedCholesky<F> {
    l: Vec<F>,
    p: usize,
    kept: Vec<usize>,
    dependent: Vec<usize>,
}

impl<F: Field> OrderedCholesky<F> {
    /// Visits columns in order; column j is dependent when its pivot is at most `tolerance * scale[j]`.
    ///
    /// * `a`     by rows, lower triangle read                                  [p, p]
    /// * `scale` what a pivot is compared with, mostly the diagonal `[p]`
    #[must_use]
    pub fn new(a: &[F], p: usize, scale: &[f64], tolerance: f64) -> Self {
        let mut l = vec![F::ZERO; p * p];
        let (mut kept, mut dependent): (Vec<usize>, Vec<usize>) = (Vec::with_capacity(p), Vec::new());
        for i in 0..p {
            for (m, &j) in kept.iter().enumerate() {
                let rest = minus_products(a[i * p + j], &l[i * p..i * p + m], &l[j * p..j * p + m]);
                l[i * p + m] = rest / l[j * p + m];
            }
            let m = kept.len();
            let row = &l[i * p..i * p + m];
            let pivot = minus_products(a[i * p + i], row, row);
            if pivot.rounded() > tolerance * scale[i] && pivot.rounded() > 0.0 {
                l[i * p + m] = pivot.root();
                kept.push(i);
            } else {
                dependent.push(i);
            }
        }
        Self { l, p, kept, dependent }
    }

    /// Columns that depend on earlier ones, ascending.
    #[must_use]
    pub fn dependent(&self) -> &[usize] {
        &self.dependent
    }

    /// Columns that do not, ascending.
    #[must_use]
    pub fn kept(&self) -> &[usize] {
        &self.kept
    }

    /// A dependent column as a combination of kept earlier ones: pairs of column and factor.
    #[must_use]
    pub fn combination(&self, column: usize) -> Vec<(usize, f64)> {
        let m = self.kept.iter().take_while(|j| **j < column).count();
        let mut c = self.l[column * self.p..column * self.p + m].to_vec();
        self.back_substitute(&mut c);
        self.kept.iter().copied().zip(c.iter().map(|v| v.rounded())).collect()
    }

    /// Solves L' x = c on the first `c.len()` kept columns, in place.
    fn back_substitute(&self, c: &mut [F]) {
        for i in (0..c.len()).rev() {
            let row = self.kept[i] * self.p;
            c[i] = c[i] / self.l[row + i];
            let v = c[i];
            for j in 0..i {
                c[j] = c[j] - self.l[row + j] * v;
            }
        }
    }

    /// Solves A x = b on the kept columns, 0 elsewhere `[p]`
    #[must_use]
    pub fn solve(&self, b: &[F]) -> Vec<F> {
        let mut z: Vec<F> = Vec::with_capacity(self.kept.len());
        for (i, &j) in self.kept.iter().enumerate() {
            let row = &self.l[j * self.p..j * self.p + i];
            z.push(minus_products(b[j], row, &z) / self.l[j * self.p + i]);
        }
        self.back_substitute(&mut z);
        let mut x = vec![F::ZERO; self.p];
        self.kept.iter().zip(z).for_each(|(j, v)| x[*j] = v);
        x
    }

    /// The inverse on the kept columns, 0 elsewhere, rounded                    [p, p]
    #[must_use]
    pub fn inverse(&self) -> Vec<f64> {
        let p = self.p;
        let mut out = vec![0.0; p * p];
        let mut unit = vec![F::ZERO; p];
        for j in &self.kept {
            unit[*j] = F::ONE;
            for (i, v) in self.solve(&unit).iter().enumerate() {
                out[i * p + j] = v.rounded();
            }
            unit[*j] = F::ZERO;
        }
        out
    }
}

/// `start - sum of a_i b_i`, in order.
fn minus_products<F: Field>(start: F, a: &[F], b: &[F]) -> F {
    a.iter().zip(b).fold(start, |sum, (x, y)| sum - *x * *y)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_later_of_two_equal_columns_is_dependent_on_the_earlier() {
        // Columns 0 and 2 equal: Gram of [a, b, a].
        let gram = [2.0, 0.5, 2.0, 0.5, 1.0, 0.5, 2.0, 0.5, 2.0];
        let factor = OrderedCholesky::new(&gram, 3, &[2.0, 1.0, 2.0], 1e-11);
        assert_eq!(factor.dependent(), [2]);
        let combination = factor.combination(2);
        assert!((combination[0].1 - 1.0).abs() < 1e-14 && combination[1].1.abs() < 1e-14);
        let precise = OrderedCholesky::new(&gram.map(|v| Dd::sum(v, 0.0)), 3, &[2.0, 1.0, 2.0], 1e-22);
        assert_eq!(precise.dependent(), [2]);
    }

    #[test]
    fn the_inverse_on_kept_columns_is_that_of_the_kept_square() {
        let a = [4.0, 0.0, 0.0, 2.0, 3.0, 0.0, 0.0, 0.0, 0.0];
        let inverse = OrderedCholesky::new(&a, 3, &[4.0, 3.0, 1.0], 1e-12).inverse();
        // [[4, 2], [2, 3]]^-1 = [[3, -2], [-2, 4]] / 8
        let want = [0.375, -0.25, 0.0, -0.25, 0.5, 0.0, 0.0, 0.0, 0.0];
        inverse.iter().zip(want).for_each(|(got, want)| assert!((got - want).abs() < 1e-15));
    }
}
