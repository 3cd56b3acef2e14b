//! Numbers of the whole fit: deviances, dispersion, criteria, covariance of the user's coefficients.

use crate::prepare::Prepared;
use crate::{Dispersion, Error, FitSpec, SeKind, WeightKind};
use loglik_fit::{Derivs, Executor, Finding, Fit};
use loglik_num::{Cholesky, Dd, OrderedCholesky};

/// Numbers of the whole fit.
#[derive(Clone, Debug, Default)]
pub(crate) struct Statistics {
    /// Rows, or the sum of frequency weights.
    pub(crate) n: f64,
    /// Rank of the main predictor.
    pub(crate) rank: usize,
    /// n - rank
    pub(crate) df_residual: f64,
    /// Deviance and Pearson's chi-square, where the likelihood is an exponential dispersion model.
    pub(crate) deviance: Option<f64>,
    pub(crate) null_deviance: Option<f64>,
    pub(crate) pearson_chi2: Option<f64>,
    /// Dispersion by maximum likelihood.
    pub(crate) phi: f64,
    /// Dispersion behind the standard errors, and its kind.
    pub(crate) dispersion: f64,
    pub(crate) dispersion_kind: &'static str,
    /// Sigma of a Gaussian: by maximum likelihood and unbiased.
    pub(crate) sigma: Option<(f64, f64)>,
    /// Whether the table has t and F instead of z and chi-square.
    pub(crate) t: bool,
    /// Whether only the main predictor's coefficients have standard errors scaled by `dispersion`.
    pub(crate) scaled: bool,
}

/// What rounding took from the coefficients, zeros where nothing is known of it.
pub(crate) fn low_parts(fit: &Fit) -> Vec<f64> {
    if fit.point.low.is_empty() { vec![0.0; fit.point.beta.len()] } else { fit.point.low.clone() }
}

/// Numbers of the fit and of its null model.
pub(crate) fn of(
    spec: &FitSpec,
    prepared: &Prepared,
    fit: &Fit,
    null: Option<&Fit>,
    run: &mut dyn Executor,
) -> Result<Statistics, Error> {
    let frequency = spec.weights.is_some() && spec.weight_kind == WeightKind::Frequency;
    let n = if frequency { prepared.rows.weight_sum } else { fit.end.rows as f64 };
    let main = |j: &usize| prepared.in_main(*j);
    let rank = fit.rank.active.iter().filter(|j| main(j)).count();
    let df_residual = n - rank as f64;
    let here = loglik_infer::deviance(fit, run)?;
    let there = match null {
        Some(null) => loglik_infer::deviance(null, run)?,
        None => None,
    };
    let mut out = Statistics {
        n,
        rank,
        df_residual,
        deviance: here.map(|d| d.deviance),
        null_deviance: there.map(|d| d.deviance),
        pearson_chi2: here.map(|d| d.pearson),
        phi: here.map_or(1.0, |d| d.phi),
        dispersion_kind: "ml",
        ..Statistics::default()
    };
    out.dispersion = out.phi;
    if is_least_squares(prepared) {
        let rss = out.deviance.unwrap_or(f64::NAN);
        out.sigma = Some((out.phi.sqrt(), (rss / df_residual).sqrt()));
    }
    if fit.findings.contains(&Finding::Unbounded) && out.sigma.is_some() {
        // A perfect fit: what is left of the residuals is the rounding of the response.
        (out.deviance, out.pearson_chi2, out.sigma) = (Some(0.0), Some(0.0), Some((0.0, 0.0)));
    }
    match spec.dispersion {
        Dispersion::Ml => {}
        Dispersion::Default if out.sigma.is_some() => out.scale(rss_over(&out), "unbiased"),
        Dispersion::Default => {}
        Dispersion::Pearson => out.scale(out.pearson_chi2.unwrap_or(f64::NAN) / df_residual, "pearson"),
        Dispersion::Deviance => out.scale(out.deviance.unwrap_or(f64::NAN) / df_residual, "deviance"),
        Dispersion::Value(value) => out.scale(value, "given"),
    }
    out.t = out.scaled && out.dispersion_kind != "given";
    Ok(out)
}

fn rss_over(out: &Statistics) -> f64 {
    out.deviance.unwrap_or(f64::NAN) / out.df_residual
}

impl Statistics {
    fn scale(&mut self, dispersion: f64, kind: &'static str) {
        self.dispersion = dispersion;
        self.dispersion_kind = kind;
        self.scaled = true;
    }
}

/// A Gaussian with identity link and one sigma for all rows: its table has t and the unbiased sigma.
fn is_least_squares(prepared: &Prepared) -> bool {
    let predictors = &prepared.model.predictors;
    prepared.model.likelihood.spec().name == "gaussian"
        && prepared.model.is_direct(0)
        && predictors[1].is_constant()
}

