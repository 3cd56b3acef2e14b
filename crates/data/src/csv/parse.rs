//! A block of delimited text into typed columns, cell by cell and without a copy in between.
//!
//! A column is read as numbers or as texts, as guessed; what contradicts the guess is counted, and the whole file decides later. Cells
//! of columns that nobody wants are stepped over. Rows count from 0 within the block here; lines are those of the file.

use super::blocks::Block;
use super::cell::{Broken, Cell, cell};
use crate::dictionary::Dictionary;
use crate::missing::Missing;
use crate::{DataError, number};
use loglik_expr::MISSING;

/// How a column is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Stepped over.
    Skip,
    /// As numbers.
    Number,
    /// As texts, to codes.
    Text,
}

/// A cell that was met, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Met {
    pub(crate) row: u64,
    pub(crate) line: u64,
    pub(crate) value: String,
}

/// The rows of one block of one column.
#[derive(Debug, Default)]
pub(crate) struct Cells {
    /// Numbers \[rows\], or empty.
    pub(crate) values: Vec<f64>,
    /// Codes of the worker's dictionary \[rows\], or empty.
    pub(crate) codes: Vec<u32>,
    /// Texts that the worker met for the first time, one after the other, and their lengths.
    pub(crate) fresh: (Vec<u8>, Vec<usize>),
    /// Cells that are numbers.
    pub(crate) numbers: u64,
    /// Cells of a numeric column that are neither numbers nor missing, and the first of them.
    pub(crate) others: u64,
    pub(crate) first_other: Option<Met>,
    /// The first integer that f64 cannot hold.
    pub(crate) first_lossy: Option<Met>,
}

/// What one block holds.
#[derive(Debug, Default)]
pub(crate) struct Chunk {
    pub(crate) index: usize,
    pub(crate) first_line: u64,
    pub(crate) worker: usize,
    pub(crate) rows: u64,
    /// `(row, lines)`: rows from here on stand so many lines further down.
    pub(crate) extra_lines: Vec<(u64, u64)>,
    /// By column that is read \[wanted\].
    pub(crate) columns: Vec<Cells>,
    /// Where reading stopped; what comes before is there.
    pub(crate) error: Option<DataError>,
}

impl Chunk {
    /// Makes an old chunk ready for the next block; buffers stay.
    fn clear(&mut self, columns: usize) {
        self.rows = 0;
        self.extra_lines.clear();
        self.error = None;
        self.columns.resize_with(columns, Cells::default);
        for cells in &mut self.columns {
            cells.values.clear();
            cells.codes.clear();
            cells.fresh.0.clear();
            cells.fresh.1.clear();
            (cells.numbers, cells.others) = (0, 0);
            (cells.first_other, cells.first_lossy) = (None, None);
        }
    }
}

/// One thread's parser.
pub(crate) struct Parser<'a> {
    pub(crate) worker: usize,
    file: &'a str,
    names: &'a [String],
    missing: &'a Missing,
    delimiter: u8,
    /// By column of the file.
    kinds: &'a [Kind],
    /// By wanted column; texts of all blocks of this worker.
    dictionaries: Vec<Dictionary>,
}

/// Where in the file a cell stands.
#[derive(Clone, Copy)]
struct Place {
    column: usize,
    row: u64,
    line: u64,
}

impl<'a> Parser<'a> {
    pub(crate) fn new(
        worker: usize,
        file: &'a str,
        names: &'a [String],
        missing: &'a Missing,
        delimiter: u8,
        kinds: &'a [Kind],
    ) -> Self {
        let wanted = kinds.iter().filter(|&&kind| kind != Kind::Skip).count();
        let dictionaries = std::iter::repeat_with(Dictionary::default).take(wanted).collect();
        Self { worker, file, names, missing, delimiter, kinds, dictionaries }
    }

    /// Parses a block into `chunk`, whose buffers are used again.
    pub(crate) fn parse(&mut self, block: &Block, chunk: &mut Chunk) {
        chunk.clear(self.dictionaries.len());
        chunk.index = block.index;
        chunk.first_line = block.first_line;
        chunk.worker = self.worker;
        if let Err(error) = self.rows(&block.bytes, block.first_line, chunk) {
            chunk.error = Some(error);
        }
    }

    fn rows(&mut self, text: &[u8], mut line: u64, chunk: &mut Chunk) -> Result<(), DataError> {
        let (kinds, delimiter) = (self.kinds, self.delimiter);
        let last = kinds.len() - 1;
        let mut at = 0;
        while at < text.len() {
            if last > 0
                && let Some(length) = blank_line(&text[at..])
            {
                at += length;
                line += 1;
                chunk.extra_lines.push((chunk.rows, 1));
                continue;
            }
            let (mut reads, mut lines) = (0, 0);
            for (column, &kind) in kinds.iter().enumerate() {
                let place = Place { column, row: chunk.rows, line };
                let end = match kind {
                    Kind::Skip => self.skip(text, at, place, &mut lines)?,
                    Kind::Number => {
                        let cells = &mut chunk.columns[reads];
                        reads += 1;
                        match plain_number(text, at, delimiter) {
                            Some((value, end)) if !self.missing.number(value) => {
                                if end - at >= 16 && number::loses_digits(&text[at..end], value) {
                                    note_lossy(cells, place, &text[at..end]);
                                }
                                cells.values.push(value);
                                cells.numbers += 1;
                                end
                            }
                            _ => self.odd_number(text, at, place, cells, &mut lines)?,
                        }
                    }
                    Kind::Text => {
                        reads += 1;
                        self.text(text, at, place, (&mut chunk.columns[reads - 1], reads - 1), &mut lines)?
                    }
                };
                let ended = text[end] == b'\n';
                if ended != (column == last) {
                    return Err(self.ragged(text, at, place));
                }
                at = end + 1;
            }
            chunk.rows += 1;
            line += 1;
            if lines > 0 {
                line += lines;
                chunk.extra_lines.push((chunk.rows, lines));
            }
        }
        Ok(())
    }

