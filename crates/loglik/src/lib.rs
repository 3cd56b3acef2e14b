//! Maximum likelihood: state the likelihood, the rest follows.
//!
//! This is the public face of the house and the only place where its parts meet: a [`FitSpec`] and a table become a
//! [`Fitted`] model, whose [`FitResult`] is what every surface prints, and whose model file predicts anywhere.

mod at;
mod bias;
mod bootstrap;
mod catalogue;
mod certificate;
mod check;
mod checkpoint;
mod class_differences;
mod clusters;
mod comparison;
mod constrained_tests;
mod covariance;
mod data_notes;
mod decisions;
mod density;
mod diagnostics;
mod dist;
mod dist_bootstrap;
mod dist_families;
mod dist_result;
mod dist_verdict;
mod effect_rows;
mod effects;
mod error;
mod fit_plan;
mod given_rest;
mod glossary;
mod goodness;
mod hypotheses;
mod interrupt;
mod intervals;
mod layout;
mod loss;
mod model_file;
mod nesting;
mod notes;
mod number;
mod off_boundary;
mod outcomes;
mod own;
mod own_check;
mod own_identified;
mod own_scatter;
mod own_start;
mod pairs;
mod penalties;
mod predict;
mod prepare;
mod quantiles;
mod quantity;
mod ratios;
mod redraws;
mod request;
mod response;
mod response_facts;
mod result;
mod row_columns;
mod row_coordinates;
mod rows;
mod run;
mod sample;
mod se_notes;
mod se_spec;
mod seal;
mod self_test;
mod separation;
mod simulate;
mod spec;
mod statistics;
mod tables;
mod term_tests;
mod used_rows;
mod verify;
mod vuong;
mod watched;
mod weights;

pub use at::{Evaluated, loglik_at};
pub use bias::BiasReduction;
pub use bootstrap::{BootstrapSpec, Resampled};
pub use catalogue::{Listed, likelihood_of, likelihoods};
pub use certificate::Certificate;
pub use check::{Checked, Compared as ComparedMethod, Diagnosis, Mend, SideBySide, Standing};
pub use checkpoint::Checkpoint;
pub use comparison::{Compared, Comparison, RatioTest, compare};
pub use decisions::{
    Axis, Binary, Binned, Boundary, Calibration, ClassCalibration, ClassCosts, ClassMeans, Classes, Coverage,
    Curves, Decided, Decile, Decision, Direction, EvaluateSpec, Evaluation, Figure, Findings, Folds, Gate,
    Group, Optimism, OrdinalFigures, PartialAreas, Recalibrate, Regression, RowsSpec, RowsUsed, Rule,
    ThresholdResult, ThresholdSpec, Thresholded, evaluate, paired_test, roc_points, threshold, unpaired_test,
};
pub use density::{LogDensity, log_density, usual_parameters};
pub use diagnostics::RowDiagnostics;
pub use dist::{DistSpec, Rank, dist, dist_loglik_at};
pub use dist_families::ColumnSummary;
pub use dist_result::{Against, DistFailure, DistFit, DistLimit, DistParameter, DistResult};
pub use effects::{Effect, EffectSpec, Effects};
pub use error::{Error, Exit};
pub use fit_plan::FitPlan;
pub use glossary::{Explained, GLOSSARY, Subject, explained};
pub use goodness::Goodness;
pub use hypotheses::{Constrained, Hypotheses, JointTest, Tested};
pub use interrupt::Interrupt;
pub use loss::{LOSSES, Loss, loss, loss_of};
pub use model_file::ModelFile;
pub use number::Number;
pub use own::own_text;
pub use penalties::PenaltySpec;
pub use predict::{PredictSpec, Quantity, UnseenRows};
pub use quantiles::fit_quantiles;
pub use redraws::{Redrawn, Redraws};
pub use result::{
    Aliased, BootstrapInfo, Coefficient, Existence, FitResult, ModelTest, Note, OwnInfo, Passes,
    ResponseInfo, SeInfo, Sigma, Status, StopInfo, SumsOfSquares, TermTest, Vcov, WeightsInfo,
};
pub use run::{Data, Fitted, fit, fit_from, fit_watched, plan_fit};
pub use sample::Sample;
pub use se_spec::{HacKernel, SeBread, SeFactor, SeForm, SeKind};
pub use simulate::Simulator;
pub use spec::{Ci, Dispersion, FitSpec, Missing, OnSeparation, TermTests, WeightKind, Written};
pub use term_tests::TestKind;
pub use used_rows::needed_columns;
pub use verify::{Check, Verification};
pub use vuong::Vuong;
pub use watched::{Found, PassSeen};

pub use loglik_data as data;
pub use loglik_decide as decide;
pub use loglik_design::Table;
pub use loglik_expr as expr;
pub use loglik_fit::Method;
pub use loglik_likelihood as likelihood;
pub use loglik_likelihood::Link;
pub use loglik_num as num;

/// The handbook's page on this crate, whose snippets run as tests.
#[cfg(doctest)]
#[doc = include_str!("../../../handbook/rust.md")]
mod handbook {}
