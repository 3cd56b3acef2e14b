//! Spread and zeros that a model of counts or shares might lack, and the information-matrix test of any likelihood.
//!
//! Overdispersion: the score of a variance component at 0, ((y - mu)^2 - y) / 2 of a Poisson (Dean & Lawless 1989, JASA
//! 84, 467-472) and its binomial twin (Tarone 1979, Biometrika 66, 585-590; Dean 1992, JASA 87, 451-457). Extra zeros:
//! the score of a share of zeros at 0 (van den Broek 1995, Biometrics 51, 738-743). Information matrix: White (1982),
//! Econometrica 50, 1-25, is the score of coefficients that vary from row to row (Chesher 1984, Econometrica 52,
//! 865-872): t = (g^2 + h) x_i x_j, here of every column with itself and with the intercept. Its variance is that of draws from the fitted model, because the outer products that
//! are usually taken for it reject far too often (Orme 1990, J. Econometrics 46, 309-331).

use crate::draws::draw_response;
use crate::extra_score::{Extra, ExtraRow, Moments};
use crate::extra_terms::{squares, values};
use crate::quantile_residual::uniform;
use loglik_design::Chunk;
use loglik_fit::{Model, Sweep};
use loglik_likelihood::Order;
use loglik_num::{exp, expm1, sigmoid};

/// More zeros than a Poisson has; its score is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExtraZeros;

impl Extra for ExtraZeros {
    fn count(&self) -> usize {
        1
    }

    fn row(&self, row: &ExtraRow<'_>, out: &mut Moments) {
        let mean = exp(row.u[0]);
        // 1 / P(0) - 1 and its score where the count is or is not 0.
        let odds = expm1(mean);
        out.score[0] = if row.chunk.y[0][row.r] == 0.0 { odds } else { -1.0 };
        out.variance[0] = odds;
        out.covariance[0] = -mean * slope(row);
    }
}

/// du / deta of the main predictor from the information of a count: J = mean (du / deta)^2.
fn slope(row: &ExtraRow<'_>) -> f64 {
    (row.info[0] / exp(row.u[0])).sqrt()
}

/// A variance above that of a Poisson: mean + theta mean^2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoissonSpread;

impl Extra for PoissonSpread {
    fn count(&self) -> usize {
        1
    }

    fn row(&self, row: &ExtraRow<'_>, out: &mut Moments) {
        let (y, mean) = (row.chunk.y[0][row.r], exp(row.u[0]));
        out.score[0] = 0.5 * ((y - mean) * (y - mean) - y);
        out.variance[0] = 0.5 * mean * mean;
    }
}

/// A variance above that of a binomial: the trials of a row are alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BinomialSpread;

impl Extra for BinomialSpread {
    fn count(&self) -> usize {
        1
    }

    fn row(&self, row: &ExtraRow<'_>, out: &mut Moments) {
        let (y, trials) = (row.chunk.y[0][row.r], row.chunk.y[1][row.r]);
        let (p, rest) = (sigmoid(row.u[0]), sigmoid(-row.u[0]));
        let gap = y - trials * p;
        out.score[0] = 0.5 * ((gap * gap + p * gap - y * rest) / (p * rest));
        out.variance[0] = 0.5 * trials * (trials - 1.0);
    }
}

/// Coefficients of the main predictor that vary from row to row.
#[derive(Clone, Debug, PartialEq)]
pub struct Varying {
    /// Places of their columns among the kept coefficients.
    pub places: Vec<usize>,
    /// Whether one of them is an intercept, so that products with it are columns too: without them the test would
    /// depend on where a column has its zero.
    pub intercept: bool,
    /// Draws a row for the variance.
    pub draws: usize,
    /// Their seed.
    pub seed: u64,
}

impl Varying {
    /// Draws of the response, one a row; `None` where the likelihood draws none.
    fn draw(&self, model: &Model, sweep: &Sweep, chunk: &Chunk, draw: usize) -> Option<Vec<Vec<f64>>> {
        let likelihood = model.likelihood.as_ref();
        let mut y = chunk.y.clone();
        for r in 0..chunk.n {
            let u: Vec<f64> = sweep.us.iter().map(|c| c[r]).collect();
            let stream = (chunk.first_row + r) as u64;
            let mut step = draw as u64 * 4_096;
            let mut next = || {
                step += 1;
                uniform(self.seed.wrapping_add(stream.wrapping_mul(0xd1b5_4a32_d192_ed03)), step)
            };
            y[0][r] = draw_response(likelihood, chunk.y.get(1).map(|trials| trials[r]), &u, &mut next)?;
        }
        Some(y)
    }
}

impl Extra for Varying {
    fn count(&self) -> usize {
        if self.intercept { 2 * self.places.len() } else { self.places.len() }
    }

    /// Variance of d = g^2 + h in the main predictor, and its covariance with every score `[1 + k][n]`
    fn columns(&self, model: &Model, sweep: &Sweep, chunk: &Chunk) -> Vec<Vec<f64>> {
        let k = model.predictors.len();
        let mut out = vec![vec![0.0; chunk.n]; 1 + k];
        let mut drawn = Sweep::default();
        drawn.etas.clone_from(&sweep.etas);
        let by = 1.0 / self.draws as f64;
        for draw in 0..self.draws {
            let Some(y) = self.draw(model, sweep, chunk, draw) else {
                return vec![vec![f64::NAN; chunk.n]; 1 + k];
            };
            let (weight, log_precision) = (chunk.weight.clone(), chunk.log_precision.clone());
            let chunk = Chunk { rows: chunk.rows, n: chunk.n, y, weight, log_precision, ..Chunk::default() };
            drawn.rows(model, &chunk, Order::Hessian);
            for r in 0..chunk.n {
                let g = drawn.out.g(0)[r];
                let d = g * g + drawn.out.h(0, 0)[r];
                out[0][r] += by * d * d;
                (0..k).for_each(|i| out[1 + i][r] += by * d * drawn.out.g(i)[r]);
            }
        }
        out
    }

    fn row(&self, row: &ExtraRow<'_>, out: &mut Moments) {
        let mut z = if self.intercept { values(row, &self.places) } else { Vec::new() };
        z.extend(squares(row, &self.places));
        let (m, k) = (z.len(), row.score.len());
        let d = row.score[0] * row.score[0] + row.curvature;
        for (a, z_a) in z.iter().enumerate() {
            out.score[a] = d * z_a;
            (0..=a).for_each(|b| out.variance[a * m + b] = row.given[0][row.r] * z_a * z[b]);
            (0..k).for_each(|i| out.covariance[a * k + i] = row.given[1 + i][row.r] * z_a);
        }
    }
}
