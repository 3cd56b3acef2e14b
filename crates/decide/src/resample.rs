//! Bootstrap of scored rows: the sort is done once, a replicate only recounts the levels.
//!
//! Rows are drawn with replacement over both classes; frequency weights are drawn as so many rows, sampling weights
//! travel with their row. Replicate r is a function of the seed and r alone, so threads change nothing. A replicate
//! without cases or controls has no ranks and is left out; `Replicates::left_out` says how many.

use crate::draw::Draws;
use crate::level_list::LevelList;
use crate::order::rising_rows;
use crate::{DecideError, Level, Scored, Totals, WeightKind};
use std::thread;

/// How to resample.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bootstrap {
    /// Number of resamples.
    pub replicates: usize,
    /// Of the draws.
    pub seed: u64,
    /// At least 1; the answer does not depend on it.
    pub threads: usize,
}

impl Default for Bootstrap {
    fn default() -> Self {
        Self { replicates: 999, seed: 1, threads: 1 }
    }
}

/// Rows that can be drawn again and again.
#[derive(Debug)]
pub struct Resampler {
    /// Distinct scores, falling, without counts.
    empty: Vec<Level>,
    /// Level and class (in the lowest bit) of each row.
    place: Vec<u64>,
    weight: Vec<f64>,
    /// Running sum of frequency weights; empty where rows are drawn alike.
    cumulative: Vec<f64>,
    kind: WeightKind,
}

/// What the replicates gave, in their order.
#[derive(Debug, Clone)]
pub struct Replicates<T> {
    /// One value for each replicate that had both classes.
    pub values: Vec<T>,
    /// Replicates with one class only, or where the figure does not exist.
    pub left_out: usize,
}

impl Resampler {
    /// Sorts once.
    ///
    /// # Errors
    /// `OneClass`.
    pub fn new(data: &Scored<'_>) -> Result<Self, DecideError> {
        data.need_both_classes()?;
        let (_, scores, weights) = data.columns();
        let mut resampler = Self {
            empty: Vec::new(),
            place: Vec::new(),
            weight: Vec::new(),
            cumulative: Vec::new(),
            kind: data.kind(),
        };
        for &row in rising_rows(scores).iter().rev() {
            let (row, score) = (row as usize, scores[row as usize]);
            let w = data.weight_of(row);
            if w == 0.0 {
                continue;
            }
            if resampler.empty.last().is_none_or(|last| last.score != score) {
                resampler.empty.push(Level {
                    score,
                    cases: 0.0,
                    controls: 0.0,
                    cases_sq: 0.0,
                    controls_sq: 0.0,
                });
            }
            let case = data.columns().0[row] == 1.0;
            resampler.place.push((resampler.empty.len() as u64 - 1) << 1 | u64::from(case));
            resampler.weight.push(w);
        }
        if weights.is_some() && data.kind() == WeightKind::Frequency {
            let mut sum = 0.0;
            resampler.cumulative.extend(resampler.weight.iter().map(|w| {
                sum += w;
                sum
            }));
        }
        Ok(resampler)
    }

    /// Levels whose weights are counts of rows.
    ///
    /// # Errors
    /// `OneClass`.
    pub fn of_counts(list: &LevelList) -> Result<Self, DecideError> {
        let mut resampler = Self {
            empty: Vec::new(),
            place: Vec::new(),
            weight: Vec::new(),
            cumulative: Vec::new(),
            kind: list.totals.kind,
        };
        list.need_both_classes()?;
        let mut sum = 0.0;
        for (at, level) in list.levels.iter().enumerate() {
            resampler.empty.push(Level {
                cases: 0.0,
                controls: 0.0,
                cases_sq: 0.0,
                controls_sq: 0.0,
                ..*level
            });
            for (class, count) in [level.controls, level.cases].into_iter().enumerate() {
                if count > 0.0 {
                    sum += count;
                    resampler.place.push((at as u64) << 1 | class as u64);
                    resampler.weight.push(count);
                    resampler.cumulative.push(sum);
                }
            }
        }
        Ok(resampler)
    }

