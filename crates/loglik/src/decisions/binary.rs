//! Cases against controls by one score: areas, figures at a threshold, calibration, curves.
//!
//! What cannot be had (one class only, all scores equal, scores that are no probabilities) is null, with a note that
//! says why. Intervals: AUC on the logit scale by DeLong's variance, shares by Wilson, mean scores and the calibration
//! line by their standard errors.

use super::rows::ScoredRows;
use super::{Direction, EvaluateSpec, Figure};
use crate::{Error, Note, Number};
use loglik_decide::calibration::{self, CalibrationLine, Scores};
use loglik_decide::confusion::{Confusion, Figures};
use loglik_decide::cost::{self, CostCurve, DecisionPoint};
use loglik_decide::delong::{self, Auc};
use loglik_decide::gains::{self, GainPoint, Gains};
use loglik_decide::hosmer_lemeshow::{HosmerLemeshow, hosmer_lemeshow};
use loglik_decide::isotonic::{Decompositions, decompose};
use loglik_decide::precision_recall::{PrPoint, PrecisionRecall, precision_recall};
use loglik_decide::proportion::{Band, Share, share};
use loglik_decide::reliability::{Binning, Reliability, reliability};
use loglik_decide::roc::{self, Along, PartialArea, RocPoint};
use loglik_decide::{DecideError, Ranked, Scored, Thinned, WeightKind};
use loglik_num::normal_quantile;
use serde::Serialize;

/// Vertices of a drawn curve, at most.
const VERTICES: usize = 400;

/// Groups of the Hosmer-Lemeshow test.
const GROUPS: usize = 10;

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

/// A threshold and where it comes from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct ThresholdUsed {
    pub(crate) value: f64,
    pub(crate) source: &'static str,
}

/// Judges one score against cases `y` `[n]`.
pub(crate) fn binary(
    rows: &ScoredRows,
    y: &[f64],
    score: usize,
    spec: &EvaluateSpec,
    saved: Option<f64>,
) -> Result<(Binary, Vec<Note>), Error> {
    let data = rows.scored(y, score)?;
    let name = rows.names.get(score).map_or("score", String::as_str);
    let ranked = Ranked::of_any(&data, spec.threads());
    let both = data.need_both_classes();
    let mut notes = Vec::new();
    if let Err(error) = &both {
        notes.push(note("response_constant", format!("{error}; those figures are null")));
    }
    let has = |refused: Result<(), DecideError>| refused.is_ok();
    let two = has(both);
    let known = |error: DecideError| rows.refused(error, name);
    let auc = two.then(|| delong::auc(&ranked, spec.level)).transpose().map_err(known)?;
    let partial_auc = two.then(|| partial_areas(&ranked, spec.partial)).transpose().map_err(known)?;
    let calibration = match data.need_probabilities() {
        Ok(()) if rows.direction == Direction::Higher => {
            Some(calibrate(&data, &ranked, spec, &mut notes).map_err(known)?)
        }
        _ => None,
    };
    let at_threshold = match threshold(&data, rows.direction, spec, saved) {
        Some(used) => Some(at(&data, rows.direction, used, spec).map_err(known)?),
        None => None,
    };
    let curves = two
        .then(|| curves(&ranked, &data, rows.direction, calibration.is_some()))
        .transpose()
        .map_err(known)?;
    let mut youden = if two { roc::youden(&ranked) } else { Vec::new() };
    youden.iter_mut().for_each(|point| point.threshold = turned(rows.direction, point.threshold));
    let precision_recall = two.then(|| {
        let mut found = precision_recall(&ranked, VERTICES);
        let turn = |point: &mut PrPoint| point.threshold = turned(rows.direction, point.threshold);
        found.curve.vertices.iter_mut().for_each(turn);
        found
    });
    let found = Binary {
        n_cases: data.n_cases(),
        n_controls: data.n_controls(),
        base_rate: data.base_rate(),
        auc,
        partial_auc,
        precision_recall,
        youden,
        at_threshold,
        calibration,
        curves,
    };
    Ok((found, notes))
}

pub(crate) fn note(id: &str, message: impl Into<String>) -> Note {
    Note { id: id.to_owned(), message: message.into(), ..Note::default() }
}

