//! Wald statistics and the delta method: quadratic forms of estimates in the inverse of their covariance.
//!
//! Rao (1973), Linear Statistical Inference, sec. 6e, 6a.

use loglik_num::Cholesky;

/// Pivots below this share of a variance mean that the equations repeat each other.
const REPEATED: f64 = 1e-12;

/// `d' V^-1 d`; `None` where V is not positive definite, so that the equations repeat each other.
///
/// * `d`    what is zero under the hypothesis                               `[q]`
/// * `vcov` its covariance                                                  `[q, q]`
#[must_use]
pub fn wald(d: &[f64], vcov: &[f64]) -> Option<f64> {
    let factor = Cholesky::above(vcov, d.len(), REPEATED).ok()?;
    let mut z = d.to_vec();
    factor.solve_lower(&mut z);
    Some(z.iter().map(|v| v * v).sum())
}

/// `J V J'`: covariance of functions of estimates                             `[q, q]`
///
/// * `slopes` first derivatives of each function                            `[q][p]`
/// * `vcov`   of the estimates                                              `[p, p]`
#[must_use]
pub fn delta(slopes: &[Vec<f64>], vcov: &[f64]) -> Vec<f64> {
    let p = slopes.first().map_or(0, Vec::len);
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let times: Vec<Vec<f64>> =
        slopes.iter().map(|row| (0..p).map(|j| dot(row, &vcov[j * p..(j + 1) * p])).collect()).collect();
    slopes.iter().flat_map(|a| times.iter().map(|b| dot(a, b)).collect::<Vec<_>>()).collect()
}
