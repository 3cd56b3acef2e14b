//! Coefficients and standard errors in raw units, in the form that the judge reads.

use crate::workload::{Kind, Workload};
use loglik::{Coefficient, DistFit, FitResult, Number};
use serde_json::{Value, json};

/// The result file of a workload.
pub(crate) fn of(workload: &Workload, result: &FitResult) -> Value {
    if workload.kind == Kind::Softmax {
        return softmax(workload, result);
    }
    if workload.kind == Kind::Sparse {
        return json!({"coef": result.coefficients.iter().map(|c| c.estimate).collect::<Vec<_>>()});
    }
    let line = |term: &str| match workload.kind {
        Kind::StudentText => result.coefficient(&format!("eta: {term}")),
        _ => result.coefficient(term),
    };
    let estimate = |term: &str| line(term).map_or(Number(f64::NAN), |c| c.estimate);
    let numeric: Vec<String> = (1..=workload.p).map(|j| format!("x{j}")).collect();
    let coef: Vec<Number> = numeric.iter().map(|x| estimate(x)).collect();
    let mut se: Vec<Number> = vec![line("(intercept)").map_or(Number(f64::NAN), |c| c.std_error)];
    se.extend(numeric.iter().map(|x| line(x).map_or(Number(f64::NAN), |c| c.std_error)));
    let mut out = json!({"intercept": estimate("(intercept)"), "coef": coef, "se": se});
    if workload.kind == Kind::Frequency {
        let effects = workload.levels.iter().enumerate().map(|(j, levels)| {
            let of_level =
                |level: &String| line(&format!("c{}[{level}]", j + 1)).map_or(Number(0.0), |c| c.estimate);
            levels.iter().map(of_level).collect::<Vec<_>>()
        });
        out["level_effects"] = json!(effects.collect::<Vec<_>>());
    }
    for (parameter, key) in [("shape", "shape"), ("theta", "theta"), ("sigma", "scale"), ("nu", "df")] {
        if let Some(natural) = result.coefficients.iter().find(|c| c.parameter == parameter) {
            out[key] = json!(natural.estimate);
        }
    }
    out
}

/// Parameters of a univariate fit on the scale that the judge takes.
pub(crate) fn of_dist(fit: &DistFit) -> Value {
    let at = |name: &str| fit.parameters.iter().find(|p| p.name == name).map_or(f64::NAN, |p| p.estimate.0);
    let params = match fit.family.as_str() {
        "gamma" => vec![at("shape"), 1.0 / at("rate")],
        _ => fit.parameters.iter().map(|p| p.estimate.0).collect(),
    };
    let se: Vec<Number> = fit.parameters.iter().map(|p| p.std_error).collect();
    json!({"params": params, "se": se})
}

/// Class 0 is the base: its column is zero.
fn softmax(workload: &Workload, result: &FitResult) -> Value {
    let levels = result.response.levels.clone().unwrap_or_default();
    let of = |class: &str, term: &str| -> Number {
        let found: Option<&Coefficient> = result.coefficient(&format!("{class}: {term}"));
        found.map_or(Number(0.0), |c| c.estimate)
    };
    let intercept: Vec<Number> = levels.iter().map(|class| of(class, "(intercept)")).collect();
    let row = |j: usize| levels.iter().map(|class| of(class, &format!("x{j}"))).collect::<Vec<_>>();
    let coef: Vec<Vec<Number>> = (1..=workload.p).map(row).collect();
    let se: Vec<Number> = result.coefficients.iter().map(|c| c.std_error).collect();
    json!({"intercept": intercept, "coef": coef, "se": se})
}
