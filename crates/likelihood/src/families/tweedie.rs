//! Tweedie with 1 < power < 2: a sum of a Poisson number of gamma amounts, exact zeros included.
//!
//! Mean `mu`, variance `phi mu^power`. log P(0) = -mu^(2 - p) / (phi (2 - p)); for y > 0
//! log f = [y mu^(1 - p) / (1 - p) - mu^(2 - p) / (2 - p)] / phi + log W(y, phi, p) - log y, W the series over the number of
//! amounts; u = [log mu, log phi], and logit(power - 1) where the power is not given.

use crate::draws;
use crate::families::gamma::Gamma;
use crate::limits::Expm1Less;
use crate::{
    Args, Density, Family, Likelihood, MakeError, Moments, Param, Pointwise, Precision, Support, UnitDeviance,
};
use loglik_num::{Lane, LogTweedieSeries, Real, exp, log};

/// The Tweedie distribution of a power that is given.
#[derive(Clone, Copy, Debug)]
pub struct Tweedie {
    /// Power of the variance function, in (1, 2).
    pub power: f64,
}

/// The Tweedie distribution whose power is a parameter.
#[derive(Clone, Copy, Debug, Default)]
pub struct TweediePower;

/// Its entry in the registry.
pub static FAMILY: Family = Family {
    name: Tweedie::NAME,
    aliases: &["compound_poisson", "compound_poisson_gamma"],
    title: "amounts from 0 on with exact zeros, variance phi mu^power",
    params: &[crate::ParamAlias::same("mean", "mu"), crate::ParamAlias::same("dispersion", "phi")],
    natural: None,
    make,
};

fn make(args: &Args) -> Result<Box<dyn Likelihood>, MakeError> {
    match args.power {
        None => Ok(Box::new(Pointwise::new(TweediePower))),
        Some(power) if power > 1.0 && power < 2.0 => Ok(Box::new(Pointwise::new(Tweedie { power }))),
        Some(value) => Err(MakeError::Range { what: "power", value, allowed: "between 1 and 2" }),
    }
}

/// Log density at log mu, log phi and power.
#[inline(always)]
fn log_density<T: Real>(y: Lane, log_mu: T, log_phi: T, power: T) -> T {
    let (one, two) = (T::constant(1.0) - power, T::constant(2.0) - power);
    let log_y = Lane::select(y.gt(Lane::ZERO), y, Lane::ONE).log();
    let zero = y.eq_lanes(Lane::ZERO);
    let none = (two * log_mu - log_phi).exp() / two;
    let amounts = (one * log_mu - log_phi).exp().scale(y) / one;
    let series = T::join(LogTweedieSeries { log_y }, [log_phi, power]);
    let inside = T::select(zero, -none, amounts - none + series - T::lift(log_y));
    let end = power.value().eq_lanes(Lane::splat(2.0));
    if !end.any() {
        return inside;
    }
    // At the end of the range, where a power without maximum inside runs to, it is the gamma distribution of shape 1 / phi.
    let gamma = Gamma.loglik(&[Lane::select(zero, Lane::ONE, y)], &[log_mu, -log_phi]);
    T::select(end, T::select(zero, T::constant(f64::NEG_INFINITY), gamma), inside)
}

/// Twice y (y^(1-p) - mu^(1-p)) / (1 - p) - (y^(2-p) - mu^(2-p)) / (2 - p).
#[inline(always)]
fn unit_deviance(y: Lane, log_mu: Lane, power: Lane) -> UnitDeviance<Lane> {
    let (one, two) = (Lane::ONE - power, Lane::splat(2.0) - power);
    let fitted = (two * log_mu).exp() / two - y * (one * log_mu).exp() / one;
    // The observed part is y^(2-p) (1 / (1 - p) - 1 / (2 - p)).
    let none = y.eq_lanes(Lane::ZERO);
    let end = two.eq_lanes(Lane::ZERO);
    let at_end = (Lane::select(none, Lane::ONE, y).log() - log_mu).apply(Expm1Less);
    let power_of_seen = (two * Lane::select(none, Lane::ONE, y).log()).exp();
    let half = fitted + Lane::select(none, Lane::ZERO, power_of_seen / (one * two));
    let half = Lane::select(end, at_end, half);
    let (mu, variance) = (log_mu.exp(), (power * log_mu).exp());
    UnitDeviance { y, mu, variance, deviance: half + half, weight: Lane::ONE }
}

/// Mean and dispersion by moments.
fn by_moments(y: &Moments, power: f64) -> [f64; 2] {
    let mu = y.positive_mean();
    [log(mu), 2.0 * log(y.sd()) - power * log(mu)]
}

/// Expected information about log mu: mu^2 / variance; mean and dispersion are orthogonal, and what the data say of the
/// dispersion has no closed form.
fn mean_info(u: &[f64], power: f64) -> f64 {
    exp((2.0 - power) * u[0] - u[1])
}

