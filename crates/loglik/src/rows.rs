//! Where a fit's chunks come from: memory, or a stream that is read again for every pass.
//!
//! A stream's part is the same consecutive used rows as in memory, filled by the same plan with the same
//! scalings, so every sum has the same bits. Which rows are used is one bit a row of the file.

use crate::clusters::{Clusters, Keys};
use crate::outcomes::Outcomes;
use crate::prepare::Prepared;
use crate::request::{Ready, Request, Typed};
use crate::response::Responses;
use crate::row_columns::OwnedColumns;
use crate::used_rows::{RowCounts, rows_kept};
use crate::{Error, Exit, FitSpec, weights};
use loglik_data::{DataError, Fingerprint, Fingerprinter, Stream};
use loglik_design::{
    Chunk, DesignError, Distinct, Frame, Halt, PART_ROWS, Pieces, Plan, RowColumns, Source, Standard, Table,
    TableSource, Wanted, each_in_order,
};
use loglik_likelihood::ResponseKind;
use std::ops::Range;
use std::sync::Arc;

/// The chunks of a fit.
pub(crate) enum Rows {
    Memory(Box<TableSource<'static>>),
    Stream(Box<StreamRows>),
}

impl Source for Rows {
    fn frame(&self) -> &Frame {
        match self {
            Self::Memory(source) => source.frame(),
            Self::Stream(source) => &source.frame,
        }
    }

    fn parts(&self) -> usize {
        match self {
            Self::Memory(source) => source.parts(),
            Self::Stream(source) => source.used.parts(),
        }
    }

    fn read(&self, part: usize, each: &mut dyn FnMut(&Chunk) -> Result<(), Halt>) -> Result<(), Halt> {
        let blocks = vec![true; self.frame().blocks.len()];
        self.read_some(part, &Wanted { blocks, every: 1 }, each)
    }

    fn read_some(
        &self,
        part: usize,
        wanted: &Wanted,
        each: &mut dyn FnMut(&Chunk) -> Result<(), Halt>,
    ) -> Result<(), Halt> {
        match self {
            Self::Memory(source) => source.read_some(part, wanted, each),
            Self::Stream(source) => source.read_some(part, wanted, each),
        }
    }
}

impl Rows {
    /// The distinct responses of rows that are nothing else to a model without covariates; `None` where there are many.
    pub(crate) fn distinct(&self, threads: usize) -> Option<Distinct> {
        match self {
            Self::Memory(source) => source.rows().distinct(source.frame().rows, threads),
            Self::Stream(source) => source.distinct.clone(),
        }
    }

    /// Whether rows have precisions of their own.
    pub(crate) fn has_precision(&self) -> bool {
        match self {
            Self::Memory(source) => source.rows().log_precision.is_some(),
            Self::Stream(source) => source.precision,
        }
    }

    /// The response of the first row.
    pub(crate) fn first_response(&self) -> Option<f64> {
        match self {
            Self::Memory(source) => source.rows().y.first()?.first().copied(),
            Self::Stream(source) => source.first,
        }
    }

    /// Columns of all rows beside the design, where they are in memory.
    pub(crate) fn columns(&self) -> Option<&RowColumns<'_>> {
        match self {
            Self::Memory(source) => Some(source.rows()),
            Self::Stream(_) => None,
        }
    }
}

/// The used rows of a stream, in parts.
#[derive(Clone)]
struct Used {
    stream: Arc<Stream>,
    /// Columns that are there.
    names: Vec<String>,
    /// One bit a row of the file, 64 to a word; absent where all rows are used.
    kept: Option<Arc<[u64]>>,
    /// The row of the file at which each part begins, and that behind the last     `[parts + 1]`
    starts: Arc<[usize]>,
    rows: usize,
    /// The first part.
    head: Table,
}

