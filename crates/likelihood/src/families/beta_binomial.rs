//! Beta-binomial: `successes` of `trials` whose probability varies with mean `mu` and correlation `rho` within a row.
//!
//! With s = (1 - rho) / rho, a = mu s, b = (1 - mu) s: log f = log C(n, y) + log(a)_y + log(b)_(n - y) - log(s)_n, rising
//! factorials all; u = [logit mu, logit rho]. `rho -> 0` is the binomial.

use crate::limits::log_choose;
use crate::{Density, Family, Moments, Param, ParamAlias, ResponseKind, Support};
use loglik_num::{Jet, LANE, Lane, Outlined, Real, exp, is_whole, log, sigmoid};

/// The beta-binomial distribution.
#[derive(Clone, Copy, Debug, Default)]
pub struct BetaBinomial;

/// Its entry in the registry.
pub static FAMILY: Family = Family {
    aliases: &["betabinomial", "betabin"],
    params: &[ParamAlias::same("prob", "mu"), ParamAlias::same("mean", "mu")],
    ..Family::of::<BetaBinomial, 2>("successes of trials, overdispersed")
};

impl Density<2> for BetaBinomial {
    const NAME: &'static str = "beta_binomial";
    const ALLOWED: &'static str = "whole numbers of successes and trials";
    const SOURCE: &'static str = "Griffiths (1973), Biometrics 29(4), 637-648";
    const RESPONSE: ResponseKind = ResponseKind::Trials;
    const DISCRETE: bool = true;

    fn params(&self) -> [Param; 2] {
        [Param::new("mu", Support::Unit), Param::new("rho", Support::Unit)]
    }

    fn admits(&self, y: &[f64]) -> bool {
        y[0] >= 0.0 && y[0] <= y[1] && y.iter().all(|v| is_whole(*v))
    }

    #[inline(always)]
    fn loglik<T: Real>(&self, y: &[Lane], u: &[T; 2]) -> T {
        let (y, n) = (y[0], y[1]);
        let s = (-u[1]).exp();
        let a = (-u[1] - (-u[0]).log1pexp()).exp();
        let b = (-u[1] - u[0].log1pexp()).exp();
        a.log_rising(y) + b.log_rising(n - y) - s.log_rising(n) + T::lift(log_choose(n, y))
    }

    fn start(&self, y: &Moments) -> [f64; 2] {
        // Counts of n trials vary by mu (1 - mu) / n (1 + (n - 1) rho) as shares.
        let (n, mu) = (y.mean_second, y.mean);
        let inflation = y.variance / (mu * (1.0 - mu) / n);
        let rho = (inflation - 1.0) / (n - 1.0);
        let rho = if rho > 0.01 && rho < 0.9 { rho } else { 0.1 };
        let half = 0.5 / (y.weight + 1.0);
        [log(mu + half) - log(1.0 - mu + half), Support::Unit.coordinate(rho)]
    }

    #[inline(always)]
    fn mean<T: Real>(&self, u: &[T; 2]) -> Option<T> {
        Some(u[0].sigmoid())
    }

    fn variance(&self, u: &[f64; 2]) -> Option<f64> {
        Some(sigmoid(u[0]) * sigmoid(-u[0]))
    }

    /// - sum_y f(y) h(y) over the counts of the row's trials.
    fn expected_info(&self, y: &[f64], u: &[f64; 2], out: &mut [f64]) -> bool {
        let trials = y[1];
        let u: [Outlined<Jet<2>>; 2] = std::array::from_fn(|i| Outlined(Jet::variable(Lane::splat(u[i]), i)));
        out.fill(0.0);
        let mut first = 0.0;
        while first <= trials {
            let counts: [f64; LANE] = std::array::from_fn(|i| first + i as f64);
            // Lanes beyond the trials repeat the last count and do not enter.
            let l = self.loglik(&[Lane(counts.map(|y| y.min(trials))), Lane::splat(trials)], &u).0;
            for i in (0..LANE).filter(|i| counts[*i] <= trials) {
                let p = exp(l.v.0[i]);
                let h = [l.h[0][0], l.h[1][0], l.h[1][1]];
                out.iter_mut().zip(h).for_each(|(info, h)| *info -= p * h.0[i]);
            }
            first += LANE as f64;
        }
        true
    }

    fn quantile(&self, p: f64, u: &[f64; 2]) -> Option<f64> {
        Some(if p > sigmoid(-u[0]) { 1.0 } else { 0.0 })
    }
}
