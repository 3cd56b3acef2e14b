//! Exponential: a time with constant hazard e^-mu; `mu` is the log of its mean.
//!
//! log S(t) = -t e^-mu, log f = -mu - t e^-mu; `u = [mu]`.

use crate::{Density, Family, Moments, NaturalMap, Param, ParamAlias, Sufficient, Support};
use loglik_num::{Lane, Real, exp, log, log1p};

/// The exponential distribution.
#[derive(Clone, Copy, Debug, Default)]
pub struct Exponential;

/// Its entry in the registry.
pub static FAMILY: Family = Family {
    aliases: &["exp", "expon"],
    params: &[
        ParamAlias { alias: "rate", param: "mu", value: |rate| -log(rate) },
        ParamAlias { alias: "scale", param: "mu", value: log },
        ParamAlias { alias: "mean", param: "mu", value: log },
        ParamAlias::same("location", "mu"),
    ],
    natural: Some(&NaturalMap {
        names: &["rate"],
        from_u: |u| [(-u[0]).exp(), u[1], u[2]],
        to_u: |v| [-log(v[0]), 0.0, 0.0],
    }),
    ..Family::of::<Exponential, 1>("times with constant hazard")
};

impl Density<1> for Exponential {
    const NAME: &'static str = "exponential";
    const ALLOWED: &'static str = "numbers from 0 on";
    const SOURCE: &'static str = "Kalbfleisch & Prentice (2002), The Statistical Analysis of Failure Time Data, 2.2.1";
    const TAILS: bool = true;
    const SUFFICIENT: Option<Sufficient> = Some(Sufficient::Gamma);
    const INLINED: bool = true;
    const CONCAVE: bool = true;

    fn params(&self) -> [Param; 1] {
        [Param::new("mu", Support::Real)]
    }

    fn admits(&self, y: &[f64]) -> bool {
        (y[0] >= 0.0) & (y[0] < f64::INFINITY)
    }

    #[inline(always)]
    fn loglik<T: Real>(&self, y: &[Lane], u: &[T; 1]) -> T {
        -u[0] - (-u[0]).exp().scale(y[0])
    }

    #[inline(always)]
    fn log_cdf<T: Real>(&self, y: &[Lane], u: &[T; 1]) -> T {
        (-u[0]).exp().scale(-y[0]).log1mexp()
    }

    #[inline(always)]
    fn log_sf<T: Real>(&self, y: &[Lane], u: &[T; 1]) -> T {
        (-u[0]).exp().scale(-y[0])
    }

    fn start(&self, y: &Moments) -> [f64; 1] {
        [log(y.positive_mean())]
    }

    #[inline(always)]
    fn mean<T: Real>(&self, u: &[T; 1]) -> Option<T> {
        Some(u[0].exp())
    }

    fn variance(&self, u: &[f64; 1]) -> Option<f64> {
        Some(exp(2.0 * u[0]))
    }

    fn saturated(&self, y: &[f64], _: &[f64; 1]) -> Option<f64> {
        Some(-log(y[0]) - 1.0)
    }

    fn expected_info(&self, _: &[f64], u: &[f64; 1], out: &mut [f64]) -> bool {
        let _ = u;
        out[0] = 1.0;
        true
    }

    fn quantile(&self, p: f64, u: &[f64; 1]) -> Option<f64> {
        Some(-exp(u[0]) * log1p(-p))
    }
}