    /// One resample; none if it has one class only.
    pub fn draw(&self, seed: u64, replicate: u64) -> Option<LevelList> {
        let mut draws = Draws::new(seed, replicate);
        let mut levels = self.empty.clone();
        let (mut totals, mut rows) = ([0.0; 2], [0; 2]);
        let draw_by_weight = self.cumulative.last().map(|&total| total as usize);
        for _ in 0..draw_by_weight.unwrap_or(self.place.len()) {
            let (row, w) = match draw_by_weight {
                None => {
                    let row = draws.below(self.place.len());
                    (row, self.weight[row])
                }
                Some(total) => {
                    let unit = draws.below(total) as f64;
                    (self.cumulative.partition_point(|&c| c <= unit), 1.0)
                }
            };
            let (level, class) = ((self.place[row] >> 1) as usize, (self.place[row] & 1) as usize);
            let level = &mut levels[level];
            let (sum, square) = if class == 1 {
                (&mut level.cases, &mut level.cases_sq)
            } else {
                (&mut level.controls, &mut level.controls_sq)
            };
            *sum += w;
            *square += w * w;
            totals[class] += w;
            rows[class] += 1;
        }
        let unit = draw_by_weight.is_some() || self.weight.iter().all(|&w| w == 1.0);
        (rows[0] > 0 && rows[1] > 0).then(|| LevelList {
            levels,
            totals: Totals {
                cases: totals[1],
                controls: totals[0],
                n_cases: rows[1],
                n_controls: rows[0],
                unit,
                kind: self.kind,
            },
        })
    }

    /// A figure over all replicates.
    pub fn each<T: Send>(
        &self,
        plan: Bootstrap,
        figure: impl Fn(&LevelList) -> Option<T> + Sync,
    ) -> Replicates<T> {
        over_replicates(plan, |r| self.draw(plan.seed, r).and_then(|levels| figure(&levels)))
    }
}

/// Runs `one` for every replicate number, on threads by contiguous shares, and keeps the order.
pub fn over_replicates<T: Send>(plan: Bootstrap, one: impl Fn(u64) -> Option<T> + Sync) -> Replicates<T> {
    let step = plan.replicates.div_ceil(plan.threads.max(1)).max(1);
    let one = &one;
    let mut values = Vec::with_capacity(plan.replicates);
    thread::scope(|scope| {
        let run = |from: usize| {
            let to = (from + step).min(plan.replicates);
            scope.spawn(move || (from..to).map(|r| one(r as u64)).collect::<Vec<_>>())
        };
        let parts: Vec<_> = (0..plan.replicates).step_by(step).map(run).collect();
        for part in parts {
            // A panic in a figure is our own bug: hand it on.
            values.extend(part.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
    });
    let all = values.len();
    let values: Vec<T> = values.into_iter().flatten().collect();
    Replicates { left_out: all - values.len(), values }
}

/// The equal-tailed interval of replicate values: order statistics number (B + 1) (1 -+ level) / 2.
pub fn percentile_interval(mut values: Vec<f64>, level: f64) -> Option<(f64, f64)> {
    if values.is_empty() {
        return None;
    }
    values.sort_unstable_by(f64::total_cmp);
    let tail = (1.0 - level) / 2.0;
    let last = values.len() - 1;
    let low = ((values.len() + 1) as f64 * tail).floor() as usize;
    let low = low.saturating_sub(1).min(last);
    Some((values[low], values[last - low]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Levels;

    #[test]
    fn a_replicate_has_as_many_rows_and_is_the_same_on_any_thread() {
        let y = [1.0, 0.0, 1.0, 0.0, 0.0];
        let s = [0.9, 0.8, 0.5, 0.5, 0.1];
        let w = [2.0, 1.0, 0.0, 3.0, 1.0];
        let data = Scored::weighted(&y, &s, &w, WeightKind::Frequency).expect("legal");
        let resampler = Resampler::new(&data).expect("two classes");
        let figure = |threads| {
            let plan = Bootstrap { replicates: 50, seed: 4, threads };
            resampler.each(plan, |levels| Some((levels.totals().total(), levels.totals().cases))).values
        };
        let one = figure(1);
        assert_eq!(one, figure(3));
        assert!(one.iter().all(|&(total, _)| total == 7.0));
        assert!(one.iter().any(|&(_, cases)| cases != one[0].1));
    }

    #[test]
    fn the_interval_takes_the_order_statistics_of_the_usual_rule() {
        let values = (1..=999).rev().map(f64::from).collect();
        assert_eq!(percentile_interval(values, 0.95), Some((25.0, 975.0)));
    }
}
