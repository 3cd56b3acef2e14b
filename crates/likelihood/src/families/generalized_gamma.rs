//! Generalised gamma of Prentice: a time whose logarithm has location `mu`, scale `sigma` and shape `Q`.
//!
//! With w = (log y - mu) / sigma and a = Q^-2, a e^(Q w) is gamma distributed with shape a:
//! log f = log|Q| + a log a - log Gamma(a) + a (Q w - e^(Q w)) - log sigma - log y; u = [mu, log sigma, Q].
//! Written as -w^2 r(Q w) - (rest of Stirling's formula at a) - log(2 pi) / 2 - .. with r(x) = (e^x - 1 - x) / x^2, it is
//! smooth through Q = 0, the lognormal; Q = 1 is the Weibull, Q = sigma the gamma.

use super::generalized_gamma_tails::log_tail;
use crate::draws;
use crate::limits::{Bent, HALF_LOG_2PI, StirlingOfInverseSquare};
use crate::support::is_positive;
use crate::{Density, Family, Moments, Param, Support};
use loglik_num::{Lane, Real, exp, log, norm_quantile};

/// The generalised gamma distribution.
#[derive(Clone, Copy, Debug, Default)]
pub struct GeneralizedGamma;

/// Its entry in the registry.
pub static FAMILY: Family = Family {
    aliases: &["gengamma", "generalised_gamma"],
    ..Family::of::<GeneralizedGamma, 3>("times: holds Weibull, gamma and lognormal")
};

impl Density<3> for GeneralizedGamma {
    const NAME: &'static str = "generalized_gamma";
    const ALLOWED: &'static str = "positive numbers";
    const SOURCE: &'static str = "Prentice (1974), Biometrika 61(3), 539-544";
    const TAILS: bool = true;
    const CONCAVE: bool = true;

    fn params(&self) -> [Param; 3] {
        [Param::new("mu", Support::Real), Param::new("sigma", Support::Positive), Param::new("Q", Support::Real)]
    }

    fn admits(&self, y: &[f64]) -> bool {
        is_positive(y[0])
    }

    #[inline(always)]
    fn loglik<T: Real>(&self, y: &[Lane], u: &[T; 3]) -> T {
        let log_y = T::log_fixed(y[0]);
        let w = (T::lift(log_y) - u[0]) * (-u[1]).exp();
        let loss = w.square() * (u[2] * w).apply(Bent) + u[2].apply(StirlingOfInverseSquare);
        -loss - u[1] - T::lift(log_y + Lane::splat(HALF_LOG_2PI))
    }

    #[inline(always)]
    fn log_cdf<T: Real>(&self, y: &[Lane], u: &[T; 3]) -> T {
        log_tail(standard(y[0], u), u[2], false)
    }

    #[inline(always)]
    fn log_sf<T: Real>(&self, y: &[Lane], u: &[T; 3]) -> T {
        log_tail(standard(y[0], u), u[2], true)
    }

    fn start(&self, y: &Moments) -> [f64; 3] {
        let sigma = if y.variance_log > 0.0 { y.variance_log.sqrt() } else { 1.0 };
        [y.mean_log, log(sigma), 0.2]
    }

    fn sample(&self, u: &[f64; 3], uniform: &mut dyn FnMut() -> f64) -> Option<f64> {
        let q = u[2];
        let w = match q == 0.0 {
            true => norm_quantile(uniform()),
            // a e^(Q w) is a gamma draw of shape a = Q^-2.
            false => (draws::log_gamma(1.0 / (q * q), uniform) + 2.0 * log(q.abs())) / q,
        };
        Some(exp(u[0] + exp(u[1]) * w))
    }
}

/// (log y - mu) / sigma
#[inline(always)]
fn standard<T: Real>(y: Lane, u: &[T; 3]) -> T {
    (T::lift(T::log_fixed(y)) - u[0]) * (-u[1]).exp()
}
