//! Censoring and delayed entry around any likelihood with tails: survival models, Tobit, detection limits.
//!
//! Response columns `[lower, upper, entry]`: equal bounds are an exact value, log f(y); otherwise the value is known to
//! lie in (lower, upper], log P(lower < Y <= upper), an infinite or missing bound being open. A row that was only seen
//! because Y > entry subtracts log P(Y > entry); `entry = -inf` (or missing) is none.
//!
//! Kalbfleisch & Prentice (2002), The Statistical Analysis of Failure Time Data, ch. 3.

use super::inside::{inner_number, lacks, wrapped};
use super::mass::{Bounds, Ends, add_mass};
use super::runs::{clear, eval_rows, scatter};
use super::spare::Spare;
use crate::{
    Args, Choice, Columns, Likelihood, MakeError, Moments, Name, Order, ResponseKind, RowDerivs, Spec, Tail,
    UnitDeviance, Violation, Wrapper,
};

/// Its entry in the registry.
pub(super) const WRAPPER: Wrapper = Wrapper {
    name: "censored",
    aliases: &["cens", "interval"],
    title: "right, left or interval censored values and delayed entry: columns lower, upper, entry",
    make,
};

/// What a pair of bounds must be.
const ALLOWED: &str = "bounds in the support with lower <= upper, not both missing";

/// A likelihood whose response may be known up to bounds only.
struct Censored {
    inner: Box<dyn Likelihood>,
    ends: Ends,
    spec: Spec,
}

fn make(inside: &[Name], args: &Args) -> Result<Choice, MakeError> {
    let choice = inner_number(WRAPPER.name, inside, args)?;
    if !choice.likelihood.spec().tails {
        return Err(lacks(WRAPPER.name, &*choice.likelihood, "has no distribution function"));
    }
    Ok(choice.map(|inner| Box::new(Censored::new(inner))))
}

impl Censored {
    fn new(inner: Box<dyn Likelihood>) -> Self {
        let response = ResponseKind::Interval;
        // Probabilities between bounds are as concave in a location as its log density (Prekopa 1973).
        let spec = Spec { concave: inner.spec().concave, ..wrapped(WRAPPER.name, inner.spec(), response) };
        Self { ends: Ends::of(&*inner), inner, spec }
    }

    /// Whether one row is an exact value or an interval that may hold one, seen after its entry.
    fn allows(&self, lower: f64, upper: f64, entry: f64) -> bool {
        let exact = lower == upper;
        let known = match exact {
            true => self.inner.admits(&[&[lower]]).is_ok(),
            false => {
                let open = self.ends.open_below(lower) && self.ends.open_above(upper);
                !open && self.ends.allows(lower, upper)
            }
        };
        let reached = self.ends.open_below(entry) || entry < upper || (entry == upper && self.spec.discrete);
        known && (reached || self.ends.open_above(upper)) && entry != f64::INFINITY
    }
}

/// Sorts the rows into exact values, the rest, and those with delayed entry.
fn sort(y: Columns<'_>, ends: &Ends, [exact, open, late]: [&mut Vec<usize>; 3]) {
    [&mut *exact, &mut *open, &mut *late].into_iter().for_each(Vec::clear);
    for row in 0..y[0].len() {
        if y[0][row] == y[1][row] {
            exact.push(row)
        } else {
            open.push(row)
        }
        if y.get(2).is_some_and(|entry| !ends.open_below(entry[row])) {
            late.push(row);
        }
    }
}

impl Likelihood for Censored {
    fn spec(&self) -> &Spec {
        &self.spec
    }

    fn admits(&self, y: Columns<'_>) -> Result<(), Violation> {
        for row in 0..y[0].len() {
            let entry = y.get(2).map_or(f64::NEG_INFINITY, |entry| entry[row]);
            if !self.allows(y[0][row], y[1][row], entry) {
                let column = usize::from(!y[0][row].is_finite());
                let value = y[column][row];
                return Err(Violation { row, column, value, allowed: ALLOWED, not_integer: false });
            }
        }
        Ok(())
    }

    /// A tail other than the density is that of the value itself, at `lower`.
    fn eval(&self, tail: Tail, y: Columns<'_>, u: Columns<'_>, order: Order, out: &mut RowDerivs) {
        if tail != Tail::Pdf {
            self.inner.eval(tail, &y[..1], u, order, out);
            return;
        }
        let n = u[0].len();
        let [mut exact, mut open, mut late]: [Spare<Vec<usize>>; 3] = std::array::from_fn(|_| Spare::take());
        sort(y, &self.ends, [&mut exact, &mut open, &mut late]);
        if exact.len() == n && late.is_empty() {
            self.inner.eval(tail, &y[..1], u, order, out);
            return;
        }
        out.reset(n, u.len());
        clear(out, order);
        if !exact.is_empty() {
            let mut part: Spare<RowDerivs> = Spare::take();
            eval_rows(&*self.inner, Tail::Pdf, (&y[..1], u), &exact, order, &mut part);
            scatter(&part, 1.0, &exact, order, out);
        }
        let bounds = Bounds { lower: y[0], upper: y[1], u };
        add_mass(&*self.inner, &self.ends, bounds, &open, (1.0, order), out);
        if !late.is_empty() {
            let never = Spare::filled(f64::INFINITY, n);
            let bounds = Bounds { lower: y[2], upper: &never, u };
            add_mass(&*self.inner, &self.ends, bounds, &late, (-1.0, order), out);
        }
    }

    fn starts(&self, y: &Moments) -> Vec<Vec<f64>> {
        self.inner.starts(y)
    }

    fn mean(&self, u: Columns<'_>, out: &mut RowDerivs) -> bool {
        self.inner.mean(u, out)
    }

    fn variance(&self, u: &[f64]) -> Option<f64> {
        self.inner.variance(u)
    }

    /// Of exact rows; the deviance of a censored row has no closed form.
    fn dispersion_model(&self, y: &[f64], u: &[f64]) -> Option<UnitDeviance> {
        let exact = y[0] == y[1] && y.get(2).is_none_or(|entry| self.ends.open_below(*entry));
        if exact { self.inner.dispersion_model(&y[..1], u) } else { None }
    }

    fn quantile(&self, p: f64, u: &[f64]) -> Option<f64> {
        self.inner.quantile(p, u)
    }

    fn sample(&self, u: &[f64], uniform: &mut dyn FnMut() -> f64) -> Option<f64> {
        self.inner.sample(u, uniform)
    }
}
