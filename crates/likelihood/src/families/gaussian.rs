//! Normal: a number with mean `mu` and standard deviation `sigma`, both in its unit. Squared error as likelihood.
//!
//! log f = -(y - mu)^2 / (2 sigma^2) - log sigma - log(2 pi) / 2; u = [mu, log sigma].

use crate::limits::HALF_LOG_2PI;
use crate::{Density, Family, Moments, NaturalMap, Param, ParamAlias, Precision, Sufficient, Support, UnitDeviance};
use loglik_num::{Lane, Real, exp, log, norm_quantile};

/// The normal distribution.
#[derive(Clone, Copy, Debug, Default)]
pub struct Gaussian;

/// Its entry in the registry.
pub static FAMILY: Family = Family {
    aliases: &["normal", "norm", "gauss"],
    params: &[
        ParamAlias::same("mean", "mu"),
        ParamAlias::same("location", "mu"),
        ParamAlias::same("sd", "sigma"),
        ParamAlias::same("scale", "sigma"),
    ],
    natural: Some(&NaturalMap {
        names: &["mean", "sd"],
        from_u: |u| [u[0], u[1].exp(), u[2]],
        to_u: |v| [v[0], log(v[1]), 0.0],
    }),
    ..Family::of::<Gaussian, 2>("normal: squared error, linear regression")
};

impl Density<2> for Gaussian {
    const NAME: &'static str = "gaussian";
    const ALLOWED: &'static str = "finite numbers";
    const SOURCE: &'static str = "Johnson, Kotz & Balakrishnan (1994), Continuous Univariate Distributions 1, ch. 13";
    const TAILS: bool = true;
    const SUFFICIENT: Option<Sufficient> = Some(Sufficient::Normal);
    const INLINED: bool = true;
    const CONCAVE: bool = true;
    const QUADRATIC: bool = true;
    const BY_DIFFERENCE: bool = true;
    const PRECISION: Option<Precision> = Some(Precision { param: 1, power: -0.5 });

    fn params(&self) -> [Param; 2] {
        [Param::new("mu", Support::Real), Param::new("sigma", Support::Positive)]
    }

    fn admits(&self, y: &[f64]) -> bool {
        y[0].is_finite()
    }

    #[inline(always)]
    fn loglik<T: Real>(&self, y: &[Lane], u: &[T; 2]) -> T {
        let z = (T::lift(y[0]) - u[0]) * (-u[1]).exp();
        z.square().scale(Lane::splat(-0.5)) - u[1] - T::constant(HALF_LOG_2PI)
    }

    #[inline(always)]
    fn log_cdf<T: Real>(&self, y: &[Lane], u: &[T; 2]) -> T {
        ((T::lift(y[0]) - u[0]) * (-u[1]).exp()).log_ndtr()
    }

    #[inline(always)]
    fn log_sf<T: Real>(&self, y: &[Lane], u: &[T; 2]) -> T {
        ((u[0] - T::lift(y[0])) * (-u[1]).exp()).log_ndtr()
    }

    fn start(&self, y: &Moments) -> [f64; 2] {
        [y.mean, log(y.sd())]
    }

    #[inline(always)]
    fn mean<T: Real>(&self, u: &[T; 2]) -> Option<T> {
        Some(u[0])
    }

    fn variance(&self, u: &[f64; 2]) -> Option<f64> {
        Some(exp(2.0 * u[1]))
    }

    #[inline(always)]
    fn dispersion_model(&self, y: &[Lane], u: &[Lane; 2]) -> Option<UnitDeviance<Lane>> {
        let gap = y[0] - u[0];
        Some(UnitDeviance { y: y[0], mu: u[0], variance: Lane::ONE, deviance: gap * gap, weight: Lane::ONE })
    }

    fn saturated(&self, _: &[f64], u: &[f64; 2]) -> Option<f64> {
        Some(-u[1] - HALF_LOG_2PI)
    }

    fn expected_info(&self, _: &[f64], u: &[f64; 2], out: &mut [f64]) -> bool {
        out.copy_from_slice(&[exp(-2.0 * u[1]), 0.0, 2.0]);
        true
    }

    fn quantile(&self, p: f64, u: &[f64; 2]) -> Option<f64> {
        Some(u[0] + exp(u[1]) * norm_quantile(p))
    }
}
