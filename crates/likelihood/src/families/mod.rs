//! The families, one file each. A file's `FAMILY` and its word in this list make it known everywhere.

use crate::Family;

macro_rules! families {
    ($($name:ident),+ $(,)?) => {
        $(pub mod $name;)+
        /// Every family, in the order of lists and help texts.
        pub static ALL: &[&Family] = &[$(&$name::FAMILY),+];
    };
}

mod generalized_gamma_tails;
mod negative_binomial_info;
mod ordinal_rows;

families! {
    gaussian,
    laplace,
    quantile,
    student_t,
    logistic_dist,
    cauchy,
    gumbel,
    gumbel_min,
    bernoulli,
    beta_binomial,
    categorical,
    ordinal,
    poisson,
    negative_binomial,
    negative_binomial1,
    geometric,
    log_series,
    gamma,
    inverse_gaussian,
    tweedie,
    beta,
    exponential,
    weibull,
    lognormal,
    loglogistic,
    rayleigh,
    gompertz,
    generalized_gamma,
    gev,
    gpd,
    lomax,
    pareto,
    burr,
    uniform,
    von_mises,
}
