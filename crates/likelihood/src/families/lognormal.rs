//! Lognormal: a positive number whose logarithm is normal with mean `mu` and standard deviation `sigma`.
//!
//! log f = -z^2 / 2 - log sigma - log(2 pi) / 2 - log y, z = (log y - mu) / sigma; u = [mu, log sigma].

use crate::{Family, LocationScale, NaturalMap, ParamAlias, Standard, Sufficient};
use crate::limits::HALF_LOG_2PI;
use loglik_num::{Lane, Real, log, norm_quantile};

/// The standard normal density.
#[derive(Clone, Copy, Debug, Default)]
pub struct Lognormal;

/// Its entry in the registry.
pub static FAMILY: Family = Family {
    aliases: &["lnorm", "log_normal"],
    params: &[
        ParamAlias::same("meanlog", "mu"),
        ParamAlias::same("sdlog", "sigma"),
        ParamAlias::same("location", "mu"),
        ParamAlias::same("scale", "sigma"),
    ],
    natural: Some(&NaturalMap {
        names: &["meanlog", "sdlog"],
        from_u: |u| [u[0], u[1].exp(), u[2]],
        to_u: |v| [v[0], log(v[1]), 0.0],
    }),
    ..Family::of::<LocationScale<Lognormal, true>, 2>("positive numbers whose logarithm is normal")
};

impl Standard for Lognormal {
    const NAME: &'static str = "lognormal";
    const SOURCE: &'static str = "Johnson, Kotz & Balakrishnan (1994), Continuous Univariate Distributions 1, ch. 14";
    const SUFFICIENT: Option<Sufficient> = Some(Sufficient::LogNormal);
    const MOMENTS: Option<(f64, f64)> = Some((0.0, 1.0));
    const INFO: [f64; 3] = [1.0, 0.0, 2.0];

    #[inline(always)]
    fn log_pdf<T: Real>(z: T) -> T {
        z.square().scale(Lane::splat(-0.5)) - T::constant(HALF_LOG_2PI)
    }

    #[inline(always)]
    fn log_cdf<T: Real>(z: T) -> T {
        z.log_ndtr()
    }

    #[inline(always)]
    fn log_sf<T: Real>(z: T) -> T {
        (-z).log_ndtr()
    }

    fn quantile(p: f64) -> f64 {
        norm_quantile(p)
    }

    #[inline(always)]
    fn log_mean_exp<T: Real>(s: T) -> T {
        s.square().scale(Lane::splat(0.5))
    }
}
