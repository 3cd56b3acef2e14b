//! Data files: the only crate that knows their formats.

mod arrow;
mod csv;
mod dictionary;
mod error;
mod fingerprint;
mod format;
mod in_order;
mod input;
mod json_lines;
mod levels;
mod missing;
mod names;
mod number;
mod scan;
mod shown;
mod stream;
mod svmlight;
mod text_lines;
mod write;

pub use arrow::panic_is_caught;
pub use error::DataError;
pub use fingerprint::{Fingerprint, Fingerprinter, hash_of};
pub use format::Format;
pub use levels::refuse_row_names;
pub use scan::{DataNote, Loaded, Scan, ScanOptions, read};
pub use stream::{Rising, RisingRuns, Stream};
pub use write::{CellKind, Cells, Replacement, Writer};
