//! Leverage of a row: how much of the information at its own place the row itself brings.
//!
//! With J the row's information in its K linear predictors and V = X A X' their covariance, H = J V is its hat matrix:
//! a number h for K = 1 (McCullagh & Nelder 1989, sec. 12.7.1). Scores corrected to (I - H)^-a g are those of HC2
//! (a = 1/2), HC3 (a = 1: the one-step jackknife, exactly) and HC4 (a by the row's share); MacKinnon & White (1985),
//! Cribari-Neto (2004). For K > 1 the same powers are taken of the matrix, through the symmetric C' J C with V = C C'.

use crate::design_row::DesignRow;
use loglik_num::{Eigen, expm1, log1p};

/// A leverage this near to 1 leaves nothing of the row's own residual.
pub(crate) const ONE: f64 = 1.0 - 1e-9;

/// Scratch for the leverage of one row after the other.
#[derive(Debug, Default)]
pub(crate) struct Leverage {
    /// A X', one column a predictor                                         `[k][q]`
    pub(crate) spread: Vec<Vec<f64>>,
    /// Covariance of the linear predictors                                  `[k, k]`
    pub(crate) v: Vec<f64>,
}

impl Leverage {
    /// Reads off the covariance of the row's linear predictors; `inverse` is the bread `[q, q]`.
    pub(crate) fn read(&mut self, row: &DesignRow, k: usize, inverse: &[f64], q: usize) {
        self.spread.resize_with(k, Vec::new);
        for (i, spread) in self.spread.iter_mut().enumerate() {
            spread.clear();
            spread.resize(q, 0.0);
            for (at, x) in row.of(i) {
                let column = &inverse[at * q..(at + 1) * q];
                spread.iter_mut().zip(column).for_each(|(s, a)| *s += x * a);
            }
        }
        self.v.clear();
        self.v.resize(k * k, 0.0);
        for i in 0..k {
            for j in 0..k {
                self.v[i * k + j] = row.of(i).iter().map(|(at, x)| x * self.spread[j][*at]).sum();
            }
        }
    }

    /// The part of the trace of J V that belongs to the predictors of `main`.
    pub(crate) fn share(&self, info: &[f64], k: usize, main: &[usize]) -> f64 {
        let entry = |i: usize| (0..k).map(|j| info[i * k + j] * self.v[j * k + i]).sum::<f64>();
        main.iter().map(|i| entry(*i)).sum()
    }

    /// (I - J V)^-power g into `out`; the greatest eigenvalue of J V is returned, and at 1 or above `out` is NaN.
    ///
    /// * `info` J, symmetric                                               `[k, k]`
    pub(crate) fn correct(&self, info: &[f64], g: &[f64], power: f64, out: &mut [f64]) -> f64 {
        let k = g.len();
        if k == 1 {
            let h = info[0] * self.v[0];
            out[0] = if h < ONE { g[0] * (1.0 + h * rest(h, power)) } else { f64::NAN };
            return h;
        }
        let root = root(&self.v, k);
        // N = C' J C and f(J C C') g = g + J C f1(N) C' g, f1(x) = (f(x) - 1) / x.
        let half: Vec<f64> = (0..k * k)
            .map(|at| (0..k).map(|m| info[at / k * k + m] * root[m * k + at % k]).sum::<f64>())
            .collect();
        let inner: Vec<f64> = (0..k * k)
            .map(|at| (0..k).map(|m| root[m * k + at / k] * half[m * k + at % k]).sum::<f64>())
            .collect();
        let eigen = Eigen::new(&inner, k);
        let largest = eigen.values.last().copied().unwrap_or(0.0);
        if largest >= ONE || largest.is_nan() {
            out.fill(f64::NAN);
            return largest;
        }
        let seen: Vec<f64> = (0..k).map(|i| (0..k).map(|m| root[m * k + i] * g[m]).sum::<f64>()).collect();
        let mut inside = vec![0.0; k];
        for (value, vector) in eigen.values.iter().zip(eigen.vectors.chunks_exact(k)) {
            let along: f64 = vector.iter().zip(&seen).map(|(a, b)| a * b).sum();
            let by = rest(*value, power) * along;
            inside.iter_mut().zip(vector).for_each(|(s, v)| *s += by * v);
        }
        for (i, o) in out.iter_mut().enumerate() {
            *o = g[i] + (0..k).map(|m| half[i * k + m] * inside[m]).sum::<f64>();
        }
        largest
    }
}

