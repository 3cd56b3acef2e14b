//! Lanes, jets, special functions, sums and small dense linear algebra: the numbers under everything else.

mod bessel;
mod cholesky;
mod cholesky_dd;
mod converge;
mod decimal;
mod dispatch;
mod dist;
mod eigen;
mod elementary;
mod gamma;
mod gamma_lanes;
mod gemv;
mod gram;
mod incomplete_beta;
mod incomplete_gamma;
mod jet;
mod kinds;
mod lane;
mod log_space;
mod memo;
mod nonnegative;
mod normal;
mod normal_lanes;
mod ordered;
mod outlined;
mod real;
mod spectrum;
mod step;
mod steps;
mod sum;
mod t_cdf;
mod tweedie_series;
mod tweedie_terms;
mod vector;

pub use bessel::{bessel_i1_i0, log_bessel_i0};
pub use cholesky::{Cholesky, NotPositive, symmetric_product};
pub use cholesky_dd::CholeskyDd;
pub use decimal::decimal_rest;
pub use dispatch::{Kernel, Level, dispatch, level};
pub use dist::{
    chisq_quantile, chisq_sf, f_sf, normal_quantile, normal_sf, normal_two_sided, t_quantile, t_sf,
    t_two_sided,
};
pub use eigen::Eigen;
pub use elementary::{atan, cos, exp, expm1, log, log_all, log1p, pow, sin, tan};
pub use gamma::{
    digamma, digamma_rising, lbeta, lgamma, log_rising, stirling_rest, tetragamma, trigamma, trigamma_falling,
};
pub use gamma_lanes::{digamma_slopes, lbeta_slopes, log_rising_slopes};
pub use gemv::{gemv, gemv_t};
pub use gram::gram;
pub use incomplete_beta::{beta_inc, beta_inc_upper, log_beta_inc, log_beta_inc_upper};
pub use incomplete_gamma::{gamma_p, gamma_q, log_gamma_p, log_gamma_q};
pub use jet::Jet;
pub use kinds::{all_finite, any_nan, is_whole};
pub use lane::{LANE, Lane, Mask};
pub use log_space::{log1mexp, log1pexp, logaddexp, logdiffexp, sigmoid};
pub use memo::Memo;
pub use nonnegative::nonnegative_least_squares;
pub use normal::{erf, erfc, erfcx, log_ndtr, ndtr, ndtr_hazard, norm_quantile};
pub use normal_lanes::log_ndtr_slopes;
pub use ordered::{Field, OrderedCholesky};
pub use outlined::Outlined;
pub use real::Real;
pub use spectrum::eigenvalue_range;
pub use step::{Step, Taylor};
pub use sum::{Dd, dot_dd, sum, sum_dd, two_prod, two_sum};
pub use tweedie_series::{LogTweedieSeries, log_tweedie_series};