impl Used {
    /// Goes through the file once and marks the rows that are used.
    fn of(spec: &FitSpec, open: &[String], stream: Stream) -> Result<(Self, RowCounts), Error> {
        let total = stream.rows();
        let mut kept = vec![0_u64; total.div_ceil(64)];
        let (mut starts, mut rows, mut end) = (Vec::new(), 0, 0);
        let mut counts = RowCounts::default();
        for first in (0..total).step_by(PART_ROWS) {
            let piece = stream.table(first..total.min(first + PART_ROWS), None)?;
            let (piece, of_piece) = rows_kept(spec, open, &piece)?;
            counts.add(&of_piece);
            for row in (0..piece.rows()).map(|row| piece.file_row(row)) {
                if rows % PART_ROWS == 0 {
                    starts.push(row);
                }
                end = row + 1;
                kept[row / 64] |= 1 << (row % 64);
                rows += 1;
            }
        }
        counts.refuse_none(rows)?;
        starts.push(end);
        let kept = (rows < total).then(|| kept.into());
        let head = Table::from_columns(Vec::<(String, loglik_expr::Column)>::new())?;
        let names = stream.names().to_vec();
        let (stream, starts) = (Arc::new(stream), starts.into());
        let mut used = Self { stream, names, kept, starts, rows, head };
        used.head = used.part(0, None)?;
        Ok((used, counts))
    }

    /// The same rows without some columns.
    fn without(&self, columns: &[String]) -> Result<Self, Error> {
        let mut used = self.clone();
        used.names.retain(|name| !columns.contains(name));
        used.head = used.part(0, None)?;
        Ok(used)
    }

    fn parts(&self) -> usize {
        self.starts.len() - 1
    }

    /// The rows of the file that a part is, where it uses all of them.
    fn consecutive(&self, part: usize) -> Option<Range<usize>> {
        self.kept.is_none().then(|| self.starts[part]..self.starts[part + 1])
    }

    /// The used rows of one part.
    fn part(&self, part: usize, wanted: Option<&[String]>) -> Result<Table, DataError> {
        let range = self.starts[part]..self.starts[part + 1];
        let table = self.stream.table(range.clone(), Some(wanted.unwrap_or(&self.names)))?;
        let Some(kept) = &self.kept else { return Ok(table) };
        let keep: Vec<bool> = range.map(|row| kept[row / 64] >> (row % 64) & 1 == 1).collect();
        Ok(table.filter(&keep))
    }
}

impl Pieces for Used {
    fn names(&self) -> &[String] {
        &self.names
    }

    fn rows(&self) -> usize {
        self.rows
    }

    fn head(&self) -> &Table {
        &self.head
    }

    fn each(
        &self,
        wanted: &[&str],
        see: &mut dyn FnMut(&Table) -> Result<(), DesignError>,
    ) -> Result<(), DesignError> {
        let wanted: Vec<String> = wanted.iter().map(|name| (*name).to_owned()).collect();
        for part in 0..self.parts() {
            let table = self.part(part, Some(&wanted));
            see(&table.map_err(|error| DesignError::Unreadable(error.to_string()))?)?;
        }
        Ok(())
    }
}

/// The chunks of a stream, and all that filling them needs.
pub(crate) struct StreamRows {
    used: Used,
    /// What was counted when the rows were chosen.
    counts: RowCounts,
    spec: FitSpec,
    request: Request,
    keys: Keys,
    standard: Standard,
    frame: Frame,
    distinct: Option<Distinct>,
    /// Whether rows have precisions of their own.
    precision: bool,
    /// The response of the first row.
    first: Option<f64>,
}

impl StreamRows {
    /// Response and columns beside the design of some rows.
    fn read(&self, table: &Table) -> Result<(Responses, OwnedColumns), Error> {
        let responses = self.request.responses(&self.spec, table)?;
        Ok((responses, OwnedColumns::of(&self.spec, table, self.request.has_precision(&self.spec))?))
    }

