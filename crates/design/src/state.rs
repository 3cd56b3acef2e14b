//! What the data decide about a variable, once: its levels, its knots, its recurrence.
//!
//! A fixed variable gives the same columns for any table, which is what prediction needs. It is stored as its text
//! and its state; loading reads the text again.

use std::borrow::Cow;

use loglik_expr::{Column, MISSING, nearest, spell_number};
use serde::{Deserialize, Serialize};

use crate::evaluate::{Slice, column, slice};
use crate::pieces::{Pieces, each_piece};
use crate::polynomial::Recurrence;
use crate::spline::{BSpline, FixedKnots, Natural, quantile_knots};
use crate::variable::{Basis, Knots, Variable, VariableKind};
use crate::{Coding, DesignError, FormulaProblem};

/// A variable and what the data decided about it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct FixedVariable {
    pub(crate) variable: Variable,
    pub(crate) state: State,
    /// Its coefficients' name in machine names.
    pub(crate) name: String,
    columns: Columns,
}

/// What the data decided.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum State {
    /// Nothing: a number.
    #[default]
    Number,
    /// The levels that rows have, in the table's order.
    Levels(Vec<String>),
    /// Orthonormal polynomials.
    Recurrence(Recurrence),
    /// Knots of a spline.
    Knots(FixedKnots),
    /// So many sparse columns.
    Sparse(usize),
}

/// How values become columns; follows from the variable and its state.
#[derive(Clone, Debug, PartialEq)]
enum Columns {
    Number,
    Powers(usize),
    Category { base: Option<usize>, matrix: Vec<Vec<f64>> },
    Recurrence(Recurrence),
    Spline(BSpline),
    Natural(Natural),
    Sparse(usize),
}

/// How many columns a variable has, or which levels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Shape<'a> {
    /// One column, named by the variable.
    Number,
    /// Several columns, numbered.
    Basis(usize),
    /// Levels and the base level.
    Indicators(&'a [String], usize),
    /// Levels and a coding that is a matrix of k - 1 columns.
    Matrix(&'a [String], Coding),
    /// So many sparse columns, numbered.
    Sparse(usize),
}

/// Something legal that a reader of the fit should know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DesignNote {
    /// A category has one level in the rows used and therefore no coefficient.
    OneLevelFactor {
        /// The category.
        column: String,
        /// Its level.
        level: String,
    },
}

impl FixedVariable {
    /// Fixes what the data decide.
    ///
    /// * `pieces` the rows used
    ///
    /// # Errors
    /// As `Plan::new`.
    pub(crate) fn fix(variable: Variable, pieces: &dyn Pieces) -> Result<Self, DesignError> {
        // Whether an expression is a number or a category does not depend on the row.
        let head = pieces.head();
        let first = slice(&variable, head, &(0..head.rows().min(1)))?;
        let state = match (&variable.kind, first) {
            (VariableKind::Expression(_), Slice::Number(_)) => State::Number,
            (VariableKind::Expression(_), Slice::Sparse(block, _)) => State::Sparse(block.columns()),
            (_, Slice::Sparse(..)) => {
                return Err(DesignError::SparseTerm { column: variable.name().to_owned() });
            }
            (VariableKind::Expression(_) | VariableKind::Category { .. }, _) => {
                State::Levels(levels(&variable, pieces)?)
            }
            (VariableKind::Basis { basis, .. }, Slice::Number(_)) => {
                let rejected = |problem| DesignError::Formula {
                    text: variable.source.to_string(),
                    span: variable.value().span,
                    problem,
                };
                basis_state(basis, &numbers(&variable, pieces)?).map_err(rejected)?
            }
            (VariableKind::Basis { value, .. }, Slice::Category(..)) => {
                return Err(DesignError::NotNumeric {
                    column: crate::variable::spelled(value, &variable.source),
                });
            }
        };
        Self::new(variable, state)
    }

