//! An evaluation of more rows than memory holds: two classes and one score, part by part.
//!
//! The scores go to bins (`decide::BinTally`) that are as narrow as their number allows, so every curve and area comes
//! from the same code as in memory; while there are few enough distinct scores nothing is rounded. Counts at the
//! threshold are always exact. An outcome without a model is read once before, for which values it has.

use super::binary::{note, turned};
use super::evaluation::{EvaluateSpec, Evaluation, Findings, assemble};
use super::judged::{Judged, ThresholdUsed};
use super::outcome::{Labels, outcome_of_values};
use super::rows::{RowsUsed, ScoredRows, outcome_column};
use crate::rows::all_at_once;
use crate::{Error, ModelFile};
use loglik_data::Stream;
use loglik_decide::BinTally;
use loglik_decide::confusion::Confusion;
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
struct Asked<'a> {
    spec: &'a EvaluateSpec,
    model: Option<&'a ModelFile>,
    columns: Vec<String>,
    /// The values of the outcome and the event among them, where no model knows them.
    values: Option<(Vec<String>, String)>,
    threshold: ThresholdUsed,
    /// Most bins.
    limit: usize,
}

/// What parts come to.
struct Sums {
    /// The first rows, whose outcome and names stand for all.
    first: Option<ScoredRows>,
    used: RowsUsed,
    tally: BinTally,
    confusion: Confusion,
}

/// Evaluates two classes by one score.
pub(crate) fn of_stream(
    spec: &EvaluateSpec,
    model: Option<&ModelFile>,
    stream: &Stream,
) -> Result<Evaluation, Error> {
    let asked = Asked::of(spec, model, stream)?;
    let Sums { first, used, tally, confusion } = over_parts(&asked, stream)?;
    used.refuse(spec.rows.missing)?;
    let (Some(mut rows), Some(range)) = (first, tally.range()) else {
        return Err(Error::data("empty_data", "no row is left to evaluate"));
    };
    rows.used = used;
    let (levels, threshold, direction) = (&tally.levels(), asked.threshold, rows.direction);
    let judged = Judged { levels, rows: None, range, direction, threshold, confusion };
    let (found, notes) = judged.all(spec)?;
    let mut out = assemble(spec, &rows, Findings::Binary(Box::new(found)))?;
    let (bins, score_error) = (tally.bins(), tally.score_error());
    let binned = Binned { bins, auc_error: tally.auc_error().ok(), score_error };
    out.notes.extend(rows.used.note());
    out.notes.extend(notes);
    if score_error > 0.0 {
        let area = binned.auc_error.map_or(String::new(), |error| {
            format!("; the AUC lies within {error:.1e} of that of the scores themselves")
        });
        let message = format!("scores within {score_error:.1e} of each other may count as ties{area}");
        out.notes.push(note("binned_scores", message));
    }
    out.binned = Some(binned);
    Ok(out)
}

impl<'a> Asked<'a> {
    fn of(spec: &'a EvaluateSpec, model: Option<&'a ModelFile>, stream: &Stream) -> Result<Self, Error> {
        let refused = [
            (spec.rows.scores.len() > 1, "a comparison of scores"),
            (spec.rows.folds.is_some(), "--cv"),
            (!spec.rows.by.is_empty(), "--by"),
            (spec.rows.prevalence.is_some(), "--prevalence"),
        ];
        if let Some((_, what)) = refused.into_iter().find(|(asked, _)| *asked) {
            return Err(all_at_once(what));
        }
        let columns = match model {
            Some(model) => spec.rows.model_columns(model, stream.names())?,
            None => spec.rows.judged_columns(stream.names())?.1,
        };
        let values = if model.is_some() { None } else { Some(values(spec, &columns, stream)?) };
        let threshold = ThresholdUsed::of(spec, model.and_then(ModelFile::threshold));
        let memory = spec.memory.unwrap_or(MEMORY) as usize;
        let limit = (memory / BinTally::BYTES).clamp(FEWEST_BINS, MOST_BINS);
        Ok(Self { spec, model, columns, values, threshold, limit })
    }

