//! The words of the command line.

use crate::decision_args::{EvaluateArgs, ThresholdArgs};
use clap::{Args, Parser, Subcommand};
use loglik::Error;
use loglik_report::Format;

/// Maximum likelihood: state the likelihood, the rest follows.
#[derive(Debug, Parser)]
#[command(name = "loglik", version, about, after_help = EXAMPLES)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

const EXAMPLES: &str = "Examples:
  loglik fit 'distress ~ temperature' demo/orings.csv --likelihood bernoulli -o model.json
  loglik dist income loans.csv
  loglik predict model.json new.csv
  loglik families";

/// What is done.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Fit a regression of any likelihood.
    Fit(Box<FitArgs>),
    /// Fit distributions to one column and compare them.
    Dist(Box<DistArgs>),
    /// Maximise a likelihood of your own.
    Mle(Box<MleArgs>),
    /// Predict from a model file.
    Predict(PredictArgs),
    /// Judge a model, or any scores, against outcomes.
    Evaluate(Box<EvaluateArgs>),
    /// Choose a threshold by costs, recall, capacity; recalibrate; save both into the model file.
    Threshold(Box<ThresholdArgs>),
    /// Show one or several model files.
    Show(ShowArgs),
    /// Diagnose a fit: what is wrong, where, and the command that mends it.
    Check(Box<CheckArgs>),
    /// Test hypotheses about coefficients, or estimate quantities made of them.
    Test(TestArgs),
    /// Average marginal effects, contrasts and adjusted predictions.
    Effects(EffectsArgs),
    /// Compare models: likelihood ratio, AIC, BIC, Vuong.
    Compare(CompareArgs),
    /// List the likelihoods and wrappers.
    Families(FamiliesArgs),
}

/// `loglik fit FORMULA DATA`
#[derive(Args, Debug, Default)]
#[command(after_help = "Examples:
  loglik fit 'y ~ x + c(region, base = south)' data.csv --likelihood poisson --exposure years
  loglik fit 'y ~ x; sigma ~ z' data.parquet
  loglik fit 'species ~ .' iris.csv --likelihood softmax --json")]
pub(crate) struct FitArgs {
    /// `response ~ terms`, further parameters after `;`: `y ~ x; sigma ~ z`
    pub(crate) formula: String,
    /// CSV, TSV, NDJSON, Parquet, Arrow IPC, also gzip or zstd; `-` for stdin
    pub(crate) data: String,
    /// Name of the likelihood, see `loglik families`
    #[arg(long, alias = "family", default_value = "gaussian")]
    pub(crate) likelihood: String,
    /// Link of the first parameter, or PARAM=LINK
    #[arg(long)]
    pub(crate) link: Vec<String>,
    /// Column added to the main predictor
    #[arg(long)]
    pub(crate) offset: Option<String>,
    /// Column whose log is added to the main predictor
    #[arg(long)]
    pub(crate) exposure: Option<String>,
    /// Value of a two-valued response that counts as the event
    #[arg(long)]
    pub(crate) event: Option<String>,
    /// Base class of a categorical response
    #[arg(long)]
    pub(crate) reference: Option<String>,
    /// Quantile of the `quantile` likelihood
    #[arg(long)]
    pub(crate) tau: Option<f64>,
    /// cumulative, adjacent, continuation or stopping (ordinal)
    #[arg(long)]
    pub(crate) structure: Option<String>,
    #[command(flatten)]
    pub(crate) shared: SharedArgs,
}

/// `loglik check FORMULA DATA` or `loglik check MODEL DATA`
#[derive(Args, Debug, Default)]
#[command(after_help = "Examples:
  loglik check 'default ~ age + log(income) + region' loans.csv --likelihood logistic --strict
  loglik check 'claims ~ age' policies.csv --likelihood poisson --json
  loglik check model.json data.csv

Ends with 7 under --strict when anything is to be looked at.")]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    pub(crate) fit: FitArgs,
}

/// `loglik mle TEXT DATA`
#[derive(Args, Debug, Default)]
#[command(after_help = "Examples:
  loglik mle claim.ll loans.csv
  loglik mle 'param k > 0; eta ~ age; loglik = gamma_lpdf(income, shape = k, mean = exp(eta))' loans.csv
  loglik mle 'gaussian_lpdf(rate, mu = V*conc/(K + conc), sigma = s)' puromycin.csv --param V,K --param 's > 0'")]