    /// All columns beside the design of some rows.
    fn columns(&self, table: &Table) -> Result<RowColumns<'static>, Error> {
        let (responses, owned) = self.read(table)?;
        Ok(owned.beside(responses.y, &self.keys.codes(table)))
    }

    /// What is said of some rows.
    fn said(&self, table: &Table) -> Result<Said, Error> {
        let (responses, owned) = self.read(table)?;
        let (kind, n) = (self.request.likelihood().response, table.rows());
        let mut said = Said {
            no_events: responses.no_events,
            events: responses.info.events,
            grouped: responses.grouped(),
            weight_sum: owned.weights().map_or(n as f64, |weights| weights.iter().sum()),
            units: responses.units(kind, owned.weights(), 0..n),
            distinct: None,
            outcomes: None,
        };
        if kind == ResponseKind::Trials {
            said.outcomes = Outcomes::of(self.plan(), table, &responses.y, owned.weights());
        }
        let columns = owned.beside(responses.y, &self.keys.codes(table));
        said.distinct = Distinct::of(&columns, 0..n);
        Ok(said)
    }

    fn read_some(
        &self,
        part: usize,
        wanted: &Wanted,
        each: &mut dyn FnMut(&Chunk) -> Result<(), Halt>,
    ) -> Result<(), Halt> {
        let mut show = |table: &Table, first_row: usize, wanted: &Wanted| {
            let columns = self.columns(table).map_err(|error| Halt::Failed(error.message))?;
            self.plan().each_chunk((table, first_row), &columns, &self.standard, wanted, each)
        };
        let failed = |error: DataError| Halt::Failed(error.to_string());
        let Some(range) = self.used.consecutive(part).filter(|_| wanted.every > 1) else {
            return show(&self.used.part(part, None).map_err(failed)?, part * PART_ROWS, wanted);
        };
        // Of a sample only the rows of its chunks are read.
        let size = self.plan().chunk_rows();
        let all = Wanted { every: 1, ..wanted.clone() };
        for start in range.clone().step_by(size * wanted.every) {
            let rows = start..range.end.min(start + size);
            let first_row = part * PART_ROWS + start - range.start;
            show(&self.used.stream.table(rows, Some(&self.used.names)).map_err(failed)?, first_row, &all)?;
        }
        Ok(())
    }

    fn plan(&self) -> &Plan {
        &self.request.plan
    }

    /// Bytes of decoded columns in memory and on disk.
    pub(crate) fn size(&self) -> (u64, u64) {
        self.used.stream.size()
    }

    /// The row of the file (from 1) and its line, of a row used.
    pub(crate) fn place(&self, row: usize) -> (u64, Option<u64>) {
        match self.used.part(row / PART_ROWS, Some(&[])) {
            Ok(part) => (part.file_row(row % PART_ROWS) as u64 + 1, part.line(row % PART_ROWS)),
            Err(_) => (0, None),
        }
    }

    /// Refuses rows that are not in order of time.
    pub(crate) fn check_in_time(&self, name: &str) -> Result<(), Error> {
        weights::check_in_time(&self.used, name)
    }

    /// The fingerprint of these columns of the rows used.
    pub(crate) fn fingerprint(&self, columns: &[String]) -> Result<Fingerprint, Error> {
        let mut out = Fingerprinter::new(columns);
        for part in 0..self.used.parts() {
            out.add(&self.used.part(part, Some(columns))?);
        }
        Ok(out.finish())
    }

    /// Looks at every part once, so that a value that cannot be is an error with its place and no pass can fail later.
    ///
    /// Returns what is said of all rows; sums go part by part, in their order.
    fn check(&self, threads: usize) -> Result<Said, Error> {
        let look = |part: usize| {
            let table = self.used.part(part, None)?;
            let said = self.said(&table)?;
            let checked = self.plan().check_part(&table, &self.standard);
            checked.map_err(|error| Error::design(&error, &table)).map(|()| said)
        };
        let mut all: Option<Said> = None;
        each_in_order(self.used.parts(), threads, &look, &mut |said| {
            all = Some(match all.take() {
                Some(all) => all.and(&said),
                None => said,
            });
            Ok(())
        })?;
        all.ok_or_else(|| Error::data("empty_data", "no row is left to fit"))
    }

    /// The same rows, without some columns, made ready for another request.
    pub(crate) fn again(&self, spec: &FitSpec, without: &[String]) -> Result<Prepared, Error> {
        prepare_used(spec, Typed::of(spec)?, self.used.without(without)?, self.counts.clone())
    }
}

