//! Several quantiles of one response: one exact fit each.

use crate::{Error, FitSpec, Fitted, fit};
use loglik_design::Table;

/// Fits a quantile likelihood at every one of `taus`, in their order.
///
/// # Errors
/// As [`fit`]; a `tau` outside (0, 1).
pub fn fit_quantiles(spec: &FitSpec, table: &Table, taus: &[f64]) -> Result<Vec<Fitted>, Error> {
    taus.iter().map(|tau| fit(&FitSpec { tau: Some(*tau), ..spec.clone() }, table)).collect()
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
