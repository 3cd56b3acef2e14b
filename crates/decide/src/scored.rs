//! Labels, scores and weights, checked once: everything else in the crate starts from a `Scored`.
//!
//! A row is a case (`y = 1`) or a control (`y = 0`), has a finite score (larger means more like a case) and a
//! weight. Rows of weight 0 are not there. One pass checks all of it and keeps the totals and the extreme scores,
//! so that later steps need not ask again.

use crate::DecideError;

/// What a weight means, for variances; estimates do not depend on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WeightKind {
    /// The row stands for `weight` rows of the population: variances by linearisation.
    #[default]
    Sampling,
    /// The row was seen `weight` times: whole numbers, variances as if it stood there so often.
    Frequency,
}

/// Checked columns `y`, `score`, `weight` `[n]`.
#[derive(Debug, Clone, Copy)]
pub struct Scored<'a> {
    y: &'a [f64],
    score: &'a [f64],
    weight: Option<&'a [f64]>,
    kind: WeightKind,
    rows: [usize; 2],
    total: [f64; 2],
    lowest: (usize, f64),
    highest: (usize, f64),
    mean_size: f64,
}

impl<'a> Scored<'a> {
    /// Rows of weight 1.
    ///
    /// * `y`     1 for a case, 0 for a control                        `[n]`
    /// * `score` finite; larger means more like a case                `[n]`
    ///
    /// # Errors
    /// `Length`, `Empty`, `UnknownLabel`, `NotFinite`.
    pub fn new(y: &'a [f64], score: &'a [f64]) -> Result<Self, DecideError> {
        Self::check(y, score, None, WeightKind::Frequency)
    }

    /// Rows with weights `>= 0` `[n]`; whole numbers if `kind` is `Frequency`.
    ///
    /// # Errors
    /// Those of `new`, and `InvalidWeight`.
    pub fn weighted(
        y: &'a [f64],
        score: &'a [f64],
        weight: &'a [f64],
        kind: WeightKind,
    ) -> Result<Self, DecideError> {
        Self::check(y, score, Some(weight), kind)
    }

    fn check(
        y: &'a [f64],
        score: &'a [f64],
        weight: Option<&'a [f64]>,
        kind: WeightKind,
    ) -> Result<Self, DecideError> {
        let n = y.len();
        for (what, got) in [("score", score.len()), ("weight", weight.map_or(n, <[f64]>::len))] {
            if got != n {
                return Err(DecideError::Length { what, got, want: n });
            }
        }
        let mut scored = Self {
            y,
            score,
            weight,
            kind,
            rows: [0; 2],
            total: [0.0; 2],
            lowest: (0, f64::INFINITY),
            highest: (0, f64::NEG_INFINITY),
            mean_size: 0.0,
        };
        let mut size = 0.0;
        for row in 0..n {
            let w = match weight {
                Some(weight) => checked_weight(row, weight[row], kind)?,
                None => 1.0,
            };
            if w == 0.0 {
                continue;
            }
            let (label, s) = (y[row], score[row]);
            if label != 0.0 && label != 1.0 {
                return Err(DecideError::UnknownLabel { row, value: label });
            }
            if !s.is_finite() {
                return Err(DecideError::NotFinite { what: "score", row, value: s });
            }
            let class = usize::from(label == 1.0);
            scored.rows[class] += 1;
            scored.total[class] += w;
            if s < scored.lowest.1 {
                scored.lowest = (row, s);
            }
            if s > scored.highest.1 {
                scored.highest = (row, s);
            }
            size += s.abs();
        }
        let used = scored.rows[0] + scored.rows[1];
        if used == 0 {
            return Err(DecideError::Empty { why: if n == 0 { "no rows" } else { "every weight is 0" } });
        }
        scored.mean_size = size / used as f64;
        Ok(scored)
    }

