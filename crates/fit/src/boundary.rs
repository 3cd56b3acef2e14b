//! Parameters at the end of their range: theta or nu to infinity, zero inflation or a variance to nothing.
//!
//! A parameter with an intercept-only predictor that runs off along its coordinate is compared with its limit: held
//! at a coordinate of +-40 (a factor of 2e17, where the density is its limit to the last bit) the rest is fitted again.
//! If that is at least as likely, the estimate is the boundary itself, and no digit of a runaway number is shown.

use crate::climb::{Climb, Setting, climb};
use crate::executor::{Executor, RunError};
use crate::model::{Model, Predictor};
use crate::notes::Finding;

/// The coordinate at which a density is its limit.
const END: f64 = 40.0;

/// Coordinates beyond this are looked at.
const FAR: f64 = 7.0;

/// The parameter, not the location, that this step drives off, and whether upward.
pub(crate) fn runaway(model: &Model, beta: &[f64], step: &[f64]) -> Option<(usize, bool)> {
    let first = usize::from(!model.likelihood.spec().own);
    model.predictors.iter().enumerate().skip(first).find_map(|(k, predictor)| {
        let at = candidate(model, k, predictor)?;
        let (eta, d) = (beta[at] + predictor.constant, step[at]);
        // Along e^-u a Newton step is 1 long; toward a finite maximum it soon is not.
        let off = eta.abs() > FAR && eta * d > 0.0 && d.abs() > 0.4;
        off.then_some((k, eta > 0.0))
    })
}

/// The intercept of a parameter that may lie at a boundary: its coordinate is its predictor and nothing else is in it.
fn candidate(model: &Model, k: usize, predictor: &Predictor) -> Option<usize> {
    let unit = predictor.is_constant() && model.is_direct(k);
    let bounded = !matches!(model.support(k), loglik_likelihood::Support::Real);
    if unit && bounded { predictor.intercept } else { None }
}

/// Goes on with a climb that a runaway parameter ended, with it at the boundary or not.
pub(crate) fn settle(
    setting: &Setting<'_>,
    run: &mut dyn Executor,
    mut best: Climb,
) -> Result<(Model, Climb, Vec<Finding>), RunError> {
    let mut model = setting.model.clone();
    let mut findings = Vec::new();
    let mut rank = setting.rank.clone();
    for (k, upper) in best.runaways.clone() {
        let Some(at) = model.predictors[k].intercept else { continue };
        let end = if upper { END } else { -END };
        let held =
            Predictor { pieces: Vec::new(), constant: end, intercept: None, ..model.predictors[k].clone() };
        let mut limit = model.clone();
        limit.predictors[k] = held;
        let mut fewer = rank.clone();
        fewer.active.retain(|j| *j != at);
        let mut start = best.beta.clone();
        start[at] = 0.0;
        let inner = Setting { model: &limit, rank: &fewer, ..*setting };
        let bound = climb(&inner, run, start)?;
        // The interior, climbed on from where it was: is it better than the limit?
        let outer = Setting { model: &model, rank: &rank, ..*setting };
        let interior = go_on(&outer, run, &best)?;
        let noise = 1e-12 * (1.0 + bound.loglik.abs());
        if bound.loglik >= interior.loglik - noise {
            findings.push(Finding::Boundary { param: k, upper });
            best = Climb { runaways: Vec::new(), ..bound };
            best.beta[at] = end;
            model = limit;
            rank = fewer;
        } else {
            best = interior;
        }
    }
    Ok((model, best, findings))
}

/// Climbs on without stopping for runaways that were seen already.
fn go_on(setting: &Setting<'_>, run: &mut dyn Executor, best: &Climb) -> Result<Climb, RunError> {
    crate::climb::climb_on(setting, run, best.beta.clone(), best.runaways.clone())
}
