//! The last digits: Newton steps on a score summed in double-double, with coefficients held as two doubles.
//!
//! Near the maximum the score is a small difference of large sums, and its rounding is what limits the coefficients.
//! With the score exact, a step by any decent factor of the information halves the error in the exponent. The
//! information itself is summed in double-double where its condition asks for it, as standard errors are not mended by
//! better coefficients.

use crate::climb::{Climb, derivs_at, is_location};
use crate::executor::{Executor, RunError};
use crate::model::Model;
use crate::objective::square;
use crate::pass::{Point, Precision, Sums};
use crate::tally::Derivs;
use loglik_num::{Cholesky, Dd};
use loglik_optim::Reason;

/// Above this condition number of the scaled information a fit is noted as ill-conditioned.
pub(crate) const ILL_CONDITIONED: f64 = 1e6;

/// Rows times the square of coefficients plus four, up to which double-double sums are always taken: they cost some fifty times as much.
const SMALL: usize = 4_000_000;

/// A decrement this small, a unit of weight, is that of a maximum: what double-double leaves of one is far below, and
/// what rounding leaves of a point that is none lies above.
const MAXIMUM: f64 = 1e-24;

/// Whether sums over so many rows and coefficients are cheap enough to be taken in double-double always.
#[must_use]
pub fn add_up_exactly(rows: usize, p: usize) -> bool {
    rows.saturating_mul((p + 4) * (p + 4)) <= SMALL
}

/// The point where the climb ended, and the sums there.
pub(crate) fn as_it_is(
    model: &Model,
    run: &mut dyn Executor,
    climb: &Climb,
) -> Result<(Point, Derivs, Option<f64>), RunError> {
    let point = Point::new(climb.beta.clone());
    let end = match &climb.end {
        Some(end) => end.clone(),
        None => derivs_at(model, run, point.clone(), Sums::Info, Precision::Plain, &climb.limits)?,
    };
    Ok((point, end, None))
}

/// The polished point, the sums there, and the decrement if it was computed.
///
/// * `halted` the climb ended at no maximum that it knew of: rounding may have hidden one, and sums in double-double see
///   further. Where they see none either, all is left as it is.
pub(crate) fn polish(
    model: &Model,
    run: &mut dyn Executor,
    climb: &Climb,
    weight: f64,
    halted: bool,
) -> Result<(Point, Derivs, Option<f64>), RunError> {
    let p = model.p;
    let small = add_up_exactly(run.frame().rows, p);
    let unbounded = climb.stop.reason == Reason::Unbounded;
    if !small || !(climb.stop.reason.is_success() || unbounded || halted) || p == 0 {
        return as_it_is(model, run, climb);
    }
    let point = Point::new(climb.beta.clone());
    // A scale that runs to nothing is left where it is; the location has its maximum all the same.
    let moves = |j: &usize| !unbounded || is_location(model, *j);
    let estimated: Vec<usize> = climb.estimated.iter().copied().filter(moves).collect();
    let q = estimated.len();
    let mut best = Point { low: vec![0.0; p], ..point };
    let mut end = derivs_at(model, run, best.clone(), Sums::Info, Precision::Double, &climb.limits)?;
    let mut decrement = f64::INFINITY;
    for _ in 0..if halted { 8 } else { 4 } {
        let Ok(factor) = Cholesky::new(&square(&end.info, &estimated, p), q) else { break };
        let score: Vec<f64> = estimated.iter().map(|j| end.score[*j].hi).collect();
        let mut step = score.clone();
        factor.solve(&mut step);
        let now: f64 = step.iter().zip(&score).map(|(s, g)| s * g).sum();
        if now.is_nan() || now >= 0.25 * decrement {
            break;
        }
        decrement = now;
        if now <= 1e-32 * weight.max(1.0) {
            break;
        }
        let mut next = best.clone();
        for (j, s) in estimated.iter().zip(&step) {
            let sum = Dd::sum(next.beta[*j], next.low[*j]) + *s;
            (next.beta[*j], next.low[*j]) = (sum.hi, sum.lo);
        }
        let after = derivs_at(model, run, next.clone(), Sums::Info, Precision::Double, &climb.limits)?;
        if after.outside > 0 {
            break;
        }
        (best, end) = (next, after);
    }
    if halted && decrement > MAXIMUM * weight.max(1.0) {
        return as_it_is(model, run, climb);
    }
    Ok((best, end, Some(decrement)))
}
