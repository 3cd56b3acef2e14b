//! What single rows show: leverage, influence, outliers, and the shape of the quantile residuals.
//!
//! Influential is a row whose leaving moves the main coefficients by their own joint standard error or more: Cook's
//! distance above 1 (Cook & Weisberg 1982, ch. 3). A leverage above 0.5 leaves a row less than half of its own residual
//! (Huber 1981, ch. 7). The shape of the quantile residuals is tested by Anderson-Darling with mean and variance estimated, p
//! by D'Agostino & Stephens (1986), table 4.9.

use super::{Diagnosis, LOOK, Mend, Standing, WARN};
use crate::{Error, Fitted, RowDiagnostics};
use loglik_design::Source;
use loglik_fit::{Precision, RunError, Sweep};
use loglik_num::{erfc, exp, log, normal_two_sided};

/// Rows named in a finding.
const NAMED: usize = 5;

/// Leverage and distance that are called high.
const HIGH_LEVERAGE: f64 = 0.5;
const HIGH_DISTANCE: f64 = 1.0;

/// Rows below which the shape of residuals says nothing.
const FEW: usize = 8;

/// Figures of all rows used.
pub(super) struct Rows {
    /// Residuals, leverage, distance                                        `[n]`
    pub(super) figures: Vec<RowDiagnostics>,
    /// Linear predictor of the main parameter                               `[n]`
    pub(super) etas: Vec<f64>,
}

impl Rows {
    pub(super) fn of(fitted: &Fitted) -> Result<Self, Error> {
        let figures = fitted.diagnostics()?;
        let etas = each_row(fitted, None, |sweep, r| sweep.etas[0][r])?;
        Ok(Self { figures, etas })
    }
}

/// Something of every row at the fit, its main linear predictor replaced where `etas` says so `[n]`
pub(super) fn each_row(
    fitted: &Fitted,
    etas: Option<&[f64]>,
    take: impl Fn(&Sweep, usize) -> f64,
) -> Result<Vec<f64>, Error> {
    let (fit, source) = (&fitted.fit, &fitted.prepared.source);
    let mut out = Vec::with_capacity(fit.end.rows);
    let mut sweep = Sweep::default();
    for part in 0..source.parts() {
        let read = source.read(part, &mut |chunk| {
            sweep.predict(&fit.model, &fit.point, Precision::Plain, &fit.limits, chunk);
            if let Some(etas) = etas {
                let first = chunk.first_row;
                sweep.etas[0][..chunk.rows].copy_from_slice(&etas[first..first + chunk.rows]);
            }
            sweep.coordinates(&fit.model, chunk);
            out.extend((0..chunk.rows).map(|r| take(&sweep, r)));
            Ok(())
        });
        read.map_err(|halt| Error::from(RunError::from(halt)))?;
    }
    Ok(out)
}

/// The rows with the largest values of a figure, largest first.
fn top(rows: &Rows, figure: impl Fn(&RowDiagnostics) -> f64) -> Vec<(usize, f64)> {
    let mut all: Vec<(usize, f64)> =
        rows.figures.iter().map(|f| (f.row, figure(f))).filter(|(_, v)| !v.is_nan()).collect();
    all.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    all.truncate(NAMED);
    all
}

/// Rows that alone determine much.
pub(super) fn influence(fitted: &Fitted, rows: &Rows) -> Vec<Diagnosis> {
    let mut found = Vec::new();
    let leverage = top(rows, |f| f.leverage);
    if let Some((_, most)) = leverage.first().copied() {
        let standing = if most > HIGH_LEVERAGE { Standing::Warn } else { Standing::Pass };
        let message = format!("largest leverage {most:.3} (mean {:.3})", mean_leverage(rows));
        found.push(named(fitted, "leverage", standing, message, &leverage, HIGH_LEVERAGE));
    }
    let distance = top(rows, |f| f.cooks_distance);
    if let Some((_, most)) = distance.first().copied() {
        let standing = if most > HIGH_DISTANCE { Standing::Warn } else { Standing::Pass };
        let message = format!("largest Cook's distance {most:.3}");
        found.push(named(fitted, "influence", standing, message, &distance, HIGH_DISTANCE));
    }
    found
}

fn mean_leverage(rows: &Rows) -> f64 {
    rows.figures.iter().map(|f| f.leverage).sum::<f64>() / rows.figures.len() as f64
}

