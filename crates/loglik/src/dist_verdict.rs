//! What a ranked list of univariate fits comes to, in a few words a line.
//!
//! A fit is rejected in favour of the first where Vuong's test says so; where it cannot tell the two apart they are close.
//! Where the data's outer quantiles lie off the fitted ones the tail is named.

use crate::{DistFit, Status};

/// Standard normal units by which an outer quantile must lie off for its tail to be named.
const OFF: f64 = 0.15;

/// Writes the verdicts.
pub(crate) fn say(fits: &mut [DistFit]) {
    let usable = |fit: &DistFit| matches!(fit.status, Status::Converged | Status::Boundary);
    let first = fits.first().is_some_and(usable);
    for (at, fit) in fits.iter_mut().enumerate() {
        let mut words = match fit.status {
            Status::Unbounded => "the likelihood has no bound".to_owned(),
            Status::Infinite => "no finite maximum".to_owned(),
            Status::NotIdentified => "not identified".to_owned(),
            Status::NotConverged => "not converged".to_owned(),
            Status::Converged | Status::Boundary if at == 0 => "best".to_owned(),
            Status::Converged | Status::Boundary if first => against(fit),
            Status::Converged | Status::Boundary => String::new(),
        };
        if fit.status == Status::Boundary {
            words.push_str("; at the end of a parameter's range");
        }
        if fit.maxima.len() > 1 {
            words.push_str(&format!("; {} maxima", fit.maxima.len()));
        }
        fit.verdict = words.trim_start_matches("; ").to_owned();
    }
}

fn against(fit: &DistFit) -> String {
    let Some(p) = fit.against_first.vuong_p.map(|p| p.0) else { return String::new() };
    if p >= 0.05 {
        return "close: Vuong's test cannot separate them".to_owned();
    }
    let shift = |at: usize| fit.quantiles.get(at).map_or(0.0, |q| q.0);
    let last = fit.quantiles.len().saturating_sub(1);
    let (low, high) = (shift(0), shift(last));
    // Data farther out than the fitted quantile: the fitted tail is too light.
    let tail = match (low.abs() > OFF || high.abs() > OFF, high.abs() >= low.abs()) {
        (false, _) => return "rejected".to_owned(),
        (true, true) if high > 0.0 => "upper tail too light",
        (true, true) => "upper tail too heavy",
        (true, false) if low < 0.0 => "lower tail too light",
        (true, false) => "lower tail too heavy",
    };
    format!("rejected: {tail}")
}
