//! Levels of categories that are made from values: their order and their spelling.

use std::sync::Arc;

use crate::column::{Column, MISSING};
use crate::print::spell_number;

/// Sorts levels as numbers where all of them are numbers, else by code point; equal ones are kept once.
pub fn sort_levels(levels: &mut Vec<String>) {
    let numbers: Option<Vec<f64>> =
        levels.iter().map(|l| l.parse::<f64>().ok().filter(|x| !x.is_nan())).collect();
    match numbers {
        // Different spellings of one number (`1`, `1.0`) stay apart, in code point order.
        Some(_) => levels.sort_by(|a, b| {
            let (x, y) = (a.parse().unwrap_or(f64::NAN), b.parse().unwrap_or(f64::NAN));
            f64::total_cmp(&x, &y).then_with(|| a.cmp(b))
        }),
        None => levels.sort(),
    }
    levels.dedup();
}

/// Numbers as a category: levels in numerical order, spelled as short as they read back.
pub(crate) fn category_of_numbers(values: &[f64]) -> Column {
    // Adding 0 makes -0 and 0 one level.
    let mut distinct: Vec<f64> = values.iter().filter(|v| !v.is_nan()).map(|v| v + 0.0).collect();
    distinct.sort_by(f64::total_cmp);
    distinct.dedup();
    let code = |v: &f64| match distinct.binary_search_by(|d| d.total_cmp(&(v + 0.0))) {
        Ok(at) => u32::try_from(at).unwrap_or(MISSING),
        Err(_) => MISSING,
    };
    let codes = values.iter().map(code).collect();
    let levels: Arc<[String]> = distinct.iter().map(|v| spell_number(*v)).collect();
    Column::Category { codes, levels, ordered: false }
}

/// Codes in `to` of the levels of `from`; [`MISSING`] where there is none.
pub(crate) fn translation(from: &[String], to: &[String]) -> Vec<u32> {
    let mut sorted: Vec<(&str, u32)> =
        to.iter().zip(0..).map(|(level, code)| (level.as_str(), code)).collect();
    sorted.sort_unstable();
    let find = |level: &String| sorted.binary_search_by_key(&level.as_str(), |(l, _)| l);
    from.iter().map(|level| find(level).map_or(MISSING, |at| sorted[at].1)).collect()
}
