//! Orthonormal polynomials over the data, as R's `poly`: columns of length one, orthogonal to each other and to
//! the ones, with positive leading coefficients.
//!
//! Stieltjes' procedure: `b_(k+1) q_(k+1) = (x - a_k) q_k - b_k q_(k-1)` with `a_k = sum x q_k^2` and `b` making each
//! length one; `b_0 = sqrt(n)`. The pairs (a, b) are all that prediction needs. Sums are in twice the precision. Gautschi (2004),
//! Orthogonal Polynomials, sec. 2.2.3; Kennedy and Gentle (1980), Statistical Computing, p. 343-344.

use loglik_num::Dd;
use serde::{Deserialize, Serialize};

/// The recurrence of orthonormal polynomials.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Recurrence {
    /// What is taken from x at each degree                                    `[degree]`
    pub(crate) centre: Vec<f64>,
    /// What makes each polynomial have length one; the first is sqrt(n)       `[degree + 1]`
    pub(crate) length: Vec<f64>,
}

impl Recurrence {
    /// The polynomials that are orthonormal over `x` [n]; there must be more different values than `degree`.
    pub(crate) fn fit(x: &[f64], degree: usize) -> Self {
        let root = (x.len() as f64).sqrt();
        let mut out = Self { centre: Vec::new(), length: vec![root] };
        let (mut before, mut now) = (vec![0.0; x.len()], vec![1.0 / root; x.len()]);
        for k in 0..degree {
            let centre = total(x.iter().zip(&now).map(|(x, q)| x * q * q));
            for (i, x) in x.iter().enumerate() {
                before[i] = next(*x, centre, out.length[k], k, now[i], before[i]);
            }
            let length = total(before.iter().map(|q| q * q)).sqrt();
            before.iter_mut().for_each(|q| *q /= length);
            std::mem::swap(&mut before, &mut now);
            out.centre.push(centre);
            out.length.push(length);
        }
        out
    }

    /// Columns of degree 1, 2, .. at `x` [n]                                  `[degree][n]`
    pub(crate) fn columns(&self, x: &[f64]) -> Vec<Vec<f64>> {
        let degree = self.centre.len();
        let mut columns = vec![vec![0.0; x.len()]; degree];
        for (i, x) in x.iter().enumerate() {
            let (mut before, mut now) = (0.0, 1.0 / self.length[0]);
            for k in 0..degree {
                let after = next(*x, self.centre[k], self.length[k], k, now, before) / self.length[k + 1];
                (before, now) = (now, after);
                columns[k][i] = now;
            }
        }
        columns
    }
}

impl Recurrence {
    /// First derivatives of the columns at `x` [n]                             `[degree][n]`
    pub(crate) fn slopes(&self, x: &[f64]) -> Vec<Vec<f64>> {
        let degree = self.centre.len();
        let mut columns = vec![vec![0.0; x.len()]; degree];
        for (i, x) in x.iter().enumerate() {
            let (mut before, mut now) = (0.0, 1.0 / self.length[0]);
            let (mut before_slope, mut now_slope) = (0.0, 0.0);
            for k in 0..degree {
                let (centre, length, scale) = (self.centre[k], self.length[k], self.length[k + 1]);
                let after = next(*x, centre, length, k, now, before) / scale;
                // The recurrence, differentiated: (x - a) q' + q - b q'.
                let slope = (next(*x, centre, length, k, now_slope, before_slope) + now) / scale;
                (before, now, before_slope, now_slope) = (now, after, now_slope, slope);
                columns[k][i] = slope;
            }
        }
        columns
    }
}

fn next(x: f64, centre: f64, length: f64, k: usize, now: f64, before: f64) -> f64 {
    let straight = (x - centre) * now;
    if k == 0 { straight } else { straight - length * before }
}

fn total(terms: impl Iterator<Item = f64>) -> f64 {
    terms.fold(Dd::ZERO, |sum, term| sum + Dd::from(term)).value()
}
