//! Predictions through a model file: a quantity and the place of its row in the case's list.

use super::super::answer::Answer;
use super::super::case::Case;
use loglik::expr::Column;
use loglik::{ModelFile, PredictSpec, Quantity, Table};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What was predicted for the rows that a case names, each quantity once it was asked for.
#[derive(Default)]
pub(in super::super) struct Predictions(std::cell::RefCell<BTreeMap<(bool, &'static str), Option<Table>>>);

pub(super) fn get(answer: &Answer, case: &Case, quantity: &str, path: &[String]) -> Option<Value> {
    let test = match quantity {
        "predict" => false,
        "test_predictions" => true,
        _ => return None,
    };
    let asked = &case.json()["results"][quantity];
    let place: Option<usize> = path.get(1).and_then(|at| at.parse().ok());
    let of = |quantity: Quantity, name: &str| {
        let row = asked["rows"].as_array()?.get(place?)?.as_u64()? as usize;
        predicted(answer, case, (test, quantity), asked, row, |table| {
            let Some(Column::Number(values)) = table.column(name) else { return None };
            Some(values.clone())
        })
    };
    let value = match path[0].as_str() {
        "rows" => Some(asked["rows"].as_array()?.get(place?)?.as_f64()?),
        "level" => asked["level"].as_f64(),
        "eta" => of(Quantity::Link, "link"),
        "se_eta" => of(Quantity::Link, "link_se"),
        "mu" | "response" => of(Quantity::Response, "response"),
        "se_mu" => of(Quantity::Response, "response_se"),
        "prediction_lower" => of(Quantity::Prediction, "prediction_low"),
        "prediction_upper" => of(Quantity::Prediction, "prediction_high"),
        "variance" => of(Quantity::Variance, "variance"),
        "phi" => of(Quantity::Parameters, "phi"),
        "count" => of(Quantity::Components, "count"),
        // The source gives the probability of an extra zero, but for a hurdle the ratio of the means.
        "zero" if case.model("likelihood").as_str()?.starts_with("hurdle") => {
            of(Quantity::Components, "ratio")
        }
        "zero" => of(Quantity::Parameters, "pi"),
        "prob_zero" => of(Quantity::ProbZero, "prob_zero"),
        "probabilities" => {
            let class: usize = path.get(2)?.parse().ok()?;
            let row = asked["rows"].as_array()?.get(place?)?.as_u64()? as usize;
            predicted(answer, case, (test, Quantity::Class), asked, row, |table| {
                let Some(Column::Number(values)) = table.columns().nth(class) else { return None };
                Some(values.clone())
            })
        }
        "quantiles" if path.get(1)? == "p" => {
            probabilities(asked).get(path.get(2)?.parse::<usize>().ok()?).copied()
        }
        "quantiles" => {
            let place: usize = path.get(2)?.parse().ok()?;
            let p = *probabilities(asked).get(path.get(3)?.parse::<usize>().ok()?)?;
            let row = asked["rows"].as_array()?.get(place)?.as_u64()? as usize;
            predicted(answer, case, (test, Quantity::Quantile), asked, row, |table| {
                let Some(Column::Number(values)) = table.column(&format!("q[{p}]")) else { return None };
                Some(values.clone())
            })
        }
        _ => None,
    };
    value.map(|v| json!(v))
}

fn probabilities(asked: &Value) -> Vec<f64> {
    asked["quantiles"]["p"].as_array().into_iter().flatten().filter_map(Value::as_f64).collect()
}

/// One figure of one row (from 1), from the predictions of all rows that the case names.
fn predicted(
    answer: &Answer,
    case: &Case,
    (test, quantity): (bool, Quantity),
    asked: &Value,
    row: usize,
    column: impl Fn(&Table) -> Option<Vec<f64>>,
) -> Option<f64> {
    let mut wanted: Vec<usize> =
        asked["rows"].as_array()?.iter().filter_map(|row| Some(row.as_u64()? as usize)).collect();
    wanted.sort_unstable();
    wanted.dedup();
    let mut known = answer.predictions.0.borrow_mut();
    let table = known.entry((test, quantity.word())).or_insert_with(|| {
        let fitted = answer.fitted.as_ref().ok()?.first()?;
        let all = if test { case.test_table().ok()? } else { fitted.table().clone() };
        let keep: Vec<bool> = (1..=all.rows()).map(|row| wanted.binary_search(&row).is_ok()).collect();
        let mut spec = PredictSpec { quantities: vec![quantity], ..PredictSpec::default() };
        if quantity == Quantity::Quantile {
            spec.probabilities = probabilities(asked);
        }
        let file = ModelFile::parse(&fitted.model_file().ok()?).ok()?;
        file.predict(&all.filter(&keep), &spec).ok()
    });
    let at = wanted.binary_search(&row).ok()?;
    column(table.as_ref()?)?.get(at).copied()
}