    /// * `state` what was decided for `variable`
    ///
    /// # Errors
    /// The base asked for is not a level; the state is not one of this variable.
    pub(crate) fn new(variable: Variable, state: State) -> Result<Self, DesignError> {
        let damaged =
            || DesignError::Stored(format!("`{}` has the state of another variable", variable.text));
        let columns = match (&variable.kind, &state) {
            (VariableKind::Expression(_), State::Number) => Columns::Number,
            (VariableKind::Expression(_), State::Sparse(columns)) => Columns::Sparse(*columns),
            (VariableKind::Expression(_), State::Levels(_)) => {
                Columns::Category { base: Some(0), matrix: Vec::new() }
            }
            (VariableKind::Category { base, coding, .. }, State::Levels(levels)) => {
                let base = coding.base(base_level(&variable, base.as_deref(), levels)?, levels.len());
                Columns::Category { base, matrix: coding.matrix(levels.len()) }
            }
            (VariableKind::Basis { basis: Basis::Poly { degree, raw: true }, .. }, State::Number) => {
                Columns::Powers(*degree)
            }
            (
                VariableKind::Basis { basis: Basis::Poly { degree, .. }, .. },
                State::Recurrence(recurrence),
            ) => {
                if recurrence.centre.len() != *degree || recurrence.length.len() != degree + 1 {
                    return Err(damaged());
                }
                Columns::Recurrence(recurrence.clone())
            }
            (VariableKind::Basis { basis: Basis::Bs(_, degree), .. }, State::Knots(knots)) => {
                Columns::Spline(BSpline::new(knots, *degree))
            }
            (VariableKind::Basis { basis: Basis::Ns(_), .. }, State::Knots(knots)) => {
                Columns::Natural(Natural::new(knots))
            }
            _ => return Err(damaged()),
        };
        Ok(Self { name: variable.name().to_owned(), variable, state, columns })
    }

    pub(crate) fn levels(&self) -> &[String] {
        match &self.state {
            State::Levels(levels) => levels,
            _ => &[],
        }
    }

    pub(crate) fn is_category(&self) -> bool {
        matches!(self.state, State::Levels(_))
    }

    /// The level that other levels are compared with, or that an unseen one is taken for.
    pub(crate) fn base(&self) -> usize {
        match &self.columns {
            Columns::Category { base, .. } => base.unwrap_or(0),
            _ => 0,
        }
    }

    pub(crate) fn shape(&self) -> Shape<'_> {
        match &self.columns {
            Columns::Number => Shape::Number,
            Columns::Powers(degree) => Shape::Basis(*degree),
            Columns::Recurrence(recurrence) => Shape::Basis(recurrence.centre.len()),
            Columns::Spline(spline) => Shape::Basis(spline.width()),
            Columns::Natural(natural) => Shape::Basis(natural.width()),
            Columns::Sparse(columns) => Shape::Sparse(*columns),
            Columns::Category { base: Some(base), .. } => Shape::Indicators(self.levels(), *base),
            Columns::Category { base: None, .. } => Shape::Matrix(self.levels(), self.coding()),
        }
    }

    fn coding(&self) -> Coding {
        match &self.variable.kind {
            VariableKind::Category { coding, .. } => *coding,
            _ => Coding::Treatment,
        }
    }

    /// The column of a coding that is a matrix, by level                       `[levels]`
    pub(crate) fn contrast(&self, column: usize) -> &[f64] {
        match &self.columns {
            Columns::Category { matrix, .. } => &matrix[column],
            _ => &[],
        }
    }

    /// All columns of a basis at `x` [n]                                       `[columns][n]`
    pub(crate) fn basis(&self, x: &[f64]) -> Vec<Vec<f64>> {
        match &self.columns {
            Columns::Powers(degree) => powers(x, *degree),
            Columns::Recurrence(recurrence) => recurrence.columns(x),
            Columns::Spline(spline) => spline.columns(x),
            Columns::Natural(natural) => natural.columns(x),
            Columns::Number | Columns::Category { .. } | Columns::Sparse(_) => Vec::new(),
        }
    }

    /// First derivatives of all columns of a basis at `x` [n]                  `[columns][n]`
    pub(crate) fn basis_slopes(&self, x: &[f64]) -> Vec<Vec<f64>> {
        match &self.columns {
            Columns::Powers(degree) => power_slopes(x, *degree),
            Columns::Recurrence(recurrence) => recurrence.slopes(x),
            Columns::Spline(spline) => spline.slopes(x),
            Columns::Natural(natural) => natural.slopes(x),
            Columns::Number | Columns::Category { .. } | Columns::Sparse(_) => Vec::new(),
        }
    }
}

