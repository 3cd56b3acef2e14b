//! Where a coefficient has few events: maximum likelihood, bias reduction and ridge side by side, with profile intervals.

use super::{Diagnosis, Standing};
use crate::{BiasReduction, Ci, Error, FitSpec, Fitted, Number, PenaltySpec, fit};
use serde::Serialize;

/// One coefficient by one method.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Compared {
    /// Its machine name.
    pub term: String,
    /// `mle`, `firth` or `ridge`.
    pub method: &'static str,
    /// Estimate.
    pub estimate: Number,
    /// Profile interval of likelihood or penalised likelihood; absent for a ridge.
    pub conf_low: Number,
    /// Its upper end.
    pub conf_high: Number,
}

/// The methods compared, where events are scarce and the response has two values.
pub(super) fn compared(fitted: &Fitted, findings: &[Diagnosis]) -> Result<Vec<Compared>, Error> {
    let scarce = findings.iter().any(|d| d.id == "events_per_parameter" && d.standing == Standing::Warn);
    if !scarce || fitted.result.likelihood != "bernoulli" || fitted.spec.formula.is_empty() {
        return Ok(Vec::new());
    }
    let base =
        FitSpec { ci: Ci::Profile, filter: None, se: None, cluster: Vec::new(), ..fitted.spec.clone() };
    let firth = FitSpec { bias_reduction: Some(BiasReduction::Firth), ..base.clone() };
    let penalty = PenaltySpec::parse("ridge:0.01", None)?;
    let ridge = FitSpec { penalty: Some(penalty), ci: Ci::Wald, ..base.clone() };
    let mut out = Vec::new();
    for (method, spec) in [("mle", base), ("firth", firth), ("ridge", ridge)] {
        let result = fit(&spec, fitted.table())?.result;
        out.extend(result.coefficients.into_iter().map(|c| Compared {
            term: c.term,
            method,
            estimate: c.estimate,
            conf_low: c.conf_low,
            conf_high: c.conf_high,
        }));
    }
    Ok(out)
}
