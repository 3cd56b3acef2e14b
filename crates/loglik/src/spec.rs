//! What is asked of a fit: one plain struct, the same for command line, crate and Python.

use crate::{
    BiasReduction, BootstrapSpec, Error, HacKernel, Interrupt, PenaltySpec, SeBread, SeFactor, SeForm, SeKind,
};
use loglik_fit::Method;
use loglik_likelihood::Likelihood;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// A likelihood that the caller wrote in Rust.
#[derive(Clone)]
pub struct Written(pub(crate) Arc<dyn Likelihood>);

impl fmt::Debug for Written {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_tuple("Written").field(&self.0.spec().name).finish()
    }
}

/// How weights are meant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WeightKind {
    /// R's meaning: scales the variance where the likelihood has a dispersion, multiplies the row elsewhere.
    #[default]
    Precision,
    /// Whole numbers: the row so many times.
    Frequency,
    /// Multiplies the row; robust standard errors by default, no AIC or likelihood-ratio test.
    Sampling,
}

/// Which dispersion scales standard errors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dispersion {
    /// The field's default: by maximum likelihood, and the unbiased sigma for a Gaussian with identity link and
    /// constant sigma.
    #[default]
    Default,
    /// By maximum likelihood, as a parameter.
    Ml,
    /// Pearson's chi-square over the residual degrees of freedom.
    Pearson,
    /// Deviance over the residual degrees of freedom.
    Deviance,
    /// A given value.
    Value(f64),
}

/// How intervals are made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ci {
    /// Estimate +- quantile x standard error.
    #[default]
    Wald,
    /// Profile likelihood.
    Profile,
}

/// How whole terms are tested.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TermTests {
    /// Joint Wald tests.
    #[default]
    Wald,
    /// Likelihood-ratio tests by refits.
    Lr,
    /// None.
    None,
}

/// What is done with rows that have a missing value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Missing {
    /// Dropped, under one mask for all roles, and counted.
    #[default]
    Drop,
    /// An error.
    Error,
}

/// What is done where no finite maximum exists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnSeparation {
    /// The limit model is reported.
    #[default]
    Report,
    /// The fit is refused.
    Refuse,
}

/// What is asked of a fit. A model file keeps it, so that the fit can be asked for again on other rows.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct FitSpec {
    /// `response ~ terms; parameter ~ terms`; empty where `text` is given.
    pub formula: String,
    /// A likelihood of one's own, in place of formula and likelihood: `param` lines, definitions, `loglik = ..`.
    pub text: Option<String>,
    /// Starts: values of parameters of an own likelihood by name, its coefficients by machine name.
    pub starts: Vec<(String, f64)>,
    /// Name of the likelihood; empty for the gaussian.
    pub likelihood: String,
    /// A likelihood of the caller's own type, in place of a name. A model file cannot hold it.
    #[serde(skip)]
    pub written: Option<Written>,
    /// Links by parameter; an empty parameter name is the first one's.
    pub links: Vec<(String, String)>,
    /// Parameters held at a natural value.
    pub fixed: Vec<(String, f64)>,
    /// Natural values at which the likelihood is evaluated without a fit.
    pub at: Vec<(String, f64)>,
    /// Column of weights.
    pub weights: Option<String>,
    /// How they are meant.
    pub weight_kind: WeightKind,
    /// Column added to the main predictor.
    pub offset: Option<String>,
    /// Column whose log is added to the main predictor.
    pub exposure: Option<String>,
    /// Columns of clusters.
    pub cluster: Vec<String>,
    /// The event of a two-valued response.
    pub event: Option<String>,
    /// The base class of a categorical response.
    pub reference: Option<String>,
    /// Rows used: those where this expression is 1.
    pub filter: Option<String>,
    /// Missing values.
    pub missing: Missing,
    /// Quantile of the `quantile` likelihood.
    pub tau: Option<f64>,
    /// What an ordinal likelihood compares.
    pub structure: Option<String>,
    /// Standard errors; the default is observed, sandwich for sampling weights.
    pub se: Option<SeKind>,
    /// Information at both ends of a sandwich.
    pub se_bread: SeBread,
    /// Small-sample factor of a sandwich; absent for that of its kind.
    pub se_factor: Option<SeFactor>,
    /// Form of a clustered sandwich.
    pub se_form: SeForm,
    /// Greatest lag of a HAC sandwich; absent for the whole part of 4 (n / 100)^(2/9).
    pub hac_lag: Option<usize>,
    /// How a HAC sandwich weighs lags.
    pub hac_kernel: HacKernel,
    /// Column that orders the rows of a HAC sandwich; absent for their own order.
    pub hac_order: Option<String>,
    /// How a bootstrap is made.
    pub bootstrap: BootstrapSpec,
    /// Dispersion of standard errors.
    pub dispersion: Dispersion,
    /// Intervals.
    pub ci: Ci,
    /// Their level; 0.95 where absent.
    pub level: Option<f64>,
    /// Tests of terms.
    pub term_tests: TermTests,
    /// A penalty on the main formula's coefficients.
    pub penalty: Option<PenaltySpec>,
    /// Bias reduction of the estimates.
    pub bias_reduction: Option<BiasReduction>,
    /// The optimiser; a fit that is asked for again takes the default.
    #[serde(skip)]
    pub method: Method,
    /// The most iterations.
    pub iterations: Option<usize>,
    /// Where no finite maximum exists.
    pub on_separation: OnSeparation,
    /// Threads; all of the machine's where absent.
    #[serde(skip)]
    pub threads: Option<usize>,
    /// Seed, written down in the result.
    pub seed: Option<u64>,
    /// The command that led here, written down in the result.
    #[serde(skip)]
    pub command: Option<String>,
    /// Asks the fit to stop; it looks once a pass over the rows and once a replicate.
    #[serde(skip)]
    pub interrupt: Interrupt,
}

