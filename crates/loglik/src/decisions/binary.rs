//! What cases against controls by one score come to: areas, figures at a threshold, calibration, curves.
//!
//! What cannot be had (one class only, all scores equal, scores that are no probabilities) is null. Intervals: AUC on the
//! logit scale by DeLong's variance, shares by Wilson, mean scores and the calibration line by their standard errors.

use super::{Direction, Figure};
use crate::glossary::listed;
use crate::{Note, Number};
use loglik_decide::Thinned;
use loglik_decide::calibration::{CalibrationLine, Scores};
use loglik_decide::confusion::{Confusion, Figures};
use loglik_decide::cost::{CostCurve, DecisionPoint};
use loglik_decide::delong::Auc;
use loglik_decide::gains::{GainPoint, Gains};
use loglik_decide::hosmer_lemeshow::HosmerLemeshow;
use loglik_decide::isotonic::Decompositions;
use loglik_decide::precision_recall::PrecisionRecall;
use loglik_decide::proportion::Share;
use loglik_decide::reliability::Reliability;
use loglik_decide::roc::{PartialArea, RocPoint};
use loglik_num::normal_quantile;
use serde::Serialize;

/// What two classes and one score come to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Binary {
    /// Rows that are cases.
    pub n_cases: usize,
    /// Rows that are controls.
    pub n_controls: usize,
    /// Share of the weight that is cases.
    pub base_rate: f64,
    /// Area under the ROC curve; null with one class.
    pub auc: Option<Auc>,
    /// Areas of the ends of the ROC curve.
    pub partial_auc: Option<PartialAreas>,
    /// Areas under the precision-recall curve.
    pub precision_recall: Option<PrecisionRecall>,
    /// Cuts of largest sensitivity + specificity.
    pub youden: Vec<RocPoint>,
    /// Counts and figures at a threshold; null where none is known.
    pub at_threshold: Option<Thresholded>,
    /// Whether probabilities mean what they say; null for scores that are none.
    pub calibration: Option<Calibration>,
    /// Curves of at most 400 vertices; null with one class.
    pub curves: Option<Curves>,
}

/// Areas where few controls are flagged, and where few cases are missed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PartialAreas {
    /// Error rates run from 0 to this.
    pub to: f64,
    /// Sensitivity over false positive rates.
    pub false_positive_rate: PartialArea,
    /// Specificity over miss rates.
    pub miss_rate: PartialArea,
}

/// Counts and figures at one threshold.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Thresholded {
    /// Flagged when the score lies beyond it.
    pub threshold: Number,
    /// `given`, `saved` or `default`.
    pub source: &'static str,
    /// Weights of the four kinds of row.
    pub confusion: Confusion,
    /// Figures made of them.
    pub figures: Figures,
    /// Wilson intervals of the shares among them.
    pub shares: Shares,
}

/// Shares with their intervals.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Shares {
    /// Of the rows, decided rightly.
    pub accuracy: Share,
    /// Of the cases, flagged.
    pub recall: Share,
    /// Of the controls, not flagged.
    pub specificity: Share,
    /// Of the flagged, cases.
    pub precision: Share,
    /// Of those not flagged, controls.
    pub npv: Share,
    /// Of the rows, flagged.
    pub flagged: Share,
}

/// Calibration and mean scores.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Calibration {
    /// Brier score, log loss, Spiegelhalter's test.
    pub scores: Scores,
    /// Logistic calibration line; null where it does not exist.
    pub line: Option<CalibrationLine>,
    /// Hosmer-Lemeshow test; null where it does not exist.
    pub hosmer_lemeshow: Option<HosmerLemeshow>,
    /// Reliability diagram and expected calibration error.
    pub reliability: Reliability,
    /// Miscalibration, discrimination, uncertainty; null with one class.
    pub decomposition: Option<Decompositions>,
}

/// Curves, thinned; areas are taken before.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Curves {
    /// True against false positive rate.
    pub roc: Thinned<RocPoint>,
    /// Share of cases against share of rows, with lift.
    pub gains: Gains,
    /// The same at deciles.
    pub deciles: Vec<GainPoint>,
    /// Least expected cost over the cost of classes.
    pub cost: CostCurve,
    /// Net benefit over thresholds 0, 0.01, .., 0.99; empty for scores that are no probabilities.
    pub decision: Vec<DecisionPoint>,
}

