//! Rows drawn again with replacement, of which only those are drawn that a cut depends on.
//!
//! Rows are drawn over both classes; frequency weights are drawn as so many rows, sampling weights travel with their row.
//! How many of the draws fall among the cases, and of those how many into each half of the scores, each quarter, ..,
//! follows a binomial law given what was found before, so any part of a resample can be drawn without the rest, by the
//! law of the whole. A cut of a stretch of scores flags no more than all its cases and no fewer than the controls above
//! it: stretches that cannot hold the best cut stay undrawn, and a resample of millions of rows costs some hundred draws.
//! Weights of sampling that fall on a stretch are known when its rows are, so there all rows are drawn.
//!
//! What a stretch gets is a function of the seed, the replicate and its place, so nothing depends on what is asked first
//! or on threads. A replicate without cases or controls has no ranks and is left out.

use crate::binomial::binomial;
use crate::blocks::Blocks;
use crate::confusion::Confusion;
use crate::cut::Cut;
use crate::threshold::{Best, Policy, ceiling, confusion, gain, within};
use crate::{Draws, Totals, WeightKind};

/// One resample.
pub(crate) struct Resampled<'a> {
    rows: &'a Blocks<'a>,
    /// Of the streams of its stretches.
    seed: u64,
    /// Draws among controls and cases.
    draws: [f64; 2],
    totals: Totals,
    /// Weights of sampling above each block, and of all; empty for rows that count `[blocks + 1]`.
    weights: Vec<[f64; 2]>,
}

/// Some blocks; sums are of controls and cases.
#[derive(Debug, Clone, Copy)]
struct Stretch {
    from: usize,
    to: usize,
    /// How many of the draws fell on it.
    draws: [f64; 2],
    /// Weight drawn above it, and above its end.
    above: [f64; 2],
    end: [f64; 2],
}

impl Stretch {
    fn is_block(&self) -> bool {
        self.to - self.from == 1
    }
}

fn flags([fp, tp]: [f64; 2]) -> Cut {
    Cut { lower: f64::NEG_INFINITY, upper: f64::INFINITY, tp, fp }
}

impl<'a> Resampled<'a> {
    /// Resample number `replicate`; none if it has one class only.
    pub(crate) fn new(rows: &'a Blocks<'a>, seed: u64, replicate: u64) -> Option<Self> {
        let mut first = Draws::new(seed, replicate);
        let all = [0, 1].map(|class| rows.count(0..rows.len(), class));
        let total = all[0] + all[1];
        let cases = binomial(&mut first, total, all[1], total);
        let draws = [total - cases, cases];
        if draws.contains(&0.0) {
            return None;
        }
        let kind = rows.totals().kind;
        let unit = kind == WeightKind::Frequency;
        let totals = Totals {
            cases,
            controls: draws[0],
            n_cases: cases as usize,
            n_controls: draws[0] as usize,
            unit,
            kind,
        };
        let mut drawn = Self { rows, seed: first.bits(), draws, totals, weights: Vec::new() };
        if !unit {
            let mut weights = vec![[0.0; 2]];
            drawn.weigh(drawn.whole(), &mut weights);
            [drawn.totals.controls, drawn.totals.cases] = weights[rows.len()];
            drawn.weights = weights;
        }
        Some(drawn)
    }

    fn whole(&self) -> Stretch {
        let end = [self.totals.controls, self.totals.cases];
        Stretch { from: 0, to: self.rows.len(), draws: self.draws, above: [0.0; 2], end }
    }

    /// Of the draws within a block.
    fn stream(&self, block: usize) -> Draws {
        Draws::new(self.seed, (self.rows.len() + block) as u64)
    }

    /// Two halves of a stretch of several blocks.
    fn halves(&self, of: Stretch) -> [Stretch; 2] {
        let middle = usize::midpoint(of.from, of.to);
        let mut stream = Draws::new(self.seed, middle as u64);
        let upper = [0, 1].map(|class| {
            let (part, whole) =
                (self.rows.count(of.from..middle, class), self.rows.count(of.from..of.to, class));
            binomial(&mut stream, of.draws[class], part, whole)
        });
        let between = match self.weights.get(middle) {
            Some(weight) => *weight,
            None => [of.above[0] + upper[0], of.above[1] + upper[1]],
        };
        let lower = [of.draws[0] - upper[0], of.draws[1] - upper[1]];
        [
            Stretch { to: middle, draws: upper, end: between, ..of },
            Stretch { from: middle, draws: lower, above: between, ..of },
        ]
    }

