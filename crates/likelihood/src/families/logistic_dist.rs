//! Logistic distribution: a number with location `mu` and scale `sigma`, variance pi^2 sigma^2 / 3.
//!
//! log f = -z - 2 log(1 + e^-z) - log sigma, z = (y - mu) / sigma; u = [mu, log sigma].

use crate::location_scale::{LOCATION_AND_SCALE, SECOND_NAMES};
use crate::{Family, LocationScale, Standard};
use core::f64::consts::PI;
use loglik_num::{Lane, Real, log, log1p};

/// The standard logistic density.
#[derive(Clone, Copy, Debug, Default)]
pub struct LogisticDist;

/// Its entry in the registry.
pub static FAMILY: Family = Family {
    aliases: &["logis", "logistic_distribution"],
    params: SECOND_NAMES,
    natural: Some(&LOCATION_AND_SCALE),
    ..Family::of::<LocationScale<LogisticDist, false>, 2>("logistic distribution of a number")
};

impl Standard for LogisticDist {
    const NAME: &'static str = "logistic_dist";
    const SOURCE: &'static str = "Johnson, Kotz & Balakrishnan (1995), Continuous Univariate Distributions 2, ch. 23";
    const MOMENTS: Option<(f64, f64)> = Some((0.0, PI * PI / 3.0));
    const INFO: [f64; 3] = [1.0 / 3.0, 0.0, (3.0 + PI * PI) / 9.0];

    #[inline(always)]
    fn log_pdf<T: Real>(z: T) -> T {
        -z - (-z).log1pexp().scale(Lane::splat(2.0))
    }

    #[inline(always)]
    fn log_cdf<T: Real>(z: T) -> T {
        -(-z).log1pexp()
    }

    #[inline(always)]
    fn log_sf<T: Real>(z: T) -> T {
        -z.log1pexp()
    }

    fn quantile(p: f64) -> f64 {
        log(p) - log1p(-p)
    }
}
