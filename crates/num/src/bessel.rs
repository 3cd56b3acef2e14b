//! Modified Bessel functions of the first kind of order 0 and 1, as their logarithm and ratio.
//!
//! The series of `I0(x) = sum (x/2)^(2k) / k!^2` has positive terms only; from 25 on Hankel's expansion is exact to
//! rounding. Source: Abramowitz & Stegun (1964) 9.6.12, 9.7.1.

use core::f64::consts::PI;

use crate::elementary::{log, log1p};

/// From here on Hankel's expansion reaches rounding before it diverges.
const LARGE: f64 = 25.0;

/// log I0(x).
pub fn log_bessel_i0(x: f64) -> f64 {
    let x = x.abs();
    if x < LARGE {
        return log1p(rest_of_series(x, 0));
    }
    x - 0.5 * log(2.0 * PI * x) + log(hankel(x, 0.0))
}

/// I1(x) / I0(x), the slope of log I0: odd, between -1 and 1.
pub fn bessel_i1_i0(x: f64) -> f64 {
    let t = x.abs();
    let ratio = match t < LARGE {
        true => 0.5 * t * (1.0 + rest_of_series(t, 1)) / (1.0 + rest_of_series(t, 0)),
        false => hankel(t, 1.0) / hankel(t, 0.0),
    };
    if x < 0.0 { -ratio } else { ratio }
}

/// sum over k >= 1 of (x/2)^(2k) order! / (k! (k + order)!).
fn rest_of_series(x: f64, order: u32) -> f64 {
    let q = 0.25 * x * x;
    let (mut term, mut sum, mut k) = (1.0, 0.0, 1.0);
    while term > 1e-17 * (sum + q) {
        term *= q / (k * (k + f64::from(order)));
        sum += term;
        k += 1.0;
    }
    sum
}

/// sqrt(2 pi x) e^-x I_order(x).
fn hankel(x: f64, order: f64) -> f64 {
    let mu = 4.0 * order * order;
    let (mut term, mut sum, mut k) = (1.0_f64, 1.0, 1.0);
    while term.abs() > 1e-17 && k < 40.0 {
        let odd = 2.0 * k - 1.0;
        term *= -(mu - odd * odd) / (k * 8.0 * x);
        sum += term;
        k += 1.0;
    }
    sum
}
