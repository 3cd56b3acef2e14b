//! Log densities row by row, for tests that compare two models on the same rows.

use loglik_design::{Chunk, Frame};
use loglik_fit::{Executor, Fit, Gather, Model, Pass, Point, Precision, Recession, RunError, Sweep, Tally};
use loglik_likelihood::Order;
use std::sync::Arc;

/// Weight and weighted log density of every row, one after the other.
#[derive(Debug)]
struct Rows {
    at: Point,
    limits: Vec<Recession>,
}

impl Gather for Rows {
    fn zero(&self, _: &Model, _: &Frame) -> Vec<f64> {
        Vec::new()
    }

    fn add(&self, model: &Model, sweep: &mut Sweep, chunk: &Chunk, out: &mut Vec<f64>) {
        sweep.eval(model, &self.at, Precision::Plain, &self.limits, chunk, Order::Value);
        let live = (0..chunk.rows).filter(|r| chunk.weight[*r] != 0.0);
        out.extend(live.flat_map(|r| [chunk.weight[r], sweep.out.l[r]]));
    }

    fn merge(&self, out: &mut Vec<f64>, later: &[f64]) {
        out.extend_from_slice(later);
    }
}

/// Weight and weighted log density of every row with weight, in row order       `[n]`
///
/// # Errors
/// When the data cannot be read again.
pub fn row_logliks(fit: &Fit, run: &mut dyn Executor) -> Result<Vec<(f64, f64)>, RunError> {
    let rows = Rows { at: fit.point.clone(), limits: fit.limits.clone() };
    let Tally::Gathered(values) = run.run(&fit.model, &Pass::Gather(Arc::new(rows)))? else {
        unreachable!("gathered values were asked")
    };
    Ok(values.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect())
}
