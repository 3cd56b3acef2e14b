//! Von Mises: an angle in radians with mean direction `mu` and concentration `kappa`.
//!
//! log f = kappa (cos(y - mu) - 1) - log(2 pi) - (log I0(kappa) - kappa); u = [mu, log kappa].

use crate::{Density, Family, Moments, Param, ParamAlias, Support};
use loglik_num::{Lane, Real, bessel_i1_i0, exp, log};

/// log(2 pi).
const LOG_2PI: f64 = 1.837_877_066_409_345_3;

/// The von Mises distribution.
#[derive(Clone, Copy, Debug, Default)]
pub struct VonMises;

/// Its entry in the registry.
pub static FAMILY: Family = Family {
    aliases: &["vonmises", "circular_normal"],
    params: &[ParamAlias::same("location", "mu"), ParamAlias::same("concentration", "kappa")],
    ..Family::of::<VonMises, 2>("angles in radians")
};

impl Density<2> for VonMises {
    const NAME: &'static str = "von_mises";
    const ALLOWED: &'static str = "finite numbers (angles in radians)";
    const SOURCE: &'static str = "Mardia & Jupp (2000), Directional Statistics, 3.5.4";

    fn params(&self) -> [Param; 2] {
        [Param::new("mu", Support::Real), Param::new("kappa", Support::Positive)]
    }

    fn admits(&self, y: &[f64]) -> bool {
        y[0].is_finite()
    }

    #[inline(always)]
    fn loglik<T: Real>(&self, y: &[Lane], u: &[T; 2]) -> T {
        // cos d - 1 = -2 sin(d / 2)^2
        let half = (T::lift(y[0]) - u[0]).scale(Lane::splat(0.5)).sin();
        let kappa = u[1].exp();
        let height = kappa.log_bessel_i0() - kappa + T::constant(LOG_2PI);
        -(kappa * half.square()).scale(Lane::splat(2.0)) - height
    }

    fn start(&self, y: &Moments) -> [f64; 2] {
        let (mut c, mut s) = (0.0, 0.0);
        for &angle in &y.sample {
            c += loglik_num::cos(angle);
            s += loglik_num::sin(angle);
        }
        let length = (c * c + s * s).sqrt();
        // The direction by the half-angle, so that one arc tangent does.
        let mu = if length > 0.0 { 2.0 * loglik_num::atan(s / (length + c)) } else { y.mean };
        let r = length / y.sample.len().max(1) as f64;
        let kappa = r * (2.0 - r * r) / (1.0 - r * r);
        [if mu.is_finite() { mu } else { core::f64::consts::PI }, log(if kappa > 0.01 && kappa.is_finite() { kappa } else { 1.0 })]
    }

    fn expected_info(&self, _: &[f64], u: &[f64; 2], out: &mut [f64]) -> bool {
        let kappa = exp(u[1]);
        let ratio = bessel_i1_i0(kappa);
        out[0] = kappa * ratio;
        out[1] = 0.0;
        out[2] = kappa * kappa * (1.0 - ratio / kappa - ratio * ratio);
        true
    }

    /// Best & Fisher (1979): a wrapped Cauchy proposal, accepted with the ratio of the two.
    fn sample(&self, u: &[f64; 2], uniform: &mut dyn FnMut() -> f64) -> Option<f64> {
        let kappa = exp(u[1]);
        let tau = 1.0 + (1.0 + 4.0 * kappa * kappa).sqrt();
        let rho = (tau - (2.0 * tau).sqrt()) / (2.0 * kappa);
        let r = (1.0 + rho * rho) / (2.0 * rho);
        loop {
            let z = loglik_num::cos(core::f64::consts::PI * uniform());
            let f = (1.0 + r * z) / (r + z);
            let c = kappa * (r - f);
            let accept = uniform();
            if c * (2.0 - c) > accept || log(c / accept) + 1.0 >= c {
                let angle = core::f64::consts::FRAC_PI_2 - loglik_num::atan(f / (1.0 - f * f).max(0.0).sqrt());
                return Some(if uniform() < 0.5 { u[0] - angle } else { u[0] + angle });
            }
        }
    }
}
