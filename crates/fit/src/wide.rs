//! Models with so many coefficients that their information is never formed: ridge on words, users, hashed features.
//!
//! Newton's direction comes from conjugate gradients, which ask what the information makes of a direction: two products
//! with the design, by blocks. The curvature of each row is kept from the read that gave the slope, so such a product
//! evaluates no likelihood. Each direction is solved only as well as the fall that is left to do deserves.
//! Nocedal & Wright (2006), sec. 7.1; Lin, Weng & Keerthi (2008), JMLR 9, 627-650.

use crate::climb::is_location;
use crate::executor::{Executor, RunError};
use crate::existence::{self, Verdict};
use crate::fit::Fit;
use crate::gather::Gather;
use crate::model::Model;
use crate::pass::{Pass, Point, Precision};
use crate::penalised::{shorter_step, without_dispersion};
use crate::penalty::Penalty;
use crate::products::add_score;
use crate::rank::Rank;
use crate::starts;
use crate::sweep::Sweep;
use crate::tally::Derivs;
use loglik_design::{Chunk, Frame, PART_ROWS, Tables};
use loglik_likelihood::Order;
use loglik_num::Dd;
use loglik_optim::{Conjugate, Reason, Stop};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Coefficients above which no matrix of them is formed: 200 MB of it, and some seconds for its factor.
const WIDE: usize = 5_000;

/// Products for one direction, at most.
const PRODUCTS: usize = 200;

/// Newton steps, at most.
const STEPS: usize = 100;

/// Least and greatest share of its right-hand side that a direction may leave.
const ACCURACY: (f64, f64) = (1e-4, 0.1);

/// Fall left to do, by unit of weight, at which the climb ends: coefficients are then right to some eight digits.
const GOAL: f64 = 1e-16;

/// Whether so many coefficients are too many for a matrix of them.
#[must_use]
pub fn is_wide(p: usize) -> bool {
    p > WIDE
}

/// Pairs of `k` predictors; pair (i, j) with j <= i is number `pack(i) + j`.
const fn pack(k: usize) -> usize {
    k * (k + 1) / 2
}

/// Curvatures of rows by part: -h of each pair of predictors, chunk after chunk.
#[derive(Debug)]
struct Curvatures(Vec<Mutex<Vec<f64>>>);

impl Curvatures {
    fn new(rows: usize) -> Self {
        Self((0..rows.div_ceil(PART_ROWS)).map(|_| Mutex::default()).collect())
    }

    /// Those of the part that a chunk belongs to, and where in it the chunk begins.
    fn of(&self, chunk: &Chunk, pairs: usize) -> (MutexGuard<'_, Vec<f64>>, usize) {
        let kept = self.0[chunk.first_row / PART_ROWS].lock().unwrap_or_else(PoisonError::into_inner);
        (kept, pairs * (chunk.first_row % PART_ROWS))
    }
}

/// Log-likelihood, rows outside, score, and the diagonal of the information `[3 + 2 p]`; keeps the rows' curvatures.
#[derive(Debug)]
struct Slope {
    point: Point,
    kept: Arc<Curvatures>,
}

/// What a [`Slope`] sums before the score: the log-likelihood as two doubles, rows outside a domain.
const HEAD: usize = 3;

impl Gather for Slope {
    fn leaves(&self) -> bool {
        true
    }

    fn zero(&self, model: &Model, _: &Frame) -> Vec<f64> {
        vec![0.0; HEAD + 2 * model.p]
    }

    fn add(&self, model: &Model, sweep: &mut Sweep, chunk: &Chunk, out: &mut Vec<f64>) {
        sweep.eval(model, &self.point, Precision::Plain, &[], chunk, Order::Hessian);
        let (head, sums) = out.split_at_mut(HEAD);
        let (score, diagonal) = sums.split_at_mut(model.p);
        let loglik = sweep.out.l.iter().fold(Dd::sum(head[0], head[1]), |sum, l| sum + *l);
        (head[0], head[1]) = (loglik.hi, loglik.lo);
        head[2] += sweep.outside as f64;
        add_score(model, chunk, &sweep.out, score);
        let k = model.predictors.len();
        let (mut kept, at) = self.kept.of(chunk, pack(k));
        kept.resize(at, 0.0);
        kept.extend(sweep.out.h.iter().map(|h| -h));
        for (i, predictor) in model.predictors.iter().enumerate() {
            let bend = sweep.out.h(i, i);
            for piece in &predictor.pieces {
                let own = &mut diagonal[piece.first..piece.first + piece.coefs];
                chunk.blocks[piece.block].add_squares(bend, own);
            }
        }
    }

    fn merge(&self, out: &mut Vec<f64>, later: &[f64]) {
        let loglik = Dd::sum(out[0], out[1]) + Dd::sum(later[0], later[1]);
        out.iter_mut().zip(later).for_each(|(a, b)| *a += b);
        (out[0], out[1]) = (loglik.hi, loglik.lo);
    }
}

