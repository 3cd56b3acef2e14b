//! What a file is, told by its first bytes.
//!
//! The name is only asked where the bytes leave a choice, and where it promises something that they do not keep: a `.parquet` that is
//! no Parquet is damaged, not text.

use std::path::Path;

use crate::DataError;

/// The format of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Comma- or otherwise delimited text with a header.
    Delimited,
    /// One JSON object a line.
    JsonLines,
    /// A label and `column:value` entries a line.
    SvmLight,
    /// Apache Parquet.
    Parquet,
    /// Arrow IPC file (Feather version 2).
    ArrowFile,
    /// Arrow IPC stream.
    ArrowStream,
}

impl Format {
    /// The format's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Delimited => "delimited text",
            Self::JsonLines => "JSON lines",
            Self::SvmLight => "svmlight",
            Self::Parquet => "Parquet",
            Self::ArrowFile => "an Arrow file",
            Self::ArrowStream => "an Arrow stream",
        }
    }

    /// The format that a file name promises.
    #[must_use]
    pub fn of_name(path: &Path) -> Option<Self> {
        let name = path.file_name()?.to_str()?.to_ascii_lowercase();
        let name = name.trim_end_matches(".gz").trim_end_matches(".zst");
        Some(match name.rsplit_once('.')?.1 {
            "parquet" | "pq" => Self::Parquet,
            "arrow" | "feather" | "ipc" => Self::ArrowFile,
            "arrows" => Self::ArrowStream,
            "ndjson" | "jsonl" => Self::JsonLines,
            "svm" | "svmlight" | "libsvm" => Self::SvmLight,
            "csv" | "tsv" | "tab" | "txt" | "dat" => Self::Delimited,
            _ => return None,
        })
    }
}

/// The format of a file whose first bytes are `start`.
pub(crate) fn detect(file: &str, path: Option<&Path>, start: &[u8]) -> Result<Format, DataError> {
    let promised = path.and_then(Format::of_name);
    let corrupt = |format: &'static str, reason: &str| {
        Err(DataError::Corrupt { file: file.to_owned(), format, line: None, reason: reason.to_owned() })
    };
    if start.is_empty() {
        return Err(DataError::Empty { file: file.to_owned(), what: "the file is empty" });
    }
    match start {
        [b'P', b'A', b'R', b'1', ..] => return Ok(Format::Parquet),
        [b'A', b'R', b'R', b'O', b'W', b'1', ..] => return Ok(Format::ArrowFile),
        [0xff, 0xff, 0xff, 0xff, ..] => return Ok(Format::ArrowStream),
        [b'F', b'E', b'A', b'1', ..] => {
            return corrupt("an Arrow file", "it is Feather version 1; write version 2");
        }
        [b'P', b'K', 3, 4, ..] => {
            return corrupt("text", "it is a workbook or an archive; save the table as CSV");
        }
        _ => {}
    }
    match promised {
        Some(Format::Parquet) => corrupt("Parquet", "it does not begin with `PAR1`"),
        Some(Format::ArrowFile | Format::ArrowStream) => {
            corrupt("an Arrow file", "it does not begin as one does")
        }
        Some(Format::JsonLines) => Ok(Format::JsonLines),
        Some(Format::SvmLight) => Ok(Format::SvmLight),
        None if start.trim_ascii_start().first() == Some(&b'{') => Ok(Format::JsonLines),
        Some(Format::Delimited) | None => Ok(Format::Delimited),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_bytes_decide_and_a_name_must_keep_its_promise() {
        let of = |path: &str, start: &[u8]| detect(path, Some(Path::new(path)), start).map_err(|e| e.id());
        assert_eq!(of("a.csv", b"PAR1"), Ok(Format::Parquet));
        assert_eq!(of("a.parquet", b"y,x\n"), Err("corrupt_file"));
        assert_eq!(of("a.parquet", b""), Err("empty_data"));
        assert_eq!(of("a.jsonl.gz", b"{}"), Ok(Format::JsonLines));
        assert_eq!(of("a", b" {\"y\":1}"), Ok(Format::JsonLines));
        assert_eq!(of("a.csv", b"{y},x\n"), Ok(Format::Delimited));
        assert_eq!(of("a.xlsx", b"PK\x03\x04"), Err("corrupt_file"));
    }
}
