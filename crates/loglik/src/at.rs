//! The likelihood at given parameters, without a fit: its value, its slopes, and the rows that have no density there.

use crate::own_check::rows_outside;
use crate::prepare::Prepared;
use crate::request::parameter;
use crate::run::{Data, ready};
use crate::{Error, FitSpec, Number};
use loglik_fit::{Executor, Local, Pass, Point, Precision, Sums};
use serde::Serialize;
use std::collections::BTreeMap;

/// Rows listed, at most.
const ROWS: usize = 20;

/// What the likelihood is at one point.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Evaluated {
    /// `loglik.at/1`.
    pub format: String,
    /// Of the program.
    pub version: String,
    /// That led here.
    pub command: Option<String>,
    /// Its name.
    pub likelihood: String,
    /// Formula or text, as typed.
    pub formula: String,
    /// Rows used.
    pub n: f64,
    /// Rows dropped for missing values.
    pub n_dropped: usize,
    /// The point, as given.
    pub at: BTreeMap<String, f64>,
    /// Log-likelihood, nats, constants included; -inf where a row has no density.
    pub loglik: Number,
    /// Slopes of the log-likelihood in the coefficients on the scale of their links, by machine name.
    pub score: BTreeMap<String, Number>,
    /// Data rows without a density there, from 1, at most 20.
    pub rows_outside: Vec<u64>,
}

/// Evaluates the likelihood of a spec at `spec.at`, where every coefficient has a value: by machine name on the scale of
/// the table, or by the name of a parameter that has no predictor of its own, on its natural scale.
///
/// # Errors
/// As [`crate::fit`]; an unknown name, or a coefficient without a value.
pub fn loglik_at(spec: &FitSpec, data: impl Into<Data>) -> Result<Evaluated, Error> {
    let prepared = ready(spec, data.into())?;
    let user = point(spec, &prepared)?;
    let beta = prepared.map.to_internal(&user);
    let mut run = Local::new(&prepared.source, spec.threads());
    let points = vec![Point::new(beta.clone())];
    let pass = Pass::Derivs { points, sums: Sums::Info, precision: Precision::Double, limits: Vec::new() };
    let derivs = run.run(&prepared.model, &pass)?.into_derivs().remove(0);
    let rows = if derivs.outside > 0 { rows_outside(&prepared, &beta)?.0 } else { Vec::new() };
    let inner: Vec<f64> = derivs.score();
    let slopes = prepared.map.score_to_user(&inner);
    let outside = derivs.outside > 0;
    let score = |at: usize| Number(if outside { f64::NAN } else { slopes[at] });
    Ok(Evaluated {
        format: "loglik.at/1".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        command: spec.command.clone(),
        likelihood: prepared.model.likelihood.spec().name.clone(),
        formula: spec.text.as_ref().unwrap_or(&spec.formula).clone(),
        n: derivs.rows as f64,
        n_dropped: prepared.rows.dropped,
        at: spec.at.iter().cloned().collect(),
        loglik: Number(derivs.loglik.hi),
        score: prepared.coefs.iter().map(|c| (c.name.clone(), score(c.at))).collect(),
        rows_outside: rows.iter().take(ROWS).map(|r| prepared.place(*r).0).collect(),
    })
}

/// Coefficients of the user's columns                                          `[p]`
pub(crate) fn point(spec: &FitSpec, prepared: &Prepared) -> Result<Vec<f64>, Error> {
    let what = prepared.model.likelihood.spec();
    let mut user = vec![f64::NAN; prepared.model.p];
    for (name, value) in &spec.at {
        let exact = prepared.coefs.iter().find(|c| c.name == *name);
        let (coef, natural) = match exact {
            Some(coef) => (coef, (!prepared.named.contains(&coef.k)).then_some(*value)),
            None => {
                let known = prepared.coefs.iter().map(|c| c.name.as_str());
                let unknown = || Error::unknown_word("coefficient", name, known.clone());
                let (k, natural) =
                    parameter(what, &prepared.aliases, "--at", name, *value).map_err(|_| unknown())?;
                let single = prepared.model.predictors[k].is_constant();
                let coef = prepared.coefs.iter().find(|c| c.k == k && single).ok_or_else(unknown)?;
                (coef, Some(natural))
            }
        };
        let predictor = &prepared.model.predictors[coef.k];
        let eta = natural.map_or(*value, |natural| {
            predictor
                .link
                .from_u(what.params[coef.k].support, what.params[coef.k].support.coordinate(natural))
        });
        if !eta.is_finite() {
            return Err(Error::request(format!("--at {name}={value}: outside the range of `{name}`")));
        }
        user[coef.at] = eta;
    }
    let open: Vec<&str> =
        prepared.coefs.iter().filter(|c| user[c.at].is_nan()).map(|c| c.name.as_str()).collect();
    if open.is_empty() {
        return Ok(user);
    }
    Err(Error::request(format!("--at has no value for {}", open.join(", ")))
        .remedy("give every coefficient one"))
}
