//! The sum of squares of fitted values about their mean: what a least-squares model explains.
//!
//! An offset is part of a fitted value, so this is not the fall of the deviance from a null model with that offset.

use loglik_design::{Chunk, Frame};
use loglik_fit::{Executor, Fit, Gather, Model, Pass, Point, Precision, RunError, Sweep};
use loglik_num::exp;
use std::sync::Arc;

/// Sums of weights, of weighted fitted values and of their squares, about `centre`.
#[derive(Debug)]
struct Moments {
    at: Point,
    centre: f64,
}

impl Gather for Moments {
    fn zero(&self, _: &Model, _: &Frame) -> Vec<f64> {
        vec![0.0; 3]
    }

    fn add(&self, model: &Model, sweep: &mut Sweep, chunk: &Chunk, out: &mut Vec<f64>) {
        let precise = self.at.precision() == Precision::Double;
        sweep.predict(model, &self.at, self.at.precision(), &[], chunk);
        for r in (0..chunk.rows).filter(|r| chunk.weight[*r] != 0.0) {
            let prior = chunk.log_precision.as_ref().map_or(1.0, |log| exp(log[r]));
            let low = sweep.lows.first().filter(|_| precise).map_or(0.0, |low| low[r]);
            let (w, gap) = (chunk.weight[r] * prior, sweep.etas[0][r] - self.centre + low);
            out[0] += w;
            out[1] += w * gap;
            out[2] += w * gap * gap;
        }
    }
}

/// Sum of squares of the main linear predictor: about its weighted mean (in two passes, so that leading digits in common
/// do not matter), or about 0.
///
/// # Errors
/// When the data cannot be read again.
pub fn fitted_squares(fit: &Fit, about_mean: bool, run: &mut dyn Executor) -> Result<f64, RunError> {
    let mut sums = |centre: f64| -> Result<Vec<f64>, RunError> {
        let moments = Moments { at: fit.point.clone(), centre };
        Ok(run.run(&fit.model, &Pass::Gather(Arc::new(moments)))?.into_gathered())
    };
    let zero = sums(0.0)?;
    if !about_mean {
        return Ok(zero[2]);
    }
    let mean = zero[1] / zero[0];
    let about = sums(mean)?;
    Ok(about[2] - about[1] * about[1] / about[0])
}
