//! What the author of a likelihood writes: one row, once, in unconstrained coordinates.
//!
//! `loglik` is generic over [`Real`], so the same lines give the value and, by jets, its exact first and second
//! derivatives. Optional parts have defaults; each one that is given is checked against the derived one.

use crate::{
    CheckLoss, EdgeLimit, Moments, Param, Precision, ResponseKind, Sufficient, UnitDeviance, Violation,
};
use loglik_num::{Jet, Lane, Real};

/// A log density with K parameters, K known when it is written.
pub trait Density<const K: usize>: Send + Sync + 'static {
    /// Name on every surface.
    const NAME: &'static str;
    /// What the response must be, in words: `counts 0, 1, 2, ..`.
    const ALLOWED: &'static str;
    /// Where the formula is written.
    const SOURCE: &'static str;
    /// What is taken as response.
    const RESPONSE: ResponseKind = ResponseKind::Number;
    /// Whether single values have probability.
    const DISCRETE: bool = false;
    /// Whether `log_cdf` and `log_sf` are given.
    const TAILS: bool = false;
    /// Whether `loglik` is concave in `u`.
    const CONCAVE: bool = false;
    /// Whether `loglik` is `-u1 - ((y - u0) exp(-u1))^2 / 2` and a constant.
    const QUADRATIC: bool = false;
    /// Whether `loglik` depends on `y` and `u[0]` by `y - u[0]` alone.
    const BY_DIFFERENCE: bool = false;
    /// The two means of the response that say all of parameters that are the same in all rows.
    const SUFFICIENT: Option<Sufficient> = None;
    /// Whether the formula is inlined at every CPU level: three to five times as fast, and a second or two more of
    /// every build. For the families of everyday regressions; the tails never are.
    const INLINED: bool = false;
    /// Whether `derivatives` is written out.
    const WRITTEN: bool = false;
    /// How a precision weight enters.
    const PRECISION: Option<Precision> = None;

    /// The parameters, in the order of `u`.
    fn params(&self) -> [Param; K];

    /// Whether the density has a value at this response (columns of one row).
    fn admits(&self, y: &[f64]) -> bool;

    /// Log density, nats, every constant included. `y` are the response columns of eight rows, `u` the
    /// coordinates.
    fn loglik<T: Real>(&self, y: &[Lane], u: &[T; K]) -> T;

    /// `loglik` with its derivatives in `u`: by jets, or written out where these are too slow (`WRITTEN`). The value has the
    /// bits of `loglik`.
    #[inline(always)]
    fn derivatives(&self, y: &[Lane], u: &[Lane; K]) -> Jet<K> {
        self.loglik(y, &std::array::from_fn(|i| Jet::variable(u[i], i)))
    }

    /// log P(Y <= y); only called where `TAILS`.
    fn log_cdf<T: Real>(&self, y: &[Lane], u: &[T; K]) -> T {
        let _ = (y, u);
        T::constant(f64::NAN)
    }

    /// log P(Y > y); only called where `TAILS`.
    fn log_sf<T: Real>(&self, y: &[Lane], u: &[T; K]) -> T {
        let _ = (y, u);
        T::constant(f64::NAN)
    }

    /// Starting values of `u`, intercept-only, by moments or quantiles.
    fn start(&self, y: &Moments) -> [f64; K];

    /// The maximum of an intercept-only model, where it lies on the edge of a support that moves with `u`.
    fn edge_maximum(&self, y: &Moments) -> Option<[f64; K]> {
        let _ = y;
        None
    }

    /// The maximum where coordinate `k` runs to an end of its range, where the limit there is another family with an edge
    /// of its support at the data.
    fn edge_limit(&self, y: &Moments, k: usize, upper: bool) -> Option<EdgeLimit> {
        let _ = (y, k, upper);
        None
    }

    /// The loss, where the log density falls in straight lines on both sides of `u[0]`, scaled by `exp(u[1])`.
    fn check_loss(&self) -> Option<CheckLoss> {
        None
    }

    /// Mean of the response.
    fn mean<T: Real>(&self, u: &[T; K]) -> Option<T> {
        let _ = u;
        None
    }

    /// Variance of the response.
    fn variance(&self, u: &[f64; K]) -> Option<f64> {
        let _ = u;
        None
    }

    /// Variance function and unit deviance of eight rows, for exponential dispersion models; `#[inline(always)]`.
    fn dispersion_model(&self, y: &[Lane], u: &[Lane; K]) -> Option<UnitDeviance<Lane>> {
        let _ = (y, u);
        None
    }

    /// Greatest log density of this row, location free and the other parameters as in `u`.
    fn saturated(&self, y: &[f64], u: &[f64; K]) -> Option<f64> {
        let _ = (y, u);
        None
    }

    /// Expected information of one row in `u`, packed lower triangle; false where unknown.
    fn expected_info(&self, y: &[f64], u: &[f64; K], out: &mut [f64]) -> bool {
        let _ = (y, u, out);
        false
    }

    /// Quantile of the response.
    fn quantile(&self, p: f64, u: &[f64; K]) -> Option<f64> {
        let _ = (p, u);
        None
    }

    /// One draw, from uniform numbers in (0, 1); the default inverts `quantile`.
    fn sample(&self, u: &[f64; K], uniform: &mut dyn FnMut() -> f64) -> Option<f64> {
        self.quantile(uniform(), u)
    }

    /// The violation to report for a row that `admits` refuses.
    fn violation(&self, row: usize, y: &[f64]) -> Violation {
        let whole = y.iter().all(|v| v.fract() == 0.0);
        Violation {
            row,
            column: 0,
            value: y[0],
            allowed: Self::ALLOWED,
            not_integer: Self::DISCRETE && !whole && y.iter().all(|v| *v >= 0.0),
        }
    }
}
