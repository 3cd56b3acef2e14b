//! All rows of the location predictor, gathered once: the linear programme needs them side by side.

use super::programme::Programme;
use crate::executor::{Executor, RunError};
use crate::gather::Gather;
use crate::model::Model;
use crate::pass::Pass;
use crate::sweep::{Sweep, each_entry};
use crate::tally::Tally;
use loglik_design::{Chunk, Frame};
use loglik_likelihood::CheckLoss;
use std::sync::Arc;

/// The rows with weight, each as its columns, response and weight.
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
        let mut row = vec![0.0; model.p];
        for r in (0..chunk.rows).filter(|r| chunk.weight[*r] != 0.0) {
            row.fill(0.0);
            for piece in &predictor.pieces {
                each_entry(&chunk.blocks[piece.block], r, |j, x| row[piece.first + j] += x);
            }
            out.extend(self.columns.iter().map(|j| row[*j]));
            let offset = predictor.offset.map_or(0.0, |o| chunk.offsets[o][r]);
            out.push(chunk.y[0][r] - predictor.constant - offset);
            out.push(chunk.weight[r]);
        }
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
