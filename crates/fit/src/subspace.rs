//! The likelihood on part of its coefficients: some move, others are held, and so may be combinations of them.
//!
//! With `a' beta = c` held, the coefficient of the pivot i is what the others leave: d_i = -sum a_k d_k / a_i. Score and
//! information on the rest follow by substitution, T's and T' I T; nothing of size p^3 is formed. Profile likelihoods,
//! score tests, refits without a term and refits under equations ([`crate::Surface`]) all look at a fit through this.

use crate::climb::derivs_at;
use crate::executor::{Executor, RunError};
use crate::model::Model;
use crate::objective::square;
use crate::pass::{Pass, Point, Precision, Recession, Sums};
use crate::tally::Derivs;
use loglik_optim::{Ask, Eval, Need, Newton, Stop};

/// Iterations of a climb: where it runs to a limit, each gains a factor e, and 60 are all that doubles can show.
pub(crate) const ITERATIONS: usize = 200;

/// Coefficients that move while all others, and perhaps some combinations, are held.
#[derive(Clone, Debug, PartialEq)]
pub struct Subspace {
    /// Coefficients that move freely                                        `[q]`
    free: Vec<usize>,
    /// All coefficients.
    p: usize,
    /// Combinations that are held, one pivot each.
    ties: Vec<Tie>,
}

/// A combination that is held, solved for one coefficient.
#[derive(Clone, Debug, PartialEq)]
struct Tie {
    pivot: usize,
    /// The pivot's own factor.
    factor: f64,
    /// Factors of the free coefficients over the pivot's                    `[q]`
    ratios: Vec<f64>,
}

impl Subspace {
    /// Only `free` of `p` coefficients move.
    #[must_use]
    pub fn of(free: Vec<usize>, p: usize) -> Self {
        Self { free, p, ties: Vec::new() }
    }

    /// The coefficients of `active` but the pivots move, and each pivot i by `-sum_k ratio_ik d_k`.
    ///
    /// * `rows` the ratios of each pivot, 1 at itself and 0 at the other pivots `[m][p]`
    pub(crate) fn tied(active: &[usize], pivots: &[usize], rows: &[Vec<f64>], p: usize) -> Self {
        let free: Vec<usize> = active.iter().copied().filter(|j| !pivots.contains(j)).collect();
        let tie = |(pivot, row): (&usize, &Vec<f64>)| {
            let ratios = free.iter().map(|j| row[*j]).collect();
            Tie { pivot: *pivot, factor: 1.0, ratios }
        };
        let ties = pivots.iter().zip(rows).map(tie).collect();
        Self { free, p, ties }
    }

    /// The coefficients of `active` move so that `normal' beta` stays what it is; `None` where no active coefficient
    /// is part of it.
    ///
    /// * `normal`   the combination                                         `[p]`
    /// * `variance` a size of each coefficient's variance, to choose the pivot `[p]`
    #[must_use]
    pub fn level(active: &[usize], normal: &[f64], variance: &[f64]) -> Option<Self> {
        let share = |j: &usize| normal[*j] * normal[*j] * variance[*j];
        let pivot = active.iter().copied().filter(|j| normal[*j] != 0.0);
        let pivot = pivot.max_by(|a, b| share(a).total_cmp(&share(b)))?;
        let free: Vec<usize> = active.iter().copied().filter(|j| *j != pivot).collect();
        let factor = normal[pivot];
        let ratios = free.iter().map(|j| normal[*j] / factor).collect();
        Some(Self { free, p: normal.len(), ties: vec![Tie { pivot, factor, ratios }] })
    }

    /// Number of free coefficients.
    #[must_use]
    pub fn q(&self) -> usize {
        self.free.len()
    }

    /// The free coefficients                                                 `[q]`
    pub(crate) fn free(&self) -> &[usize] {
        &self.free
    }

    /// How far pivots move for one unit of the free coefficients, each pivot with its ratios `[m]([q])`
    pub(crate) fn ratios(&self) -> impl Iterator<Item = (usize, &[f64])> {
        self.ties.iter().map(|tie| (tie.pivot, tie.ratios.as_slice()))
    }

    /// The first derivatives along the free coefficients                    `[q]`
    ///
    /// * `score` of all coefficients                                        `[p]`
    #[must_use]
    pub fn score(&self, score: &[f64]) -> Vec<f64> {
        let own = |(i, j): (usize, &usize)| {
            self.ties.iter().fold(score[*j], |s, tie| s - tie.ratios[i] * score[tie.pivot])
        };
        self.free.iter().enumerate().map(own).collect()
    }

    /// The information on the free coefficients                              `[q, q]`
    ///
    /// * `info` of all coefficients, lower triangle                         `[p, p]`
    #[must_use]
    pub fn info(&self, info: &[f64]) -> Vec<f64> {
        let q = self.q();
        let mut out = square(info, &self.free, self.p);
        for (a, tie) in self.ties.iter().enumerate() {
            let across = self.across(info, tie.pivot);
            let own = info[tie.pivot * self.p + tie.pivot];
            for i in 0..q {
                for j in 0..q {
                    let (s, t) = (tie.ratios[i], tie.ratios[j]);
                    out[i * q + j] += s * t * own - s * across[j] - t * across[i];
                }
            }
            for other in &self.ties[..a] {
                let between = entry(info, self.p, tie.pivot, other.pivot);
                for i in 0..q {
                    for j in 0..q {
                        let both = tie.ratios[i] * other.ratios[j] + other.ratios[i] * tie.ratios[j];
                        out[i * q + j] += both * between;
                    }
                }
            }
        }
        out
    }

