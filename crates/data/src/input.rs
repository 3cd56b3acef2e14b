//! Where bytes come from: a file or standard input, gzip and zstd taken off.
//!
//! Compression is told by the first bytes too, so a compressed pipe works like a compressed file.

use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::{Path, PathBuf};

use bytes::Bytes;

use crate::DataError;

/// Bytes that tell a format or a compression.
const MAGIC: usize = 8;

/// A file, or standard input where the path is `-`.
#[derive(Debug, Clone)]
pub(crate) struct Input {
    path: Option<PathBuf>,
    /// As shown in errors.
    pub(crate) name: String,
}

/// An input at its first byte.
pub(crate) struct Opened {
    /// All bytes, decompressed.
    pub(crate) bytes: Box<dyn Read + Send>,
    /// The first of them, which `bytes` gives again.
    pub(crate) start: Vec<u8>,
    /// Number of bytes, of a plain file.
    pub(crate) size: Option<u64>,
}

impl Input {
    pub(crate) fn new(path: &Path) -> Self {
        if path == Path::new("-") {
            return Self { path: None, name: "stdin".to_owned() };
        }
        Self { path: Some(path.to_owned()), name: path.to_string_lossy().into_owned() }
    }

    pub(crate) fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// Whether it can be opened more than once.
    pub(crate) fn again(&self) -> bool {
        self.path.as_ref().is_some_and(|path| path.metadata().is_ok_and(|m| m.is_file()))
    }

    /// The plain file, for readers that seek.
    pub(crate) fn file(&self) -> Result<File, DataError> {
        let Some(path) = &self.path else {
            let reason = "standard input can be read once, from front to back".to_owned();
            return Err(DataError::Unreadable { file: self.name.clone(), reason });
        };
        let file = File::open(path).map_err(|e| unreadable(&self.name, &e))?;
        if file.metadata().is_ok_and(|m| m.is_dir()) {
            let reason = "it is a directory".to_owned();
            return Err(DataError::Unreadable { file: self.name.clone(), reason });
        }
        Ok(file)
    }

    /// Opens it and looks at its first bytes.
    pub(crate) fn open(&self) -> Result<Opened, DataError> {
        let mut size = None;
        let mut raw: Box<dyn Read + Send> = if self.path.is_none() {
            Box::new(io::stdin())
        } else {
            let file = self.file()?;
            size = file.metadata().ok().filter(std::fs::Metadata::is_file).map(|m| m.len());
            Box::new(file)
        };
        let start = self.start(&mut raw)?;
        let bytes = Box::new(Cursor::new(start.clone()).chain(raw));
        let mut unpacked: Box<dyn Read + Send> = match start[..] {
            [0x1f, 0x8b, ..] => Box::new(flate2::read::MultiGzDecoder::new(bytes)),
            [0x28, 0xb5, 0x2f, 0xfd, ..] => {
                Box::new(zstd::Decoder::new(bytes).map_err(|e| unreadable(&self.name, &e))?)
            }
            _ => return Ok(Opened { bytes, start, size }),
        };
        let start = self.start(&mut unpacked)?;
        Ok(Opened { bytes: Box::new(Cursor::new(start.clone()).chain(unpacked)), start, size: None })
    }

    fn start(&self, from: &mut dyn Read) -> Result<Vec<u8>, DataError> {
        let mut start = Vec::new();
        from.take(MAGIC as u64).read_to_end(&mut start).map_err(|e| unreadable(&self.name, &e))?;
        Ok(start)
    }
}

/// All bytes of an input that cannot be seeked in, for formats that are read from their end.
pub(crate) fn all_bytes(
    file: &str,
    bytes: Box<dyn Read + Send>,
    memory: Option<u64>,
) -> Result<Bytes, DataError> {
    let limit = memory.unwrap_or(u64::MAX);
    let mut all = Vec::new();
    bytes.take(limit.saturating_add(1)).read_to_end(&mut all).map_err(|e| unreadable(file, &e))?;
    if all.len() as u64 > limit {
        let (file, column) = (file.to_owned(), String::new());
        return Err(DataError::Memory { file, column, needed: all.len() as u64, limit });
    }
    Ok(all.into())
}

/// The error for a file that cannot be opened or read on.
pub(crate) fn unreadable(file: &str, error: &io::Error) -> DataError {
    let file = file.to_owned();
    let reason = error.to_string();
    match error.kind() {
        io::ErrorKind::NotFound => DataError::NoSuchFile { file },
        // Only a decompressor says these.
        io::ErrorKind::InvalidData
        | io::ErrorKind::InvalidInput
        | io::ErrorKind::UnexpectedEof
        | io::ErrorKind::Other => {
            DataError::Corrupt { file, format: "compressed with gzip or zstd", line: None, reason }
        }
        _ => DataError::Unreadable { file, reason },
    }
}
