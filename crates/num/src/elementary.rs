//! exp, log and their relatives without branches, written once for one number and applied to eight.
//!
//! `std` calls the C library of the machine, whose last bit differs from one system to the next; these are our own,
//! within 2 units of the last place everywhere, subnormals and infinities included. Each is straight-line code (no
//! table, no branch, integer work on the bits), so that a loop over a lane becomes vector instructions.
//! Sources: Tang (1989), ACM TOMS 15(2), 144-157; the argument reductions and the polynomial of log are those of
//! FDLIBM (Sun Microsystems, 1993).

use crate::dispatch::{Kernel, dispatch};
use crate::lane::Lane;

/// 1.5 * 2^52: adding it rounds to a whole number, which then stands in the low bits.
const ROUNDER: f64 = 6_755_399_441_055_744.0;
/// log 2, whose last 21 bits are zero, and the rest.
const LN_2_HI: f64 = f64::from_bits(0x3fe6_2e42_fee0_0000);
const LN_2_LO: f64 = 1.908_214_929_270_587_7e-10;
/// The bits of sqrt(1/2).
const SQRT_HALF: u64 = 0x3fe6_a09e_667f_3bcd;
/// The bits of 1.
const ONE: u64 = 0x3ff0_0000_0000_0000;

/// 2^k for a whole number k between -1022 and 1023.
#[inline(always)]
fn power_of_two(k: f64) -> f64 {
    f64::from_bits(((k + ROUNDER).to_bits() << 52).wrapping_add(ONE))
}

/// k and r with x = k log 2 + r, |r| <= log(2) / 2, and p = e^r - 1; `x` within the range of exp.
#[inline(always)]
fn reduced(x: f64) -> (f64, f64) {
    let k = x.mul_add(core::f64::consts::LOG2_E, ROUNDER) - ROUNDER;
    let r = k.mul_add(-LN_2_LO, k.mul_add(-LN_2_HI, x));
    // Taylor's series to r^13; what is left out is below 4e-18.
    let q = r.mul_add(1.0 / 6_227_020_800.0, 1.0 / 479_001_600.0);
    let q = r.mul_add(q, 1.0 / 39_916_800.0);
    let q = r.mul_add(q, 1.0 / 3_628_800.0);
    let q = r.mul_add(q, 1.0 / 362_880.0);
    let q = r.mul_add(q, 1.0 / 40_320.0);
    let q = r.mul_add(q, 1.0 / 5_040.0);
    let q = r.mul_add(q, 1.0 / 720.0);
    let q = r.mul_add(q, 1.0 / 120.0);
    let q = r.mul_add(q, 1.0 / 24.0);
    let q = r.mul_add(q, 1.0 / 6.0);
    let q = r.mul_add(q, 0.5);
    (k, (r * r).mul_add(q, r))
}

/// `x` held to where e^x is neither zero nor infinite by more than rounding; NaN stays.
#[inline(always)]
fn in_range(x: f64) -> f64 {
    let x = if x > 710.0 { 710.0 } else { x };
    if x < -746.0 { -746.0 } else { x }
}

/// e^x.
#[inline(always)]
pub fn exp(x: f64) -> f64 {
    let (k, p) = reduced(in_range(x));
    // Two factors, so that 2^k may be subnormal or beyond the largest number.
    let half = k.mul_add(0.5, ROUNDER) - ROUNDER;
    let first = power_of_two(half);
    first.mul_add(p, first) * power_of_two(k - half)
}

/// e^x - 1, exact for small `x`.
#[inline(always)]
pub fn expm1(x: f64) -> f64 {
    let (k, p) = reduced(in_range(x));
    let half = k.mul_add(0.5, ROUNDER) - ROUNDER;
    let (first, second) = (power_of_two(half), power_of_two(k - half));
    let all = first.mul_add(p, first - power_of_two(half - k)) * second;
    // For |x| < log(2) / 2 the sum is p itself, down to signed zero.
    if k == 0.0 { p } else { all }
}

/// log(u) + rest for a normal number u > 0 and a correction below its rounding.
#[inline(always)]
fn log_with_rest(u: f64, rest: f64, k_before: f64) -> f64 {
    let bits = u.to_bits().wrapping_sub(SQRT_HALF).wrapping_add(ONE);
    let m = f64::from_bits((bits & 0x000f_ffff_ffff_ffff) + SQRT_HALF);
    // The exponent, 0 to 2046, becomes a double by standing in the low bits of 2^52.
    let k =
        f64::from_bits((bits >> 52) | 0x4330_0000_0000_0000) - (4_503_599_627_370_496.0 + 1023.0) + k_before;
    let f = m - 1.0;
    let s = f / (2.0 + f);
    let z = s * s;
    let r = z.mul_add(0.147_981_986_051_165_86, 0.153_138_376_992_093_73);
    let r = z.mul_add(r, 0.181_835_721_616_180_5);
    let r = z.mul_add(r, 0.222_221_984_321_497_84);
    let r = z.mul_add(r, 0.285_714_287_436_623_9);
    let r = z.mul_add(r, 0.399_999_999_994_094_2);
    let r = z.mul_add(r, 0.666_666_666_666_673_5) * z;
    let half_square = 0.5 * f * f;
    let small = s.mul_add(half_square + r, k.mul_add(LN_2_LO, rest));
    k.mul_add(LN_2_HI, f - (half_square - small))
}

/// Natural logarithm; NaN below zero, -inf at zero.
#[inline(always)]
pub fn log(x: f64) -> f64 {
    let tiny = x < f64::MIN_POSITIVE;
    let scaled = x * 18_014_398_509_481_984.0;
    let u = if tiny { scaled } else { x };
    let found = log_with_rest(u, 0.0, if tiny { -54.0 } else { 0.0 });
    at_ends(x, found)
}

/// `found` for positive finite numbers, what log has elsewhere.
#[inline(always)]
fn at_ends(x: f64, found: f64) -> f64 {
    let found = if x < f64::INFINITY { found } else { x };
    let found = if x > 0.0 { found } else { f64::NEG_INFINITY };
    if x < 0.0 || x.is_nan() { f64::NAN } else { found }
}

/// log(1 + x), exact for small `x`.
#[inline(always)]
pub fn log1p(x: f64) -> f64 {
    let u = 1.0 + x;
    let over = u - x;
    let c = (1.0 - over) + (x - (u - over));
    let found = log_with_rest(u, c / u, 0.0);
    // Below the rounding of 1 the result is x, with its sign at zero.
    let found = if u == 1.0 { x } else { found };
    at_ends(u, found)
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

/// Natural logarithms of a column.
struct Logs<'a> {
    x: &'a mut [f64],
}

impl Kernel for Logs<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        self.x.iter_mut().for_each(|x| *x = log(*x));
    }
}

/// The natural logarithm of every number of a column, in place; the bits are those of [`log`].
pub fn log_all(x: &mut [f64]) {
    dispatch(Logs { x });
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
