//! Several classes with a score each: areas by pairs and against the rest, the matrix of decisions, mean scores,
//! calibration of each class, and what the order of ordinal classes adds.

use super::binary::note;
use super::rows::ScoredRows;
use super::{EvaluateSpec, Figure};
use crate::{Error, ModelFile, Note};
use loglik_decide::bayes_rule::CostMatrix;
use loglik_decide::calibration::{self, CalibrationLine};
use loglik_decide::confusion_matrix::{ConfusionMatrix, Disagreement, MatrixFigures};
use loglik_decide::mean_area::{MeanArea, MeanOf, mean_area};
use loglik_decide::multiclass::{ClassScores, PairAreas, RestAreas, against_rest, by_pairs};
use loglik_decide::proportion::{Band, Share, share};
use loglik_decide::reliability::{Binning, Reliability, reliability};
use loglik_decide::{Ranked, WeightKind};
use loglik_num::{log, normal_quantile};
use serde::Serialize;

/// What several classes come to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Classes {
    /// Areas by pairs of classes.
    pub by_pairs: PairAreas,
    /// Mean of `by_pairs` with its interval; null where a class has a single row, or one class has all.
    pub mean_by_pairs: Option<MeanArea>,
    /// Mean of `against_rest` with its interval; null as that.
    pub mean_against_rest: Option<MeanArea>,
    /// Areas of each class against the rest; null where all rows are of one class.
    pub against_rest: Option<RestAreas>,
    /// Weights by true and predicted class.
    pub confusion: ConfusionMatrix,
    /// Figures made of them.
    pub confusion_figures: MatrixFigures,
    /// Share decided rightly, with its interval.
    pub accuracy: Share,
    /// Mean scores; null for scores that are no probabilities.
    pub mean_scores: Option<ClassMeans>,
    /// Whether the probability of each class means what it says; null where it is none.
    pub calibration: Vec<Option<ClassCalibration>>,
    /// What the order of the classes adds; null for classes without one.
    pub ordinal: Option<OrdinalFigures>,
}

/// Mean scores of class probabilities, lower is better.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ClassMeans {
    /// Mean of -log of the probability given to the true class, nats.
    pub log_loss: f64,
    /// Its standard error.
    pub log_loss_se: f64,
    /// Of the shares of the classes.
    pub log_loss_of_base_rates: f64,
    /// Mean of the sum over classes of squared errors (Brier 1950).
    pub brier: f64,
    /// Its standard error.
    pub brier_se: f64,
    /// Of the shares of the classes.
    pub brier_of_base_rates: f64,
}

/// One class against the rest.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClassCalibration {
    /// Logistic calibration line; null where it does not exist.
    pub line: Option<CalibrationLine>,
    /// Reliability diagram.
    pub reliability: Reliability,
}

/// Figures that know the order of the classes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct OrdinalFigures {
    /// Cohen's kappa with linear weights.
    pub kappa_linear: Option<f64>,
    /// Cohen's kappa with quadratic weights.
    pub kappa_quadratic: Option<f64>,
    /// Mean distance of predicted and true class.
    pub mean_distance: f64,
    /// Ranked probability score: squared errors of P(Y <= j), summed over j (Epstein 1969).
    pub ranked_probability: f64,
}

/// Decisions of least expected cost.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Decided {
    /// The costs, truth by prediction.
    pub costs: CostMatrix,
    /// Rules, the cheapest first.
    pub rules: Vec<Rule>,
}

/// One way to decide.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Rule {
    /// `least_expected_cost`, `most_probable`, or `always CLASS`.
    pub name: String,
    /// Weights by true and predicted class.
    pub confusion: ConfusionMatrix,
    /// Share decided rightly.
    pub accuracy: f64,
    /// Mean cost a row.
    pub cost_per_row: f64,
    /// Lower end of its interval.
    pub cost_low: f64,
    /// Upper end.
    pub cost_high: f64,
}

