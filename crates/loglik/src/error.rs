//! What can be wrong with a request or its data: one error, with what, where and how to mend it.

use crate::glossary::listed;
use loglik_data::DataError;
use loglik_decide::DecideError;
use loglik_design::{DesignError, Table, TableError};
use loglik_expr::{Column, nearest};
use loglik_fit::RunError;
use loglik_likelihood::{MakeError, UnknownLink};
use serde::Serialize;

/// How the process ends; the numbers are those of the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// A result.
    Ok = 0,
    /// Our own bug.
    Internal = 1,
    /// The request cannot be: a flag, a formula, an unknown column.
    Request = 2,
    /// The data are refused.
    Data = 3,
    /// No finite maximum, not identified, unbounded.
    Infinite = 4,
    /// The optimiser did not converge.
    NotConverged = 5,
    /// Memory, disk, cluster.
    Resources = 6,
    /// A gate failed.
    Gate = 7,
    /// Interrupted.
    Interrupted = 130,
}

/// One error: what, where, and the mend.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Error {
    /// Its id from the closed list.
    pub id: String,
    /// What is wrong, in words.
    pub message: String,
    /// The column.
    pub column: Option<String>,
    /// The data row, from 1.
    pub row: Option<u64>,
    /// The line of the file, from 1.
    pub line: Option<u64>,
    /// The value.
    pub value: Option<String>,
    /// How to mend it.
    pub remedy: Option<String>,
    /// How the process ends.
    #[serde(skip)]
    pub exit: Exit,
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)?;
        if let Some(remedy) = &self.remedy {
            write!(f, "\n{remedy}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}

impl Error {
    /// An error with an id and nothing else.
    #[must_use]
    pub fn new(id: &str, exit: Exit, message: impl Into<String>) -> Self {
        Self {
            id: listed(id),
            message: message.into(),
            column: None,
            row: None,
            line: None,
            value: None,
            remedy: None,
            exit,
        }
    }

    /// A request that cannot be.
    #[must_use]
    pub fn request(message: impl Into<String>) -> Self {
        Self::new("bad_request", Exit::Request, message)
    }

    /// Data that are refused.
    #[must_use]
    pub fn data(id: &str, message: impl Into<String>) -> Self {
        Self::new(id, Exit::Data, message)
    }

    /// A word outside a closed set, with the nearest valid one.
    #[must_use]
    pub fn unknown_word<'a>(what: &str, word: &str, valid: impl Iterator<Item = &'a str>) -> Self {
        let valid: Vec<&str> = valid.collect();
        let mut error = Self::request(format!("{what} `{word}` is unknown; valid: {}", valid.join(", ")));
        error.value = Some(word.to_owned());
        error.remedy = nearest(word, valid.iter().copied()).map(|near| format!("did you mean `{near}`?"));
        error
    }

    /// A column that a table does not have.
    #[must_use]
    pub fn unknown_column(role: &str, column: &str, names: &[String]) -> Self {
        let near = nearest(column, names.iter().map(String::as_str));
        let shown: Vec<&str> = names.iter().take(40).map(String::as_str).collect();
        let mut error = Self::new(
            "unknown_column",
            Exit::Request,
            format!("no column `{column}` for {role}; columns: {}", shown.join(", ")),
        );
        error.column = Some(column.to_owned());
        error.remedy = near.map(|near| format!("did you mean `{near}`?"));
        error
    }

    /// With the column.
    #[must_use]
    pub fn column(mut self, column: impl Into<String>) -> Self {
        self.column = Some(column.into());
        self
    }

    /// With the row of a table and its line in the file.
    #[must_use]
    pub fn at(mut self, table: &Table, row: usize) -> Self {
        self.row = Some(table.file_row(row) as u64 + 1);
        self.line = table.line(row);
        self
    }

    /// With the value.
    #[must_use]
    pub fn value(mut self, value: impl Into<String>) -> Self {
        self.value = Some(value.into());
        self
    }

    /// With the mend.
    #[must_use]
    pub fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }

    /// From the design, with the row and line that `table` knows.
    #[must_use]
    pub fn design(error: &DesignError, table: &Table) -> Self {
        // The row of the file, not of the rows used.
        let row = error.row().filter(|row| *row < table.rows());
        let moved = row.map_or(0, |row| table.file_row(row) - row);
        let mut out = Self::from(error.clone().offset_row(moved));
        // A term of one column is known to users by the column.
        let term = out.column.as_ref().filter(|name| table.column(name).is_none());
        if let Some(Ok(tree)) = term.map(|text| loglik_expr::parse_expression(text))
            && let [one] = tree.names().as_slice()
        {
            out.column = Some((*one).to_owned());
        }
        if let Some(row) = row {
            out = out.at(table, row);
        }
        if out.id == "unseen_level" {
            out = out.remedy("leave such rows out, or fit again with them");
        }
        out
    }

    /// A block of sparse columns in a role that takes one column.
    pub(crate) fn sparse(role: &str, name: &str) -> Self {
        let message = format!("{role}: `{name}` is a block of sparse columns, one column is needed");
        Self::data("type_mismatch", message).column(name)
    }

    /// What to do about a level that a model does not know, by a filter of the rows.
    pub(crate) fn left_out_by_filter(self, table: &Table) -> Self {
        if self.id != "unseen_level" {
            return self;
        }
        let (Some(name), Some(level)) = (&self.column, &self.value) else { return self };
        let level = match table.column(name) {
            Some(Column::Number(_)) => level.clone(),
            Some(Column::Category { .. }) => format!("'{level}'"),
            Some(Column::Sparse(_)) | None => return self,
        };
        let remedy =
            format!("leave such rows out with --where \"{name} != {level}\", or fit again with them");
        self.remedy(remedy)
    }
}

