//! Rows of a stream as sums: two classes and one score, part by part, for all rows and by group.
//!
//! The scores go to bins (`decide::BinTally`) that are as narrow as their number allows, so every curve, area and
//! threshold comes from the same code as in memory; while there are few enough distinct scores nothing is rounded.
//! Counts at a threshold that is known before are always exact. What the parts must know of each other, the values of an
//! outcome without a model and the levels of groups, is read once before.

use super::binary::{note, turned};
use super::groups;
use super::outcome::{Labels, outcome_of_values};
use super::rows::{CaseControl, RowsSpec, RowsUsed, ScoredRows, outcome_column};
use crate::rows::all_at_once;
use crate::{Error, ModelFile, Note};
use loglik_data::Stream;
use loglik_decide::BinTally;
use loglik_decide::confusion::{Confusion, Flag};
use loglik_decide::recalibrate::Recalibration;
use loglik_design::{PART_ROWS, Table};
use loglik_expr::{Column, MISSING, spell_number};
use serde::Serialize;

/// Most bins: more say nothing that an interval would not hide.
const MOST_BINS: usize = 1 << 18;

/// Fewest: fewer would be too coarse to be worth reading.
const FEWEST_BINS: usize = 1 << 10;

/// Bytes for them where nothing is said.
const MEMORY: u64 = 64_000_000;

/// Values of an outcome that are told apart, at most.
const MOST_VALUES: usize = 1_000;

/// How far scores were rounded.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Binned {
    /// Bins that hold rows.
    pub bins: usize,
    /// Bound on |AUC - that of the scores themselves|; null with one class.
    pub auc_error: Option<f64>,
    /// No score was moved by more than this; 0 where every distinct score has a bin of its own.
    pub score_error: f64,
}

/// What every part is asked.
pub(super) struct Asked<'a> {
    rows: &'a RowsSpec,
    model: Option<&'a ModelFile>,
    columns: Vec<String>,
    /// The values of the outcome and the event among them, where no model knows them.
    values: Option<(Vec<String>, String)>,
    /// The levels of each group column.
    pub(super) levels: Vec<Vec<String>>,
    /// Rows are counted beyond this threshold.
    cut: (f64, Flag),
    /// How scores are brought to what happened before they are binned, and how classes are weighed.
    pub(super) recalibrated: Option<(Recalibration, Option<CaseControl>)>,
    /// Most bins of all rows, and of each group.
    limit: usize,
    threads: usize,
}

/// Scores and counts of some rows.
pub(super) struct Cell {
    pub(super) n: usize,
    pub(super) tally: BinTally,
    pub(super) confusion: Confusion,
}

/// What the parts come to.
pub(super) struct Sums {
    /// The rows without any, whose outcome and names stand for all.
    pub(super) rows: ScoredRows,
    pub(super) all: Cell,
    /// Smallest and largest score, as they are compared.
    pub(super) range: (f64, f64),
    /// Levels of the first group column, then those of the next.
    pub(super) groups: Vec<Cell>,
}

/// What one part, or several, come to.
struct Part {
    first: Option<ScoredRows>,
    used: RowsUsed,
    cells: Vec<Cell>,
}

impl<'a> Asked<'a> {
    /// * `memory` bytes that bins may take
    /// * `cut`    a threshold, on the scale of the scores that came in, and which way a score at it goes
    pub(super) fn of(
        rows: &'a RowsSpec,
        model: Option<&'a ModelFile>,
        stream: &Stream,
        (memory, threads): (Option<u64>, usize),
        cut: (f64, Flag),
    ) -> Result<Self, Error> {
        let refused = [(rows.scores.len() > 1, "a comparison of scores"), (rows.folds.is_some(), "--cv")];
        if let Some((_, what)) = refused.into_iter().find(|(asked, _)| *asked) {
            return Err(all_at_once(what));
        }
        let columns = match model {
            Some(model) => rows.model_columns(model, stream.names())?,
            None => rows.judged_columns(stream.names())?.1,
        };
        let levels = rows
            .by
            .iter()
            .map(|by| {
                let column = |table: &Table| {
                    table
                        .column(by)
                        .cloned()
                        .ok_or_else(|| Error::unknown_column("groups", by, table.names()))
                };
                let found = distinct(rows, (&columns, by), stream, column, groups::MOST)?;
                found.ok_or_else(|| groups::too_many(by))
            })
            .collect::<Result<Vec<_>, Error>>()?;
        let values = if model.is_some() { None } else { Some(values(rows, &columns, stream)?) };
        let cells = 1 + levels.iter().map(Vec::len).sum::<usize>();
        let memory = memory.unwrap_or(MEMORY) as usize / cells;
        let limit = (memory / BinTally::BYTES).clamp(FEWEST_BINS, MOST_BINS);
        let cut = (turned(rows.direction, cut.0), cut.1);
        let threads = threads.max(1);
        Ok(Self { rows, model, columns, values, levels, cut, recalibrated: None, limit, threads })
    }

