//! Newton steps with backtracking, made safe where the Hessian is not positive definite.
//!
//! Each iteration asks for the Hessian at the full step, which nearly always stands; only when the value did not
//! fall are several shorter steps asked for, all in one pass. It stops on the decrement `g' H^-1 g` relative to the
//! weight sum *and* on the change of value, never on small steps; once rounding rules the value, full steps are
//! taken as long as the decrement still falls.
//!
//! Where a Hessian is dear ([`Newton::chord`]) steps near the end keep an old one and ask for gradients alone, as long as
//! those that are left cost less than what a new Hessian would leave to do ([`crate::economy`]). What two gradients say of
//! the curvature between them mends the old Hessian ([`crate::secant`]). The last point always has a Hessian of its own.
//!
//! Nocedal & Wright (2006), Numerical Optimization, ch. 3.

use crate::direction::Direction;
use crate::economy::Economy;
use crate::optimizer::stop;
use crate::secant::Secants;
use crate::{Ask, Eval, Need, Reason};
use serde::{Deserialize, Serialize};

/// Step lengths asked for in one pass when a step was too long.
const SHORTER: usize = 6;

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
enum State {
    Start,
    /// The Hessian of the accepted point is being evaluated.
    Renew,
    /// The full step is being evaluated.
    Full,
    /// Lengths `first * 2^-i`, i = 0..SHORTER, are being evaluated.
    Shorter {
        first: f64,
    },
    /// The step of this length was the best; its derivatives are being evaluated.
    Accept {
        length: f64,
    },
}

/// Damped Newton, as a state machine.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Newton {
    point: Vec<f64>,
    eval: Eval,
    /// The Hessian in use and whether it is that of the point                `[p, p]`
    hessian: Vec<f64>,
    fresh: bool,
    /// What steps since the Hessian say of it.
    secants: Secants,
    /// What passes cost, where steps may keep an old Hessian.
    economy: Option<Economy>,
    weight: f64,
    step: Vec<f64>,
    decrement: f64,
    positive: bool,
    goal: f64,
    /// The decrement below which the start stands as it is.
    near: f64,
    iterations: usize,
    limit: usize,
    state: State,
    /// Full steps taken since rounding ruled the value.
    at_floor: usize,
    /// Whether a trial of this iteration lay outside the domain.
    outside: bool,
}

impl Newton {
    /// A run from `start`; `weight` is the sum of the weights of all rows, `limit` the most iterations.
    #[must_use]
    pub fn new(start: Vec<f64>, weight: f64, limit: usize) -> Self {
        let p = start.len();
        Self {
            point: start,
            eval: Eval::default(),
            hessian: Vec::new(),
            fresh: false,
            secants: Secants::default(),
            economy: None,
            weight,
            step: vec![0.0; p],
            decrement: f64::INFINITY,
            positive: true,
            goal: 1e-24 * weight.max(1.0),
            near: 0.0,
            iterations: 0,
            limit,
            state: State::Start,
            at_floor: 0,
            outside: false,
        }
    }

    /// The same with chord steps: `goal` is the decrement at which the last Newton step, which nothing evaluates, is
    /// as good as exact; `dearness` is what a Hessian costs, in gradients; `matrix` is a Hessian to begin with, from a
    /// sample of the rows                                                    `[p, p]`
    #[must_use]
    pub fn chord(mut self, goal: f64, dearness: f64, matrix: Option<Vec<f64>>) -> Self {
        self.economy = Some(Economy::new(goal, dearness, self.weight));
        self.goal = goal;
        self.hessian = matrix.unwrap_or_default();
        self
    }

    /// The same, content with the start where its decrement is below `near`.
    #[must_use]
    pub fn content(self, near: f64) -> Self {
        Self { near, ..self }
    }

    /// The first thing to evaluate.
    pub fn start(&mut self) -> Ask {
        self.state = State::Start;
        let kept = !self.hessian.is_empty() && self.economy.as_ref().is_some_and(Economy::saves);
        let need = if kept { Need::Gradient } else { Need::Hessian };
        Ask::Evaluate { points: vec![self.point.clone()], need }
    }

    /// Takes what was asked for and answers with the next.
    pub fn tell(&mut self, evals: &[Eval]) -> Ask {
        match self.state {
            State::Start => {
                if !evals[0].value.is_finite() {
                    return stop(Reason::BadStart, 0, f64::INFINITY);
                }
                self.take(&evals[0]);
                self.propose()
            }
            State::Renew => {
                self.take(&evals[0]);
                self.propose()
            }
            State::Full => self.judge(&evals[0]),
            State::Shorter { first } => self.choose(first, evals),
            State::Accept { length } => {
                self.accept(length, &evals[0]);
                self.propose()
            }
        }
    }

    /// The point of the last accepted evaluation.
    #[must_use]
    pub fn point(&self) -> &[f64] {
        &self.point
    }

    /// The evaluation there.
    #[must_use]
    pub fn eval(&self) -> &Eval {
        &self.eval
    }

