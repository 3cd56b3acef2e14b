//! A plain regression: bias, error, deviance explained, log density, quantile coverage, order and lift.
//!
//! Deviance explained is 1 - D(y, mu) / D(y, mean of y) with the unit deviance of the model's own family, the mean that
//! of the rows judged. Coverage is the share of rows at or below the model's quantile; a count's quantile covers more
//! than its level, so the share that the model expects stands beside it. Gini and lift order rows by prediction
//! (Frees, Meyers & Cummings 2011, JASA 106, 1085-1098), their depth in weight.

use super::binary::note;
use super::rows::ScoredRows;
use super::{EvaluateSpec, Figure};
use crate::row_coordinates::RowCoordinates;
use crate::{Error, Note, Number};
use loglik_decide::gains::{AmountGini, amount_gini};
use loglik_decide::proportion::{Share, share};
use loglik_decide::{WeightKind, rising_rows};
use loglik_likelihood::{ResponseKind, Tail};
use loglik_num::{exp, normal_quantile};
use serde::Serialize;

/// Levels at which coverage is judged.
const LEVELS: [f64; 7] = [0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95];

/// What predictions of numbers come to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Regression {
    /// Mean of the outcomes.
    pub mean_observed: f64,
    /// Mean of the predictions.
    pub mean_predicted: f64,
    /// Mean of prediction less outcome.
    pub bias: f64,
    /// Its standard error.
    pub bias_se: f64,
    /// Sum of outcomes over sum of predictions: 1 without bias.
    pub observed_over_predicted: Number,
    /// Root of the mean squared error.
    pub rmse: f64,
    /// Mean absolute error.
    pub mae: f64,
    /// 1 - squared error over that of the mean.
    pub r_squared: Number,
    /// Deviance explained; null where the family has no deviance.
    pub deviance_explained: Number,
    /// Mean log density or probability of the outcomes, nats; null without a model.
    pub loglik_per_row: Number,
    /// Its standard error.
    pub loglik_se: Number,
    /// Quantile coverage; empty where the model has no quantiles.
    pub coverage: Vec<Coverage>,
    /// Tenths of the rows by rising prediction.
    pub deciles: Vec<Decile>,
    /// Gini index and gains curve; null where an outcome is negative or all are 0.
    pub gini: Option<AmountGini>,
}

/// Share of the rows at or below the model's quantile.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Coverage {
    /// Level of the quantile.
    pub level: f64,
    /// Mean probability that the model gives to values at or below its quantile: `level` but for counts.
    pub expected: f64,
    /// Share with its interval.
    pub observed: Share,
}

/// A tenth of the rows.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Decile {
    /// Weight of its rows.
    pub n: f64,
    /// Mean prediction.
    pub predicted: f64,
    /// Mean outcome.
    pub observed: f64,
    /// Lower end of its interval, from the spread within.
    pub conf_low: f64,
    /// Upper end.
    pub conf_high: f64,
    /// Mean outcome over that of all rows.
    pub lift: f64,
}

/// Weighted means with their standard errors.
struct Means<'a> {
    rows: &'a ScoredRows,
    total: f64,
    count: f64,
}

impl<'a> Means<'a> {
    fn of(rows: &'a ScoredRows) -> Self {
        let n = rows.table.rows();
        let total = rows.weight.as_ref().map_or(n as f64, |w| w.iter().sum());
        let count = if rows.kind == WeightKind::Frequency { total } else { n as f64 };
        Self { rows, total, count }
    }

    fn weight(&self, row: usize) -> f64 {
        self.rows.weight.as_ref().map_or(1.0, |w| w[row])
    }

    /// Mean over all rows, and its standard error.
    fn mean(&self, value: impl Fn(usize) -> f64) -> (f64, f64) {
        let n = self.rows.table.rows();
        let mean = (0..n).map(|row| self.weight(row) * value(row)).sum::<f64>() / self.total;
        let squared = self.rows.kind == WeightKind::Sampling;
        let spread: f64 = (0..n)
            .map(|row| {
                let w = self.weight(row);
                (if squared { w * w } else { w }) * (value(row) - mean).powi(2)
            })
            .sum();
        (mean, (spread / (self.total * self.total) * (self.count / (self.count - 1.0))).sqrt())
    }
}

