//! Levenberg-Marquardt: steps on a curvature that never bends the wrong way, damped as far as they are not to be trusted.
//!
//! For sums of squares, whose Gauss-Newton curvature J'J is positive semidefinite everywhere. The damping lies on the
//! greatest diagonal seen, so that units do not matter; it follows the ratio of the fall that came to the fall that was
//! promised. Coordinates in which the residuals are linear are not damped: after every trial they are moved to their best
//! values, so that the climb is one over the others alone (variable projection). From far away it goes where a full Newton
//! step does not.
//!
//! More (1978), The Levenberg-Marquardt algorithm: implementation and theory; Nielsen (1999), Damping parameter in
//! Marquardt's method; Golub & Pereyra (1973), The differentiation of pseudo-inverses and nonlinear least squares.

use crate::optimizer::stop;
use crate::{Ask, Eval, Need, Reason};
use loglik_num::Cholesky;

/// The damping at the start, as a share of the diagonal.
const FIRST: f64 = 1e-3;

/// A damping above which steps are too short to count.
const MOST: f64 = 1e20;

/// A promised fall below this share of the value is nothing: what follows is Newton's business.
const NOTHING: f64 = 1e-15;

/// Exact steps in the linear coordinates after a trial; the second mends the rounding of the first.
const PROJECTIONS: usize = 2;

/// Damped least squares, as a state machine.
#[derive(Clone, Debug)]
pub struct Levenberg {
    point: Vec<f64>,
    eval: Eval,
    /// Coordinates in which the residuals are linear                        `[q]`
    linear: Vec<usize>,
    /// What is being evaluated, and the best of what was evaluated since the last step.
    asked: Vec<f64>,
    best: Option<(Vec<f64>, Eval)>,
    projections: usize,
    /// Greatest diagonal of the curvature so far                            `[p]`
    scale: Vec<f64>,
    damping: f64,
    growth: f64,
    promised: f64,
    iterations: usize,
    limit: usize,
    begun: bool,
}

impl Levenberg {
    /// A run from `start` with at most `limit` trials; the residuals are linear in the coordinates `linear` together.
    #[must_use]
    pub fn new(start: Vec<f64>, linear: Vec<usize>, limit: usize) -> Self {
        let p = start.len();
        Self {
            asked: start.clone(),
            point: start,
            eval: Eval::default(),
            linear,
            best: None,
            projections: 0,
            scale: vec![0.0; p],
            damping: FIRST,
            growth: 2.0,
            promised: f64::INFINITY,
            iterations: 0,
            limit,
            begun: false,
        }
    }

    /// The first thing to evaluate.
    #[must_use]
    pub fn start(&self) -> Ask {
        Ask::Evaluate { points: vec![self.point.clone()], need: Need::Hessian }
    }

    /// Takes the evaluation that was asked for and answers with the next.
    pub fn tell(&mut self, eval: &Eval) -> Ask {
        let finite = eval.value.is_finite() && eval.gradient.iter().all(|g| g.is_finite());
        if finite && self.best.as_ref().is_none_or(|(_, best)| eval.value < best.value) {
            self.best = Some((self.asked.clone(), eval.clone()));
        }
        if finite && self.projections < PROJECTIONS {
            self.projections += 1;
            if let Some(projected) = self.projected(eval) {
                self.asked.clone_from(&projected);
                return Ask::Evaluate { points: vec![projected], need: Need::Hessian };
            }
        }
        self.projections = 0;
        let best = self.best.take();
        if !self.begun {
            self.begun = true;
            let Some((point, eval)) = best else { return stop(Reason::BadStart, 0, f64::INFINITY) };
            self.take(point, eval);
            return self.propose();
        }
        self.iterations += 1;
        let ratio = best.as_ref().map_or(-1.0, |(_, best)| (self.eval.value - best.value) / self.promised);
        match best {
            Some((point, eval)) if ratio > 0.0 => {
                self.take(point, eval);
                self.damping *= (1.0 - (2.0 * ratio - 1.0).powi(3)).max(1.0 / 3.0);
                self.growth = 2.0;
            }
            _ => {
                self.damping *= self.growth;
                self.growth *= 2.0;
            }
        }
        self.propose()
    }

    /// The best point.
    #[must_use]
    pub fn point(&self) -> &[f64] {
        &self.point
    }

    /// The value there.
    #[must_use]
    pub fn value(&self) -> f64 {
        self.eval.value
    }

    fn take(&mut self, point: Vec<f64>, eval: Eval) {
        let p = point.len();
        (self.point, self.eval) = (point, eval);
        for (j, scale) in self.scale.iter_mut().enumerate() {
            *scale = scale.max(self.eval.hessian[j * p + j]);
        }
    }