pub(crate) struct MleArgs {
    /// File with the likelihood, or its text: `param` lines, definitions, predictors, `loglik = ..`; or one expression
    pub(crate) text: String,
    /// CSV, TSV, NDJSON, Parquet, Arrow IPC, also gzip or zstd; `-` for stdin
    pub(crate) data: String,
    /// Declare parameters in front of the text: `b0, b1` or `k > 0`
    #[arg(long)]
    pub(crate) param: Vec<String>,
    /// Start of a parameter or coefficient: NAME=VALUE
    #[arg(long)]
    pub(crate) start: Vec<String>,
    #[command(flatten)]
    pub(crate) shared: SharedArgs,
}

/// How a result is printed.
#[derive(Args, Debug, Default)]
pub(crate) struct FormatArgs {
    /// The same as --format json
    #[arg(long)]
    pub(crate) json: bool,
    /// text, json, csv, md, tex or html
    #[arg(long, default_value = "text")]
    pub(crate) format: String,
}

impl FormatArgs {
    /// Whether result and errors are JSON.
    pub(crate) fn is_json(&self) -> bool {
        self.json || self.format == "json"
    }

    /// The format; `None` is JSON.
    pub(crate) fn read(&self) -> Result<Option<Format>, Error> {
        let words = [
            ("text", Some(Format::Text)),
            ("json", None),
            ("csv", Some(Format::Csv)),
            ("md", Some(Format::Markdown)),
            ("tex", Some(Format::Tex)),
            ("html", Some(Format::Html)),
        ];
        let found = words.iter().find(|(word, _)| *word == self.format);
        let (_, format) = found.ok_or_else(|| {
            Error::unknown_word("format", &self.format, words.iter().map(|(word, _)| *word))
        })?;
        Ok(if self.json { None } else { *format })
    }
}

/// What every fit takes.
#[derive(Args, Debug, Default)]
pub(crate) struct SharedArgs {
    /// Hold a parameter: PARAM=VALUE
    #[arg(long)]
    pub(crate) fix: Vec<String>,
    /// Evaluate the likelihood there and do not fit: NAME=VALUE,.. for every coefficient
    #[arg(long, value_delimiter = ',')]
    pub(crate) at: Vec<String>,
    /// Column of weights
    #[arg(long)]
    pub(crate) weights: Option<String>,
    /// precision, frequency or sampling
    #[arg(long, default_value = "precision")]
    pub(crate) weight_kind: String,
    /// Columns of clusters, separated by commas
    #[arg(long, value_delimiter = ',')]
    pub(crate) cluster: Vec<String>,
    /// Rows used: those where this expression holds
    #[arg(long = "where")]
    pub(crate) filter: Option<String>,
    /// drop or error
    #[arg(long, default_value = "drop")]
    pub(crate) missing: String,
    /// A further spelling of a missing value
    #[arg(long)]
    pub(crate) na: Vec<String>,
    /// Standard errors: observed, expected, opg, hc0 to hc4, cluster or hac; of a quantile iid, nid or ker
    #[arg(long)]
    pub(crate) se: Option<String>,
    /// Form of clustered errors: cr0, cr1, cr2 or cr3
    #[arg(long)]
    pub(crate) se_form: Option<String>,
    /// Small-sample factor of a sandwich: none, n/(n-1), n/(n-p) or G/(G-1)
    #[arg(long)]
    pub(crate) se_factor: Option<String>,
    /// Information at both ends of a sandwich: observed or expected
    #[arg(long)]
    pub(crate) se_bread: Option<String>,
    /// Greatest lag of --se hac
    #[arg(long)]
    pub(crate) hac_lag: Option<usize>,
    /// Weights of lags: bartlett or quadratic-spectral
    #[arg(long)]
    pub(crate) hac_kernel: Option<String>,
    /// Column that orders the rows of --se hac
    #[arg(long)]
    pub(crate) hac_order: Option<String>,
    /// firth, median or jeffreys: estimates that are finite and less biased (bernoulli, poisson, softmax)
    #[arg(long)]
    pub(crate) bias_reduction: Option<String>,
    /// ridge:L, lasso:L or en:L, per unit of weight; no standard errors
    #[arg(long)]
    pub(crate) penalty: Option<String>,
    /// Share of the absolute values in `--penalty en:L`
    #[arg(long)]
    pub(crate) l1_ratio: Option<f64>,
    /// Penalise coefficients of columns divided by their standard deviation
    #[arg(long)]
    pub(crate) standardize: bool,
    /// Factor of one term's penalty, 0 for none: TERM=FACTOR
    #[arg(long)]
    pub(crate) penalty_factor: Vec<String>,
    /// ml, pearson, deviance or a value
    #[arg(long)]
    pub(crate) dispersion: Option<String>,
    /// wald or profile
    #[arg(long, default_value = "wald")]
    pub(crate) ci: String,
    /// Level of intervals
    #[arg(long, default_value_t = 0.95)]
    pub(crate) level: f64,
    /// wald, lr or none
    #[arg(long, default_value = "wald")]
    pub(crate) term_tests: String,
    /// newton, lbfgs or gradient
    #[arg(long, default_value = "newton")]
    pub(crate) optimizer: String,
    /// Learning rate of `--optimizer gradient`
    #[arg(long)]
    pub(crate) learning_rate: Option<f64>,
    /// report or refuse
    #[arg(long, default_value = "report")]
    pub(crate) on_separation: String,
    /// Threads; all of the machine's by default
    #[arg(long)]
    pub(crate) threads: Option<usize>,
    /// Seed, written down in the result
    #[arg(long)]
    pub(crate) seed: Option<u64>,
    /// Fail (exit 7) when there is any note
    #[arg(long)]
    pub(crate) strict: bool,
    #[command(flatten)]
    pub(crate) printed: FormatArgs,
    /// Model file to write
    #[arg(short, long)]
    pub(crate) output: Option<String>,
    /// Overwrite an existing file
    #[arg(long)]
    pub(crate) force: bool,
    /// No notes on stderr
    #[arg(short, long)]
    pub(crate) quiet: bool,
}

