//! Delimited text: one header, one line a row, quotes only where a cell needs them.
//!
//! Numbers are the shortest that read back to the same bits; an absent cell is empty.

use std::io::{self, BufWriter, Write};

use loglik_expr::MISSING;

use super::Cells;

/// Bytes gathered before they are handed on.
const BUFFER: usize = 1 << 18;

/// Where bytes go that must be told that they have ended.
pub(super) trait Ended: Write + Send {
    fn end(self: Box<Self>) -> io::Result<()>;
}

/// A text on its way.
pub(super) struct Text {
    out: BufWriter<Box<dyn Ended>>,
    delimiter: u8,
}

impl Text {
    pub(super) fn begin(out: Box<dyn Ended>, delimiter: u8, names: &[String]) -> io::Result<Self> {
        let mut text = Self { out: BufWriter::with_capacity(BUFFER, out), delimiter };
        for (c, name) in names.iter().enumerate() {
            text.separate(c)?;
            text.word(name)?;
        }
        text.out.write_all(b"\n")?;
        Ok(text)
    }

    pub(super) fn write(&mut self, columns: &[Cells]) -> io::Result<()> {
        for row in 0..columns.first().map_or(0, Cells::len) {
            for (c, column) in columns.iter().enumerate() {
                self.separate(c)?;
                match column {
                    Cells::Number(values) if values[row].is_nan() => {}
                    Cells::Number(values) => write!(self.out, "{}", values[row])?,
                    Cells::Whole(values) => write!(self.out, "{}", values[row])?,
                    Cells::Text(codes, _) if codes[row] == MISSING => {}
                    Cells::Text(codes, texts) => self.word(&texts[codes[row] as usize])?,
                }
            }
            self.out.write_all(b"\n")?;
        }
        Ok(())
    }

    pub(super) fn finish(self) -> io::Result<()> {
        self.out.into_inner().map_err(io::IntoInnerError::into_error)?.end()
    }

    fn separate(&mut self, column: usize) -> io::Result<()> {
        if column > 0 { self.out.write_all(&[self.delimiter]) } else { Ok(()) }
    }

    fn word(&mut self, word: &str) -> io::Result<()> {
        let special = |b: u8| b == self.delimiter || b == b'"' || b == b'\n' || b == b'\r';
        let blank = word.starts_with(' ') || word.ends_with(' ');
        if !blank && !word.bytes().any(special) {
            return self.out.write_all(word.as_bytes());
        }
        write!(self.out, "\"{}\"", word.replace('"', "\"\""))
    }
}
