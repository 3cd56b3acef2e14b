//! Maximum likelihood: state the likelihood, the rest follows.
//!
//! This is the public face of the house and the only place where its parts meet: a [`FitSpec`] and a table become a
//! [`Fitted`] model, whose [`FitResult`] is what every surface prints, and whose model file predicts anywhere.

mod catalogue;
mod certificate;
mod check;
mod check_rows;
mod clusters;
mod comparison;
mod covariance;
mod decisions;
mod diagnostics;
mod dist;
mod dist_result;
mod error;
mod fit_plan;
mod glossary;
mod goodness;
mod hypotheses;
mod intervals;
mod layout;
mod loss;
mod model_file;
mod nesting;
mod notes;
mod number;
mod predict;
mod prepare;
mod quantiles;
mod respecify;
mod response;
mod response_facts;
mod result;
mod row_columns;
mod row_coordinates;
mod rows;
mod run;
mod se_notes;
mod se_spec;
mod seal;
mod self_test;
mod separation;
mod spec;
mod statistics;
mod tables;
mod term_tests;
mod verify;
mod vuong;
mod watched;
mod weights;

pub use catalogue::{Listed, likelihood_of, likelihoods};
pub use certificate::Certificate;
pub use check::{Diagnosis, Standing};
pub use comparison::{Compared, Comparison, RatioTest, SameRows, compare};
pub use decisions::{
    Axis, Binary, Boundary, Calibration, ClassCalibration, ClassCosts, ClassMeans, Classes, Coverage, Curves,
    Decided, Decile, Decision, Direction, EvaluateSpec, Evaluation, Figure, Findings, Folds, Gate, Group,
    Optimism, OrdinalFigures, PartialAreas, Recalibrate, Regression, RowsSpec, RowsUsed, Rule,
    ThresholdResult, ThresholdSpec, Thresholded, evaluate, paired_test, roc_points, threshold, unpaired_test,
};
pub use diagnostics::RowDiagnostics;
pub use dist::{DistSpec, dist, dist_loglik_at};
pub use dist_result::{DistFailure, DistFit, DistParameter, DistResult};
pub use error::{Error, Exit};
pub use fit_plan::FitPlan;
pub use glossary::{Explained, GLOSSARY, Subject, explained};
pub use goodness::Goodness;
pub use hypotheses::{Hypotheses, JointTest, Tested};
pub use loss::{LOSSES, Loss, loss, loss_of};
pub use model_file::ModelFile;
pub use number::Number;
pub use predict::{PredictSpec, Quantity, UnseenRows};
pub use prepare::needed_columns;
pub use quantiles::fit_quantiles;
pub use result::{
    Aliased, Coefficient, Existence, FitResult, ModelTest, Note, Passes, ResponseInfo, SeInfo, Sigma, Status,
    StopInfo, SumsOfSquares, TermTest, Vcov, WeightsInfo,
};
pub use run::{Data, Fitted, fit, fit_watched, plan_fit};
pub use se_spec::{HacKernel, SeBread, SeFactor, SeForm, SeKind};
pub use spec::{Ci, Dispersion, FitSpec, Missing, OnSeparation, TermTests, WeightKind};
pub use term_tests::TestKind;
pub use verify::{Check, Verification};
pub use vuong::Vuong;
pub use watched::PassSeen;

pub use loglik_data as data;
pub use loglik_decide as decide;
pub use loglik_design::Table;
pub use loglik_expr as expr;
pub use loglik_fit::Method;
pub use loglik_likelihood::Link;

/// The handbook's page on this crate, whose snippets run as tests.
#[cfg(doctest)]
#[doc = include_str!("../../../handbook/rust.md")]
mod handbook {}
