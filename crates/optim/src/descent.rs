//! Gradient descent with a fixed learning rate: the textbook's, to be watched rather than used.
//!
//! One step is `rate` times the mean gradient, in the standardised coordinates of the fit. Without a rate, the
//! first pass asks for the Hessian and takes one over its largest row sum, which always descends on a convex
//! function whose curvature is greatest at the start. A value that rises three times in a row is divergence.

use crate::optimizer::stop;
use crate::{Ask, Eval, Need, Reason};
use serde::{Deserialize, Serialize};

/// Gradient descent, as a state machine.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Descent {
    point: Vec<f64>,
    step: Vec<f64>,
    value: f64,
    rate: Option<f64>,
    weight: f64,
    decrement: f64,
    iterations: usize,
    limit: usize,
    rises: usize,
    still: usize,
}

impl Descent {
    /// A run from `start`; `weight` is the sum of the weights of all rows, `rate` multiplies the mean gradient.
    #[must_use]
    pub fn new(start: Vec<f64>, weight: f64, rate: Option<f64>, limit: usize) -> Self {
        let p = start.len();
        Self {
            point: start,
            step: vec![0.0; p],
            value: f64::INFINITY,
            rate,
            weight: weight.max(1.0),
            decrement: f64::INFINITY,
            iterations: 0,
            limit,
            rises: 0,
            still: 0,
        }
    }

    /// The first thing to evaluate.
    pub fn start(&mut self) -> Ask {
        let need = if self.rate.is_some() { Need::Gradient } else { Need::Hessian };
        Ask::Evaluate { points: vec![self.point.clone()], need }
    }

    /// The last point.
    #[must_use]
    pub fn point(&self) -> &[f64] {
        &self.point
    }

    /// The step being tried.
    #[must_use]
    pub fn step(&self) -> &[f64] {
        &self.step
    }

    /// Iterations and the estimate of the decrement.
    #[must_use]
    pub fn progress(&self) -> (usize, f64) {
        (self.iterations, self.decrement)
    }

    /// Takes what was asked for and answers with the next.
    pub fn tell(&mut self, evals: &[Eval]) -> Ask {
        let eval = &evals[0];
        let first = self.value.is_infinite();
        if !eval.value.is_finite() {
            let reason = if first { Reason::BadStart } else { Reason::Diverged };
            return stop(reason, self.iterations, self.decrement);
        }
        let rate =
            self.rate.unwrap_or_else(|| self.weight / largest_row_sum(&eval.hessian, self.point.len()));
        self.rate = Some(rate);
        if !first {
            self.point.iter_mut().zip(&self.step).for_each(|(x, s)| *x += s);
            self.iterations += 1;
        }
        let rise = eval.value - self.value;
        self.rises = if rise > eval.noise() { self.rises + 1 } else { 0 };
        self.still = if rise.abs() <= eval.noise() { self.still + 1 } else { 0 };
        self.value = eval.value;
        let before = self.decrement;
        self.step = eval.gradient.iter().map(|g| -rate * g / self.weight).collect();
        self.decrement = -self.step.iter().zip(&eval.gradient).map(|(s, g)| s * g).sum::<f64>();
        if self.rises >= 3 {
            return stop(Reason::Diverged, self.iterations, self.decrement);
        }
        if self.decrement <= 1e-24 * self.weight {
            return stop(Reason::Converged, self.iterations, self.decrement);
        }
        if self.still >= 20 && self.decrement > 0.999 * before {
            return stop(Reason::RoundingFloor, self.iterations, self.decrement);
        }
        if self.iterations >= self.limit {
            return stop(Reason::IterationLimit, self.iterations, self.decrement);
        }
        let next = self.point.iter().zip(&self.step).map(|(x, s)| x + s).collect();
        Ask::Evaluate { points: vec![next], need: Need::Gradient }
    }
}

/// An upper bound of the largest eigenvalue of a symmetric matrix (lower triangle by rows).
fn largest_row_sum(hessian: &[f64], p: usize) -> f64 {
    (0..p)
        .map(|i| {
            (0..p).map(|j| if j <= i { hessian[i * p + j] } else { hessian[j * p + i] }.abs()).sum::<f64>()
        })
        .fold(0.0, f64::max)
}