    /// Appends the weights above the end of each block.
    fn weigh(&self, of: Stretch, weights: &mut Vec<[f64; 2]>) {
        if !of.is_block() {
            for half in self.halves(of) {
                self.weigh(half, weights);
            }
            return;
        }
        let mut sums = *weights.last().expect("above the first block lies nothing");
        let mut stream = self.stream(of.from);
        for class in 0..2 {
            // The same draws as those of the block's kinds, which are single rows here.
            let rows = self.rows.weights(of.from, class);
            let drawn = (0..of.draws[class] as usize).map(|_| rows[stream.below(rows.len())]);
            sums[class] += drawn.sum::<f64>();
        }
        weights.push(sums);
    }

    /// Counts at a threshold.
    pub(crate) fn confusion(&self, threshold: f64) -> Confusion {
        let asked = self.rows.passed_in(threshold);
        let mut here = self.whole();
        while !here.is_block() {
            let [upper, lower] = self.halves(here);
            here = if asked < upper.to { upper } else { lower };
        }
        let mut block = Block::default();
        block.draw(self, here);
        let [mut fp, mut tp] = here.above;
        block.each(|score, [controls, cases]| {
            if score > threshold {
                (fp, tp) = (fp + controls, tp + cases);
            }
        });
        confusion(self.totals, tp, fp)
    }

    /// The best threshold; none where no cut is allowed.
    pub(crate) fn choose(&self, policy: Policy, probabilities: bool) -> Option<f64> {
        let mut search = Search {
            drawn: self,
            policy,
            most: f64::NEG_INFINITY,
            best: Best::default(),
            upper: f64::INFINITY,
            block: Block::default(),
            seen: Vec::new(),
        };
        let whole = self.whole();
        search.see(whole.above);
        search.see(whole.end);
        search.climb(whole);
        search.seen.sort_unstable_by_key(|(block, _)| *block);
        search.walk(whole);
        let end = Cut { upper: search.upper, ..flags(whole.end) };
        search.best.offer(gain(policy, end, self.totals), end);
        search.best.cut().map(|cut| within(cut, probabilities))
    }
}

/// The rows of one block, and how often each kind was drawn `[kinds]`.
#[derive(Debug, Default)]
struct Block {
    score: Vec<f64>,
    class: Vec<usize>,
    weight: Vec<f64>,
    drawn: Vec<f64>,
    /// Kinds of each class, and how many rows those up to each are.
    kinds: [Vec<usize>; 2],
    counts: [Vec<f64>; 2],
}

impl Block {
    fn draw(&mut self, resampled: &Resampled<'_>, of: Stretch) {
        let Self { score, class, weight, drawn, kinds, counts } = self;
        for column in [&mut *score, weight, drawn] {
            column.clear();
        }
        class.clear();
        kinds.iter_mut().for_each(Vec::clear);
        counts.iter_mut().for_each(Vec::clear);
        resampled.rows.alike(of.from, |rows| {
            let of_class = usize::from(rows.case);
            kinds[of_class].push(score.len());
            counts[of_class].push(counts[of_class].last().unwrap_or(&0.0) + rows.count);
            score.push(rows.score);
            class.push(of_class);
            weight.push(rows.weight);
        });
        drawn.resize(score.len(), 0.0);
        let mut stream = resampled.stream(of.from);
        for of_class in 0..2 {
            spread(&mut stream, of.draws[of_class], (&kinds[of_class], &counts[of_class]), drawn);
        }
    }

    /// Hands over the levels that were drawn: score, weight of controls and cases.
    #[inline(always)]
    fn each(&self, mut each: impl FnMut(f64, [f64; 2])) {
        let mut at = 0;
        while at < self.score.len() {
            let score = self.score[at];
            let mut sums = [0.0; 2];
            while at < self.score.len() && self.score[at] == score {
                sums[self.class[at]] += self.drawn[at] * self.weight[at];
                at += 1;
            }
            if sums != [0.0; 2] {
                each(score, sums);
            }
        }
    }
}

/// Adds draws to kinds of rows of one class; `counts` are running sums of their rows `[kinds]`.
fn spread(stream: &mut Draws, draws: f64, (kinds, counts): (&[usize], &[f64]), drawn: &mut [f64]) {
    let Some(&total) = counts.last() else { return };
    let single = total == kinds.len() as f64;
    if single || draws <= 8.0 * kinds.len() as f64 {
        for _ in 0..draws as usize {
            let row = stream.below(total as usize);
            let kind = if single { row } else { counts.partition_point(|count| *count <= row as f64) };
            drawn[kinds[kind]] += 1.0;
        }
        return;
    }
    let (mut left, mut before) = (draws, 0.0);
    for (kind, count) in kinds.iter().zip(counts) {
        let here = binomial(stream, left, count - before, total - before);
        drawn[*kind] += here;
        (left, before) = (left - here, *count);
    }
}

