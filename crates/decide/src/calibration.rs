//! Do probabilities mean what they say? Scores, the calibration line, and tests.
//!
//! The line is the logistic fit of y on logit(p): intercept 0 and slope 1 mean calibrated; a slope below 1 means
//! forecasts too extreme (overfitting). Calibration in the large keeps the slope at 1 (Cox 1958, Biometrika 45;
//! Van Calster et al. 2016, J. Clinical Epidemiology 74). Spiegelhalter (1986), Statistics in Medicine 5, tests the
//! Brier score against its mean under calibration. A probability of 0 or 1 has no logit: then there is no line.

use crate::json_number;
use crate::logistic::{Columns, LogisticFit, Walk, fit};
use crate::{DecideError, Levels, Totals, WeightKind};
use loglik_num::{Lane, chisq_sf, log, log1p, normal_two_sided};
use serde::Serialize;

/// Mean scores of the probabilities, lower is better, beside those of the base rate.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Scores {
    /// Mean squared error.
    pub brier: f64,
    /// Its standard error over rows; null for a single row.
    pub brier_se: Option<f64>,
    /// Of the base rate for every row.
    pub brier_of_base_rate: f64,
    /// 1 - brier / brier of the base rate; null with one class.
    pub brier_skill: Option<f64>,
    /// Mean of -log of the probability given to what happened, nats; infinite if an impossible thing happened.
    #[serde(serialize_with = "json_number::one")]
    pub log_loss: f64,
    /// Its standard error over rows; null for a single row and where the mean is infinite.
    pub log_loss_se: Option<f64>,
    /// Of the base rate.
    pub log_loss_of_base_rate: f64,
    /// 1 - log loss / log loss of the base rate: scikit-learn's `d2_log_loss_score`, McFadden's R2.
    #[serde(serialize_with = "json_number::option")]
    pub log_loss_skill: Option<f64>,
    /// Mean probability, and share of cases.
    pub mean_predicted: f64,
    /// Share of cases.
    pub base_rate: f64,
    /// Spiegelhalter's z; null where every probability is 0, 1/2 or 1.
    pub spiegelhalter_z: Option<f64>,
    /// Two-sided.
    pub spiegelhalter_p: Option<f64>,
}

/// The logistic calibration line.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct CalibrationLine {
    /// 0 if calibrated.
    pub intercept: f64,
    /// Observed information, or sandwich with sampling weights.
    pub intercept_se: f64,
    /// 1 if calibrated.
    pub slope: f64,
    /// As for the intercept.
    pub slope_se: f64,
    /// Intercept with the slope kept at 1: above 0 where forecasts are too low.
    pub in_the_large: f64,
    /// Its standard error.
    pub in_the_large_se: f64,
    /// Likelihood-ratio chi-square of intercept 0 and slope 1, 2 df; null with sampling weights.
    pub lr: Option<f64>,
    /// Its p value.
    pub lr_p: Option<f64>,
}

/// Scores in one walk over the levels, whose scores must be probabilities (`Scored::need_probabilities`).
pub fn scores(levels: &dyn Levels) -> Scores {
    let totals = levels.totals();
    let total = totals.total();
    let squares = totals.kind == WeightKind::Sampling;
    let (mut predicted, mut z, mut variance) = (0.0, 0.0, 0.0);
    let (mut squared, mut logs) = (RowMean::default(), RowMean::default());
    levels.visit(|level| {
        let (p, c, t) = (level.score, level.cases, level.controls);
        let (c_sq, t_sq) = if squares { (level.cases_sq, level.controls_sq) } else { (c, t) };
        squared.add(c, c_sq, || (1.0 - p) * (1.0 - p));
        squared.add(t, t_sq, || p * p);
        logs.add(c, c_sq, || -log(p));
        logs.add(t, t_sq, || -log1p(-p));
        predicted += (c + t) * p;
        z += (c * (1.0 - p) - t * p) * (1.0 - 2.0 * p);
        variance += (c_sq + t_sq) * (1.0 - 2.0 * p) * (1.0 - 2.0 * p) * p * (1.0 - p);
    });
    let base_rate = totals.cases / total;
    let log_loss_base = entropy(totals);
    let brier_base = base_rate * (1.0 - base_rate);
    let (brier, log_loss) = (squared.sum / total, logs.sum / total);
    let spiegelhalter_z = (variance > 0.0).then(|| z / variance.sqrt());
    Scores {
        brier,
        brier_se: squared.std_error(totals),
        brier_of_base_rate: brier_base,
        brier_skill: (brier_base > 0.0).then(|| 1.0 - brier / brier_base),
        log_loss,
        log_loss_se: logs.std_error(totals),
        log_loss_of_base_rate: log_loss_base,
        log_loss_skill: (log_loss_base > 0.0).then(|| 1.0 - log_loss / log_loss_base),
        mean_predicted: predicted / total,
        base_rate,
        spiegelhalter_z,
        spiegelhalter_p: spiegelhalter_z.map(normal_two_sided),
    }
}

/// Sums behind a mean over rows and its standard error.
#[derive(Default)]
struct RowMean {
    sum: f64,
    /// Sums of w^2, w^2 x, w^2 x^2.
    squares: [f64; 3],
}

impl RowMean {
    /// Adds rows of one value: their weight and the sum of their squared weights.
    fn add(&mut self, weight: f64, weight_sq: f64, value: impl Fn() -> f64) {
        if weight != 0.0 {
            let x = value();
            self.sum += weight * x;
            for (sum, term) in self.squares.iter_mut().zip([1.0, x, x * x]) {
                *sum += weight_sq * term;
            }
        }
    }

