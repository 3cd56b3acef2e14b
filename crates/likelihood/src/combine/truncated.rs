//! Truncation around any likelihood: a value that is seen only between bounds.
//!
//! Response columns `[y, lower, upper]`: log f(y) - log P(lower <= Y <= upper), an infinite bound being open. Bounds of a
//! count are inclusive; of a continuous response it does not matter. A request without bounds means a count above 0,
//! `[y, 1, inf]`, and the second term is log(1 - f(0)); only then does the likelihood know a mean, as bounds belong to rows.
//!
//! Cohen (1991), Truncated and Censored Samples; Grogger & Carson (1991), Journal of Applied Econometrics 6, 225-238.

use super::chain::{Arg, Outer, chain};
use super::inside::{inner_number, lacks, wrapped};
use super::mass::{Bounds, Ends, add_mass};
use super::positive::{log_zero, positive_draw, positive_info, positive_quantile};
use super::row::mean_at;
use super::runs::clear;
use super::spare::Spare;
use crate::{
    Args, Choice, Columns, Likelihood, MakeError, Moments, Name, Order, ResponseKind, RowDerivs, Spec, Tail,
    Violation, Wrapper,
};
use loglik_num::{Lane, Real, exp, log1mexp};

/// Its entry in the registry.
pub(super) const WRAPPER: Wrapper = Wrapper {
    name: "truncated",
    aliases: &["trunc", "zero_truncated", "ztrunc", "positive"],
    title: "values seen only between bounds, `y in [lo, hi]`; without bounds a count above 0",
    make,
};

/// What a row must be.
const ALLOWED: &str = "values of the support between their bounds";
const ALLOWED_COUNTS: &str = "counts 1, 2, ..";

/// A likelihood given that its response lies between bounds.
struct Truncated {
    inner: Box<dyn Likelihood>,
    ends: Ends,
    /// Whether rows have bounds of their own; otherwise counts above 0 are seen.
    bounded: bool,
    spec: Spec,
}

fn make(inside: &[Name], args: &Args) -> Result<Choice, MakeError> {
    let choice = inner_number(WRAPPER.name, inside, args)?;
    let spec = choice.likelihood.spec();
    if !args.bounded && !spec.discrete {
        return Err(lacks(
            WRAPPER.name,
            &*choice.likelihood,
            "needs bounds: write the response as `y in [lo, hi]`",
        ));
    }
    if args.bounded && !spec.tails && !spec.discrete {
        return Err(lacks(WRAPPER.name, &*choice.likelihood, "has no distribution function"));
    }
    Ok(choice.map(|inner| Box::new(Truncated::new(inner, args.bounded))))
}

/// m / (1 - f(0)), of the log probability of 0 and the mean m.
#[derive(Clone, Copy)]
struct PositiveMean;

impl Outer<2> for PositiveMean {
    #[inline(always)]
    fn at<T: Real>(&self, _: Lane, [at_zero, mean]: [T; 2]) -> T {
        mean * (-at_zero.log1mexp()).exp()
    }
}

impl Truncated {
    fn new(inner: Box<dyn Likelihood>, bounded: bool) -> Self {
        let spec = wrapped(WRAPPER.name, inner.spec(), ResponseKind::Truncated);
        Self { ends: Ends::of(&*inner), inner, bounded, spec }
    }

    /// The inclusive bound as the exclusive one below it.
    fn below(&self, lower: f64) -> f64 {
        if self.spec.discrete { lower.ceil() - 1.0 } else { lower }
    }

    /// Exclusive lower and inclusive upper bound of a row.
    fn bounds_of(&self, y: Columns<'_>, row: usize) -> (f64, f64) {
        let lower = y.get(1).map_or(1.0, |lower| lower[row]);
        (self.below(lower), y.get(2).map_or(f64::INFINITY, |upper| upper[row]))
    }

    /// The same as columns.
    fn bounds(&self, y: Columns<'_>, n: usize) -> (Spare<Vec<f64>>, Spare<Vec<f64>>) {
        let (mut lower, mut upper) = (Spare::filled(0.0, n), Spare::filled(0.0, n));
        for row in 0..n {
            (lower[row], upper[row]) = self.bounds_of(y, row);
        }
        (lower, upper)
    }
}

