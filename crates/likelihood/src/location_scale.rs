//! Locations and scales of a standard density: one more such family is a few short functions of `z`.
//!
//! With `LOG` false z = (y - mu) / sigma; with `LOG` true z = (log y - mu) / sigma, the accelerated failure times, where
//! `mu` is the location of log time. u = [mu, log sigma] in both.
//! Kalbfleisch & Prentice (2002), The Statistical Analysis of Failure Time Data, ch. 2.

use core::marker::PhantomData;

use crate::support::is_positive;
use crate::{CheckLoss, Density, Moments, NaturalMap, Param, ParamAlias, Sufficient, Support};
use loglik_num::{Lane, Real, exp, expm1, log};

/// A density without location and scale, its mode at 0.
pub trait Standard: Default + Send + Sync + 'static {
    /// Name of the family.
    const NAME: &'static str;
    /// Where the formula is written.
    const SOURCE: &'static str;
    /// Whether the density is log-concave.
    const CONCAVE: bool = true;
    /// The loss, where the log density falls in straight lines on both sides of 0.
    const CHECK: Option<CheckLoss> = None;
    /// The two means of the response that say all.
    const SUFFICIENT: Option<Sufficient> = None;
    /// Mean and variance of z, where they exist.
    const MOMENTS: Option<(f64, f64)>;
    /// Expected information of one row in (location, log scale) at scale 1, packed lower triangle.
    const INFO: [f64; 3];

    /// Log density of z.
    fn log_pdf<T: Real>(z: T) -> T;
    /// log P(Z <= z).
    fn log_cdf<T: Real>(z: T) -> T;
    /// log P(Z > z).
    fn log_sf<T: Real>(z: T) -> T;
    /// z with P(Z <= z) = p.
    fn quantile(p: f64) -> f64;

    /// log E exp(s Z): the log mean of a positive response with scale `s`; NaN where it is infinite or not known.
    fn log_mean_exp<T: Real>(s: T) -> T {
        let _ = s;
        T::constant(f64::NAN)
    }
}

/// The family of a standard density, of the response or of its logarithm.
#[derive(Clone, Copy, Debug, Default)]
pub struct LocationScale<S, const LOG: bool>(PhantomData<S>);

/// Second names of a location and a scale.
pub(crate) const SECOND_NAMES: &[ParamAlias] =
    &[ParamAlias::same("location", "mu"), ParamAlias::same("scale", "sigma")];

/// Location and scale as they are reported.
pub(crate) const LOCATION_AND_SCALE: NaturalMap = NaturalMap {
    names: &["location", "scale"],
    from_u: |u| [u[0], u[1].exp(), u[2]],
    to_u: |v| [v[0], log(v[1]), 0.0],
};

/// Second names of the log-time parameters by the shape and scale of time itself.
pub(crate) const SHAPE_SECOND_NAMES: &[ParamAlias] = &[
    ParamAlias { alias: "shape", param: "sigma", value: |shape| 1.0 / shape },
    ParamAlias { alias: "scale", param: "mu", value: log },
    ParamAlias::same("location", "mu"),
];

/// Shape 1 / sigma and scale exp(mu) of a positive response.
pub(crate) const SHAPE_AND_SCALE: NaturalMap = NaturalMap {
    names: &["shape", "scale"],
    from_u: |u| [(-u[1]).exp(), u[0].exp(), u[2]],
    to_u: |v| [log(v[1]), -log(v[0]), 0.0],
};

impl<S: Standard, const LOG: bool> LocationScale<S, LOG> {
    /// The response on the scale of `mu`.
    #[inline(always)]
    fn scaled<T: Real>(y: Lane, u: &[T; 2]) -> T {
        let y = if LOG { T::log_fixed(y) } else { y };
        (T::lift(y) - u[0]) * (-u[1]).exp()
    }
}