/// A search of the best cut.
struct Search<'a, 'b> {
    drawn: &'a Resampled<'b>,
    policy: Policy,
    /// The largest gain seen.
    most: f64,
    best: Best,
    /// Smallest score flagged so far in the walk.
    upper: f64,
    block: Block,
    /// Blocks that were drawn, and the largest gain in each.
    seen: Vec<(usize, f64)>,
}

impl Search<'_, '_> {
    fn see(&mut self, flagged: [f64; 2]) {
        self.most = self.most.max(self.gain(flagged));
    }

    fn gain(&self, flagged: [f64; 2]) -> f64 {
        gain(self.policy, flags(flagged), self.drawn.totals).unwrap_or(f64::NEG_INFINITY)
    }

    fn ceiling(&self, of: Stretch) -> Option<f64> {
        ceiling(self.policy, flags(of.above), flags(of.end), self.drawn.totals)
    }

    /// Finds the largest gain, the more promising half first.
    fn climb(&mut self, of: Stretch) {
        if self.ceiling(of).is_none_or(|gain| gain <= self.most) {
            return;
        }
        if of.is_block() {
            self.block.draw(self.drawn, of);
            let mut sums = of.above;
            let mut here = self.gain(sums);
            self.block.each(|_, drawn| {
                (0..2).for_each(|class| sums[class] += drawn[class]);
                here = here.max(self.gain(sums));
            });
            self.most = self.most.max(here);
            self.seen.push((of.from, here));
            return;
        }
        let [upper, lower] = self.drawn.halves(of);
        self.see(upper.end);
        let turned = self.ceiling(lower) > self.ceiling(upper);
        for half in if turned { [lower, upper] } else { [upper, lower] } {
            self.climb(half);
        }
    }

