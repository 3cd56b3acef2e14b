//! One sort of the scores, from which every curve and area follows.
//!
//! Cases and controls are sorted apart as order-preserving integers (8 bytes a row, 16 with weights), so no label
//! travels with the key and the two runs are merged when they are read. Rows first go to buckets by a monotone
//! map of the score, each thread filling and sorting its own range of buckets: the answer does not depend on the
//! number of threads. Readers see `Level`s: one distinct score, falling, with the weight of its cases and controls.

use crate::{DecideError, Scored, WeightKind};
use std::thread;

/// One distinct score and the rows that have it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Level {
    /// The score.
    pub score: f64,
    /// Weight of the cases, and of the controls.
    pub cases: f64,
    /// Weight of the controls.
    pub controls: f64,
    /// Sum of squared weights of the cases, for variances under sampling weights.
    pub cases_sq: f64,
    /// Sum of squared weights of the controls.
    pub controls_sq: f64,
}

/// Rows of one score, class and weight, which are drawn alike.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Alike {
    /// The score.
    pub score: f64,
    /// The class.
    pub case: bool,
    /// How many rows there are.
    pub count: f64,
    /// What each of them weighs.
    pub weight: f64,
}

/// Where a walk over levels was left: what has been handed over of either class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Mark {
    cases: usize,
    controls: usize,
}

impl Mark {
    /// Behind so many levels of a list.
    pub(crate) fn behind(levels: usize) -> Self {
        Self { cases: levels, controls: 0 }
    }

    pub(crate) fn levels(self) -> usize {
        self.cases
    }
}

/// Scores by level, from the largest down: exact (`Ranked`) or from bins (`LevelList`).
///
/// Levels come in blocks, so that one call for many of them costs nothing and what reads them is compiled once.
pub trait Levels: Sync {
    /// Hands over all levels in blocks of any length, the largest score first.
    fn each_block(&self, each: &mut dyn FnMut(&[Level]));
    /// Hands over the rows of whole levels from a mark on, until there are `most` kinds of them or more. Returns where
    /// it stopped; the same mark where nothing is left.
    fn visit_alike(&self, from: Mark, most: usize, each: &mut dyn FnMut(Alike)) -> Mark;
    /// Totals and kinds of what is visited.
    fn totals(&self) -> Totals;
}

impl dyn Levels + '_ {
    /// Hands over every level, the largest score first.
    #[inline(always)]
    pub fn visit(&self, mut each: impl FnMut(Level)) {
        self.each_block(&mut |levels| levels.iter().for_each(|level| each(*level)));
    }
}

/// Sizes of the two classes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Totals {
    /// Weight of all cases.
    pub cases: f64,
    /// Weight of all controls.
    pub controls: f64,
    /// Rows that are cases.
    pub n_cases: usize,
    /// Rows that are controls.
    pub n_controls: usize,
    /// Whether every row weighs 1, so that all sums are whole numbers.
    pub unit: bool,
    /// What the weights mean.
    pub kind: WeightKind,
}

impl Totals {
    /// Weight of all rows.
    pub fn total(&self) -> f64 {
        self.cases + self.controls
    }
}

/// Sorted scores of cases and controls.
#[derive(Debug, Clone)]
pub struct Ranked {
    totals: Totals,
    runs: Runs,
}

#[derive(Debug, Clone)]
enum Runs {
    /// Ordered bits of the scores, rising.
    Unit { cases: Vec<u64>, controls: Vec<u64> },
    /// The same, each with the bits of its (positive) weight: ties in a fixed order, so sums have the same bits.
    Weighted { cases: Vec<(u64, u64)>, controls: Vec<(u64, u64)> },
}

impl Ranked {
    /// Sorts the scores on `threads` threads (at least 1).
    ///
    /// # Errors
    /// `OneClass`: a rank comparison needs cases and controls.
    pub fn new(data: &Scored<'_>, threads: usize) -> Result<Self, DecideError> {
        data.need_both_classes()?;
        Ok(Self::of_any(data, threads))
    }

    /// Sorts scores that may be of cases or controls alone: enough for mean scores and reliability, not for areas.
    pub fn of_any(data: &Scored<'_>, threads: usize) -> Self {
        let (_, _, weight) = data.columns();
        let runs = match weight {
            None => {
                let [controls, cases] = sort(data, threads, |s, _| ordered(s));
                Runs::Unit { cases, controls }
            }
            Some(_) => {
                let [controls, cases] = sort(data, threads, |s, w| (ordered(s), w.to_bits()));
                Runs::Weighted { cases, controls }
            }
        };
        let totals = Totals {
            cases: data.cases(),
            controls: data.controls(),
            n_cases: data.n_cases(),
            n_controls: data.n_controls(),
            unit: weight.is_none(),
            kind: data.kind(),
        };
        Self { totals, runs }
    }
}

