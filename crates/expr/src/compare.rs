//! Comparisons with a text or a category in them.
//!
//! Categories are compared by the names of their levels, so `a == b` asks whether two columns say the same. A
//! number beside a category stands for the level spelled like it (`cyl == 6`), and a text beside numbers for the
//! number it spells. Less and more need the order of an ordered category.

use crate::column::MISSING;
use crate::eval_error::{EvalError, EvalProblem};
use crate::evaluate::{Category, Value};
use crate::levels::translation;
use crate::numbers::Numbers;
use crate::print::spell_number;
use crate::span::{Span, escaped};
use crate::tree::Binary;

/// One side of a comparison and where it stands.
pub(crate) struct Side<'a> {
    pub(crate) span: Span,
    pub(crate) value: Value<'a>,
}

/// `a op b` in every row: 1, 0 or NaN \[n\].
pub(crate) fn pair(op: Binary, a: &Side<'_>, b: &Side<'_>, n: usize) -> Result<Vec<f64>, EvalError> {
    match op {
        Binary::Equal => equal(a, b, n),
        Binary::Unequal => Ok(equal(a, b, n)?.into_iter().map(|v| 1.0 - v).collect()),
        _ => ordered(op, a, b, n),
    }
}

/// `value in (choices..)` in every row: 1, 0, or NaN where the value is missing \[n\].
pub(crate) fn among(
    value: &Side<'_>,
    choices: &[Side<'_>],
    negated: bool,
    n: usize,
) -> Result<Vec<f64>, EvalError> {
    let mut found = vec![0.0; n];
    for choice in choices {
        for (so_far, this) in found.iter_mut().zip(equal(value, choice, n)?) {
            // 1 - 0 * NaN: a missing value is never found, and a found one stays found.
            if this == 1.0 || (this.is_nan() && *so_far != 1.0) {
                *so_far = this;
            }
        }
    }
    Ok(if negated { found.into_iter().map(|v| 1.0 - v).collect() } else { found })
}

fn flag(is: bool) -> f64 {
    if is { 1.0 } else { 0.0 }
}

fn equal(a: &Side<'_>, b: &Side<'_>, n: usize) -> Result<Vec<f64>, EvalError> {
    match (&a.value, &b.value) {
        (Value::Text(x), Value::Text(y)) => Ok(vec![flag(x == y); n]),
        (Value::Category(x), Value::Text(y)) | (Value::Text(y), Value::Category(x)) => Ok(is_level(x, y)),
        (Value::Category(x), Value::Category(y)) => {
            let to = translation(&x.levels, &y.levels);
            let rows = x.codes.iter().zip(&y.codes);
            let same = |(a, b): (&u32, &u32)| match (*a, *b) {
                (MISSING, _) | (_, MISSING) => f64::NAN,
                (a, b) => flag(to[a as usize] == b),
            };
            Ok(rows.map(same).collect())
        }
        (Value::Category(x), Value::Numbers(Numbers::Scalar(y)))
        | (Value::Numbers(Numbers::Scalar(y)), Value::Category(x)) => {
            if y.is_nan() {
                Ok(vec![f64::NAN; n])
            } else {
                Ok(is_level(x, &spell_number(*y)))
            }
        }
        (Value::Numbers(x), Value::Text(text)) => same_number(x, text, b.span, n),
        (Value::Text(text), Value::Numbers(x)) => same_number(x, text, a.span, n),
        (Value::Numbers(_), Value::Category(_)) => Err(text_side(b)),
        (Value::Category(_), Value::Numbers(_)) => Err(text_side(a)),
        (Value::Numbers(x), Value::Numbers(y)) => {
            let same = |row: usize| {
                let (x, y) = (x.at(row), y.at(row));
                if x.is_nan() || y.is_nan() { f64::NAN } else { flag(x == y) }
            };
            Ok((0..n).map(same).collect())
        }
    }
}

fn is_level(category: &Category, level: &str) -> Vec<f64> {
    let at = category.levels.iter().position(|l| l == level);
    let is = |code: &u32| if *code == MISSING { f64::NAN } else { flag(Some(*code as usize) == at) };
    category.codes.iter().map(is).collect()
}

fn same_number(numbers: &Numbers<'_>, text: &str, span: Span, n: usize) -> Result<Vec<f64>, EvalError> {
    let Some(number) = text.trim().parse::<f64>().ok().filter(|x| x.is_finite()) else {
        return Err(EvalError::new(
            span,
            EvalProblem::TextForNumber { shown: format!("'{}'", escaped(text)) },
        ));
    };
    let same = |x: f64| if x.is_nan() { f64::NAN } else { flag(x == number) };
    Ok((0..n).map(|row| same(numbers.at(row))).collect())
}

fn text_side(side: &Side<'_>) -> EvalError {
    EvalError::new(side.span, EvalProblem::TextForNumber { shown: "this category".to_owned() })
}

/// Less and more: an ordered category with one of its levels, or two with the same levels.
fn ordered(op: Binary, a: &Side<'_>, b: &Side<'_>, n: usize) -> Result<Vec<f64>, EvalError> {
    let no_order = || Err(EvalError::new(a.span.to(b.span), EvalProblem::NoOrder));
    let levels = match (&a.value, &b.value) {
        (Value::Category(x), Value::Category(y)) if x.levels == y.levels && x.ordered && y.ordered => {
            &x.levels
        }
        (Value::Category(x), Value::Text(_)) | (Value::Text(_), Value::Category(x)) if x.ordered => &x.levels,
        _ => return no_order(),
    };
    let place = |side: &Side<'_>, row: usize| match &side.value {
        Value::Category(x) => Some(x.codes[row]).filter(|c| *c != MISSING),
        Value::Text(text) => levels.iter().zip(0..).find(|(l, _)| *l == text).map(|(_, code)| code),
        Value::Numbers(_) => None,
    };
    for side in [a, b] {
        if let Value::Text(text) = &side.value
            && !levels.contains(text)
        {
            let problem = EvalProblem::UnknownLevel {
                column: "category".to_owned(),
                level: escaped(text),
                nearest: crate::nearest(text, levels.iter().map(String::as_str)).map(escaped),
            };
            return Err(EvalError::new(side.span, problem));
        }
    }
    let compare = |row: usize| match (place(a, row), place(b, row)) {
        (Some(x), Some(y)) => flag(match op {
            Binary::Less => x < y,
            Binary::LessEqual => x <= y,
            Binary::Greater => x > y,
            _ => x >= y,
        }),
        _ => f64::NAN,
    };
    Ok((0..n).map(compare).collect())
}
