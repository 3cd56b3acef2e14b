//! Gompertz: a time with hazard `rate e^(shape t)`.
//!
//! log S(t) = -rate t q(shape t), q(x) = (e^x - 1) / x; log f = log rate + shape t + log S(t); u = [log rate, shape].
//! Shape 0 is the exponential; below 0 some never fail.

use crate::limits::Quotient;
use crate::{Density, Family, Moments, NaturalMap, Param, Support};
use loglik_num::{Lane, Real, exp, log, log1p};

/// The Gompertz distribution.
#[derive(Clone, Copy, Debug, Default)]
pub struct Gompertz;

/// Its entry in the registry.
pub static FAMILY: Family = Family {
    aliases: &[],
    natural: Some(&NaturalMap {
        names: &["shape", "rate"],
        from_u: |u| [u[1], u[0].exp(), u[2]],
        to_u: |v| [log(v[1]), v[0], 0.0],
    }),
    ..Family::of::<Gompertz, 2>("times with a hazard that grows exponentially")
};

impl Density<2> for Gompertz {
    const NAME: &'static str = "gompertz";
    const ALLOWED: &'static str = "numbers from 0 on";
    const SOURCE: &'static str = "Johnson, Kotz & Balakrishnan (1995), Continuous Univariate Distributions 2, 22.8; Gompertz (1825)";
    const TAILS: bool = true;
    const CONCAVE: bool = true;

    fn params(&self) -> [Param; 2] {
        [Param::new("rate", Support::Positive), Param::new("shape", Support::Real)]
    }

    fn admits(&self, y: &[f64]) -> bool {
        (y[0] >= 0.0) & (y[0] < f64::INFINITY)
    }

    #[inline(always)]
    fn loglik<T: Real>(&self, y: &[Lane], u: &[T; 2]) -> T {
        u[0] + u[1].scale(y[0]) - hazard(y[0], u)
    }

    #[inline(always)]
    fn log_cdf<T: Real>(&self, y: &[Lane], u: &[T; 2]) -> T {
        (-hazard(y[0], u)).log1mexp()
    }

    #[inline(always)]
    fn log_sf<T: Real>(&self, y: &[Lane], u: &[T; 2]) -> T {
        -hazard(y[0], u)
    }

    fn start(&self, y: &Moments) -> [f64; 2] {
        [-log(y.positive_mean()), 0.0]
    }

    fn quantile(&self, p: f64, u: &[f64; 2]) -> Option<f64> {
        // t = log(1 - shape log(1 - p) / rate) / shape
        let level = -log1p(-p) * exp(-u[0]);
        let t = level * Lane::splat(u[1] * level).apply(Quotient::Log1p).0[0];
        Some(if t.is_nan() { f64::INFINITY } else { t })
    }
}

/// rate (e^(shape t) - 1) / shape, the cumulative hazard.
#[inline(always)]
fn hazard<T: Real>(t: Lane, u: &[T; 2]) -> T {
    (u[0].exp() * u[1].scale(t).apply(Quotient::Expm1)).scale(t)
}
