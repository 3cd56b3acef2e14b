//! Estimates with less bias than the maximum's, finite where that is not: mean and median bias reduction, Jeffreys' prior.
//!
//! In place of the score U the root of U + A is sought. With u the canonical coordinate of the family, c(u) = dV/dmu, h a row's leverage
//! and w its expected information, A = sum of h a x / 2 with a = c u' + u''/u' (mean; Firth 1993, Biometrika 80, 27-38;
//! Kosmidis & Firth 2009), or with c u' + 2 u''/u' (Jeffreys: the slope of log det F / 2). They agree for canonical links. The
//! median's A adds F times [F^-1 sum of h_j (c u'/6 - a/2) x]_j, h_j the leverage in the direction of reported coefficient j
//! (Kosmidis, Kenne Pagui & Sartori 2020, Statistics and Computing 30, 43-59). For a softmax A is the slope of log det F / 2, by the third
//! cumulants, of which the median's takes off a third along the direction (Kenne Pagui, Salvan & Sartori 2017, Biometrika
//! 104, 923-938). Fisher steps on U + A, shortened where they do not help.

use crate::expected::expected_model;
use loglik_design::{Chunk, Frame};
use loglik_fit::{
    Derivs, Executor, Fit, Gather, Model, Pass, Point, Precision, Rank, Reason, RunError, Stop, Sums, Sweep,
    Verdict,
};
use loglik_likelihood::ResponseKind;
use loglik_num::{Cholesky, Dd, Jet, LANE, Lane, exp, sigmoid};
use std::sync::Arc;

/// Steps at most; the way is linear, and some ten are usual.
const MOST: usize = 1_000;

/// What is reduced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reduction {
    /// The bias of the mean (Firth).
    Mean,
    /// The bias of the median.
    Median,
    /// Nothing: Jeffreys' prior is added to the log-likelihood.
    Jeffreys,
}

/// A family whose coordinate is canonical, as far as the adjustment needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Family {
    Binomial,
    Poisson,
    Softmax,
}

impl Family {
    fn of(model: &Model) -> Option<Self> {
        match model.likelihood.spec().name.as_str() {
            "bernoulli" => Some(Self::Binomial),
            "poisson" => Some(Self::Poisson),
            "categorical" => Some(Self::Softmax),
            _ => None,
        }
    }
}

/// Adjusted score equations of one model.
pub struct Reducer {
    model: Model,
    expected: Model,
    family: Family,
    reduction: Reduction,
    /// Coefficients that the design determines                                `[q]`
    active: Vec<usize>,
    pub(crate) map: Coordinates,
}

/// Reported coefficients are a linear map of those inside; only the median depends on which they are.
#[derive(Clone, Debug)]
pub struct Coordinates {
    /// Reported from inside, by rows                                          `[p, p]`
    pub reported: Vec<f64>,
    /// Inside from reported, by rows                                          `[p, p]`
    pub inside: Vec<f64>,
}

/// Everything at one point.
pub(crate) struct Here {
    derivs: Derivs,
    /// Adjusted score                                                        `[p]`
    score: Vec<f64>,
    /// Expected information, lower triangle                                   `[p, p]`
    pub(crate) info: Vec<f64>,
    /// Log-likelihood with half the log determinant of the expected information.
    pub(crate) penalised: f64,
}

/// The adjustment's sums: half of leverage times slope times columns, and for the median one more vector a coefficient.
#[derive(Debug)]
struct Adjustment {
    at: Point,
    family: Family,
    reduction: Reduction,
    /// Inverse of the expected information, zeros for coefficients not in it    `[p, p]`
    inverse: Vec<f64>,
    /// For the median: F^-1 times each row of the map to the reported coefficients, and the variance of each `[p][p]`, `[p]`
    directions: Vec<Vec<f64>>,
    variances: Vec<f64>,
}

