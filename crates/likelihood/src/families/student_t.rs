//! Student's t: a number with location `mu`, scale `sigma` and tails of `nu` degrees of freedom.
//!
//! log f = log(Gamma((nu + 1) / 2) / (Gamma(nu / 2) sqrt(nu pi))) - log sigma - (nu + 1) / 2 log(1 + z^2 / nu);
//! u = [mu, log sigma, log nu]. As `nu -> inf` the two parts that cancel are never formed: the Gamma ratio comes by
//! Stirling's rest, and near the normal the last term is written as -z^2 / 2 and a small rest.

use crate::draws;
use crate::limits::{HALF_LOG_2PI, Log1pLess, StirlingRest};
use crate::{Density, Family, Moments, NaturalMap, Param, ParamAlias, Precision, Support};
use loglik_num::{Lane, Real, exp, log, norm_quantile};

/// Student's t distribution.
#[derive(Clone, Copy, Debug, Default)]
pub struct StudentT;

/// Its entry in the registry.
pub const FAMILY: Family = Family {
    aliases: &["t", "student"],
    params: &[
        ParamAlias::same("location", "mu"),
        ParamAlias::same("scale", "sigma"),
        ParamAlias::same("df", "nu"),
    ],
    natural: Some(&NaturalMap {
        names: &["location", "scale", "df"],
        from_u: |u| [u[0], u[1].exp(), u[2].exp()],
        to_u: |v| [v[0], log(v[1]), log(v[2])],
    }),
    ..Family::of::<StudentT, 3>("heavy tails: robust regression")
};

impl Density<3> for StudentT {
    const NAME: &'static str = "student_t";
    const ALLOWED: &'static str = "finite numbers";
    const SOURCE: &'static str = "Lange, Little & Taylor (1989), JASA 84, 881-896";
    const TAILS: bool = true;
    const INLINED: bool = true;
    const PRECISION: Option<Precision> = Some(Precision { param: 1, power: -0.5 });

    fn params(&self) -> [Param; 3] {
        [
            Param::new("mu", Support::Real),
            Param::new("sigma", Support::Positive),
            Param::new("nu", Support::Positive),
        ]
    }

    fn admits(&self, y: &[f64]) -> bool {
        y[0].is_finite()
    }

    #[inline(always)]
    fn loglik<T: Real>(&self, y: &[Lane], u: &[T; 3]) -> T {
        let z = (T::lift(y[0]) - u[0]) * (-u[1]).exp();
        let (nu, z2) = (u[2].exp(), z.square());
        let half = Lane::splat(0.5);
        let exponent = (nu + T::constant(1.0)).scale(half);
        let w = z2 / nu;
        let near = w.value().lt(half);
        let safe = T::select(near, w, T::constant(0.0));
        // (nu + 1) / 2 log(1 + w) = (z^2 + w) / 2 + (nu + 1) / 2 (log(1 + w) - w)
        let small = (z2 + w).scale(half) + exponent * safe.apply(Log1pLess);
        let loss = T::select(near, small, exponent * w.log1p());
        half_step(nu.scale(half)) - u[1] - T::constant(HALF_LOG_2PI) - loss
    }

    #[inline(always)]
    fn log_cdf<T: Real>(&self, y: &[Lane], u: &[T; 3]) -> T {
        ((T::lift(y[0]) - u[0]) * (-u[1]).exp()).log_t_cdf(u[2].exp())
    }

    #[inline(always)]
    fn log_sf<T: Real>(&self, y: &[Lane], u: &[T; 3]) -> T {
        ((u[0] - T::lift(y[0])) * (-u[1]).exp()).log_t_cdf(u[2].exp())
    }

    fn start(&self, y: &Moments) -> [f64; 3] {
        if y.sample.is_empty() {
            return [y.mean, log(y.sd()), log(8.0)];
        }
        // A normal's quartiles are 1.349 sd apart, those of t with 4 degrees 1.482 scales.
        let spread = (y.quantile(0.75) - y.quantile(0.25)) / 1.482;
        [y.quantile(0.5), log(if spread > 0.0 { spread } else { y.sd() }), log(4.0)]
    }

    #[inline(always)]
    fn mean<T: Real>(&self, u: &[T; 3]) -> Option<T> {
        Some(T::select(u[2].value().gt(Lane::ZERO), u[0], T::constant(f64::NAN)))
    }

    fn variance(&self, u: &[f64; 3]) -> Option<f64> {
        let nu = exp(u[2]);
        match nu {
            _ if nu > 2.0 => Some(exp(2.0 * u[1]) * nu / (nu - 2.0)),
            _ if nu > 1.0 => Some(f64::INFINITY),
            _ => Some(f64::NAN),
        }
    }

    fn saturated(&self, _: &[f64], u: &[f64; 3]) -> Option<f64> {
        Some(half_step(Lane::splat(0.5 * exp(u[2]))).0[0] - u[1] - HALF_LOG_2PI)
    }

    fn sample(&self, u: &[f64; 3], uniform: &mut dyn FnMut() -> f64) -> Option<f64> {
        let nu = exp(u[2]);
        // Z / sqrt(chi^2 / nu), chi^2 / 2 gamma distributed with shape nu / 2.
        let log_ratio = draws::log_gamma(0.5 * nu, uniform) - log(0.5 * nu);
        Some(u[0] + exp(u[1] - 0.5 * log_ratio) * norm_quantile(uniform()))
    }
}

/// log(Gamma(a + 1/2) / (Gamma(a) sqrt a)), about -1 / (8 a), by the rests of Stirling's formula.
#[inline(always)]
fn half_step<T: Real>(a: T) -> T {
    // a log(1 + 1 / (2 a)) - 1/2 = a (log(1 + h) - h), h = 1 / (2 a)
    let h = (a + a).recip();
    (a + T::constant(0.5)).apply(StirlingRest) - a.apply(StirlingRest) + a * h.apply(Log1pLess)
}
