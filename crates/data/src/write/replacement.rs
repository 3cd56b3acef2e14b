//! A file written beside the one that it will replace: the old one stays whole until the new one is.
//!
//! What a link points to is replaced, not the link. What is no file (a device, a named pipe) is never replaced: bytes go
//! straight to it.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::DataError;

/// A temporary file that takes the place of another, or goes.
#[derive(Debug)]
pub struct Replacement {
    path: PathBuf,
    /// Absent where bytes go straight to the place.
    temporary: Option<PathBuf>,
    file: File,
    done: bool,
}

impl Replacement {
    /// The name under which a file is written until it is whole.
    #[must_use]
    pub fn temporary_name(path: &str) -> PathBuf {
        let mut name = target(path).into_os_string();
        name.push(format!(".{}.tmp", std::process::id()));
        PathBuf::from(name)
    }

    /// Begins a file.
    ///
    /// # Errors
    /// [`DataError::Unwritable`].
    pub fn begin(path: &str) -> Result<Self, DataError> {
        let failed = |error: io::Error| failed(Path::new(path), &error);
        let place = target(path);
        if fs::metadata(&place).is_ok_and(|found| !found.is_file()) {
            let file = File::options().write(true).open(&place).map_err(failed)?;
            return Ok(Self { path: place, temporary: None, file, done: false });
        }
        let temporary = Self::temporary_name(path);
        let file = File::create(&temporary).map_err(failed)?;
        Ok(Self { path: place, temporary: Some(temporary), file, done: false })
    }

    /// Writes a whole text in the place of a file.
    ///
    /// # Errors
    /// [`DataError::Unwritable`]; what stood there before is as it was.
    pub fn write(path: &str, text: &str) -> Result<(), DataError> {
        let mut replacement = Self::begin(path)?;
        replacement.file.write_all(text.as_bytes()).map_err(|error| failed(Path::new(path), &error))?;
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
        if let Some(temporary) = &self.temporary {
            let placed = self.file.sync_all().and_then(|()| fs::rename(temporary, &self.path));
            placed.map_err(|error| failed(&self.path, &error))?;
        }
        self.done = true;
        Ok(())
    }
}

/// The file that a path means: what a link points to.
fn target(path: &str) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| PathBuf::from(path))
}

impl Drop for Replacement {
    fn drop(&mut self) {
        if let (false, Some(temporary)) = (self.done, &self.temporary) {
            // What is left of the attempt must not stay; a second failure adds nothing.
            let _ = fs::remove_file(temporary);
        }
    }
}

fn failed(path: &Path, error: &io::Error) -> DataError {
    DataError::Unwritable { file: path.to_string_lossy().into_owned(), reason: error.to_string() }
}
