//! A data file, opened: its columns known, ready to give the ones that are wanted.
//!
//! Opening reads the header only, so that a formula can be checked against the names before anything large is read, and so that a pipe,
//! which is there once, serves both.

use std::path::Path;
use std::sync::Arc;

use loglik_design::{LineMap, Table};
use loglik_expr::Column;

use crate::csv::{self, Blocks};
use crate::input::Input;
use crate::missing::Missing;
use crate::{DataError, names};

/// How a file is read.
#[derive(Debug, Clone, Default)]
pub struct ScanOptions {
    /// Tokens that mean a missing value, beside the built-in ones.
    pub na: Vec<String>,
    /// Threads at most; 0 is one per processor.
    pub threads: usize,
    /// Bytes that the columns may take.
    pub memory: Option<u64>,
    /// The delimiter; found out where nothing is said.
    pub delimiter: Option<u8>,
}

/// Something about the data that is legal but should be known.
#[derive(Debug, Clone, PartialEq)]
pub enum DataNote {
    /// An integer that f64 cannot hold was rounded to one that it can.
    PrecisionLoss {
        /// The column.
        column: String,
        /// The first such data row, from 1.
        row: u64,
        /// Its line, where the file has lines.
        line: Option<u64>,
        /// The integer as it stands in the file.
        value: String,
    },
}

/// The wanted columns.
#[derive(Debug, Clone, PartialEq)]
pub struct Loaded {
    /// All rows of the file.
    pub table: Table,
    /// What should be known about them.
    pub notes: Vec<DataNote>,
}

impl Loaded {
    pub(crate) fn new(
        columns: Vec<(String, Column)>,
        rows: usize,
        lines: LineMap,
        notes: Vec<DataNote>,
    ) -> Self {
        let table =
            Table::from_columns(columns).expect("readers give equally long columns of different names");
        Self { table: table.with_rows(rows).with_lines(Arc::new(lines)), notes }
    }
}

/// A data file whose header has been read.
pub struct Scan {
    input: Input,
    options: ScanOptions,
    names: Vec<String>,
    size: Option<u64>,
    delimiter: u8,
    /// The text behind the header, until it is read.
    rest: Option<Blocks>,
}

impl Scan {
    /// Opens a file, or standard input for `-`, and reads the column names.
    ///
    /// # Errors
    /// A missing, unreadable, empty or damaged file; two columns of one name; a header that is no text.
    pub fn open(path: impl AsRef<Path>, options: ScanOptions) -> Result<Self, DataError> {
        let input = Input::new(path.as_ref());
        let (bytes, size) = input.open()?;
        let mut blocks = Blocks::new(&input.name, bytes);
        let names = csv::header(&input.name, &mut blocks, options.delimiter)?;
        let delimiter = blocks.delimiter;
        Ok(Self { input, options, names, size, delimiter, rest: Some(blocks) })
    }

    /// All column names, in the order of the file.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The delimiter of a text, found or given.
    #[must_use]
    pub fn delimiter(&self) -> Option<u8> {
        Some(self.delimiter)
    }

    /// Reads columns, all of them where `wanted` is `None`; the table has them in the order of the file.
    ///
    /// # Errors
    /// [`DataError`]; a file that can be opened once (a pipe) can be read once.
    pub fn read(&mut self, wanted: Option<&[&str]>) -> Result<Loaded, DataError> {
        let places = names::places(&self.input.name, &self.names, wanted)?;
        let missing = Missing::new(&self.options.na);
        let text = csv::Text {
            file: &self.input.name,
            names: &self.names,
            wanted: &places,
            missing: &missing,
            size: self.size,
            threads: threads(self.options.threads),
            memory: self.options.memory,
        };
        let (input, delimiter, rest) = (&self.input, self.delimiter, &mut self.rest);
        csv::read(&text, input.again(), &mut || match rest.take() {
            Some(blocks) => Ok(blocks),
            None => {
                let mut blocks = Blocks::new(&input.name, input.open()?.0);
                csv::header(&input.name, &mut blocks, Some(delimiter))?;
                Ok(blocks)
            }
        })
    }
}

fn threads(asked: usize) -> usize {
    if asked > 0 { asked } else { std::thread::available_parallelism().map_or(1, usize::from) }
}

/// Reads columns of a file in one go.
///
/// # Errors
/// As [`Scan::open`] and [`Scan::read`].
pub fn read(
    path: impl AsRef<Path>,
    wanted: Option<&[&str]>,
    options: ScanOptions,
) -> Result<Loaded, DataError> {
    Scan::open(path, options)?.read(wanted)
}
