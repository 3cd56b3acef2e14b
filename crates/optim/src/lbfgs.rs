//! Limited-memory BFGS with backtracking.
//!
//! Ten pairs of steps and gradient changes stand for the inverse Hessian; a pair is kept only where the curvature
//! along it is positive. Several step lengths are asked for in one pass when the full step does not do.
//!
//! Nocedal & Wright (2006), Numerical Optimization, alg. 7.4 and 7.5.

use crate::optimizer::stop;
use crate::{Ask, Eval, Need, Reason};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

const MEMORY: usize = 10;
const LENGTHS: [f64; 5] = [0.5, 0.25, 0.1, 0.01, 0.001];

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
enum State {
    Start,
    Full,
    Shorter { by: f64 },
}

/// L-BFGS, as a state machine.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Lbfgs {
    point: Vec<f64>,
    eval: Eval,
    step: Vec<f64>,
    pairs: VecDeque<(Vec<f64>, Vec<f64>)>,
    decrement: f64,
    goal: f64,
    weight: f64,
    iterations: usize,
    limit: usize,
    state: State,
    stalled: usize,
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

impl Lbfgs {
    /// A run from `start`; `weight` is the sum of the weights of all rows, `limit` the most iterations.
    #[must_use]
    pub fn new(start: Vec<f64>, weight: f64, limit: usize) -> Self {
        let p = start.len();
        Self {
            point: start,
            eval: Eval::default(),
            step: vec![0.0; p],
            pairs: VecDeque::with_capacity(MEMORY),
            decrement: f64::INFINITY,
            goal: 1e-22 * weight.max(1.0),
            weight: weight.max(1.0),
            iterations: 0,
            limit,
            state: State::Start,
            stalled: 0,
        }
    }

    /// The first thing to evaluate.
    pub fn start(&mut self) -> Ask {
        self.state = State::Start;
        Ask::Evaluate { points: vec![self.point.clone()], need: Need::Gradient }
    }

    /// The best point so far.
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
        match self.state {
            State::Start => {
                if !evals[0].value.is_finite() {
                    return stop(Reason::BadStart, 0, f64::INFINITY);
                }
                self.eval = evals[0].clone();
                self.propose()
            }
            State::Full => self.try_lengths(&[1.0], evals),
            State::Shorter { by } => self.try_lengths(&LENGTHS.map(|l| l * by), evals),
        }
    }

    fn at(&self, length: f64) -> Vec<f64> {
        self.point.iter().zip(&self.step).map(|(x, s)| x + length * s).collect()
    }

    /// Two-loop recursion: minus the approximate inverse Hessian times the gradient.
    fn direction(&self) -> Vec<f64> {
        let mut q = self.eval.gradient.clone();
        let mut alphas = Vec::with_capacity(self.pairs.len());
        for (s, y) in self.pairs.iter().rev() {
            let alpha = dot(s, &q) / dot(s, y);
            q.iter_mut().zip(y).for_each(|(q, y)| *q -= alpha * y);
            alphas.push(alpha);
        }
        let scale = self.pairs.back().map_or(1.0 / self.weight, |(s, y)| dot(s, y) / dot(y, y));
        q.iter_mut().for_each(|q| *q *= scale);
        for ((s, y), alpha) in self.pairs.iter().zip(alphas.iter().rev()) {
            let beta = dot(y, &q) / dot(s, y);
            q.iter_mut().zip(s).for_each(|(q, s)| *q += (alpha - beta) * s);
        }
        q.iter_mut().for_each(|q| *q = -*q);
        q
    }

    fn propose(&mut self) -> Ask {
        self.step = self.direction();
        self.decrement = -dot(&self.step, &self.eval.gradient);
        if self.decrement <= self.goal {
            return stop(Reason::Converged, self.iterations, self.decrement);
        }
        if self.stalled >= 8 {
            return stop(Reason::RoundingFloor, self.iterations, self.decrement);
        }
        if self.iterations >= self.limit {
            return stop(Reason::IterationLimit, self.iterations, self.decrement);
        }
        self.state = State::Full;
        Ask::Evaluate { points: vec![self.at(1.0)], need: Need::Gradient }
    }

    fn try_lengths(&mut self, lengths: &[f64], evals: &[Eval]) -> Ask {
        let noise = self.eval.noise();
        let best = lengths
            .iter()
            .zip(evals)
            .filter(|(length, eval)| {
                let fall = self.eval.value - eval.value;
                fall.is_finite() && (fall >= 1e-4 * *length * self.decrement || fall.abs() <= noise)
            })
            .min_by(|a, b| a.1.value.total_cmp(&b.1.value));
        if let Some((length, eval)) = best {
            return self.accept(*length, eval);
        }
        let by = match self.state {
            State::Shorter { by } => by * LENGTHS[LENGTHS.len() - 1],
            _ => 1.0,
        };
        if by < 1e-15 {
            return self.give_up();
        }
        self.state = State::Shorter { by };
        let points = LENGTHS.iter().map(|l| self.at(l * by)).collect();
        Ask::Evaluate { points, need: Need::Gradient }
    }

    /// No length lowers the value: forget the curvature once, then stop.
    fn give_up(&mut self) -> Ask {
        if self.pairs.is_empty() {
            let floor = self.decrement <= 1e3 * self.eval.noise();
            let reason = if floor { Reason::RoundingFloor } else { Reason::NoDescent };
            return stop(reason, self.iterations, self.decrement);
        }
        self.pairs.clear();
        self.propose()
    }

    fn accept(&mut self, length: f64, eval: &Eval) -> Ask {
        let point = self.at(length);
        let s: Vec<f64> = point.iter().zip(&self.point).map(|(a, b)| a - b).collect();
        let y: Vec<f64> = eval.gradient.iter().zip(&self.eval.gradient).map(|(a, b)| a - b).collect();
        if dot(&s, &y) > 1e-12 * dot(&s, &s).sqrt() * dot(&y, &y).sqrt() {
            if self.pairs.len() == MEMORY {
                self.pairs.pop_front();
            }
            self.pairs.push_back((s, y));
        }
        let smaller =
            dot(&eval.gradient, &eval.gradient) < 0.5 * dot(&self.eval.gradient, &self.eval.gradient);
        let still = (self.eval.value - eval.value).abs() <= self.eval.noise();
        self.stalled = if still && !smaller { self.stalled + 1 } else { 0 };
        self.point = point;
        self.eval = eval.clone();
        self.iterations += 1;
        self.propose()
    }
}
