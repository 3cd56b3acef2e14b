//! Numbers of twice the precision, and sums that do not depend on how many terms they have.
//!
//! [`Dd`] holds an unevaluated sum `hi + lo` with `|lo| <= ulp(hi) / 2`: some 32 decimal digits. The last pass of a fit
//! sums its score this way, so that polishing has something to polish with.
//! Source: Dekker (1971), Numerische Mathematik 18, 224-242; Joldes, Muller & Popescu (2017), ACM TOMS 44(2), 15.

use core::ops::{Add, AddAssign, Div, Mul, Neg, Sub};

/// An unevaluated sum of two doubles.
#[derive(Copy, Clone, PartialEq, Debug, Default)]
pub struct Dd {
    /// The sum rounded to a double.
    pub hi: f64,
    /// What the rounding left.
    pub lo: f64,
}

/// `a + b` as rounded sum and its error, exactly.
#[inline(always)]
pub fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let s = a + b;
    let t = s - a;
    (s, (a - (s - t)) + (b - t))
}

/// As [`two_sum`], where `|a| >= |b|` or `a` is 0.
#[inline(always)]
fn quick_two_sum(a: f64, b: f64) -> Dd {
    let hi = a + b;
    Dd { hi, lo: b - (hi - a) }
}

/// `a * b` as rounded product and its error, exactly.
#[inline(always)]
pub fn two_prod(a: f64, b: f64) -> (f64, f64) {
    let p = a * b;
    (p, a.mul_add(b, -p))
}

impl Dd {
    /// Zero.
    pub const ZERO: Dd = Dd { hi: 0.0, lo: 0.0 };
    /// One.
    pub const ONE: Dd = Dd { hi: 1.0, lo: 0.0 };

    /// Exact sum of two doubles.
    #[inline(always)]
    pub fn sum(a: f64, b: f64) -> Dd {
        let (hi, lo) = two_sum(a, b);
        Dd { hi, lo }
    }

    /// Exact product of two doubles.
    #[inline(always)]
    pub fn product(a: f64, b: f64) -> Dd {
        let (hi, lo) = two_prod(a, b);
        Dd { hi, lo }
    }

    /// Rounded to a double.
    #[inline(always)]
    pub fn value(self) -> f64 {
        self.hi + self.lo
    }

    /// Square root; NaN below zero.
    #[inline(always)]
    pub fn sqrt(self) -> Dd {
        if self.hi == 0.0 {
            return Dd::ZERO;
        }
        let root = self.hi.sqrt();
        let rest = (self - Dd::product(root, root)).hi;
        quick_two_sum(root, rest / (2.0 * root))
    }

    /// Absolute value.
    #[inline(always)]
    pub fn abs(self) -> Dd {
        if self.hi < 0.0 { -self } else { self }
    }

    /// Natural logarithm of a positive number to some 2^-59 of itself.
    ///
    /// x = 2^k m with m near 1, log m = 2 atanh(s), s = (m - 1) / (m + 1); all of the series but its first
    /// term needs one precision only.
    #[inline(always)]
    pub fn log(self) -> Dd {
        let k = exponent_about_one(self.hi);
        let m = Dd { hi: scale_down(self.hi, k), lo: scale_down(self.lo, k) };
        let s = (m + Dd::from(-1.0)) / (m + Dd::ONE);
        let z = s.hi * s.hi;
        let mut q = 1.0 / 35.0;
        for odd in (3..=33).rev().step_by(2) {
            q = z.mul_add(q, 1.0 / f64::from(odd));
        }
        let twice = Dd { hi: 2.0 * s.hi, lo: 2.0 * s.lo };
        let ln2 = Dd { hi: LN_2_HI, lo: LN_2_LO };
        ln2 * Dd::from(k) + (twice + Dd::product(twice.hi, z * q))
    }
}

const LN_2_HI: f64 = core::f64::consts::LN_2;
const LN_2_LO: f64 = 2.319_046_813_846_299_6e-17;

/// k with x / 2^k in [sqrt(1/2), sqrt(2)), for normal positive x.
#[inline(always)]
fn exponent_about_one(x: f64) -> f64 {
    let bits = x.to_bits() as i64;
    // The bits of sqrt(1/2) taken off leave the exponent in the top twelve.
    ((bits - 0x3fe6_a09e_667f_3bcd) >> 52) as f64
}

