//! The words of the command line.

use clap::{Args, Parser, Subcommand};

/// Maximum likelihood: state the likelihood, the rest follows.
#[derive(Debug, Parser)]
#[command(name = "loglik", version, about, after_help = EXAMPLES)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

const EXAMPLES: &str = "Examples:
  loglik fit 'distress ~ temperature' demo/orings.csv --likelihood bernoulli -o model.json
  loglik predict model.json new.csv
  loglik families";

/// What is done.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Fit a regression of any likelihood.
    Fit(Box<FitArgs>),
    /// Predict from a model file.
    Predict(PredictArgs),
    /// Judge a model, or any scores, against outcomes.
    Evaluate(Box<EvaluateArgs>),
    /// Choose a threshold by costs, recall, capacity; recalibrate; save both into the model file.
    Threshold(Box<ThresholdArgs>),
    /// Show one or several model files.
    Show(ShowArgs),
    /// Test hypotheses about coefficients, or estimate quantities made of them.
    Test(TestArgs),
    /// Compare models: likelihood ratio, AIC, BIC, Vuong.
    Compare(CompareArgs),
    /// Diagnose a fit: what was asked of the data, what came out, and what mends it.
    Check(Box<FitArgs>),
    /// Recheck a model file against data, without a refit.
    Verify(VerifyArgs),
    /// List the likelihoods and wrappers.
    Families(FamiliesArgs),
    /// Explain the id of a note or an error, a likelihood and its loss, or a loss.
    Explain(ExplainArgs),
    /// Print completions for a shell.
    Completions(CompletionsArgs),
    /// Print the manual page.
    Man,
}

/// `loglik fit FORMULA DATA`
#[derive(Args, Debug, Default)]
#[command(after_help = "Examples:
  loglik fit 'y ~ x + c(region, base = south)' data.csv --likelihood poisson --exposure years
  loglik fit 'y ~ x; sigma ~ z' data.parquet
  loglik fit 'species ~ .' iris.csv --likelihood softmax --json")]
pub(crate) struct FitArgs {
    /// `response ~ terms`, further parameters after `;`: `y ~ x; sigma ~ z`; left out with --target
    #[arg(required_unless_present = "target")]
    pub(crate) formula: Option<String>,
    /// CSV, TSV, NDJSON, Parquet, Arrow IPC, also gzip or zstd; `-` for stdin
    #[arg(required_unless_present = "target")]
    pub(crate) data: Option<String>,
    /// Column of the response, in place of a formula
    #[arg(long)]
    pub(crate) target: Option<String>,
    /// Columns of the terms, separated by commas; all others by default
    #[arg(long, value_delimiter = ',', requires = "target")]
    pub(crate) features: Vec<String>,
    /// Name of the likelihood, see `loglik families`
    #[arg(long, alias = "family", default_value = "gaussian")]
    pub(crate) likelihood: String,
    /// Link of the first parameter, or PARAM=LINK
    #[arg(long)]
    pub(crate) link: Vec<String>,
    /// Hold a parameter: PARAM=VALUE
    #[arg(long)]
    pub(crate) fix: Vec<String>,
    /// Column of weights
    #[arg(long)]
    pub(crate) weights: Option<String>,
    /// precision, frequency or sampling
    #[arg(long, default_value = "precision")]
    pub(crate) weight_kind: String,
    /// Column added to the main predictor
    #[arg(long)]
    pub(crate) offset: Option<String>,
    /// Column whose log is added to the main predictor
    #[arg(long)]
    pub(crate) exposure: Option<String>,
    /// Columns of clusters, separated by commas
    #[arg(long, value_delimiter = ',')]
    pub(crate) cluster: Vec<String>,
    /// Value of a two-valued response that counts as the event
    #[arg(long)]
    pub(crate) event: Option<String>,
    /// Base class of a categorical response
    #[arg(long)]
    pub(crate) reference: Option<String>,
    /// Rows used: those where this expression holds
    #[arg(long = "where")]
    pub(crate) filter: Option<String>,
    /// drop or error
    #[arg(long, default_value = "drop")]
    pub(crate) missing: String,
    /// A further spelling of a missing value
    #[arg(long)]
    pub(crate) na: Vec<String>,
    /// Quantile of the `quantile` likelihood
    #[arg(long)]
    pub(crate) tau: Option<f64>,
    /// cumulative, adjacent, continuation or stopping (ordinal)
    #[arg(long)]
    pub(crate) structure: Option<String>,
    /// Standard errors: observed, expected, opg, hc0 to hc4, cluster or hac
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
    /// Memory that columns may take: 512MB, 2GB; the rest is streamed from a temporary file in TMPDIR
    #[arg(long)]
    pub(crate) memory: Option<String>,
    /// Say what would be done, and do not fit
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// What each pass over the rows cost, on stderr
    #[arg(short, long)]
    pub(crate) verbose: bool,
    /// auto (on a terminal, after a second), json (a line a pass on stderr) or off
    #[arg(long, default_value = "auto")]
    pub(crate) progress: String,
    /// Seed, written down in the result
    #[arg(long)]
    pub(crate) seed: Option<u64>,
    /// Fail (exit 7) when there is any note
    #[arg(long)]
    pub(crate) strict: bool,
    /// The same as --format json
    #[arg(long)]
    pub(crate) json: bool,
    /// text, json, csv, md, tex or html
    #[arg(long, default_value = "text")]
    pub(crate) format: String,
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

/// `loglik predict MODEL DATA`
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  loglik predict model.json new.csv
  loglik predict model.json new.parquet --keep id -o scored.parquet
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
    /// Errors as JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// A further spelling of a missing value
    #[arg(long)]
    pub(crate) na: Vec<String>,
    /// Level of intervals
    #[arg(long, default_value_t = 0.95)]
    pub(crate) level: f64,
    /// Columns of the input that the output has too, separated by commas; `.` for all
    #[arg(long, value_delimiter = ',')]
    pub(crate) keep: Vec<String>,
    /// What a level is taken for that no row of the fit had: error, base (the base level) or na (no prediction)
    #[arg(long, default_value = "error")]
    pub(crate) unseen: String,
    /// Memory that columns may take: 512MB, 2GB; the rest is streamed from a temporary file in TMPDIR
    #[arg(long)]
    pub(crate) memory: Option<String>,
    /// File to write instead of CSV on stdout: .csv, .tsv, .csv.gz, .parquet, .arrow, .feather
    #[arg(short, long)]
    pub(crate) output: Option<String>,
    /// Overwrite an existing file
    #[arg(long)]
    pub(crate) force: bool,
}

