//! Chunks of rows joined in the order of the file, and the kind of each column decided on all of it.
//!
//! Whoever finishes the next chunk appends it at once, so memory holds the columns and the few chunks that came too early, never all
//! chunks beside the columns; for a stream not even the columns, which go on to its spool. Worker dictionaries are joined by their
//! fresh texts only.

use loglik_design::LineMap;
use loglik_expr::{Column, MISSING};

use super::parse::{Chunk, Kind, Met};
use crate::dictionary::Dictionary;
use crate::in_order::InOrder;
use crate::missing::Missing;
use crate::stream::{Extents, Filling, Kept, Stored};
use crate::{DataError, levels, number};

/// All rows so far of one column.
#[derive(Default)]
struct Collected {
    values: Vec<f64>,
    codes: Vec<u32>,
    texts: Dictionary,
    /// Code of the joined dictionary for each code of a worker \[workers\]\[..\].
    of_worker: Vec<Vec<u32>>,
    /// Rows that have each code, and the first of them \[codes\].
    sightings: Vec<(u64, u64)>,
    /// Where the rows lie that went to the spool.
    extents: Extents,
    numbers: u64,
    others: u64,
    first_other: Option<Met>,
    first_lossy: Option<Met>,
}

/// A column whose kind is decided on all of it.
pub(crate) struct Found {
    name: String,
    rows: Collected,
    kind: Decided,
    /// The first integer that f64 cannot hold.
    pub(crate) lossy: Option<Met>,
}

/// What a column turned out to be.
enum Decided {
    /// Numbers, read as such.
    Numbers,
    /// Levels and the place of each code among them \[codes\].
    Levels { order: Vec<u32>, levels: Vec<String> },
    /// Numbers that were read as texts: the number of each code \[codes\].
    Parsed(Vec<f64>),
    /// Read as numbers, but most of its cells are none: it must be read again as text.
    TextAfterAll,
}

/// The joined columns.
pub(crate) struct Collector<'a> {
    file: String,
    /// By wanted column.
    names: Vec<String>,
    kinds: Vec<Kind>,
    columns: Vec<Collected>,
    rows: u64,
    lines: LineMap,
    early: InOrder<Chunk>,
    spare: Vec<Chunk>,
    error: Option<DataError>,
    memory: Option<u64>,
    /// Where the rows of a stream go.
    spool: Option<&'a Filling>,
}

impl<'a> Collector<'a> {
    pub(crate) fn new(
        file: &str,
        names: Vec<String>,
        kinds: Vec<Kind>,
        first_line: u64,
        memory: Option<u64>,
        spool: Option<&'a Filling>,
    ) -> Self {
        let columns = names.iter().map(|_| Collected::default()).collect();
        let lines = LineMap::from_line(first_line);
        Self {
            file: file.to_owned(),
            names,
            kinds,
            columns,
            rows: 0,
            lines,
            early: InOrder::default(),
            spare: Vec::new(),
            error: None,
            memory,
            spool,
        }
    }

    /// Makes room for about `rows` rows, where they stay.
    pub(crate) fn reserve(&mut self, rows: usize) {
        if self.spool.is_some() {
            return;
        }
        for (column, kind) in self.columns.iter_mut().zip(&self.kinds) {
            match kind {
                Kind::Number => column.values.reserve_exact(rows),
                Kind::Text => column.codes.reserve_exact(rows),
                Kind::Skip => {}
            }
        }
    }

    pub(crate) fn rows(&self) -> u64 {
        self.rows
    }

    /// Whether reading on is pointless.
    pub(crate) fn failed(&self) -> bool {
        self.error.is_some()
    }

    /// A chunk to fill: an old one where there is one.
    pub(crate) fn spare(&mut self) -> Chunk {
        self.spare.pop().unwrap_or_default()
    }

    /// Takes a chunk; it is joined as soon as all before it are.
    pub(crate) fn add(&mut self, chunk: Chunk) {
        self.early.put(chunk.index, chunk);
        while let Some(chunk) = self.early.take() {
            if self.error.is_none() {
                self.join(&chunk);
            }
            self.spare.push(chunk);
        }
    }

