//! Rows of the location predictor side by side, as the linear programme needs them: all of them, or those that are picked.

use super::programme::Programme;
use crate::executor::{Executor, RunError};
use crate::gather::Gather;
use crate::model::Model;
use crate::pass::Pass;
use crate::sweep::Sweep;
use loglik_design::{Chunk, Frame};
use loglik_likelihood::CheckLoss;
use std::sync::Arc;

/// Coefficients of the location that have a column, and the loss of a row.
#[derive(Clone, Debug)]
pub(super) struct Location {
    pub(super) columns: Vec<usize>,
    pub(super) loss: CheckLoss,
}

impl Location {
    /// Adds the picked rows with weight of a chunk: how many, then their columns, responses and weights.
    fn push(&self, model: &Model, chunk: &Chunk, pick: impl Fn(usize) -> bool, out: &mut Vec<f64>) {
        let predictor = &model.predictors[0];
        let live: Vec<usize> = (0..chunk.rows).filter(|r| chunk.weight[*r] != 0.0 && pick(*r)).collect();
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

    /// The rows with weight of a chunk.
    pub(super) fn chunk(&self, model: &Model, chunk: &Chunk) -> Programme {
        let mut rows = Vec::new();
        self.push(model, chunk, |_| true, &mut rows);
        Programme::new(&rows, self.columns.len(), self.loss)
    }

    /// One of every `every` consecutive rows, if it has weight; which one is drawn, so that no period of the data is met.
    ///
    /// # Errors
    /// When the data cannot be read again.
    pub(super) fn gather(
        &self,
        model: &Model,
        run: &mut dyn Executor,
        every: usize,
    ) -> Result<Programme, RunError> {
        let pass = Pass::Gather(Arc::new(DenseRows { location: self.clone(), every }));
        let rows = run.run(model, &pass)?.into_gathered();
        Ok(Programme::new(&rows, self.columns.len(), self.loss))
    }
}

#[derive(Debug)]
struct DenseRows {
    location: Location,
    every: usize,
}

impl Gather for DenseRows {
    fn zero(&self, _: &Model, _: &Frame) -> Vec<f64> {
        Vec::new()
    }

    fn add(&self, model: &Model, _: &mut Sweep, chunk: &Chunk, out: &mut Vec<f64>) {
        self.location.push(model, chunk, |r| is_drawn(chunk.first_row + r, self.every), out);
    }

    /// Rows are no sum: a checkpoint does not keep them.
    fn leaves(&self) -> bool {
        true
    }

    fn merge(&self, out: &mut Vec<f64>, later: &[f64]) {
        out.extend_from_slice(later);
    }
}

/// Whether a row is the one of its `every` (splitmix64; Steele, Lea & Flood 2014).
fn is_drawn(row: usize, every: usize) -> bool {
    let mut z = ((row / every) as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (row % every) as u64 == (z ^ (z >> 31)) % every as u64
}
