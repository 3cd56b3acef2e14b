//! Hurdle around any count: `pi` = P(y > 0), and the inner likelihood truncated at 0 for the counts above.
//!
//! f(0) = 1 - pi, f(y) = pi f_inner(y) / (1 - f_inner(0)); the last coordinate is v = logit pi. The two parts share
//! no parameter, so they could be fitted one after the other.
//!
//! Mullahy (1986), Journal of Econometrics 33, 341-365.

use super::chain::{Arg, Outer, chain};
use super::inside::{inner_count, wrapped};
use super::positive::{log_zero, positive_draw, positive_info, positive_quantile};
use super::row::{admits_at, mean_at};
use super::spare::Spare;

use super::zeros::{of_positive, share};
use crate::{
    Args, Choice, Columns, Likelihood, MakeError, Moments, Name, NaturalPart, Order, Param, ResponseKind,
    RowDerivs, Spec, Support, Tail, Violation, Wrapper,
};
use loglik_num::{Lane, Real, exp, log, log1mexp, sigmoid};

/// Its entry in the registry.
pub(super) const WRAPPER: Wrapper = Wrapper {
    name: "hurdle",
    aliases: &["zero_altered", "za"],
    title: "zeros and counts above 0 modelled apart; `pi` is P(y > 0)",
    make,
};

/// A count likelihood behind a hurdle.
struct Hurdle {
    inner: Box<dyn Likelihood>,
    /// Whether the inner likelihood gives 0 any probability.
    inner_zero: bool,
    spec: Spec,
}

fn make(inside: &[Name], args: &Args) -> Result<Choice, MakeError> {
    let mut choice = inner_count(WRAPPER.name, inside, args)?;
    choice.natural.0.push(NaturalPart::Single("pi".to_owned(), Support::Unit));
    Ok(choice.map(|inner| Box::new(Hurdle::new(inner))))
}

/// The density, of the inner log density, its log probability of 0, and v.
#[derive(Clone, Copy)]
struct Crossed;

impl Outer<3> for Crossed {
    #[inline(always)]
    fn at<T: Real>(&self, y: Lane, [inner, at_zero, v]: [T; 3]) -> T {
        let zero = y.eq_lanes(Lane::ZERO);
        let stays = -v.log1pexp();
        if zero.all() {
            return stays;
        }
        let crosses = inner - at_zero.log1mexp() - (-v).log1pexp();
        T::select(zero, stays, crosses)
    }
}

/// log P(Y <= y) or log P(Y > y), of the inner log P(Y > y), its log probability of 0, and v.
#[derive(Clone, Copy)]
struct CrossedTail(Tail);

impl Outer<3> for CrossedTail {
    #[inline(always)]
    fn at<T: Real>(&self, y: Lane, [beyond, at_zero, v]: [T; 3]) -> T {
        let (stays, crosses) = (-v.log1pexp(), -(-v).log1pexp());
        let zero = y.lt(Lane::ONE);
        let beyond = beyond - at_zero.log1mexp();
        if self.0 == Tail::Sf {
            return T::select(zero, crosses, crosses + beyond);
        }
        let low = T::select(zero, T::constant(-1.0), beyond);
        T::select(zero, stays, stays.logaddexp(crosses + low.log1mexp()))
    }
}

/// pi m / (1 - f(0)), of m, log f(0) and v.
#[derive(Clone, Copy)]
struct CrossedMean;

impl Outer<3> for CrossedMean {
    #[inline(always)]
    fn at<T: Real>(&self, _: Lane, [mean, at_zero, v]: [T; 3]) -> T {
        mean * v.sigmoid() * (-at_zero.log1mexp()).exp()
    }
}

impl Hurdle {
    fn new(inner: Box<dyn Likelihood>) -> Self {
        let mut spec = wrapped(WRAPPER.name, inner.spec(), inner.spec().response);
        spec.params.push(Param { one_way: true, ..Param::new("pi", Support::Unit) });
        spec.precision = None;
        let inner_zero = admits_at(&*inner, &[0.0, 1.0]);
        spec.tails &= spec.response == ResponseKind::Number;
        Self { inner, inner_zero, spec }
    }

    /// Coordinates of the inner likelihood, and that of `pi`.
    fn split<'a, T>(&self, u: &'a [T]) -> (&'a [T], &'a T) {
        let (own, inner) = u.split_last().expect("a hurdle likelihood has at least the coordinate of pi");
        (inner, own)
    }

    /// The inner log probability of 0 in every row; its other columns are those of `y`.
    fn at_zero(&self, y: Columns<'_>, u: Columns<'_>, order: Order, out: &mut RowDerivs) {
        let n = u.first().map_or(0, |u| u.len());
        if !self.inner_zero {
            out.reset(n, u.len());
            super::runs::clear(out, order);
            out.l.fill(f64::NEG_INFINITY);
            return;
        }
        let zero = Spare::filled(0.0, n);
        let mut columns: Vec<&[f64]> = vec![&zero];
        columns.extend(y.iter().skip(1));
        self.inner.eval(Tail::Pdf, &columns, u, order, out);
    }

    /// One row's inner log probability of 0.
    fn zero_at(&self, u: &[f64]) -> f64 {
        if self.inner_zero { log_zero(&*self.inner, u) } else { f64::NEG_INFINITY }
    }
}