/// One draw: a Poisson number of gamma amounts.
fn draw(mu: f64, phi: f64, power: f64, uniform: &mut dyn FnMut() -> f64) -> f64 {
    let (one, two) = (power - 1.0, 2.0 - power);
    let rate = exp(two * log(mu)) / (phi * two);
    let number = draws::poisson(rate, uniform);
    if number == 0.0 {
        return 0.0;
    }
    let scale = phi * one * exp(one * log(mu));
    scale * exp(draws::log_gamma(number * two / one, uniform))
}

impl Density<2> for Tweedie {
    const NAME: &'static str = "tweedie";
    const ALLOWED: &'static str = "numbers from 0 on";
    const SOURCE: &'static str = "Dunn & Smyth (2005), Statistics and Computing 15(4), 267-280";
    const CONCAVE: bool = true;
    const PRECISION: Option<Precision> = Some(Precision { param: 1, power: -1.0 });

    fn params(&self) -> [Param; 2] {
        [Param::new("mu", Support::Positive), Param::new("phi", Support::Positive)]
    }

    fn admits(&self, y: &[f64]) -> bool {
        (y[0] >= 0.0) & (y[0] < f64::INFINITY)
    }

    #[inline(always)]
    fn loglik<T: Real>(&self, y: &[Lane], u: &[T; 2]) -> T {
        log_density(y[0], u[0], u[1], T::constant(self.power))
    }

    fn start(&self, y: &Moments) -> [f64; 2] {
        by_moments(y, self.power)
    }

    #[inline(always)]
    fn mean<T: Real>(&self, u: &[T; 2]) -> Option<T> {
        Some(u[0].exp())
    }

    fn variance(&self, u: &[f64; 2]) -> Option<f64> {
        Some(exp(u[1] + self.power * u[0]))
    }

    #[inline(always)]
    fn dispersion_model(&self, y: &[Lane], u: &[Lane; 2]) -> Option<UnitDeviance<Lane>> {
        Some(unit_deviance(y[0], u[0], Lane::splat(self.power)))
    }

    fn expected_info(&self, _: &[f64], u: &[f64; 2], out: &mut [f64]) -> bool {
        out.copy_from_slice(&[mean_info(u, self.power), 0.0, f64::NAN]);
        true
    }

    fn sample(&self, u: &[f64; 2], uniform: &mut dyn FnMut() -> f64) -> Option<f64> {
        Some(draw(exp(u[0]), exp(u[1]), self.power, uniform))
    }
}

/// Where the power may lie.
const POWER: Support = Support::Between(1.0, 2.0);

impl Density<3> for TweediePower {
    const NAME: &'static str = Tweedie::NAME;
    const ALLOWED: &'static str = Tweedie::ALLOWED;
    const SOURCE: &'static str = Tweedie::SOURCE;
    const CONCAVE: bool = true;
    const PRECISION: Option<Precision> = <Tweedie as Density<2>>::PRECISION;

    fn params(&self) -> [Param; 3] {
        let [mu, phi] = Tweedie { power: 1.5 }.params();
        [mu, phi, Param::new("power", POWER)]
    }

    fn admits(&self, y: &[f64]) -> bool {
        Tweedie { power: 1.5 }.admits(y)
    }

    #[inline(always)]
    fn loglik<T: Real>(&self, y: &[Lane], u: &[T; 3]) -> T {
        log_density(y[0], u[0], u[1], POWER.from_u(u[2]))
    }

    fn start(&self, y: &Moments) -> [f64; 3] {
        let [mu, phi] = by_moments(y, 1.5);
        [mu, phi, 0.0]
    }

    #[inline(always)]
    fn mean<T: Real>(&self, u: &[T; 3]) -> Option<T> {
        Some(u[0].exp())
    }

    fn variance(&self, u: &[f64; 3]) -> Option<f64> {
        Some(exp(u[1] + POWER.natural(u[2]) * u[0]))
    }

    #[inline(always)]
    fn dispersion_model(&self, y: &[Lane], u: &[Lane; 3]) -> Option<UnitDeviance<Lane>> {
        Some(unit_deviance(y[0], u[0], u[2].map(|u| POWER.natural(u))))
    }

    fn sample(&self, u: &[f64; 3], uniform: &mut dyn FnMut() -> f64) -> Option<f64> {
        Some(draw(exp(u[0]), exp(u[1]), POWER.natural(u[2]), uniform))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_the_end_of_its_range_it_is_the_gamma_distribution() {
        let (y, log_mu, log_phi) = (Lane([0.3, 1.0, 2.5, 7.0, 0.01, 40.0, 0.0, 1.7]), 0.4, -0.9);
        let [mu, phi] = [log_mu, log_phi].map(Lane::splat);
        let end = TweediePower.loglik(&[y], &[mu, phi, Lane::splat(40.0)]).0;
        let gamma = Gamma.loglik(&[y], &[mu, -phi]).0;
        for i in (0..8).filter(|i| *i != 6) {
            assert_eq!(end[i], gamma[i]);
        }
        assert_eq!(end[6], f64::NEG_INFINITY);
        let deviance = unit_deviance(y, mu, Lane::splat(2.0)).deviance.0;
        let of_gamma = Gamma.dispersion_model(&[y], &[mu, -phi]).expect("a dispersion model").deviance.0;
        assert!((0..8).filter(|i| *i != 6).all(|i| deviance[i] == of_gamma[i]));
    }
}
