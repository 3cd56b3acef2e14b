//! A count given that it is above 0: what truncation at 0, hurdle and zero inflation ask of one row.

use super::chain::{Arg, chain};
use super::mass::LogComplement;
use super::row::{at_row, value_at};
use crate::{Likelihood, Order, RowDerivs, Tail};
use loglik_num::exp;

/// Draws that may be 0 before the quantile is asked.
const TRIES: usize = 8;

/// Quantile of a count given that it is above 0; `at_zero` is its log P(Y = 0).
pub(super) fn positive_quantile(inner: &dyn Likelihood, p: f64, at_zero: f64, u: &[f64]) -> Option<f64> {
    let zero = exp(at_zero);
    inner.quantile(zero + p * (1.0 - zero), u).map(|y| y.max(1.0))
}

/// A draw of a count given that it is above 0: one of some draws that is, else by its quantile, which is dear. Whether
/// draws were 0 says nothing of the next one, so the law is the same on both ways.
pub(super) fn positive_draw(
    inner: &dyn Likelihood,
    u: &[f64],
    at_zero: impl FnOnce() -> f64,
    uniform: &mut dyn FnMut() -> f64,
) -> Option<f64> {
    for _ in 0..TRIES {
        let y = inner.sample(u, uniform)?;
        if y != 0.0 {
            return Some(y);
        }
    }
    positive_quantile(inner, uniform(), at_zero(), u)
}

/// log P(Y = 0) of one row with derivatives, its other response columns those of `y`.
fn at_zero(inner: &dyn Likelihood, y: &[f64], u: &[f64]) -> RowDerivs {
    let mut y = y.to_vec();
    y[0] = 0.0;
    at_row(inner, Tail::Pdf, &y, u, Order::Hessian)
}

/// - sum over y > 0 of f(y) h(y), packed; false where the inner expected information is not known.
pub(super) fn counted_info(inner: &dyn Likelihood, y: &[f64], u: &[f64], out: &mut [f64]) -> bool {
    if !inner.expected_info(y, u, out) {
        return false;
    }
    let zero = at_zero(inner, y, u);
    let p = exp(zero.l[0]);
    for (info, h) in out.iter_mut().zip(zero.h.chunks_exact(zero.rows())) {
        *info += p * h[0];
    }
    true
}

/// Expected information of a count given that it is above 0, packed; false where the inner one is not known.
pub(super) fn positive_info(inner: &dyn Likelihood, y: &[f64], u: &[f64], out: &mut [f64]) -> bool {
    if !counted_info(inner, y, u, out) {
        return false;
    }
    let zero = at_zero(inner, y, u);
    let mut seen = RowDerivs::new(zero.rows(), u.len());
    chain(LogComplement, &zero.l, [Arg::Inner(&zero, 0)], Order::Hessian, &mut seen);
    for (info, h) in out.iter_mut().zip(seen.h.chunks_exact(seen.rows())) {
        *info = *info * exp(-seen.l[0]) + h[0];
    }
    true
}

/// log P(Y = 0) of one row that has no other response columns, or one trial.
pub(super) fn log_zero(inner: &dyn Likelihood, u: &[f64]) -> f64 {
    value_at(inner, Tail::Pdf, &[0.0, 1.0], u)
}
