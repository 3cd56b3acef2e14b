//! Univariate fits: one column, several likelihoods, each with every parameter one number, compared.
//!
//! A univariate fit is the intercept-only model of the same likelihood through the same engine. It is reported on the
//! field's usual parameters, with standard errors by the delta method.

use crate::dist_result::{DistFailure, DistFit, DistParameter, DistResult};
use crate::goodness::Goodness;
use crate::sample::Sample;
use crate::{Error, FitSpec, Fitted, Number, Status, WeightKind, fit};
use loglik_design::Table;
use loglik_num::{Jet, Lane, normal_quantile};

/// What is asked of univariate fits.
#[derive(Clone, Debug, Default)]
pub struct DistSpec {
    /// The column, or the lower bounds of censored values.
    pub column: String,
    /// The upper bounds of censored values: equal is exact, missing is open.
    pub upper: Option<String>,
    /// Column with the number of trials of each row's successes.
    pub trials: Option<String>,
    /// Likelihoods to fit.
    pub families: Vec<String>,
    /// Parameters held, by their own or the field's names.
    pub fixed: Vec<(String, f64)>,
    /// Column of weights.
    pub weights: Option<String>,
    /// How they are meant.
    pub weight_kind: WeightKind,
    /// Level of intervals; 0.95 where absent.
    pub level: Option<f64>,
    /// Threads; all of the machine's where absent.
    pub threads: Option<usize>,
    /// Whether distances from the data are left out: they need the column sorted.
    pub skip_distances: bool,
}

impl DistSpec {
    /// Fits of `families` to one column.
    #[must_use]
    pub fn new(column: &str, families: &[&str]) -> Self {
        let families = families.iter().map(|f| (*f).to_owned()).collect();
        Self { column: column.to_owned(), families, ..Self::default() }
    }

    /// The intercept-only model of one likelihood.
    fn model(&self, family: &str) -> FitSpec {
        let quoted = |name: &str| format!("`{name}`");
        let column = quoted(&self.column);
        let response = match (&self.upper, &self.trials) {
            (Some(upper), _) => format!("Surv({column}, {}, type = \"interval\")", quoted(upper)),
            (None, Some(trials)) => format!("cbind({column}, {} - {column})", quoted(trials)),
            (None, None) => column,
        };
        FitSpec {
            fixed: self.fixed.clone(),
            weights: self.weights.clone(),
            weight_kind: self.weight_kind,
            dispersion: crate::Dispersion::Ml,
            level: self.level,
            threads: self.threads,
            ..FitSpec::new(&format!("{response} ~ 1"), family)
        }
    }
}

/// Fits every family of the spec and ranks them by log-likelihood; a family that the data refuse is listed as failed.
///
/// # Errors
/// A request that cannot be, and the first family's error where none could be fitted.
pub fn dist(spec: &DistSpec, table: &Table) -> Result<DistResult, Error> {
    let (mut fits, mut failed, mut first) = (Vec::new(), Vec::new(), None);
    for family in &spec.families {
        match fit(&spec.model(family), table) {
            Ok(fitted) => fits.push(one(&fitted, spec)),
            Err(error) => {
                failed.push(DistFailure { family: family.clone(), error: error.clone() });
                first.get_or_insert(error);
            }
        }
    }
    match first {
        Some(error) if fits.is_empty() => return Err(error),
        _ => {}
    }
    fits.sort_by(|a, b| b.loglik.0.total_cmp(&a.loglik.0));
    Ok(DistResult {
        format: "loglik.dist/1".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        column: spec.column.clone(),
        upper: spec.upper.clone(),
        sample: if spec.upper.is_none() { Sample::of(table, &spec.column) } else { None },
        fits,
        failed,
    })
}

/// Log-likelihood of one family with every parameter held at `at`, or fitted where `at` and the spec do not name it.
///
/// # Errors
/// As [`dist`].
pub fn dist_loglik_at(
    spec: &DistSpec,
    family: &str,
    table: &Table,
    at: &[(String, f64)],
) -> Result<f64, Error> {
    let mut model = spec.model(family);
    model.fixed.extend_from_slice(at);
    Ok(fit(&model, table)?.result.loglik.0)
}

/// One fitted model on the field's parameters.
fn one(fitted: &Fitted, spec: &DistSpec) -> DistFit {
    let r = &fitted.result;
    let unbounded = r.status == Status::Unbounded;
    DistFit {
        family: r.likelihood.clone(),
        status: r.status,
        n: r.n,
        rows: fitted.prepared.table.rows(),
        parameters: parameters(fitted),
        fixed: r.fixed.clone(),
        loglik: if unbounded { Number(f64::INFINITY) } else { r.loglik },
        df: r.df,
        aic: r.aic,
        bic: r.bic,
        goodness: if unbounded || spec.skip_distances { None } else { Goodness::of(fitted) },
        notes: r.notes.clone(),
    }
}

/// Estimated parameters, with standard errors by the delta method and Wald intervals.
fn parameters(fitted: &Fitted) -> Vec<DistParameter> {
    let (model, p) = (&fitted.fit.model, fitted.fit.model.p);
    let k = model.predictors.len();
    let (mut u, mut slopes, mut places) = (vec![0.0; k], vec![0.0; k], vec![None; k]);
    for (i, predictor) in model.predictors.iter().enumerate() {
        let eta = predictor.constant + predictor.intercept.map_or(0.0, |at| fitted.beta[at]);
        let eta: Jet<1> = Jet::variable(Lane::splat(eta), 0);
        let value = predictor.link.to_u(model.support(i), eta);
        (u[i], slopes[i], places[i]) = (value.v.0[0], value.g[0].0[0], predictor.intercept);
    }
    let (values, by) = fitted.prepared.natural.values(&u);
    let held: Vec<bool> =
        fitted.prepared.model.predictors.iter().map(loglik_fit::Predictor::is_fixed).collect();
    let z = normal_quantile(0.5 + 0.5 * fitted.spec.level());
    let degenerate = fitted.result.sigma.is_some_and(|s| s.ml.0 == 0.0);
    let mut out = Vec::new();
    for (i, name) in fitted.prepared.natural.names().into_iter().enumerate() {
        let moved: Vec<usize> = (0..k).filter(|j| by[i * k + j] != 0.0).collect();
        if moved.iter().all(|j| held[*j]) {
            continue;
        }
        let mut variance = 0.0;
        for a in 0..k {
            for b in 0..k {
                if let (Some(x), Some(y)) = (places[a], places[b]) {
                    variance +=
                        by[i * k + a] * slopes[a] * fitted.vcov[x * p + y] * by[i * k + b] * slopes[b];
                }
            }
        }
        let at_end = moved.iter().all(|j| places[*j].is_none());
        let se = if at_end || degenerate { f64::NAN } else { variance.sqrt() };
        // Where every residual is 0 the scale is 0.
        let value = if degenerate && moved == [1] { 0.0 } else { values[i] };
        out.push(DistParameter {
            name,
            estimate: Number(value),
            std_error: Number(se),
            conf_low: Number(value - z * se),
            conf_high: Number(value + z * se),
        });
    }
    out
}
