//! Uniform: a number between `min` and `min + width`, every place alike.
//!
//! log f = -log width within; u = [min, log width]. Both ends move with the parameters, so the maximum lies where they
//! touch the data: known in closed form.

use crate::{Density, Family, Moments, NaturalMap, Param, Support};
use loglik_num::{Lane, Real, exp, log};

/// The uniform distribution.
#[derive(Clone, Copy, Debug, Default)]
pub struct Uniform;

/// Its entry in the registry.
pub static FAMILY: Family = Family {
    aliases: &["unif", "rectangular"],
    natural: Some(&NaturalMap {
        names: &["min", "max"],
        from_u: |u| [u[0], u[0] + u[1].exp(), u[2]],
        to_u: |v| [v[0], log(v[1] - v[0]), 0.0],
    }),
    ..Family::of::<Uniform, 2>("every value between two ends alike")
};

impl Density<2> for Uniform {
    const NAME: &'static str = "uniform";
    const ALLOWED: &'static str = "finite numbers";
    const SOURCE: &'static str = "Johnson, Kotz & Balakrishnan (1995), Continuous Univariate Distributions 2, ch. 26";
    const TAILS: bool = true;

    fn params(&self) -> [Param; 2] {
        [Param::new("min", Support::Real), Param::new("width", Support::Positive)]
    }

    fn admits(&self, y: &[f64]) -> bool {
        y[0].is_finite()
    }

    #[inline(always)]
    fn loglik<T: Real>(&self, y: &[Lane], u: &[T; 2]) -> T {
        let share = ((T::lift(y[0]) - u[0]) * (-u[1]).exp()).value();
        // The last bit of log width may put an end that touches the data outside.
        let inside = share.ge(Lane::ZERO) & share.le(Lane::splat(1.0 + 1e-14));
        T::select(inside, -u[1], T::constant(f64::NEG_INFINITY))
    }

    #[inline(always)]
    fn log_cdf<T: Real>(&self, y: &[Lane], u: &[T; 2]) -> T {
        log_share((T::lift(y[0]) - u[0]) * (-u[1]).exp())
    }

    #[inline(always)]
    fn log_sf<T: Real>(&self, y: &[Lane], u: &[T; 2]) -> T {
        log_share(T::constant(1.0) - (T::lift(y[0]) - u[0]) * (-u[1]).exp())
    }

    fn start(&self, y: &Moments) -> [f64; 2] {
        let width = y.max - y.min;
        [y.min, log(if width > 0.0 { width } else { y.sd() })]
    }

    fn edge_maximum(&self, y: &Moments) -> Option<[f64; 2]> {
        Some([y.min, log(y.max - y.min)])
    }

    #[inline(always)]
    fn mean<T: Real>(&self, u: &[T; 2]) -> Option<T> {
        Some(u[0] + u[1].exp().scale(Lane::splat(0.5)))
    }

    fn variance(&self, u: &[f64; 2]) -> Option<f64> {
        Some(exp(2.0 * u[1]) / 12.0)
    }

    fn quantile(&self, p: f64, u: &[f64; 2]) -> Option<f64> {
        Some(u[0] + p * exp(u[1]))
    }
}

/// log of a share, 0 above 1 and -inf below 0.
#[inline(always)]
fn log_share<T: Real>(share: T) -> T {
    let (some, all) = (share.value().gt(Lane::ZERO), share.value().ge(Lane::ONE));
    let inside = T::select(all, T::constant(1.0), T::select(some, share, T::constant(1.0))).log();
    T::select(some, inside, T::constant(f64::NEG_INFINITY))
}
