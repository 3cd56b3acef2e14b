//! DeLong's tests of two areas: paired (two scores of the same rows) and unpaired (two samples).
//!
//! Paired: z = (a1 - a2) / sqrt(v1 + v2 - 2 cov), the covariance from the placements of the same rows; unpaired:
//! t = (a1 - a2) / sqrt(v1 + v2) with the degrees of freedom of Welch and Satterthwaite in the numbers of rows, as
//! pROC's `roc.test` has it. Where both areas have the same placements the difference is exactly 0 and p is 1.

use crate::delong::{normal_multiplier, placements};
use crate::order::rising_rows;
use crate::{DecideError, Levels, Ranked, Scored, Totals, WeightKind};
use loglik_num::{normal_sf, t_quantile, t_sf};
use serde::Serialize;

/// Comparison of two areas.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AucTest {
    /// The two areas.
    pub auc: [f64; 2],
    /// First minus second.
    pub difference: f64,
    /// Of the difference.
    pub std_error: f64,
    /// z (paired) or t (unpaired).
    pub statistic: f64,
    /// Of t; null when paired.
    pub df: Option<f64>,
    /// Two-sided.
    pub p_value: f64,
    /// Covariance of the two areas; null when unpaired.
    pub covariance: Option<f64>,
    /// Interval of the difference.
    pub conf_low: f64,
    /// Its upper end.
    pub conf_high: f64,
}

/// Two scores of the same rows.
///
/// # Errors
/// `Length` if the rows differ in number, `OneClass`, `BadOption` for `level`.
pub fn paired(first: &Scored<'_>, second: &Scored<'_>, level: f64) -> Result<AucTest, DecideError> {
    if first.len() != second.len() {
        return Err(DecideError::Length { what: "second score", got: second.len(), want: first.len() });
    }
    first.need_both_classes()?;
    let z = normal_multiplier(level)?;
    let (a, b) = (row_placements(first), row_placements(second));
    let auc = [mean_of_cases(first, &a), mean_of_cases(second, &b)];
    let (v1, v2) = (moment(first, (&a, auc[0]), (&a, auc[0])), moment(second, (&b, auc[1]), (&b, auc[1])));
    let covariance = moment(first, (&a, auc[0]), (&b, auc[1]));
    let std_error = (v1 + v2 - 2.0 * covariance).max(0.0).sqrt();
    let difference = auc[0] - auc[1];
    let statistic = ratio(difference, std_error);
    Ok(AucTest {
        auc,
        difference,
        std_error,
        statistic,
        df: None,
        p_value: 2.0 * normal_sf(statistic.abs()),
        covariance: Some(covariance),
        conf_low: difference - z * std_error,
        conf_high: difference + z * std_error,
    })
}

/// Two samples with a score each.
///
/// # Errors
/// `OneClass` if either sample has one class only, `BadOption` for `level`.
pub fn unpaired(first: &Scored<'_>, second: &Scored<'_>, level: f64) -> Result<AucTest, DecideError> {
    unpaired_levels(&Ranked::new(first, 1)?, &Ranked::new(second, 1)?, level)
}

/// The same for levels that have both classes each.
///
/// # Errors
/// `BadOption` for `level`.
pub fn unpaired_levels(first: &dyn Levels, second: &dyn Levels, level: f64) -> Result<AucTest, DecideError> {
    normal_multiplier(level)?;
    let [a, b] = [placements(first), placements(second)];
    let (v1, v2) = (a.variance(), b.variance());
    let rows = |totals: Totals| match totals.kind {
        WeightKind::Frequency => totals.total(),
        WeightKind::Sampling => (totals.n_cases + totals.n_controls) as f64,
    };
    let (n1, n2) = (rows(first.totals()), rows(second.totals()));
    let df = (v1 + v2).powi(2) / (v1 * v1 / (n1 - 1.0) + v2 * v2 / (n2 - 1.0));
    let std_error = (v1 + v2).sqrt();
    let difference = a.auc - b.auc;
    let statistic = ratio(difference, std_error);
    let (p_value, t) = if std_error > 0.0 {
        (2.0 * t_sf(statistic.abs(), df), t_quantile(f64::midpoint(1.0, level), df))
    } else {
        (if difference == 0.0 { 1.0 } else { 0.0 }, 0.0)
    };
    Ok(AucTest {
        auc: [a.auc, b.auc],
        difference,
        std_error,
        statistic,
        df: Some(df),
        p_value,
        covariance: None,
        conf_low: difference - t * std_error,
        conf_high: difference + t * std_error,
    })
}

fn ratio(difference: f64, std_error: f64) -> f64 {
    if difference == 0.0 { 0.0 } else { difference / std_error }
}

/// Placement of every row among the other class, in row order [n]; rows of weight 0 get 0.
pub(crate) fn row_placements(data: &Scored<'_>) -> Vec<f64> {
    let (y, score, _) = data.columns();
    let mut place = vec![0.0; data.len()];
    let (mut cases, mut controls) = (0.0, 0.0);
    let order = rising_rows(score);
    for tied in order.chunk_by(|&a, &b| score[a as usize] == score[b as usize]) {
        let mut here = [0.0; 2];
        for &row in tied {
            here[usize::from(y[row as usize] == 1.0)] += data.weight_of(row as usize);
        }
        for &row in tied {
            let row = row as usize;
            place[row] = if y[row] == 1.0 {
                (controls + 0.5 * here[0]) / data.controls()
            } else {
                (data.cases() - cases - 0.5 * here[1]) / data.cases()
            };
        }
        controls += here[0];
        cases += here[1];
    }
    place
}

pub(crate) fn mean_of_cases(data: &Scored<'_>, place: &[f64]) -> f64 {
    data.rows().filter(|row| row.1).map(|(row, _, _, w)| w * place[row]).sum::<f64>() / data.cases()
}

/// Covariance of two areas from their placements; of one area with itself, its variance.
fn moment(data: &Scored<'_>, a: (&[f64], f64), b: (&[f64], f64)) -> f64 {
    let mut sum = [0.0; 2];
    let frequency = data.kind() == WeightKind::Frequency;
    for (row, case, _, w) in data.rows() {
        let w = if frequency { w } else { w * w };
        sum[usize::from(case)] += w * (a.0[row] - a.1) * (b.0[row] - b.1);
    }
    let part = |sum: f64, total: f64, rows: usize| {
        let count = if frequency { total } else { rows as f64 };
        sum / (total * total) * (count / (count - 1.0))
    };
    part(sum[1], data.cases(), data.n_cases()) + part(sum[0], data.controls(), data.n_controls())
}
