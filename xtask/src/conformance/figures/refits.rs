//! Figures of the same rows under another request: another dispersion, all interactions.

use super::super::answer::Answer;
use super::super::case::Case;
use super::number;
use loglik::{Dispersion, FitSpec, Fitted, fit};
use serde_json::Value;

pub(super) fn get(answer: &Answer, case: &Case, quantity: &str, path: &[String]) -> Option<Value> {
    let fitted = answer.fitted.as_ref().ok()?.first()?;
    match quantity {
        "quasi_se" => {
            let name = case.machine_name(path.last()?);
            number(answer.memo.refit("pearson", || pearson(fitted))?.result.coefficient(name)?.std_error.0)
        }
        "quasi_dispersion" => number(answer.memo.refit("pearson", || pearson(fitted))?.result.dispersion.0),
        "saturated_coef" => {
            let saturated = answer.memo.refit("saturated", || saturated(fitted))?;
            let parts: Vec<&str> = path.last()?.split(':').map(|part| case.machine_name(part)).collect();
            number(saturated.result.coefficient(&parts.join(":"))?.estimate.0)
        }
        _ => None,
    }
}

fn pearson(fitted: &Fitted) -> Option<Fitted> {
    fit(&FitSpec { dispersion: Dispersion::Pearson, ..fitted.spec.clone() }, fitted.table()).ok()
}

/// The same terms with all their interactions.
fn saturated(fitted: &Fitted) -> Option<Fitted> {
    let (response, terms) = fitted.spec.formula.split_once('~')?;
    let formula = format!("{response}~{}", terms.replace('+', "*"));
    fit(&FitSpec { formula, ..fitted.spec.clone() }, fitted.table()).ok()
}