fn power_slopes(x: &[f64], degree: usize) -> Vec<Vec<f64>> {
    let mut before = vec![1.0; x.len()];
    let mut slope = |k: usize| {
        let factor = k as f64;
        let out = before.iter().map(|power| factor * power).collect();
        before.iter_mut().zip(x).for_each(|(power, x)| *power *= x);
        out
    };
    (1..=degree).map(&mut slope).collect()
}

fn powers(x: &[f64], degree: usize) -> Vec<Vec<f64>> {
    let mut columns = vec![x.to_vec()];
    for k in 1..degree {
        let higher = columns[k - 1].iter().zip(x).map(|(power, x)| power * x).collect();
        columns.push(higher);
    }
    columns
}

fn base_level(variable: &Variable, asked: Option<&str>, levels: &[String]) -> Result<usize, DesignError> {
    const SHOWN: usize = 12;
    let Some(asked) = asked else { return Ok(0) };
    levels.iter().position(|level| level == asked).ok_or_else(|| {
        let shown: Vec<String> = levels.iter().take(SHOWN).map(|level| loglik_expr::escaped(level)).collect();
        let more = if levels.len() > SHOWN { ", .." } else { "" };
        DesignError::Formula {
            text: variable.source.to_string(),
            span: variable.value().span,
            problem: FormulaProblem::UnknownBase {
                base: loglik_expr::escaped(asked),
                nearest: nearest(asked, levels.iter().map(String::as_str)).map(str::to_owned),
                levels: shown.join(", ") + more,
            },
        }
    })
}

/// The levels that rows have: a category's in its order, numbers ascending.
fn levels(variable: &Variable, pieces: &dyn Pieces) -> Result<Vec<String>, DesignError> {
    const MANY: usize = 1000;
    let mut met = Met::default();
    each_piece(pieces, &variable.value().names(), |piece| {
        met.add(column(variable, piece)?.as_ref());
        Ok(())
    })?;
    let levels = met.levels();
    if levels.len() > MANY && 2 * levels.len() >= pieces.rows() {
        return Err(DesignError::TooManyLevels {
            column: variable.name().to_owned(),
            levels: levels.len(),
            rows: pieces.rows(),
        });
    }
    Ok(levels)
}

/// Values that a category was seen to have.
#[derive(Default)]
struct Met {
    numbers: Vec<f64>,
    /// Numbers added since they were last made different.
    fresh: usize,
    levels: Vec<String>,
    used: Vec<bool>,
    /// Whether pieces had lists of levels of their own, as the values of expressions may.
    is_mixed: bool,
}

impl Met {
    fn add(&mut self, column: &Column) {
        match column {
            Column::Number(values) => {
                let more = distinct(values);
                self.fresh += more.len();
                self.numbers.extend(more);
                if 2 * self.fresh > self.numbers.len() {
                    (self.numbers, self.fresh) = (distinct(&self.numbers), 0);
                }
            }
            Column::Category { codes, levels, .. } => {
                if self.levels.is_empty() {
                    (self.levels, self.used) = (levels.to_vec(), vec![false; levels.len()]);
                }
                let mut here = vec![false; levels.len()];
                codes.iter().filter(|code| **code != MISSING).for_each(|code| here[*code as usize] = true);
                if *self.levels == **levels {
                    self.used.iter_mut().zip(here).for_each(|(used, here)| *used |= here);
                    return;
                }
                self.is_mixed = true;
                for (level, _) in levels.iter().zip(here).filter(|(_, here)| *here) {
                    match self.levels.iter().position(|other| other == level) {
                        Some(at) => self.used[at] = true,
                        None => {
                            self.levels.push(level.clone());
                            self.used.push(true);
                        }
                    }
                }
            }
            // A block of sparse columns is no category.
            Column::Sparse(_) => {}
        }
    }

