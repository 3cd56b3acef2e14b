//! What can be wrong with labels, scores, weights and options, each with its place and its mend.
//!
//! Rows are counted from 0 here (`DecideError::row`), as in the slices that came in; shells say the row and line of the file.
//! Degenerate but legal inputs (all scores equal, a perfect separation) are answers, not errors.

/// Why a figure cannot be computed. `id` is the word that machine-readable output carries.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum DecideError {
    /// No row, or none with a weight above 0.
    #[error("there is no row to evaluate: {why}")]
    Empty {
        /// `no rows` or `every weight is 0`.
        why: &'static str,
    },
    /// Two columns differ in length.
    #[error("column `{what}` has {got} rows where the labels have {want}")]
    Length {
        /// Which column.
        what: &'static str,
        /// Its rows.
        got: usize,
        /// Rows of the labels.
        want: usize,
    },
    /// A label that is neither 0 nor 1.
    #[error("label {value} is neither 0 nor 1; name the event (`--event LEVEL`) or drop the row")]
    UnknownLabel {
        /// Row, from 0.
        row: usize,
        /// What stands there.
        value: f64,
    },
    /// A class code outside the classes that have scores.
    #[error("class code {code} where there are scores for {classes} classes")]
    UnknownClass {
        /// Row, from 0.
        row: usize,
        /// The code.
        code: u32,
        /// Number of score columns.
        classes: usize,
    },
    /// A score that is NaN or infinite.
    #[error("`{what}` is {value}, which is not a finite number; drop the row or mend the score")]
    NotFinite {
        /// Which column.
        what: &'static str,
        /// Row, from 0.
        row: usize,
        /// What stands there.
        value: f64,
    },
    /// A weight that is negative, NaN or infinite, or not a whole number where rows are repeated.
    #[error("weight {value} is not {wanted}")]
    InvalidWeight {
        /// Row, from 0.
        row: usize,
        /// What stands there.
        value: f64,
        /// What a weight must be.
        wanted: &'static str,
    },
    /// A probability was needed and a score lies outside [0, 1].
    #[error(
        "score {value} is not a probability; calibration and cost figures need scores in [0, 1] (the areas do not)"
    )]
    NotProbability {
        /// Row, from 0, where scores still have rows.
        row: Option<usize>,
        /// What stands there.
        value: f64,
    },
    /// A probability of exactly 0 or 1 has no finite logit.
    #[error("a probability of exactly {value} has no finite logit")]
    CertainProbability {
        /// Row, from 0, where scores still have rows.
        row: Option<usize>,
        /// 0 or 1.
        value: f64,
    },
    /// Only cases or only controls: no comparison of the two exists.
    #[error("every row is a {only}: areas and thresholds compare cases with controls, and need both")]
    OneClass {
        /// `case` or `control`.
        only: &'static str,
    },
    /// The scores split the classes, so the maximum-likelihood recalibration is infinite.
    #[error("the scores separate the classes: the {what} has no finite maximum-likelihood estimate")]
    Separated {
        /// Which fit.
        what: &'static str,
    },
    /// All scores are one value where a spread is needed.
    #[error("all scores are equal ({value}): the {what} is not identified")]
    Constant {
        /// Which figure.
        what: &'static str,
        /// The score.
        value: f64,
    },
    /// An option outside its range.
    #[error("{option} = {value} is not {wanted}")]
    BadOption {
        /// Name of the option.
        option: &'static str,
        /// What was asked.
        value: f64,
        /// What it must be.
        wanted: &'static str,
    },
    /// A policy that no threshold fulfils.
    #[error("no threshold reaches {wanted} = {asked}: the best is {best}")]
    Unattainable {
        /// `precision` or `recall`.
        wanted: &'static str,
        /// What was asked.
        asked: f64,
        /// What can be had.
        best: f64,
    },
}

impl DecideError {
    /// The word for machines, from the closed list of error ids.
    pub fn id(&self) -> &'static str {
        match self {
            Self::Empty { .. } => "empty_data",
            Self::Length { .. } => "schema_mismatch",
            Self::UnknownClass { .. } => "unseen_level",
            Self::NotFinite { .. } => "non_finite_value",
            Self::InvalidWeight { .. } => "invalid_weight",
            Self::UnknownLabel { .. } | Self::NotProbability { .. } | Self::CertainProbability { .. } => {
                "response_out_of_range"
            }
            Self::OneClass { .. } => "response_constant",
            Self::Separated { .. } => "separation_complete",
            Self::Constant { .. } => "flat_likelihood",
            Self::BadOption { .. } | Self::Unattainable { .. } => "bad_request",
        }
    }

    /// The row at fault, from 0, where there is one.
    pub fn row(&self) -> Option<usize> {
        match *self {
            Self::UnknownLabel { row, .. }
            | Self::UnknownClass { row, .. }
            | Self::NotFinite { row, .. }
            | Self::InvalidWeight { row, .. } => Some(row),
            Self::NotProbability { row, .. } | Self::CertainProbability { row, .. } => row,
            _ => None,
        }
    }
}
