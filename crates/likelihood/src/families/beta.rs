//! Beta: a share between 0 and 1 with mean `mu` and variance `mu (1 - mu) / (1 + phi)`.
//!
//! With a = mu phi, b = (1 - mu) phi: log f = (a - 1) log y + (b - 1) log(1 - y) - log B(a, b), where log B is by
//! Stirling's formula and its large part is joined to the first two terms; u = [logit mu, log phi].

use crate::draws;
use crate::limits::{HALF_LOG_2PI, StirlingRest};
use crate::tails::log_beta_tail;
use crate::{Density, Family, Moments, NaturalMap, Param, Sufficient, Support};
use loglik_num::{Lane, Real, exp, log, log1p, sigmoid, trigamma};

/// The beta distribution by mean and precision.
#[derive(Clone, Copy, Debug, Default)]
pub struct Beta;

/// Its entry in the registry.
pub static FAMILY: Family = Family {
    aliases: &["betareg"],
    natural: Some(&NaturalMap {
        names: &["shape1", "shape2"],
        from_u: |u| [(u[1] - (-u[0]).log1pexp()).exp(), (u[1] - u[0].log1pexp()).exp(), u[2]],
        to_u: |v| [log(v[0]) - log(v[1]), log(v[0] + v[1]), 0.0],
    }),
    ..Family::of::<Beta, 2>("shares between 0 and 1")
};

impl Density<2> for Beta {
    const NAME: &'static str = "beta";
    const ALLOWED: &'static str = "numbers above 0 and below 1";
    const SOURCE: &'static str = "Ferrari & Cribari-Neto (2004), Journal of Applied Statistics 31(7), 799-815";
    const TAILS: bool = true;
    const SUFFICIENT: Option<Sufficient> = Some(Sufficient::Beta);

    fn params(&self) -> [Param; 2] {
        [Param::new("mu", Support::Unit), Param::new("phi", Support::Positive)]
    }

    fn admits(&self, y: &[f64]) -> bool {
        (y[0] > 0.0) & (y[0] < 1.0)
    }

    #[inline(always)]
    fn loglik<T: Real>(&self, y: &[Lane], u: &[T; 2]) -> T {
        let (log_mu, log_rest) = (-(-u[0]).log1pexp(), -u[0].log1pexp());
        let (log_a, log_b) = (log_mu + u[1], log_rest + u[1]);
        let (a, b) = (log_a.exp(), log_b.exp());
        let (log_y, log_other) = (T::log_fixed(y[0]), (-y[0]).log1p());
        let gap = a * (T::lift(log_y) - log_mu) + b * (T::lift(log_other) - log_rest);
        let level = (log_a + log_b - u[1]).scale(Lane::splat(0.5));
        let rest = u[1].exp().apply(StirlingRest) - a.apply(StirlingRest) - b.apply(StirlingRest);
        gap + level + rest - T::lift(log_y + log_other + Lane::splat(HALF_LOG_2PI))
    }

    #[inline(always)]
    fn log_cdf<T: Real>(&self, y: &[Lane], u: &[T; 2]) -> T {
        let [logit, a, b] = tail_arguments(y[0], u);
        log_beta_tail(logit, a, b, true)
    }

    #[inline(always)]
    fn log_sf<T: Real>(&self, y: &[Lane], u: &[T; 2]) -> T {
        let [logit, a, b] = tail_arguments(y[0], u);
        log_beta_tail(logit, a, b, false)
    }

    fn start(&self, y: &Moments) -> [f64; 2] {
        let phi = y.mean * (1.0 - y.mean) / y.variance - 1.0;
        [log(y.mean) - log1p(-y.mean), log(if phi > 0.0 && phi.is_finite() { phi } else { 1.0 })]
    }

    #[inline(always)]
    fn mean<T: Real>(&self, u: &[T; 2]) -> Option<T> {
        Some(u[0].sigmoid())
    }

    fn variance(&self, u: &[f64; 2]) -> Option<f64> {
        Some(sigmoid(u[0]) * sigmoid(-u[0]) / (1.0 + exp(u[1])))
    }

    fn expected_info(&self, _: &[f64], u: &[f64; 2], out: &mut [f64]) -> bool {
        let (mu, rest, phi) = (sigmoid(u[0]), sigmoid(-u[0]), exp(u[1]));
        let (a, b) = (trigamma(mu * phi), trigamma(rest * phi));
        // d(a, b) / du: phi mu (1 - mu) (1, -1) in logit mu, phi (mu, 1 - mu) in log phi.
        let slope = phi * mu * rest;
        out[0] = slope * slope * (a + b);
        out[1] = slope * phi * (a * mu - b * rest);
        out[2] = phi * phi * (a * mu * mu + b * rest * rest - trigamma(phi));
        true
    }

    fn sample(&self, u: &[f64; 2], uniform: &mut dyn FnMut() -> f64) -> Option<f64> {
        let (a, b) = (exp(u[1]) * sigmoid(u[0]), exp(u[1]) * sigmoid(-u[0]));
        // X / (X + Y) of two gamma draws, by their logarithms.
        let gap = draws::log_gamma(a, uniform) - draws::log_gamma(b, uniform);
        Some(sigmoid(gap))
    }
}

/// The logit of y and the two shapes.
#[inline(always)]
fn tail_arguments<T: Real>(y: Lane, u: &[T; 2]) -> [T; 3] {
    let logit = T::log_fixed(y) - (-y).log1p();
    [T::lift(logit), (u[1] - (-u[0]).log1pexp()).exp(), (u[1] - u[0].log1pexp()).exp()]
}
