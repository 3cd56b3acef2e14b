//! What a fit found: the result that every surface prints, in the order of the machine-readable output.

use crate::Number;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How a fit ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// A finite maximum.
    Converged,
    /// A parameter lies at the end of its range.
    Boundary,
    /// Some coefficients have no finite value; the limit model is reported.
    Infinite,
    /// The data do not determine a coefficient.
    NotIdentified,
    /// The likelihood has no bound.
    Unbounded,
    /// The optimiser gave up.
    NotConverged,
}

/// The response and how it was read.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ResponseInfo {
    /// As written in the formula.
    pub column: String,
    /// The value that counts as the event of a two-valued response.
    pub event: Option<String>,
    /// Its classes, the base or non-event first.
    pub levels: Option<Vec<String>>,
    /// Rows with the event: of a two-valued response, or seen exactly where others are censored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub events: Option<usize>,
}

/// The weights and how they were meant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WeightsInfo {
    /// Their column.
    pub column: String,
    /// `precision`, `frequency` or `sampling`.
    pub kind: crate::WeightKind,
}

/// Passes over the data.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Passes {
    /// To find the maximum.
    pub fit: usize,
    /// For the rest of the result.
    pub inference: usize,
    /// What profile intervals cost, in passes with information at one point.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<f64>,
}

/// Why the optimiser stopped.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StopInfo {
    /// The reason.
    pub reason: String,
    /// Steps taken.
    pub iterations: usize,
    /// Newton decrement at the end.
    pub decrement: Number,
    /// Largest entry of the score, scaled by the root of the information's diagonal.
    pub score: Number,
    /// Passes over the data.
    pub passes: Passes,
}

/// Whether a finite maximum exists.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Existence {
    /// `finite`, `quasi` or `complete`.
    pub verdict: String,
    /// Directions along which the likelihood never falls, by coefficient.
    pub directions: Vec<BTreeMap<String, Number>>,
    /// Rows whose likelihood reaches its supremum only in the limit.
    pub rows_at_infinity: usize,
}

/// A coefficient that was left out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Aliased {
    /// Its machine name.
    pub term: String,
    /// The combination that it equals, in words.
    pub equals: String,
}

/// Sigma of a Gaussian both ways.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sigma {
    /// Divisor n.
    pub ml: Number,
    /// Divisor n - rank.
    pub unbiased: Number,
}

/// One line of the coefficient table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Coefficient {
    /// The parameter that it belongs to; the class for softmax.
    pub parameter: String,
    /// Machine name, the parameter as prefix when it is not the main one.
    pub term: String,
    /// What it is about: `region` for `region[south]`.
    pub variable: String,
    /// The level.
    pub level: Option<String>,
    /// `link` or `natural`; `exp` of a ratio.
    pub scale: String,
    /// Estimate; infinite where the maximum is, null where nothing is determined or the column is aliased.
    pub estimate: Number,
    /// Standard error.
    pub std_error: Number,
    /// The model's own standard error beside that of a sandwich.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub std_error_model: Option<Number>,
    /// z or t.
    pub statistic: Number,
    /// Two-sided.
    pub p_value: Number,
    /// Interval.
    pub conf_low: Number,
    /// Interval.
    pub conf_high: Number,
    /// Of the likelihood-ratio test that the coefficient is 0, where its estimate is infinite and no Wald figure is true.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lr_p_value: Option<Number>,
    /// Exponential of the estimate, where it is an odds or a rate ratio.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ratio: Option<Number>,
}

/// A test of a whole term.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TermTest {
    /// The term, the parameter as prefix when it is not the main one.
    pub term: String,
    /// `wald` or `lr`.
    pub test: String,
    /// Chi-square, or F where the table has t.
    pub statistic: Number,
    /// Degrees of freedom.
    pub df: usize,
    /// Residual degrees of freedom of an F.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub df_residual: Option<f64>,
    /// p-value.
    pub p_value: Number,
}

/// A test of the model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelTest {
    /// The statistic.
    pub statistic: Number,
    /// Degrees of freedom.
    pub df: usize,
    /// Residual degrees of freedom of an F.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub df_residual: Option<f64>,
    /// p-value.
    pub p_value: Number,
}

/// How a sandwich covariance was made.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SeInfo {
    /// Information at both ends: `observed` or `expected`.
    pub bread: String,
    /// Small-sample factor of the covariance; the first column's where there are several.
    pub factor: f64,
    /// `cr0` to `cr3`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub form: Option<String>,
    /// Number of clusters by column, and by combination of columns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clusters: Option<BTreeMap<String, usize>>,
    /// Greatest lag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lag: Option<usize>,
    /// Weights of lags.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kernel: Option<String>,
    /// Column that orders the rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<String>,
    /// How a bootstrap was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bootstrap: Option<BootstrapInfo>,
}

/// How a bootstrap was made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BootstrapInfo {
    /// What was drawn: `pairs`, `clusters` or `parametric`.
    pub of: String,
    /// How often.
    pub replicates: usize,
    /// Whether each is a whole fit instead of one Newton step.
    pub refit: bool,
    /// Replicates without a finite maximum, left out.
    pub failed: usize,
    /// Of the draws.
    pub seed: u64,
}

