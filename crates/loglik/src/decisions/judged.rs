//! One score of two classes judged, wherever its levels come from: rows in memory or bins of a stream.
//!
//! What cannot be had is left out, and a note says why.

use super::binary::{Binary, Calibration, Curves, PartialAreas, Shares, Thresholded, note, turned};
use super::rows::ScoredRows;
use super::{Direction, EvaluateSpec};
use crate::{Error, Note, Number};
use loglik_decide::confusion::Confusion;
use loglik_decide::hosmer_lemeshow::hosmer_lemeshow;
use loglik_decide::isotonic::decompose;
use loglik_decide::precision_recall::{PrPoint, precision_recall};
use loglik_decide::proportion::{Band, share};
use loglik_decide::reliability::{Binning, reliability};
use loglik_decide::roc::{self, Along};
use loglik_decide::{
    DecideError, Levels, Ranked, Scored, WeightKind, calibration, cost, delong, gains, two_walks,
};

/// Vertices of a drawn curve, at most.
const VERTICES: usize = 400;

/// Groups of the Hosmer-Lemeshow test.
const GROUPS: usize = 10;

/// A threshold and where it comes from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct ThresholdUsed {
    pub(crate) value: f64,
    pub(crate) source: &'static str,
}

impl ThresholdUsed {
    /// The threshold asked for, else that of the model, else 1/2, which is for probabilities of the event alone.
    pub(crate) fn of(spec: &EvaluateSpec, saved: Option<f64>) -> Self {
        let used = |source| move |value| Self { value, source };
        let given = spec.threshold.map(used("given")).or(saved.map(used("saved")));
        given.unwrap_or(Self { value: 0.5, source: "default" })
    }
}

/// One score of two classes, ready to be judged.
pub(crate) struct Judged<'a> {
    pub(crate) levels: &'a dyn Levels,
    /// The rows in an order that means something, where they are in memory.
    pub(crate) rows: Option<&'a Scored<'a>>,
    /// Smallest and largest score, as they are compared.
    pub(crate) range: (f64, f64),
    pub(crate) direction: Direction,
    pub(crate) threshold: ThresholdUsed,
    /// Counts at it.
    pub(crate) confusion: Confusion,
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
    let threshold = ThresholdUsed::of(spec, saved);
    let judged = Judged {
        levels: &Ranked::of_any(&data, spec.threads()),
        // Counted rows stand once for each class: their order says nothing.
        rows: (rows.copies == 1).then_some(&data),
        range: data.range(),
        direction: rows.direction,
        threshold,
        confusion: Confusion::at(&data, turned(rows.direction, threshold.value), spec.ties)?,
    };
    judged.all(spec)
}

