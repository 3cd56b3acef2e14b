//! Finite mixture of k components of one likelihood: f = sum_c p_c f_c.
//!
//! The coordinates are those of component 1, then 2, .., then `weight2` .. `weightk`: log(p_c / p_1). With
//! a_c = log f_c + log p_c and responsibilities r = softmax(a), the derivatives are
//! g = r_c g_c in a component and r_c - p_c in a weight, and
//! h = sum_c r_c (h_c + g_c g_c') - g g' over the whole. The labels of the components are exchangeable, and the
//! log-likelihood of a Gaussian mixture is unbounded where a component shrinks onto one value; starts keep away from it.
//!
//! McLachlan & Peel (2000), Finite Mixture Models, ch. 2 and 3.

use super::inside::{lacks, wrapped};
use super::mixture_starts;
use super::row::{mean_at, quantile_at};
use super::spare::Spare;
use crate::{
    Args, Choice, Columns, Likelihood, MakeError, Moments, Name, Natural, NaturalPart, Order, Param,
    ResponseKind, RowDerivs, Spec, Support, Tail, Violation, Wrapper, build,
};
use loglik_num::{Kernel, LANE, Lane, Real, dispatch, exp};

/// Its entry in the registry.
pub(super) const WRAPPER: Wrapper = Wrapper {
    name: "mixture",
    aliases: &["mix"],
    title: "k components of one likelihood, `mixture(gaussian, 2)`; weights as logs of ratios to the first",
    make,
};

/// Components at most.
const MOST: usize = 8;

/// Coordinates in all at most: the second derivatives grow with their square.
const MOST_COORDINATES: usize = 40;

/// A mixture.
struct Mixture {
    inner: Box<dyn Likelihood>,
    /// Number of components.
    k: usize,
    /// Coordinates of one component.
    each: usize,
    spec: Spec,
}

fn make(inside: &[Name], args: &Args) -> Result<Choice, MakeError> {
    let takes = || MakeError::Brackets {
        name: WRAPPER.name.to_owned(),
        takes: "a likelihood and the number of components: `mixture(gaussian, 2)`".to_owned(),
    };
    let [name @ Name::Word(..), Name::Number(k)] = inside else { return Err(takes()) };
    if k.fract() != 0.0 || !(2.0..=MOST as f64).contains(k) {
        return Err(MakeError::Range {
            what: "components",
            value: *k,
            allowed: "a whole number from 2 to 8",
        });
    }
    let choice = build(name, args)?;
    let spec = choice.likelihood.spec();
    let number = matches!(spec.response, ResponseKind::Number | ResponseKind::Trials);
    if !number || (spec.k() + 1) * (*k as usize) > MOST_COORDINATES {
        return Err(lacks(WRAPPER.name, &*choice.likelihood, "cannot be mixed so"));
    }
    let k = *k as usize;
    let natural = natural(&choice.natural, k);
    Ok(Choice { natural, aliases: Vec::new(), likelihood: Box::new(Mixture::new(choice.likelihood, k)) })
}

/// Name of a parameter in component `c`, from 1.
fn numbered(name: &str, c: usize) -> String {
    let joint = if name.ends_with(|last: char| last.is_ascii_digit()) { "_" } else { "" };
    format!("{name}{joint}{c}")
}

/// The reported parameters of every component, then the probabilities of all but the first.
fn natural(inner: &Natural, k: usize) -> Natural {
    let mut parts = Vec::new();
    for c in 1..=k {
        parts.extend(inner.0.iter().map(|part| match part {
            NaturalPart::Family(map, _) => NaturalPart::Family(map, format!(".{c}")),
            NaturalPart::Single(name, support) => NaturalPart::Single(format!("{name}.{c}"), *support),
            NaturalPart::Shares(names) => NaturalPart::Shares(names.clone()),
        }));
    }
    parts.push(NaturalPart::Shares((2..=k).map(|c| format!("weight.{c}")).collect()));
    Natural(parts)
}

/// log p_c of all components from the coordinates of the weights.
pub(super) fn log_shares(weights: &[f64]) -> Vec<f64> {
    let total = weights.iter().copied().fold(0.0, loglik_num::logaddexp);
    std::iter::once(0.0).chain(weights.iter().copied()).map(|w| w - total).collect()
}

impl Mixture {
    fn new(inner: Box<dyn Likelihood>, k: usize) -> Self {
        let each = inner.spec().k();
        let mut spec = wrapped(WRAPPER.name, inner.spec(), inner.spec().response);
        spec.name = format!("{}({}, {k})", WRAPPER.name, inner.spec().name);
        spec.params = (1..=k)
            .flat_map(|c| {
                inner.spec().params.iter().map(move |p| Param { name: numbered(&p.name, c), ..p.clone() })
            })
            .chain((2..=k).map(|c| Param::new(&format!("weight{c}"), Support::Real)))
            .collect();
        spec.precision = None;
        Self { inner, k, each, spec }
    }

