//! An evaluation: what is asked, what was found, and the one result that every surface prints.

use super::binary::{Binary, note};
use super::classes::{self, Classes};
use super::compare;
use super::gates::{self, Gate};
use super::groups::{self, Group};
use super::judged;
use super::optimism::{Optimism, optimism};
use super::outcome::Labels;
use super::pairs;
use super::regression::{self, Regression};
use super::rows::{RowsSpec, RowsUsed, ScoredRows};
use super::{Binned, Direction, Figure, Folds, stream};
use crate::run::Data;
use crate::{Error, ModelFile, Note, ResponseInfo, WeightsInfo};
use loglik_decide::confusion::Flag;
use loglik_decide::delong_test::AucTest;
use loglik_decide::multiclass::PairAreas;
use serde::Serialize;

/// What is asked of an evaluation.
#[derive(Clone, Debug)]
pub struct EvaluateSpec {
    /// Which rows, scores and outcomes.
    pub rows: RowsSpec,
    /// Flag beyond this score; that of the model, or 1/2, where absent.
    pub threshold: Option<f64>,
    /// Which way a score at the threshold goes.
    pub ties: Flag,
    /// Of intervals.
    pub level: f64,
    /// Partial areas run over error rates up to this.
    pub partial: f64,
    /// Bins of the reliability diagram.
    pub bins: usize,
    /// Conditions under which the process ends with 7.
    pub gates: Vec<String>,
    /// Threads; all of the machine's where absent.
    pub threads: Option<usize>,
    /// Bytes that the scores of a stream may take; 64 MB where absent.
    pub memory: Option<u64>,
    /// The command that led here.
    pub command: Option<String>,
}

impl Default for EvaluateSpec {
    fn default() -> Self {
        Self {
            rows: RowsSpec::default(),
            threshold: None,
            ties: Flag::Above,
            level: 0.95,
            partial: 0.1,
            bins: 10,
            gates: Vec::new(),
            threads: None,
            memory: None,
            command: None,
        }
    }
}

impl EvaluateSpec {
    pub(crate) fn threads(&self) -> usize {
        loglik_design::threads(self.threads)
    }
}

/// What was found, by the kind of the outcome.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Findings {
    /// Two classes.
    Binary(Box<Binary>),
    /// Several classes and a score for each.
    Classes(Box<Classes>),
    /// Several classes and one score.
    Pairs(PairAreas),
    /// Numbers.
    Regression(Box<Regression>),
}

/// `loglik.evaluate/1`
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Evaluation {
    /// `loglik.evaluate/1`
    pub format: &'static str,
    /// Of the program.
    pub version: &'static str,
    /// That led here.
    pub command: Option<String>,
    /// The outcome and how it was read.
    pub outcome: ResponseInfo,
    /// Columns of scores; empty where a model makes them.
    pub scores: Vec<String>,
    /// Which scores point at the event.
    pub direction: Direction,
    /// The weights and how they were meant.
    pub weights: Option<WeightsInfo>,
    /// Rows used and dropped.
    #[serde(flatten)]
    pub used: RowsUsed,
    /// Of intervals.
    pub level: f64,
    /// Every figure by the name that gates use.
    pub figures: Vec<Figure>,
    /// The parts in full.
    #[serde(flatten)]
    pub findings: Findings,
    /// How scores were rounded, where the rows came as a stream; null for rows in memory.
    pub binned: Option<Binned>,
    /// The first score against each further one, on the same rows.
    pub comparisons: Vec<AucTest>,
    /// The same figures by group.
    pub groups: Vec<Group>,
    /// Folds of the scores; null for scores as they are.
    pub folds: Option<Folds>,
    /// The rows of the fit against out of fold; empty without folds.
    pub optimism: Vec<Optimism>,
    /// Conditions and what they came to.
    pub gates: Vec<Gate>,
    /// What a reader should know.
    pub notes: Vec<Note>,
}

/// Evaluates a model on rows, or scores that stand in them, whatever produced them.
///
/// # Errors
/// A request that cannot be, or rows that are refused.
pub fn evaluate(
    spec: &EvaluateSpec,
    model: Option<&ModelFile>,
    data: impl Into<Data>,
) -> Result<Evaluation, Error> {
    let table = match data.into() {
        Data::Table(table) => table,
        Data::Stream(stream) => return stream::of_stream(spec, model, &stream),
    };
    let prevalence = spec.rows.prevalence;
    let Some(model) = model else {
        return of_rows(spec, &spec.rows.read(&table)?.at_prevalence(prevalence)?, None);
    };
    let rows = spec.rows.read_with(model, &table)?.at_prevalence(prevalence)?;
    let mut found = of_rows(spec, &rows, Some(model))?;
    if spec.rows.folds.is_some() {
        let inside = RowsSpec { folds: None, filter: filter(&spec.rows, model), ..spec.rows.clone() };
        let inside = inside.read_with(model, &table)?.at_prevalence(prevalence)?;
        found.optimism = optimism(&inside, &rows, spec.level)?;
    } else if model.was_fitted_to(&rows.table) {
        found.notes.push(note(
            "in_sample_scores",
            "these are the rows of the model's own fit, which flatter it; --cv 10 scores out of fold",
        ));
    }
    Ok(found)
}

