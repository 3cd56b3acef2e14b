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

/// Relative change that counts as none; NaN counts as settled, since it will not change any more.
#[inline(always)]
fn same(now: Lane, before: Lane) -> Mask {
    !(now - before).abs().gt(now.abs() * Lane::splat(1.2e-16))
}

impl Settle for Lane {
    #[inline(always)]
    fn settled(self, before: Self) -> Mask {
        same(self, before)
    }
}

impl<const K: usize> Settle for Jet<K> {
    #[inline(always)]
    fn settled(self, before: Self) -> Mask {
        let mut all = same(self.v, before.v);
        for i in 0..K {
            all = all & same(self.g[i], before.g[i]);
            for j in 0..=i {
                all = all & same(self.h[i][j], before.h[i][j]);
            }
        }
        all
    }
}
