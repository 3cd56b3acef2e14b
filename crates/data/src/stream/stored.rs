//! One column of a stream: where its decoded pieces lie, and what its codes stand for.

use std::io;
use std::ops::Range;
use std::sync::Arc;

use loglik_expr::{Column, MISSING, Sparse};

use super::spool::{Filling, Place, Spool};
use crate::DataError;

/// Where the rows of a column lie: pieces of consecutive rows, in order.
#[derive(Debug, Default)]
pub(crate) struct Extents {
    /// First row behind each piece, and its place.
    pieces: Vec<(usize, Place)>,
}

/// What is kept of a column.
#[derive(Debug)]
pub(crate) enum Kept {
    /// Numbers.
    Numbers,
    /// Codes of first sight, to be told in the order of the levels   `[codes]`
    Levels { order: Vec<u32>, levels: Arc<[String]>, ordered: bool },
    /// Codes of first sight that stand for numbers                    `[codes]`
    Parsed(Vec<f64>),
    /// A block of sparse columns, which stays in memory.
    Sparse(Sparse),
}

/// One column of a stream.
#[derive(Debug)]
pub(crate) struct Stored {
    pub(crate) name: String,
    pub(crate) extents: Extents,
    pub(crate) kept: Kept,
}

impl Extents {
    /// Rows so far.
    pub(crate) fn rows(&self) -> usize {
        self.pieces.last().map_or(0, |(end, _)| *end)
    }

    /// Moves numbers to the spool.
    pub(crate) fn put_numbers(&mut self, values: &mut Vec<f64>, spool: &Filling) -> Result<(), DataError> {
        let mut bytes = vec![0; 8 * values.len()];
        let places = bytes.as_chunks_mut().0.iter_mut();
        places.zip(values.iter()).for_each(|(place, value)| *place = value.to_le_bytes());
        self.put(values.len(), bytes, spool)?;
        values.clear();
        Ok(())
    }

    /// Moves codes to the spool.
    pub(crate) fn put_codes(&mut self, codes: &mut Vec<u32>, spool: &Filling) -> Result<(), DataError> {
        let mut bytes = vec![0; 4 * codes.len()];
        let places = bytes.as_chunks_mut().0.iter_mut();
        places.zip(codes.iter()).for_each(|(place, code)| *place = code.to_le_bytes());
        self.put(codes.len(), bytes, spool)?;
        codes.clear();
        Ok(())
    }

    fn put(&mut self, rows: usize, bytes: Vec<u8>, spool: &Filling) -> Result<(), DataError> {
        if rows > 0 {
            let end = self.rows() + rows;
            self.pieces.push((end, spool.push(bytes)?));
        }
        Ok(())
    }

    /// Shows the bytes of rows, `width` of them a row, in whole rows.
    fn each(
        &self,
        spool: &Spool,
        rows: Range<usize>,
        width: usize,
        see: &mut dyn FnMut(&[u8]),
    ) -> io::Result<()> {
        let first = self.pieces.partition_point(|(end, _)| *end <= rows.start);
        let mut row = rows.start;
        for (i, (end, place)) in self.pieces.iter().enumerate().skip(first) {
            if row >= rows.end {
                break;
            }
            let start = if i == 0 { 0 } else { self.pieces[i - 1].0 };
            let until = rows.end.min(*end);
            spool.read(*place, (row - start) * width, (until - row) * width, see)?;
            row = until;
        }
        Ok(())
    }

    fn numbers(&self, spool: &Spool, rows: Range<usize>) -> io::Result<Vec<f64>> {
        let mut out = Vec::with_capacity(rows.len());
        self.each(spool, rows, 8, &mut |bytes| {
            out.extend(bytes.as_chunks().0.iter().map(|eight| f64::from_le_bytes(*eight)));
        })?;
        Ok(out)
    }

    fn codes(&self, spool: &Spool, rows: Range<usize>) -> io::Result<Vec<u32>> {
        let mut out = Vec::with_capacity(rows.len());
        self.each(spool, rows, 4, &mut |bytes| {
            out.extend(bytes.as_chunks().0.iter().map(|four| u32::from_le_bytes(*four)));
        })?;
        Ok(out)
    }
}

impl Stored {
    /// The column in these rows.
    pub(crate) fn read(&self, spool: &Spool, rows: Range<usize>) -> io::Result<Column> {
        match &self.kept {
            Kept::Numbers => Ok(Column::Number(self.extents.numbers(spool, rows)?)),
            Kept::Levels { order, levels, ordered } => {
                let mut codes = self.extents.codes(spool, rows)?;
                for code in codes.iter_mut().filter(|code| **code != MISSING) {
                    *code = order[*code as usize];
                }
                Ok(Column::Category { codes, levels: Arc::clone(levels), ordered: *ordered })
            }
            Kept::Sparse(block) => Ok(Column::Sparse(block.pick(rows))),
            Kept::Parsed(values) => {
                let codes = self.extents.codes(spool, rows)?;
                let value = |code: &u32| values.get(*code as usize).copied().unwrap_or(f64::NAN);
                Ok(Column::Number(codes.iter().map(value).collect()))
            }
        }
    }
}
