//! Distributions at points: each row of the case holds a likelihood, its parameters, a response and three logarithms.

use super::super::case::Case;
use super::number;
use loglik::{log_density, usual_parameters};
use serde_json::{Value, json};

/// Whether the case is of this kind.
pub(in super::super) fn applies(case: &Case) -> bool {
    case.model("columns").as_array().is_some_and(|c| c.iter().any(|name| name == "log_density"))
}

pub(super) fn get(case: &Case, quantity: &str, path: &[String]) -> Option<Value> {
    if quantity != "rows" || !applies(case) {
        return None;
    }
    let place = |i: usize| path.get(i)?.parse::<usize>().ok();
    let row = &case.json()["results"]["rows"][place(0)?];
    let column = place(1)?;
    let family = row[0].as_str()?;
    let given: Vec<f64> = row[1].as_array()?.iter().filter_map(Value::as_f64).collect();
    let x = row[2].as_f64()?;
    match column {
        0 => return Some(json!(family)),
        1 => return number(*given.get(place(2)?)?),
        2 => return number(x),
        _ if row[column].is_null() => return Some(Value::Null),
        _ => {}
    }
    // Trials are a column of the response, not a parameter.
    let (values, y) = match family {
        "bernoulli" => (vec![given[0]], vec![x, given[1]]),
        _ => (ordered(case, family, &given)?, vec![x]),
    };
    let found = log_density(family, &values, &y).ok()?;
    number([found.density, found.lower, found.upper][column - 3])
}

/// The parameters in the program's order, by the names that the case gives where they are the program's.
fn ordered(case: &Case, family: &str, given: &[f64]) -> Option<Vec<f64>> {
    let ours = usual_parameters(family).ok()?;
    let text = case.model("parameters")[family].as_str().unwrap_or_default();
    let theirs: Vec<&str> =
        text.split(',').map(|name| name.split('(').next().unwrap_or_default().trim()).collect();
    let value = |name: &String| given.get(theirs.iter().position(|other| other == name)?).copied();
    ours.iter().map(value).collect::<Option<Vec<f64>>>().or_else(|| Some(given.to_vec()))
}