/// A threshold of the scores that are compared, on the scale of those that came in.
pub(crate) fn turned(direction: Direction, threshold: f64) -> f64 {
    if direction == Direction::Lower { -threshold } else { threshold }
}

fn partial_areas(ranked: &Ranked, to: f64) -> Result<PartialAreas, DecideError> {
    Ok(PartialAreas {
        to,
        false_positive_rate: roc::partial_auc(ranked, Along::FalsePositiveRate, 0.0, to)?,
        miss_rate: roc::partial_auc(ranked, Along::MissRate, 0.0, to)?,
    })
}

/// The threshold asked for, else that of the model, else 1/2 for probabilities.
fn threshold(
    data: &Scored<'_>,
    direction: Direction,
    spec: &EvaluateSpec,
    saved: Option<f64>,
) -> Option<ThresholdUsed> {
    let plain = data.are_probabilities() && direction == Direction::Higher;
    let used = |source| move |value| ThresholdUsed { value, source };
    let given = spec.threshold.map(used("given")).or(saved.map(used("saved")));
    given.or(plain.then_some(0.5).map(used("default")))
}

fn at(
    data: &Scored<'_>,
    direction: Direction,
    used: ThresholdUsed,
    spec: &EvaluateSpec,
) -> Result<Thresholded, DecideError> {
    let confusion = Confusion::at(data, turned(direction, used.value), spec.ties)?;
    let Confusion { tp, fp, missed, tn } = confusion;
    // Under sampling weights a share counts Kish's effective number of rows.
    let scale = match data.kind() {
        WeightKind::Frequency => 1.0,
        WeightKind::Sampling => {
            let squares: f64 = data.rows().map(|(_, _, _, w)| w * w).sum();
            data.total() / squares
        }
    };
    let of = |part: f64, total: f64| share(part * scale, total * scale, spec.level);
    let shares = Shares {
        accuracy: of(tp + tn, confusion.total())?,
        recall: of(tp, tp + missed)?,
        specificity: of(tn, tn + fp)?,
        precision: of(tp, tp + fp)?,
        npv: of(tn, tn + missed)?,
        flagged: of(tp + fp, confusion.total())?,
    };
    let (threshold, source) = (Number(used.value), used.source);
    Ok(Thresholded { threshold, source, confusion, figures: confusion.figures(), shares })
}

fn calibrate(
    data: &Scored<'_>,
    ranked: &Ranked,
    spec: &EvaluateSpec,
    notes: &mut Vec<Note>,
) -> Result<Calibration, DecideError> {
    let scores = calibration::scores(ranked);
    let mut line = None;
    match data
        .need_finite_logits()
        .and_then(|()| data.need_both_classes())
        .and_then(|()| calibration::line(ranked))
    {
        Ok(found) => line = Some(found),
        // Said already where the areas are refused.
        Err(DecideError::OneClass { .. }) => {}
        Err(error) => notes.push(note(error.id(), format!("no calibration line: {error}"))),
    }
    let groups = data.kind() == WeightKind::Frequency && data.total() >= GROUPS as f64;
    let two = data.need_both_classes().is_ok();
    Ok(Calibration {
        scores,
        line,
        hosmer_lemeshow: groups.then(|| hosmer_lemeshow(data, GROUPS)).transpose()?,
        reliability: reliability(ranked, Binning::Quantile(spec.bins), Band::default(), spec.level)?,
        decomposition: two.then(|| decompose(ranked)),
    })
}

fn curves(
    ranked: &Ranked,
    data: &Scored<'_>,
    direction: Direction,
    probabilities: bool,
) -> Result<Curves, DecideError> {
    let mut roc = roc::curve(ranked, VERTICES);
    roc.vertices.iter_mut().for_each(|point| point.threshold = turned(direction, point.threshold));
    let thresholds: Vec<f64> = (0..100).map(|percent| f64::from(percent) / 100.0).collect();
    let decision = if probabilities && data.total() > 0.0 {
        cost::decision_curve(ranked, &thresholds)?
    } else {
        Vec::new()
    };
    Ok(Curves {
        roc,
        gains: gains::gains(ranked, VERTICES),
        deciles: gains::gains_table(ranked, 10),
        cost: cost::cost_curve(ranked, VERTICES),
        decision,
    })
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
            out.push(Figure::plain("hosmer_lemeshow_p", "Hosmer-Lemeshow p", h.p_value));
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