/// Judges scores of classes.
pub(crate) fn classes(
    rows: &ScoredRows,
    codes: &[u32],
    spec: &EvaluateSpec,
    model: Option<&ModelFile>,
) -> Result<(Classes, Vec<Note>), Error> {
    let columns: Vec<&[f64]> = rows.scores.iter().map(Vec::as_slice).collect();
    let weight = rows.weight.as_deref().map(|w| (w, rows.kind));
    let known = |error| rows.refused(error, &rows.names[0]);
    let data = ClassScores::new(codes, &columns, weight).map_err(known)?;
    let decide = |row: usize| {
        let p: Vec<f64> = columns.iter().map(|column| column[row]).collect();
        model.map_or_else(|| largest(&p), |model| model.class_of(&p)) as u32
    };
    let predicted: Vec<u32> = (0..codes.len()).map(decide).collect();
    let confusion =
        ConfusionMatrix::new(codes, &predicted, rows.weight.as_deref(), columns.len()).map_err(known)?;
    let figures = confusion.figures();
    let seen = data.class_weights().iter().filter(|w| **w > 0.0).count();
    let mut notes = Vec::new();
    if seen < columns.len() {
        notes.push(note("response_constant", "a class has no row: its figures are null"));
    }
    let means = means(rows, codes);
    let ordered = model.is_some_and(|m| m.fit.likelihood.starts_with("ordinal"));
    let (count, scale) = effective(rows, codes.len());
    let accuracy = share(figures.accuracy.unwrap_or(0.0) * count * scale, count * scale, spec.level);
    let found = Classes {
        by_pairs: by_pairs(&data).map_err(known)?,
        mean_by_pairs: mean_area(&data, MeanOf::Pairs, spec.level).map_err(known)?,
        mean_against_rest: mean_area(&data, MeanOf::Rest, spec.level).map_err(known)?,
        against_rest: (seen > 1)
            .then(|| against_rest(&data, spec.level, spec.threads()))
            .transpose()
            .map_err(known)?,
        ordinal: ordered.then(|| ordinal(rows, codes, &predicted, &confusion)),
        calibration: (0..columns.len())
            .map(|class| means.is_some().then(|| class_calibration(rows, &data, class, spec)).transpose())
            .collect::<Result<_, _>>()?,
        confusion,
        confusion_figures: figures,
        accuracy: accuracy.map_err(known)?,
        mean_scores: means,
    };
    Ok((found, notes))
}

fn largest(p: &[f64]) -> usize {
    (1..p.len()).fold(0, |best, k| if p[k] > p[best] { k } else { best })
}

/// Rows that shares count, and the factor that brings sums of weights to Kish's effective number.
fn effective(rows: &ScoredRows, n: usize) -> (f64, f64) {
    match (&rows.weight, rows.kind) {
        (None, _) => (n as f64, 1.0),
        (Some(w), WeightKind::Frequency) => (w.iter().sum(), 1.0),
        (Some(w), WeightKind::Sampling) => {
            let (sum, squares): (f64, f64) = w.iter().fold((0.0, 0.0), |(s, q), w| (s + w, q + w * w));
            (sum, sum / squares)
        }
    }
}

fn class_calibration(
    rows: &ScoredRows,
    data: &ClassScores<'_>,
    class: usize,
    spec: &EvaluateSpec,
) -> Result<ClassCalibration, Error> {
    let y = data.indicator(class);
    let scored = rows.scored(&y, class)?;
    let ranked = Ranked::of_any(&scored, spec.threads());
    let known = |error| rows.refused(error, &rows.names[class]);
    let line = scored.need_finite_logits().and_then(|()| scored.need_both_classes());
    Ok(ClassCalibration {
        line: line.and_then(|()| calibration::line(&ranked)).ok(),
        reliability: reliability(&ranked, Binning::Quantile(spec.bins), Band::default(), spec.level)
            .map_err(known)?,
    })
}

