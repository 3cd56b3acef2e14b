//! The expression language of the house: one grammar for formula terms, responses, derived columns,
//! conditions, hypotheses and own likelihoods. Text to tree, with the place of every part kept for messages.

mod column;
mod columns;
mod compare;
mod compile;
mod error;
mod eval_error;
mod evaluate;
mod exprel;
mod family;
mod formula;
mod function;
mod hypothesis;
mod levels;
mod nearest;
mod numbers;
mod op;
mod parse;
mod print;
mod program;
mod span;
mod sparse;
mod tails;
mod token;
mod tree;

pub use column::{Column, MISSING};
pub use columns::Columns;
pub use compile::{
    Argument, Compiled, Input, Library, NoLibrary, Order, Output, Scratch, Source, Template, compile,
    derivative, scalar,
};
pub use error::{ParseError, Problem};
pub use eval_error::{EvalError, EvalProblem, MAX_STEPS};
pub use evaluate::{check_levels, condition, evaluate};
pub use formula::{FormulaPart, parse_formula};
pub use function::{function_names, is_function};
pub use hypothesis::{Hypothesis, parse_hypotheses};
pub use levels::sort_levels;
pub use nearest::nearest;
pub use parse::{MAX_BYTES, MAX_DEPTH, MAX_NODES, parse_expression, parse_expression_over};
pub use print::{spell_name, spell_number};
pub use program::{Definition, Domain, Param, Predictor, Program, parse_program};
pub use span::{Span, escaped, pointed};
pub use sparse::{Sparse, SparseError};
pub use tree::{Arg, Binary, Kind, Link, Tree, Unary};
