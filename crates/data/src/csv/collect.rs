//! Chunks of rows joined in the order of the file, and the kind of each column decided on all of it.
//!
//! Whoever finishes the next chunk appends it at once, so memory holds the columns and the few chunks that came too early, never all
//! chunks beside the columns. Worker dictionaries are joined by their fresh texts only.

use loglik_design::LineMap;
use loglik_expr::{Column, MISSING};

use super::parse::{Chunk, Kind, Met};
use crate::dictionary::Dictionary;
use crate::in_order::InOrder;
use crate::missing::Missing;
use crate::{DataError, levels, number};

/// All rows so far of one column.
#[derive(Default)]
struct Collected {
    values: Vec<f64>,
    codes: Vec<u32>,
    texts: Dictionary,
    /// Code of the joined dictionary for each code of a worker \[workers\]\[..\].
    of_worker: Vec<Vec<u32>>,
    numbers: u64,
    others: u64,
    first_other: Option<Met>,
    first_lossy: Option<Met>,
}

/// What a column turned out to be.
pub(crate) enum Decided {
    /// Finished.
    Column(Column, Option<Met>),
    /// Read as numbers, but most of its cells are none: it must be read again as text.
    TextAfterAll,
}

/// The joined columns.
pub(crate) struct Collector {
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
}

impl Collector {
    pub(crate) fn new(
        file: &str,
        names: Vec<String>,
        kinds: Vec<Kind>,
        first_line: u64,
        memory: Option<u64>,
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
        }
    }

    /// Makes room for about `rows` rows.
    pub(crate) fn reserve(&mut self, rows: usize) {
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
        if let Err(error) = self.check_memory() {
            self.error.get_or_insert(error);
        }
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
    pub(crate) fn finish(self, missing: &Missing) -> Result<(Vec<Decided>, u64, LineMap), DataError> {
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
    ) -> Result<Decided, DataError> {
        if kind == Kind::Text {
            return self.decide_texts(name, lines, missing);
        }
        let cells = self.numbers + self.others;
        if 2 * self.numbers <= cells && cells > 0 {
            return Ok(Decided::TextAfterAll);
        }
        match self.first_other {
            Some(met) => Err(mismatch(name, met.row, Some(met.line), met.value, (self.numbers, cells))),
            None => {
                self.values.shrink_to_fit();
                Ok(Decided::Column(Column::Number(self.values), self.first_lossy))
            }
        }
    }

    fn decide_texts(mut self, name: &str, lines: &LineMap, missing: &Missing) -> Result<Decided, DataError> {
        let count = self.texts.len();
        let values: Vec<Option<f64>> =
            (0..count).map(|code| number::whole(self.texts.text(code as u32))).collect();
        let (mut cells, mut numbers) = (0, 0);
        for &code in self.codes.iter().filter(|&&code| code != MISSING) {
            cells += 1;
            numbers += u64::from(values[code as usize].is_some());
        }
        if 2 * numbers <= cells {
            self.codes.shrink_to_fit();
            let levels = levels::arrange(self.texts.levels(), &mut self.codes);
            return Ok(Decided::Column(Column::Category { codes: self.codes, levels, ordered: false }, None));
        }
        let first_other = self.codes.iter().position(|&c| c != MISSING && values[c as usize].is_none());
        if let Some(row) = first_other {
            let value = self.texts.level(self.codes[row]);
            let row = row as u64;
            return Err(mismatch(name, row, lines.line(row), value, (numbers, cells)));
        }
        let number = |&code: &u32| match values.get(code as usize) {
            Some(&Some(value)) if !missing.number(value) => value,
            _ => f64::NAN,
        };
        let column = Column::Number(self.codes.iter().map(number).collect());
        Ok(Decided::Column(column, self.first_lossy(&values, lines)))
    }

    /// The first integer that f64 cannot hold, of a column that was read as text.
    fn first_lossy(&self, values: &[Option<f64>], lines: &LineMap) -> Option<Met> {
        let lossy = |&code: &u32| {
            code != MISSING
                && values[code as usize].is_some_and(|v| number::loses_digits(self.texts.text(code), v))
        };
        let row = self.codes.iter().position(lossy)?;
        let value = self.texts.level(self.codes[row]);
        Some(Met { row: row as u64, line: lines.line(row as u64).unwrap_or(0), value })
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
