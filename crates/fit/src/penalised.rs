//! Penalised likelihood: most of loglik - sum a_j |b_j| - b'Q b / 2, by proximal Newton steps.
//!
//! Each step minimises the quadratic model of the log-likelihood with the penalty as it is, and is shortened until the
//! objective falls. At the end the coefficients that are not 0, signs held, are polished on a score in double-double.
//! Lee, Sun & Saunders (2014), SIAM Journal on Optimization 24, 1420-1443; Friedman, Hastie & Tibshirani (2010).
//!
//! Where the likelihood has a dispersion that only scales the location's score it is held at 1 meanwhile, so that the loss
//! is half the unit deviance and the amount of shrinkage does not depend on a scale that is estimated; the dispersion
//! follows by maximum likelihood, the location held.

use crate::climb::{Setting, climb, derivs_at, is_location};
use crate::executor::{Executor, RunError};
use crate::existence::{self, Verdict};
use crate::fit::Fit;
use crate::maximise::{FitOptions, condition};
use crate::model::{Model, Predictor};
use crate::notes::Finding;
use crate::objective::square;
use crate::pass::{Pass, Point, Precision, Sums};
use crate::penalty::Penalty;
use crate::polish;
use crate::rank::{self, Rank};
use crate::starts;
use crate::tally::Derivs;
use crate::wide;
use loglik_likelihood::{Link, Moments};
use loglik_num::{Cholesky, Dd, Eigen};
use loglik_optim::{Reason, Stop, absolute_quadratic, newton_direction};

/// Step lengths asked for in one pass when the full step was too long.
const SHORTER: usize = 8;

/// What does not change on the way.
struct Problem<'a> {
    model: &'a Model,
    penalty: &'a Penalty,
    /// Coefficients that move                                               `[q]`
    active: Vec<usize>,
    weight: f64,
}

/// A point, its sums and its objective.
struct State {
    beta: Vec<f64>,
    derivs: Derivs,
    value: f64,
}

/// Maximises the penalised likelihood. Where coefficients without penalty run off the verdict is not finite and the
/// coefficients mean nothing.
///
/// # Errors
/// When a pass cannot be carried out.
pub fn maximise_penalised(model: &Model, run: &mut dyn Executor, penalty: &Penalty) -> Result<Fit, RunError> {
    if wide::is_wide(model.p) && penalty.is_smooth() {
        return wide::maximise(model, run, penalty);
    }
    let before = run.passes();
    let (moments, offsets) = starts::moments(model, run)?;
    let us = model.likelihood.starts(&moments);
    let beta = starts::start(model, &us[0], &offsets, run)?;
    let rank = rank_beside(model, run, penalty)?;
    let (inner, own) = without_dispersion(model, penalty);
    let active = rank.active.iter().copied().filter(|j| !own.contains(j)).collect();
    let problem = Problem { model: &inner, penalty, active, weight: moments.weight };
    let (mut state, stop, verdict) = problem.descend(run, beta)?;
    let mut point = Point::new(state.beta.clone());
    if verdict == Verdict::Finite && stop.reason.is_success() {
        point = problem.polish(run, &state)?;
        if !own.is_empty() {
            state.beta = dispersed(model, run, &rank, &own, &point.beta, &moments)?;
            own.iter().for_each(|j| point.beta[*j] = state.beta[*j]);
        }
    }
    let mut fit = written(model, run, penalty, rank, point, moments)?;
    (fit.stop, fit.verdict, fit.passes) = (stop, verdict, run.passes() - before);
    Ok(fit)
}

/// The rank of what is not penalised: the penalty tells the rest apart, so its dependence need not be looked for.
fn rank_beside(model: &Model, run: &mut dyn Executor, penalty: &Penalty) -> Result<Rank, RunError> {
    let p = model.p;
    let free: Vec<usize> = (0..p).filter(|j| !penalty.touches(*j)).collect();
    let gram = starts::design_gram(model, run, Precision::Plain)?;
    let of_free: Vec<f64> =
        free.iter().flat_map(|i| free.iter().map(|j| gram.info[i.max(j) * p + i.min(j)])).collect();
    if rank::is_clearly_full(&of_free, free.len()) {
        return Ok(Rank::full(p));
    }
    Ok(kept(rank::of_design(model, run)?, penalty, p))
}

