//! Scores of more rows than memory holds, as bins that are as narrow as their number allows.
//!
//! A bin holds the scores whose order-preserving bits agree but for the last `shift`. Parts of the data are tallied
//! anywhere and merged; where there are more than `limit` bins the shift grows by one. So the bins depend on the rows
//! alone, neither on their order nor on the parts, and while there are no more distinct scores than that nothing is
//! rounded at all. Pairs inside one bin count as ties: an area lies within `auc_error` of the exact one, and every score
//! was moved by at most `score_error`, to the mean of its bin.

use crate::level_list::LevelList;
use crate::order::ordered;
use crate::{DecideError, Level, Scored, Totals, WeightKind};
use serde::{Deserialize, Serialize};

/// Scores of one bin.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Bin {
    key: u64,
    low: f64,
    high: f64,
    /// Weighted sum of the scores.
    sum: f64,
    /// Of controls and cases: weight, squared weight.
    classes: [(f64, f64); 2],
}

impl Bin {
    fn add(&mut self, other: &Self) {
        self.low = self.low.min(other.low);
        self.high = self.high.max(other.high);
        self.sum += other.sum;
        for (mine, theirs) in self.classes.iter_mut().zip(&other.classes) {
            *mine = (mine.0 + theirs.0, mine.1 + theirs.1);
        }
    }

    fn is_one_score(&self) -> bool {
        self.low == self.high
    }

    /// The score, or the mean of several, which rounding may not take out of the bin.
    fn score(&self) -> f64 {
        let mean = self.sum / (self.classes[0].0 + self.classes[1].0);
        if self.is_one_score() { self.low } else { mean.clamp(self.low, self.high) }
    }
}

/// Counts by bins of scores, mergeable.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BinTally {
    kind: WeightKind,
    unit: bool,
    rows: [usize; 2],
    limit: usize,
    shift: u32,
    /// By rising key.
    bins: Vec<Bin>,
}

impl BinTally {
    /// Bytes of a bin while two lists are merged.
    pub const BYTES: usize = 3 * size_of::<Bin>();

    /// No rows yet, and at most `limit` bins (65,536 hold the AUC of smooth scores to about 1e-5).
    pub fn new(limit: usize, kind: WeightKind) -> Self {
        Self { kind, unit: true, rows: [0; 2], limit: limit.max(1), shift: 0, bins: Vec::new() }
    }

    /// The bins of a part of the data.
    pub fn of(limit: usize, data: &Scored<'_>) -> Self {
        let mut out = Self::new(limit, data.kind());
        let mut rows: Vec<Bin> = Vec::with_capacity(data.len());
        for (_, case, score, w) in data.rows() {
            let mut classes = [(0.0, 0.0); 2];
            classes[usize::from(case)] = (w, w * w);
            rows.push(Bin { key: ordered(score), low: score, high: score, sum: w * score, classes });
            out.rows[usize::from(case)] += 1;
            out.unit &= w == 1.0;
        }
        // Stable: rows of one score are summed in their order.
        rows.sort_by_key(|row| row.key);
        out.bins = joined(rows.into_iter());
        out.keep_to_limit();
        out
    }

    /// Adds the tally of later rows with the same limit; merge in the order of the parts for the same bits.
    pub fn merge(&mut self, mut other: Self) {
        let shift = self.shift.max(other.shift);
        self.widen(shift);
        other.widen(shift);
        let mine = std::mem::take(&mut self.bins);
        self.bins =
            joined(Merged { left: mine.into_iter().peekable(), right: other.bins.into_iter().peekable() });
        self.rows = [self.rows[0] + other.rows[0], self.rows[1] + other.rows[1]];
        self.unit &= other.unit;
        if other.kind == WeightKind::Sampling {
            self.kind = WeightKind::Sampling;
        }
        self.keep_to_limit();
    }

    fn keep_to_limit(&mut self) {
        while self.bins.len() > self.limit && self.shift < 63 {
            self.widen(self.shift + 1);
        }
    }

    /// Brings the bins to a shift that is no smaller.
    fn widen(&mut self, shift: u32) {
        if shift > self.shift {
            let by = shift - self.shift;
            let wider =
                std::mem::take(&mut self.bins).into_iter().map(|bin| Bin { key: bin.key >> by, ..bin });
            self.bins = joined(wider);
            self.shift = shift;
        }
    }

    /// Levels for the curves, each bin at the mean of its scores.
    pub fn levels(&self) -> LevelList {
        let level = |bin: &Bin| {
            let [control, case] = bin.classes;
            Level {
                score: bin.score(),
                cases: case.0,
                controls: control.0,
                cases_sq: case.1,
                controls_sq: control.1,
            }
        };
        let levels: Vec<Level> = self.bins.iter().rev().map(level).collect();
        let totals = Totals {
            cases: levels.iter().map(|level| level.cases).sum(),
            controls: levels.iter().map(|level| level.controls).sum(),
            n_cases: self.rows[1],
            n_controls: self.rows[0],
            unit: self.unit,
            kind: self.kind,
        };
        LevelList { levels, totals }
    }

    /// Number of bins.
    pub fn bins(&self) -> usize {
        self.bins.len()
    }

    /// Cuts of the scores themselves that divide the rows as those of `[lower, upper)` divide the bins: from the largest
    /// score of the bin below to the smallest of the one above.
    pub fn gap(&self, (lower, upper): (f64, f64)) -> (f64, f64) {
        let bin = |score: f64| {
            let at = self.bins.partition_point(|bin| bin.score() < score);
            self.bins.get(at).filter(|bin| bin.score() == score)
        };
        (bin(lower).map_or(lower, |bin| bin.high), bin(upper).map_or(upper, |bin| bin.low))
    }

