//! From tree to register program: names bound, formulas stabilised, derivatives exact, operations over lanes.

mod bind;
mod compiled;
mod dag;
mod derivative;
mod hessian;
mod lower;
mod machine;
mod schedule;
mod simplify;
mod slopes;
mod stabilise;
mod text;

pub mod scalar;

pub use bind::{Argument, Input, Library, NoLibrary, Source, Template};
pub use compiled::{Compiled, Order, Output, compile};
pub use derivative::derivative;
pub use machine::Scratch;