impl Judged<'_> {
    /// Every figure that can be had, and what is to be said of the others.
    pub(crate) fn all(&self, spec: &EvaluateSpec) -> Result<(Binary, Vec<Note>), Error> {
        let (levels, totals, direction) = (self.levels, self.levels.totals(), self.direction);
        let mut notes = Vec::new();
        let only = match (totals.n_cases, totals.n_controls) {
            (0, _) => Some("control"),
            (_, 0) => Some("case"),
            _ => None,
        };
        let two = only.is_none();
        if let Some(only) = only {
            let why = DecideError::OneClass { only };
            notes.push(note("response_constant", format!("{why}; those figures are null")));
        }
        let probabilities = self.are_probabilities(&mut notes);
        let areas = || {
            let mut youden = if two { roc::youden(levels) } else { Vec::new() };
            youden.iter_mut().for_each(|point| point.threshold = turned(direction, point.threshold));
            let auc = two.then(|| delong::auc(levels, spec.level)).transpose();
            let partial = two.then(|| partial_areas(levels, spec.partial)).transpose();
            (youden, auc, partial, two.then(|| curves(levels, direction, probabilities)).transpose())
        };
        let rest = || {
            let precision_recall = two.then(|| {
                let mut found = precision_recall(levels, VERTICES);
                let turn = |point: &mut PrPoint| point.threshold = turned(direction, point.threshold);
                found.curve.vertices.iter_mut().for_each(turn);
                found
            });
            (precision_recall, probabilities.then(|| self.calibrate(two, spec, &mut notes)).transpose())
        };
        let ((youden, auc, partial_auc, curves), (precision_recall, calibration)) =
            two_walks(spec.threads(), areas, rest);
        let found = Binary {
            n_cases: totals.n_cases,
            n_controls: totals.n_controls,
            base_rate: totals.cases / totals.total(),
            auc: auc?,
            partial_auc: partial_auc?,
            precision_recall,
            youden,
            at_threshold: (probabilities || self.threshold.source != "default")
                .then(|| self.at(spec))
                .transpose()?,
            calibration: calibration?,
            curves: curves?,
        };
        Ok((found, notes))
    }

    /// Whether the scores can be probabilities of the event; else what is left out is said.
    fn are_probabilities(&self, notes: &mut Vec<Note>) -> bool {
        let (low, high) = self.range;
        let why = match self.direction {
            Direction::Lower => "--direction lower: scores that point away from the event".to_owned(),
            Direction::Higher if low >= 0.0 && high <= 1.0 => return true,
            Direction::Higher => format!("scores from {low} to {high}"),
        };
        let counts = if self.threshold.source == "default" { ", no counts without --threshold" } else { "" };
        notes.push(note(
            "response_out_of_range",
            format!("{why} are no probabilities of it: no calibration, no decision curve{counts}"),
        ));
        false
    }

    fn at(&self, spec: &EvaluateSpec) -> Result<Thresholded, DecideError> {
        let Confusion { tp, fp, missed, tn } = self.confusion;
        // Under sampling weights a share counts Kish's effective number of rows.
        let totals = self.levels.totals();
        let scale = match totals.kind {
            WeightKind::Frequency => 1.0,
            WeightKind::Sampling => {
                let mut squares = 0.0;
                self.levels.visit(|level| squares += level.cases_sq + level.controls_sq);
                totals.total() / squares
            }
        };
        let of = |part: f64, total: f64| share(part * scale, total * scale, spec.level);
        let shares = Shares {
            accuracy: of(tp + tn, self.confusion.total())?,
            recall: of(tp, tp + missed)?,
            specificity: of(tn, tn + fp)?,
            precision: of(tp, tp + fp)?,
            npv: of(tn, tn + missed)?,
            flagged: of(tp + fp, self.confusion.total())?,
        };
        let (threshold, source) = (Number(self.threshold.value), self.threshold.source);
        let figures = self.confusion.figures();
        Ok(Thresholded { threshold, source, confusion: self.confusion, figures, shares })
    }

    fn calibrate(
        &self,
        two: bool,
        spec: &EvaluateSpec,
        notes: &mut Vec<Note>,
    ) -> Result<Calibration, DecideError> {
        let levels = self.levels;
        let line = two.then(|| calibration::line(levels));
        if let Some(Err(error)) = &line {
            notes.push(note(error.id(), format!("no calibration line: {error}")));
        }
        let totals = levels.totals();
        let groups = totals.kind == WeightKind::Frequency && totals.total() >= GROUPS as f64;
        let groups = groups.then(|| hosmer_lemeshow(levels, self.rows, GROUPS)).transpose()?;
        if let Some(groups) = groups.as_ref().filter(|groups| groups.is_arbitrary()) {
            notes.push(note(
                "tied_scores",
                format!(
                    "no Hosmer-Lemeshow test: {:.0} % of the rows share a probability with rows of another group",
                    100.0 * groups.tied
                ),
            ));
        }
        Ok(Calibration {
            scores: calibration::scores(levels),
            line: line.and_then(Result::ok),
            hosmer_lemeshow: groups,
            reliability: reliability(levels, Binning::Quantile(spec.bins), Band::default(), spec.level)?,
            decomposition: two.then(|| decompose(levels)),
        })
    }
}

fn partial_areas(levels: &dyn Levels, to: f64) -> Result<PartialAreas, DecideError> {
    Ok(PartialAreas {
        to,
        false_positive_rate: roc::partial_auc(levels, Along::FalsePositiveRate, 0.0, to)?,
        miss_rate: roc::partial_auc(levels, Along::MissRate, 0.0, to)?,
    })
}

fn curves(levels: &dyn Levels, direction: Direction, probabilities: bool) -> Result<Curves, DecideError> {
    let mut roc = roc::curve(levels, VERTICES);
    roc.vertices.iter_mut().for_each(|point| point.threshold = turned(direction, point.threshold));
    let thresholds: Vec<f64> = (0..100).map(|percent| f64::from(percent) / 100.0).collect();
    let decision = if probabilities { cost::decision_curve(levels, &thresholds)? } else { Vec::new() };
    Ok(Curves {
        roc,
        gains: gains::gains(levels, VERTICES),
        deciles: gains::gains_table(levels, 10),
        cost: cost::cost_curve(levels, VERTICES),
        decision,
    })
}
