//! Data files: the only crate that knows their formats.

mod csv;
mod dictionary;
mod error;
mod input;
mod levels;
mod missing;
mod names;
mod number;
mod scan;
mod shown;

pub use error::DataError;
pub use levels::refuse_row_names;
pub use scan::{DataNote, Loaded, Scan, ScanOptions, read};