/// A finding with the rows over a limit, or the first few where none is; the mend leaves out those over it.
fn named(
    fitted: &Fitted,
    id: &str,
    standing: Standing,
    message: String,
    top: &[(usize, f64)],
    limit: f64,
) -> Diagnosis {
    let over: Vec<usize> = top.iter().filter(|(_, v)| *v > limit).map(|(r, _)| *r).collect();
    let all: Vec<usize> = top.iter().map(|(r, _)| *r).collect();
    let found = Diagnosis::new(id, standing, message)
        .figure(top[0].1)
        .at(fitted, if over.is_empty() { &all } else { &over });
    let mend = Mend::without_rows(fitted, &found.rows);
    found.mended("look at these rows: are they right? see what the fit is without them", mend)
}

/// Outliers and the shape of the quantile residuals.
pub(super) fn distribution(fitted: &Fitted, rows: &Rows) -> Vec<Diagnosis> {
    let mut found = Vec::new();
    let residuals: Vec<f64> = rows.figures.iter().map(|f| f.quantile).filter(|r| !r.is_nan()).collect();
    let n = residuals.len();
    if n < FEW {
        return found;
    }
    let most = top(rows, |f| f.quantile.abs());
    let p_of = |size: f64| (n as f64 * normal_two_sided(size)).min(1.0);
    let (_, size) = most[0];
    let message = format!("largest quantile residual {size:.2} of {n}");
    let outlier = Diagnosis::test("outliers", message, size, 1, p_of(size));
    let mut far: Vec<usize> = most.iter().filter(|(_, v)| p_of(*v) < LOOK).map(|(r, _)| *r).collect();
    if far.is_empty() {
        far.push(most[0].0);
    }
    let outlier = outlier.at(fitted, &far);
    let mend = Mend::without_rows(fitted, &outlier.rows).filter(|_| p_of(size) < WARN);
    found.push(outlier.mended("look at these rows: are they right?", mend));
    if residuals.iter().all(|r| r.is_finite())
        && let Some((statistic, p)) = anderson_darling(&residuals)
    {
        let shape = Diagnosis::test(
            "quantile_residuals",
            format!("quantile residuals against the normal: Anderson-Darling {statistic:.3}"),
            statistic,
            0,
            p,
        );
        let shape = Diagnosis { df: None, ..shape };
        found.push(shape.mended("another likelihood, or errors that need none: --se hc3", other(fitted)));
    }
    found
}

/// A likelihood with one shape more, or robust errors.
fn other(fitted: &Fitted) -> Option<Mend> {
    match fitted.result.likelihood.as_str() {
        "gaussian" => Mend::flag("likelihood", "student_t"),
        "poisson" => Mend::flag("likelihood", "negative_binomial"),
        "exponential" => Mend::flag("likelihood", "gamma"),
        _ => Mend::flag("se", "hc3"),
    }
}

/// Statistic of Anderson and Darling for normal values of unknown mean and variance, corrected for n, and its p-value.
fn anderson_darling(values: &[f64]) -> Option<(f64, f64)> {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let sd = (values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / (n - 1.0)).sqrt();
    if sd == 0.0 {
        return None;
    }
    let mut z: Vec<f64> = values.iter().map(|v| (v - mean) / sd).collect();
    z.sort_by(f64::total_cmp);
    let log_below = |z: f64| log(0.5 * erfc(-z * std::f64::consts::FRAC_1_SQRT_2));
    let terms = z.iter().zip(z.iter().rev()).enumerate();
    let sum: f64 = terms.map(|(i, (a, b))| (2 * i + 1) as f64 * (log_below(*a) + log_below(-b))).sum();
    let plain = -n - sum / n;
    let a = plain * (1.0 + 0.75 / n + 2.25 / (n * n));
    let p = match a {
        a if a < 0.2 => 1.0 - exp(-13.436 + 101.14 * a - 223.73 * a * a),
        a if a < 0.34 => 1.0 - exp(-8.318 + 42.796 * a - 59.938 * a * a),
        a if a < 0.6 => exp(0.9177 - 4.279 * a - 1.38 * a * a),
        a if a < 13.0 => exp(1.2937 - 5.709 * a + 0.0186 * a * a),
        _ => 0.0,
    };
    Some((plain, p))
}