    fn join(&mut self, chunk: &Chunk) {
        for ((into, from), kind) in self.columns.iter_mut().zip(&chunk.columns).zip(&self.kinds) {
            match kind {
                Kind::Number => into.values.extend_from_slice(&from.values),
                Kind::Text => join_codes(into, from, chunk.worker),
                Kind::Skip => {}
            }
            into.numbers += from.numbers;
            into.others += from.others;
            keep_first(&mut into.first_other, from.first_other.as_ref(), self.rows);
            keep_first(&mut into.first_lossy, from.first_lossy.as_ref(), self.rows);
        }
        for &(row, lines) in &chunk.extra_lines {
            self.lines.push(self.rows + row, lines);
        }
        if let Some(error) = &chunk.error {
            self.error = Some(error.clone().after_rows(self.rows));
        }
        self.rows += chunk.rows;
        if let Err(error) = self.pass_on().and_then(|()| self.check_memory()) {
            self.error.get_or_insert(error);
        }
    }

    /// Moves the rows of a stream to its spool.
    fn pass_on(&mut self) -> Result<(), DataError> {
        let Some(spool) = self.spool else { return Ok(()) };
        for (column, kind) in self.columns.iter_mut().zip(&self.kinds) {
            match kind {
                Kind::Number => column.extents.put_numbers(&mut column.values, spool)?,
                Kind::Text => {
                    column.count();
                    column.extents.put_codes(&mut column.codes, spool)?;
                }
                Kind::Skip => {}
            }
        }
        Ok(())
    }

    fn check_memory(&self) -> Result<(), DataError> {
        let Some(limit) = self.memory else { return Ok(()) };
        let bytes = |c: &Collected| (c.values.len() * 8 + c.codes.len() * 4) as u64 + c.texts.memory();
        let needed: u64 = self.columns.iter().map(bytes).sum();
        if needed <= limit {
            return Ok(());
        }
        let largest = (0..self.columns.len()).max_by_key(|&i| bytes(&self.columns[i]));
        let column = largest.map_or_else(String::new, |i| self.names[i].clone());
        Err(DataError::Memory { file: self.file.clone(), column, needed, limit })
    }

    /// Decides every column and gives them back, with the lines of the rows.
    ///
    /// # Errors
    /// What a chunk met, a row number of the file in it; else the first cell of the file that contradicts the kind of its column.
    pub(crate) fn finish(self, missing: &Missing) -> Result<(Vec<Found>, u64, LineMap), DataError> {
        if let Some(error) = self.error {
            return Err(error);
        }
        let mut decided = Vec::with_capacity(self.columns.len());
        let mut wrong: Option<DataError> = None;
        for ((column, kind), name) in self.columns.into_iter().zip(&self.kinds).zip(&self.names) {
            match column.decide(*kind, name, &self.lines, missing) {
                Ok(column) => decided.push(column),
                Err(error) if wrong.as_ref().is_none_or(|w| error.row() < w.row()) => wrong = Some(error),
                Err(_) => {}
            }
        }
        match wrong {
            Some(error) => Err(error),
            None => Ok((decided, self.rows, self.lines)),
        }
    }
}

fn join_codes(into: &mut Collected, from: &super::parse::Cells, worker: usize) {
    if into.of_worker.len() <= worker {
        into.of_worker.resize_with(worker + 1, Vec::new);
    }
    let map = &mut into.of_worker[worker];
    let (bytes, lengths) = &from.fresh;
    let mut start = 0;
    for &length in lengths {
        map.push(into.texts.code(&bytes[start..start + length]));
        start += length;
    }
    into.codes
        .extend(from.codes.iter().map(|&code| if code == MISSING { MISSING } else { map[code as usize] }));
}

fn keep_first(first: &mut Option<Met>, met: Option<&Met>, rows_before: u64) {
    if first.is_none() {
        *first = met.map(|met| Met { row: met.row + rows_before, ..met.clone() });
    }
}

impl Collected {
    /// Numeric if more than half of the cells that are not missing are numbers.
    fn decide(
        mut self,
        kind: Kind,
        name: &str,
        lines: &LineMap,
        missing: &Missing,
    ) -> Result<Found, DataError> {
        if kind == Kind::Text {
            return self.decide_texts(name, lines, missing);
        }
        let cells = self.numbers + self.others;
        let (name, lossy) = (name.to_owned(), self.first_lossy.take());
        if 2 * self.numbers <= cells && cells > 0 {
            return Ok(Found { name, rows: self, kind: Decided::TextAfterAll, lossy: None });
        }
        match self.first_other {
            Some(met) => Err(mismatch(&name, met.row, Some(met.line), met.value, (self.numbers, cells))),
            None => Ok(Found { name, rows: self, kind: Decided::Numbers, lossy }),
        }
    }

