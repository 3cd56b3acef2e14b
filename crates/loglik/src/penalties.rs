//! Penalties in the words of a request, taken to the columns inside a fit: ridge, lasso, and their mixture.
//!
//! What is minimised is -loglik / W + lambda (r sum |b_j| + (1 - r) / 2 sum b_j^2), W the sum of weights, b the main formula's
//! coefficients but the intercept; the loss of a likelihood with a dispersion is half its unit deviance. A softmax is
//! penalised symmetrically, one vector a class: what is reported are the differences from the base class, and the quadratic
//! form in these does not depend on which class that is. Friedman, Hastie & Tibshirani (2010), Journal of Statistical
//! Software 33(1).

use crate::prepare::{NamedCoef, Prepared};
use crate::{Error, Exit, FitSpec};
use loglik_fit::{ColumnSums, Executor, Fit, Penalty, Verdict, column_sums, is_wide, maximise_penalised};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How much is taken off for large coefficients.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PenaltySpec {
    /// Amount, per unit of weight.
    pub lambda: f64,
    /// Share of the absolute values: 0 is ridge, 1 the lasso.
    pub l1_ratio: f64,
    /// Whether coefficients are compared on columns divided by their standard deviation.
    pub standardize: bool,
    /// Factors of single terms, by machine name; rescaled so that their mean over all terms is 1.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub factors: Vec<(String, f64)>,
}

/// Bytes that matrices of all coefficients may take together.
const MATRICES: u64 = 12_000_000_000;

/// Refuses more coefficients than a matrix of them can be formed of, where the fit needs one.
pub(crate) fn refuse_too_many(spec: &FitSpec, prepared: &Prepared) -> Result<(), Error> {
    let p = prepared.model.p;
    if is_free_of_matrices(spec, p) {
        return Ok(());
    }
    // One a thread, their sum, its factor, its inverse.
    let bytes = 8 * (p as u64).saturating_mul(p as u64).saturating_mul(spec.threads() as u64 + 3);
    if bytes <= MATRICES {
        return Ok(());
    }
    let message = format!(
        "{p} coefficients with standard errors need matrices of {} GB, more than {} GB",
        bytes / 1_000_000_000,
        MATRICES / 1_000_000_000
    );
    Err(Error::new("memory_limit", Exit::Resources, message).remedy(
        "group the levels, or shrink the coefficients with --penalty ridge:0.001 (no standard errors)",
    ))
}

/// Whether a fit forms no matrix of all coefficients.
pub(crate) fn is_free_of_matrices(spec: &FitSpec, p: usize) -> bool {
    is_wide(p) && spec.penalty.as_ref().is_some_and(|penalty| penalty.l1_ratio == 0.0)
}

impl PenaltySpec {
    /// From `ridge:L`, `lasso:L` or `en:L`.
    ///
    /// * `l1_ratio` share of the absolute values, for `en` alone
    ///
    /// # Errors
    /// Another word, a number that is none or negative, a share outside of 0 to 1.
    pub fn parse(text: &str, l1_ratio: Option<f64>) -> Result<Self, Error> {
        let (word, amount) = text.split_once(':').unwrap_or((text, ""));
        let ratio = match (word, l1_ratio) {
            ("ridge", None) => 0.0,
            ("lasso", None) => 1.0,
            ("en", Some(ratio)) if (0.0..=1.0).contains(&ratio) => ratio,
            ("en", Some(ratio)) => {
                return Err(Error::request(format!("--l1-ratio {ratio}: must lie in 0 to 1")));
            }
            ("en", None) => {
                return Err(Error::request("--penalty en needs --l1-ratio").remedy("e.g. --l1-ratio 0.5"));
            }
            ("ridge" | "lasso", Some(_)) => {
                return Err(Error::request("--l1-ratio belongs to --penalty en:LAMBDA"));
            }
            (other, _) => {
                return Err(Error::unknown_word("penalty", other, ["ridge", "lasso", "en"].into_iter()));
            }
        };
        let lambda = amount.parse::<f64>().ok().filter(|l| *l >= 0.0 && l.is_finite());
        let Some(lambda) = lambda else {
            let message = format!("--penalty {text}: the amount must be a number, 0 or above");
            return Err(Error::request(message).remedy(format!("write --penalty {word}:0.1")));
        };
        Ok(Self { lambda, l1_ratio: ratio, standardize: false, factors: Vec::new() })
    }
}

