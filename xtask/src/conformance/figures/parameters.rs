//! Parameters beside the coefficients under the names of the sources: theta and its inverse alpha, rho, the scale of
//! survival models; their standard errors.

use super::super::answer::Answer;
use super::super::case::Case;
use super::coefficients::coefficient;
use super::number;
use loglik::{FitResult, Fitted, Link};
use serde_json::Value;

pub(super) fn get(answer: &Answer, case: &Case, quantity: &str, path: &[String]) -> Option<Value> {
    let fitted = answer.fitted.as_ref().ok()?.first()?;
    let r = &fitted.result;
    match quantity {
        "theta" => number(natural(r, "theta")?.0),
        "se_theta" => {
            // MASS takes the coefficients as known.
            let (theta, slope) = (natural(r, "theta")?.0, natural(r, "theta")?.1);
            number(fitted.standard_error_given_rest("theta").filter(|_| theta.is_finite())? * slope)
        }
        "se_log_theta" => number(on_link(r, "theta")?.1),
        // The inverse of theta: the same standard error relative to the estimate.
        "alpha" => number(natural(r, "theta")?.0.recip()),
        "se_alpha" => number(on_link(r, "theta")?.1 / natural(r, "theta")?.0),
        "rho" => number(natural(r, "rho")?.0),
        "scale" => scale(fitted, case, path),
        _ => None,
    }
}

/// The scale of log time: one number, one a stratum, or what the likelihood holds it at.
fn scale(fitted: &Fitted, case: &Case, path: &[String]) -> Option<Value> {
    let r = &fitted.result;
    if let Some(stratum) = path.first() {
        let (eta, _) = coefficient(case, r, &format!("log(scale): {stratum}"))?;
        let link: Link = r.links.get("sigma")?.parse().ok()?;
        return number(link.natural(eta));
    }
    match r.likelihood.as_str() {
        // Weibulls of a given scale.
        "censored(exponential)" | "exponential" => number(1.0),
        "censored(rayleigh)" | "rayleigh" => number(0.5),
        _ => number(r.fixed.get("sigma").copied().or_else(|| Some(natural(r, "sigma")?.0))?),
    }
}

/// Natural value of a parameter that is one number, and its slope in its linear predictor.
fn natural(r: &FitResult, parameter: &str) -> Option<(f64, f64)> {
    let link: Link = r.links.get(parameter)?.parse().ok()?;
    let (eta, _) = on_link(r, parameter)?;
    // Every such parameter of the reference has a log or a logit link.
    let value = link.natural(eta);
    let slope = if link == Link::Logit { value * (1.0 - value) } else { value };
    Some((value, slope))
}

/// Linear predictor of a parameter that is one number, and its standard error.
fn on_link(r: &FitResult, parameter: &str) -> Option<(f64, f64)> {
    let line = r.coefficients.iter().find(|c| c.parameter == parameter)?;
    let link: Link = r.links.get(parameter)?.parse().ok()?;
    if line.scale == "link" {
        return Some((line.estimate.0, line.std_error.0));
    }
    let value = line.estimate.0;
    let slope = if link == Link::Logit { value * (1.0 - value) } else { value };
    Some((link.link(value), line.std_error.0 / slope))
}
