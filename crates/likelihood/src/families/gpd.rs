//! Generalised Pareto: an excess over a threshold, from 0 on, with scale `sigma` and tail `xi`.
//!
//! log S(y) = -s, log f = -log sigma - (1 + xi) s, s = log(1 + xi z) / xi, z = y / sigma; u = [log sigma, xi].
//! xi = 0 is the exponential; with xi < 0 the support ends at -sigma / xi, and beyond the log density is -inf.

use crate::limits::Quotient;
use crate::{Density, Family, Moments, NaturalMap, Param, ParamAlias, Support};
use loglik_num::{Lane, Mask, Real, exp, log, log1p};

/// The generalised Pareto distribution.
#[derive(Clone, Copy, Debug, Default)]
pub struct Gpd;

/// Its entry in the registry.
pub static FAMILY: Family = Family {
    aliases: &["genpareto", "generalized_pareto"],
    params: &[ParamAlias::same("scale", "sigma"), ParamAlias::same("shape", "xi")],
    natural: Some(&NaturalMap {
        names: &["scale", "shape"],
        from_u: |u| [u[0].exp(), u[1], u[2]],
        to_u: |v| [log(v[0]), v[1], 0.0],
    }),
    ..Family::of::<Gpd, 2>("excesses over a threshold")
};

impl Density<2> for Gpd {
    const NAME: &'static str = "gpd";
    const ALLOWED: &'static str = "numbers from 0 on";
    const SOURCE: &'static str = "Coles (2001), An Introduction to Statistical Modeling of Extreme Values, ch. 4";
    const TAILS: bool = true;

    fn params(&self) -> [Param; 2] {
        [Param::new("sigma", Support::Positive), Param::new("xi", Support::Real)]
    }

    fn admits(&self, y: &[f64]) -> bool {
        (y[0] >= 0.0) & (y[0] < f64::INFINITY)
    }

    #[inline(always)]
    fn loglik<T: Real>(&self, y: &[Lane], u: &[T; 2]) -> T {
        let (inside, s) = reduced(y[0], u);
        T::select(inside, -u[0] - s - u[1] * s, T::constant(f64::NEG_INFINITY))
    }

    #[inline(always)]
    fn log_cdf<T: Real>(&self, y: &[Lane], u: &[T; 2]) -> T {
        let (inside, s) = reduced(y[0], u);
        T::select(inside, (-s).log1mexp(), T::constant(0.0))
    }

    #[inline(always)]
    fn log_sf<T: Real>(&self, y: &[Lane], u: &[T; 2]) -> T {
        let (inside, s) = reduced(y[0], u);
        T::select(inside, -s, T::constant(f64::NEG_INFINITY))
    }

    fn start(&self, y: &Moments) -> [f64; 2] {
        // By moments: mean^2 / variance = 1 - 2 xi, within the tails where both exist.
        let ratio = y.mean * y.mean / (y.sd() * y.sd());
        let xi = 0.5 * (1.0 - ratio);
        let xi = if xi > 0.05 && xi < 0.4 { xi } else { 0.1 };
        [log(y.positive_mean() * (1.0 - xi)), xi]
    }

    fn quantile(&self, p: f64, u: &[f64; 2]) -> Option<f64> {
        let s = -log1p(-p);
        Some(exp(u[0]) * s * Lane::splat(u[1] * s).apply(Quotient::Expm1).0[0])
    }
}

/// Where 1 + xi z > 0, and s = log(1 + xi z) / xi there.
#[inline(always)]
fn reduced<T: Real>(y: Lane, u: &[T; 2]) -> (Mask, T) {
    let z = (-u[0]).exp().scale(y);
    let w = u[1] * z;
    let inside = w.value().gt(-Lane::ONE);
    let safe = T::select(inside, w, T::constant(0.0));
    (inside, z * safe.apply(Quotient::Log1p))
}
