//! What a sparsity or a bandwidth asks of the rows of a quantile beyond the fit itself: fits at neighbouring shares, which go
//! the fit's own way, and the rows side by side.

use super::band::optimum;
use super::exact::columns;
use super::programme::Programme;
use super::rows::Location;
use crate::executor::{Executor, RunError};
use crate::fit::Fit;
use crate::model::Model;
use loglik_design::Chunk;
use loglik_likelihood::CheckLoss;

/// The location's coefficients of the rows of a fit with a share `tau` of the weight below them, in the order of the
/// fit's `estimated` ones of the location; `None` where the rows do not determine them, or the likelihood is not one of
/// straight lines                                                              `[p]`
///
/// # Errors
/// When the data cannot be read again.
pub fn quantile_at(fit: &Fit, tau: f64, run: &mut dyn Executor) -> Result<Option<Vec<f64>>, RunError> {
    if fit.model.likelihood.check_loss().is_none() {
        return Ok(None);
    }
    let loss = CheckLoss { above: tau, below: 1.0 - tau };
    let location = Location { columns: columns(&fit.model, &fit.estimated), loss };
    let found = optimum(&fit.model, run, &location)?;
    Ok(found.proved.then(|| found.beta.iter().map(|b| b.hi).collect()))
}

/// The location's coefficients among those estimated                          `[p]`
#[must_use]
pub fn location_columns(fit: &Fit) -> Vec<usize> {
    columns(&fit.model, &fit.estimated)
}

/// Rows of a linear predictor: columns, response, weight.
#[derive(Clone, Debug, PartialEq)]
pub struct QuantileRows {
    rows: Vec<f64>,
    p: usize,
}

impl QuantileRows {
    /// The rows of a fit's location, in the fit's own columns, and the coefficients that these belong to; `None` where
    /// the likelihood is not one of straight lines.
    ///
    /// # Errors
    /// When the data cannot be read again.
    pub fn of(fit: &Fit, run: &mut dyn Executor) -> Result<Option<(Self, Vec<usize>)>, RunError> {
        let Some(loss) = fit.model.likelihood.check_loss() else { return Ok(None) };
        let columns = columns(&fit.model, &fit.estimated);
        let location = Location { columns: columns.clone(), loss };
        let rows = Self::written(&location.gather(&fit.model, run, 1)?);
        Ok(Some((rows, columns)))
    }

    /// The rows with weight of a chunk, in the given columns of the location.
    #[must_use]
    pub fn of_chunk(model: &Model, columns: &[usize], chunk: &Chunk) -> Self {
        let location = Location { columns: columns.to_vec(), loss: CheckLoss { above: 0.5, below: 0.5 } };
        Self::written(&location.chunk(model, chunk))
    }

    fn written(programme: &Programme) -> Self {
        let (n, p) = (programme.n, programme.p);
        let mut rows = Vec::with_capacity(n * (p + 2));
        for r in 0..n {
            rows.extend((0..p).map(|j| programme.at(r, j)));
            rows.extend([programme.y[r], programme.w[r]]);
        }
        Self { rows, p }
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
}
