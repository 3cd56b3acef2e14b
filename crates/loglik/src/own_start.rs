//! Where the climb of an own likelihood begins.
//!
//! The starts that the user gives, and where some are left open candidates scattered evenly over sizes and signs, compared
//! in one pass, of which the best few are climbed from. A nonlinear regression descends by damped Gauss-Newton steps first,
//! always from several places, as its sum of squares has a bound and the least is wanted; another likelihood for which the
//! user gave every start is climbed from there alone, since its wanted maximum may be a local one (mixtures).

use crate::own_check::some_chunks;
use crate::own_scatter::{Centre, scattered};
use crate::prepare::Prepared;
use crate::{Error, FitSpec};
use loglik_design::PART_ROWS;
use loglik_fit::{Descent, Executor, Model, Pass, Point, Precision, Predictor, Sums, least_squares};
use loglik_likelihood::{Likelihood, Link};
use loglik_num as num;
use loglik_own::{LeastSquares, Own, linear_coordinates};
use std::ops::ControlFlow;

/// Candidates that are compared, where rows are many and where they are not.
const CANDIDATES_OF_MANY: usize = 120;
const CANDIDATES: usize = 300;

/// Candidates for a regression of few rows, and what few is.
const MORE_CANDIDATES: usize = 600;
const FEW_ROWS: usize = 2_000;

/// Rows on which candidates are compared, about: beyond, a sample of the rows tells them apart.
const COMPARED: usize = 2_000;

/// Climbs from candidates beside the first start, where rows are many and where they are not.
const CLIMBS_OF_MANY: usize = 2;
const CLIMBS: usize = 4;

/// Ways down of a regression beside the one from its first start.
const DESCENTS: usize = 12;

/// Two ends whose sums of squares differ by less than this share are one.
const SAME: f64 = 1e-6;

/// Trials of a way down, and of a look down one.
const TRIALS: usize = 1_000;
const LOOK: usize = 60;

/// Rows beyond which a regression descends from its first start alone, and fewer starts of another likelihood are tried.
const MANY_ROWS: usize = 20_000;

/// Where to begin.
pub(crate) struct Begin {
    /// Coefficients in the fit's own columns, the best start first           `[..][p]`
    pub(crate) starts: Vec<Vec<f64>>,
    /// The start that stands in the request, 0 where it says nothing        `[p]`
    pub(crate) first: Vec<f64>,
    /// Coefficients that the text does not use: they stay where they are.
    pub(crate) flat: Vec<usize>,
    /// Whether the first of the starts is known to give every row a density.
    pub(crate) is_inside: bool,
}

/// Starts for a prepared own likelihood.
pub(crate) fn begin(
    spec: &FitSpec,
    prepared: &Prepared,
    own: &Own,
    run: &mut dyn Executor,
) -> Result<Begin, Error> {
    let first = first(spec, prepared, own)?;
    let flat: Vec<usize> = prepared.coefs.iter().filter(|c| !own.uses(c.k)).map(|c| c.at).collect();
    let rows = run.frame().rows.max(1);
    if let Some(squares) = LeastSquares::of(own)
        && let Some(sigma) = own.regression().map(|r| r.sigma)
    {
        let mut model = Model { likelihood: squares, ..prepared.model.clone() };
        model.predictors[sigma] = Predictor::fixed(0.0, Link::Log);
        let scale = prepared.coefs.iter().find(|c| c.k == sigma).map(|c| c.at);
        let active: Vec<usize> = (0..model.p).filter(|j| Some(*j) != scale && !flat.contains(j)).collect();
        let linear = linear(prepared, own, &flat)?;
        let descend = |run: &mut dyn Executor, beta: &[f64], trials: usize| {
            least_squares(&model, run, beta, &active, &linear, trials)
        };
        // All coordinates in step stay nearest to the user's start, which tells equal parts of a model apart; a climb over
        // the nonlinear ones alone goes farther.
        let mut ends = vec![
            least_squares(&model, run, &first.beta, &active, &[], TRIALS)?,
            descend(run, &first.beta, TRIALS)?,
        ];
        if rows <= MANY_ROWS {
            // Compared with their linear coordinates at their best.
            let mut near = Vec::new();
            let most = if rows <= FEW_ROWS { MORE_CANDIDATES } else { CANDIDATES };
            for start in scattered(prepared, own, &first.centre(&linear), most)? {
                near.push(descend(run, &start, 0)?);
            }
            near.retain(|end| end.value.is_finite());
            near.sort_by(|a, b| a.value.total_cmp(&b.value));
            near.truncate(DESCENTS);
            for Descent { beta: start, .. } in near {
                let look = descend(run, &start, LOOK)?;
                // Only what is lower already, or not far above and still falling, is worth the whole way.
                let bar = if look.is_settled { 1.0 - SAME } else { 2.0 };
                if look.value < bar * lowest(&ends) {
                    ends.push(descend(run, &look.beta, TRIALS)?);
                }
            }
        }
        let weight = prepared.rows.weight_sum;
        let with_scale = |end: &Descent| {
            let mut beta = end.beta.clone();
            if let Some(at) = scale {
                beta[at] = 0.5 * num::log((2.0 * end.value / weight).max(f64::MIN_POSITIVE));
            }
            beta
        };
        if let Some(end) = least(&ends) {
            // The damping remembers the greatest curvature of the way; near the end a fresh one takes whole steps.
            let last = least_squares(&model, run, &end.beta, &active, &[], TRIALS)?;
            let end = if last.value <= end.value { &last } else { end };
            return Ok(Begin { starts: vec![with_scale(end)], first: first.beta, flat, is_inside: false });
        }
    }
    let mut starts = vec![first.beta.clone()];
    let mut is_inside = false;
    if !first.is_given {
        let (candidates, climbs) = match rows > MANY_ROWS {
            true => (CANDIDATES_OF_MANY, CLIMBS_OF_MANY),
            false => (CANDIDATES, CLIMBS),
        };
        let near = scattered(prepared, own, &first.centre(&[]), candidates)?;
        run.sample((rows / COMPARED).max(1));
        let more = best(&prepared.model, run, near, climbs);
        run.sample(1);
        let mut more = more?;
        let at_first = value(&prepared.model, run, &starts)?[0];
        is_inside = at_first.is_finite();
        if at_first == f64::NEG_INFINITY && !more.is_empty() {
            starts = vec![more.remove(0)];
        }
        starts.extend(more);
    }
    Ok(Begin { starts, first: first.beta, flat, is_inside })
}

