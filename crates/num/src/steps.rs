//! The named steps: each special function with its own first and second derivative.
//!
//! Every struct here is a [`Step`]; [`Real`](crate::Real) gives each a method name.

use crate::elementary::{self, exp_lane, expm1_lane, log_lane, log1p_lane};
use crate::lane::Lane;
use crate::log_space;
use crate::step::{Step, Taylor};
use crate::{bessel, gamma, gamma_lanes, normal, normal_lanes};

/// Defines a step of one argument from its value and a rule `(x, value) -> (first, second)`.
macro_rules! step1 {
    ($(#[$doc:meta])* $name:ident, |$x:ident| $value:expr, |$v:ident| $slopes:expr) => {
        $(#[$doc])*
        #[derive(Copy, Clone)]
        pub(crate) struct $name;
        impl Step<1> for $name {
            #[inline(always)]
            fn value(self, [$x]: [Lane; 1]) -> Lane {
                $value
            }
            #[inline(always)]
            fn expand(self, [$x]: [Lane; 1]) -> Taylor<1> {
                let $v = $value;
                let (first, second) = $slopes;
                Taylor::one($v, first, second)
            }
        }
    };
}

/// Defines a step of two arguments from its value and a rule `-> ([a, b], [aa, ab, bb])`.
macro_rules! step2 {
    ($(#[$doc:meta])* $name:ident, |$a:ident, $b:ident| $value:expr, |$v:ident| $slopes:expr) => {
        $(#[$doc])*
        #[derive(Copy, Clone)]
        pub(crate) struct $name;
        impl Step<2> for $name {
            #[inline(always)]
            fn value(self, [$a, $b]: [Lane; 2]) -> Lane {
                $value
            }
            #[inline(always)]
            fn expand(self, [$a, $b]: [Lane; 2]) -> Taylor<2> {
                let $v = $value;
                let (first, second) = $slopes;
                Taylor::two($v, first, second)
            }
        }
    };
}

const ONE: Lane = Lane::ONE;
const TWO: Lane = Lane::splat(2.0);

step1!(/** 1 / x */ Recip, |x| ONE / x, |v| (-(v * v), TWO * v * v * v));
step1!(/** x^2 */ Square, |x| x * x, |v| (x + x, { let _ = v; TWO }));
step1!(/** sqrt x */ Sqrt, |x| x.sqrt(), |v| {
    let first = Lane::splat(0.5) / v;
    (first, Lane::splat(-0.5) * first / x)
});
step1!(/** e^x */ Exp, |x| exp_lane(x), |v| (v, v));
step1!(/** log x */ Log, |x| log_lane(x), |v| {
    let _ = v;
    let r = ONE / x;
    (r, -(r * r))
});
step1!(/** log(1 + x) */ Log1p, |x| log1p_lane(x), |v| {
    let _ = v;
    let r = ONE / (ONE + x);
    (r, -(r * r))
});
step1!(/** e^x - 1 */ Expm1, |x| expm1_lane(x), |v| {
    let _ = v;
    let e = exp_lane(x);
    (e, e)
});
step1!(/** log(1 - e^x) */ Log1mexp, |x| x.map(log_space::log1mexp), |v| {
    let _ = v;
    let r = ONE / expm1_lane(-x);
    (-r, -(r * (ONE + r)))
});
step1!(/** sin x */ Sin, |x| x.map(elementary::sin), |v| (x.map(elementary::cos), -v));
step1!(/** cos x */ Cos, |x| x.map(elementary::cos), |v| (-x.map(elementary::sin), -v));
step1!(/** tan x */ Tan, |x| x.map(elementary::tan), |v| {
    let first = v.mul_add(v, ONE);
    (first, TWO * v * first)
});
step1!(/** atan x */ Atan, |x| x.map(elementary::atan), |v| {
    let _ = v;
    let first = ONE / x.mul_add(x, ONE);
    (first, -TWO * x * first * first)
});
step1!(/** erf x */ Erf, |x| x.map(normal::erf), |v| {
    let _ = v;
    let first = exp_lane(-(x * x)) * Lane::splat(core::f64::consts::FRAC_2_SQRT_PI);
    (first, -TWO * x * first)
});

/// log Gamma(x); psi and psi' share their climb.
#[derive(Copy, Clone)]
pub(crate) struct Lgamma;

impl Step<1> for Lgamma {
    #[inline(always)]
    fn value(self, [x]: [Lane; 1]) -> Lane {
        gamma_lanes::lgamma_lane(x)
    }
    #[inline(always)]
    fn expand(self, [x]: [Lane; 1]) -> Taylor<1> {
        let [v, first, second] = gamma_lanes::lgamma_slopes(x);
        Taylor::one(v, first, second)
    }
}

/// psi(x).
#[derive(Copy, Clone)]
pub(crate) struct Digamma;

impl Step<1> for Digamma {
    #[inline(always)]
    fn value(self, [x]: [Lane; 1]) -> Lane {
        gamma_lanes::digamma_lane(x)
    }
    #[inline(always)]
    fn expand(self, [x]: [Lane; 1]) -> Taylor<1> {
        let [v, first] = gamma_lanes::digamma_slopes(x);
        Taylor::one(v, first, x.map(gamma::tetragamma))
    }
}

step1!(/** Phi(x) */ Ndtr, |x| normal_lanes::ndtr_lane(x), |v| {
    let _ = v;
    let first = normal_density(x);
    (first, -x * first)
});

/// log Phi(x); value, slope and curvature share one tail.
#[derive(Copy, Clone)]
pub(crate) struct LogNdtr;

impl Step<1> for LogNdtr {
    #[inline(always)]
    fn value(self, [x]: [Lane; 1]) -> Lane {
        normal_lanes::log_ndtr_lane(x)
    }
    #[inline(always)]
    fn expand(self, [x]: [Lane; 1]) -> Taylor<1> {
        let [v, first, second] = normal_lanes::log_ndtr_slopes(x);
        Taylor::one(v, first, second)
    }
}

step1!(/** Phi^-1(p) */ NormQuantile, |p| p.map(normal::norm_quantile), |v| {
    let first = ONE / normal_density(v);
    (first, v * first * first)
});
step1!(/** log I0(x) */ LogBesselI0, |x| x.map(bessel::log_bessel_i0), |v| {
    let _ = v;
    let ratio = x.map(bessel::bessel_i1_i0);
    // I1' = I0 - I1 / x; at 0 the ratio over x is one half.
    let over_x = Lane::select(x.eq_lanes(Lane::ZERO), Lane::splat(0.5), ratio / x);
    (ratio, ONE - over_x - ratio * ratio)
});

/// log B(a, b)
#[derive(Copy, Clone)]
pub(crate) struct Lbeta;

impl Step<2> for Lbeta {
    #[inline(always)]
    fn value(self, [a, b]: [Lane; 2]) -> Lane {
        gamma_lanes::lbeta_lane(a, b)
    }
    #[inline(always)]
    fn expand(self, [a, b]: [Lane; 2]) -> Taylor<2> {
        let [value, by_a, by_b, by_aa, by_ab, by_bb] = gamma_lanes::lbeta_slopes(a, b);
        Taylor::two(value, [by_a, by_b], [by_aa, by_ab, by_bb])
    }
}
step2!(/** a^b */ Pow, |a, b| a.zip(b, elementary::pow), |v| {
    let (l, r) = (log_lane(a), ONE / a);
    let vr = v * r;
    ([vr * b, v * l], [vr * r * b * (b - ONE), vr * b.mul_add(l, ONE), v * l * l])
});
step2!(/** log(e^a - e^b) */ Logdiffexp, |a, b| a.zip(b, log_space::logdiffexp), |v| {
    let _ = v;
    let r = ONE / expm1_lane(a - b);
    let second = -(r * (ONE + r));
    ([ONE + r, -r], [second, -second, second])
});

/// phi(x).
#[inline(always)]
fn normal_density(x: Lane) -> Lane {
    exp_lane(Lane::splat(-0.5) * x * x) * Lane::splat(0.398_942_280_401_432_7)
}

/// log(1 + e^x): the slope is the logistic function, whose own slope is s (1 - s).
#[derive(Copy, Clone)]
pub(crate) struct Log1pexp;

impl Step<1> for Log1pexp {
    #[inline(always)]
    fn value(self, [x]: [Lane; 1]) -> Lane {
        Lane::select(x.gt(Lane::ZERO), x, Lane::ZERO) + log1p_lane(exp_lane(-x.abs()))
    }
    #[inline(always)]
    fn expand(self, [x]: [Lane; 1]) -> Taylor<1> {
        let (e, s) = logistic(x);
        let v = Lane::select(x.gt(Lane::ZERO), x, Lane::ZERO) + log1p_lane(e);
        Taylor::one(v, s[0], s[0] * s[1])
    }
}

/// 1 / (1 + e^-x).
#[derive(Copy, Clone)]
pub(crate) struct Sigmoid;

impl Step<1> for Sigmoid {
    #[inline(always)]
    fn value(self, [x]: [Lane; 1]) -> Lane {
        logistic(x).1[0]
    }
    #[inline(always)]
    fn expand(self, [x]: [Lane; 1]) -> Taylor<1> {
        let [s, other] = logistic(x).1;
        let first = s * other;
        Taylor::one(s, first, first * (other - s))
    }
}

/// log(e^a + e^b).
#[derive(Copy, Clone)]
pub(crate) struct Logaddexp;

impl Step<2> for Logaddexp {
    #[inline(always)]
    fn value(self, [a, b]: [Lane; 2]) -> Lane {
        a.max(b) + log1p_lane(exp_lane(-a.zip(b, log_space::gap).abs()))
    }
    #[inline(always)]
    fn expand(self, [a, b]: [Lane; 2]) -> Taylor<2> {
        let (e, s) = logistic(a.zip(b, log_space::gap));
        let second = s[0] * s[1];
        Taylor::two(a.max(b) + log1p_lane(e), s, [second, -second, second])
    }
}

/// e^-|x| and `[1 / (1 + e^-x), 1 / (1 + e^x)]`, each relatively exact.
#[inline(always)]
fn logistic(x: Lane) -> (Lane, [Lane; 2]) {
    let e = exp_lane(-x.abs());
    let upper = ONE / (ONE + e);
    let lower = e / (ONE + e);
    let up = x.ge(Lane::ZERO);
    (e, [Lane::select(up, upper, lower), Lane::select(up, lower, upper)])
}

/// x^n for a whole number n.
#[derive(Copy, Clone)]
pub(crate) struct Powi(pub(crate) i32);

impl Powi {
    /// x^n by squaring, a division last where n is negative.
    #[inline(always)]
    fn at(x: Lane, n: i32) -> Lane {
        let (mut base, mut left, mut product) = (x, n.unsigned_abs(), ONE);
        while left > 0 {
            if left & 1 == 1 {
                product = product * base;
            }
            base = base * base;
            left >>= 1;
        }
        if n < 0 { ONE / product } else { product }
    }
}

impl Step<1> for Powi {
    #[inline(always)]
    fn value(self, [x]: [Lane; 1]) -> Lane {
        Powi::at(x, self.0)
    }
    #[inline(always)]
    fn expand(self, [x]: [Lane; 1]) -> Taylor<1> {
        let n = f64::from(self.0);
        let slope = |factor: f64, power: i32| match factor == 0.0 {
            true => Lane::ZERO,
            false => Lane::splat(factor) * Powi::at(x, power),
        };
        Taylor::one(Powi::at(x, self.0), slope(n, self.0 - 1), slope(n * (n - 1.0), self.0 - 2))
    }
}

/// log Gamma(x + y) - log Gamma(x) in x, with y fixed.
#[derive(Copy, Clone)]
pub(crate) struct LogRising(pub(crate) Lane);

impl Step<1> for LogRising {
    #[inline(always)]
    fn value(self, [x]: [Lane; 1]) -> Lane {
        gamma_lanes::log_rising_lane(x, self.0)
    }
    #[inline(always)]
    fn expand(self, [x]: [Lane; 1]) -> Taylor<1> {
        let [v, first, falling] = gamma_lanes::log_rising_slopes(x, self.0);
        Taylor::one(v, first, -falling)
    }
}
