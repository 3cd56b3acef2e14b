//! Lanes, jets, special functions, sums and small dense linear algebra: the numbers under everything else.

mod bessel;
mod dispatch;
mod elementary;
mod gamma;
mod gram;
mod jet;
mod lane;
mod log_space;
mod normal;
mod real;
mod step;
mod steps;

pub use bessel::{bessel_i1_i0, log_bessel_i0};
pub use dispatch::{Kernel, Level, dispatch, dispatch_at, level};
pub use elementary::{atan, cos, exp, expm1, log, log1p, pow, sin, tan};
pub use gamma::{digamma, digamma_rising, lbeta, lgamma, log_rising, tetragamma, trigamma, trigamma_falling};
pub use gram::{gemv, gemv_t, gram};
pub use jet::Jet;
pub use lane::{LANE, Lane, Mask};
pub use log_space::{log1mexp, log1pexp, logaddexp, logdiffexp, sigmoid};
pub use normal::{erf, erfc, erfcx, log_ndtr, ndtr, ndtr_hazard, norm_quantile};
pub use real::Real;
pub use step::{Step, Taylor};
