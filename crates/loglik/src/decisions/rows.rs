//! From a table to scored rows: which rows are used, what the outcome is, which scores are judged against it.
//!
//! One mask drops rows with a missing value in any role and counts them by column, as in a fit. An outcome of two
//! values is cases against controls, the event being the later value unless it is named; one of more values is
//! classes. Scores may come from anywhere; those of a model are made in `model_rows`.

use super::outcome::{Labels, read};
use super::{Direction, Folds};
use crate::notes::dropped;
use crate::row_coordinates::RowCoordinates;
use crate::{Error, FitSpec, Missing, ModelFile, Note, ResponseInfo, WeightKind, used_rows, weights};
use loglik_decide::{DecideError, Scored, WeightKind as RowKind};
use loglik_design::{Table, UsedRows};
use loglik_expr::{Column, condition, evaluate, parse_expression_over};
use std::collections::BTreeMap;

/// Which rows of a table are judged, and by what.
#[derive(Clone, Debug, Default)]
pub struct RowsSpec {
    /// Columns of scores; empty where a model makes them.
    pub scores: Vec<String>,
    /// Column or expression of the outcome; the model's response where absent.
    pub outcome: Option<String>,
    /// The value of the outcome that counts as the event.
    pub event: Option<String>,
    /// Which scores point at the event.
    pub direction: Direction,
    /// Column of weights.
    pub weights: Option<String>,
    /// How they are meant.
    pub weight_kind: WeightKind,
    /// Rows used: those where this expression is 1.
    pub filter: Option<String>,
    /// Missing values.
    pub missing: Missing,
    /// Columns of groups that are reported apart.
    pub by: Vec<String>,
    /// Score every row by a refit of the model that has not seen it.
    pub folds: Option<Folds>,
    /// Share of cases where decisions are made, for rows that were sampled by their outcome (case-control): cases and
    /// controls are weighed to it.
    pub prevalence: Option<f64>,
}

/// Rows used and dropped.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
pub struct RowsUsed {
    /// Rows used.
    pub n: usize,
    /// Rows dropped for missing values.
    pub n_dropped: usize,
    /// By column; a row with two missing values counts in both.
    pub dropped: BTreeMap<String, usize>,
    /// Rows of weight 0.
    pub weightless: usize,
    /// Sum of the weights.
    pub weight_sum: f64,
}

/// Scored rows, ready to be judged.
#[derive(Clone)]
pub(crate) struct ScoredRows {
    /// The rows used.
    pub(crate) table: Table,
    pub(crate) labels: Labels,
    pub(crate) outcome: ResponseInfo,
    /// Names of the scores.
    pub(crate) names: Vec<String>,
    /// One column a score, larger pointing at the event                        `[scores][n]`
    pub(crate) scores: Vec<Vec<f64>>,
    pub(crate) weight: Option<Vec<f64>>,
    pub(crate) kind: RowKind,
    pub(crate) used: RowsUsed,
    pub(crate) direction: Direction,
    /// How often the rows of the table stand one after the other: once, or once for each class that is counted.
    pub(crate) copies: usize,
    /// The model's coordinates, where a model makes the scores.
    pub(crate) at: Option<RowCoordinates>,
    pub(crate) notes: Vec<Note>,
}

impl RowsSpec {
    /// Columns of a table with these names that are read, those of a model included.
    ///
    /// # Errors
    /// A name that is no column; an expression that is not in the grammar.
    pub fn needed_columns(&self, names: &[String], model: Option<&ModelFile>) -> Result<Vec<String>, Error> {
        let mut needed = model.map_or(Ok(Vec::new()), |model| self.model_columns(model, names))?;
        let mut add = |role: &str, name: &str| {
            if !names.iter().any(|n| n == name) {
                return Err(Error::unknown_column(role, name, names));
            }
            if !needed.iter().any(|n| n == name) {
                needed.push(name.to_owned());
            }
            Ok(())
        };
        self.scores.iter().try_for_each(|name| add("a score", name))?;
        self.weights.iter().try_for_each(|name| add("weights", name))?;
        self.by.iter().try_for_each(|name| add("groups", name))?;
        for (role, text) in [("the outcome", &self.outcome), ("--where", &self.filter)] {
            if let Some(text) = text {
                expression_columns(text, names)?.iter().try_for_each(|name| add(role, name))?;
            }
        }
        Ok(needed)
    }

