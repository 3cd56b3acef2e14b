//! Whether a finite maximum exists, found in the passes of the fit itself.
//!
//! Let d be a Newton step and du_i the change that it makes in row i's linear predictors. A row allows d when its
//! slope far out along du_i is not negative; with a log-concave likelihood it then never is. If every row that d moves
//! allows it, d is a direction of recession: the likelihood has no maximum, only a limit. The rows that d moves are
//! then taken to their limit (their linear predictors are shifted far along d), and the fit goes on with the limit
//! model, until what is left has a maximum.
//!
//! Albert & Anderson (1984); Geyer (2009), Likelihood inference in exponential families and directions of recession;
//! Correia, Guimaraes & Zylkin (2019).

use crate::executor::{Executor, RunError};
use crate::model::Model;
use crate::pass::{Pass, Point, Precision, Recession, Sums};
use crate::tally::Tally;
use loglik_num::{Dd, OrderedCholesky, nonnegative_least_squares};

/// Rows that move less than this share of the row that moves most are not moved by the direction.
const MOVED: f64 = 1e-7;

/// How far rows at infinity are shifted, for the direction found last, the one before, and all earlier ones. An
/// earlier direction dominates: it must outweigh the later ones in every row that both move.
const SHIFTS: [f64; 3] = [50.0, 120.0, 300.0];

/// How many times further rows at infinity are taken for the supremum itself: exp(-800) is 0 in double precision.
const FAR: f64 = 16.0;

/// The log-likelihood where every row is at infinity: its supremum, exactly.
///
/// # Errors
/// When the pass cannot be carried out.
pub(crate) fn supremum(
    model: &Model,
    run: &mut dyn Executor,
    at: &Point,
    limits: &[Recession],
) -> Result<Dd, RunError> {
    let further = |limit: &Recession| Recession { shift: FAR * limit.shift, ..limit.clone() };
    let pass = Pass::Derivs {
        points: vec![at.clone()],
        sums: Sums::Value,
        precision: Precision::Plain,
        limits: limits.iter().map(further).collect(),
    };
    Ok(run.run(model, &pass)?.into_derivs().remove(0).loglik)
}

/// The verdict on the maximum.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Verdict {
    /// A finite maximum.
    #[default]
    Finite,
    /// Some rows are at infinity, others overlap.
    Quasi,
    /// All rows are at infinity.
    Complete,
}

/// A coefficient as the data determine it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// It has a finite value.
    Finite,
    /// It runs to +inf.
    Plus,
    /// It runs to -inf.
    Minus,
    /// It is infinite or arbitrary: no sign is determined.
    Undetermined,
}

/// Whether rows may be asked at this step. Where the log density is not concave they are only believed after some steps;
/// where nothing is known of its shape, only once a step promises next to nothing, as a climb to a plateau looks like one
/// to infinity as long as it is far from it.
pub(crate) fn is_ripe(model: &Model, iterations: usize, decrement: f64, weight: f64) -> bool {
    let spec = model.likelihood.spec();
    spec.concave || (iterations >= 6 && (!spec.own || decrement < 1e-6 * weight))
}

/// Asks all rows whether they allow a direction; answers with the recession if they do.
///
/// # Errors
/// When the pass cannot be carried out.
pub(crate) fn recession(
    model: &Model,
    run: &mut dyn Executor,
    at: &[f64],
    direction: &[f64],
    limits: &[Recession],
) -> Result<Option<Recession>, RunError> {
    let pass = Pass::Recession {
        at: Point::new(at.to_vec()),
        direction: direction.to_vec(),
        limits: limits.to_vec(),
    };
    let Tally::Recession(tally) = run.run(model, &pass)? else { unreachable!("recession was asked") };
    let cut = MOVED * tally.largest;
    let allowed = tally.largest > 0.0 && tally.largest_objecting <= cut;
    Ok(allowed.then(|| Recession { direction: direction.to_vec(), cut, shift: SHIFTS[0] }))
}

/// Adds a recession found later; earlier ones are shifted further.
pub(crate) fn push(limits: &mut Vec<Recession>, found: Recession) {
    limits.push(found);
    let last = limits.len() - 1;
    for (i, limit) in limits.iter_mut().enumerate() {
        limit.shift = SHIFTS[(last - i).min(SHIFTS.len() - 1)];
    }
}

/// Directions along which the limit model does not change: a basis of the null space of its information.
///
/// * `info`   information of the limit model, lower triangle                `[p, p]`
/// * `active` coefficients of the full model                               `[q]`
/// * `scale`  diagonal of the information before any row went to its limit   `[p]`
#[must_use]
pub(crate) fn null_space(info: &[f64], active: &[usize], scale: &[f64], p: usize) -> Vec<Vec<f64>> {
    let q = active.len();
    let square = crate::objective::square(info, active, p);
    // A dead row keeps a curvature of e^-50; cancellation leaves 1e-16 of the diagonal. Both are far below what a row
    // that counts contributes, on the scale of the full model.
    let reference: Vec<f64> =
        active.iter().enumerate().map(|(i, j)| square[i * q + i].max(1e-8 * scale[*j])).collect();
    let factor = OrderedCholesky::new(&square, q, &reference, 1e-11);
    factor
        .dependent()
        .iter()
        .map(|j| {
            let mut direction = vec![0.0; p];
            direction[active[*j]] = 1.0;
            for (i, c) in factor.combination(*j) {
                direction[active[i]] = -c;
            }
            direction
        })
        .collect()
}

/// What each coefficient does in the limit.
///
/// * `null`  basis of the null space, in the coordinates in which coefficients are reported `[m][p]`
/// * `cone`  for every distinct row at infinity, the values of its allowed half-space on the basis: a direction
///   `sum c_m null_m` is in the recession cone when every `cone_i . c >= 0`                `[..][m]`
#[must_use]
pub fn limits_of_coefficients(null: &[Vec<f64>], cone: &[Vec<f64>], p: usize) -> Vec<Limit> {
    let largest: Vec<f64> =
        null.iter().map(|d| d.iter().fold(0.0_f64, |m, v| m.max(v.abs())).max(f64::MIN_POSITIVE)).collect();
    (0..p)
        .map(|j| {
            // Entries below 1e-7 of a direction's largest are rounding of a finite coefficient.
            let along: Vec<f64> = null
                .iter()
                .zip(&largest)
                .map(|(d, m)| if d[j].abs() > 1e-7 * m { d[j] } else { 0.0 })
                .collect();
            if along.iter().all(|v| *v == 0.0) {
                Limit::Finite
            } else if is_never_negative(&along, cone) {
                Limit::Plus
            } else if is_never_negative(&along.iter().map(|v| -v).collect::<Vec<_>>(), cone) {
                Limit::Minus
            } else {
                Limit::Undetermined
            }
        })
        .collect()
}

/// Whether `along . c >= 0` for every c in the cone: by Farkas, whether `along` is a non-negative combination of the
/// cone's half-spaces.
fn is_never_negative(along: &[f64], cone: &[Vec<f64>]) -> bool {
    let residual = nonnegative_least_squares(cone, along);
    let length = along.iter().map(|v| v * v).sum::<f64>().sqrt();
    residual <= 1e-8 * length
}
