//! Own likelihoods: the text of a case, or the Gaussian around its mean, run from every one of its starts.

use super::case::{Case, strings};
use loglik::{Dispersion, Error, FitSpec, Fitted, SeKind, fit};
use serde_json::Value;

/// One fit from each start, the least likely first, so that a figure is as good as the worst run; `None` where the case
/// has no text and no mean.
pub(super) fn runs(case: &Case) -> Result<Option<Result<Vec<Fitted>, Error>>, String> {
    let Some(text) = text(case) else { return Ok(None) };
    let table = case.table()?;
    let mut spec = FitSpec::own(&text);
    let kind = case.json()["conventions"]["se"].as_str().unwrap_or_default();
    if kind.starts_with("gauss_newton") {
        (spec.se, spec.dispersion) = (Some(SeKind::Expected), Dispersion::Pearson);
    }
    let mut fits = Vec::new();
    for start in case.model("starts").as_array().into_iter().flatten() {
        spec.starts = starts(start);
        match fit(&spec, &table) {
            Ok(fitted) => fits.push(fitted),
            Err(error) => return Ok(Some(Err(error))),
        }
    }
    fits.sort_by(|a, b| a.result.loglik.0.total_cmp(&b.result.loglik.0));
    Ok(Some(Ok(fits)))
}

/// The text of a case.
fn text(case: &Case) -> Option<String> {
    if let Some(text) = case.model("text").as_str() {
        return Some(text.to_owned());
    }
    let (mean, response) = (case.model("mean").as_str()?, case.model("response").as_str()?);
    let params: Vec<String> =
        strings(case.model("parameters")).into_iter().filter(|p| p != "sigma").collect();
    Some(format!(
        "param {}\nparam sigma > 0\nloglik = gaussian_lpdf({response}, mu = {mean}, sigma = sigma)",
        params.join(", ")
    ))
}

/// A name of the case as a function of one of the program's: `log(sigma)` as the link `log` of `sigma`.
pub(super) fn function_of(name: &str) -> Option<(loglik::Link, &str)> {
    let (function, inner) = name.strip_suffix(')')?.split_once('(')?;
    Some((function.parse().ok()?, inner))
}

/// Starts in the program's names, on the natural scale.
fn starts(start: &Value) -> Vec<(String, f64)> {
    let named = start.as_object().into_iter().flatten();
    let natural = |(name, value): (&String, &Value)| {
        let value = value.as_f64().unwrap_or(f64::NAN);
        match function_of(name) {
            Some((link, inner)) => (inner.to_owned(), link.natural(value)),
            None => (name.clone(), value),
        }
    };
    named.map(natural).collect()
}
