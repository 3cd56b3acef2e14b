//! The conversation with an optimiser: evaluations in, points or a reason to stop out.

use serde::{Deserialize, Serialize};

/// How much of the function is asked for at a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Need {
    /// The value.
    Value,
    /// Value and gradient.
    Gradient,
    /// Value, gradient and Hessian.
    Hessian,
}

/// The function at one point.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Eval {
    /// Value; `inf` is legal and means: outside the domain.
    pub value: f64,
    /// Sum of the absolute terms of the value, which sets how far rounding reaches.
    pub magnitude: f64,
    /// Gradient; empty where only the value was asked                      `[p]`
    pub gradient: Vec<f64>,
    /// Hessian by rows, lower triangle filled; empty unless asked           `[p, p]`
    pub hessian: Vec<f64>,
}

impl Eval {
    /// The size of differences in value that rounding alone makes.
    #[must_use]
    pub fn noise(&self) -> f64 {
        64.0 * f64::EPSILON * self.magnitude
    }
}

/// What an optimiser wants next.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Ask {
    /// Evaluate these points, all with the same need.
    Evaluate {
        /// The points                                                      `[..][p]`
        points: Vec<Vec<f64>>,
        /// What is needed there.
        need: Need,
    },
    /// Nothing more: the best point is [`crate::Optimizer::point`].
    Stop(Stop),
}

/// Why an optimiser stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Decrement and change of value are both at their goal.
    Converged,
    /// The value cannot fall further than rounding lets it.
    RoundingFloor,
    /// The best point lies on the edge of the domain: every step that would lower the value leaves it.
    DomainEdge,
    /// The value falls without end: stopped from outside.
    Unbounded,
    /// The start lies outside the domain.
    BadStart,
    /// No step along the direction lowers the value.
    NoDescent,
    /// The value rises from step to step: the learning rate is too large.
    Diverged,
    /// The most iterations allowed were spent.
    IterationLimit,
}

impl Reason {
    /// Whether the point can be taken for a minimum.
    #[must_use]
    pub fn is_success(self) -> bool {
        matches!(self, Self::Converged | Self::RoundingFloor | Self::DomainEdge)
    }

    /// What to do about it, in words.
    #[must_use]
    pub fn advice(self) -> &'static str {
        match self {
            Self::Converged | Self::RoundingFloor | Self::DomainEdge => "nothing to do",
            Self::Unbounded => "the likelihood has no bound: fix the scale, or round less",
            Self::BadStart => "no start in the domain of the link: use the default link",
            Self::NoDescent => {
                "the log-likelihood is not smooth here, or the model is not identified: simplify it"
            }
            Self::Diverged => "the learning rate is too large: divide it by ten, or use --optimizer newton",
            Self::IterationLimit => "use --optimizer newton, rescale the columns, or simplify the model",
        }
    }
}

/// How an optimisation ended.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stop {
    /// Why.
    pub reason: Reason,
    /// Steps taken.
    pub iterations: usize,
    /// Newton decrement `g' H^-1 g` (or its estimate) at the last point.
    pub decrement: f64,
}
