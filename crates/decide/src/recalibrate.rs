//! Probabilities brought to what happened: maps fitted on scored rows and kept for later ones.
//!
//! * Platt (1999): logit q = a + b logit p, by maximum likelihood
//! * temperature (Guo et al. 2017, ICML): logit q = b logit p; for several classes q_k ~ p_k^b
//! * beta (Kull, Silva Filho & Flach 2017, Electronic J. Statistics 11, 5052): logit q = c + a log p - b log(1 - p),
//!   a, b >= 0: a negative one is set to 0 and the rest fitted again
//! * isotonic (Zadrozny & Elkan 2002, KDD): pooled shares, straight lines between the pools
//! * prior shift (Saerens, Latinne & Decaestecker 2002, Neural Computation 14, 21): odds times the ratio of the odds
//!   of the two base rates; the intercept correction of a case-control sample is the same map
//!
//! Every map but the isotonic one rises strictly, so it moves thresholds and leaves areas alone.

use crate::calibration::{OnLogit, logit, logits, need_overlap};
use crate::climb::{Height, climb};
use crate::isotonic::{Step, isotonic};
use crate::logistic::{Columns, fit};
use crate::{DecideError, Levels, Ranked, Scored};
use loglik_num::{Dd, Lane, exp, log, log1p, sigmoid};
use serde::{Deserialize, Serialize};

/// What is fitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Intercept and slope on the logit.
    Platt,
    /// Slope on the logit alone.
    Temperature,
    /// Slopes on log p and log(1 - p).
    Beta,
    /// Any rising map.
    Isotonic,
}

/// A map from probability to probability.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "method", rename_all = "snake_case")]
pub enum Recalibration {
    /// logit q = intercept + slope logit p
    Platt {
        /// 0 if calibrated.
        intercept: f64,
        /// 1 if calibrated.
        slope: f64,
    },
    /// logit q = slope logit p; classes: q_k ~ p_k^slope. The temperature is 1 / slope.
    Temperature {
        /// 1 if calibrated.
        slope: f64,
    },
    /// logit q = intercept + on_log_p log p - on_log_rest log(1 - p)
    Beta {
        /// 0 if calibrated.
        intercept: f64,
        /// 1 if calibrated.
        on_log_p: f64,
        /// 1 if calibrated.
        on_log_rest: f64,
    },
    /// Pools of one probability, straight lines between them.
    Isotonic {
        /// By rising probability.
        steps: Vec<Step>,
    },
    /// Odds times odds(to) / odds(from).
    Prior {
        /// Base rate that the probabilities were made for.
        from: f64,
        /// Base rate where they are used.
        to: f64,
    },
}

/// Fits a map on rows whose scores are probabilities.
///
/// # Errors
/// `NotProbability`; for all but isotonic `CertainProbability`, `Constant`, `Separated`; `OneClass`.
pub fn recalibrate(data: &Scored<'_>, method: Method, threads: usize) -> Result<Recalibration, DecideError> {
    if method == Method::Isotonic {
        data.need_probabilities()?;
    } else {
        data.need_finite_logits()?;
    }
    recalibrate_levels(&Ranked::new(data, threads)?, method)
}

/// The same on levels of both classes.
///
/// # Errors
/// As [`recalibrate`], rows unknown.
pub fn recalibrate_levels(levels: &dyn Levels, method: Method) -> Result<Recalibration, DecideError> {
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    levels.visit(|level| (low, high) = (low.min(level.score), high.max(level.score)));
    let has_logit = method != Method::Isotonic;
    for value in [low, high] {
        if !(0.0..=1.0).contains(&value) {
            return Err(DecideError::NotProbability { row: None, value });
        }
        if has_logit && (value == 0.0 || value == 1.0) {
            return Err(DecideError::CertainProbability { row: None, value });
        }
    }
    if has_logit {
        need_overlap(levels, WHAT)?;
    }
    match method {
        Method::Isotonic => Ok(Recalibration::Isotonic { steps: isotonic(levels) }),
        Method::Platt => {
            let [intercept, slope] = fitted(levels, [0.0, 1.0], OnLogit)?;
            Ok(Recalibration::Platt { intercept, slope })
        }
        Method::Temperature => {
            let [slope] = fitted(levels, [1.0], Logit)?;
            Ok(Recalibration::Temperature { slope })
        }
        Method::Beta => beta(levels),
    }
}

