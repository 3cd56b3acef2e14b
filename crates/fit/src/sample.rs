//! A start near the answer: the fit of a sample of the rows.
//!
//! Where passes are dear, every eighth part or so, scattered over the data, is fitted to the end first. All rows then
//! begin within a few standard errors of their maximum, with an information matrix that is right to a few per cent. A
//! sample that is separated, deficient or not converged proves nothing and is dropped.

use crate::executor::{Executor, RunError};
use crate::maximise::{FitOptions, Method, Setting, climb, derivs_at};
use crate::model::Model;
use crate::pass::{Point, Precision, Sums};
use crate::rank::Rank;
use loglik_design::PART_ROWS;

/// Parts for each part of the sample.
const SHARE: usize = 8;

/// Rows of the sample for each coefficient, at least.
const ROWS_A_COEF: usize = 50;

/// The fit of a sample.
pub(crate) struct Sample {
    /// Coefficients                                                        `[p]`
    pub(crate) beta: Vec<f64>,
    /// Information, scaled to all rows                                      `[p, p]`
    pub(crate) info: Vec<f64>,
}

/// Fits a sample where that pays; `None` where it does not or proves nothing.
pub(crate) fn start(
    model: &Model,
    run: &mut dyn Executor,
    options: &FitOptions,
    starts: &[Vec<f64>],
    weight: f64,
) -> Result<Option<Sample>, RunError> {
    let (parts, p) = (run.parts(), model.p);
    let [begin] = starts else { return Ok(None) };
    let needed = (ROWS_A_COEF * p).div_ceil(PART_ROWS);
    let sampled = (parts / SHARE).max(needed).max(1);
    if options.method != Method::Newton || options.start.is_some() || p < 2 || parts < 3 * sampled {
        return Ok(None);
    }
    let stride = parts / sampled;
    let read = parts.div_ceil(stride);
    run.sample(stride);
    let found = fit(model, run, options, begin, weight * read as f64 / parts as f64, read * PART_ROWS);
    run.sample(1);
    let scale = parts as f64 / read as f64;
    Ok(found?.map(|sample| Sample { info: sample.info.iter().map(|v| v * scale).collect(), ..sample }))
}

fn fit(
    model: &Model,
    run: &mut dyn Executor,
    options: &FitOptions,
    begin: &[f64],
    weight: f64,
    rows: usize,
) -> Result<Option<Sample>, RunError> {
    let rank = Rank::full(model.p);
    let setting = Setting { model, rank: &rank, options, weight, rows, assumed: true, matrix: None };
    let climb = climb(&setting, run, begin.to_vec())?;
    let useful = climb.stop.reason.is_success()
        && !climb.deficient
        && climb.limits.is_empty()
        && climb.runaways.is_empty();
    if !useful {
        return Ok(None);
    }
    let info = match climb.end {
        Some(end) => end.info,
        None => {
            let point = Point::new(climb.beta.clone());
            derivs_at(model, run, point, Sums::Info, Precision::Plain, &[])?.info
        }
    };
    Ok(Some(Sample { beta: climb.beta, info }))
}
