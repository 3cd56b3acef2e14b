//! The maximum under equations: Newton's steps on the surface on which they hold ([`crate::Surface`]).
//!
//! A surface may have several sheets with a maximum each (`x^2 = 1` has two). Climbs begin where a quadratic log-likelihood
//! has its maxima on it: that falls by `(v - v0)' M (v - v0) / 2` in the quantities v of the equations alone, M the inverse
//! of their covariance, so many starts cost no look at the rows ([`Ground`]). The highest end of a few climbs counts. Where the
//! pivots of a climb no longer follow gently, others are chosen and the climb goes on. It stops on the decrement, which is
//! that of any choice of pivots.

use crate::executor::{Executor, RunError};
use crate::model::Model;
use crate::objective::square;
use crate::pass::{Pass, Point, Precision, Recession, Sums};
use crate::starts;
use crate::subspace::{ITERATIONS, Within};
use crate::surface::{Reached, Surface, Tangent, dot};
use crate::tally::Derivs;
use loglik_num::{Cholesky, Dd};
use loglik_optim::{Ask, Eval, Need, Newton, Reason, Stop};

/// Choices of pivots in one climb.
const CHARTS: usize = 50;

/// Climbs over the rows, at most.
const CLIMBS: usize = 6;

/// A sheet on which the quadratic log-likelihood falls so many times as far as on the best, and as much again, is not climbed.
const FAR: f64 = 30.0;

/// Squared distance, in standard errors, within which two starts are one.
const SAME: f64 = 1e-6;

/// What is left of a variance where quantities repeat each other, as a share of it.
const REPEATED: f64 = 1e-12;

/// Quantities up to which sheets are looked for at a scatter of points, and how many and how wide, in standard deviations.
const SCATTERED: usize = 8;
const SCATTER: usize = 64;
const WIDTH: f64 = 3.0;

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

