//! Parquet: only the wanted columns, one task for each column of each row group.
//!
//! Columns of a row group are stored apart, so tasks share nothing but the list of what is left to do; their results are joined in the
//! order of the file. Texts are asked for as dictionaries, which is what most files hold. The footer is checked before it is believed.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use arrow_schema::{DataType, Field, Schema, SchemaRef};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
};
use parquet::file::reader::ChunkReader;

use super::Place;
use super::gather::Gather;
use super::guard::{corrupt, guarded};
use crate::DataError;
use crate::in_order::InOrder;
use crate::missing::Missing;
use crate::stream::{Extents, Filling, Stored};

const FORMAT: &str = "Parquet";
/// Rows decoded at once.
const BATCH: usize = 65_536;
/// Compressed bytes below which other threads cost more than they bring.
const SMALL: i64 = 4 << 20;
/// Magic, footer length, magic.
const SHORTEST: u64 = 12;

/// A column of a stream, and the first integer of it that f64 cannot hold.
pub(crate) type Noted = (Stored, Option<(usize, String)>);

/// A Parquet file whose footer has been read.
#[derive(Debug, Clone)]
pub(crate) struct Parquet {
    file: String,
    place: Place,
    metadata: ArrowReaderMetadata,
    /// Fields as the file declares them.
    schema: SchemaRef,
    pub(crate) names: Vec<String>,
}

impl Parquet {
    pub(crate) fn open(file: &str, place: Place) -> Result<Self, DataError> {
        match &place {
            Place::File(input) => {
                let mut handle = input.file()?;
                let size = handle.metadata().map_or(0, |m| m.len());
                let mut tail = [0; 8];
                if size >= SHORTEST {
                    handle
                        .seek(SeekFrom::End(-8))
                        .and_then(|_| handle.read_exact(&mut tail))
                        .map_err(|e| crate::input::unreadable(file, &e))?;
                }
                check_tail(file, size, tail)?;
            }
            Place::Memory(bytes) => {
                let tail = bytes.last_chunk::<8>().copied().unwrap_or_default();
                check_tail(file, bytes.len() as u64, tail)?;
            }
        }
        guarded(file, FORMAT, || Self::load(file, place))
    }