/// What is said of some rows.
#[derive(Clone, Debug)]
struct Said {
    no_events: bool,
    events: Option<usize>,
    grouped: bool,
    weight_sum: f64,
    units: f64,
    distinct: Option<Distinct>,
    outcomes: Option<Outcomes>,
}

impl Said {
    /// Of these rows and later ones.
    fn and(self, later: &Self) -> Self {
        Self {
            no_events: self.no_events && later.no_events,
            events: self.events.zip(later.events).map(|(a, b)| a + b),
            grouped: self.grouped || later.grouped,
            weight_sum: self.weight_sum + later.weight_sum,
            units: self.units + later.units,
            distinct: self.distinct.zip(later.distinct.as_ref()).and_then(|(a, b)| a.and(b)),
            outcomes: self.outcomes.zip(later.outcomes.as_ref()).map(|(a, b)| a.and(b)),
        }
    }
}

/// The error of something that looks at all rows at once.
pub(crate) fn all_at_once(what: &str) -> Error {
    let message = format!("{what} is not made over a stream: it looks at all rows at once");
    Error::new("memory_limit", Exit::Resources, message).remedy("leave out --memory")
}

/// Everything that a fit needs, from a spec and a stream.
pub(crate) fn prepare_stream(spec: &FitSpec, stream: Stream) -> Result<Prepared, Error> {
    let typed = Typed::of(spec)?;
    let (used, rows) = Used::of(spec, &typed.open_columns(), stream)?;
    prepare_used(spec, typed, used, rows)
}

/// The same from rows that are chosen.
fn prepare_used(spec: &FitSpec, typed: Typed, used: Used, mut rows: RowCounts) -> Result<Prepared, Error> {
    if let Some(name) = &spec.hac_order {
        weights::check_in_time(&used, name)?;
    }
    let request = Request::of(spec, typed, &used)?;
    let head = used.head.clone();
    let keys = Keys::of(&used, &spec.cluster)?;
    let owned = OwnedColumns::of(spec, &head, request.has_precision(spec))?;
    let head_keys = keys.codes(&head);
    let mut responses = request.responses(spec, &head)?;
    let (layout, standard) = request.layout(spec, &head)?;
    let columns = owned.beside(std::mem::take(&mut responses.y), &head_keys);
    let offsets = request.plan.offset_columns(&columns);
    let frame = request.plan.frame(&columns, used.rows);
    let mut source = StreamRows {
        used,
        counts: rows.clone(),
        spec: spec.clone(),
        request: request.clone(),
        keys,
        standard: standard.clone(),
        frame,
        distinct: None,
        precision: columns.log_precision.is_some(),
        first: columns.y.first().and_then(|y| y.first().copied()),
    };
    let said = source.check(spec.threads())?;
    responses.no_events = said.no_events;
    responses.info.events = said.events;
    responses.trials_differ = said.grouped;
    (rows.weight_sum, rows.units, source.distinct) = (said.weight_sum, said.units, said.distinct);
    let clusters = Clusters::of_stream(&spec.cluster);
    let source = Rows::Stream(Box::new(source));
    let data = Ready { table: head, source, rows, responses, clusters, outcomes: said.outcomes };
    Ok(request.finish(data, layout, &standard, &offsets))
}
