//! Logistic data sets with and without a finite maximum, one a line: how many verdicts are right.

use crate::arguments::Arguments;
use loglik::expr::Column;
use loglik::{FitSpec, Status, Table, fit};
use serde_json::{Value, json};

/// Fits every data set of a file and counts.
pub(crate) fn run(words: &[String]) -> Result<u8, String> {
    let arguments = Arguments::parse(words, &["json"])?;
    let text =
        std::fs::read_to_string(&arguments.path).map_err(|error| format!("{}: {error}", arguments.path))?;
    let (mut cases, mut counts) = (Vec::new(), [0_usize; 4]);
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let set: Value = serde_json::from_str(line).map_err(|error| error.to_string())?;
        let verdict = verdict(&set)?;
        let is_separated = ["complete", "quasi"].contains(&verdict);
        let kind = match (set["label"].as_str().map(|label| label != "overlap"), verdict) {
            (None, _) => None,
            (_, "undecided") => Some(3),
            (Some(true), _) => Some(usize::from(!is_separated)),
            (Some(false), _) => is_separated.then_some(2),
        };
        if let Some(kind) = kind {
            counts[kind] += 1;
        }
        cases.push(json!({"id": set["id"], "verdict": verdict}));
    }
    let [found, missed, false_alarms, undecided] = counts;
    let totals =
        json!({"found": found, "missed": missed, "false_alarms": false_alarms, "undecided": undecided});
    println!("{totals}");
    if let Some(path) = arguments.flag("json") {
        let out = json!({"cases": cases, "totals": totals});
        std::fs::write(path, format!("{out:#}\n")).map_err(|error| format!("{path}: {error}"))?;
    }
    Ok(u8::from(missed + false_alarms > 0))
}

fn verdict(set: &Value) -> Result<&'static str, String> {
    let numbers = |list: &Value| -> Vec<f64> {
        list.as_array().into_iter().flatten().filter_map(Value::as_f64).collect()
    };
    let rows: Vec<Vec<f64>> = set["x"].as_array().into_iter().flatten().map(numbers).collect();
    let p = rows.first().map_or(0, Vec::len);
    let mut columns = vec![("y".to_owned(), Column::Number(numbers(&set["y"])))];
    for j in 0..p {
        columns.push((format!("x{j}"), Column::Number(rows.iter().map(|row| row[j]).collect())));
    }
    let table = Table::from_columns(columns).map_err(|error| error.to_string())?;
    let terms: Vec<String> = (0..p).map(|j| format!("x{j}")).collect();
    let formula = format!("y ~ {}", if terms.is_empty() { "1".to_owned() } else { terms.join(" + ") });
    let spec = FitSpec { threads: Some(1), ..FitSpec::new(&formula, "bernoulli") };
    let result = fit(&spec, &table).map_err(|error| error.to_string())?.result;
    Ok(match (result.status, result.existence.verdict.as_str()) {
        (Status::Infinite, "complete") => "complete",
        (Status::Infinite, _) => "quasi",
        (Status::Converged, _) => "overlap",
        _ => "undecided",
    })
}
