//! What the program finds for a case, figure by figure: the modules of `figures` are asked in turn.

use super::case::{Case, strings};
use super::expected::Figure;
use super::figures::{self, Predictions};
use super::memo::Memo;
use super::own;
use super::penalised;
use super::scores::{Scores, is_about_scores, scores};
use super::univariate::{Univariate, univariate};
use loglik::{Dispersion, Error, FitSpec, Fitted, SeKind, TermTest, WeightKind, fit, fit_quantiles};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A fitted case, or the error that it ended in.
pub(crate) struct Answer {
    /// One fit, or one for each tau of a quantile case.
    pub(crate) fitted: Result<Vec<Fitted>, Error>,
    /// The fit of a univariate case.
    pub(crate) univariate: Option<Univariate>,
    /// Predictions through a model file.
    pub(crate) predictions: Predictions,
    /// The fit with profile intervals, once asked.
    pub(crate) profiled: Option<Fitted>,
    /// Tests by their place in the case, once asked.
    pub(crate) tests: BTreeMap<usize, TermTest>,
    /// What was computed for some figure and serves others.
    pub(crate) memo: Memo,
    /// What the scores of a case without a model come to.
    pub(crate) scores: Option<Scores>,
}

/// Fits a case; `Err` where the program cannot express its model.
pub(crate) fn answer(case: &Case) -> Result<Answer, String> {
    if is_about_scores(case) {
        return Ok(match scores(case)? {
            Ok(found) => Answer { scores: Some(found), ..Answer::of(Ok(Vec::new())) },
            Err(error) => Answer::of(Err(error)),
        });
    }
    if let Some(runs) = own::runs(case)? {
        return Ok(Answer::of(runs));
    }
    if let Some(models) = case.model("models").as_array() {
        return several(case, models);
    }
    if figures::densities::applies(case) {
        return Ok(Answer::of(Ok(Vec::new())));
    }
    let Some(likelihood) = case.model("likelihood").as_str() else {
        return Err("no likelihood of this kind".to_owned());
    };
    if !case.model("column").is_null() {
        return Ok(match univariate(case, likelihood)? {
            Ok(found) => Answer { univariate: Some(found), ..Answer::of(Ok(Vec::new())) },
            Err(error) if error.id == "bad_request" => return Err(error.message),
            Err(error) => Answer::of(Err(error)),
        });
    }
    for key in ["trials"] {
        if !case.model(key).is_null() {
            return Err(format!("`{key}` is not built yet"));
        }
    }
    let spec = spec(case, case.json().get("model").unwrap_or(&Value::Null), likelihood)?;
    let table = case.table()?;
    let fitted = match case.model("tau").as_array() {
        _ if !case.model("penalty").is_null() => penalised::fits(case, &spec, &table)?,
        Some(taus) => {
            let taus: Vec<f64> = taus.iter().filter_map(Value::as_f64).collect();
            fit_quantiles(&spec, &table, &taus)
        }
        None => fit(&spec, &table).map(|fitted| vec![fitted]),
    };
    if let Err(error) = &fitted
        && error.id == "bad_request"
    {
        return Err(error.message.clone());
    }
    Ok(Answer::of(fitted))
}

/// Fits the several models of one test.
fn several(case: &Case, models: &[Value]) -> Result<Answer, String> {
    let table = case.table()?;
    let mut fits = Vec::new();
    for model in models {
        let likelihood = model["likelihood"].as_str().ok_or("no likelihood of this kind")?;
        match fit(&spec(case, model, likelihood)?, &table) {
            Ok(fitted) => fits.push(fitted),
            Err(error) => return Ok(Answer::of(Err(error))),
        }
    }
    Ok(Answer::of(Ok(fits)))
}

