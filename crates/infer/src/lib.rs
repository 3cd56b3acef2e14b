//! Inference from a fit: covariances, tests, intervals, residuals, diagnostics. It asks for passes and never holds rows.

mod bias_reduction;
mod bread;
mod cluster;
mod design_row;
mod deviance;
mod expected;
mod fitted_squares;
mod hac;
mod leverage;
mod median_line;
mod penalised_profile;
mod profile;
mod quantile_residual;
mod quantile_se;
mod row_figures;
mod row_logliks;
mod sandwich;
mod wald;

pub use bias_reduction::{Coordinates, Reducer, Reduction};
pub use bread::Bread;
pub use cluster::{Form, by_cluster};
pub use deviance::{Deviance, deviance, deviance_at};
pub use expected::{expected_info, expected_info_at, is_known};
pub use fitted_squares::fitted_squares;
pub use hac::{LagKernel, hac};
pub use profile::{Cost, Ends, Ground, Profiled, profile};
pub use quantile_se::{QuantileVcov, Sparsity, quantile_vcov};
pub use row_figures::{RowAsk, RowFigures, row_figures};
pub use row_logliks::row_logliks;
pub use sandwich::{Ask, Correction, Robust, by_row, opg};
pub use wald::{delta, wald};
