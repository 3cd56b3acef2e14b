//! The outcome of a row: a case or a control, one of several classes, or an amount.

use super::binary::note;
use super::rows::pick;
use crate::response::{as_category, used_levels};
use crate::{Error, Exit, Note, ResponseInfo};
use loglik_design::Table;
use loglik_expr::{Column, MISSING, spell_number};

/// Outcomes of the rows used.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Labels {
    /// 1 for a case, 0 for a control                                           `[n]`
    Two(Vec<f64>),
    /// Codes of the levels of the outcome                                      `[n]`
    Classes(Vec<u32>),
    /// Numbers                                                                 `[n]`
    Amounts(Vec<f64>),
}

impl Labels {
    pub(crate) fn filter(&self, keep: &[bool]) -> Self {
        match self {
            Self::Two(y) => Self::Two(pick(y, keep)),
            Self::Classes(codes) => Self::Classes(pick(codes, keep)),
            Self::Amounts(y) => Self::Amounts(pick(y, keep)),
        }
    }

    /// What makes one doubt that numbers were meant as amounts: zeros and ones with few other values among them.
    pub(crate) fn doubts(&self, name: &str) -> Option<Note> {
        let Self::Amounts(y) = self else { return None };
        let mut distinct: Vec<f64> = Vec::new();
        for value in y {
            if !distinct.contains(value) {
                distinct.push(*value);
            }
            if distinct.len() > FEW {
                return None;
            }
        }
        let other = distinct.iter().find(|v| **v != 0.0 && **v != 1.0)?;
        let message = format!(
            "the outcome `{name}` has {} as well as 0 and 1: it is judged as an amount, not as classes",
            spell_number(*other)
        );
        (distinct.contains(&0.0) && distinct.contains(&1.0)).then(|| Note {
            columns: vec![name.to_owned()],
            remedy: Some("--event 1 judges the ones against the rest, --where leaves rows out".to_owned()),
            ..note("response_recoded", message)
        })
    }
}

/// Different values of a column of numbers that may be codes of classes, at most.
const FEW: usize = 4;

/// Reads labels of classes.
///
/// * `known` levels that the model was fitted with, the base or non-event first; without them those that rows have
///
/// With an event or two levels the labels are `Two`; more than two different numbers are `Amounts`, else `Classes`.
pub(crate) fn read(
    name: &str,
    column: Column,
    event: Option<&str>,
    known: Option<&[String]>,
    table: &Table,
) -> Result<(Labels, ResponseInfo), Error> {
    if let (Column::Number(values), None, None) = (&column, event, known)
        && values.iter().all(|v| *v == 0.0 || *v == 1.0)
    {
        return Ok((Labels::Two(values.clone()), info(name, Some("1"), vec!["0".into(), "1".into()])));
    }
    if let (Column::Number(values), None, None) = (&column, event, known)
        && is_amount(values)
    {
        let info = ResponseInfo { column: name.to_owned(), ..ResponseInfo::default() };
        return Ok((Labels::Amounts(values.clone()), info));
    }
    let spelled = |row: usize| match &column {
        Column::Number(values) => spell_number(values[row]),
        Column::Category { codes, levels, .. } => levels[codes[row] as usize].clone(),
        // No expression has such a value.
        Column::Sparse(_) => String::new(),
    };
    let category = as_category(column.clone());
    let (levels, map) = match known {
        Some(known) => {
            let place = |level: &String| known.iter().position(|k| k == level).map(|at| at as u32);
            (known.to_vec(), category.1.iter().map(place).collect())
        }
        None => used_levels(&category),
    };
    let code = |c: &u32| map.get(*c as usize).copied().flatten().unwrap_or(MISSING);
    let codes: Vec<u32> = category.0.iter().map(code).collect();
    if let Some(row) = codes.iter().position(|c| *c == MISSING) {
        let value = spelled(row);
        let message = format!("the outcome `{name}` is `{value}`, which is none of {}", levels.join(", "));
        return Err(Error::data("unseen_level", message)
            .column(name)
            .value(value)
            .at(table, row)
            .remedy("drop the row with --where, or spell it as in the fit"));
    }
    let Some(event) = event_of(name, &levels, event)? else {
        return Ok((Labels::Classes(codes), info(name, None, levels)));
    };
    let at = levels.iter().position(|l| *l == event).map_or(MISSING, |at| at as u32);
    let y = codes.iter().map(|c| f64::from(u8::from(*c == at))).collect();
    let others = levels.iter().filter(|l| **l != event).cloned();
    let shown = others.chain([event.clone()]).collect();
    Ok((Labels::Two(y), info(name, Some(&event), shown)))
}

/// The levels and the event of an outcome with these different values in their order; none where they are several
/// classes or amounts.
pub(crate) fn outcome_of_values(
    name: &str,
    values: Vec<String>,
    event: Option<&str>,
) -> Result<Option<(Vec<String>, String)>, Error> {
    if event.is_none() && values.iter().all(|v| v == "0" || v == "1") {
        return Ok(Some((vec!["0".into(), "1".into()], "1".into())));
    }
    Ok(event_of(name, &values, event)?.map(|event| (values, event)))
}

/// The event that is asked for, or the later of two levels; none of several.
fn event_of(name: &str, levels: &[String], event: Option<&str>) -> Result<Option<String>, Error> {
    match (event, levels) {
        (Some(event), _) if levels.iter().any(|l| l == event) => Ok(Some(event.to_owned())),
        (Some(event), _) => {
            let error = Error::unknown_word("event", event, levels.iter().map(String::as_str));
            Err(Error { exit: Exit::Request, ..error.column(name) })
        }
        (None, [_, later]) => Ok(Some(later.clone())),
        (None, [only]) => {
            let message = format!("every row of the outcome `{name}` is `{only}`");
            Err(Error::data("response_constant", message)
                .column(name)
                .remedy("areas and thresholds compare cases with controls, and need both"))
        }
        (None, _) => Ok(None),
    }
}

/// Whether numbers are no labels: more than two different ones.
fn is_amount(values: &[f64]) -> bool {
    let first = values.first().copied().unwrap_or(0.0);
    let second = values.iter().copied().find(|v| *v != first).unwrap_or(first);
    values.iter().any(|v| *v != first && *v != second)
}

fn info(name: &str, event: Option<&str>, levels: Vec<String>) -> ResponseInfo {
    ResponseInfo {
        column: name.to_owned(),
        event: event.map(str::to_owned),
        levels: Some(levels),
        events: None,
    }
}
