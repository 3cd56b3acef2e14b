//! What each row moves the coefficients by, to one Newton step with the information of all rows: A X' g.
//!
//! Sums of these over resampled rows are one-step bootstrap estimates, all with the one factorisation that is there:
//! Davison & Hinkley (1997), Bootstrap Methods and their Application, sec. 2.7 and 7.2.

use crate::bread::Bread;
use crate::design_row::DesignRow;
use loglik_design::{Chunk, Frame};
use loglik_fit::{Executor, Fit, Gather, Model, Pass, Point, Precision, Recession, RunError, Sweep};
use loglik_likelihood::Order;
use std::sync::Arc;

#[derive(Debug)]
struct Influences {
    at: Point,
    limits: Vec<Recession>,
    places: Vec<Option<usize>>,
    inverse: Vec<f64>,
    q: usize,
}

impl Gather for Influences {
    fn zero(&self, _: &Model, _: &Frame) -> Vec<f64> {
        Vec::new()
    }

    fn add(&self, model: &Model, sweep: &mut Sweep, chunk: &Chunk, out: &mut Vec<f64>) {
        let (k, q) = (model.predictors.len(), self.q);
        sweep.eval(model, &self.at, Precision::Plain, &self.limits, chunk, Order::Hessian);
        let (mut row, mut g, mut score) = (DesignRow::default(), vec![0.0; k], vec![0.0; q]);
        for r in 0..chunk.rows {
            g.iter_mut().enumerate().for_each(|(i, g)| *g = sweep.out.g(i)[r]);
            row.read(model, &self.places, chunk, r);
            score.fill(0.0);
            row.add_score(&g, &mut score);
            let product = |a: &[f64]| a.iter().zip(&score).map(|(x, y)| x * y).sum::<f64>();
            out.extend(self.inverse.chunks_exact(q.max(1)).map(product));
        }
    }

    fn merge(&self, out: &mut Vec<f64>, later: &[f64]) {
        out.extend_from_slice(later);
    }
}

/// The influence of every row on the kept coefficients, in the order of the rows, weights multiplied in `[n][q]`
///
/// # Errors
/// When the data cannot be read again.
pub fn influences(fit: &Fit, bread: &Bread, run: &mut dyn Executor) -> Result<Vec<f64>, RunError> {
    let rows = Influences {
        at: fit.point.clone(),
        limits: fit.limits.clone(),
        places: bread.places(fit.model.p),
        inverse: bread.rounded(),
        q: bread.q(),
    };
    Ok(run.run(&fit.model, &Pass::Gather(Arc::new(rows)))?.into_gathered())
}
