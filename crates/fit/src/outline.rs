//! What a fit will do, before it does it: the choices that depend on sizes alone.

use crate::maximise::{FitOptions, Method};
use crate::model::Model;
use crate::{plan, polish, quadratic, quantile};

/// How the maximum is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// A linear programme: an interior point, then the best vertex.
    Vertex,
    /// Newton, information in every pass.
    Newton,
    /// Least squares: one Gram gives the maximum.
    Gram,
    /// Newton that keeps an information matrix while it is good enough.
    Chord,
    /// Limited-memory BFGS.
    Lbfgs,
    /// Gradient descent.
    Gradient,
}

/// The choices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outline {
    /// How the maximum is looked for.
    pub way: Way,
    /// Whether the last steps sum in double-double.
    pub exact_sums: bool,
}

impl Outline {
    /// The choices for so many rows.
    #[must_use]
    pub fn of(model: &Model, rows: usize, options: &FitOptions) -> Self {
        let way = match options.method {
            _ if quantile::applies(model) => Way::Vertex,
            Method::Newton if plan::is_dear(rows, model.p) && quadratic::applies(model).is_some() => {
                Way::Gram
            }
            Method::Newton if plan::is_dear(rows, model.p) => Way::Chord,
            Method::Newton => Way::Newton,
            Method::Lbfgs => Way::Lbfgs,
            Method::Gradient(_) => Way::Gradient,
        };
        Self { way, exact_sums: polish::add_up_exactly(rows, model.p) }
    }
}
