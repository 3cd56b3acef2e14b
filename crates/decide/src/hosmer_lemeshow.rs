//! Hosmer-Lemeshow: observed against expected cases in groups of equal numbers of rows by rising probability.
//!
//! Row number r of n by probability (ties in row order) is in group ceiling(r groups / n); the statistic is
//! sum (observed - expected)^2 / (expected (1 - expected / n_g)), chi-square with groups - 2 degrees of freedom on
//! the rows of the fit and with `groups` on other rows: both are given. Source: Hosmer & Lemeshow (2000), Applied Logistic
//! Regression, 5.2.2. It depends on the grouping and on row order in ties: the calibration line is the better test.

use crate::order::rising_rows;
use crate::{DecideError, Scored, WeightKind};
use loglik_num::chisq_sf;
use serde::Serialize;

/// Table and test.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HosmerLemeshow {
    /// Number of groups.
    pub groups: usize,
    /// Chi-square.
    pub statistic: f64,
    /// Degrees of freedom on rows that are new to the model: the number of groups.
    pub df: usize,
    /// Upper tail.
    pub p_value: f64,
    /// Degrees of freedom on the rows of the fit: groups - 2.
    pub df_of_the_fit: usize,
    /// Upper tail with them.
    pub p_value_of_the_fit: f64,
    /// Rows by group.
    pub n: Vec<f64>,
    /// Cases by group.
    pub observed: Vec<f64>,
    /// Sum of the probabilities by group.
    pub expected: Vec<f64>,
}

/// The test for rows of weight 1 or frequency weights.
///
/// # Errors
/// `NotProbability`; `BadOption` for fewer than 3 groups, fewer rows than groups, or sampling weights, under which
/// the statistic is not chi-square.
pub fn hosmer_lemeshow(data: &Scored<'_>, groups: usize) -> Result<HosmerLemeshow, DecideError> {
    data.need_probabilities()?;
    let total = data.total();
    let refuse = |option, value, wanted| Err(DecideError::BadOption { option, value, wanted });
    if data.kind() == WeightKind::Sampling {
        return refuse("weights", total, "frequency weights, which the Hosmer-Lemeshow test needs");
    }
    if groups < 3 || groups as f64 > total {
        return refuse("groups", groups as f64, "between 3 and the number of rows");
    }
    let mut table = HosmerLemeshow {
        groups,
        statistic: 0.0,
        df: groups,
        p_value: 0.0,
        df_of_the_fit: groups - 2,
        p_value_of_the_fit: 0.0,
        n: vec![0.0; groups],
        observed: vec![0.0; groups],
        expected: vec![0.0; groups],
    };
    let (y, p, _) = data.columns();
    let mut rank = 0.0;
    for row in rising_rows(p) {
        let row = row as usize;
        let end = rank + data.weight_of(row);
        // A repeated row may lie across a border: its copies are dealt out.
        while rank < end {
            let group = (((rank + 1.0) * groups as f64 / total).ceil() as usize).clamp(1, groups);
            // Ranks up to floor(group n / groups) are in this group.
            let border = (group as f64 * total / groups as f64).floor();
            let w = border.max(rank + 1.0).min(end) - rank;
            let group = group - 1;
            table.n[group] += w;
            table.observed[group] += w * y[row];
            table.expected[group] += w * p[row];
            rank += w;
        }
    }
    for g in 0..groups {
        let (n, o, e) = (table.n[g], table.observed[g], table.expected[g]);
        let gap = (o - e) * (o - e);
        // A group that is certain and right adds nothing; certain and wrong is infinite.
        table.statistic += if gap == 0.0 { 0.0 } else { gap / (e * (1.0 - e / n)) };
    }
    table.p_value = chisq_sf(table.statistic, table.df as f64);
    table.p_value_of_the_fit = chisq_sf(table.statistic, table.df_of_the_fit as f64);
    Ok(table)
}
