//! From a tally to what an optimiser minimises: the only file where a sign changes.
//!
//! Only the active coefficients are shown to the optimiser; aliased ones and those that the limit model cannot tell
//! apart keep their values.

use crate::tally::Derivs;
use loglik_optim::Eval;

/// Minus the log-likelihood with its derivatives in the active coefficients.
///
/// * `active` indices of the coefficients that move                        `[q]`
/// * `p`      all coefficients
#[must_use]
pub(crate) fn minimised(derivs: &Derivs, active: &[usize], p: usize) -> Eval {
    let gradient = if derivs.score.is_empty() {
        Vec::new()
    } else {
        active.iter().map(|j| -derivs.score[*j].hi).collect()
    };
    let hessian = if derivs.info.is_empty() { Vec::new() } else { square(&derivs.info, active, p) };
    Eval { value: -derivs.loglik.hi, magnitude: derivs.magnitude, gradient, hessian }
}

/// The rows and columns of a lower triangle that belong to the active coefficients `[q, q]`.
#[must_use]
pub fn square(lower: &[f64], active: &[usize], p: usize) -> Vec<f64> {
    let q = active.len();
    let mut out = vec![0.0; q * q];
    for (i, a) in active.iter().enumerate() {
        for (j, b) in active.iter().enumerate().take(i + 1) {
            let (row, column) = if a >= b { (a, b) } else { (b, a) };
            out[i * q + j] = lower[row * p + column];
            out[j * q + i] = out[i * q + j];
        }
    }
    out
}
