//! exp, log and their relatives, written once for one number and applied to eight.
//!
//! `std` calls the C library of the machine, whose last bit differs from one system to the next; these are our own.

use crate::lane::Lane;

/// e^x.
#[inline(always)]
pub fn exp(x: f64) -> f64 {
    libm::exp(x)
}

/// Natural logarithm; NaN below zero, -inf at zero.
#[inline(always)]
pub fn log(x: f64) -> f64 {
    libm::log(x)
}

/// log(1 + x), exact for small `x`.
#[inline(always)]
pub fn log1p(x: f64) -> f64 {
    libm::log1p(x)
}

/// e^x - 1, exact for small `x`.
#[inline(always)]
pub fn expm1(x: f64) -> f64 {
    libm::expm1(x)
}

/// x^y for real `y`; NaN for negative `x` unless `y` is an integer.
#[inline(always)]
pub fn pow(x: f64, y: f64) -> f64 {
    libm::pow(x, y)
}

/// Sine, `x` in radians.
#[inline(always)]
pub fn sin(x: f64) -> f64 {
    libm::sin(x)
}

/// Cosine, `x` in radians.
#[inline(always)]
pub fn cos(x: f64) -> f64 {
    libm::cos(x)
}

/// Tangent, `x` in radians.
#[inline(always)]
pub fn tan(x: f64) -> f64 {
    libm::tan(x)
}

/// Arc tangent, radians.
#[inline(always)]
pub fn atan(x: f64) -> f64 {
    libm::atan(x)
}

/// e^x of each row.
#[inline(always)]
pub(crate) fn exp_lane(x: Lane) -> Lane {
    x.map(exp)
}

/// Natural logarithm of each row.
#[inline(always)]
pub(crate) fn log_lane(x: Lane) -> Lane {
    x.map(log)
}

/// log(1 + x) of each row.
#[inline(always)]
pub(crate) fn log1p_lane(x: Lane) -> Lane {
    x.map(log1p)
}

/// e^x - 1 of each row.
#[inline(always)]
pub(crate) fn expm1_lane(x: Lane) -> Lane {
    x.map(expm1)
}
