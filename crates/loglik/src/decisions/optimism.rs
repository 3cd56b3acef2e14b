//! How much a model is flattered by the rows that it was fitted on: the same figures in them and out of fold.
//!
//! Mean scores are compared row by row, areas of two classes by DeLong's paired test; the mean area over pairs of several
//! classes has no interval. The intervals take the two sets of scores as
//! they are; that each fold was one of many that could have been dealt is not in them.

use super::compare;
use super::outcome::Labels;
use super::rows::ScoredRows;
use crate::{Error, Number};
use loglik_decide::multiclass::{ClassScores, by_pairs};
use loglik_likelihood::{ResponseKind, Tail};
use loglik_num::{log, log1p, normal_quantile};
use serde::Serialize;

/// One figure both ways.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Optimism {
    /// `loglik_per_row`, `auc`, `brier` or `squared_error`.
    pub figure: &'static str,
    /// In the rows of the fit.
    pub in_sample: Number,
    /// Out of fold.
    pub out_of_fold: Number,
    /// How much better the figure is in the rows of the fit.
    pub optimism: Number,
    /// Lower end of its interval.
    pub conf_low: Number,
    /// Upper end.
    pub conf_high: Number,
}

/// Compares scores in the rows of the fit with those out of fold.
pub(crate) fn optimism(
    inside: &ScoredRows,
    outside: &ScoredRows,
    level: f64,
) -> Result<Vec<Optimism>, Error> {
    let mut out = Vec::new();
    let z = normal_quantile(f64::midpoint(1.0, level));
    if let (Some(a), Some(b)) = (logs(inside), logs(outside)) {
        out.push(by_rows("loglik_per_row", inside, &a, &b, 1.0, z));
    }
    match &inside.labels {
        Labels::Two(y) => of_two(inside, outside, y, level, &mut out),
        Labels::Classes(codes) if inside.scores.len() > 1 => {
            let area = |rows: &ScoredRows| {
                let columns: Vec<&[f64]> = rows.scores.iter().map(Vec::as_slice).collect();
                let weight = rows.weight.as_deref().map(|w| (w, rows.kind));
                ClassScores::new(codes, &columns, weight).and_then(|data| by_pairs(&data)).ok()?.auc
            };
            if let (Some(a), Some(b)) = (area(inside), area(outside)) {
                let (low, high) = (Number(f64::NAN), Number(f64::NAN));
                out.push(Optimism {
                    figure: "auc",
                    in_sample: a.into(),
                    out_of_fold: b.into(),
                    optimism: (a - b).into(),
                    conf_low: low,
                    conf_high: high,
                });
            }
            let one = |p: &Vec<f64>, class: usize, row: usize| {
                let truth = f64::from(u8::from(codes[row] as usize == class));
                (p[row] - truth) * (p[row] - truth)
            };
            let squares = |rows: &ScoredRows| -> Vec<f64> {
                let of = |row| rows.scores.iter().enumerate().map(|(class, p)| one(p, class, row)).sum();
                (0..codes.len()).map(of).collect()
            };
            out.push(by_rows("brier", inside, &squares(inside), &squares(outside), -1.0, z));
        }
        Labels::Classes(_) => {}
        Labels::Amounts(y) => {
            let (a, b) = (squares(inside, y), squares(outside, y));
            out.push(by_rows("squared_error", inside, &a, &b, -1.0, z));
        }
    }
    Ok(out)
}

/// Squared errors of the first score, of which smaller is better                    `[n]`
fn squares(rows: &ScoredRows, y: &[f64]) -> Vec<f64> {
    rows.scores[0].iter().zip(y).map(|(p, y)| (y - p) * (y - p)).collect()
}

/// Area and Brier score of two classes.
fn of_two(inside: &ScoredRows, outside: &ScoredRows, y: &[f64], level: f64, out: &mut Vec<Optimism>) {
    let z = normal_quantile(f64::midpoint(1.0, level));
    {
        let both = ScoredRows {
            scores: vec![inside.scores[0].clone(), outside.scores[0].clone()],
            names: vec!["in_sample".to_owned(), "out_of_fold".to_owned()],
            ..inside.clone()
        };
        if let Ok(test) = compare::paired(&both, [0, 1], level) {
            out.push(Optimism {
                figure: "auc",
                in_sample: test.auc[0].into(),
                out_of_fold: test.auc[1].into(),
                optimism: test.difference.into(),
                conf_low: test.conf_low.into(),
                conf_high: test.conf_high.into(),
            });
        }
        out.push(by_rows("brier", inside, &squares(inside, y), &squares(outside, y), -1.0, z));
    }
}

/// Log probability or density of each row's outcome.
fn logs(rows: &ScoredRows) -> Option<Vec<f64>> {
    match &rows.labels {
        Labels::Two(y) => {
            let one = |(p, y): (&f64, &f64)| if *y == 1.0 { log(*p) } else { log1p(-p) };
            Some(rows.scores[0].iter().zip(y).map(one).collect())
        }
        Labels::Classes(codes) => {
            Some(codes.iter().enumerate().map(|(row, c)| log(rows.scores[*c as usize][row])).collect())
        }
        Labels::Amounts(y) => {
            let at = rows.at.as_ref()?;
            let number = at.likelihood.spec().response == ResponseKind::Number;
            number.then(|| at.logs(Tail::Pdf, std::slice::from_ref(y)))
        }
    }
}

/// Weighted means and the interval of their difference, from the differences by row.
fn by_rows(figure: &'static str, rows: &ScoredRows, a: &[f64], b: &[f64], sign: f64, z: f64) -> Optimism {
    let weight = |row: usize| rows.weight.as_ref().map_or(1.0, |w| w[row]);
    let total: f64 = (0..a.len()).map(weight).sum();
    let mean = |of: &dyn Fn(usize) -> f64| {
        let term = |row: usize| if weight(row) == 0.0 { 0.0 } else { weight(row) * of(row) };
        (0..a.len()).map(term).sum::<f64>() / total
    };
    let difference = |row: usize| sign * (a[row] - b[row]);
    let gap = mean(&difference);
    let frequency = rows.kind == loglik_decide::WeightKind::Frequency;
    let count = if frequency { total } else { (0..a.len()).filter(|r| weight(*r) > 0.0).count() as f64 };
    let spread = |row: usize| {
        let w = if frequency { 1.0 } else { weight(row) };
        w * (difference(row) - gap) * (difference(row) - gap)
    };
    let se = (mean(&spread) / total * (count / (count - 1.0))).sqrt();
    Optimism {
        figure,
        in_sample: mean(&|row| a[row]).into(),
        out_of_fold: mean(&|row| b[row]).into(),
        optimism: gap.into(),
        conf_low: (gap - z * se).into(),
        conf_high: (gap + z * se).into(),
    }
}