/// Where climbs begin.
pub enum Begin<'a> {
    /// About a maximum without the equations.
    Near {
        /// The maximum                                                        `[p]`
        beta: &'a [f64],
        /// The information there, lower triangle                               `[p, p]`
        info: &'a [f64],
    },
    /// At points where the equations need not hold                             `[..][p]`
    At(&'a [Vec<f64>]),
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
/// * `limits` rows at infinity, which stay there
///
/// # Errors
/// When a pass cannot be carried out.
pub fn maximise_under(
    model: &Model,
    run: &mut dyn Executor,
    surface: &Surface<'_>,
    begin: &Begin<'_>,
    limits: &[Recession],
) -> Result<Constrained, RunError> {
    let starts = match begin {
        Begin::At(starts) => starts.to_vec(),
        Begin::Near { beta, info } => match Ground::new(surface, beta, info) {
            None => vec![beta.to_vec()],
            Some(ground) => match ground.sheets(surface)? {
                Ok(starts) => starts,
                Err(outcome) => return Ok(outcome),
            },
        },
    };
    let weight = run.frame().rows as f64;
    let mut over_rows = |points: &[Vec<f64>], sums: Sums| {
        let points = points.iter().map(|beta| Point::new(beta.clone())).collect();
        let pass = Pass::Derivs { points, sums, precision: Precision::Plain, limits: limits.to_vec() };
        Ok(run.run(model, &pass)?.into_derivs())
    };
    let (mut best, mut outcome): (Option<Within>, _) = (None, Constrained::Unmet);
    for start in &starts {
        let beta = match surface.reach(start) {
            Reached::At(beta) => beta,
            Reached::Unmet => continue,
            Reached::Dependent | Reached::Flat(_) => {
                outcome = Constrained::Dependent;
                continue;
            }
        };
        let Some(end) = ascend(surface, beta, weight, &mut over_rows)? else {
            outcome = Constrained::Dependent;
            continue;
        };
        let rank = |end: &Within| (end.stop.reason.is_success(), end.derivs.loglik.hi);
        if best.as_ref().is_none_or(|best| rank(&end) > rank(best)) {
            best = Some(end);
        }
    }
    Ok(best.map_or(outcome, |end| Constrained::Found(Box::new(end))))
}

/// A quadratic log-likelihood about its maximum, as a function of the quantities of the equations.
struct Ground {
    /// The coefficients at the maximum                                        `[p]`
    beta: Vec<f64>,
    /// The quantities there                                                   `[k]`
    at: Vec<f64>,
    /// Their standard deviations                                              `[k]`
    spread: Vec<f64>,
    /// The inverse of their covariance                                        `[k, k]`
    metric: Vec<f64>,
    /// How the coefficients follow the quantities, `V R' M`                   `[k][p]`
    follow: Vec<Vec<f64>>,
}

impl Ground {
    /// `None` where the information is not positive definite, or the quantities depend on each other or are none.
    fn new(surface: &Surface<'_>, beta: &[f64], info: &[f64]) -> Option<Self> {
        let (active, p) = (surface.active(), beta.len());
        let factor = Cholesky::new(&square(info, active, p), active.len()).ok()?;
        let rows = surface.rows();
        let k = rows.len();
        if k == 0 {
            return None;
        }
        let along = |row: &Vec<f64>| {
            let mut z: Vec<f64> = active.iter().map(|j| row[*j]).collect();
            factor.solve(&mut z);
            let mut out = vec![0.0; p];
            active.iter().zip(z).for_each(|(j, z)| out[*j] = z);
            out
        };
        let along: Vec<Vec<f64>> = rows.iter().map(along).collect();
        let vcov: Vec<f64> = rows.iter().flat_map(|row| along.iter().map(|a| dot(row, a))).collect();
        let metric = Cholesky::above(&vcov, k, REPEATED).ok()?.inverse();
        let follow = metric
            .chunks_exact(k)
            .map(|m| (0..p).map(|j| m.iter().zip(&along).map(|(m, along)| m * along[j]).sum()).collect());
        Some(Self {
            follow: follow.collect(),
            at: rows.iter().map(|row| dot(row, beta)).collect(),
            spread: (0..k).map(|i| vcov[i * k + i].sqrt()).collect(),
            metric,
            beta: beta.to_vec(),
        })
    }

    /// Coefficients where the quadratic log-likelihood has its maxima on the sheets of the surface, the highest first.
    fn sheets(&self, surface: &Surface<'_>) -> Result<Result<Vec<Vec<f64>>, Constrained>, RunError> {
        let k = self.at.len();
        let unit = |i: usize| (0..k).map(|j| f64::from(i == j)).collect();
        let small = surface.of_quantities((0..k).map(unit).collect(), self.spread.clone());
        let (mut found, mut outcome) = (Vec::<(f64, Vec<f64>)>::new(), Constrained::Unmet);
        let mut flat = f64::INFINITY;
        for start in self.starts() {
            let place = match small.reach(&start) {
                Reached::At(place) => place,
                Reached::Unmet => continue,
                Reached::Dependent => {
                    outcome = Constrained::Dependent;
                    continue;
                }
                Reached::Flat(place) => {
                    outcome = Constrained::Dependent;
                    flat = flat.min(self.fall(&place));
                    continue;
                }
            };
            let mut quadratic =
                |points: &[Vec<f64>], _: Sums| Ok(points.iter().map(|v| self.derivs(v)).collect());
            let end = ascend(&small, place.clone(), 1.0, &mut quadratic)?;
            let place = end.filter(|end| end.stop.reason.is_success()).map_or(place, |end| end.beta);
            let apart = |other: &Vec<f64>| {
                let between = (0..k).map(|i| self.at[i] + place[i] - other[i]).collect::<Vec<_>>();
                self.fall(&between) > SAME
            };
            if found.iter().all(|(_, other)| apart(other)) {
                found.push((self.fall(&place), place));
            }
        }
        found.sort_by(|a, b| a.0.total_cmp(&b.0));
        let least = found.first().map_or(0.0, |(fall, _)| *fall);
        // A sheet that cannot be climbed may have the highest maximum.
        if flat < least - SAME {
            return Ok(Err(outcome));
        }
        found.retain(|(fall, _)| *fall <= FAR * (least + 1.0));
        found.truncate(CLIMBS);
        let lifted = found.iter().map(|(_, place)| self.coefficients(place)).collect::<Vec<_>>();
        Ok(if lifted.is_empty() { Err(outcome) } else { Ok(lifted) })
    }

    /// Where the search for sheets begins: at the maximum, at other signs and sizes, and at a fixed scatter some standard
    /// deviations wide.
    fn starts(&self) -> Vec<Vec<f64>> {
        let k = self.at.len();
        let mut starts = vec![self.at.clone(), self.at.iter().map(|v| -v).collect()];
        starts.extend([0.0, 1.0, -1.0].map(|v| vec![v; k]));
        if k > SCATTERED {
            return starts;
        }
        for i in 0..k {
            let mut other = self.at.clone();
            other[i] = -other[i];
            starts.push(other);
        }
        // Multiples of the roots of primes spread evenly (Weyl).
        const PRIMES: [f64; SCATTERED] = [2.0, 3.0, 5.0, 7.0, 11.0, 13.0, 17.0, 19.0];
        for turn in 0..SCATTER {
            let width = WIDTH * [1.0, 2.0, 4.0, 8.0][turn % 4];
            let share = |i: usize| 2.0 * ((turn + 1) as f64 * PRIMES[i].sqrt()).fract() - 1.0;
            starts.push((0..k).map(|i| self.at[i] + width * share(i) * self.spread[i]).collect());
        }
        starts
    }

    /// By how much twice the log-likelihood falls.
    fn fall(&self, quantities: &[f64]) -> f64 {
        -2.0 * self.derivs(quantities).loglik.hi
    }

    fn derivs(&self, quantities: &[f64]) -> Derivs {
        let k = self.at.len();
        let d: Vec<f64> = quantities.iter().zip(&self.at).map(|(v, at)| v - at).collect();
        let slopes: Vec<f64> = self.metric.chunks_exact(k).map(|row| dot(row, &d)).collect();
        let fall = 0.5 * dot(&slopes, &d);
        Derivs {
            loglik: Dd::from(-fall),
            magnitude: fall.abs(),
            score: slopes.iter().map(|slope| Dd::from(-slope)).collect(),
            info: self.metric.clone(),
            weight: 1.0,
            ..Derivs::default()
        }
    }

    /// The coefficients with these quantities at which the quadratic log-likelihood is greatest.
    fn coefficients(&self, quantities: &[f64]) -> Vec<f64> {
        let mut beta = self.beta.clone();
        for ((v, at), follow) in quantities.iter().zip(&self.at).zip(&self.follow) {
            beta.iter_mut().zip(follow).for_each(|(b, f)| *b += (v - at) * f);
        }
        beta
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