impl Likelihood for Hurdle {
    fn spec(&self) -> &Spec {
        &self.spec
    }

    fn admits(&self, y: Columns<'_>) -> Result<(), Violation> {
        let rows: Vec<usize> = (0..y[0].len()).filter(|row| self.inner_zero || y[0][*row] != 0.0).collect();
        let columns: Vec<Vec<f64>> =
            y.iter().map(|column| rows.iter().map(|row| column[*row]).collect()).collect();
        let columns: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
        self.inner.admits(&columns).map_err(|violation| Violation { row: rows[violation.row], ..violation })
    }

    fn eval(&self, tail: Tail, y: Columns<'_>, u: Columns<'_>, order: Order, out: &mut RowDerivs) {
        let (inner_u, v) = self.split(u);
        let n = v.len();
        let (mut part, mut at_zero): (Spare<RowDerivs>, Spare<RowDerivs>) = (Spare::take(), Spare::take());
        // Rows at 0 do not use the inner density; 1 is in every support of counts.
        let mut counts = Spare::filled(1.0, n);
        counts.iter_mut().zip(y[0]).filter(|(_, y)| **y != 0.0).for_each(|(to, y)| *to = *y);
        let mut columns: Vec<&[f64]> = vec![&counts];
        columns.extend(y.iter().skip(1));
        let inner_tail = if tail == Tail::Pdf { Tail::Pdf } else { Tail::Sf };
        self.inner.eval(inner_tail, &columns, inner_u, order, &mut part);
        self.at_zero(y, inner_u, order, &mut at_zero);
        out.reset(n, u.len());
        let args = [Arg::Inner(&part, 0), Arg::Inner(&at_zero, 0), Arg::Coordinate(v, inner_u.len())];
        match tail {
            Tail::Pdf => chain(Crossed, y[0], args, order, out),
            tail => chain(CrossedTail(tail), y[0], args, order, out),
        }
    }

    fn starts(&self, y: &Moments) -> Vec<Vec<f64>> {
        let seen = share(1.0 - y.zeros, y.weight);
        let v = log(seen) - log(1.0 - seen);
        self.inner.starts(&of_positive(y)).iter().map(|u| [u.as_slice(), &[v]].concat()).collect()
    }

    fn mean(&self, u: Columns<'_>, out: &mut RowDerivs) -> bool {
        let (mut mean, mut at_zero): (Spare<RowDerivs>, Spare<RowDerivs>) = (Spare::take(), Spare::take());
        let (inner_u, v) = self.split(u);
        if self.spec.response != ResponseKind::Number || !self.inner.mean(inner_u, &mut mean) {
            return false;
        }
        self.at_zero(&[], inner_u, Order::Hessian, &mut at_zero);
        out.reset(v.len(), u.len());
        let args = [Arg::Inner(&mean, 0), Arg::Inner(&at_zero, 0), Arg::Coordinate(v, inner_u.len())];
        chain(CrossedMean, v, args, Order::Hessian, out);
        true
    }

    /// pi E(Y^2 | Y > 0) less the squared mean.
    fn variance(&self, u: &[f64]) -> Option<f64> {
        let (inner_u, v) = self.split(u);
        if self.spec.response != ResponseKind::Number {
            return None;
        }
        let (mean, variance) = (mean_at(&*self.inner, inner_u)?, self.inner.variance(inner_u)?);
        let share = sigmoid(*v) * exp(-log1mexp(self.zero_at(inner_u)));
        Some(share * (variance + mean * mean) - (share * mean) * (share * mean))
    }

    /// That of the inner counts above 0, pi times, beside pi (1 - pi).
    fn expected_info(&self, y: &[f64], u: &[f64], out: &mut [f64]) -> bool {
        let (inner_u, v) = self.split(u);
        let own = out.len() - u.len();
        let (inside, last) = out.split_at_mut(own);
        let known = match self.inner_zero {
            true => positive_info(&*self.inner, y, inner_u, inside),
            false => self.inner.expected_info(y, inner_u, inside),
        };
        inside.iter_mut().for_each(|info| *info *= sigmoid(*v));
        last.fill(0.0);
        last[u.len() - 1] = sigmoid(*v) * sigmoid(-v);
        known
    }

    fn inner(&self) -> Option<&dyn Likelihood> {
        Some(&*self.inner)
    }

    fn quantile(&self, p: f64, u: &[f64]) -> Option<f64> {
        let (inner_u, v) = self.split(u);
        let rest = (p - sigmoid(-v)) / sigmoid(*v);
        if rest > 0.0 {
            positive_quantile(&*self.inner, rest, self.zero_at(inner_u), inner_u)
        } else {
            Some(0.0)
        }
    }

    fn sample(&self, u: &[f64], uniform: &mut dyn FnMut() -> f64) -> Option<f64> {
        let (inner_u, v) = self.split(u);
        if uniform() < sigmoid(-v) {
            return Some(0.0);
        }
        positive_draw(&*self.inner, inner_u, || self.zero_at(inner_u), uniform)
    }
}
