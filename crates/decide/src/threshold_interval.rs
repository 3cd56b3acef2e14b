//! An interval of the threshold that would be best for all rows there could be: every cut that the rows do not refute.
//!
//! Cost, Youden and F-beta are best where the share of cases crosses one value, and a cut stays unless the likelihood
//! ratio of a crossing there (`crossing`) is too large. Too large is what labels drawn anew seldom reach: they follow
//! the logistic line of the scores, shifted to cross at that cut, so that a cut near the last rows is judged by the few
//! that there are. With many rows on both sides that is the published limit, from which no cut is judged more harshly.
//! A ratio that as many draws tie is counted half (Lancaster 1961, J. American Statistical Association 56, 223-234).
//! Recall, precision and capacity are quantiles, and their thresholds are resampled (`threshold_report`).

use crate::blocks::Blocks;
use crate::calibration::{OnLogit, logit};
use crate::crossing::{Cell, Held, Pools, ratio_at, ratios};
use crate::draw::Draws;
use crate::logistic;
use crate::resample::{Bootstrap, over_replicates};
use crate::threshold::{Choice, Policy};
use crate::walks::two_walks;
use crate::{Level, Totals, WeightKind};
use loglik_num::{Lane, log, normal_quantile, sigmoid};
use std::cell::OnceCell;

/// Rows on a side of a cut beyond which others do not matter to it.
const SIDE: f64 = 2048.0;

/// Rows that are drawn at most; one score of more is far from any limit of single rows.
const MOST: f64 = 16_384.0;

/// Quantiles of the limit at confidence levels, by 10^6 draws of 1,600 normal steps whose drift rises by 10^-3 a step;
/// chance and steps leave a hundredth (0.95: 2.269 in Groeneboom & Jongbloed 2014, Nonparametric Estimation under Shape
/// Constraints, ch. 9).
const LIMIT: [(f64, f64); 8] = [
    (0.5, 0.28),
    (0.8, 0.98),
    (0.9, 1.60),
    (0.95, 2.27),
    (0.98, 3.17),
    (0.99, 3.88),
    (0.995, 4.60),
    (0.999, 6.32),
];

/// Rows, and the share of cases above which flagging pays. Levels and cuts are numbered by rising score.
struct Asked<'a> {
    share: f64,
    rows: &'a Blocks<'a>,
    /// Whether rows can be drawn as they are counted.
    counted: bool,
    /// The logistic line of the scores, once it is needed.
    line: OnceCell<Line>,
}

/// The ends of the interval; none for policies that are quantiles.
pub(crate) fn interval(
    rows: &Blocks<'_>,
    (policy, best): (Policy, &Choice),
    level: f64,
    plan: Bootstrap,
) -> Option<(f64, f64)> {
    let totals = rows.totals();
    let share = crossing_share(policy, best, totals)?;
    let counted = totals.unit || totals.kind == WeightKind::Frequency;
    let ratios = refuted(rows, share, plan.threads);
    let asked = Asked { share, rows, counted, line: OnceCell::new() };
    let [low, high] = [false, true].map(|up| asked.end(&ratios, up, level, plan));
    let (least, most) =
        if rows.are_probabilities() { (0.0, 1.0) } else { (f64::NEG_INFINITY, f64::INFINITY) };
    // Even the smallest probability is flagged by no threshold in the range where it is 0.
    let below_all = if rows.range().0 <= least { f64::NEG_INFINITY } else { least };
    let low = low.checked_sub(1).and_then(|level| rows.score(level)).unwrap_or(below_all);
    Some((low, rows.score(high).unwrap_or(most)))
}