    /// A cell of which only the end is asked.
    fn skip(&self, text: &[u8], at: usize, place: Place, lines: &mut u64) -> Result<usize, DataError> {
        Ok(self.cell(text, at, place, lines)?.end)
    }

    /// A cell of a numeric column that is not a plain number followed by a delimiter.
    #[inline(never)]
    fn odd_number(
        &self,
        text: &[u8],
        at: usize,
        place: Place,
        cells: &mut Cells,
        lines: &mut u64,
    ) -> Result<usize, DataError> {
        let cell = self.cell(text, at, place, lines)?;
        let content = cell.text();
        let content = content.trim_ascii();
        let value = if self.missing.text(content) { None } else { number::whole(content) };
        match value {
            Some(value) if !self.missing.number(value) => {
                if number::loses_digits(content, value) {
                    note_lossy(cells, place, content);
                }
                cells.values.push(value);
                cells.numbers += 1;
            }
            None if !self.missing.text(content) => {
                let value = self.utf8(content, place)?;
                cells.others += 1;
                cells.first_other.get_or_insert_with(|| met(place, value));
                cells.values.push(f64::NAN);
            }
            _ => cells.values.push(f64::NAN),
        }
        Ok(cell.end)
    }

    fn text(
        &mut self,
        text: &[u8],
        at: usize,
        place: Place,
        (cells, read): (&mut Cells, usize),
        lines: &mut u64,
    ) -> Result<usize, DataError> {
        let cell = self.cell(text, at, place, lines)?;
        let content = cell.text();
        if self.missing.text(content.trim_ascii()) {
            cells.codes.push(MISSING);
            return Ok(cell.end);
        }
        let known = self.dictionaries[read].len();
        let code = self.dictionaries[read].code(&content);
        if code as usize == known {
            self.utf8(&content, place)?;
            cells.fresh.0.extend_from_slice(&content);
            cells.fresh.1.push(content.len());
        }
        cells.codes.push(code);
        Ok(cell.end)
    }

    /// The cell at `at`; adds the line ends inside it to `lines`.
    #[inline]
    fn cell<'t>(
        &self,
        text: &'t [u8],
        at: usize,
        place: Place,
        lines: &mut u64,
    ) -> Result<Cell<'t>, DataError> {
        let cell = cell(text, at, self.delimiter).map_err(|broken| self.broken(place, *lines, broken))?;
        if cell.quoted {
            *lines += memchr::memchr_iter(b'\n', cell.raw).count() as u64;
        }
        Ok(cell)
    }

    fn utf8<'t>(&self, content: &'t [u8], place: Place) -> Result<&'t str, DataError> {
        std::str::from_utf8(content).map_err(|_| DataError::Encoding {
            file: self.file.to_owned(),
            column: Some(self.names[place.column].clone()),
            line: place.line,
            what: format!("a cell of column {} is not UTF-8", crate::shown::Shown(&self.names[place.column])),
        })
    }

    #[cold]
    fn broken(&self, place: Place, lines: u64, broken: Broken) -> DataError {
        let (file, row, line) = (self.file.to_owned(), Some(place.row + 1), place.line + lines);
        DataError::Csv { file, row, line, problem: broken.problem().to_owned() }
    }

    /// The error for a row with too few or too many cells; `at` is where the cell of `place` starts.
    #[cold]
    fn ragged(&self, text: &[u8], mut at: usize, place: Place) -> DataError {
        let mut found = place.column;
        loop {
            found += 1;
            match cell(text, at, self.delimiter) {
                Ok(cell) if text[cell.end] != b'\n' => at = cell.end + 1,
                Ok(_) => break,
                Err(broken) => return self.broken(place, 0, broken),
            }
        }
        let (noun, wanted) = (if found == 1 { "cell" } else { "cells" }, self.names.len());
        let mend = match found < wanted {
            true => "a missing value still needs its delimiter",
            false => "text that holds the delimiter needs quotes",
        };
        let problem = format!("{found} {noun}, but the header has {wanted}: {mend}");
        DataError::Csv { file: self.file.to_owned(), row: Some(place.row + 1), line: place.line, problem }
    }
}

/// A number without quotes and spaces, and the place of the delimiter or line end after it.
#[inline(always)]
fn plain_number(text: &[u8], at: usize, delimiter: u8) -> Option<(f64, usize)> {
    let rest = &text[at..];
    let ends = |b: u8| b == delimiter || b == b'\n';
    // Codes, counts and flags: one digit is most of what many columns hold.
    if let [digit @ b'0'..=b'9', after, ..] = *rest
        && ends(after)
    {
        return Some((f64::from(digit - b'0'), at + 1));
    }
    let (value, length) = number::leading(rest)?;
    let after = *rest.get(length)?;
    if ends(after) {
        return Some((value, at + length));
    }
    (after == b'\r' && rest.get(length + 1) == Some(&b'\n')).then_some((value, at + length + 1))
}

fn blank_line(text: &[u8]) -> Option<usize> {
    match text {
        [b'\n', ..] => Some(1),
        [b'\r', b'\n', ..] => Some(2),
        _ => None,
    }
}

#[cold]
fn note_lossy(cells: &mut Cells, place: Place, text: &[u8]) {
    let value = String::from_utf8_lossy(text.trim_ascii());
    cells.first_lossy.get_or_insert_with(|| met(place, &value));
}

fn met(place: Place, value: &str) -> Met {
    Met { row: place.row, line: place.line, value: value.to_owned() }
}
