//! Negative binomial (NB2): a count with mean `mu` and variance `mu + mu^2 / theta`.
//!
//! log f = log(Gamma(y + theta) / (Gamma(theta) y!)) - theta log(1 + mu / theta) - y log(1 + theta / mu);
//! u = [log mu, log theta]. `theta` is the size, without unit; `theta -> inf` is the Poisson, and every term stays
//! exact on the way there.

use super::negative_binomial_info::in_log_theta;
use crate::draws;
use crate::limits::toward;
use crate::support::is_count;
use crate::tails::log_beta_tail;
use crate::{Density, Family, Moments, NaturalMap, Param, ParamAlias, Support, UnitDeviance};
use loglik_num::{Lane, Real, exp, log, log_rising, log1pexp};

/// The negative binomial distribution.
#[derive(Clone, Copy, Debug, Default)]
pub struct NegativeBinomial;

/// Its entry in the registry.
pub static FAMILY: Family = Family {
    aliases: &["nbinom", "negbin", "nb", "nb2", "negbinomial", "negative_binomial2"],
    params: &[
        ParamAlias::same("mean", "mu"),
        ParamAlias::same("size", "theta"),
        ParamAlias { alias: "alpha", param: "theta", value: |alpha| 1.0 / alpha },
    ],
    natural: Some(&NaturalMap {
        names: &["size", "mu"],
        from_u: |u| [u[1].exp(), u[0].exp(), u[2]],
        to_u: |v| [log(v[1]), log(v[0]), 0.0],
    }),
    ..Family::of::<NegativeBinomial, 2>("counts with variance mu + mu^2 / theta")
};

impl Density<2> for NegativeBinomial {
    const NAME: &'static str = "negative_binomial";
    const ALLOWED: &'static str = "counts 0, 1, 2, ..";
    const SOURCE: &'static str = "Lawless (1987), Canadian Journal of Statistics 15(3), 209-225";
    const DISCRETE: bool = true;
    const TAILS: bool = true;
    const INLINED: bool = true;
    const CONCAVE: bool = true;

    fn params(&self) -> [Param; 2] {
        [Param::new("mu", Support::Positive), Param::new("theta", Support::Positive)]
    }

    fn admits(&self, y: &[f64]) -> bool {
        is_count(y[0])
    }

    #[inline(always)]
    fn loglik<T: Real>(&self, y: &[Lane], u: &[T; 2]) -> T {
        let theta = u[1].exp();
        let ratio = u[0] - u[1];
        // (-ratio).log1pexp() = log1pexp(ratio) - ratio, exact where mu >> theta.
        theta.log_rising(y[0]) - T::lift(y[0].log_factorial()) - theta * ratio.log1pexp()
            - (-ratio).log1pexp().scale(y[0])
    }

    /// P(Y <= y) = I_x(theta, y + 1) at x = theta / (theta + mu).
    #[inline(always)]
    fn log_cdf<T: Real>(&self, y: &[Lane], u: &[T; 2]) -> T {
        log_beta_tail(u[1] - u[0], u[1].exp(), T::lift(y[0].floor() + Lane::ONE), true)
    }

    #[inline(always)]
    fn log_sf<T: Real>(&self, y: &[Lane], u: &[T; 2]) -> T {
        log_beta_tail(u[1] - u[0], u[1].exp(), T::lift(y[0].floor() + Lane::ONE), false)
    }

    fn start(&self, y: &Moments) -> [f64; 2] {
        let mu = y.positive_mean();
        let excess = y.variance - mu;
        [log(mu), if excess > 0.0 { log(mu * mu / excess) } else { log(mu) + log(100.0) }]
    }

    #[inline(always)]
    fn mean<T: Real>(&self, u: &[T; 2]) -> Option<T> {
        Some(u[0].exp())
    }

    fn variance(&self, u: &[f64; 2]) -> Option<f64> {
        let mu = exp(u[0]);
        Some(mu + mu * exp(u[0] - u[1]))
    }

    /// V = mu + mu^2 / theta, with theta as it stands in `u`.
    #[inline(always)]
    fn dispersion_model(&self, y: &[Lane], u: &[Lane; 2]) -> Option<UnitDeviance<Lane>> {
        let (y, mu, theta) = (y[0], u[0].exp(), u[1].exp());
        let variance = mu + mu * (u[0] - u[1]).exp();
        // 2 [y log(y / mu) - (y + theta) log((y + theta) / (mu + theta))]
        let half = toward(y, u[0]) - (y + theta) * ((y - mu) / (mu + theta)).log1p();
        Some(UnitDeviance { y, mu, variance, deviance: half + half, weight: Lane::ONE })
    }

    fn saturated(&self, y: &[f64], u: &[f64; 2]) -> Option<f64> {
        let (y, theta) = (y[0], exp(u[1]));
        if y == 0.0 {
            return Some(0.0);
        }
        let ratio = log(y) - u[1];
        let constant = log_rising(theta, y) - Lane::splat(y).log_factorial().0[0];
        Some(constant - theta * log1pexp(ratio) - y * log1pexp(-ratio))
    }

    fn expected_info(&self, _: &[f64], u: &[f64; 2], out: &mut [f64]) -> bool {
        // mu^2 / V in log mu; the two parameters are orthogonal.
        out[0] = exp(u[0] - log1pexp(u[0] - u[1]));
        out[1] = 0.0;
        out[2] = in_log_theta(u);
        true
    }

    fn sample(&self, u: &[f64; 2], uniform: &mut dyn FnMut() -> f64) -> Option<f64> {
        // A Poisson whose mean is gamma distributed.
        let log_rate = u[0] - u[1] + draws::log_gamma(exp(u[1]), uniform);
        Some(draws::poisson(exp(log_rate), uniform))
    }
}
