//! Maximum likelihood: from a model and an executor to a fit.
//!
//! Start from the likelihood's own starts, find the rank of the design, climb, look at the ends of parameters' ranges,
//! polish in double-double where the work is small, and sum everything once more at the end. Nothing printed comes from a
//! cheaper sum than the last.

use crate::boundary;
use crate::climb::{Climb, Setting, UNBOUNDED, climb, is_location};
use crate::executor::{Executor, RunError};
use crate::existence::{self, Verdict};
use crate::fit::Fit;
use crate::gather::Gather;
use crate::model::Model;
use crate::notes::Finding;
use crate::pass::{Point, Recession};
use crate::quadratic;
use crate::rank::{self, Rank};
use crate::sample;
use crate::starts;
use crate::tally::Derivs;
use crate::{edge, polish, quantile, zero_start};
use loglik_likelihood::Moments;
use loglik_num::{Eigen, eigenvalue_range};
use loglik_optim::{Reason, Stop};
use std::sync::Arc;

/// Which optimiser climbs.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Method {
    /// Damped Newton.
    #[default]
    Newton,
    /// Limited-memory BFGS.
    Lbfgs,
    /// Gradient descent, with a learning rate on the mean gradient or one chosen from the first Hessian.
    Gradient(Option<f64>),
}

/// Sums over rows at a point, rows at infinity moved.
pub type SumsAt = fn(&Point, &[Recession]) -> Arc<dyn Gather>;

/// How a fit is made.
#[derive(Clone, Debug, Default)]
pub struct FitOptions {
    /// The optimiser.
    pub method: Method,
    /// The most iterations; a default by method where absent.
    pub iterations: Option<usize>,
    /// Starts to use instead of the likelihood's own                         `[..][p]`
    pub starts: Vec<Vec<f64>>,
    /// Coefficients that stay where the start has them.
    pub held: Vec<usize>,
    /// What else is wanted at the maximum: gathered with its information where a read of its own would be dear.
    pub beside: Option<SumsAt>,
    /// Whether only the log-likelihood is wanted, and the coefficients no finer than it shows them.
    pub value_only: bool,
    /// Whether the last digits are left out: in one of many fits to drawn data chance moves far earlier ones.
    pub plain: bool,
}

/// Maximises the likelihood of `model` over the data of `run`.
///
/// # Errors
/// When a pass cannot be carried out. A fit that did not converge is `Ok`; its stop says why.
pub fn maximise(model: &Model, run: &mut dyn Executor, options: &FitOptions) -> Result<Fit, RunError> {
    if quantile::applies(model) {
        return quantile::maximise_exactly(model, run);
    }
    let before = run.passes();
    let (moments, offsets) = starts::moments(model, run)?;
    if let Some(beta) = edge::coefficients(model, &moments) {
        return edge::fit(model, run, beta, moments, before);
    }
    let starts = if options.starts.is_empty() {
        let us = model.likelihood.starts(&moments);
        us.iter().map(|u| starts::start(model, u, &offsets, run)).collect::<Result<Vec<_>, _>>()?
    } else {
        options.starts.clone()
    };
    let solved = quadratic::solve(model, run, options, &starts)?;
    let samples = match &solved {
        Some(_) => Vec::new(),
        None => sample::start(model, run, options, &starts, moments.weight)?,
    };
    let (gram, solution) = solved.unzip();
    let mut begin = solution.map_or_else(|| starts.clone(), |beta| vec![beta]);
    if !samples.is_empty() {
        begin = samples.iter().map(|sample| sample.beta.clone()).collect();
    }
    let sample = samples.first().filter(|_| samples.len() == 1);
    let mut rank = Rank::full(model.p);
    let assumed = sample.is_some() || gram.is_some() || shows_rank(model);
    if !assumed {
        rank = rank::of_design(model, run)?;
    }
    rank.active.retain(|j| !options.held.contains(j));
    let matrix = sample.and_then(|sample| sample.matrix());
    let all = Setting::new(model, &rank, options, moments.weight, run.frame());
    // Information that follows from a Gram costs no more than a score.
    let dearness = if gram.is_some() { 1.0 } else { all.dearness };
    let setting = Setting { assumed, matrix, dearness, gram: gram.as_ref(), ..all };
    begin.extend(zero_start::start(&setting, run, &begin[0])?);
    let mut climbs = climb_all(&setting, run, &begin)?;
    // A maximum of the sample may give no density to a row outside it.
    if !samples.is_empty() && !climbs.iter().any(|climb| climb.loglik.is_finite()) {
        begin = starts;
        climbs = climb_all(&setting, run, &begin)?;
    }
    let found;
    if climbs.iter().any(|climb| climb.deficient) {
        let mut full = rank::of_design(model, run)?;
        full.active.retain(|j| !options.held.contains(j));
        found = full;
        let setting = Setting::new(model, &found, options, moments.weight, run.frame());
        climbs = climb_all(&setting, run, &begin)?;
        rank = found;
    }
    let setting = Setting::new(model, &rank, options, moments.weight, run.frame());
    climbs.sort_by(|a, b| b.loglik.total_cmp(&a.loglik));
    let maxima = distinct_maxima(&climbs);
    let best = climbs.swap_remove(0);
    let settled = boundary::settle(&setting, run, best, &moments)?;
    if let Some((beta, limit)) = settled.edge {
        return edge::at_limit(model, run, beta, limit, moments, before);
    }
    let mut fit = finish(&setting, &settled.model, run, settled.climb, moments)?;
    fit.passes = run.passes() - before;
    fit.findings.extend(settled.findings);
    if maxima.len() > 1 {
        fit.findings.push(Finding::SeveralMaxima(maxima));
    }
    Ok(fit)
}