    /// Root of sum w^2 (x - mean)^2 / (sum w)^2 times n / (n - 1); frequency weights are so many rows.
    fn std_error(&self, totals: Totals) -> Option<f64> {
        let total = totals.total();
        let n = match totals.kind {
            WeightKind::Frequency => total,
            WeightKind::Sampling => (totals.n_cases + totals.n_controls) as f64,
        };
        let mean = self.sum / total;
        let [w, x, xx] = self.squares;
        let spread = xx - 2.0 * mean * x + mean * mean * w;
        let variance = spread / (total * total) * (n / (n - 1.0));
        (n > 1.0 && variance.is_finite()).then(|| variance.max(0.0).sqrt())
    }
}

/// Log loss of the base rate, nats a row.
pub(crate) fn entropy(totals: Totals) -> f64 {
    let q = totals.cases / totals.total();
    times(q, || -log(q)) + times(1.0 - q, || -log1p(-q))
}

/// weight x value, 0 for weight 0 even if the value is infinite.
pub(crate) fn times(weight: f64, value: impl Fn() -> f64) -> f64 {
    if weight == 0.0 { 0.0 } else { weight * value() }
}

/// The calibration line.
///
/// # Errors
/// `NotProbability`, `CertainProbability` unless every score lies strictly between 0 and 1; `Constant` if all are equal,
/// `Separated` if they split the classes.
pub fn line(levels: &dyn Levels) -> Result<CalibrationLine, DecideError> {
    const WHAT: &str = "calibration slope";
    let (low, high) = need_overlap(levels, WHAT)?;
    for value in [low, high] {
        if !(0.0..=1.0).contains(&value) {
            return Err(DecideError::NotProbability { row: None, value });
        }
        if value == 0.0 || value == 1.0 {
            return Err(DecideError::CertainProbability { row: None, value });
        }
    }
    let separated = DecideError::Separated { what: WHAT };
    let visit: &Walk<'_> = &|each| levels.each_block(each);
    let both = fit([0.0, 1.0], OnLogit, visit).ok_or(separated.clone())?;
    let shift = fit([0.0], BesideLogit, visit).ok_or(separated)?;
    let kind = levels.totals().kind;
    let (intercept_se, slope_se) = (se(&both, 0, kind), se(&both, 1, kind));
    let lr = (kind == WeightKind::Frequency).then(|| {
        let mut identity = 0.0;
        levels.visit(|l| identity += l.cases * log(l.score) + l.controls * log1p(-l.score));
        2.0 * (both.loglik - identity)
    });
    Ok(CalibrationLine {
        intercept: both.beta[0],
        intercept_se,
        slope: both.beta[1],
        slope_se,
        in_the_large: shift.beta[0],
        in_the_large_se: se(&shift, 0, kind),
        lr,
        lr_p: lr.map(|x| chisq_sf(x, 2.0)),
    })
}

const EMPTY: (f64, f64) = (f64::INFINITY, f64::NEG_INFINITY);

/// Refuses levels of one score, and scores that split the classes: with one rising column and a constant the maximum is
/// finite if and only if the scores of cases and controls overlap. Returns the smallest and the largest score.
pub(crate) fn need_overlap(levels: &dyn Levels, what: &'static str) -> Result<(f64, f64), DecideError> {
    let (mut cases, mut controls) = (EMPTY, EMPTY);
    let widen = |r: &mut (f64, f64), s: f64| *r = (r.0.min(s), r.1.max(s));
    levels.visit(|level| {
        if level.cases > 0.0 {
            widen(&mut cases, level.score);
        }
        if level.controls > 0.0 {
            widen(&mut controls, level.score);
        }
    });
    if cases == controls && cases.0 == cases.1 {
        return Err(DecideError::Constant { what, value: cases.0 });
    }
    if cases.0 >= controls.1 || controls.0 >= cases.1 {
        return Err(DecideError::Separated { what });
    }
    Ok((cases.0.min(controls.0), cases.1.max(controls.1)))
}

fn se<const K: usize>(fit: &LogisticFit<K>, i: usize, kind: WeightKind) -> f64 {
    match kind {
        WeightKind::Frequency => fit.vcov[i][i].sqrt(),
        WeightKind::Sampling => fit.robust[i][i].sqrt(),
    }
}

/// A constant and the logit.
#[derive(Clone, Copy)]
pub(crate) struct OnLogit;

impl Columns<2> for OnLogit {
    #[inline(always)]
    fn of(self, p: Lane) -> [Lane; 2] {
        [Lane::ONE, logits(p)]
    }
}

/// A constant, the logit as it is.
#[derive(Clone, Copy)]
struct BesideLogit;

impl Columns<1> for BesideLogit {
    #[inline(always)]
    fn of(self, _p: Lane) -> [Lane; 1] {
        [Lane::ONE]
    }

    #[inline(always)]
    fn offset(self, p: Lane) -> Lane {
        logits(p)
    }
}

/// [`logit`] of eight.
#[inline(always)]
pub(crate) fn logits(p: Lane) -> Lane {
    p.map(log) - (-p).map(log1p)
}

/// log(p / (1 - p))
pub(crate) fn logit(p: f64) -> f64 {
    log(p) - log1p(-p)
}
