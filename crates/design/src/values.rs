//! What variables are worth in some rows: numbers, the columns of a basis, or codes of the levels fixed by the plan.
//!
//! Everything that can be wrong with a value is found here or while it is written into a chunk, so that no pass over
//! the chunks can fail: missing and infinite values, `log(0)`, levels that the plan has never seen.

use std::borrow::Cow;
use std::ops::Range;

use loglik_expr::{MISSING, Sparse, nearest, spell_number};

use crate::evaluate::{Slice, reads_missing, refuse_infinite, slice};
use crate::state::{FixedVariable, Shape};
use crate::{DesignError, Table};

/// What a level that the plan has never seen is taken for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unseen {
    /// An error that names it.
    #[default]
    Error,
    /// The base level.
    Base,
}

/// Values of a variable in some rows.
#[derive(Clone, Debug)]
pub(crate) enum Values<'a> {
    /// Numbers \[n\]; those of plain columns are not yet known to be finite.
    Number(Cow<'a, [f64]>),
    /// Columns of a basis `[columns][n]`.
    Basis(Cow<'a, [Vec<f64>]>),
    /// Levels of the plan \[n\].
    Codes(Cow<'a, [u32]>),
    /// A block of sparse columns, all its rows, and which of them comes first.
    Sparse(&'a Sparse, usize),
}

impl Values<'_> {
    /// What was computed; `None` for a plain column, which can be read again where it lies.
    pub(crate) fn computed(self) -> Option<Values<'static>> {
        match self {
            Self::Number(Cow::Borrowed(_)) | Self::Sparse(..) => None,
            Self::Number(Cow::Owned(numbers)) => Some(Values::Number(Cow::Owned(numbers))),
            Self::Basis(columns) => Some(Values::Basis(Cow::Owned(columns.into_owned()))),
            Self::Codes(codes) => Some(Values::Codes(Cow::Owned(codes.into_owned()))),
        }
    }

    /// The same values, borrowed.
    pub(crate) fn borrowed(&self) -> Values<'_> {
        match self {
            Self::Number(numbers) => Values::Number(Cow::Borrowed(numbers)),
            Self::Basis(columns) => Values::Basis(Cow::Borrowed(columns)),
            Self::Codes(codes) => Values::Codes(Cow::Borrowed(codes)),
            Self::Sparse(block, first) => Values::Sparse(block, *first),
        }
    }
}

/// The values of `variable` in `rows` of `table`.
///
/// # Errors
/// As `Plan::fill`; rows count from the start of `rows`.
pub(crate) fn values<'a>(
    variable: &FixedVariable,
    table: &'a Table,
    rows: &Range<usize>,
    unseen: Unseen,
) -> Result<Values<'a>, DesignError> {
    let slice = slice(&variable.variable, table, rows)?;
    if variable.is_category() {
        return codes(variable, &slice, unseen).map(|codes| Values::Codes(Cow::Owned(codes)));
    }
    if let (Slice::Sparse(block, first), Shape::Sparse(expected)) = (&slice, variable.shape()) {
        let (column, found) = (variable.name.clone(), block.columns());
        // Columns that no row here has are 0.
        return match found <= expected {
            true => Ok(Values::Sparse(block, *first)),
            false => Err(DesignError::SparseWidth { column, expected, found }),
        };
    }
    let Slice::Number(numbers) = slice else {
        return Err(DesignError::NotNumeric { column: variable.name.clone() });
    };
    let is_plain = matches!(numbers, Cow::Borrowed(_));
    let is_number = variable.shape() == Shape::Number;
    if !(is_plain && is_number) {
        finite(variable, table, rows, &numbers)?;
    }
    Ok(if is_number { Values::Number(numbers) } else { Values::Basis(Cow::Owned(variable.basis(&numbers))) })
}

fn finite(
    variable: &FixedVariable,
    table: &Table,
    rows: &Range<usize>,
    numbers: &[f64],
) -> Result<(), DesignError> {
    let Some(row) = numbers.iter().position(|value| !value.is_finite()) else { return Ok(()) };
    Err(not_finite(variable, table, rows, row, numbers[row]))
}

