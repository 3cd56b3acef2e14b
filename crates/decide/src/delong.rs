//! The area under the ROC curve with its variance by DeLong, DeLong & Clarke-Pearson (1988), Biometrics 44, 837-845.
//!
//! A case's placement is the share of controls below it (ties one half), a control's the share of cases above it.
//! The AUC is their mean, its variance s10 + s01: that of the mean placement of the cases plus that of the controls.
//! From the sorted levels both follow in one walk (Sun & Xu 2014, IEEE Signal Processing Letters 21, 1389-1393),
//! exactly so without weights: placements are half integers and the sums of their squares are kept as integers.
//! With sampling weights the variance is the linearised one (weights squared), which is DeLong's for equal weights.

use crate::{DecideError, Levels, WeightKind};
use loglik_num::{log, log1p, normal_quantile, sigmoid, t_quantile};
use serde::Serialize;

/// Area under the ROC curve, its variance and intervals.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Auc {
    /// P(score of a case > score of a control) + P(equal) / 2.
    pub auc: f64,
    /// 2 auc - 1.
    pub gini: f64,
    /// Wilcoxon-Mann-Whitney statistic: weighted number of pairs in the right order.
    pub wilcoxon_u: f64,
    /// DeLong variance; null with a single case or control, where none can be estimated.
    pub variance: Option<f64>,
    /// Its root.
    pub std_error: Option<f64>,
    /// Confidence level of the intervals.
    pub level: f64,
    /// Default interval: on the logit scale, mapped back.
    pub conf_low: f64,
    /// Its upper end.
    pub conf_high: f64,
    /// How the default interval was made.
    pub conf_method: IntervalMethod,
    /// Plain interval auc -+ z se, cut at 0 and 1 as pROC does; null without a variance.
    pub delong_low: Option<f64>,
    /// Its upper end.
    pub delong_high: Option<f64>,
}

/// Origin of the default interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum IntervalMethod {
    /// logit(auc) -+ t se / (auc (1 - auc)), t with the degrees of freedom of Welch and Satterthwaite.
    LogitDelong,
    /// The DeLong variance is 0 or cannot be had (perfect separation, all scores equal, one case): variance of
    /// Hanley & McNeil (1982) at an area moved half a pair towards one half.
    LogitHanleyMcneil,
}

/// The area and the two parts of its variance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Placements {
    pub(crate) auc: f64,
    pub(crate) u: f64,
    /// Variance of the mean placement of the cases, and of the controls; NaN from a single row.
    pub(crate) s10: f64,
    pub(crate) s01: f64,
}

impl Placements {
    pub(crate) fn variance(&self) -> f64 {
        self.s10 + self.s01
    }
}

/// AUC with intervals at confidence `level`.
///
/// # Errors
/// `BadOption` unless `0 < level < 1`.
pub fn auc(levels: &dyn Levels, level: f64) -> Result<Auc, DecideError> {
    let z = normal_multiplier(level)?;
    let totals = levels.totals();
    let placements = placements(levels);
    let (m, n) = sizes(levels);
    let variance = Some(placements.variance()).filter(|v| !v.is_nan());
    let ((conf_low, conf_high), conf_method) = match variance {
        Some(v) if v > 0.0 => {
            let (case, control) = (placements.s10 / v, placements.s01 / v);
            let df = 1.0 / (case * case / (m - 1.0) + control * control / (n - 1.0));
            let t = t_quantile(f64::midpoint(1.0, level), df);
            (logit_interval(placements.auc, v.sqrt(), t), IntervalMethod::LogitDelong)
        }
        _ => (hanley_mcneil_interval(placements.auc, m, n, z), IntervalMethod::LogitHanleyMcneil),
    };
    let std_error = variance.map(f64::sqrt);
    Ok(Auc {
        auc: placements.auc,
        gini: 2.0 * placements.auc - 1.0,
        wilcoxon_u: if totals.unit { placements.u } else { placements.auc * totals.cases * totals.controls },
        variance,
        std_error,
        level,
        conf_low,
        conf_high,
        conf_method,
        delong_low: std_error.map(|se| (placements.auc - z * se).max(0.0)),
        delong_high: std_error.map(|se| (placements.auc + z * se).min(1.0)),
    })
}

/// Normal quantile of a two-sided interval.
///
/// # Errors
/// `BadOption` unless `0 < level < 1`.
pub(crate) fn normal_multiplier(level: f64) -> Result<f64, DecideError> {
    if level > 0.0 && level < 1.0 {
        Ok(normal_quantile(f64::midpoint(1.0, level)))
    } else {
        Err(DecideError::BadOption { option: "level", value: level, wanted: "between 0 and 1" })
    }
}

/// Numbers of cases and controls that the variances count: rows, or their frequencies.
fn sizes(levels: &dyn Levels) -> (f64, f64) {
    let totals = levels.totals();
    match totals.kind {
        WeightKind::Frequency => (totals.cases, totals.controls),
        WeightKind::Sampling => (totals.n_cases as f64, totals.n_controls as f64),
    }
}

pub(crate) fn logit_interval(a: f64, se: f64, multiplier: f64) -> (f64, f64) {
    let logit = log(a) - log1p(-a);
    let half = multiplier * se / (a * (1.0 - a));
    (sigmoid(logit - half), sigmoid(logit + half))
}

