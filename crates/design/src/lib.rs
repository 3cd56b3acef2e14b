//! loglik-design.

mod line_map;
mod table;

pub use line_map::LineMap;
pub use table::{Table, TableError};