impl From<DecideError> for Error {
    fn from(error: DecideError) -> Self {
        let exit = if error.id() == "bad_request" { Exit::Request } else { Exit::Data };
        let mut out = Self::new(error.id(), exit, error.to_string());
        out.row = error.row().map(|row| row as u64 + 1);
        out
    }
}

impl From<DataError> for Error {
    fn from(error: DataError) -> Self {
        let exit = match error.id() {
            _ if matches!(error, DataError::Unwritable { .. }) => Exit::Resources,
            "memory_limit" | "too_many_levels" => Exit::Resources,
            "no_such_file" | "unknown_column" | "bad_request" => Exit::Request,
            _ => Exit::Data,
        };
        let mut out = Self::new(error.id(), exit, error.to_string());
        out.column = error.column().map(str::to_owned);
        out.row = error.row();
        out.line = error.line();
        out.value = error.value().map(str::to_owned);
        out
    }
}

impl From<DesignError> for Error {
    fn from(error: DesignError) -> Self {
        let exit = match error.id() {
            "non_finite_value" | "unseen_level" | "schema_mismatch" | "type_mismatch" | "corrupt_file" => {
                Exit::Data
            }
            "too_many_levels" | "memory_limit" => Exit::Resources,
            _ => Exit::Request,
        };
        let mut out = Self::new(error.id(), exit, error.to_string());
        out.column = error.column().map(str::to_owned);
        out.row = error.row().map(|row| row as u64 + 1);
        out.value = error.value();
        out
    }
}

impl From<MakeError> for Error {
    fn from(error: MakeError) -> Self {
        Self::request(error.to_string())
    }
}

impl From<UnknownLink> for Error {
    fn from(error: UnknownLink) -> Self {
        let near = nearest(&error.0, loglik_likelihood::Link::NAMED.iter().map(|(name, _)| *name));
        let remedy = near.map(|near| format!("did you mean `{near}`?"));
        Self { remedy, ..Self::request(error.to_string()) }
    }
}

impl From<TableError> for Error {
    fn from(error: TableError) -> Self {
        Self::request(error.to_string())
    }
}

impl From<RunError> for Error {
    fn from(error: RunError) -> Self {
        match error {
            RunError::Interrupted => Self::new("interrupted", Exit::Interrupted, error.to_string()),
            RunError::Source(_) => Self::new("corrupt_file", Exit::Data, error.to_string()),
        }
    }
}
