//! Burr XII: a positive number with `scale` and two shapes, tail y^-(shape1 shape2).
//!
//! log S(y) = -shape1 log(1 + (y / scale)^shape2); u = [log scale, log shape1, log shape2].

use crate::support::is_positive;
use crate::{Density, EdgeLimit, Family, Moments, NaturalMap, Param, Support};
use loglik_num::{Lane, Real, exp, expm1, log, log1p};

/// The Burr distribution of type XII.
#[derive(Clone, Copy, Debug, Default)]
pub struct Burr;

/// Its entry in the registry.
pub static FAMILY: Family = Family {
    aliases: &["burr12", "singh_maddala"],
    natural: Some(&NaturalMap {
        names: &["shape1", "shape2", "scale"],
        from_u: |u| [u[1].exp(), u[2].exp(), u[0].exp()],
        to_u: |v| [log(v[2]), log(v[0]), log(v[1])],
    }),
    ..Family::of::<Burr, 3>("positive numbers with a power tail")
};

impl Density<3> for Burr {
    const NAME: &'static str = "burr";
    const ALLOWED: &'static str = "positive numbers";
    const SOURCE: &'static str = "Johnson, Kotz & Balakrishnan (1994), Continuous Univariate Distributions 1, 12.4.5";
    const TAILS: bool = true;
    const CONCAVE: bool = true;

    fn params(&self) -> [Param; 3] {
        [Param::new("scale", Support::Positive), Param::new("shape1", Support::Positive), Param::new("shape2", Support::Positive)]
    }

    fn admits(&self, y: &[f64]) -> bool {
        is_positive(y[0])
    }

    #[inline(always)]
    fn loglik<T: Real>(&self, y: &[Lane], u: &[T; 3]) -> T {
        let log_y = T::lift(T::log_fixed(y[0]));
        let w = u[2].exp() * (log_y - u[0]);
        // w - log(1 + e^w) in one, for w may be beyond 1e16 near the Pareto.
        u[1] + u[2] - (-w).log1pexp() - u[1].exp() * w.log1pexp() - log_y
    }

    #[inline(always)]
    fn log_cdf<T: Real>(&self, y: &[Lane], u: &[T; 3]) -> T {
        self.log_sf(y, u).log1mexp()
    }

    #[inline(always)]
    fn log_sf<T: Real>(&self, y: &[Lane], u: &[T; 3]) -> T {
        let w = u[2].exp() * (T::lift(T::log_fixed(y[0])) - u[0]);
        -(u[1].exp() * w.log1pexp())
    }

    fn start(&self, y: &Moments) -> [f64; 3] {
        // A log-logistic by the quartiles of the logarithm.
        let spread = (log(y.quantile(0.75)) - log(y.quantile(0.25))) / (2.0 * log(3.0));
        let spread = if spread > 0.0 { spread } else { 1.0 };
        let middle = if y.sample.is_empty() { y.mean_log } else { log(y.quantile(0.5)) };
        [middle, 0.0, -log(spread)]
    }

    /// shape1 to 0 and shape2 to infinity with shape1 shape2 = a, scale to the least value: the Pareto with shape a.
    fn edge_limit(&self, y: &Moments, k: usize, upper: bool) -> Option<EdgeLimit> {
        let least = log(y.min);
        let shape = (y.mean_log - least).recip();
        if (k, upper) != (1, false) && (k, upper) != (2, true) || !(shape > 0.0 && shape.is_finite()) {
            return None;
        }
        // The least value lies a few units of the last place above the scale, which e^40 makes far.
        let scale = least - 4.0 * f64::EPSILON * least.abs().max(1.0);
        Some(EdgeLimit {
            u: vec![scale, log(shape) - 40.0, 40.0],
            ends: vec![(1, false), (2, true)],
            family: super::pareto::FAMILY.name,
            natural: vec![("shape", shape), ("scale", y.min)],
        })
    }

    fn quantile(&self, p: f64, u: &[f64; 3]) -> Option<f64> {
        let w = log(expm1(-log1p(-p) * exp(-u[1])));
        Some(exp(u[0] + w * exp(-u[2])))
    }
}
