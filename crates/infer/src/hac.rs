//! Covariances that allow for autocorrelation: products of scores at a distance in time, weighted by a kernel.
//!
//! S = sum over lags of k(lag / bandwidth) (G_lag + G_lag'), G_lag the sum of score(t) score(t - lag)'. Rows that come in
//! the order of time are summed as they come (see `lagged`), which a stream can do too; others are put in order first.
//! Newey & West (1987), Econometrica 55, 703-708 (Bartlett); Andrews (1991), Econometrica 59, 817-858 (quadratic
//! spectral). The bandwidth of both is the lag plus one, so that Bartlett's weight reaches 0 just past the lag.

use crate::design_row::DesignRow;
use crate::lagged::Stretch;
use crate::sandwich::{Ask, Robust, around};
use loglik_design::{Chunk, Frame, PART_ROWS};
use loglik_fit::{Executor, Gather, Model, Pass, Point, Precision, Recession, RunError, Sweep};
use loglik_likelihood::Order;
use loglik_num::{cos, sin};
use std::sync::Arc;

/// Weights below this of the quadratic spectral kernel no longer matter.
const LEAST_WEIGHT: f64 = 1e-7;

/// How products at a distance are weighted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LagKernel {
    /// 1 - x up to 1.
    #[default]
    Bartlett,
    /// 25 / (12 pi^2 x^2) (sin(z) / z - cos(z)), z = 6 pi x / 5.
    QuadraticSpectral,
}

impl LagKernel {
    /// The weight at a lag over the bandwidth.
    #[must_use]
    pub fn weight(self, x: f64) -> f64 {
        match self {
            Self::Bartlett => (1.0 - x.abs()).max(0.0),
            Self::QuadraticSpectral if x == 0.0 => 1.0,
            Self::QuadraticSpectral => {
                let z = 6.0 * std::f64::consts::PI * x / 5.0;
                // 25 / (12 pi^2 x^2) = 3 / z^2
                3.0 / (z * z) * (sin(z) / z - cos(z))
            }
        }
    }

    /// Weights of lags 0, 1, .. of `n` rows, as far as they matter.
    fn weights(self, lag: usize, n: usize) -> Vec<f64> {
        let bandwidth = lag as f64 + 1.0;
        let mut weights: Vec<f64> = (0..n).map(|l| self.weight(l as f64 / bandwidth)).collect();
        let used = weights.iter().rposition(|w| w.abs() > LEAST_WEIGHT).map_or(0, |last| last + 1);
        weights.truncate(used);
        weights
    }
}

/// Weighted scores of rows at the fit.
#[derive(Debug)]
struct Scores {
    at: Point,
    limits: Vec<Recession>,
    places: Vec<Option<usize>>,
    q: usize,
}

impl Scores {
    /// Of the rows of a chunk, each with its number.
    fn each(&self, model: &Model, sweep: &mut Sweep, chunk: &Chunk, mut see: impl FnMut(usize, &[f64])) {
        let k = model.predictors.len();
        sweep.eval(model, &self.at, Precision::Plain, &self.limits, chunk, Order::Hessian);
        let (mut row, mut g, mut score) = (DesignRow::default(), vec![0.0; k], vec![0.0; self.q]);
        for r in (0..chunk.rows).filter(|r| chunk.weight[*r] != 0.0) {
            row.read(model, &self.places, chunk, r);
            g.iter_mut().enumerate().for_each(|(i, g)| *g = sweep.out.g(i)[r]);
            score.fill(0.0);
            row.add_score(&g, &mut score);
            see(chunk.first_row + r, &score);
        }
    }
}

/// Every row's number and score                                              `[n][1 + q]`
#[derive(Debug)]
struct Apart(Scores);

impl Gather for Apart {
    fn zero(&self, _: &Model, _: &Frame) -> Vec<f64> {
        Vec::new()
    }

    fn add(&self, model: &Model, sweep: &mut Sweep, chunk: &Chunk, out: &mut Vec<f64>) {
        self.0.each(model, sweep, chunk, |row, score| {
            out.push(row as f64);
            out.extend_from_slice(score);
        });
    }

    fn merge(&self, out: &mut Vec<f64>, later: &[f64]) {
        out.extend_from_slice(later);
    }
}

