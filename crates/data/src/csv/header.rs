//! The first record of delimited text: column names, and with them the delimiter.
//!
//! The delimiter is the one that cuts the first records into equally many cells, the most of them; a tie goes to the order comma, tab,
//! semicolon, pipe. Where none does, the one that the first record has most of is taken, so that the error is about that.

use std::io::Read;

use super::blocks::{Blocks, LONGEST_RECORD};
use super::cell::{Broken, cell};
use crate::DataError;

const DELIMITERS: [u8; 4] = *b",\t;|";
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
/// Bytes read before anything is decided.
const PEEK: usize = 64 << 10;
/// Records that the delimiter is judged by.
const RECORDS: usize = 50;

/// Reads the column names; `blocks` stands at the first data row afterwards and knows the delimiter.
///
/// * `delimiter` the one that the user named, if any
pub(crate) fn header(
    file: &str,
    blocks: &mut Blocks,
    delimiter: Option<u8>,
) -> Result<Vec<String>, DataError> {
    skip_to_text(file, blocks)?;
    let mut size = PEEK;
    loop {
        let text = blocks.peek(size)?;
        if text.is_empty() {
            return Err(DataError::Empty { file: file.to_owned(), what: "the file is empty" });
        }
        if text.contains(&0) {
            let what = "a zero byte, which no text has".to_owned();
            return Err(DataError::Encoding {
                file: file.to_owned(),
                column: None,
                line: blocks.line(),
                what,
            });
        }
        let mut text = text.to_vec();
        if blocks.at_end() && text.last() != Some(&b'\n') {
            text.push(b'\n');
        }
        let delimiter = delimiter.unwrap_or_else(|| sniff(&text));
        match record(&text, 0, delimiter) {
            Ok(Record { cells, end }) => {
                let names = names(file, blocks.line(), &cells)?;
                let lines = memchr::memchr_iter(b'\n', &text[..end]).count() as u64;
                blocks.skip(end, lines);
                blocks.delimiter = delimiter;
                return Ok(names);
            }
            Err(Some(broken)) if broken == Broken::AfterQuote || blocks.at_end() => {
                let (file, line, problem) = (file.to_owned(), blocks.line(), broken.problem().to_owned());
                return Err(DataError::Csv { file, row: None, line, problem });
            }
            Err(_) if text.len() > LONGEST_RECORD => return Err(blocks.endless()),
            Err(_) => size = 4 * text.len(),
        }
    }
}

/// A text again, at its first data row; the delimiter is known by now.
pub(crate) fn reopen(file: &str, bytes: Box<dyn Read + Send>, delimiter: u8) -> Result<Blocks, DataError> {
    let mut blocks = Blocks::new(file, bytes);
    header(file, &mut blocks, Some(delimiter))?;
    Ok(blocks)
}

/// Skips the byte-order mark and the blank lines before the header.
fn skip_to_text(file: &str, blocks: &mut Blocks) -> Result<(), DataError> {
    let start = blocks.peek(PEEK)?;
    if start.starts_with(b"\xff\xfe") || start.starts_with(b"\xfe\xff") {
        let what = "the text is UTF-16, not UTF-8".to_owned();
        return Err(DataError::Encoding { file: file.to_owned(), column: None, line: 1, what });
    }
    if start.starts_with(BYTE_ORDER_MARK) {
        blocks.skip(BYTE_ORDER_MARK.len(), 0);
    }
    loop {
        let text = blocks.peek(PEEK)?;
        let blank = text.iter().take_while(|&&b| b == b'\n' || b == b'\r').count();
        if blank == 0 {
            return Ok(());
        }
        let lines = memchr::memchr_iter(b'\n', &text[..blank]).count() as u64;
        blocks.skip(blank, lines);
    }
}

/// One record.
struct Record {
    /// What each cell says, and whether it is quoted.
    cells: Vec<(Vec<u8>, bool)>,
    /// The place after it.
    end: usize,
}

/// The record at `at`; `None` for an error if the text ends first.
fn record(text: &[u8], mut at: usize, delimiter: u8) -> Result<Record, Option<Broken>> {
    let mut cells = Vec::new();
    loop {
        let cell = cell(text, at, delimiter).map_err(Some)?;
        let ended = *text.get(cell.end).ok_or(None)? == b'\n';
        cells.push((cell.text().into_owned(), cell.quoted));
        at = cell.end + 1;
        if ended {
            return Ok(Record { cells, end: at });
        }
    }
}

