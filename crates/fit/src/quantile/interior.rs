//! Near the optimum by an interior point method: Frisch's barrier, Newton's steps, Mehrotra's predictor and corrector.
//!
//! The dual of the programme is: most `y'a` with `X'a = (1 - tau) X'w` and `0 <= a <= w`. With slack `s = w - a` and
//! multipliers `z` (of `a >= 0`) and `v` (of `a <= w`) the residuals are `v - z`. Each step costs one weighted Gram, its
//! factor, and a few loops over the rows, in lanes (`interior_rows.rs`). Padding takes part as rows of weight 1 with
//! nothing in them. Portnoy & Koenker (1997), sec. 5.

use super::interior_rows::{Bend, Change, Move, Right, Rows, Shape, Ties, Trial};
use super::programme::Programme;
use loglik_num::{Cholesky, dispatch};

/// Steps at most; ten to thirty are usual.
const MOST: usize = 100;

/// Share of the way to the nearest bound that a step goes.
const SHORT: f64 = 0.999_95;

/// Gap, as a share of the objective, at which the rows that are met show.
pub(super) const MET: f64 = 1e-11;

/// The same for a sample, whose own error is to be all that is left in its coefficients.
pub(super) const FINE: f64 = 1e-8;

/// Where the method stands.
pub(super) struct Inside {
    /// Coefficients                                                         `[p]`
    pub(super) beta: Vec<f64>,
    /// Dual variables, between 0 and the weight                              `[stride]`
    pub(super) a: Vec<f64>,
    /// Steps taken.
    pub(super) steps: usize,
    s: Vec<f64>,
    z: Vec<f64>,
    v: Vec<f64>,
}

/// Weighted least squares, the start; zeros where the columns are dependent to rounding.
fn least_squares(programme: &Programme) -> Vec<f64> {
    let wy: Vec<f64> = programme.w.iter().zip(&programme.y).map(|(w, y)| w * y).collect();
    let mut beta = programme.transposed(&wy);
    match Cholesky::new(&programme.gram(&programme.w), programme.p) {
        Ok(factor) => factor.solve(&mut beta),
        Err(_) => beta.fill(0.0),
    }
    beta
}

/// Steps until the gap is below this share of the objective, or as far as rounding lets them.
pub(super) fn approach(programme: &Programme, share: f64) -> Inside {
    let mut at = Inside::start(programme);
    let size =
        loglik_num::sum(&programme.w.iter().zip(&programme.y).map(|(w, y)| w * y.abs()).collect::<Vec<_>>());
    let mut ties = Ties::default();
    while at.steps < MOST {
        let residuals = programme.residuals(&at.beta);
        let objective: f64 = residuals.iter().zip(&programme.w).map(|(r, w)| w * programme.loss.of(*r)).sum();
        let sum = dispatch(Shape { rows: at.rows(), ties: &mut ties });
        let gap = sum * (programme.loss.above + programme.loss.below);
        if gap.is_nan() || gap <= share * objective.max(1e-6 * size) {
            break;
        }
        if !at.step(programme, &residuals, &ties, sum) {
            break;
        }
        at.steps += 1;
    }
    at
}

impl Inside {
    fn start(programme: &Programme) -> Self {
        let tau = programme.loss.tau();
        let beta = least_squares(programme);
        let residuals = programme.residuals(&beta);
        let mean = residuals.iter().map(|r| r.abs()).sum::<f64>() / programme.n.max(1) as f64;
        let away = 1e-3 * mean;
        let weight = |r: usize| if r < programme.n { programme.w[r] } else { 1.0 };
        let a = (0..programme.stride).map(|r| (1.0 - tau) * weight(r)).collect();
        let s = (0..programme.stride).map(|r| tau * weight(r)).collect();
        let z = residuals.iter().map(|r| (-r).max(0.0) + away).collect();
        let v = residuals.iter().map(|r| r.max(0.0) + away).collect();
        Self { beta, a, steps: 0, s, z, v }
    }

    fn rows(&self) -> Rows<'_> {
        Rows { a: &self.a, s: &self.s, z: &self.z, v: &self.v }
    }

    /// One predictor and corrector step; false where the Gram has no factor any more.
    fn step(&mut self, programme: &Programme, residuals: &[f64], ties: &Ties, gap: f64) -> bool {
        let Ok(factor) = Cholesky::new(&programme.gram(&ties.q), programme.p) else { return false };
        let drift = self.drift(programme);
        let mut bend = Bend::none(programme.stride);
        let predicted = self.direction(programme, &factor, residuals, &drift, ties, &bend, 0.0);
        let (up, down) = predicted.lengths(SHORT);
        let after = dispatch(Trial { rows: self.rows(), change: &predicted, up, down, bend: &mut bend });
        let mu = gap * (after / gap).powi(3) / (2 * programme.stride) as f64;
        let change = self.direction(programme, &factor, residuals, &drift, ties, &bend, mu);
        let (up, down) = change.lengths(SHORT);
        if !(up > 1e-10 || down > 1e-10) {
            return false;
        }
        let (a, s, z, v) = (&mut self.a, &mut self.s, &mut self.z, &mut self.v);
        dispatch(Move { a, s, z, v, change: &change, up, down });
        self.beta.iter_mut().zip(&change.beta).for_each(|(b, d)| *b += down * d);
        true
    }

    /// What rounding has made of `X'a = (1 - tau) X'w`                        `[p]`
    fn drift(&self, programme: &Programme) -> Vec<f64> {
        let tau = programme.loss.tau();
        let off: Vec<f64> = programme.w.iter().zip(&self.a).map(|(w, a)| (1.0 - tau) * w - a).collect();
        programme.transposed(&off)
    }

    /// The Newton step toward complementarity `mu`, with the second-order terms of the predictor.
    #[allow(
        clippy::too_many_arguments,
        reason = "one linear system, its factor and its right side, all borrowed"
    )]
    fn direction(
        &self,
        programme: &Programme,
        factor: &Cholesky,
        residuals: &[f64],
        drift: &[f64],
        ties: &Ties,
        bend: &Bend,
        mu: f64,
    ) -> Change {
        let mut right = vec![0.0; programme.stride];
        dispatch(Right { ties, residuals, bend, mu, right: &mut right });
        let mut beta = programme.transposed(&right);
        beta.iter_mut().zip(drift).for_each(|(b, d)| *b -= d);
        factor.solve(&mut beta);
        let moved = programme.times(&beta);
        Change::new(self.rows(), ties, bend, mu, right, &moved, beta)
    }
}