/// The filter of the request, else of the model's own fit.
fn filter(rows: &RowsSpec, model: &ModelFile) -> Option<String> {
    rows.filter.clone().or(model.request.filter.clone())
}

/// Evaluates rows, by a model or without one.
fn of_rows(spec: &EvaluateSpec, rows: &ScoredRows, model: Option<&ModelFile>) -> Result<Evaluation, Error> {
    refuse_what_two_classes_have(spec, rows)?;
    let (findings, further) = findings(spec, rows, model)?;
    let mut found = assemble(spec, rows, findings)?;
    found.notes.extend(rows.used.note());
    found.notes.extend(rows.notes.iter().cloned().chain(further));
    if let Labels::Two(_) = rows.labels {
        found.comparisons = (1..rows.scores.len())
            .map(|second| compare::paired(rows, [0, second], spec.level))
            .collect::<Result<_, _>>()?;
    }
    found.groups = groups::groups(spec, rows, model)?;
    Ok(found)
}

/// Refuses a threshold of anything but two classes, and a direction of predictions, which would be judged negated.
fn refuse_what_two_classes_have(spec: &EvaluateSpec, rows: &ScoredRows) -> Result<(), Error> {
    let name = &rows.outcome.column;
    let refused = match &rows.labels {
        Labels::Two(_) => return Ok(()),
        _ if spec.threshold.is_some() => "--threshold cuts between two classes",
        Labels::Classes(_) if rows.scores.len() == 1 => return Ok(()),
        _ if rows.direction == Direction::Lower => "--direction lower is for one score of classes",
        _ => return Ok(()),
    };
    Err(Error::request(format!("{refused}, and the outcome `{name}` has not two"))
        .column(name)
        .remedy("leave it out, or name the event of classes: --event LEVEL"))
}

/// An evaluation of what was found, without what compares and divides the rows.
pub(crate) fn assemble(
    spec: &EvaluateSpec,
    rows: &ScoredRows,
    findings: Findings,
) -> Result<Evaluation, Error> {
    let figures = findings.figures(spec.level);
    let weights = spec.rows.weights.as_ref();
    Ok(Evaluation {
        format: "loglik.evaluate/1",
        version: env!("CARGO_PKG_VERSION"),
        command: spec.command.clone(),
        outcome: rows.outcome.clone(),
        scores: rows.names.clone(),
        direction: rows.direction,
        weights: weights.map(|column| WeightsInfo { column: column.clone(), kind: spec.rows.weight_kind }),
        used: rows.used.clone(),
        level: spec.level,
        gates: gates::judge(&spec.gates, &figures)?,
        figures,
        findings,
        binned: None,
        comparisons: Vec::new(),
        groups: Vec::new(),
        folds: spec.rows.folds,
        optimism: Vec::new(),
        notes: Vec::new(),
    })
}

pub(crate) fn findings(
    spec: &EvaluateSpec,
    rows: &ScoredRows,
    model: Option<&ModelFile>,
) -> Result<(Findings, Vec<Note>), Error> {
    match &rows.labels {
        Labels::Two(y) => {
            let saved = model.and_then(ModelFile::threshold);
            let (found, notes) = judged::binary(rows, y, 0, spec, saved)?;
            Ok((Findings::Binary(Box::new(found)), notes))
        }
        Labels::Classes(codes) if rows.scores.len() == 1 => {
            Ok((Findings::Pairs(pairs::pairs(rows, codes)?), Vec::new()))
        }
        Labels::Classes(_) if rows.outcome.levels.as_ref().is_some_and(|l| l.len() != rows.scores.len()) => {
            let levels = rows.outcome.levels.clone().unwrap_or_default();
            let message = format!(
                "{} scores for the {} classes of `{}`: {}",
                rows.scores.len(),
                levels.len(),
                rows.outcome.column,
                levels.join(", ")
            );
            Err(Error::request(message).remedy("name one score for each class, in that order"))
        }
        Labels::Classes(codes) => {
            let (found, notes) = classes::classes(rows, codes, spec, model)?;
            Ok((Findings::Classes(Box::new(found)), notes))
        }
        Labels::Amounts(y) => {
            let (found, notes) = regression::regression(rows, y, spec)?;
            Ok((Findings::Regression(Box::new(found)), notes))
        }
    }
}

impl Findings {
    pub(crate) fn figures(&self, level: f64) -> Vec<Figure> {
        match self {
            Self::Binary(found) => found.figures(level),
            Self::Classes(found) => found.figures(level),
            Self::Pairs(found) => pairs::figures(found),
            Self::Regression(found) => found.figures(level),
        }
    }

    /// Whether there is an area under the ROC curve of two classes.
    pub(crate) fn has_area(&self) -> bool {
        matches!(self, Self::Binary(found) if found.auc.is_some())
    }
}

impl Evaluation {
    /// A figure by its name.
    #[must_use]
    pub fn figure(&self, name: &str) -> Option<&Figure> {
        self.figures.iter().find(|f| f.name == name)
    }

    /// Whether a gate failed.
    #[must_use]
    pub fn gate_failed(&self) -> bool {
        self.gates.iter().any(|gate| gate.failed)
    }
}
