//! Log densities, links and the wrappers around them.

mod class_response;
mod columns;
mod combine;
mod density;
mod draws;
pub mod families;
mod invert;
mod likelihood;
mod limits;
mod link;
mod location_scale;
mod moments;
mod name;
mod natural;
mod pointwise;
mod registry;
mod spec;
mod sufficient;
mod support;
mod tails;

pub use columns::{Columns, RowDerivs};
pub use combine::WRAPPERS;
pub use density::Density;
pub use likelihood::{CheckLoss, EdgeLimit, Likelihood, Order, Tail, UnitDeviance, Violation};
pub use link::{Link, UnknownLink};
pub use location_scale::{LocationScale, Standard};
pub use moments::Moments;
pub use name::{Name, NameError};
pub use natural::{Coordinates, Natural, NaturalMap, NaturalPart};
pub use pointwise::Pointwise;
pub use registry::{Args, Choice, Family, Make, MakeError, ParamAlias, Wrapper, build, find, parse};
pub use spec::{Param, Precision, ResponseColumn, ResponseKind, Spec, Support};
pub use sufficient::Sufficient;
