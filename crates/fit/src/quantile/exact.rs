//! The exact fit: vertex, scale in closed form, and the sums at the end.

use super::band::{Optimum, optimum};
use super::rows::Location;
use crate::climb::derivs_at;
use crate::executor::{Executor, RunError};
use crate::existence::Verdict;
use crate::fit::Fit;
use crate::maximise::condition;
use crate::model::Model;
use crate::notes::Finding;
use crate::pass::{Point, Precision, Sums};
use crate::polish;
use crate::rank::{self, Rank};
use crate::starts;
use loglik_num::Dd;
use loglik_optim::{Reason, Stop};

/// A mean loss below this share of the response's size is rounding: the fit is perfect.
const PERFECT: f64 = 1e-15;

/// Whether a model is a linear programme: a likelihood of straight lines, the location its own predictor, one scale.
pub(crate) fn applies(model: &Model) -> bool {
    let Some(_) = model.likelihood.check_loss() else { return false };
    let [location, scale] = model.predictors.as_slice() else { return false };
    let shared = scale.pieces.iter().any(|s| location.pieces.iter().any(|l| l.first == s.first));
    let one_scale = scale.is_constant() || (scale.is_fixed() && scale.offset.is_none());
    model.is_direct(0) && one_scale && !shared
}

/// Coefficients, their low parts, and what is to be said of them.
struct Solved {
    point: Point,
    stop: Stop,
    findings: Vec<Finding>,
}

/// Maximises a likelihood to which [`applies`] says yes.
///
/// # Errors
/// When a pass cannot be carried out.
pub(crate) fn maximise_exactly(model: &Model, run: &mut dyn Executor) -> Result<Fit, RunError> {
    let before = run.passes();
    let (moments, _) = starts::moments(model, run)?;
    let rank = if model.p == 0 { Rank::default() } else { rank::of_design(model, run)? };
    let solved = solve(model, run, &rank)?;
    let precise = polish::add_up_exactly(run.frame().rows, model.p);
    let precision = if precise { Precision::Double } else { Precision::Plain };
    let mut end = derivs_at(model, run, solved.point.clone(), Sums::Info, precision, &[])?;
    // At a kink the score is a set that holds 0; the vertex was proved to be best.
    if solved.stop.reason.is_success() {
        end.score.iter_mut().for_each(|s| *s = Dd::ZERO);
    }
    let mut findings: Vec<Finding> = rank
        .aliased
        .iter()
        .map(|(coef, equals)| Finding::Aliased { coef: *coef, equals: equals.clone() })
        .collect();
    findings.extend(solved.findings);
    let condition = if model.p == 0 {
        1.0
    } else {
        condition(&starts::design_gram(model, run, Precision::Plain)?, &rank.active, model.p)
    };
    Ok(Fit {
        model: model.clone(),
        point: solved.point,
        end,
        estimated: rank.active.clone(),
        rank,
        limits: Vec::new(),
        null: Vec::new(),
        verdict: Verdict::Finite,
        stop: solved.stop,
        passes: run.passes() - before,
        condition,
        moments,
        findings,
    })
}

fn solve(model: &Model, run: &mut dyn Executor, rank: &Rank) -> Result<Solved, RunError> {
    let loss =
        model.likelihood.check_loss().unwrap_or(loglik_likelihood::CheckLoss { above: 1.0, below: 1.0 });
    let location = Location { columns: columns(model, &rank.active), loss };
    let Optimum { beta, proved, non_unique, steps, loss, weight, largest } = optimum(model, run, &location)?;
    let mut findings = Vec::new();
    let reason = if proved { Reason::Converged } else { Reason::NoDescent };
    if non_unique {
        findings.push(Finding::NonUnique);
    }
    let mut point = Point { beta: vec![0.0; model.p], low: vec![0.0; model.p] };
    let (height, widths) = largest.split_last().expect("the response has a size");
    for ((j, b), width) in location.columns.iter().zip(&beta).zip(widths) {
        // Beyond the digits of two doubles of the response a coefficient is rounding of 0.
        let seen = b.hi.abs() * width > 1e-28 * height;
        (point.beta[*j], point.low[*j]) = if seen { (b.hi, b.lo) } else { (0.0, 0.0) };
    }
    if let Some(at) = model.predictors[1].intercept {
        let mean = loss / Dd::sum(weight, 0.0);
        if mean.hi <= PERFECT * height {
            findings.push(Finding::Unbounded);
        }
        // A perfect fit has no scale; the last digit of the response stands in for it.
        let mean = if mean.hi > 0.0 { mean } else { Dd::sum((PERFECT * height).max(f64::MIN_POSITIVE), 0.0) };
        (point.beta[at], point.low[at]) = scale_coefficient(model, mean);
    }
    Ok(Solved { point, stop: Stop { reason, iterations: steps, decrement: 0.0 }, findings })
}

/// Those of the coefficients that are the location's.
pub(super) fn columns(model: &Model, coefficients: &[usize]) -> Vec<usize> {
    let location = |j: &usize| {
        model.predictors[0].pieces.iter().any(|piece| (piece.first..piece.first + piece.coefs).contains(j))
    };
    coefficients.iter().copied().filter(location).collect()
}

/// The intercept of the scale's predictor at a scale, and what rounding took from it.
fn scale_coefficient(model: &Model, scale: Dd) -> (f64, f64) {
    let u = scale.log();
    let predictor = &model.predictors[1];
    if model.is_direct(1) {
        let coefficient = u + -predictor.constant;
        return (coefficient.hi, coefficient.lo);
    }
    (predictor.link.from_u(model.support(1), u.hi) - predictor.constant, 0.0)
}
