//! A data file, opened: its columns known, ready to give the ones that are wanted.
//!
//! Opening reads the header only, so that a formula can be checked against the names before anything large is read, and so that a pipe,
//! which is there once, serves both.

use std::path::Path;
use std::sync::Arc;

use loglik_design::{LineMap, Table};
use loglik_expr::Column;

use crate::arrow::{Gather, Ipc, Parquet, Place};
use crate::csv::{self, Blocks};
use crate::format::{self, Format};
use crate::input::{Input, Opened, all_bytes};
use crate::json_lines::JsonLines;
use crate::missing::Missing;
use crate::stream::{Extents, Filling, Kept, Stored, Stream};
use crate::svmlight::SvmLight;
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

/// A data file whose column names are known.
pub struct Scan {
    input: Input,
    options: ScanOptions,
    format: Format,
    names: Vec<String>,
    contents: Contents,
}

/// What opening left to be read.
enum Contents {
    Text { delimiter: u8, size: Option<u64>, rest: Option<Blocks> },
    Json(JsonLines),
    Sparse(SvmLight),
    Parquet(Parquet),
    Ipc(Ipc),
}

impl Scan {
    /// Opens a file, or standard input for `-`, and reads the column names.
    ///
    /// # Errors
    /// A missing, unreadable, empty or damaged file; two columns of one name; a header that is no text.
    pub fn open(path: impl AsRef<Path>, options: ScanOptions) -> Result<Self, DataError> {
        let input = Input::new(path.as_ref());
        let opened = input.open()?;
        let format = format::detect(&input.name, input.path(), &opened.start)?;
        let file = input.name.clone();
        let (names, contents) = match format {
            Format::Delimited => {
                let size = opened.size;
                let mut blocks = Blocks::new(&file, opened.bytes);
                let names = csv::header(&file, &mut blocks, options.delimiter)?;
                (names, Contents::Text { delimiter: blocks.delimiter, size, rest: Some(blocks) })
            }
            Format::JsonLines => {
                let missing = Missing::in_typed(&options.na);
                let json = JsonLines::read(&file, opened.bytes, &missing, options.memory)?;
                (json.names.clone(), Contents::Json(json))
            }
            Format::SvmLight => {
                let rows = SvmLight::read(&file, opened.bytes, options.memory)?;
                (SvmLight::NAMES.map(str::to_owned).to_vec(), Contents::Sparse(rows))
            }
            Format::Parquet => {
                let parquet = Parquet::open(&file, place(&input, opened, options.memory)?)?;
                (parquet.names.clone(), Contents::Parquet(parquet))
            }
            Format::ArrowFile | Format::ArrowStream => {
                let ipc = Ipc::open(&file, format, place(&input, opened, options.memory)?)?;
                (ipc.names.clone(), Contents::Ipc(ipc))
            }
        };
        Ok(Self { input, options, format, names, contents })
    }

    /// All column names, in the order of the file.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// What the file is.
    #[must_use]
    pub fn format(&self) -> Format {
        self.format
    }

    /// The delimiter of a text, found or given.
    #[must_use]
    pub fn delimiter(&self) -> Option<u8> {
        match self.contents {
            Contents::Text { delimiter, .. } => Some(delimiter),
            _ => None,
        }
    }

    /// Reads columns, all of them where `wanted` is `None`; the table has them in the order of the file.
    ///
    /// # Errors
    /// [`DataError`]; a text that can be opened once (a pipe) can be read once.
    pub fn read(&mut self, wanted: Option<&[&str]>) -> Result<Loaded, DataError> {
        let places = names::places(&self.input.name, &self.names, wanted)?;
        let (file, options) = (&self.input.name, &self.options);
        let typed = Missing::in_typed(&options.na);
        match &mut self.contents {
            Contents::Text { delimiter, size, rest } => {
                let text = csv::Text {
                    file,
                    names: &self.names,
                    wanted: &places,
                    missing: &Missing::in_text(&options.na),
                    size: *size,
                    threads: threads(options.threads),
                    memory: options.memory,
                };
                let input = &self.input;
                csv::read(&text, input.again(), &mut || match rest.take() {
                    Some(blocks) => Ok(blocks),
                    None => csv::reopen(file, input.open()?.bytes, *delimiter),
                })
            }
            Contents::Json(json) => {
                let read = places.iter().map(|&place| json.column(place)).collect::<Result<Vec<_>, _>>()?;
                let columns = places.iter().map(|&place| json.names[place].clone()).zip(read);
                Ok(typed_columns(columns, json.rows, json.lines.clone()))
            }
            Contents::Sparse(rows) => {
                let columns = places.iter().map(|&place| (self.names[place].clone(), rows.column(place)));
                Ok(Loaded::new(columns.collect(), rows.rows(), rows.lines.clone(), Vec::new()))
            }
            Contents::Parquet(parquet) => {
                let rows = parquet.rows();
                let read = parquet.read(&places, &typed, threads(options.threads), options.memory)?;
                gathered(file, &self.names, &places, read, rows)
            }
            Contents::Ipc(ipc) => {
                let read = ipc.read(&places, &typed, options.memory)?;
                let rows = read.first().map_or(0, Gather::rows);
                gathered(file, &self.names, &places, read, rows)
            }
        }
    }
}

