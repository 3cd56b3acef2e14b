//! Numbers of the whole fit: log-likelihood, deviances, criteria, counts, existence.

use super::super::answer::Answer;
use super::number;
use loglik::FitResult;
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
        "sigma_mle" => number(r.sigma?.ml.0),
        "rss" => number(r.deviance.0),
        "separated" => Some(json!(r.existence.verdict != "finite")),
        "complete" => Some(json!(r.existence.verdict == "complete")),
        "r_squared" => number(r.r_squared?.0),
        "adj_r_squared" => number(r.adj_r_squared?.0),
        "pseudo_r_squared" => number(r.pseudo_r_squared?.0),
        "f_statistic" => {
            let test = r.tests.get("model_f")?;
            number(match path.first()?.as_str() {
                "value" => test.statistic.0,
                "numdf" => test.df as f64,
                _ => test.df_residual?,
            })
        }
        "ss_between" => number(r.sums_of_squares?.model.0),
        "ss_within" => number(r.sums_of_squares?.residual.0),
        // One factor: a group for each coefficient of its term, and the base.
        "groups" => number(r.terms.first()?.df as f64 + 1.0),
        "loglik_ml_shape" => number(r.loglik.0),
        "rows_separated" => Some(json!(r.existence.rows_at_infinity)),
        "rows_that_overlap" => number(r.n - r.existence.rows_at_infinity as f64),
        "alpha" => number(1.0 / theta(r)?.0),
        "se_alpha" => {
            let (theta, se_log) = theta(r)?;
            number(se_log / theta)
        }
        "levels" => {
            let at: usize = path.last()?.parse().ok()?;
            Some(json!(r.response.levels.as_ref()?.get(at)?))
        }
        "reference" => Some(json!(r.response.levels.as_ref()?.first()?)),
        _ => None,
    }
}

/// Theta of a negative binomial with one theta, and the standard error of its logarithm.
fn theta(r: &FitResult) -> Option<(f64, f64)> {
    let line = r.coefficients.iter().find(|c| c.parameter == "theta")?;
    let link: loglik::Link = r.links.get("theta")?.parse().ok()?;
    let log = link == loglik::Link::Log && line.scale == "link";
    let theta = if line.scale == "link" { link.natural(line.estimate.0) } else { line.estimate.0 };
    Some((theta, if log { line.std_error.0 } else { line.std_error.0 / theta }))
}
