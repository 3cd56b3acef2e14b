//! Figures of penalised fits: one fit for each amount, classes with a vector each, penalised log-likelihoods.

use super::super::answer::Answer;
use super::super::case::Case;
use super::number;
use loglik::Fitted;
use serde_json::{Value, json};

pub(super) fn get(answer: &Answer, case: &Case, quantity: &str, path: &[String]) -> Option<Value> {
    let penalty = case.model("penalty");
    if penalty.is_null() {
        return None;
    }
    let fits = answer.fitted.as_ref().ok()?;
    let r = &fits.first()?.result;
    match quantity {
        "fits" => {
            let at: usize = path.first()?.parse().ok()?;
            match path.get(1)?.as_str() {
                "lambda" => Some(penalty["lambda"].get(at)?.clone()),
                "coef" if path.len() == 4 => {
                    number(symmetric(fits.get(at)?, &path[2], case.machine_name(&path[3]))?)
                }
                _ => None,
            }
        }
        "null_deviance" if r.likelihood == "categorical" => number(-2.0 * r.loglik_null.0),
        "loglik_at_estimate" => number(r.loglik.0),
        // Without binomial coefficients, as the case's convention says; without a convention it has none.
        "penalised_loglik" => match r.penalised_loglik {
            Some(value) if !case.json()["conventions"]["penalised_loglik"].is_null() => {
                number(value.0 - fits.first()?.log_binomial_coefficients().ok()?)
            }
            _ => Some(json!(null)),
        },
        _ => None,
    }
}

/// A coefficient of the parametrisation with one vector a class, the classes' coefficients summing to zero.
fn symmetric(fitted: &Fitted, class: &str, term: &str) -> Option<f64> {
    let levels = fitted.result.response.levels.as_ref()?;
    let of =
        |level: &String| fitted.result.coefficient(&format!("{level}: {term}")).map_or(0.0, |c| c.estimate.0);
    let mean = levels.iter().map(of).sum::<f64>() / levels.len() as f64;
    Some(of(levels.iter().find(|level| *level == class)?) - mean)
}