/// The penalised fit.
pub(crate) fn fit(spec: &PenaltySpec, prepared: &Prepared, run: &mut dyn Executor) -> Result<Fit, Error> {
    let penalty = penalty(spec, prepared, run)?;
    let fit = maximise_penalised(&prepared.model, run, &penalty)?;
    if fit.verdict != Verdict::Finite {
        let message =
            "terms without a penalty (the intercept among them) have no finite maximum in these data";
        return Err(Error::new("parameter_at_infinity", Exit::Infinite, message)
            .remedy("the same fit without --penalty names the rows and terms"));
    }
    Ok(fit)
}

/// The penalty on the columns of the chunks.
fn penalty(spec: &PenaltySpec, prepared: &Prepared, run: &mut dyn Executor) -> Result<Penalty, Error> {
    let model = &prepared.model;
    let what = model.likelihood.spec();
    if model.likelihood.check_loss().is_some() {
        return Err(Error::request(format!("--penalty: {} is not built with a penalty", what.name)));
    }
    if what.shared_predictor && spec.l1_ratio > 0.0 {
        return Err(Error::request("--penalty lasso or en of a softmax is not built")
            .remedy("use --penalty ridge:LAMBDA"));
    }
    let coefs: Vec<&NamedCoef> =
        prepared.coefs.iter().filter(|c| prepared.in_main(c.at) && c.coef.term.is_some()).collect();
    if coefs.is_empty() {
        return Err(Error::request("--penalty: the formula has no term to penalise"));
    }
    let factors = factors(spec, &coefs)?;
    let ColumnSums { weight, sums } = column_sums(model, run)?;
    let p = model.p;
    let mut out = Penalty {
        absolute: vec![0.0; p],
        quadratic: vec![Vec::new(); p],
        dispersion: what.precision.map(|x| x.param).filter(|k| model.predictors[*k].is_constant()),
    };
    let mut twins: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    coefs.iter().for_each(|c| twins.entry(&c.coef.name).or_default().push(c.at));
    for (coef, factor) in coefs.iter().zip(&factors) {
        let scale = prepared.map.scale(coef.at);
        let [sum, squares] = sums[coef.at];
        let mean = sum / weight;
        let sd = (squares / weight - mean * mean).max(0.0).sqrt();
        let size = if spec.standardize { sd } else { scale.abs() };
        let amount = weight * spec.lambda * factor;
        out.absolute[coef.at] = amount * spec.l1_ratio * size;
        let square = amount * (1.0 - spec.l1_ratio) * size * size;
        if square == 0.0 {
            continue;
        }
        if !what.shared_predictor {
            out.quadratic[coef.at].push((coef.at, square));
            continue;
        }
        // Least sum of squares of one vector a class with these differences from the base's.
        let classes = (what.k() + 1) as f64;
        for other in &twins[coef.coef.name.as_str()] {
            let share = f64::from(coef.at == *other) - 1.0 / classes;
            out.quadratic[coef.at].push((*other, square * share));
        }
    }
    Ok(out)
}

/// Factors of the coefficients, with mean 1.
fn factors(spec: &PenaltySpec, coefs: &[&NamedCoef]) -> Result<Vec<f64>, Error> {
    for (name, factor) in &spec.factors {
        if !coefs.iter().any(|c| c.coef.name == *name) {
            let names = coefs.iter().map(|c| c.coef.name.as_str());
            return Err(Error::unknown_word("--penalty-factor", name, names));
        }
        if *factor < 0.0 || !factor.is_finite() {
            return Err(Error::request(format!("--penalty-factor {name}={factor}: must be 0 or above")));
        }
    }
    let of =
        |c: &&NamedCoef| spec.factors.iter().find(|(name, _)| *name == c.coef.name).map_or(1.0, |(_, f)| *f);
    let all: Vec<f64> = coefs.iter().map(of).collect();
    let mean = all.iter().sum::<f64>() / all.len() as f64;
    if mean == 0.0 {
        return Err(Error::request("--penalty-factor: some factor must be above 0"));
    }
    Ok(all.into_iter().map(|f| f / mean).collect())
}
