//! Scores out of fold: every row is scored by a refit that has not seen it.
//!
//! Rows are dealt to folds within the classes of the outcome (so each fold has its share of cases), whole clusters
//! together where the fit had clusters; the rows of a rare level of a category go to different folds, so that a refit
//! lacks a level only where one row or cluster alone has it. A refit asks for the same as the model's own fit; levels and knots are found
//! again in the rows that it sees, so nothing of the held-out rows leaks. Stone (1974), JRSS B 36, 111-147.

use super::binary::note;
use super::outcome::Labels;
use crate::row_coordinates::RowCoordinates;
use crate::weights::Groups;
use crate::{Ci, Error, Exit, FitSpec, ModelFile, Note, Status, TermTests, fit};
use loglik_decide::Draws;
use loglik_design::Table;
use loglik_expr::{Column, MISSING};
use serde::Serialize;

/// How rows are split.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Folds {
    /// Number of folds, at least 2.
    pub count: usize,
    /// Of the deal.
    pub seed: u64,
}

/// Coordinates of every row by a refit without its fold, and what should be known of the refits.
pub(crate) fn coordinates(
    model: &ModelFile,
    folds: Folds,
    table: &Table,
    labels: &Labels,
    inside: &RowCoordinates,
) -> Result<(RowCoordinates, Vec<Note>), Error> {
    let n = table.rows();
    let fold = deal(model, folds, table, labels)?;
    // A refit is asked for its coefficients alone.
    let request = FitSpec { ci: Ci::Wald, term_tests: TermTests::None, ..model.request.clone() };
    let mut us = inside.us.clone();
    let mut odd = Vec::new();
    for held in 0..folds.count {
        let keep: Vec<bool> = fold.iter().map(|f| *f != held).collect();
        let out: Vec<bool> = keep.iter().map(|k| !k).collect();
        let at_fold = |error: Error| Error {
            message: format!("the refit without fold {} of {}: {}", held + 1, folds.count, error.message),
            ..error
        };
        let fitted = fit(&request, &table.filter(&keep)).map_err(at_fold)?;
        if !matches!(fitted.result.status, Status::Converged | Status::Boundary) {
            odd.push((held + 1).to_string());
        }
        let file = ModelFile::parse(&fitted.model_file()?)?;
        if file.fit.response.levels != model.fit.response.levels {
            let message = "a class of the response has no row in the others".to_owned();
            return Err(at_fold(
                Error::new("unseen_level", Exit::Data, message).remedy("ask for fewer folds"),
            ));
        }
        let there = file.coordinates(&table.filter(&out));
        let there = there.map_err(|error| at_fold(error.left_out_by_filter(table)))?;
        let places = (0..n).filter(|row| out[*row]);
        for (from, row) in places.enumerate() {
            us.iter_mut().zip(&there.us).for_each(|(u, held)| u[row] = held[from]);
        }
    }
    let mut notes = Vec::new();
    if !odd.is_empty() {
        notes.push(note(
            "not_converged",
            format!("no finite maximum in the refit without fold {}", odd.join(", ")),
        ));
    }
    Ok((inside.with(us), notes))
}

/// The fold of each row.
fn deal(model: &ModelFile, folds: Folds, table: &Table, labels: &Labels) -> Result<Vec<usize>, Error> {
    let n = table.rows();
    let groups = match model.fit.cluster.first() {
        Some(cluster) => Some(Groups::of(table, cluster)?.codes(table, cluster)),
        None => None,
    };
    let (code, units): (Vec<usize>, usize) = match &groups {
        Some((codes, count)) => (codes.iter().map(|c| *c as usize).collect(), *count),
        None => ((0..n).collect(), n),
    };
    if folds.count < 2 || folds.count > units {
        let message = format!("--cv {}: at least 2 folds, at most one for each of {units}", folds.count);
        return Err(Error::request(message));
    }
    // Counted rows are in both classes, and clusters may be: they are dealt as one stratum.
    let stratum = |row: usize| match labels {
        Labels::Two(y) if y.len() == n && groups.is_none() => y[row] as usize,
        Labels::Classes(codes) if codes.len() == n && groups.is_none() => codes[row] as usize,
        _ => 0,
    };
    let mut order: Vec<usize> = (0..units).collect();
    let mut draws = Draws::new(folds.seed, 0);
    for last in (1..units).rev() {
        order.swap(last, draws.below(last + 1));
    }
    let mut first_row = vec![usize::MAX; units];
    code.iter().enumerate().for_each(|(row, unit)| first_row[*unit] = first_row[*unit].min(row));
    let rare = rare_levels(model, table, folds.count);
    order.sort_by_key(|unit| {
        let row = first_row[*unit];
        (rare[row].unwrap_or(usize::MAX), if groups.is_none() { stratum(row) } else { 0 })
    });
    let mut fold_of_unit = vec![0; units];
    order.iter().enumerate().for_each(|(at, unit)| fold_of_unit[*unit] = at % folds.count);
    Ok(code.into_iter().map(|unit| fold_of_unit[unit]).collect())
}

/// The rarest level that a row has in a column of the model, numbered, where so few rows have it that a fold might hold
/// them all                                                               `[n]`
fn rare_levels(model: &ModelFile, table: &Table, folds: usize) -> Vec<Option<usize>> {
    let mut found: Vec<Option<(usize, usize)>> = vec![None; table.rows()];
    let mut before = 0;
    for name in model.needed_columns(table.names()).unwrap_or_default() {
        let Some(Column::Category { codes, levels, .. }) = table.column(&name) else { continue };
        let mut counts = vec![0; levels.len()];
        codes.iter().filter(|c| **c != MISSING).for_each(|c| counts[*c as usize] += 1);
        for (best, code) in found.iter_mut().zip(codes).filter(|(_, code)| **code != MISSING) {
            let here = (counts[*code as usize], before + *code as usize);
            if here.0 <= 2 * folds && best.is_none_or(|best| here < best) {
                *best = Some(here);
            }
        }
        before += levels.len();
    }
    found.into_iter().map(|best| best.map(|(_, level)| level)).collect()
}
