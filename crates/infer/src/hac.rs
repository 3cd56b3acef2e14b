//! Covariances that allow for autocorrelation: products of scores at a distance in time, weighted by a kernel.
//!
//! S = sum over lags of k(lag / bandwidth) (G_lag + G_lag'), G_lag the sum of score(t) score(t - lag)'.
//! Newey & West (1987), Econometrica 55, 703-708 (Bartlett); Andrews (1991), Econometrica 59, 817-858 (quadratic
//! spectral). The bandwidth of both is the lag plus one, so that Bartlett's weight reaches 0 just past the lag.

use crate::design_row::DesignRow;
use crate::sandwich::{Ask, Robust, around};
use loglik_design::{Chunk, Frame};
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

/// Every row's weighted score, with the row's number                          `[n][1 + q]`
#[derive(Debug)]
struct Scores {
    at: Point,
    limits: Vec<Recession>,
    places: Vec<Option<usize>>,
    q: usize,
}

impl Gather for Scores {
    fn zero(&self, _: &Model, _: &Frame) -> Vec<f64> {
        Vec::new()
    }

    fn add(&self, model: &Model, sweep: &mut Sweep, chunk: &Chunk, out: &mut Vec<f64>) {
        let k = model.predictors.len();
        sweep.eval(model, &self.at, Precision::Plain, &self.limits, chunk, Order::Hessian);
        let (mut row, mut g) = (DesignRow::default(), vec![0.0; k]);
        for r in (0..chunk.rows).filter(|r| chunk.weight[*r] != 0.0) {
            row.read(model, &self.places, chunk, r);
            g.iter_mut().enumerate().for_each(|(i, g)| *g = sweep.out.g(i)[r]);
            out.push((chunk.first_row + r) as f64);
            let at = out.len();
            out.resize(at + self.q, 0.0);
            row.add_score(&g, &mut out[at..]);
        }
    }

    fn merge(&self, out: &mut Vec<f64>, later: &[f64]) {
        out.extend_from_slice(later);
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
    let gather = Scores {
        at: ask.fit.point.clone(),
        limits: ask.fit.limits.clone(),
        places: ask.bread.places(ask.fit.model.p),
        q,
    };
    let found = run.run(&ask.fit.model, &Pass::Gather(Arc::new(gather)))?.into_gathered();
    let mut rows: Vec<&[f64]> = found.chunks_exact(q + 1).collect();
    if let Some(time) = time {
        rows.sort_by(|a, b| time[a[0] as usize].total_cmp(&time[b[0] as usize]));
    }
    let mut middle = vec![0.0; q * q];
    for (distance, weight) in kernel.weights(lag, rows.len()).into_iter().enumerate() {
        for (later, earlier) in rows[distance..].iter().zip(&rows) {
            for i in 0..q {
                for j in 0..q {
                    let product = weight * later[1 + i] * earlier[1 + j];
                    middle[i * q + j] += product;
                    if distance > 0 {
                        middle[j * q + i] += product;
                    }
                }
            }
        }
    }
    let vcov = around(&ask.bread.rounded(), &middle, q);
    Ok(Robust { vcov, effective: vec![f64::INFINITY; q], groups: rows.len(), ..Robust::default() })
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
