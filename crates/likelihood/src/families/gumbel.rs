//! Gumbel of maxima: a number with location (mode) `mu` and scale `sigma`.
//!
//! log f = -z - e^-z - log sigma, z = (y - mu) / sigma; u = [mu, log sigma].

use crate::location_scale::{LOCATION_AND_SCALE, SECOND_NAMES};
use crate::{Family, LocationScale, Standard};
use crate::limits::{EULER, LogCloglog};
use core::f64::consts::PI;
use loglik_num::{Real, log};

/// The standard Gumbel density.
#[derive(Clone, Copy, Debug, Default)]
pub struct Gumbel;

/// Its entry in the registry.
pub static FAMILY: Family = Family {
    aliases: &["gumbel_max", "extreme_value", "gumbel_r"],
    params: SECOND_NAMES,
    natural: Some(&LOCATION_AND_SCALE),
    ..Family::of::<LocationScale<Gumbel, false>, 2>("extreme values: largest of many")
};

impl Standard for Gumbel {
    const NAME: &'static str = "gumbel";
    const SOURCE: &'static str = "Johnson, Kotz & Balakrishnan (1995), Continuous Univariate Distributions 2, ch. 22";
    const MOMENTS: Option<(f64, f64)> = Some((EULER, PI * PI / 6.0));
    const INFO: [f64; 3] = [1.0, -(1.0 - EULER), PI * PI / 6.0 + (1.0 - EULER) * (1.0 - EULER)];

    #[inline(always)]
    fn log_pdf<T: Real>(z: T) -> T {
        -z - (-z).exp()
    }

    #[inline(always)]
    fn log_cdf<T: Real>(z: T) -> T {
        -(-z).exp()
    }

    #[inline(always)]
    fn log_sf<T: Real>(z: T) -> T {
        (-z).apply(LogCloglog)
    }

    fn quantile(p: f64) -> f64 {
        -log(-log(p))
    }
}
