//! Cauchy: a number with median `mu` and half distance `sigma` between its quartiles; no mean, no variance.
//!
//! log f = -log(1 + z^2) - log(pi sigma), z = (y - mu) / sigma; u = [mu, log sigma].

use crate::location_scale::{LOCATION_AND_SCALE, SECOND_NAMES};
use crate::{Family, LocationScale, Standard};
use core::f64::consts::{FRAC_1_PI, FRAC_PI_2, PI};
use loglik_num::{Lane, Real, tan};

/// log pi.
const LOG_PI: f64 = 1.144_729_885_849_400_2;

/// The standard Cauchy density.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cauchy;

/// Its entry in the registry.
pub static FAMILY: Family = Family {
    aliases: &["lorentz"],
    params: SECOND_NAMES,
    natural: Some(&LOCATION_AND_SCALE),
    ..Family::of::<LocationScale<Cauchy, false>, 2>("very heavy tails, no mean")
};

impl Standard for Cauchy {
    const NAME: &'static str = "cauchy";
    const SOURCE: &'static str = "Johnson, Kotz & Balakrishnan (1994), Continuous Univariate Distributions 1, ch. 16";
    const CONCAVE: bool = false;
    const MOMENTS: Option<(f64, f64)> = None;
    const INFO: [f64; 3] = [0.5, 0.0, 0.5];

    #[inline(always)]
    fn log_pdf<T: Real>(z: T) -> T {
        // Beyond 1e8 the 1 is below the last bit of z^2, which would overflow before z does.
        let far = z.value().abs().gt(Lane::splat(1e8));
        let near = T::select(far, T::constant(0.0), z).square().log1p();
        let size = T::select(z.value().gt(Lane::ZERO), z, -z);
        let beyond = T::select(far, size, T::constant(1.0)).log().scale(Lane::splat(2.0));
        -T::select(far, beyond, near) - T::constant(LOG_PI)
    }

    #[inline(always)]
    fn log_cdf<T: Real>(z: T) -> T {
        Self::log_sf(-z)
    }

    /// The upper tail is atan(1 / z) / pi where z > 1; half less atan(z) / pi elsewhere.
    #[inline(always)]
    fn log_sf<T: Real>(z: T) -> T {
        let far = z.value().gt(Lane::ONE);
        let beyond = T::select(far, z, T::constant(1.0)).recip().atan();
        let within = T::constant(FRAC_PI_2) - z.atan();
        let upper = T::select(far, beyond, within).log() - T::constant(LOG_PI);
        // Far below, the probability is 1 less a small one.
        let low = z.value().lt(-Lane::ONE);
        let rest = T::select(low, -z, T::constant(1.0)).recip().atan().scale(Lane::splat(-FRAC_1_PI));
        T::select(low, rest.log1p(), upper)
    }

    fn quantile(p: f64) -> f64 {
        if p < 0.5 { -1.0 / tan(PI * p) } else { 1.0 / tan(PI * (1.0 - p)) }
    }
}
