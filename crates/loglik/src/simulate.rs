//! Responses drawn from a fitted model: what the data would look like if it were true.

use crate::{Error, Fitted};
use loglik_decide::Draws;
use loglik_infer::{coordinates, draw_response};

impl Fitted {
    /// One response for every row used, drawn at its fitted parameters by seed and number of the draw: values, successes
    /// of its trials, or places of classes; `None` where the likelihood draws none.
    ///
    /// # Errors
    /// When the data cannot be read again.
    pub fn simulate(&self, seed: u64, draw: u64) -> Result<Option<Vec<f64>>, Error> {
        let model = &self.fit.model;
        let us = coordinates(model, &self.fit.point, &mut self.executor())?;
        let trials = self.prepared.source.columns().and_then(|rows| rows.y.get(1));
        let mut draws = Draws::new(seed, draw);
        // In the open interval: a quantile at 0 may be infinite.
        let mut uniform = || draws.uniform() + f64::EPSILON / 4.0;
        let rows = us.chunks_exact(model.predictors.len()).enumerate();
        let one = |(r, u)| draw_response(model.likelihood.as_ref(), trials.map(|n| n[r]), u, &mut uniform);
        Ok(rows.map(one).collect())
    }
}
