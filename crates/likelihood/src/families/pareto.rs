//! Pareto of the first kind: a number above `scale` whose tail falls like y^-shape.
//!
//! log f = log shape + shape log scale - (shape + 1) log y for y >= scale; u = [log scale, log shape]. The support moves
//! with `scale`, whose best value is the least response: the maximum is known in closed form.

use crate::support::is_positive;
use crate::{Density, Family, Moments, NaturalMap, Param, Support};
use loglik_num::{Lane, Real, exp, log, log1p};

/// The Pareto distribution of the first kind.
#[derive(Clone, Copy, Debug, Default)]
pub struct Pareto;

/// Its entry in the registry.
pub static FAMILY: Family = Family {
    aliases: &["pareto1"],
    natural: Some(&NaturalMap {
        names: &["shape", "scale"],
        from_u: |u| [u[1].exp(), u[0].exp(), u[2]],
        to_u: |v| [log(v[1]), log(v[0]), 0.0],
    }),
    ..Family::of::<Pareto, 2>("a power tail above a least value")
};

impl Density<2> for Pareto {
    const NAME: &'static str = "pareto";
    const ALLOWED: &'static str = "positive numbers";
    const SOURCE: &'static str = "Johnson, Kotz & Balakrishnan (1994), Continuous Univariate Distributions 1, ch. 20";
    const TAILS: bool = true;

    fn params(&self) -> [Param; 2] {
        [Param::new("scale", Support::Positive), Param::new("shape", Support::Positive)]
    }

    fn admits(&self, y: &[f64]) -> bool {
        is_positive(y[0])
    }

    #[inline(always)]
    fn loglik<T: Real>(&self, y: &[Lane], u: &[T; 2]) -> T {
        let log_y = T::log_fixed(y[0]);
        let l = u[1] - u[1].exp() * (T::lift(log_y) - u[0]) - T::lift(log_y);
        // Compared as logarithms: the scale of the maximum is the least response itself.
        T::select(u[0].value().le(log_y), l, T::constant(f64::NEG_INFINITY))
    }

    #[inline(always)]
    fn log_cdf<T: Real>(&self, y: &[Lane], u: &[T; 2]) -> T {
        self.log_sf(y, u).log1mexp()
    }

    #[inline(always)]
    fn log_sf<T: Real>(&self, y: &[Lane], u: &[T; 2]) -> T {
        let far = T::lift(T::log_fixed(y[0])) - u[0];
        T::select(far.value().gt(Lane::ZERO), -(u[1].exp() * far), T::constant(0.0))
    }

    fn start(&self, y: &Moments) -> [f64; 2] {
        let log_scale = log(y.min);
        let gap = y.mean_log - log_scale;
        [log_scale, if gap > 0.0 { -log(gap) } else { 0.0 }]
    }

    fn edge_maximum(&self, y: &Moments) -> Option<[f64; 2]> {
        // The scale itself must not lie above the least response: its log may be rounded up.
        let mut log_scale = log(y.min);
        while exp(log_scale) > y.min {
            log_scale = log_scale.next_down();
        }
        Some([log_scale, -log(y.mean_log - log_scale)])
    }

    #[inline(always)]
    fn mean<T: Real>(&self, u: &[T; 2]) -> Option<T> {
        let exists = u[1].value().gt(Lane::ZERO);
        let safe = T::select(exists, u[1], T::constant(1.0));
        Some(T::select(exists, (u[0] + safe).exp() / safe.expm1(), T::constant(f64::INFINITY)))
    }

    fn quantile(&self, p: f64, u: &[f64; 2]) -> Option<f64> {
        Some(exp(u[0] - log1p(-p) * exp(-u[1])))
    }
}
