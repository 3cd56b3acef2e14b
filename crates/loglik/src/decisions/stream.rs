//! An evaluation of more rows than memory holds, from their sums (`binned`).

use super::binary::Binary;
use super::binned::{Asked, Cell, Sums};
use super::evaluation::{EvaluateSpec, Evaluation, Findings, assemble};
use super::groups::Group;
use super::judged::{Judged, ThresholdUsed};
use super::rows::CaseControl;
use crate::{Error, ModelFile, Note};
use loglik_data::Stream;
use loglik_decide::confusion::Confusion;
use loglik_decide::{LevelList, Levels, delong_test};

/// Evaluates two classes by one score.
pub(crate) fn of_stream(
    spec: &EvaluateSpec,
    model: Option<&ModelFile>,
    stream: &Stream,
) -> Result<Evaluation, Error> {
    let threshold = ThresholdUsed::of(spec, model.and_then(ModelFile::threshold));
    let within = (spec.memory, spec.threads());
    let asked = Asked::of(&spec.rows, model, stream, within, (threshold.value, spec.ties))?;
    let sums = asked.sums(stream)?;
    let totals = sums.all.tally.levels().totals();
    let weighed = spec.rows.prevalence.map(|to| CaseControl::at(to, totals.cases, totals.total()));
    let weighed = weighed.transpose()?;
    let judge = Judge { spec, sums: &sums, weighed: weighed.as_ref(), threshold };
    let (found, notes) = judge.cell(&sums.all, sums.range)?;
    let mut out = assemble(spec, &sums.rows, Findings::Binary(Box::new(found)))?;
    let binned = sums.all.binned();
    out.notes.extend(sums.rows.used.note());
    out.notes.extend(weighed.as_ref().map(|weighed| weighed.note.clone()));
    out.notes.extend(notes);
    out.notes.extend(binned.note());
    out.binned = Some(binned);
    let mut cells = sums.groups.iter();
    for (by, levels) in spec.rows.by.iter().zip(&asked.levels) {
        out.groups.extend(judge.groups(by, levels.iter().zip(cells.by_ref().take(levels.len())))?);
    }
    Ok(out)
}

/// How every cell is judged.
struct Judge<'a> {
    spec: &'a EvaluateSpec,
    sums: &'a Sums,
    weighed: Option<&'a CaseControl>,
    threshold: ThresholdUsed,
}

impl Judge<'_> {
    fn levels(&self, cell: &Cell) -> LevelList {
        let levels = cell.tally.levels();
        match self.weighed {
            Some(weighed) => levels.weighed(weighed.case, weighed.control),
            None => levels,
        }
    }

    fn cell(&self, cell: &Cell, range: (f64, f64)) -> Result<(Binary, Vec<Note>), Error> {
        let (case, control) = self.weighed.map_or((1.0, 1.0), |weighed| (weighed.case, weighed.control));
        let Confusion { tp, fp, missed, tn } = cell.confusion;
        let confusion =
            Confusion { tp: case * tp, fp: control * fp, missed: case * missed, tn: control * tn };
        let (levels, direction) = (&self.levels(cell), self.sums.rows.direction);
        let judged = Judged { levels, rows: None, range, direction, threshold: self.threshold, confusion };
        judged.all(self.spec)
    }

    /// The levels of one column, each area against that of the first level that has one.
    fn groups<'c>(
        &self,
        by: &str,
        cells: impl Iterator<Item = (&'c String, &'c Cell)>,
    ) -> Result<Vec<Group>, Error> {
        let (mut out, mut first) = (Vec::new(), None);
        for (level, cell) in cells {
            // A level is one of the rows used.
            let Some(range) = cell.tally.range() else { continue };
            let (found, _) = self.cell(cell, range)?;
            let (levels, has_area) = (self.levels(cell), found.auc.is_some());
            let test = match &first {
                Some(first) if has_area => delong_test::unpaired_levels(first, &levels, self.spec.level).ok(),
                _ => None,
            };
            let figures = Findings::Binary(Box::new(found)).figures(self.spec.level);
            let group = Group::of((by, level), (cell.n, figures), test.as_ref());
            out.push(Group { binned: Some(cell.binned()), ..group });
            if first.is_none() && has_area {
                first = Some(levels);
            }
        }
        Ok(out)
    }
}