    /// The rows where the filter holds.
    fn filtered(&self, table: &Table) -> Result<Table, Error> {
        let Some(filter) = &self.filter else { return Ok(table.clone()) };
        let tree = used_rows::filter_tree(filter, table.names())?;
        let keep = condition(&tree, table)
            .map_err(|error| Error::new(error.id(), crate::Exit::Request, error.pointed(filter)))?;
        Ok(table.filter(&keep))
    }

    /// The rows without a missing value in `columns`, groups and weights, and with a weight above 0; there may be none.
    pub(crate) fn kept(&self, table: &Table, columns: &[String]) -> Result<(Table, RowsUsed), Error> {
        let table = self.filtered(table)?;
        let spec =
            FitSpec { weights: self.weights.clone(), weight_kind: self.weight_kind, ..FitSpec::default() };
        weights::check_weights(&spec, &table)?;
        let all: Vec<String> = columns.iter().chain(&self.by).cloned().collect();
        let found = UsedRows::of(&table, &all, self.weights.as_deref(), loglik_design::threads(None))?;
        let kept = found.of_table(&table);
        let used = RowsUsed {
            n: kept.rows(),
            n_dropped: found.dropped,
            dropped: found.missing.into_iter().collect(),
            weightless: found.weightless,
            weight_sum: kept.rows() as f64,
        };
        Ok((kept, used))
    }

    /// The same; an error where none is left.
    pub(crate) fn used(&self, table: &Table, columns: &[String]) -> Result<(Table, RowsUsed), Error> {
        let (kept, used) = self.kept(table, columns)?;
        used.refuse(self.missing)?;
        Ok((kept, used))
    }

    /// Weights of the rows used, and what they mean for variances.
    pub(crate) fn weight(&self, table: &Table, used: &mut RowsUsed) -> Result<Option<Vec<f64>>, Error> {
        let Some(name) = &self.weights else { return Ok(None) };
        let weight = weights::number_column(table, "weights", name)?.to_vec();
        used.weight_sum = weight.iter().sum();
        Ok(Some(weight))
    }

    pub(crate) fn row_kind(&self) -> RowKind {
        match (self.weights.as_ref(), self.weight_kind) {
            (None, _) | (_, WeightKind::Frequency) => RowKind::Frequency,
            (Some(_), WeightKind::Precision | WeightKind::Sampling) => RowKind::Sampling,
        }
    }

    /// The outcome of scores that stand in a table with these names, and the columns that both read.
    pub(crate) fn judged_columns(&self, names: &[String]) -> Result<(&str, Vec<String>), Error> {
        let Some(text) = &self.outcome else {
            return Err(Error::request("scores need an outcome").remedy("name its column: --outcome y"));
        };
        if self.folds.is_some() {
            return Err(Error::request("--cv refits a model; scores of a file stand as they are"));
        }
        if self.scores.is_empty() {
            return Err(Error::request("no score is named").remedy("name its column: --score p"));
        }
        let columns = self.needed_columns(names, None)?;
        let of_outcome = expression_columns(text, names)?;
        let read = |name: &String| self.scores.contains(name) || of_outcome.contains(name);
        Ok((text, columns.into_iter().filter(read).collect()))
    }

    /// Rows whose scores stand in the table.
    pub(crate) fn read(&self, table: &Table) -> Result<ScoredRows, Error> {
        let (_, columns) = self.judged_columns(table.names())?;
        self.scored_by_columns(self.used(table, &columns)?, self.event.as_deref(), None)
    }

