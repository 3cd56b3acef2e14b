//! Sandwich covariances: bread, the products of scores that the data show, bread.
//!
//! White (1980), Econometrica 48, 817-838; MacKinnon & White (1985), J. Econometrics 29, 305-325 (HC1 to HC3);
//! Cribari-Neto (2004), CSDA 45, 215-233 (HC4). Scores are those of the whole log-likelihood, so every likelihood and
//! every parameter has one; leverage is that of its linear predictors (see `leverage`). One pass over the data.

use crate::bread::Bread;
use crate::design_row::DesignRow;
use crate::expected::expected_model;
use crate::leverage::{Leverage, ONE};
use loglik_design::{Chunk, Frame};
use loglik_fit::{
    Executor, Fit, Gather, Model, Pass, Point, Precision, Products, Recession, RunError, Sweep,
};
use loglik_likelihood::{Order, RowDerivs};
use std::sync::Arc;

/// Rows times the square of coefficients up to which every row's leverage and influence are watched where the
/// correction does not need them: beyond, the watch would cost more than the fit.
const WATCHED: usize = 1_000_000_000;

/// Rows named in an answer, at most.
const NAMED: usize = 20;

/// A leverage up to this is 1 but for rounding.
const ALONE: f64 = 1.0 + 1e-6;

/// What a sandwich is made for.
#[derive(Clone, Copy)]
pub struct Ask<'a> {
    /// The fit.
    pub fit: &'a Fit,
    /// Its inverse information.
    pub bread: &'a Bread,
    /// Whether leverage is that of the expected information.
    pub expected: bool,
    /// Whether a weight says how many rows a row stands for.
    pub frequency: bool,
}

/// How scores are corrected for leverage before they are multiplied.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Correction {
    /// Not at all: HC0, and HC1 by its factor.
    None,
    /// Scores times (1 - h)^-power: 1/2 for HC2, 1 for HC3.
    Power(f64),
    /// HC4: the power is half the leverage over its mean, at most 2.
    Share,
}

/// A covariance and what it rests on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Robust {
    /// Covariance of the kept coefficients; NaN where a leverage of 1 leaves it undefined `[q, q]`
    pub vcov: Vec<f64>,
    /// Rows or groups that a coefficient's variance effectively rests on; infinite where not watched `[q]`
    pub effective: Vec<f64>,
    /// Number of groups.
    pub groups: usize,
    /// Rows, or groups, whose leverage is 1.
    pub at_one: usize,
    /// The first of these rows, by number among the rows used.
    pub rows_at_one: Vec<usize>,
}

/// Sums over rows: products of scores, squares and fourth powers of influences, rows of leverage 1.
#[derive(Debug)]
struct RowMeat {
    at: Point,
    limits: Vec<Recession>,
    expected: Option<ExpectedModel>,
    places: Vec<Option<usize>>,
    inverse: Vec<f64>,
    q: usize,
    correction: Correction,
    mean_leverage: f64,
    watch: bool,
    frequency: bool,
}

/// A model whose second derivatives are the expected ones.
#[derive(Clone)]
pub(crate) struct ExpectedModel(pub(crate) Model);

impl std::fmt::Debug for ExpectedModel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ExpectedModel")
    }
}

/// Information of one row in its linear predictors, per unit of `f`; 0 where `active` says that nothing is kept, as it
/// need not be known there `[k, k]`
pub(crate) fn row_info(derivs: &RowDerivs, r: usize, f: f64, active: &[bool], out: &mut Vec<f64>) {
    let k = derivs.params();
    let entry = |i: usize, j: usize| if active[i] && active[j] { -derivs.h(i, j)[r] / f } else { 0.0 };
    out.clear();
    out.extend((0..k * k).map(|at| entry(at / k, at % k)));
}

/// Predictors with a coefficient that is kept `[k]`
pub(crate) fn active(model: &Model, places: &[Option<usize>]) -> Vec<bool> {
    let any = |x: &loglik_fit::Piece| places[x.first..x.first + x.coefs].iter().any(Option::is_some);
    model.predictors.iter().map(|predictor| predictor.pieces.iter().any(any)).collect()
}

impl RowMeat {
    /// Scores of one row after the correction, and its leverage.
    fn corrected(&self, leverage: &Leverage, info: &[f64], g: &[f64], out: &mut [f64]) -> f64 {
        let k = g.len();
        match self.correction {
            Correction::None => {
                let h = leverage.correct(info, g, 0.0, out);
                out.copy_from_slice(g);
                h
            }
            Correction::Power(power) => leverage.correct(info, g, power, out),
            Correction::Share => {
                let all: Vec<usize> = (0..k).collect();
                let share = leverage.share(info, k, &all) / self.mean_leverage;
                leverage.correct(info, g, 0.5 * share.clamp(0.0, 4.0), out)
            }
        }
    }
}

impl Gather for RowMeat {
    /// Products `[p, p]`, squares and fourth powers of influences `[2][q]`, number of rows at 1, and these rows.
    fn zero(&self, model: &Model, _: &Frame) -> Vec<f64> {
        vec![0.0; model.p * model.p + 2 * self.q + 1]
    }

