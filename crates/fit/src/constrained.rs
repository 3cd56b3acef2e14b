//! The maximum under equations: Newton's steps on the surface on which they hold ([`crate::Surface`]).
//!
//! A surface may have several maxima (`x^2 = 1` has two sheets). The climb begins where a quadratic log-likelihood has its
//! maxima on it, each found from a start of its own without a look at the rows; the highest end counts. Where the pivots
//! of a climb no longer follow gently, others are chosen and the climb goes on. It stops on the decrement, which is that of any
//! choice of pivots.

use crate::executor::{Executor, RunError};
use crate::model::Model;
use crate::objective::square;
use crate::pass::{Pass, Point, Precision, Recession, Sums};
use crate::starts;
use crate::subspace::{ITERATIONS, Within};
use crate::surface::{Reached, Surface, Tangent};
use crate::tally::Derivs;
use loglik_num::Dd;
use loglik_optim::{Ask, Eval, Need, Newton, Reason, Stop};

/// Choices of pivots in one climb.
const CHARTS: usize = 50;

/// Climbs over the rows, at most.
const CLIMBS: usize = 4;

/// A sheet on which the quadratic log-likelihood falls so many times as far as on the best, and as much again, is not climbed.
const FAR: f64 = 100.0;

/// Squared distance, in standard errors, within which two starts are one.
const SAME: f64 = 1e-6;

/// How far the last step moves a standardised column's coefficient where there is no maximum along it: at a decrement of
/// nothing, and at one that rounding hides. Nearer than this it is a curvature of 1e-18 of a row's, or of 1e-10.
const DRIFT: f64 = 1e-3;
const HIDDEN_DRIFT: f64 = 0.1;

/// What a maximum under equations came to.
#[derive(Clone, Debug)]
pub enum Constrained {
    /// The highest end of the climbs; its stop says whether that is a maximum.
    Found(Box<Within>),
    /// No coefficients were found at which the equations hold.
    Unmet,
    /// Equations repeat or contradict each other, or one has no slope where it holds.
    Dependent,
}

/// A quadratic log-likelihood about its maximum.
pub struct Quadratic<'a> {
    /// The maximum                                                            `[p]`
    pub beta: &'a [f64],
    /// Its information, lower triangle                                        `[p, p]`
    pub info: &'a [f64],
}

/// The starts that the likelihood itself offers, as for a fit                 `[..][p]`
///
/// # Errors
/// When a pass cannot be carried out.
pub fn own_starts(model: &Model, run: &mut dyn Executor) -> Result<Vec<Vec<f64>>, RunError> {
    let (moments, offsets) = starts::moments(model, run)?;
    let us = model.likelihood.starts(&moments);
    us.iter().map(|u| starts::start(model, u, &offsets, run)).collect()
}

/// Maximises the likelihood under equations; where it has no maximum there, to its limit.
///
/// * `starts` where climbs begin, the equations need not hold there         `[..][p]`
/// * `near`   the log-likelihood about its maximum without the equations, where that is finite
/// * `limits` rows at infinity, which stay there
///
/// # Errors
/// When a pass cannot be carried out.
pub fn maximise_under(
    model: &Model,
    run: &mut dyn Executor,
    surface: &Surface<'_>,
    starts: &[Vec<f64>],
    near: Option<&Quadratic<'_>>,
    limits: &[Recession],
) -> Result<Constrained, RunError> {
    let begins = match begins(surface, starts, near)? {
        Ok(begins) => begins,
        Err(outcome) => return Ok(outcome),
    };
    let weight = run.frame().rows as f64;
    let mut over_rows = |points: &[Vec<f64>], sums: Sums| {
        let points = points.iter().map(|beta| Point::new(beta.clone())).collect();
        let pass = Pass::Derivs { points, sums, precision: Precision::Plain, limits: limits.to_vec() };
        Ok(run.run(model, &pass)?.into_derivs())
    };
    let mut best: Option<Within> = None;
    for begin in begins.into_iter().take(CLIMBS) {
        let Some(end) = ascend(surface, begin, weight, &mut over_rows)? else { continue };
        let rank = |end: &Within| (end.stop.reason.is_success(), end.derivs.loglik.hi);
        if best.as_ref().is_none_or(|best| rank(&end) > rank(best)) {
            best = Some(end);
        }
    }
    Ok(best.map_or(Constrained::Dependent, |end| Constrained::Found(Box::new(end))))
}

