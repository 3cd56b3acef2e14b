//! Levels in blocks of about 64, counted, so that any stretch of them can be reached, walked or drawn alone.
//!
//! The levels themselves stay where they are: a block is a mark to walk on from and the sums of what lies above it, less
//! than a byte a row.

use crate::crossing::Cell;
use crate::{Alike, Level, Levels, Mark, Totals, WeightKind};
use std::ops::Range;

/// Kinds of rows in a block; one level more where it has several.
const BLOCK: usize = 64;

/// What lies above a place between two levels; sums are of controls and cases.
#[derive(Debug, Clone, Copy)]
struct Above {
    mark: Mark,
    /// Number of levels.
    levels: usize,
    /// Score of the level that follows; `-inf` at the end.
    next: f64,
    count: [f64; 2],
    weight: [f64; 2],
}

/// Levels, the largest score first, in blocks.
pub(crate) struct Blocks<'a> {
    levels: &'a dyn Levels,
    /// Above each block, and above the end `[blocks + 1]`.
    above: Vec<Above>,
    lowest: f64,
    /// Weights of sampling of the controls and cases by falling score, one a row; empty for rows that count.
    weights: [Vec<f64>; 2],
}

impl<'a> Blocks<'a> {
    pub(crate) fn new(levels: &'a dyn Levels) -> Self {
        let (mut above, mut lowest) = (Vec::new(), f64::INFINITY);
        let sampled = levels.totals().kind == WeightKind::Sampling;
        let mut weights = [Vec::new(), Vec::new()];
        let mut at = Above {
            mark: Mark::default(),
            levels: 0,
            next: f64::NEG_INFINITY,
            count: [0.0; 2],
            weight: [0.0; 2],
        };
        loop {
            let start = above.len();
            above.push(at);
            let mut first = None;
            at.mark = levels.visit_alike(at.mark, BLOCK, &mut |rows| {
                first.get_or_insert(rows.score);
                at.levels += usize::from(rows.score != lowest);
                lowest = rows.score;
                let class = usize::from(rows.case);
                at.count[class] += rows.count;
                at.weight[class] += rows.count * rows.weight;
                if sampled {
                    weights[class].push(rows.weight);
                }
            });
            let Some(first) = first else {
                return Self { levels, above, lowest, weights };
            };
            above[start].next = first;
        }
    }

    /// Number of blocks.
    pub(crate) fn len(&self) -> usize {
        self.above.len() - 1
    }

    /// Number of levels.
    pub(crate) fn n_levels(&self) -> usize {
        self.above[self.len()].levels
    }

    pub(crate) fn totals(&self) -> Totals {
        self.levels.totals()
    }

    /// Smallest and largest score.
    pub(crate) fn range(&self) -> (f64, f64) {
        (self.lowest, self.above[0].next)
    }

    /// Whether every score lies in 0 to 1.
    pub(crate) fn are_probabilities(&self) -> bool {
        self.lowest >= 0.0 && self.above[0].next <= 1.0
    }

    /// Rows of a class in a range of blocks.
    pub(crate) fn count(&self, blocks: Range<usize>, class: usize) -> f64 {
        self.above[blocks.end].count[class] - self.above[blocks.start].count[class]
    }

    /// Weights of sampling of a block's rows of a class, in the order of [`Blocks::alike`].
    pub(crate) fn weights(&self, block: usize, class: usize) -> &[f64] {
        let [from, to] = [block, block + 1].map(|at| self.above[at].count[class] as usize);
        &self.weights[class][from..to]
    }

    /// The rows of a block.
    pub(crate) fn alike(&self, block: usize, mut each: impl FnMut(Alike)) {
        self.levels.visit_alike(self.above[block].mark, BLOCK, &mut each);
    }

    /// The block in which scores pass to `threshold` or below; the last one where none does.
    pub(crate) fn passed_in(&self, threshold: f64) -> usize {
        self.above[..self.len()].partition_point(|block| block.next > threshold).saturating_sub(1)
    }

    /// Weight of the controls and cases whose score is above a threshold.
    pub(crate) fn flagged(&self, threshold: f64) -> [f64; 2] {
        let block = self.passed_in(threshold);
        let mut sums = self.above[block].weight;
        self.alike(block, |rows| {
            if rows.score > threshold {
                sums[usize::from(rows.case)] += rows.count * rows.weight;
            }
        });
        sums
    }

    /// The levels of a block, by rising score.
    fn rising(&self, block: usize, out: &mut Vec<Level>) {
        out.clear();
        self.alike(block, |rows| {
            if out.last().is_none_or(|last| last.score != rows.score) {
                let score = rows.score;
                out.push(Level { score, cases: 0.0, controls: 0.0, cases_sq: 0.0, controls_sq: 0.0 });
            }
            let level = out.last_mut().expect("one was pushed");
            let (sum, squares) = match rows.case {
                true => (&mut level.cases, &mut level.cases_sq),
                false => (&mut level.controls, &mut level.controls_sq),
            };
            *sum += rows.count * rows.weight;
            *squares += rows.count * rows.weight * rows.weight;
        });
        out.reverse();
    }

