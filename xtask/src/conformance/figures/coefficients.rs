//! Estimates and standard errors, on the scale that the case's names say.

use super::super::answer::Answer;
use super::super::case::Case;
use super::super::own;
use super::number;
use loglik::num::{Jet, Lane};
use loglik::{FitResult, Link, Number};
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
            let link = r.links.get(&line.parameter).map_or(Ok(Link::Identity), |text| text.parse());
            Some(on_link_scale(link.ok()?, estimate, se))
        }
        _ => Some((estimate, se)),
    }
}

/// A natural value and its standard error on the scale of a link, by the delta method.
fn on_link_scale(link: Link, estimate: f64, se: f64) -> (f64, f64) {
    let eta = link.link(estimate);
    let natural = link.inverse(Jet::<1>::variable(Lane::splat(eta), 0));
    (eta, se / natural.g[0].0[0].abs())
}

#[cfg(test)]
mod tests {
    use super::{Link, on_link_scale};

    #[test]
    fn a_standard_error_on_the_link_scale_keeps_its_digits() {
        // Slopes of the links by hand; a few roundings.
        for (link, estimate, slope) in [
            (Link::Log, 5.3, 1.0 / 5.3),
            (Link::Logit, 0.36, 1.0 / (0.36 * 0.64)),
            (Link::Sqrt, 2.25, 1.0 / 3.0),
            (Link::Inverse, 0.7, 1.0 / 0.49),
            (Link::Identity, -4.0, 1.0),
        ] {
            let (_, se) = on_link_scale(link, estimate, 0.1);
            assert!((se / (0.1 * slope) - 1.0).abs() < 1e-14, "{link}: {se}");
        }
    }
}
