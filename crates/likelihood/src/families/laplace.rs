//! Laplace: a number with median `mu` and mean distance `sigma` from it. Absolute error as likelihood.
//!
//! log f = -|y - mu| / sigma - log(2 sigma); u = [mu, log sigma]. Not smooth at y = mu, where the slope is taken as 0;
//! medians and quantiles have an exact solver of their own.

use crate::{Density, Family, Moments, NaturalMap, Param, ParamAlias, Support};
use core::f64::consts::LN_2;
use loglik_num::{Lane, Real, exp, log};

/// The Laplace distribution.
#[derive(Clone, Copy, Debug, Default)]
pub struct Laplace;

/// Its entry in the registry.
pub const FAMILY: Family = Family {
    aliases: &["double_exponential", "lad", "median"],
    params: LOCATION_SCALE,
    natural: Some(&LOCATION_SCALE_MAP),
    ..Family::of::<Laplace, 2>("double exponential: absolute error, median regression")
};

/// Second names of a location and a scale.
pub(super) const LOCATION_SCALE: &[ParamAlias] =
    &[ParamAlias::same("location", "mu"), ParamAlias::same("scale", "sigma")];

/// Location and scale as they are reported.
pub(super) const LOCATION_SCALE_MAP: NaturalMap = NaturalMap {
    names: &["location", "scale"],
    from_u: |u| [u[0], u[1].exp(), u[2]],
    to_u: |v| [v[0], log(v[1]), 0.0],
};

impl Density<2> for Laplace {
    const NAME: &'static str = "laplace";
    const ALLOWED: &'static str = "finite numbers";
    const SOURCE: &'static str = "Johnson, Kotz & Balakrishnan (1995), Continuous Univariate Distributions 2, ch. 24";
    const TAILS: bool = true;

    fn params(&self) -> [Param; 2] {
        [Param::new("mu", Support::Real), Param::new("sigma", Support::Positive)]
    }

    fn admits(&self, y: &[f64]) -> bool {
        y[0].is_finite()
    }

    #[inline(always)]
    fn loglik<T: Real>(&self, y: &[Lane], u: &[T; 2]) -> T {
        let z = (T::lift(y[0]) - u[0]) * (-u[1]).exp();
        -absolute(z) - u[1] - T::constant(LN_2)
    }

    #[inline(always)]
    fn log_cdf<T: Real>(&self, y: &[Lane], u: &[T; 2]) -> T {
        lower_tail((T::lift(y[0]) - u[0]) * (-u[1]).exp())
    }

    #[inline(always)]
    fn log_sf<T: Real>(&self, y: &[Lane], u: &[T; 2]) -> T {
        lower_tail((u[0] - T::lift(y[0])) * (-u[1]).exp())
    }

    fn start(&self, y: &Moments) -> [f64; 2] {
        let median = if y.sample.is_empty() { y.mean } else { y.quantile(0.5) };
        let distance = y.sample.iter().map(|x| (x - median).abs()).sum::<f64>() / y.sample.len().max(1) as f64;
        [median, log(if distance > 0.0 { distance } else { y.sd() })]
    }

    #[inline(always)]
    fn mean<T: Real>(&self, u: &[T; 2]) -> Option<T> {
        Some(u[0])
    }

    fn variance(&self, u: &[f64; 2]) -> Option<f64> {
        Some(2.0 * exp(2.0 * u[1]))
    }

    fn saturated(&self, _: &[f64], u: &[f64; 2]) -> Option<f64> {
        Some(-u[1] - LN_2)
    }

    fn expected_info(&self, _: &[f64], u: &[f64; 2], out: &mut [f64]) -> bool {
        out.copy_from_slice(&[exp(-2.0 * u[1]), 0.0, 1.0]);
        true
    }

    fn quantile(&self, p: f64, u: &[f64; 2]) -> Option<f64> {
        let z = if p < 0.5 { log(2.0 * p) } else { -log(2.0 * (1.0 - p)) };
        Some(u[0] + exp(u[1]) * z)
    }
}

/// |z|, with slope 0 at 0.
#[inline(always)]
fn absolute<T: Real>(z: T) -> T {
    let sign = z.value().zip(Lane::ZERO, |z, zero| f64::from(z > zero) - f64::from(z < zero));
    z.scale(sign)
}

/// log P(Z <= z) of the standard Laplace distribution.
#[inline(always)]
fn lower_tail<T: Real>(z: T) -> T {
    let low = z.value().lt(Lane::ZERO);
    let beyond = -absolute(z) - T::constant(LN_2);
    T::select(low, beyond, (-beyond.exp()).log1p())
}
