//! A start near the answer: the fit of a sample of the rows, itself begun from a smaller sample.
//!
//! Where passes are dear, some chunks scattered over the data are fitted first. All rows then begin within a few
//! standard errors of their maximum, with an information matrix that is right to a few per cent. A sample says nothing
//! finer than its own errors, so it is not fitted further than that, and nothing is concluded from one that is separated
//! or deficient. Where a likelihood is climbed from several starts, samples tell which of them end at the same maximum.

use crate::climb::{Setting, climb, derivs_at};
use crate::executor::{Executor, RunError};
use crate::maximise::{FitOptions, Method};
use crate::model::Model;
use crate::pass::{Point, Precision, Sums};
use crate::rank::{self, Rank};
use loglik_design::{BlockSpec, PART_ROWS, chunk_rows};

/// Rows for each row of a sample.
const SHARE: usize = 12;

/// Samples within samples, at most.
const LEVELS: u32 = 3;

/// Rows of a sample for each coefficient, at least.
const ROWS_A_COEF: usize = 50;

/// Rows of a sample, at least.
const ROWS: usize = 4_000;

/// Rows of a sample that tells several starts apart, at least.
const ROWS_OF_SEVERAL: usize = 2_000;

/// Information below which a sample says nothing of a coefficient: that of about one row that tells.
const LEAST: f64 = 0.5;

/// Information of a coefficient below which a sample's matrix is too rough to step by: a fifth is its error.
const ENOUGH: f64 = 25.0;

/// Numbers in a pass below which sampling saves nothing that could be noticed.
const SMALL: usize = 200_000;

/// The square of a distance, for each coefficient and in the sample's own standard errors, above which two ends of climbs
/// are two maxima: climbs stop within a tenth of it.
const APART: f64 = 1.0;

/// A maximum of a sample.
pub(crate) struct Sample {
    /// Coefficients                                                        `[p]`
    pub(crate) beta: Vec<f64>,
    /// Information, scaled to all rows; absent where the sample does not tell all coefficients `[p, p]`
    info: Option<Vec<f64>>,
    /// Whether each coefficient is told well enough for steps by that information.
    is_fine: bool,
    /// Rows, by weight, for each of the sample.
    scale: f64,
    loglik: f64,
}

impl Sample {
    /// The information, where it is fine enough to step by                  `[p, p]`
    pub(crate) fn matrix(&self) -> Option<&[f64]> {
        self.info.as_deref().filter(|_| self.is_fine)
    }
}

/// Fits samples where that pays, small ones first: the maxima found, the best first; none where it does not pay or proves
/// nothing.
pub(crate) fn start(
    model: &Model,
    run: &mut dyn Executor,
    options: &FitOptions,
    starts: &[Vec<f64>],
    weight: f64,
) -> Result<Vec<Sample>, RunError> {
    let (rows, p) = (run.frame().rows, model.p);
    let small = rows.saturating_mul(p + 3) < SMALL;
    // A single start that was asked for is near already, or meant for one of several maxima.
    let is_meant = options.starts.len() == 1;
    if options.method != Method::Newton || is_meant || !options.held.is_empty() || p == 0 || small {
        return Ok(Vec::new());
    }
    let least = ROWS.max(ROWS_A_COEF * p);
    let chunks = PART_ROWS.min(rows).div_ceil(chunk_rows(p));
    let mut found: Vec<Sample> = Vec::new();
    let levels = (1..=LEVELS).rev().map(|level| SHARE.pow(level));
    // Every part has a chunk in the sample, however few are asked for.
    let mut shares: Vec<usize> =
        levels.filter(|every| rows / every >= least && *every <= 2 * chunks).collect();
    // Which of several starts end at the same maximum shows in fewer rows.
    let few = rows / ROWS_OF_SEVERAL.max(ROWS_A_COEF * p);
    if starts.len() > 1 && shares.first().is_some_and(|every| 2 * every < few) {
        shares.insert(0, few);
    }
    for every in shares {
        let begins =
            if found.is_empty() { starts } else { &found.iter().map(|s| s.beta.clone()).collect::<Vec<_>>() };
        run.sample(every);
        let samples: Result<Vec<_>, _> =
            begins.iter().map(|begin| fit(model, run, options, begin, weight, every)).collect();
        run.sample(1);
        let maxima = distinct(samples?.into_iter().flatten().collect());
        if !maxima.is_empty() {
            found = maxima;
        }
    }
    Ok(found)
}

/// Maxima that are further apart than the errors of their climbs, the best first.
fn distinct(mut samples: Vec<Sample>) -> Vec<Sample> {
    samples.sort_by(|a, b| b.loglik.total_cmp(&a.loglik));
    let mut out: Vec<Sample> = Vec::new();
    for sample in samples {
        let p = sample.beta.len();
        let is_near = |known: &Sample| {
            let Some(info) = &known.info else { return false };
            let gap: Vec<f64> = sample.beta.iter().zip(&known.beta).map(|(a, b)| a - b).collect();
            let entries = (0..p * p).map(|at| gap[at / p] * info[at] * gap[at % p]);
            entries.sum::<f64>() < APART * p as f64 * known.scale
        };
        if !out.iter().any(is_near) {
            out.push(sample);
        }
    }
    out
}