    /// The information between one coefficient and the free ones              `[q]`
    fn across(&self, info: &[f64], pivot: usize) -> Vec<f64> {
        self.free.iter().map(|j| entry(info, self.p, pivot, *j)).collect()
    }

    /// How the log-likelihood changes with the held combination while the free coefficients stay: its slope, the
    /// information of the combination itself, and that between it and the free coefficients `[q]`.
    #[must_use]
    pub fn held(&self, score: &[f64], info: &[f64]) -> Option<(f64, f64, Vec<f64>)> {
        let [tie] = self.ties.as_slice() else { return None };
        let own = info[tie.pivot * self.p + tie.pivot];
        let across = self.across(info, tie.pivot);
        let across = across.iter().zip(&tie.ratios).map(|(v, t)| (v - t * own) / tie.factor).collect();
        Some((score[tie.pivot] / tie.factor, own / (tie.factor * tie.factor), across))
    }

    /// Moves the free coefficients by `step`, `[q]`, and the held combination by `by`.
    pub fn advance(&self, beta: &mut [f64], step: &[f64], by: f64) {
        self.free.iter().zip(step).for_each(|(j, s)| beta[*j] += s);
        for tie in &self.ties {
            let moved: f64 = tie.ratios.iter().zip(step).map(|(t, s)| t * s).sum();
            beta[tie.pivot] += by / tie.factor - moved;
        }
    }

    pub(crate) fn minimised(&self, derivs: &Derivs) -> Eval {
        let gradient = if derivs.score.is_empty() {
            Vec::new()
        } else {
            self.score(&derivs.score()).into_iter().map(|s| -s).collect()
        };
        let hessian = if derivs.info.is_empty() { Vec::new() } else { self.info(&derivs.info) };
        Eval { value: -derivs.loglik.hi, magnitude: derivs.magnitude, gradient, hessian }
    }
}

/// An entry of a symmetric matrix of which the lower triangle is there.
fn entry(lower: &[f64], p: usize, i: usize, j: usize) -> f64 {
    lower[if i >= j { i * p + j } else { j * p + i }]
}

/// Where a climb within a subspace ended.
#[derive(Clone, Debug)]
pub struct Within {
    /// Coefficients, those held among them                                   `[p]`
    pub beta: Vec<f64>,
    /// Sums there, with information.
    pub derivs: Derivs,
    /// Why the optimiser stopped.
    pub stop: Stop,
    /// Points at which the information was summed.
    pub infos: usize,
    /// The step along which it still moves though nothing is left to gain: there is no maximum that way. Empty where none
    /// is, or where nobody looked                                            `[p]`
    pub drift: Vec<f64>,
}

/// Maximises the likelihood over a subspace from `beta`; where it has no maximum there, to its limit.
///
/// * `limits` rows at infinity, which stay there
///
/// # Errors
/// When a pass cannot be carried out.
pub fn maximise_within(
    model: &Model,
    run: &mut dyn Executor,
    space: &Subspace,
    beta: &[f64],
    limits: &[Recession],
) -> Result<Within, RunError> {
    let mut infos = 0;
    let at = |x: &[f64]| {
        let mut moved = beta.to_vec();
        space.advance(&mut moved, x, 0.0);
        Point::new(moved)
    };
    let weight = run.frame().rows as f64;
    let mut machine = Newton::new(vec![0.0; space.q()], weight, ITERATIONS);
    let mut ask = machine.start();
    let mut last: Option<(Vec<f64>, Derivs)> = None;
    let stop = loop {
        let (points, need) = match ask {
            Ask::Stop(stop) => break stop,
            Ask::Evaluate { points, need } => (points, need),
        };
        let sums = match need {
            Need::Value => Sums::Value,
            Need::Gradient | Need::Hessian => Sums::Info,
        };
        let pass = Pass::Derivs {
            points: points.iter().map(|x| at(x)).collect(),
            sums,
            precision: Precision::Plain,
            limits: limits.to_vec(),
        };
        let derivs = run.run(model, &pass)?.into_derivs();
        let evals: Vec<Eval> = derivs.iter().map(|d| space.minimised(d)).collect();
        ask = machine.tell(&evals);
        if sums == Sums::Info {
            infos += 1;
            last = points.into_iter().zip(derivs).next();
        }
    };
    let end = at(machine.point());
    let derivs = match last.filter(|(x, _)| x == machine.point()) {
        Some((_, derivs)) => derivs,
        None => {
            infos += 1;
            derivs_at(model, run, end.clone(), Sums::Info, Precision::Plain, limits)?
        }
    };
    Ok(Within { beta: end.beta, derivs, stop, infos, drift: Vec::new() })
}
