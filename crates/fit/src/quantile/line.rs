//! Quantiles of rows that are held side by side: what a sparsity or a bandwidth asks beyond the fit itself.
//!
//! Standard errors of a quantile need fits at neighbouring shares or through a few residuals; they go the fit's own way,
//! interior point and vertex.

use super::programme::Programme;
use super::reduced::near;
use super::rows::gather;
use super::vertex::best;
use crate::executor::{Executor, RunError};
use crate::fit::Fit;
use loglik_likelihood::CheckLoss;
use loglik_num::LANE;

/// Rows of a linear predictor: columns, response, weight.
#[derive(Clone, Debug, PartialEq)]
pub struct QuantileRows {
    rows: Vec<f64>,
    p: usize,
}

impl QuantileRows {
    /// Rows from plain numbers.
    ///
    /// * `rows` columns, response, weight of each row                        `[n][p + 2]`
    #[must_use]
    pub fn new(rows: Vec<f64>, p: usize) -> Self {
        Self { rows, p }
    }

    /// The rows of a fit's location, in the fit's own columns, and the coefficients that these belong to; `None` where
    /// the likelihood is not one of straight lines.
    ///
    /// # Errors
    /// When the data cannot be read again.
    pub fn of(fit: &Fit, run: &mut dyn Executor) -> Result<Option<(Self, Vec<usize>)>, RunError> {
        let Some(loss) = fit.model.likelihood.check_loss() else { return Ok(None) };
        let location = |j: &usize| {
            let mut pieces = fit.model.predictors[0].pieces.iter();
            pieces.any(|piece| (piece.first..piece.first + piece.coefs).contains(j))
        };
        let columns: Vec<usize> = fit.estimated.iter().copied().filter(location).collect();
        let programme = gather(&fit.model, run, &columns, loss)?;
        let (n, p) = (programme.n, programme.p);
        let mut rows = Vec::with_capacity(n * (p + 2));
        for r in 0..n {
            rows.extend((0..p).map(|j| programme.at(r, j)));
            rows.extend([programme.y[r], programme.w[r]]);
        }
        Ok(Some((Self { rows, p }, columns)))
    }

    /// Columns.
    #[must_use]
    pub fn p(&self) -> usize {
        self.p
    }

    /// Each row's columns, response and weight                              `[n][p + 2]`
    pub fn each(&self) -> impl Iterator<Item = &[f64]> {
        self.rows.chunks_exact(self.p + 2)
    }

    /// Coefficients with a share `tau` of the weight below them; `None` where the rows do not determine them `[p]`
    #[must_use]
    pub fn solve(&self, tau: f64) -> Option<Vec<f64>> {
        let programme = self.programme(CheckLoss { above: tau, below: 1.0 - tau });
        let vertex = best(&programme, &near(&programme))?;
        vertex.proved.then(|| vertex.beta.iter().map(|b| b.hi).collect())
    }

    fn programme(&self, loss: CheckLoss) -> Programme {
        let (p, n) = (self.p, self.rows.len() / (self.p + 2));
        let stride = n.next_multiple_of(LANE);
        let column = |j: usize| {
            let rows = self.each().map(move |row| row[j]);
            rows.chain(std::iter::repeat_n(0.0, stride - n))
        };
        let x = (0..p).flat_map(column).collect();
        Programme { n, p, stride, x, y: column(p).collect(), w: column(p + 1).collect(), loss }
    }
}
