//! Foreign readers at arm's length: a panic of theirs on a crafted file is a damaged file, not the end of the program.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::DataError;

thread_local! {
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Whether a panic of this thread would be caught and told as a damaged file; a panic hook may stay silent then.
#[must_use]
pub fn panic_is_caught() -> bool {
    GUARDED.get()
}

/// Runs a foreign reader of `format`; its panic becomes [`DataError::Corrupt`].
pub(crate) fn guarded<T>(
    file: &str,
    format: &'static str,
    read: impl FnOnce() -> Result<T, DataError>,
) -> Result<T, DataError> {
    let outer = GUARDED.replace(true);
    // What the reader leaves behind after a panic is dropped, never used.
    let result = catch_unwind(AssertUnwindSafe(read));
    GUARDED.set(outer);
    result.unwrap_or_else(|_| Err(corrupt(file, format, "its contents contradict themselves")))
}

/// The error of a damaged file; `reason` is what the reader says.
pub(crate) fn corrupt(file: &str, format: &'static str, reason: impl ToString) -> DataError {
    let reason: String = reason.to_string().chars().filter(|c| !c.is_control()).take(300).collect();
    DataError::Corrupt { file: file.to_owned(), format, line: None, reason }
}