pub(crate) fn note(id: &str, message: impl Into<String>) -> Note {
    Note { id: listed(id), message: message.into(), ..Note::default() }
}

/// A threshold of the scores that are compared, on the scale of those that came in.
pub(crate) fn turned(direction: Direction, threshold: f64) -> f64 {
    if direction == Direction::Lower { -threshold } else { threshold }
}

impl Binary {
    /// The figures of the evaluation, for tables and gates.
    pub(crate) fn figures(&self, level: f64) -> Vec<Figure> {
        let z = normal_quantile(f64::midpoint(1.0, level));
        let mut out = Vec::new();
        let auc = self.auc.as_ref();
        let interval = auc.map(|a| (a.conf_low, a.conf_high));
        out.push(Figure::within("auc", "AUC", auc.map(|a| a.auc), interval));
        let gini = interval.map(|(low, high)| (2.0 * low - 1.0, 2.0 * high - 1.0));
        out.push(Figure::within("gini", "Gini", auc.map(|a| a.gini), gini));
        let partial = self.partial_auc.as_ref().map(|p| p.false_positive_rate.standardised);
        out.push(Figure::plain("partial_auc", "partial AUC (standardised)", partial));
        let pr = self.precision_recall.as_ref();
        out.push(Figure::plain("average_precision", "average precision", pr.map(|p| p.average_precision)));
        out.push(Figure::plain("pr_auc", "PR area", pr.map(|p| p.area)));
        out.push(Figure::plain("base_rate", "base rate", self.base_rate));
        if let Some(calibration) = &self.calibration {
            calibration.figures(z, &mut out);
        }
        if let Some(at) = &self.at_threshold {
            at.figures(&mut out);
        }
        out
    }
}

impl Calibration {
    fn figures(&self, z: f64, out: &mut Vec<Figure>) {
        let s = &self.scores;
        out.push(Figure::plain("mean_predicted", "mean probability", s.mean_predicted));
        out.push(Figure::normal("brier", "Brier score", s.brier, s.brier_se, z));
        out.push(Figure::plain("brier_skill", "Brier skill", s.brier_skill));
        out.push(Figure::normal("log_loss", "log-loss", s.log_loss, s.log_loss_se, z));
        out.push(Figure::plain("log_loss_skill", "log-loss skill", s.log_loss_skill));
        if let Some(line) = &self.line {
            let normal = Figure::normal;
            out.push(normal("calibration_slope", "calibration slope", line.slope, Some(line.slope_se), z));
            let se = Some(line.intercept_se);
            out.push(normal("calibration_intercept", "calibration intercept", line.intercept, se, z));
            let se = Some(line.in_the_large_se);
            out.push(normal(
                "calibration_in_the_large",
                "calibration in the large",
                line.in_the_large,
                se,
                z,
            ));
        }
        let r = &self.reliability;
        out.push(Figure::plain("ece", "expected calibration error", r.ece));
        out.push(Figure::plain("ece_if_calibrated", "  by chance alone", r.ece_if_calibrated));
        out.push(Figure::plain("ece_corrected", "  less its bias", r.ece_corrected));
        out.push(Figure::plain("spiegelhalter_p", "Spiegelhalter p", s.spiegelhalter_p));
        if let Some(h) = &self.hosmer_lemeshow {
            let p = (!h.is_arbitrary()).then_some(h.p_value);
            out.push(Figure::plain("hosmer_lemeshow_p", "Hosmer-Lemeshow p", p));
        }
    }
}

impl Thresholded {
    fn figures(&self, out: &mut Vec<Figure>) {
        let (s, f) = (&self.shares, &self.figures);
        out.push(Figure::plain("threshold", "threshold", self.threshold));
        out.push(Figure::share("flagged", "flagged", s.flagged));
        out.push(Figure::share("accuracy", "accuracy", s.accuracy));
        out.push(Figure::share("recall", "recall", s.recall));
        out.push(Figure::share("specificity", "specificity", s.specificity));
        out.push(Figure::share("precision", "precision", s.precision));
        out.push(Figure::share("npv", "negative predictive value", s.npv));
        out.push(Figure::plain("balanced_accuracy", "balanced accuracy", f.balanced_accuracy));
        out.push(Figure::plain("f1", "F1", f.f1));
        out.push(Figure::plain("mcc", "Matthews correlation", f.mcc));
        out.push(Figure::plain("cohen_kappa", "Cohen's kappa", f.cohen_kappa));
    }
}