/// Sums of squares of a Gaussian with identity link: what the model explains and what is left.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SumsOfSquares {
    /// Of the fitted values, offset included, about their mean; about 0 without an intercept.
    pub model: Number,
    /// Of the residuals.
    pub residual: Number,
    /// Degrees of freedom of the model, the mean not counted.
    pub df: f64,
    /// Of the residuals.
    pub df_residual: f64,
    /// Mean square of the model over that of the residuals.
    pub f: Number,
}

/// Covariance of the coefficients.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Vcov {
    /// Machine names.
    pub names: Vec<String>,
    /// Lower triangle by rows.
    pub lower: Vec<Number>,
}

/// Something a reader of the fit should know.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Note {
    /// From the closed list of ids.
    pub id: String,
    /// In words.
    pub message: String,
    /// The parameter it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parameter: Option<String>,
    /// Columns it is about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<String>,
    /// Coefficients it is about, by machine name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub terms: Vec<String>,
    /// Levels it is about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub levels: Vec<String>,
    /// Data rows it is about, from 1, at most 20.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rows: Vec<u64>,
    /// Lines of the file, at most 20.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<u64>,
    /// A command that mends it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
}

/// How the maximum of an own likelihood was found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OwnInfo {
    /// Greatest relative difference of exact derivatives and differences, at the start and at the end.
    pub derivatives: Number,
    /// Starts climbed from.
    pub starts: usize,
    /// Log-likelihoods of the different maxima found, best first.
    pub maxima: Vec<Number>,
}

/// What a fit found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FitResult {
    /// `loglik.fit/1`.
    pub format: String,
    /// Of the program.
    pub version: String,
    /// That led here.
    pub command: Option<String>,
    /// Its name.
    pub likelihood: String,
    /// Links by parameter.
    pub links: BTreeMap<String, String>,
    /// Parameters held, natural values.
    pub fixed: BTreeMap<String, f64>,
    /// As typed.
    pub formula: String,
    /// Taken off for large coefficients; such a fit has no standard errors.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub penalty: Option<crate::PenaltySpec>,
    /// Whose score adjustment the estimates solve.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bias_reduction: Option<crate::BiasReduction>,
    /// Of everything that drew random numbers.
    pub seed: Option<u64>,
    /// The response and how it was read.
    pub response: ResponseInfo,
    /// The weights and how they were meant.
    pub weights: Option<WeightsInfo>,
    /// Column added to the main predictor.
    pub offset: Option<String>,
    /// Column whose log is added to the main predictor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exposure: Option<String>,
    /// Columns of clusters.
    pub cluster: Vec<String>,
    /// Rows used; with frequency weights their sum.
    pub n: f64,
    /// Rows dropped for missing values.
    pub n_dropped: usize,
    /// By column; a row with two missing values counts in both.
    pub dropped: BTreeMap<String, usize>,
    /// Sum of the weights of the rows used, each times its trials or counts where it is a group.
    pub weight_sum: f64,
    /// How it ended.
    pub status: Status,
    /// Why the optimiser stopped.
    pub stop: StopInfo,
    /// Whether a finite maximum exists.
    pub existence: Existence,
    /// Columns that the data determine, in all predictors.
    pub rank: usize,
    /// Condition number of the scaled information.
    pub condition: Number,
    /// Coefficients left out.
    pub aliased: Vec<Aliased>,
    /// Log-likelihood, nats, constants included; its supremum where there is no maximum.
    pub loglik: Number,
    /// Log-likelihood with half the log determinant of the expected information, where bias reduction maximises it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub penalised_loglik: Option<Number>,
    /// Of the model with intercepts alone.
    pub loglik_null: Number,
    /// Deviance of an exponential dispersion model.
    pub deviance: Number,
    /// Of the model with an intercept alone.
    pub null_deviance: Number,
    /// Estimated parameters.
    pub df: usize,
    /// n less the rank of the main predictor.
    pub df_residual: f64,
    /// -2 loglik + 2 df
    pub aic: Number,
    /// AIC with the small-sample correction.
    pub aicc: Number,
    /// -2 loglik + df log n
    pub bic: Number,
    /// Dispersion behind the standard errors.
    pub dispersion: Number,
    /// `ml`, `pearson`, `deviance`, `unbiased` or `given`.
    pub dispersion_kind: String,
    /// Pearson's chi-square.
    pub pearson_chi2: Number,
    /// Of a Gaussian.
    pub sigma: Option<Sigma>,
    /// Sums of squares of a Gaussian with identity link and one sigma.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sums_of_squares: Option<SumsOfSquares>,
    /// Share of the total sum of squares that the model explains.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r_squared: Option<Number>,
    /// The same, mean squares in place of sums.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adj_r_squared: Option<Number>,
    /// McFadden's share of the log-likelihood of a response with probabilities: 1 - loglik / loglik_null.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pseudo_r_squared: Option<Number>,
    /// Where standard errors come from.
    pub se_kind: String,
    /// How a sandwich was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub se: Option<SeInfo>,
    /// Of intervals.
    pub level: f64,
    /// `wald` or `profile`.
    pub ci: String,
    /// The table.
    pub coefficients: Vec<Coefficient>,
    /// Tests of terms.
    pub terms: Vec<TermTest>,
    /// Tests of the model.
    pub tests: BTreeMap<String, ModelTest>,
    /// Covariance; absent above 1,000 coefficients.
    pub vcov: Option<Vcov>,
    /// Of a likelihood that the user wrote.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own: Option<OwnInfo>,
    /// What a reader should know.
    pub notes: Vec<Note>,
}
