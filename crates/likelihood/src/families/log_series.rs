//! Logarithmic series: a count from 1 on with probabilities in proportion to p^y / y.
//!
//! log f = y log p - log y - log(-log(1 - p)); u = [logit p].

use crate::support::is_count;
use crate::{Density, Family, Moments, NaturalMap, Param, ParamAlias, Support};
use loglik_num::{Lane, Real, exp, expm1, log, log1pexp, sigmoid};

/// The logarithmic series distribution.
#[derive(Clone, Copy, Debug, Default)]
pub struct LogSeries;

/// Its entry in the registry.
pub static FAMILY: Family = Family {
    aliases: &["logser", "logarithmic"],
    params: &[ParamAlias::same("prob", "p")],
    natural: Some(&NaturalMap {
        names: &["prob"],
        from_u: |u| [u[0].sigmoid(), u[1], u[2]],
        to_u: |v| [Support::Unit.coordinate(v[0]), 0.0, 0.0],
    }),
    ..Family::of::<LogSeries, 1>("species counts: 1, 2, 3, ..")
};

impl Density<1> for LogSeries {
    const NAME: &'static str = "log_series";
    const ALLOWED: &'static str = "counts 1, 2, 3, ..";
    const SOURCE: &'static str = "Johnson, Kemp & Kotz (2005), Univariate Discrete Distributions, ch. 7";
    const DISCRETE: bool = true;
    const TAILS: bool = true;

    fn params(&self) -> [Param; 1] {
        [Param::new("p", Support::Unit)]
    }

    fn admits(&self, y: &[f64]) -> bool {
        is_count(y[0]) & (y[0] >= 1.0)
    }

    #[inline(always)]
    fn loglik<T: Real>(&self, y: &[Lane], u: &[T; 1]) -> T {
        -(-u[0]).log1pexp().scale(y[0]) - u[0].log1pexp().log() - T::lift(T::log_fixed(y[0]))
    }

    #[inline(always)]
    fn log_cdf<T: Real>(&self, y: &[Lane], u: &[T; 1]) -> T {
        let sf = self.log_sf(y, u);
        let beyond = sf.log1mexp();
        // Where little is beyond, 1 less it; where much is, the terms themselves.
        let much = y[0].lt(Lane::splat(64.0)) & sf.value().gt(Lane::splat(-std::f64::consts::LN_2));
        if much.any() { T::select(much, first_terms(y[0], u[0]) - u[0].log1pexp().log(), beyond) } else { beyond }
    }

    #[inline(always)]
    fn log_sf<T: Real>(&self, y: &[Lane], u: &[T; 1]) -> T {
        log_beyond(y[0].floor(), u[0]) - u[0].log1pexp().log()
    }

    fn start(&self, y: &Moments) -> [f64; 1] {
        // The mean is p / ((1 - p) L) with L = -log(1 - p): a few steps of u = log(mean L).
        let mean = if y.mean > 1.0 { y.mean } else { 1.0 + 0.5 / (y.weight + 1.0) };
        let mut u = log(mean);
        for _ in 0..30 {
            u = log(mean) + log(log1pexp(u));
        }
        [u]
    }

    #[inline(always)]
    fn mean<T: Real>(&self, u: &[T; 1]) -> Option<T> {
        Some((u[0] - u[0].log1pexp().log()).exp())
    }

    fn variance(&self, u: &[f64; 1]) -> Option<f64> {
        // e^u (1 + e^u) / L - mean^2
        let (odds, level) = (exp(u[0]), log1pexp(u[0]));
        Some(odds * (1.0 + odds - odds / level) / level)
    }

    /// Kemp (1981), Applied Statistics 30(3), 249-253, algorithm LK.
    fn sample(&self, u: &[f64; 1], uniform: &mut dyn FnMut() -> f64) -> Option<f64> {
        let (p, level) = (sigmoid(u[0]), log1pexp(u[0]));
        let v = uniform();
        if v >= p {
            return Some(1.0);
        }
        let q = -expm1(-level * uniform());
        Some(match v {
            _ if v <= q * q => (1.0 + log(v) / log(q)).floor(),
            _ if v >= q => 1.0,
            _ => 2.0,
        })
    }
}

/// log of the sum of p^k / k over k <= y, for y below 64.
#[inline(always)]
fn first_terms<T: Real>(y: Lane, u: T) -> T {
    let log_p = -(-u).log1pexp();
    let p = log_p.exp();
    let (mut sum, mut power) = (T::constant(0.0), T::constant(1.0));
    for k in 1..64 {
        let k = Lane::splat(f64::from(k));
        let counted = k.le(y);
        if !counted.any() {
            break;
        }
        sum = sum + power.scale(Lane::select(counted, Lane::ONE / k, Lane::ZERO));
        power = power * p;
    }
    log_p + sum.log()
}

/// log of the sum of p^k / k over k > y: the integral of t^y / (1 - t) up to p, by Gauss's continued fraction.
///
/// With m = y + 1 it is p^m / (m (1 - p)) / (1 + z / (m + 1 + ..)) in z = p / (1 - p), 2F1(1, 1; m + 1; -z).
#[inline(always)]
fn log_beyond<T: Real>(y: Lane, u: T) -> T {
    let m = y + Lane::ONE;
    let z = u.exp();
    let log_lead = -(-u).log1pexp().scale(m) + u.log1pexp() - T::lift(T::log_fixed(m));
    log_lead + hypergeometric(m, z).log()
}

/// 2F1(1, 1; m + 1; -z) for z > 0 by Gauss's continued fraction, from its far end; deeper for larger z.
#[inline(always)]
fn hypergeometric<T: Real>(m: Lane, z: T) -> T {
    let depth = z.value().map(|z| (20.0 * (1.0 + z).sqrt()).min(20_000.0).ceil() + 20.0);
    let deepest = depth.0.into_iter().fold(0.0, f64::max);
    let mut tail = T::constant(1.0);
    let mut n = deepest;
    while n > 0.0 {
        let at = Lane::splat(n);
        // Levels 2n + 1 and 2n: (n + 1)(m + n) / ((m + 2n)(m + 2n + 1)), n (m + n - 1) / ((m + 2n - 1)(m + 2n)).
        let two = m + at + at;
        let odd = (at + Lane::ONE) * (m + at) / (two * (two + Lane::ONE));
        let even = at * (m + at - Lane::ONE) / ((two - Lane::ONE) * two);
        let next = T::constant(1.0) + z.scale(odd) / tail;
        let next = T::constant(1.0) + z.scale(even) / next;
        tail = T::select(at.le(depth), next, tail);
        n -= 1.0;
    }
    (T::constant(1.0) + z.scale(Lane::ONE / (m + Lane::ONE)) / tail).recip()
}