/// Likelihood ratios of all cuts                                                                 `[levels + 1]`
fn refuted(rows: &Blocks<'_>, share: f64, threads: usize) -> Vec<f64> {
    let totals = rows.totals();
    let walk = |up: bool| {
        let mut held = Held::new(if up { share } else { 1.0 - share });
        let mut out = Vec::with_capacity(rows.n_levels() + 1);
        let mut squares = 0.0;
        out.push(0.0);
        rows.each_block(up, |levels| {
            if up {
                held.take(levels.iter().map(Cell::of), &mut out);
                squares += levels
                    .iter()
                    .map(|level| {
                        (1.0 - share) * level.cases_sq / totals.cases
                            + share * level.controls_sq / totals.controls
                    })
                    .sum::<f64>();
            } else {
                held.take(levels.iter().rev().map(|level| Cell::of(level).exchanged()), &mut out);
            }
        });
        (out, held.free(), squares)
    };
    let ((below, free, squares), (above, ..)) = two_walks(threads, || walk(true), || walk(false));
    let mut ratios = ratios(below, &above, free);
    if totals.kind == WeightKind::Sampling {
        // How much wider the slope of the log-likelihood varies where the share is crossed.
        ratios.iter_mut().for_each(|ratio| *ratio /= squares);
    }
    ratios
}

/// The share of cases above which a row is worth flagging, with the weights of the data.
fn crossing_share(policy: Policy, best: &Choice, totals: Totals) -> Option<f64> {
    match policy {
        Policy::Cost { costs, prevalence } => {
            let rate = totals.cases / totals.total();
            costs.threshold(prevalence.map(|to| (rate, to))).ok()
        }
        Policy::Youden => Some(totals.cases / totals.total()),
        Policy::FBeta(beta) => Some(best.value / (1.0 + beta * beta)),
        Policy::Recall(_) | Policy::Precision(_) | Policy::Capacity(_) => None,
    }
}

/// The log odds of the share of cases, straight on logits of probabilities, else on normal scores of ranks.
struct Line {
    logits: bool,
    /// None where the rows are one side cases, one side controls.
    slope: Option<f64>,
}

impl Line {
    fn of(rows: &Blocks<'_>) -> Self {
        let (lowest, highest) = rows.range();
        let logits = rows.are_probabilities() && lowest > 0.0 && highest < 1.0;
        let fitted = if logits {
            logistic::fit([0.0, 0.0], OnLogit, &|each| rows.each_block(true, each))
        } else {
            let (mut places, mut total) = (Vec::with_capacity(rows.n_levels()), 0.0);
            rows.each_block(true, |levels| {
                places.extend(normal_scores(levels, total, rows.totals().total()));
                total += levels.iter().map(|level| Cell::of(level).total()).sum::<f64>();
            });
            logistic::fit([0.0, 0.0], OnPlace, &|each| {
                let (mut places, mut placed) = (places.iter(), Vec::new());
                rows.each_block(true, |levels| {
                    let at = |(level, place): (&Level, &f64)| Level { score: *place, ..*level };
                    placed.clear();
                    placed.extend(levels.iter().zip(&mut places).map(at));
                    each(&placed);
                });
            })
        };
        // A line that falls says that the score does not tell: the share is flat then.
        Self { logits, slope: fitted.map(|fit| fit.beta[1].max(0.0)) }
    }

    /// Places of some levels on it, those before the first weighing `below`.
    fn places(&self, levels: &[Level], below: f64, total: f64) -> Vec<f64> {
        if self.logits {
            return levels.iter().map(|level| logit(level.score)).collect();
        }
        normal_scores(levels, below, total)
    }
}

/// Normal quantiles of the shares of the weight below the middle of each level.
fn normal_scores(levels: &[Level], mut below: f64, total: f64) -> Vec<f64> {
    let mid = |level: &Level| {
        let here = Cell::of(level).total();
        below += here;
        normal_quantile((below - 0.5 * here) / total)
    };
    levels.iter().map(mid).collect()
}

/// A constant and the place.
#[derive(Clone, Copy)]
struct OnPlace;

impl logistic::Columns<2> for OnPlace {
    #[inline(always)]
    fn of(self, place: Lane) -> [Lane; 2] {
        [Lane::ONE, place]
    }
}

