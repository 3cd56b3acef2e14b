//! The numeric operations of the language, on lanes: one table for columns, scalars and compiled likelihoods.
//!
//! A comparison gives 1 or 0, and NaN (missing) where one side is; `and`, `or`, `not` follow Kleene: false and
//! missing is false. Special functions are those of `num`, so every use has the same bits.

use loglik_num::{
    Lane, Real, bessel_i1_i0, digamma_slopes, erfc, lbeta_slopes, log, log_ndtr_slopes, log_tweedie_series,
    tetragamma,
};

use crate::exprel::{exprel, exprel1, exprel2};
use crate::family::rising;
use crate::tails;

/// One operation for columns: in the caller's instructions, or once for all callers where the function is far longer than
/// the loop and asks for wide instructions itself.
macro_rules! over_lanes {
    (dear, $op:expr, $x:expr, $out:expr, [$($arg:ident),+], $value:expr) => {
        $op.outlined($x, $out)
    };
    ($cost:ident, $op:expr, $x:expr, $out:expr, [$($arg:ident),+], $value:expr) => {{
        let [$($arg),+, ..] = $x;
        $(let mut $arg = $arg.chunks_exact(loglik_num::LANE);)+
        for out in $out.chunks_exact_mut(loglik_num::LANE) {
            $(let Some($arg) = $arg.next() else { return };
            let $arg = Lane::load($arg);)+
            Lane::store($value, out);
        }
    }};
}