/// `loglik evaluate [MODEL] DATA`
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  loglik evaluate model.json test.csv
  loglik evaluate --score p --outcome default --event yes scored.csv --by region
  loglik evaluate model.json test.csv --fail-if 'auc < 0.8 or calibration_slope < 0.7'")]
pub(crate) struct EvaluateArgs {
    /// Model file and data, or data alone with --score and --outcome; `-` for stdin
    #[arg(required = true, num_args = 1..=2, value_names = ["MODEL", "DATA"])]
    pub(crate) files: Vec<String>,
    #[command(flatten)]
    pub(crate) rows: RowsArgs,
    /// Flag scores above this; a model's own threshold, else 0.5
    #[arg(long)]
    pub(crate) threshold: Option<f64>,
    /// Partial areas over error rates up to this
    #[arg(long, default_value_t = 0.1)]
    pub(crate) partial: f64,
    /// Bins of the reliability diagram
    #[arg(long, default_value_t = 10)]
    pub(crate) bins: usize,
    /// Columns of groups that are reported apart
    #[arg(long, value_delimiter = ',')]
    pub(crate) by: Vec<String>,
    /// Score every row by a refit that has not seen it, in so many folds, and show the optimism
    #[arg(long)]
    pub(crate) cv: Option<usize>,
    /// Seed of the folds
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// End with 7 when this holds: 'auc < 0.8'
    #[arg(long)]
    pub(crate) fail_if: Vec<String>,
    /// The same as --format json
    #[arg(long)]
    pub(crate) json: bool,
    /// text, json, csv, md, tex or html
    #[arg(long, default_value = "text")]
    pub(crate) format: String,
    /// No notes on stderr
    #[arg(short, long)]
    pub(crate) quiet: bool,
}

/// `loglik threshold [MODEL] DATA`
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  loglik threshold model.json data.csv --cost miss=5,alarm=1 --cv 10 --save
  loglik threshold --score p --outcome y scored.csv --capacity 0.05
  loglik threshold model.json data.csv --recalibrate platt --recall 0.9 --cv 10 --save
  loglik threshold softmax.json data.csv --cost 'virginica>*=9' --cv 10 --save")]
