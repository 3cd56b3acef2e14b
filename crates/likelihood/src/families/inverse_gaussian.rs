//! Inverse Gaussian: a positive number with mean `mu` and variance `mu^3 / shape`.
//!
//! log f = log(shape / (2 pi y^3)) / 2 - shape (y / mu - 1)^2 / (2 y); u = [log mu, log shape]. y / mu - 1 is formed as
//! e^r - 1 with r = log y - log mu.

use crate::limits::{HALF_LOG_2PI, LogMills};
use crate::support::is_positive;
use crate::{Density, Family, Moments, NaturalMap, Param, ParamAlias, Precision, Support, UnitDeviance};
use loglik_num::{Lane, Real, exp, log};

/// The inverse Gaussian distribution.
#[derive(Clone, Copy, Debug, Default)]
pub struct InverseGaussian;

/// Its entry in the registry.
pub static FAMILY: Family = Family {
    aliases: &["invgauss", "inverse_gauss", "wald"],
    params: &[
        ParamAlias::same("mean", "mu"),
        ParamAlias::same("lambda", "shape"),
        ParamAlias { alias: "dispersion", param: "shape", value: |phi| 1.0 / phi },
    ],
    natural: Some(&NaturalMap {
        names: &["mean", "shape"],
        from_u: |u| [u[0].exp(), u[1].exp(), u[2]],
        to_u: |v| [log(v[0]), log(v[1]), 0.0],
    }),
    ..Family::of::<InverseGaussian, 2>("positive numbers with variance mu^3 / shape")
};

impl Density<2> for InverseGaussian {
    const NAME: &'static str = "inverse_gaussian";
    const ALLOWED: &'static str = "positive numbers";
    const SOURCE: &'static str = "Tweedie (1957), Annals of Mathematical Statistics 28(2), 362-377";
    const TAILS: bool = true;
    const INLINED: bool = true;
    const PRECISION: Option<Precision> = Some(Precision { param: 1, power: 1.0 });

    fn params(&self) -> [Param; 2] {
        [Param::new("mu", Support::Positive), Param::new("shape", Support::Positive)]
    }

    fn admits(&self, y: &[f64]) -> bool {
        is_positive(y[0])
    }

    #[inline(always)]
    fn loglik<T: Real>(&self, y: &[Lane], u: &[T; 2]) -> T {
        let log_y = T::log_fixed(y[0]);
        let off = (T::lift(log_y) - u[0]).expm1();
        let half = Lane::splat(0.5);
        u[1].scale(half)
            - (u[1] - T::lift(log_y)).exp().scale(half) * off.square()
            - T::lift(log_y * Lane::splat(1.5) + Lane::splat(HALF_LOG_2PI))
    }

    /// Phi(a) + e^(2 shape / mu) Phi(-b), a and b = (y / mu -+ 1) sqrt(shape / y); the product by Mills' ratio.
    #[inline(always)]
    fn log_cdf<T: Real>(&self, y: &[Lane], u: &[T; 2]) -> T {
        let (a, b) = tail_points(y[0], u);
        a.log_ndtr().logaddexp(b.apply(LogMills) - a.square().scale(Lane::splat(0.5)) - T::constant(HALF_LOG_2PI))
    }

    #[inline(always)]
    fn log_sf<T: Real>(&self, y: &[Lane], u: &[T; 2]) -> T {
        let (a, b) = tail_points(y[0], u);
        (-a).log_ndtr() + (b.apply(LogMills) - a.apply(LogMills)).log1mexp()
    }

    fn start(&self, y: &Moments) -> [f64; 2] {
        let mu = y.positive_mean();
        let sd = y.sd();
        [log(mu), 3.0 * log(mu) - 2.0 * log(sd)]
    }

    #[inline(always)]
    fn mean<T: Real>(&self, u: &[T; 2]) -> Option<T> {
        Some(u[0].exp())
    }

    fn variance(&self, u: &[f64; 2]) -> Option<f64> {
        Some(exp(3.0 * u[0] - u[1]))
    }

    #[inline(always)]
    fn dispersion_model(&self, y: &[Lane], u: &[Lane; 2]) -> Option<UnitDeviance<Lane>> {
        let mu = u[0].exp();
        let off = (y[0].log() - u[0]).expm1();
        let (variance, deviance) = (mu * mu * mu, off * off / y[0]);
        Some(UnitDeviance { y: y[0], mu, variance, deviance, weight: Lane::ONE })
    }

    fn saturated(&self, y: &[f64], u: &[f64; 2]) -> Option<f64> {
        Some(0.5 * u[1] - 1.5 * log(y[0]) - HALF_LOG_2PI)
    }

    fn expected_info(&self, _: &[f64], u: &[f64; 2], out: &mut [f64]) -> bool {
        out.copy_from_slice(&[exp(u[1] - u[0]), 0.0, 0.5]);
        true
    }

    /// One root of a quadratic in a squared normal draw, or the other (Michael, Schucany & Haas 1976).
    fn sample(&self, u: &[f64; 2], uniform: &mut dyn FnMut() -> f64) -> Option<f64> {
        let (mu, shape) = (exp(u[0]), exp(u[1]));
        let normal = loglik_num::norm_quantile(uniform());
        let w = 0.5 * mu * normal * normal / shape;
        // x / mu = 1 + w - sqrt(w (2 + w)) = 1 / (1 + w + sqrt(w (2 + w)))
        let low = mu / (1.0 + w + (w * (2.0 + w)).sqrt());
        Some(if uniform() * (mu + low) <= mu { low } else { mu * (mu / low) })
    }
}

/// (y / mu - 1) and (y / mu + 1), both times sqrt(shape / y).
#[inline(always)]
fn tail_points<T: Real>(y: Lane, u: &[T; 2]) -> (T, T) {
    let log_y = T::lift(T::log_fixed(y));
    let root = (u[1] - log_y).scale(Lane::splat(0.5)).exp();
    let off = (log_y - u[0]).expm1();
    (root * off, root * (off + T::constant(2.0)))
}
