//! Areas compared by DeLong's tests: two scores of the same rows, one score in two samples.

use super::binary::turned;
use super::outcome::Labels;
use super::rows::{RowsSpec, ScoredRows};
use crate::Error;
use loglik_decide::Ranked;
use loglik_decide::delong_test::{self, AucTest};
use loglik_decide::roc::{self, RocPoint};
use loglik_design::Table;

/// The labels of two classes.
pub(crate) fn two(rows: &ScoredRows) -> Result<&[f64], Error> {
    match &rows.labels {
        Labels::Two(y) => Ok(y),
        Labels::Classes(_) => {
            let levels = rows.outcome.levels.clone().unwrap_or_default();
            let message = format!("the outcome has {} values: {}", levels.len(), levels.join(", "));
            Err(Error::request(message).remedy("name the one that counts: --event LEVEL"))
        }
        Labels::Amounts(_) => Err(Error::request("the outcome is a number, not a class")),
    }
}

/// The areas of the two scores of `spec` on the same rows.
///
/// # Errors
/// Rows that are refused; an outcome of one class, or of more than two without an event.
pub fn paired_test(spec: &RowsSpec, table: &Table, level: f64) -> Result<AucTest, Error> {
    let rows = spec.read(table)?;
    if rows.scores.len() != 2 {
        return Err(Error::request("a paired test takes two scores"));
    }
    paired(&rows, [0, 1], level)
}

pub(crate) fn paired(rows: &ScoredRows, which: [usize; 2], level: f64) -> Result<AucTest, Error> {
    let y = two(rows)?;
    let (first, second) = (rows.scored(y, which[0])?, rows.scored(y, which[1])?);
    delong_test::paired(&first, &second, level).map_err(|error| rows.refused(error, &rows.names[which[1]]))
}

/// The area of a score in two samples; each spec has one score.
///
/// # Errors
/// As [`paired_test`].
pub fn unpaired_test(
    first: (&RowsSpec, &Table),
    second: (&RowsSpec, &Table),
    level: f64,
) -> Result<AucTest, Error> {
    unpaired(&first.0.read(first.1)?, &second.0.read(second.1)?, level)
}

pub(crate) fn unpaired(first: &ScoredRows, second: &ScoredRows, level: f64) -> Result<AucTest, Error> {
    let (a, b) = (first.scored(two(first)?, 0)?, second.scored(two(second)?, 0)?);
    delong_test::unpaired(&a, &b, level).map_err(|error| second.refused(error, &second.names[0]))
}

/// Every vertex of the ROC curve, from all rows flagged to none.
///
/// # Errors
/// As [`paired_test`].
pub fn roc_points(spec: &RowsSpec, table: &Table) -> Result<Vec<RocPoint>, Error> {
    let rows = spec.read(table)?;
    let data = rows.scored(two(&rows)?, 0)?;
    let ranked = Ranked::new(&data, 1).map_err(|error| rows.refused(error, &rows.names[0]))?;
    let mut points = roc::points(&ranked);
    points.reverse();
    points.iter_mut().for_each(|point| point.threshold = turned(rows.direction, point.threshold));
    Ok(points)
}