/// Mean of a value over rows by their weights, and its standard error.
fn mean(rows: &ScoredRows, n: usize, value: impl Fn(usize) -> f64) -> (f64, f64) {
    let weight = |row: usize| rows.weight.as_ref().map_or(1.0, |w| w[row]);
    let used = || (0..n).filter(|row| weight(*row) > 0.0);
    let total: f64 = used().map(weight).sum();
    let mean = used().map(|row| weight(row) * value(row)).sum::<f64>() / total;
    let (count, power) = match rows.kind {
        WeightKind::Frequency => (total, 1),
        WeightKind::Sampling => (used().count() as f64, 2),
    };
    let spread: f64 = used().map(|row| weight(row).powi(power) * (value(row) - mean).powi(2)).sum();
    (mean, (spread / (total * total) * (count / (count - 1.0))).sqrt())
}

/// Mean scores where every row's scores are probabilities that sum to 1 (six digits, as files have them).
fn means(rows: &ScoredRows, codes: &[u32]) -> Option<ClassMeans> {
    let n = codes.len();
    let p = |class: usize, row: usize| rows.scores[class][row];
    let k = rows.scores.len();
    let sound = |row: usize| {
        let sum: f64 = (0..k).map(|class| p(class, row)).sum();
        (sum - 1.0).abs() < 1e-5 && (0..k).all(|class| (0.0..=1.0).contains(&p(class, row)))
    };
    if !(0..n).all(sound) {
        return None;
    }
    let (log_loss, log_loss_se) = mean(rows, n, |row| -log(p(codes[row] as usize, row)));
    let square = |row: usize| -> f64 {
        (0..k).map(|class| (p(class, row) - f64::from(u8::from(codes[row] as usize == class))).powi(2)).sum()
    };
    let (brier, brier_se) = mean(rows, n, square);
    let shares: Vec<f64> = (0..k)
        .map(|class| mean(rows, n, |row| f64::from(u8::from(codes[row] as usize == class))).0)
        .collect();
    let entropy = shares.iter().filter(|q| **q > 0.0).map(|q| -q * log(*q)).sum();
    let spread = 1.0 - shares.iter().map(|q| q * q).sum::<f64>();
    Some(ClassMeans {
        log_loss,
        log_loss_se,
        log_loss_of_base_rates: entropy,
        brier,
        brier_se,
        brier_of_base_rates: spread,
    })
}

fn ordinal(
    rows: &ScoredRows,
    codes: &[u32],
    predicted: &[u32],
    confusion: &ConfusionMatrix,
) -> OrdinalFigures {
    let n = codes.len();
    let ranked = |row: usize| -> f64 {
        let mut below = 0.0;
        let mut sum = 0.0;
        for (class, column) in rows.scores.iter().enumerate() {
            below += column[row];
            let truth = f64::from(u8::from(codes[row] as usize <= class));
            sum += (below - truth).powi(2);
        }
        sum
    };
    OrdinalFigures {
        kappa_linear: confusion.kappa(Disagreement::Linear),
        kappa_quadratic: confusion.kappa(Disagreement::Quadratic),
        mean_distance: mean(rows, n, |row| f64::from(codes[row].abs_diff(predicted[row]))).0,
        ranked_probability: mean(rows, n, ranked).0,
    }
}