    fn load(file: &str, place: Place) -> Result<Self, DataError> {
        let options = ArrowReaderOptions::new();
        let loaded = match &place {
            Place::File(input) => ArrowReaderMetadata::load(&input.file()?, options),
            Place::Memory(bytes) => ArrowReaderMetadata::load(bytes, options),
        };
        let loaded = loaded.map_err(|e| corrupt(file, FORMAT, e))?;
        let schema = Arc::clone(loaded.schema());
        let fields: Vec<Field> = schema.fields().iter().map(|field| asked_for(field)).collect();
        let options = ArrowReaderOptions::new()
            .with_schema(Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone())));
        let metadata = ArrowReaderMetadata::try_new(Arc::clone(loaded.metadata()), options)
            .map_err(|e| corrupt(file, FORMAT, e))?;
        let names: Vec<String> = schema.fields().iter().map(|field| field.name().clone()).collect();
        crate::names::refuse_duplicates(file, &names)?;
        Ok(Self { file: file.to_owned(), place, metadata, schema, names })
    }

    /// Rows as the footer declares them.
    pub(crate) fn rows(&self) -> usize {
        (0..self.groups()).map(|group| self.group_rows(group)).sum()
    }

    fn groups(&self) -> usize {
        self.metadata.metadata().num_row_groups()
    }

    fn group_rows(&self, group: usize) -> usize {
        usize::try_from(self.metadata.metadata().row_group(group).num_rows()).unwrap_or(0)
    }

    /// Reads columns at these places, in threads where it pays.
    pub(crate) fn read(
        &self,
        places: &[usize],
        missing: &Missing,
        threads: usize,
        memory: Option<u64>,
    ) -> Result<Vec<Gather>, DataError> {
        let empty = places.iter().map(|&place| self.gather(place)).collect::<Result<Vec<_>, _>>()?;
        let tasks = places.len() * self.groups();
        let threads = if self.compressed(places) < SMALL { 1 } else { threads.min(tasks).max(1) };
        let job = Job {
            parquet: self,
            places,
            missing,
            tasks,
            next: AtomicUsize::new(0),
            joined: Mutex::new(empty.into_iter().map(|gather| (gather, InOrder::default())).collect()),
            failed: Mutex::new(None),
            memory,
        };
        if threads == 1 {
            job.work();
        } else {
            std::thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(|| job.work()))));
        }
        if let Some(error) = job.failed.into_inner().unwrap_or_else(PoisonError::into_inner) {
            return Err(error);
        }
        let joined = job.joined.into_inner().unwrap_or_else(PoisonError::into_inner);
        let columns: Vec<Gather> = joined.into_iter().map(|(gather, _)| gather).collect();
        if columns.iter().any(|column| column.rows() != self.rows()) {
            return Err(corrupt(&self.file, FORMAT, "a column has fewer rows than the footer says"));
        }
        Ok(columns)
    }

    /// Reads columns into the spool of a stream, a thread a column, a batch of rows at a time.
    pub(crate) fn spool(
        &self,
        places: &[usize],
        missing: &Missing,
        threads: usize,
        spool: &Filling,
    ) -> Result<Vec<Noted>, DataError> {
        let next = AtomicUsize::new(0);
        let done: Mutex<Vec<(usize, Result<Noted, DataError>)>> = Mutex::new(Vec::new());
        let work = || {
            loop {
                let i = next.fetch_add(1, Ordering::Relaxed);
                let Some(&place) = places.get(i) else { return };
                let column = self.spool_column(place, missing, spool);
                if column.is_err() {
                    next.store(places.len(), Ordering::Relaxed);
                }
                done.lock().unwrap_or_else(PoisonError::into_inner).push((i, column));
            }
        };
        std::thread::scope(|scope| {
            (1..threads.min(places.len())).for_each(|_| drop(scope.spawn(work)));
            work();
        });
        let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
        done.sort_by_key(|(i, _)| *i);
        done.into_iter().map(|(_, column)| column).collect()
    }

    fn spool_column(&self, place: usize, missing: &Missing, spool: &Filling) -> Result<Noted, DataError> {
        guarded(&self.file, FORMAT, || {
            let (mut gather, mut extents) = (self.gather(place)?, Extents::default());
            let groups = (0..self.groups()).collect();
            let reader = match &self.place {
                Place::File(input) => self.reader(input.file()?, place, groups, None)?,
                Place::Memory(bytes) => self.reader(bytes.clone(), place, groups, None)?,
            };
            for batch in reader {
                let batch = batch.map_err(|e| corrupt(&self.file, FORMAT, e))?;
                gather.append_on(batch.column(0), missing, &mut extents, spool)?;
            }
            if extents.rows() != self.rows() {
                return Err(corrupt(&self.file, FORMAT, "a column has fewer rows than the footer says"));
            }
            Ok(gather.stored(&self.names[place], extents))
        })
    }

    fn gather(&self, place: usize) -> Result<Gather, DataError> {
        let field = self.schema.field(place);
        Gather::new(field).ok_or_else(|| DataError::UnknownType {
            column: field.name().clone(),
            kind: field.data_type().to_string(),
        })
    }

    fn compressed(&self, places: &[usize]) -> i64 {
        let of_group = |group| {
            let group = self.metadata.metadata().row_group(group);
            // Flat columns: the leaf of a column has its place, unless nested ones come before; this is an estimate.
            places
                .iter()
                .filter_map(|&p| group.columns().get(p))
                .map(|c| c.compressed_size().max(0))
                .sum::<i64>()
        };
        (0..self.groups()).map(of_group).sum()
    }

    fn column(
        &self,
        place: usize,
        groups: Vec<usize>,
        rows: Option<(usize, usize)>,
        missing: &Missing,
    ) -> Result<Gather, DataError> {
        guarded(&self.file, FORMAT, || {
            let mut gather = self.gather(place)?;
            match &self.place {
                Place::File(input) => {
                    let file: File = input.file()?;
                    self.decode(self.reader(file, place, groups, rows)?, &mut gather, missing)?;
                }
                Place::Memory(bytes) => {
                    self.decode(self.reader(bytes.clone(), place, groups, rows)?, &mut gather, missing)?;
                }
            }
            Ok(gather)
        })
    }

    fn reader<R: ChunkReader + 'static>(
        &self,
        bytes: R,
        place: usize,
        groups: Vec<usize>,
        rows: Option<(usize, usize)>,
    ) -> Result<ParquetRecordBatchReader, DataError> {
        let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(bytes, self.metadata.clone());
        let mask = ProjectionMask::roots(builder.parquet_schema(), [place]);
        let mut builder = builder.with_projection(mask).with_row_groups(groups).with_batch_size(BATCH);
        if let Some((skip, most)) = rows {
            builder = builder.with_offset(skip).with_limit(most);
        }
        builder.build().map_err(|e| corrupt(&self.file, FORMAT, e))
    }

    fn decode(
        &self,
        reader: ParquetRecordBatchReader,
        gather: &mut Gather,
        missing: &Missing,
    ) -> Result<(), DataError> {
        for batch in reader {
            let batch = batch.map_err(|e| corrupt(&self.file, FORMAT, e))?;
            gather.append(batch.column(0), missing);
        }
        Ok(())
    }
}

