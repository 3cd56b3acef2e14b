//! When an infinite series or fraction may stop: row by row, derivatives included.
//!
//! Rows that have settled are frozen by the caller, so that a row's bits do not depend on its neighbours.

use crate::jet::Jet;
use crate::lane::{Lane, Mask};
use crate::real::Real;

/// A number whose convergence can be judged.
pub(crate) trait Settle: Real {
    /// Where no part differs from `before` by more than a rounding error.
    fn settled(self, before: Self) -> Mask;
}

/// A change of the value that counts as none: a continued fraction goes on to waver by its last bits.
const VALUE: f64 = 4e-16;
/// The same for derivatives, of which twelve digits are promised.
const SLOPE: f64 = 1e-13;
/// A derivative this small beside the value is rounding.
const NOISE: f64 = 1e-17;

/// Where `now` differs from `before` by no more than `slack`; NaN will not change any more.
#[inline(always)]
fn same(now: Lane, before: Lane, slack: Lane) -> Mask {
    !(now - before).abs().gt(slack)
}

impl Settle for Lane {
    #[inline(always)]
    fn settled(self, before: Self) -> Mask {
        same(self, before, self.abs() * Lane::splat(VALUE))
    }
}

impl<const K: usize> Settle for Jet<K> {
    #[inline(always)]
    fn settled(self, before: Self) -> Mask {
        let mut all = self.v.settled(before.v);
        let noise = self.v.abs() * Lane::splat(NOISE);
        let slope = |now: Lane, before: Lane| same(now, before, now.abs().mul_add(Lane::splat(SLOPE), noise));
        for i in 0..K {
            all = all & slope(self.g[i], before.g[i]);
            for j in 0..=i {
                all = all & slope(self.h[i][j], before.h[i][j]);
            }
        }
        all
    }
}