impl Likelihood for Truncated {
    fn spec(&self) -> &Spec {
        &self.spec
    }

    fn admits(&self, y: Columns<'_>) -> Result<(), Violation> {
        let inside = self.inner.admits(&y[..1]);
        let rows = inside.as_ref().map_or_else(|violation| violation.row, |()| y[0].len());
        for row in 0..rows {
            let (below, upper) = self.bounds_of(y, row);
            // The lower bound of a continuous response may itself be seen.
            let low = if self.spec.discrete { y[0][row] <= below } else { y[0][row] < below };
            if low || y[0][row] > upper || !self.ends.allows(below, upper) {
                let allowed = if self.bounded { ALLOWED } else { ALLOWED_COUNTS };
                return Err(Violation { row, column: 0, value: y[0][row], allowed, not_integer: false });
            }
        }
        inside
    }

    fn eval(&self, tail: Tail, y: Columns<'_>, u: Columns<'_>, order: Order, out: &mut RowDerivs) {
        let n = u[0].len();
        let (lower, upper) = self.bounds(y, n);
        let mut rows: Spare<Vec<usize>> = Spare::take();
        rows.clear();
        rows.extend(0..n);
        let inner = &*self.inner;
        match tail {
            Tail::Pdf => inner.eval(tail, &y[..1], u, order, out),
            Tail::Cdf | Tail::Sf => {
                out.reset(n, u.len());
                clear(out, order);
                let bounds = match tail {
                    Tail::Cdf => Bounds { lower: &lower, upper: y[0], u },
                    _ => Bounds { lower: y[0], upper: &upper, u },
                };
                add_mass(inner, &self.ends, bounds, &rows, (1.0, order), out);
            }
        }
        add_mass(inner, &self.ends, Bounds { lower: &lower, upper: &upper, u }, &rows, (-1.0, order), out);
    }

    fn starts(&self, y: &Moments) -> Vec<Vec<f64>> {
        self.inner.starts(y)
    }

    /// Without bounds of the rows, m / (1 - f(0)).
    fn mean(&self, u: Columns<'_>, out: &mut RowDerivs) -> bool {
        let mut mean: Spare<RowDerivs> = Spare::take();
        if self.bounded || !self.inner.mean(u, &mut mean) {
            return false;
        }
        let n = u[0].len();
        let zero = Spare::filled(0.0, n);
        let mut at_zero: Spare<RowDerivs> = Spare::take();
        self.inner.eval(Tail::Pdf, &[&zero], u, Order::Hessian, &mut at_zero);
        out.reset(n, u.len());
        chain(PositiveMean, &zero, [Arg::Inner(&at_zero, 0), Arg::Inner(&mean, 0)], Order::Hessian, out);
        true
    }

    /// E(Y^2) / (1 - f(0)) less the squared mean.
    fn variance(&self, u: &[f64]) -> Option<f64> {
        if self.bounded {
            return None;
        }
        let (mean, variance) = (mean_at(&*self.inner, u)?, self.inner.variance(u)?);
        let seen = exp(log1mexp(log_zero(&*self.inner, u)));
        Some((variance + mean * mean) / seen - (mean / seen) * (mean / seen))
    }

    /// Of counts above 0.
    fn expected_info(&self, y: &[f64], u: &[f64], out: &mut [f64]) -> bool {
        let columns: Vec<&[f64]> = y.iter().map(std::slice::from_ref).collect();
        let (below, upper) = self.bounds_of(&columns, 0);
        let positive = self.spec.discrete && below == 0.0 && self.ends.open_above(upper);
        positive && positive_info(&*self.inner, &y[..1], u, out)
    }

    fn quantile(&self, p: f64, u: &[f64]) -> Option<f64> {
        if self.bounded {
            return None;
        }
        positive_quantile(&*self.inner, p, log_zero(&*self.inner, u), u)
    }

    fn sample(&self, u: &[f64], uniform: &mut dyn FnMut() -> f64) -> Option<f64> {
        if self.bounded {
            return None;
        }
        positive_draw(&*self.inner, u, || log_zero(&*self.inner, u), uniform)
    }
}
