//! Subgroups: the same figures by the level of a column, and whether their areas differ.
//!
//! A group with one class only, or too few rows, keeps the figures that it has. Areas are compared with those of the
//! first group that has one, by the unpaired test of DeLong.

use super::rows::ScoredRows;
use super::{Binned, EvaluateSpec, Figure, compare, evaluation};
use crate::{Error, ModelFile, Number};
use loglik_decide::delong_test::AucTest;
use loglik_design::Table;
use loglik_expr::{Column, spell_number};
use serde::Serialize;

/// Levels of a group column, at most.
pub(super) const MOST: usize = 50;

/// One level of one column.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Group {
    /// The column.
    pub by: String,
    /// The level.
    pub level: String,
    /// Rows of it.
    pub n: usize,
    /// Its figures.
    pub figures: Vec<Figure>,
    /// How its scores were rounded, where the rows came as a stream; null for rows in memory.
    pub binned: Option<Binned>,
    /// Area of the first level less that of this one; null for the first, and where one has none.
    pub auc_difference: Number,
    /// Lower end of its interval.
    pub auc_difference_low: Number,
    /// Upper end.
    pub auc_difference_high: Number,
    /// p-value of DeLong's unpaired test.
    pub auc_difference_p: Number,
}

impl Group {
    /// A level of a column with its rows and figures, and the test of its area against that of the first.
    pub(crate) fn of(
        (by, level): (&str, &str),
        (n, figures): (usize, Vec<Figure>),
        test: Option<&AucTest>,
    ) -> Self {
        let of = |part: fn(&AucTest) -> f64| Number::from(test.map(part));
        Self {
            by: by.to_owned(),
            level: level.to_owned(),
            n,
            figures,
            binned: None,
            auc_difference: of(|t| t.difference),
            auc_difference_low: of(|t| t.conf_low),
            auc_difference_high: of(|t| t.conf_high),
            auc_difference_p: of(|t| t.p_value),
        }
    }
}

/// Every level of every group column.
pub(crate) fn groups(
    spec: &EvaluateSpec,
    rows: &ScoredRows,
    model: Option<&ModelFile>,
) -> Result<Vec<Group>, Error> {
    let mut out = Vec::new();
    for by in &spec.rows.by {
        let (codes, levels) = codes(&rows.table, by)?;
        let mut first: Option<ScoredRows> = None;
        for (at, level) in levels.into_iter().enumerate() {
            let keep: Vec<bool> = codes.iter().map(|c| *c == at).collect();
            let part = rows.filter(&keep);
            let (findings, _) = evaluation::findings(spec, &part, model)?;
            let test = match &first {
                Some(first) => compare::unpaired(first, &part, spec.level).ok(),
                None => None,
            };
            let figures = findings.figures(spec.level);
            out.push(Group::of((by, &level), (part.used.n, figures), test.as_ref()));
            if first.is_none() && findings.has_area() {
                first = Some(part);
            }
        }
    }
    Ok(out)
}

/// Number of the group of each row, and the groups.
pub(super) fn codes(table: &Table, by: &str) -> Result<(Vec<usize>, Vec<String>), Error> {
    let column = table.column(by).ok_or_else(|| Error::unknown_column("groups", by, table.names()))?;
    let (codes, levels) = match column {
        Column::Category { codes, levels, .. } => {
            let mut used = vec![false; levels.len()];
            codes.iter().for_each(|c| used[*c as usize] = true);
            let mut next = 0..;
            let place: Vec<usize> =
                used.iter().map(|u| if *u { next.next().unwrap_or(0) } else { 0 }).collect();
            let kept = levels.iter().zip(&used).filter(|(_, u)| **u).map(|(l, _)| l.clone()).collect();
            (codes.iter().map(|c| place[*c as usize]).collect(), kept)
        }
        Column::Number(values) => {
            // No level of its own for -0.
            let values: Vec<f64> = values.iter().map(|v| v + 0.0).collect();
            let mut distinct = values.clone();
            distinct.sort_by(f64::total_cmp);
            distinct.dedup();
            let place = |v: &f64| distinct.partition_point(|d| d.total_cmp(v).is_lt());
            (
                values.iter().map(place).collect(),
                distinct.iter().map(|v| spell_number(*v)).collect::<Vec<_>>(),
            )
        }
        Column::Sparse(_) => return Err(Error::sparse("groups", by)),
    };
    if levels.len() > MOST {
        return Err(too_many(by));
    }
    Ok((codes, levels))
}

/// A column with more levels than groups can be told apart.
pub(super) fn too_many(by: &str) -> Error {
    Error::request(format!("column `{by}` has more than {MOST} levels: too many groups"))
        .column(by)
        .remedy("cut it into classes first")
}