impl Scan {
    /// Reads columns once, to be read again in ranges of rows: `wanted` as for [`Scan::read`].
    ///
    /// * `budget` bytes of decoded columns that stay in memory; the rest goes to a temporary file
    ///
    /// # Errors
    /// As [`Scan::read`]; [`DataError::Unwritable`] where there is no room for the temporary file.
    pub fn stream(&mut self, wanted: Option<&[&str]>, budget: u64) -> Result<Stream, DataError> {
        let places = names::places(&self.input.name, &self.names, wanted)?;
        let (file, options) = (&self.input.name, &self.options);
        let typed = Missing::in_typed(&options.na);
        let spool = Filling::new(budget);
        let noted = |columns: Vec<(Stored, Option<(usize, String)>)>| {
            let note = |(stored, lossy): &(Stored, Option<(usize, String)>)| {
                let (row, value) = lossy.clone()?;
                let column = stored.name.clone();
                Some(DataNote::PrecisionLoss { column, row: row as u64 + 1, line: None, value })
            };
            let notes = columns.iter().filter_map(note).collect();
            (columns.into_iter().map(|(stored, _)| stored).collect(), notes)
        };
        let (columns, rows, lines, notes) = match &mut self.contents {
            Contents::Text { delimiter, size, rest } => {
                let text = csv::Text {
                    file,
                    names: &self.names,
                    wanted: &places,
                    missing: &Missing::in_text(&options.na),
                    size: *size,
                    threads: threads(options.threads),
                    memory: options.memory,
                };
                let input = &self.input;
                let open = &mut || match rest.take() {
                    Some(blocks) => Ok(blocks),
                    None => csv::reopen(file, input.open()?.bytes, *delimiter),
                };
                csv::spool(&text, input.again(), open, &spool)?
            }
            // One object a line is read whole: its columns are known at the end only.
            Contents::Json(json) => {
                let mut columns = Vec::with_capacity(places.len());
                for &place in &places {
                    let (column, lossy) = json.column(place)?;
                    columns.push((spooled(&json.names[place], column, &spool)?, lossy));
                }
                let (columns, notes) = noted(columns);
                (columns, json.rows, json.lines.clone(), notes)
            }
            Contents::Sparse(rows) => {
                let spooled = |&place: &usize| spooled(&self.names[place], rows.column(place), &spool);
                let columns = places.iter().map(spooled).collect::<Result<_, _>>()?;
                (columns, rows.rows(), rows.lines.clone(), Vec::new())
            }
            Contents::Parquet(parquet) => {
                let read = parquet.spool(&places, &typed, threads(options.threads), &spool)?;
                let (columns, notes) = noted(read);
                (columns, parquet.rows(), LineMap::none(), notes)
            }
            Contents::Ipc(ipc) => {
                let (read, rows) = ipc.spool(&places, &typed, &spool)?;
                let (columns, notes) = noted(read);
                (columns, rows, LineMap::none(), notes)
            }
        };
        if rows == 0 {
            return Err(DataError::Empty { file: file.clone(), what: "there is no row" });
        }
        Ok(Stream::new(file, rows, columns, lines, spool.finish(), notes))
    }
}

fn spooled(name: &str, column: Column, spool: &Filling) -> Result<Stored, DataError> {
    let mut extents = Extents::default();
    let kept = match column {
        Column::Number(mut values) => {
            extents.put_numbers(&mut values, spool)?;
            Kept::Numbers
        }
        Column::Category { mut codes, levels, ordered } => {
            extents.put_codes(&mut codes, spool)?;
            Kept::Levels { order: (0..levels.len() as u32).collect(), levels, ordered }
        }
        Column::Sparse(block) => Kept::Sparse(block),
    };
    Ok(Stored { name: name.to_owned(), extents, kept })
}

/// The file, where it can be read from several places as it is; else all its bytes.
fn place(input: &Input, opened: Opened, memory: Option<u64>) -> Result<Place, DataError> {
    match opened.size {
        Some(_) => Ok(Place::File(input.clone())),
        None => Ok(Place::Memory(all_bytes(&input.name, opened.bytes, memory)?)),
    }
}

fn gathered(
    file: &str,
    names: &[String],
    places: &[usize],
    read: Vec<Gather>,
    rows: usize,
) -> Result<Loaded, DataError> {
    if rows == 0 {
        return Err(DataError::Empty { file: file.to_owned(), what: "there is no row" });
    }
    let columns = places.iter().map(|&place| names[place].clone()).zip(read.into_iter().map(Gather::finish));
    Ok(typed_columns(columns, rows, LineMap::none()))
}

fn typed_columns(
    columns: impl Iterator<Item = (String, (Column, Option<(usize, String)>))>,
    rows: usize,
    lines: LineMap,
) -> Loaded {
    let mut notes = Vec::new();
    let note = |(name, (column, lossy)): (String, (Column, Option<(usize, String)>))| {
        if let Some((row, value)) = lossy {
            let line = lines.line(row as u64);
            let row = row as u64 + 1;
            notes.push(DataNote::PrecisionLoss { column: name.clone(), row, line, value });
        }
        (name, column)
    };
    let columns = columns.map(note).collect();
    Loaded::new(columns, rows, lines, notes)
}

fn threads(asked: usize) -> usize {
    loglik_design::threads((asked > 0).then_some(asked))
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
