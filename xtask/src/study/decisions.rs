//! Do the intervals of the area under the ROC curve, of a threshold and of its cost hold the truth at 100 rows?
//!
//! Scores are binormal with a true area of 0.75. For areas the number of cases is fixed; for thresholds every row is a
//! case with one chance, as rows are that were not chosen by their outcome. The threshold is that of least cost on the
//! calibrated probabilities that such scores have, so the best cut of the population follows from the costs alone.

use super::{Figure, Random, over};
use loglik::decide::cost::Costs;
use loglik::decide::delong::auc;
use loglik::decide::resample::Bootstrap;
use loglik::decide::threshold::Policy;
use loglik::decide::threshold_report::report;
use loglik::decide::{Ranked, Scored};
use loglik::num::ndtr;

const ROWS: usize = 100;
const AREA: f64 = 0.75;
/// Root of two times the normal quantile of `AREA`: the distance of the two means, in standard deviations.
const SHIFT: f64 = 0.953_872_552_408_939_8;
const LEVEL: f64 = 0.95;

/// Chance of a case, cost of a miss in alarms, and wanted coverage. At 5 % cases and equal costs hardly a row in 1,000
/// is worth flagging: 100 rows do not refute "flag none", and hold it more often than 98 %.
const THRESHOLDS: [(f64, f64, (f64, f64)); 6] = [
    (0.05, 1.0, (0.90, 1.0)),
    (0.05, 5.0, (0.90, 0.98)),
    (0.2, 1.0, (0.90, 0.98)),
    (0.2, 5.0, (0.90, 0.98)),
    (0.5, 1.0, (0.90, 0.98)),
    (0.5, 5.0, (0.90, 0.98)),
];

/// Costs at a threshold that the same rows chose are known less well than their interval says; this much is held.
const COST: (f64, f64) = (0.85, 0.98);

pub(super) fn all(draws: usize) -> Vec<Figure> {
    let mut figures = Vec::new();
    for (cases, range) in [(50, (0.93, 0.97)), (5, (0.92, 0.98))] {
        let study = format!("coverage of 95 % intervals of an AUC of {AREA}, {cases} cases in {ROWS} rows");
        let held = over(draws, |draw| area_held(cases, draw));
        let count = |which: usize| held.iter().filter(|h| h[which]).count();
        figures.push(Figure::share(&study, "default, on the logit scale", count(0), draws, range));
        figures.push(Figure::share(&study, "plain DeLong (for comparison)", count(1), draws, (0.0, 1.0)));
    }
    for (chance, miss, range) in THRESHOLDS {
        let held = over(draws, |draw| threshold_held(chance, miss, draw));
        let cases = 100.0 * chance;
        let study =
            format!("coverage of 95 % intervals, {cases} % cases in {ROWS} rows, a miss worth {miss} alarms");
        let count = |which: usize| held.iter().filter(|h| h[which]).count();
        figures.push(Figure::share(&study, "the best threshold", count(0), draws, range));
        figures.push(Figure::share(&study, "the cost at the threshold chosen", count(1), draws, COST));
    }
    figures
}

/// Labels and binormal scores.
fn drawn(random: &mut Random, case: impl Fn(usize, &mut Random) -> bool) -> (Vec<f64>, Vec<f64>) {
    let y: Vec<f64> = (0..ROWS).map(|i| f64::from(u8::from(case(i, random)))).collect();
    let score = y.iter().map(|y| SHIFT * y + random.normal()).collect();
    (y, score)
}

fn area_held(cases: usize, draw: usize) -> [bool; 2] {
    let (y, score) = drawn(&mut Random::new(5, draw), |i, _| i < cases);
    let ranked = Ranked::new(&Scored::new(&y, &score).expect("legal"), 1).expect("two classes");
    let found = auc(&ranked, LEVEL).expect("a level");
    let plain = found.delong_low.zip(found.delong_high).expect("several cases");
    [(found.conf_low, found.conf_high), plain].map(|(low, high)| low <= AREA && AREA <= high)
}

/// Whether the intervals hold the best threshold, and the cost of the one chosen.
fn threshold_held(chance: f64, miss: f64, draw: usize) -> [bool; 2] {
    let mut random = Random::new(6, draw);
    let (y, score) = loop {
        let rows = drawn(&mut random, |_, random| random.uniform() < chance);
        // One class alone is refused, and says nothing of a threshold.
        if rows.0.contains(&1.0) {
            break rows;
        }
    };
    // log odds of a case at x: those of the classes, and the log ratio of two normal densities.
    let line = (chance / (1.0 - chance)).ln() - 0.5 * SHIFT * SHIFT;
    let p: Vec<f64> = score.iter().map(|x| 1.0 / (1.0 + (-line - SHIFT * x).exp())).collect();
    let policy = Policy::Cost { costs: Costs::new(miss, 1.0), prevalence: None };
    let plan = Bootstrap { replicates: 199, seed: draw as u64, threads: 1 };
    let ranked = Ranked::new(&Scored::new(&y, &p).expect("legal"), 1).expect("two classes");
    let found = report(&ranked, policy, LEVEL, plan).expect("a policy that can be");
    let best = 1.0 / (1.0 + miss);
    let chosen = ((found.best.threshold / (1.0 - found.best.threshold)).ln() - line) / SHIFT;
    let cost = chance * miss * ndtr(chosen - SHIFT) + (1.0 - chance) * ndtr(-chosen);
    let held = |low: Option<f64>, high: Option<f64>, truth: f64| {
        let (low, high) = low.zip(high).expect("resamples");
        low <= truth && truth <= high
    };
    [held(found.threshold_low, found.threshold_high, best), held(found.value_low, found.value_high, cost)]
}
