//! What is asked of one read of the data.
//!
//! A pass says what to sum over the rows; a tally is its answer. Both are plain values, so threads, streams and
//! machines differ only in who carries them.

use crate::gather::Gather;
use loglik_likelihood::Order;
use std::sync::Arc;

/// Coefficients, to double or to double-double precision.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Point {
    /// Coefficients                                                        `[p]`
    pub beta: Vec<f64>,
    /// What rounding took from them; empty where nothing is known of it     `[p]`
    pub low: Vec<f64>,
}

impl Point {
    /// A point in double precision.
    #[must_use]
    pub fn new(beta: Vec<f64>) -> Self {
        Self { beta, low: Vec::new() }
    }

    /// The precision in which rows are to be seen from here: that of the coefficients.
    #[must_use]
    pub fn precision(&self) -> Precision {
        if self.low.is_empty() { Precision::Plain } else { Precision::Double }
    }
}

/// A direction along which the likelihood never falls: the rows that it moves are taken to their limit.
#[derive(Clone, Debug, PartialEq)]
pub struct Recession {
    /// The direction                                                       `[p]`
    pub direction: Vec<f64>,
    /// Rows are at infinity where it changes their linear predictors by more than this.
    pub cut: f64,
    /// How far such a row's linear predictors are moved: earlier directions further than later ones.
    pub shift: f64,
}

/// How exactly sums are formed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Precision {
    /// Double precision, fixed order.
    #[default]
    Plain,
    /// Linear predictors, score and information in double-double.
    Double,
}

/// Which derivatives are summed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sums {
    /// The log-likelihood.
    Value,
    /// And the score.
    Score,
    /// And the information.
    Info,
}

impl Sums {
    /// What is asked of the likelihood.
    #[must_use]
    pub fn order(self) -> Order {
        if self == Self::Value { Order::Value } else { Order::Hessian }
    }
}

/// What to sum over the rows.
#[derive(Clone, Debug)]
pub enum Pass {
    /// Log-likelihood, score and information at some points.
    Derivs {
        /// The points.
        points: Vec<Point>,
        /// What is summed.
        sums: Sums,
        /// How exactly.
        precision: Precision,
        /// Rows at infinity.
        limits: Vec<Recession>,
    },
    /// Whether every row allows a direction (existence of the maximum).
    Recession {
        /// Where.
        at: Point,
        /// The direction                                                   `[p]`
        direction: Vec<f64>,
        /// Rows that are at infinity already.
        limits: Vec<Recession>,
    },
    /// Moments and a sample of the response, for starts; offsets of each predictor as well.
    Moments,
    /// A sum that the asker defines.
    Gather(Arc<dyn Gather>),
    /// Derivatives, and a sum that the asker defines in the same read.
    Beside(Box<Pass>, Arc<dyn Gather>),
}