/// Points of the surface to climb from, the best by the quadratic log-likelihood first.
fn begins(
    surface: &Surface<'_>,
    starts: &[Vec<f64>],
    near: Option<&Quadratic<'_>>,
) -> Result<Result<Vec<Vec<f64>>, Constrained>, RunError> {
    let (mut found, mut outcome) = (Vec::<(f64, Vec<f64>)>::new(), Constrained::Unmet);
    for start in starts {
        let beta = match surface.reach(start) {
            Reached::At(beta) => beta,
            Reached::Unmet => continue,
            Reached::Dependent => {
                outcome = Constrained::Dependent;
                continue;
            }
        };
        let Some(near) = near else {
            found.push((0.0, beta));
            continue;
        };
        let mut quadratic = |points: &[Vec<f64>], _: Sums| {
            Ok(points.iter().map(|beta| near.derivs(surface.active(), beta)).collect())
        };
        let end = ascend(surface, beta.clone(), 1.0, &mut quadratic)?;
        let end = end.filter(|end| end.stop.reason.is_success()).map_or(beta, |end| end.beta);
        let fall = -2.0 * near.derivs(surface.active(), &end).loglik.hi;
        if !found.iter().any(|(_, other)| near.distance(surface.active(), other, &end) <= SAME) {
            found.push((fall, end));
        }
    }
    found.sort_by(|a, b| a.0.total_cmp(&b.0));
    let least = found.first().map_or(0.0, |(fall, _)| *fall);
    found.retain(|(fall, _)| *fall <= FAR * (least + 1.0));
    let found: Vec<Vec<f64>> = found.into_iter().map(|(_, beta)| beta).collect();
    Ok(if found.is_empty() { Err(outcome) } else { Ok(found) })
}

impl Quadratic<'_> {
    fn derivs(&self, active: &[usize], beta: &[f64]) -> Derivs {
        let p = self.beta.len();
        let q = active.len();
        let info = square(self.info, active, p);
        let d: Vec<f64> = active.iter().map(|j| beta[*j] - self.beta[*j]).collect();
        let mut score = vec![Dd::ZERO; p];
        let (mut fall, mut magnitude) = (0.0, 0.0);
        for (i, row) in info.chunks_exact(q).enumerate() {
            let slope: f64 = row.iter().zip(&d).map(|(a, b)| a * b).sum();
            score[active[i]] = Dd::from(-slope);
            fall += 0.5 * slope * d[i];
            magnitude += (0.5 * slope * d[i]).abs();
        }
        Derivs {
            loglik: Dd::from(-fall),
            magnitude,
            score,
            info: self.info.to_vec(),
            weight: 1.0,
            ..Derivs::default()
        }
    }

    /// `(a - b)' I (a - b)`
    fn distance(&self, active: &[usize], a: &[f64], b: &[f64]) -> f64 {
        let moved: Vec<f64> = (0..a.len()).map(|j| self.beta[j] + a[j] - b[j]).collect();
        -2.0 * self.derivs(active, &moved).loglik.hi
    }
}

/// Sums at points, as the climb asks for them.
type Sum<'a> = dyn FnMut(&[Vec<f64>], Sums) -> Result<Vec<Derivs>, RunError> + 'a;

/// Climbs on the surface from a point of it; `None` where equations depend on each other there.
fn ascend(
    surface: &Surface<'_>,
    begin: Vec<f64>,
    weight: f64,
    sum: &mut Sum<'_>,
) -> Result<Option<Within>, RunError> {
    let Some(mut tangent) = surface.tangent(&begin, None) else { return Ok(None) };
    let mut here = Here { beta: begin, derivs: None, infos: 0 };
    let mut stop = Stop { reason: Reason::IterationLimit, iterations: 0, decrement: f64::INFINITY };
    let mut iterations = 0;
    let mut step = Vec::new();
    for _ in 0..CHARTS {
        let left = ITERATIONS.saturating_sub(iterations);
        let end = within_chart(surface, tangent, &mut here, (weight, left), sum)?;
        iterations += end.stop.iterations;
        (stop, step) = (Stop { iterations, ..end.stop }, end.step);
        let edge = end.unsolved && !matches!(stop.reason, Reason::Converged | Reason::RoundingFloor);
        if !(end.steep || edge) || left == 0 {
            break;
        }
        if edge {
            stop.reason = Reason::NoDescent;
        }
        let Some(next) = surface.tangent(&here.beta, None) else { return Ok(None) };
        if edge && end.pivots.iter().all(|j| next.pivots.contains(j)) {
            break;
        }
        tangent = next;
    }
    let Here { beta, derivs, infos } = here;
    let least = match stop.reason {
        Reason::Converged => DRIFT,
        Reason::RoundingFloor => HIDDEN_DRIFT,
        _ => f64::INFINITY,
    };
    let drift = if step.iter().any(|s| s.abs() > least) { step } else { Vec::new() };
    Ok(derivs.map(|derivs| Within { beta, derivs, stop, infos, drift }))
}

