//! Covariances of every kind.

use super::super::answer::Answer;
use super::super::case::{Case, strings};
use super::number;
use loglik::{FitResult, SeKind};
use serde_json::{Value, json};

pub(super) fn get(answer: &Answer, case: &Case, quantity: &str, path: &[String]) -> Option<Value> {
    let fitted = answer.fitted.as_ref().ok()?.first()?;
    match quantity {
        "vcov" => vcov(case, &fitted.result, path),
        "se_observed" => {
            let all = fitted.standard_errors(SeKind::Observed).ok()?;
            let name = case.machine_name(path.last()?);
            number(all.iter().find(|(term, _)| term == name)?.1)
        }
        _ => None,
    }
}

/// An entry of the covariance, or one of its names.
fn vcov(case: &Case, r: &FitResult, path: &[String]) -> Option<Value> {
    let names = strings(&case.json()["results"]["vcov"]["names"]);
    let index = |i: usize| path.get(i)?.parse::<usize>().ok();
    if path.first().map(String::as_str) == Some("names") {
        return Some(json!(names.get(index(1)?)?));
    }
    let own = r.vcov.as_ref()?;
    let place = |i: usize| own.names.iter().position(|n| n == case.machine_name(&names[i]));
    let (a, b) = (place(index(1)?)?, place(index(2)?)?);
    let (i, j) = if a >= b { (a, b) } else { (b, a) };
    Some(json!(own.lower[i * (i + 1) / 2 + j]))
}