/// Defines the operations: name, arguments, value on lanes, and its cost: cheap arithmetic, costly, or dear.
macro_rules! ops {
    ($($(#[$doc:meta])* $name:ident($($arg:ident),+) $cost:ident = $value:expr;)+) => {
        /// An operation on numbers.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub(crate) enum Op { $($(#[$doc])* $name),+ }

        impl Op {
            /// The number of arguments.
            pub(crate) fn arity(self) -> usize {
                match self { $(Op::$name => [$(stringify!($arg)),+].len()),+ }
            }

            /// Whether it takes much longer than a product.
            pub(crate) fn is_costly(self) -> bool {
                match self { $(Op::$name => stringify!($cost) != "cheap"),+ }
            }

            /// Its value for eight rows; arguments beyond its own are not read.
            pub(crate) fn value(self, x: [Lane; 3]) -> Lane {
                match self { $(Op::$name => { let [$($arg),+, ..] = x; $value }),+ }
            }

            /// Its value for columns of equal length, a multiple of the lane.
            #[inline(always)]
            pub(crate) fn run(self, x: [&[f64]; 3], out: &mut [f64]) {
                match self {
                    $(Op::$name => over_lanes!($cost, self, x, out, [$($arg),+], $value)),+
                }
            }

            /// The same, compiled once.
            #[inline(never)]
            fn outlined(self, x: [&[f64]; 3], out: &mut [f64]) {
                for (at, out) in out.chunks_exact_mut(loglik_num::LANE).enumerate() {
                    let rows = at * loglik_num::LANE..(at + 1) * loglik_num::LANE;
                    self.value(x.map(|x| Lane::load(&x[rows.clone()]))).store(out);
                }
            }
        }
    };
}

ops! {
    Add(a, b) cheap = a + b;
    Sub(a, b) cheap = a - b;
    Mul(a, b) cheap = a * b;
    Div(a, b) cheap = a / b;
    /** a b + c with one rounding */
    MulAdd(a, b, c) cheap = a.mul_add(b, c);
    /** a b - c with one rounding */
    MulLess(a, b, c) cheap = a.mul_add(b, -c);
    /** c - a b with one rounding */
    MulSub(a, b, c) cheap = (-a).mul_add(b, c);
    /** a - b, and 0 where both are the same infinity */
    Gap(a, b) cheap = a.zip(b, |x, y| if x == y { 0.0 } else { x - y });
    Neg(a) cheap = -a;
    Recip(a) cheap = Real::recip(a);
    Square(a) cheap = a * a;
    Sqrt(a) cheap = a.sqrt();
    /** a, which derivatives take for a constant */
    Held(a) cheap = a;
    Abs(a) cheap = a.abs();
    Sign(a) cheap = a.map(|x| if x == 0.0 || x.is_nan() { x } else { x.signum() });
    Floor(a) cheap = a.floor();
    Ceil(a) cheap = a.map(f64::ceil);
    /** Half to even */
    Round(a) cheap = a.map(f64::round_ties_even);
    /** The remainder with the sign of the divisor */
    Modulo(a, b) cheap = a.zip(b, |x, y| x - y * (x / y).floor());
    Min(a, b) cheap = a.zip(b, |x, y| if x.is_nan() | (x < y) { x } else { y });
    Max(a, b) cheap = a.zip(b, |x, y| if x.is_nan() | (x > y) { x } else { y });
    Less(a, b) cheap = a.zip(b, |x, y| truth(x < y, x, y));
    LessEqual(a, b) cheap = a.zip(b, |x, y| truth(x <= y, x, y));
    Equal(a, b) cheap = a.zip(b, |x, y| truth(x == y, x, y));
    Unequal(a, b) cheap = a.zip(b, |x, y| truth(x != y, x, y));
    And(a, b) cheap = a.zip(b, |x, y| if x == 0.0 || y == 0.0 { 0.0 } else { truth(true, x, y) });
    Or(a, b) cheap = a.zip(b, |x, y| if is_true(x) || is_true(y) { 1.0 } else { truth(false, x, y) });
    Not(a) cheap = a.map(|x| truth(x == 0.0, x, x));
    IsMissing(a) cheap = a.map(|x| if x.is_nan() { 1.0 } else { 0.0 });
    /** b where a holds, c where it does not, missing where it is missing */
    Select(a, b, c) cheap = Lane::select(a.is_nan(), a, Lane::select(a.eq_lanes(Lane::ZERO), c, b));
    Exp(a) costly = Real::exp(a);
    Log(a) costly = Real::log(a);
    Log2(a) dear = a.map(log2);
    Log10(a) dear = a.map(log10);
    Log1p(a) costly = Real::log1p(a);
    Expm1(a) costly = Real::expm1(a);
    Log1pexp(a) costly = Real::log1pexp(a);
    /** log(1 + e^-a) */
    Log1pexpMinus(a) costly = Real::log1pexp(-a);
    /** log(1 + e^-|a|) */
    LogisticTail(a) costly = Real::log1p(Real::exp(-a.abs()));
    Log1mexp(a) costly = Real::log1mexp(a);
    Sigmoid(a) costly = Real::sigmoid(a);
    /** 1 / (1 + e^a) */
    SigmoidMinus(a) costly = Real::sigmoid(-a);
    Logaddexp(a, b) costly = Real::logaddexp(a, b);
    Logdiffexp(a, b) costly = Real::logdiffexp(a, b);
    Pow(a, b) dear = Real::pow(a, b);
    Sin(a) dear = Real::sin(a);
    Cos(a) dear = Real::cos(a);
    Tan(a) dear = Real::tan(a);
    Atan(a) dear = Real::atan(a);
    Erf(a) dear = Real::erf(a);
    Erfc(a) dear = a.map(erfc);
    Lgamma(a) dear = Real::lgamma(a);
    Digamma(a) dear = digamma_slopes(a)[0];
    Trigamma(a) dear = digamma_slopes(a)[1];
    Tetragamma(a) dear = a.map(tetragamma);
    /** log Gamma(a + b) - log Gamma(a) */
    LogRising(a, b) dear = rising(a, b)[0];
    /** Its slope in a */
    DigammaRising(a, b) dear = rising(a, b)[1];
    /** Minus its curvature in a */
    TrigammaFalling(a, b) dear = rising(a, b)[2];
    Lbeta(a, b) dear = Real::lbeta(a, b);
    /** Its slope in the first argument */
    Lbeta0(a, b) dear = lbeta_slopes(a, b)[1];
    /** in the second */
    Lbeta1(a, b) dear = lbeta_slopes(a, b)[2];
    /** Its curvature in the first */
    Lbeta00(a, b) dear = lbeta_slopes(a, b)[3];
    /** in both */
    Lbeta10(a, b) dear = lbeta_slopes(a, b)[4];
    /** in the second */
    Lbeta11(a, b) dear = lbeta_slopes(a, b)[5];
    Ndtr(a) costly = Real::ndtr(a);
    LogNdtr(a) costly = Real::log_ndtr(a);
    NdtrHazard(a) costly = log_ndtr_slopes(a)[1];
    /** Its slope, the curvature of log Phi */
    NdtrHazardSlope(a) costly = log_ndtr_slopes(a)[2];
    NormQuantile(a) dear = Real::norm_quantile(a);
    LogBesselI0(a) dear = Real::log_bessel_i0(a);
    BesselRatio(a) dear = a.map(bessel_i1_i0);
    /** (e^a - 1) / a */
    Exprel(a) dear = a.map(exprel);
    /** Its slope */
    Exprel1(a) dear = a.map(exprel1);
    /** Its curvature */
    Exprel2(a) dear = a.map(exprel2);
    LogGammaP(a, x) dear = tails::gamma_p(a, x)[0];
    /** Its slope in the first argument */
    LogGammaP0(a, x) dear = tails::gamma_p(a, x)[1];
    /** in the second */
    LogGammaP1(a, x) dear = tails::gamma_p(a, x)[2];
    /** Its curvature in the first */
    LogGammaP00(a, x) dear = tails::gamma_p(a, x)[3];
    /** in both */
    LogGammaP10(a, x) dear = tails::gamma_p(a, x)[4];
    /** in the second */
    LogGammaP11(a, x) dear = tails::gamma_p(a, x)[5];
    LogGammaQ(a, x) dear = tails::gamma_q(a, x)[0];
    /** Its slope in the first argument */
    LogGammaQ0(a, x) dear = tails::gamma_q(a, x)[1];
    /** in the second */
    LogGammaQ1(a, x) dear = tails::gamma_q(a, x)[2];
    /** Its curvature in the first */
    LogGammaQ00(a, x) dear = tails::gamma_q(a, x)[3];
    /** in both */
    LogGammaQ10(a, x) dear = tails::gamma_q(a, x)[4];
    /** in the second */
    LogGammaQ11(a, x) dear = tails::gamma_q(a, x)[5];
    LogTCdf(t, nu) dear = tails::t_cdf(t, nu)[0];
    /** Its slope in the first argument */
    LogTCdf0(t, nu) dear = tails::t_cdf(t, nu)[1];
    /** in the second */
    LogTCdf1(t, nu) dear = tails::t_cdf(t, nu)[2];
    /** Its curvature in the first */
    LogTCdf00(t, nu) dear = tails::t_cdf(t, nu)[3];
    /** in both */
    LogTCdf10(t, nu) dear = tails::t_cdf(t, nu)[4];
    /** in the second */
    LogTCdf11(t, nu) dear = tails::t_cdf(t, nu)[5];
    LogBetaInc(x, a, b) dear = tails::beta_inc(x, a, b)[0];
    /** Its slope in this argument */
    LogBetaInc0(x, a, b) dear = tails::beta_inc(x, a, b)[1];
    /** Its slope in this argument */
    LogBetaInc1(x, a, b) dear = tails::beta_inc(x, a, b)[2];
    /** Its slope in this argument */
    LogBetaInc2(x, a, b) dear = tails::beta_inc(x, a, b)[3];
    /** Its curvature in these */
    LogBetaInc00(x, a, b) dear = tails::beta_inc(x, a, b)[4];
    /** Its curvature in these */
    LogBetaInc10(x, a, b) dear = tails::beta_inc(x, a, b)[5];
    /** Its curvature in these */
    LogBetaInc11(x, a, b) dear = tails::beta_inc(x, a, b)[6];
    /** Its curvature in these */
    LogBetaInc20(x, a, b) dear = tails::beta_inc(x, a, b)[7];
    /** Its curvature in these */
    LogBetaInc21(x, a, b) dear = tails::beta_inc(x, a, b)[8];
    /** Its curvature in these */
    LogBetaInc22(x, a, b) dear = tails::beta_inc(x, a, b)[9];
    LogBetaIncUpper(x, a, b) dear = tails::beta_inc_upper(x, a, b)[0];
    /** Its slope in this argument */
    LogBetaIncUpper0(x, a, b) dear = tails::beta_inc_upper(x, a, b)[1];
    /** Its slope in this argument */
    LogBetaIncUpper1(x, a, b) dear = tails::beta_inc_upper(x, a, b)[2];
    /** Its slope in this argument */
    LogBetaIncUpper2(x, a, b) dear = tails::beta_inc_upper(x, a, b)[3];
    /** Its curvature in these */
    LogBetaIncUpper00(x, a, b) dear = tails::beta_inc_upper(x, a, b)[4];
    /** Its curvature in these */
    LogBetaIncUpper10(x, a, b) dear = tails::beta_inc_upper(x, a, b)[5];
    /** Its curvature in these */
    LogBetaIncUpper11(x, a, b) dear = tails::beta_inc_upper(x, a, b)[6];
    /** Its curvature in these */
    LogBetaIncUpper20(x, a, b) dear = tails::beta_inc_upper(x, a, b)[7];
    /** Its curvature in these */
    LogBetaIncUpper21(x, a, b) dear = tails::beta_inc_upper(x, a, b)[8];
    /** Its curvature in these */
    LogBetaIncUpper22(x, a, b) dear = tails::beta_inc_upper(x, a, b)[9];
    /** log of the sum in the Tweedie density, at log y, log phi and the power */
    LogTweedieSeries(y, phi, power) dear = log_tweedie_series(y, phi, power)[0];
    /** Its slope in this argument */
    LogTweedieSeries0(y, phi, power) dear = log_tweedie_series(y, phi, power)[1];
    /** Its slope in this argument */
    LogTweedieSeries1(y, phi, power) dear = log_tweedie_series(y, phi, power)[2];
    /** Its slope in this argument */
    LogTweedieSeries2(y, phi, power) dear = log_tweedie_series(y, phi, power)[3];
    /** Its curvature in these */
    LogTweedieSeries00(y, phi, power) dear = log_tweedie_series(y, phi, power)[4];
    /** Its curvature in these */
    LogTweedieSeries10(y, phi, power) dear = log_tweedie_series(y, phi, power)[5];
    /** Its curvature in these */
    LogTweedieSeries11(y, phi, power) dear = log_tweedie_series(y, phi, power)[6];
    /** Its curvature in these */
    LogTweedieSeries20(y, phi, power) dear = log_tweedie_series(y, phi, power)[7];
    /** Its curvature in these */
    LogTweedieSeries21(y, phi, power) dear = log_tweedie_series(y, phi, power)[8];
    /** Its curvature in these */
    LogTweedieSeries22(y, phi, power) dear = log_tweedie_series(y, phi, power)[9];
}

/// log2 x, exact for powers of two.
fn log2(x: f64) -> f64 {
    let exponent = (x.to_bits() >> 52) as i64 - 1023;
    if !x.is_normal() || x < 0.0 || exponent.abs() > 1000 {
        return log(x) * core::f64::consts::LOG2_E;
    }
    // x = m 2^exponent with m in [1, 2): moved to around 1, the log of m loses nothing.
    let m = f64::from_bits((x.to_bits() & ((1 << 52) - 1)) | (1023 << 52));
    let (m, exponent) = if m > core::f64::consts::SQRT_2 { (m / 2.0, exponent + 1) } else { (m, exponent) };
    exponent as f64 + log(m) * core::f64::consts::LOG2_E
}

/// log10 x, exact for powers of ten that a double holds.
fn log10(x: f64) -> f64 {
    let near = log(x) * core::f64::consts::LOG10_E;
    let whole = near.round();
    if whole.abs() <= 22.0 {
        let power = 10f64.powi(whole.abs() as i32);
        if x == power && whole >= 0.0 || x == 1.0 / power && whole < 0.0 {
            return whole;
        }
    }
    near
}

#[inline(always)]
fn truth(holds: bool, x: f64, y: f64) -> f64 {
    let known = if holds { 1.0 } else { 0.0 };
    if x.is_nan() | y.is_nan() { f64::NAN } else { known }
}

#[inline(always)]
fn is_true(x: f64) -> bool {
    x != 0.0 && !x.is_nan()
}
