//! The outcome of a fit: immutable, and without rows.

use crate::existence::Verdict;
use crate::model::Model;
use crate::notes::Finding;
use crate::pass::{Point, Recession};
use crate::rank::Rank;
use crate::tally::Derivs;
use loglik_likelihood::Moments;
use loglik_optim::Stop;

/// A fitted model, in the coordinates of its chunks (shifted and scaled columns).
#[derive(Clone)]
pub struct Fit {
    /// What was fitted.
    pub model: Model,
    /// Coefficients; aliased ones are 0, those without a finite value are where the limit model left them `[p]`
    pub point: Point,
    /// Sums at the end: log-likelihood (its supremum where there is no maximum), score, and the information, which a model of
    /// very many coefficients does not have ([`crate::is_wide`]).
    pub end: Derivs,
    /// Determined and aliased coefficients.
    pub rank: Rank,
    /// Coefficients that the limit model determines, ascending; `rank.active` where the maximum is finite.
    pub estimated: Vec<usize>,
    /// Directions of recession in the order found.
    pub limits: Vec<Recession>,
    /// Basis of the directions along which the limit model does not change   `[m][p]`
    pub null: Vec<Vec<f64>>,
    /// Whether a finite maximum exists.
    pub verdict: Verdict,
    /// Why the optimiser stopped.
    pub stop: Stop,
    /// Passes spent on the fit.
    pub passes: usize,
    /// Condition number of the scaled information at the end (square root of the ratio of its eigenvalues' ends).
    pub condition: f64,
    /// Moments of the response.
    pub moments: Moments,
    /// What a reader should know.
    pub findings: Vec<Finding>,
}

impl Fit {
    /// The log-likelihood, nats.
    #[must_use]
    pub fn loglik(&self) -> f64 {
        self.end.loglik.hi
    }

    /// Whether the limit model determines a coefficient.
    #[must_use]
    pub fn estimates(&self, j: usize) -> bool {
        self.estimated.binary_search(&j).is_ok()
    }

    /// Parameters counted in information criteria: determined coefficients.
    #[must_use]
    pub fn df(&self) -> usize {
        self.rank.active.len()
    }
}