const WHAT: &str = "recalibration";

fn beta(levels: &dyn Levels) -> Result<Recalibration, DecideError> {
    let [mut c, mut a, mut b] = fitted(levels, [0.0, 1.0, 1.0], OnLogs)?;
    if a < 0.0 {
        [c, b] = fitted(levels, [0.0, 1.0], OnLogOfRest)?;
        a = 0.0;
    } else if b < 0.0 {
        [c, a] = fitted(levels, [0.0, 1.0], OnLog)?;
        b = 0.0;
    }
    if a < 0.0 || b < 0.0 {
        return Err(DecideError::Separated { what: "rising recalibration" });
    }
    Ok(Recalibration::Beta { intercept: c, on_log_p: a, on_log_rest: b })
}

/// The logit alone.
#[derive(Clone, Copy)]
struct Logit;
/// A constant, log p and -log(1 - p).
#[derive(Clone, Copy)]
struct OnLogs;
/// A constant and log p.
#[derive(Clone, Copy)]
struct OnLog;
/// A constant and -log(1 - p).
#[derive(Clone, Copy)]
struct OnLogOfRest;

impl Columns<1> for Logit {
    #[inline(always)]
    fn of(self, p: Lane) -> [Lane; 1] {
        [logits(p)]
    }
}

impl Columns<3> for OnLogs {
    #[inline(always)]
    fn of(self, p: Lane) -> [Lane; 3] {
        [Lane::ONE, p.map(log), -(-p).map(log1p)]
    }
}

impl Columns<2> for OnLog {
    #[inline(always)]
    fn of(self, p: Lane) -> [Lane; 2] {
        [Lane::ONE, p.map(log)]
    }
}

impl Columns<2> for OnLogOfRest {
    #[inline(always)]
    fn of(self, p: Lane) -> [Lane; 2] {
        [Lane::ONE, -(-p).map(log1p)]
    }
}

fn fitted<const K: usize>(
    levels: &dyn Levels,
    start: [f64; K],
    columns: impl Columns<K>,
) -> Result<[f64; K], DecideError> {
    let found = fit(start, columns, &|each| levels.each_block(each));
    found.map(|found| found.beta).ok_or(DecideError::Separated { what: WHAT })
}

/// A map for another base rate.
///
/// # Errors
/// `BadOption` unless both rates lie between 0 and 1.
pub fn prior_shift(from: f64, to: f64) -> Result<Recalibration, DecideError> {
    for value in [from, to] {
        if !(value > 0.0 && value < 1.0) {
            return Err(DecideError::BadOption { option: "prevalence", value, wanted: "between 0 and 1" });
        }
    }
    Ok(Recalibration::Prior { from, to })
}

impl Recalibration {
    /// The probability that `p` becomes.
    pub fn apply(&self, p: f64) -> f64 {
        match self {
            Self::Platt { intercept, slope } => sigmoid(intercept + slope * logit(p)),
            Self::Temperature { slope } => sigmoid(slope * logit(p)),
            Self::Beta { intercept, on_log_p, on_log_rest } => {
                sigmoid(intercept + part(*on_log_p, log(p)) - part(*on_log_rest, log1p(-p)))
            }
            Self::Isotonic { steps } => along(steps, p),
            Self::Prior { from, to } => {
                let (case, control) = (p * to / from, (1.0 - p) * (1.0 - to) / (1.0 - from));
                case / (case + control)
            }
        }
    }

    /// The probabilities of several classes; only a temperature has a meaning there.
    pub fn apply_to_classes(&self, p: &mut [f64]) -> bool {
        let Self::Temperature { slope } = self else { return false };
        let largest = p.iter().copied().fold(0.0, f64::max);
        p.iter_mut().for_each(|p| *p = exp(part(*slope, log(*p / largest))));
        let sum: f64 = p.iter().sum();
        p.iter_mut().for_each(|p| *p /= sum);
        true
    }