fn hanley_mcneil_interval(auc: f64, m: f64, n: f64, z: f64) -> (f64, f64) {
    let a = (auc * m * n + 0.5) / (m * n + 1.0);
    let (q1, q2) = (a / (2.0 - a), 2.0 * a * a / (1.0 + a));
    let variance = (a * (1.0 - a) + (m - 1.0) * (q1 - a * a) + (n - 1.0) * (q2 - a * a)) / (m * n);
    let (low, high) = logit_interval(a, variance.sqrt(), z);
    (if auc == 0.0 { 0.0 } else { low }, if auc == 1.0 { 1.0 } else { high })
}

pub(crate) fn placements(levels: &dyn Levels) -> Placements {
    let totals = levels.totals();
    let whole = totals.unit || totals.kind == WeightKind::Frequency;
    // Twice the pairs, squared, is the largest sum.
    let countable = totals.cases * totals.controls < 9e18;
    if whole && countable { counted(levels) } else { weighted(levels) }
}

/// Whole-number weights: twice a placement is an integer, so nothing is rounded before the last division.
fn counted(levels: &dyn Levels) -> Placements {
    let totals = levels.totals();
    let (m, n) = (totals.cases as u64, totals.controls as u64);
    let (mut above_cases, mut above_controls) = (0u64, 0u64);
    let (mut sum, mut squares) = ([0u128; 2], [0u128; 2]);
    levels.visit(|level| {
        let (c, t) = (level.cases as u64, level.controls as u64);
        let case = 2 * (n - above_controls) - t;
        let control = 2 * above_cases + c;
        for (k, (count, twice)) in [(c, case), (t, control)].into_iter().enumerate() {
            let part = u128::from(count) * u128::from(twice);
            sum[k] += part;
            squares[k] += part * u128::from(twice);
        }
        above_cases += c;
        above_controls += t;
    });
    // Sum of squared deviations over count (count - 1) (2 others)^2, the numerator exact.
    let variance_of_mean = |k: usize, count: u64, others: u64| {
        let spread = u128::from(count) * squares[k] - sum[k] * sum[k];
        let (count, others) = (count as f64, others as f64);
        spread as f64 / (count * count * (count - 1.0) * 4.0 * others * others)
    };
    Placements {
        auc: sum[0] as f64 / (2.0 * m as f64 * n as f64),
        u: sum[0] as f64 / 2.0,
        s10: variance_of_mean(0, m, n),
        s01: variance_of_mean(1, n, m),
    }
}

/// Sampling weights, and frequencies too large to be counted: one walk for the area, one for the squared deviations from it, so that none cancel.
fn weighted(levels: &dyn Levels) -> Placements {
    let totals = levels.totals();
    let walk = |each: &mut dyn FnMut(&crate::Level, f64, f64)| {
        let (mut above_cases, mut above_controls) = (0.0, 0.0);
        levels.visit(|level| {
            let case = (totals.controls - above_controls - 0.5 * level.controls) / totals.controls;
            let control = (above_cases + 0.5 * level.cases) / totals.cases;
            each(&level, case, control);
            above_cases += level.cases;
            above_controls += level.controls;
        });
    };
    let mut sum = 0.0;
    walk(&mut |level, case, _| sum += level.cases * case);
    let auc = sum / totals.cases;
    let mut squares = [0.0; 2];
    let frequency = totals.kind == WeightKind::Frequency;
    walk(&mut |level, case, control| {
        let (c, t) =
            if frequency { (level.cases, level.controls) } else { (level.cases_sq, level.controls_sq) };
        squares[0] += c * (case - auc) * (case - auc);
        squares[1] += t * (control - auc) * (control - auc);
    });
    let (m, n) = sizes(levels);
    let scaled = |sq: f64, total: f64, rows: f64| sq / total / total * (rows / (rows - 1.0));
    Placements {
        auc,
        u: sum * totals.controls,
        s10: scaled(squares[0], totals.cases, m),
        s01: scaled(squares[1], totals.controls, n),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Ranked, Scored};

    #[test]
    fn frequencies_beyond_counting_have_the_area_of_small_ones_and_the_error_of_so_many_rows() {
        let (y, score) = ([1.0, 0.0, 1.0, 0.0, 1.0], [0.9, 0.6, 0.6, 0.3, 0.2]);
        let of = |size: f64| {
            let w = [1.0, 2.0, 3.0, 2.0, 2.0].map(|w| w * size);
            let data = Scored::weighted(&y, &score, &w, WeightKind::Frequency).expect("whole");
            auc(&Ranked::new(&data, 1).expect("two classes"), 0.95).expect("a level")
        };
        let (few, many, more) = (of(1e6), of(1e12), of(1e280));
        let error = |found: &Auc| found.std_error.expect("several");
        assert!((few.auc - many.auc).abs() < 1e-15 && (few.auc - more.auc).abs() < 1e-15);
        // Root of 10^6, but for rows less one: one part in 10^6.
        assert!((error(&few) / error(&many) / 1e3 - 1.0).abs() < 1e-6);
        assert!(more.conf_low <= more.auc && error(&more) < 1e-130);
    }
}
