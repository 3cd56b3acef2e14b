//! The families, one file each. A file's `FAMILY` and its word in this list make it known everywhere.

use crate::Family;

macro_rules! families {
    ($($name:ident),+ $(,)?) => {
        $(pub mod $name;)+
        /// Every family, in the order of lists and help texts.
        pub const ALL: &[&Family] = &[$(&$name::FAMILY),+];
    };
}

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
    poisson,
    negative_binomial,
    gamma,
    inverse_gaussian,
    weibull,
    lognormal,
    loglogistic,
}
