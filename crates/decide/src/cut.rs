//! A cut between two neighbouring scores: which rows are flagged, and the thresholds that do it.
//!
//! A row is flagged when `score > threshold`, so one cut is a whole interval of thresholds `[lower, upper)`. Curves
//! walk the cuts from "flag none" to "flag all"; `corners` passes on only those where the ROC polygon turns, which
//! loses nothing: the others lie on its edges.

use crate::{Level, Levels};

/// What is flagged by every threshold in `[lower, upper)`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cut {
    /// Largest score that is not flagged; `-inf` when all are.
    pub lower: f64,
    /// Smallest score that is flagged; `inf` when none is.
    pub upper: f64,
    /// Weight of the flagged cases.
    pub tp: f64,
    /// Weight of the flagged controls.
    pub fp: f64,
}

impl Cut {
    /// The middle of the interval, infinite at the two ends.
    pub fn threshold(&self) -> f64 {
        midpoint(self.lower, self.upper)
    }

    /// The middle of the interval within the range `[low, high]` that scores can have, so that it is finite.
    ///
    /// Stays `-inf` where even the smallest possible score is flagged: no finite threshold in the range does that.
    pub fn threshold_within(&self, low: f64, high: f64) -> f64 {
        if self.lower == f64::NEG_INFINITY && self.upper <= low {
            return f64::NEG_INFINITY;
        }
        midpoint(self.lower.max(low), self.upper.min(high))
    }

    /// Weight of the flagged rows.
    pub fn flagged(&self) -> f64 {
        self.tp + self.fp
    }
}

/// Middle of `[a, b)`, never rounded up to `b`; an infinite end wins.
fn midpoint(a: f64, b: f64) -> f64 {
    if a == f64::NEG_INFINITY || b == f64::INFINITY {
        return if a == f64::NEG_INFINITY { a } else { b };
    }
    let middle = f64::midpoint(a, b);
    if middle < b { middle } else { a }
}

/// Every cut, from none flagged to all flagged: one more than there are levels.
pub fn visit_cuts(levels: &dyn Levels, mut each: impl FnMut(Cut)) {
    let mut cut = Cut { lower: f64::NEG_INFINITY, upper: f64::INFINITY, tp: 0.0, fp: 0.0 };
    levels.visit(|level: Level| {
        each(Cut { lower: level.score, ..cut });
        cut.tp += level.cases;
        cut.fp += level.controls;
        cut.upper = level.score;
    });
    let totals = levels.totals();
    each(Cut { tp: totals.cases, fp: totals.controls, ..cut });
}

/// The cuts at which the ROC polygon turns, both ends included.
pub fn visit_corners(levels: &dyn Levels, mut each: impl FnMut(Cut)) {
    let mut last: Option<Cut> = None;
    let mut edge = (0.0, 0.0);
    visit_cuts(levels, |cut| {
        if let Some(before) = last {
            let step = (cut.tp - before.tp, cut.fp - before.fp);
            let turns = edge.0 * step.1 != edge.1 * step.0;
            if turns || edge == (0.0, 0.0) {
                each(before);
                edge = step;
            } else {
                edge = (edge.0 + step.0, edge.1 + step.1);
            }
        }
        last = Some(cut);
    });
    if let Some(end) = last {
        each(end);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Ranked, Scored};

    #[test]
    fn cuts_hold_every_threshold_that_flags_the_same_rows_and_corners_drop_only_flat_ones() {
        let y = [1.0, 1.0, 0.0, 0.0, 1.0];
        let s = [0.9, 0.8, 0.6, 0.4, 0.2];
        let ranked = Ranked::new(&Scored::new(&y, &s).expect("legal"), 1).expect("two classes");
        let (mut cuts, mut corners) = (Vec::new(), Vec::new());
        visit_cuts(&ranked, |c| cuts.push(c));
        visit_corners(&ranked, |c| corners.push((c.tp, c.fp)));
        assert_eq!(cuts.len(), 6);
        for cut in &cuts {
            let t = cut.threshold();
            let flagged = s.iter().filter(|&&x| x > t).count();
            assert_eq!(flagged as f64, cut.flagged());
        }
        assert_eq!(corners, [(0.0, 0.0), (2.0, 0.0), (2.0, 2.0), (3.0, 2.0)]);
    }

    #[test]
    fn a_threshold_between_neighbouring_floats_still_flags_the_upper_one() {
        let upper = f64::from_bits(0.3_f64.to_bits() + 1);
        let cut = Cut { lower: 0.3, upper, tp: 1.0, fp: 0.0 };
        assert!(cut.threshold() < upper && cut.threshold() >= 0.3);
        let all = Cut { lower: f64::NEG_INFINITY, upper: 0.4, tp: 1.0, fp: 1.0 };
        assert_eq!(all.threshold(), f64::NEG_INFINITY);
        assert_eq!(all.threshold_within(0.0, 1.0), 0.2);
    }
}
