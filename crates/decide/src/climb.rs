//! Newton's method on a concave objective of one to three parameters, with halved steps.
//!
//! A climb that needs more steps than such an objective can is at infinity and says so. A rise too small to be seen
//! beside the rounding of the sum is not judged: there the full step is taken, and the next score tells whether it ended.

use loglik_num::Cholesky;

/// An objective at one place, with its derivatives.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Height<const K: usize> {
    pub(crate) loglik: f64,
    /// Sum of the sizes of the terms of `loglik`: what its rounding is measured by.
    pub(crate) size: f64,
    pub(crate) score: [f64; K],
    /// Minus the second derivatives; the lower triangle counts `[k][k]`.
    pub(crate) info: [[f64; K]; K],
}

/// Information whose columns are so near to dependence has no inverse.
const PIVOT: f64 = 1e-13;

/// The maximum and what belongs to it, started at `start`; none when it is at infinity or the columns are dependent.
pub(crate) fn climb<const K: usize, T>(
    start: [f64; K],
    at: impl Fn([f64; K]) -> T,
    height: impl Fn(&T) -> &Height<K>,
) -> Option<([f64; K], T)> {
    let mut beta = start;
    let mut here = at(beta);
    // On data that overlap, Newton with halving needs about ten steps from any start; at infinity it never ends.
    for _ in 0..60 {
        let Height { loglik, size, score, info } = *height(&here);
        let factor = Cholesky::above(info.as_flattened(), K, PIVOT).ok()?;
        let mut step = score;
        factor.solve(&mut step);
        let decrement: f64 = step.iter().zip(&score).map(|(s, g)| s * g).sum();
        let visible = 64.0 * f64::EPSILON * size;
        let mut scale = 1.0;
        let next = loop {
            let mut next = beta;
            next.iter_mut().zip(&step).for_each(|(b, s)| *b += scale * s);
            let there = at(next);
            if decrement < visible || height(&there).loglik >= loglik - visible {
                beta = next;
                break there;
            }
            scale *= 0.5;
            if scale < 1e-10 {
                return None;
            }
        };
        here = next;
        // The decrement is twice what the step could gain: the next one would gain its square.
        if decrement < 1e-18 * size.max(1.0) {
            return Some((beta, here));
        }
    }
    None
}

/// The inverse of the information `[k][k]`.
pub(crate) fn inverse<const K: usize>(info: &[[f64; K]; K]) -> Option<[[f64; K]; K]> {
    let factor = Cholesky::above(info.as_flattened(), K, PIVOT).ok()?;
    let mut vcov = [[0.0; K]; K];
    for (i, column) in vcov.iter_mut().enumerate() {
        column[i] = 1.0;
        factor.solve(column);
    }
    Some(vcov)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw::Draws;
    use core::cell::Cell;
    use loglik_num::{exp, log1pexp, sigmoid};

    #[test]
    fn a_rounded_sum_of_many_terms_does_not_hold_the_climb_up() {
        let mut draws = Draws::new(3, 0);
        let y: Vec<f64> = (0..200_000).map(|_| f64::from(draws.uniform() < 0.3)).collect();
        let looks = Cell::new(0);
        // Each value wrong in the 14th digit, as a plain sum of so many terms can be.
        let at = |[b]: [f64; 1]| {
            looks.set(looks.get() + 1);
            let noise = if looks.get() % 2 == 0 { 5e-15 } else { -5e-15 };
            let size: f64 = y.iter().map(|y| log1pexp(b) - y * b).sum();
            let (mu, n) = (sigmoid(b), y.len() as f64);
            let score = y.iter().map(|y| y - mu).sum();
            Height { loglik: -size * (1.0 + noise), size, score: [score], info: [[n * mu * (1.0 - mu)]] }
        };
        let ([b], _) = climb([3.0], at, |height| height).expect("a maximum");
        let share = y.iter().sum::<f64>() / y.len() as f64;
        assert!((1.0 / (1.0 + exp(-b)) - share).abs() < 1e-14);
        assert!(looks.get() <= 15, "{} looks", looks.get());
    }
}
