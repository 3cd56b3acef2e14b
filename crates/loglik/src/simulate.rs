//! Responses drawn from a model: what the data would look like if it were true.

use crate::at::point;
use crate::prepare::Prepared;
use crate::rows::Rows;
use crate::run::{Data, ready};
use crate::{Error, FitSpec, Fitted};
use loglik_decide::Draws;
use loglik_design::{Change, Changed, Halt, OnePart, PART_ROWS, Source, each_in_order};
use loglik_fit::{Local, Model, Point};
use loglik_infer::{DrawnAt, coordinates, draw_response};
use loglik_likelihood::Likelihood;
use std::sync::Arc;

/// A model at known coefficients, over known rows.
pub struct Simulator {
    likelihood: Arc<dyn Likelihood>,
    rows: DrawnAt,
    /// The part of the data that the first row begins.
    part: usize,
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
        Self::of(&prepared.model, &Point::new(beta), run)
    }

    pub(crate) fn of(model: &Model, at: &Point, mut run: Local<'_>) -> Result<Self, Error> {
        let rows = coordinates(model, at, &mut run)?;
        Ok(Self { likelihood: Arc::clone(&model.likelihood), rows, part: 0 })
    }

    /// Of the rows of one part.
    pub(crate) fn of_part(
        model: &Model,
        at: &Point,
        source: &dyn Source,
        part: usize,
    ) -> Result<Self, Error> {
        let rows = OnePart::new(source, part);
        Ok(Self { part, ..Self::of(model, at, Local::new(&rows, 1))? })
    }

    /// One response for every row, drawn by seed and number of the draw: values, successes of its trials, or places of
    /// classes; `None` where the likelihood draws none.
    #[must_use]
    pub fn draw(&self, seed: u64, draw: u64) -> Option<Vec<f64>> {
        let k = self.likelihood.spec().k();
        let mut out = Vec::with_capacity(self.rows.us.len() / k.max(1));
        for (number, us) in self.rows.us.chunks(PART_ROWS * k).enumerate() {
            let mut draws = Draws::of_part(seed, draw, self.part + number);
            // In the open interval: a quantile at 0 may be infinite.
            let mut uniform = || draws.uniform() + f64::EPSILON / 4.0;
            for u in us.chunks_exact(k) {
                let trials = self.rows.trials.as_ref().map(|trials| trials[out.len()]);
                out.push(draw_response(self.likelihood.as_ref(), trials, u, &mut uniform)?);
            }
        }
        Some(out)
    }
}

impl Fitted {
    /// The fitted model over its rows.
    ///
    /// # Errors
    /// When the data cannot be read again.
    pub fn simulator(&self) -> Result<Simulator, Error> {
        Simulator::of(&self.fit.model, &self.fit.point, self.executor())
    }
}

/// Responses of all rows of a fit, drawn again and again: at coordinates that are held where the rows are in memory, else
/// found again for each part that is read.
pub(crate) struct Redrawing<'a> {
    prepared: &'a Prepared,
    model: &'a Model,
    at: &'a Point,
    held: Option<Simulator>,
    seed: u64,
}

impl<'a> Redrawing<'a> {
    /// `None` where the likelihood draws nothing.
    pub(crate) fn of(
        prepared: &'a Prepared,
        (model, at): (&'a Model, &'a Point),
        seed: u64,
        threads: usize,
    ) -> Result<Option<Self>, Error> {
        let mut out = Self { prepared, model, at, held: None, seed };
        let draws = match &prepared.source {
            Rows::Memory(source) => {
                let simulator = Simulator::of(model, at, Local::new(source.as_ref(), threads))?;
                let draws = simulator.draw(seed, 0).is_some();
                out.held = Some(simulator);
                draws
            }
            Rows::Stream(_) => {
                let mut draws = true;
                let part = |part| Ok::<_, Error>(out.part(part)?.draw(seed, 0).is_some());
                each_in_order(prepared.source.parts(), threads, &part, &mut |part| {
                    draws &= part;
                    Ok(())
                })?;
                draws
            }
        };
        Ok(draws.then_some(out))
    }

    /// What draws the responses of one part.
    pub(crate) fn part(&self, part: usize) -> Result<Simulator, Error> {
        Simulator::of_part(self.model, self.at, &self.prepared.source, part)
    }

    /// The rows with the responses of a draw; `None` where a row has none.
    pub(crate) fn over<T>(&self, draw: u64, see: impl FnOnce(&Changed<'_>) -> Option<T>) -> Option<T> {
        let source = &self.prepared.source;
        if let Some(simulator) = &self.held {
            return see(&Changed::new(source, Change::Response(simulator.draw(self.seed, draw)?)));
        }
        let change = |part: usize| {
            let failed = |error: Error| Halt::Failed(error.message);
            let drawn = self.part(part).map_err(failed)?.draw(self.seed, draw);
            drawn
                .map(Change::Response)
                .ok_or_else(|| Halt::Failed("a row has no response to draw".to_owned()))
        };
        see(&Changed::by_part(source, &change))
    }
}
