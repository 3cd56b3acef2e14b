//! One row of an inner likelihood, for what is asked row by row: values, means, variances, quantiles.
//!
//! A row is repeated to a lane; these are the slow questions of prediction and simulation, never of a fit.

use crate::{Likelihood, Order, RowDerivs, Tail};
use loglik_num::{LANE, Lane, log, log1p};

/// Calls `f` with the columns of one row, repeated to a lane.
fn repeated<R>(row: &[f64], f: impl FnOnce(&[&[f64]]) -> R) -> R {
    let columns: Vec<[f64; LANE]> = row.iter().map(|x| [*x; LANE]).collect();
    let columns: Vec<&[f64]> = columns.iter().map(|c| c.as_slice()).collect();
    f(&columns)
}

/// One row, repeated, with the derivatives that are asked for.
pub(super) fn at_row(inner: &dyn Likelihood, tail: Tail, y: &[f64], u: &[f64], order: Order) -> RowDerivs {
    let mut out = RowDerivs::default();
    repeated(y, |y| repeated(u, |u| inner.eval(tail, y, u, order, &mut out)));
    out
}

/// One row's log density or log tail.
pub(super) fn value_at(inner: &dyn Likelihood, tail: Tail, y: &[f64], u: &[f64]) -> f64 {
    at_row(inner, tail, y, u, Order::Value).l[0]
}

/// Whether one row's response lies in the support.
pub(super) fn admits_at(inner: &dyn Likelihood, y: &[f64]) -> bool {
    repeated(y, |y| inner.admits(y).is_ok())
}

/// One row's mean.
pub(super) fn mean_at(inner: &dyn Likelihood, u: &[f64]) -> Option<f64> {
    let mut out = RowDerivs::default();
    repeated(u, |u| inner.mean(u, &mut out)).then(|| out.l[0])
}

/// Smallest response whose P(Y <= y) reaches `p`, by bisection on the tails; `None` without them.
pub(super) fn quantile_at(inner: &dyn Likelihood, p: f64, u: &[f64]) -> Option<f64> {
    if !inner.spec().tails || !(0.0..=1.0).contains(&p) {
        return None;
    }
    let (tail, level) = if p <= 0.5 { (Tail::Cdf, log(p)) } else { (Tail::Sf, log1p(-p)) };
    let found = repeated(u, |u| {
        let reached = |y: Lane| {
            let mut out = RowDerivs::default();
            inner.eval(tail, &[&y.0], u, Order::Value, &mut out);
            let (found, level) = (Lane::load(&out.l), Lane::splat(level));
            if tail == Tail::Cdf { found.ge(level) } else { found.le(level) }
        };
        crate::invert::first(inner.spec().discrete, |y| admits_at(inner, &[y]), &reached)
    });
    Some(found)
}
