//! Cells: which combination of levels each row has, as one number.
//!
//! The number has one digit per category, the first category's varying fastest; a category that is coded against its
//! base has no digit for it, so a row at the base has no cell and no coefficient. Combinations that no row has get no
//! coefficient either: interactions of large categories stay as small as the data.

use crate::layout::Cells;
use crate::state::FixedVariable;
use crate::{DesignError, NO_COEF};

/// The number of a row without a cell.
const NO_CELL: u64 = u64::MAX;

/// The digit of each level of a category.
struct Digits {
    /// By level; [`NO_CELL`] for the base.
    of: Vec<u64>,
    size: u64,
}

impl Digits {
    fn new(variable: &FixedVariable, all: bool) -> Self {
        let levels = variable.levels().len() as u64;
        if all {
            return Self { of: (0..levels).collect(), size: levels };
        }
        let base = variable.base() as u64;
        let digit = |level: u64| match level.cmp(&base) {
            std::cmp::Ordering::Less => level,
            std::cmp::Ordering::Equal => NO_CELL,
            std::cmp::Ordering::Greater => level - 1,
        };
        Self { of: (0..levels).map(digit).collect(), size: levels.saturating_sub(1) }
    }
}

/// The number of combinations; `None` where it does not fit.
pub(crate) fn combinations(variables: &[FixedVariable], cells: &[(usize, bool)]) -> Option<u64> {
    let size = |(v, all): &(usize, bool)| Digits::new(&variables[*v], *all).size;
    cells.iter().map(size).try_fold(1_u64, u64::checked_mul).filter(|count| *count < NO_CELL)
}

/// The cell of each row \[n\]; [`NO_CELL`] where a category is at its base.
///
/// * `codes` levels of each of the categories `[c][n]`
fn numbers(variables: &[FixedVariable], cells: &[(usize, bool)], codes: &[&[u32]]) -> Vec<u64> {
    let mut numbers = vec![0_u64; codes.first().map_or(0, |codes| codes.len())];
    let mut stride = 1;
    for ((v, all), codes) in cells.iter().zip(codes) {
        let digits = Digits::new(&variables[*v], *all);
        for (number, code) in numbers.iter_mut().zip(*codes) {
            let digit = digits.of[*code as usize];
            *number = if digit == NO_CELL || *number == NO_CELL { NO_CELL } else { *number + digit * stride };
        }
        stride *= digits.size;
    }
    numbers
}

/// Adds the cells that rows have to those `seen` before, which ascend.
pub(crate) fn add_seen(
    variables: &[FixedVariable],
    cells: &[(usize, bool)],
    codes: &[&[u32]],
    seen: &mut Vec<u64>,
) {
    let mut here = numbers(variables, cells, codes);
    here.retain(|cell| *cell != NO_CELL);
    here.sort_unstable();
    here.dedup();
    seen.append(&mut here);
    seen.sort_unstable();
    seen.dedup();
}

/// The coefficient of each row \[n\], [`NO_COEF`] where it has none.
///
/// # Errors
/// [`DesignError::UnseenCell`] where `refuse` and the row's cell has no coefficient because no row of the fit had it.
pub(crate) fn coefficients(
    variables: &[FixedVariable],
    cells: &Cells,
    codes: &[&[u32]],
    refuse: bool,
) -> Result<Vec<u32>, DesignError> {
    if let ([(v, all)], [codes], None) = (cells.variables.as_slice(), codes, &cells.seen) {
        let digits = Digits::new(&variables[*v], *all);
        let of: Vec<u32> = digits.of.iter().map(|digit| u32::try_from(*digit).unwrap_or(NO_COEF)).collect();
        return Ok(codes.iter().map(|code| of[*code as usize]).collect());
    }
    let numbers = numbers(variables, &cells.variables, codes);
    let mut out = Vec::with_capacity(numbers.len());
    for (row, number) in numbers.into_iter().enumerate() {
        let coef = if number == NO_CELL { Some(NO_COEF) } else { cells.coef(number) };
        if coef.is_none() && refuse {
            let level = |((v, _), codes): (&(usize, bool), &&[u32])| {
                format!("{}[{}]", variables[*v].name, variables[*v].levels()[codes[row] as usize])
            };
            let cell: Vec<String> = cells.variables.iter().zip(codes).map(level).collect();
            return Err(DesignError::UnseenCell { cell: cell.join(":"), row });
        }
        out.push(coef.unwrap_or(NO_COEF));
    }
    Ok(out)
}

/// The rows whose cell has no coefficient because no row of the fit had it \[n\].
pub(crate) fn without_coefficient(variables: &[FixedVariable], cells: &Cells, codes: &[&[u32]]) -> Vec<bool> {
    let numbers = numbers(variables, &cells.variables, codes);
    numbers.into_iter().map(|number| number != NO_CELL && cells.coef(number).is_none()).collect()
}

impl Cells {
    /// The levels of the cell that a coefficient belongs to, by category.
    pub(crate) fn levels(&self, variables: &[FixedVariable], coef: usize) -> Vec<(usize, usize)> {
        let mut rest = self.seen.as_ref().map_or(coef as u64, |seen| seen[coef]);
        let level = |(v, all): &(usize, bool)| {
            let digits = Digits::new(&variables[*v], *all);
            let digit = rest % digits.size.max(1);
            rest /= digits.size.max(1);
            (*v, digits.of.iter().position(|other| *other == digit).unwrap_or(0))
        };
        self.variables.iter().map(level).collect()
    }
}