    /// The used rows as (row, is a case, score, weight).
    pub fn rows(&self) -> impl Iterator<Item = (usize, bool, f64, f64)> + Clone + '_ {
        (0..self.y.len())
            .map(|row| (row, self.y[row] == 1.0, self.score[row], self.weight_of(row)))
            .filter(|&(_, _, _, w)| w != 0.0)
    }

    /// Labels, scores and weights as they came in.
    pub fn columns(&self) -> (&'a [f64], &'a [f64], Option<&'a [f64]>) {
        (self.y, self.score, self.weight)
    }

    /// Rows of the slices, used or not.
    pub fn len(&self) -> usize {
        self.y.len()
    }

    /// Never: an empty table is refused.
    pub fn is_empty(&self) -> bool {
        false
    }

    /// Weight of one row.
    pub fn weight_of(&self, row: usize) -> f64 {
        self.weight.map_or(1.0, |weight| weight[row])
    }

    /// What the weights mean.
    pub fn kind(&self) -> WeightKind {
        self.kind
    }

    /// Used rows that are cases, and controls.
    pub fn n_cases(&self) -> usize {
        self.rows[1]
    }

    /// Used rows that are controls.
    pub fn n_controls(&self) -> usize {
        self.rows[0]
    }

    /// Weight of all cases.
    pub fn cases(&self) -> f64 {
        self.total[1]
    }

    /// Weight of all controls.
    pub fn controls(&self) -> f64 {
        self.total[0]
    }

    /// Weight of all rows.
    pub fn total(&self) -> f64 {
        self.total[0] + self.total[1]
    }

    /// Share of the weight that is cases.
    pub fn base_rate(&self) -> f64 {
        self.total[1] / self.total()
    }

    /// Mean of the absolute scores, the scale by which `order` spreads rows over buckets.
    pub(crate) fn mean_size(&self) -> f64 {
        self.mean_size
    }

    /// Smallest and largest used score.
    pub fn range(&self) -> (f64, f64) {
        (self.lowest.1, self.highest.1)
    }

    /// Whether every score lies in [0, 1].
    pub fn are_probabilities(&self) -> bool {
        self.lowest.1 >= 0.0 && self.highest.1 <= 1.0
    }

    /// Refuses scores that are not probabilities.
    ///
    /// # Errors
    /// `NotProbability` with the row of the smallest or largest score.
    pub fn need_probabilities(&self) -> Result<(), DecideError> {
        let (row, value) = if self.lowest.1 < 0.0 { self.lowest } else { self.highest };
        if self.are_probabilities() {
            Ok(())
        } else {
            Err(DecideError::NotProbability { row: Some(row), value })
        }
    }

    /// Refuses probabilities whose logit is infinite.
    ///
    /// # Errors
    /// `NotProbability`, `CertainProbability`.
    pub fn need_finite_logits(&self) -> Result<(), DecideError> {
        self.need_probabilities()?;
        for (row, value) in [self.lowest, self.highest] {
            if value == 0.0 || value == 1.0 {
                return Err(DecideError::CertainProbability { row: Some(row), value });
            }
        }
        Ok(())
    }

    /// Refuses data with one class only.
    ///
    /// # Errors
    /// `OneClass`.
    pub fn need_both_classes(&self) -> Result<(), DecideError> {
        match self.rows {
            [0, _] => Err(DecideError::OneClass { only: "case" }),
            [_, 0] => Err(DecideError::OneClass { only: "control" }),
            _ => Ok(()),
        }
    }
}

fn checked_weight(row: usize, value: f64, kind: WeightKind) -> Result<f64, DecideError> {
    if !(value.is_finite() && value >= 0.0) {
        return Err(DecideError::InvalidWeight { row, value, wanted: "a finite number >= 0" });
    }
    if kind == WeightKind::Frequency && value.fract() != 0.0 {
        return Err(DecideError::InvalidWeight {
            row,
            value,
            wanted: "a whole number (frequency weights repeat rows)",
        });
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_degenerate_column_is_refused_with_its_place() {
        let refused = |y: &[f64], s: &[f64]| Scored::new(y, s).expect_err("must be refused");
        assert_eq!(refused(&[], &[]), DecideError::Empty { why: "no rows" });
        assert_eq!(refused(&[1.0, 2.0], &[0.1, 0.2]), DecideError::UnknownLabel { row: 1, value: 2.0 });
        assert_eq!(refused(&[1.0], &[0.1, 0.2]), DecideError::Length { what: "score", got: 2, want: 1 });
        let nan = refused(&[1.0, 0.0], &[0.1, f64::NAN]);
        assert_eq!((nan.id(), nan.row()), ("non_finite_value", Some(1)));
        assert_eq!(refused(&[f64::NAN], &[0.1]).id(), "response_out_of_range");
    }

    #[test]
    fn weights_are_checked_by_their_kind_and_zero_removes_the_row() {
        let (y, s) = ([1.0, 0.0, 0.0], [0.9, f64::NAN, 0.2]);
        let kept =
            Scored::weighted(&y, &s, &[1.5, 0.0, 2.0], WeightKind::Sampling).expect("row 1 is not there");
        assert_eq!((kept.n_cases(), kept.n_controls(), kept.total()), (1, 1, 3.5));
        let half = Scored::weighted(&y, &s, &[1.5, 0.0, 2.0], WeightKind::Frequency);
        assert_eq!(half.expect_err("1.5 is no count").id(), "invalid_weight");
        let none = Scored::weighted(&y, &s, &[0.0; 3], WeightKind::Sampling);
        assert_eq!(none.expect_err("nothing is left"), DecideError::Empty { why: "every weight is 0" });
    }

    #[test]
    fn what_the_figures_need_is_asked_in_words() {
        let one = Scored::new(&[1.0, 1.0], &[0.0, 2.0]).expect("legal");
        assert_eq!(one.need_both_classes(), Err(DecideError::OneClass { only: "case" }));
        assert_eq!(one.need_probabilities(), Err(DecideError::NotProbability { row: Some(1), value: 2.0 }));
        let sure = Scored::new(&[1.0, 0.0], &[0.0, 0.5]).expect("legal");
        assert_eq!(
            sure.need_finite_logits(),
            Err(DecideError::CertainProbability { row: Some(0), value: 0.0 })
        );
    }
}
