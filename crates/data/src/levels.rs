//! The order of the levels of a category, and when there are too many of them.
//!
//! Levels are sorted as numbers where all are numbers, else by code point: the same in every locale. Only a source that has an
//! order of its own (an Arrow dictionary marked as ordered, a pandas categorical) keeps that.

use std::sync::Arc;

use loglik_design::Table;
use loglik_expr::MISSING;

use crate::{DataError, number};

/// Most levels that a category may have when they are half of its rows or more.
const NAMES_OF_ROWS: usize = 1_000;

/// Refuses a category that rather names rows: more than 1,000 levels, and at least half as many as rows.
///
/// Asked where a column is used as a term, not where it is read: an identifier that no formula names does no harm.
///
/// # Errors
/// [`DataError::TooManyLevels`] with the column.
pub fn refuse_row_names(table: &Table, column: &str) -> Result<(), DataError> {
    let Some(counts) = table.level_counts(column) else { return Ok(()) };
    let levels = counts.iter().filter(|&&count| count > 0).count();
    if levels > NAMES_OF_ROWS && 2 * levels >= table.rows() {
        let (levels, rows) = (levels as u64, table.rows() as u64);
        return Err(DataError::TooManyLevels { column: column.to_owned(), levels, rows });
    }
    Ok(())
}

/// Puts levels in order and renumbers the codes accordingly.
pub(crate) fn arrange(levels: Vec<String>, codes: &mut [u32]) -> Arc<[String]> {
    let (place, levels) = order(levels);
    for code in codes.iter_mut().filter(|code| **code != MISSING) {
        *code = place[*code as usize];
    }
    levels.into()
}

/// The place of each level in their order, and the levels in it.
pub(crate) fn order(mut levels: Vec<String>) -> (Vec<u32>, Vec<String>) {
    let numbers: Option<Vec<f64>> = levels.iter().map(|level| number::whole(level.as_bytes())).collect();
    let mut order: Vec<u32> = (0..levels.len() as u32).collect();
    order.sort_unstable_by(|&a, &b| {
        let (a, b) = (a as usize, b as usize);
        let by_text = levels[a].cmp(&levels[b]);
        numbers.as_ref().map_or(by_text, |n| n[a].total_cmp(&n[b]).then(by_text))
    });
    let mut place = vec![0; levels.len()];
    for (new, &old) in order.iter().enumerate() {
        place[old as usize] = new as u32;
    }
    let sorted = order.iter().map(|&old| std::mem::take(&mut levels[old as usize])).collect();
    (place, sorted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use loglik_expr::Column;

    fn arranged(levels: &[&str]) -> Vec<String> {
        let mut codes: Vec<u32> = (0..levels.len() as u32).chain([MISSING]).collect();
        let names: Vec<String> = levels.iter().map(|&l| l.to_owned()).collect();
        let order = arrange(names, &mut codes);
        for (level, &code) in levels.iter().zip(&codes) {
            assert_eq!(order[code as usize], *level, "a row keeps its level");
        }
        assert_eq!(codes.last(), Some(&MISSING));
        order.to_vec()
    }

    #[test]
    fn levels_that_are_all_numbers_are_sorted_as_numbers_else_by_code_point() {
        assert_eq!(arranged(&["10", "9", "-1", "1.5"]), ["-1", "1.5", "9", "10"]);
        assert_eq!(arranged(&["10", "9", "b", "B"]), ["10", "9", "B", "b"]);
    }

    #[test]
    fn a_name_for_each_row_is_no_category_but_many_rows_a_level_are() {
        let table = |levels: u32, rows: u32| {
            let names: Vec<String> = (0..levels).map(|i| format!("u{i}")).collect();
            let codes = (0..rows).map(|row| row % levels).collect();
            let column = Column::Category { codes, levels: names.into(), ordered: false };
            Table::from_columns([("id", column)]).expect("one column")
        };
        assert_eq!(refuse_row_names(&table(1_001, 2_003), "id"), Ok(()));
        assert_eq!(refuse_row_names(&table(1_000, 1_000), "id"), Ok(()));
        let refused = refuse_row_names(&table(1_001, 2_002), "id");
        assert_eq!(
            refused,
            Err(DataError::TooManyLevels { column: "id".into(), levels: 1_001, rows: 2_002 })
        );
    }
}