    /// Whether every number can be used.
    pub fn is_sound(&self) -> bool {
        let share = |p: f64| p > 0.0 && p < 1.0;
        match self {
            Self::Platt { intercept, slope } => intercept.is_finite() && slope.is_finite(),
            Self::Temperature { slope } => slope.is_finite(),
            Self::Beta { intercept, on_log_p, on_log_rest } => {
                intercept.is_finite()
                    && *on_log_p >= 0.0
                    && *on_log_rest >= 0.0
                    && (on_log_p + on_log_rest).is_finite()
            }
            Self::Isotonic { steps } => {
                !steps.is_empty()
                    && steps.iter().all(|s| s.low <= s.high && (0.0..=1.0).contains(&s.probability))
                    && steps.windows(2).all(|w| w[0].high < w[1].low)
            }
            Self::Prior { from, to } => share(*from) && share(*to),
        }
    }
}

/// slope x value, 0 for slope 0 even if the value is infinite.
fn part(slope: f64, value: f64) -> f64 {
    if slope == 0.0 { 0.0 } else { slope * value }
}

fn along(steps: &[Step], p: f64) -> f64 {
    let next = steps.partition_point(|step| step.high < p);
    match (next.checked_sub(1).map(|at| &steps[at]), steps.get(next)) {
        (_, Some(step)) if step.low <= p => step.probability,
        (Some(below), Some(above)) => {
            let share = (p - below.high) / (above.low - below.high);
            below.probability + share * (above.probability - below.probability)
        }
        (None, Some(edge)) | (Some(edge), None) => edge.probability,
        (None, None) => p,
    }
}

