//! Generalised extreme value: the largest of many, with location `mu`, scale `sigma` and tail `xi`.
//!
//! log f = -log sigma - (1 + xi) s - e^-s, s = log(1 + xi z) / xi, z = (y - mu) / sigma; u = [mu, log sigma, xi].
//! xi > 0 is the heavy tail, xi = 0 the Gumbel; outside the support the log density is -inf.

use crate::limits::{LogCloglog, Quotient};
use crate::{Density, Family, Moments, NaturalMap, Param, ParamAlias, Support};
use loglik_num::{Lane, Mask, Real, exp, log};

/// The generalised extreme value distribution.
#[derive(Clone, Copy, Debug, Default)]
pub struct Gev;

/// Its entry in the registry.
pub static FAMILY: Family = Family {
    aliases: &["genextreme", "generalized_extreme_value"],
    params: &[
        ParamAlias::same("location", "mu"),
        ParamAlias::same("scale", "sigma"),
        ParamAlias::same("shape", "xi"),
    ],
    natural: Some(&NaturalMap {
        names: &["location", "scale", "shape"],
        from_u: |u| [u[0], u[1].exp(), u[2]],
        to_u: |v| [v[0], log(v[1]), v[2]],
    }),
    ..Family::of::<Gev, 3>("extreme values: block maxima")
};

impl Density<3> for Gev {
    const NAME: &'static str = "gev";
    const ALLOWED: &'static str = "finite numbers";
    const SOURCE: &'static str = "Coles (2001), An Introduction to Statistical Modeling of Extreme Values, ch. 3";
    const TAILS: bool = true;
    const BY_DIFFERENCE: bool = true;

    fn params(&self) -> [Param; 3] {
        [Param::new("mu", Support::Real), Param::new("sigma", Support::Positive), Param::new("xi", Support::Real)]
    }

    fn admits(&self, y: &[f64]) -> bool {
        y[0].is_finite()
    }

    #[inline(always)]
    fn loglik<T: Real>(&self, y: &[Lane], u: &[T; 3]) -> T {
        let (inside, s) = reduced(y[0], u);
        let l = -u[1] - s - u[2] * s - (-s).exp();
        T::select(inside, l, T::constant(f64::NEG_INFINITY))
    }

    #[inline(always)]
    fn log_cdf<T: Real>(&self, y: &[Lane], u: &[T; 3]) -> T {
        let (inside, s) = reduced(y[0], u);
        T::select(inside, -(-s).exp(), beyond(u[2].value().lt(Lane::ZERO)))
    }

    #[inline(always)]
    fn log_sf<T: Real>(&self, y: &[Lane], u: &[T; 3]) -> T {
        let (inside, s) = reduced(y[0], u);
        T::select(inside, (-s).apply(LogCloglog), beyond(u[2].value().gt(Lane::ZERO)))
    }

    fn start(&self, y: &Moments) -> [f64; 3] {
        // Gumbel by moments, a light tail.
        let sigma = y.sd() * 6.0_f64.sqrt() / core::f64::consts::PI;
        [y.mean - 0.577_215_664_901_532_9 * sigma, log(sigma), 0.1]
    }

    fn quantile(&self, p: f64, u: &[f64; 3]) -> Option<f64> {
        let s = -log(-log(p));
        Some(u[0] + exp(u[1]) * s * Lane::splat(u[2] * s).apply(Quotient::Expm1).0[0])
    }
}

/// Where 1 + xi z > 0, and s = log(1 + xi z) / xi there.
#[inline(always)]
fn reduced<T: Real>(y: Lane, u: &[T; 3]) -> (Mask, T) {
    let z = (T::lift(y) - u[0]) * (-u[1]).exp();
    let w = u[2] * z;
    let inside = w.value().gt(-Lane::ONE);
    let safe = T::select(inside, w, T::constant(0.0));
    (inside, z * safe.apply(Quotient::Log1p))
}

/// log of the probability beyond an end of the support: 0 where all of it is counted, else -inf.
#[inline(always)]
fn beyond<T: Real>(all: Mask) -> T {
    T::select(all, T::constant(0.0), T::constant(f64::NEG_INFINITY))
}
