//! (e^x - 1) / x and its first two derivatives, smooth through 0: what the Box-Cox family is made of.
//!
//! exprel(x) = integral over t in (0, 1) of e^(t x), so the derivatives are the integrals of t e^(t x) and
//! t^2 e^(t x); by parts, f' = (e^x - f) / x and f'' = (e^x - 2 f') / x. Below 1 in size these differences
//! cancel and the Taylor series sum x^j / (j! (j + m + 1)) is summed instead.

use loglik_num::{exp, expm1};

/// Where the series takes over; 20 terms leave less than 1e-19 of the sum at 1.
const SERIES_BELOW: f64 = 1.0;
const TERMS: usize = 20;

/// (e^x - 1) / x; 1 at 0.
#[inline]
pub(crate) fn exprel(x: f64) -> f64 {
    if x == 0.0 { 1.0 } else { expm1(x) / x }
}

/// Its first derivative; 1/2 at 0.
#[inline]
pub(crate) fn exprel1(x: f64) -> f64 {
    if x.abs() < SERIES_BELOW { series(x, 1) } else { (exp(x) - exprel(x)) / x }
}

/// Its second derivative; 1/3 at 0.
#[inline]
pub(crate) fn exprel2(x: f64) -> f64 {
    if x.abs() < SERIES_BELOW { series(x, 2) } else { (exp(x) - 2.0 * exprel1(x)) / x }
}

/// Integral over t in (0, 1) of t^m e^(t x).
fn series(x: f64, m: usize) -> f64 {
    // Horner from the smallest term: s_j = 1 / (j + m + 1) + x / (j + 1) s_(j + 1).
    let mut sum = 0.0;
    for j in (0..TERMS).rev() {
        sum = 1.0 / (j + m + 1) as f64 + x / (j + 1) as f64 * sum;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exprel_is_smooth_where_its_series_ends() {
        // mpmath 1.3, 20 digits: exprel, first and second derivative at 0, 1 and -1.
        for (x, f, f1, f2) in [
            (0.0, 1.0, 0.5, 1.0 / 3.0),
            (1.0, 1.718281828459045, 1.0, 0.718281828459045),
            (-1.0, 0.6321205588285577, 0.26424111765711533, 0.16060279414278839),
        ] {
            assert!((exprel(x) - f).abs() <= 4e-16 * f);
            assert!((exprel1(x) - f1).abs() <= 2e-15 * f1, "{x} {}", exprel1(x));
            // Two differences lose a digit or two outside of the series.
            assert!((exprel2(x) - f2).abs() <= 1e-10 * f2, "{x} {}", exprel2(x));
        }
        for x in [1.0f64, -1.0] {
            let inside = x * (1.0 - 1e-9);
            assert!((exprel2(x) - exprel2(inside)).abs() < 2e-9);
        }
    }
}