pub(crate) struct ThresholdArgs {
    /// Model file and data, or data alone with --score and --outcome; `-` for stdin
    #[arg(required = true, num_args = 1..=2, value_names = ["MODEL", "DATA"])]
    pub(crate) files: Vec<String>,
    #[command(flatten)]
    pub(crate) rows: RowsArgs,
    /// miss=5,alarm=1 (also hit, pass); several classes: 'TRUTH>PREDICTION=9,..', linear, quadratic
    #[arg(long)]
    pub(crate) cost: Option<String>,
    /// Share of cases where decisions are made
    #[arg(long)]
    pub(crate) prevalence: Option<f64>,
    /// Largest F-beta
    #[arg(long)]
    pub(crate) f_beta: Option<f64>,
    /// Largest recall + specificity
    #[arg(long)]
    pub(crate) youden: bool,
    /// Fewest flagged with at least this recall
    #[arg(long)]
    pub(crate) recall: Option<f64>,
    /// Largest recall with at least this precision
    #[arg(long)]
    pub(crate) precision: Option<f64>,
    /// At most this share of the rows flagged
    #[arg(long)]
    pub(crate) capacity: Option<f64>,
    /// platt, beta, isotonic, temperature, or prior (to --prevalence)
    #[arg(long)]
    pub(crate) recalibrate: Option<String>,
    /// Score every row by a refit that has not seen it, in so many folds
    #[arg(long)]
    pub(crate) cv: Option<usize>,
    /// Seed of the folds and resamples
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Bootstrap resamples
    #[arg(long, default_value_t = 999)]
    pub(crate) replicates: usize,
    /// Write threshold and recalibration into the model file
    #[arg(long)]
    pub(crate) save: bool,
    /// The same as --format json
    #[arg(long)]
    pub(crate) json: bool,
    /// text, json, csv, md, tex or html
    #[arg(long, default_value = "text")]
    pub(crate) format: String,
    /// No notes on stderr
    #[arg(short, long)]
    pub(crate) quiet: bool,
}

/// Which rows, scores and outcomes.
#[derive(Args, Debug)]
pub(crate) struct RowsArgs {
    /// Columns of scores, separated by commas; further ones are compared with the first
    #[arg(long, value_delimiter = ',')]
    pub(crate) score: Vec<String>,
    /// Column or expression of the outcome; a model's own response by default
    #[arg(long)]
    pub(crate) outcome: Option<String>,
    /// Value of the outcome that counts as the event
    #[arg(long)]
    pub(crate) event: Option<String>,
    /// Which scores point at the event: higher or lower
    #[arg(long, default_value = "higher")]
    pub(crate) direction: String,
    /// Column of weights
    #[arg(long)]
    pub(crate) weights: Option<String>,
    /// precision, frequency or sampling
    #[arg(long, default_value = "precision")]
    pub(crate) weight_kind: String,
    /// Rows used: those where this expression holds
    #[arg(long = "where")]
    pub(crate) filter: Option<String>,
    /// drop or error
    #[arg(long, default_value = "drop")]
    pub(crate) missing: String,
    /// A further spelling of a missing value
    #[arg(long)]
    pub(crate) na: Vec<String>,
    /// Level of intervals
    #[arg(long, default_value_t = 0.95)]
    pub(crate) level: f64,
    /// Threads; all of the machine's by default
    #[arg(long)]
    pub(crate) threads: Option<usize>,
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
    pub(crate) hypotheses: String,
    /// Level of intervals
    #[arg(long, default_value_t = 0.95)]
    pub(crate) level: f64,
    /// The same as --format json
    #[arg(long)]
    pub(crate) json: bool,
    /// text, json, csv, md, tex or html
    #[arg(long, default_value = "text")]
    pub(crate) format: String,
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
    /// The same as --format json
    #[arg(long)]
    pub(crate) json: bool,
    /// text, json, csv, md, tex or html
    #[arg(long, default_value = "text")]
    pub(crate) format: String,
}

/// `loglik verify MODEL DATA`
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  loglik verify model.json data.csv
  loglik verify model.json data.parquet --json

Exits with 0 if everything that the file says still holds, else with 7.")]
pub(crate) struct VerifyArgs {
    /// Model file
    pub(crate) model: String,
    /// The data that it was fitted to, `-` for stdin
    pub(crate) data: String,
    /// The answer as JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// A further spelling of a missing value
    #[arg(long)]
    pub(crate) na: Vec<String>,
}

/// `loglik families`
#[derive(Args, Debug)]
pub(crate) struct FamiliesArgs {
    /// As JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// `loglik explain WORD`
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  loglik explain separation_quasi
  loglik explain logistic
  loglik explain --loss hinge")]
pub(crate) struct ExplainArgs {
    /// Id of a note or an error, or a likelihood
    pub(crate) word: Option<String>,
    /// A loss: which likelihood makes it a maximum-likelihood problem?
    #[arg(long, conflicts_with = "word")]
    pub(crate) loss: Option<String>,
    /// As JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// `loglik completions SHELL`
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  loglik completions bash > ~/.local/share/bash-completion/completions/loglik
  loglik completions zsh > ~/.zfunc/_loglik")]
pub(crate) struct CompletionsArgs {
    /// bash, elvish, fish, powershell or zsh
    pub(crate) shell: clap_complete::Shell,
}