/// Dependent columns stay where the penalty tells them apart.
fn kept(mut rank: Rank, penalty: &Penalty, p: usize) -> Rank {
    rank.aliased
        .retain(|(j, equals)| !penalty.touches(*j) && equals.iter().all(|(i, _)| !penalty.touches(*i)));
    rank.active = (0..p).filter(|j| rank.aliased.iter().all(|(a, _)| a != j)).collect();
    rank
}

/// The model with its dispersion at 1, and the coefficients of the dispersion.
pub(crate) fn without_dispersion(model: &Model, penalty: &Penalty) -> (Model, Vec<usize>) {
    let mut inner = model.clone();
    let Some(k) = penalty.dispersion else { return (inner, Vec::new()) };
    let own = model.predictors[k].intercept.into_iter().collect();
    inner.predictors[k] = Predictor::fixed(0.0, Link::of_support(model.support(k)));
    (inner, own)
}

/// Coefficients with the dispersion at its maximum, the others held.
fn dispersed(
    model: &Model,
    run: &mut dyn Executor,
    rank: &Rank,
    own: &[usize],
    beta: &[f64],
    moments: &Moments,
) -> Result<Vec<f64>, RunError> {
    let rank = Rank { active: own.to_vec(), aliased: rank.aliased.clone() };
    let options = FitOptions::default();
    let setting = Setting::new(model, &rank, &options, moments.weight, run.frame());
    Ok(climb(&setting, run, beta.to_vec())?.beta)
}

/// The outcome, summed once more with the whole model.
fn written(
    model: &Model,
    run: &mut dyn Executor,
    penalty: &Penalty,
    rank: Rank,
    point: Point,
    moments: Moments,
) -> Result<Fit, RunError> {
    let p = model.p;
    let mut end = derivs_at(model, run, point.clone(), Sums::Info, Precision::Plain, &[])?;
    let is_zero = |j: &usize| penalty.absolute[*j] > 0.0 && point.beta[*j] == 0.0;
    for j in 0..p {
        // What is left of the slope once the penalty has taken its part; at a kink it is a set that holds 0.
        let pull = penalty.pull(&point.beta, j) + penalty.absolute[j] * point.beta[j].signum();
        end.score[j] = if is_zero(&j) { Dd::ZERO } else { end.score[j] + -pull };
    }
    let estimated: Vec<usize> = rank.active.iter().copied().filter(|j| !is_zero(j)).collect();
    let mut curved = end.clone();
    penalty.add_to(&mut curved.info, &(0..p).collect::<Vec<_>>());
    let aliased = rank.aliased.iter();
    let findings =
        aliased.map(|(coef, equals)| Finding::Aliased { coef: *coef, equals: equals.clone() }).collect();
    Ok(Fit {
        model: model.clone(),
        condition: condition(&curved, &estimated, p),
        point,
        end,
        rank,
        estimated,
        limits: Vec::new(),
        null: Vec::new(),
        verdict: Verdict::Finite,
        stop: Stop { reason: Reason::Converged, iterations: 0, decrement: 0.0 },
        passes: 0,
        moments,
        findings,
    })
}

/// The first of shorter and shorter steps from `from` towards `to` whose objective `falls` accepts.
pub(crate) fn shorter_step(
    model: &Model,
    penalty: &Penalty,
    run: &mut dyn Executor,
    from: &[f64],
    to: &[f64],
    falls: &dyn Fn(f64, f64) -> bool,
) -> Result<Option<Vec<f64>>, RunError> {
    let mut first = 0.5;
    while first > 1e-12 {
        let lengths: Vec<f64> = (0..SHORTER).map(|i| first * 0.5_f64.powi(i as i32)).collect();
        let between = |t: f64| -> Vec<f64> { from.iter().zip(to).map(|(a, b)| a + t * (b - a)).collect() };
        let points: Vec<Point> = lengths.iter().map(|t| Point::new(between(*t))).collect();
        let pass = Pass::Derivs {
            points: points.clone(),
            sums: Sums::Value,
            precision: Precision::Plain,
            limits: Vec::new(),
        };
        let values = run.run(model, &pass)?.into_derivs();
        for ((length, point), derivs) in lengths.iter().zip(points).zip(values) {
            if falls(*length, penalty.value(&point.beta) - derivs.loglik.hi) {
                return Ok(Some(point.beta));
            }
        }
        first *= 0.5_f64.powi(SHORTER as i32);
    }
    Ok(None)
}