    /// Counts the codes that were not passed on yet.
    fn count(&mut self) {
        let before = self.extents.rows() as u64;
        self.sightings.resize(self.texts.len(), (0, u64::MAX));
        for (row, &code) in self.codes.iter().enumerate().filter(|(_, code)| **code != MISSING) {
            let (count, first) = &mut self.sightings[code as usize];
            *count += 1;
            *first = (*first).min(before + row as u64);
        }
    }

    fn decide_texts(mut self, name: &str, lines: &LineMap, missing: &Missing) -> Result<Found, DataError> {
        self.count();
        let values: Vec<Option<f64>> =
            (0..self.texts.len()).map(|code| number::whole(self.texts.text(code as u32))).collect();
        let of = |is: &dyn Fn(usize) -> bool| {
            (0..values.len()).filter(|code| is(*code)).map(|code| self.sightings[code].0).sum::<u64>()
        };
        let (cells, numbers) = (of(&|_| true), of(&|code| values[code].is_some()));
        if 2 * numbers <= cells {
            let levels = self.texts.levels();
            let (order, levels) = levels::order(levels);
            let kind = Decided::Levels { order, levels };
            return Ok(Found { name: name.to_owned(), rows: self, kind, lossy: None });
        }
        let first = |is: &dyn Fn(usize) -> bool| {
            let met = (0..values.len()).filter(|code| self.sightings[*code].0 > 0 && is(*code));
            met.min_by_key(|code| self.sightings[*code].1).map(|code| {
                let row = self.sightings[code].1;
                Met { row, line: lines.line(row).unwrap_or(0), value: self.texts.level(code as u32) }
            })
        };
        if let Some(other) = first(&|code| values[code].is_none()) {
            return Err(mismatch(name, other.row, lines.line(other.row), other.value, (numbers, cells)));
        }
        let loses =
            |code: usize| values[code].is_some_and(|v| number::loses_digits(self.texts.text(code as u32), v));
        let lossy = first(&loses);
        let number = |value: &Option<f64>| value.filter(|value| !missing.number(*value)).unwrap_or(f64::NAN);
        let kind = Decided::Parsed(values.iter().map(number).collect());
        Ok(Found { name: name.to_owned(), rows: self, kind, lossy })
    }
}

impl Found {
    /// Whether it must be read again as text.
    pub(crate) fn is_text_after_all(&self) -> bool {
        matches!(self.kind, Decided::TextAfterAll)
    }

    /// The column in memory; `None` where it must be read again.
    pub(crate) fn column(mut self) -> Option<Column> {
        match self.kind {
            Decided::Numbers => {
                self.rows.values.shrink_to_fit();
                Some(Column::Number(self.rows.values))
            }
            Decided::Levels { order, levels } => {
                let mut codes = self.rows.codes;
                codes.shrink_to_fit();
                codes.iter_mut().filter(|c| **c != MISSING).for_each(|c| *c = order[*c as usize]);
                Some(Column::Category { codes, levels: levels.into(), ordered: false })
            }
            Decided::Parsed(values) => {
                let number = |code: &u32| values.get(*code as usize).copied().unwrap_or(f64::NAN);
                Some(Column::Number(self.rows.codes.iter().map(number).collect()))
            }
            Decided::TextAfterAll => None,
        }
    }

    /// The column of a stream; `None` where it must be read again.
    pub(crate) fn stored(self) -> Option<Stored> {
        let kept = match self.kind {
            Decided::Numbers => Kept::Numbers,
            Decided::Levels { order, levels } => {
                Kept::Levels { order, levels: levels.into(), ordered: false }
            }
            Decided::Parsed(values) => Kept::Parsed(values),
            Decided::TextAfterAll => return None,
        };
        Some(Stored { name: self.name, extents: self.rows.extents, kept })
    }
}

fn mismatch(
    name: &str,
    row: u64,
    line: Option<u64>,
    value: String,
    (numbers, cells): (u64, u64),
) -> DataError {
    DataError::TypeMismatch { column: name.to_owned(), row: row + 1, line, value, numbers, cells }
}