    /// Offers the cuts of all stretches that can have the largest gain, from the largest score down.
    fn walk(&mut self, of: Stretch) {
        if self.ceiling(of).is_none_or(|gain| gain < self.most) {
            self.best.skip();
            return;
        }
        if !of.is_block() {
            for half in self.drawn.halves(of) {
                self.walk(half);
            }
            return;
        }
        let seen = self.seen.binary_search_by_key(&of.from, |(block, _)| *block);
        if seen.is_ok_and(|at| self.seen[at].1 < self.most) {
            self.best.skip();
            return;
        }
        self.block.draw(self.drawn, of);
        let (policy, totals) = (self.policy, self.drawn.totals);
        let mut cut = Cut { upper: self.upper, ..flags(of.above) };
        self.block.each(|score, [controls, cases]| {
            self.best.offer(gain(policy, cut, totals), Cut { lower: score, ..cut });
            cut = Cut { upper: score, tp: cut.tp + cases, fp: cut.fp + controls, ..cut };
        });
        self.upper = cut.upper;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cost::Costs;
    use crate::level_list::LevelList;
    use crate::threshold::{choose, confusion_at};
    use crate::{Level, Ranked, Scored};

    const POLICIES: [Policy; 7] = [
        Policy::Cost { costs: Costs { miss: 3.0, alarm: 1.0, hit: 0.0, pass: 0.0 }, prevalence: None },
        Policy::Cost { costs: Costs { miss: 1.0, alarm: 1.0, hit: 0.0, pass: 0.0 }, prevalence: Some(0.1) },
        Policy::FBeta(1.5),
        Policy::Youden,
        Policy::Recall(0.8),
        Policy::Precision(0.4),
        Policy::Capacity(0.1),
    ];

    /// Labels, scores, and weights of which some are 0.
    fn rows(n: usize, distinct: f64, pull: f64) -> [Vec<f64>; 3] {
        let mut draws = Draws::new(31, n as u64);
        let score: Vec<f64> = (0..n).map(|_| (draws.uniform() * distinct).floor() / distinct).collect();
        let y = score.iter().map(|s| f64::from(u8::from(draws.uniform() < 0.2 + pull * s))).collect();
        let weight = (0..n).map(|_| (draws.uniform() * 5.0).floor()).collect();
        [y, score, weight]
    }

    /// All of a resample.
    fn listed(drawn: &Resampled<'_>) -> LevelList {
        fn collect(drawn: &Resampled<'_>, of: Stretch, levels: &mut Vec<Level>) {
            if !of.is_block() {
                return drawn.halves(of).into_iter().for_each(|half| collect(drawn, half, levels));
            }
            let mut block = Block::default();
            block.draw(drawn, of);
            block.each(|score, [controls, cases]| {
                levels.push(Level { score, cases, controls, cases_sq: cases, controls_sq: controls });
            });
        }
        let mut levels = Vec::new();
        collect(drawn, drawn.whole(), &mut levels);
        LevelList { levels, totals: drawn.totals }
    }

    #[test]
    fn the_best_cut_and_the_counts_are_those_of_the_whole_resample() {
        for (n, distinct, pull) in [(40, 9.0, 0.6), (3000, 1e9, 0.6), (3000, 1e9, 0.0), (3000, 500.0, 0.3)] {
            let [y, score, weight] = rows(n, distinct, pull);
            let weighted = |kind| Scored::weighted(&y, &score, &weight, kind).expect("legal");
            let plain = Scored::new(&y, &score).expect("legal");
            let kinds = [plain, weighted(WeightKind::Frequency), weighted(WeightKind::Sampling)];
            for data in kinds {
                let ranked = Ranked::new(&data, 1).expect("two classes");
                let blocks = Blocks::new(&ranked);
                for replicate in 0..20 {
                    let drawn = Resampled::new(&blocks, 7, replicate).expect("two classes");
                    let whole = listed(&drawn);
                    for policy in POLICIES {
                        let want = choose(&whole, policy).ok().map(|best| best.threshold);
                        assert_eq!(drawn.choose(policy, true), want, "{n} {policy:?}");
                        let at = want.unwrap_or(0.5);
                        let (found, want) = (drawn.confusion(at), confusion_at(&whole, at));
                        // Sums of weights in another order.
                        let apart = [found.tp - want.tp, found.fp - want.fp, found.missed - want.missed];
                        assert!(apart.iter().all(|apart| apart.abs() < 1e-9), "{n} {policy:?} {apart:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn rows_are_drawn_as_often_as_they_are_there_and_as_they_vary() {
        let (y, score) = ([1.0, 0.0, 1.0, 0.0, 0.0], [0.9, 0.8, 0.5, 0.5, 0.1]);
        let weight = [2.0, 1.0, 0.0, 3.0, 1.0];
        let data = Scored::weighted(&y, &score, &weight, WeightKind::Frequency).expect("legal");
        let ranked = Ranked::new(&data, 1).expect("two classes");
        let blocks = Blocks::new(&ranked);
        let total = 40_000;
        let mut sums = [[0.0; 2]; 4];
        let mut used = 0.0;
        for replicate in 0..total {
            // Replicates without a case, (5/7)^7 of them, have no ranks.
            let Some(drawn) = Resampled::new(&blocks, 1, replicate) else { continue };
            used += 1.0;
            let list = listed(&drawn);
            assert_eq!(list.totals.total(), 7.0);
            for level in &list.levels {
                let at = [0.9, 0.8, 0.5, 0.1].iter().position(|s| *s == level.score).expect("a score");
                let count = level.cases + level.controls;
                sums[at] = [sums[at][0] + count, sums[at][1] + count * count];
            }
        }
        let none = loglik_num::pow(5.0 / 7.0, 7.0);
        assert!((used / total as f64 - (1.0 - none)).abs() < 0.006, "{used}");
        // Binomial of 7 draws given at least one case: that case's level takes all of the condition.
        let mean = 2.0 / (1.0 - none);
        assert!((sums[0][0] / used - mean).abs() < 0.03, "{sums:?}");
        // Of the draws that are no case (five in seven), 1, 3 and 1 in five fall on the controls.
        for (at, part) in [(1, 1.0), (2, 3.0), (3, 1.0)] {
            assert!((sums[at][0] / used - (7.0 - mean) * part / 5.0).abs() < 0.03, "{sums:?}");
        }
        let square = sums[0][1] / used;
        let want = (7.0 * (2.0 / 7.0) * (5.0 / 7.0) + 4.0) / (1.0 - none);
        assert!((square - want).abs() < 0.15, "{square} {want}");
    }

    #[test]
    fn more_rows_than_can_be_drawn_one_by_one_spread_as_the_binomial_says() {
        let (y, score) = ([1.0, 0.0, 1.0, 0.0], [0.9, 0.8, 0.5, 0.1]);
        let weight = [2e12, 1e12, 3e12, 4e12];
        let data = Scored::weighted(&y, &score, &weight, WeightKind::Frequency).expect("legal");
        let ranked = Ranked::new(&data, 1).expect("two classes");
        let blocks = Blocks::new(&ranked);
        let z: Vec<f64> = (0..4000)
            .map(|replicate| {
                let drawn = Resampled::new(&blocks, 3, replicate).expect("two classes");
                // A fifth of 10^13 draws.
                (drawn.confusion(0.85).tp - 2e12) / (1e13 * 0.2 * 0.8_f64).sqrt()
            })
            .collect();
        let mean = z.iter().sum::<f64>() / 4000.0;
        let square = z.iter().map(|z| z * z).sum::<f64>() / 4000.0;
        // Four standard errors.
        assert!(mean.abs() < 0.064 && (square - 1.0).abs() < 0.09, "{mean} {square}");
    }
}
