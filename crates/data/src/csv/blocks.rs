//! Delimited text in blocks of whole records, read once from front to back.
//!
//! Workers take blocks in turn and parse them on their own, so a block carries all that its errors need: its number and the line
//! on which it starts. Cutting costs one search backwards for a line end; only text with quotes is walked cell by cell, because
//! whether a line end is inside quotes can be known from the front alone.

use std::io::Read;

use super::cell::{Broken, last_record_end};
use crate::DataError;

/// Bytes of a block, unless one record is longer.
pub(crate) const BLOCK: usize = 4 << 20;
/// Bytes that a record may have; a longer one is no table, or has no end.
pub(crate) const LONGEST_RECORD: usize = 16 << 20;

/// Whole records.
#[derive(Debug, Default)]
pub(crate) struct Block {
    /// Place in the order of the file.
    pub(crate) index: usize,
    /// Line of the file (from 1) on which the first record starts.
    pub(crate) first_line: u64,
    /// The records, the last one ended by `\n` too.
    pub(crate) bytes: Vec<u8>,
}

/// What is left of a text.
pub(crate) struct Blocks {
    file: String,
    input: Box<dyn Read + Send>,
    /// Read but not given out yet.
    ahead: Vec<u8>,
    at_end: bool,
    pub(crate) delimiter: u8,
    next_index: usize,
    next_line: u64,
}

impl Blocks {
    pub(crate) fn new(file: &str, input: Box<dyn Read + Send>) -> Self {
        let file = file.to_owned();
        Self { file, input, ahead: Vec::new(), at_end: false, delimiter: b',', next_index: 0, next_line: 1 }
    }

    /// The next bytes, at least `bytes` of them unless the text ends before; they stay to be read.
    pub(crate) fn peek(&mut self, bytes: usize) -> Result<&[u8], DataError> {
        let mut ahead = std::mem::take(&mut self.ahead);
        let filled = self.fill(&mut ahead, bytes);
        self.ahead = ahead;
        filled?;
        Ok(&self.ahead)
    }

    /// Whether no more bytes than those of the last [`Blocks::peek`] follow.
    pub(crate) fn at_end(&self) -> bool {
        self.at_end
    }

    /// Drops the next `bytes` bytes, which were peeked at and hold `lines` lines.
    pub(crate) fn skip(&mut self, bytes: usize, lines: u64) {
        self.ahead.drain(..bytes.min(self.ahead.len()));
        self.next_line += lines;
    }

    /// Line on which the next record starts.
    pub(crate) fn line(&self) -> u64 {
        self.next_line
    }

    /// The next block, in the buffer of an old one; `None` at the end.
    pub(crate) fn next(&mut self, mut old: Block) -> Result<Option<Block>, DataError> {
        old.bytes.clear();
        let mut bytes = old.bytes;
        bytes.extend_from_slice(&self.ahead);
        self.ahead.clear();
        let mut target = BLOCK;
        loop {
            self.fill(&mut bytes, target)?;
            if self.at_end && bytes.last().is_some_and(|&b| b != b'\n') {
                bytes.push(b'\n');
            }
            if bytes.is_empty() {
                return Ok(None);
            }
            let (end, broken) = last_record_end(&bytes, self.delimiter);
            let hopeless = broken == Some(Broken::AfterQuote) || bytes.len() - end > LONGEST_RECORD;
            if end == 0 && broken.is_none() && hopeless {
                return Err(self.endless());
            }
            // What is broken for good goes out with the block: the parser meets it again and knows the row.
            let end = if self.at_end || hopeless { bytes.len() } else { end };
            if end > 0 {
                self.at_end |= hopeless;
                self.ahead.extend_from_slice(&bytes[end..]);
                bytes.truncate(end);
                let block = Block { index: self.next_index, first_line: self.next_line, bytes };
                self.next_index += 1;
                self.next_line += memchr::memchr_iter(b'\n', &block.bytes).count() as u64;
                return Ok(Some(block));
            }
            target = bytes.len() + BLOCK;
        }
    }

    pub(crate) fn endless(&self) -> DataError {
        let problem = "this line is longer than 16 MiB: is the file a table of text?".to_owned();
        DataError::Csv { file: self.file.clone(), row: None, line: self.next_line, problem }
    }

    fn fill(&mut self, bytes: &mut Vec<u8>, target: usize) -> Result<(), DataError> {
        let lacking = target.saturating_sub(bytes.len());
        if self.at_end || lacking == 0 {
            return Ok(());
        }
        let read = self
            .input
            .by_ref()
            .take(lacking as u64)
            .read_to_end(bytes)
            .map_err(|e| crate::input::unreadable(&self.file, &e))?;
        self.at_end = read < lacking;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blocks(text: &[u8]) -> Vec<(u64, Vec<u8>)> {
        let mut blocks = Blocks::new("test", Box::new(std::io::Cursor::new(text.to_vec())));
        std::iter::from_fn(|| blocks.next(Block::default()).expect("records end"))
            .map(|block| (block.first_line, block.bytes))
            .collect()
    }

    #[test]
    fn blocks_hold_whole_records_and_know_their_line() {
        let record = b"12345,\"two\nlines\"\n";
        let text = record.repeat(BLOCK / 9);
        let cut = blocks(&text);
        assert!(cut.len() > 2);
        assert_eq!(cut.iter().map(|(_, bytes)| bytes.len()).sum::<usize>(), text.len());
        let mut line = 1;
        for (first, bytes) in cut {
            assert_eq!((first, bytes.len() % record.len()), (line, 0));
            line += 2 * (bytes.len() / record.len()) as u64;
        }
    }

    #[test]
    fn a_last_line_without_an_end_gets_one() {
        assert_eq!(blocks(b"1\n2"), [(1, b"1\n2\n".to_vec())]);
    }

    #[test]
    fn a_line_without_end_is_an_error_and_takes_no_more_memory_than_its_cap() {
        let mut blocks = Blocks::new("endless", Box::new(std::io::repeat(b'x')));
        let error = blocks.next(Block::default()).expect_err("no line end");
        assert_eq!((error.id(), error.line()), ("csv_parse", Some(1)));
        assert!(blocks.ahead.len() <= LONGEST_RECORD + 2 * BLOCK);
    }
}