/// Coefficients in which the residuals are linear together.
fn linear(prepared: &Prepared, own: &Own, flat: &[usize]) -> Result<Vec<usize>, Error> {
    const ROWS: usize = 64;
    let few = |column: &Vec<f64>| {
        let mut rows: Vec<f64> = column.iter().take(ROWS).copied().collect();
        rows.resize(ROWS, rows.last().copied().unwrap_or(0.0));
        rows
    };
    let mut y: Vec<Vec<f64>> = Vec::new();
    some_chunks(prepared, PART_ROWS, &mut |chunk| {
        y = chunk.y.iter().map(few).collect();
        ControlFlow::Break(())
    })?;
    let y: Vec<&[f64]> = y.iter().map(Vec::as_slice).collect();
    let coordinates = linear_coordinates(own, &y);
    let coefs = prepared.coefs.iter().filter(|c| coordinates.contains(&c.k) && !flat.contains(&c.at));
    Ok(coefs.map(|c| c.at).collect())
}

/// The start that stands in the request.
struct First {
    /// Coefficients in the fit's own columns                                 `[p]`
    beta: Vec<f64>,
    /// Whether every parameter that is estimated has a start from the user.
    is_given: bool,
    /// Coordinates that have one                                             `[k]`
    given: Vec<bool>,
}

impl First {
    /// What points are scattered about; `linear` coefficients need no place.
    fn centre<'a>(&'a self, linear: &'a [usize]) -> Centre<'a> {
        Centre { beta: &self.beta, given: &self.given, linear }
    }
}

fn first(spec: &FitSpec, prepared: &Prepared, own: &Own) -> Result<First, Error> {
    let what = own.spec();
    let mut given = own.given_starts();
    let mut user = vec![0.0; prepared.model.p];
    for coef in prepared.coefs.iter().filter(|c| c.coef.term.is_none()) {
        user[coef.at] = own.start(coef.k);
    }
    for (name, value) in &spec.starts {
        let Some(coef) = prepared.coefs.iter().find(|c| c.name == *name) else {
            if spec.fixed.iter().any(|(fixed, _)| fixed == name) {
                continue;
            }
            let known = prepared.coefs.iter().map(|c| c.name.as_str());
            return Err(Error::unknown_word("start", name, known));
        };
        let is_predictor = prepared.named.contains(&coef.k);
        user[coef.at] = if is_predictor { *value } else { what.params[coef.k].support.coordinate(*value) };
        given[coef.k] = true;
        if !user[coef.at].is_finite() {
            return Err(Error::request(format!("start {name} = {value}: outside the range of `{name}`")));
        }
    }
    let open = |k: &usize| !given[*k] && !prepared.model.predictors[*k].is_fixed();
    let is_given = !(0..what.k()).any(|k| open(&k));
    Ok(First { beta: prepared.map.to_internal(&user), is_given, given })
}

/// Log-likelihoods at some points                                             `[..]`
pub(crate) fn value(model: &Model, run: &mut dyn Executor, points: &[Vec<f64>]) -> Result<Vec<f64>, Error> {
    let points = points.iter().map(|beta| Point::new(beta.clone())).collect();
    let pass = Pass::Derivs { points, sums: Sums::Value, precision: Precision::Plain, limits: Vec::new() };
    let values = run.run(model, &pass)?.into_derivs();
    Ok(values.iter().map(|d| if d.loglik.hi.is_nan() { f64::NEG_INFINITY } else { d.loglik.hi }).collect())
}

/// The most likely of some points, best first; none where the log-likelihood is -inf.
fn best(
    model: &Model,
    run: &mut dyn Executor,
    points: Vec<Vec<f64>>,
    n: usize,
) -> Result<Vec<Vec<f64>>, Error> {
    let values = value(model, run, &points)?;
    let mut ranked: Vec<(f64, Vec<f64>)> =
        values.into_iter().zip(points).filter(|(v, _)| v.is_finite()).collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
    Ok(ranked.into_iter().take(n).map(|(_, beta)| beta).collect())
}

/// The end of least value; of those that are equally good the one that was found first, so that a start of the user
/// decides which of several equal parts of a model is called by which name.
fn least(ends: &[Descent]) -> Option<&Descent> {
    let least = lowest(ends);
    ends.iter().find(|end| end.value.is_finite() && end.value <= least * (1.0 + SAME))
}

/// The least value.
fn lowest(ends: &[Descent]) -> f64 {
    ends.iter().map(|end| end.value).fold(f64::INFINITY, f64::min)
}