/// x / 2^k without a table, in two exact steps.
#[inline(always)]
fn scale_down(x: f64, k: f64) -> f64 {
    let half = (k * 0.5).floor();
    let power = |e: f64| f64::from_bits(((1023 - e as i64) as u64) << 52);
    x * power(half) * power(k - half)
}

impl From<f64> for Dd {
    #[inline(always)]
    fn from(hi: f64) -> Dd {
        Dd { hi, lo: 0.0 }
    }
}

impl Neg for Dd {
    type Output = Dd;
    #[inline(always)]
    fn neg(self) -> Dd {
        Dd { hi: -self.hi, lo: -self.lo }
    }
}

impl Add for Dd {
    type Output = Dd;
    #[inline(always)]
    fn add(self, other: Dd) -> Dd {
        let (s, e) = two_sum(self.hi, other.hi);
        let (t, f) = two_sum(self.lo, other.lo);
        let c = quick_two_sum(s, e + t);
        quick_two_sum(c.hi, c.lo + f)
    }
}

impl Add<f64> for Dd {
    type Output = Dd;
    #[inline(always)]
    fn add(self, other: f64) -> Dd {
        self + Dd::from(other)
    }
}

impl Mul<f64> for Dd {
    type Output = Dd;
    #[inline(always)]
    fn mul(self, other: f64) -> Dd {
        self * Dd::from(other)
    }
}

impl AddAssign for Dd {
    #[inline(always)]
    fn add_assign(&mut self, other: Dd) {
        *self = *self + other;
    }
}

impl Sub for Dd {
    type Output = Dd;
    #[inline(always)]
    fn sub(self, other: Dd) -> Dd {
        self + -other
    }
}

impl Mul for Dd {
    type Output = Dd;
    #[inline(always)]
    fn mul(self, other: Dd) -> Dd {
        let (p, e) = two_prod(self.hi, other.hi);
        let cross = self.hi.mul_add(other.lo, self.lo * other.hi);
        quick_two_sum(p, e + cross)
    }
}

impl Div for Dd {
    type Output = Dd;
    #[inline(always)]
    fn div(self, other: Dd) -> Dd {
        let q = self.hi / other.hi;
        let rest = self - other * Dd::from(q);
        let q2 = rest.hi / other.hi;
        let rest = rest - other * Dd::from(q2);
        quick_two_sum(q, q2) + Dd::from(rest.hi / other.hi)
    }
}

/// Sum of many numbers in twice the precision, in the order given.
pub fn sum_dd(values: &[f64]) -> Dd {
    values.iter().fold(Dd::ZERO, |sum, &v| sum + Dd::from(v))
}

/// Sum of many numbers, correct to rounding unless the sum cancels by more than 2^50.
pub fn sum(values: &[f64]) -> f64 {
    sum_dd(values).value()
}

/// Sum of products `a_i b_i` in twice the precision.
pub fn dot_dd(a: &[f64], b: &[f64]) -> Dd {
    a.iter().zip(b).fold(Dd::ZERO, |sum, (&a, &b)| sum + Dd::product(a, b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_keeps_what_cancels() {
        assert_eq!(sum(&[1e16, 1.0, -1e16, 1.0]), 2.0);
        let third = Dd::ONE / Dd::from(3.0);
        let back = third * Dd::from(3.0) - Dd::ONE;
        assert!(back.abs().hi < 1e-31, "{back:?}");
        let two = Dd::from(2.0).sqrt();
        assert!((two * two - Dd::from(2.0)).abs().hi < 1e-31);
    }

    #[test]
    fn logarithms_of_a_product_add_up() {
        // log(a) + log(b) = log(ab) to the stated 2^-59 of the largest.
        for (a, b) in [(3.0, 7.0), (1e-300, 1e200), (1.000001, 0.75), (12345.678, 1e-5)] {
            let product = Dd::product(a, b);
            let left = Dd::from(a).log() + Dd::from(b).log() - product.log();
            let size = Dd::from(a).log().hi.abs().max(Dd::from(b).log().hi.abs());
            assert!(left.hi.abs() < 4e-18 * size, "{a} {b} {left:?}");
        }
        // log 10, from tables: 2.302585092994045684017991454684..
        let ten = Dd::from(10.0).log();
        assert!(
            (ten - Dd { hi: core::f64::consts::LN_10, lo: -2.170_756_223_382_249_6e-16 }).hi.abs() < 8e-18
        );
    }
}
