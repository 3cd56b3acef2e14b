//! Intervals and tests.

use super::super::answer::Answer;
use super::super::case::Case;
use super::number;
use serde_json::Value;

pub(super) fn get(answer: &Answer, case: &Case, quantity: &str, path: &[String]) -> Option<Value> {
    let r = &answer.fitted.as_ref().ok()?.first()?.result;
    match quantity {
        "confint_wald" | "confint_t" => {
            let line = r.coefficient(case.machine_name(path.first()?))?;
            number(if path.last()? == "0" { line.conf_low.0 } else { line.conf_high.0 })
        }
        _ => None,
    }
}
