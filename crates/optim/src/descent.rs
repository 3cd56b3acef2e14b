//! Gradient descent with a fixed learning rate: the textbook's, to be watched rather than used.
//!
//! One step is `rate` times the mean gradient, in the standardised coordinates of the fit. Without a rate, the
//! first pass asks for the Hessian and takes one over its largest row sum, which always descends on a convex
//! function whose curvature is greatest at the start; where it is not, a step that leads up or out of the domain is taken
//! back and the rate halved. With a rate that was asked for a value that rises three times in a row is divergence.

use crate::optimizer::stop;
use crate::{Ask, Eval, Need, Reason};
use serde::{Deserialize, Serialize};

/// Times that a rate of our own is halved, at most: past them a step is lost in rounding.
const HALVINGS: usize = 50;

/// Gradient descent, as a state machine.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Descent {
    point: Vec<f64>,
    step: Vec<f64>,
    value: f64,
    rate: Option<f64>,
    /// Times that the rate may still be halved: none where it was asked for.
    halvings: usize,
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
            halvings: if rate.is_some() { 0 } else { HALVINGS },
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
        let rise = eval.value - self.value;
        // NaN counts as a rise.
        let falls = rise <= eval.noise();
        if !first && !falls && self.halvings > 0 {
            self.halvings -= 1;
            self.rate = self.rate.map(|rate| 0.5 * rate);
            self.step.iter_mut().for_each(|s| *s *= 0.5);
            return self.ask();
        }
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
        self.ask()
    }

    /// Asks for the gradient a step away.
    fn ask(&self) -> Ask {
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs on `x + 1 / x` over positive numbers, least at 1.
    fn ended(rate: Option<f64>) -> (f64, Reason) {
        let mut machine = Descent::new(vec![10.0], 1.0, rate, 10_000);
        let mut ask = machine.start();
        loop {
            let x = match ask {
                Ask::Stop(stop) => return (machine.point()[0], stop.reason),
                Ask::Evaluate { points, .. } => points[0][0],
            };
            let value = if x > 0.0 { x + 1.0 / x } else { f64::INFINITY };
            let (gradient, hessian) = (vec![1.0 - 1.0 / (x * x)], vec![2.0 / (x * x * x)]);
            ask = machine.tell(&[Eval { value, gradient, hessian, ..Eval::default() }]);
        }
    }

    #[test]
    fn a_rate_of_its_own_is_halved_where_curvature_grows_and_one_that_was_asked_for_is_kept() {
        // At the start the curvature is a thousandth of that at the minimum: a step of 495 leaves the domain.
        let (x, reason) = ended(None);
        assert!((x - 1.0).abs() < 1e-9 && reason.is_success(), "{x} {reason:?}");
        assert_eq!(ended(Some(500.0)).1, Reason::Diverged);
    }
}