fn sniff(text: &[u8]) -> u8 {
    let counts = DELIMITERS.map(|delimiter| (delimiter, cells_a_record(text, delimiter)));
    let best = |wanted: &dyn Fn(&[usize]) -> bool| {
        // `max_by_key` keeps the last of equals: reversed, the first in the order of preference wins.
        counts.iter().rev().filter(|(_, cells)| wanted(cells)).max_by_key(|(_, cells)| cells.first().copied())
    };
    best(&|cells| cells[0] > 1 && cells.iter().all(|&count| count == cells[0]))
        .or_else(|| best(&|cells| cells[0] > 1))
        .map_or(b',', |&(delimiter, _)| delimiter)
}

/// Number of cells of each of the first records, blank lines aside; at least one entry.
fn cells_a_record(text: &[u8], delimiter: u8) -> Vec<usize> {
    let (mut counts, mut at) = (Vec::new(), 0);
    while at < text.len() && counts.len() < RECORDS {
        let Ok(Record { cells, end }) = record(text, at, delimiter) else { break };
        at = end;
        if cells.len() > 1 || !cells[0].0.is_empty() {
            counts.push(cells.len());
        }
    }
    if counts.is_empty() { vec![0] } else { counts }
}

/// Column names: unique, without the spaces around an unquoted one; a nameless column is called after its place.
fn names(file: &str, line: u64, cells: &[(Vec<u8>, bool)]) -> Result<Vec<String>, DataError> {
    let mut names: Vec<String> = Vec::with_capacity(cells.len());
    for (place, (cell, quoted)) in cells.iter().enumerate() {
        let Ok(name) = std::str::from_utf8(cell) else {
            let what = format!("the name of column {} is not UTF-8", place + 1);
            return Err(DataError::Encoding { file: file.to_owned(), column: None, line, what });
        };
        let name = if *quoted { name } else { name.trim() };
        names.push(if name.is_empty() { format!("column_{}", place + 1) } else { name.to_owned() });
    }
    crate::names::refuse_duplicates(file, &names)?;
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &[u8]) -> Result<(Vec<String>, u8, u64), DataError> {
        let mut blocks = Blocks::new("test", Box::new(std::io::Cursor::new(text.to_vec())));
        header("test", &mut blocks, None).map(|names| (names, blocks.delimiter, blocks.line()))
    }

    #[test]
    fn the_delimiter_is_the_one_that_all_records_agree_on() {
        assert_eq!(read(b"a;b\n1,5;2\n3,5;4\n"), Ok((vec!["a".into(), "b".into()], b';', 2)));
        assert_eq!(read(b"a\tb, c\n1\t2\n"), Ok((vec!["a".into(), "b, c".into()], b'\t', 2)));
        assert_eq!(read(b"y|x\n1|2\n"), Ok((vec!["y".into(), "x".into()], b'|', 2)));
        assert_eq!(read(b"y,x\n1,2\n3,4,5\n"), Ok((vec!["y".into(), "x".into()], b',', 2)));
        assert_eq!(read(b"y\n1\n"), Ok((vec!["y".into()], b',', 2)));
    }

    #[test]
    fn a_byte_order_mark_blank_lines_and_a_name_of_two_lines_are_counted_right() {
        assert_eq!(
            read(b"\xef\xbb\xbf\r\n\"a\nb\", x \r\n1,2\r\n"),
            Ok((vec!["a\nb".into(), "x".into()], b',', 4))
        );
        assert_eq!(read(b",x\n1,2"), Ok((vec!["column_1".into(), "x".into()], b',', 2)));
    }

    #[test]
    fn what_is_no_header_is_refused_with_its_line() {
        let refused = |text: &[u8]| read(text).map_err(|e| (e.id(), e.line()));
        assert_eq!(refused(b""), Err(("empty_data", None)));
        assert_eq!(refused(b"\n\n"), Err(("empty_data", None)));
        assert_eq!(refused(b"a,\"b\n1,2\n"), Err(("csv_parse", Some(1))));
        assert_eq!(refused(b"a,\xe9\n1,2\n"), Err(("encoding", Some(1))));
        assert_eq!(refused(b"\xff\xfea\0,\0"), Err(("encoding", Some(1))));
        assert_eq!(refused(b"a\0\0\n"), Err(("encoding", Some(1))));
        assert_eq!(read(b"x,y,x\n").map_err(|e| e.column().map(str::to_owned)), Err(Some("x".into())));
    }
}