    /// Coordinates of component `c`, from 0.
    fn component<'a, T>(&self, u: &'a [T], c: usize) -> &'a [T] {
        &u[c * self.each..(c + 1) * self.each]
    }

    /// Coordinates of the weights of all components but the first.
    fn weights<'a, T>(&self, u: &'a [T]) -> &'a [T] {
        &u[self.k * self.each..]
    }
}

/// Sums over components, eight rows at a time.
struct Mix<'a> {
    parts: &'a [Spare<RowDerivs>],
    weights: Columns<'a>,
    order: Order,
    /// Whether means are mixed, not log densities.
    means: bool,
    out: &'a mut RowDerivs,
}

/// Shares and responsibilities of eight rows.
#[derive(Clone, Copy)]
struct Shares {
    /// p_c
    prior: [Lane; MOST],
    /// r_c, or p_c for means
    posterior: [Lane; MOST],
}

/// Softmax of the first `k` entries, and the log of the sum of their exponentials.
#[inline(always)]
fn softmax(a: &[Lane; MOST], k: usize) -> ([Lane; MOST], Lane) {
    let top = a[1..k].iter().fold(a[0], |top, x| top.max(*x));
    // All components at -inf: the sum is -inf, and no share is a number.
    let safe = Lane::select(top.eq_lanes(Lane::splat(f64::NEG_INFINITY)), Lane::ZERO, top);
    let mut shares = [Lane::ZERO; MOST];
    let mut sum = Lane::ZERO;
    for c in 0..k {
        shares[c] = (a[c] - safe).exp();
        sum = sum + shares[c];
    }
    let scale = Lane::ONE / sum;
    for share in &mut shares[..k] {
        *share = *share * scale;
    }
    (shares, safe + sum.log())
}

impl Mix<'_> {
    /// Value in eight rows, and the shares.
    #[inline(always)]
    fn value(&self, at: usize) -> (Lane, Shares) {
        let k = self.parts.len();
        let mut logits = [Lane::ZERO; MOST];
        for c in 1..k {
            logits[c] = Lane::load(&self.weights[c - 1][at..at + LANE]);
        }
        let (prior, total) = softmax(&logits, k);
        let mut l = [Lane::ZERO; MOST];
        for c in 0..k {
            l[c] = Lane::load(&self.parts[c].l[at..at + LANE]);
        }
        if self.means {
            let mean = (0..k).fold(Lane::ZERO, |sum, c| prior[c].mul_add(l[c], sum));
            return (mean, Shares { prior, posterior: prior });
        }
        for c in 0..k {
            l[c] = l[c] + logits[c];
        }
        let (posterior, sum) = softmax(&l, k);
        (sum - total, Shares { prior, posterior })
    }

    /// Derivatives of log sum_c p_c f_c.
    #[inline(always)]
    fn log_derivatives(&mut self, at: usize, shares: &Shares) {
        use super::chain::times;
        let (k, each) = (self.parts.len(), self.parts[0].params());
        let q = k * each;
        let Shares { prior, posterior } = *shares;
        let load = |column: &[f64]| Lane::load(&column[at..at + LANE]);
        for c in 0..k {
            for i in 0..each {
                let g = times(posterior[c], load(self.parts[c].g(i)));
                g.store(&mut self.out.g_mut(c * each + i)[at..at + LANE]);
            }
            if c > 0 {
                (posterior[c] - prior[c]).store(&mut self.out.g_mut(q + c - 1)[at..at + LANE]);
            }
        }
        for c in 0..k {
            for i in 0..each {
                let row = c * each + i;
                let g = load(self.out.g(row));
                for col in 0..=row {
                    let (d, j) = (col / each, col % each);
                    let mut h = -times(g, load(self.out.g(col)));
                    if d == c {
                        let curved =
                            load(self.parts[c].h(i, j)) + load(self.parts[c].g(i)) * load(self.parts[c].g(j));
                        h = h + times(posterior[c], curved);
                    }
                    h.store(&mut self.out.h_mut(row, col)[at..at + LANE]);
                }
                for d in 1..k {
                    let h = times(g, if d == c { Lane::ONE } else { Lane::ZERO }) - times(g, posterior[d]);
                    h.store(&mut self.out.h_mut(q + d - 1, row)[at..at + LANE]);
                }
            }
        }
        for c in 1..k {
            for d in 1..=c {
                let own = if c == d { posterior[c] - prior[c] } else { Lane::ZERO };
                let h = own - posterior[c] * posterior[d] + prior[c] * prior[d];
                h.store(&mut self.out.h_mut(q + c - 1, q + d - 1)[at..at + LANE]);
            }
        }
    }

    /// Derivatives of sum_c p_c m_c.
    #[inline(always)]
    fn mean_derivatives(&mut self, at: usize, mean: Lane, p: &[Lane; MOST]) {
        let (k, each) = (self.parts.len(), self.parts[0].params());
        let q = k * each;
        let load = |column: &[f64]| Lane::load(&column[at..at + LANE]);
        let is = |same: bool| if same { Lane::ONE } else { Lane::ZERO };
        for c in 0..k {
            for i in 0..each {
                let g = load(self.parts[c].g(i));
                (p[c] * g).store(&mut self.out.g_mut(c * each + i)[at..at + LANE]);
                for j in 0..=i {
                    let h = p[c] * load(self.parts[c].h(i, j));
                    h.store(&mut self.out.h_mut(c * each + i, c * each + j)[at..at + LANE]);
                }
                for d in 1..k {
                    let h = g * p[c] * (is(c == d) - p[d]);
                    h.store(&mut self.out.h_mut(q + d - 1, c * each + i)[at..at + LANE]);
                }
            }
        }
        let off: [Lane; MOST] =
            std::array::from_fn(|c| if c < k { load(&self.parts[c].l) - mean } else { Lane::ZERO });
        for c in 1..k {
            (p[c] * off[c]).store(&mut self.out.g_mut(q + c - 1)[at..at + LANE]);
            for d in 1..=c {
                let h = p[c] * (is(c == d) - p[d]) * off[c] - p[c] * p[d] * off[d];
                h.store(&mut self.out.h_mut(q + c - 1, q + d - 1)[at..at + LANE]);
            }
        }
    }
}

