//! Penalised cases: one fit for each amount, bias reduction as one fit.

use super::case::Case;
use loglik::{BiasReduction, Error, FitSpec, Fitted, PenaltySpec, Table, fit};
use serde_json::Value;

/// Fits a case that has a penalty; `Err` outside where the program cannot express it.
pub(crate) fn fits(case: &Case, spec: &FitSpec, table: &Table) -> Result<Result<Vec<Fitted>, Error>, String> {
    let penalty = case.model("penalty");
    let kind = match penalty["type"].as_str().unwrap_or_default() {
        "elastic_net" => return paths(penalty, spec, table),
        "firth" => BiasReduction::Firth,
        "median_bias_reduction" => BiasReduction::Median,
        "jeffreys" => BiasReduction::Jeffreys,
        other => return Err(format!("a penalty of type `{other}` is not built yet")),
    };
    let spec = FitSpec { bias_reduction: Some(kind), ..spec.clone() };
    Ok(fit(&spec, table).map(|fitted| vec![fitted]))
}

fn paths(penalty: &Value, spec: &FitSpec, table: &Table) -> Result<Result<Vec<Fitted>, Error>, String> {
    let spec = FitSpec { se: None, ..spec.clone() };
    // The objective may divide its squares by the response's standard deviation: that is another amount and share of ours.
    let mut unit = 1.0;
    if penalty["objective"].as_str().is_some_and(|text| text.contains("/ sd_y")) {
        match fit(&spec, table) {
            Ok(plain) => unit = (plain.result.null_deviance.0 / plain.result.weight_sum).sqrt(),
            Err(error) => return Ok(Err(error)),
        }
    }
    if penalty["intercept_penalised"].as_bool() == Some(true) {
        return Err("a penalty on the intercept is not built".to_owned());
    }
    let alpha = penalty["alpha"].as_f64().ok_or("no alpha")?;
    let mut fits = Vec::new();
    for lambda in penalty["lambda"].as_array().into_iter().flatten().filter_map(Value::as_f64) {
        let (absolute, square) = (lambda * alpha, lambda * (1.0 - alpha) / unit);
        let mut asked = PenaltySpec {
            lambda: absolute + square,
            l1_ratio: absolute / (absolute + square),
            standardize: penalty["standardize"].as_bool() == Some(true),
            factors: Vec::new(),
        };
        if let Some(factors) = penalty["penalty_factor"].as_array() {
            let names = match fit(&FitSpec { penalty: Some(asked.clone()), ..spec.clone() }, table) {
                Ok(all) => all.result.coefficients,
                Err(error) => return Ok(Err(error)),
            };
            let terms = names.iter().map(|c| &c.term).filter(|t| *t != "(intercept)");
            asked.factors = terms.cloned().zip(factors.iter().filter_map(Value::as_f64)).collect();
        }
        match fit(&FitSpec { penalty: Some(asked), ..spec.clone() }, table) {
            Ok(fitted) => fits.push(fitted),
            Err(error) => return Ok(Err(error)),
        }
    }
    Ok(Ok(fits))
}