    /// The step being tried.
    #[must_use]
    pub fn step(&self) -> &[f64] {
        &self.step
    }

    /// Whether what is asked for now is expected to be the last; always, where that is not reckoned with.
    #[must_use]
    pub fn expects_end(&self) -> bool {
        self.economy.as_ref().is_none_or(|economy| economy.ends(self.decrement))
    }

    /// Iterations and decrement.
    #[must_use]
    pub fn progress(&self) -> (usize, f64) {
        (self.iterations, self.decrement)
    }

    fn at(&self, length: f64) -> Vec<f64> {
        self.point.iter().zip(&self.step).map(|(x, s)| x + length * s).collect()
    }

    fn accept(&mut self, length: f64, eval: &Eval) {
        self.point = self.at(length);
        self.iterations += 1;
        if self.economy.is_some() && eval.hessian.is_empty() {
            self.secants.learn(&self.step, length, &self.eval.gradient, &eval.gradient);
        }
        self.take(eval);
    }

    /// Keeps an evaluation of the point, and its Hessian where it has one.
    fn take(&mut self, eval: &Eval) {
        self.eval = eval.clone();
        self.fresh = eval.hessian.len() == self.point.len() * self.point.len();
        if self.fresh {
            self.hessian = std::mem::take(&mut self.eval.hessian);
            self.secants.forget();
        }
    }

    /// Asks for the Hessian of the accepted point.
    fn renew(&mut self) -> Ask {
        self.state = State::Renew;
        Ask::Evaluate { points: vec![self.point.clone()], need: Need::Hessian }
    }

    /// A new direction at the accepted point, unless it is time to stop.
    fn propose(&mut self) -> Ask {
        let before = self.decrement;
        let Direction { step, decrement, positive } =
            self.secants.direction(&self.hessian, &self.eval.gradient);
        (self.step, self.decrement, self.positive) = (step, decrement, positive);
        let gradient =
            self.economy.as_mut().is_some_and(|e| e.prefers_gradient(before, decrement, self.fresh));
        let reached = |reason| stop(reason, self.iterations, self.decrement);
        if !self.fresh && (self.decrement <= self.goal || !self.positive || !self.decrement.is_finite()) {
            return self.renew();
        }
        let goal = if self.iterations == 0 { self.goal.max(self.near) } else { self.goal };
        if self.positive && self.decrement <= goal {
            return reached(Reason::Converged);
        }
        // The model promises less than rounding can show: go on only while the decrement itself still falls.
        if self.positive && self.decrement <= 2.0 * self.eval.noise() {
            self.at_floor += 1;
            if self.at_floor > 3 || self.decrement > 0.25 * before {
                return reached(Reason::RoundingFloor);
            }
        }
        if !self.decrement.is_finite() {
            return reached(Reason::NoDescent);
        }
        if self.iterations >= self.limit {
            return reached(Reason::IterationLimit);
        }
        self.state = State::Full;
        self.outside = false;
        let need = if gradient { Need::Gradient } else { Need::Hessian };
        Ask::Evaluate { points: vec![self.at(1.0)], need }
    }

    fn falls(&self, length: f64, value: f64) -> bool {
        let fall = self.eval.value - value;
        fall.is_finite() && (fall >= 1e-4 * length * self.decrement || fall.abs() <= self.eval.noise())
    }

    fn judge(&mut self, eval: &Eval) -> Ask {
        if self.falls(1.0, eval.value) {
            self.accept(1.0, eval);
            return self.propose();
        }
        if !self.fresh {
            return self.renew();
        }
        self.outside |= eval.value.is_infinite();
        self.shorter(0.5)
    }

    fn shorter(&mut self, first: f64) -> Ask {
        self.state = State::Shorter { first };
        let points = (0..SHORTER).map(|i| self.at(first * 0.5_f64.powi(i as i32))).collect();
        Ask::Evaluate { points, need: Need::Value }
    }

    /// The best of the shorter steps, or shorter ones still.
    fn choose(&mut self, first: f64, evals: &[Eval]) -> Ask {
        self.outside |= evals.iter().any(|eval| eval.value.is_infinite());
        let best = evals
            .iter()
            .enumerate()
            .map(|(i, eval)| (first * 0.5_f64.powi(i as i32), eval.value))
            .filter(|(length, value)| self.falls(*length, *value))
            .min_by(|a, b| a.1.total_cmp(&b.1));
        if let Some((length, _)) = best {
            self.state = State::Accept { length };
            return Ask::Evaluate { points: vec![self.at(length)], need: Need::Hessian };
        }
        let next = first * 0.5_f64.powi(SHORTER as i32);
        if next < 1e-12 {
            let reason = match (self.outside, self.decrement <= 1e3 * self.eval.noise()) {
                (true, _) => Reason::DomainEdge,
                (false, true) => Reason::RoundingFloor,
                (false, false) => Reason::NoDescent,
            };
            return stop(reason, self.iterations, self.decrement);
        }
        self.shorter(next)
    }
}
