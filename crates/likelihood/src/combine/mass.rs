//! The log probability between two bounds, log P(lower < Y <= upper), from log tails.
//!
//! Censoring adds it, truncation and delayed entry subtract it. A difference of two probabilities is taken in the tail
//! where both are small, so it never cancels more than the bounds themselves do; P(Y > 0) of a count is 1 - f(0), which
//! needs no tail.

use super::chain::{Arg, Outer, chain};
use super::runs::{eval_rows, scatter};
use super::spare::Spare;
use crate::{Columns, Likelihood, Order, ResponseKind, RowDerivs, Tail};
use core::f64::consts::LN_2;
use loglik_num::{Lane, Real};

/// Where the responses of a likelihood end, whatever its parameters.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ends {
    /// No response lies below: 0 or -inf.
    low: f64,
    /// Whether `low` itself is a response.
    at_low: bool,
    /// No response lies above: 1 or inf.
    high: f64,
    /// Whether the likelihood has tails.
    tails: bool,
    discrete: bool,
}

/// What has to be evaluated for a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    /// Both bounds are open: probability 1.
    Whole,
    /// P(Y <= upper)
    Below,
    /// P(Y > lower)
    Above,
    /// P(Y > 0) of a count.
    Positive,
    /// Both bounds count.
    Between,
    /// Nothing lies between the bounds.
    Nothing,
}

/// Which tail a difference is taken in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Half {
    Lower,
    Upper,
}

/// log(e^a - e^b)
#[derive(Clone, Copy)]
struct LogDifference;

impl Outer<2> for LogDifference {
    #[inline(always)]
    fn at<T: Real>(&self, _: Lane, [a, b]: [T; 2]) -> T {
        a.logdiffexp(b)
    }
}

/// log(1 - e^x)
#[derive(Clone, Copy)]
pub(super) struct LogComplement;

impl Outer<1> for LogComplement {
    #[inline(always)]
    fn at<T: Real>(&self, _: Lane, [x]: [T; 1]) -> T {
        x.log1mexp()
    }
}

impl Ends {
    /// Asks the likelihood, by which of a few numbers it admits.
    pub(super) fn of(inner: &dyn Likelihood) -> Self {
        let admits = |y: f64| inner.spec().response == ResponseKind::Number && inner.admits(&[&[y]]).is_ok();
        Self {
            low: if admits(-1.0) { f64::NEG_INFINITY } else { 0.0 },
            at_low: admits(0.0),
            high: if admits(2.0) { f64::INFINITY } else { 1.0 },
            tails: inner.spec().tails,
            discrete: inner.spec().discrete,
        }
    }

    /// Whether every response lies above `lower`; a missing bound is open.
    pub(super) fn open_below(&self, lower: f64) -> bool {
        lower < self.low
            || lower.is_nan()
            || (lower == self.low && !self.at_low)
            || lower == f64::NEG_INFINITY
    }

    /// Whether no response lies above `upper`.
    pub(super) fn open_above(&self, upper: f64) -> bool {
        upper >= self.high || upper.is_nan()
    }

    /// Whether P(lower < Y <= upper) can be evaluated and may be positive.
    pub(super) fn allows(&self, lower: f64, upper: f64) -> bool {
        let side = self.side(lower, upper);
        let reached = upper > self.low || (upper == self.low && self.at_low) || self.open_above(upper);
        let known = self.tails || matches!(side, Side::Whole | Side::Positive);
        reached && side != Side::Nothing && known && lower != f64::INFINITY && lower < self.high
    }

    fn side(&self, lower: f64, upper: f64) -> Side {
        match (self.open_below(lower), self.open_above(upper)) {
            (true, true) => Side::Whole,
            (true, false) => Side::Below,
            (false, true) if self.discrete && (0.0..1.0).contains(&lower) => Side::Positive,
            (false, true) => Side::Above,
            (false, false) if lower < upper => Side::Between,
            (false, false) => Side::Nothing,
        }
    }
}