    /// Sums of the whole stream.
    pub(super) fn sums(&self, stream: &Stream) -> Result<Sums, Error> {
        let Part { first, used, cells } = self.over_parts(stream)?;
        used.refuse(self.rows.missing)?;
        let mut cells = cells.into_iter();
        let (Some(mut rows), Some(all)) = (first, cells.next()) else {
            return Err(Error::data("empty_data", "no row is left to evaluate"));
        };
        let range = all.tally.range();
        let range = range.ok_or_else(|| Error::data("empty_data", "no row is left to evaluate"))?;
        rows.used = used;
        Ok(Sums { rows, all, range, groups: cells.collect() })
    }

    /// Sums of all parts, some at a time, put together in their order.
    fn over_parts(&self, stream: &Stream) -> Result<Part, Error> {
        let parts: Vec<usize> = (0..stream.rows().div_ceil(PART_ROWS).max(1)).collect();
        let mut total = self.nothing();
        for some in parts.chunks(self.threads) {
            let found: Vec<Result<Part, Error>> = std::thread::scope(|scope| {
                let one = |part: usize| self.part(&table(stream, part)?);
                let running: Vec<_> = some.iter().map(|part| scope.spawn(move || one(*part))).collect();
                running.into_iter().map(|part| part.join().expect("a part that fails says so")).collect()
            });
            found.into_iter().try_for_each(|part| part.map(|part| total.add(part)))?;
        }
        Ok(total)
    }

    fn nothing(&self) -> Part {
        let cell = |_| Cell {
            n: 0,
            tally: BinTally::new(self.limit, self.rows.row_kind()),
            confusion: Confusion::default(),
        };
        let groups = self.levels.iter().map(Vec::len).sum::<usize>();
        Part { first: None, used: RowsUsed::default(), cells: (0..=groups).map(cell).collect() }
    }

    /// Sums of some rows of the file.
    fn part(&self, rows: &Table) -> Result<Part, Error> {
        let (kept, used) = self.rows.kept(rows, &self.columns)?;
        let mut part = self.nothing();
        if kept.rows() == 0 {
            part.used = used;
            return Ok(part);
        }
        let kept = (kept, used);
        let mut rows = match (self.model, &self.values) {
            (Some(model), _) => self.rows.scored_by_model(model, kept)?,
            (None, values) => {
                let (levels, event) = values.as_ref().map(|(l, e)| (l.as_slice(), e.as_str())).unzip();
                self.rows.scored_by_columns(kept, event, levels)?
            }
        };
        if let Some((map, shares)) = &self.recalibrated {
            rows.scores[0].iter_mut().for_each(|p| *p = map.apply(*p));
            if let Some(shares) = shares {
                rows.weigh(shares);
            }
        }
        part.cells[0] = self.cell(&rows)?;
        let mut before = 1;
        for (by, all) in self.rows.by.iter().zip(&self.levels) {
            let (codes, here) = groups::codes(&rows.table, by)?;
            for (code, level) in here.iter().enumerate() {
                let at = all.iter().position(|l| l == level).expect("every level was read before");
                let keep: Vec<bool> = codes.iter().map(|c| *c == code).collect();
                part.cells[before + at] = self.cell(&rows.filter(&keep))?;
            }
            before += all.len();
        }
        part.used = rows.used.clone();
        part.first = Some(rows.filter(&vec![false; rows.table.rows()]));
        Ok(part)
    }

