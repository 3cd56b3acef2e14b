//! Eight doubles that move together: the unit in which rows are worked on.
//!
//! A lane is plain data, an array of 8 `f64`. The compiler turns loops over it into vector instructions of
//! whatever width the surrounding [`dispatch`](crate::dispatch()) level allows; because the count of eight and the
//! order of every operation are fixed, the bits do not depend on that width. Comparisons give a [`Mask`], and
//! [`Lane::select`] takes the place of branches.

use core::ops::{Add, BitAnd, BitOr, Div, Mul, Neg, Not, Sub};

/// Number of rows in a [`Lane`].
pub const LANE: usize = 8;

/// Eight consecutive rows of one column.
#[derive(Copy, Clone, PartialEq, Debug)]
#[repr(align(64))]
pub struct Lane(pub [f64; LANE]);

/// Eight answers to a comparison.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Mask(pub [bool; LANE]);

impl Lane {
    /// Eight zeros.
    pub const ZERO: Lane = Lane([0.0; LANE]);
    /// Eight ones.
    pub const ONE: Lane = Lane([1.0; LANE]);

    /// The same number eight times.
    #[inline(always)]
    pub const fn splat(x: f64) -> Lane {
        Lane([x; LANE])
    }

    /// The first eight numbers of a slice, which holds at least eight.
    #[inline(always)]
    pub fn load(from: &[f64]) -> Lane {
        let mut out = [0.0; LANE];
        out.copy_from_slice(&from[..LANE]);
        Lane(out)
    }

    /// Writes to the first eight places of a slice, which holds at least eight.
    #[inline(always)]
    pub fn store(self, to: &mut [f64]) {
        to[..LANE].copy_from_slice(&self.0);
    }

    /// `f` of each number.
    #[inline(always)]
    pub fn map(self, f: impl Fn(f64) -> f64) -> Lane {
        let mut out = self.0;
        for i in 0..LANE {
            out[i] = f(self.0[i]);
        }
        Lane(out)
    }

    /// `f` of each pair of numbers.
    #[inline(always)]
    pub fn zip(self, other: Lane, f: impl Fn(f64, f64) -> f64) -> Lane {
        let mut out = self.0;
        for i in 0..LANE {
            out[i] = f(self.0[i], other.0[i]);
        }
        Lane(out)
    }

    /// A mask of `f` of each pair of numbers.
    #[inline(always)]
    fn compare(self, other: Lane, f: impl Fn(f64, f64) -> bool) -> Mask {
        let mut out = [false; LANE];
        for i in 0..LANE {
            out[i] = f(self.0[i], other.0[i]);
        }
        Mask(out)
    }

    /// `self * b + c` with one rounding.
    #[inline(always)]
    pub fn mul_add(self, b: Lane, c: Lane) -> Lane {
        let mut out = self.0;
        for i in 0..LANE {
            out[i] = self.0[i].mul_add(b.0[i], c.0[i]);
        }
        Lane(out)
    }

    /// `a` where the mask holds, `b` elsewhere.
    #[inline(always)]
    pub fn select(mask: Mask, a: Lane, b: Lane) -> Lane {
        let mut out = a.0;
        for i in 0..LANE {
            out[i] = if mask.0[i] { a.0[i] } else { b.0[i] };
        }
        Lane(out)
    }

    /// Smaller of two; `other` where either is NaN.
    #[inline(always)]
    pub fn min(self, other: Lane) -> Lane {
        self.zip(other, |a, b| if a < b { a } else { b })
    }

    /// Larger of two; `other` where either is NaN.
    #[inline(always)]
    pub fn max(self, other: Lane) -> Lane {
        self.zip(other, |a, b| if a > b { a } else { b })
    }

    /// Absolute value.
    #[inline(always)]
    pub fn abs(self) -> Lane {
        self.map(f64::abs)
    }

    /// Square root, correctly rounded.
    #[inline(always)]
    pub fn sqrt(self) -> Lane {
        self.map(f64::sqrt)
    }

    /// Largest integer that is not larger.
    #[inline(always)]
    pub fn floor(self) -> Lane {
        self.map(f64::floor)
    }

    /// `self < other`, false for NaN.
    #[inline(always)]
    pub fn lt(self, other: Lane) -> Mask {
        self.compare(other, |a, b| a < b)
    }

    /// `self <= other`, false for NaN.
    #[inline(always)]
    pub fn le(self, other: Lane) -> Mask {
        self.compare(other, |a, b| a <= b)
    }

