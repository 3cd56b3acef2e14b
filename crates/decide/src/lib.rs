//! From scores to decisions: curves, areas, thresholds, calibration, and what they cost. Takes plain columns
//! `y, score, weight`; knows no model and no file.

pub mod bayes_rule;
mod bin_tally;
mod binomial;
mod blocks;
pub mod calibration;
mod climb;
pub mod confusion;
pub mod confusion_matrix;
pub mod cost;
mod crossing;
pub mod cut;
pub mod delong;
pub mod delong_test;
mod draw;
mod error;
pub mod gains;
pub mod hosmer_lemeshow;
pub mod isotonic;
mod json_number;
mod level_list;
mod logistic;
pub mod mean_area;
pub mod multiclass;
mod order;
pub mod precision_recall;
pub mod proportion;
pub mod recalibrate;
pub mod reliability;
pub mod resample;
mod resampled;
pub mod roc;
mod scored;
mod thin;
pub mod threshold;
mod threshold_interval;
pub mod threshold_report;
mod walks;

pub use bin_tally::BinTally;
pub use draw::Draws;
pub use error::DecideError;
pub use level_list::LevelList;
pub use order::{Alike, Level, Levels, Mark, Ranked, Totals, rising_rows};
pub use scored::{Scored, WeightKind};
pub use thin::Thinned;
pub use walks::two_walks;
