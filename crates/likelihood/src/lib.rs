//! Log densities, links and the wrappers around them.
//!
//! A likelihood is the log density of one observation, written once in unconstrained coordinates `u`
//! ([`Density`]); its derivatives come by jets ([`Pointwise`]), and the engine sees one object-safe
//! face ([`Likelihood`]) that works on a chunk of rows and cannot fail. This crate never sees a design,
//! a coefficient or a file.

mod columns;
mod density;
mod likelihood;
mod link;
mod moments;
mod pointwise;
mod spec;

pub use columns::{Columns, RowDerivs};
pub use density::Density;
pub use likelihood::{Likelihood, Order, Tail, UnitDeviance, Violation};
pub use link::{Link, UnknownLink};
pub use moments::Moments;
pub use pointwise::Pointwise;
pub use spec::{Param, Precision, ResponseColumn, ResponseKind, Spec, Support};