/// Products of rows that come in order.
#[derive(Debug)]
struct InOrder {
    scores: Scores,
    weights: Vec<f64>,
}

impl Gather for InOrder {
    fn zero(&self, _: &Model, _: &Frame) -> Vec<f64> {
        Stretch::empty(self.scores.q).numbers()
    }

    fn add(&self, model: &Model, sweep: &mut Sweep, chunk: &Chunk, out: &mut Vec<f64>) {
        let mut scores = Vec::with_capacity(chunk.rows * self.scores.q);
        self.scores.each(model, sweep, chunk, |_, score| scores.extend_from_slice(score));
        let mut of = Stretch::read(out, self.scores.q);
        of.push(&scores, &self.weights);
        *out = of.numbers();
    }

    fn merge(&self, out: &mut Vec<f64>, later: &[f64]) {
        let mut of = Stretch::read(out, self.scores.q);
        of.append(&Stretch::read(later, self.scores.q), &self.weights);
        *out = of.numbers();
    }
}

/// A sandwich over rows in time.
///
/// * `time` what rows are ordered by, absent for their own order               `[n]`
/// * `lag`  greatest lag of the Bartlett kernel; the bandwidth is one more
///
/// # Errors
/// When the data cannot be read again.
pub fn hac(
    ask: &Ask<'_>,
    run: &mut dyn Executor,
    time: Option<&[f64]>,
    kernel: LagKernel,
    lag: usize,
) -> Result<Robust, RunError> {
    let q = ask.bread.q();
    let scores = Scores {
        at: ask.fit.point.clone(),
        limits: ask.fit.limits.clone(),
        places: ask.bread.places(ask.fit.model.p),
        q,
    };
    let weights = kernel.weights(lag, run.frame().rows);
    let of = match time.filter(|time| !is_in_order(time)) {
        None => {
            let gather = InOrder { scores, weights };
            Stretch::read(&run.run(&ask.fit.model, &Pass::Gather(Arc::new(gather)))?.into_gathered(), q)
        }
        Some(time) => {
            let found = run.run(&ask.fit.model, &Pass::Gather(Arc::new(Apart(scores))))?.into_gathered();
            in_time(&found, q, time, &weights)
        }
    };
    let vcov = around(&ask.bread.rounded(), &of.sum(), q);
    Ok(Robust { vcov, effective: vec![f64::INFINITY; q], groups: of.rows(), ..Robust::default() })
}

/// Whether times rise, or fall, from each row to the next.
fn is_in_order(time: &[f64]) -> bool {
    time.windows(2).all(|pair| pair[0] < pair[1]) || time.windows(2).all(|pair| pair[0] > pair[1])
}

/// Products of rows put in order, part by part as if they had come so.
fn in_time(found: &[f64], q: usize, time: &[f64], weights: &[f64]) -> Stretch {
    let mut rows: Vec<&[f64]> = found.chunks_exact(q + 1).collect();
    rows.sort_by(|a, b| time[a[0] as usize].total_cmp(&time[b[0] as usize]));
    let mut total = Stretch::empty(q);
    for part in rows.chunks(PART_ROWS) {
        let scores: Vec<f64> = part.iter().flat_map(|row| &row[1..]).copied().collect();
        let mut of = Stretch::empty(q);
        of.push(&scores, weights);
        total.append(&of, weights);
    }
    total
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kernels_weigh_as_their_formulas_say() {
        assert_eq!(LagKernel::Bartlett.weights(4, 98), [1.0, 0.8, 0.6, 0.4, 0.19999999999999996]);
        assert_eq!(LagKernel::Bartlett.weights(0, 98), [1.0]);
        let spectral = LagKernel::QuadraticSpectral;
        // 1 - z^2 / 10 + z^4 / 280: the series at 0, with z = 6 pi x / 5.
        let x = 1e-2;
        let z2 = (6.0 * std::f64::consts::PI * x / 5.0_f64).powi(2);
        assert!((spectral.weight(x) - (1.0 - z2 / 10.0 + z2 * z2 / 280.0)).abs() < 1e-11);
        assert_eq!(spectral.weights(4, 98).len(), 98);
    }
}
