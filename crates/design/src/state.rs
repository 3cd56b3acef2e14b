//! What the data decide about a variable, once: its levels, its knots, its recurrence.
//!
//! A fixed variable gives the same columns for any table, which is what prediction needs. It is stored as its text
//! and its state; loading reads the text again.

use std::borrow::Cow;

use loglik_expr::{Column, MISSING, nearest, spell_number};
use serde::{Deserialize, Serialize};

use crate::evaluate::{Slice, column, slice};
use crate::polynomial::Recurrence;
use crate::spline::{BSpline, FixedKnots, Natural, quantile_knots};
use crate::variable::{Basis, Knots, Variable, VariableKind};
use crate::{Coding, DesignError, FormulaProblem, Table};

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
    /// * `table` the rows used, all of them or those that stand for all
    ///
    /// # Errors
    /// As `Plan::new`.
    pub(crate) fn fix(variable: Variable, table: &Table) -> Result<Self, DesignError> {
        // Whether an expression is a number or a category does not depend on the row.
        let first = 0..table.rows().min(1);
        if let (VariableKind::Expression(_), Slice::Number(_)) =
            (&variable.kind, slice(&variable, table, &first)?)
        {
            return Self::new(variable, State::Number);
        }
        let column = column(&variable, table)?;
        let state = match (&variable.kind, column.as_ref()) {
            (VariableKind::Expression(_) | VariableKind::Category { .. }, column) => {
                State::Levels(levels(variable.name(), column)?)
            }
            (VariableKind::Basis { basis, .. }, Column::Number(x)) => {
                let rejected = |problem| DesignError::Formula {
                    text: variable.source.to_string(),
                    span: variable.value().span,
                    problem,
                };
                basis_state(basis, x).map_err(rejected)?
            }
            (VariableKind::Basis { value, .. }, Column::Category { .. }) => {
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
            Columns::Number | Columns::Category { .. } => Vec::new(),
        }
    }

    /// First derivatives of all columns of a basis at `x` [n]                  `[columns][n]`
    pub(crate) fn basis_slopes(&self, x: &[f64]) -> Vec<Vec<f64>> {
        match &self.columns {
            Columns::Powers(degree) => power_slopes(x, *degree),
            Columns::Recurrence(recurrence) => recurrence.slopes(x),
            Columns::Spline(spline) => spline.slopes(x),
            Columns::Natural(natural) => natural.slopes(x),
            Columns::Number | Columns::Category { .. } => Vec::new(),
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
fn levels(name: &str, column: &Column) -> Result<Vec<String>, DesignError> {
    const MANY: usize = 1000;
    let levels: Vec<String> = match column {
        Column::Number(values) => distinct(values).into_iter().map(spell_number).collect(),
        Column::Category { codes, levels, .. } => {
            let mut used = vec![false; levels.len()];
            codes.iter().filter(|code| **code != MISSING).for_each(|code| used[*code as usize] = true);
            levels.iter().zip(used).filter(|(_, used)| *used).map(|(level, _)| level.clone()).collect()
        }
    };
    if levels.len() > MANY && 2 * levels.len() >= column.len() {
        return Err(DesignError::TooManyLevels {
            column: name.to_owned(),
            levels: levels.len(),
            rows: column.len(),
        });
    }
    Ok(levels)
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