/// Judges predictions of numbers.
pub(crate) fn regression(
    rows: &ScoredRows,
    y: &[f64],
    spec: &EvaluateSpec,
) -> Result<(Regression, Vec<Note>), Error> {
    let mu = &rows.scores[0];
    for (column, name) in [(y, rows.outcome.column.as_str()), (mu.as_slice(), rows.names[0].as_str())] {
        if let Some(row) = column.iter().position(|v| !v.is_finite()) {
            let message = format!("`{name}` is {} in a row, which is not a finite number", column[row]);
            let error = Error::data("non_finite_value", message).column(name).value(column[row].to_string());
            return Err(error.at(&rows.table, row));
        }
    }
    let means = Means::of(rows);
    let (mean_observed, _) = means.mean(|row| y[row]);
    let (mean_predicted, _) = means.mean(|row| mu[row]);
    let (bias, bias_se) = means.mean(|row| mu[row] - y[row]);
    let square = means.mean(|row| (y[row] - mu[row]).powi(2)).0;
    let around = means.mean(|row| (y[row] - mean_observed).powi(2)).0;
    let mut notes = Vec::new();
    if around == 0.0 {
        notes.push(note("response_constant", "every outcome is the same: shares explained are null"));
    }
    let ratio = |a: f64, b: f64| if b == 0.0 { Number(f64::NAN) } else { Number(a / b) };
    let at = rows.at.as_ref().filter(|at| at.likelihood.spec().response == ResponseKind::Number);
    let logs = at.map(|at| at.logs(Tail::Pdf, &[y.to_vec()]));
    let logs = logs.map(|logs| means.mean(|row| logs[row]));
    // A row of weight w is w rows: their amounts add up.
    let amounts: Vec<f64> = (0..y.len()).map(|row| means.weight(row) * y[row]).collect();
    let gini = match amount_gini(&amounts, mu, rows.weight.as_deref(), 400) {
        Ok(found) => Some(found),
        Err(error) => {
            notes.push(note("response_out_of_range", format!("no Gini index: {error}")));
            None
        }
    };
    let explained = |part: f64| if around == 0.0 { Number(f64::NAN) } else { Number(1.0 - part / around) };
    let found = Regression {
        mean_observed,
        mean_predicted,
        bias,
        bias_se,
        observed_over_predicted: ratio(mean_observed, mean_predicted),
        rmse: square.sqrt(),
        mae: means.mean(|row| (y[row] - mu[row]).abs()).0,
        r_squared: explained(square),
        deviance_explained: at.and_then(|at| deviance_explained(at, y, mean_observed, &means)).into(),
        loglik_per_row: logs.map(|l| l.0).into(),
        loglik_se: logs.map(|l| l.1).into(),
        coverage: match at {
            Some(at) => coverage(at, y, &means, spec.level)?,
            None => Vec::new(),
        },
        deciles: deciles(rows, y, mean_observed, spec.level),
        gini,
    };
    Ok((found, notes))
}

/// 1 - deviance over that of the mean; none where the family has no deviance.
fn deviance_explained(at: &RowCoordinates, y: &[f64], mean: f64, means: &Means<'_>) -> Option<f64> {
    let null = at.likelihood.spec().params[0].support.coordinate(mean);
    let (mut here, mut there) = (0.0, 0.0);
    let mut u = vec![0.0; at.us.len()];
    for (row, y) in y.iter().enumerate() {
        u.iter_mut().zip(&at.us).for_each(|(u, column)| *u = column[row]);
        here += means.weight(row) * at.likelihood.dispersion_model(&[*y], &u)?.deviance;
        u[0] = null;
        there += means.weight(row) * at.likelihood.dispersion_model(&[*y], &u)?.deviance;
    }
    (there > 0.0).then(|| 1.0 - here / there)
}

/// Coverage at every level; none where the likelihood has no quantiles.
fn coverage(
    at: &RowCoordinates,
    y: &[f64],
    means: &Means<'_>,
    confidence: f64,
) -> Result<Vec<Coverage>, Error> {
    let mut out = Vec::new();
    let u = |row: usize| -> Vec<f64> { at.us.iter().map(|column| column[row]).collect() };
    for level in LEVELS {
        let quantiles: Option<Vec<f64>> =
            (0..y.len()).map(|row| at.likelihood.quantile(level, &u(row))).collect();
        let Some(quantiles) = quantiles else { return Ok(Vec::new()) };
        let spec = at.likelihood.spec();
        let expected = match (spec.discrete, spec.tails) {
            (false, _) => level,
            (true, true) => {
                let logs = at.logs(Tail::Cdf, std::slice::from_ref(&quantiles));
                means.mean(|row| exp(logs[row])).0
            }
            (true, false) => f64::NAN,
        };
        let share_below = means.mean(|row| f64::from(u8::from(y[row] <= quantiles[row]))).0;
        let count = effective(means);
        out.push(Coverage { level, expected, observed: share(share_below * count, count, confidence)? });
    }
    Ok(out)
}

/// Rows that shares count: Kish's effective number under sampling weights.
fn effective(means: &Means<'_>) -> f64 {
    match (&means.rows.weight, means.rows.kind) {
        (Some(w), WeightKind::Sampling) => means.total * means.total / w.iter().map(|w| w * w).sum::<f64>(),
        _ => means.total,
    }
}

/// Sums over some rows, or a share of them.
#[derive(Clone, Copy, Default)]
struct Tenth {
    rows: f64,
    weight: f64,
    predicted: f64,
    /// Sum of w d, d the outcome less the mean of all.
    observed: f64,
    /// Sums of w^k, w^k d, w^k d^2: k is 2 for rows that stand for others.
    squares: [f64; 3],
}