/// `loglik dist COLUMN DATA`
#[derive(Args, Debug, Default)]
#[command(after_help = "Examples:
  loglik dist income loans.csv --bootstrap 999 --seed 1
  loglik dist claims policies.csv --families poisson,negative_binomial,'zero_inflated(poisson)'
  loglik dist 'Surv(time, status)' lung.csv --families weibull,lognormal -o best.json")]
pub(crate) struct DistArgs {
    /// The column, or a response: `Surv(time, event)`, `log(x)`
    pub(crate) column: String,
    /// CSV, TSV, NDJSON, Parquet, Arrow IPC, also gzip or zstd; `-` for stdin
    pub(crate) data: String,
    /// Likelihoods to fit, separated by commas; auto takes all that suit the column
    #[arg(long, alias = "family", alias = "likelihood", default_value = "auto")]
    pub(crate) families: String,
    /// Column of upper bounds: equal is exact, missing is open
    #[arg(long)]
    pub(crate) upper: Option<String>,
    /// Column with the number of trials
    #[arg(long)]
    pub(crate) trials: Option<String>,
    /// Hold a parameter: PARAM=VALUE, by our or the field's name
    #[arg(long)]
    pub(crate) fix: Vec<String>,
    /// Column of weights
    #[arg(long)]
    pub(crate) weights: Option<String>,
    /// precision, frequency or sampling
    #[arg(long, default_value = "precision")]
    pub(crate) weight_kind: String,
    /// Rows used: those where this expression holds
    #[arg(long = "where")]
    pub(crate) filter: Option<String>,
    /// aic, bic or loglik
    #[arg(long, default_value = "aic")]
    pub(crate) rank: String,
    /// Samples for p-values of KS, AD and CvM (parametric bootstrap); 0 for none
    #[arg(long, default_value_t = 0)]
    pub(crate) bootstrap: usize,
    /// Seed of the samples
    #[arg(long)]
    pub(crate) seed: Option<u64>,
    /// A further spelling of a missing value
    #[arg(long)]
    pub(crate) na: Vec<String>,
    /// Level of intervals
    #[arg(long, default_value_t = 0.95)]
    pub(crate) level: f64,
    /// Threads; all of the machine's by default
    #[arg(long)]
    pub(crate) threads: Option<usize>,
    /// Fail (exit 7) when the best fit has any note
    #[arg(long)]
    pub(crate) strict: bool,
    /// No block characters
    #[arg(long)]
    pub(crate) ascii: bool,
    #[command(flatten)]
    pub(crate) printed: FormatArgs,
    /// Model file of the best fit
    #[arg(short, long)]
    pub(crate) output: Option<String>,
    /// Overwrite an existing file
    #[arg(long)]
    pub(crate) force: bool,
    /// No notes on stderr
    #[arg(short, long)]
    pub(crate) quiet: bool,
}

/// `loglik predict MODEL DATA`
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  loglik predict model.json new.csv
  loglik predict model.json new.csv --quantity response,parameters,quantile --probabilities 0.05,0.5,0.95
  loglik predict survival.json new.csv --quantity survival --times 30,90")]
