//! The expected information as a likelihood: the same passes, with each row's expectation for its curvature.
//!
//! Minus the expected second derivative takes the place of the observed one and first derivatives are zero, so that
//! the chain rule through a link leaves no term in `g`: E I(eta) = (du/deta)^2 E I(u).

use loglik_fit::{Derivs, Executor, Fit, Model, Pass, Point, Precision, Recession, RunError, Sums};
use loglik_likelihood::{Columns, Likelihood, Moments, Order, RowDerivs, Spec, Tail, Violation};
use std::sync::Arc;

/// A likelihood whose second derivatives are minus its expected information; NaN where that is not known.
struct ExpectedInfo(Arc<dyn Likelihood>);

impl Likelihood for ExpectedInfo {
    fn spec(&self) -> &Spec {
        self.0.spec()
    }

    fn admits(&self, y: Columns<'_>) -> Result<(), Violation> {
        self.0.admits(y)
    }

    fn eval(&self, tail: Tail, y: Columns<'_>, u: Columns<'_>, order: Order, out: &mut RowDerivs) {
        self.0.eval(tail, y, u, Order::Value, out);
        if order == Order::Value {
            return;
        }
        let (n, k) = (out.rows(), u.len());
        out.g.fill(0.0);
        let size = k * (k + 1) / 2;
        let (mut row_y, mut row_u) = (vec![0.0; y.len()], vec![0.0; k]);
        let mut info = vec![0.0; size];
        for r in 0..n {
            row_y.iter_mut().zip(y).for_each(|(v, c)| *v = c[r]);
            row_u.iter_mut().zip(u).for_each(|(v, c)| *v = c[r]);
            if !self.0.expected_info(&row_y, &row_u, &mut info) {
                info.fill(f64::NAN);
            }
            for (at, v) in info.iter().enumerate() {
                out.h[at * n + r] = -v;
            }
        }
    }

    fn starts(&self, y: &Moments) -> Vec<Vec<f64>> {
        self.0.starts(y)
    }
}

/// The model whose information is the expected one.
pub(crate) fn expected_model(model: &Model) -> Model {
    Model { likelihood: Arc::new(ExpectedInfo(Arc::clone(&model.likelihood))), ..model.clone() }
}

/// Sums at the fit with the expected information, to the precision of the fit's own, in one pass; `None` where the
/// likelihood does not know that of the `kept` coefficients.
///
/// # Errors
/// When the data cannot be read again.
pub fn expected_info(fit: &Fit, kept: &[usize], run: &mut dyn Executor) -> Result<Option<Derivs>, RunError> {
    let precision = if fit.end.info_low.is_empty() { Precision::Plain } else { Precision::Double };
    let derivs = expected_info_at(&fit.model, &fit.point, &fit.limits, precision, run)?;
    Ok(is_known(&derivs, kept, fit.model.p).then_some(derivs))
}

/// Whether the information of some coefficients has a value.
#[must_use]
pub fn is_known(derivs: &Derivs, kept: &[usize], p: usize) -> bool {
    loglik_fit::square(&derivs.info, kept, p).iter().all(|v| !v.is_nan())
}

/// The same of a model at a point; NaN where the likelihood does not know it.
///
/// # Errors
/// When the data cannot be read again.
pub fn expected_info_at(
    model: &Model,
    at: &Point,
    limits: &[Recession],
    precision: Precision,
    run: &mut dyn Executor,
) -> Result<Derivs, RunError> {
    let (points, limits) = (vec![at.clone()], limits.to_vec());
    let pass = Pass::Derivs { points, sums: Sums::Info, precision, limits };
    Ok(run.run(&expected_model(model), &pass)?.into_derivs().remove(0))
}
