//! Optimisers that are told evaluations and ask for the next ones.
//!
//! A state machine here holds numbers only: no data, no closure, no clock. So it can be saved, resumed and
//! tested on a parabola, and a streamed line search can ask for several points of one pass. Everything is
//! minimised; the one change of sign is in the caller.

mod ask;
mod conjugate;
mod coordinate;
mod descent;
mod direction;
mod economy;
mod lbfgs;
mod levenberg;
mod newton;
mod optimizer;
mod secant;

pub use ask::{Ask, Eval, Need, Reason, Stop};
pub use conjugate::Conjugate;
pub use coordinate::absolute_quadratic;
pub use descent::Descent;
pub use direction::{Direction, newton_direction};
pub use lbfgs::Lbfgs;
pub use levenberg::Levenberg;
pub use newton::Newton;
pub use optimizer::Optimizer;
