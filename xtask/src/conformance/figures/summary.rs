//! Numbers of the whole fit: log-likelihood, deviances, criteria, counts, existence.

use super::super::answer::Answer;
use super::number;
use serde_json::{Value, json};

pub(super) fn get(answer: &Answer, quantity: &str, path: &[String]) -> Option<Value> {
    let fitted = answer.fitted.as_ref().ok()?.first()?;
    let r = &fitted.result;
    match quantity {
        "nobs" => number(r.n),
        "rank" => number(r.rank as f64),
        "df_residual" => number(r.df_residual),
        "weight_sum" => number(r.weight_sum),
        "loglik" | "loglik_supremum" => number(r.loglik.0),
        "loglik_null" => number(r.loglik_null.0),
        "deviance" if r.likelihood == "categorical" => number(-2.0 * r.loglik.0),
        "deviance" => number(r.deviance.0),
        "null_deviance" => number(r.null_deviance.0),
        "aic" => number(r.aic.0),
        "bic" => number(r.bic.0),
        "dispersion" => number(r.dispersion.0),
        "pearson_chi2" => number(r.pearson_chi2.0),
        "residual_sd" => number(r.sigma?.unbiased.0),
        "rss" => number(r.deviance.0),
        "separated" => Some(json!(r.existence.verdict != "finite")),
        "complete" => Some(json!(r.existence.verdict == "complete")),
        "r_squared" => number(1.0 - r.deviance.0 / r.null_deviance.0),
        "adj_r_squared" => {
            let null_df = r.n - if r.formula.contains("- 1") { 0.0 } else { 1.0 };
            number(1.0 - r.deviance.0 / r.df_residual / (r.null_deviance.0 / null_df))
        }
        "levels" => {
            let at: usize = path.last()?.parse().ok()?;
            Some(json!(r.response.levels.as_ref()?.get(at)?))
        }
        "reference" => Some(json!(r.response.levels.as_ref()?.first()?)),
        _ => None,
    }
}
