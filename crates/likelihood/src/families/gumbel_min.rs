//! Gumbel of minima: a number with location (mode) `mu` and scale `sigma`; the logarithm of a Weibull time.
//!
//! log f = z - e^z - log sigma, z = (y - mu) / sigma; u = [mu, log sigma].

use crate::location_scale::{LOCATION_AND_SCALE, SECOND_NAMES};
use crate::{Family, LocationScale, Standard};
use crate::limits::{EULER, LogCloglog};
use core::f64::consts::PI;
use loglik_num::{Real, log, log1p};

/// The standard Gumbel (minimum) density.
#[derive(Clone, Copy, Debug, Default)]
pub struct GumbelMin;

/// Its entry in the registry.
pub static FAMILY: Family = Family {
    aliases: &["smallest_extreme_value", "sev", "gumbel_l"],
    params: SECOND_NAMES,
    natural: Some(&LOCATION_AND_SCALE),
    ..Family::of::<LocationScale<GumbelMin, false>, 2>("extreme values: smallest of many")
};

impl Standard for GumbelMin {
    const NAME: &'static str = "gumbel_min";
    const SOURCE: &'static str = "Johnson, Kotz & Balakrishnan (1995), Continuous Univariate Distributions 2, ch. 22";
    const MOMENTS: Option<(f64, f64)> = Some((-EULER, PI * PI / 6.0));
    const INFO: [f64; 3] = [1.0, 1.0 - EULER, PI * PI / 6.0 + (1.0 - EULER) * (1.0 - EULER)];

    #[inline(always)]
    fn log_pdf<T: Real>(z: T) -> T {
        z - z.exp()
    }

    #[inline(always)]
    fn log_cdf<T: Real>(z: T) -> T {
        z.apply(LogCloglog)
    }

    #[inline(always)]
    fn log_sf<T: Real>(z: T) -> T {
        -z.exp()
    }

    fn quantile(p: f64) -> f64 {
        log(-log1p(-p))
    }
}
