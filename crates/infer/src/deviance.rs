//! Deviance and Pearson's chi-square of exponential dispersion models.
//!
//! D = sum of w d(y, mu), X2 = sum of w (y - mu)^2 / V(mu); w is the row's weight times what the row carries itself
//! (trials). McCullagh & Nelder (1989), sec. 2.3.

use loglik_design::{Halt, Source};
use loglik_fit::{Fit, Precision, Sweep};

/// Sums over all rows.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Deviance {
    /// Sum of weighted unit deviances.
    pub deviance: f64,
    /// Pearson's chi-square.
    pub pearson: f64,
    /// Dispersion of the fit: the variance of a row over its variance function.
    pub phi: f64,
}

/// Deviance and chi-square at a fit; `None` where the likelihood is no exponential dispersion model.
///
/// # Errors
/// When the data cannot be read again.
pub fn deviance(fit: &Fit, source: &dyn Source) -> Result<Option<Deviance>, Halt> {
    let likelihood = fit.model.likelihood.as_ref();
    let mut sweep = Sweep::default();
    let mut total = Deviance::default();
    let mut known = true;
    for part in 0..source.parts() {
        source
            .read(part, &mut |chunk| {
                sweep.predict(&fit.model, &fit.point, Precision::Plain, &fit.limits, chunk);
                sweep.coordinates(&fit.model, chunk);
                let mut y = vec![0.0; chunk.y.len()];
                let mut u = vec![0.0; sweep.us.len()];
                let mut sums = Deviance::default();
                for r in (0..chunk.rows).filter(|r| chunk.weight[*r] != 0.0) {
                    y.iter_mut().zip(&chunk.y).for_each(|(y, column)| *y = column[r]);
                    u.iter_mut().zip(&sweep.us).for_each(|(u, column)| *u = column[r]);
                    let Some(unit) = likelihood.dispersion_model(&y, &u) else {
                        known = false;
                        return Err(Halt::Asked);
                    };
                    let prior = chunk.log_precision.as_ref().map_or(1.0, |log| loglik_num::exp(log[r]));
                    let w = chunk.weight[r] * prior * unit.weight;
                    let d = unit.y - unit.mu;
                    sums.deviance += w * unit.deviance;
                    sums.pearson += if d == 0.0 { 0.0 } else { w * d * d / unit.variance };
                    if total.phi == 0.0 {
                        total.phi = likelihood.variance(&u).map_or(1.0, |v| v * prior / unit.variance);
                    }
                }
                total.deviance += sums.deviance;
                total.pearson += sums.pearson;
                Ok(())
            })
            .or_else(|halt| if known { Err(halt) } else { Ok(()) })?;
        if !known {
            return Ok(None);
        }
    }
    Ok(Some(total))
}
