//! Rayleigh: a time whose hazard grows in proportion to it; `mu` is the location of log time, e^mu = sigma sqrt 2.
//!
//! log S(t) = -t^2 e^(-2 mu), log f = log(2 t) - 2 mu - t^2 e^(-2 mu); `u = [mu]`.

use crate::support::is_positive;
use crate::{Density, Family, Moments, NaturalMap, Param, ParamAlias, Support};
use core::f64::consts::{LN_2, PI};
use loglik_num::{Lane, Real, exp, log, log1p};

/// The Rayleigh distribution.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rayleigh;

/// Its entry in the registry.
pub static FAMILY: Family = Family {
    aliases: &[],
    params: &[
        ParamAlias { alias: "sigma", param: "mu", value: |sigma| log(sigma) + 0.5 * LN_2 },
        ParamAlias::same("location", "mu"),
    ],
    natural: Some(&NaturalMap {
        names: &["sigma"],
        from_u: |u| [(u[0].add_lane(Lane::splat(-0.5 * LN_2))).exp(), u[1], u[2]],
        to_u: |v| [log(v[0]) + 0.5 * LN_2, 0.0, 0.0],
    }),
    ..Family::of::<Rayleigh, 1>("times with hazard in proportion to time")
};

impl Density<1> for Rayleigh {
    const NAME: &'static str = "rayleigh";
    const ALLOWED: &'static str = "positive numbers";
    const SOURCE: &'static str = "Johnson, Kotz & Balakrishnan (1994), Continuous Univariate Distributions 1, ch. 18";
    const TAILS: bool = true;
    const CONCAVE: bool = true;

    fn params(&self) -> [Param; 1] {
        [Param::new("mu", Support::Real)]
    }

    fn admits(&self, y: &[f64]) -> bool {
        is_positive(y[0])
    }

    #[inline(always)]
    fn loglik<T: Real>(&self, y: &[Lane], u: &[T; 1]) -> T {
        let log_y = T::log_fixed(y[0]);
        let z = (T::lift(log_y) - u[0]).scale(Lane::splat(2.0));
        z - z.exp() + T::lift(Lane::splat(LN_2) - log_y)
    }

    #[inline(always)]
    fn log_cdf<T: Real>(&self, y: &[Lane], u: &[T; 1]) -> T {
        (-squared(y[0], u[0])).log1mexp()
    }

    #[inline(always)]
    fn log_sf<T: Real>(&self, y: &[Lane], u: &[T; 1]) -> T {
        -squared(y[0], u[0])
    }

    fn start(&self, y: &Moments) -> [f64; 1] {
        [0.5 * log(y.mean * y.mean + y.variance)]
    }

    #[inline(always)]
    fn mean<T: Real>(&self, u: &[T; 1]) -> Option<T> {
        Some(u[0].exp().scale(Lane::splat(0.5 * PI.sqrt())))
    }

    fn variance(&self, u: &[f64; 1]) -> Option<f64> {
        Some(exp(2.0 * u[0]) * (1.0 - 0.25 * PI))
    }

    fn saturated(&self, y: &[f64], _: &[f64; 1]) -> Option<f64> {
        Some(LN_2 - log(y[0]) - 1.0)
    }

    fn expected_info(&self, _: &[f64], u: &[f64; 1], out: &mut [f64]) -> bool {
        let _ = u;
        out[0] = 4.0;
        true
    }

    fn quantile(&self, p: f64, u: &[f64; 1]) -> Option<f64> {
        Some(exp(u[0]) * (-log1p(-p)).sqrt())
    }
}

/// t^2 e^(-2 mu), the cumulative hazard.
#[inline(always)]
fn squared<T: Real>(t: Lane, mu: T) -> T {
    (T::lift(T::log_fixed(t)) - mu).scale(Lane::splat(2.0)).exp()
}