    /// Smallest and largest score; none without rows.
    pub fn range(&self) -> Option<(f64, f64)> {
        self.bins.first().map(|bin| bin.low).zip(self.bins.last().map(|bin| bin.high))
    }

    /// Bound on |AUC from the bins - exact AUC|: half the share of case-control pairs whose scores differ and share a
    /// bin.
    ///
    /// # Errors
    /// `OneClass`.
    pub fn auc_error(&self) -> Result<f64, DecideError> {
        let total = |class: usize| self.bins.iter().map(|bin| bin.classes[class].0).sum::<f64>();
        for (class, only) in [(0, "case"), (1, "control")] {
            if self.rows[class] == 0 {
                return Err(DecideError::OneClass { only });
            }
        }
        let mixed = self.bins.iter().filter(|bin| !bin.is_one_score());
        let shared: f64 = mixed.map(|bin| bin.classes[0].0 * bin.classes[1].0).sum();
        Ok(0.5 * shared / (total(0) * total(1)))
    }

    /// How far a score may have been moved at most: the width of the widest bin, 0 where nothing was rounded.
    pub fn score_error(&self) -> f64 {
        self.bins.iter().map(|bin| bin.high - bin.low).fold(0.0, f64::max)
    }
}

/// Bins by rising key, those of one key put together.
fn joined(bins: impl Iterator<Item = Bin>) -> Vec<Bin> {
    let mut out: Vec<Bin> = Vec::new();
    for bin in bins {
        match out.last_mut() {
            Some(last) if last.key == bin.key => last.add(&bin),
            _ => out.push(bin),
        }
    }
    out
}

/// Two rising lists as one, the left first where keys are equal.
struct Merged<A: Iterator<Item = Bin>> {
    left: std::iter::Peekable<A>,
    right: std::iter::Peekable<A>,
}

impl<A: Iterator<Item = Bin>> Iterator for Merged<A> {
    type Item = Bin;
    fn next(&mut self) -> Option<Bin> {
        match (self.left.peek(), self.right.peek()) {
            (Some(a), Some(b)) if a.key <= b.key => self.left.next(),
            (_, Some(_)) => self.right.next(),
            _ => self.left.next(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delong::auc;
    use crate::draw::Draws;
    use crate::{Levels, Ranked};

    fn rows(n: usize) -> (Vec<f64>, Vec<f64>) {
        let mut draws = Draws::new(3, 0);
        let score: Vec<f64> = (0..n).map(|_| draws.uniform() * 8.0 - 2.0).collect();
        let y = score.iter().map(|s| f64::from(6.0 * draws.uniform() < *s)).collect();
        (y, score)
    }

    fn tally(y: &[f64], score: &[f64], limit: usize, part: usize) -> BinTally {
        let mut all = BinTally::new(limit, WeightKind::Frequency);
        for (y, score) in y.chunks(part).zip(score.chunks(part)) {
            all.merge(BinTally::of(limit, &Scored::new(y, score).expect("legal")));
        }
        all
    }

    #[test]
    fn bins_are_within_the_stated_error_of_the_exact_area_and_do_not_depend_on_the_parts() {
        let (y, score) = rows(3000);
        let exact = Ranked::new(&Scored::new(&y, &score).expect("legal"), 1).expect("two classes");
        for limit in [12, 200] {
            let binned = tally(&y, &score, limit, 1000);
            let gap = auc(&binned.levels(), 0.95).expect("legal").auc - auc(&exact, 0.95).expect("legal").auc;
            assert!(gap != 0.0 && gap.abs() <= binned.auc_error().expect("two classes"), "{gap}");
            assert!(binned.bins() <= limit && binned.score_error() > 0.0);
            let keys = |tally: &BinTally| tally.bins.iter().map(|bin| bin.key).collect::<Vec<_>>();
            assert_eq!(keys(&binned), keys(&tally(&y, &score, limit, 170)));
        }
    }

    #[test]
    fn rows_of_any_part_that_stand_for_others_make_the_whole_a_sample() {
        let mut all = BinTally::new(9, WeightKind::Frequency);
        let sample = Scored::weighted(&[1.0, 0.0], &[0.2, 0.1], &[1.5, 2.5], WeightKind::Sampling);
        all.merge(BinTally::of(9, &sample.expect("legal")));
        assert_eq!(all.levels().totals().kind, WeightKind::Sampling);
    }

    #[test]
    fn few_distinct_scores_lose_nothing() {
        let (y, score) = rows(500);
        let score: Vec<f64> = score.iter().map(|s| s.round()).collect();
        let binned = tally(&y, &score, 64, 100);
        assert_eq!((binned.auc_error(), binned.score_error()), (Ok(0.0), 0.0));
        let exact = Ranked::new(&Scored::new(&y, &score).expect("legal"), 1).expect("two classes");
        let (mut a, mut b) = (Vec::new(), Vec::new());
        exact.each_block(&mut |levels| a.extend_from_slice(levels));
        binned.levels().each_block(&mut |levels| b.extend_from_slice(levels));
        assert_eq!(a, b);
        assert_eq!(auc(&exact, 0.9), auc(&binned.levels(), 0.9));
        assert_eq!(binned.range(), Some((b[b.len() - 1].score, b[0].score)));
    }
}
