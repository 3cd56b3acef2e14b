//! The expression language of the house: one grammar for formula terms, responses, derived columns,
//! conditions, hypotheses and own likelihoods. Text to tree, with the place of every part kept for messages.

mod column;
mod error;
mod formula;
mod hypothesis;
mod nearest;
mod parse;
mod print;
mod program;
mod span;
mod token;
mod tree;

pub use column::{Column, MISSING};
pub use error::{ParseError, Problem};
pub use formula::{FormulaPart, parse_formula};
pub use hypothesis::{Hypothesis, parse_hypotheses};
pub use nearest::nearest;
pub use parse::{MAX_BYTES, MAX_DEPTH, MAX_NODES, parse_expression, parse_expression_over};
pub use print::spell_number;
pub use program::{Definition, Domain, Param, Predictor, Program, parse_program};
pub use span::{Span, escaped, pointed};
pub use tree::{Arg, Binary, Kind, Link, Tree, Unary};
