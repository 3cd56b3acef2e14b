//! Numbers of the whole fit: log-likelihood, deviances, criteria, counts, existence.

use super::super::answer::Answer;
use super::super::case::Case;
use super::number;
use serde_json::{Value, json};

pub(super) fn get(answer: &Answer, case: &Case, quantity: &str, path: &[String]) -> Option<Value> {
    let fitted = answer.fitted.as_ref().ok()?.first()?;
    let r = &fitted.result;
    match quantity {
        // A source that counts rows says so by the n of its BIC.
        "nobs" if bic_n(case).is_some() => number(fitted.table().rows() as f64),
        "nobs" => number(r.n),
        "rank" => number(r.rank as f64),
        "df_residual" => number(r.df_residual),
        "weight_sum" => number(r.weight_sum),
        "loglik" if convention(case) == "no_multinomial_coefficient" => {
            number(r.loglik.0 - fitted.log_coefficients().ok()?)
        }
        "loglik" | "loglik_supremum" | "loglik_ml_shape" => number(r.loglik.0),
        "loglik_null" => number(r.loglik_null.0),
        "deviance" => number(r.deviance.0),
        "null_deviance" => number(r.null_deviance.0),
        "aic" => number(r.aic.0),
        "bic" => match bic_n(case) {
            Some(n) if n != r.n => {
                number(-2.0 * r.loglik.0 + r.df as f64 * n.log10() * std::f64::consts::LN_10)
            }
            _ => number(r.bic.0),
        },
        "dispersion" => number(r.dispersion.0),
        "pearson_chi2" => number(r.pearson_chi2.0),
        "residual_sd" => number(r.sigma?.unbiased.0),
        "sigma_mle" => number(r.sigma?.ml.0),
        "rss" => number(r.deviance.0),
        // A response that is not censored saw all its events.
        "events" => number(r.response.events.map_or(r.n, |events| events as f64)),
        "separated" => Some(json!(r.existence.verdict != "finite")),
        "complete" => Some(json!(r.existence.verdict == "complete")),
        "r_squared" => number(r.r_squared?.0),
        "adj_r_squared" => number(r.adj_r_squared?.0),
        "pseudo_r_squared" => number(r.pseudo_r_squared?.0),
        "f_statistic" => {
            let squares = r.sums_of_squares?;
            number(match path.first()?.as_str() {
                "value" => squares.f.0,
                "numdf" => squares.df,
                _ => squares.df_residual,
            })
        }
        "ss_between" => number(r.sums_of_squares?.model.0),
        "ss_within" => number(r.sums_of_squares?.residual.0),
        // One factor: a group for each coefficient of its term, and the base.
        "groups" => number(r.terms.first()?.df as f64 + 1.0),
        "rows_separated" => Some(json!(r.existence.rows_at_infinity)),
        "rows_that_overlap" => number(r.n - r.existence.rows_at_infinity as f64),
        "aliased" => {
            let at: usize = path.last()?.parse().ok()?;
            Some(json!(r.aliased.get(at)?.term))
        }
        "levels" => {
            let at: usize = path.last()?.parse().ok()?;
            Some(json!(r.response.levels.as_ref()?.get(at)?))
        }
        "reference" => Some(json!(r.response.levels.as_ref()?.first()?)),
        _ => None,
    }
}

/// The n in the source's BIC.
fn bic_n(case: &Case) -> Option<f64> {
    case.json()["conventions"]["bic_n"].as_f64()
}

/// Which constants the case's log-likelihood has.
fn convention(case: &Case) -> &str {
    case.json()["conventions"]["loglik"].as_str().unwrap_or_default()
}
