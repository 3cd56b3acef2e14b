//! What the ids of notes, errors and findings mean, and what to do: the text behind `loglik explain ID`.
//!
//! This is the closed list of ids of the machine-readable output: no other id is made. The message of a note says where,
//! this says why.

use serde::Serialize;

/// What has an id: a note on a result, an error in its place, or what a diagnosis asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// A note on a result.
    Note,
    /// An error in place of a result.
    Error,
    /// What `loglik check` asks of a fit.
    Finding,
}

/// One id explained.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Explained {
    /// The id.
    pub id: &'static str,
    /// Note, error or finding.
    pub subject: Subject,
    /// What it means.
    pub meaning: &'static str,
    /// What can be done.
    pub mend: &'static str,
}

const fn note(id: &'static str, meaning: &'static str, mend: &'static str) -> Explained {
    Explained { id, subject: Subject::Note, meaning, mend }
}

const fn error(id: &'static str, meaning: &'static str, mend: &'static str) -> Explained {
    Explained { id, subject: Subject::Error, meaning, mend }
}

const fn finding(id: &'static str, meaning: &'static str, mend: &'static str) -> Explained {
    Explained { id, subject: Subject::Finding, meaning, mend }
}

/// All ids.
pub const GLOSSARY: &[Explained] = &[
    note(
        "separation_complete",
        "Some combination of terms predicts every row perfectly. The likelihood rises without end along it: no finite \
         coefficient is its maximum, and the table shows the limit.",
        "Drop or merge what separates, collect rows that overlap, or stop here with --on-separation refuse.",
    ),
    note(
        "separation_quasi",
        "Some combination of terms predicts some rows perfectly and says nothing about the others. Its coefficients \
         are infinite; the others are estimated from the rows that overlap.",
        "Merge the level that has one outcome only, or read the infinite coefficient as what it is.",
    ),
    note(
        "parameter_at_infinity",
        "These coefficients have no finite maximum: no standard error, z or Wald p-value belongs to them.",
        "Use the sign, a likelihood-ratio test or a one-sided interval; see separation_complete and separation_quasi.",
    ),
    note(
        "boundary_estimate",
        "The maximum lies at the end of a parameter's range (no overdispersion, no extra zeros, normal tails): the \
         simpler model at that end is as likely as any other.",
        "Report the simpler model: poisson for negative_binomial, the inner likelihood for zero_inflated(..).",
    ),
    note(
        "unbounded_likelihood",
        "The likelihood has no bound: a scale can shrink to nothing around repeated values, as in mixtures.",
        "Use fewer components, hold the scale with --fix, or look for rounded and repeated values.",
    ),
    note(
        "non_unique",
        "The maximum is a whole set of points, as the median of an even number of rows. One of them is reported.",
        "Report the loglik, which all of them share; standard errors speak of the set as if it were a point.",
    ),
    note(
        "flat_likelihood",
        "The data say nothing about some parameter: the likelihood does not change with it.",
        "Drop the parameter, or hold it with --fix.",
    ),
    note(
        "perfect_fit",
        "The model meets the response to its last digit, so the scale runs to 0 and standard errors are rounding.",
        "Check whether the response was computed from the terms.",
    ),
    note(
        "response_constant",
        "The response has one value in all rows used: only a location can be said, no effect of anything.",
        "Check --where, --event and the rows dropped for missing values.",
    ),
    note(
        "no_events",
        "Every row is censored: no event was seen, and the likelihood only grows as events move away.",
        "Check the coding of the event in Surv(time, event): 1 is an event.",
    ),
    note(
        "aliased",
        "A column is a linear combination of columns before it, or no row has a combination of levels: its \
         coefficient is not determined and is left out. Predictions do not change.",
        "Drop one of the columns from the formula.",
    ),
    note(
        "ill_conditioned",
        "Some columns are nearly a linear combination of others: the data can hardly tell their coefficients apart, \
         and their standard errors are large and opposed.",
        "Drop or combine nearly collinear terms; centre a variable before taking powers (poly does).",
    ),
    note(
        "too_few_rows",
        "There are no more rows than coefficients: nothing is left to estimate their errors from.",
        "Use fewer terms or more rows.",
    ),
    note(
        "rows_dropped",
        "Rows with a missing value in any column that the model uses were left out, under one mask for all roles.",
        "Fill the cells, drop the column from the formula, or refuse with --missing error.",
    ),
    note(
        "rows_at_infinity",
        "The likelihood of these rows reaches its supremum only in the limit.",
        "See separation_complete and separation_quasi.",
    ),
    note(
        "one_level_factor",
        "A category has one level in the rows used: there is nothing to compare it with, so it has no coefficient.",
        "Drop it from the formula, or look which rows were left out.",
    ),
    note(
        "lookalike_levels",
        "Two levels differ in case, spaces or look-alike letters only.",
        "Mend the spelling in the data.",
    ),
    note(
        "response_recoded",
        "The response was read as 0 and 1 from other values; the event is printed above the table.",
        "Name the event: --event LEVEL.",
    ),
    note(
        "precision_loss",
        "A whole number beyond 2^53 was rounded to the nearest number that 64-bit floating point can hold.",
        "Use such identifiers as categories, or subtract a constant.",
    ),
    note(
        "small_cells",
        "Few rows have some combination of level and outcome: Wald figures of its coefficient are too sure or too shy.",
        "Merge levels, or use likelihood-ratio tests and profile intervals.",
    ),
    note(
        "several_maxima",
        "Climbs from different starts ended at different maxima; the highest is reported.",
        "Compare the maxima in the note; simplify the model if they are close.",
    ),
    note(
        "misspecified",
        "Model-based and robust standard errors differ more than chance: the likelihood does not describe the spread.",
        "Use --se hc1 or --cluster, or a likelihood with a dispersion of its own.",
    ),
    note(
        "few_clusters",
        "Clustered standard errors rest on few clusters and are too small.",
        "Use --se-form cr2 or cr3, and a t with clusters - 1 degrees of freedom.",
    ),
    note(
        "leverage_one",
        "A row is met exactly whatever its response is: it alone determines some coefficient.",
        "Drop the row or the level that it alone has.",
    ),
    note(
        "in_sample_scores",
        "A model was judged, or a threshold chosen, on the rows of its own fit, which flatter it.",
        "Score out of fold with --cv 10, or use rows that the fit has not seen.",
    ),
    note(
        "case_control",
        "Cases and controls were weighed to the share of cases that --prevalence names.",
        "Leave --prevalence out where the rows have the share of cases of use.",
    ),
    note(
        "tied_scores",
        "So many rows share a probability that groups of equal size depend on how they are dealt out.",
        "Read the calibration line and the reliability diagram instead.",
    ),
    note(
        "binned_scores",
        "There are more distinct scores than --memory holds: those that nearly agree count as ties.",
        "The largest possible error is told; leave --memory out for figures of every score.",
    ),
    note(
        "not_converged",
        "The optimiser stopped before the score vanished: the figures are not those of a maximum.",
        "Rescale or drop nearly collinear terms; try --optimizer newton, more data, or a simpler model.",
    ),
    error(
        "invalid_weight",
        "A weight is negative, not finite, or not whole where it is a frequency.",
        "Mend it, or drop the row with --where.",
    ),
    error(
        "invalid_offset",
        "An offset is not finite, or an exposure is not above 0.",
        "Mend it, or drop the row with --where.",
    ),
    error(
        "non_finite_value",
        "A value is infinite, or an expression has no value there, as log(0) has none.",
        "Mend it, drop the row with --where, or use another transformation.",
    ),
    error(
        "response_out_of_range",
        "A response lies outside the support of the likelihood.",
        "Choose another --likelihood, or drop the row with --where.",
    ),
    error(
        "response_not_integer",
        "A count is not a whole number.",
        "Round it if it is a count; else choose a likelihood for continuous responses.",
    ),
    error("empty_data", "No row is there, or none is left.", "Check the file, --where and missing values."),
    error(
        "duplicate_column",
        "Two columns have one name, so it is not known which is meant.",
        "Rename one in the file.",
    ),
    error(
        "unknown_column",
        "A name is no column of the data.",
        "Use the name that is suggested, or backquotes for odd names.",
    ),
    error(
        "missing_column",
        "Rows have missing values and --missing error was asked for.",
        "Use --missing drop, or fill the cells.",
    ),
    error(
        "csv_parse",
        "A line has more or fewer cells than the header, or its quotes do not close.",
        "Mend the line that is named.",
    ),
    error(
        "type_mismatch",
        "A cell of a numeric column is no number, or text stands where numbers are needed.",
        "If it means a missing value, say --na TOKEN.",
    ),
    error("encoding", "The file is not UTF-8.", "Convert it: iconv -f latin1 -t utf-8."),
    error(
        "corrupt_file",
        "The file is not what its first bytes or its name say, or it is cut short or edited.",
        "Write it again; of a checkpoint, leave out --resume.",
    ),
    error(
        "too_many_levels",
        "Nearly every row is a level of its own: the column names rows.",
        "Drop it from the formula, or mend the cells that make it text.",
    ),
    error(
        "memory_limit",
        "The data or the model need more memory than --memory allows.",
        "Raise --memory, or name fewer columns.",
    ),
    error(
        "expression_rejected",
        "A formula or an expression is not in the grammar.",
        "See the place that the caret points at.",
    ),
    error(
        "expression_too_large",
        "A formula or an expression is nested too deeply or has too many terms.",
        "Write it shorter.",
    ),
    error(
        "unseen_level",
        "New data have a level that no row of the fit had.",
        "Use --unseen base or --unseen na, or fit again.",
    ),
    error(
        "schema_mismatch",
        "New data lack a column that the model needs, or have it in another kind; or a checkpoint is of other rows.",
        "Rename or convert it; give the rows of the checkpoint, or leave out --resume.",
    ),
    error(
        "model_file_invalid",
        "A model file was cut, edited or damaged; its seals or its own rows do not agree.",
        "Fit the model again with -o.",
    ),
    error(
        "unsupported_version",
        "A model file was written by a later major version.",
        "Use the version that wrote it.",
    ),
    error(
        "no_such_file",
        "A path cannot be read or written: nothing is there, or the system does not allow it.",
        "Check the path and its permissions.",
    ),
    error(
        "file_exists",
        "A result would have overwritten a file.",
        "Name another file after -o, or overwrite it with --force.",
    ),
    error(
        "bad_request",
        "A flag, a word or a combination of them that cannot be: no data are at fault.",
        "The message names the valid words, or what does not go together.",
    ),
    error(
        "interrupted",
        "The process was told to stop. A fit whose first pass was done has kept its passes in a checkpoint.",
        "Run the same command with --resume.",
    ),
    error(
        "internal",
        "A bug of this program, not of the request or the data.",
        "Report the command and the message.",
    ),
    finding(
        "existence",
        "Whether the likelihood has a finite maximum. Directions along which it never falls are looked for in every fit.",
        "See separation_complete and separation_quasi.",
    ),
    finding(
        "rank",
        "Whether every coefficient is determined: how many columns are no combination of those before them.",
        "See aliased.",
    ),
    finding(
        "condition",
        "The ratio of the ends of the spectrum of the information, scaled to ones on its diagonal. The larger, the less \
         the data can tell some coefficients apart.",
        "Centre columns before powers and products; drop or combine nearly collinear terms.",
    ),
    finding(
        "variance_inflation",
        "By how much the variance of a coefficient is larger than if its column were unrelated to the others (Fox & \
         Monette for terms of several columns).",
        "Drop or combine terms that move together, or leave it: it costs precision, not truth.",
    ),
    finding(
        "events_per_parameter",
        "How many of the rarer outcome, of events, or of rows there are for each coefficient. Below ten, Wald intervals \
         and p-values are unsure.",
        "Use fewer terms, --bias-reduction firth, or --ci profile.",
    ),
    finding(
        "link_test",
        "Whether the square of the linear predictor says something beyond it: a score test of one more term.",
        "Another --link, a transformation, an interaction, or a spline: ns(x, 4).",
    ),
    finding(
        "reset",
        "Ramsey's test: whether the square and the cube of the linear predictor say something beyond it.",
        "Another --link, a transformation, an interaction, or a spline: ns(x, 4).",
    ),
    finding(
        "curvature",
        "Whether the square of some numeric column says something: the largest of such score tests, by Bonferroni.",
        "A transformation, poly(x, 2), or ns(x, 4).",
    ),
    finding(
        "dispersion",
        "Whether counts or shares vary more than the likelihood lets them (Dean & Lawless; Tarone).",
        "A likelihood with a dispersion of its own: negative_binomial, beta_binomial; or --dispersion pearson.",
    ),
    finding(
        "extra_zeros",
        "Whether there are more zeros than the likelihood foresees (van den Broek).",
        "Use zero_inflated(..), hurdle(..), or negative_binomial.",
    ),
    finding(
        "information_matrix",
        "White's test: whether the two forms of the information agree. They do not where variance or coefficients \
         change from row to row.",
        "Robust errors, --se hc3, or a formula for the scale: sigma ~ x.",
    ),
    finding(
        "hosmer_lemeshow",
        "Whether groups of rows have as many events as their probabilities foresee.",
        "See the reliability diagram of loglik evaluate; a bend or an interaction may be missing.",
    ),
    finding(
        "calibration",
        "The slope of outcomes on linear predictors made without the own row. Below 1, predictions are too far apart.",
        "Fewer terms, a penalty, or loglik threshold --recalibrate.",
    ),
    finding(
        "outliers",
        "Whether the row that is least like its distribution is too unlike for so many rows (Bonferroni).",
        "Look at the rows; a likelihood with heavier tails, such as student_t, gives them less weight.",
    ),
    finding(
        "quantile_residuals",
        "Whether residuals, on the normal scale of their own distributions, are a normal sample (Anderson & Darling).",
        "Another likelihood, or a formula for its scale.",
    ),
    finding(
        "leverage",
        "How much one row's response decides its own fitted value: 1 is all of it.",
        "Look at the rows; see what the fit is without them.",
    ),
    finding(
        "influence",
        "How far the coefficients move when one row is left out (Cook's distance).",
        "Look at the rows; see what the fit is without them.",
    ),
    finding("maxima", "Whether climbs from several starts ended at one maximum.", "See several_maxima."),
];

/// The entry of an id.
#[must_use]
pub fn explained(id: &str) -> Option<&'static Explained> {
    GLOSSARY.iter().find(|entry| entry.id == id)
}

/// An id of the list.
pub(crate) fn listed(id: &str) -> String {
    debug_assert!(explained(id).is_some(), "`{id}` is an id that the glossary lacks");
    id.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_id_is_explained_once() {
        for (i, entry) in GLOSSARY.iter().enumerate() {
            assert!(!GLOSSARY[..i].iter().any(|other| other.id == entry.id), "{} is there twice", entry.id);
            assert!(entry.meaning.ends_with('.') && entry.mend.ends_with('.'), "{}: sentences", entry.id);
        }
        assert_eq!(explained("aliased").map(|entry| entry.subject), Some(Subject::Note));
        assert_eq!(explained("no such id"), None);
    }
}
