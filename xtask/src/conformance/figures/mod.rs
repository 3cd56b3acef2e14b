//! The figures of a fitted case, one module for each part of a result.
//!
//! A module answers the quantities that it knows and `None` otherwise; the first that knows one is believed.

mod coefficients;
mod covariances;
pub(super) mod densities;
mod parameters;
mod penalised;
mod predictions;
mod refits;
mod rows;
mod summary;
mod tests;

use super::answer::Answer;
use super::case::Case;
use loglik::Number;
pub(super) use predictions::Predictions;
use serde_json::{Value, json};

/// The program's value of a figure.
pub(super) fn get(answer: &mut Answer, case: &Case, quantity: &str, path: &[String]) -> Option<Value> {
    penalised::get(answer, case, quantity, path)
        .or_else(|| coefficients::get(answer, case, quantity, path))
        .or_else(|| densities::get(case, quantity, path))
        .or_else(|| parameters::get(answer, case, quantity, path))
        .or_else(|| summary::get(answer, case, quantity, path))
        .or_else(|| covariances::get(answer, case, quantity, path))
        .or_else(|| tests::get(answer, case, quantity, path))
        .or_else(|| rows::get(answer, case, quantity, path))
        .or_else(|| refits::get(answer, case, quantity, path))
        .or_else(|| predictions::get(answer, case, quantity, path))
}

fn number(v: f64) -> Option<Value> {
    Some(json!(Number(v)))
}
