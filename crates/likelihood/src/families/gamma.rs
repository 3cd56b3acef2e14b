//! Gamma: a positive number with mean `mu` and variance `mu^2 / shape`.
//!
//! log f = shape (r - e^r + 1) + [shape log shape - shape - log Gamma(shape)] - log y with r = log y - log mu, the bracket
//! by Stirling's formula; u = [log mu, log shape]. Exact for any shape, also far beyond 1e8.

use crate::draws;
use crate::limits::{Expm1Less, HALF_LOG_2PI, StirlingRest, stirling_rest};
use crate::support::is_positive;
use crate::{Density, Family, Moments, NaturalMap, Param, ParamAlias, Precision, Sufficient, Support, UnitDeviance};
use loglik_num::{Lane, Real, exp, log};

/// The gamma distribution.
#[derive(Clone, Copy, Debug, Default)]
pub struct Gamma;

/// Its entry in the registry.
pub static FAMILY: Family = Family {
    aliases: &["gammadist"],
    params: &[
        ParamAlias::same("mean", "mu"),
        ParamAlias { alias: "dispersion", param: "shape", value: |phi| 1.0 / phi },
    ],
    natural: Some(&NaturalMap {
        names: &["shape", "rate"],
        from_u: |u| [u[1].exp(), (u[1] - u[0]).exp(), u[2]],
        to_u: |v| [log(v[0]) - log(v[1]), log(v[0]), 0.0],
    }),
    ..Family::of::<Gamma, 2>("positive numbers with constant coefficient of variation")
};

impl Density<2> for Gamma {
    const NAME: &'static str = "gamma";
    const ALLOWED: &'static str = "positive numbers";
    const SOURCE: &'static str = "McCullagh & Nelder (1989), Generalized Linear Models, ch. 8";
    const TAILS: bool = true;
    const SUFFICIENT: Option<Sufficient> = Some(Sufficient::Gamma);
    const INLINED: bool = true;
    const CONCAVE: bool = true;
    const PRECISION: Option<Precision> = Some(Precision { param: 1, power: 1.0 });

    fn params(&self) -> [Param; 2] {
        [Param::new("mu", Support::Positive), Param::new("shape", Support::Positive)]
    }

    fn admits(&self, y: &[f64]) -> bool {
        is_positive(y[0])
    }

    #[inline(always)]
    fn loglik<T: Real>(&self, y: &[Lane], u: &[T; 2]) -> T {
        let log_y = T::log_fixed(y[0]);
        let shape = u[1].exp();
        let unit = (T::lift(log_y) - u[0]).apply(Expm1Less);
        u[1].scale(Lane::splat(0.5)) - shape * unit - shape.apply(StirlingRest)
            - T::lift(log_y + Lane::splat(HALF_LOG_2PI))
    }

    #[inline(always)]
    fn log_cdf<T: Real>(&self, y: &[Lane], u: &[T; 2]) -> T {
        u[1].exp().log_gamma_p((u[1] - u[0]).exp().scale(y[0]))
    }

    #[inline(always)]
    fn log_sf<T: Real>(&self, y: &[Lane], u: &[T; 2]) -> T {
        u[1].exp().log_gamma_q((u[1] - u[0]).exp().scale(y[0]))
    }

    fn start(&self, y: &Moments) -> [f64; 2] {
        let mu = y.positive_mean();
        // shape is about 1 / (2 (log mean - mean log)), the leading term of its equation.
        let gap = log(mu) - y.mean_log;
        [log(mu), if gap > 0.0 { -log(2.0 * gap) } else { 0.0 }]
    }

    #[inline(always)]
    fn mean<T: Real>(&self, u: &[T; 2]) -> Option<T> {
        Some(u[0].exp())
    }

    fn variance(&self, u: &[f64; 2]) -> Option<f64> {
        Some(exp(2.0 * u[0] - u[1]))
    }

    #[inline(always)]
    fn dispersion_model(&self, y: &[Lane], u: &[Lane; 2]) -> Option<UnitDeviance<Lane>> {
        let mu = u[0].exp();
        let half = (y[0].log() - u[0]).apply(Expm1Less);
        Some(UnitDeviance { y: y[0], mu, variance: mu * mu, deviance: half + half, weight: Lane::ONE })
    }

    fn saturated(&self, y: &[f64], u: &[f64; 2]) -> Option<f64> {
        Some(0.5 * u[1] - stirling_rest(exp(u[1]))[0] - HALF_LOG_2PI - log(y[0]))
    }

    fn expected_info(&self, _: &[f64], u: &[f64; 2], out: &mut [f64]) -> bool {
        // shape^2 trigamma(shape) - shape = shape^2 (rest)''(shape) + 1/2
        let shape = exp(u[1]);
        out.copy_from_slice(&[shape, 0.0, shape * shape * stirling_rest(shape)[2] + 0.5]);
        true
    }

    fn sample(&self, u: &[f64; 2], uniform: &mut dyn FnMut() -> f64) -> Option<f64> {
        Some(exp(u[0] - u[1] + draws::log_gamma(exp(u[1]), uniform)))
    }
}