impl Levels for Ranked {
    fn each_block(&self, each: &mut dyn FnMut(&[Level])) {
        match &self.runs {
            Runs::Unit { cases, controls } => merge(cases, controls, each),
            Runs::Weighted { cases, controls } => merge(cases, controls, each),
        }
    }

    fn visit_alike(&self, from: Mark, most: usize, each: &mut dyn FnMut(Alike)) -> Mark {
        match &self.runs {
            Runs::Unit { cases, controls } => alike(cases, controls, self.totals.kind, (from, most), each),
            Runs::Weighted { cases, controls } => {
                alike(cases, controls, self.totals.kind, (from, most), each)
            }
        }
    }

    fn totals(&self) -> Totals {
        self.totals
    }
}

/// A sorted row: its key and its weight.
trait Entry: Copy + Ord + Default + Send + Sync {
    fn key(self) -> u64;
    fn weight(self) -> f64;
    /// Sum of the weights.
    fn total(rows: &[Self]) -> f64 {
        rows.iter().map(|row| row.weight()).sum()
    }
}

impl Entry for u64 {
    #[inline(always)]
    fn key(self) -> u64 {
        self
    }
    #[inline(always)]
    fn weight(self) -> f64 {
        1.0
    }
    fn total(rows: &[Self]) -> f64 {
        rows.len() as f64
    }
}

impl Entry for (u64, u64) {
    #[inline(always)]
    fn key(self) -> u64 {
        self.0
    }
    #[inline(always)]
    fn weight(self) -> f64 {
        f64::from_bits(self.1)
    }
}

/// Levels that are handed over at once.
const BLOCK: usize = 256;

fn merge<T: Entry>(cases: &[T], controls: &[T], each: &mut dyn FnMut(&[Level])) {
    let mut block = Vec::with_capacity(BLOCK);
    let (mut i, mut j) = (cases.len(), controls.len());
    while i > 0 || j > 0 {
        let a = if i > 0 { cases[i - 1].key() } else { 0 };
        let b = if j > 0 { controls[j - 1].key() } else { 0 };
        let key = a.max(b);
        let (case, case_sq) = take(cases, &mut i, key);
        let (control, control_sq) = take(controls, &mut j, key);
        block.push(Level {
            score: from_ordered(key),
            cases: case,
            controls: control,
            cases_sq: case_sq,
            controls_sq: control_sq,
        });
        if block.len() == BLOCK {
            each(&block);
            block.clear();
        }
    }
    each(&block);
}

/// Takes the rows of a score off a run: their weights, and the squares of these.
#[inline(always)]
fn take<T: Entry>(run: &[T], end: &mut usize, key: u64) -> (f64, f64) {
    let has = |end: usize| end > 0 && run[end - 1].key() == key;
    // Which run has the next score is as good as drawn: the first row is taken without a branch on it.
    let first = usize::from(has(*end));
    *end -= first;
    let mut sum = run.get(*end).map_or(0.0, |row| row.weight()) * first as f64;
    let mut squares = sum * sum;
    while has(*end) {
        *end -= 1;
        let w = run[*end].weight();
        sum += w;
        squares += w * w;
    }
    (sum, squares)
}

fn alike<T: Entry>(
    cases: &[T],
    controls: &[T],
    kind: WeightKind,
    (from, most): (Mark, usize),
    each: &mut dyn FnMut(Alike),
) -> Mark {
    let (mut i, mut j) = (cases.len() - from.cases, controls.len() - from.controls);
    let mut seen = 0;
    while seen < most && (i > 0 || j > 0) {
        let a = if i > 0 { cases[i - 1].key() } else { 0 };
        let b = if j > 0 { controls[j - 1].key() } else { 0 };
        let key = a.max(b);
        for (run, end, case) in [(cases, &mut i, true), (controls, &mut j, false)] {
            let rows = &run[tied(run, *end, key)..*end];
            *end -= rows.len();
            let score = from_ordered(key);
            match kind {
                WeightKind::Sampling => {
                    seen += rows.len();
                    let row = |row: &T| Alike { score, case, count: 1.0, weight: row.weight() };
                    rows.iter().rev().for_each(|entry| each(row(entry)));
                }
                WeightKind::Frequency if !rows.is_empty() => {
                    seen += 1;
                    each(Alike { score, case, count: T::total(rows), weight: 1.0 });
                }
                WeightKind::Frequency => {}
            }
        }
    }
    Mark { cases: cases.len() - i, controls: controls.len() - j }
}