impl Problem<'_> {
    fn at(&self, run: &mut dyn Executor, beta: Vec<f64>) -> Result<State, RunError> {
        let derivs = derivs_at(self.model, run, Point::new(beta.clone()), Sums::Info, Precision::Plain, &[])?;
        let value = self.penalty.value(&beta) - derivs.loglik.hi;
        Ok(State { beta, derivs, value })
    }

    /// Steps until the quadratic model promises nothing more.
    fn descend(&self, run: &mut dyn Executor, start: Vec<f64>) -> Result<(State, Stop, Verdict), RunError> {
        let mut state = self.at(run, start)?;
        let goal = 1e-24 * self.weight.max(1.0);
        let (mut iterations, mut at_floor) = (0, 0);
        loop {
            let (target, fall) = self.target(&state);
            let stop = |reason| Stop { reason, iterations, decrement: 2.0 * fall };
            let noise = 64.0 * f64::EPSILON * state.derivs.magnitude;
            if !state.value.is_finite() {
                return Ok((state, stop(Reason::BadStart), Verdict::Finite));
            }
            if fall <= goal {
                return Ok((state, stop(Reason::Converged), Verdict::Finite));
            }
            at_floor += usize::from(fall <= noise);
            if at_floor > 3 || iterations >= 200 || !fall.is_finite() {
                let reason = if at_floor > 3 { Reason::RoundingFloor } else { Reason::IterationLimit };
                return Ok((state, stop(reason), Verdict::Finite));
            }
            if iterations >= 6 && self.runs_off(run, &state.beta, &target)? {
                return Ok((state, stop(Reason::IterationLimit), Verdict::Quasi));
            }
            let Some(next) = self.search(run, &state, &target, fall, noise)? else {
                let reason = if fall <= 1e3 * noise { Reason::RoundingFloor } else { Reason::NoDescent };
                return Ok((state, stop(reason), Verdict::Finite));
            };
            state = next;
            iterations += 1;
        }
    }

    /// Where the quadratic model with the penalty is least, and how far the model falls to there.
    fn target(&self, state: &State) -> (Vec<f64>, f64) {
        let (p, q) = (self.model.p, self.active.len());
        let of = |values: &[f64]| -> Vec<f64> { self.active.iter().map(|j| values[*j]).collect() };
        let mut h = square(&state.derivs.info, &self.active, p);
        self.penalty.add_to(&mut h, &self.active);
        let slope = |j: &usize| self.penalty.pull(&state.beta, *j) - state.derivs.score[*j].hi;
        let g: Vec<f64> = self.active.iter().map(slope).collect();
        let (at, a) = (of(&state.beta), of(&self.penalty.absolute));
        let next = if a.iter().all(|a| *a == 0.0) {
            let step = newton_direction(&h, &g).step;
            at.iter().zip(step).map(|(b, s)| b + s).collect()
        } else {
            self.make_convex(&mut h);
            absolute_quadratic(&h, &g, &at, &a)
        };
        let mut fall = 0.0;
        for i in 0..q {
            let step = next[i] - at[i];
            let bend: f64 = (0..q).map(|j| h[i * q + j] * (next[j] - at[j])).sum();
            fall -= g[i] * step + 0.5 * step * bend + a[i] * (next[i].abs() - at[i].abs());
        }
        let mut beta = state.beta.clone();
        self.active.iter().zip(next).for_each(|(j, b)| beta[*j] = b);
        (beta, fall.max(0.0))
    }

    /// Replaces every eigenvalue by its size where the likelihood is not known to be concave and the matrix has no factor.
    fn make_convex(&self, h: &mut [f64]) {
        let q = self.active.len();
        let concave = self.model.likelihood.spec().concave && self.model.is_direct(0);
        if concave || Cholesky::new(h, q).is_ok() {
            return;
        }
        let eigen = Eigen::new(h, q);
        for i in 0..q {
            for j in 0..q {
                let entry =
                    |k: usize| eigen.values[k].abs() * eigen.vectors[k * q + i] * eigen.vectors[k * q + j];
                h[i * q + j] = (0..q).map(entry).sum();
            }
        }
    }

    /// The first of the full and shorter steps that lowers the objective enough.
    fn search(
        &self,
        run: &mut dyn Executor,
        state: &State,
        target: &[f64],
        fall: f64,
        noise: f64,
    ) -> Result<Option<State>, RunError> {
        let falls = |length: f64, value: f64| {
            let gain = state.value - value;
            gain.is_finite() && (gain >= 1e-4 * length * fall || (fall <= noise && gain.abs() <= noise))
        };
        let full = self.at(run, target.to_vec())?;
        if falls(1.0, full.value) {
            return Ok(Some(full));
        }
        let shorter = shorter_step(self.model, self.penalty, run, &state.beta, target, &falls)?;
        shorter.map(|beta| self.at(run, beta)).transpose()
    }

    /// Whether the part of a step without penalty is a direction along which no row objects.
    fn runs_off(&self, run: &mut dyn Executor, beta: &[f64], target: &[f64]) -> Result<bool, RunError> {
        let free = |j: &usize| !self.penalty.touches(*j) && is_location(self.model, *j);
        let mut direction = vec![0.0; self.model.p];
        self.active.iter().filter(|j| free(j)).for_each(|j| direction[*j] = target[*j] - beta[*j]);
        if direction.iter().all(|d| *d == 0.0) {
            return Ok(false);
        }
        Ok(existence::recession(self.model, run, beta, &direction, &[])?.is_some())
    }

    /// Newton steps among the coefficients that are not 0, on a score summed in double-double where that is cheap.
    fn polish(&self, run: &mut dyn Executor, state: &State) -> Result<Point, RunError> {
        let p = self.model.p;
        let mut best = Point { beta: state.beta.clone(), low: vec![0.0; p] };
        if !polish::add_up_exactly(run.frame().rows, p) {
            return Ok(Point::new(best.beta));
        }
        let support: Vec<usize> = self
            .active
            .iter()
            .copied()
            .filter(|j| self.penalty.absolute[*j] == 0.0 || best.beta[*j] != 0.0)
            .collect();
        let q = support.len();
        let mut before = f64::INFINITY;
        for _ in 0..4 {
            let derivs = derivs_at(self.model, run, best.clone(), Sums::Info, Precision::Double, &[])?;
            let mut h = square(&derivs.info, &support, p);
            let mut step = Vec::with_capacity(q);
            self.penalty.add_to(&mut h, &support);
            for a in &support {
                let pull = self.penalty.pull(&best.beta, *a);
                step.push(derivs.score[*a].hi - pull - self.penalty.absolute[*a] * best.beta[*a].signum());
            }
            let Ok(factor) = Cholesky::new(&h, q) else { break };
            let score = step.clone();
            factor.solve(&mut step);
            let decrement: f64 = step.iter().zip(&score).map(|(s, g)| s * g).sum();
            if decrement.is_nan() || decrement >= 0.25 * before {
                break;
            }
            before = decrement;
            let mut next = best.clone();
            for (j, s) in support.iter().zip(&step) {
                let sum = Dd::sum(next.beta[*j], next.low[*j]) + *s;
                (next.beta[*j], next.low[*j]) = (sum.hi, sum.lo);
            }
            let same_side =
                |j: &usize| self.penalty.absolute[*j] == 0.0 || next.beta[*j] * best.beta[*j] > 0.0;
            if !support.iter().all(same_side) {
                break;
            }
            best = next;
        }
        Ok(best)
    }
}
