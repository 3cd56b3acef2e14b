//! Sums and differences of numbers that are known by their logarithms.
//!
//! Source: Maechler (2012), Accurately Computing log(1 - exp(-|a|)), vignette of the R package Rmpfr.

use core::f64::consts::LN_2;

use crate::elementary::{exp, expm1, log, log1p};

/// log(1 + e^x), never overflowing.
#[inline(always)]
pub fn log1pexp(x: f64) -> f64 {
    let tail = log1p(exp(-x.abs()));
    if x > 0.0 { x + tail } else { tail }
}

/// log(1 - e^x) for `x < 0`.
#[inline(always)]
pub fn log1mexp(x: f64) -> f64 {
    let near = log(-expm1(x));
    let far = log1p(-exp(x));
    if x > -LN_2 { near } else { far }
}

/// 1 / (1 + e^-x), without overflow and relatively exact in the lower tail.
#[inline(always)]
pub fn sigmoid(x: f64) -> f64 {
    let e = exp(-x.abs());
    (if x >= 0.0 { 1.0 } else { e }) / (1.0 + e)
}

/// log(e^a + e^b); -inf where both are -inf.
#[inline(always)]
pub fn logaddexp(a: f64, b: f64) -> f64 {
    let top = if a > b { a } else { b };
    top + log1p(exp(-gap(a, b).abs()))
}

/// log(e^a - e^b) for `a > b`.
#[inline(always)]
pub fn logdiffexp(a: f64, b: f64) -> f64 {
    a + log1mexp(b - a)
}

/// `a - b`, and 0 where both are the same infinity.
#[inline(always)]
pub(crate) fn gap(a: f64, b: f64) -> f64 {
    if a == b { 0.0 } else { a - b }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn far_arguments_keep_their_leading_term() {
        assert_eq!(log1pexp(800.0), 800.0);
        assert_eq!(log1pexp(-745.0), exp(-745.0));
        assert_eq!(logaddexp(f64::NEG_INFINITY, f64::NEG_INFINITY), f64::NEG_INFINITY);
        assert_eq!(logaddexp(3.0, f64::NEG_INFINITY), 3.0);
        // log(1 - e^-x) = log x - x/2 + x^2/24 - ..
        let x = 1e-9_f64;
        assert!((log1mexp(-x) - (log(x) - x / 2.0)).abs() < 4e-15);
        assert_eq!(sigmoid(-800.0), 0.0);
        assert_eq!(sigmoid(-700.0), exp(-700.0));
    }
}