/// Where a climb stands.
struct Here {
    beta: Vec<f64>,
    /// Sums there with information, where they are known.
    derivs: Option<Derivs>,
    infos: usize,
}

/// How a climb with one choice of pivots ended.
struct ChartEnd {
    stop: Stop,
    /// The last step, in all coefficients                                     `[p]`
    step: Vec<f64>,
    pivots: Vec<usize>,
    /// Whether other pivots would follow more gently.
    steep: bool,
    /// Whether the pivots found no value at some point that was asked for.
    unsolved: bool,
}

/// Climbs with one choice of pivots.
fn within_chart(
    surface: &Surface<'_>,
    mut tangent: Tangent,
    here: &mut Here,
    (weight, limit): (f64, usize),
    sum: &mut Sum<'_>,
) -> Result<ChartEnd, RunError> {
    let pivots = tangent.pivots.clone();
    let free = tangent.space.free().to_vec();
    let mut machine = Newton::new(free.iter().map(|j| here.beta[*j]).collect(), weight, limit);
    let mut ask = machine.start();
    let (mut unsolved, mut steep) = (false, false);
    let stop = loop {
        let (points, need) = match ask {
            Ask::Stop(stop) => break stop,
            Ask::Evaluate { points, need } => (points, need),
        };
        let sums = if need == Need::Value { Sums::Value } else { Sums::Info };
        let lifted: Vec<Option<Vec<f64>>> =
            points.iter().map(|x| surface.lift(&tangent, &here.beta, x)).collect();
        unsolved |= lifted.iter().any(Option::is_none);
        let known = here.derivs.take_if(|_| sums == Sums::Info && lifted[0].as_ref() == Some(&here.beta));
        let on: Vec<Vec<f64>> = lifted.iter().flatten().cloned().collect();
        let derivs = match known {
            Some(known) => vec![known],
            None if on.is_empty() => Vec::new(),
            None => sum(&on, sums)?,
        };
        if sums == Sums::Value {
            let mut values = derivs.iter();
            let eval = |at: &Option<Vec<f64>>| match at.as_ref().and_then(|_| values.next()) {
                Some(derivs) => tangent.space.minimised(derivs),
                None => outside(),
            };
            let evals: Vec<Eval> = lifted.iter().map(eval).collect();
            ask = machine.tell(&evals);
            continue;
        }
        let there = lifted.into_iter().next().flatten().zip(derivs.into_iter().next());
        let next = there.and_then(|(beta, derivs)| {
            let tangent = surface.tangent(&beta, Some(&pivots))?;
            Some((beta, derivs, tangent))
        });
        let Some((beta, derivs, there)) = next else {
            unsolved = true;
            ask = machine.tell(&[outside()]);
            continue;
        };
        here.infos += 1;
        ask = machine.tell(&[surface.minimised(&there, &derivs)]);
        if machine.point() == points[0].as_slice() {
            steep = surface.is_steep(&there);
            (here.beta, here.derivs, tangent) = (beta, Some(derivs), there);
            if steep && !matches!(ask, Ask::Stop(_)) && is_better(surface, here, &pivots) {
                let (iterations, decrement) = machine.progress();
                break Stop { reason: Reason::IterationLimit, iterations, decrement };
            }
            steep = false;
        }
    };
    let mut step = vec![0.0; here.beta.len()];
    tangent.space.advance(&mut step, machine.step(), 0.0);
    Ok(ChartEnd { stop, step, pivots, steep, unsolved })
}

/// Whether elimination chooses other pivots at this point.
fn is_better(surface: &Surface<'_>, here: &Here, pivots: &[usize]) -> bool {
    let fresh = surface.tangent(&here.beta, None);
    fresh.is_some_and(|fresh| !fresh.pivots.iter().all(|j| pivots.contains(j)))
}

/// No point of the surface.
fn outside() -> Eval {
    Eval { value: f64::INFINITY, ..Eval::default() }
}
