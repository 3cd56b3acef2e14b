//! Lomax (Pareto of the second kind from 0 on): `scale`, and a tail that falls like y^-shape.
//!
//! log S(y) = -shape log(1 + y / scale); u = [log scale, log shape]. The exponential where both grow together.

use crate::{Density, Family, Moments, NaturalMap, Param, Support};
use loglik_num::{Lane, Real, exp, expm1, log, log1p};

/// The Lomax distribution.
#[derive(Clone, Copy, Debug, Default)]
pub struct Lomax;

/// Its entry in the registry.
pub static FAMILY: Family = Family {
    aliases: &["pareto2"],
    natural: Some(&NaturalMap {
        names: &["shape", "scale"],
        from_u: |u| [u[1].exp(), u[0].exp(), u[2]],
        to_u: |v| [log(v[1]), log(v[0]), 0.0],
    }),
    ..Family::of::<Lomax, 2>("heavy tails from 0 on")
};

impl Density<2> for Lomax {
    const NAME: &'static str = "lomax";
    const ALLOWED: &'static str = "numbers from 0 on";
    const SOURCE: &'static str = "Johnson, Kotz & Balakrishnan (1994), Continuous Univariate Distributions 1, 20.4";
    const TAILS: bool = true;
    const CONCAVE: bool = true;

    fn params(&self) -> [Param; 2] {
        [Param::new("scale", Support::Positive), Param::new("shape", Support::Positive)]
    }

    fn admits(&self, y: &[f64]) -> bool {
        (y[0] >= 0.0) & (y[0] < f64::INFINITY)
    }

    #[inline(always)]
    fn loglik<T: Real>(&self, y: &[Lane], u: &[T; 2]) -> T {
        let far = (-u[0]).exp().scale(y[0]).log1p();
        u[1] - u[0] - far - u[1].exp() * far
    }

    #[inline(always)]
    fn log_cdf<T: Real>(&self, y: &[Lane], u: &[T; 2]) -> T {
        self.log_sf(y, u).log1mexp()
    }

    #[inline(always)]
    fn log_sf<T: Real>(&self, y: &[Lane], u: &[T; 2]) -> T {
        -(u[1].exp() * (-u[0]).exp().scale(y[0]).log1p())
    }

    fn start(&self, y: &Moments) -> [f64; 2] {
        // By moments: variance / mean^2 = shape / (shape - 2), where that is above 1.
        let ratio = y.sd() * y.sd() / (y.mean * y.mean);
        let shape = if ratio > 1.1 { 2.0 * ratio / (ratio - 1.0) } else { 20.0 };
        [log(y.positive_mean() * (shape - 1.0)), log(shape)]
    }

    #[inline(always)]
    fn mean<T: Real>(&self, u: &[T; 2]) -> Option<T> {
        let shape = u[1].value().gt(Lane::ZERO);
        let safe = T::select(shape, u[1], T::constant(1.0));
        Some(T::select(shape, u[0].exp() / (safe.exp() - T::constant(1.0)), T::constant(f64::INFINITY)))
    }

    fn expected_info(&self, _: &[f64], u: &[f64; 2], out: &mut [f64]) -> bool {
        // E log(1 + z) = 1 / shape, E z / (1 + z) = 1 / (shape + 1).
        let shape = exp(u[1]);
        out[0] = shape / (shape + 2.0);
        out[1] = -shape / (shape + 1.0);
        out[2] = 1.0;
        true
    }

    fn quantile(&self, p: f64, u: &[f64; 2]) -> Option<f64> {
        Some(exp(u[0]) * expm1(-log1p(-p) * exp(-u[1])))
    }
}
