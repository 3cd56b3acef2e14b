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
    /// What takes the file's place at the end; absent where there is no file.
    replacement: Option<Replacement>,
}

enum Sink {
    Text(Text),
    Columnar(Box<Columnar>),
}

impl Writer {
    /// Begins CSV that goes on to `out`, as standard output is.
    ///
    /// * `columns` names and kinds of the columns
    ///
    /// # Errors
    /// [`DataError::Unwritable`]: two columns of one name, or `out` refuses.
    pub fn csv(out: impl Write + Send + 'static, columns: &[(String, CellKind)]) -> Result<Self, DataError> {
        let file = "output".to_owned();
        let (names, kinds) = begun(&file, columns)?;
        let text = Text::begin(Box::new(Plain(out)), b',', &names);
        let text = text.map_err(|e| DataError::Unwritable { file: file.clone(), reason: e.to_string() })?;
        Ok(Self { file, kinds, sink: Sink::Text(text), replacement: None })
    }

    /// Refuses a name that no file can have.
    ///
    /// # Errors
    /// [`DataError::UnknownOutput`].
    pub fn check_name(path: &str) -> Result<(), DataError> {
        format_of(path).map(drop)
    }

    /// Begins a file.
    ///
    /// * `columns` names and kinds of the columns
    ///
    /// # Errors
    /// [`DataError::UnknownOutput`]; [`DataError::Unwritable`]: two columns of one name, a file that cannot be made.
    pub fn create(path: &str, columns: &[(String, CellKind)]) -> Result<Self, DataError> {
        let unwritable = |reason: String| DataError::Unwritable { file: path.to_owned(), reason };
        let (names, kinds) = begun(path, columns)?;
        let format = format_of(path)?;
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

/// Names and kinds of columns, all called differently.
fn begun(file: &str, columns: &[(String, CellKind)]) -> Result<(Vec<String>, Vec<CellKind>), DataError> {
    let (names, kinds): (Vec<String>, Vec<CellKind>) = columns.iter().cloned().unzip();
    match names.iter().enumerate().find(|(i, name)| names[..*i].contains(name)) {
        None => Ok((names, kinds)),
        Some((_, name)) => {
            let reason = format!("two columns are called \"{name}\"");
            Err(DataError::Unwritable { file: file.to_owned(), reason })
        }
    }
}

/// The format of an output by its name: delimited text where it has no suffix.
fn format_of(file: &str) -> Result<Format, DataError> {
    let path = Path::new(file);
    let compressed = path.extension().is_some_and(|s| s == "gz" || s == "zst");
    match (Format::of_name(path), path.extension()) {
        (None, None) => Ok(Format::Delimited),
        (Some(Format::Delimited), _) => Ok(Format::Delimited),
        (Some(format), _) if format != Format::JsonLines && !compressed => Ok(format),
        _ => Err(DataError::UnknownOutput { file: file.to_owned() }),
    }
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

/// What needs no end but a flush.
struct Plain<W>(W);

impl<W: Write> Write for Plain<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl<W: Write + Send> text::Ended for Plain<W> {
    fn end(mut self: Box<Self>) -> io::Result<()> {
        self.0.flush()
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
