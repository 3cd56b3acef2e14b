//! Flags of the verbs that read model files: `predict`, `show`, `test`, `effects`, `compare`, `verify`.

use crate::args::ResultArgs;
use clap::Args;

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

/// `loglik test MODEL HYPOTHESES [DATA]`
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  loglik test model.json 'age = prior'
  loglik test model.json 'region[south] = 0, region[west] = 0' --json
  loglik test model.json '-(intercept) / dose'
  loglik test model.json 'age = prior, exp(dose) = 2' data.csv --test lr")]
pub(crate) struct TestArgs {
    /// Model file
    pub(crate) model: String,
    /// Equations or quantities, several between commas: `age = prior, exp(age) - 1 = 0`
    #[arg(allow_hyphen_values = true)]
    pub(crate) hypotheses: String,
    /// The rows of the fit, `-` for stdin: likelihood-ratio and score tests refit to them under the equations
    pub(crate) data: Option<String>,
    /// wald, lr (likelihood ratio) or score (Rao); the last two need DATA, and lr tests infinite coefficients too
    #[arg(long, default_value = "wald")]
    pub(crate) test: String,
    /// A further spelling of a missing value
    #[arg(long)]
    pub(crate) na: Vec<String>,
    /// Memory that columns may take: 512MB, 2GB; the rest is streamed from a temporary file in TMPDIR
    #[arg(long)]
    pub(crate) memory: Option<String>,
    /// Level of intervals
    #[arg(long, default_value_t = 0.95)]
    pub(crate) level: f64,
    #[command(flatten)]
    pub(crate) result: ResultArgs,
}

/// `loglik effects MODEL DATA`
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  loglik effects model.json data.csv
  loglik effects model.json data.csv --variables age --by region
  loglik effects model.json data.csv --predict age=20,40,60 --contrast region=north,west
  loglik effects own.json data.csv --of 'exp(eta)' --of sigma")]
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
    /// Quantity whose effects are wanted in place of the mean: `exp(eta)`, `mu / sigma`; a text's `mu` or `mean`, else its
    /// predictors, by default
    #[arg(long)]
    pub(crate) of: Vec<String>,
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
    pub(crate) result: ResultArgs,
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
    pub(crate) result: ResultArgs,
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
    /// Memory that columns may take: 512MB, 2GB; the rest is streamed from a temporary file in TMPDIR
    #[arg(long)]
    pub(crate) memory: Option<String>,
}
