//! Likelihoods that users write: a text, compiled, as the engine sees it; and the densities that such a text may call.

mod class_twins;
mod density;
mod likelihood;
mod regression;
mod twins;
mod units;

pub use density::Densities;
pub use likelihood::Own;
pub use regression::{LeastSquares, linear_coordinates};
pub use units::Unit;
