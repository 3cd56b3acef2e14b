//! Maxima on the edge of a support that moves with its parameters (uniform, Pareto, what Burr becomes): known without
//! climbing.

use crate::climb::derivs_at;
use crate::executor::{Executor, RunError};
use crate::existence::Verdict;
use crate::fit::Fit;
use crate::model::Model;
use crate::notes::Finding;
use crate::pass::{Point, Precision, Sums};
use crate::rank::Rank;
use loglik_likelihood::{EdgeLimit, Moments};
use loglik_num::Dd;
use loglik_optim::{Reason, Stop};

/// The coefficients of such a maximum, where every parameter is one estimated number.
pub(crate) fn coefficients(model: &Model, moments: &Moments) -> Option<Vec<f64>> {
    let plain = |k: usize| model.predictors[k].is_constant() && model.is_direct(k);
    let u = model.likelihood.edge_maximum(moments)?;
    if !(0..model.predictors.len()).all(plain) || u.iter().any(|v| !v.is_finite()) {
        return None;
    }
    let mut beta = vec![0.0; model.p];
    for (predictor, u) in model.predictors.iter().zip(u) {
        beta[predictor.intercept?] = u - predictor.constant;
    }
    Some(beta)
}

/// The fit there. The information at an edge is no inverse of a covariance: it is left as it is, not definite.
pub(crate) fn fit(
    model: &Model,
    run: &mut dyn Executor,
    beta: Vec<f64>,
    moments: Moments,
    before: usize,
) -> Result<Fit, RunError> {
    let point = Point::new(beta);
    let mut end = derivs_at(model, run, point.clone(), Sums::Info, Precision::Plain, &[])?;
    // The slope into the support is not 0; the other side of the edge has no density at all.
    end.score.iter_mut().for_each(|s| *s = Dd::ZERO);
    let rank = Rank::full(model.p);
    Ok(Fit {
        model: model.clone(),
        point,
        end,
        estimated: rank.active.clone(),
        rank,
        limits: Vec::new(),
        null: Vec::new(),
        verdict: Verdict::Finite,
        stop: Stop { reason: Reason::Converged, iterations: 0, decrement: 0.0 },
        passes: run.passes() - before,
        condition: 1.0,
        moments,
        findings: Vec::new(),
    })
}

/// The fit of a family that has become another one, whose maximum is on an edge: two of its parameters together are one
/// of the other's.
pub(crate) fn at_limit(
    model: &Model,
    run: &mut dyn Executor,
    beta: Vec<f64>,
    limit: EdgeLimit,
    moments: Moments,
    before: usize,
) -> Result<Fit, RunError> {
    let mut out = fit(model, run, beta, moments, before)?;
    let last = limit.ends.last().and_then(|(k, _)| model.predictors[*k].intercept);
    out.rank.active.retain(|j| Some(*j) != last);
    out.estimated.clone_from(&out.rank.active);
    let ends = limit.ends.iter().map(|(param, upper)| Finding::Boundary { param: *param, upper: *upper });
    out.findings.extend(ends);
    out.findings.push(Finding::Limit { family: limit.family, natural: limit.natural });
    Ok(out)
}
