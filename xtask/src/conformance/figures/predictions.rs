//! Predictions: a quantity and the place of its row in the case's list.

use super::super::answer::Answer;
use super::super::case::Case;
use serde_json::{Value, json};

pub(super) fn get(answer: &Answer, case: &Case, quantity: &str, path: &[String]) -> Option<Value> {
    if quantity != "predict" {
        return None;
    }
    let rows = case.json()["results"]["predict"]["rows"].as_array()?;
    let place: usize = path.get(1)?.parse().ok()?;
    let row = rows.get(place)?.as_u64()? as usize;
    let predictions = answer.predictions.as_ref()?;
    let named = |name: &str| {
        let at = predictions.names.iter().position(|n| n == name)?;
        predictions.columns[at].get(row - 1)?.parse::<f64>().ok()
    };
    match path[0].as_str() {
        "rows" => Some(json!(row)),
        "eta" => Some(json!(named("link")?)),
        "se_eta" => Some(json!(named("link_se")?)),
        "mu" | "response" => Some(json!(named("response")?)),
        "probabilities" => {
            let class: usize = path.get(2)?.parse().ok()?;
            predictions.columns.get(class)?.get(row - 1)?.parse::<f64>().ok().map(|p| json!(p))
        }
        _ => None,
    }
}
