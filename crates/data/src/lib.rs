//! Data files: the only crate that knows their formats.

mod arrow;
mod csv;
mod dictionary;
mod error;
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

pub use arrow::panic_is_caught;
pub use error::DataError;
pub use format::Format;
pub use levels::refuse_row_names;
pub use scan::{DataNote, Loaded, Scan, ScanOptions, read};
