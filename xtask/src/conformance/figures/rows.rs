//! Residuals and influence: a quantity and the place of its row in the case's list.

use super::super::answer::Answer;
use super::super::case::Case;
use super::number;
use serde_json::{Value, json};

pub(super) fn get(answer: &Answer, case: &Case, quantity: &str, path: &[String]) -> Option<Value> {
    if quantity != "residuals" {
        return None;
    }
    let rows = case.json()["results"]["residuals"]["rows"].as_array()?;
    let place: usize = path.get(1)?.parse().ok()?;
    let row = rows.get(place)?.as_u64()? as usize;
    let fitted = answer.fitted.as_ref().ok()?.first()?;
    let found = answer.memo.rows(fitted)?.iter().find(|d| d.row + 1 == row)?;
    match path[0].as_str() {
        "rows" => Some(json!(found.row + 1)),
        "response" => number(found.response),
        "deviance" => number(found.deviance),
        "pearson" => number(found.pearson),
        "studentized" => number(found.studentized),
        "hat" => number(found.leverage),
        "cooks_distance" => number(found.cooks_distance),
        _ => None,
    }
}