/// Where the rows of the largest key begin, if that is `key`; few are looked for one by one.
fn tied<T: Entry>(run: &[T], end: usize, key: u64) -> usize {
    let near = run[..end].iter().rev().take(8).take_while(|row| row.key() == key).count();
    if near < 8 { end - near } else { run[..end].partition_point(|row| row.key() < key) }
}

/// Finite scores as integers in the same order; -0 and 0 are one. Never 0, so 0 can mean "none left".
#[inline(always)]
pub(crate) fn ordered(score: f64) -> u64 {
    let bits = (score + 0.0).to_bits();
    if bits >> 63 == 1 { !bits } else { bits | 1 << 63 }
}

#[inline(always)]
fn from_ordered(key: u64) -> f64 {
    f64::from_bits(if key >> 63 == 1 { key & !(1 << 63) } else { !key })
}

/// Buckets on each side of zero. More would thrash the store buffers, fewer would leave long sorts.
const HALF: usize = 1024;

/// Monotone in `score`: `1 - s / (|score| + s)` is made of monotone steps, each rounded monotonically.
#[inline(always)]
fn bucket(score: f64, scale: f64) -> usize {
    let place = ((1.0 - scale / (score.abs() + scale)) * HALF as f64) as usize;
    let place = place.min(HALF - 1);
    if score < 0.0 { HALF - 1 - place } else { HALF + place }
}

type Histogram = [Vec<usize>; 2];

fn sort<T: Entry>(
    data: &Scored<'_>,
    threads: usize,
    make: impl Fn(f64, f64) -> T + Send + Sync + Copy,
) -> [Vec<T>; 2] {
    let mut runs = [vec![T::default(); data.n_controls()], vec![T::default(); data.n_cases()]];
    let scale = if data.mean_size() > 0.0 { data.mean_size() } else { 1.0 };
    if data.len() < 1 << 15 {
        let mut end = [0; 2];
        for (_, case, score, w) in data.rows() {
            let class = usize::from(case);
            runs[class][end[class]] = make(score, w);
            end[class] += 1;
        }
        runs.iter_mut().for_each(|run| run.sort_unstable());
        return runs;
    }
    let counts = histogram(data, scale, threads.max(1));
    let [controls, cases] = &mut runs;
    let mut rest = (controls.as_mut_slice(), cases.as_mut_slice());
    thread::scope(|scope| {
        for range in shares(&counts, threads.max(1)) {
            let sizes = [0, 1].map(|class| counts[class][range.clone()].iter().sum::<usize>());
            let (mine0, others0) = rest.0.split_at_mut(sizes[0]);
            let (mine1, others1) = rest.1.split_at_mut(sizes[1]);
            rest = (others0, others1);
            let counts = &counts;
            scope.spawn(move || fill(data, scale, counts, range, [mine0, mine1], make));
        }
    });
    runs
}

/// Rows of each class in each bucket.
fn histogram(data: &Scored<'_>, scale: f64, threads: usize) -> Histogram {
    let (y, scores, weight) = data.columns();
    let step = y.len().div_ceil(threads);
    let count = |from: usize| {
        let mut counts: Histogram = [vec![0; 2 * HALF], vec![0; 2 * HALF]];
        for row in from..(from + step).min(y.len()) {
            if weight.is_none_or(|w| w[row] != 0.0) {
                counts[y[row] as usize][bucket(scores[row], scale)] += 1;
            }
        }
        counts
    };
    let mut total: Histogram = [vec![0; 2 * HALF], vec![0; 2 * HALF]];
    thread::scope(|scope| {
        let parts: Vec<_> = (0..y.len()).step_by(step).map(|from| scope.spawn(move || count(from))).collect();
        for part in parts {
            let part = part.join().expect("counting rows cannot panic: y is 0 or 1 and buckets are bounded");
            for class in 0..2 {
                total[class].iter_mut().zip(&part[class]).for_each(|(t, c)| *t += c);
            }
        }
    });
    total
}

