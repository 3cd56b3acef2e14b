//! Univariate fits: one column, several likelihoods, each with every parameter one number, compared.
//!
//! A univariate fit is the intercept-only model of the same likelihood through the same engine. It is reported on the
//! field's usual parameters, with standard errors by the delta method.

use crate::dist_families::Read;
use crate::dist_result::{Against, DistFailure, DistFit, DistLimit, DistParameter, DistResult};
use crate::goodness::{self, Goodness};
use crate::run::fit_as;
use crate::sample::Sample;
use crate::{
    Error, Exit, FitSpec, Fitted, Interrupt, Number, Status, WeightKind, dist_bootstrap, dist_families,
    dist_verdict, fit,
};
use loglik_design::{Table, threads};
use loglik_fit::Finding;
use loglik_num::{Jet, Lane, normal_quantile};
use std::str::FromStr;

/// By what fits are ranked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rank {
    /// Log-likelihood.
    Loglik,
    /// AIC.
    #[default]
    Aic,
    /// BIC.
    Bic,
}

impl FromStr for Rank {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self, Error> {
        match text {
            "loglik" => Ok(Self::Loglik),
            "aic" => Ok(Self::Aic),
            "bic" => Ok(Self::Bic),
            other => Err(Error::unknown_word("rank", other, ["loglik", "aic", "bic"].into_iter())),
        }
    }
}

/// What is asked of univariate fits.
#[derive(Clone, Debug, Default)]
pub struct DistSpec {
    /// The column, the lower bounds of censored values, or a response as in a formula: `Surv(time, event)`.
    pub column: String,
    /// The upper bounds of censored values: equal is exact, missing is open.
    pub upper: Option<String>,
    /// Column with the number of trials of each row's successes.
    pub trials: Option<String>,
    /// Likelihoods to fit; none, or the one word `auto`, for all that suit the column.
    pub families: Vec<String>,
    /// Parameters held, by their own or the field's names.
    pub fixed: Vec<(String, f64)>,
    /// Column of weights.
    pub weights: Option<String>,
    /// How they are meant.
    pub weight_kind: WeightKind,
    /// Rows used: those where this expression is 1.
    pub filter: Option<String>,
    /// By what fits are ranked.
    pub rank: Rank,
    /// Samples drawn for the p-values of distances; 0 for none.
    pub bootstrap: usize,
    /// Seed of these samples; [`DistSpec::SEED`] where absent.
    pub seed: Option<u64>,
    /// Level of intervals; 0.95 where absent.
    pub level: Option<f64>,
    /// Threads; all of the machine's where absent.
    pub threads: Option<usize>,
    /// Whether distances from the data are left out: they need the column sorted.
    pub skip_distances: bool,
    /// Asks the fits to stop; they look once a pass over the rows and once a sample.
    pub interrupt: Interrupt,
}

impl DistSpec {
    /// The seed of samples where none is given.
    pub const SEED: u64 = 1;

    /// Fits of `families` to one column.
    #[must_use]
    pub fn new(column: &str, families: &[&str]) -> Self {
        let families = families.iter().map(|f| (*f).to_owned()).collect();
        Self { column: column.to_owned(), families, ..Self::default() }
    }

    /// The response as a formula writes it.
    pub(crate) fn response(&self, names: &[String]) -> String {
        let quoted = |name: &str| format!("`{name}`");
        let column = quoted(&self.column);
        match (&self.upper, &self.trials) {
            (Some(upper), _) => format!("Surv({column}, {}, type = \"interval\")", quoted(upper)),
            (None, Some(trials)) => format!("cbind({column}, {} - {column})", quoted(trials)),
            (None, None) if !names.contains(&self.column) && self.column.contains(['(', ' ']) => {
                self.column.clone()
            }
            (None, None) => column,
        }
    }

    /// The intercept-only model of one likelihood, as [`fit`] takes it.
    ///
    /// * `names` columns of the table, among which the column is looked up
    #[must_use]
    pub fn model(&self, family: &str, names: &[String]) -> FitSpec {
        FitSpec {
            fixed: self.fixed.clone(),
            weights: self.weights.clone(),
            weight_kind: self.weight_kind,
            filter: self.filter.clone(),
            dispersion: crate::Dispersion::Ml,
            level: self.level,
            seed: self.seed,
            threads: self.threads,
            interrupt: self.interrupt.clone(),
            ..FitSpec::new(&format!("{} ~ 1", self.response(names)), family)
        }
    }
}

