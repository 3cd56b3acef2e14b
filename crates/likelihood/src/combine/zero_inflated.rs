//! Zero inflation around any count: with probability `pi` a zero that the inner likelihood does not know of.
//!
//! f(0) = pi + (1 - pi) f_inner(0), f(y) = (1 - pi) f_inner(y) for y > 0; the last coordinate is v = logit pi, so
//! log pi = -log(1 + e^-v) and log(1 - pi) = -log(1 + e^v) keep their digits at both ends.
//!
//! Lambert (1992), Technometrics 34, 1-14.

use super::chain::{Arg, Outer, chain};
use super::inside::{inner_count, lacks, wrapped};
use super::positive::counted_info;
use super::row::{admits_at, at_row, mean_at, value_at};
use super::spare::Spare;
use super::zeros::{of_positive, share};
use crate::{
    Args, Choice, Columns, Likelihood, MakeError, Moments, Name, NaturalPart, Order, Param, RowDerivs, Spec,
    Support, Tail, Violation, Wrapper,
};
use loglik_num::{Lane, Mask, Real, exp, log, sigmoid};

/// Its entry in the registry.
pub(super) const WRAPPER: Wrapper = Wrapper {
    name: "zero_inflated",
    aliases: &["zi", "zeroinfl", "zeroinflated"],
    title: "counts with more zeros than expected; `pi` is the probability of an extra zero",
    make,
};

/// A count likelihood with extra zeros.
struct ZeroInflated {
    inner: Box<dyn Likelihood>,
    spec: Spec,
}

fn make(inside: &[Name], args: &Args) -> Result<Choice, MakeError> {
    let mut choice = inner_count(WRAPPER.name, inside, args)?;
    if !admits_at(&*choice.likelihood, &[0.0, 1.0]) {
        return Err(lacks(WRAPPER.name, &*choice.likelihood, "has no zeros: use hurdle"));
    }
    // The field calls it p where that is free (VGAM's zipoisson calls its own pstr0).
    let free = !choice.natural.names().iter().any(|name| name == "p");
    let name = if free { "p" } else { "pi" };
    choice.natural.0.push(NaturalPart::Single(name.to_owned(), Support::Unit));
    Ok(choice.map(|inner| Box::new(ZeroInflated::new(inner))))
}

/// Which rows get the extra zeros.
#[derive(Clone, Copy)]
struct Inflated(Tail);

impl Outer<2> for Inflated {
    #[inline(always)]
    fn at<T: Real>(&self, y: Lane, [inner, v]: [T; 2]) -> T {
        let with_zero = match self.0 {
            Tail::Pdf => y.eq_lanes(Lane::ZERO),
            Tail::Cdf => y.ge(Lane::ZERO),
            Tail::Sf => Mask([false; loglik_num::LANE]),
        };
        let counted = inner - v.log1pexp();
        if !with_zero.any() {
            return counted;
        }
        T::select(with_zero, (-(-v).log1pexp()).logaddexp(counted), counted)
    }
}

/// (1 - pi) m
#[derive(Clone, Copy)]
struct Thinned;

impl Outer<2> for Thinned {
    #[inline(always)]
    fn at<T: Real>(&self, _: Lane, [mean, v]: [T; 2]) -> T {
        mean * (-v).sigmoid()
    }
}

impl ZeroInflated {
    fn new(inner: Box<dyn Likelihood>) -> Self {
        let mut spec = wrapped(WRAPPER.name, inner.spec(), inner.spec().response);
        spec.params.push(Param { one_way: true, ..Param::new("pi", Support::Unit) });
        spec.precision = None;
        Self { inner, spec }
    }

    /// Coordinates of the inner likelihood, and that of `pi`.
    fn split<'a, T>(&self, u: &'a [T]) -> (&'a [T], &'a T) {
        let (own, inner) =
            u.split_last().expect("a zero-inflated likelihood has at least the coordinate of pi");
        (inner, own)
    }
}

impl Likelihood for ZeroInflated {
    fn spec(&self) -> &Spec {
        &self.spec
    }

    fn admits(&self, y: Columns<'_>) -> Result<(), Violation> {
        self.inner.admits(y)
    }

