//! A file written beside the one that it will replace: the old one stays whole until the new one is.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::PathBuf;

use crate::DataError;

/// A temporary file that takes the place of another, or goes.
#[derive(Debug)]
pub struct Replacement {
    path: String,
    temporary: PathBuf,
    file: File,
    done: bool,
}

impl Replacement {
    /// The name under which a file is written until it is whole.
    #[must_use]
    pub fn temporary_name(path: &str) -> PathBuf {
        PathBuf::from(format!("{path}.{}.tmp", std::process::id()))
    }

    /// Begins a file.
    ///
    /// # Errors
    /// [`DataError::Unwritable`].
    pub fn begin(path: &str) -> Result<Self, DataError> {
        let temporary = Self::temporary_name(path);
        let file = File::create(&temporary).map_err(|error| failed(path, &error))?;
        Ok(Self { path: path.to_owned(), temporary, file, done: false })
    }

    /// Writes a whole text in the place of a file.
    ///
    /// # Errors
    /// [`DataError::Unwritable`]; what stood there before is as it was.
    pub fn write(path: &str, text: &str) -> Result<(), DataError> {
        let mut replacement = Self::begin(path)?;
        replacement.file.write_all(text.as_bytes()).map_err(|error| failed(path, &error))?;
        replacement.commit()
    }

    /// The temporary file, to be written to.
    ///
    /// # Errors
    /// When the system has no file handle left.
    pub fn file(&self) -> io::Result<File> {
        self.file.try_clone()
    }

    /// Puts what was written in its place.
    ///
    /// # Errors
    /// [`DataError::Unwritable`]; what stood there before is as it was.
    pub fn commit(mut self) -> Result<(), DataError> {
        let placed = self.file.sync_all().and_then(|()| fs::rename(&self.temporary, &self.path));
        placed.map_err(|error| failed(&self.path, &error))?;
        self.done = true;
        Ok(())
    }
}

impl Drop for Replacement {
    fn drop(&mut self) {
        if !self.done {
            // What is left of the attempt must not stay; a second failure adds nothing.
            let _ = fs::remove_file(&self.temporary);
        }
    }
}

fn failed(path: &str, error: &io::Error) -> DataError {
    DataError::Unwritable { file: path.to_owned(), reason: error.to_string() }
}
