//! Hosmer-Lemeshow: observed against expected cases in groups of equal numbers of rows by rising probability.
//!
//! Row number r of n by probability is in group ceiling(r groups / n); the statistic is
//! sum (observed - expected)^2 / (expected (1 - expected / n_g)), chi-square with groups - 2 degrees of freedom on
//! the rows of the fit and with `groups` on other rows: both are given. Rows of one probability on both sides of a
//! border are dealt in row order, or in proportion where rows have none; either way the groups are then arbitrary, and
//! `tied` says how much. The calibration line is the better test. Source: Hosmer & Lemeshow (2000), Applied Logistic
//! Regression, 5.2.2.

use crate::{DecideError, Level, Levels, Scored, WeightKind};
use loglik_num::chisq_sf;
use serde::Serialize;

/// Share of tied rows from which the test says more of how they were dealt than of the forecast: with ten groups they
/// are half as many as a group has rows.
const ARBITRARY: f64 = 0.05;

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
    /// Share of the rows whose probability, with cases and controls, lies on both sides of a border between groups.
    pub tied: f64,
    /// Rows by group.
    pub n: Vec<f64>,
    /// Cases by group.
    pub observed: Vec<f64>,
    /// Sum of the probabilities by group.
    pub expected: Vec<f64>,
}

impl HosmerLemeshow {
    /// Whether tied rows are too many for the groups to mean anything.
    pub fn is_arbitrary(&self) -> bool {
        self.tied > ARBITRARY
    }

    /// Deals so many rows of one probability out to groups, the first of them after `rank` rows.
    fn deal(&mut self, total: f64, mut rank: f64, weight: f64, cases: f64, p: f64) {
        let (end, share) = (rank + weight, cases / weight);
        while rank < end {
            let group = group_of(rank + 1.0, self.groups, total);
            // Ranks up to floor(group n / groups) are in this group.
            let border = ((group + 1) as f64 * total / self.groups as f64).floor();
            let w = border.max(rank + 1.0).min(end) - rank;
            self.n[group] += w;
            self.observed[group] += w * share;
            self.expected[group] += w * p;
            rank += w;
        }
    }
}

/// Group of a rank, from 1, among `total` rows.
fn group_of(rank: f64, groups: usize, total: f64) -> usize {
    ((rank * groups as f64 / total).ceil() as usize).clamp(1, groups) - 1
}

/// The test for levels whose scores are probabilities, of rows of weight 1 or frequency weights.
///
/// * `rows` the same rows in the order by which tied ones are dealt; in proportion where absent
///
/// # Errors
/// `BadOption` for fewer than 3 groups, fewer rows than groups, or sampling weights, under which the statistic is not
/// chi-square.
pub fn hosmer_lemeshow(
    levels: &dyn Levels,
    rows: Option<&Scored<'_>>,
    groups: usize,
) -> Result<HosmerLemeshow, DecideError> {
    let totals = levels.totals();
    let total = totals.total();
    let refuse = |option, value, wanted| Err(DecideError::BadOption { option, value, wanted });
    if totals.kind == WeightKind::Sampling {
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
        tied: 0.0,
        n: vec![0.0; groups],
        observed: vec![0.0; groups],
        expected: vec![0.0; groups],
    };
    let mut split: Vec<(Level, f64)> = Vec::new();
    let mut above = 0.0;
    levels.visit(|level| {
        let n = level.cases + level.controls;
        above += n;
        let below = total - above;
        if group_of(below + 1.0, groups, total) == group_of(below + n, groups, total) {
            table.deal(total, below, n, level.cases, level.score);
        } else {
            split.push((level, below));
        }
    });
    for (level, below) in split {
        let n = level.cases + level.controls;
        if level.cases > 0.0 && level.controls > 0.0 {
            table.tied += n / total;
        }
        let Some(rows) = rows else {
            table.deal(total, below, n, level.cases, level.score);
            continue;
        };
        let mut rank = below;
        for (_, case, p, w) in rows.rows().filter(|(_, _, p, _)| *p == level.score) {
            table.deal(total, rank, w, if case { w } else { 0.0 }, p);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Ranked;

    #[test]
    fn rows_of_one_probability_across_a_border_are_dealt_and_told() {
        let (y, p) = ([1.0, 0.0, 0.0, 1.0, 0.0, 1.0], [0.2, 0.4, 0.4, 0.4, 0.4, 0.6]);
        let rows = Scored::new(&y, &p).expect("legal");
        let ranked = Ranked::new(&rows, 1).expect("two classes");
        let in_order = hosmer_lemeshow(&ranked, Some(&rows), 3).expect("three groups");
        assert_eq!((in_order.n, in_order.observed), (vec![2.0; 3], vec![1.0, 1.0, 1.0]));
        let in_proportion = hosmer_lemeshow(&ranked, None, 3).expect("three groups");
        assert_eq!(in_proportion.observed, [1.25, 0.5, 1.25]);
        assert!(in_proportion.tied == 4.0 / 6.0 && in_proportion.is_arbitrary());
        // Controls alone cannot be dealt differently.
        let alone = Scored::new(&[0.0, 0.0, 0.0, 1.0], &[0.1, 0.1, 0.1, 0.9]).expect("legal");
        let alone = hosmer_lemeshow(&Ranked::new(&alone, 1).expect("two"), None, 3).expect("three groups");
        assert_eq!(alone.tied, 0.0);
    }
}