impl Gather for Adjustment {
    fn zero(&self, model: &Model, _: &Frame) -> Vec<f64> {
        let p = model.p;
        vec![0.0; if self.reduction == Reduction::Median { p + p * p } else { p }]
    }

    fn add(&self, model: &Model, sweep: &mut Sweep, chunk: &Chunk, out: &mut Vec<f64>) {
        sweep.predict(model, &self.at, Precision::Plain, &[], chunk);
        match self.family {
            Family::Softmax => self.add_classes(model, sweep, chunk, out),
            Family::Binomial | Family::Poisson => self.add_means(model, sweep, chunk, out),
        }
    }
}

impl Adjustment {
    /// `F^-1 x` of a sparse row                                               `[p]`
    fn solved(&self, x: &[(usize, f64)], p: usize) -> Vec<f64> {
        (0..p).map(|i| x.iter().map(|(j, v)| self.inverse[i * p + j] * v).sum()).collect()
    }

    fn add_means(&self, model: &Model, sweep: &Sweep, chunk: &Chunk, out: &mut [f64]) {
        let p = model.p;
        let (link, support) = (model.predictors[0].link, model.support(0));
        for at in (0..chunk.rows).step_by(LANE) {
            let eta: Jet<1> = Jet::variable(Lane::load(&sweep.etas[0][at..at + LANE]), 0);
            let u = link.to_u(support, eta);
            for r in (at..(at + LANE).min(chunk.rows)).filter(|r| chunk.weight[*r] != 0.0) {
                let i = r - at;
                let (value, slope, curve) = (u.v.0[i], u.g[0].0[i], u.h[0][0].0[i]);
                let (variance, c) = match self.family {
                    Family::Binomial => {
                        (chunk.y[1][r] * sigmoid(value) * sigmoid(-value), sigmoid(-value) - sigmoid(value))
                    }
                    _ => (exp(value), 1.0),
                };
                let w = chunk.weight[r] * variance * slope * slope;
                let (bend, canonical) = (curve / slope, c * slope);
                let a = match self.reduction {
                    Reduction::Jeffreys => canonical + 2.0 * bend,
                    Reduction::Mean | Reduction::Median => canonical + bend,
                };
                let x = row(model, 0, chunk, r);
                let solved = self.solved(&x, p);
                let leverage = w * x.iter().map(|(j, v)| v * solved[*j]).sum::<f64>();
                x.iter().for_each(|(j, v)| out[*j] += 0.5 * leverage * a * v);
                if self.reduction == Reduction::Median {
                    let by = w * (canonical / 6.0 - a / 2.0);
                    for (j, direction) in self.directions.iter().enumerate() {
                        let s: f64 = x.iter().map(|(t, v)| v * direction[*t]).sum();
                        let share = if s == 0.0 { 0.0 } else { by * s * s / self.variances[j] };
                        x.iter().for_each(|(t, v)| out[p + j * p + t] += share * v);
                    }
                }
            }
        }
    }