    /// Sums of some rows of the file.
    fn sums(&self, rows: &Table) -> Result<Sums, Error> {
        let spec = self.spec;
        let (kept, used) = spec.rows.kept(rows, &self.columns)?;
        let tally = BinTally::new(self.limit, spec.rows.row_kind());
        let mut sums = Sums { first: None, used, tally, confusion: Confusion::default() };
        if kept.rows() == 0 {
            return Ok(sums);
        }
        let kept = (kept, sums.used.clone());
        let rows = match (self.model, &self.values) {
            (Some(model), _) => spec.rows.scored_by_model(model, kept)?,
            (None, values) => {
                let (levels, event) = values.as_ref().map(|(l, e)| (l.as_slice(), e.as_str())).unzip();
                spec.rows.scored_by_columns(kept, event, levels)?
            }
        };
        let Labels::Two(y) = &rows.labels else { return Err(two_classes_only()) };
        let data = rows.scored(y, 0)?;
        sums.tally = BinTally::of(self.limit, &data);
        sums.confusion = Confusion::at(&data, turned(rows.direction, self.threshold.value), spec.ties)?;
        sums.used = rows.used.clone();
        sums.first = Some(rows.filter(&vec![false; rows.table.rows()]));
        Ok(sums)
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

/// Sums of all parts, some at a time, put together in their order.
fn over_parts(asked: &Asked<'_>, stream: &Stream) -> Result<Sums, Error> {
    let parts: Vec<usize> = (0..stream.rows().div_ceil(PART_ROWS).max(1)).collect();
    let mut total: Option<Sums> = None;
    for some in parts.chunks(asked.spec.threads().max(1)) {
        let found: Vec<Result<Sums, Error>> = std::thread::scope(|scope| {
            let one = |part: usize| asked.sums(&table(stream, part)?);
            let running: Vec<_> = some.iter().map(|part| scope.spawn(move || one(*part))).collect();
            running.into_iter().map(|part| part.join().expect("a part that fails says so")).collect()
        });
        for sums in found {
            let sums = sums?;
            match &mut total {
                None => total = Some(sums),
                Some(total) => total.add(sums),
            }
        }
    }
    total.ok_or_else(|| Error::data("empty_data", "there is no row to evaluate"))
}

impl Sums {
    fn add(&mut self, later: Self) {
        self.used.add(&later.used);
        self.tally.merge(later.tally);
        let (mine, theirs) = (&mut self.confusion, later.confusion);
        mine.tp += theirs.tp;
        mine.fp += theirs.fp;
        mine.missed += theirs.missed;
        mine.tn += theirs.tn;
        if self.first.is_none() {
            self.first = later.first;
        }
    }
}

/// The values of the outcome in all rows used, and the event among them.
fn values(spec: &EvaluateSpec, columns: &[String], stream: &Stream) -> Result<(Vec<String>, String), Error> {
    let text = spec.rows.outcome.as_deref().unwrap_or_default();
    let (mut numbers, mut levels): (Vec<f64>, Vec<(String, bool)>) = (Vec::new(), Vec::new());
    let mut used = RowsUsed::default();
    for part in 0..stream.rows().div_ceil(PART_ROWS) {
        let (kept, of_part) = spec.rows.kept(&table(stream, part)?, columns)?;
        used.add(&of_part);
        match outcome_column(text, &kept)? {
            Column::Number(values) => {
                for value in values.into_iter().filter(|v| !v.is_nan()) {
                    if let Err(place) = numbers.binary_search_by(|n| n.total_cmp(&(value + 0.0))) {
                        numbers.insert(place, value + 0.0);
                    }
                    if numbers.len() > MOST_VALUES {
                        return Err(two_classes_only());
                    }
                }
            }
            Column::Sparse(_) => return Err(Error::sparse("the outcome", text)),
            Column::Category { codes, levels: all, .. } => {
                if levels.is_empty() {
                    levels = all.iter().map(|level| (level.clone(), false)).collect();
                }
                codes
                    .iter()
                    .filter(|code| **code != MISSING)
                    .for_each(|code| levels[*code as usize].1 = true);
            }
        }
    }
    used.refuse(spec.rows.missing)?;
    let seen = levels.into_iter().filter(|(_, seen)| *seen).map(|(level, _)| level);
    let values: Vec<String> = numbers.iter().map(|v| spell_number(*v)).chain(seen).collect();
    outcome_of_values(text, values, spec.rows.event.as_deref())?.ok_or_else(two_classes_only)
}
