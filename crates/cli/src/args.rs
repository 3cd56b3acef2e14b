//! The words of the command line.

use crate::decision_args::{EvaluateArgs, ThresholdArgs};
use crate::model_args::{CompareArgs, EffectsArgs, PredictArgs, ShowArgs, TestArgs, VerifyArgs};
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

impl Verb {
    /// Where the result goes, of the verbs whose result is no model file.
    pub(crate) fn result(&self) -> Option<&ResultArgs> {
        match self {
            Self::Evaluate(args) => Some(&args.rows.result),
            Self::Threshold(args) => Some(&args.rows.result),
            Self::Test(args) => Some(&args.result),
            Self::Effects(args) => Some(&args.result),
            Self::Compare(args) => Some(&args.result),
            _ => None,
        }
    }
}

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
    /// CSV, TSV, NDJSON, Parquet, Arrow IPC, svmlight, also gzip or zstd; `-` for stdin
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

A model file in place of the formula stands for the words that it was fitted with.
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
    /// CSV, TSV, NDJSON, Parquet, Arrow IPC, svmlight, also gzip or zstd; `-` for stdin
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

/// How a result is printed, and where.
#[derive(Args, Debug, Default)]
pub(crate) struct ResultArgs {
    #[command(flatten)]
    pub(crate) printed: FormatArgs,
    /// File to write the result to instead of stdout
    #[arg(short, long)]
    pub(crate) output: Option<String>,
    /// Overwrite an existing file
    #[arg(long)]
    pub(crate) force: bool,
}

/// What every verb takes that sums over the rows of a table.
#[derive(Args, Debug, Default)]
pub(crate) struct TableArgs {
    /// Column of weights
    #[arg(long)]
    pub(crate) weights: Option<String>,
    /// precision, frequency or sampling
    #[arg(long, default_value = "precision")]
    pub(crate) weight_kind: String,
    /// Rows used: those where this expression holds
    #[arg(long = "where")]
    pub(crate) filter: Option<String>,
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

/// What every fit takes.
#[derive(Args, Debug, Default)]
pub(crate) struct SharedArgs {
    /// Hold a parameter: PARAM=VALUE
    #[arg(long)]
    pub(crate) fix: Vec<String>,
    /// Evaluate the likelihood there and do not fit: NAME=VALUE,.. for every coefficient
    #[arg(long, value_delimiter = ',')]
    pub(crate) at: Vec<String>,
    #[command(flatten)]
    pub(crate) table: TableArgs,
    /// Columns of clusters, separated by commas
    #[arg(long, value_delimiter = ',')]
    pub(crate) cluster: Vec<String>,
    /// drop or error
    #[arg(long, default_value = "drop")]
    pub(crate) missing: String,
    /// Standard errors: observed, expected, opg, hc0 to hc4, cluster, hac or bootstrap; of a quantile iid, nid or ker
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
    /// What --se bootstrap draws: pairs (rows, or the clusters named) or parametric (responses from the fit)
    #[arg(long)]
    pub(crate) bootstrap: Option<String>,
    /// Replicates of --se bootstrap, 999 by default
    #[arg(long)]
    pub(crate) replicates: Option<usize>,
    /// Whole fits for --se bootstrap instead of one Newton step each
    #[arg(long)]
    pub(crate) refit: bool,
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
    /// Odds or rate ratios in place of coefficients on a log or logit link, with their standard errors
    #[arg(long)]
    pub(crate) exp: bool,
    /// ml, pearson, deviance or a value
    #[arg(long)]
    pub(crate) dispersion: Option<String>,
    /// wald or profile
    #[arg(long, default_value = "wald")]
    pub(crate) ci: String,
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
    /// Memory that columns may take: 512MB, 2GB; the rest is streamed from a temporary file in TMPDIR
    #[arg(long)]
    pub(crate) memory: Option<String>,
    /// Go on from the checkpoint that Ctrl-C left beside the model file (MODEL.checkpoint; without -o loglik-HASH.checkpoint
    /// in this folder); from the beginning where there is none
    #[arg(long)]
    pub(crate) resume: bool,
    /// Say what would be done, and do not fit
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// What each pass over the rows cost, on stderr
    #[arg(short, long)]
    pub(crate) verbose: bool,
    /// What each pass over the rows found, on stderr: log-likelihood, and the largest slope left
    #[arg(long)]
    pub(crate) trace: bool,
    /// auto (on a terminal, after a second), json (a line a pass on stderr) or off
    #[arg(long, default_value = "auto")]
    pub(crate) progress: String,
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
    /// CSV, TSV, NDJSON, Parquet, Arrow IPC, svmlight, also gzip or zstd; `-` for stdin
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
    #[command(flatten)]
    pub(crate) table: TableArgs,
    /// aic, bic or loglik
    #[arg(long, default_value = "aic")]
    pub(crate) rank: String,
    /// Samples for p-values of KS, AD and CvM (parametric bootstrap); 0 for none
    #[arg(long, default_value_t = 0)]
    pub(crate) bootstrap: usize,
    /// Seed of the samples
    #[arg(long)]
    pub(crate) seed: Option<u64>,
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
