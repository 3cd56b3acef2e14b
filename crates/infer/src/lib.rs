//! Inference from a fit: covariances, tests, intervals, residuals, diagnostics. It asks for passes and never holds rows.

mod deviance;
mod expected;
mod meat;

pub use deviance::{Deviance, deviance};
pub use expected::expected_info;
pub use meat::meat;