impl Asked<'_> {
    /// The outermost cut that is not refuted.
    fn end(&self, ratios: &[f64], up: bool, level: f64, plan: Bootstrap) -> usize {
        let limit = limit(level);
        let outermost = |drawn: &[f64]| {
            let stays = |cut: &usize| {
                ratios[*cut] <= limit || (ratios[*cut].is_finite() && usual(ratios[*cut], drawn, level))
            };
            let mut cuts = 0..ratios.len();
            let found = if up { cuts.rfind(stays) } else { cuts.find(stays) };
            found.expect("the best cut has a ratio of zero, up to rounding")
        };
        let mut seen = Vec::new();
        let mut cut = outermost(&[]);
        // What is too large changes slowly from cut to cut, so the end is soon where it was.
        while !seen.contains(&cut) && seen.len() < 8 {
            seen.push(cut);
            cut = outermost(&self.drawn(cut, plan));
        }
        cut
    }

    /// Ratios of labels that follow the line shifted to cross at `cut`, rising; none where the limit serves.
    fn drawn(&self, cut: usize, plan: Bootstrap) -> Vec<f64> {
        if !self.counted {
            return Vec::new();
        }
        let (below, first) = self.reach(cut, false);
        let (above, last) = self.reach(cut, true);
        if (below >= SIDE && above >= SIDE) || below + above > MOST {
            return Vec::new();
        }
        let line = self.line.get_or_init(|| Line::of(self.rows));
        let Some(slope) = line.slope else { return Vec::new() };
        let levels = self.rows.between(first..last);
        let place = line.places(&levels, self.rows.below(first), self.rows.totals().total());
        let cut = cut - first;
        let ends = [cut.checked_sub(1), Some(cut).filter(|cut| *cut < place.len())];
        let beside: Vec<f64> = ends.into_iter().flatten().map(|i| place[i]).collect();
        let centre = beside.iter().sum::<f64>() / beside.len() as f64;
        let (share, odds) = (self.share, logit(self.share));
        let chance: Vec<f64> = place.iter().map(|place| sigmoid(odds + slope * (place - centre))).collect();
        let mut drawn = over_replicates(plan, |replicate| {
            let mut draws = Draws::new(plan.seed, replicate);
            let draw = |(level, chance): (&Level, &f64)| {
                let rows = Cell::of(level).total();
                let cases = (0..rows as usize).filter(|_| draws.uniform() < *chance).count() as f64;
                Cell { cases, controls: rows - cases }
            };
            let cells: Vec<Cell> = levels.iter().zip(&chance).map(draw).collect();
            Some(ratio_at(&cells, cut, share, &mut Pools::default()))
        })
        .values;
        drawn.sort_unstable_by(f64::total_cmp);
        drawn
    }

    /// Rows on one side of a cut, at least `SIDE` where there are so many, and the level where they end.
    fn reach(&self, cut: usize, up: bool) -> (f64, usize) {
        let (mut rows, mut end, mut width) = (0.0, cut, 64);
        loop {
            let next = if up { (end + width).min(self.rows.n_levels()) } else { end.saturating_sub(width) };
            if next == end {
                return (rows, end);
            }
            let levels = self.rows.between(end.min(next)..end.max(next));
            let nearer = |at: usize| if up { at } else { levels.len() - 1 - at };
            for level in (0..levels.len()).map(|at| &levels[nearer(at)]) {
                if rows >= SIDE {
                    return (rows, end);
                }
                rows += Cell::of(level).total();
                end = if up { end + 1 } else { end - 1 };
            }
            width *= 2;
        }
    }
}

/// Whether more than the share 1 - `level` of the drawn ratios reach this one, ties counted half.
fn usual(ratio: f64, drawn: &[f64], level: f64) -> bool {
    // Sums of logs of the same cells in another order.
    let slack = 1e-9 * (1.0 + ratio);
    let larger = drawn.len() - drawn.partition_point(|d| *d <= ratio + slack);
    let as_large = drawn.len() - drawn.partition_point(|d| *d < ratio - slack);
    (larger + as_large) as f64 / 2.0 > (1.0 - level) * drawn.len() as f64
}