impl<S: Standard, const LOG: bool> Density<2> for LocationScale<S, LOG> {
    const NAME: &'static str = S::NAME;
    const ALLOWED: &'static str = if LOG { "positive numbers" } else { "finite numbers" };
    const SOURCE: &'static str = S::SOURCE;
    const TAILS: bool = true;
    const CONCAVE: bool = S::CONCAVE;
    // Kinks are met exactly, by linear programming on the doubles: there is nothing to polish.
    const BY_DIFFERENCE: bool = !LOG && S::CHECK.is_none();
    const SUFFICIENT: Option<Sufficient> = S::SUFFICIENT;
    const INLINED: bool = LOG;

    fn params(&self) -> [Param; 2] {
        [Param::new("mu", Support::Real), Param::new("sigma", Support::Positive)]
    }

    fn admits(&self, y: &[f64]) -> bool {
        if LOG { is_positive(y[0]) } else { y[0].is_finite() }
    }

    #[inline(always)]
    fn loglik<T: Real>(&self, y: &[Lane], u: &[T; 2]) -> T {
        let l = S::log_pdf(Self::scaled(y[0], u)) - u[1];
        if LOG { l.add_lane(-T::log_fixed(y[0])) } else { l }
    }

    #[inline(always)]
    fn log_cdf<T: Real>(&self, y: &[Lane], u: &[T; 2]) -> T {
        S::log_cdf(Self::scaled(y[0], u))
    }

    #[inline(always)]
    fn log_sf<T: Real>(&self, y: &[Lane], u: &[T; 2]) -> T {
        S::log_sf(Self::scaled(y[0], u))
    }

    /// By quartiles of the sample; by a unit scale where they are equal.
    fn start(&self, y: &Moments) -> [f64; 2] {
        let at = |p: f64| if LOG { log(y.quantile(p)) } else { y.quantile(p) };
        let spread = (at(0.75) - at(0.25)) / (S::quantile(0.75) - S::quantile(0.25));
        if spread > 0.0 && spread.is_finite() {
            return [at(0.5) - spread * S::quantile(0.5), log(spread)];
        }
        let (mean, variance) = if LOG { (y.mean_log, y.variance_log) } else { (y.mean, y.variance) };
        let spread = if LOG && variance <= 0.0 { 1.0 } else { Moments::sd_of(mean, variance) };
        [mean, log(spread)]
    }

    fn check_loss(&self) -> Option<CheckLoss> {
        if LOG { None } else { S::CHECK }
    }

    #[inline(always)]
    fn mean<T: Real>(&self, u: &[T; 2]) -> Option<T> {
        let sigma = u[1].exp();
        if LOG {
            return Some((u[0] + S::log_mean_exp(sigma)).exp());
        }
        S::MOMENTS.map(|(centre, _)| u[0] + sigma.scale(Lane::splat(centre)))
    }

    fn variance(&self, u: &[f64; 2]) -> Option<f64> {
        if LOG {
            let log_mean = |s: f64| S::log_mean_exp(Lane::splat(s)).0[0];
            let (one, two) = (log_mean(exp(u[1])), log_mean(2.0 * exp(u[1])));
            return Some(exp(2.0 * (u[0] + one)) * expm1(two - 2.0 * one));
        }
        S::MOMENTS.map(|(_, variance)| variance * exp(2.0 * u[1]))
    }

    fn saturated(&self, y: &[f64], u: &[f64; 2]) -> Option<f64> {
        let top = S::log_pdf(Lane::ZERO).0[0] - u[1];
        Some(if LOG { top - log(y[0]) } else { top })
    }

    fn expected_info(&self, _: &[f64], u: &[f64; 2], out: &mut [f64]) -> bool {
        let r = exp(-u[1]);
        out.copy_from_slice(&[S::INFO[0] * r * r, S::INFO[1] * r, S::INFO[2]]);
        true
    }

    fn quantile(&self, p: f64, u: &[f64; 2]) -> Option<f64> {
        let x = u[0] + exp(u[1]) * S::quantile(p);
        Some(if LOG { exp(x) } else { x })
    }
}