    /// The point with the linear coordinates at their best; `None` where nothing is to be gained.
    fn projected(&self, eval: &Eval) -> Option<Vec<f64>> {
        let (p, q) = (self.asked.len(), self.linear.len());
        if q == 0 {
            return None;
        }
        let root: Vec<f64> = self.linear.iter().map(|j| eval.hessian[j * p + j].sqrt()).collect();
        let mut matrix = vec![0.0; q * q];
        for (a, i) in self.linear.iter().enumerate() {
            for (b, j) in self.linear.iter().enumerate() {
                let entry = if i >= j { eval.hessian[i * p + j] } else { eval.hessian[j * p + i] };
                matrix[a * q + b] = entry / (root[a] * root[b]);
            }
        }
        let mut step: Vec<f64> = self.linear.iter().zip(&root).map(|(j, r)| -eval.gradient[*j] / r).collect();
        let fall = step.clone();
        // Columns that are all but dependent have no best values worth the name.
        Cholesky::above(&matrix, q, 1e-12).ok()?.solve(&mut step);
        let gain: f64 = 0.5 * step.iter().zip(&fall).map(|(s, f)| s * f).sum::<f64>();
        if gain.is_nan() || gain <= 1e-10 * eval.value {
            return None;
        }
        let mut point = self.asked.clone();
        for ((j, s), r) in self.linear.iter().zip(&step).zip(&root) {
            point[*j] += s / r;
        }
        Some(point)
    }

    /// The step of a damped matrix, all coordinates damped or the nonlinear ones alone; and the fall that it promises.
    fn step(&self, damps_all: bool) -> Option<(Vec<f64>, f64)> {
        let p = self.point.len();
        // Scaled to a unit diagonal; a coordinate that nothing moves has none and stays where it is.
        let root: Vec<f64> = self.scale.iter().map(|d| if *d > 0.0 { d.sqrt() } else { 1.0 }).collect();
        let damping: Vec<f64> = (0..p)
            .map(|j| {
                if damps_all || !self.linear.contains(&j) || self.scale[j] == 0.0 {
                    self.damping
                } else {
                    0.0
                }
            })
            .collect();
        let mut matrix = vec![0.0; p * p];
        for i in 0..p {
            for j in 0..=i {
                let v = self.eval.hessian[i * p + j] / (root[i] * root[j]);
                matrix[i * p + j] = v;
                matrix[j * p + i] = v;
            }
            matrix[i * p + i] += damping[i];
        }
        let factor = Cholesky::above(&matrix, p, f64::EPSILON).ok()?;
        let gradient: Vec<f64> = (0..p).map(|j| self.eval.gradient[j] / root[j]).collect();
        let mut z: Vec<f64> = gradient.iter().map(|g| -g).collect();
        factor.solve(&mut z);
        // value - model = -(g'z + z'Hz / 2) = z'(D z - g) / 2
        let terms = z.iter().zip(&gradient).zip(&damping).map(|((z, g), d)| z * (d * z - g));
        let promised = 0.5 * terms.sum::<f64>();
        Some((z.iter().zip(&root).map(|(z, r)| z / r).collect(), promised))
    }

    fn propose(&mut self) -> Ask {
        let ended = |reason, machine: &Self| stop(reason, machine.iterations, machine.promised);
        if self.iterations >= self.limit {
            return ended(Reason::IterationLimit, self);
        }
        let step = loop {
            if self.damping > MOST {
                return ended(Reason::NoDescent, self);
            }
            match self.step(false).or_else(|| self.step(true)) {
                Some((step, promised)) => {
                    self.promised = promised;
                    break step;
                }
                None => self.damping *= 10.0,
            }
        };
        if self.promised <= NOTHING * self.eval.value.abs() || self.promised.is_nan() {
            return ended(Reason::Converged, self);
        }
        self.asked = self.point.iter().zip(&step).map(|(x, s)| x + s).collect();
        Ask::Evaluate { points: vec![self.asked.clone()], need: Need::Hessian }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Half the squares of Rosenbrock's two residuals, 10 (y - x^2) and 1 - x.
    fn banana(at: &[f64]) -> Eval {
        let (x, y) = (at[0], at[1]);
        let (a, b) = (10.0 * (y - x * x), 1.0 - x);
        let value = 0.5 * (a * a + b * b);
        let gradient = vec![-20.0 * x * a - b, 10.0 * a];
        let hessian = vec![400.0 * x * x + 1.0, 0.0, -200.0 * x, 100.0];
        Eval { value, magnitude: value, gradient, hessian }
    }

    /// Trials until the end of the valley, with these coordinates projected.
    fn trials(linear: Vec<usize>) -> usize {
        let mut machine = Levenberg::new(vec![-1.2, 1.0], linear, 200);
        let (mut ask, mut trials) = (machine.start(), 0);
        while let Ask::Evaluate { points, .. } = ask {
            ask = machine.tell(&banana(&points[0]));
            trials += 1;
        }
        for x in machine.point() {
            assert!((x - 1.0).abs() < 1e-6, "{x}");
        }
        trials
    }

    #[test]
    fn the_valley_of_rosenbrock_is_followed_to_its_end() {
        assert!(trials(Vec::new()) < 60);
    }

    #[test]
    fn with_its_linear_coordinate_projected_the_valley_is_a_line() {
        assert!(trials(vec![1]) < trials(Vec::new()));
    }
}
