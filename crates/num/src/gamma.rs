//! log Gamma, its derivatives, and differences of it that keep their digits.
//!
//! log Gamma(x + y) - log Gamma(x) loses everything by subtraction once `x` is large (2e-8 at 1e8), just where
//! overdispersion vanishes; so rising factorials and the beta function are formed from differences of Stirling's
//! series. Source: Abramowitz & Stegun (1964) 6.1.40, 6.3.18, 6.4.12; differences as in DiDonato & Morris (1992),
//! ACM TOMS 18(3), 360-373.

use core::f64::consts::PI;
use std::sync::LazyLock;

use crate::elementary::{cos, log, log1p, sin, tan};
use crate::gamma_lanes::{
    self, digamma_lane, digamma_slopes, lgamma_lane, log_rising_lane, log_rising_slopes,
};
use crate::lane::Lane;

/// From here on Stirling's series is good to the last bit.
const LARGE: f64 = 10.0;

/// log |Gamma(x)|.
pub fn lgamma(x: f64) -> f64 {
    lgamma_lane(Lane::splat(x)).0[0]
}

/// psi(x), the derivative of log Gamma; by reflection below zero, NaN at its poles.
pub fn digamma(x: f64) -> f64 {
    digamma_lane(Lane::splat(x)).0[0]
}

/// psi'(x); by reflection below zero, infinite at its poles.
pub fn trigamma(x: f64) -> f64 {
    digamma_slopes(Lane::splat(x))[1].0[0]
}

/// psi(x) for `x <= 0`.
pub(crate) fn digamma_reflected(x: f64) -> f64 {
    if x == x.floor() {
        return f64::NAN;
    }
    digamma(1.0 - x) - PI / tan(PI * (x - x.floor()))
}

/// psi'(x) for `x <= 0`.
pub(crate) fn trigamma_reflected(x: f64) -> f64 {
    if x == x.floor() {
        return f64::INFINITY;
    }
    let s = sin(PI * (x - x.floor()));
    PI * PI / (s * s) - trigamma(1.0 - x)
}

/// psi''(x); by reflection below zero.
pub fn tetragamma(x: f64) -> f64 {
    if x <= 0.0 {
        let t = PI * (x - x.floor());
        let s = sin(t);
        return tetragamma(1.0 - x) - 2.0 * PI * PI * PI * cos(t) / (s * s * s);
    }
    let (x, steps) = shifted(x, |t| 2.0 / (t * t * t));
    let r = 1.0 / (x * x);
    let tail = r
        * (0.5
            - r * (1.0 / 6.0
                - r * (1.0 / 6.0
                    - r * (3.0 / 10.0
                        - r * (5.0 / 6.0 - r * (691.0 / 210.0 - r * (35.0 / 2.0 - r * 3617.0 / 30.0)))))));
    -(steps + r * (1.0 + 1.0 / x + tail))
}

/// `x` moved up to [`LARGE`] or more by whole steps, and the sum of `term` over the places left; NaN below zero, where
/// steps would not end.
fn shifted(mut x: f64, term: impl Fn(f64) -> f64) -> (f64, f64) {
    if x < 0.0 {
        return (f64::NAN, f64::NAN);
    }
    let mut sum = 0.0;
    while x < LARGE {
        sum += term(x);
        x += 1.0;
    }
    (x, sum)
}

/// log Gamma(x) - (x - 1/2) log x + x - log(2 pi) / 2 for `x > 0`: the rest of Stirling's formula, to 2e-15.
pub fn stirling_rest(x: f64) -> f64 {
    if x < LARGE {
        // Counts ask for the same few again and again.
        static OF_COUNTS: LazyLock<[f64; LARGE as usize]> =
            LazyLock::new(|| core::array::from_fn(|n| by_steps(n as f64)));
        let is_count = x >= 1.0 && x.fract() == 0.0;
        return if is_count { OF_COUNTS[x as usize] } else { by_steps(x) };
    }
    let r = 1.0 / (x * x);
    (1.0 / x)
        * (1.0 / 12.0
            - r * (1.0 / 360.0
                - r * (1.0 / 1260.0
                    - r * (1.0 / 1680.0
                        - r * (1.0 / 1188.0
                            - r * (691.0 / 360_360.0 - r * (1.0 / 156.0 - r * 3617.0 / 122_400.0)))))))
}

