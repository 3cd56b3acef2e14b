//! Maximum likelihood: state the likelihood, the rest follows.
//!
//! This is the public face of the house and the only place where its parts meet: a [`FitSpec`] and a table become a
//! [`Fitted`] model, whose [`FitResult`] is what every surface prints, and whose model file predicts anywhere.

mod catalogue;
mod clusters;
mod covariance;
mod diagnostics;
mod dist;
mod dist_result;
mod error;
mod goodness;
mod model_file;
mod notes;
mod number;
mod prepare;
mod quantiles;
mod response;
mod result;
mod run;
mod scoring;
mod se_notes;
mod se_spec;
mod separation;
mod spec;
mod statistics;
mod tables;
mod weights;

pub use catalogue::{Listed, likelihood_of, likelihoods};
pub use diagnostics::RowDiagnostics;
pub use dist::{DistSpec, dist, dist_loglik_at};
pub use dist_result::{DistFailure, DistFit, DistParameter, DistResult};
pub use error::{Error, Exit};
pub use goodness::Goodness;
pub use model_file::ModelFile;
pub use number::Number;
pub use prepare::needed_columns;
pub use quantiles::fit_quantiles;
pub use result::{
    Aliased, Coefficient, Existence, FitResult, ModelTest, Note, Passes, ResponseInfo, SeInfo, Sigma, Status,
    StopInfo, SumsOfSquares, TermTest, Vcov, WeightsInfo,
};
pub use run::{Fitted, fit};
pub use scoring::Predictions;
pub use se_spec::{HacKernel, SeBread, SeFactor, SeForm, SeKind};
pub use spec::{Ci, Dispersion, FitSpec, Missing, OnSeparation, TermTests, WeightKind};

pub use loglik_data as data;
pub use loglik_design::Table;
pub use loglik_expr as expr;
pub use loglik_fit::Method;
pub use loglik_likelihood::Link;
