//! Designs: tables, formulas, blocks of columns, the chunks that carry them, and the sources that push chunks.
//!
//! This crate never sees a likelihood and knows no file format.

mod algebra;
mod cells;
mod chunk;
mod chunks;
mod coding;
mod error;
mod eta;
mod evaluate;
mod fill;
mod formula;
mod gram;
mod layout;
mod line_map;
mod margin;
mod parallel;
mod plan;
mod polynomial;
mod predictor;
mod response;
mod score;
mod source;
mod spline;
mod standard;
mod state;
mod stored;
mod table;
mod unseen;
mod used_rows;
mod values;
mod variable;

pub use algebra::Terms;
pub use chunk::{Block, BlockSpec, Chunk, Dense, Levels, NO_COEF};
pub use chunks::{FillOptions, RowColumns};
pub use coding::Coding;
pub use error::{DesignError, FormulaProblem};
pub use formula::{Formula, PredictorFormula};
pub use gram::{Target, add_gram};
pub use layout::{BlockPlan, Cells, Codes, Coef, Piece, Product, TermPlan};
pub use line_map::LineMap;
pub use plan::{Plan, PlanOptions};
pub use predictor::PredictorPlan;
pub use response::Response;
pub use source::{Frame, Halt, MemorySource, PART_ROWS, Source, chunk_rows};
pub use standard::{LinearMap, Scaling, Standard};
pub use state::DesignNote;
pub use table::{Table, TableError};
pub use used_rows::UsedRows;
pub use values::Unseen;
pub use variable::{Basis, Knots, Variable, VariableKind};