/// Draws the levels of a categorical to their mean, each as far as its own error lets it be chance: a rare level is mostly
/// noise in a sample, and noise is what all rows would have to climb back from. The variance between levels is that of
/// moments (DerSimonian & Laird 1986, Controlled Clinical Trials 7, 177-188).
///
/// * `beta` coefficients                                                   `[coefs]`
/// * `info` what the sample knows of each, one over its squared error      `[coefs]`
fn shrink(beta: &mut [f64], info: &[f64]) {
    let known = |i: &usize| info[*i] >= LEAST;
    let (mut count, mut sum, mut squares, mut mean) = (0.0, 0.0, 0.0, 0.0);
    for i in (0..beta.len()).filter(known) {
        count += 1.0;
        sum += info[i];
        squares += info[i] * info[i];
        mean += info[i] * beta[i];
    }
    // Two levels do not tell how far levels differ.
    if count < 3.0 {
        return;
    }
    mean /= sum;
    let spread: f64 =
        (0..beta.len()).filter(known).map(|i| info[i] * (beta[i] - mean) * (beta[i] - mean)).sum();
    let between = ((spread - (count - 1.0)) / (sum - squares / sum)).max(0.0);
    for i in 0..beta.len() {
        let kept = if known(&i) { between * info[i] / (between * info[i] + 1.0) } else { 0.0 };
        beta[i] = mean + kept * (beta[i] - mean);
    }
}

fn fit(
    model: &Model,
    run: &mut dyn Executor,
    options: &FitOptions,
    begin: &[f64],
    all: f64,
    every: usize,
) -> Result<Option<Sample>, RunError> {
    let p = model.p;
    let mut rank = Rank::full(p);
    let mut first = None;
    if run.frame().blocks.iter().any(|block| matches!(block, BlockSpec::Levels(..))) {
        let point = Point::new(begin.to_vec());
        let known = derivs_at(model, run, point, Sums::Info, Precision::Plain, &[])?;
        rank.active.retain(|j| known.info[j * p + j] >= LEAST);
        first = Some(known);
    }
    let whole = Setting::new(model, &rank, options, all / every as f64, run.frame());
    let setting = Setting { assumed: true, sample: true, first: first.as_ref(), ..whole };
    let mut climb = climb(&setting, run, begin.to_vec())?;
    if !climb.stop.reason.is_success() || !climb.runaways.is_empty() {
        return Ok(None);
    }
    // A start that is as near is kept: it may be that of all rows.
    if climb.stop.iterations == 0 {
        climb.beta.copy_from_slice(begin);
    }
    let end = match climb.end {
        Some(end) => end,
        None => {
            let point = Point::new(climb.beta.clone());
            derivs_at(model, run, point, Sums::Info, Precision::Plain, &[])?
        }
    };
    // What the sample hardly knows is as good at its start, and may be running off.
    let unknown: Vec<usize> = (0..p).filter(|j| end.info[j * p + j] < LEAST).collect();
    unknown.iter().for_each(|j| climb.beta[*j] = begin[*j]);
    for piece in model.predictors.iter().flat_map(|predictor| &predictor.pieces) {
        if matches!(run.frame().blocks[piece.block], BlockSpec::Levels(..)) {
            let range = piece.first..piece.first + piece.coefs;
            let known: Vec<f64> = range.clone().map(|j| end.info[j * p + j]).collect();
            shrink(&mut climb.beta[range], &known);
        }
    }
    let known = unknown.is_empty() && rank::is_clearly_full(&end.info, p);
    let is_fine = (0..p).all(|j| end.info[j * p + j] >= ENOUGH);
    let scale = all / end.weight;
    let info = known.then(|| end.info.iter().map(|v| v * scale).collect());
    Ok(Some(Sample { beta: climb.beta, info, is_fine, scale, loglik: end.loglik.hi }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rare_levels_are_drawn_to_the_mean_and_common_ones_stay() {
        let (mut beta, info) = ([-1.0, 1.0, -0.9, 1.1, 5.0, 9.0], [1e4, 1e4, 1e4, 1e4, 0.6, 0.1]);
        shrink(&mut beta, &info);
        assert!((beta[0] + 1.0).abs() < 1e-3 && (beta[3] - 1.1).abs() < 1e-3, "{beta:?}");
        // An error of 1.3 beside levels that differ by 1, and one that the sample does not know.
        assert!(beta[4] > 1.0 && beta[4] < 3.5 && (beta[5] - 0.05).abs() < 0.01, "{beta:?}");
        let (mut alike, same) = ([0.1, -0.2, 0.15], [10.0, 10.0, 10.0]);
        shrink(&mut alike, &same);
        assert!(alike.iter().all(|b| (b - 0.05 / 3.0).abs() < 1e-12), "{alike:?}");
        let (mut two, known) = ([3.0, -3.0], [1.0, 1.0]);
        shrink(&mut two, &known);
        assert_eq!(two, [3.0, -3.0]);
    }

    #[test]
    fn ends_within_the_error_of_their_climbs_are_one_maximum() {
        // A twelfth of the rows, 25 of information among them: a standard error of a fifth.
        let end = |beta: f64, loglik: f64| Sample {
            beta: vec![beta],
            info: Some(vec![12.0 * 25.0]),
            is_fine: true,
            scale: 12.0,
            loglik,
        };
        let found = distinct(vec![end(3.1, -9.0), end(1.0, -8.0), end(1.15, -7.0), end(1.4, -8.5)]);
        assert_eq!(found.iter().map(|s| s.beta[0]).collect::<Vec<_>>(), [1.15, 1.4, 3.1]);
        let blind = |beta| Sample { info: None, ..end(beta, 0.0) };
        assert_eq!(distinct(vec![blind(1.0), blind(1.0)]).len(), 2, "nothing tells how far apart they are");
    }
}
