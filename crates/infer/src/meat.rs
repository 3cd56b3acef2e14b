//! Products of row scores, over rows or over groups: the middle of a sandwich covariance.
//!
//! White (1980); Liang & Zeger (1986). Scores are weighted like the log-likelihood, in the fit's own columns.

use loglik_design::{Chunk, Frame};
use loglik_fit::{Executor, Fit, Gather, Model, Pass, Point, Precision, RunError, Sweep, Tally, each_entry};
use loglik_likelihood::Order;
use std::sync::Arc;

/// Sums of scores by group, or of their products by row.
#[derive(Debug)]
struct Scores {
    at: Point,
    key: Option<usize>,
}

impl Gather for Scores {
    fn zero(&self, model: &Model, frame: &Frame) -> Vec<f64> {
        vec![0.0; self.key.map_or(model.p, |key| frame.keys[key]) * model.p]
    }

    fn add(&self, model: &Model, sweep: &mut Sweep, chunk: &Chunk, out: &mut Vec<f64>) {
        let p = model.p;
        sweep.eval(model, &self.at, Precision::Plain, &[], chunk, Order::Hessian);
        let mut score = vec![0.0; p];
        for r in (0..chunk.rows).filter(|r| chunk.weight[*r] != 0.0) {
            score.fill(0.0);
            for (i, predictor) in model.predictors.iter().enumerate() {
                let g = sweep.out.g(i)[r];
                for piece in &predictor.pieces {
                    each_entry(&chunk.blocks[piece.block], r, |j, x| score[piece.first + j] += g * x);
                }
            }
            match self.key {
                Some(key) => {
                    let group = chunk.keys[key][r] as usize;
                    out[group * p..(group + 1) * p].iter_mut().zip(&score).for_each(|(sum, s)| *sum += s);
                }
                None => {
                    for (i, a) in score.iter().enumerate().filter(|(_, a)| **a != 0.0) {
                        out[i * p..(i + 1) * p].iter_mut().zip(&score).for_each(|(sum, b)| *sum += a * b);
                    }
                }
            }
        }
    }
}

/// Sum of score score' over the rows, or over the groups of one key column; and the number of groups `[p, p]`
///
/// # Errors
/// When the data cannot be read again.
pub fn meat(fit: &Fit, run: &mut dyn Executor, key: Option<usize>) -> Result<(Vec<f64>, usize), RunError> {
    let pass = Pass::Gather(Arc::new(Scores { at: fit.point.clone(), key }));
    let Tally::Gathered(sums) = run.run(&fit.model, &pass)? else { unreachable!("a gathered sum was asked") };
    let p = fit.model.p;
    if key.is_none() {
        return Ok((sums, 0));
    }
    let mut meat = vec![0.0; p * p];
    for group in sums.chunks_exact(p.max(1)) {
        for (i, a) in group.iter().enumerate() {
            meat[i * p..(i + 1) * p].iter_mut().zip(group).for_each(|(sum, b)| *sum += a * b);
        }
    }
    Ok((meat, sums.len() / p.max(1)))
}