/// One climb from each start.
fn climb_all(
    setting: &Setting<'_>,
    run: &mut dyn Executor,
    starts: &[Vec<f64>],
) -> Result<Vec<Climb>, RunError> {
    starts.iter().map(|start| climb(setting, run, start.clone())).collect()
}

/// Log-likelihoods of the climbs that differ by more than rounding, best first.
fn distinct_maxima(climbs: &[Climb]) -> Vec<f64> {
    let mut maxima: Vec<f64> = Vec::new();
    for climb in climbs.iter().filter(|c| c.stop.reason.is_success()) {
        // Two climbs to one maximum agree far better than this; two maxima never do.
        if maxima.iter().all(|l| (l - climb.loglik).abs() > 1e-6 * (1.0 + l.abs())) {
            maxima.push(climb.loglik);
        }
    }
    maxima
}

/// Whether the information at any point shows the rank of the design: the likelihood is concave and has one predictor.
fn shows_rank(model: &Model) -> bool {
    let estimated = model.predictors.iter().filter(|p| !p.is_fixed()).count();
    model.p > 0 && model.likelihood.spec().concave && estimated == 1 && model.is_direct(0)
}

/// Polishes, sums once more, and writes down the outcome.
fn finish(
    setting: &Setting<'_>,
    model: &Model,
    run: &mut dyn Executor,
    climb: Climb,
    moments: Moments,
) -> Result<Fit, RunError> {
    let (weight, rank) = (setting.weight, setting.rank.clone());
    let options = setting.options;
    let halted = match climb.stop.reason {
        Reason::NoDescent => true,
        Reason::IterationLimit => options.method == Method::Newton && options.iterations.is_none(),
        _ => false,
    };
    let (point, mut end, precise) = match options.plain {
        true => polish::as_it_is(model, run, &climb)?,
        false => polish::polish(model, run, &climb, weight, halted)?,
    };
    let mut findings: Vec<Finding> = rank
        .aliased
        .iter()
        .map(|(coef, equals)| Finding::Aliased { coef: *coef, equals: equals.clone() })
        .collect();
    let condition = condition(&end, &climb.estimated, model.p);
    if condition > polish::ILL_CONDITIONED {
        findings.push(Finding::IllConditioned(condition));
    }
    if end.peak > UNBOUNDED || climb.stop.reason == Reason::Unbounded {
        findings.push(Finding::Unbounded);
    }
    let verdict = if climb.limits.is_empty() {
        Verdict::Finite
    } else if !climb.estimated.iter().any(|j| is_location(model, *j)) {
        Verdict::Complete
    } else {
        Verdict::Quasi
    };
    if verdict == Verdict::Complete {
        let supremum = existence::supremum(model, run, &point, &climb.limits)?;
        // A row that cannot be taken so far keeps the value where it is.
        if supremum.hi >= end.loglik.hi {
            end.loglik = supremum;
        }
    }
    let reason = if halted && precise.is_some() { Reason::RoundingFloor } else { climb.stop.reason };
    let stop = Stop { decrement: precise.unwrap_or(climb.stop.decrement), reason, ..climb.stop };
    Ok(Fit {
        model: model.clone(),
        point,
        end,
        rank,
        estimated: climb.estimated,
        limits: climb.limits,
        null: climb.null,
        verdict,
        stop,
        passes: 0,
        condition,
        moments,
        findings,
    })
}

/// Condition number of the information scaled to a unit diagonal, as a design's: the square root of its eigenvalues'
/// ratio; infinite where the information is not positive definite.
pub(crate) fn condition(end: &Derivs, active: &[usize], p: usize) -> f64 {
    let q = active.len();
    if q == 0 {
        return 1.0;
    }
    let mut square = crate::objective::square(&end.info, active, p);
    let d: Vec<f64> = (0..q).map(|i| square[i * q + i].abs().sqrt()).collect();
    for i in 0..q {
        for j in 0..q {
            square[i * q + j] /= d[i] * d[j];
        }
    }
    // Eigenvalues of a large matrix are dear, and only their order of magnitude is read.
    if q > 400 {
        return f64::NAN;
    }
    // Rotations are exact for small eigenvalues and slow for many.
    let (least, most) = if q <= 32 {
        let values = Eigen::new(&square, q).values;
        values.iter().fold((f64::INFINITY, 0.0_f64), |(a, b), v| (a.min(*v), b.max(*v)))
    } else {
        eigenvalue_range(&square, q)
    };
    if least > 0.0 { (most / least).sqrt() } else { f64::INFINITY }
}
