//! Least squares: where the log density is quadratic in the location, one Gram says all.
//!
//! For `l = -s - z^2 / 2`, `z = (y - mu) e^-s`, with one `s` for all rows: the location that is best is the same for
//! every `s`; then `e^2s` is the mean square that is left. Information at any other point is the same Gram, rescaled, beside
//! sums that the score has. So one pass with a Gram is enough, and what is printed still comes from a pass at the end.

use crate::climb::derivs_at;
use crate::executor::{Executor, RunError};
use crate::maximise::{FitOptions, Method};
use crate::model::Model;
use crate::pass::{Point, Precision, Sums};
use crate::plan;
use crate::rank;
use crate::tally::Derivs;
use loglik_likelihood::{Link, Support};
use loglik_num::Cholesky;

/// `X' W X` of the location, for a scale of 1.
pub(crate) struct Gram {
    /// Lower triangle by rows, zero in the scale's row                       `[p, p]`
    gram: Vec<f64>,
    /// The scale's only coefficient, where it is estimated.
    scale: Option<usize>,
}

/// `s` of a point.
fn log_scale(model: &Model, scale: Option<usize>, beta: &[f64]) -> f64 {
    model.predictors[1].constant + scale.map_or(0.0, |at| beta[at])
}

/// Whether information follows from a Gram; and the scale's coefficient.
pub(crate) fn applies(model: &Model) -> Option<Option<usize>> {
    let spec = model.likelihood.spec();
    let [location, scale] = model.predictors.as_slice() else { return None };
    let plain = spec.quadratic
        && location.link == Link::Identity
        && scale.link == Link::Log
        && model.is_direct(0)
        && model.is_direct(1)
        && scale.offset.is_none()
        && model.support(1) == Support::Positive;
    let coefs: usize = scale.pieces.iter().map(|piece| piece.coefs).sum();
    match (plain, coefs, scale.intercept) {
        (true, 0, None) => Some(None),
        (true, 1, Some(at)) => Some(Some(at)),
        _ => None,
    }
}

/// The maximum but for rounding and the Gram, from one pass; `None` where the density is another, passes are cheap, or the
/// columns may be dependent.
pub(crate) fn solve(
    model: &Model,
    run: &mut dyn Executor,
    options: &FitOptions,
    starts: &[Vec<f64>],
) -> Result<Option<(Gram, Vec<f64>)>, RunError> {
    let [start] = starts else { return Ok(None) };
    let usual = options.method == Method::Newton && options.held.is_empty() && options.starts.is_empty();
    let (Some(scale), true) = (applies(model), usual && plan::is_dear(run.frame().rows, model.p)) else {
        return Ok(None);
    };
    let p = model.p;
    let here = derivs_at(model, run, Point::new(start.clone()), Sums::Info, Precision::Plain, &[])?;
    let unit = loglik_num::exp(2.0 * log_scale(model, scale, start));
    let location: Vec<usize> = (0..p).filter(|j| Some(*j) != scale).collect();
    let q = location.len();
    let square = crate::objective::square(&here.info, &location, p);
    if q == 0 || !rank::is_clearly_full(&square, q) {
        return Ok(None);
    }
    let Ok(factor) = Cholesky::new(&square, q) else { return Ok(None) };
    let score: Vec<f64> = location.iter().map(|j| here.score[*j].hi).collect();
    let mut step = score.clone();
    factor.solve(&mut step);
    let mut beta = start.clone();
    location.iter().zip(&step).for_each(|(j, s)| beta[*j] += s);
    if let Some(at) = scale {
        // Sum of squares before, by the score of s; and what the step takes from it.
        let before = here.score[at].hi + here.weight;
        let taken: f64 = step.iter().zip(&score).map(|(s, g)| s * g).sum();
        let left = (before - taken) / here.weight;
        if left <= f64::EPSILON * before {
            return Ok(None);
        }
        beta[at] += 0.5 * loglik_num::log(left);
    }
    let mut gram = here.info;
    gram.iter_mut().for_each(|v| *v *= unit);
    Ok(Some((Gram { gram, scale }, beta)))
}

impl Gram {
    /// Information at a point with these sums and score, lower triangle          `[p, p]`
    pub(crate) fn info(&self, model: &Model, point: &Point, at: &Derivs) -> Vec<f64> {
        let p = model.p;
        let unit = loglik_num::exp(-2.0 * log_scale(model, self.scale, &point.beta));
        let mut info: Vec<f64> = self.gram.iter().map(|v| v * unit).collect();
        if let Some(s) = self.scale {
            for j in 0..p {
                let value = if j == s { at.score[s].hi + at.weight } else { at.score[j].hi };
                info[j.max(s) * p + j.min(s)] = 2.0 * value;
            }
        }
        info
    }
}
