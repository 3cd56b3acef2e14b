//! Likelihoods that users write: a text, compiled, as the engine sees it; and the densities that such a text may call.

mod density;
mod likelihood;
mod regression;
mod twins;

pub use density::Densities;
pub use likelihood::Own;
pub use regression::{LeastSquares, linear_coordinates};
