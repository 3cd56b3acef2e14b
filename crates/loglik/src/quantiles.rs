//! Quantiles of one response: one exact fit each, and standard errors that need no curvature at the kinks.

use crate::prepare::Prepared;
use crate::rows::all_at_once;
use crate::{Error, FitSpec, Fitted, SeKind, WeightKind, fit};
use loglik_design::Table;
use loglik_fit::{Executor, Fit};
use loglik_infer::Sparsity;
use loglik_num::Dd;

/// Fits a quantile likelihood at every one of `taus`, in their order.
///
/// # Errors
/// As [`fit`]; a `tau` outside (0, 1).
pub fn fit_quantiles(spec: &FitSpec, table: &Table, taus: &[f64]) -> Result<Vec<Fitted>, Error> {
    taus.iter().map(|tau| fit(&FitSpec { tau: Some(*tau), ..spec.clone() }, table)).collect()
}

/// The spec with the standard errors that a likelihood of straight lines has: its curvature says nothing.
pub(crate) fn with_errors(spec: &FitSpec, prepared: &Prepared) -> FitSpec {
    let kind = match prepared.model.likelihood.spec().name.as_str() {
        "quantile" => Some(SeKind::Nid),
        "laplace" => Some(SeKind::Expected),
        _ => None,
    };
    let asked = spec.se.is_some() || spec.se() != SeKind::Observed;
    FitSpec { se: if asked { spec.se } else { kind }, ..spec.clone() }
}

/// Refuses errors that need the residuals of all rows, over a stream.
pub(crate) fn check_stream(spec: &FitSpec, prepared: &Prepared) -> Result<(), Error> {
    let kind = spec.se();
    let is_held =
        matches!(kind, SeKind::Iid | SeKind::Ker) && prepared.model.likelihood.check_loss().is_some();
    match is_held {
        true => {
            Err(all_at_once(&format!("--se {}", kind.name())).remedy("use --se nid, or leave out --memory"))
        }
        false => Ok(()),
    }
}

/// Covariance of the user's coefficients by densities at the quantile; that of the scale is not known `[p, p]`
pub(crate) fn vcov(
    spec: &FitSpec,
    prepared: &Prepared,
    fit: &Fit,
    run: &mut dyn Executor,
) -> Result<Vec<f64>, Error> {
    let kind = spec.se();
    let sparsity = match kind {
        SeKind::Iid => Sparsity::Iid,
        SeKind::Nid => Sparsity::Nid,
        _ => Sparsity::Kernel,
    };
    if fit.model.likelihood.check_loss().is_none() {
        let name = &fit.model.likelihood.spec().name;
        let message = format!("--se {}: {name} has no quantile as its location", kind.name());
        return Err(Error::request(message).remedy("use --se observed, or --likelihood quantile"));
    }
    let counts = spec.weights.is_some() && spec.weight_kind == WeightKind::Frequency;
    let p = fit.model.p;
    let mut out = vec![Dd::ZERO; p * p];
    fit.estimated.iter().for_each(|j| out[j * p + j] = Dd::from(f64::NAN));
    if let Some((inside, columns)) = loglik_infer::quantile_vcov(fit, run, sparsity, counts)? {
        for (i, a) in columns.iter().enumerate() {
            for (j, b) in columns.iter().enumerate() {
                out[a * p + b] = Dd::from(inside[i * columns.len() + j]);
            }
        }
    }
    prepared.map.vcov_to_user(&mut out);
    Ok(out.into_iter().map(Dd::value).collect())
}

impl Fitted {
    /// Sum of weighted check losses, in the response's unit; `None` where the likelihood is not one of straight lines
    /// or its scale is not one estimated number.
    #[must_use]
    pub fn check_loss(&self) -> Option<f64> {
        self.prepared.model.likelihood.check_loss()?;
        // The best scale is the mean loss.
        let sigma =
            self.result.coefficients.iter().find(|c| c.parameter == "sigma" && c.scale == "natural")?;
        Some(sigma.estimate.0 * self.fit.end.weight)
    }
}
