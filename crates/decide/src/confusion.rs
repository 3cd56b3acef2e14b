//! Two classes at one threshold: the four counts, and every usual figure made of them.
//!
//! A row is flagged when `score > threshold`; the other rule (`>=`, scikit-learn's) has to be asked for. A figure
//! whose denominator is 0 is absent (null), not 0.

use crate::{DecideError, Scored};
use serde::Serialize;

/// When a row is flagged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Flag {
    /// score > threshold: a tie goes to the other class.
    #[default]
    Above,
    /// score >= threshold.
    AtOrAbove,
}

/// Weights of the four kinds of row.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct Confusion {
    /// Flagged cases.
    pub tp: f64,
    /// Flagged controls, false alarms.
    pub fp: f64,
    /// Cases not flagged, misses.
    #[serde(rename = "fn")]
    pub missed: f64,
    /// Controls not flagged.
    pub tn: f64,
}

/// Figures of a confusion; null where nothing divides.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Figures {
    /// (tp + tn) / n
    pub accuracy: Option<f64>,
    /// (recall + specificity) / 2
    pub balanced_accuracy: Option<f64>,
    /// tp / (tp + fp), the positive predictive value.
    pub precision: Option<f64>,
    /// tp / (tp + fn), the sensitivity.
    pub recall: Option<f64>,
    /// tn / (tn + fp)
    pub specificity: Option<f64>,
    /// tn / (tn + fn), the negative predictive value.
    pub npv: Option<f64>,
    /// Harmonic mean of precision and recall.
    pub f1: Option<f64>,
    /// F with recall weighing twice.
    pub f2: Option<f64>,
    /// F with precision weighing twice.
    pub f_half: Option<f64>,
    /// Matthews correlation (phi).
    pub mcc: Option<f64>,
    /// Cohen's kappa.
    pub cohen_kappa: Option<f64>,
    /// tp / (tp + fp + fn)
    pub jaccard: Option<f64>,
    /// recall + specificity - 1
    pub youden: Option<f64>,
    /// Share of the rows that is flagged.
    pub flagged: Option<f64>,
}

impl Confusion {
    /// Counts at a threshold.
    ///
    /// # Errors
    /// `BadOption` if the threshold is NaN.
    pub fn at(data: &Scored<'_>, threshold: f64, rule: Flag) -> Result<Self, DecideError> {
        if threshold.is_nan() {
            return Err(DecideError::BadOption { option: "threshold", value: threshold, wanted: "a number" });
        }
        let mut sums = [[0.0; 2]; 2];
        for (_, case, score, w) in data.rows() {
            let flagged = match rule {
                Flag::Above => score > threshold,
                Flag::AtOrAbove => score >= threshold,
            };
            sums[usize::from(case)][usize::from(flagged)] += w;
        }
        Ok(Self { tp: sums[1][1], missed: sums[1][0], fp: sums[0][1], tn: sums[0][0] })
    }

    /// Weight of all rows.
    pub fn total(&self) -> f64 {
        self.tp + self.fp + self.missed + self.tn
    }

    /// (1 + b^2) tp / ((1 + b^2) tp + b^2 fn + fp)
    pub fn f_beta(&self, beta: f64) -> Option<f64> {
        let b = beta * beta;
        quotient((1.0 + b) * self.tp, (1.0 + b) * self.tp + b * self.missed + self.fp)
    }

    /// All figures.
    pub fn figures(&self) -> Figures {
        let Self { tp, fp, missed, tn } = *self;
        let n = self.total();
        let recall = quotient(tp, tp + missed);
        let specificity = quotient(tn, tn + fp);
        let both = |f: fn(f64, f64) -> f64| recall.zip(specificity).map(|(a, b)| f(a, b));
        let margins = [tp + fp, tp + missed, tn + fp, tn + missed];
        let chance = margins[0] * margins[1] + margins[2] * margins[3];
        Figures {
            accuracy: quotient(tp + tn, n),
            balanced_accuracy: both(f64::midpoint),
            precision: quotient(tp, tp + fp),
            recall,
            specificity,
            npv: quotient(tn, tn + missed),
            f1: self.f_beta(1.0),
            f2: self.f_beta(2.0),
            f_half: self.f_beta(0.5),
            mcc: quotient(
                tp * tn - fp * missed,
                margins[0].sqrt() * margins[1].sqrt() * margins[2].sqrt() * margins[3].sqrt(),
            ),
            cohen_kappa: quotient((tp + tn) * n - chance, n * n - chance),
            jaccard: quotient(tp, tp + fp + missed),
            youden: both(|a, b| a + b - 1.0),
            flagged: quotient(tp + fp, n),
        }
    }
}

pub(crate) fn quotient(a: f64, b: f64) -> Option<f64> {
    (b != 0.0).then(|| a / b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tie_at_the_threshold_goes_to_the_other_class_unless_asked() {
        let data = Scored::new(&[1.0, 0.0, 1.0], &[0.5, 0.5, 0.7]).expect("legal");
        let above = Confusion::at(&data, 0.5, Flag::Above).expect("a number");
        assert_eq!(above, Confusion { tp: 1.0, fp: 0.0, missed: 1.0, tn: 1.0 });
        let at = Confusion::at(&data, 0.5, Flag::AtOrAbove).expect("a number");
        assert_eq!(at, Confusion { tp: 2.0, fp: 1.0, missed: 0.0, tn: 0.0 });
    }

    #[test]
    fn figures_without_a_denominator_are_absent() {
        let none = Confusion { tp: 0.0, fp: 0.0, missed: 3.0, tn: 7.0 }.figures();
        assert_eq!((none.precision, none.recall, none.mcc, none.f1), (None, Some(0.0), None, Some(0.0)));
        assert_eq!(none.accuracy, Some(0.7));
    }
}
