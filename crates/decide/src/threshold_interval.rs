//! An interval of the threshold that would be best for all rows there could be: every cut that the rows do not refute.
//!
//! Cost, Youden and F-beta are best where the share of cases crosses one value, and a cut stays unless the likelihood
//! ratio of a crossing there (`crossing`) is too large. Too large is what labels drawn anew seldom reach: they follow
//! the logistic line of the scores, shifted to cross at that cut, so that a cut near the last rows is judged by the few
//! that there are. With many rows on both sides that is the published limit, from which no cut is judged more harshly.
//! A ratio that as many draws tie is counted half (Lancaster 1961, J. American Statistical Association 56, 223-234).
//! Recall, precision and capacity are quantiles, and their thresholds are resampled (`threshold_report`).

use crate::calibration::logit;
use crate::crossing::{Cell, Pools, ratio_at, ratios};
use crate::draw::Draws;
use crate::logistic;
use crate::resample::{Bootstrap, over_replicates};
use crate::threshold::{Choice, Policy};
use crate::{Level, Levels, WeightKind};
use loglik_num::{Lane, log, normal_quantile, sigmoid};

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

/// Rows by rising score, and the share of cases above which flagging pays.
struct Asked {
    share: f64,
    cells: Vec<Cell>,
    /// Score on a scale on which the log odds of the share rise about straight             `[cells]`
    place: Vec<f64>,
    /// Slope of the logistic line; none where the rows are one side cases, one side controls.
    slope: Option<f64>,
}

/// The ends of the interval; none for policies that are quantiles.
pub(crate) fn interval(
    levels: &impl Levels,
    probabilities: bool,
    (policy, best): (Policy, &Choice),
    level: f64,
    plan: Bootstrap,
) -> Option<(f64, f64)> {
    let share = crossing_share(policy, best, levels)?;
    let (mut scores, mut cells, mut squares) = (Vec::new(), Vec::new(), Cell { cases: 0.0, controls: 0.0 });
    levels.visit(|level| {
        scores.push(level.score);
        cells.push(Cell { cases: level.cases, controls: level.controls });
        squares =
            Cell { cases: squares.cases + level.cases_sq, controls: squares.controls + level.controls_sq };
    });
    scores.reverse();
    cells.reverse();
    let totals = levels.totals();
    let counted = totals.unit || totals.kind == WeightKind::Frequency;
    // Weights of sampling: how much wider the slope of the log-likelihood varies where the share is crossed.
    let spread = if counted {
        1.0
    } else {
        (1.0 - share) * squares.cases / totals.cases + share * squares.controls / totals.controls
    };
    let ratios: Vec<f64> = ratios(&cells, share).into_iter().map(|ratio| ratio / spread).collect();
    let (place, slope) = line(&scores, &cells, probabilities);
    let asked = Asked { share, cells, place, slope: slope.filter(|_| counted) };
    let [low, high] = [false, true].map(|up| asked.end(&ratios, up, level, plan));
    let (least, most) = if probabilities { (0.0, 1.0) } else { (f64::NEG_INFINITY, f64::INFINITY) };
    // Even the smallest probability is flagged by no threshold in the range where it is 0.
    let below_all = if scores[0] <= least { f64::NEG_INFINITY } else { least };
    let low = if low == 0 { below_all } else { scores[low - 1] };
    Some((low, scores.get(high).copied().unwrap_or(most)))
}

/// The share of cases above which a row is worth flagging, with the weights of the data.
fn crossing_share(policy: Policy, best: &Choice, levels: &impl Levels) -> Option<f64> {
    let totals = levels.totals();
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

/// Places of the scores and the slope of the log odds on them: logits of probabilities, else normal scores of ranks.
fn line(scores: &[f64], cells: &[Cell], probabilities: bool) -> (Vec<f64>, Option<f64>) {
    let inside = scores[0] > 0.0 && scores[scores.len() - 1] < 1.0;
    let total: f64 = cells.iter().map(|cell| cell.total()).sum();
    let mut below = 0.0;
    let place: Vec<f64> = if probabilities && inside {
        scores.iter().map(|p| logit(*p)).collect()
    } else {
        let mid = |cell: &Cell| {
            below += cell.total();
            normal_quantile((below - 0.5 * cell.total()) / total)
        };
        cells.iter().map(mid).collect()
    };
    let fitted = logistic::fit([0.0, 0.0], OnPlace, |visit| {
        for (cell, place) in cells.iter().zip(&place) {
            let Cell { cases, controls } = *cell;
            visit(Level { score: *place, cases, controls, cases_sq: cases, controls_sq: controls });
        }
    });
    // A line that falls says that the score does not tell: the share is flat then.
    (place, fitted.map(|fit| fit.beta[1].max(0.0)))
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

impl Asked {
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
        let Some(slope) = self.slope else { return Vec::new() };
        let reach = |cells: &mut dyn Iterator<Item = &Cell>| {
            let (mut rows, mut count) = (0.0, 0);
            for cell in cells {
                if rows >= SIDE {
                    return (rows, count, true);
                }
                rows += cell.total();
                count += 1;
            }
            (rows, count, false)
        };
        let (below, first, deep) = reach(&mut self.cells[..cut].iter().rev());
        let (above, last, high) = reach(&mut self.cells[cut..].iter());
        if (deep && high) || below + above > MOST {
            return Vec::new();
        }
        let window = cut - first..cut + last;
        let ends = [cut.checked_sub(1), Some(cut).filter(|cut| *cut < self.place.len())];
        let beside: Vec<f64> = ends.into_iter().flatten().map(|i| self.place[i]).collect();
        let centre = beside.iter().sum::<f64>() / beside.len() as f64;
        let odds = logit(self.share);
        let chance: Vec<f64> =
            self.place[window.clone()].iter().map(|place| sigmoid(odds + slope * (place - centre))).collect();
        let mut drawn = over_replicates(plan, |replicate| {
            let mut draws = Draws::new(plan.seed, replicate);
            let draw = |(cell, chance): (&Cell, &f64)| {
                let cases = (0..cell.total() as usize).filter(|_| draws.uniform() < *chance).count() as f64;
                Cell { cases, controls: cell.total() - cases }
            };
            let cells: Vec<Cell> = self.cells[window.clone()].iter().zip(&chance).map(draw).collect();
            Some(ratio_at(&cells, first, self.share, &mut Pools::default()))
        })
        .values;
        drawn.sort_unstable_by(f64::total_cmp);
        drawn
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
    use crate::Scored;
    use crate::cost::Costs;
    use crate::threshold_report::report;

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
        let found = report(data, policy, 0.95, plan).expect("two classes");
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
