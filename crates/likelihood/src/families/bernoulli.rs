//! Bernoulli and binomial: `successes` of `trials`, each with probability `mu`. Cross-entropy as likelihood.
//!
//! log f = log C(n, y) + y log mu + (n - y) log(1 - mu); u = [logit mu]. The linear part on the side of u is taken
//! exactly, so a row that is fitted perfectly keeps its small loss to full relative precision.

use crate::limits::log_choose;
use crate::tails::log_beta_tail;
use crate::{Density, Family, Moments, NaturalMap, Param, ParamAlias, ResponseKind, Support, UnitDeviance, Violation};
use loglik_num::{Lane, Mask, Real, log, sigmoid};

/// The Bernoulli and binomial distributions.
#[derive(Clone, Copy, Debug, Default)]
pub struct Bernoulli;

/// Its entry in the registry.
pub static FAMILY: Family = Family {
    aliases: &["logistic", "binomial", "binom", "bern", "logit", "binary"],
    params: &[ParamAlias::same("prob", "mu"), ParamAlias::same("mean", "mu"), ParamAlias::same("p", "mu")],
    natural: Some(&NaturalMap {
        names: &["prob"],
        from_u: |u| [u[0].sigmoid(), u[1], u[2]],
        to_u: |v| [Support::Unit.coordinate(v[0]), 0.0, 0.0],
    }),
    ..Family::of::<Bernoulli, 1>("yes or no, successes of trials: logistic regression")
};

impl Density<1> for Bernoulli {
    const NAME: &'static str = "bernoulli";
    const ALLOWED: &'static str = "successes between 0 and the number of trials";
    const SOURCE: &'static str = "Johnson, Kemp & Kotz (2005), Univariate Discrete Distributions, ch. 3";
    const RESPONSE: ResponseKind = ResponseKind::Trials;
    const DISCRETE: bool = true;
    const TAILS: bool = true;
    const INLINED: bool = true;
    const CONCAVE: bool = true;

    fn params(&self) -> [Param; 1] {
        [Param::new("mu", Support::Unit)]
    }

    fn admits(&self, y: &[f64]) -> bool {
        y[0] >= 0.0 && y[0] <= y[1] && y[1].is_finite()
    }

    #[inline(always)]
    fn loglik<T: Real>(&self, y: &[Lane], u: &[T; 1]) -> T {
        let (successes, trials) = (y[0], y[1]);
        let up = u[0].value().gt(Lane::ZERO);
        let size = T::select(up, u[0], -u[0]);
        // Rows against the side of u lose |u| each; those with it lose only log(1 + e^-|u|), which all do.
        let against = Lane::select(up, trials - successes, successes);
        let near = (-size).log1pexp().scale(-trials);
        near - size.scale(against) + T::lift(log_choose(trials, successes))
    }

    /// P(Y <= y) = I_x(n - y, y + 1) at x = 1 - mu, which is x itself for one trial; 1 where y reaches n.
    #[inline(always)]
    fn log_cdf<T: Real>(&self, y: &[Lane], u: &[T; 1]) -> T {
        let (all, a, b) = tail_shapes(y);
        if y[1].eq_lanes(Lane::ONE).all() {
            return T::select(all, T::constant(0.0), -u[0].log1pexp());
        }
        T::select(all, T::constant(0.0), log_beta_tail(-u[0], T::lift(a), T::lift(b), true))
    }

    #[inline(always)]
    fn log_sf<T: Real>(&self, y: &[Lane], u: &[T; 1]) -> T {
        let (all, a, b) = tail_shapes(y);
        let beyond = if y[1].eq_lanes(Lane::ONE).all() {
            -(-u[0]).log1pexp()
        } else {
            log_beta_tail(-u[0], T::lift(a), T::lift(b), false)
        };
        T::select(all, T::constant(f64::NEG_INFINITY), beyond)
    }

    fn start(&self, y: &Moments) -> [f64; 1] {
        let (yes, no) = (y.mean + 0.5 / (y.weight + 1.0), 1.0 - y.mean + 0.5 / (y.weight + 1.0));
        [log(yes) - log(no)]
    }

    #[inline(always)]
    fn mean<T: Real>(&self, u: &[T; 1]) -> Option<T> {
        Some(u[0].sigmoid())
    }

    fn variance(&self, u: &[f64; 1]) -> Option<f64> {
        Some(sigmoid(u[0]) * sigmoid(-u[0]))
    }

    #[inline(always)]
    fn dispersion_model(&self, y: &[Lane], u: &[Lane; 1]) -> Option<UnitDeviance<Lane>> {
        let (share, other) = (y[0] / y[1], (y[1] - y[0]) / y[1]);
        let (mu, rest) = (u[0].sigmoid(), (-u[0]).sigmoid());
        let none = |seen: Lane| seen.eq_lanes(Lane::ZERO);
        let half = if (none(share) | none(other)).all() {
            Lane::select(none(share), u[0], -u[0]).log1pexp()
        } else {
            let part = |seen: Lane, fitted: Lane| {
                Lane::select(none(seen), Lane::ZERO, seen * Lane::select(none(seen), Lane::ONE, seen / fitted).log())
            };
            part(share, mu) + part(other, rest)
        };
        let deviance = half + half;
        Some(UnitDeviance { y: share, mu, variance: mu * rest, deviance, weight: y[1] })
    }

    fn saturated(&self, y: &[f64], _: &[f64; 1]) -> Option<f64> {
        let part = |seen: f64| if seen == 0.0 { 0.0 } else { seen * log(seen / y[1]) };
        let constant = log_choose(Lane::splat(y[1]), Lane::splat(y[0])).0[0];
        Some(constant + part(y[0]) + part(y[1] - y[0]))
    }

    fn expected_info(&self, y: &[f64], u: &[f64; 1], out: &mut [f64]) -> bool {
        out[0] = y[1] * sigmoid(u[0]) * sigmoid(-u[0]);
        true
    }

    fn quantile(&self, p: f64, u: &[f64; 1]) -> Option<f64> {
        Some(if p > sigmoid(-u[0]) { 1.0 } else { 0.0 })
    }

    fn violation(&self, row: usize, y: &[f64]) -> Violation {
        Violation { row, column: 0, value: y[0], allowed: Self::ALLOWED, not_integer: false }
    }
}

/// Where y reaches n, and the shapes n - y and y + 1 of the tail elsewhere.
#[inline(always)]
fn tail_shapes(y: &[Lane]) -> (Mask, Lane, Lane) {
    let seen = y[0].floor();
    let all = seen.ge(y[1]);
    (all, Lane::select(all, Lane::ONE, y[1] - seen), seen + Lane::ONE)
}
