//! The way down of a sum of squares from far away: damped Gauss-Newton steps from one start.
//!
//! It brings a nonlinear regression near its minimum; the maximum of the likelihood itself, with the full curvature, is
//! found from there.

use crate::climb::derivs_at;
use crate::executor::{Executor, RunError};
use crate::model::Model;
use crate::objective::minimised;
use crate::pass::{Point, Precision, Sums};
use loglik_optim::{Ask, Levenberg};

/// Where a way down ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Descent {
    /// Coefficients                                                         `[p]`
    pub beta: Vec<f64>,
    /// Half the weighted sum of squares there; infinite where the start is outside the domain.
    pub value: f64,
    /// Whether it ended because no further fall was promised.
    pub is_settled: bool,
}

/// Descends from `beta`; `model` gives minus half a square in each row, with the Gauss-Newton curvature.
///
/// * `active` coefficients that move                                        `[q]`
/// * `linear` those of them in which the residuals are linear together
/// * `trials` steps that are tried, at most
///
/// # Errors
/// When a pass cannot be carried out.
pub fn least_squares(
    model: &Model,
    run: &mut dyn Executor,
    beta: &[f64],
    active: &[usize],
    linear: &[usize],
    trials: usize,
) -> Result<Descent, RunError> {
    let places = linear.iter().filter_map(|j| active.iter().position(|a| a == j)).collect();
    let mut machine = Levenberg::new(active.iter().map(|j| beta[*j]).collect(), places, trials);
    let expand = |from: &[f64]| {
        let mut all = beta.to_vec();
        active.iter().zip(from).for_each(|(j, v)| all[*j] = *v);
        all
    };
    let mut ask = machine.start();
    let stop = loop {
        match ask {
            Ask::Stop(stop) => break stop,
            Ask::Evaluate { points, .. } => {
                let point = Point::new(expand(&points[0]));
                let derivs = derivs_at(model, run, point, Sums::Info, Precision::Plain, &[])?;
                ask = machine.tell(&minimised(&derivs, active, model.p));
            }
        }
    };
    let is_started = machine.value().is_finite() && stop.reason != loglik_optim::Reason::BadStart;
    let value = if is_started { machine.value() } else { f64::INFINITY };
    Ok(Descent { beta: expand(machine.point()), value, is_settled: stop.reason.is_success() })
}
