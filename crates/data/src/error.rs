//! What can be wrong with a data file: each variant says what, where, and how to mend it.
//!
//! The ids of [`DataError::id`] are those of the machine-readable output. `row` counts data rows from 1, `line` the lines of the
//! file from 1 (the header is usually line 1), so both agree with what an editor shows.

use crate::shown::Shown;

/// Why data cannot be read or written.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum DataError {
    /// The path names nothing.
    #[error("there is no file {}", Shown(.file))]
    NoSuchFile {
        /// Path as given.
        file: String,
    },
    /// The operating system refused to open or read.
    #[error("cannot read {}: {reason}", Shown(.file))]
    Unreadable {
        /// Path as given, or "stdin".
        file: String,
        /// What the operating system says.
        reason: String,
    },
    /// No byte, no header, or a header without rows.
    #[error("{} has no data: {what}", Shown(.file))]
    Empty {
        /// Path as given.
        file: String,
        /// What is missing.
        what: &'static str,
    },
    /// Two columns have one name.
    #[error("{} has two columns called {}: rename one", Shown(.file), Shown(.column))]
    DuplicateColumn {
        /// Path as given.
        file: String,
        /// The name.
        column: String,
    },
    /// A column that was asked for is not in the file.
    #[error("{} has no column {}", Shown(.file), Shown(.column))]
    UnknownColumn {
        /// Path as given.
        file: String,
        /// The name.
        column: String,
    },
    /// Delimited text that breaks its own rules.
    #[error("{}, line {line}: {problem}", Shown(.file))]
    Csv {
        /// Path as given.
        file: String,
        /// Data row, where it is one.
        row: Option<u64>,
        /// Line on which the trouble began.
        line: u64,
        /// What is wrong there.
        problem: String,
    },
    /// A cell of a numeric column that is no number.
    #[error(
        "column {}, row {row}{}: {} is not a number, as {numbers} of the {cells} values of this column are. \
         If it means a missing value, say `--na '{}'`",
        Shown(.column), on_line(*.line), Shown(.value), .value.escape_default()
    )]
    TypeMismatch {
        /// The numeric column.
        column: String,
        /// Data row, from 1.
        row: u64,
        /// Line of the file, where it has lines.
        line: Option<u64>,
        /// The cell.
        value: String,
        /// Cells of the column that are numbers.
        numbers: u64,
        /// Cells of the column that are not missing.
        cells: u64,
    },
    /// Bytes that are not UTF-8 text.
    #[error("{}, line {line}: {what}. Convert the file, for instance `iconv -f latin1 -t utf-8`", Shown(.file))]
    Encoding {
        /// Path as given.
        file: String,
        /// Column, where it is one cell.
        column: Option<String>,
        /// Line of the first such byte.
        line: u64,
        /// What was met.
        what: String,
    },
    /// A file that is not what its first bytes or its name say, or that is cut short.
    #[error("{} is damaged or not {format}{}: {reason}", Shown(.file), on_line(*.line))]
    Corrupt {
        /// Path as given.
        file: String,
        /// The format that was expected.
        format: &'static str,
        /// Line, in text formats.
        line: Option<u64>,
        /// What the reader says.
        reason: String,
    },
    /// A column of a type that is neither a number nor a category.
    #[error("column {} has the type {kind}, which is neither a number nor a category", Shown(.column))]
    UnknownType {
        /// The column.
        column: String,
        /// Its type in the file.
        kind: String,
    },
    /// A category that is rather a name of each row.
    #[error(
        "column {} has {levels} different values in {rows} rows, too many for a category. \
         If it names rows, leave it out; if it holds numbers, mend the cells that are none",
        Shown(.column)
    )]
    TooManyLevels {
        /// The column.
        column: String,
        /// Different values.
        levels: u64,
        /// Rows that have one.
        rows: u64,
    },
    /// The data do not fit the memory that was allowed.
    #[error(
        "{} needs more than the {} MB of memory that are allowed (so far {} MB, most of them for column {}): \
         name fewer columns or raise `--memory`",
        Shown(.file), .limit / 1_000_000, .needed / 1_000_000, Shown(.column)
    )]
    Memory {
        /// Path as given.
        file: String,
        /// The column that takes most.
        column: String,
        /// Bytes needed when reading stopped.
        needed: u64,
        /// Bytes allowed.
        limit: u64,
    },
    /// The output file is there already.
    #[error("{} exists: `--force` replaces it", Shown(.file))]
    Exists {
        /// Path as given.
        file: String,
    },
    /// The name of an output says no format that is written.
    #[error("{}: its suffix names no format: .csv, .tsv, both with .gz or .zst, .parquet, .arrow, .feather", Shown(.file))]
    UnknownOutput {
        /// Path as given.
        file: String,
    },
    /// The output could not be written; a file that was there is as before.
    #[error("cannot write {}: {reason}", Shown(.file))]
    Unwritable {
        /// Path as given.
        file: String,
        /// What the operating system or the format's writer says.
        reason: String,
    },
}

impl DataError {
    /// The id in machine-readable output.
    #[must_use]
    pub fn id(&self) -> &'static str {
        match self {
            // The closed list has one id for a path that cannot be used.
            Self::NoSuchFile { .. } | Self::Unreadable { .. } | Self::Unwritable { .. } => "no_such_file",
            Self::Empty { .. } => "empty_data",
            Self::DuplicateColumn { .. } => "duplicate_column",
            Self::UnknownColumn { .. } => "unknown_column",
            Self::Csv { .. } => "csv_parse",
            Self::TypeMismatch { .. } | Self::UnknownType { .. } => "type_mismatch",
            Self::Encoding { .. } => "encoding",
            Self::Corrupt { .. } => "corrupt_file",
            Self::TooManyLevels { .. } => "too_many_levels",
            Self::Memory { .. } => "memory_limit",
            Self::Exists { .. } => "file_exists",
            Self::UnknownOutput { .. } => "bad_request",
        }
    }

    /// The error of a block of rows, `rows` of them before it.
    pub(crate) fn after_rows(mut self, rows: u64) -> Self {
        if let Self::Csv { row: Some(row), .. } = &mut self {
            *row += rows;
        }
        self
    }

    /// The column in question.
    #[must_use]
    pub fn column(&self) -> Option<&str> {
        match self {
            Self::DuplicateColumn { column, .. }
            | Self::UnknownColumn { column, .. }
            | Self::TypeMismatch { column, .. }
            | Self::UnknownType { column, .. }
            | Self::TooManyLevels { column, .. }
            | Self::Memory { column, .. } => Some(column),
            Self::Encoding { column, .. } => column.as_deref(),
            _ => None,
        }
    }

    /// The data row in question, from 1.
    #[must_use]
    pub fn row(&self) -> Option<u64> {
        match self {
            Self::TypeMismatch { row, .. } => Some(*row),
            Self::Csv { row, .. } => *row,
            _ => None,
        }
    }

    /// The line of the file in question, from 1.
    #[must_use]
    pub fn line(&self) -> Option<u64> {
        match self {
            Self::Csv { line, .. } | Self::Encoding { line, .. } => Some(*line),
            Self::TypeMismatch { line, .. } | Self::Corrupt { line, .. } => *line,
            _ => None,
        }
    }

    /// The cell in question.
    #[must_use]
    pub fn value(&self) -> Option<&str> {
        match self {
            Self::TypeMismatch { value, .. } => Some(value),
            _ => None,
        }
    }
}

fn on_line(line: Option<u64>) -> String {
    line.map_or_else(String::new, |line| format!(" (line {line})"))
}
