//! Gradient or Hessian at the next point: what is left to do, counted in gradients.
//!
//! Newton squares the decrement over the weight, `d <- c d^2 / w`; a kept Hessian multiplies it by the rate that was last
//! seen, or by `c d / w` where it is that of the point. `c` is learnt from steps that began with a Hessian of their own.

use serde::{Deserialize, Serialize};

/// What `c` is before anything was seen.
const CURVE: f64 = 4.0;

/// What a step by a sample's Hessian is taken to leave of the decrement before one was made.
const OF_SAMPLE: f64 = 0.1;

/// A kept Hessian that leaves more than this of the decrement is too old.
const OLD: f64 = 0.3;

/// Below this a Hessian costs as good as nothing.
const CHEAP: f64 = 1.3;

/// Costs and rates of one climb.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Economy {
    goal: f64,
    /// What an evaluation with Hessian costs, in evaluations with gradient.
    dearness: f64,
    weight: f64,
    curve: f64,
    /// The decrement of the last point that had a Hessian of its own, where the step from it is the last one.
    squared: Option<f64>,
}

impl Economy {
    pub(crate) fn new(goal: f64, dearness: f64, weight: f64) -> Self {
        Self { goal, dearness, weight: weight.max(1.0), curve: CURVE, squared: None }
    }

    /// Whether gradients alone save anything.
    pub(crate) fn saves(&self) -> bool {
        self.dearness > CHEAP
    }

    /// Whether the next point is to be evaluated without Hessian, given the decrement of the point before this one, of
    /// this one, and whether the Hessian is this point's own.
    pub(crate) fn prefers_gradient(&mut self, before: f64, decrement: f64, fresh: bool) -> bool {
        if let Some(d) = self.squared.filter(|d| *d > 0.0 && before == *d) {
            let curve = decrement * self.weight / (d * d);
            if curve.is_finite() && curve > 0.0 {
                self.curve = curve;
            }
        }
        self.squared = fresh.then_some(decrement);
        if !self.saves() || !decrement.is_finite() || decrement <= 0.0 {
            return false;
        }
        if fresh {
            return self.by_gradients(decrement, self.rate(decrement)) < self.by_newton(decrement);
        }
        let rate = if before.is_finite() { decrement / before } else { OF_SAMPLE };
        if rate > OLD {
            return false;
        }
        self.by_gradients(decrement, rate) < self.dearness + self.rest(rate * decrement)
    }

    /// Whether the next point is expected to be the last, given this one's decrement.
    pub(crate) fn ends(&self, decrement: f64) -> bool {
        decrement <= self.goal || self.rate(decrement) * decrement <= self.goal
    }

    /// What a Hessian of a point with this decrement leaves of it later on.
    fn rate(&self, decrement: f64) -> f64 {
        (self.curve * decrement / self.weight).min(0.9)
    }

    /// Gradients at a rate until the goal, and the Hessian at the end.
    fn by_gradients(&self, decrement: f64, rate: f64) -> f64 {
        let left = loglik_num::log(self.goal / decrement) / loglik_num::log(rate);
        left.ceil().max(1.0) + self.dearness
    }

    /// Hessians at every point until the goal.
    fn by_newton(&self, decrement: f64) -> f64 {
        let (mut d, mut cost) = (decrement, 0.0);
        loop {
            d *= self.rate(d);
            cost += self.dearness;
            if d <= self.goal {
                return cost;
            }
        }
    }

    /// The cheaper way on from a point that has a Hessian of its own.
    fn rest(&self, decrement: f64) -> f64 {
        if decrement <= self.goal {
            return 0.0;
        }
        self.by_newton(decrement).min(self.by_gradients(decrement, self.rate(decrement)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dear_hessians_are_kept_and_cheap_ones_are_not() {
        let far = 0.05 * 1e6;
        let prefers =
            |dearness: f64| Economy::new(1e-10, dearness, 1e6).prefers_gradient(f64::INFINITY, far, true);
        assert!(prefers(16.0) && !prefers(1.5));
        // The step after which nothing is left to do ends with a Hessian at once.
        assert!(!Economy::new(1e-10, 16.0, 1e6).prefers_gradient(f64::INFINITY, 1e-4, true));
    }

    #[test]
    fn a_kept_hessian_is_renewed_when_it_leaves_too_much() {
        let mut economy = Economy::new(1e-10, 5.0, 1e6);
        assert!(economy.prefers_gradient(100.0, 0.1, false));
        assert!(!economy.prefers_gradient(100.0, 20.0, false));
        assert!(!economy.prefers_gradient(100.0, 50.0, false));
    }

    #[test]
    fn the_curve_is_learnt_from_a_step_of_newton() {
        let mut economy = Economy::new(1e-10, 3.0, 1e6);
        economy.prefers_gradient(f64::INFINITY, 1e3, true);
        economy.prefers_gradient(1e3, 50.0, true);
        assert_eq!(economy.curve, 50.0);
    }
}
