//! What a dear function of a parameter was last, for parameters that are the same in all rows.
//!
//! A shape without covariates has one value, yet every eight rows would ask for its log Gamma anew. Only eight equal
//! arguments are remembered, by their bits, so an answer is the one that the function would give.

use crate::lane::{LANE, Lane};
use core::cell::Cell;

/// Values that are remembered: a formula asks for a few constants in turn.
const PLACES: usize = 4;

/// The last answers of one function of one argument, `N` numbers each; a thread's own.
#[derive(Debug)]
pub struct Memo<const N: usize> {
    kept: Cell<[(u64, [f64; N]); PLACES]>,
    next: Cell<usize>,
}

impl<const N: usize> Memo<N> {
    /// Nothing is remembered.
    #[must_use]
    pub const fn new() -> Self {
        // No argument has these bits: they are those of a NaN that no operation gives.
        Self { kept: Cell::new([(u64::MAX, [0.0; N]); PLACES]), next: Cell::new(0) }
    }

    /// `f`, or its last answer where all rows have an argument that was asked for before.
    #[inline]
    pub fn of(&self, x: Lane, f: impl FnOnce() -> [Lane; N]) -> [Lane; N] {
        let bits = x.0[0].to_bits();
        let differ = x.0.iter().fold(0, |any, v| any | (v.to_bits() ^ bits));
        if differ != 0 || bits == u64::MAX {
            return f();
        }
        let kept = self.kept.get();
        if let Some((_, values)) = kept.iter().find(|(key, _)| *key == bits) {
            return values.map(Lane::splat);
        }
        let values = f();
        let place = self.next.get();
        self.next.set((place + 1) % PLACES);
        let mut kept = kept;
        kept[place] = (bits, values.map(|lane| lane.0[LANE - 1]));
        self.kept.set(kept);
        values
    }
}

impl<const N: usize> Default for Memo<N> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::cell::Cell;

    #[test]
    fn equal_arguments_are_asked_once_and_others_every_time() {
        let memo: Memo<1> = Memo::new();
        let calls = Cell::new(0);
        let ask = |x: Lane| {
            memo.of(x, || {
                calls.set(calls.get() + 1);
                [x * x]
            })[0]
        };
        let varied = Lane([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]);
        for x in [2.0, 3.0, 2.0, 3.0] {
            assert_eq!(ask(Lane::splat(x)), Lane::splat(x * x));
        }
        assert_eq!(calls.get(), 2);
        (0..3).for_each(|_| assert_eq!(ask(varied), varied * varied));
        assert_eq!(calls.get(), 5);
        // 0 and -0 are two arguments, and NaN is none that is kept by chance.
        assert!(ask(Lane::splat(-0.0)).0[0].is_sign_positive());
        assert!(ask(Lane::splat(f64::NAN)).0[0].is_nan());
    }
}