    fn add_classes(&self, model: &Model, sweep: &Sweep, chunk: &Chunk, out: &mut [f64]) {
        let (p, k) = (model.p, model.predictors.len());
        let counts = model.likelihood.spec().response == ResponseKind::ClassCounts;
        for r in (0..chunk.rows).filter(|r| chunk.weight[*r] != 0.0) {
            let total = if counts { chunk.y.iter().map(|y| y[r]).sum() } else { 1.0 };
            let probs = probabilities(&sweep.etas, r);
            let rows: Vec<_> = (0..k).map(|class| row(model, class, chunk, r)).collect();
            let mut s = vec![0.0; k * k];
            for (b, x) in rows.iter().enumerate() {
                let solved = self.solved(x, p);
                for (a, x) in rows.iter().enumerate() {
                    s[a * k + b] = x.iter().map(|(j, v)| v * solved[*j]).sum();
                }
            }
            let along: Vec<f64> = (0..k).map(|a| (0..k).map(|b| s[a * k + b] * probs[b]).sum()).collect();
            let diagonal: f64 = (0..k).map(|a| s[a * k + a] * probs[a]).sum();
            let whole: f64 = along.iter().zip(&probs).map(|(v, p)| v * p).sum();
            for (class, x) in rows.iter().enumerate() {
                // Sum over a and b of s_ab times the third cumulant of the counts of a, b and this class.
                let third =
                    probs[class] * (s[class * k + class] - diagonal - 2.0 * along[class] + 2.0 * whole);
                let by = 0.5 * chunk.weight[r] * total * third;
                x.iter().for_each(|(j, v)| out[*j] += by * v);
            }
            for (j, (direction, variance)) in self.directions.iter().zip(&self.variances).enumerate() {
                let along = |x: &Vec<(usize, f64)>| x.iter().map(|(t, v)| v * direction[*t]).sum::<f64>();
                let along: Vec<f64> = rows.iter().map(along).collect();
                let mean: f64 = along.iter().zip(&probs).map(|(v, p)| v * p).sum();
                let square: f64 = along.iter().zip(&probs).map(|(v, p)| v * v * p).sum();
                for (class, x) in rows.iter().enumerate() {
                    // The third cumulant of the count along the direction, twice, and that of this class.
                    let third = probs[class] * ((along[class] - mean).powi(2) - (square - mean * mean));
                    let by =
                        if third == 0.0 { 0.0 } else { -chunk.weight[r] * total * third / (3.0 * variance) };
                    x.iter().for_each(|(t, v)| out[p + j * p + t] += by * v);
                }
            }
        }
    }
}

/// One row of a predictor: coefficients and values.
fn row(model: &Model, k: usize, chunk: &Chunk, r: usize) -> Vec<(usize, f64)> {
    let mut x = Vec::new();
    for piece in &model.predictors[k].pieces {
        chunk.blocks[piece.block].each_entry(r, |j, v| x.push((piece.first + j, v)));
    }
    x
}

/// Probabilities of the classes that have a logit                              `[k]`
fn probabilities(etas: &[Vec<f64>], r: usize) -> Vec<f64> {
    let top = etas.iter().map(|eta| eta[r]).fold(0.0, f64::max);
    let total: f64 = exp(-top) + etas.iter().map(|eta| exp(eta[r] - top)).sum::<f64>();
    etas.iter().map(|eta| exp(eta[r] - top) / total).collect()
}

impl Reducer {
    /// Equations of a model; `None` where the likelihood is not binomial, Poisson or a softmax.
    #[must_use]
    pub fn new(model: &Model, reduction: Reduction, rank: &Rank, map: Coordinates) -> Option<Self> {
        Some(Self {
            model: model.clone(),
            expected: expected_model(model),
            family: Family::of(model)?,
            reduction,
            active: rank.active.clone(),
            map,
        })
    }

    /// Whether the root is the maximum of log-likelihood + log det F / 2.
    #[must_use]
    pub fn is_penalised(&self) -> bool {
        match self.reduction {
            Reduction::Jeffreys => true,
            Reduction::Mean => self.model.is_direct(0),
            Reduction::Median => false,
        }
    }

    /// The fit at the root of the adjusted score, and the log-likelihood with half the log determinant of the expected
    /// information (in the chunks' columns) there.
    ///
    /// * `start` coefficients to begin with                                   `[p]`
    ///
    /// # Errors
    /// When a pass cannot be carried out.
    pub fn fit(&self, start: &Fit, run: &mut dyn Executor) -> Result<(Fit, f64), RunError> {
        let before = run.passes();
        let (beta, here, stop) = self.climb(run, start.point.beta.clone(), None)?;
        let mut end = here.derivs.clone();
        let pass = Pass::Derivs {
            points: vec![Point::new(beta.clone())],
            sums: Sums::Info,
            precision: Precision::Plain,
            limits: Vec::new(),
        };
        end.info = run.run(&self.model, &pass)?.into_derivs().remove(0).info;
        end.score = here.score.iter().map(|s| Dd::sum(*s, 0.0)).collect();
        let fit = Fit {
            point: Point::new(beta),
            end,
            verdict: Verdict::Finite,
            stop,
            passes: start.passes + run.passes() - before,
            ..start.clone()
        };
        Ok((fit, here.penalised))
    }

