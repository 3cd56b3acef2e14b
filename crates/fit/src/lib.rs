//! Fitting: models, passes over the data and their tallies, executors, and the way up to the maximum.
//!
//! Builds and tests without Arrow. A fit never holds rows.

mod accumulate;
mod boundary;
mod climb;
mod column_sums;
mod constrained;
mod edge;
mod executor;
mod existence;
mod fit;
mod gather;
mod least_squares;
mod maximise;
mod model;
mod moments;
mod notes;
mod objective;
mod outline;
mod pair;
mod pass;
mod penalised;
mod penalty;
mod plan;
mod polish;
mod products;
mod quadratic;
mod quantile;
mod rank;
mod sample;
mod starts;
mod subspace;
mod surface;
mod sweep;
mod tally;
mod wide;
mod words;
mod zero_start;

pub use accumulate::Accumulator;
pub use column_sums::{ColumnSums, column_sums};
pub use constrained::{Begin, Constrained, maximise_under, own_starts};
pub use executor::{Executor, Local, RunError};
pub use existence::{Limit, Verdict, limits_of_coefficients};
pub use fit::Fit;
pub use gather::Gather;
pub use least_squares::{Descent, least_squares};
pub use maximise::{FitOptions, Method, SumsAt, maximise};
pub use model::{Model, Piece, Predictor};
pub use notes::Finding;
pub use objective::square;
pub use outline::{Outline, Way};
pub use pair::pair;
pub use pass::{Pass, Point, Precision, Recession, Sums};
pub use penalised::maximise_penalised;
pub use penalty::Penalty;
pub use polish::add_up_exactly;
pub use products::{add_info, add_score};
pub use quantile::{QuantileRows, location_columns, quantile_at};
pub use rank::Rank;
pub use subspace::{Subspace, Within, maximise_within};
pub use surface::{Curved, Surface};
pub use sweep::Sweep;
pub use tally::{Derivs, MomentSums, OffsetMeans, RecessionTally, Tally};
pub use wide::is_wide;

pub use loglik_optim::{Reason, Stop};
