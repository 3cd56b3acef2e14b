//! Tables to files, chunk by chunk: CSV and TSV (also gzip, zstd), Parquet and Arrow IPC, by the name of the output.
//!
//! A file appears whole or not at all: rows go to a temporary file beside it, which takes its place when all are
//! written. Until then, and after any failure, what stood there before is as it was.

mod columnar;
mod replacement;
mod text;

use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use columnar::Columnar;
use text::Text;

pub use replacement::Replacement;

use crate::{DataError, Format};

/// What the cells of an output column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CellKind {
    /// Numbers.
    Number,
    /// Whole numbers from 0.
    Whole,
    /// Texts.
    Text,
}

/// Some rows of an output column.
#[derive(Debug, Clone, PartialEq)]
pub enum Cells {
    /// Numbers; NaN is an absent one                                         `[n]`
    Number(Vec<f64>),
    /// Whole numbers                                                         `[n]`
    Whole(Vec<u64>),
    /// Codes, and the texts that they stand for; `loglik_expr::MISSING` is an absent one `[n]`
    Text(Vec<u32>, Arc<[String]>),
}

impl Cells {
    /// What they are.
    #[must_use]
    pub fn kind(&self) -> CellKind {
        match self {
            Self::Number(_) => CellKind::Number,
            Self::Whole(_) => CellKind::Whole,
            Self::Text(..) => CellKind::Text,
        }
    }

    /// How many.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Number(values) => values.len(),
            Self::Whole(values) => values.len(),
            Self::Text(codes, _) => codes.len(),
        }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A table on its way to a file.
pub struct Writer {
    file: String,
    kinds: Vec<CellKind>,
    sink: Sink,
    /// What takes the file's place at the end; absent for standard output.
    replacement: Option<Replacement>,
}

enum Sink {
    Text(Text),
    Columnar(Box<Columnar>),
}

impl Writer {
    /// Begins a file, or standard output (`-`, as CSV).
    ///
    /// * `columns` names and kinds of the columns
    ///
    /// # Errors
    /// [`DataError::Unwritable`]: a suffix of no known format, two columns of one name, a file that cannot be made.
    pub fn create(path: &str, columns: &[(String, CellKind)]) -> Result<Self, DataError> {
        let unwritable = |reason: String| DataError::Unwritable { file: path.to_owned(), reason };
        let names: Vec<String> = columns.iter().map(|(name, _)| name.clone()).collect();
        if let Some(name) = names.iter().enumerate().find(|(i, name)| names[..*i].contains(name)) {
            return Err(unwritable(format!("two columns are called \"{}\"", name.1)));
        }
        let kinds: Vec<CellKind> = columns.iter().map(|(_, kind)| *kind).collect();
        if path == "-" {
            let sink =
                Text::begin(Box::new(io::stdout()), b',', &names).map_err(|e| unwritable(e.to_string()))?;
            return Ok(Self { file: "stdout".to_owned(), kinds, sink: Sink::Text(sink), replacement: None });
        }
        let format = format_of(path).ok_or_else(|| {
            unwritable(
                "its suffix names no format: .csv, .tsv, .parquet, .arrow, .feather, .csv.gz, ..".to_owned(),
            )
        })?;
        let replacement = Replacement::begin(path)?;
        let file = replacement.file().map_err(|e| unwritable(e.to_string()))?;
        let sink = match format {
            Format::Delimited => {
                let tab = path.contains(".tsv") || path.contains(".tab");
                let packed = packed(path, file).map_err(|e| unwritable(e.to_string()))?;
                let text = Text::begin(packed, if tab { b'\t' } else { b',' }, &names);
                Sink::Text(text.map_err(|e| unwritable(e.to_string()))?)
            }
            format => Sink::Columnar(Box::new(Columnar::begin(format, file, columns).map_err(unwritable)?)),
        };
        Ok(Self { file: path.to_owned(), kinds, sink, replacement: Some(replacement) })
    }

    /// Adds rows.
    ///
    /// * `columns` cells of every column, equally many and of the kinds begun with
    ///
    /// # Errors
    /// [`DataError::Unwritable`], for one when the disk is full.
    ///
    /// # Panics
    /// When the columns are not those begun with, which only a bug of ours can bring about.
    pub fn write(&mut self, columns: &[Cells]) -> Result<(), DataError> {
        assert!(columns.iter().map(Cells::kind).eq(self.kinds.iter().copied()), "the columns begun with");
        let written = match &mut self.sink {
            Sink::Text(text) => text.write(columns).map_err(|e| e.to_string()),
            Sink::Columnar(columnar) => columnar.write(columns),
        };
        written.map_err(|reason| DataError::Unwritable { file: self.file.clone(), reason })
    }

    /// Ends the file and puts it in its place.
    ///
    /// # Errors
    /// [`DataError::Unwritable`]; what stood there before is as it was.
    pub fn finish(self) -> Result<(), DataError> {
        let ended = match self.sink {
            Sink::Text(text) => text.finish().map_err(|e| e.to_string()),
            Sink::Columnar(columnar) => columnar.finish(),
        };
        ended.map_err(|reason| DataError::Unwritable { file: self.file, reason })?;
        self.replacement.map_or(Ok(()), Replacement::commit)
    }
}

/// The format of an output by its name: delimited text where it has no suffix.
fn format_of(path: &str) -> Option<Format> {
    let path = Path::new(path);
    let format = match (Format::of_name(path), path.extension()) {
        (Some(format), _) => format,
        (None, None) => Format::Delimited,
        (None, Some(_)) => return None,
    };
    let compressed = path.extension().is_some_and(|s| s == "gz" || s == "zst");
    let legal = format == Format::Delimited || (format != Format::JsonLines && !compressed);
    legal.then_some(format)
}

/// Compresses what the suffix says is compressed.
fn packed(path: &str, file: std::fs::File) -> io::Result<Box<dyn text::Ended>> {
    if path.ends_with(".gz") {
        return Ok(Box::new(flate2::write::GzEncoder::new(file, flate2::Compression::default())));
    }
    if path.ends_with(".zst") {
        return Ok(Box::new(zstd::Encoder::new(file, 0)?));
    }
    Ok(Box::new(file))
}

impl text::Ended for std::fs::File {
    fn end(self: Box<Self>) -> io::Result<()> {
        Ok(())
    }
}

impl text::Ended for io::Stdout {
    fn end(mut self: Box<Self>) -> io::Result<()> {
        self.flush()
    }
}

impl text::Ended for flate2::write::GzEncoder<std::fs::File> {
    fn end(self: Box<Self>) -> io::Result<()> {
        (*self).finish().map(drop)
    }
}

impl text::Ended for zstd::Encoder<'static, std::fs::File> {
    fn end(self: Box<Self>) -> io::Result<()> {
        (*self).finish().map(drop)
    }
}