/// The power that makes class probabilities likeliest: sum w log(p_y^b / sum_k p_k^b) is concave in b.
///
/// * `p`      probabilities by class, above 0                                `[k][n]`
/// * `y`      class codes                                                   `[n]`
/// * `weight` of a row
///
/// # Errors
/// `CertainProbability` for a probability of 0; `Separated` where the likelihood rises without end.
pub fn temperature_of_classes(
    p: &[&[f64]],
    y: &[u32],
    weight: impl Fn(usize) -> f64,
) -> Result<Recalibration, DecideError> {
    let logs: Vec<Vec<f64>> = p.iter().map(|column| column.iter().map(|p| log(*p)).collect()).collect();
    for column in &logs {
        if let Some(row) = column.iter().position(|l| !l.is_finite()) {
            return Err(DecideError::CertainProbability { row: Some(row), value: 0.0 });
        }
    }
    let tally = |[slope]: [f64; 1]| {
        let (mut size, mut score, mut info) = (Dd::ZERO, Dd::ZERO, 0.0);
        for row in 0..y.len() {
            let w = weight(row);
            let own = logs[y[row] as usize][row];
            let largest = logs.iter().map(|l| l[row]).fold(f64::NEG_INFINITY, f64::max);
            let (mut sum, mut mean, mut square) = (0.0, 0.0, 0.0);
            for column in &logs {
                let l = column[row] - largest;
                let e = exp(slope * l);
                sum += e;
                mean += e * l;
                square += e * l * l;
            }
            (mean, square) = (mean / sum, square / sum);
            size += Dd::from(w * (log(sum) - slope * (own - largest)));
            score += Dd::from(w * (own - largest - mean));
            info += w * (square - mean * mean);
        }
        let size = size.value();
        Height { loglik: -size, size, score: [score.value()], info: [[info]] }
    };
    climb([1.0], tally, |height| height)
        .map(|([slope], _)| Recalibration::Temperature { slope })
        .ok_or(DecideError::Separated { what: "temperature" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calibration::line;
    use crate::draw::Draws;

    /// Probabilities whose true log odds are 0.5 + 0.7 logit p.
    fn sample(n: usize) -> (Vec<f64>, Vec<f64>) {
        let mut draws = Draws::new(11, 0);
        let p: Vec<f64> = (0..n).map(|_| 0.02 + 0.96 * draws.uniform()).collect();
        let y = p.iter().map(|p| f64::from(draws.uniform() < sigmoid(0.5 + 0.7 * logit(*p)))).collect();
        (p, y)
    }

    #[test]
    fn every_fitted_map_makes_its_own_rows_calibrated() {
        let (p, y) = sample(2000);
        let data = Scored::new(&y, &p).expect("legal");
        for method in [Method::Platt, Method::Beta, Method::Isotonic] {
            let map = recalibrate(&data, method, 1).expect("overlap");
            assert!(map.is_sound());
            let q: Vec<f64> = p.iter().map(|p| map.apply(*p)).collect();
            // The likelihood equation of the intercept, and pooling, keep the sum of cases.
            let gap = q.iter().sum::<f64>() - y.iter().sum::<f64>();
            assert!(gap.abs() < 1e-8, "{method:?} {gap}");
            if method == Method::Platt {
                let again = line(&Ranked::new(&Scored::new(&y, &q).expect("legal"), 1).expect("two"))
                    .expect("overlap");
                assert!((again.slope - 1.0).abs() < 1e-9 && again.intercept.abs() < 1e-9);
            }
        }
    }

    #[test]
    fn platt_and_temperature_of_two_classes_agree_with_the_line_and_with_each_other() {
        let (p, y) = sample(500);
        let data = Scored::new(&y, &p).expect("legal");
        let at = line(&Ranked::new(&data, 1).expect("two")).expect("overlap");
        let platt = Recalibration::Platt { intercept: at.intercept, slope: at.slope };
        assert_eq!(recalibrate(&data, Method::Platt, 1).expect("overlap"), platt);
        let Recalibration::Temperature { slope } =
            recalibrate(&data, Method::Temperature, 1).expect("overlap")
        else {
            panic!("a temperature was asked for")
        };
        let rest: Vec<f64> = p.iter().map(|p| 1.0 - p).collect();
        let codes: Vec<u32> = y.iter().map(|y| *y as u32).collect();
        let classes = temperature_of_classes(&[&rest, &p], &codes, |_| 1.0).expect("overlap");
        let Recalibration::Temperature { slope: by_classes } = classes else { panic!("a temperature") };
        // Two Newton iterations of one concave function, to the rounding of its sum.
        assert!((slope - by_classes).abs() < 1e-8, "{slope} {by_classes}");
        let mut q = [0.3, 0.7];
        assert!(classes.apply_to_classes(&mut q) && (q[1] - classes.apply(0.7)).abs() < 1e-15);
    }

    #[test]
    fn a_prior_shift_multiplies_the_odds_and_turns_back() {
        let there = prior_shift(0.5, 0.1).expect("rates");
        // odds 1 x (1 / 9)
        assert!((there.apply(0.5) - 0.1).abs() < 1e-15);
        let back = prior_shift(0.1, 0.5).expect("rates");
        assert!((back.apply(there.apply(0.83)) - 0.83).abs() < 1e-15);
        assert_eq!((there.apply(0.0), there.apply(1.0)), (0.0, 1.0));
        assert!(prior_shift(0.0, 0.1).is_err());
    }

    #[test]
    fn isotonic_maps_join_their_pools_by_straight_lines() {
        let (y, p) = ([0.0, 1.0, 0.0, 1.0, 1.0], [0.1, 0.2, 0.4, 0.6, 0.8]);
        let map = recalibrate(&Scored::new(&y, &p).expect("legal"), Method::Isotonic, 1).expect("legal");
        // Pools: {0.1} 0, {0.2, 0.4} 1/2, {0.6, 0.8} 1.
        let got = [0.0, 0.1, 0.15, 0.3, 0.5, 0.7, 0.95].map(|p| map.apply(p));
        let want = [0.0, 0.0, 0.25, 0.5, 0.75, 1.0, 1.0];
        assert!(got.iter().zip(want).all(|(a, b)| (a - b).abs() < 1e-15), "{got:?}");
    }

    #[test]
    fn scores_that_split_the_classes_have_no_finite_map() {
        let data = Scored::new(&[0.0, 0.0, 1.0, 1.0], &[0.1, 0.3, 0.6, 0.9]).expect("legal");
        let error = recalibrate(&data, Method::Platt, 1).expect_err("infinite slope");
        assert_eq!(error, DecideError::Separated { what: WHAT });
    }
}
