//! Log densities, links and the wrappers around them.

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
