//! Asymmetric Laplace: a number whose `tau` quantile is `mu`. Pinball loss as likelihood.
//!
//! log f = log(tau (1 - tau) / sigma) - rho_tau((y - mu) / sigma), `rho_tau(z) = z (tau - 1[z < 0])`; u = [mu, log sigma].
//! The maximum in mu is found exactly by a solver of its own.

use crate::{Args, CheckLoss, Density, Family, Likelihood, MakeError, Moments, Param, Pointwise, Support};
use loglik_num::{Lane, Real, exp, log, log1p};

/// The asymmetric Laplace distribution at one `tau`.
#[derive(Clone, Copy, Debug)]
pub struct Quantile {
    /// Share of the response below `mu`.
    pub tau: f64,
}

/// Its entry in the registry.
pub static FAMILY: Family = Family {
    name: Quantile::NAME,
    aliases: &["pinball", "asymmetric_laplace", "ald"],
    title: "asymmetric Laplace: pinball loss, quantile regression at --tau",
    params: crate::location_scale::SECOND_NAMES,
    natural: Some(&crate::location_scale::LOCATION_AND_SCALE),
    make,
};

fn make(args: &Args) -> Result<Box<dyn Likelihood>, MakeError> {
    let tau = args.tau;
    if tau > 0.0 && tau < 1.0 {
        return Ok(Box::new(Pointwise::new(Quantile { tau })));
    }
    Err(MakeError::Range { what: "tau", value: tau, allowed: "between 0 and 1" })
}

impl Density<2> for Quantile {
    const NAME: &'static str = "quantile";
    const ALLOWED: &'static str = "finite numbers";
    const SOURCE: &'static str = "Koenker & Machado (1999), JASA 94, 1296-1310; Yu & Zhang (2005)";
    const TAILS: bool = true;
    const CONCAVE: bool = true;

    fn params(&self) -> [Param; 2] {
        [Param::new("mu", Support::Real), Param::new("sigma", Support::Positive)]
    }

    fn admits(&self, y: &[f64]) -> bool {
        y[0].is_finite()
    }

    #[inline(always)]
    fn loglik<T: Real>(&self, y: &[Lane], u: &[T; 2]) -> T {
        let z = (T::lift(y[0]) - u[0]) * (-u[1]).exp();
        let weight = z.value().map(|z| self.tau * f64::from(z > 0.0) - (1.0 - self.tau) * f64::from(z < 0.0));
        -z.scale(weight) - u[1] + T::constant(self.log_height())
    }

    #[inline(always)]
    fn log_cdf<T: Real>(&self, y: &[Lane], u: &[T; 2]) -> T {
        self.below((T::lift(y[0]) - u[0]) * (-u[1]).exp(), self.tau)
    }

    #[inline(always)]
    fn log_sf<T: Real>(&self, y: &[Lane], u: &[T; 2]) -> T {
        self.below((u[0] - T::lift(y[0])) * (-u[1]).exp(), 1.0 - self.tau)
    }

    fn start(&self, y: &Moments) -> [f64; 2] {
        let mu = if y.sample.is_empty() { y.mean } else { y.quantile(self.tau) };
        let check = |x: &f64| (x - mu) * (self.tau - f64::from(*x < mu));
        let distance = y.sample.iter().map(check).sum::<f64>() / y.sample.len().max(1) as f64;
        [mu, log(if distance > 0.0 { distance } else { y.sd() })]
    }

    fn check_loss(&self) -> Option<CheckLoss> {
        Some(CheckLoss { above: self.tau, below: 1.0 - self.tau })
    }

    #[inline(always)]
    fn mean<T: Real>(&self, u: &[T; 2]) -> Option<T> {
        let t = self.tau;
        Some(u[0] + u[1].exp().scale(Lane::splat((1.0 - 2.0 * t) / (t * (1.0 - t)))))
    }

    fn variance(&self, u: &[f64; 2]) -> Option<f64> {
        let (t, s) = (self.tau, self.tau * (1.0 - self.tau));
        Some(exp(2.0 * u[1]) * (1.0 - 2.0 * t + 2.0 * t * t) / (s * s))
    }

    fn saturated(&self, _: &[f64], u: &[f64; 2]) -> Option<f64> {
        Some(self.log_height() - u[1])
    }

    fn expected_info(&self, _: &[f64], u: &[f64; 2], out: &mut [f64]) -> bool {
        out.copy_from_slice(&[self.tau * (1.0 - self.tau) * exp(-2.0 * u[1]), 0.0, 1.0]);
        true
    }

    fn quantile(&self, p: f64, u: &[f64; 2]) -> Option<f64> {
        let t = self.tau;
        let z = match p < t {
            true => log(p / t) / (1.0 - t),
            false => -log((1.0 - p) / (1.0 - t)) / t,
        };
        Some(u[0] + exp(u[1]) * z)
    }
}

impl Quantile {
    /// Log density at `mu` where sigma is 1.
    fn log_height(&self) -> f64 {
        log(self.tau) + log1p(-self.tau)
    }

    /// log P(Z <= z) of the standard distribution that has `tau` below 0.
    #[inline(always)]
    fn below<T: Real>(&self, z: T, tau: f64) -> T {
        let low = z.value().lt(Lane::ZERO);
        let lower = T::select(low, z, T::constant(0.0)).scale(Lane::splat(1.0 - tau)) + T::constant(log(tau));
        let upper = T::select(low, T::constant(0.0), -z).scale(Lane::splat(tau)) + T::constant(log1p(-tau));
        T::select(low, lower, (-upper.exp()).log1p())
    }
}