impl Kernel for Mix<'_> {
    type Output = ();

    #[inline(always)]
    fn run(mut self) {
        for at in (0..self.out.rows()).step_by(LANE) {
            let (value, shares) = self.value(at);
            value.store(&mut self.out.l[at..at + LANE]);
            match (self.order, self.means) {
                (Order::Value, _) => {}
                (Order::Hessian, false) => self.log_derivatives(at, &shares),
                (Order::Hessian, true) => self.mean_derivatives(at, value, &shares.prior),
            }
        }
    }
}

impl Likelihood for Mixture {
    fn spec(&self) -> &Spec {
        &self.spec
    }

    fn admits(&self, y: Columns<'_>) -> Result<(), Violation> {
        self.inner.admits(y)
    }

    fn eval(&self, tail: Tail, y: Columns<'_>, u: Columns<'_>, order: Order, out: &mut RowDerivs) {
        let mut parts: Vec<Spare<RowDerivs>> = (0..self.k).map(|_| Spare::take()).collect();
        for (c, part) in parts.iter_mut().enumerate() {
            self.inner.eval(tail, y, self.component(u, c), order, part);
        }
        out.reset(u[0].len(), u.len());
        dispatch(Mix { parts: &parts, weights: self.weights(u), order, means: false, out });
    }

    fn starts(&self, y: &Moments) -> Vec<Vec<f64>> {
        mixture_starts::starts(&*self.inner, self.k, y)
    }

    fn mean(&self, u: Columns<'_>, out: &mut RowDerivs) -> bool {
        let mut parts: Vec<Spare<RowDerivs>> = (0..self.k).map(|_| Spare::take()).collect();
        for (c, part) in parts.iter_mut().enumerate() {
            if !self.inner.mean(self.component(u, c), part) {
                return false;
            }
        }
        out.reset(u[0].len(), u.len());
        out.h.fill(0.0);
        dispatch(Mix { parts: &parts, weights: self.weights(u), order: Order::Hessian, means: true, out });
        true
    }

    /// sum_c p_c (variance_c + (m_c - m)^2)
    fn variance(&self, u: &[f64]) -> Option<f64> {
        let shares = log_shares(self.weights(u));
        let means: Option<Vec<f64>> =
            (0..self.k).map(|c| mean_at(&*self.inner, self.component(u, c))).collect();
        let means = means?;
        let mean: f64 = means.iter().zip(&shares).map(|(m, p)| m * exp(*p)).sum();
        (0..self.k)
            .map(|c| {
                let within = self.inner.variance(self.component(u, c))?;
                Some(exp(shares[c]) * (within + (means[c] - mean) * (means[c] - mean)))
            })
            .sum()
    }

    fn quantile(&self, p: f64, u: &[f64]) -> Option<f64> {
        if self.spec.response == ResponseKind::Number { quantile_at(self, p, u) } else { None }
    }

    fn sample(&self, u: &[f64], uniform: &mut dyn FnMut() -> f64) -> Option<f64> {
        let mut left = uniform();
        let shares = log_shares(self.weights(u));
        let chosen = shares.iter().position(|p| {
            left -= exp(*p);
            left < 0.0
        });
        self.inner.sample(self.component(u, chosen.unwrap_or(self.k - 1)), uniform)
    }
}