/// The information times a direction `[p]`.
#[derive(Debug)]
struct Product {
    direction: Vec<f64>,
    kept: Arc<Curvatures>,
}

impl Gather for Product {
    fn zero(&self, model: &Model, _: &Frame) -> Vec<f64> {
        vec![0.0; model.p]
    }

    fn add(&self, model: &Model, sweep: &mut Sweep, chunk: &Chunk, out: &mut Vec<f64>) {
        let (k, n) = (model.predictors.len(), chunk.n);
        let moves = Sweep::direction(model, &self.direction, chunk, &mut sweep.etas);
        let (kept, at) = self.kept.of(chunk, pack(k));
        let bends = &kept[at..at + pack(k) * n];
        let (mut tables, mut w) = (Tables::default(), vec![0.0; n]);
        for (i, predictor) in model.predictors.iter().enumerate().filter(|(_, x)| !x.is_fixed()) {
            w.fill(0.0);
            for (j, moved) in moves.iter().enumerate() {
                let pair = pack(i.max(j)) + i.min(j);
                let bend = &bends[pair * n..(pair + 1) * n];
                w.iter_mut().zip(bend).zip(moved).for_each(|((w, h), d)| *w += h * d);
            }
            for piece in &predictor.pieces {
                let own = &mut out[piece.first..piece.first + piece.coefs];
                chunk.blocks[piece.block].add_score(&w, own, &mut tables);
            }
        }
    }
}

/// A point, the penalised objective there, minus its slope, and the diagonal of its curvature.
struct State {
    beta: Vec<f64>,
    loglik: Dd,
    value: f64,
    /// Score of the likelihood alone                                       `[p]`
    score: Vec<f64>,
    downhill: Vec<f64>,
    diagonal: Vec<f64>,
    /// Decrement as the diagonal alone sees it.
    left: f64,
}

/// What does not change on the way.
struct Wide<'a> {
    model: &'a Model,
    penalty: &'a Penalty,
    kept: Arc<Curvatures>,
    weight: f64,
    /// Whether a coefficient stays where it is                             `[p]`
    held: Vec<bool>,
}

/// Maximises a likelihood with a smooth penalty, never forming a matrix of all coefficients. The fit has no information.
///
/// # Errors
/// When a pass cannot be carried out.
pub(crate) fn maximise(model: &Model, run: &mut dyn Executor, penalty: &Penalty) -> Result<Fit, RunError> {
    let before = run.passes();
    let (moments, offsets) = starts::moments(model, run)?;
    let us = model.likelihood.starts(&moments);
    let beta = starts::intercepts(model, &us[0], &offsets);
    let (inner, own) = without_dispersion(model, penalty);
    let mut held = vec![false; model.p];
    own.iter().for_each(|j| held[*j] = true);
    let kept = Arc::new(Curvatures::new(run.frame().rows));
    let weight = moments.weight;
    let climb = Wide { model: &inner, penalty, kept, weight, held };
    let (mut state, mut stop, verdict) = climb.descend(run, beta)?;
    if !own.is_empty() && verdict == Verdict::Finite {
        // The dispersion alone, with what is penalised held.
        let held = (0..model.p).map(|j| !own.contains(&j)).collect();
        let free = Penalty { quadratic: vec![Vec::new(); model.p], ..penalty.clone() };
        let last = Wide { model, penalty: &free, kept: Arc::clone(&climb.kept), weight, held };
        let iterations = stop.iterations;
        (state, stop, _) = last.descend(run, state.beta)?;
        stop.iterations += iterations;
    }
    let score = (0..model.p).map(|j| Dd::from(state.score[j] - penalty.pull(&state.beta, j))).collect();
    let end = Derivs { loglik: state.loglik, score, weight, peak: f64::NEG_INFINITY, ..Derivs::default() };
    let rank = Rank::full(model.p);
    Ok(Fit {
        model: model.clone(),
        point: Point::new(state.beta),
        end,
        estimated: rank.active.clone(),
        rank,
        limits: Vec::new(),
        null: Vec::new(),
        verdict,
        stop,
        passes: run.passes() - before,
        condition: f64::NAN,
        moments,
        findings: Vec::new(),
    })
}