impl Tenth {
    fn add(&mut self, other: &Self, share: f64) {
        self.rows += share * other.rows;
        self.weight += share * other.weight;
        self.predicted += share * other.predicted;
        self.observed += share * other.observed;
        self.squares.iter_mut().zip(other.squares).for_each(|(mine, theirs)| *mine += share * theirs);
    }

    fn figures(&self, kind: WeightKind, mean: f64, z: f64) -> Decile {
        let n = self.weight;
        let gap = self.observed / n;
        let [w, wd, wdd] = self.squares;
        let spread = wdd - 2.0 * gap * wd + gap * gap * w;
        let count = if kind == WeightKind::Frequency { n } else { self.rows };
        let se = (spread / (n * n) * (count / (count - 1.0))).sqrt();
        let observed = mean + gap;
        let (conf_low, conf_high) = (observed - z * se, observed + z * se);
        Decile { n, predicted: self.predicted / n, observed, conf_low, conf_high, lift: observed / mean }
    }
}

/// Tenths of the weight by rising prediction; rows of one prediction are dealt out evenly.
fn deciles(rows: &ScoredRows, y: &[f64], mean: f64, level: f64) -> Vec<Decile> {
    let means = Means::of(rows);
    let mu = &rows.scores[0];
    let power = if rows.kind == WeightKind::Sampling { 2 } else { 1 };
    let mut tenths = [Tenth::default(); 10];
    let mut below = 0.0;
    for tied in rising_rows(mu).chunk_by(|a, b| mu[*a as usize] == mu[*b as usize]) {
        let mut all = Tenth::default();
        for row in tied.iter().map(|row| *row as usize) {
            let (w, d) = (means.weight(row), y[row] - mean);
            let square = w.powi(power);
            let squares = [square, square * d, square * d * d];
            let one = Tenth { rows: 1.0, weight: w, predicted: w * mu[row], observed: w * d, squares };
            all.add(&one, 1.0);
        }
        let end = below + all.weight;
        for (at, tenth) in tenths.iter_mut().enumerate() {
            let border = |at: usize| if at == 10 { f64::INFINITY } else { at as f64 * means.total / 10.0 };
            let inside = end.min(border(at + 1)) - f64::max(below, border(at));
            if inside > 0.0 {
                tenth.add(&all, inside / all.weight);
            }
        }
        below = end;
    }
    let z = normal_quantile(f64::midpoint(1.0, level));
    tenths.iter().filter(|t| t.weight > 0.0).map(|t| t.figures(rows.kind, mean, z)).collect()
}

impl Regression {
    /// The figures of the evaluation, for tables and gates.
    pub(crate) fn figures(&self, level: f64) -> Vec<Figure> {
        let z = normal_quantile(f64::midpoint(1.0, level));
        let mut out = vec![
            Figure::plain("mean_observed", "mean outcome", self.mean_observed),
            Figure::plain("mean_predicted", "mean prediction", self.mean_predicted),
            Figure::normal("bias", "bias (prediction - outcome)", self.bias, Some(self.bias_se), z),
            Figure::plain("observed_over_predicted", "observed over predicted", self.observed_over_predicted),
            Figure::plain("rmse", "root mean squared error", self.rmse),
            Figure::plain("mae", "mean absolute error", self.mae),
            Figure::plain("r_squared", "R2 (squared error)", self.r_squared),
            Figure::plain("deviance_explained", "deviance explained", self.deviance_explained),
        ];
        if !self.loglik_per_row.0.is_nan() {
            let (value, se) = (self.loglik_per_row.0, Some(self.loglik_se.0));
            out.push(Figure::normal("loglik_per_row", "log-likelihood a row", value, se, z));
        }
        let gini = self.gini.as_ref();
        out.push(Figure::plain("gini", "Gini", gini.map(|g| g.gini)));
        out.push(Figure::plain(
            "gini_normalised",
            "Gini over that of the best order",
            gini.and_then(|g| g.gini_normalised),
        ));
        let lift = self.deciles.last().map(|d| d.lift);
        out.push(Figure::plain("lift_top_decile", "lift of the top tenth", lift));
        for (at, name, title, expected) in [
            (0, "coverage_05", "coverage of the 5 % quantile", "coverage_05_expected"),
            (1, "coverage_10", "coverage of the 10 % quantile", "coverage_10_expected"),
            (3, "coverage_50", "coverage of the median", "coverage_50_expected"),
            (5, "coverage_90", "coverage of the 90 % quantile", "coverage_90_expected"),
            (6, "coverage_95", "coverage of the 95 % quantile", "coverage_95_expected"),
        ] {
            let Some(coverage) = self.coverage.get(at) else { continue };
            out.push(Figure::share(name, title, coverage.observed));
            if coverage.expected != coverage.level {
                out.push(Figure::plain(expected, "  expected of counts", coverage.expected));
            }
        }
        out
    }
}