/// [`stirling_rest`] of eight, which often are one shape.
pub(crate) fn stirling_rests(x: Lane) -> Lane {
    let first = x.0[0];
    if x.0.iter().all(|v| *v == first) { Lane::splat(stirling_rest(first)) } else { x.map(stirling_rest) }
}

/// [`stirling_rest`] below [`LARGE`]: from x to x + 1 it falls by (x + 1/2) log(1 + 1/x) - 1.
fn by_steps(x: f64) -> f64 {
    let (up, steps) = shifted(x, |t| (t + 0.5) * log1p(1.0 / t) - 1.0);
    stirling_rest(up) + steps
}

/// psi(x) - log x for `x > 0`, relatively exact for large `x`; negative.
pub(crate) fn digamma_rest(x: f64) -> f64 {
    if x < LARGE {
        return digamma(x) - log(x);
    }
    -(0.5 / x + digamma_tail(1.0 / (x * x)))
}

/// 1/(12 x^2) - 1/(120 x^4) + .., with r = 1 / x^2.
fn digamma_tail(r: f64) -> f64 {
    r * (1.0 / 12.0
        - r * (1.0 / 120.0
            - r * (1.0 / 252.0
                - r * (1.0 / 240.0
                    - r * (1.0 / 132.0 - r * (691.0 / 32760.0 - r * (1.0 / 12.0 - r * 3617.0 / 8160.0)))))))
}

/// log Gamma(1 + x) for `x > -1`, relatively exact at its roots 0 and 1.
pub(crate) fn lgamma1p(x: f64) -> f64 {
    if x.abs() > 0.25 {
        return lgamma(1.0 + x);
    }
    // -gamma x + sum (-1)^k zeta(k) x^k / k
    let mut sum = 0.0;
    for (i, z) in ZETA.iter().enumerate().rev() {
        let sign = if i % 2 == 0 { 1.0 } else { -1.0 };
        sum = x * (sign * z / (i as f64 + 2.0) + sum);
    }
    x * (sum - EULER)
}

/// Euler's constant.
const EULER: f64 = 0.577_215_664_901_532_9;
/// zeta(2), zeta(3), ..
const ZETA: [f64; 28] = [
    1.6449340668482264,
    1.2020569031595942,
    1.0823232337111381,
    1.03692775514337,
    1.0173430619844492,
    1.008349277381923,
    1.0040773561979444,
    1.0020083928260821,
    1.000994575127818,
    1.0004941886041194,
    1.000246086553308,
    1.0001227133475785,
    1.0000612481350588,
    1.000030588236307,
    1.0000152822594086,
    1.0000076371976379,
    1.000003817293265,
    1.0000019082127165,
    1.0000009539620338,
    1.0000004769329869,
    1.0000002384505027,
    1.000000119219926,
    1.000000059608189,
    1.0000000298035034,
    1.0000000149015549,
    1.0000000074507118,
    1.000000003725334,
    1.0000000018626598,
];

/// log Gamma(x + y) - log Gamma(x) for `x > 0`, `y >= 0`, relatively exact for `x` up to 1e15 and beyond.
pub fn log_rising(x: f64, y: f64) -> f64 {
    log_rising_lane(Lane::splat(x), Lane::splat(y)).0[0]
}

/// psi(x + y) - psi(x) for `x > 0`, `y >= 0`, relatively exact for large `x`.
pub fn digamma_rising(x: f64, y: f64) -> f64 {
    log_rising_slopes(Lane::splat(x), Lane::splat(y))[1].0[0]
}

/// psi'(x) - psi'(x + y) for `x > 0`, `y >= 0`, relatively exact for large `x`; not negative.
pub fn trigamma_falling(x: f64, y: f64) -> f64 {
    log_rising_slopes(Lane::splat(x), Lane::splat(y))[2].0[0]
}

/// log B(a, b) = log Gamma(a) + log Gamma(b) - log Gamma(a + b).
pub fn lbeta(a: f64, b: f64) -> f64 {
    gamma_lanes::lbeta_lane(Lane::splat(a), Lane::splat(b)).0[0]
}

/// The same where an argument is not above 0 or the sum is not finite.
pub(crate) fn lbeta_at_ends(a: f64, b: f64) -> f64 {
    if a == f64::INFINITY || b == f64::INFINITY {
        return f64::NEG_INFINITY;
    }
    lgamma(a) + lgamma(b) - lgamma(a + b)
}