    /// `self > other`, false for NaN.
    #[inline(always)]
    pub fn gt(self, other: Lane) -> Mask {
        self.compare(other, |a, b| a > b)
    }

    /// `self >= other`, false for NaN.
    #[inline(always)]
    pub fn ge(self, other: Lane) -> Mask {
        self.compare(other, |a, b| a >= b)
    }

    /// `self == other` by value, false for NaN.
    #[inline(always)]
    pub fn eq_lanes(self, other: Lane) -> Mask {
        self.compare(other, |a, b| a == b)
    }

    /// Where the number is NaN.
    #[inline(always)]
    pub fn is_nan(self) -> Mask {
        self.compare(self, |a, _| a.is_nan())
    }

    /// Sum of the eight, in a fixed order: halves, quarters, pairs.
    #[inline(always)]
    pub fn sum(self) -> f64 {
        let a = self.0;
        ((a[0] + a[4]) + (a[2] + a[6])) + ((a[1] + a[5]) + (a[3] + a[7]))
    }

    /// phi(x) / Phi(x), the slope of log Phi.
    #[inline(always)]
    pub fn ndtr_hazard(self) -> Lane {
        crate::normal_lanes::log_ndtr_slopes(self)[1]
    }

    /// psi'(x).
    #[inline(always)]
    pub fn trigamma(self) -> Lane {
        crate::gamma_lanes::digamma_slopes(self)[1]
    }

    /// log(n!), continued to real `n > -1`: log Gamma(n + 1).
    #[inline(always)]
    pub fn log_factorial(self) -> Lane {
        crate::gamma_lanes::lgamma_lane(self + Lane::ONE)
    }
}

impl Mask {
    /// Holds nowhere.
    pub const NONE: Mask = Mask([false; LANE]);

    /// True where all eight hold.
    #[inline(always)]
    pub fn all(self) -> bool {
        self.0.iter().fold(true, |a, &b| a & b)
    }

    /// True where at least one holds.
    #[inline(always)]
    pub fn any(self) -> bool {
        self.0.iter().fold(false, |a, &b| a | b)
    }
}

macro_rules! binary_operator {
    ($trait:ident, $method:ident, $op:tt) => {
        impl $trait for Lane {
            type Output = Lane;
            #[inline(always)]
            fn $method(self, other: Lane) -> Lane {
                let mut out = self.0;
                for i in 0..LANE {
                    out[i] = self.0[i] $op other.0[i];
                }
                Lane(out)
            }
        }
    };
}
binary_operator!(Add, add, +);
binary_operator!(Sub, sub, -);
binary_operator!(Mul, mul, *);
binary_operator!(Div, div, /);

impl Neg for Lane {
    type Output = Lane;
    #[inline(always)]
    fn neg(self) -> Lane {
        self.map(|a| -a)
    }
}

impl BitAnd for Mask {
    type Output = Mask;
    #[inline(always)]
    fn bitand(self, other: Mask) -> Mask {
        let mut out = self.0;
        for i in 0..LANE {
            out[i] &= other.0[i];
        }
        Mask(out)
    }
}

impl BitOr for Mask {
    type Output = Mask;
    #[inline(always)]
    fn bitor(self, other: Mask) -> Mask {
        let mut out = self.0;
        for i in 0..LANE {
            out[i] |= other.0[i];
        }
        Mask(out)
    }
}

impl Not for Mask {
    type Output = Mask;
    #[inline(always)]
    fn not(self) -> Mask {
        let mut out = self.0;
        for i in 0..LANE {
            out[i] = !out[i];
        }
        Mask(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn select_takes_each_row_from_its_own_arm() {
        let x = Lane([-2.0, -1.0, 0.0, 1.0, 2.0, f64::NAN, 3.0, -3.0]);
        let y = Lane::select(x.ge(Lane::ZERO), x, -x);
        assert_eq!(y.0[..5], [2.0, 1.0, 0.0, 1.0, 2.0]);
        assert!(y.0[5].is_nan() && y.sum().is_nan());
    }

    #[test]
    fn a_fused_product_rounds_once() {
        let eps = f64::EPSILON;
        let x = Lane::splat(1.0 + eps);
        assert_eq!(x.mul_add(x, Lane::splat(-1.0 - 2.0 * eps)).0[3], eps * eps);
    }
}
