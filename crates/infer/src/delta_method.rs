//! Standard errors of what is predicted, by the delta method.
//!
//! A quantity with slopes d in the coordinates of a row has variance d' S C S d: C is the covariance of the row's linear
//! predictors, x' V x for each pair of them, and S the slopes of the links. A row that leans on a coefficient without a
//! covariance has no standard error.

use loglik_design::Chunk;
use loglik_fit::{Model, Sweep};
use loglik_likelihood::RowDerivs;
use loglik_num::exp;

/// Covariance of the coefficients, and which of them have one.
#[derive(Debug, Clone)]
pub struct Covariance {
    p: usize,
    /// Zeros for coefficients without, empty where no coefficient has one    `[p, p]`
    values: Vec<f64>,
    /// Whether a coefficient has no covariance: infinite, or left out of the table `[p]`
    unknown: Vec<bool>,
}

impl Covariance {
    /// Of coefficients of which some have no covariance.
    ///
    /// * `values` zeros for coefficients without, empty where no coefficient has one `[p, p]`
    /// * `unknown` whether a coefficient has no covariance and is not held `[p]`
    pub fn new(values: Vec<f64>, unknown: Vec<bool>) -> Self {
        Self { p: unknown.len(), values, unknown }
    }

    /// The variance of a quantity with these slopes `[p]`; NaN where it leans on an unknown coefficient.
    pub fn variance(&self, slopes: &[f64]) -> f64 {
        let moved: Vec<(usize, f64)> =
            slopes.iter().copied().enumerate().filter(|(_, d)| *d != 0.0).collect();
        self.product(&moved, &moved)
    }

    /// Covariance of two linear predictors with these entries; NaN where one leans on an unknown coefficient.
    fn product(&self, a: &[(usize, f64)], b: &[(usize, f64)]) -> f64 {
        let lost = |(at, x): &(usize, f64)| self.unknown[*at] && *x != 0.0;
        if a.iter().chain(b).any(lost) {
            return f64::NAN;
        }
        let of = |i: usize, j: usize| match self.values.is_empty() {
            // What is known without a covariance is held.
            true => 0.0,
            false => self.values[i * self.p + j],
        };
        let row = |at: usize| b.iter().map(|(j, y)| of(at, *j) * y).sum::<f64>();
        a.iter().map(|(i, x)| x * row(*i)).sum()
    }
}

/// A quantity of every row and its slopes in the coordinates.
#[derive(Debug, Clone)]
pub struct Smooth {
    /// Its values                                                            `[n]`
    pub value: Vec<f64>,
    /// Its slopes in `u`; empty for a coordinate that it does not depend on  `[k][n]`
    pub slopes: Vec<Vec<f64>>,
}

impl Smooth {
    /// A value and its slopes, as a likelihood gives them.
    pub fn new(derivs: &RowDerivs) -> Self {
        let slopes = (0..derivs.params()).map(|k| derivs.g(k).to_vec()).collect();
        Self { value: derivs.l.clone(), slopes }
    }

    /// The exponential of a log probability.
    pub fn exp(derivs: &RowDerivs) -> Self {
        let mut out = Self::new(derivs);
        out.value.iter_mut().for_each(|l| *l = exp(*l));
        for slope in &mut out.slopes {
            // A probability of 0 has no slope, whatever its logarithm's.
            slope.iter_mut().zip(&out.value).for_each(|(g, p)| *g = if *p == 0.0 { 0.0 } else { *g * p });
        }
        out
    }
}

/// Covariances of the linear predictors of a chunk's rows.
#[derive(Debug, Clone)]
pub struct PredictorErrors {
    k: usize,
    /// Packed pairs of predictors                                            `[k (k + 1) / 2][rows]`
    pairs: Vec<Vec<f64>>,
    /// Slopes of the coordinates in their linear predictors                  `[k][rows]`
    links: Vec<Vec<f64>>,
}

impl PredictorErrors {
    /// Of a chunk whose coordinates are in `sweep`.
    pub fn new(covariance: &Covariance, model: &Model, sweep: &Sweep, chunk: &Chunk) -> Self {
        let k = model.predictors.len();
        let mut pairs = vec![Vec::with_capacity(chunk.rows); k * (k + 1) / 2];
        let mut entries: Vec<Vec<(usize, f64)>> = vec![Vec::new(); k];
        for r in 0..chunk.rows {
            for (x, predictor) in entries.iter_mut().zip(&model.predictors) {
                x.clear();
                for piece in &predictor.pieces {
                    chunk.blocks[piece.block].each_entry(r, |j, v| x.push((piece.first + j, v)));
                }
            }
            for i in 0..k {
                for j in 0..=i {
                    let at = RowDerivs::pair(i, j);
                    pairs[at].push(covariance.product(&entries[i], &entries[j]));
                }
            }
        }
        let link = |i: usize| (0..chunk.rows).map(|r| sweep.slope(model, i, r)).collect();
        Self { k, pairs, links: (0..k).map(link).collect() }
    }

    /// Standard error of one linear predictor                                `[rows]`
    pub fn of_link(&self, k: usize) -> Vec<f64> {
        self.pairs[RowDerivs::pair(k, k)].iter().map(|v| root(*v)).collect()
    }

    /// Standard error of a quantity                                          `[rows]`
    pub fn of_smooth(&self, quantity: &Smooth) -> Vec<f64> {
        let rows = self.links.first().map_or(0, Vec::len);
        let slope = |k: usize, r: usize| quantity.slopes[k].get(r).map_or(0.0, |d| d * self.links[k][r]);
        let variance = |r: usize| {
            let mut sum = 0.0;
            for i in 0..self.k {
                for j in 0..self.k {
                    let by = slope(i, r) * slope(j, r);
                    // A predictor that does not matter may be unknown.
                    sum += if by == 0.0 { 0.0 } else { by * self.pairs[RowDerivs::pair(i, j)][r] };
                }
            }
            sum
        };
        (0..rows).map(|r| root(variance(r))).collect()
    }
}

/// Root of a variance; one that rounding left below 0 is 0, an unknown one stays unknown.
fn root(variance: f64) -> f64 {
    if variance < 0.0 { 0.0 } else { variance.sqrt() }
}