/// Quantile of the limit, straight between those of the table on the scale of -log(1 - level), and beyond them.
fn limit(level: f64) -> f64 {
    let tail = |level: f64| -log(1.0 - level);
    let after = LIMIT.partition_point(|(at, _)| *at < level).clamp(1, LIMIT.len() - 1);
    let ((a, low), (b, high)) = (LIMIT[after - 1], LIMIT[after]);
    low + (high - low) * (tail(level) - tail(a)) / (tail(b) - tail(a))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cost::Costs;
    use crate::threshold_report::report;
    use crate::{Ranked, Scored};

    const COST: Policy =
        Policy::Cost { costs: Costs { miss: 2.0, alarm: 1.0, hit: 0.0, pass: 0.0 }, prevalence: None };

    /// Rows whose share of cases rises with the score, some scores tied.
    fn rows(n: usize) -> (Vec<f64>, Vec<f64>) {
        let mut draws = Draws::new(21, 0);
        let score: Vec<f64> = (0..n).map(|_| (draws.uniform() * 50.0).round() / 50.0).collect();
        let y = score.iter().map(|s| f64::from(u8::from(draws.uniform() < *s))).collect();
        (y, score)
    }

    fn ends(data: &Scored<'_>, policy: Policy) -> (f64, f64) {
        let plan = Bootstrap { replicates: 99, seed: 2, threads: 1 };
        let ranked = Ranked::new(data, 1).expect("two classes");
        let found = report(&ranked, policy, 0.95, plan).expect("a policy that can be");
        let (low, high) = found.threshold_low.zip(found.threshold_high).expect("resamples");
        assert!(low <= found.best.plateau.0 && found.best.plateau.1 <= high, "{found:?}");
        (low, high)
    }

    #[test]
    fn the_interval_holds_the_best_cuts_and_moves_with_the_scores() {
        let (y, score) = rows(200);
        let plain: Vec<f64> = score.iter().map(|s| s + 2.0).collect();
        let moved: Vec<f64> = plain.iter().map(|s| s * s * s).collect();
        for policy in [COST, Policy::Youden, Policy::FBeta(1.0)] {
            let (low, high) = ends(&Scored::new(&y, &plain).expect("legal"), policy);
            let there = ends(&Scored::new(&y, &moved).expect("legal"), policy);
            assert_eq!((low * low * low, high * high * high), there);
            // Shares of cases are the scores: 1/3 of the cost, 1/2 of Youden, half of F1 lie well inside 200 rows.
            assert!(low - 2.0 > 0.02 && high - 2.0 < 0.98 && low < high, "{low} {high}");
        }
    }

    #[test]
    fn weight_two_equals_the_row_twice() {
        let (y, score) = rows(60);
        let twice = |values: &[f64]| [values, values].concat();
        let weighted = Scored::weighted(&y, &score, &[2.0; 60], WeightKind::Frequency).expect("legal");
        let (y2, score2) = (twice(&y), twice(&score));
        let doubled = Scored::new(&y2, &score2).expect("legal");
        for policy in [COST, Policy::Youden, Policy::FBeta(2.0)] {
            assert_eq!(ends(&weighted, policy), ends(&doubled, policy));
        }
    }

    #[test]
    fn sampling_weights_alike_say_no_more_than_none_and_unlike_ones_say_less() {
        let (y, score) = rows(400);
        let unlike: Vec<f64> = (0..400).map(|i| if i % 2 == 0 { 9.0 } else { 1.0 }).collect();
        let of = |weight: &[f64]| {
            let data = Scored::weighted(&y, &score, weight, WeightKind::Sampling).expect("legal");
            ends(&data, COST)
        };
        let alike = of(&[7.0; 400]);
        assert_eq!(alike, of(&[1.0; 400]));
        let wide = of(&unlike);
        assert!(wide.1 - wide.0 > alike.1 - alike.0, "{wide:?} {alike:?}");
    }

    #[test]
    fn where_misses_or_alarms_cost_nothing_only_the_cuts_without_the_other_error_stay() {
        let (y, score) = (vec![0.0, 1.0, 0.0, 1.0, 1.0], vec![0.1, 0.3, 0.5, 0.7, 0.9]);
        let data = Scored::new(&y, &score).expect("legal");
        let cost = |miss, alarm| Policy::Cost { costs: Costs::new(miss, alarm), prevalence: None };
        assert_eq!(ends(&data, cost(0.0, 1.0)), (0.5, 1.0));
        assert_eq!(ends(&data, cost(1.0, 0.0)), (0.0, 0.3));
    }

    #[test]
    fn the_limit_is_read_between_the_levels_of_its_table() {
        assert!((limit(0.95) - 2.27).abs() < 1e-12);
        assert!(limit(0.96) > 2.27 && limit(0.96) < 3.17);
        assert!(limit(0.9999) > 6.32 && limit(0.3) < 0.28);
    }
}