    /// Hands over all levels, block by block: each by rising score, and the blocks too if asked.
    pub(crate) fn each_block(&self, blocks_rise: bool, mut each: impl FnMut(&[Level])) {
        let mut levels = Vec::new();
        for step in 0..self.len() {
            self.rising(if blocks_rise { self.len() - 1 - step } else { step }, &mut levels);
            each(&levels);
        }
    }

    /// Some levels by their number from the smallest score, and what lies below each.
    pub(crate) fn between(&self, levels: Range<usize>) -> Vec<Level> {
        let (mut out, mut of_block) = (Vec::new(), Vec::new());
        // Numbers from the largest score.
        let (first, last) = (self.n_levels() - levels.end, self.n_levels() - levels.start);
        let start = self.above.partition_point(|block| block.levels <= first).saturating_sub(1);
        for block in (start..self.len()).take_while(|block| self.above[*block].levels < last) {
            self.rising(block, &mut of_block);
            let falling = of_block.iter().rev().enumerate();
            let inside = |at: usize| (first..last).contains(&(self.above[block].levels + at));
            out.extend(falling.filter(|(at, _)| inside(*at)).map(|(_, level)| *level));
        }
        out.reverse();
        out
    }

    /// Score of a level by its number from the smallest; none behind the last.
    pub(crate) fn score(&self, level: usize) -> Option<f64> {
        (level < self.n_levels()).then(|| self.between(level..level + 1)[0].score)
    }

    /// Weight of all rows below a level by its number from the smallest.
    pub(crate) fn below(&self, level: usize) -> f64 {
        let from_top = self.n_levels() - level;
        let block = self.above.partition_point(|block| block.levels <= from_top).saturating_sub(1);
        let whole = self.above[block].weight;
        let rest = self.between(level..self.n_levels() - self.above[block].levels);
        let above = whole[0] + whole[1] + rest.iter().map(|l| Cell::of(l).total()).sum::<f64>();
        self.totals().total() - above
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Draws, Ranked, Scored};

    #[test]
    fn stretches_sums_and_places_are_those_of_the_whole_walk() {
        let mut draws = Draws::new(8, 0);
        let score: Vec<f64> = (0..3000).map(|_| (draws.uniform() * 900.0).floor().max(200.0)).collect();
        let y: Vec<f64> = (0..3000).map(|_| f64::from(u8::from(draws.uniform() < 0.3))).collect();
        let weight: Vec<f64> = (0..3000).map(|i| f64::from(i % 4)).collect();
        for kind in [WeightKind::Frequency, WeightKind::Sampling] {
            let data = Scored::weighted(&y, &score, &weight, kind).expect("legal");
            let ranked = Ranked::new(&data, 1).expect("two classes");
            let mut all = Vec::new();
            // Rows that count are drawn alike, each with a weight of one.
            let as_drawn = |l: Level| match kind {
                WeightKind::Frequency => Level { cases_sq: l.cases, controls_sq: l.controls, ..l },
                WeightKind::Sampling => l,
            };
            ranked.each_block(&mut |levels| all.extend(levels.iter().copied().map(as_drawn)));
            let blocks = Blocks::new(&ranked);
            assert_eq!((blocks.n_levels(), blocks.range()), (all.len(), (200.0, all[0].score)));
            let mut falling = Vec::new();
            blocks.each_block(false, |levels| falling.extend(levels.iter().rev().copied()));
            assert!(falling == all);
            all.reverse();
            for range in [0..all.len(), 0..1, 70..71, 60..500, all.len() - 1..all.len()] {
                assert!(blocks.between(range.clone()) == all[range.clone()], "{range:?}");
                assert_eq!(blocks.score(range.start), Some(all[range.start].score));
                let below: f64 = all[..range.start].iter().map(|l| l.cases + l.controls).sum();
                assert_eq!(blocks.below(range.start), below);
                let t = all[range.start].score;
                let flagged = |of: fn(&Level) -> f64| all[range.start + 1..].iter().map(of).sum::<f64>();
                assert_eq!(blocks.flagged(t), [flagged(|l| l.controls), flagged(|l| l.cases)]);
            }
            assert_eq!(blocks.score(all.len()), None);
            assert_eq!(blocks.flagged(f64::INFINITY), [0.0; 2]);
            assert_eq!(blocks.flagged(f64::NEG_INFINITY), [ranked.totals().controls, ranked.totals().cases]);
        }
    }
}