/// The request in the words of the crate.
///
/// * `model` the case's own, or one of several
fn spec(case: &Case, model: &Value, likelihood: &str) -> Result<FitSpec, String> {
    let formula = model["formula"].as_str().ok_or("a univariate fit is not built yet")?;
    let mut spec = FitSpec { method: case.method(), ..FitSpec::new(formula, likelihood) };
    for (param, link) in model["links"].as_object().into_iter().flatten() {
        spec.links.push((param.clone(), link.as_str().unwrap_or_default().to_owned()));
    }
    for (param, value) in model["fixed"].as_object().into_iter().flatten() {
        spec.fixed.push((param.clone(), value.as_f64().unwrap_or(f64::NAN)));
    }
    spec.event = model["event"].as_str().map(str::to_owned);
    spec.weights = model["weights"].as_str().map(str::to_owned);
    if let Some(kind) = model["weight_kind"].as_str() {
        spec.weight_kind = kind.parse::<WeightKind>().map_err(|e| e.to_string())?;
    }
    spec.structure = model["structure"].as_str().map(str::to_owned);
    spec.cluster = strings(&model["cluster"]);
    let convention = case.json()["conventions"]["se"].as_str().unwrap_or_default();
    // `cluster, G/(G-1)` and `sandwich, n/(n-1)`: the scores' sandwich with this factor.
    let (kind, factor) = convention.split_once(", ").unwrap_or((convention, "none"));
    spec.se = match kind {
        "expected" => Some(SeKind::Expected),
        "cluster" => Some(SeKind::Cluster),
        "sandwich" => Some(SeKind::Hc0),
        // Straight lines have no curvature to observe: the program's own kind.
        _ if matches!(likelihood, "quantile" | "laplace") => None,
        _ => Some(SeKind::Observed),
    };
    if spec.se.is_some_and(SeKind::is_robust) {
        spec.se_factor = Some(factor.parse().map_err(|e: Error| e.to_string())?);
    }
    spec.dispersion = match model["dispersion"].as_str() {
        Some(word) => word.parse().map_err(|e: Error| e.to_string())?,
        None => Dispersion::Default,
    };
    Ok(spec)
}

impl Answer {
    fn of(fitted: Result<Vec<Fitted>, Error>) -> Self {
        Self {
            fitted,
            univariate: None,
            scores: None,
            predictions: Predictions::default(),
            profiled: None,
            tests: BTreeMap::new(),
            memo: Memo::default(),
        }
    }

    /// Whether the fit ended as the case says: status, and one of its notes or error ids.
    pub(crate) fn ending_agrees(&self, case: &Case) -> Result<(), String> {
        let expect = &case.json()["expect"];
        let outcome = expect["outcome"].as_str().unwrap_or("ok");
        let kinds = strings(&expect["kinds"]);
        match &self.fitted {
            Err(error) => {
                let named = kinds.is_empty() || kinds.contains(&error.id);
                if outcome.starts_with("error") && named {
                    Ok(())
                } else {
                    Err(format!("error {}: {error}", error.id))
                }
            }
            Ok(_) if outcome == "error" => Err("an error was expected".to_owned()),
            Ok(_) if self.scores.is_some() => Ok(()),
            Ok(fits) if fits.is_empty() && self.univariate.is_none() => Ok(()),
            Ok(fits) => {
                let (status, notes) = match (&self.univariate, fits.first()) {
                    (Some(found), _) => (found.fit.status, &found.fit.notes),
                    (None, Some(fitted)) => (fitted.result.status, &fitted.result.notes),
                    (None, None) => return Err("no tau is given".to_owned()),
                };
                let status = json!(status);
                let allowed = strings(&expect["status"]);
                let status = status.as_str().unwrap_or_default();
                if !allowed.is_empty() && !allowed.iter().any(|s| s == status) {
                    return Err(format!("status {status}"));
                }
                let noted = kinds.is_empty() || notes.iter().any(|n| kinds.contains(&n.id));
                if noted { Ok(()) } else { Err(format!("no note of {}", kinds.join(", "))) }
            }
        }
    }

    /// What the reference says may be left out of one case.
    pub(crate) fn may_leave_out(&self, case: &Case, figure: &Figure) -> bool {
        // A standard error that the source does not have.
        if figure.quantity == "se" && figure.want.is_null() && self.univariate.is_some() {
            return true;
        }
        let non_unique = |tau: &Fitted| tau.result.has_note("non_unique");
        if figure.quantity == "fits" && figure.path.get(1).is_some_and(|what| what == "coef") {
            // Another point of the same maximum: the objective is compared.
            let at = figure.path[0].parse::<usize>().ok();
            let fit = at.and_then(|at| self.fitted.as_ref().ok()?.get(at));
            if fit.is_some_and(non_unique) {
                return true;
            }
        }
        let convention = case.json()["conventions"]["loglik"].as_str().unwrap_or_default();
        convention.starts_with("deviance_dispersion")
            && ["loglik", "aic", "bic"].contains(&figure.quantity.as_str())
    }

    /// The program's value of a figure, as the case counts it; `None` where no part of it knows the quantity.
    pub(crate) fn get(&mut self, case: &Case, quantity: &str, path: &[String]) -> Option<Value> {
        if let Some(found) = &self.univariate {
            return found.get(quantity, path);
        }
        if let Some(found) = &self.scores {
            return found.get(case, quantity, path);
        }
        figures::get(self, case, quantity, path)
    }
}
