//! What the program finds for a case, figure by figure.

use super::case::{Case, strings};
use super::expected::Figure;
use super::univariate::{Univariate, univariate};
use loglik::{
    Dispersion, Error, FitResult, FitSpec, Fitted, ModelFile, Number, Predictions, SeKind, WeightKind, fit,
    fit_quantiles,
};
use serde_json::{Value, json};

/// A fitted case, or the error that it ended in.
pub(crate) struct Answer {
    /// One fit, or one for each tau of a quantile case.
    fitted: Result<Vec<Fitted>, Error>,
    /// The fit of a univariate case.
    univariate: Option<Univariate>,
    /// Predictions for the rows used, through a model file.
    predictions: Option<Predictions>,
}

/// Fits a case; `Err` where the program cannot express its model.
pub(crate) fn answer(case: &Case) -> Result<Answer, String> {
    let Some(likelihood) = case.model("likelihood").as_str() else {
        return Err("no likelihood of this kind".to_owned());
    };
    if !case.model("column").is_null() {
        return Ok(match univariate(case, likelihood)? {
            Ok(found) => Answer { fitted: Ok(Vec::new()), univariate: Some(found), predictions: None },
            Err(error) if error.id == "bad_request" => return Err(error.message),
            Err(error) => Answer { fitted: Err(error), univariate: None, predictions: None },
        });
    }
    for key in ["penalty", "models", "text", "mean", "trials"] {
        if !case.model(key).is_null() {
            return Err(format!("`{key}` is not built yet"));
        }
    }
    let spec = spec(case, likelihood)?;
    let table = case.table()?;
    let fitted = match case.model("tau").as_array() {
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
    let asked = !case.json()["results"]["predict"].is_null();
    let one = fitted.as_ref().ok().filter(|_| asked).and_then(|fits| fits.first());
    let predictions = one.and_then(|fitted| {
        let file = ModelFile::parse(&fitted.model_file().ok()?).ok()?;
        file.predict(fitted.table(), 0.95).ok()
    });
    Ok(Answer { fitted, univariate: None, predictions })
}

/// The request in the words of the crate.
fn spec(case: &Case, likelihood: &str) -> Result<FitSpec, String> {
    let formula = case.model("formula").as_str().ok_or("a univariate fit is not built yet")?;
    let mut spec = FitSpec::new(formula, likelihood);
    for (param, link) in case.model("links").as_object().into_iter().flatten() {
        spec.links.push((param.clone(), link.as_str().unwrap_or_default().to_owned()));
    }
    for (param, value) in case.model("fixed").as_object().into_iter().flatten() {
        spec.fixed.push((param.clone(), value.as_f64().unwrap_or(f64::NAN)));
    }
    spec.event = case.model("event").as_str().map(str::to_owned);
    spec.weights = case.model("weights").as_str().map(str::to_owned);
    if let Some(kind) = case.model("weight_kind").as_str() {
        spec.weight_kind = kind.parse::<WeightKind>().map_err(|e| e.to_string())?;
    }
    spec.structure = case.model("structure").as_str().map(str::to_owned);
    spec.cluster = strings(case.model("cluster"));
    spec.se = Some(match case.json()["conventions"]["se"].as_str() {
        Some(kind) if kind.starts_with("expected") => SeKind::Expected,
        _ => SeKind::Observed,
    });
    spec.dispersion = match case.model("dispersion").as_str() {
        Some(word) => word.parse().map_err(|e: Error| e.to_string())?,
        None => Dispersion::Ml,
    };
    Ok(spec)
}

impl Answer {
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

    /// The program's value of a figure, as the case counts it.
    pub(crate) fn get(&mut self, case: &Case, quantity: &str, path: &[String]) -> Option<Value> {
        if let Some(found) = &self.univariate {
            return found.get(quantity, path);
        }
        let fits = self.fitted.as_ref().ok()?;
        let fitted = fits.first()?;
        let r = &fitted.result;
        let number = |v: f64| Some(json!(Number(v)));
        let name = path.last().map(String::as_str).unwrap_or_default();
        match quantity {
            "nobs" => number(r.n),
            "rank" => number(r.rank as f64),
            "df_residual" => number(r.df_residual),
            "weight_sum" => number(r.weight_sum),
            "loglik" | "loglik_supremum" => number(r.loglik.0),
            "loglik_null" => number(r.loglik_null.0),
            "deviance" if r.likelihood == "categorical" => number(-2.0 * r.loglik.0),
            "deviance" => number(r.deviance.0),
            "null_deviance" => number(r.null_deviance.0),
            "aic" => number(r.aic.0),
            "bic" => number(r.bic.0),
            "dispersion" => number(r.dispersion.0),
            "pearson_chi2" => number(r.pearson_chi2.0),
            "residual_sd" => number(r.sigma?.unbiased.0),
            "rss" => number(r.deviance.0),
            "separated" => Some(json!(r.existence.verdict != "finite")),
            "complete" => Some(json!(r.existence.verdict == "complete")),
            "coef" | "finite_limit" | "infinite" => coefficient(case, r, name).map(|c| json!(Number(c.0))),
            "se" | "finite_limit_se" => number(coefficient(case, r, name)?.1),
            "vcov" => vcov(case, r, path),
            "fits" => {
                let fitted = fits.get(path.first()?.parse::<usize>().ok()?)?;
                match path.get(1)?.as_str() {
                    "tau" => Some(json!(fitted.spec.tau?)),
                    "coef" => coefficient(case, &fitted.result, name).map(|c| json!(Number(c.0))),
                    "objective" => number(fitted.check_loss()?),
                    _ => None,
                }
            }
            "se_observed" => {
                let all = fitted.standard_errors(SeKind::Observed).ok()?;
                number(all.iter().find(|(term, _)| term == case.machine_name(name))?.1)
            }
            "r_squared" => number(1.0 - r.deviance.0 / r.null_deviance.0),
            "adj_r_squared" => {
                let null_df = r.n - if r.formula.contains("- 1") { 0.0 } else { 1.0 };
                number(1.0 - r.deviance.0 / r.df_residual / (r.null_deviance.0 / null_df))
            }
            "confint_wald" | "confint_t" => {
                let line = r.coefficient(case.machine_name(path.first()?))?;
                number(if name == "0" { line.conf_low.0 } else { line.conf_high.0 })
            }
            "theta" | "scale" => {
                let parameter = if quantity == "theta" { "theta" } else { "sigma" };
                let line = r.coefficients.iter().find(|c| c.parameter == parameter)?;
                let link: loglik::Link = r.links.get(parameter)?.parse().ok()?;
                number(if line.scale == "link" { link.natural(line.estimate.0) } else { line.estimate.0 })
            }
            "predict" => self.prediction(case, path),
            "levels" => {
                let at: usize = name.parse().ok()?;
                Some(json!(r.response.levels.as_ref()?.get(at)?))
            }
            "reference" => Some(json!(r.response.levels.as_ref()?.first()?)),
            _ => None,
        }
    }
}

impl Answer {
    /// One figure of the predictions: a quantity and the place of its row in the case's list.
    fn prediction(&self, case: &Case, path: &[String]) -> Option<Value> {
        let rows = case.json()["results"]["predict"]["rows"].as_array()?;
        let place: usize = path.get(1)?.parse().ok()?;
        let row = rows.get(place)?.as_u64()? as usize;
        let predictions = self.predictions.as_ref()?;
        let named = |name: &str| {
            let at = predictions.names.iter().position(|n| n == name)?;
            predictions.columns[at].get(row - 1)?.parse::<f64>().ok()
        };
        match path[0].as_str() {
            "rows" => Some(json!(row)),
            "eta" => Some(json!(named("link")?)),
            "se_eta" => Some(json!(named("link_se")?)),
            "mu" | "response" => Some(json!(named("response")?)),
            "probabilities" => {
                let class: usize = path.get(2)?.parse().ok()?;
                predictions.columns.get(class)?.get(row - 1)?.parse::<f64>().ok().map(|p| json!(p))
            }
            _ => None,
        }
    }
}

/// Estimate and standard error on the link scale of the coefficient with the case's name.
fn coefficient(case: &Case, r: &FitResult, name: &str) -> Option<(f64, f64)> {
    let machine = case.machine_name(name);
    let line = r.coefficient(machine)?;
    let (estimate, se) = (line.estimate.0, line.std_error.0);
    let shown_natural = line.scale == "natural";
    // A name like `log(theta)` is on the link scale; a natural value is taken there.
    let wants_link = name != machine && name.contains('(') && !name.starts_with("(phi)");
    match (shown_natural, wants_link) {
        (true, true) => {
            let link: loglik::Link = r.links.get(&line.parameter)?.parse().ok()?;
            let eta = link.link(estimate);
            let h = 1e-6 * estimate.abs().max(1e-6);
            let slope = (link.link(estimate + h) - link.link(estimate - h)) / (2.0 * h);
            Some((eta, se * slope.abs()))
        }
        _ => Some((estimate, se)),
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
