//! Fitting: models, passes over the data and their tallies, executors, and the way up to the maximum.
//!
//! Builds and tests without Arrow. A fit never holds rows.

mod accumulate;
mod boundary;
mod edge;
mod executor;
mod existence;
mod fit;
mod gather;
mod maximise;
mod model;
mod moments;
mod notes;
mod objective;
mod outline;
mod pass;
mod plan;
mod polish;
mod products;
mod quantile;
mod rank;
mod sample;
mod starts;
mod subspace;
mod sweep;
mod tally;

pub use accumulate::Accumulator;
pub use executor::{Executor, Local, RunError};
pub use existence::{Limit, Verdict, limits_of_coefficients};
pub use fit::Fit;
pub use gather::Gather;
pub use maximise::{FitOptions, Method, maximise};
pub use model::{Model, Piece, Predictor};
pub use notes::Finding;
pub use objective::square;
pub use outline::{Outline, Way};
pub use pass::{Pass, Point, Precision, Recession, Sums};
pub use polish::add_up_exactly;
pub use products::{add_info, add_score};
pub use rank::Rank;
pub use subspace::{Subspace, Within, maximise_within};
pub use sweep::{Sweep, each_entry};
pub use tally::{Derivs, MomentSums, RecessionTally, Tally};