/// Writes what differs from the default.
pub(crate) fn serialize_asked<S: serde::Serializer>(spec: &FitSpec, to: S) -> Result<S::Ok, S::Error> {
    use serde::ser::Error as _;
    let value = |spec: &FitSpec| serde_json::to_value(spec).map_err(S::Error::custom);
    let (mut asked, plain) = (value(spec)?, value(&FitSpec::default())?);
    if let Some(fields) = asked.as_object_mut() {
        fields.retain(|name, value| plain.get(name) != Some(value));
    }
    asked.serialize(to)
}

impl FitSpec {
    /// A fit of `formula` with `likelihood`, everything else by default.
    #[must_use]
    pub fn new(formula: &str, likelihood: &str) -> Self {
        Self { formula: formula.to_owned(), likelihood: likelihood.to_owned(), ..Self::default() }
    }

    /// A fit of an own likelihood, everything else by default.
    #[must_use]
    pub fn own(text: &str) -> Self {
        Self { text: Some(text.to_owned()), ..Self::default() }
    }

    /// A fit of a likelihood that the caller wrote as a type, everything else by default: `Pointwise::new(density)` makes
    /// one of a [`Density`](loglik_likelihood::Density).
    #[must_use]
    pub fn of_type(formula: &str, likelihood: impl Likelihood + 'static) -> Self {
        let name = likelihood.spec().name.clone();
        let written = Some(Written(Arc::new(likelihood)));
        Self { formula: formula.to_owned(), likelihood: name, written, ..Self::default() }
    }

    /// Level of intervals.
    #[must_use]
    pub fn level(&self) -> f64 {
        self.level.unwrap_or(0.95)
    }

    /// Threads to use.
    #[must_use]
    pub fn threads(&self) -> usize {
        loglik_design::threads(self.threads)
    }

    /// Whether the estimates are not those of the maximum: a penalty or an adjusted score.
    #[must_use]
    pub fn is_adjusted(&self) -> bool {
        self.penalty.is_some() || self.bias_reduction.is_some()
    }

    /// Standard errors to use.
    #[must_use]
    pub fn se(&self) -> SeKind {
        self.se.unwrap_or(match (self.cluster.is_empty(), self.weight_kind) {
            (false, _) => SeKind::Cluster,
            (true, WeightKind::Sampling) if self.weights.is_some() => SeKind::Hc0,
            _ if self.bias_reduction.is_some() => SeKind::Expected,
            _ => SeKind::Observed,
        })
    }
}

/// A closed set of words.
pub(crate) fn word<T: Copy>(what: &str, text: &str, words: &[(&str, T)]) -> Result<T, Error> {
    words
        .iter()
        .find(|(name, _)| *name == text)
        .map(|(_, value)| *value)
        .ok_or_else(|| Error::unknown_word(what, text, words.iter().map(|(name, _)| *name)))
}

impl FromStr for WeightKind {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self, Error> {
        let words =
            [("precision", Self::Precision), ("frequency", Self::Frequency), ("sampling", Self::Sampling)];
        word("weight kind", text, &words)
    }
}

impl FromStr for Dispersion {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self, Error> {
        if let Ok(value) = text.parse::<f64>() {
            return if value > 0.0 && value.is_finite() {
                Ok(Self::Value(value))
            } else {
                Err(Error::request(format!("dispersion {text} must be above 0")))
            };
        }
        word(
            "dispersion",
            text,
            &[("ml", Self::Ml), ("pearson", Self::Pearson), ("deviance", Self::Deviance)],
        )
    }
}

impl FromStr for Ci {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self, Error> {
        word("interval", text, &[("wald", Self::Wald), ("profile", Self::Profile), ("lr", Self::Profile)])
    }
}

impl FromStr for TermTests {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self, Error> {
        word("term test", text, &[("wald", Self::Wald), ("lr", Self::Lr), ("none", Self::None)])
    }
}

impl FromStr for Missing {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self, Error> {
        word("missing", text, &[("drop", Self::Drop), ("error", Self::Error)])
    }
}

impl FromStr for OnSeparation {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self, Error> {
        word("on-separation", text, &[("report", Self::Report), ("refuse", Self::Refuse)])
    }
}
