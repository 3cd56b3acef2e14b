//! New rows through a model file: any quantity of the likelihood, with standard errors.

mod ask;
mod delta;
mod expressions;
mod quantities;
mod rows;

pub use ask::{PredictSpec, Quantity};