    fn cell(&self, rows: &ScoredRows) -> Result<Cell, Error> {
        let Labels::Two(y) = &rows.labels else { return Err(two_classes_only()) };
        let data = rows.scored(y, 0)?;
        let confusion = Confusion::at(&data, self.cut.0, self.cut.1)?;
        Ok(Cell { n: rows.table.rows(), tally: BinTally::of(self.limit, &data), confusion })
    }
}

impl Part {
    fn add(&mut self, later: Self) {
        self.used.add(&later.used);
        self.cells.iter_mut().zip(later.cells).for_each(|(cell, later)| cell.add(later));
        if self.first.is_none() {
            self.first = later.first;
        }
    }
}

impl Cell {
    fn add(&mut self, later: Self) {
        self.n += later.n;
        self.tally.merge(later.tally);
        let (mine, theirs) = (&mut self.confusion, later.confusion);
        mine.tp += theirs.tp;
        mine.fp += theirs.fp;
        mine.missed += theirs.missed;
        mine.tn += theirs.tn;
    }

    pub(super) fn binned(&self) -> Binned {
        let tally = &self.tally;
        Binned { bins: tally.bins(), auc_error: tally.auc_error().ok(), score_error: tally.score_error() }
    }
}

impl Binned {
    /// What was rounded, where anything was.
    pub(super) fn note(&self) -> Option<Note> {
        let area = self.auc_error.map_or(String::new(), |error| {
            format!("; the AUC lies within {error:.1e} of that of the scores themselves")
        });
        let message = format!("scores within {:.1e} of each other may count as ties{area}", self.score_error);
        (self.score_error > 0.0).then(|| note("binned_scores", message))
    }
}

fn two_classes_only() -> Error {
    all_at_once("an evaluation of anything but two classes")
}

/// The rows of one part of the file.
fn table(stream: &Stream, part: usize) -> Result<Table, Error> {
    let first = part * PART_ROWS;
    Ok(stream.table(first..stream.rows().min(first + PART_ROWS), None)?)
}

/// The values of the outcome in all rows used, and the event among them.
fn values(rows: &RowsSpec, columns: &[String], stream: &Stream) -> Result<(Vec<String>, String), Error> {
    let text = rows.outcome.as_deref().unwrap_or_default();
    let found = distinct(rows, (columns, text), stream, |kept| outcome_column(text, kept), MOST_VALUES)?;
    let values = found.ok_or_else(two_classes_only)?;
    outcome_of_values(text, values, rows.event.as_deref())?.ok_or_else(two_classes_only)
}

/// The values of a column in all rows used, numbers rising, words in their order; none where there are more than `most`.
fn distinct(
    rows: &RowsSpec,
    (columns, name): (&[String], &str),
    stream: &Stream,
    column: impl Fn(&Table) -> Result<Column, Error>,
    most: usize,
) -> Result<Option<Vec<String>>, Error> {
    let (mut numbers, mut levels): (Vec<f64>, Vec<(String, bool)>) = (Vec::new(), Vec::new());
    let mut used = RowsUsed::default();
    for part in 0..stream.rows().div_ceil(PART_ROWS) {
        let (kept, of_part) = rows.kept(&table(stream, part)?, columns)?;
        used.add(&of_part);
        match column(&kept)? {
            Column::Number(values) => {
                for value in values.into_iter().filter(|v| !v.is_nan()) {
                    if let Err(place) = numbers.binary_search_by(|n| n.total_cmp(&(value + 0.0))) {
                        numbers.insert(place, value + 0.0);
                    }
                    if numbers.len() > most {
                        return Ok(None);
                    }
                }
            }
            Column::Sparse(_) => return Err(Error::sparse("groups and outcomes", name)),
            Column::Category { codes, levels: all, .. } => {
                if levels.is_empty() {
                    levels = all.iter().map(|level| (level.clone(), false)).collect();
                }
                let seen = codes.iter().filter(|code| **code != MISSING);
                seen.for_each(|code| levels[*code as usize].1 = true);
            }
        }
    }
    used.refuse(rows.missing)?;
    let seen = levels.into_iter().filter(|(_, seen)| *seen).map(|(level, _)| level);
    let values: Vec<String> = numbers.iter().map(|v| spell_number(*v)).chain(seen).collect();
    Ok((values.len() <= most).then_some(values))
}
