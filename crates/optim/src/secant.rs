//! What gradients along the way say of a Hessian that is kept: its BFGS update by the steps taken since.
//!
//! The kept matrix is solved with between the two halves of the recursion, so its inverse is never formed and a step
//! costs a few inner products. Liu & Nocedal (1989), Math. Programming 45; Nocedal & Wright (2006), sec. 7.2.

use crate::direction::{Direction, newton_direction};
use serde::{Deserialize, Serialize};

/// Steps that are remembered.
const MEMORY: usize = 20;

/// A step whose curvature is below this share of what the kept matrix promised says nothing that could be used.
const LEAST: f64 = 0.05;

/// A step, the change of the gradient along it, and the inverse of their product.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Secant {
    step: Vec<f64>,
    change: Vec<f64>,
    scale: f64,
}

/// Steps since the kept matrix was evaluated, oldest first.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Secants(Vec<Secant>);

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

impl Secants {
    /// Nothing is known but the matrix.
    pub(crate) fn forget(&mut self) {
        self.0.clear();
    }

    /// Takes the gradients before and after `length` times a step.
    pub(crate) fn learn(&mut self, step: &[f64], length: f64, before: &[f64], after: &[f64]) {
        let step: Vec<f64> = step.iter().map(|s| s * length).collect();
        let change: Vec<f64> = after.iter().zip(before).map(|(a, b)| a - b).collect();
        let curvature = dot(&step, &change);
        if curvature > LEAST * -dot(&step, before) {
            if self.0.len() == MEMORY {
                self.0.remove(0);
            }
            self.0.push(Secant { step, change, scale: 1.0 / curvature });
        }
    }

    /// Newton's direction by the updated matrix; by the matrix as it is where that is not positive definite.
    pub(crate) fn direction(&self, hessian: &[f64], gradient: &[f64]) -> Direction {
        let mut q = gradient.to_vec();
        let mut along = vec![0.0; self.0.len()];
        for (secant, along) in self.0.iter().zip(&mut along).rev() {
            *along = secant.scale * dot(&secant.step, &q);
            q.iter_mut().zip(&secant.change).for_each(|(q, y)| *q -= *along * y);
        }
        let mut direction = newton_direction(hessian, &q);
        if self.0.is_empty() {
            return direction;
        }
        if !direction.positive {
            return newton_direction(hessian, gradient);
        }
        for (secant, along) in self.0.iter().zip(&along) {
            let more = along + secant.scale * dot(&secant.change, &direction.step);
            direction.step.iter_mut().zip(&secant.step).for_each(|(r, s)| *r -= more * s);
        }
        direction.decrement = -dot(gradient, &direction.step);
        direction
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// On a quadratic the updates leave far less than the kept matrix alone, two of whose directions are wrong.
    #[test]
    fn updates_mend_two_wrong_directions() {
        let p = 6;
        let diagonal = [3.0, 1.0, 0.5, 2.0, 4.0, 1.5];
        let mut kept = vec![0.0; p * p];
        (0..p).for_each(|j| kept[j * p + j] = diagonal[j]);
        kept[0] *= 1.2;
        kept[3 * p + 3] *= 0.8;
        let gradient = |x: &[f64]| -> Vec<f64> { x.iter().zip(diagonal).map(|(x, d)| d * x).collect() };
        let mut x = vec![1.0, -2.0, 0.5, 1.5, -1.0, 2.0];
        let mut secants = Secants::default();
        let mut left = Vec::new();
        for _ in 0..8 {
            let before = gradient(&x);
            let direction = secants.direction(&kept, &before);
            left.push(direction.decrement);
            x.iter_mut().zip(&direction.step).for_each(|(x, s)| *x += s);
            secants.learn(&direction.step, 1.0, &before, &gradient(&x));
        }
        // The kept matrix alone leaves a quarter of the error at each step, a sixteenth of the decrement.
        let plain = 0.25_f64.powi(2 * 7) * left[0];
        assert!(left[7] < 1e-10 * plain, "{left:?}");
    }

    #[test]
    fn a_step_without_curvature_is_not_learnt() {
        let mut secants = Secants::default();
        secants.learn(&[1.0, 0.0], 1.0, &[-1.0, 0.0], &[-1.1, 0.0]);
        let direction = secants.direction(&[2.0, 0.0, 0.0, 2.0], &[-1.0, 1.0]);
        assert_eq!(direction, newton_direction(&[2.0, 0.0, 0.0, 2.0], &[-1.0, 1.0]));
    }
}
