//! Where a coefficient has few events: maximum likelihood with Wald and with profile intervals, bias reduction and ridge
//! side by side, and how often each interval covers when data are drawn anew.
//!
//! Draws come from the model at the bias-reduced estimates, which are finite where those of maximum likelihood are not.

use super::coverage::{self, Coverage};
use super::{Diagnosis, Standing};
use crate::rows::Rows;
use crate::run::fit_prepared;
use crate::{
    BiasReduction, BootstrapSpec, Ci, Error, FitSpec, Fitted, HacKernel, Number, PenaltySpec, SeForm, fit,
};
use serde::Serialize;

/// One coefficient by one method.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Compared {
    /// Its machine name.
    pub term: String,
    /// `mle` (Wald interval), `profile` (the same estimate, profile interval), `firth` (penalised profile) or `ridge`.
    pub method: &'static str,
    /// Estimate.
    pub estimate: Number,
    /// Lower end of the interval; absent for a ridge.
    pub conf_low: Number,
    /// Its upper end.
    pub conf_high: Number,
    /// Share of the simulated data sets in which the interval covers what they were drawn from; an interval without
    /// ends covers nothing. Absent where nothing was simulated.
    pub coverage: Number,
    /// Its standard error over the draws.
    pub coverage_std_error: Number,
}

/// The methods side by side.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct SideBySide {
    /// A line for each coefficient and method.
    pub lines: Vec<Compared>,
    /// Data sets drawn.
    pub draws: usize,
    /// Of the draws.
    pub seed: u64,
}

/// The methods compared, where events are scarce and the response has two values.
pub(super) fn compared(fitted: &Fitted, findings: &[Diagnosis]) -> Result<Option<SideBySide>, Error> {
    let scarce = findings.iter().any(|d| d.id == "events_per_parameter" && d.standing == Standing::Warn);
    if !scarce || fitted.result.likelihood != "bernoulli" || fitted.spec.formula.is_empty() {
        return Ok(None);
    }
    let methods = methods(&fitted.spec)?;
    let (mut lines, mut firth) = (Vec::new(), None);
    for (method, spec) in &methods {
        let found = refitted(fitted, spec)?;
        lines.extend(found.result.coefficients.iter().map(|c| Compared {
            term: c.term.clone(),
            method,
            estimate: c.estimate,
            conf_low: c.conf_low,
            conf_high: c.conf_high,
            coverage: Number(f64::NAN),
            coverage_std_error: Number(f64::NAN),
        }));
        if *method == "firth" {
            firth = Some(found);
        }
    }
    let seed = fitted.spec.seed.unwrap_or(1);
    let mut out = SideBySide { lines, draws: 0, seed };
    let coverage = match (&firth, &fitted.spec.weights) {
        (Some(firth), None) => coverage::simulated(firth, seed)?,
        _ => None,
    };
    if let Some(coverage) = coverage {
        out.enter(&coverage);
    }
    Ok(Some(out))
}

/// Another fit of the rows used, without the columns that a `.` in the formula leaves out for the clusters they name.
fn refitted(fitted: &Fitted, spec: &FitSpec) -> Result<Fitted, Error> {
    let clusters = &fitted.spec.cluster;
    if let Rows::Stream(rows) = &fitted.prepared.source {
        return fit_prepared(spec, rows.again(spec, clusters)?, true);
    }
    let table = fitted.table();
    let kept: Vec<&String> = table.names().iter().filter(|name| !clusters.contains(name)).collect();
    fit(spec, &table.select(&kept)?)
}

impl SideBySide {
    /// Writes the shares beside the intervals.
    fn enter(&mut self, coverage: &Coverage) {
        self.draws = coverage.draws;
        for (method, shares) in ["mle", "profile", "firth"].iter().zip(&coverage.shares) {
            for (term, share) in coverage.terms.iter().zip(shares) {
                let wanted = |c: &&mut Compared| c.method == *method && c.term == *term;
                if let Some(line) = self.lines.iter_mut().find(wanted) {
                    line.coverage = Number(*share);
                    line.coverage_std_error = Number((share * (1.0 - share) / self.draws as f64).sqrt());
                }
            }
        }
    }
}

/// The requests by method.
fn methods(asked: &FitSpec) -> Result<[(&'static str, FitSpec); 4], Error> {
    let base = FitSpec {
        ci: Ci::Wald,
        filter: None,
        cluster: Vec::new(),
        se: None,
        se_form: SeForm::default(),
        se_factor: None,
        hac_lag: None,
        hac_order: None,
        hac_kernel: HacKernel::default(),
        bootstrap: BootstrapSpec::default(),
        ..asked.clone()
    };
    let profile = FitSpec { ci: Ci::Profile, ..base.clone() };
    let firth = FitSpec { bias_reduction: Some(BiasReduction::Firth), ..profile.clone() };
    let penalty = Some(PenaltySpec::parse("ridge:0.01", None)?);
    let ridge = FitSpec { penalty, ..base.clone() };
    Ok([("mle", base), ("profile", profile), ("firth", firth), ("ridge", ridge)])
}
