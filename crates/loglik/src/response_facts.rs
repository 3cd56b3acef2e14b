//! What all rows together decide of a response: its classes, whether a ratio is one, how an event is coded.

use crate::response::{distinct, values};
use crate::{Error, FitSpec};
use loglik_design::{DesignError, Formula, Pieces, Response};
use loglik_expr::{Column, MISSING, Tree, spell_number};
use loglik_likelihood::ResponseKind;

/// What all rows together decide.
#[derive(Clone, Debug, Default)]
pub(crate) struct Facts {
    /// Whether some value of the response is no whole number.
    pub(crate) fractional: bool,
    /// The values that the response has, where it is read as classes.
    pub(crate) levels: Levels,
    /// How the event of a censored response is coded.
    pub(crate) event: EventCoding,
}

/// The different values of a column, in their order.
#[derive(Clone, Debug)]
pub(crate) enum Levels {
    /// Numbers, ascending.
    Numbers(Vec<f64>),
    /// Texts, in the order of the column's levels.
    Texts(Vec<String>),
}

impl Default for Levels {
    fn default() -> Self {
        Self::Numbers(Vec::new())
    }
}

/// How an event is coded.
#[derive(Clone, Debug)]
pub(crate) enum EventCoding {
    /// It is this number, and the number below it is censoring.
    Number(f64),
    /// The later of two levels.
    Levels(Levels),
}

impl Default for EventCoding {
    fn default() -> Self {
        Self::Number(1.0)
    }
}

impl Facts {
    /// Gathers what a likelihood that takes `kind` needs to know of all rows.
    pub(crate) fn of(
        spec: &FitSpec,
        formula: &Formula,
        rows: &dyn Pieces,
        kind: ResponseKind,
    ) -> Result<Self, Error> {
        let mut facts = Self::default();
        match (kind, formula.response()) {
            (ResponseKind::Class, Response::Expression(tree)) => {
                facts.levels = Levels::of(formula, rows, tree)?;
            }
            (ResponseKind::Trials, Response::Expression(tree)) => {
                let head = values(formula, rows.head(), tree)?;
                if matches!(head, Column::Category { .. }) || spec.event.is_some() {
                    facts.levels = Levels::of(formula, rows, tree)?;
                } else if formula.response().ratio().is_some() {
                    each(formula, rows, tree, &mut |column| {
                        if let Column::Number(values) = column {
                            facts.fractional |= values.iter().any(|v| v.fract() != 0.0);
                        }
                    })?;
                }
            }
            (ResponseKind::Interval, Response::Surv { event: Some(tree), .. }) => {
                facts.event = event(formula, rows, tree)?;
            }
            _ => {}
        }
        Ok(facts)
    }
}

fn event(formula: &Formula, rows: &dyn Pieces, tree: &Tree) -> Result<EventCoding, Error> {
    if matches!(values(formula, rows.head(), tree)?, Column::Category { .. }) {
        return Ok(EventCoding::Levels(Levels::of(formula, rows, tree)?));
    }
    let (mut zero, mut two) = (false, false);
    each(formula, rows, tree, &mut |column| {
        if let Column::Number(values) = column {
            zero |= values.contains(&0.0);
            two |= values.contains(&2.0);
        }
    })?;
    Ok(EventCoding::Number(if two && !zero { 2.0 } else { 1.0 }))
}

/// Shows every piece of a response's expression.
fn each(
    formula: &Formula,
    rows: &dyn Pieces,
    tree: &Tree,
    see: &mut dyn FnMut(&Column),
) -> Result<(), Error> {
    let mut failed = None;
    let gone = rows.each(&tree.names(), &mut |piece| match values(formula, piece, tree) {
        Ok(column) => {
            see(&column);
            Ok(())
        }
        Err(error) => {
            let stop = DesignError::Unreadable(error.message.clone());
            failed = Some(error);
            Err(stop)
        }
    });
    match failed {
        Some(error) => Err(error),
        None => Ok(gone?),
    }
}

impl Levels {
    /// The values that rows have: numbers ascending, a category's in its order.
    pub(crate) fn of(formula: &Formula, rows: &dyn Pieces, tree: &Tree) -> Result<Self, Error> {
        let mut numbers: Vec<f64> = Vec::new();
        let mut texts: Option<(Vec<String>, Vec<bool>)> = None;
        each(formula, rows, tree, &mut |column| match column {
            // No expression has such a value.
            Column::Sparse(_) => {}
            Column::Number(values) => {
                numbers.extend(distinct(values));
                numbers.sort_by(f64::total_cmp);
                numbers.dedup();
            }
            Column::Category { codes, levels, .. } => {
                let (names, used) = texts.get_or_insert_with(|| (levels.to_vec(), vec![false; levels.len()]));
                for code in codes.iter().filter(|code| **code != MISSING) {
                    let level = &levels[*code as usize];
                    // Pieces of a column share its levels; those of an expression may have their own.
                    match names.get(*code as usize) {
                        Some(name) if name == level => used[*code as usize] = true,
                        _ => match names.iter().position(|name| name == level) {
                            Some(at) => used[at] = true,
                            None => {
                                names.push(level.clone());
                                used.push(true);
                            }
                        },
                    }
                }
            }
        })?;
        Ok(match texts {
            None => Self::Numbers(numbers),
            Some((names, used)) => Self::Texts(
                names.into_iter().zip(used).filter(|(_, used)| *used).map(|(name, _)| name).collect(),
            ),
        })
    }

    /// Their names.
    pub(crate) fn names(&self) -> Vec<String> {
        match self {
            Self::Numbers(values) => values.iter().map(|v| spell_number(*v)).collect(),
            Self::Texts(names) => names.clone(),
        }
    }

    /// The place of each value of a column among them; `None` where it is missing.
    pub(crate) fn codes(&self, column: &Column) -> Vec<Option<u32>> {
        match (self, column) {
            (Self::Numbers(known), Column::Number(values)) => {
                // Adding zero makes one of both zeros.
                let code =
                    |v: &f64| known.binary_search_by(|d| d.total_cmp(&(v + 0.0))).ok().map(|at| at as u32);
                values.iter().map(code).collect()
            }
            (Self::Texts(known), Column::Category { codes, levels, .. }) => {
                let place = |level: &String| known.iter().position(|k| k == level).map(|at| at as u32);
                let map: Vec<Option<u32>> = levels.iter().map(place).collect();
                codes.iter().map(|code| map.get(*code as usize).copied().flatten()).collect()
            }
            (_, column) => vec![None; column.len()],
        }
    }
}