    /// Scores and outcomes of the rows used.
    ///
    /// * `event` the value that counts, as it is asked for
    /// * `known` the values that the outcome may have, where the rows need not show all of them
    pub(crate) fn scored_by_columns(
        &self,
        (table, mut used): (Table, RowsUsed),
        event: Option<&str>,
        known: Option<&[String]>,
    ) -> Result<ScoredRows, Error> {
        let (text, _) = self.judged_columns(table.names())?;
        let (labels, outcome) = read(text, outcome_column(text, &table)?, event, known, &table)?;
        let weight = self.weight(&table, &mut used)?;
        let sign = if self.direction == Direction::Lower { -1.0 } else { 1.0 };
        let score = |name: &String| {
            let values = weights::number_column(&table, "scores", name)?;
            Ok(values.iter().map(|v| sign * v).collect())
        };
        let scores = self.scores.iter().map(score).collect::<Result<Vec<Vec<f64>>, Error>>()?;
        let (names, kind, direction) = (self.scores.clone(), self.row_kind(), self.direction);
        let notes = labels.doubts(text).into_iter().collect();
        Ok(ScoredRows {
            table,
            labels,
            outcome,
            names,
            scores,
            weight,
            kind,
            used,
            direction,
            copies: 1,
            at: None,
            notes,
        })
    }
}

impl RowsUsed {
    /// Refuses missing values where they are an error, and data of which nothing is left.
    pub(crate) fn refuse(&self, missing: Missing) -> Result<(), Error> {
        if let (Missing::Error, Some((column, count))) = (missing, self.dropped.first_key_value()) {
            let message = format!("column `{column}` is missing in {count} rows");
            return Err(Error::data("missing_column", message)
                .column(column)
                .remedy("use --missing drop, or fill the cells"));
        }
        if self.n == 0 {
            let message = format!(
                "no row is left to evaluate: {} dropped for missing values, {} of weight 0",
                self.n_dropped, self.weightless
            );
            return Err(Error::data("empty_data", message));
        }
        Ok(())
    }

    /// Adds what was used and dropped of later rows.
    pub(crate) fn add(&mut self, later: &Self) {
        self.n += later.n;
        self.n_dropped += later.n_dropped;
        self.weightless += later.weightless;
        self.weight_sum += later.weight_sum;
        for (column, count) in &later.dropped {
            *self.dropped.entry(column.clone()).or_insert(0) += count;
        }
    }

    /// What was dropped, where anything was.
    pub(crate) fn note(&self) -> Option<Note> {
        (self.n_dropped > 0).then(|| dropped(self.n_dropped, &self.dropped))
    }
}

/// What the weights of cases and controls are multiplied by, so that cases have another share.
pub(crate) struct CaseControl {
    pub(crate) case: f64,
    pub(crate) control: f64,
    /// That says so.
    pub(crate) note: Note,
}

impl CaseControl {
    /// From the weight of the cases and of all rows to a share of cases.
    pub(crate) fn at(to: f64, cases: f64, total: f64) -> Result<Self, Error> {
        if !(to > 0.0 && to < 1.0) {
            return Err(Error::request(format!("--prevalence {to}: between 0 and 1")));
        }
        if !(cases > 0.0 && cases < total) {
            return Err(Error::data("response_constant", "--prevalence: the rows are of one class only"));
        }
        let from = cases / total;
        let message =
            format!("cases and controls are weighed to a share of {to} cases; the rows have {from}");
        let (case, control) = (to * total / cases, (1.0 - to) * total / (total - cases));
        Ok(Self { case, control, note: super::binary::note("case_control", message) })
    }
}

/// Columns that an expression reads.
pub(crate) fn expression_columns(text: &str, names: &[String]) -> Result<Vec<String>, Error> {
    let tree = parse_expression_over(text, names)
        .map_err(|error| Error::new(error.id(), crate::Exit::Request, error.pointed(text)))?;
    Ok(tree.names().iter().map(|name| (*name).to_owned()).collect())
}

