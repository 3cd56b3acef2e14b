//! Parameters at the end of their range: theta or nu to infinity, zero inflation or a variance to nothing.
//!
//! A parameter with an intercept-only predictor that runs off along its coordinate is compared with its limit: held
//! at a coordinate of +-40 (a factor of 2e17, where the density is its limit to the last bit) the rest is fitted again.
//! If that is at least as likely, the estimate is the boundary itself, and no digit of a runaway number is shown. Where
//! the limit is another family at the edge of its support (Burr to Pareto), the likelihood says where that is.

use crate::climb::{Climb, Setting, climb, climb_on, derivs_at};
use crate::executor::{Executor, RunError};
use crate::model::{Model, Predictor};
use crate::notes::Finding;
use crate::pass::{Point, Precision, Sums};
use loglik_likelihood::{EdgeLimit, Moments};
use loglik_num::{Jet, Lane};

/// The coordinate at which a density is its limit.
const END: f64 = 40.0;

/// Coordinates beyond this are looked at.
const FAR: f64 = 7.0;

/// The parameter, not the location, that this step drives off, and whether upward.
pub(crate) fn runaway(model: &Model, beta: &[f64], step: &[f64]) -> Option<(usize, bool)> {
    let first = usize::from(!model.likelihood.spec().own);
    model.predictors.iter().enumerate().skip(first).find_map(|(k, predictor)| {
        let at = candidate(model, k, predictor)?;
        let eta: Jet<1> = Jet::variable(Lane::splat(beta[at] + predictor.constant), 0);
        let u = predictor.link.to_u(model.support(k), eta);
        let (u, d) = (u.v.0[0], u.g[0].0[0] * step[at]);
        // Along e^-u a Newton step is 1 long; toward a finite maximum it soon is not.
        let off = u.abs() > FAR && u * d > 0.0 && d.abs() > 0.4;
        off.then_some((k, u > 0.0))
    })
}

/// The intercept of a parameter that may lie at a boundary: its range ends there and its predictor is nothing else.
fn candidate(model: &Model, k: usize, predictor: &Predictor) -> Option<usize> {
    let bounded = !matches!(model.support(k), loglik_likelihood::Support::Real);
    if predictor.is_constant() && bounded { predictor.intercept } else { None }
}

/// What a climb came to once its runaway parameters are settled.
pub(crate) struct Settled {
    /// The model, runaway parameters held at the end of their range.
    pub(crate) model: Model,
    /// The climb in it.
    pub(crate) climb: Climb,
    pub(crate) findings: Vec<Finding>,
    /// The limit, where it is another family at the edge of its support: the coefficients in the full model.
    pub(crate) edge: Option<(Vec<f64>, EdgeLimit)>,
}

/// Goes on with a climb that a runaway parameter ended, with it at the boundary or not; further ones may follow.
pub(crate) fn settle(
    setting: &Setting<'_>,
    run: &mut dyn Executor,
    best: Climb,
    moments: &Moments,
) -> Result<Settled, RunError> {
    let mut rank = setting.rank.clone();
    let mut out = Settled { model: setting.model.clone(), climb: best, findings: Vec::new(), edge: None };
    let mut seen = 0;
    while let Some((k, upper)) = out.climb.runaways.get(seen).copied() {
        seen += 1;
        let Some(at) = out.model.predictors[k].intercept else { continue };
        let link = out.model.predictors[k].link;
        let end = link.from_u(out.model.support(k), if upper { END } else { -END });
        let held = Predictor {
            pieces: Vec::new(),
            constant: end,
            intercept: None,
            ..out.model.predictors[k].clone()
        };
        let mut limit = out.model.clone();
        limit.predictors[k] = held;
        let mut fewer = rank.clone();
        fewer.active.retain(|j| *j != at);
        // The interior, climbed on from where it was: is it better than the limit?
        let outer = Setting { model: &out.model, rank: &rank, ..*setting };
        let on = |run: &mut dyn Executor, runaways| climb_on(&outer, run, out.climb.beta.clone(), runaways);
        if let Some(edge) = edge_limit(setting.model, moments, k, upper) {
            let all = (0..out.model.predictors.len()).flat_map(|k| [(k, false), (k, true)]).collect();
            let interior = on(run, all)?;
            let point = Point::new(edge.0.clone());
            let there = derivs_at(setting.model, run, point, Sums::Value, Precision::Plain, &[])?;
            if there.loglik.hi >= interior.loglik - noise(interior.loglik) {
                return Ok(Settled { edge: Some(edge), ..out });
            }
            out.climb = interior;
            break;
        }
        let interior = on(run, out.climb.runaways.clone())?;
        let mut start = out.climb.beta.clone();
        start[at] = 0.0;
        let inner = Setting { model: &limit, rank: &fewer, ..*setting };
        let bound = climb(&inner, run, start)?;
        if bound.loglik.is_finite() && bound.loglik >= interior.loglik - noise(bound.loglik) {
            out.findings.push(Finding::Boundary { param: k, upper });
            (out.climb, out.model, rank, seen) = (bound, limit, fewer, 0);
            out.climb.beta[at] = end;
        } else {
            out.climb = interior;
        }
    }
    Ok(out)
}

/// What two sums of as many rows may differ by from rounding.
fn noise(loglik: f64) -> f64 {
    1e-12 * (1.0 + loglik.abs())
}

/// The limit of a likelihood all of whose parameters are one number each, as coefficients.
fn edge_limit(model: &Model, moments: &Moments, k: usize, upper: bool) -> Option<(Vec<f64>, EdgeLimit)> {
    let limit = model.likelihood.edge_limit(moments, k, upper)?;
    let mut beta = vec![0.0; model.p];
    for (k, predictor) in model.predictors.iter().enumerate() {
        if !predictor.is_constant() || !model.is_direct(k) {
            return None;
        }
        beta[predictor.intercept?] = limit.u[k] - predictor.constant;
    }
    Some((beta, limit))
}
