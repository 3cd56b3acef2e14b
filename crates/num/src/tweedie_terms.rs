//! Terms of the Tweedie series that rows of one power share: s_j = log j! + log Gamma(j a) for j = 1, 2, .., with psi(j a)
//! and psi'(j a) for its slopes.
//!
//! Only c differs from row to row, so a row whose terms are few is a sum over a stretch of one table. A term is the one
//! before it and log j + log Gamma(j a) - log Gamma((j - 1) a), which is exact in its own digits; the sum is held as two
//! doubles, so differences of far terms keep theirs. A term depends on j and a alone, not on what was asked before.

use crate::gamma::lgamma;
use crate::gamma_lanes::{digamma_slopes, log_rising_lane};
use crate::lane::{LANE, Lane};
use crate::real::Real;
use crate::sum::two_sum;

/// Places before the first term, of no weight: eights may begin or end below it.
const BEFORE: usize = LANE;

/// The terms of one a.
#[derive(Debug)]
pub(crate) struct Terms {
    a: f64,
    high: Vec<f64>,
    low: Vec<f64>,
    psi: Vec<f64>,
    psi_1: Vec<f64>,
}

impl Terms {
    pub(crate) const fn none() -> Self {
        Self { a: f64::NAN, high: Vec::new(), low: Vec::new(), psi: Vec::new(), psi_1: Vec::new() }
    }

    /// The terms of `a`, from before where they were those.
    #[inline]
    pub(crate) fn of(&mut self, a: f64) -> &mut Self {
        if self.a.to_bits() != a.to_bits() || self.high.is_empty() {
            self.a = a;
            let columns = [&mut self.high, &mut self.low, &mut self.psi, &mut self.psi_1];
            for (column, none) in columns.into_iter().zip([f64::INFINITY, 0.0, 0.0, 0.0]) {
                column.clear();
                column.resize(BEFORE, none);
            }
        }
        self
    }

    /// s_j at eight whole j, one way up or down; infinite below 1.
    #[inline(always)]
    pub(crate) fn at(&mut self, j: Lane) -> [Lane; 2] {
        while self.high.len() <= furthest(j) {
            self.grow();
        }
        [picked(&self.high, j), picked(&self.low, j)]
    }

    /// psi(j a) and psi'(j a) at eight whole j, one way up or down.
    #[inline(always)]
    pub(crate) fn slopes_at(&mut self, j: Lane) -> [Lane; 2] {
        while self.psi.len() <= furthest(j) {
            self.grow_slopes();
        }
        [picked(&self.psi, j), picked(&self.psi_1, j)]
    }

    /// The j of the next eight places of a column of so many.
    fn next(filled: usize) -> Lane {
        Lane(std::array::from_fn(|i| (filled + 1 - BEFORE + i) as f64))
    }

    #[inline(never)]
    fn grow(&mut self) {
        let j = Self::next(self.high.len());
        let (a, is_first) = (Lane::splat(self.a), j.eq_lanes(Lane::ONE));
        let before = Lane::select(is_first, Lane::ONE, j - Lane::ONE);
        let rise = j.log() + log_rising_lane(before * a, a);
        for (i, rise) in rise.0.into_iter().enumerate() {
            let (sum, rest) = if is_first.0[i] {
                (lgamma(self.a), 0.0)
            } else {
                let last = self.high.len() - 1;
                let (sum, lost) = two_sum(self.high[last], rise);
                (sum, self.low[last] + lost)
            };
            self.high.push(sum);
            self.low.push(rest);
        }
    }

    #[inline(never)]
    fn grow_slopes(&mut self) {
        let [psi, psi_1] = digamma_slopes(Self::next(self.psi.len()) * Lane::splat(self.a));
        self.psi.extend(psi.0);
        self.psi_1.extend(psi_1.0);
    }
}

/// Where j is in a column.
#[inline(always)]
fn place(j: f64) -> usize {
    let at = j + (BEFORE as f64 - 1.0);
    if at >= 0.0 { at as usize } else { 0 }
}

/// What stands at eight j: side by side, the other way round, or at steps.
#[inline(always)]
fn picked(column: &[f64], j: Lane) -> Lane {
    let (first, last) = (place(j.0[0]), place(j.0[LANE - 1]));
    if last == first + (LANE - 1) {
        return Lane::load(&column[first..]);
    }
    let mut out = Lane::ZERO;
    if first == last + (LANE - 1) {
        let back = Lane::load(&column[last..]);
        for i in 0..LANE {
            out.0[i] = back.0[LANE - 1 - i];
        }
    } else {
        for i in 0..LANE {
            out.0[i] = column[place(j.0[i])];
        }
    }
    out
}

/// The last place of eight j, one way up or down.
#[inline(always)]
fn furthest(j: Lane) -> usize {
    place(if j.0[0] < j.0[LANE - 1] { j.0[LANE - 1] } else { j.0[0] })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gamma::{digamma, trigamma};

    #[test]
    fn terms_are_those_of_their_formula_whatever_was_asked_before() {
        let (mut terms, few, many) =
            (Terms::none(), Lane([3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0]), Lane::splat(200.0));
        for a in [0.2, 1.0, 7.5] {
            let far = terms.of(a).at(many);
            terms.of(3.0).at(few);
            let near = terms.of(a).at(few);
            assert_eq!(terms.of(a).at(many), far);
            let slopes = terms.of(a).slopes_at(few);
            for i in 0..LANE {
                let j = few.0[i];
                let exact = lgamma(j + 1.0) + lgamma(j * a);
                // lgamma is exact to 1e-15 of itself or of 1.
                assert!((near[0].0[i] + near[1].0[i] - exact).abs() < 1e-14 * (1.0 + exact.abs()), "{j} {a}");
                assert_eq!([slopes[0].0[i], slopes[1].0[i]], [digamma(j * a), trigamma(j * a)]);
            }
        }
    }

    #[test]
    fn below_the_first_term_nothing_counts() {
        let [high, _] = Terms::none().of(1.5).at(Lane([2.0, 1.0, 0.0, -1.0, -2.0, -3.0, -4.0, -5.0]));
        assert_eq!(high.0[2..], [f64::INFINITY; 6]);
        assert!((high.0[1] - lgamma(1.5)).abs() < 1e-15, "{high:?}");
    }
}