/// Bayes' rule beside the most probable class and each class always.
pub(crate) fn decided(
    rows: &ScoredRows,
    codes: &[u32],
    costs: &CostMatrix,
    level: f64,
) -> Result<Decided, Error> {
    let n = codes.len();
    let k = rows.scores.len();
    let levels = rows.outcome.levels.clone().unwrap_or_default();
    let z = normal_quantile(f64::midpoint(1.0, level));
    let known = |error| rows.refused(error, &rows.names[0]);
    let rule = |name: String, predicted: Vec<u32>| -> Result<Rule, Error> {
        let confusion = ConfusionMatrix::new(codes, &predicted, rows.weight.as_deref(), k).map_err(known)?;
        let (cost, se) = mean(rows, n, |row| costs.cost(codes[row] as usize, predicted[row] as usize));
        Ok(Rule {
            name,
            accuracy: confusion.figures().accuracy.unwrap_or(f64::NAN),
            confusion,
            cost_per_row: cost,
            cost_low: cost - z * se,
            cost_high: cost + z * se,
        })
    };
    let p = |row: usize| -> Vec<f64> { rows.scores.iter().map(|column| column[row]).collect() };
    let bayes =
        (0..n).map(|row| costs.decide(&p(row)).map(|c| c as u32)).collect::<Result<_, _>>().map_err(known)?;
    let mut rules = vec![
        rule("least_expected_cost".to_owned(), bayes)?,
        rule("most_probable".to_owned(), (0..n).map(|row| largest(&p(row)) as u32).collect())?,
    ];
    for (class, level) in levels.iter().enumerate() {
        rules.push(rule(format!("always {level}"), vec![class as u32; n])?);
    }
    rules.sort_by(|a, b| a.cost_per_row.total_cmp(&b.cost_per_row));
    Ok(Decided { costs: costs.clone(), rules })
}

impl Classes {
    /// The figures of the evaluation, for tables and gates.
    pub(crate) fn figures(&self, level: f64) -> Vec<Figure> {
        let z = normal_quantile(f64::midpoint(1.0, level));
        let rest = self.against_rest.as_ref();
        let f = &self.confusion_figures;
        let interval = |mean: Option<MeanArea>| mean.and_then(|m| m.conf_low.zip(m.conf_high));
        let mut out = vec![
            Figure::within(
                "auc",
                "AUC, mean over pairs (Hand & Till)",
                self.by_pairs.auc,
                interval(self.mean_by_pairs),
            ),
            Figure::within(
                "auc_macro",
                "AUC, mean against the rest",
                rest.and_then(|r| r.macro_auc),
                interval(self.mean_against_rest),
            ),
            Figure::plain(
                "auc_weighted",
                "AUC against the rest, by class size",
                rest.and_then(|r| r.weighted_auc),
            ),
            Figure::plain("auc_micro", "AUC, pooled scores", rest.map(|r| r.micro_auc)),
        ];
        if let Some(s) = &self.mean_scores {
            out.push(Figure::normal("log_loss", "log-loss", s.log_loss, Some(s.log_loss_se), z));
            let skill = 1.0 - s.log_loss / s.log_loss_of_base_rates;
            out.push(Figure::plain("log_loss_skill", "log-loss skill", skill));
            out.push(Figure::normal("brier", "Brier score", s.brier, Some(s.brier_se), z));
            out.push(Figure::plain("brier_skill", "Brier skill", 1.0 - s.brier / s.brier_of_base_rates));
        }
        out.push(Figure::share("accuracy", "accuracy", self.accuracy));
        out.push(Figure::plain("balanced_accuracy", "balanced accuracy", f.balanced_accuracy));
        out.push(Figure::plain("f1_macro", "F1, mean over classes", f.f1_macro));
        out.push(Figure::plain("f1_weighted", "F1, by class size", f.f1_weighted));
        out.push(Figure::plain("mcc", "Matthews correlation", f.mcc));
        out.push(Figure::plain("cohen_kappa", "Cohen's kappa", f.cohen_kappa));
        if let Some(o) = &self.ordinal {
            out.push(Figure::plain("kappa_linear", "kappa, linear weights", o.kappa_linear));
            out.push(Figure::plain("kappa_quadratic", "kappa, quadratic weights", o.kappa_quadratic));
            out.push(Figure::plain("mean_distance", "mean distance of classes", o.mean_distance));
            out.push(Figure::plain("ranked_probability", "ranked probability score", o.ranked_probability));
        }
        out
    }
}
