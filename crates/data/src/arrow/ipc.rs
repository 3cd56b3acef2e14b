//! Arrow IPC: the file format (Feather version 2) and the stream format, batch by batch.

use std::io::{BufReader, Cursor, Read, Seek};

use arrow_array::RecordBatch;
use arrow_ipc::reader::{FileReader, StreamReader};
use arrow_schema::{ArrowError, SchemaRef};

use super::Place;
use super::gather::Gather;
use super::guard::{corrupt, guarded};
use super::parquet::Noted;
use crate::missing::Missing;
use crate::stream::{Extents, Filling};
use crate::{DataError, Format};

/// An Arrow file or stream whose schema has been read.
#[derive(Debug, Clone)]
pub(crate) struct Ipc {
    file: String,
    format: Format,
    place: Place,
    schema: SchemaRef,
    pub(crate) names: Vec<String>,
}

type Batches<'a> = Box<dyn Iterator<Item = Result<RecordBatch, ArrowError>> + 'a>;

impl Ipc {
    pub(crate) fn open(file: &str, format: Format, place: Place) -> Result<Self, DataError> {
        let (schema, _) = guarded(file, format.name(), || batches(file, format, &place, None))?;
        let names: Vec<String> = schema.fields().iter().map(|field| field.name().clone()).collect();
        crate::names::refuse_duplicates(file, &names)?;
        Ok(Self { file: file.to_owned(), format, place, schema, names })
    }

    /// Reads columns at these places, which ascend.
    pub(crate) fn read(
        &self,
        places: &[usize],
        missing: &Missing,
        memory: Option<u64>,
    ) -> Result<Vec<Gather>, DataError> {
        let format = self.format.name();
        let mut columns = self.gathers(places)?;
        guarded(&self.file, format, || {
            let (_, batches) = batches(&self.file, self.format, &self.place, Some(places.to_vec()))?;
            for batch in batches {
                let batch = batch.map_err(|e| corrupt(&self.file, format, e))?;
                for (gather, array) in columns.iter_mut().zip(batch.columns()) {
                    gather.append(array, missing);
                }
                let needed: u64 = columns.iter().map(Gather::memory).sum();
                if let Some(limit) = memory.filter(|&limit| needed > limit) {
                    let column = self.names[places[0]].clone();
                    return Err(DataError::Memory { file: self.file.clone(), column, needed, limit });
                }
            }
            Ok(columns)
        })
    }
}

impl Ipc {
    fn gathers(&self, places: &[usize]) -> Result<Vec<Gather>, DataError> {
        let gather = |&place: &usize| {
            let field = self.schema.field(place);
            Gather::new(field).ok_or_else(|| DataError::UnknownType {
                column: field.name().clone(),
                kind: field.data_type().to_string(),
            })
        };
        places.iter().map(gather).collect()
    }

    /// Reads columns at these places into the spool of a stream; and the number of rows.
    pub(crate) fn spool(
        &self,
        places: &[usize],
        missing: &Missing,
        spool: &Filling,
    ) -> Result<(Vec<Noted>, usize), DataError> {
        let format = self.format.name();
        let mut columns: Vec<(Gather, Extents)> =
            self.gathers(places)?.into_iter().map(|gather| (gather, Extents::default())).collect();
        guarded(&self.file, format, || {
            let mut rows = 0;
            let (_, batches) = batches(&self.file, self.format, &self.place, Some(places.to_vec()))?;
            for batch in batches {
                let batch = batch.map_err(|e| corrupt(&self.file, format, e))?;
                rows += batch.num_rows();
                for ((gather, extents), array) in columns.iter_mut().zip(batch.columns()) {
                    gather.append_on(array, missing, extents, spool)?;
                }
            }
            let names = places.iter().map(|&place| &self.names[place]);
            let stored = names.zip(columns).map(|(name, (gather, extents))| gather.stored(name, extents));
            Ok((stored.collect(), rows))
        })
    }
}

fn batches<'a>(
    file: &str,
    format: Format,
    place: &Place,
    wanted: Option<Vec<usize>>,
) -> Result<(SchemaRef, Batches<'a>), DataError> {
    let opened = match place {
        Place::File(input) => opened(format, BufReader::new(input.file()?), wanted),
        Place::Memory(bytes) => opened(format, Cursor::new(bytes.clone()), wanted),
    };
    opened.map_err(|e| corrupt(file, format.name(), e))
}

fn opened<'a>(
    format: Format,
    bytes: impl Read + Seek + 'a,
    wanted: Option<Vec<usize>>,
) -> Result<(SchemaRef, Batches<'a>), ArrowError> {
    if format == Format::ArrowFile {
        let reader = FileReader::try_new(bytes, wanted)?;
        return Ok((reader.schema(), Box::new(reader)));
    }
    let reader = StreamReader::try_new(bytes, wanted)?;
    Ok((reader.schema(), Box::new(reader)))
}
