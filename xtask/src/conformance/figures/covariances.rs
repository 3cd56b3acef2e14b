//! Covariances of every kind.

use super::super::answer::Answer;
use super::super::case::{Case, strings};
use super::super::memo::Errors;
use super::number;
use loglik::{Dispersion, FitResult, FitSpec, Fitted, HacKernel, SeBread, SeFactor, SeForm, SeKind, fit};
use serde_json::{Value, json};

pub(super) fn get(answer: &Answer, case: &Case, quantity: &str, path: &[String]) -> Option<Value> {
    let fitted = answer.fitted.as_ref().ok()?.first()?;
    match quantity {
        "se_gauss_newton" => regression_se(fitted, SeKind::Expected, Dispersion::Pearson, path),
        "se_observed_information_at_sigma_mle" => {
            regression_se(fitted, SeKind::Observed, Dispersion::Ml, path)
        }
        "vcov" => vcov(case, &fitted.result, path),
        "se_observed" => {
            let name = case.machine_name(path.last()?);
            number(*answer.memo.errors(quantity, || observed(fitted))?.get(name)?)
        }
        "robust_se" => {
            let [kind, name] = path else { return None };
            let key = format!("{quantity} {kind}");
            number(*answer.memo.errors(&key, || robust(case, fitted, kind))?.get(case.machine_name(name))?)
        }
        // The standard errors of a model whose second parameter is held at its estimate.
        "robust_se_given_theta" => {
            let [kind, name] = path else { return None };
            let key = format!("{quantity} {kind}");
            let held = || robust(case, &given_theta(fitted)?, kind);
            number(*answer.memo.errors(&key, held)?.get(case.machine_name(name))?)
        }
        _ => None,
    }
}

fn observed(fitted: &Fitted) -> Option<Errors> {
    let all = fitted.standard_errors(|spec| spec.se = Some(SeKind::Observed)).ok()?;
    Some(all.into_iter().collect())
}

/// The fit with `theta` held at its estimate.
fn given_theta(fitted: &Fitted) -> Option<Fitted> {
    let line = fitted.result.coefficients.iter().find(|c| c.parameter == "theta")?;
    let link: loglik::Link = fitted.result.links.get("theta")?.parse().ok()?;
    let theta = if line.scale == "link" { link.natural(line.estimate.0) } else { line.estimate.0 };
    let spec = FitSpec { fixed: vec![("theta".to_owned(), theta)], ..fitted.spec.clone() };
    fit(&spec, fitted.table()).ok()
}

/// Robust standard errors under the name that R's `sandwich` gives them in the reference. Its clustered forms HC0 and
/// HC1 carry G / (G - 1); survreg's and maximum-likelihood sandwiches (`cluster_COLUMN`, `sandwich`) no factor at all.
fn robust(case: &Case, fitted: &Fitted, kind: &str) -> Option<Errors> {
    let columns = strings(case.model("cluster"));
    let mut spec = fitted.spec.clone();
    spec.se = Some(words(kind, &columns, &mut spec)?);
    // Without a convention: the expected information where there is one to have, as R's packages take, and the Hessian
    // for wrapped likelihoods.
    let wrapped = fitted.result.likelihood.contains('(');
    let convention = case.json()["conventions"]["se"].as_str().or(wrapped.then_some("observed"));
    let ask = |bread| fitted.standard_errors(|asked| *asked = FitSpec { se_bread: bread, ..spec.clone() });
    let all = match convention.is_some_and(|text| text.starts_with("observed")) {
        true => ask(SeBread::Observed),
        false => ask(SeBread::Expected).or_else(|_| ask(SeBread::Observed)),
    };
    Some(all.ok()?.into_iter().collect())
}

/// The kind behind a name, its form and factor written into the spec.
fn words(kind: &str, columns: &[String], spec: &mut FitSpec) -> Option<SeKind> {
    if let Some(rest) = kind.strip_prefix("cluster_") {
        let (by, form) = match rest.rsplit_once('_') {
            Some((by, form)) if form.starts_with("HC") => (by, form),
            _ if rest.starts_with("HC") => ("", rest),
            _ => (rest, "CR0"),
        };
        // Column names may hold underscores: the one, or all, whose names joined give the text.
        spec.cluster = if by.is_empty() || columns.join("_") == by {
            columns.to_vec()
        } else {
            columns.iter().filter(|c| *c == by).cloned().collect()
        };
        (spec.se_form, spec.se_factor) = match form {
            "CR0" => (SeForm::Cr0, None),
            "HC0" => (SeForm::Cr0, Some(SeFactor::Groups)),
            "HC1" => (SeForm::Cr1, None),
            "HC2" => (SeForm::Cr2, None),
            "HC3" => (SeForm::Cr3, None),
            _ => return None,
        };
        return Some(SeKind::Cluster);
    }
    spec.cluster = Vec::new();
    let lag = |text: &str| text.parse::<usize>().ok();
    if let Some(rest) = kind.strip_prefix("newey_west_lag") {
        let adjusted = rest.strip_suffix("_adjusted");
        spec.se_factor = adjusted.map(|_| SeFactor::Residual);
        spec.hac_lag = Some(lag(adjusted.unwrap_or(rest))?);
        return Some(SeKind::Hac);
    }
    if let Some(rest) = kind.strip_prefix("andrews_quadratic_spectral_bw") {
        // The bandwidth is the lag plus one.
        (spec.hac_kernel, spec.hac_lag) = (HacKernel::QuadraticSpectral, Some(lag(rest)? - 1));
        return Some(SeKind::Hac);
    }
    match kind {
        "sandwich" => Some(SeKind::Hc0),
        _ => kind.to_lowercase().parse().ok().filter(|kind: &SeKind| kind.is_robust()),
    }
}

/// A standard error of a nonlinear regression, of another kind than the fit's own.
fn regression_se(fitted: &Fitted, se: SeKind, dispersion: Dispersion, path: &[String]) -> Option<Value> {
    let other = FitSpec { se: Some(se), dispersion, ..fitted.spec.clone() };
    let again = fit(&other, fitted.table()).ok()?;
    number(again.result.coefficient(path.last()?)?.std_error.0)
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
