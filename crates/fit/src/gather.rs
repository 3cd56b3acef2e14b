//! Sums over rows that are not derivatives of the likelihood: meats, groups, effects, row values.
//!
//! Whoever needs one says how it starts, what a chunk adds and how parts are merged; the executor carries it like any
//! other pass, parts merged in their order.

use crate::model::Model;
use crate::sweep::Sweep;
use loglik_design::{Chunk, Frame};
use std::fmt::Debug;

/// A sum over rows.
pub trait Gather: Send + Sync + Debug {
    /// The sum over no rows.
    fn zero(&self, model: &Model, frame: &Frame) -> Vec<f64>;

    /// Adds one chunk; `sweep` is scratch for evaluating it.
    fn add(&self, model: &Model, sweep: &mut Sweep, chunk: &Chunk, out: &mut Vec<f64>);

    /// The same in a pass of derivatives at the one point that this is about: `sweep` has just been evaluated there.
    fn add_beside(&self, model: &Model, sweep: &mut Sweep, chunk: &Chunk, out: &mut Vec<f64>) {
        self.add(model, sweep, chunk, out);
    }

    /// Whether a pass leaves something behind that later ones read, so that its sum alone does not stand for it.
    fn leaves(&self) -> bool {
        false
    }

    /// Adds the sum over a later part.
    fn merge(&self, out: &mut Vec<f64>, later: &[f64]) {
        out.iter_mut().zip(later).for_each(|(a, b)| *a += b);
    }
}
