//! Designs: tables, formulas, blocks of columns, the chunks that carry them, and the sources that push chunks.
//!
//! This crate never sees a likelihood and knows no file format.

mod chunk;
mod eta;
mod gram;
mod line_map;
mod score;
mod source;
mod table;

pub use chunk::{Block, BlockSpec, Chunk, Dense, Levels, NO_COEF};
pub use gram::{Target, add_gram};
pub use line_map::LineMap;
pub use source::{Frame, Halt, MemorySource, PART_ROWS, Source, chunk_rows};
pub use table::{Table, TableError};
