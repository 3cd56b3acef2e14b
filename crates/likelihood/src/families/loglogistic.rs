//! Log-logistic: a time whose logarithm is logistic with location `mu` and scale `sigma`; shape 1 / sigma, scale e^mu.
//!
//! log S(t) = -log(1 + e^z), z = (log t - mu) / sigma; u = [mu, log sigma].

use crate::location_scale::{SHAPE_AND_SCALE, SHAPE_SECOND_NAMES};
use crate::{Family, LocationScale, Standard};
use super::logistic_dist::LogisticDist;
use loglik_num::{Lane, Real};

/// The standard log-logistic (log time) density.
#[derive(Clone, Copy, Debug, Default)]
pub struct Loglogistic;

/// Its entry in the registry.
pub static FAMILY: Family = Family {
    aliases: &["llogis", "fisk", "log_logistic"],
    params: SHAPE_SECOND_NAMES,
    natural: Some(&SHAPE_AND_SCALE),
    ..Family::of::<LocationScale<Loglogistic, true>, 2>("times with a hazard that rises, then falls")
};

impl Standard for Loglogistic {
    const NAME: &'static str = "loglogistic";
    const SOURCE: &'static str = "Kalbfleisch & Prentice (2002), The Statistical Analysis of Failure Time Data, 2.2.6";
    const MOMENTS: Option<(f64, f64)> = None;
    const INFO: [f64; 3] = LogisticDist::INFO;

    #[inline(always)]
    fn log_pdf<T: Real>(z: T) -> T {
        LogisticDist::log_pdf(z)
    }

    #[inline(always)]
    fn log_cdf<T: Real>(z: T) -> T {
        LogisticDist::log_cdf(z)
    }

    #[inline(always)]
    fn log_sf<T: Real>(z: T) -> T {
        LogisticDist::log_sf(z)
    }

    fn quantile(p: f64) -> f64 {
        LogisticDist::quantile(p)
    }

    /// log(Gamma(1 + s) Gamma(1 - s)), infinite from s = 1 on.
    #[inline(always)]
    fn log_mean_exp<T: Real>(s: T) -> T {
        let one = T::constant(1.0);
        let short = s.value().lt(Lane::ONE);
        let safe = T::select(short, s, T::constant(0.5));
        let finite = (one + safe).lgamma() + (one - safe).lgamma();
        T::select(short, finite, T::constant(f64::INFINITY))
    }
}