pub(crate) struct PredictArgs {
    /// Model file
    pub(crate) model: String,
    /// New data, `-` for stdin
    pub(crate) data: String,
    /// What is predicted, separated by commas: link, response, class, parameters, variance, components, prob_zero,
    /// quantile, survival, prediction; by default classes, or link and response
    #[arg(long, value_delimiter = ',')]
    pub(crate) quantity: Vec<String>,
    /// Probabilities of `--quantity quantile`
    #[arg(long, value_delimiter = ',', default_value = "0.1,0.5,0.9")]
    pub(crate) probabilities: Vec<f64>,
    /// Times of `--quantity survival`
    #[arg(long, value_delimiter = ',', allow_negative_numbers = true)]
    pub(crate) times: Vec<f64>,
    /// Quantities to predict, with standard errors: `exp(eta)`, `mu / sigma`; an own likelihood's named ones by default
    #[arg(long)]
    pub(crate) predict: Vec<String>,
    /// Errors as JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// A further spelling of a missing value
    #[arg(long)]
    pub(crate) na: Vec<String>,
    /// Level of intervals
    #[arg(long, default_value_t = 0.95)]
    pub(crate) level: f64,
    /// Residuals of every kind; needs the response
    #[arg(long)]
    pub(crate) residuals: bool,
    /// Residuals, leverage and Cook's distance; needs the rows that were fitted
    #[arg(long)]
    pub(crate) influence: bool,
    /// Seed of randomised quantile residuals
    #[arg(long, default_value_t = 0)]
    pub(crate) seed: u64,
    /// File to write instead of stdout (CSV)
    #[arg(short, long)]
    pub(crate) output: Option<String>,
    /// Overwrite an existing file
    #[arg(long)]
    pub(crate) force: bool,
}

/// `loglik show MODEL ..`
#[derive(Args, Debug)]
pub(crate) struct ShowArgs {
    /// Model files
    #[arg(required = true)]
    pub(crate) models: Vec<String>,
    /// The decision boundary of a linear model: normal, offset, where it cuts each axis
    #[arg(long)]
    pub(crate) boundary: bool,
    /// Data whose rows' distances from the boundary are shown
    #[arg(long, requires = "boundary")]
    pub(crate) rows: Option<String>,
    /// The result as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// `loglik test MODEL HYPOTHESES`
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  loglik test model.json 'age = prior'
  loglik test model.json 'region[south] = 0, region[west] = 0' --json
  loglik test model.json '-(intercept) / dose'")]
pub(crate) struct TestArgs {
    /// Model file
    pub(crate) model: String,
    /// Equations or quantities, several between commas: `age = prior, exp(age) - 1 = 0`
    #[arg(allow_hyphen_values = true)]
    pub(crate) hypotheses: String,
    /// Level of intervals
    #[arg(long, default_value_t = 0.95)]
    pub(crate) level: f64,
    #[command(flatten)]
    pub(crate) printed: FormatArgs,
}

/// `loglik effects MODEL DATA`
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  loglik effects model.json data.csv
  loglik effects model.json data.csv --variables age --by region
  loglik effects model.json data.csv --predict age=20,40,60 --contrast region=north,west")]
pub(crate) struct EffectsArgs {
    /// Model file
    pub(crate) model: String,
    /// Rows to average over, `-` for stdin
    pub(crate) data: String,
    /// Columns whose effects are wanted, all by default: slopes of numbers, contrasts of categories with their base
    #[arg(long, value_delimiter = ',')]
    pub(crate) variables: Vec<String>,
    /// Adjusted predictions: COLUMN=V1,V2,.. or, for all its levels, COLUMN
    #[arg(long)]
    pub(crate) predict: Vec<String>,
    /// Contrast of two values: COLUMN=FROM,TO
    #[arg(long)]
    pub(crate) contrast: Vec<String>,
    /// Column by whose values effects are averaged apart
    #[arg(long)]
    pub(crate) by: Option<String>,
    /// response or link
    #[arg(long, default_value = "response")]
    pub(crate) scale: String,
    /// Level of intervals
    #[arg(long, default_value_t = 0.95)]
    pub(crate) level: f64,
    /// A further spelling of a missing value
    #[arg(long)]
    pub(crate) na: Vec<String>,
    #[command(flatten)]
    pub(crate) printed: FormatArgs,
}

/// `loglik compare MODEL MODEL ..`
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  loglik compare small.json model.json
  loglik compare poisson.json zip.json --data articles.csv")]
pub(crate) struct CompareArgs {
    /// Model files
    #[arg(required = true, num_args = 2..)]
    pub(crate) models: Vec<String>,
    /// The rows of the models, for Vuong's test against the first model
    #[arg(long)]
    pub(crate) data: Option<String>,
    /// A further spelling of a missing value
    #[arg(long)]
    pub(crate) na: Vec<String>,
    #[command(flatten)]
    pub(crate) printed: FormatArgs,
}

/// `loglik families`
#[derive(Args, Debug)]
pub(crate) struct FamiliesArgs {
    /// As JSON
    #[arg(long)]
    pub(crate) json: bool,
}
