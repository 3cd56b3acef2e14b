//! What univariate fits found, in the order of the machine-readable output.

use crate::dist_families::ColumnSummary;
use crate::goodness::Goodness;
use crate::sample::Sample;
use crate::{Error, Note, Number, Status};
use serde::Serialize;
use std::collections::BTreeMap;

/// Univariate fits of one column, the best by the criterion first.
#[derive(Clone, Debug, Serialize)]
pub struct DistResult {
    /// `loglik.dist/1`.
    pub format: String,
    /// Version of the program.
    pub version: String,
    /// The column, or the lower bounds.
    pub column: String,
    /// The upper bounds of censored values.
    pub upper: Option<String>,
    /// Mean, spread and autocorrelation of a column of exact numbers.
    pub sample: Option<Sample>,
    /// What the column holds.
    pub summary: ColumnSummary,
    /// Of the samples behind p-values of distances.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// The fits.
    pub fits: Vec<DistFit>,
    /// Likelihoods that could not be fitted.
    pub failed: Vec<DistFailure>,
}

/// One likelihood fitted to a column.
#[derive(Clone, Debug, Serialize)]
pub struct DistFit {
    /// Its name.
    pub family: String,
    /// How the fit ended.
    pub status: Status,
    /// Rows, or the sum of frequency weights.
    pub n: f64,
    /// Rows used.
    pub rows: usize,
    /// Estimated parameters, as the field names them.
    pub parameters: Vec<DistParameter>,
    /// Parameters held, natural values.
    pub fixed: BTreeMap<String, f64>,
    /// Log-likelihood, nats; infinite where it has no bound.
    pub loglik: Number,
    /// Parameters counted.
    pub df: usize,
    /// -2 loglik + 2 df
    pub aic: Number,
    /// -2 loglik + df log n
    pub bic: Number,
    /// Distances of the fitted from the empirical distribution function.
    pub goodness: Option<Goodness>,
    /// How far the data's quantiles lie from the fitted ones at evenly spread shares, in standard normal units; empty for counts and
    /// censored or weighted data.
    pub quantiles: Vec<Number>,
    /// What the family is at its limit, where it has become another one.
    pub limit: Option<DistLimit>,
    /// Log-likelihoods of the maxima that several starts ended in, best first; empty where it was one.
    pub maxima: Vec<Number>,
    /// Compared with the first fit of the list.
    pub against_first: Against,
    /// In words.
    pub verdict: String,
    /// What a reader should know.
    pub notes: Vec<Note>,
}

/// The family that another one becomes at an end of its range.
#[derive(Clone, Debug, Serialize)]
pub struct DistLimit {
    /// Its name.
    pub likelihood: String,
    /// Its parameters, as the field names them.
    pub parameters: BTreeMap<String, Number>,
}

/// A fit compared with the best of the list.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Against {
    /// AIC above the first's.
    pub aic: Number,
    /// Vuong's z; above 0 speaks for the first.
    pub vuong: Option<Number>,
    /// Two-sided.
    pub vuong_p: Option<Number>,
}

/// One estimated parameter on its natural scale.
#[derive(Clone, Debug, Serialize)]
pub struct DistParameter {
    /// The field's name.
    pub name: String,
    /// Its estimate.
    pub estimate: Number,
    /// Its standard error by the delta method.
    pub std_error: Number,
    /// Lower end of the Wald interval.
    pub conf_low: Number,
    /// Upper end of the Wald interval.
    pub conf_high: Number,
}

/// A likelihood that could not be fitted.
#[derive(Clone, Debug, Serialize)]
pub struct DistFailure {
    /// Its name.
    pub family: String,
    /// Why.
    pub error: Error,
}

impl DistFit {
    /// The parameter with this name.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&DistParameter> {
        self.parameters.iter().find(|p| p.name == name)
    }
}