/// Ranges of buckets with about the same number of rows, one a thread.
fn shares(counts: &Histogram, threads: usize) -> Vec<std::ops::Range<usize>> {
    let rows: usize = counts.iter().flatten().sum();
    let mut ends = Vec::with_capacity(threads);
    let mut seen = 0;
    for b in 0..2 * HALF {
        seen += counts[0][b] + counts[1][b];
        if seen * threads >= rows * (ends.len() + 1) && ends.len() + 1 < threads {
            ends.push(b + 1);
        }
    }
    ends.push(2 * HALF);
    let starts = std::iter::once(0).chain(ends.clone());
    starts.zip(ends.iter()).map(|(start, &end)| start..end).collect()
}

/// Scatters the rows of the buckets in `range` to `runs` (controls, cases) and sorts each bucket.
fn fill<T: Entry>(
    data: &Scored<'_>,
    scale: f64,
    counts: &Histogram,
    range: std::ops::Range<usize>,
    runs: [&mut [T]; 2],
    make: impl Fn(f64, f64) -> T,
) {
    let (y, scores, weight) = data.columns();
    let mut next: Histogram = [0, 1].map(|class| {
        let mut sum = 0;
        let start = |c: &usize| {
            sum += c;
            sum - c
        };
        counts[class][range.clone()].iter().map(start).collect()
    });
    let [controls, cases] = runs;
    for row in 0..y.len() {
        let w = weight.map_or(1.0, |w| w[row]);
        let b = bucket(scores[row], scale).wrapping_sub(range.start);
        if b >= range.len() || w == 0.0 {
            continue;
        }
        let class = y[row] as usize;
        let run = if class == 1 { &mut *cases } else { &mut *controls };
        let place = &mut next[class][b];
        run[*place] = make(scores[row], w);
        *place += 1;
    }
    for (run, next) in [controls, cases].into_iter().zip(&next) {
        let mut start = 0;
        for &end in next {
            run[start..end].sort_unstable();
            start = end;
        }
    }
}

/// Row numbers by rising value, ties in row order.
pub fn rising_rows(value: &[f64]) -> Vec<u32> {
    let mut order: Vec<u32> = (0..value.len() as u32).collect();
    order.sort_unstable_by_key(|&row| (ordered(value[row as usize]), row));
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw::Draws;

    fn levels(data: &Scored<'_>, threads: usize) -> Vec<Level> {
        let mut all = Vec::new();
        let ranked = Ranked::new(data, threads).expect("two classes");
        ranked.each_block(&mut |levels| all.extend_from_slice(levels));
        all
    }

    #[test]
    fn integers_keep_the_order_of_the_scores_and_know_one_zero() {
        let rising = [-f64::MAX, -1.0, -f64::MIN_POSITIVE, 0.0, 5e-324, 0.1, 1.0, f64::MAX];
        assert!(rising.windows(2).all(|w| ordered(w[0]) < ordered(w[1])));
        assert!(rising.iter().all(|&x| from_ordered(ordered(x)) == x));
        assert_eq!(ordered(0.0), ordered(-0.0));
    }

    #[test]
    fn buckets_rise_with_the_score() {
        let mut draws = Draws::new(1, 0);
        for scale in [1e-3, 1.0, 70.0] {
            for _ in 0..2000 {
                let x = (draws.uniform() - 0.5) * 8.0 * scale;
                let up = f64::from_bits(if x > 0.0 { x.to_bits() + 1 } else { x.to_bits() - 1 });
                assert!(bucket(x, scale) <= bucket(up, scale));
            }
            assert!(bucket(f64::MAX, scale) < 2 * HALF);
        }
    }

    #[test]
    fn many_rows_by_buckets_are_the_same_levels_on_any_number_of_threads() {
        let n = 70_000;
        let mut draws = Draws::new(2, 0);
        let score: Vec<f64> = (0..n).map(|_| ((draws.uniform() - 0.3) * 1e4).round() / 1e3).collect();
        let y: Vec<f64> = (0..n).map(|_| f64::from(draws.uniform() < 0.3)).collect();
        let weight: Vec<f64> = (0..n).map(|_| (draws.uniform() * 3.0).floor()).collect();
        let data = Scored::weighted(&y, &score, &weight, WeightKind::Frequency).expect("legal");
        let one = levels(&data, 1);
        assert!(one.windows(2).all(|w| w[0].score > w[1].score));
        assert_eq!(one, levels(&data, 2));
        assert_eq!(one, levels(&data, 7));
        for level in one.iter().step_by(997) {
            let sum = |class: f64| -> f64 {
                (0..n).filter(|&i| score[i] == level.score && y[i] == class).map(|i| weight[i]).sum()
            };
            assert_eq!((level.cases, level.controls), (sum(1.0), sum(0.0)));
        }
    }
}
