//! Intervals from the penalised likelihood of a bias-reduced fit.
//!
//! The values of a coefficient at which twice the fall of the profile of loglik + log det F / 2 reaches the quantile of chi-square;
//! det F is that of all coefficients throughout. Heinze & Schemper (2002), Statistics in Medicine 21, 2409-2419. The signed root of
//! the fall is nearly a line, so secants find its ends; each point starts from the one before.

use crate::bias_reduction::{Reducer, dot};
use loglik_fit::{Executor, Fit, RunError};

/// Evaluations of one end, at most.
const MOST: usize = 60;

/// Standard errors within which an end is found.
const NEAR: f64 = 1e-9;

/// The fall along one reported coefficient.
struct Profile<'a> {
    reducer: &'a Reducer,
    /// The coefficient as a combination of those inside                         `[p]`
    held: &'a [f64],
    /// Change of the coefficients inside per unit of it, near the maximum         `[p]`
    along: Vec<f64>,
    centre: &'a [f64],
    top: f64,
    se: f64,
}

impl Reducer {
    /// Log-likelihood with half the log determinant of the expected information at a fit of these equations.
    ///
    /// # Errors
    /// When a pass cannot be carried out.
    pub fn penalised(&self, run: &mut dyn Executor, fit: &Fit) -> Result<f64, RunError> {
        Ok(self.at(run, &fit.point.beta)?.map_or(f64::NAN, |here| here.penalised))
    }

    /// Reported coefficient `j` as a combination of those inside              `[p]`
    #[must_use]
    pub fn combination(&self, j: usize) -> &[f64] {
        let p = self.map.reported.len().isqrt();
        &self.map.reported[j * p..(j + 1) * p]
    }

    /// Log-likelihood with half the log determinant of the expected information where reported coefficient `j` is held at
    /// its value in `beta`, and the others are such that their adjusted scores vanish.
    ///
    /// # Errors
    /// When a pass cannot be carried out.
    pub fn held(&self, run: &mut dyn Executor, beta: &[f64], j: usize) -> Result<f64, RunError> {
        Ok(self.climb(run, beta.to_vec(), Some(self.combination(j)))?.1.penalised)
    }

    /// Ends of the interval of reported coefficient `j`, where the root of the adjusted score is a maximum; infinite where the fall
    /// never reaches the quantile.
    ///
    /// * `fit` a fit of these equations, `top` its penalised log-likelihood
    /// * `z`   quantile of the signed root: 1.96 for 95 %
    ///
    /// # Errors
    /// When a pass cannot be carried out.
    pub fn interval(
        &self,
        run: &mut dyn Executor,
        fit: &Fit,
        top: f64,
        j: usize,
        z: f64,
    ) -> Result<(f64, f64), RunError> {
        let held = self.combination(j);
        let centre = fit.point.beta.as_slice();
        let Some(here) = self.at(run, centre)? else { return Ok((f64::NAN, f64::NAN)) };
        let mut along = held.to_vec();
        if !self.solve(&here.info, &mut along) {
            return Ok((f64::NAN, f64::NAN));
        }
        let variance = dot(held, &along);
        along.iter_mut().for_each(|v| *v /= variance);
        let profile = Profile { reducer: self, held, along, centre, top, se: variance.sqrt() };
        Ok((profile.end(run, -z)?, profile.end(run, z)?))
    }
}

impl Profile<'_> {
    /// Signed root of the fall, `distance` standard errors from the maximum, and the coefficients there.
    fn root(&self, run: &mut dyn Executor, from: &[f64], distance: f64) -> Result<(f64, Vec<f64>), RunError> {
        let wanted = dot(self.held, self.centre) + distance * self.se;
        let shift = wanted - dot(self.held, from);
        let start = from.iter().zip(&self.along).map(|(b, a)| b + shift * a).collect();
        let (beta, here, _) = self.reducer.climb(run, start, Some(self.held))?;
        let fall = 2.0 * (self.top - here.penalised);
        Ok((fall.max(0.0).sqrt().copysign(distance), beta))
    }

    /// The end at which the signed root is `z`.
    fn end(&self, run: &mut dyn Executor, z: f64) -> Result<f64, RunError> {
        let (mut inner, mut outer) = ((0.0, 0.0), None);
        let (mut beta, mut distance) = (self.centre.to_vec(), z);
        for _ in 0..MOST {
            let (root, at) = self.root(run, &beta, distance)?;
            if root.is_nan() {
                return Ok(f64::NAN);
            }
            beta = at;
            if root.abs() < z.abs() {
                inner = (distance, root);
            } else {
                outer = Some((distance, root));
            }
            let next = match outer {
                // On the chord, but well inside: a bent curve must not hold one end for ever.
                Some((far, high)) => {
                    let share = ((z - inner.1) / (high - inner.1)).clamp(0.02, 0.98);
                    inner.0 + share * (far - inner.0)
                }
                None => 2.0 * distance,
            };
            let narrow = outer.is_some_and(|(far, _)| (far - inner.0).abs() < NEAR);
            if narrow || (root - z).abs() < NEAR {
                return Ok(dot(self.held, self.centre) + distance * self.se);
            }
            if next.abs() > 1e6 {
                return Ok(f64::INFINITY.copysign(z));
            }
            distance = next;
        }
        Ok(f64::NAN)
    }
}