fn check_tail(file: &str, size: u64, tail: [u8; 8]) -> Result<(), DataError> {
    let [a, b, c, d, magic @ ..] = tail;
    if size < SHORTEST || &magic != b"PAR1" {
        return Err(corrupt(file, FORMAT, "it does not end with `PAR1`: it is cut short"));
    }
    if u64::from(u32::from_le_bytes([a, b, c, d])) > size - SHORTEST {
        return Err(corrupt(file, FORMAT, "its footer is said to be longer than the file"));
    }
    Ok(())
}

/// The field as it is asked for: texts as dictionaries, dictionaries of other values as these.
fn asked_for(field: &Field) -> Field {
    use DataType::*;
    let texts = || Dictionary(Box::new(Int32), Box::new(Utf8));
    let kind = match field.data_type() {
        Utf8 | LargeUtf8 | Utf8View => texts(),
        Dictionary(_, values) => match values.as_ref() {
            Utf8 | LargeUtf8 | Utf8View => texts(),
            other => other.clone(),
        },
        other => other.clone(),
    };
    field.clone().with_data_type(kind)
}

/// What the workers share.
struct Job<'a> {
    parquet: &'a Parquet,
    places: &'a [usize],
    missing: &'a Missing,
    tasks: usize,
    next: AtomicUsize,
    /// By column: what is joined, and what came too early.
    joined: Mutex<Vec<(Gather, InOrder<Gather>)>>,
    failed: Mutex<Option<DataError>>,
    memory: Option<u64>,
}

impl Job<'_> {
    fn work(&self) {
        loop {
            let task = self.next.fetch_add(1, Ordering::Relaxed);
            if task >= self.tasks || self.lock_failed().is_some() {
                return;
            }
            let (group, column) = (task / self.places.len(), task % self.places.len());
            let done = self
                .parquet
                .column(self.places[column], vec![group], None, self.missing)
                .and_then(|gather| self.join(column, group, gather));
            if let Err(error) = done {
                self.lock_failed().get_or_insert(error);
                return;
            }
        }
    }

    fn join(&self, column: usize, group: usize, gather: Gather) -> Result<(), DataError> {
        let mut joined = self.joined.lock().unwrap_or_else(PoisonError::into_inner);
        let (into, waiting) = &mut joined[column];
        waiting.put(group, gather);
        while let Some(gather) = waiting.take() {
            into.join(gather);
        }
        let Some(limit) = self.memory else { return Ok(()) };
        let needed: u64 = joined.iter().map(|(gather, _)| gather.memory()).sum();
        if needed <= limit {
            return Ok(());
        }
        let largest = (0..joined.len()).max_by_key(|&i| joined[i].0.memory());
        let column = largest.map_or_else(String::new, |i| self.parquet.names[self.places[i]].clone());
        Err(DataError::Memory { file: self.parquet.file.clone(), column, needed, limit })
    }

    fn lock_failed(&self) -> std::sync::MutexGuard<'_, Option<DataError>> {
        self.failed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
