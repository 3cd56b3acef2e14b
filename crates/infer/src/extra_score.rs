//! Score tests of parameters that a model does not have: squares of a term, extra zeros, overdispersion, coefficients
//! that vary from row to row.
//!
//! With t a row's score in the extra parameters, v its variance and c its covariance with the row's score in the linear
//! predictors, all under the fitted model, U' (V - C A C')^-1 U is chi-square: U = sum t, V = sum v, C = sum c X, and A
//! the inverse information. Directions that the model has already leave nothing of V and are dropped, with their degree
//! of freedom. One pass, no refit. Rao (1948), Proc. Cambridge Phil. Soc. 44, 50-57; Cox & Hinkley (1974), sec. 9.3.

use crate::bread::Bread;
use crate::design_row::DesignRow;
use crate::expected::expected_model;
use crate::sandwich::{ExpectedModel, active, row_info};
use loglik_design::{Chunk, Frame};
use loglik_fit::{Executor, Gather, Model, Pass, Point, Precision, Recession, RunError, Sweep};
use loglik_likelihood::Order;
use std::fmt::Debug;
use std::sync::Arc;

/// What the model leaves of an extra parameter's variance; below this it is a direction of the model's own.
const NOTHING_LEFT: f64 = 1e-8;

/// Where the scores are taken.
pub struct ExtraAsk<'a> {
    /// The model.
    pub model: &'a Model,
    /// Its maximum.
    pub at: &'a Point,
    /// Rows at infinity.
    pub limits: &'a [Recession],
    /// Inverse information.
    pub bread: &'a Bread,
    /// Whether that is the expected information.
    pub expected: bool,
}

/// One row as a test sees it; weights are not in it.
pub struct ExtraRow<'a> {
    /// Its chunk and its place there.
    pub chunk: &'a Chunk,
    /// Its place in the chunk.
    pub r: usize,
    /// Coordinates                                                          `[k]`
    pub u: &'a [f64],
    /// The main linear predictor.
    pub eta: f64,
    /// Score in the linear predictors                                       `[k]`
    pub score: &'a [f64],
    /// Second derivative in the main linear predictor.
    pub curvature: f64,
    /// Information in the linear predictors                                 `[k, k]`
    pub info: &'a [f64],
    /// Entries of the main predictor: places among the kept coefficients, and values.
    pub main: &'a [(usize, f64)],
    /// What the test computed of the chunk                                  `[..][n]`
    pub given: &'a [Vec<f64>],
}

/// What a row adds; zero when it is handed over.
pub struct Moments {
    /// t                                                                    `[m]`
    pub score: Vec<f64>,
    /// v, lower triangle                                                    `[m, m]`
    pub variance: Vec<f64>,
    /// c                                                                    `[m, k]`
    pub covariance: Vec<f64>,
}

/// Extra parameters of a model.
pub trait Extra: Send + Sync + Debug {
    /// Their number.
    fn count(&self) -> usize;

    /// What is computed of a chunk before its rows; nothing by default.
    fn columns(&self, model: &Model, sweep: &Sweep, chunk: &Chunk) -> Vec<Vec<f64>> {
        let _ = (model, sweep, chunk);
        Vec::new()
    }

    /// What one row says of them.
    fn row(&self, row: &ExtraRow<'_>, out: &mut Moments);
}

/// A score test.
#[derive(Clone, Debug, PartialEq)]
pub struct ExtraScore {
    /// Chi-square of all of them.
    pub statistic: f64,
    /// Its degrees of freedom; 0 where the model has every direction already.
    pub df: usize,
    /// Each alone, as the signed root of its chi-square; NaN where the model has it already `[m]`
    pub each: Vec<f64>,
}

#[derive(Debug)]
struct Rows<E> {
    at: Point,
    limits: Vec<Recession>,
    expected: Option<ExpectedModel>,
    places: Vec<Option<usize>>,
    q: usize,
    extra: E,
}

impl<E: Extra> Gather for Rows<E> {
    /// U `[m]`, V `[m, m]`, C `[m, q]`.
    fn zero(&self, _: &Model, _: &Frame) -> Vec<f64> {
        let m = self.extra.count();
        vec![0.0; m + m * m + m * self.q]
    }

