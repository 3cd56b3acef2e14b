//! Flags of the verbs that judge scores and decide: `evaluate`, `threshold`, and the rows that both read.

use crate::args::{ResultArgs, TableArgs};
use clap::Args;

/// `loglik evaluate [MODEL] DATA`
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  loglik evaluate model.json test.csv
  loglik evaluate --score p --outcome default --event yes scored.csv --by region
  loglik evaluate model.json test.csv --fail-if 'auc < 0.8 or calibration_slope < 0.7'")]
pub(crate) struct EvaluateArgs {
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
    /// Memory that columns and scores may take: 512MB, 2GB; two classes are then judged over a stream
    #[arg(long)]
    pub(crate) memory: Option<String>,
    /// End with 7 when this holds: 'auc < 0.8'
    #[arg(long)]
    pub(crate) fail_if: Vec<String>,
}

/// `loglik threshold [MODEL] DATA`
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  loglik threshold model.json data.csv --cost miss=5,alarm=1 --cv 10 --save
  loglik threshold --score p --outcome y scored.csv --capacity 0.05
  loglik threshold model.json data.csv --recalibrate platt --recall 0.9 --cv 10 --save
  loglik threshold softmax.json data.csv --cost 'virginica>*=9' --cv 10 --save")]
pub(crate) struct ThresholdArgs {
    #[command(flatten)]
    pub(crate) rows: RowsArgs,
    /// miss=5,alarm=1 (also hit, pass); several classes: 'TRUTH>PREDICTION=9,..', linear, quadratic
    #[arg(long)]
    pub(crate) cost: Option<String>,
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
    /// Bootstrap resamples
    #[arg(long, default_value_t = 999)]
    pub(crate) replicates: usize,
    /// Memory that columns and scores may take: 512MB, 2GB; two classes are then decided over a stream
    #[arg(long)]
    pub(crate) memory: Option<String>,
    /// Write threshold and recalibration into the model file
    #[arg(long)]
    pub(crate) save: bool,
}

/// Which rows, scores and outcomes, and how what is found is printed.
#[derive(Args, Debug)]
pub(crate) struct RowsArgs {
    /// Model file and data, or data alone with --score and --outcome; `-` for stdin
    #[arg(required = true, num_args = 1..=2, value_names = ["MODEL", "DATA"])]
    pub(crate) files: Vec<String>,
    /// Columns of scores, separated by commas: further ones are compared with the first; of several classes one each, in
    /// the order of the levels
    #[arg(long, value_delimiter = ',')]
    pub(crate) score: Vec<String>,
    /// Column or expression of the outcome; a model's own response by default
    #[arg(long)]
    pub(crate) outcome: Option<String>,
    /// Value of the outcome that counts as the event; of several classes, one against the rest
    #[arg(long)]
    pub(crate) event: Option<String>,
    /// Which scores point at the event: higher or lower
    #[arg(long, default_value = "higher")]
    pub(crate) direction: String,
    #[command(flatten)]
    pub(crate) table: TableArgs,
    /// drop or error
    #[arg(long, default_value = "drop")]
    pub(crate) missing: String,
    /// Share of cases where decisions are made: `evaluate` weighs the rows to it, `threshold` the costs
    #[arg(long)]
    pub(crate) prevalence: Option<f64>,
    /// Score every row by a refit that has not seen it, in so many folds
    #[arg(long)]
    pub(crate) cv: Option<usize>,
    /// Seed of the folds, and of resamples
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    #[command(flatten)]
    pub(crate) result: ResultArgs,
    /// No notes on stderr
    #[arg(short, long)]
    pub(crate) quiet: bool,
}
