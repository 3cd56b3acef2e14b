//! Which coefficients of a fit have a covariance, for the standard errors of what is predicted (`infer::Covariance`).

use crate::{ModelFile, Status};
use loglik_infer::Covariance;
use std::collections::BTreeSet;

/// The covariance of the coefficients; one that is neither in it nor held is unknown.
pub(crate) fn covariance_of(file: &ModelFile) -> Covariance {
    let fit = &file.fit;
    // A parameter at the end of its range is held there, and an aliased column has the coefficient 0.
    let held = |name: &str| fit.status == Status::Boundary || fit.aliased.iter().any(|a| a.term == name);
    let known = fit.vcov.iter().flat_map(|v| v.names.iter().map(String::as_str));
    let known: BTreeSet<&str> = known.collect();
    let has = |name: &str| known.contains(name);
    let mut unknown = vec![true; file.prediction.beta.len()];
    for (name, at) in &file.prediction.names {
        unknown[*at] = !has(name) && !held(name);
    }
    Covariance::new(file.vcov(), unknown)
}
