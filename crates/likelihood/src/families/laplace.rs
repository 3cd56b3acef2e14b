//! Laplace: a number with median `mu` and mean distance `sigma` from it. Absolute error as likelihood.
//!
//! log f = -|y - mu| / sigma - log(2 sigma); u = [mu, log sigma]. Not smooth at y = mu, where the slope is taken as 0;
//! medians and quantiles have an exact solver of their own.

use crate::location_scale::{LOCATION_AND_SCALE, SECOND_NAMES};
use crate::{CheckLoss, Family, LocationScale, Standard};
use core::f64::consts::LN_2;
use loglik_num::{Lane, Real, log};

/// The standard Laplace density.
#[derive(Clone, Copy, Debug, Default)]
pub struct Laplace;

/// Its entry in the registry.
pub static FAMILY: Family = Family {
    aliases: &["double_exponential", "lad", "median"],
    params: SECOND_NAMES,
    natural: Some(&LOCATION_AND_SCALE),
    ..Family::of::<LocationScale<Laplace, false>, 2>("double exponential: absolute error, median regression")
};

impl Standard for Laplace {
    const NAME: &'static str = "laplace";
    const SOURCE: &'static str = "Johnson, Kotz & Balakrishnan (1995), Continuous Univariate Distributions 2, ch. 24";
    const CHECK: Option<CheckLoss> = Some(CheckLoss { above: 1.0, below: 1.0 });
    const MOMENTS: Option<(f64, f64)> = Some((0.0, 2.0));
    const INFO: [f64; 3] = [1.0, 0.0, 1.0];

    #[inline(always)]
    fn log_pdf<T: Real>(z: T) -> T {
        let sign = z.value().zip(Lane::ZERO, |z, zero| f64::from(z > zero) - f64::from(z < zero));
        -z.scale(sign) - T::constant(LN_2)
    }

    #[inline(always)]
    fn log_cdf<T: Real>(z: T) -> T {
        let low = z.value().lt(Lane::ZERO);
        let beyond = T::select(low, z, -z) - T::constant(LN_2);
        T::select(low, beyond, (-beyond.exp()).log1p())
    }

    #[inline(always)]
    fn log_sf<T: Real>(z: T) -> T {
        Self::log_cdf(-z)
    }

    fn quantile(p: f64) -> f64 {
        if p < 0.5 { log(2.0 * p) } else { -log(2.0 * (1.0 - p)) }
    }
}
