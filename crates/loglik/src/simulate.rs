//! Responses drawn from a model: what the data would look like if it were true.

use crate::at::point;
use crate::prepare::Prepared;
use crate::run::{Data, ready};
use crate::{Error, FitSpec, Fitted};
use loglik_decide::Draws;
use loglik_fit::{Local, Model, Point};
use loglik_infer::{coordinates, draw_response};
use loglik_likelihood::Likelihood;
use std::sync::Arc;

/// A model at known coefficients, over known rows.
pub struct Simulator {
    likelihood: Arc<dyn Likelihood>,
    /// Coordinates of every row, row by row                                  `[n][k]`
    us: Vec<f64>,
    /// Of a response of trials                                               `[n]`
    trials: Option<Vec<f64>>,
}

impl Simulator {
    /// The model of a spec at `spec.at`, where every coefficient has a value, over the rows of a table; of its response
    /// only the trials and the classes matter.
    ///
    /// # Errors
    /// As [`crate::loglik_at`].
    pub fn at(spec: &FitSpec, data: impl Into<Data>) -> Result<Self, Error> {
        let prepared = ready(spec, data.into())?;
        let beta = prepared.map.to_internal(&point(spec, &prepared)?);
        let run = Local::new(&prepared.source, spec.threads());
        Self::of(&prepared, &prepared.model, &Point::new(beta), run)
    }

    pub(crate) fn of(
        prepared: &Prepared,
        model: &Model,
        at: &Point,
        mut run: Local<'_>,
    ) -> Result<Self, Error> {
        let us = coordinates(model, at, &mut run)?;
        let trials = prepared.source.columns().and_then(|rows| rows.y.get(1)).map(|column| column.to_vec());
        Ok(Self { likelihood: Arc::clone(&model.likelihood), us, trials })
    }

    /// One response for every row, drawn by seed and number of the draw: values, successes of its trials, or places of
    /// classes; `None` where the likelihood draws none.
    #[must_use]
    pub fn draw(&self, seed: u64, draw: u64) -> Option<Vec<f64>> {
        let mut draws = Draws::new(seed, draw);
        // In the open interval: a quantile at 0 may be infinite.
        let mut uniform = || draws.uniform() + f64::EPSILON / 4.0;
        let rows = self.us.chunks_exact(self.likelihood.spec().params.len()).enumerate();
        let trials = self.trials.as_ref();
        let one = |(r, u)| draw_response(self.likelihood.as_ref(), trials.map(|n| n[r]), u, &mut uniform);
        rows.map(one).collect()
    }
}

impl Fitted {
    /// The fitted model over its rows.
    ///
    /// # Errors
    /// When the data cannot be read again.
    pub fn simulator(&self) -> Result<Simulator, Error> {
        Simulator::of(&self.prepared, &self.fit.model, &self.fit.point, self.executor())
    }
}
