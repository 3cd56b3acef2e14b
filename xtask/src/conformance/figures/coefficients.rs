//! Estimates and standard errors, on the scale that the case's names say.

use super::super::answer::Answer;
use super::super::case::Case;
use super::super::own;
use super::number;
use loglik::{FitResult, Number};
use serde_json::{Value, json};

pub(super) fn get(answer: &Answer, case: &Case, quantity: &str, path: &[String]) -> Option<Value> {
    let fits = answer.fitted.as_ref().ok()?;
    let fitted = fits.first()?;
    let r = &fitted.result;
    let name = path.last().map(String::as_str).unwrap_or_default();
    match quantity {
        "coef" | "finite_limit" | "infinite" => coefficient(case, r, name).map(|c| json!(Number(c.0))),
        "se" | "finite_limit_se" => number(coefficient(case, r, name)?.1),
        "natural" => {
            let line = r.coefficient(name).filter(|line| line.scale == "natural")?;
            number(line.estimate.0)
        }
        "fits" => {
            let fitted = fits.get(path.first()?.parse::<usize>().ok()?)?;
            match path.get(1)?.as_str() {
                "tau" => Some(json!(fitted.spec.tau?)),
                "coef" => coefficient(case, &fitted.result, name).map(|c| json!(Number(c.0))),
                "objective" => number(fitted.check_loss()?),
                "se" => {
                    let all = fitted.standard_errors(|spec| spec.se = path[2].parse().ok()).ok()?;
                    number(all.iter().find(|(term, _)| term == case.machine_name(name))?.1)
                }
                _ => None,
            }
        }
        _ => None,
    }
}

/// Estimate and standard error on the link scale of the coefficient with the case's name.
pub(super) fn coefficient(case: &Case, r: &FitResult, name: &str) -> Option<(f64, f64)> {
    let machine = case.machine_name(name);
    let machine = match own::function_of(machine) {
        Some((_, inner)) if r.coefficient(machine).is_none() => inner,
        _ => machine,
    };
    let line = r.coefficient(machine)?;
    let (estimate, se) = (line.estimate.0, line.std_error.0);
    let shown_natural = line.scale == "natural";
    // A name like `log(theta)` or `(phi)_(Intercept)` is on the link scale; a natural value is taken there.
    let wants_link = name != machine && name.contains('(') && name != "(phi)";
    match (shown_natural, wants_link) {
        (true, true) => {
            // Cuts are coordinates already.
            let link = r.links.get(&line.parameter).map_or(Ok(loglik::Link::Identity), |text| text.parse());
            let link = link.ok()?;
            let eta = link.link(estimate);
            let h = 1e-6 * estimate.abs().max(1e-6);
            let slope = (link.link(estimate + h) - link.link(estimate - h)) / (2.0 * h);
            Some((eta, se * slope.abs()))
        }
        _ => Some((estimate, se)),
    }
}
