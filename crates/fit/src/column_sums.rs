//! Weighted sums of the columns of the main formula, what a penalty by standard deviations needs.

use crate::executor::{Executor, RunError};
use crate::gather::Gather;
use crate::model::Model;
use crate::pass::Pass;
use crate::sweep::Sweep;
use loglik_design::{Chunk, Frame};
use loglik_likelihood::ResponseKind;
use std::sync::Arc;

/// Sums over the rows.
#[derive(Clone, Debug)]
pub struct ColumnSums {
    /// Sum of weights: prior ones times precisions and trials.
    pub weight: f64,
    /// Weighted sums of values and of squares, by coefficient; zeros for other formulas than the main one `[p]`
    pub sums: Vec<[f64; 2]>,
}

/// The sums of one read.
///
/// # Errors
/// When the data cannot be read again.
pub fn column_sums(model: &Model, run: &mut dyn Executor) -> Result<ColumnSums, RunError> {
    let sums = run.run(model, &Pass::Gather(Arc::new(Columns)))?.into_gathered();
    let pairs = sums[1..].chunks_exact(2).map(|pair| [pair[0], pair[1]]);
    Ok(ColumnSums { weight: sums[0], sums: pairs.collect() })
}

/// The sum of weights, then two sums a coefficient.
#[derive(Debug)]
struct Columns;

impl Gather for Columns {
    fn zero(&self, model: &Model, _: &Frame) -> Vec<f64> {
        vec![0.0; 1 + 2 * model.p]
    }

    fn add(&self, model: &Model, _: &mut Sweep, chunk: &Chunk, out: &mut Vec<f64>) {
        let spec = model.likelihood.spec();
        let trials = spec.response == ResponseKind::Trials;
        let mains = model.predictors.iter().enumerate().filter(|(k, _)| *k == 0 || spec.shared_predictor);
        let pieces: Vec<_> = mains.flat_map(|(_, predictor)| &predictor.pieces).collect();
        for r in (0..chunk.rows).filter(|r| chunk.weight[*r] != 0.0) {
            let prior = chunk.log_precision.as_ref().map_or(1.0, |log| loglik_num::exp(log[r]));
            let w = chunk.weight[r] * prior * if trials { chunk.y[1][r] } else { 1.0 };
            out[0] += w;
            for piece in &pieces {
                chunk.blocks[piece.block].each_entry(r, |j, x| {
                    let at = 1 + 2 * (piece.first + j);
                    out[at] += w * x;
                    out[at + 1] += w * x * x;
                });
            }
        }
    }
}