    /// Sums, adjusted score and expected information at a point; `None` where the information has no inverse.
    pub(crate) fn at(&self, run: &mut dyn Executor, beta: &[f64]) -> Result<Option<Here>, RunError> {
        let p = self.model.p;
        let precise = run.frame().rows.saturating_mul((p + 4) * (p + 4)) <= 4_000_000;
        let precision = if precise { Precision::Double } else { Precision::Plain };
        let at = Point::new(beta.to_vec());
        let ask =
            |sums, precision| Pass::Derivs { points: vec![at.clone()], sums, precision, limits: Vec::new() };
        let derivs = run.run(&self.model, &ask(Sums::Score, precision))?.into_derivs().remove(0);
        let info = run.run(&self.expected, &ask(Sums::Info, Precision::Plain))?.into_derivs().remove(0).info;
        let q = self.active.len();
        let Ok(factor) = Cholesky::new(&loglik_fit::square(&info, &self.active, p), q) else {
            return Ok(None);
        };
        let inside = factor.inverse();
        let mut inverse = vec![0.0; p * p];
        for (i, a) in self.active.iter().enumerate() {
            self.active.iter().enumerate().for_each(|(j, b)| inverse[a * p + b] = inside[i * q + j]);
        }
        let (directions, variances) = self.directions(&inverse);
        let (family, reduction) = (self.family, self.reduction);
        let sums = Adjustment { at, family, reduction, inverse, directions: directions.clone(), variances };
        let sums = run.run(&self.model, &Pass::Gather(Arc::new(sums)))?.into_gathered();
        let mut score: Vec<f64> = derivs.score.iter().zip(&sums).map(|(s, a)| s.hi + a).collect();
        if self.reduction == Reduction::Median {
            let reported: Vec<f64> = directions
                .iter()
                .enumerate()
                .map(|(j, s)| s.iter().zip(&sums[p + j * p..]).map(|(s, b)| s * b).sum())
                .collect();
            let shift = times(&self.map.inside, &reported);
            let entry = |i: usize, j: usize| if i >= j { info[i * p + j] } else { info[j * p + i] };
            for i in 0..p {
                score[i] += (0..p).map(|j| entry(i, j) * shift[j]).sum::<f64>();
            }
        }
        let penalised = derivs.loglik.hi + 0.5 * factor.log_det();
        Ok(Some(Here { derivs, score, info, penalised }))
    }

    /// F^-1 times the rows of the map to the reported coefficients, and these coefficients' variances.
    fn directions(&self, inverse: &[f64]) -> (Vec<Vec<f64>>, Vec<f64>) {
        let p = self.model.p;
        if self.reduction != Reduction::Median {
            return (Vec::new(), Vec::new());
        }
        let rows: Vec<&[f64]> = self.map.reported.chunks_exact(p).collect();
        let directions: Vec<Vec<f64>> = rows.iter().map(|row| times(inverse, row)).collect();
        let variance = |(row, s): (&&[f64], &Vec<f64>)| row.iter().zip(s).map(|(m, s)| m * s).sum();
        let variances = rows.iter().zip(&directions).map(variance).collect();
        (directions, variances)
    }

