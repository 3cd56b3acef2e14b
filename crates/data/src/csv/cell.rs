//! One cell of delimited text: where it ends and what it says.
//!
//! RFC 4180 with its usual liberties: any one-byte delimiter, `\n` or `\r\n`, quotes that are special only at the start of a cell,
//! doubled quotes and line ends inside them, spaces after the closing quote. Anything else after it is an error, because the
//! alternative is a quote that silently swallows rows.

use std::borrow::Cow;

use memchr::{memchr, memchr2};

/// A cell as it stands in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cell<'a> {
    /// The bytes between the quotes, or all of them without the `\r` of the line end.
    pub(crate) raw: &'a [u8],
    /// Whether `raw` holds doubled quotes.
    doubled: bool,
    /// Whether the cell is quoted.
    pub(crate) quoted: bool,
    /// Place of the delimiter or `\n` after the cell.
    pub(crate) end: usize,
}

impl<'a> Cell<'a> {
    /// What the cell says.
    pub(crate) fn text(&self) -> Cow<'a, [u8]> {
        if !self.doubled {
            return Cow::Borrowed(self.raw);
        }
        let mut text = Vec::with_capacity(self.raw.len());
        let mut rest = self.raw;
        while let Some(quote) = memchr(b'"', rest) {
            text.extend_from_slice(&rest[..=quote]);
            rest = &rest[quote + 2..];
        }
        text.extend_from_slice(rest);
        Cow::Owned(text)
    }
}

/// Why a cell cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Broken {
    /// The quote that opens the cell is never closed.
    Unclosed,
    /// Something else than a delimiter or a line end follows the closing quote.
    AfterQuote,
}

impl Broken {
    pub(crate) fn problem(self) -> &'static str {
        match self {
            Self::Unclosed => "the quote that opens a cell here is never closed",
            Self::AfterQuote => {
                "text follows the quote that closes a cell; a quote inside a cell is written twice (\"\")"
            }
        }
    }
}

/// The cell that starts at `at`; `text` ends with `\n`, or inside a quoted cell.
#[inline]
pub(crate) fn cell(text: &[u8], at: usize, delimiter: u8) -> Result<Cell<'_>, Broken> {
    if text.get(at) == Some(&b'"') {
        return quoted(text, at, delimiter);
    }
    let rest = &text[at..];
    let length = memchr2(delimiter, b'\n', rest).unwrap_or(rest.len());
    let end = at + length;
    let mut raw = &rest[..length];
    if text.get(end) == Some(&b'\n')
        && let Some((b'\r', before)) = raw.split_last()
    {
        raw = before;
    }
    Ok(Cell { raw, doubled: false, quoted: false, end })
}

fn quoted(text: &[u8], at: usize, delimiter: u8) -> Result<Cell<'_>, Broken> {
    let start = at + 1;
    let mut doubled = false;
    let mut from = start;
    let close = loop {
        let quote = from + memchr(b'"', &text[from..]).ok_or(Broken::Unclosed)?;
        if text.get(quote + 1) != Some(&b'"') {
            break quote;
        }
        doubled = true;
        from = quote + 2;
    };
    let mut end = close + 1;
    while matches!(text.get(end), Some(b' ' | b'\r')) {
        end += 1;
    }
    match text.get(end) {
        Some(&b) if b == delimiter || b == b'\n' => {
            Ok(Cell { raw: &text[start..close], doubled, quoted: true, end })
        }
        // The text was cut between a closing quote and what follows it: more of it decides.
        None => Err(Broken::Unclosed),
        Some(_) => Err(Broken::AfterQuote),
    }
}

/// The end of the last whole record of `text` (the place after its `\n`), 0 if there is none.
///
/// `text` begins at the start of a record. Stops before a broken cell; whether that is an error is for the caller to know.
pub(crate) fn last_record_end(text: &[u8], delimiter: u8) -> (usize, Option<Broken>) {
    if memchr(b'"', text).is_none() {
        return (memchr::memrchr(b'\n', text).map_or(0, |at| at + 1), None);
    }
    let (mut record, mut at) = (0, 0);
    while at < text.len() {
        match cell(text, at, delimiter) {
            Err(broken) => return (record, Some(broken)),
            Ok(cell) => {
                at = cell.end + 1;
                if text.get(cell.end) == Some(&b'\n') {
                    record = at;
                }
            }
        }
    }
    (record, None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(text: &str) -> Result<Vec<String>, Broken> {
        let (mut at, mut all) = (0, Vec::new());
        while at < text.len() {
            let cell = cell(text.as_bytes(), at, b',')?;
            all.push(String::from_utf8(cell.text().into_owned()).expect("cut at ASCII bytes"));
            at = cell.end + 1;
        }
        Ok(all)
    }

    #[test]
    fn quotes_hide_delimiters_line_ends_and_doubled_quotes() {
        assert_eq!(
            cells("a,\"b,\"\"c\"\"\nd\" ,,5\" pipe\r\n"),
            Ok(["a", "b,\"c\"\nd", "", "5\" pipe"].map(Into::into).into())
        );
        assert_eq!(cells("\"\"\"\"\"\",\"\"\n"), Ok(["\"\"", ""].map(Into::into).into()));
    }

    #[test]
    fn a_quote_that_stays_open_or_closes_too_early_is_an_error() {
        assert_eq!(cells("a,\"b\nc\n"), Err(Broken::Unclosed));
        assert_eq!(cells("\"a\"b,c\n"), Err(Broken::AfterQuote));
    }

    #[test]
    fn a_record_ends_at_a_line_end_outside_of_quotes() {
        assert_eq!(last_record_end(b"a,b\nc,d\ne", b','), (8, None));
        assert_eq!(last_record_end(b"a,\"b\nc\"\nd,\"e\n", b','), (8, Some(Broken::Unclosed)));
        assert_eq!(last_record_end(b"a;\"b\"\nc;\"d\"", b';'), (6, Some(Broken::Unclosed)));
        assert_eq!(last_record_end(b"5\"\n6\",\n", b','), (7, None));
    }
}
