//! Weibull: a time whose logarithm has location `mu` and scale `sigma`; shape 1 / sigma, scale e^mu.
//!
//! log S(t) = -e^z, log f = z - e^z - log sigma - log t, z = (log t - mu) / sigma; u = [mu, log sigma].

use crate::location_scale::{SHAPE_AND_SCALE, SHAPE_SECOND_NAMES};
use crate::{Family, LocationScale, Standard};
use super::gumbel_min::GumbelMin;
use loglik_num::{Real};

/// The standard Weibull (log time) density.
#[derive(Clone, Copy, Debug, Default)]
pub struct Weibull;

/// Its entry in the registry.
pub static FAMILY: Family = Family {
    aliases: &["weib"],
    params: SHAPE_SECOND_NAMES,
    natural: Some(&SHAPE_AND_SCALE),
    ..Family::of::<LocationScale<Weibull, true>, 2>("times with a hazard that is a power of time")
};

impl Standard for Weibull {
    const NAME: &'static str = "weibull";
    const SOURCE: &'static str = "Kalbfleisch & Prentice (2002), The Statistical Analysis of Failure Time Data, 2.2.2";
    const MOMENTS: Option<(f64, f64)> = None;
    const INFO: [f64; 3] = GumbelMin::INFO;

    #[inline(always)]
    fn log_pdf<T: Real>(z: T) -> T {
        GumbelMin::log_pdf(z)
    }

    #[inline(always)]
    fn log_cdf<T: Real>(z: T) -> T {
        GumbelMin::log_cdf(z)
    }

    #[inline(always)]
    fn log_sf<T: Real>(z: T) -> T {
        GumbelMin::log_sf(z)
    }

    fn quantile(p: f64) -> f64 {
        GumbelMin::quantile(p)
    }

    /// log Gamma(1 + s)
    #[inline(always)]
    fn log_mean_exp<T: Real>(s: T) -> T {
        (s + T::constant(1.0)).lgamma()
    }
}
