//! The engine's view of a likelihood: object safe, one chunk at a time, nothing in it can fail.
//!
//! Domains of the response are checked once, by [`Likelihood::admits`], before any row is evaluated;
//! parameters outside their domain cannot be written, as every coordinate `u` is unconstrained.

use crate::{Columns, Moments, RowDerivs, Spec};
use loglik_num::{LANE, Lane};

/// Which of the four log quantities of a distribution is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tail {
    /// Log density or log probability of the value.
    Pdf,
    /// log P(Y <= y).
    Cdf,
    /// log P(Y > y).
    Sf,
}

/// How many derivatives are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Order {
    /// `l` alone.
    Value,
    /// `l`, `g` and `h`: with jets the gradient costs nearly what all three cost.
    Hessian,
}

/// A response value outside the support.
#[derive(Clone, Debug, PartialEq)]
pub struct Violation {
    /// Row within the columns given, from 0.
    pub row: usize,
    /// Index of the response column.
    pub column: usize,
    /// The value.
    pub value: f64,
    /// What is allowed, as a noun phrase: `counts 0, 1, 2, ..`.
    pub allowed: &'static str,
    /// Whether the value is only not a whole number where counts are asked.
    pub not_integer: bool,
}

/// A log density of one observation with derivatives in its K unconstrained coordinates.
pub trait Likelihood: Send + Sync {
    /// Names, parameters, response, source.
    fn spec(&self) -> &Spec;

    /// Whether the responses lie in the support.
    ///
    /// # Errors
    /// The first value that does not.
    fn admits(&self, y: Columns<'_>) -> Result<(), Violation>;

    /// Fills `out` for rows of `y` (columns of the response) at `u` (K columns); every column has the
    /// same length n, a multiple of 8. `Cdf` and `Sf` only where [`Spec::tails`] says so.
    fn eval(&self, tail: Tail, y: Columns<'_>, u: Columns<'_>, order: Order, out: &mut RowDerivs);

    /// Starting points of `u` for an intercept-only model; the first is the preferred one.
    fn starts(&self, y: &Moments) -> Vec<Vec<f64>>;

    /// The maximum of an unweighted or weighted intercept-only model, where it lies on the edge of a support that
    /// moves with `u` (uniform, Pareto) and no slope vanishes there.
    fn edge_maximum(&self, y: &Moments) -> Option<Vec<f64>> {
        let _ = y;
        None
    }

    /// The maximum of an intercept-only model where coordinate `k` runs to an end of its range, where the limit there is
    /// another family with an edge of its support at the data: no climb has a slope to follow there.
    fn edge_limit(&self, y: &Moments, k: usize, upper: bool) -> Option<EdgeLimit> {
        let _ = (y, k, upper);
        None
    }

    /// The loss, where the log density falls in straight lines on both sides of a location `u[0]` and has the log of its
    /// scale in `u[1]`: such a location has no slope to climb and is found exactly by linear programming.
    fn check_loss(&self) -> Option<CheckLoss> {
        None
    }

    /// Mean of the response at `u`, with derivatives in `u` (`out` as in [`Likelihood::eval`]); false where
    /// the distribution has none or it is not known.
    fn mean(&self, u: Columns<'_>, out: &mut RowDerivs) -> bool {
        let _ = (u, out);
        false
    }

    /// Variance of the response at one row's `u`, dispersion included.
    fn variance(&self, u: &[f64]) -> Option<f64> {
        let _ = u;
        None
    }

    /// Variance function and unit deviance of an exponential dispersion model at one row: (V(mu), d(y, mu));
    /// `None` where the likelihood is not one. `y` are the row's response columns.
    fn dispersion_model(&self, y: &[f64], u: &[f64]) -> Option<UnitDeviance> {
        let _ = (y, u);
        None
    }

    /// The same for every eight rows of a chunk `[n / 8]`: fills `out` and answers true, or false where one row has none.
    fn dispersion_models(&self, y: Columns<'_>, u: Columns<'_>, out: &mut Vec<UnitDeviance<Lane>>) -> bool {
        let row = |columns: Columns<'_>, r: usize| columns.iter().map(|c| c[r]).collect::<Vec<_>>();
        out.clear();
        for first in (0..u[0].len()).step_by(LANE) {
            let mut eight = UnitDeviance::default();
            for i in 0..LANE {
                let Some(unit) = self.dispersion_model(&row(y, first + i), &row(u, first + i)) else {
                    return false;
                };
                eight.set(i, unit);
            }
            out.push(eight);
        }
        true
    }

    /// The greatest log density that any parameters give this row, the other parameters as in `u`.
    fn saturated(&self, y: &[f64], u: &[f64]) -> Option<f64> {
        let _ = (y, u);
        None
    }

    /// Expected information of one row in `u`, packed lower triangle `[k (k + 1) / 2]`; false where unknown, NaN for an
    /// entry that alone is.
    fn expected_info(&self, y: &[f64], u: &[f64], out: &mut [f64]) -> bool {
        let _ = (y, u, out);
        false
    }

    /// Normals, in `u`, of the half-spaces whose intersection is the row's recession cone: the directions along which
    /// its log density never falls. Empty where one linear predictor decides and the sign of a direction tells it.
    fn recession(&self, y: &[f64]) -> Vec<Vec<f64>> {
        let _ = y;
        Vec::new()
    }

    /// The counts behind extra zeros or a hurdle; their coordinates are the first of `u`.
    fn inner(&self) -> Option<&dyn Likelihood> {
        None
    }

    /// Quantile of the response at probability `p`.
    fn quantile(&self, p: f64, u: &[f64]) -> Option<f64> {
        let _ = (p, u);
        None
    }

    /// One draw of the response columns that depend on chance, from uniform numbers in (0, 1).
    fn sample(&self, u: &[f64], uniform: &mut dyn FnMut() -> f64) -> Option<f64> {
        let _ = (u, uniform);
        None
    }
}

/// What a likelihood becomes at an end of its range.
#[derive(Clone, Debug, PartialEq)]
pub struct EdgeLimit {
    /// Coordinates at which it is its limit to the last digits                `[k]`
    pub u: Vec<f64>,
    /// Coordinates that have no limit: index, and whether they run upward.
    pub ends: Vec<(usize, bool)>,
    /// The family that it becomes.
    pub family: &'static str,
    /// That family's parameters, as the field names them.
    pub natural: Vec<(&'static str, f64)>,
}

/// A log density `height - log sigma - loss((y - mu) / sigma)` whose loss is a straight line on each side of 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CheckLoss {
    /// Loss per unit of a response above its location.
    pub above: f64,
    /// Loss per unit of a response below it.
    pub below: f64,
}

impl CheckLoss {
    /// The share of the response that lies below the best location.
    #[must_use]
    pub fn tau(&self) -> f64 {
        self.above / (self.above + self.below)
    }

