//! Inference from a fit: covariances, tests, intervals, residuals, diagnostics. It asks for passes and never holds rows.

mod deviance;
mod expected;
mod meat;
mod profile;
mod row_logliks;
mod wald;

pub use deviance::{Deviance, deviance};
pub use expected::{expected_info, expected_info_at};
pub use meat::meat;
pub use profile::{Cost, Ends, Ground, Profiled, profile};
pub use row_logliks::row_logliks;
pub use wald::{delta, wald};
