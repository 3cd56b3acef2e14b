//! Lines of a text, counted from 1, none longer than a limit: formats that are read line by line share them.

use std::io::{BufRead, BufReader, Read};

use crate::DataError;

/// The lines of one file.
pub(crate) struct TextLines<'a> {
    file: &'a str,
    format: &'static str,
    input: BufReader<Box<dyn Read + Send>>,
    /// Mebibytes that a line may have.
    longest: u64,
    text: Vec<u8>,
    line: u64,
}

impl<'a> TextLines<'a> {
    /// * `longest` mebibytes that a line may have
    pub(crate) fn new(
        file: &'a str,
        format: &'static str,
        bytes: Box<dyn Read + Send>,
        longest: u64,
    ) -> Self {
        let input = BufReader::with_capacity(1 << 20, bytes);
        Self { file, format, input, longest, text: Vec::new(), line: 0 }
    }

    /// The next line and its number; none at the end.
    pub(crate) fn next(&mut self) -> Result<Option<(u64, &[u8])>, DataError> {
        self.text.clear();
        self.line += 1;
        let most = self.longest << 20;
        let read = self.input.by_ref().take(most).read_until(b'\n', &mut self.text);
        let read = read.map_err(|error| crate::input::unreadable(self.file, &error))? as u64;
        if read == most {
            let reason = format!("the line is longer than {} MiB", self.longest);
            return Err(damaged(self.file, self.format, Some(self.line), reason));
        }
        Ok((read > 0).then_some((self.line, self.text.as_slice())))
    }
}

/// A file that is not what its format says.
pub(crate) fn damaged(file: &str, format: &'static str, line: Option<u64>, reason: String) -> DataError {
    DataError::Corrupt { file: file.to_owned(), format, line, reason }
}
