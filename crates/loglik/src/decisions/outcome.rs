//! The outcome of a row: a case or a control, one of several classes, or an amount.

use super::rows::pick;
use crate::response::{as_category, used_levels};
use crate::{Error, Exit, ResponseInfo};
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
}

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
    let event = match event {
        Some(event) if levels.iter().any(|l| l == event) => event.to_owned(),
        Some(event) => return Err(no_event(event, &levels, name)),
        None if levels.len() == 2 => levels[1].clone(),
        None if levels.len() == 1 => {
            let message = format!("every row of the outcome `{name}` is `{}`", levels[0]);
            return Err(Error::data("response_constant", message)
                .column(name)
                .remedy("areas and thresholds compare cases with controls, and need both"));
        }
        None => return Ok((Labels::Classes(codes), info(name, None, levels))),
    };
    let at = levels.iter().position(|l| *l == event).map_or(MISSING, |at| at as u32);
    let y = codes.iter().map(|c| f64::from(u8::from(*c == at))).collect();
    let others = levels.iter().filter(|l| **l != event).cloned();
    let shown = others.chain([event.clone()]).collect();
    Ok((Labels::Two(y), info(name, Some(&event), shown)))
}

/// Whether numbers are no labels: more than two different ones.
fn is_amount(values: &[f64]) -> bool {
    let first = values.first().copied().unwrap_or(0.0);
    let second = values.iter().copied().find(|v| *v != first).unwrap_or(first);
    values.iter().any(|v| *v != first && *v != second)
}

fn no_event(event: &str, levels: &[String], name: &str) -> Error {
    let error = Error::unknown_word("event", event, levels.iter().map(String::as_str));
    Error { exit: Exit::Request, ..error.column(name) }
}

fn info(name: &str, event: Option<&str>, levels: Vec<String>) -> ResponseInfo {
    ResponseInfo {
        column: name.to_owned(),
        event: event.map(str::to_owned),
        levels: Some(levels),
        events: None,
    }
}
