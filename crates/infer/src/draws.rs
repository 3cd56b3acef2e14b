//! Responses drawn from a fitted model: coordinates of every row, and one draw at them.

use loglik_design::{Chunk, Frame};
use loglik_fit::{Executor, Gather, Model, Pass, Point, Precision, RunError, Sweep};
use loglik_likelihood::{Likelihood, ResponseKind};
use std::sync::Arc;

/// Trials of one row that are drawn one by one, at most.
const MOST_TRIALS: f64 = 4_096.0;

/// The first response column of one row, drawn at its coordinates; `None` where the likelihood draws none, or the row's
/// other columns depend on chance too.
///
/// * `trials`  of a response of trials
/// * `uniform` numbers in (0, 1)
pub fn draw_response(
    likelihood: &dyn Likelihood,
    trials: Option<f64>,
    u: &[f64],
    uniform: &mut dyn FnMut() -> f64,
) -> Option<f64> {
    match likelihood.spec().response {
        ResponseKind::Trials => {
            let trials = trials?;
            if trials.fract() != 0.0 || trials > MOST_TRIALS {
                return None;
            }
            (0..trials as usize).map(|_| likelihood.sample(u, uniform)).sum()
        }
        ResponseKind::Number | ResponseKind::Class => likelihood.sample(u, uniform),
        _ => None,
    }
}

#[derive(Debug)]
struct Coordinates(Point);

impl Gather for Coordinates {
    fn zero(&self, _: &Model, _: &Frame) -> Vec<f64> {
        Vec::new()
    }

    fn add(&self, model: &Model, sweep: &mut Sweep, chunk: &Chunk, out: &mut Vec<f64>) {
        sweep.predict(model, &self.0, Precision::Plain, &[], chunk);
        sweep.coordinates(model, chunk);
        for r in 0..chunk.rows {
            out.extend(sweep.us.iter().map(|column| column[r]));
        }
    }

    fn merge(&self, out: &mut Vec<f64>, later: &[f64]) {
        out.extend_from_slice(later);
    }
}

/// Coordinates of every row at a point, row by row                           `[n][k]`
///
/// # Errors
/// When the data cannot be read again.
pub fn coordinates(model: &Model, at: &Point, run: &mut dyn Executor) -> Result<Vec<f64>, RunError> {
    Ok(run.run(model, &Pass::Gather(Arc::new(Coordinates(at.clone()))))?.into_gathered())
}
