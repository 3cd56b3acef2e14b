//! Gradient or Hessian at the next point: what is left to do, counted in gradients.
//!
//! Newton squares the decrement over the weight, `d <- c d^2 / w`; a kept Hessian multiplies it by the rate that was last
//! seen, or by `c d / w` where it is that of the point. `c` is learnt from steps that began with a Hessian of their own. All
//! ways on, a Hessian here and gradients there, are reckoned through to the end, which has a Hessian of its own.

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
        let rate = match (fresh, before.is_finite()) {
            (true, _) => self.rate(decrement),
            (false, true) => decrement / before,
            (false, false) => OF_SAMPLE,
        };
        if rate > OLD {
            return false;
        }
        let next = rate * decrement;
        let newton = self.by_hessian(next, f64::INFINITY);
        self.by_gradient(next, rate, newton) < newton
    }

    /// Whether the next point is expected to be the last, given this one's decrement.
    pub(crate) fn ends(&self, decrement: f64) -> bool {
        decrement <= self.goal || self.rate(decrement) * decrement <= self.goal
    }

    /// What a Hessian of a point with this decrement leaves of it later on.
    fn rate(&self, decrement: f64) -> f64 {
        (self.curve * decrement / self.weight).min(0.9)
    }

    /// The cheapest way to the end from a point of this decrement that is evaluated with its Hessian; ways that cost `most` or more
    /// are not looked at.
    fn by_hessian(&self, decrement: f64, most: f64) -> f64 {
        if decrement <= self.goal || self.dearness >= most {
            return self.dearness;
        }
        let rate = self.rate(decrement);
        self.dearness + self.rest(rate * decrement, rate, most - self.dearness)
    }

    /// The same with a gradient at the point, by a Hessian that leaves `rate` of the decrement.
    fn by_gradient(&self, decrement: f64, rate: f64, most: f64) -> f64 {
        if rate > OLD || most <= 1.0 {
            return f64::INFINITY;
        }
        1.0 + self.rest(rate * decrement, rate, most - 1.0)
    }

    fn rest(&self, decrement: f64, rate: f64, most: f64) -> f64 {
        if decrement <= self.goal || self.dearness >= most {
            return self.dearness;
        }
        let newton = self.by_hessian(decrement, most);
        newton.min(self.by_gradient(decrement, rate, newton.min(most)))
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