/// ((1 - x)^-power - 1) / x, also at 0.
pub(crate) fn rest(x: f64, power: f64) -> f64 {
    if x == 0.0 { power } else { expm1(-power * log1p(-x)) / x }
}

/// C with C C' = A for a symmetric matrix that may be singular: Cholesky, columns without a pivot left 0 `[k, k]`.
fn root(a: &[f64], k: usize) -> Vec<f64> {
    let mut c = vec![0.0; k * k];
    for j in 0..k {
        let pivot = a[j * k + j] - (0..j).map(|m| c[j * k + m] * c[j * k + m]).sum::<f64>();
        if pivot <= 1e-14 * a[j * k + j] {
            continue;
        }
        c[j * k + j] = pivot.sqrt();
        for i in j + 1..k {
            let left = a[i * k + j] - (0..j).map(|m| c[i * k + m] * c[j * k + m]).sum::<f64>();
            c[i * k + j] = left / c[j * k + j];
        }
    }
    c
}

#[cfg(test)]
mod tests {
    use super::*;

    fn product(a: &[f64], b: &[f64], k: usize) -> Vec<f64> {
        (0..k * k).map(|at| (0..k).map(|m| a[at / k * k + m] * b[m * k + at % k]).sum()).collect()
    }

    #[test]
    fn a_power_of_one_is_the_inverse_and_two_halves_make_it() {
        // J need not be definite: an observed information of one row seldom is.
        let (info, v) = ([0.3, 0.2, 0.2, -0.1], vec![0.5, 0.1, 0.1, 0.4]);
        let leverage = Leverage { spread: Vec::new(), v };
        let g = [0.7, -1.3];
        let mut whole = [0.0; 2];
        leverage.correct(&info, &g, 1.0, &mut whole);
        let hat = product(&info, &leverage.v, 2);
        for i in 0..2 {
            let back = whole[i] - (0..2).map(|m| hat[i * 2 + m] * whole[m]).sum::<f64>();
            assert!((back - g[i]).abs() < 1e-15, "(I - H) w = g");
        }
        let (mut half, mut twice) = ([0.0; 2], [0.0; 2]);
        leverage.correct(&info, &g, 0.5, &mut half);
        leverage.correct(&info, &half, 0.5, &mut twice);
        assert!(twice.iter().zip(whole).all(|(a, b)| (a - b).abs() < 1e-14));
    }

    #[test]
    fn a_predictor_without_coefficients_changes_nothing() {
        let one = Leverage { spread: Vec::new(), v: vec![0.5] };
        let two = Leverage { spread: Vec::new(), v: vec![0.5, 0.0, 0.0, 0.0] };
        let (mut a, mut b) = ([0.0], [0.0; 2]);
        let h = one.correct(&[0.6], &[2.0], 1.0, &mut a);
        let largest = two.correct(&[0.6, 0.3, 0.3, 5.0], &[2.0, 1.0], 1.0, &mut b);
        assert!((h - 0.3).abs() < 1e-16 && (largest - 0.3).abs() < 1e-15);
        assert!((a[0] - 2.0 / 0.7).abs() < 1e-15 && (b[0] - a[0]).abs() < 1e-15);
    }

    #[test]
    fn a_row_that_is_all_of_its_own_information_has_no_corrected_score() {
        let leverage = Leverage { spread: Vec::new(), v: vec![2.0] };
        let mut out = [0.0];
        assert!((leverage.correct(&[0.5], &[1.0], 0.5, &mut out) - 1.0).abs() < 1e-16);
        assert!(out[0].is_nan());
    }
}
