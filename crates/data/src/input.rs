//! Where bytes come from: a file or standard input.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::DataError;

/// A file, or standard input where the path is `-`.
#[derive(Debug, Clone)]
pub(crate) struct Input {
    path: Option<PathBuf>,
    /// As shown in errors.
    pub(crate) name: String,
}

impl Input {
    pub(crate) fn new(path: &Path) -> Self {
        if path == Path::new("-") {
            return Self { path: None, name: "stdin".to_owned() };
        }
        Self { path: Some(path.to_owned()), name: path.to_string_lossy().into_owned() }
    }

    /// Whether it can be opened more than once.
    pub(crate) fn again(&self) -> bool {
        self.path.as_ref().is_some_and(|path| path.metadata().is_ok_and(|m| m.is_file()))
    }

    /// Opens it; the size is known for a plain file.
    pub(crate) fn open(&self) -> Result<(Box<dyn Read + Send>, Option<u64>), DataError> {
        let Some(path) = &self.path else { return Ok((Box::new(io::stdin()), None)) };
        let file = File::open(path).map_err(|e| unreadable(&self.name, &e))?;
        let meta = file.metadata().map_err(|e| unreadable(&self.name, &e))?;
        if meta.is_dir() {
            let reason = "it is a directory".to_owned();
            return Err(DataError::Unreadable { file: self.name.clone(), reason });
        }
        Ok((Box::new(file), meta.is_file().then_some(meta.len())))
    }
}

/// The error for a file that cannot be opened or read on.
pub(crate) fn unreadable(file: &str, error: &io::Error) -> DataError {
    let file = file.to_owned();
    match error.kind() {
        io::ErrorKind::NotFound => DataError::NoSuchFile { file },
        _ => DataError::Unreadable { file, reason: error.to_string() },
    }
}
