//! Cholesky factors in twice the precision, for the last polish of small or badly conditioned systems.
//!
//! Plain loops over [`Dd`]: some 30 times dearer than [`Cholesky`](crate::Cholesky), and good to condition numbers of 1e28.

use crate::cholesky::NotPositive;
use crate::sum::Dd;

/// The factor L of A = L L' in twice the precision.
#[derive(Clone, Debug)]
pub struct CholeskyDd {
    p: usize,
    l: Vec<Dd>,
}

impl CholeskyDd {
    /// Factors `a`                                                      [p, p] lower
    ///
    /// # Errors
    /// [`NotPositive`] at the first pivot that is not above zero.
    pub fn new(a: &[Dd], p: usize) -> Result<CholeskyDd, NotPositive> {
        let mut l = vec![Dd::ZERO; p * p];
        for i in 0..p {
            for j in 0..=i {
                let mut sum = a[i * p + j];
                for k in 0..j {
                    sum = sum - l[i * p + k] * l[j * p + k];
                }
                l[i * p + j] = match i == j {
                    true if sum.hi > 0.0 => sum.sqrt(),
                    true => return Err(NotPositive { column: i, pivot: sum.hi }),
                    false => sum / l[j * p + j],
                };
            }
        }
        Ok(CholeskyDd { p, l })
    }

    /// A^-1 b in place `[p]`
    pub fn solve(&self, b: &mut [Dd]) {
        let p = self.p;
        for i in 0..p {
            for k in 0..i {
                b[i] = b[i] - self.l[i * p + k] * b[k];
            }
            b[i] = b[i] / self.l[i * p + i];
        }
        for i in (0..p).rev() {
            for k in i + 1..p {
                b[i] = b[i] - self.l[k * p + i] * b[k];
            }
            b[i] = b[i] / self.l[i * p + i];
        }
    }

    /// A^-1, both halves                                                [p, p]
    pub fn inverse(&self) -> Vec<Dd> {
        let p = self.p;
        let mut inverse = vec![Dd::ZERO; p * p];
        for j in 0..p {
            let mut column = vec![Dd::ZERO; p];
            column[j] = Dd::ONE;
            self.solve(&mut column);
            for i in 0..p {
                inverse[i * p + j] = column[i];
            }
        }
        inverse
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hilbert_matrix_of_order_ten_is_inverted() {
        // Condition 1.6e13. The first entry of the inverse is n^2 = 100, the last 19 C(18, 9)^2 = 44914183600.
        let p = 10;
        let a: Vec<Dd> = (0..p * p).map(|t| Dd::ONE / Dd::from((t / p + t % p + 1) as f64)).collect();
        let inverse = CholeskyDd::new(&a, p).expect("positive definite").inverse();
        assert!((inverse[0].value() - 100.0).abs() < 1e-13);
        assert!((inverse[p * p - 1].value() / 44_914_183_600.0 - 1.0).abs() < 1e-15);
    }
}
