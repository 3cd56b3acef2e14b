//! Parquet and Arrow IPC: cells as Arrow arrays, texts as dictionaries; absent cells are nulls.

use std::fs::File;
use std::io::BufWriter;
use std::sync::Arc;

use arrow_array::types::Int32Type;
use arrow_array::{
    ArrayRef, DictionaryArray, Float64Array, Int32Array, RecordBatch, StringArray, UInt64Array,
};
use arrow_ipc::writer::{FileWriter, StreamWriter};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use loglik_expr::MISSING;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;

use super::{CellKind, Cells};
use crate::Format;

/// Rows of a row group: what a reader decodes at once.
const GROUP: usize = 1 << 20;

/// A columnar file on its way.
pub(super) struct Columnar {
    schema: SchemaRef,
    sink: Sink,
}

enum Sink {
    Parquet(ArrowWriter<File>),
    File(FileWriter<BufWriter<File>>),
    Stream(StreamWriter<BufWriter<File>>),
}

impl Columnar {
    pub(super) fn begin(format: Format, file: File, columns: &[(String, CellKind)]) -> Result<Self, String> {
        let fields: Vec<Field> = columns.iter().map(|(name, kind)| field(name, *kind)).collect();
        let schema = Arc::new(Schema::new(fields));
        let sink = match format {
            Format::Parquet => {
                let properties = WriterProperties::builder()
                    .set_compression(Compression::ZSTD(ZstdLevel::default()))
                    .set_max_row_group_row_count(Some(GROUP))
                    .build();
                let writer = ArrowWriter::try_new(file, Arc::clone(&schema), Some(properties));
                Sink::Parquet(writer.map_err(|e| e.to_string())?)
            }
            Format::ArrowFile => {
                Sink::File(FileWriter::try_new_buffered(file, &schema).map_err(|e| e.to_string())?)
            }
            _ => Sink::Stream(StreamWriter::try_new_buffered(file, &schema).map_err(|e| e.to_string())?),
        };
        Ok(Self { schema, sink })
    }

    pub(super) fn write(&mut self, columns: &[Cells]) -> Result<(), String> {
        let arrays = columns.iter().map(array).collect();
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), arrays).map_err(|e| e.to_string())?;
        match &mut self.sink {
            Sink::Parquet(writer) => writer.write(&batch).map_err(|e| e.to_string()),
            Sink::File(writer) => writer.write(&batch).map_err(|e| e.to_string()),
            Sink::Stream(writer) => writer.write(&batch).map_err(|e| e.to_string()),
        }
    }

    pub(super) fn finish(self) -> Result<(), String> {
        match self.sink {
            Sink::Parquet(writer) => writer.close().map(drop).map_err(|e| e.to_string()),
            Sink::File(mut writer) => writer.finish().map_err(|e| e.to_string()),
            Sink::Stream(mut writer) => writer.finish().map_err(|e| e.to_string()),
        }
    }
}

fn field(name: &str, kind: CellKind) -> Field {
    let kind = match kind {
        CellKind::Number => DataType::Float64,
        CellKind::Whole => DataType::UInt64,
        CellKind::Text => DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8)),
    };
    Field::new(name, kind, true)
}

fn array(cells: &Cells) -> ArrayRef {
    match cells {
        Cells::Number(values) => {
            Arc::new(values.iter().map(|v| (!v.is_nan()).then_some(*v)).collect::<Float64Array>())
        }
        Cells::Whole(values) => Arc::new(UInt64Array::from(values.clone())),
        Cells::Text(codes, texts) => {
            let keys: Int32Array = codes.iter().map(|c| (*c != MISSING).then_some(*c as i32)).collect();
            let values = Arc::new(StringArray::from_iter_values(texts.iter()));
            Arc::new(
                DictionaryArray::<Int32Type>::try_new(keys, values).expect("codes count texts of this list"),
            )
        }
    }
}
