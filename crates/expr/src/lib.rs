//! loglik-expr.

mod column;

pub use column::{Column, MISSING};
