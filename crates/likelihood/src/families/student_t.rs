//! Student's t: a number with location `mu`, scale `sigma` and tails of `nu` degrees of freedom.
//!
//! log f = log(Gamma((nu + 1) / 2) / (Gamma(nu / 2) sqrt(nu pi))) - log sigma - (nu + 1) / 2 log(1 + z^2 / nu);
//! u = [mu, log sigma, log nu]. As `nu -> inf` the two parts that cancel are never formed: the Gamma ratio comes by
//! Stirling's rest, and near the normal the last term is written as -z^2 / 2 and a small rest.

use crate::draws;
use crate::limits::{HALF_LOG_2PI, Log1pLess, StirlingRest};
use crate::{Density, Family, Moments, NaturalMap, Param, ParamAlias, Precision, Support};
use loglik_num::{Jet, Lane, Real, Step, exp, log, norm_quantile};

/// Student's t distribution.
#[derive(Clone, Copy, Debug, Default)]
pub struct StudentT;

/// Its entry in the registry.
pub static FAMILY: Family = Family {
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
    const WRITTEN: bool = true;
    const BY_DIFFERENCE: bool = true;
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
    fn derivatives(&self, y: &[Lane], u: &[Lane; 3]) -> Jet<3> {
        let (one, half) = (Lane::ONE, Lane::splat(0.5));
        let over_s = (-u[1]).exp();
        let (z, nu) = ((y[0] - u[0]) * over_s, u[2].exp());
        let z2 = z.square();
        let w = z2 / nu;
        let near = w.lt(half);
        let less = Log1pLess.value([Lane::select(near, w, Lane::ZERO)]);
        let exponent = (nu + one).scale(half);
        let log = w.log1p();
        let loss = Lane::select(near, (z2 + w).scale(half) + exponent * less, exponent * log);
        // The constant, by nu.
        let of_nu = half_step(Jet::<1>::variable(u[2], 0).exp().scale(half));
        let v = of_nu.v - u[1] - Lane::splat(HALF_LOG_2PI) - loss;
        let d = one / (one + w);
        let (wd, share) = (w * d, one + one / nu);
        // nu less the share of it that the row leaves, times 1 + w: z^2 - 1.
        let excess = (z2 - one) * d;
        let by_mu = share * d * over_s;
        let two = Lane::splat(2.0);
        // log(1 + w) - w d and its slope in log w less the same: for small w from log(1 + w) - w, which keeps its digits.
        let rest = w * wd;
        let first = Lane::select(near, less + rest, log - wd);
        let second = Lane::select(near, less + rest * wd, log - two * wd + wd * d);
        let g = [by_mu * z, (z2 + w) * d - one, of_nu.g[0] - half * nu * first + half * wd];
        let h00 = by_mu * over_s * (two * wd - one);
        let h10 = -two * by_mu * d * z;
        let h11 = -two * d * d * (z2 + w);
        let h20 = z * d * over_s * excess / nu;
        let h21 = wd * excess;
        let h22 = of_nu.h[0][0] - half * nu * second - half * wd * d;
        Jet { v, g, h: [[h00, Lane::ZERO, Lane::ZERO], [h10, h11, Lane::ZERO], [h20, h21, h22]] }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derivatives_are_those_of_the_jets() {
        for z in [0.0, 1e-9, 0.3, -1.7, 12.0, -400.0, 1e6] {
            for (log_s, log_nu) in [(0.0, 0.0), (1.3, 2.0), (-4.0, -1.0), (0.2, 9.0), (0.0, 20.0), (0.5, -3.0)] {
                let y = Lane::splat(3.0 + z * exp(log_s));
                let u = [Lane::splat(3.0), Lane::splat(log_s), Lane::splat(log_nu)];
                let jets: [Jet<3>; 3] = std::array::from_fn(|i| Jet::variable(u[i], i));
                let (written, derived) = (StudentT.derivatives(&[y], &u), StudentT.loglik(&[y], &jets));
                assert_eq!(written.v, StudentT.loglik(&[y], &u));
                // The jets' own rounding: their terms are as large as z^2 or nu's part of the log density.
                let size = 1e-14 * (1.0 + written.v.0[0].abs() + (z * z).min(exp(log_nu)));
                let unit = |k: usize| if k == 0 { exp(-log_s) } else { 1.0 };
                for i in 0..3 {
                    let gap = (written.g[i].0[0] - derived.g[i].0[0]).abs();
                    assert!(gap <= size * unit(i), "g{i} z {z} u {log_s} {log_nu}: {gap:e}");
                    for j in 0..=i {
                        let gap = (written.h[i][j].0[0] - derived.h[i][j].0[0]).abs();
                        assert!(gap <= size * unit(i) * unit(j), "h{i}{j} z {z} u {log_s} {log_nu}: {gap:e}");
                    }
                }
            }
        }
    }
}