/// Covariance of the user's coefficients; zeros for those without a finite estimate                `[p, p]`
pub(crate) fn vcov(
    spec: &FitSpec,
    prepared: &Prepared,
    fit: &Fit,
    run: &mut dyn Executor,
    statistics: &Statistics,
) -> Result<Vec<f64>, Error> {
    let p = fit.model.p;
    let kind = spec.se();
    let kept: Vec<usize> =
        fit.estimated.iter().copied().filter(|j| !statistics.scaled || prepared.in_main(*j)).collect();
    let q = kept.len();
    let inside = match kind {
        SeKind::Observed => inverse(&fit.end, &kept, p),
        SeKind::Expected => {
            let derivs = loglik_infer::expected_info(fit, run)?.ok_or_else(|| {
                let name = &fit.model.likelihood.spec().name;
                Error::request(format!("--se expected: the expected information of {name} is not known here"))
                    .remedy("use --se observed")
            })?;
            inverse(&derivs, &kept, p)
        }
        SeKind::Hc0 | SeKind::Hc1 | SeKind::Cluster => sandwich(spec, fit, run, statistics, &kept)?,
        other => return Err(Error::request(format!("--se {} is not built yet", other.name()))),
    };
    let model_based = matches!(kind, SeKind::Observed | SeKind::Expected);
    let by = if statistics.scaled && model_based { statistics.dispersion / statistics.phi } else { 1.0 };
    let mut out = vec![0.0; p * p];
    for (i, a) in kept.iter().enumerate() {
        for (j, b) in kept.iter().enumerate() {
            out[a * p + b] = by * inside[i * q + j];
        }
    }
    prepared.map.vcov_to_user(&mut out);
    Ok(out)
}

/// Inverse information times the products of scores times inverse information, with its small-sample factor.
fn sandwich(
    spec: &FitSpec,
    fit: &Fit,
    run: &mut dyn Executor,
    statistics: &Statistics,
    kept: &[usize],
) -> Result<Vec<f64>, Error> {
    let (p, q) = (fit.model.p, kept.len());
    if !fit.limits.is_empty() {
        return Err(Error::request("a sandwich covariance has no meaning where the maximum is not finite"));
    }
    let clustered = spec.se() == SeKind::Cluster;
    if clustered && spec.cluster.len() != 1 {
        return Err(Error::request("--se cluster takes one column: --cluster COL"));
    }
    let key = clustered.then_some(0);
    let (all, groups) = loglik_infer::meat(fit, run, key)?;
    let meat = loglik_fit::square(&all, kept, p);
    let bread = inverse(&fit.end, kept, p);
    let product = |x: &[f64], y: &[f64]| -> Vec<f64> {
        let entry = |i: usize, j: usize| (0..q).map(|k| x[i * q + k] * y[k * q + j]).sum::<f64>();
        (0..q * q).map(|at| entry(at / q, at % q)).collect()
    };
    let (n, g, rank) = (statistics.n, groups as f64, statistics.rank as f64);
    let own = if clustered { g / (g - 1.0) * (n - 1.0) / (n - rank) } else { n / (n - rank) };
    let factor = match (spec.se_factor.as_deref(), spec.se()) {
        (Some("none"), _) | (None, SeKind::Hc0) => 1.0,
        (Some("n/(n-1)"), _) => n / (n - 1.0),
        (Some("n/(n-p)"), _) => n / (n - rank),
        (Some("G/(G-1)"), SeKind::Cluster) => g / (g - 1.0),
        (None, _) => own,
        (Some(other), _) => {
            let words = ["none", "n/(n-1)", "n/(n-p)", "G/(G-1)"];
            return Err(Error::unknown_word("--se-factor", other, words.into_iter()));
        }
    };
    let inside = product(&product(&bread, &meat), &bread);
    Ok(inside.into_iter().map(|v| factor * v).collect())
}

/// Inverse of the information of some coefficients, in double-double where it was summed so.
fn inverse(derivs: &Derivs, kept: &[usize], p: usize) -> Vec<f64> {
    let q = kept.len();
    let square = loglik_fit::square(&derivs.info, kept, p);
    if derivs.info_low.is_empty() {
        return Cholesky::new(&square, q).map_or_else(|_| vec![f64::NAN; q * q], |factor| factor.inverse());
    }
    let low = loglik_fit::square(&derivs.info_low, kept, p);
    let precise: Vec<Dd> = square.iter().zip(&low).map(|(a, b)| Dd::sum(*a, *b)).collect();
    let scale: Vec<f64> = (0..q).map(|i| square[i * q + i]).collect();
    let factor = OrderedCholesky::new(&precise, q, &scale, 0.0);
    if factor.dependent().is_empty() { factor.inverse() } else { vec![f64::NAN; q * q] }
}
