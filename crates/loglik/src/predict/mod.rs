//! New rows through a model file: any quantity of the likelihood, with standard errors.

mod ask;
mod delta;
mod expressions;
mod quantities;
mod rows;

use loglik_fit::Model;
use loglik_likelihood::RowDerivs;

pub use ask::{PredictSpec, Quantity, UnseenRows};
pub(crate) use delta::covariance_of;
pub(crate) use expressions::{declares, reached, read};

/// Means at coordinates `[k][n]`, where the likelihood knows them.
pub(crate) fn mean_of(model: &Model, us: &[Vec<f64>]) -> Option<Vec<f64>> {
    let columns: Vec<&[f64]> = us.iter().map(Vec::as_slice).collect();
    let mut out = RowDerivs::default();
    model.likelihood.mean(&columns, &mut out).then_some(out.l)
}
