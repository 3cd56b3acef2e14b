//! Numbers of the whole fit: deviances, dispersion, criteria.

use crate::prepare::Prepared;
use crate::{Dispersion, Error, FitSpec, WeightKind};
use loglik_design::Source;
use loglik_fit::{Executor, Finding, Fit};
use loglik_infer::Deviance;

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
    /// Sums of squares of a Gaussian.
    pub(crate) squares: Option<Squares>,
    /// Whether the table has t and F instead of z and chi-square.
    pub(crate) t: bool,
    /// Whether only the main predictor's coefficients have standard errors scaled by `dispersion`.
    pub(crate) scaled: bool,
}

/// Sums of squares of a least-squares fit and their degrees of freedom.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Squares {
    /// Of fitted values about their mean, about 0 without an intercept.
    pub(crate) model: f64,
    pub(crate) residual: f64,
    pub(crate) df: f64,
    pub(crate) df_residual: f64,
}

impl Squares {
    pub(crate) fn r_squared(&self) -> f64 {
        self.model / (self.model + self.residual)
    }

    /// Mean squares in place of sums.
    pub(crate) fn adjusted(&self) -> f64 {
        let total = (self.model + self.residual) / (self.df + self.df_residual);
        1.0 - self.residual / self.df_residual / total
    }

    /// Mean square of the model over that of the residuals.
    pub(crate) fn f(&self) -> f64 {
        (self.model / self.df) / (self.residual / self.df_residual)
    }
}

/// What rounding took from the coefficients, zeros where nothing is known of it.
pub(crate) fn low_parts(fit: &Fit) -> Vec<f64> {
    if fit.point.low.is_empty() { vec![0.0; fit.point.beta.len()] } else { fit.point.low.clone() }
}

/// Deviances of a fit and of its null model, where they are known.
#[derive(Clone, Copy)]
pub(crate) struct Deviances {
    pub(crate) here: Option<Deviance>,
    pub(crate) null: Option<Deviance>,
}

impl Deviances {
    /// That of a fit alone.
    pub(crate) fn of(fit: &Fit, run: &mut dyn Executor) -> Result<Self, Error> {
        Ok(Self { here: loglik_infer::deviance(fit, run)?, null: None })
    }
}

/// Numbers of the fit, given its deviances.
pub(crate) fn of(
    spec: &FitSpec,
    prepared: &Prepared,
    fit: &Fit,
    deviances: Deviances,
    run: &mut dyn Executor,
) -> Result<Statistics, Error> {
    let frequency = spec.weights.is_some() && spec.weight_kind == WeightKind::Frequency;
    let n = if frequency { prepared.rows.weight_sum } else { prepared.source.frame().rows as f64 };
    let main = |j: &usize| prepared.in_main(*j);
    let rank = fit.rank.active.iter().filter(|j| main(j)).count();
    let df_residual = n - rank as f64;
    let Deviances { here, null: null_deviance } = deviances;
    let mut out = Statistics {
        n,
        rank,
        df_residual,
        deviance: here.map(|d| d.deviance),
        null_deviance: null_deviance.map(|d| d.deviance),
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
    if let (Some(_), Some(residual), Some(null)) = (out.sigma, out.deviance, out.null_deviance) {
        let main = &prepared.model.predictors[0];
        let has_mean = main.intercept.is_some();
        let model = match main.offset {
            None => null - residual,
            Some(_) => loglik_infer::fitted_squares(fit, has_mean, run)?,
        };
        let df = rank - usize::from(has_mean);
        out.squares = Some(Squares { model, residual, df: df as f64, df_residual });
    }
    match spec.dispersion {
        Dispersion::Ml => {}
        // A user who declares sigma wants its line in the table.
        Dispersion::Default if prepared.own.is_some() => {}
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
    /// A penalised fit has no degrees of freedom to divide by: its scale is that of maximum likelihood.
    pub(crate) fn withhold_scale(&mut self) {
        (self.sigma, self.t, self.scaled) = (None, false, false);
        (self.dispersion, self.dispersion_kind) = (self.phi, "ml");
    }

    fn scale(&mut self, dispersion: f64, kind: &'static str) {
        self.dispersion = dispersion;
        self.dispersion_kind = kind;
        self.scaled = true;
    }
}

/// A Gaussian with identity link and one sigma for all rows: its table has t and the unbiased sigma.
fn is_least_squares(prepared: &Prepared) -> bool {
    if let Some(own) = &prepared.own {
        return own.regression().is_some();
    }
    let predictors = &prepared.model.predictors;
    prepared.model.likelihood.spec().name == "gaussian"
        && prepared.model.is_direct(0)
        && predictors[1].is_constant()
}
