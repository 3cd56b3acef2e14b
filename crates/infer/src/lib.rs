//! Inference from a fit: covariances, tests, intervals, residuals, diagnostics. It asks for passes and never holds rows.

mod deviance;

pub use deviance::{Deviance, deviance};