    fn add(&self, model: &Model, sweep: &mut Sweep, chunk: &Chunk, out: &mut Vec<f64>) {
        let (k, m, q) = (model.predictors.len(), self.extra.count(), self.q);
        let mut expected = Sweep::default();
        if let Some(model) = &self.expected {
            expected.eval(&model.0, &self.at, Precision::Plain, &self.limits, chunk, Order::Hessian);
        }
        sweep.eval(model, &self.at, Precision::Plain, &self.limits, chunk, Order::Hessian);
        let given = self.extra.columns(model, sweep, chunk);
        let (mut design, mut info) = (DesignRow::default(), Vec::new());
        let (mut score, mut u) = (vec![0.0; k], vec![0.0; k]);
        let active = active(model, &self.places);
        let size = (vec![0.0; m], vec![0.0; m * m], vec![0.0; m * k]);
        let mut moments = Moments { score: size.0, variance: size.1, covariance: size.2 };
        for r in (0..chunk.rows).filter(|r| chunk.weight[*r] != 0.0 && sweep.moved[*r] == 0.0) {
            let w = chunk.weight[r];
            score.iter_mut().enumerate().for_each(|(i, g)| *g = sweep.out.g(i)[r] / w);
            u.iter_mut().zip(&sweep.us).for_each(|(u, column)| *u = column[r]);
            let derivs = if self.expected.is_some() { &expected.out } else { &sweep.out };
            row_info(derivs, r, w, &active, &mut info);
            design.read(model, &self.places, chunk, r);
            moments.score.fill(0.0);
            moments.variance.fill(0.0);
            moments.covariance.fill(0.0);
            let row = ExtraRow {
                chunk,
                r,
                u: &u,
                eta: sweep.etas[0][r],
                score: &score,
                curvature: sweep.out.h(0, 0)[r] / w,
                info: &info,
                main: design.of(0),
                given: &given,
            };
            self.extra.row(&row, &mut moments);
            out[..m].iter_mut().zip(&moments.score).for_each(|(o, t)| *o += w * t);
            out[m..m + m * m].iter_mut().zip(&moments.variance).for_each(|(o, v)| *o += w * v);
            for (a, c) in moments.covariance.chunks_exact(k).enumerate() {
                let row = &mut out[m + m * m + a * q..m + m * m + (a + 1) * q];
                for (i, c) in c.iter().enumerate().filter(|(_, c)| **c != 0.0) {
                    design.of(i).iter().for_each(|(at, x)| row[*at] += w * c * x);
                }
            }
        }
    }
}

/// The score test of extra parameters, in one pass.
///
/// # Errors
/// When the data cannot be read again.
pub fn extra_score<E: Extra + 'static>(
    ask: &ExtraAsk<'_>,
    extra: E,
    run: &mut dyn Executor,
) -> Result<ExtraScore, RunError> {
    let (m, q) = (extra.count(), ask.bread.q());
    let rows = Rows {
        at: ask.at.clone(),
        limits: ask.limits.to_vec(),
        expected: ask.expected.then(|| ExpectedModel(expected_model(ask.model))),
        places: ask.bread.places(ask.model.p),
        q,
        extra,
    };
    let sums = run.run(ask.model, &Pass::Gather(Arc::new(rows)))?.into_gathered();
    let (score, rest) = sums.split_at(m);
    let (variance, covariance) = rest.split_at(m * m);
    Ok(left_over(score, variance, covariance, &ask.bread.rounded()))
}

/// U' (V - C A C')^-1 U, directions without variance left out.
fn left_over(score: &[f64], variance: &[f64], covariance: &[f64], inverse: &[f64]) -> ExtraScore {
    let m = score.len();
    let q = covariance.len().checked_div(m).unwrap_or(0);
    let spread = |b: usize| -> Vec<f64> {
        let row = &covariance[b * q..(b + 1) * q];
        inverse.chunks_exact(q.max(1)).map(|a| a.iter().zip(row).map(|(x, y)| x * y).sum()).collect()
    };
    let mut left = vec![0.0; m * m];
    for b in 0..m {
        let spread = spread(b);
        for a in b..m {
            let row = &covariance[a * q..(a + 1) * q];
            left[a * m + b] = variance[a * m + b] - row.iter().zip(&spread).map(|(x, y)| x * y).sum::<f64>();
        }
    }
    let whole = |j: usize| NOTHING_LEFT * variance[j * m + j];
    let each = (0..m)
        .map(|j| if left[j * m + j] > whole(j) { score[j] / left[j * m + j].sqrt() } else { f64::NAN })
        .collect();
    // Cholesky in place; a column whose pivot vanishes is dropped.
    let (mut z, mut df) = (score.to_vec(), 0);
    let mut out = 0.0;
    for j in 0..m {
        let pivot = left[j * m + j];
        if pivot <= whole(j) || pivot.is_nan() {
            (j + 1..m).for_each(|i| left[i * m + j] = 0.0);
            continue;
        }
        df += 1;
        out += z[j] * z[j] / pivot;
        for i in j + 1..m {
            let by = left[i * m + j] / pivot;
            z[i] -= by * z[j];
            for l in j + 1..=i {
                left[i * m + l] -= by * left[l * m + j];
            }
        }
    }
    ExtraScore { statistic: out, df, each }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_direction_that_the_model_has_costs_no_degree_of_freedom() {
        // V = C A C' in the first direction; the second is free of the model.
        let found = left_over(&[0.0, 3.0], &[2.0, 0.0, 0.0, 4.0], &[2.0, 0.0], &[0.5]);
        assert_eq!(found.df, 1);
        assert!((found.statistic - 9.0 / 4.0).abs() < 1e-15);
        assert!(found.each[0].is_nan() && (found.each[1] - 1.5).abs() < 1e-15);
    }

    #[test]
    fn two_directions_are_tested_through_their_joint_variance() {
        // No model: U' V^-1 U with V = [2 1; 1 3], U = (1, 2): inverse [3 -1; -1 2] / 5.
        let found = left_over(&[1.0, 2.0], &[2.0, 0.0, 1.0, 3.0], &[], &[]);
        assert_eq!(found.df, 2);
        assert!((found.statistic - (3.0 - 4.0 + 8.0) / 5.0).abs() < 1e-15);
    }
}
