//! The three optimisers behind one face, as a closed set.

use crate::{Ask, Descent, Eval, Lbfgs, Newton, Stop};
use serde::{Deserialize, Serialize};

/// An optimiser of the closed set; serialisable, so that a run can stop and go on.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Optimizer {
    /// Damped Newton.
    Newton(Newton),
    /// Limited-memory BFGS.
    Lbfgs(Lbfgs),
    /// Plain gradient descent with a fixed rate.
    Gradient(Descent),
}

impl Optimizer {
    /// The first thing to evaluate.
    pub fn start(&mut self) -> Ask {
        match self {
            Self::Newton(o) => o.start(),
            Self::Lbfgs(o) => o.start(),
            Self::Gradient(o) => o.start(),
        }
    }

    /// Takes the evaluations asked for last, in their order, and answers with the next.
    pub fn tell(&mut self, evals: &[Eval]) -> Ask {
        match self {
            Self::Newton(o) => o.tell(evals),
            Self::Lbfgs(o) => o.tell(evals),
            Self::Gradient(o) => o.tell(evals),
        }
    }

    /// The best point so far                                               `[p]`
    #[must_use]
    pub fn point(&self) -> &[f64] {
        match self {
            Self::Newton(o) => o.point(),
            Self::Lbfgs(o) => o.point(),
            Self::Gradient(o) => o.point(),
        }
    }

    /// The step that is being tried from [`Optimizer::point`]               `[p]`
    #[must_use]
    pub fn step(&self) -> &[f64] {
        match self {
            Self::Newton(o) => o.step(),
            Self::Lbfgs(o) => o.step(),
            Self::Gradient(o) => o.step(),
        }
    }

    /// Whether what is asked for now is expected to be the last.
    #[must_use]
    pub fn expects_end(&self) -> bool {
        match self {
            Self::Newton(o) => o.expects_end(),
            Self::Lbfgs(_) | Self::Gradient(_) => false,
        }
    }

    /// Steps taken and the decrement now, as a `Stop` would report them.
    #[must_use]
    pub fn progress(&self) -> (usize, f64) {
        match self {
            Self::Newton(o) => o.progress(),
            Self::Lbfgs(o) => o.progress(),
            Self::Gradient(o) => o.progress(),
        }
    }
}

/// A stop as an answer.
pub(crate) fn stop(reason: crate::Reason, iterations: usize, decrement: f64) -> Ask {
    Ask::Stop(Stop { reason, iterations, decrement })
}