impl Wide<'_> {
    fn at(&self, run: &mut dyn Executor, beta: Vec<f64>) -> Result<State, RunError> {
        let p = self.model.p;
        let slope = Slope { point: Point::new(beta.clone()), kept: Arc::clone(&self.kept) };
        let sums = run.run(self.model, &Pass::Gather(Arc::new(slope)))?.into_gathered();
        let (score, bends) = sums[HEAD..].split_at(p);
        let loglik = if sums[2] > 0.0 { Dd::from(f64::NEG_INFINITY) } else { Dd::sum(sums[0], sums[1]) };
        let mut downhill: Vec<f64> = (0..p).map(|j| score[j] - self.penalty.pull(&beta, j)).collect();
        let mut diagonal: Vec<f64> = (0..p).map(|j| self.penalty.diagonal(j) - bends[j]).collect();
        for j in 0..p {
            // A coefficient that neither rows nor penalty speak of has no slope either; where the density bends the
            // other way the size of its curvature is what steps are measured by.
            let size = diagonal[j].abs();
            diagonal[j] = if size > 0.0 { size } else { 1.0 };
            if self.held[j] {
                downhill[j] = 0.0;
            }
        }
        let left = downhill.iter().zip(&diagonal).map(|(g, d)| g * g / d).sum();
        let value = self.penalty.value(&beta) - loglik.value();
        Ok(State { loglik, value, score: score.to_vec(), downhill, diagonal, left, beta })
    }

    /// Newton's direction, as well as what is left to do deserves.
    fn direction(&self, run: &mut dyn Executor, state: &State) -> Result<Vec<f64>, RunError> {
        let share = (state.left / self.weight.max(1.0)).sqrt().clamp(ACCURACY.0, ACCURACY.1);
        let mut solver = Conjugate::new(state.downhill.clone(), &state.diagonal, share, PRODUCTS);
        while let Some(direction) = solver.ask() {
            let direction = direction.to_vec();
            let asked = Product { direction: direction.clone(), kept: Arc::clone(&self.kept) };
            let mut product = run.run(self.model, &Pass::Gather(Arc::new(asked)))?.into_gathered();
            for (j, sum) in product.iter_mut().enumerate() {
                *sum = if self.held[j] { 0.0 } else { *sum + self.penalty.pull(&direction, j) };
            }
            solver.tell(&product);
        }
        Ok(solver.solution())
    }

    /// Steps until nothing is left to do.
    fn descend(&self, run: &mut dyn Executor, start: Vec<f64>) -> Result<(State, Stop, Verdict), RunError> {
        let mut state = self.at(run, start)?;
        let mut iterations = 0;
        loop {
            let stop = |reason| Stop { reason, iterations, decrement: state.left };
            if !state.value.is_finite() {
                let stop = stop(Reason::BadStart);
                return Ok((state, stop, Verdict::Finite));
            }
            if state.left <= GOAL * self.weight.max(1.0) {
                let stop = stop(Reason::Converged);
                return Ok((state, stop, Verdict::Finite));
            }
            if iterations >= STEPS {
                let stop = stop(Reason::IterationLimit);
                return Ok((state, stop, Verdict::Finite));
            }
            let step = self.direction(run, &state)?;
            if iterations >= 6 && self.runs_off(run, &state.beta, &step)? {
                let stop = stop(Reason::IterationLimit);
                return Ok((state, stop, Verdict::Quasi));
            }
            let fall: f64 = 0.5 * state.downhill.iter().zip(&step).map(|(g, s)| g * s).sum::<f64>();
            let noise = 64.0 * f64::EPSILON * state.value.abs();
            let target: Vec<f64> = state.beta.iter().zip(&step).map(|(b, s)| b + s).collect();
            let falls = |length: f64, value: f64| {
                let gain = state.value - value;
                gain.is_finite() && (gain >= 1e-4 * length * fall || (fall <= noise && gain.abs() <= noise))
            };
            let mut next = self.at(run, target.clone())?;
            if !falls(1.0, next.value) {
                let from = &state.beta;
                let Some(beta) = shorter_step(self.model, self.penalty, run, from, &target, &falls)? else {
                    let reason = if fall <= 1e3 * noise { Reason::RoundingFloor } else { Reason::NoDescent };
                    let stop = stop(reason);
                    return Ok((self.at(run, state.beta)?, stop, Verdict::Finite));
                };
                next = self.at(run, beta)?;
            }
            let is_floor = fall <= noise && next.left >= 0.25 * state.left;
            iterations += 1;
            if is_floor {
                let stop = Stop { reason: Reason::RoundingFloor, iterations, decrement: next.left };
                return Ok((next, stop, Verdict::Finite));
            }
            state = next;
        }
    }

    /// Whether the part of a step without penalty is a direction along which no row objects.
    fn runs_off(&self, run: &mut dyn Executor, beta: &[f64], step: &[f64]) -> Result<bool, RunError> {
        let free = |j: usize| !self.held[j] && !self.penalty.touches(j) && is_location(self.model, j);
        let direction: Vec<f64> = (0..self.model.p).map(|j| if free(j) { step[j] } else { 0.0 }).collect();
        if direction.iter().all(|d| *d == 0.0) {
            return Ok(false);
        }
        Ok(existence::recession(self.model, run, beta, &direction, &[])?.is_some())
    }
}
