//! Several classes: weights by true and predicted class, and the figures made of them.
//!
//! Multiclass MCC is Gorodkin's R_K (2004, Computational Biology and Chemistry 28, 367-374); kappa may weigh a
//! disagreement by its distance (linear or quadratic) where the classes are ordered.

use crate::DecideError;
use crate::confusion::{Confusion, Figures, quotient};
use serde::Serialize;

/// Weights by [true class][predicted class].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ConfusionMatrix {
    /// Row = truth, column = prediction `[k][k]`.
    pub weight: Vec<Vec<f64>>,
}

/// How far apart two ordered classes are, for kappa.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disagreement {
    /// Any two classes alike.
    Nominal,
    /// |i - j|
    Linear,
    /// (i - j)^2
    Quadratic,
}

/// Figures over all classes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MatrixFigures {
    /// Share on the diagonal.
    pub accuracy: Option<f64>,
    /// Mean recall over the classes that occur.
    pub balanced_accuracy: Option<f64>,
    /// Cohen's kappa, all disagreements alike.
    pub cohen_kappa: Option<f64>,
    /// Matthews correlation for several classes.
    pub mcc: Option<f64>,
    /// Mean F1 over the classes that are true or predicted somewhere, an F1 that cannot be had counting 0.
    pub f1_macro: Option<f64>,
    /// F1 weighted by the true classes.
    pub f1_weighted: Option<f64>,
    /// Each class against the rest `[k]`.
    pub by_class: Vec<Figures>,
}

impl ConfusionMatrix {
    /// Counts of codes `0..classes` `[n]`.
    ///
    /// # Errors
    /// `Length`, `UnknownClass`.
    pub fn new(
        truth: &[u32],
        predicted: &[u32],
        weight: Option<&[f64]>,
        classes: usize,
    ) -> Result<Self, DecideError> {
        let n = truth.len();
        for (what, got) in [("predicted", predicted.len()), ("weight", weight.map_or(n, <[f64]>::len))] {
            if got != n {
                return Err(DecideError::Length { what, got, want: n });
            }
        }
        let mut counts = vec![vec![0.0; classes]; classes];
        for row in 0..n {
            for code in [truth[row], predicted[row]] {
                if code as usize >= classes {
                    return Err(DecideError::UnknownClass { row, code, classes });
                }
            }
            counts[truth[row] as usize][predicted[row] as usize] += weight.map_or(1.0, |w| w[row]);
        }
        Ok(Self { weight: counts })
    }

    fn margins(&self) -> (Vec<f64>, Vec<f64>, f64) {
        let k = self.weight.len();
        let truth: Vec<f64> = self.weight.iter().map(|row| row.iter().sum()).collect();
        let predicted = (0..k).map(|j| self.weight.iter().map(|row| row[j]).sum()).collect();
        let total = truth.iter().sum();
        (truth, predicted, total)
    }

    /// One class against the rest.
    pub fn one_vs_rest(&self, class: usize) -> Confusion {
        let (truth, predicted, total) = self.margins();
        let tp = self.weight[class][class];
        let (missed, fp) = (truth[class] - tp, predicted[class] - tp);
        Confusion { tp, fp, missed, tn: total - tp - missed - fp }
    }

    /// Cohen's kappa with disagreements weighed: 1 - observed / expected disagreement.
    pub fn kappa(&self, by: Disagreement) -> Option<f64> {
        let (truth, predicted, total) = self.margins();
        let k = self.weight.len();
        let (mut observed, mut expected) = (0.0, 0.0);
        for i in 0..k {
            for j in 0..k {
                let apart = i.abs_diff(j) as f64;
                let cost = match by {
                    Disagreement::Nominal => f64::from(i != j),
                    Disagreement::Linear => apart,
                    Disagreement::Quadratic => apart * apart,
                };
                observed += cost * self.weight[i][j];
                expected += cost * truth[i] * predicted[j] / total;
            }
        }
        quotient(observed, expected).map(|share| 1.0 - share)
    }

    /// All figures.
    pub fn figures(&self) -> MatrixFigures {
        let (truth, predicted, total) = self.margins();
        let k = self.weight.len();
        let right: f64 = (0..k).map(|c| self.weight[c][c]).sum();
        let by_class: Vec<Figures> = (0..k).map(|c| self.one_vs_rest(c).figures()).collect();
        let recalls: Vec<f64> = by_class.iter().filter_map(|f| f.recall).collect();
        let f1 = |c: &usize| by_class[*c].f1.unwrap_or(0.0);
        let seen: Vec<usize> = (0..k).filter(|&c| truth[c] + predicted[c] > 0.0).collect();
        let dot = |a: &[f64], b: &[f64]| -> f64 { a.iter().zip(b).map(|(x, y)| x * y).sum() };
        let spread = |a: &[f64]| (total * total - dot(a, a)).sqrt();
        MatrixFigures {
            accuracy: quotient(right, total),
            balanced_accuracy: quotient(recalls.iter().sum(), recalls.len() as f64),
            cohen_kappa: self.kappa(Disagreement::Nominal),
            mcc: quotient(right * total - dot(&truth, &predicted), spread(&truth) * spread(&predicted)),
            f1_macro: quotient(seen.iter().map(f1).sum(), seen.len() as f64),
            f1_weighted: quotient((0..k).map(|c| truth[c] * f1(&c)).sum(), total),
            by_class,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_classes_give_the_same_figures_as_the_four_counts() {
        let truth = [0, 0, 0, 1, 1, 1, 1, 0];
        let predicted = [0, 1, 0, 1, 1, 0, 1, 0];
        let matrix = ConfusionMatrix::new(&truth, &predicted, None, 2).expect("legal");
        let four = matrix.one_vs_rest(1).figures();
        let all = matrix.figures();
        // The same quotients in another order of operations: a few roundings apart.
        let close = |a: Option<f64>, b: Option<f64>| (a.expect("has") - b.expect("has")).abs() < 1e-14;
        assert!(close(all.mcc, four.mcc) && close(all.cohen_kappa, four.cohen_kappa));
        assert!(close(all.accuracy, four.accuracy) && close(all.balanced_accuracy, four.balanced_accuracy));
        assert!(close(matrix.kappa(Disagreement::Quadratic), four.cohen_kappa));
    }

    #[test]
    fn a_class_without_scores_is_named() {
        let error = ConfusionMatrix::new(&[0, 3], &[0, 1], None, 3).expect_err("3 is not a class");
        assert_eq!(error, DecideError::UnknownClass { row: 1, code: 3, classes: 3 });
    }
}
