//! Negative binomial (NB1): a count with mean `mu` and variance `mu (1 + phi)`.
//!
//! The negative binomial with theta = mu / phi; u = [log mu, log phi]. `phi -> 0` is the Poisson.

use super::negative_binomial::NegativeBinomial;
use crate::support::is_count;
use crate::{Density, Family, Moments, Param, ParamAlias, Support};
use loglik_num::{Lane, Real, exp, log};

/// The negative binomial distribution with variance linear in the mean.
#[derive(Clone, Copy, Debug, Default)]
pub struct NegativeBinomial1;

/// Its entry in the registry.
pub static FAMILY: Family = Family {
    aliases: &["nb1", "nbinom1", "negbin1"],
    params: &[ParamAlias::same("mean", "mu"), ParamAlias::same("dispersion", "phi")],
    ..Family::of::<NegativeBinomial1, 2>("counts with variance mu (1 + phi)")
};

impl Density<2> for NegativeBinomial1 {
    const NAME: &'static str = "negative_binomial1";
    const ALLOWED: &'static str = "counts 0, 1, 2, ..";
    const SOURCE: &'static str = "Cameron & Trivedi (2013), Regression Analysis of Count Data, 3.3.1";
    const DISCRETE: bool = true;
    const TAILS: bool = true;

    fn params(&self) -> [Param; 2] {
        [Param::new("mu", Support::Positive), Param::new("phi", Support::Positive)]
    }

    fn admits(&self, y: &[f64]) -> bool {
        is_count(y[0])
    }

    #[inline(always)]
    fn loglik<T: Real>(&self, y: &[Lane], u: &[T; 2]) -> T {
        NegativeBinomial.loglik(y, &[u[0], u[0] - u[1]])
    }

    #[inline(always)]
    fn log_cdf<T: Real>(&self, y: &[Lane], u: &[T; 2]) -> T {
        NegativeBinomial.log_cdf(y, &[u[0], u[0] - u[1]])
    }

    #[inline(always)]
    fn log_sf<T: Real>(&self, y: &[Lane], u: &[T; 2]) -> T {
        NegativeBinomial.log_sf(y, &[u[0], u[0] - u[1]])
    }

    fn start(&self, y: &Moments) -> [f64; 2] {
        let mu = y.positive_mean();
        let phi = y.variance / mu - 1.0;
        [log(mu), log(if phi > 0.0 { phi } else { 0.01 })]
    }

    #[inline(always)]
    fn mean<T: Real>(&self, u: &[T; 2]) -> Option<T> {
        Some(u[0].exp())
    }

    fn variance(&self, u: &[f64; 2]) -> Option<f64> {
        Some(exp(u[0]) * (1.0 + exp(u[1])))
    }

    fn sample(&self, u: &[f64; 2], uniform: &mut dyn FnMut() -> f64) -> Option<f64> {
        NegativeBinomial.sample(&[u[0], u[0] - u[1]], uniform)
    }
}
