//! All rows of the location predictor, gathered once: the linear programme needs them side by side.

use super::programme::Programme;
use crate::executor::{Executor, RunError};
use crate::gather::Gather;
use crate::model::Model;
use crate::pass::Pass;
use crate::sweep::Sweep;
use crate::tally::Tally;
use loglik_design::{Chunk, Frame};
use loglik_likelihood::CheckLoss;
use std::sync::Arc;

/// The rows with weight, chunk by chunk: how many, then their columns, responses and weights.
#[derive(Debug)]
struct DenseRows {
    /// Coefficients that have a column.
    columns: Vec<usize>,
}

impl Gather for DenseRows {
    fn zero(&self, _: &Model, _: &Frame) -> Vec<f64> {
        Vec::new()
    }

    fn add(&self, model: &Model, _: &mut Sweep, chunk: &Chunk, out: &mut Vec<f64>) {
        let predictor = &model.predictors[0];
        let live: Vec<usize> = (0..chunk.rows).filter(|r| chunk.weight[*r] != 0.0).collect();
        out.push(live.len() as f64);
        for column in &self.columns {
            let start = out.len();
            out.resize(start + live.len(), 0.0);
            let to = &mut out[start..];
            for piece in &predictor.pieces {
                if (piece.first..piece.first + piece.coefs).contains(column) {
                    chunk.blocks[piece.block].add_column(column - piece.first, &live, to);
                }
            }
        }
        let offset = |r: usize| predictor.offset.map_or(0.0, |o| chunk.offsets[o][r]);
        out.extend(live.iter().map(|r| chunk.y[0][*r] - predictor.constant - offset(*r)));
        out.extend(live.iter().map(|r| chunk.weight[*r]));
    }

    fn merge(&self, out: &mut Vec<f64>, later: &[f64]) {
        out.extend_from_slice(later);
    }
}

/// The programme of a model whose location has the `columns` of the design.
pub(super) fn gather(
    model: &Model,
    run: &mut dyn Executor,
    columns: &[usize],
    loss: CheckLoss,
) -> Result<Programme, RunError> {
    let pass = Pass::Gather(Arc::new(DenseRows { columns: columns.to_vec() }));
    let Tally::Gathered(rows) = run.run(model, &pass)? else { unreachable!("rows were asked") };
    Ok(Programme::new(&rows, columns.len(), loss))
}