    fn add(&self, model: &Model, sweep: &mut Sweep, chunk: &Chunk, out: &mut Vec<f64>) {
        let (k, p, q) = (model.predictors.len(), model.p, self.q);
        let mut expected = Sweep::default();
        if let (Some(model), true) = (&self.expected, self.watch) {
            expected.eval(&model.0, &self.at, Precision::Plain, &self.limits, chunk, Order::Hessian);
        }
        sweep.eval(model, &self.at, Precision::Plain, &self.limits, chunk, Order::Hessian);
        let info_rows = if self.expected.is_some() { &expected.out } else { &sweep.out };
        let mut products = RowDerivs::new(chunk.n, k);
        let (mut row, mut leverage) = (DesignRow::default(), Leverage::default());
        let (mut info, mut g, mut w) = (Vec::new(), vec![0.0; k], vec![0.0; k]);
        let active = active(model, &self.places);
        for r in (0..chunk.rows).filter(|r| chunk.weight[*r] != 0.0) {
            let f = if self.frequency { chunk.weight[r] } else { 1.0 };
            g.iter_mut().enumerate().for_each(|(i, g)| *g = sweep.out.g(i)[r] / f);
            if self.watch {
                row.read(model, &self.places, chunk, r);
                leverage.read(&row, k, &self.inverse, q);
                row_info(info_rows, r, f, &active, &mut info);
                let h = self.corrected(&leverage, &info, &g, &mut w);
                // Above 1 other rows bend the log-likelihood upwards: this one is not alone, but has no corrected score.
                if h >= ONE && (h <= ALONE || self.correction != Correction::None) {
                    out[p * p + 2 * q] += 1.0;
                    if out.len() < p * p + 2 * q + 1 + NAMED {
                        out.push((chunk.first_row + r) as f64);
                    }
                }
                for at in 0..q {
                    let a: f64 = (0..k).map(|i| leverage.spread[i][at] * w[i]).sum();
                    out[p * p + at] += f * a * a;
                    out[p * p + q + at] += f * a * a * a * a;
                }
            } else {
                w.copy_from_slice(&g);
            }
            for i in 0..k {
                for j in 0..=i {
                    products.h_mut(i, j)[r] = -f * w[i] * w[j];
                }
            }
        }
        Products::default().add_info(model, chunk, &products, &mut out[..p * p]);
    }

    fn merge(&self, out: &mut Vec<f64>, later: &[f64]) {
        let fixed = self.places.len() * self.places.len() + 2 * self.q + 1;
        out.iter_mut().zip(later).take(fixed).for_each(|(a, b)| *a += b);
        let room = (fixed + NAMED).saturating_sub(out.len());
        out.extend(later[fixed..].iter().take(room));
    }
}

/// A sandwich over independent rows.
///
/// # Errors
/// When the data cannot be read again.
pub fn by_row(ask: &Ask<'_>, run: &mut dyn Executor, correction: Correction) -> Result<Robust, RunError> {
    let (p, q) = (ask.fit.model.p, ask.bread.q());
    let rows = ask.fit.end.rows;
    let n = if ask.frequency { ask.fit.end.weight } else { rows as f64 };
    let cheap = rows.saturating_mul(q * q) <= WATCHED;
    let meat = RowMeat {
        at: ask.fit.point.clone(),
        limits: ask.fit.limits.clone(),
        expected: ask.expected.then(|| ExpectedModel(expected_model(&ask.fit.model))),
        places: ask.bread.places(p),
        inverse: ask.bread.rounded(),
        q,
        correction,
        mean_leverage: q as f64 / n,
        watch: cheap || correction != Correction::None,
        frequency: ask.frequency,
    };
    let watch = meat.watch;
    let sums = run.run(&ask.fit.model, &Pass::Gather(Arc::new(meat)))?.into_gathered();
    let (second, fourth) = (&sums[p * p..p * p + q], &sums[p * p + q..p * p + 2 * q]);
    let effective = |at: usize| if watch { second[at] * second[at] / fourth[at] } else { f64::INFINITY };
    let middle = loglik_fit::square(&sums[..p * p], &ask.bread.kept, p);
    Ok(Robust {
        vcov: around(&ask.bread.rounded(), &middle, q),
        effective: (0..q).map(effective).collect(),
        groups: rows,
        at_one: sums[p * p + 2 * q] as usize,
        rows_at_one: sums[p * p + 2 * q + 1..].iter().map(|r| *r as usize).collect(),
    })
}

/// Inverse of the products of scores: the outer-product-of-gradients covariance; `None` where they are singular.
///
/// Berndt, Hall, Hall & Hausman (1974), Annals of Economic and Social Measurement 3, 653-665.
///
/// # Errors
/// When the data cannot be read again.
pub fn opg(ask: &Ask<'_>, run: &mut dyn Executor) -> Result<Option<Vec<f64>>, RunError> {
    let (p, q) = (ask.fit.model.p, ask.bread.q());
    let meat = RowMeat {
        at: ask.fit.point.clone(),
        limits: ask.fit.limits.clone(),
        expected: None,
        places: ask.bread.places(p),
        inverse: Vec::new(),
        q,
        correction: Correction::None,
        mean_leverage: 1.0,
        watch: false,
        frequency: ask.frequency,
    };
    let sums = run.run(&ask.fit.model, &Pass::Gather(Arc::new(meat)))?.into_gathered();
    let middle = loglik_fit::square(&sums[..p * p], &ask.bread.kept, p);
    Ok(loglik_num::Cholesky::new(&middle, q).ok().map(|factor| factor.inverse()))
}

/// A M A for symmetric matrices                                             `[q, q]`
pub(crate) fn around(a: &[f64], m: &[f64], q: usize) -> Vec<f64> {
    let product = |x: &[f64], y: &[f64]| -> Vec<f64> {
        let mut out = vec![0.0; q * q];
        for i in 0..q {
            for k in 0..q {
                let by = x[i * q + k];
                let row = &y[k * q..(k + 1) * q];
                out[i * q..(i + 1) * q].iter_mut().zip(row).for_each(|(o, v)| *o += by * v);
            }
        }
        out
    };
    product(&product(a, m), a)
}
