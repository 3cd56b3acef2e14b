//! Numbers whose every operation is a call: small code in place of fast code, with the same bits.
//!
//! A long formula over jets, inlined at every CPU level, compiles to megabytes. Written in these, it is compiled once;
//! each operation is a kernel of its own that runs at the level in use, compiled once for all formulas together. For
//! the baseline level, the tails of distributions, and densities that are not worth a minute of every build.

use core::ops::{Add, Div, Mul, Neg, Sub};

use crate::dispatch::{Kernel, dispatch};
use crate::lane::{Lane, Mask};
use crate::real::Real;
use crate::step::Step;
use crate::steps::Log;

/// A number as it is, operated on out of line.
#[derive(Copy, Clone, Debug)]
pub struct Outlined<R>(pub R);

/// Defines a kernel of one operation: its fields, and what it gives.
macro_rules! operation {
    ($name:ident<R $(, $step:ident, $n:ident)?>($($field:ident: $type:ty),+) -> $output:ty, $body:expr) => {
        struct $name<R: Real $(, $step: Step<$n>, const $n: usize)?> { $($field: $type),+ }
        impl<R: Real $(, $step: Step<$n>, const $n: usize)?> Kernel for $name<R $(, $step, $n)?> {
            type Output = $output;
            #[inline(always)]
            fn run(self) -> $output {
                let Self { $($field),+ } = self;
                $body
            }
        }
    };
}
operation!(Sum<R>(a: R, b: R) -> R, a + b);
operation!(Difference<R>(a: R, b: R) -> R, a - b);
operation!(Product<R>(a: R, b: R) -> R, a * b);
operation!(Quotient<R>(a: R, b: R) -> R, a / b);
operation!(Negative<R>(a: R) -> R, -a);
operation!(Choice<R>(mask: Mask, a: R, b: R) -> R, R::select(mask, a, b));
operation!(Scaled<R>(a: R, c: Lane) -> R, a.scale(c));
operation!(Shifted<R>(a: R, c: Lane) -> R, a.add_lane(c));
operation!(Joined<R, S, N>(step: S, args: [R; N]) -> R, R::join(step, args));

macro_rules! operator {
    ($trait:ident, $method:ident, $kernel:ident) => {
        impl<R: Real> $trait for Outlined<R> {
            type Output = Self;
            #[inline]
            fn $method(self, other: Self) -> Self {
                Self(dispatch($kernel { a: self.0, b: other.0 }))
            }
        }
    };
}
operator!(Add, add, Sum);
operator!(Sub, sub, Difference);
operator!(Mul, mul, Product);
operator!(Div, div, Quotient);

impl<R: Real> Neg for Outlined<R> {
    type Output = Self;
    #[inline]
    fn neg(self) -> Self {
        Self(dispatch(Negative { a: self.0 }))
    }
}

impl<R: Real> Real for Outlined<R> {
    const HAS_DERIVATIVES: bool = R::HAS_DERIVATIVES;

    #[inline]
    fn lift(c: Lane) -> Self {
        Self(R::lift(c))
    }
    #[inline]
    fn value(self) -> Lane {
        self.0.value()
    }
    #[inline]
    fn join<const N: usize, S: Step<N>>(step: S, args: [Self; N]) -> Self {
        Self(dispatch(Joined { step, args: args.map(|arg| arg.0) }))
    }
    #[inline]
    fn select(mask: Mask, a: Self, b: Self) -> Self {
        Self(dispatch(Choice { mask, a: a.0, b: b.0 }))
    }
    #[inline]
    fn scale(self, c: Lane) -> Self {
        Self(dispatch(Scaled { a: self.0, c }))
    }
    #[inline]
    fn add_lane(self, c: Lane) -> Self {
        Self(dispatch(Shifted { a: self.0, c }))
    }
    #[inline]
    fn log_fixed(c: Lane) -> Lane {
        dispatch(Joined { step: Log, args: [c] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jet::Jet;

    fn formula<T: Real>(x: T, y: T) -> T {
        let kept = T::select(y.value().gt(Lane::ONE), x, y.add_lane(T::log_fixed(Lane::splat(3.0))));
        (x * y - x.exp() / y).log1pexp().logaddexp(-kept).scale(Lane::splat(0.3))
    }

    #[test]
    fn calls_give_the_bits_of_the_inlined_formula() {
        let lanes = [Lane::splat(0.3), Lane([0.1, 0.7, 1.3, 2.0, 3.5, 5.0, 8.0, 13.0])];
        let [x, y]: [Jet<2>; 2] = core::array::from_fn(|i| Jet::variable(lanes[i], i));
        let (inlined, called) = (formula(x, y), formula(Outlined(x), Outlined(y)).0);
        assert_eq!((inlined.v, inlined.g), (called.v, called.g));
        for i in 0..2 {
            assert_eq!(inlined.h[i][..=i], called.h[i][..=i]);
        }
    }
}
