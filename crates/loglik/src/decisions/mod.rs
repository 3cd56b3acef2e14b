//! From probabilities to decisions: evaluation of models and of any scores, thresholds, recalibration, boundaries.
//!
//! The arithmetic of two classes is `decide`'s; here it meets tables, model files and refits.

mod binary;
mod binned;
mod boundary;
mod classes;
mod compare;
mod decision;
mod evaluation;
mod figures;
mod folds;
mod gates;
mod groups;
mod judged;
mod model_rows;
mod optimism;
mod outcome;
mod pairs;
mod regression;
mod rows;
mod stream;
mod threshold;
mod threshold_stream;

pub use binary::{Binary, Calibration, Curves, PartialAreas, Thresholded};
pub use binned::Binned;
pub use boundary::{Axis, Boundary};
pub use classes::{ClassCalibration, ClassMeans, Classes, Decided, OrdinalFigures, Rule};
pub use compare::{paired_test, roc_points, unpaired_test};
pub use decision::Decision;
pub use evaluation::{EvaluateSpec, Evaluation, Findings, evaluate};
pub use figures::Figure;
pub use folds::Folds;
pub use gates::Gate;
pub use groups::Group;
pub use optimism::Optimism;
pub use regression::{Coverage, Decile, Regression};
pub use rows::{RowsSpec, RowsUsed};
pub use threshold::{ClassCosts, Recalibrate, ThresholdResult, ThresholdSpec, threshold};

use crate::Error;

/// Which scores point at the event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Larger ones.
    #[default]
    Higher,
    /// Smaller ones.
    Lower,
}

impl std::str::FromStr for Direction {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self, Error> {
        match text {
            "higher" => Ok(Self::Higher),
            "lower" => Ok(Self::Lower),
            other => Err(Error::unknown_word("direction", other, ["higher", "lower"].into_iter())),
        }
    }
}
