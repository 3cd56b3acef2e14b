//! Poisson: a count with mean and variance `mu`.
//!
//! log f = y log mu - mu - log y!; u = [log mu]. Written by the deviance, with r = log mu - log y, as
//! -y (e^r - 1 - r) - log(2 pi y) / 2 - (rest of Stirling's formula), which keeps its digits for large counts.

use crate::draws;
use crate::limits::{Expm1Less, count_constant};
use crate::support::is_count;
use crate::{Density, Family, Moments, NaturalMap, Param, ParamAlias, Support, UnitDeviance};
use loglik_num::{Lane, Real, exp, log};

/// The Poisson distribution.
#[derive(Clone, Copy, Debug, Default)]
pub struct Poisson;

/// Its entry in the registry.
pub static FAMILY: Family = Family {
    aliases: &["pois"],
    params: &[ParamAlias::same("lambda", "mu"), ParamAlias::same("mean", "mu"), ParamAlias::same("rate", "mu")],
    natural: Some(&NaturalMap {
        names: &["lambda"],
        from_u: |u| [u[0].exp(), u[1], u[2]],
        to_u: |v| [log(v[0]), 0.0, 0.0],
    }),
    ..Family::of::<Poisson, 1>("counts with variance equal to the mean")
};

impl Density<1> for Poisson {
    const NAME: &'static str = "poisson";
    const ALLOWED: &'static str = "counts 0, 1, 2, ..";
    const SOURCE: &'static str = "Johnson, Kemp & Kotz (2005), Univariate Discrete Distributions, ch. 4; Loader (2000)";
    const DISCRETE: bool = true;
    const TAILS: bool = true;
    const INLINED: bool = true;
    const CONCAVE: bool = true;

    fn params(&self) -> [Param; 1] {
        [Param::new("mu", Support::Positive)]
    }

    fn admits(&self, y: &[f64]) -> bool {
        is_count(y[0])
    }

    #[inline(always)]
    fn loglik<T: Real>(&self, y: &[Lane], u: &[T; 1]) -> T {
        // 0 and 1 have no factorial, and nothing cancels.
        let small = y[0].le(Lane::ONE);
        let few = u[0].scale(y[0]) - u[0].exp();
        if small.all() {
            return few;
        }
        let count = Lane::select(small, Lane::splat(2.0), y[0]);
        let at_count = count.map(count_constant);
        let r = u[0].add_lane(-T::log_fixed(count));
        T::select(small, few, r.apply(Expm1Less).scale(-count).add_lane(-at_count))
    }

    /// P(Y <= y) = Q(y + 1, mu).
    #[inline(always)]
    fn log_cdf<T: Real>(&self, y: &[Lane], u: &[T; 1]) -> T {
        T::lift(y[0].floor() + Lane::ONE).log_gamma_q(u[0].exp())
    }

    #[inline(always)]
    fn log_sf<T: Real>(&self, y: &[Lane], u: &[T; 1]) -> T {
        T::lift(y[0].floor() + Lane::ONE).log_gamma_p(u[0].exp())
    }

    fn start(&self, y: &Moments) -> [f64; 1] {
        [log(y.positive_mean())]
    }

    #[inline(always)]
    fn mean<T: Real>(&self, u: &[T; 1]) -> Option<T> {
        Some(u[0].exp())
    }

    fn variance(&self, u: &[f64; 1]) -> Option<f64> {
        Some(exp(u[0]))
    }

    #[inline(always)]
    fn dispersion_model(&self, y: &[Lane], u: &[Lane; 1]) -> Option<UnitDeviance<Lane>> {
        let (y, mu) = (y[0], u[0].exp());
        let none = y.eq_lanes(Lane::ZERO);
        let half = if none.all() {
            mu
        } else {
            let seen = Lane::select(none, Lane::ONE, y);
            Lane::select(none, mu, seen * (u[0] - seen.log()).apply(Expm1Less))
        };
        Some(UnitDeviance { y, mu, variance: mu, deviance: half + half, weight: Lane::ONE })
    }

    fn saturated(&self, y: &[f64], _: &[f64; 1]) -> Option<f64> {
        Some(-count_constant(y[0]))
    }

    fn expected_info(&self, _: &[f64], u: &[f64; 1], out: &mut [f64]) -> bool {
        out[0] = exp(u[0]);
        true
    }

    fn sample(&self, u: &[f64; 1], uniform: &mut dyn FnMut() -> f64) -> Option<f64> {
        Some(draws::poisson(exp(u[0]), uniform))
    }
}