/// The error for a value that is not finite in row `row` of `rows`: missing if what it is made of is.
pub(crate) fn not_finite(
    variable: &FixedVariable,
    table: &Table,
    rows: &Range<usize>,
    row: usize,
    value: f64,
) -> DesignError {
    let column = variable.name.clone();
    if value.is_nan() && reads_missing(&variable.variable, table, rows.start + row) {
        return DesignError::Missing { column, row };
    }
    DesignError::NonFinite { column, row, value }
}

/// Codes of the levels of the plan; the first unseen or missing one is an error.
fn codes(variable: &FixedVariable, slice: &Slice<'_>, unseen: Unseen) -> Result<Vec<u32>, DesignError> {
    let codes = raw_codes(variable, slice)?;
    let is_known = |code: &u32| (*code as usize) < variable.levels().len();
    if codes.iter().all(is_known) {
        return Ok(codes);
    }
    if let Some(row) = codes.iter().position(|code| *code == MISSING) {
        return Err(DesignError::Missing { column: variable.name.clone(), row });
    }
    if unseen == Unseen::Error {
        return Err(unseen_level(variable, slice, &codes));
    }
    let base = variable.base() as u32;
    Ok(codes.into_iter().map(|code| if is_known(&code) { code } else { base }).collect())
}

/// Codes of the levels of the plan, [`MISSING`] where there is no value, `UNSEEN` where the level is none of them.
pub(crate) fn raw_codes(variable: &FixedVariable, slice: &Slice<'_>) -> Result<Vec<u32>, DesignError> {
    let levels = variable.levels();
    match slice {
        Slice::Category(codes, names) => {
            let map = translation(names, levels);
            Ok(codes
                .iter()
                .map(|code| if *code == MISSING { MISSING } else { map[*code as usize] })
                .collect())
        }
        Slice::Number(numbers) => {
            refuse_infinite(&variable.name, numbers)?;
            let known = numeric_levels(levels);
            let code =
                |value: &f64| match known.binary_search_by(|(level, _)| level.total_cmp(&(value + 0.0))) {
                    _ if value.is_nan() => MISSING,
                    Ok(at) => known[at].1,
                    Err(_) => UNSEEN,
                };
            Ok(numbers.iter().map(code).collect())
        }
        Slice::Sparse(..) => Err(DesignError::SparseTerm { column: variable.name.clone() }),
    }
}

/// The code of a level that the plan has never seen.
pub(crate) const UNSEEN: u32 = MISSING - 1;

fn translation(from: &[String], to: &[String]) -> Vec<u32> {
    let mut sorted: Vec<(&str, u32)> = to.iter().map(String::as_str).zip(0..).collect();
    sorted.sort_unstable();
    let find = |level: &String| sorted.binary_search_by_key(&level.as_str(), |(known, _)| known);
    from.iter().map(|level| find(level).map_or(UNSEEN, |at| sorted[at].1)).collect()
}

/// The levels that are the spelling of a number, ascending.
fn numeric_levels(levels: &[String]) -> Vec<(f64, u32)> {
    let mut known: Vec<(f64, u32)> = levels
        .iter()
        .zip(0..)
        .filter_map(|(level, code)| {
            level.parse().ok().filter(|x| spell_number(*x) == *level).map(|x| (x, code))
        })
        .collect();
    known.sort_by(|a, b| f64::total_cmp(&a.0, &b.0));
    known
}

fn unseen_level(variable: &FixedVariable, slice: &Slice<'_>, codes: &[u32]) -> DesignError {
    let row = codes.iter().position(|code| *code == UNSEEN).unwrap_or(0);
    let level = match slice {
        Slice::Category(raw, names) => names[raw[row] as usize].clone(),
        Slice::Number(numbers) => spell_number(numbers[row]),
        Slice::Sparse(..) => String::new(),
    };
    DesignError::UnseenLevel {
        column: variable.name.clone(),
        count: codes.iter().filter(|code| **code == UNSEEN).count(),
        nearest: nearest(&level, variable.levels().iter().map(String::as_str)).map(str::to_owned),
        level,
        row,
    }
}
