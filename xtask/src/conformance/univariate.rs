//! Univariate cases: one column, or lower and upper bounds, and the field's parameters.

use super::case::{Case, strings};
use loglik::{DistFit, DistSpec, Error, Number, Sample, Table, WeightKind, dist, dist_loglik_at};
use serde_json::{Value, json};

/// A univariate fit and what its further questions need.
pub(crate) struct Univariate {
    pub(crate) fit: DistFit,
    sample: Option<Sample>,
    spec: DistSpec,
    family: String,
    table: Table,
}

/// Fits a univariate case.
pub(crate) fn univariate(case: &Case, family: &str) -> Result<Result<Univariate, Error>, String> {
    let mut spec = DistSpec { families: vec![family.to_owned()], ..DistSpec::default() };
    match case.model("column") {
        Value::Array(_) => {
            let columns = strings(case.model("column"));
            let [lower, upper] = columns.as_slice() else { return Err("two columns are bounds".to_owned()) };
            (spec.column, spec.upper) = (lower.clone(), Some(upper.clone()));
        }
        column => spec.column = column.as_str().unwrap_or_default().to_owned(),
    }
    spec.trials = case.model("trials").as_str().map(str::to_owned);
    spec.weights = case.model("weights").as_str().map(str::to_owned);
    if let Some(kind) = case.model("weight_kind").as_str() {
        spec.weight_kind = kind.parse::<WeightKind>().map_err(|e| e.to_string())?;
    }
    for (name, value) in case.model("fixed").as_object().into_iter().flatten() {
        spec.fixed.push((name.clone(), value.as_f64().unwrap_or(f64::NAN)));
    }
    let table = case.table()?;
    Ok(dist(&spec, &table).map(|mut found| Univariate {
        fit: found.fits.remove(0),
        sample: found.sample,
        spec,
        family: family.to_owned(),
        table,
    }))
}

impl Univariate {
    /// The program's value of a figure.
    pub(crate) fn get(&self, quantity: &str, path: &[String]) -> Option<Value> {
        let number = |v: f64| Some(json!(Number(v)));
        let name = path.last().map(String::as_str).unwrap_or_default();
        let fit = &self.fit;
        match quantity {
            "nobs" => number(fit.rows as f64),
            "loglik" | "loglik_supremum" => number(fit.loglik.0),
            "aic" => number(fit.aic.0),
            "bic" => number(fit.bic.0),
            "coef" => number(fit.parameter(name)?.estimate.0),
            "se" => number(fit.parameter(name)?.std_error.0),
            "loglik_at" => number(self.at(name)?),
            "limit" if name == "likelihood" => Some(json!(fit.limit.as_ref()?.likelihood)),
            "limit" => Some(json!(fit.limit.as_ref()?.parameters.get(name)?)),
            "likelihood_at" => number(loglik::likelihood_of(self.at(name)?)),
            "sd_free" => {
                let spec = DistSpec { fixed: Vec::new(), ..self.spec.clone() };
                let free = dist(&spec, &self.table).ok()?.fits.pop()?;
                if path.first()? == "loglik" {
                    number(free.loglik.0)
                } else {
                    number(free.parameter(name)?.estimate.0)
                }
            }
            "mean" => number(self.sample?.mean.0),
            "sd_n_minus_1" => number(self.sample?.sd.0),
            "autocorrelation_lag1" => number(self.sample?.autocorrelation_lag1.0),
            _ => None,
        }
    }

    /// Log-likelihood with the fit's one free parameter at a value.
    fn at(&self, value: &str) -> Option<f64> {
        let free = self.fit.parameters.first()?.name.clone();
        dist_loglik_at(&self.spec, &self.family, &self.table, &[(free, value.parse().ok()?)]).ok()
    }
}