    /// The loss of one residual.
    #[must_use]
    pub fn of(&self, residual: f64) -> f64 {
        if residual < 0.0 { -self.below * residual } else { self.above * residual }
    }
}

/// What an exponential dispersion model says of one row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct UnitDeviance<T = f64> {
    /// Observed response on the scale of the mean (a proportion for binomial rows).
    pub y: T,
    /// Fitted mean on the same scale.
    pub mu: T,
    /// Variance function V(mu), without dispersion.
    pub variance: T,
    /// Unit deviance d(y, mu), times `weight` in sums.
    pub deviance: T,
    /// Weight that the row carries by itself: trials for binomial rows, else 1.
    pub weight: T,
}

impl Default for UnitDeviance<Lane> {
    fn default() -> Self {
        let (y, mu, variance, deviance, weight) = (Lane::ZERO, Lane::ZERO, Lane::ONE, Lane::ZERO, Lane::ZERO);
        Self { y, mu, variance, deviance, weight }
    }
}

impl UnitDeviance<Lane> {
    /// Row `i` of the eight.
    #[must_use]
    pub fn row(&self, i: usize) -> UnitDeviance {
        let Self { y, mu, variance, deviance, weight } = self;
        UnitDeviance {
            y: y.0[i],
            mu: mu.0[i],
            variance: variance.0[i],
            deviance: deviance.0[i],
            weight: weight.0[i],
        }
    }

    /// Makes `unit` row `i` of the eight.
    fn set(&mut self, i: usize, unit: UnitDeviance) {
        (self.y.0[i], self.mu.0[i], self.variance.0[i]) = (unit.y, unit.mu, unit.variance);
        (self.deviance.0[i], self.weight.0[i]) = (unit.deviance, unit.weight);
    }
}