    fn levels(self) -> Vec<String> {
        if self.levels.is_empty() {
            return distinct(&self.numbers).into_iter().map(spell_number).collect();
        }
        let used = self.levels.into_iter().zip(self.used).filter(|(_, used)| *used);
        let mut levels: Vec<String> = used.map(|(level, _)| level).collect();
        if self.is_mixed {
            let number = |level: &String| level.parse::<f64>().ok();
            if levels.iter().all(|level| number(level).is_some()) {
                levels.sort_by(|a, b| number(a).partial_cmp(&number(b)).unwrap_or(std::cmp::Ordering::Equal));
            } else {
                levels.sort_unstable();
            }
        }
        levels
    }
}

/// A numeric variable in all rows.
fn numbers<'a>(variable: &Variable, pieces: &'a dyn Pieces) -> Result<Cow<'a, [f64]>, DesignError> {
    if pieces.head().rows() == pieces.rows()
        && let Cow::Borrowed(Column::Number(values)) = column(variable, pieces.head())?
    {
        return Ok(Cow::Borrowed(values));
    }
    let mut all = Vec::with_capacity(pieces.rows());
    each_piece(pieces, &variable.value().names(), |piece| {
        if let Column::Number(values) = column(variable, piece)?.as_ref() {
            all.extend_from_slice(values);
        }
        Ok(())
    })?;
    Ok(Cow::Owned(all))
}

/// The different values that are not missing, ascending; both zeros are one.
fn distinct(values: &[f64]) -> Vec<f64> {
    let mut values: Vec<f64> = values.iter().filter(|x| !x.is_nan()).map(|x| x + 0.0).collect();
    values.sort_unstable_by(f64::total_cmp);
    values.dedup();
    values
}

fn basis_state(basis: &Basis, x: &[f64]) -> Result<State, FormulaProblem> {
    let present: Cow<'_, [f64]> = if x.iter().all(|x| x.is_finite()) {
        Cow::Borrowed(x)
    } else {
        x.iter().copied().filter(|x| x.is_finite()).collect()
    };
    match basis {
        Basis::Poly { raw: true, .. } => Ok(State::Number),
        Basis::Poly { degree, raw: false } => {
            let found = distinct(&present).len();
            if found <= *degree {
                return Err(FormulaProblem::TooFewValues { needs: degree + 1, found });
            }
            Ok(State::Recurrence(Recurrence::fit(&present, *degree)))
        }
        Basis::Bs(knots, degree) => fixed_knots(knots, *degree, &present).map(State::Knots),
        // A natural spline with one column is the straight line: no inner knot.
        Basis::Ns(knots) => fixed_knots(knots, 1, &present).map(State::Knots),
    }
}

/// * `least` columns there are without any inner knot
fn fixed_knots(knots: &Knots, least: usize, x: &[f64]) -> Result<FixedKnots, FormulaProblem> {
    let low = x.iter().copied().fold(f64::INFINITY, f64::min);
    let high = x.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let [low, high] = knots.boundary.unwrap_or([low, high]);
    let different = distinct(x).len();
    if different < 2 {
        return Err(FormulaProblem::TooFewValues { needs: 2, found: different });
    }
    let inner = match (&knots.inner, knots.df) {
        (Some(inner), _) => inner.clone(),
        (None, Some(df)) => {
            let inside: Vec<f64> = x.iter().copied().filter(|x| (low..=high).contains(x)).collect();
            quantile_knots(&inside, df - least)
        }
        (None, None) => Vec::new(),
    };
    if let Some(knot) = inner.iter().copied().find(|knot| !(low < *knot && *knot < high)) {
        return Err(FormulaProblem::KnotOutside { knot, low, high });
    }
    Ok(FixedKnots { inner, boundary: [low, high] })
}