    /// Fisher steps to the root, along which the product with `held` does not change.
    pub(crate) fn climb(
        &self,
        run: &mut dyn Executor,
        start: Vec<f64>,
        held: Option<&[f64]>,
    ) -> Result<(Vec<f64>, Here, Stop), RunError> {
        let p = self.model.p;
        let mut beta = start;
        let Some(mut here) = self.at(run, &beta)? else {
            let here = Here {
                derivs: Derivs::default(),
                score: vec![0.0; p],
                info: vec![0.0; p * p],
                penalised: f64::NAN,
            };
            return Ok((beta, here, Stop { reason: Reason::BadStart, iterations: 0, decrement: f64::NAN }));
        };
        let goal = 1e-26 * here.derivs.weight.max(1.0);
        let (mut before, mut level) = (f64::INFINITY, 0);
        for iterations in 0..MOST {
            let (step, decrement) = self.step(&here, held);
            let stop = |reason| Stop { reason, iterations, decrement };
            if decrement <= goal {
                return Ok((beta, here, stop(Reason::Converged)));
            }
            // Rounding of the sums: the decrement wanders instead of falling.
            level = if decrement < 1e-16 && decrement > 0.9 * before { level + 1 } else { 0 };
            if level >= 3 {
                return Ok((beta, here, stop(Reason::RoundingFloor)));
            }
            let Some((next, there)) = self.search(run, &beta, &here, &step, decrement, held)? else {
                return Ok((beta, here, stop(Reason::NoDescent)));
            };
            (beta, here, before) = (next, there, decrement);
        }
        Ok((beta, here, Stop { reason: Reason::IterationLimit, iterations: MOST, decrement: before }))
    }

    /// The step, halved until the penalised likelihood rises, or where there is none until the adjusted score shrinks.
    fn search(
        &self,
        run: &mut dyn Executor,
        beta: &[f64],
        here: &Here,
        step: &[f64],
        decrement: f64,
        held: Option<&[f64]>,
    ) -> Result<Option<(Vec<f64>, Here)>, RunError> {
        let noise = 64.0 * f64::EPSILON * (here.derivs.magnitude + here.penalised.abs());
        let mut last = None;
        for halvings in 0..16 {
            let length = 0.5_f64.powi(halvings);
            let next: Vec<f64> = beta.iter().zip(step).map(|(b, s)| b + length * s).collect();
            let Some(there) = self.at(run, &next)? else { continue };
            let better = if self.is_penalised() {
                there.penalised >= here.penalised - noise
            } else {
                self.step(&there, held).1 <= 1.5 * decrement
            };
            if better && there.penalised.is_finite() {
                return Ok(Some((next, there)));
            }
            // Without an objective the shortest step is taken as it is.
            last = (!self.is_penalised() && there.penalised.is_finite()).then_some((next, there));
        }
        Ok(last)
    }

    /// `F^-1 (U + A)`, its part along which the product with `held` changes taken out, and its decrement `[p]`
    fn step(&self, here: &Here, held: Option<&[f64]>) -> (Vec<f64>, f64) {
        let mut step = here.score.clone();
        if !self.solve(&here.info, &mut step) {
            return (step, f64::NAN);
        }
        if let Some(held) = held {
            let mut across = held.to_vec();
            self.solve(&here.info, &mut across);
            let by = dot(held, &step) / dot(held, &across);
            step.iter_mut().zip(&across).for_each(|(s, v)| *s -= by * v);
        }
        let decrement = dot(&step, &here.score);
        (step, decrement)
    }

    /// `F^-1 v` among the coefficients that the design determines, 0 for the others; false where F has no inverse.
    pub(crate) fn solve(&self, info: &[f64], v: &mut [f64]) -> bool {
        let mut inside: Vec<f64> = self.active.iter().map(|j| v[*j]).collect();
        let square = loglik_fit::square(info, &self.active, self.model.p);
        let Ok(factor) = Cholesky::new(&square, self.active.len()) else { return false };
        factor.solve(&mut inside);
        v.fill(0.0);
        self.active.iter().zip(inside).for_each(|(j, x)| v[*j] = x);
        true
    }
}

pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// A square matrix by rows times a vector                                     `[p]`
fn times(matrix: &[f64], v: &[f64]) -> Vec<f64> {
    matrix.chunks_exact(v.len()).map(|row| row.iter().zip(v).map(|(a, b)| a * b).sum()).collect()
}
