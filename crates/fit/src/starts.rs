//! Where the first pass begins: an intercept for every parameter, from the likelihood's own starts.
//!
//! A predictor without intercept, or with an offset, gets the least-squares projection of the same constant on its
//! columns: the exact maximum of a quadratic pseudo-likelihood, found by the same engine.

use crate::executor::{Executor, RunError};
use crate::model::{Model, Predictor};
use crate::pass::{Pass, Point, Precision, Sums};
use crate::tally::{Derivs, OffsetMeans, Tally};
use loglik_likelihood::{
    Columns, Likelihood, Link, Moments, Order, Param, ResponseKind, RowDerivs, Spec, Support, Tail, Violation,
};
use loglik_num::OrderedCholesky;
use std::sync::Arc;

/// Moments of the response and means of the offset columns.
pub(crate) fn moments(
    model: &Model,
    run: &mut dyn Executor,
) -> Result<(Moments, Vec<OffsetMeans>), RunError> {
    match run.run(model, &Pass::Moments)? {
        Tally::Moments(sums) => Ok(sums.finish()),
        _ => unreachable!("moments were asked"),
    }
}

/// `l = -1/2 sum_k (target_k - u_k)^2`: quadratic in every predictor, whatever the response.
struct Quadratic {
    targets: Vec<f64>,
    spec: Spec,
}

impl Quadratic {
    fn new(targets: Vec<f64>) -> Self {
        let params = (0..targets.len()).map(|k| Param::new(&k.to_string(), Support::Real)).collect();
        let spec = Spec {
            name: "quadratic".to_owned(),
            params,
            response: ResponseKind::Number,
            columns: Vec::new(),
            source: "",
            tails: false,
            discrete: true,
            precision: None,
            shared_predictor: false,
            concave: true,
            quadratic: false,
            by_difference: false,
            sufficient: None,
            link_inside: false,
            own: false,
        };
        Self { targets, spec }
    }
}

impl Likelihood for Quadratic {
    fn spec(&self) -> &Spec {
        &self.spec
    }

    fn admits(&self, _: Columns<'_>) -> Result<(), Violation> {
        Ok(())
    }

    fn eval(&self, _: Tail, _: Columns<'_>, u: Columns<'_>, _: Order, out: &mut RowDerivs) {
        let n = u[0].len();
        out.reset(n, u.len());
        out.l.fill(0.0);
        out.h.fill(0.0);
        for (k, target) in self.targets.iter().enumerate() {
            for r in 0..n {
                let d = target - u[k][r];
                out.l[r] -= 0.5 * d * d;
                out.g_mut(k)[r] = d;
            }
            out.h_mut(k, k).fill(-1.0);
        }
    }

    fn starts(&self, _: &Moments) -> Vec<Vec<f64>> {
        vec![self.targets.clone()]
    }
}

/// The model whose information is the plain weighted Gram of each predictor's columns.
fn quadratic(model: &Model, targets: Vec<f64>) -> Model {
    let predictors = model
        .predictors
        .iter()
        .map(|predictor| Predictor { link: Link::Identity, ..predictor.clone() })
        .collect();
    Model { likelihood: Arc::new(Quadratic::new(targets)), predictors, p: model.p }
}

/// Weighted Gram of the design: X_k' W X_k on the diagonal of each predictor, zero between predictors.
pub(crate) fn design_gram(
    model: &Model,
    run: &mut dyn Executor,
    precision: Precision,
) -> Result<Derivs, RunError> {
    let quadratic = quadratic(model, vec![0.0; model.predictors.len()]);
    let points = vec![Point::new(vec![0.0; model.p])];
    let pass = Pass::Derivs { points, sums: Sums::Info, precision, limits: Vec::new() };
    Ok(run.run(&quadratic, &pass)?.into_derivs().remove(0))
}

/// The intercepts at which every predictor is on average at its start; all other coefficients are 0.
pub(crate) fn intercepts(model: &Model, u: &[f64], offsets: &[OffsetMeans]) -> Vec<f64> {
    let mut beta = vec![0.0; model.p];
    for (k, predictor) in model.predictors.iter().enumerate() {
        if let (Some(at), false) = (predictor.intercept, predictor.is_fixed()) {
            let eta = predictor.link.from_u(model.support(k), u[k]);
            let offset = predictor.offset.map_or(0.0, |o| offsets[o].through(&predictor.link));
            beta[at] = eta - predictor.constant - offset;
        }
    }
    beta
}

/// Starting coefficients for one start of the likelihood (`u`, one number a parameter).
pub(crate) fn start(
    model: &Model,
    u: &[f64],
    offsets: &[OffsetMeans],
    run: &mut dyn Executor,
) -> Result<Vec<f64>, RunError> {
    let mut beta = intercepts(model, u, offsets);
    let pairs = model.predictors.iter().zip(u).enumerate();
    let targets = pairs.map(|(k, (predictor, u))| predictor.link.from_u(model.support(k), *u)).collect();
    let project = model.predictors.iter().any(|x| !x.is_fixed() && x.intercept.is_none());
    if project {
        let quadratic = quadratic(model, targets);
        let points = vec![Point::new(vec![0.0; model.p])];
        let pass = Pass::Derivs { points, sums: Sums::Info, precision: Precision::Plain, limits: Vec::new() };
        let derivs = run.run(&quadratic, &pass)?.into_derivs().remove(0);
        let projected = least_squares(&derivs, model.p);
        for predictor in model.predictors.iter().filter(|x| x.intercept.is_none()) {
            for piece in &predictor.pieces {
                let range = piece.first..piece.first + piece.coefs;
                beta[range.clone()].copy_from_slice(&projected[range]);
            }
        }
    }
    Ok(beta)
}

/// Solves `info beta = score`, dependent columns left at zero.
fn least_squares(derivs: &Derivs, p: usize) -> Vec<f64> {
    let factor = OrderedCholesky::new(&derivs.info, p, &diagonal(&derivs.info, p), 1e-10);
    factor.solve(&derivs.score())
}

/// The diagonal of a matrix by rows                                          `[p]`
#[must_use]
pub(crate) fn diagonal(matrix: &[f64], p: usize) -> Vec<f64> {
    (0..p).map(|j| matrix[j * p + j]).collect()
}
