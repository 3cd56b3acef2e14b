//! Geometric: failures before the first success, mean `mu`, success probability 1 / (1 + mu).
//!
//! log f = -y log(1 + 1 / mu) - log(1 + mu); u = [log mu].

use crate::limits::toward;
use crate::support::is_count;
use crate::{Density, Family, Moments, NaturalMap, Param, ParamAlias, Support, UnitDeviance};
use loglik_num::{Lane, Real, exp, log, log1p, log1pexp};

/// The geometric distribution of failures before a success.
#[derive(Clone, Copy, Debug, Default)]
pub struct Geometric;

/// Its entry in the registry.
pub static FAMILY: Family = Family {
    aliases: &["geom"],
    params: &[
        ParamAlias::same("mean", "mu"),
        ParamAlias { alias: "prob", param: "mu", value: |p| (1.0 - p) / p },
    ],
    natural: Some(&NaturalMap {
        names: &["prob"],
        from_u: |u| [(-u[0]).sigmoid(), u[1], u[2]],
        to_u: |v| [-Support::Unit.coordinate(v[0]), 0.0, 0.0],
    }),
    ..Family::of::<Geometric, 1>("failures before a success")
};

impl Density<1> for Geometric {
    const NAME: &'static str = "geometric";
    const ALLOWED: &'static str = "counts 0, 1, 2, ..";
    const SOURCE: &'static str = "Johnson, Kemp & Kotz (2005), Univariate Discrete Distributions, ch. 5";
    const DISCRETE: bool = true;
    const TAILS: bool = true;
    const CONCAVE: bool = true;

    fn params(&self) -> [Param; 1] {
        [Param::new("mu", Support::Positive)]
    }

    fn admits(&self, y: &[f64]) -> bool {
        is_count(y[0])
    }

    #[inline(always)]
    fn loglik<T: Real>(&self, y: &[Lane], u: &[T; 1]) -> T {
        -(-u[0]).log1pexp().scale(y[0]) - u[0].log1pexp()
    }

    #[inline(always)]
    fn log_cdf<T: Real>(&self, y: &[Lane], u: &[T; 1]) -> T {
        self.log_sf(y, u).log1mexp()
    }

    /// P(Y > y) = (mu / (1 + mu))^(y + 1)
    #[inline(always)]
    fn log_sf<T: Real>(&self, y: &[Lane], u: &[T; 1]) -> T {
        -(-u[0]).log1pexp().scale(y[0].floor() + Lane::ONE)
    }

    fn start(&self, y: &Moments) -> [f64; 1] {
        [log(y.positive_mean())]
    }

    #[inline(always)]
    fn mean<T: Real>(&self, u: &[T; 1]) -> Option<T> {
        Some(u[0].exp())
    }

    fn variance(&self, u: &[f64; 1]) -> Option<f64> {
        Some(exp(u[0]) * (1.0 + exp(u[0])))
    }

    #[inline(always)]
    fn dispersion_model(&self, y: &[Lane], u: &[Lane; 1]) -> Option<UnitDeviance<Lane>> {
        let (y, mu) = (y[0], u[0].exp());
        let half = toward(y, u[0]) - (y + Lane::ONE) * ((y - mu) / (mu + Lane::ONE)).log1p();
        let variance = mu * (Lane::ONE + mu);
        Some(UnitDeviance { y, mu, variance, deviance: half + half, weight: Lane::ONE })
    }

    fn saturated(&self, y: &[f64], _: &[f64; 1]) -> Option<f64> {
        let y = y[0];
        Some(if y == 0.0 { 0.0 } else { -y * log1pexp(-log(y)) - log1p(y) })
    }

    fn expected_info(&self, _: &[f64], u: &[f64; 1], out: &mut [f64]) -> bool {
        out[0] = 1.0 / (1.0 + exp(-u[0]));
        true
    }

    fn quantile(&self, p: f64, u: &[f64; 1]) -> Option<f64> {
        Some(count_before(log1p(-p), -log1pexp(-u[0])))
    }
}

/// The first count y with (y + 1) `slope` at or below `level`.
fn count_before(level: f64, slope: f64) -> f64 {
    if level == 0.0 { 0.0 } else { (level / slope - 1.0).ceil().max(0.0) }
}
