//! Sparse rows as text: `label column:value column:value ..`, as LIBLINEAR, XGBoost and scikit-learn write them.
//!
//! Two columns come of it: the labels `y`, and `x`, a block of as many sparse columns as the greatest number that is met.
//! Columns count from 1 and ascend within a row; a comment begins with `#`, and `qid:` is passed over.

use std::io::Read;

use loglik_design::LineMap;
use loglik_expr::{Column, Sparse};

use crate::DataError;
use crate::number::{leading, whole};
use crate::text_lines::{TextLines, damaged};

const FORMAT: &str = "svmlight";

/// Mebibytes that a line may have.
const LONGEST: u64 = 64;

/// A file of sparse rows, read.
pub(crate) struct SvmLight {
    labels: Vec<f64>,
    block: Sparse,
    pub(crate) lines: LineMap,
}

/// What is read so far.
#[derive(Default)]
struct Rows {
    labels: Vec<f64>,
    starts: Vec<usize>,
    index: Vec<u32>,
    value: Vec<f64>,
    /// The greatest column, from 1.
    width: u32,
}

impl SvmLight {
    /// Names of its columns.
    pub(crate) const NAMES: [&'static str; 2] = ["y", "x"];

    pub(crate) fn read(
        file: &str,
        bytes: Box<dyn Read + Send>,
        memory: Option<u64>,
    ) -> Result<Self, DataError> {
        let mut rows = Rows { starts: vec![0], ..Rows::default() };
        let mut lines = LineMap::from_line(1);
        let mut input = TextLines::new(file, FORMAT, bytes, LONGEST);
        while let Some((line, text)) = input.next()? {
            let said = text.split(|b| *b == b'#').next().unwrap_or_default().trim_ascii();
            if said.is_empty() {
                lines.push(rows.labels.len() as u64, 1);
                continue;
            }
            rows.line(said).map_err(|reason| damaged(file, FORMAT, Some(line), reason))?;
            rows.check_memory(file, memory)?;
        }
        if rows.labels.is_empty() {
            return Err(DataError::Empty { file: file.to_owned(), what: "there is no row" });
        }
        let Rows { labels, starts, index, value, width } = rows;
        let block = Sparse::new(width as usize, &starts, index, value);
        let block = block.map_err(|error| damaged(file, FORMAT, None, error.to_string()))?;
        Ok(Self { labels, block, lines })
    }

    pub(crate) fn rows(&self) -> usize {
        self.labels.len()
    }

    /// The column at a place among [`SvmLight::NAMES`].
    pub(crate) fn column(&self, place: usize) -> Column {
        match place {
            0 => Column::Number(self.labels.clone()),
            _ => Column::Sparse(self.block.clone()),
        }
    }
}

impl Rows {
    /// Adds one row.
    fn line(&mut self, text: &[u8]) -> Result<(), String> {
        let shown = |word: &[u8]| String::from_utf8_lossy(word).chars().take(40).collect::<String>();
        let mut words = text.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
        let label = words.next().unwrap_or_default();
        let Some(label) = whole(label) else {
            return Err(format!("a row begins with its label, a number: `{}` is none", shown(label)));
        };
        self.labels.push(label);
        let mut last = 0;
        for word in words.filter(|word| !word.starts_with(b"qid:")) {
            let Some((column, value)) = entry(word) else {
                return Err(format!("`{}` is not `column:value`", shown(word)));
            };
            if column == 0 {
                return Err("columns count from 1; there is a column 0".to_owned());
            }
            if column <= last {
                return Err(format!("column {column} comes after column {last}: they must ascend"));
            }
            if !value.is_finite() {
                return Err(format!("`{}`: the value is not a finite number", shown(word)));
            }
            last = column;
            self.index.push(column - 1);
            self.value.push(value);
        }
        self.width = self.width.max(last);
        self.starts.push(self.index.len());
        Ok(())
    }

    fn check_memory(&self, file: &str, memory: Option<u64>) -> Result<(), DataError> {
        let Some(limit) = memory.filter(|_| self.labels.len().is_multiple_of(4_096)) else { return Ok(()) };
        let needed = (self.index.len() * 12 + self.labels.len() * 24) as u64;
        if needed <= limit {
            return Ok(());
        }
        Err(DataError::Memory { file: file.to_owned(), column: SvmLight::NAMES[1].to_owned(), needed, limit })
    }
}

/// Column and value of `column:value`.
fn entry(word: &[u8]) -> Option<(u32, f64)> {
    let colon = word.iter().position(|b| *b == b':')?;
    let column = std::str::from_utf8(&word[..colon]).ok()?.parse().ok()?;
    let (value, taken) = leading(&word[colon + 1..])?;
    (colon + 1 + taken == word.len()).then_some((column, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &'static str) -> Result<SvmLight, DataError> {
        SvmLight::read("t.svm", Box::new(text.as_bytes()), None)
    }

    #[test]
    fn rows_have_a_label_and_the_entries_they_name() {
        let found = read("# words\n+1 2:0.5 5:1e-1 # a comment\n-1 qid:7 1:3\n\n0\n").expect("three rows");
        assert_eq!(found.column(0), Column::Number(vec![1.0, -1.0, 0.0]));
        let Column::Sparse(block) = found.column(1) else { panic!("a block") };
        assert_eq!((block.columns(), block.rows()), (5, 3));
        assert_eq!(block.row(0), (&[1, 4][..], &[0.5, 0.1][..]));
        assert_eq!(block.row(1), (&[0][..], &[3.0][..]));
        assert!(block.row(2).0.is_empty());
        assert_eq!(found.lines.line(2), Some(5));
    }

    #[test]
    fn a_row_that_cannot_be_is_refused_with_its_line() {
        let refused = [
            ("1 1:2\nno 1:2\n", "line 2"),
            ("1 0:2\n", "count from 1"),
            ("1 3:2 2:1\n", "ascend"),
            ("1 3:two\n", "`3:two`"),
            ("1 3:inf\n", "not a finite"),
            ("1 3\n", "`3` is not"),
            ("# nothing\n", "no row"),
        ];
        for (text, why) in refused {
            let Err(error) = read(text) else { panic!("{text:?} was read") };
            assert!(error.to_string().contains(why), "{text:?}: {error}");
        }
    }
}