/// Bounds and coordinates of a chunk.
#[derive(Clone, Copy)]
pub(super) struct Bounds<'a> {
    /// Exclusive lower bounds                                               `[n]`
    pub(super) lower: &'a [f64],
    /// Inclusive upper bounds                                               `[n]`
    pub(super) upper: &'a [f64],
    /// Coordinates                                                          `[k][n]`
    pub(super) u: Columns<'a>,
}

/// Adds `sign` times log P(lower < Y <= upper) of the `rows` to `out`.
pub(super) fn add_mass(
    inner: &dyn Likelihood,
    ends: &Ends,
    bounds: Bounds<'_>,
    rows: &[usize],
    (sign, order): (f64, Order),
    out: &mut RowDerivs,
) {
    let mut mine: Spare<Vec<usize>> = Spare::take();
    let mut part: Spare<RowDerivs> = Spare::take();
    for side in [Side::Below, Side::Above, Side::Positive, Side::Between, Side::Nothing] {
        mine.clear();
        mine.extend(rows.iter().filter(|r| ends.side(bounds.lower[**r], bounds.upper[**r]) == side));
        if mine.is_empty() {
            continue;
        }
        let Bounds { lower, upper, u } = bounds;
        match side {
            Side::Whole => {}
            Side::Below => eval_rows(inner, Tail::Cdf, (&[upper], u), &mine, order, &mut part),
            Side::Above => eval_rows(inner, Tail::Sf, (&[lower], u), &mine, order, &mut part),
            Side::Positive => {
                let zero = Spare::filled(0.0, u[0].len());
                let mut at_zero: Spare<RowDerivs> = Spare::take();
                eval_rows(inner, Tail::Pdf, (&[&zero], u), &mine, order, &mut at_zero);
                part.reset(at_zero.rows(), at_zero.params());
                chain(LogComplement, &at_zero.l, [Arg::Inner(&at_zero, 0)], order, &mut part);
            }
            Side::Between => {
                add_between(inner, bounds, &mine, (sign, order), out);
                continue;
            }
            Side::Nothing => {
                mine.iter().for_each(|row| out.l[*row] = sign * f64::NEG_INFINITY);
                continue;
            }
        }
        scatter(&part, sign, &mine, order, out);
    }
}

/// The rows with two bounds: below the median by log F, above it by log S.
fn add_between(
    inner: &dyn Likelihood,
    bounds: Bounds<'_>,
    rows: &[usize],
    (sign, order): (f64, Order),
    out: &mut RowDerivs,
) {
    let Bounds { lower, upper, u } = bounds;
    let mut value: Spare<RowDerivs> = Spare::take();
    eval_rows(inner, Tail::Cdf, (&[lower], u), rows, Order::Value, &mut value);
    let mut mine: Spare<Vec<usize>> = Spare::take();
    for half in [Half::Lower, Half::Upper] {
        mine.clear();
        let is_mine = |(_, l): &(&usize, &f64)| (**l > -LN_2) == (half == Half::Upper);
        mine.extend(rows.iter().zip(&value.l).filter(is_mine).map(|(r, _)| *r));
        if mine.is_empty() {
            continue;
        }
        let (tail, most, least) = match half {
            Half::Lower => (Tail::Cdf, upper, lower),
            Half::Upper => (Tail::Sf, lower, upper),
        };
        let (mut a, mut b): (Spare<RowDerivs>, Spare<RowDerivs>) = (Spare::take(), Spare::take());
        eval_rows(inner, tail, (&[most], u), &mine, order, &mut a);
        eval_rows(inner, tail, (&[least], u), &mine, order, &mut b);
        let mut part: Spare<RowDerivs> = Spare::take();
        part.reset(a.rows(), a.params());
        chain(LogDifference, &a.l, [Arg::Inner(&a, 0), Arg::Inner(&b, 0)], order, &mut part);
        scatter(&part, sign, &mine, order, out);
    }
}