/// The values of the outcome.
pub(crate) fn outcome_column(text: &str, table: &Table) -> Result<Column, Error> {
    let tree = parse_expression_over(text, table.names())
        .map_err(|error| Error::new(error.id(), crate::Exit::Request, error.pointed(text)))?;
    evaluate(&tree, table).map_err(|error| Error::new(error.id(), crate::Exit::Request, error.pointed(text)))
}

impl ScoredRows {
    /// The rows weighed to a share of cases: those of a case-control sample say nothing of it. The weights are those of
    /// sampling, with the sum that they had.
    pub(crate) fn at_prevalence(mut self, prevalence: Option<f64>) -> Result<Self, Error> {
        let Some(to) = prevalence else { return Ok(self) };
        let Labels::Two(y) = &self.labels else {
            return Err(Error::request("--prevalence: the outcome has not two classes")
                .remedy("name the event of one of them: --event LEVEL"));
        };
        let weight = self.weight.take().unwrap_or_else(|| vec![1.0; y.len()]);
        let total: f64 = weight.iter().sum();
        let cases: f64 = weight.iter().zip(y).map(|(w, y)| w * y).sum();
        let shares = CaseControl::at(to, cases, total)?;
        self.weight = Some(weight);
        self.weigh(&shares);
        self.notes.push(shares.note);
        Ok(self)
    }

    /// The same by factors that are known.
    pub(super) fn weigh(&mut self, shares: &CaseControl) {
        let Labels::Two(y) = &self.labels else { return };
        let mut weight = self.weight.take().unwrap_or_else(|| vec![1.0; y.len()]);
        let factor = |y: &f64| if *y == 1.0 { shares.case } else { shares.control };
        weight.iter_mut().zip(y).for_each(|(w, y)| *w *= factor(y));
        self.weight = Some(weight);
        self.kind = RowKind::Sampling;
    }

    /// Cases against controls by one of the scores.
    pub(crate) fn scored<'a>(&'a self, y: &'a [f64], score: usize) -> Result<Scored<'a>, Error> {
        self.scored_by(y, &self.scores[score], self.names.get(score).map_or("score", String::as_str))
    }

    /// Cases against controls by a column.
    pub(crate) fn scored_by<'a>(
        &'a self,
        y: &'a [f64],
        score: &'a [f64],
        name: &str,
    ) -> Result<Scored<'a>, Error> {
        let made = match &self.weight {
            Some(weight) => Scored::weighted(y, score, weight, self.kind),
            None => Scored::new(y, score),
        };
        made.map_err(|error| self.refused(error, name))
    }

    /// A refusal with the row and line that the table knows.
    pub(crate) fn refused(&self, error: DecideError, score: &str) -> Error {
        let row = error.row();
        let mut out = Error::from(error);
        if let Some(row) = row.map(|row| row % self.table.rows()) {
            out = out.column(score).at(&self.table, row);
        }
        out
    }

    /// The same rows where `keep` is true.
    pub(crate) fn filter(&self, keep: &[bool]) -> Self {
        let (table, at) = (self.table.filter(keep), self.at.as_ref().map(|at| at.filter(keep)));
        let keep = &keep.repeat(self.copies);
        let picked = |values: &Vec<f64>| pick(values, keep);
        let weight = self.weight.as_ref().map(picked);
        let n = table.rows();
        let weight_sum = weight.as_ref().map_or(n as f64, |w| w.iter().sum());
        Self {
            table,
            labels: self.labels.filter(keep),
            outcome: self.outcome.clone(),
            names: self.names.clone(),
            scores: self.scores.iter().map(picked).collect(),
            weight,
            kind: self.kind,
            used: RowsUsed { n, weight_sum, ..RowsUsed::default() },
            direction: self.direction,
            copies: self.copies,
            at,
            notes: Vec::new(),
        }
    }
}

/// Values where `keep` is true.
pub(crate) fn pick<T: Copy>(values: &[T], keep: &[bool]) -> Vec<T> {
    values.iter().zip(keep).filter(|(_, keep)| **keep).map(|(value, _)| *value).collect()
}