    fn eval(&self, tail: Tail, y: Columns<'_>, u: Columns<'_>, order: Order, out: &mut RowDerivs) {
        let mut part: Spare<RowDerivs> = Spare::take();
        let (inner_u, v) = self.split(u);
        self.inner.eval(tail, y, inner_u, order, &mut part);
        out.reset(v.len(), u.len());
        let args = [Arg::Inner(&part, 0), Arg::Coordinate(v, inner_u.len())];
        chain(Inflated(tail), y[0], args, order, out);
    }

    /// The inner likelihood's start from the counts above 0, and the zeros that it does not account for.
    fn starts(&self, y: &Moments) -> Vec<Vec<f64>> {
        let logit = |pi: f64| log(pi) - log(1.0 - pi);
        let least = share(0.0, y.weight);
        let mut out = Vec::new();
        for inner in self.inner.starts(&of_positive(y)) {
            let known = exp(value_at(&*self.inner, Tail::Pdf, &[0.0, y.mean_second], &inner));
            let pi = (y.zeros - known) / (1.0 - known);
            let pi = if pi > least { pi.min(share(1.0, y.weight)) } else { least.max(0.02) };
            out.push([inner.as_slice(), &[logit(pi)]].concat());
            // Where the count seems to account for the zeros, terms of pi may still find some: a climb from few extra
            // zeros can end where there are none.
            if pi < 0.25 * y.zeros {
                out.push([inner.as_slice(), &[logit(0.5 * y.zeros)]].concat());
            }
        }
        out
    }

    fn mean(&self, u: Columns<'_>, out: &mut RowDerivs) -> bool {
        let mut mean: Spare<RowDerivs> = Spare::take();
        let (inner_u, v) = self.split(u);
        if !self.inner.mean(inner_u, &mut mean) {
            return false;
        }
        out.reset(v.len(), u.len());
        let args = [Arg::Inner(&mean, 0), Arg::Coordinate(v, inner_u.len())];
        chain(Thinned, v, args, Order::Hessian, out);
        true
    }

    /// (1 - pi) (variance + pi m^2)
    fn variance(&self, u: &[f64]) -> Option<f64> {
        let (inner_u, v) = self.split(u);
        let (mean, variance) = (mean_at(&*self.inner, inner_u)?, self.inner.variance(inner_u)?);
        Some(sigmoid(-v) * (variance + sigmoid(*v) * mean * mean))
    }

    /// The counts above 0, (1 - pi) times their inner information and pi (1 - pi) each, and the zeros.
    fn expected_info(&self, y: &[f64], u: &[f64], out: &mut [f64]) -> bool {
        let (inner_u, v) = self.split(u);
        let (inside, last) = out.split_at_mut(out.len() - u.len());
        if !counted_info(&*self.inner, y, inner_u, inside) {
            return false;
        }
        inside.iter_mut().for_each(|info| *info *= sigmoid(-v));
        let mut y = y.to_vec();
        y[0] = 0.0;
        let zero = at_row(self, Tail::Pdf, &y, u, Order::Hessian);
        let p = exp(zero.l[0]);
        last.fill(0.0);
        last[u.len() - 1] = (1.0 - p) * sigmoid(*v) * sigmoid(-v);
        for (info, h) in out.iter_mut().zip(zero.h.chunks_exact(zero.rows())) {
            *info -= p * h[0];
        }
        true
    }

    fn inner(&self) -> Option<&dyn Likelihood> {
        Some(&*self.inner)
    }

    fn quantile(&self, p: f64, u: &[f64]) -> Option<f64> {
        let (inner_u, v) = self.split(u);
        let rest = (p - sigmoid(*v)) / sigmoid(-v);
        if rest > 0.0 { self.inner.quantile(rest, inner_u) } else { Some(0.0) }
    }

    fn sample(&self, u: &[f64], uniform: &mut dyn FnMut() -> f64) -> Option<f64> {
        let (inner_u, v) = self.split(u);
        if uniform() < sigmoid(*v) { Some(0.0) } else { self.inner.sample(inner_u, uniform) }
    }
}