/// Fits every family of the spec and ranks them; a family that the data refuse is listed as failed.
///
/// # Errors
/// A request that cannot be, and the first family's error where none could be fitted; `interrupted`.
pub fn dist(spec: &DistSpec, table: &Table) -> Result<DistResult, Error> {
    let auto = spec.families.is_empty() || spec.families == ["auto"];
    let read = if auto || !spec.skip_distances { Some(dist_families::read(spec, table)?) } else { None };
    let families = read.as_ref().filter(|_| auto).map_or_else(|| spec.families.clone(), Read::families);
    let (mut fitted, mut failed, mut first) = (Vec::new(), Vec::new(), None);
    for family in &families {
        match fit_as(&spec.model(family, table.names()), table, false) {
            Ok(one) => fitted.push(one),
            Err(error) if error.exit == Exit::Interrupted => return Err(error),
            Err(error) => {
                failed.push(DistFailure { family: family.clone(), error: error.clone() });
                first.get_or_insert(error);
            }
        }
    }
    match first {
        Some(error) if fitted.is_empty() => return Err(error),
        _ => {}
    }
    fitted.sort_by(|a, b| rank(spec, a).total_cmp(&rank(spec, b)));
    let mut fits: Vec<DistFit> = fitted.iter().map(|f| one(f, spec)).collect();
    for (at, (fit, one)) in fits.iter_mut().zip(&fitted).enumerate() {
        if let Some(seen) = &mut fit.goodness {
            dist_bootstrap::p_values(spec, one, seen, spec.bootstrap, at as u64);
        }
        spec.interrupt.check()?;
    }
    if !spec.skip_distances {
        against_first(&mut fits, &fitted);
    }
    dist_verdict::say(&mut fits);
    Ok(DistResult {
        format: "loglik.dist/1".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        column: spec.column.clone(),
        upper: spec.upper.clone(),
        sample: if spec.upper.is_none() {
            Sample::of(table, &spec.column, threads(spec.threads))
        } else {
            None
        },
        summary: read.map(|read| read.summary).unwrap_or_default(),
        seed: (spec.bootstrap > 0).then(|| spec.seed.unwrap_or(DistSpec::SEED)),
        fits,
        failed,
    })
}

/// What is to be small; a likelihood without bound is no fit to compare with and comes last.
fn rank(spec: &DistSpec, fitted: &Fitted) -> f64 {
    let r = &fitted.result;
    match spec.rank {
        _ if r.status == Status::Unbounded => f64::INFINITY,
        Rank::Loglik => -r.loglik.0,
        Rank::Aic => r.aic.0,
        Rank::Bic => r.bic.0,
    }
}

/// AIC above the first's, and Vuong's test against it.
fn against_first(fits: &mut [DistFit], fitted: &[Fitted]) {
    let (Some(best), Some(first)) = (fits.first().map(|f| f.aic.0), fitted.first()) else { return };
    for (at, (fit, one)) in fits.iter_mut().zip(fitted).enumerate() {
        // Fits that give every row the same density have no test, and need none.
        let test = if at == 0 || fit.status == Status::Unbounded { None } else { first.vuong(one).ok() };
        fit.against_first = Against {
            aic: Number(fit.aic.0 - best),
            vuong: test.map(|t| t.statistic),
            vuong_p: test.map(|t| t.p_value),
        };
    }
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
    let mut model = spec.model(family, table.names());
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
        quantiles: if unbounded || spec.skip_distances {
            Vec::new()
        } else {
            goodness::quantile_shifts(fitted)
        },
        limit: limit(fitted),
        maxima: maxima(fitted),
        against_first: Against::default(),
        verdict: String::new(),
        notes: r.notes.clone(),
    }
}

/// The family that this one has become.
fn limit(fitted: &Fitted) -> Option<DistLimit> {
    fitted.fit.findings.iter().find_map(|finding| match finding {
        Finding::Limit { family, natural } => Some(DistLimit {
            likelihood: (*family).to_owned(),
            parameters: natural.iter().map(|(name, v)| ((*name).to_owned(), Number(*v))).collect(),
        }),
        _ => None,
    })
}

/// Log-likelihoods of the maxima found where there are several, best first.
fn maxima(fitted: &Fitted) -> Vec<Number> {
    let several = fitted.fit.findings.iter().find_map(|finding| match finding {
        Finding::SeveralMaxima(logliks) => Some(logliks),
        _ => None,
    });
    several.into_iter().flatten().map(|l| Number(*l)).collect()
}

/// Coordinates of the fitted distribution                                `[k]`
pub(crate) fn coordinates(fitted: &Fitted) -> Vec<f64> {
    let model = &fitted.fit.model;
    let u = |(k, x): (usize, &loglik_fit::Predictor)| {
        let eta = x.constant + x.intercept.map_or(0.0, |at| fitted.beta[at]);
        x.link.to_u(model.support(k), Lane::splat(eta)).0[0]
    };
    model.predictors.iter().enumerate().map(u).collect()
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
