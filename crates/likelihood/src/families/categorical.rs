//! Categorical: one of K classes, or counts of each, by softmax. Cross-entropy over classes as likelihood.
//!
//! log f = log(n! / prod y_k!) + sum_k y_k (u_k - log sum_j e^(u_j)), the reference's logit being 0; u = the K - 1 other
//! logits, a parameter each, named by its class. The greatest logit leaves the sum, so that log1p of the rest keeps the
//! small loss of a row that is fitted well. K is known at run time, so this is a `Likelihood` of its own.
//! McFadden (1974), Conditional logit analysis of qualitative choice behavior.

use crate::class_response;
use crate::pointwise::response_columns;
use crate::{
    Args, Columns, Family, Likelihood, MakeError, Moments, Order, Param, ResponseColumn, ResponseKind, RowDerivs,
    Spec, Support, Tail, Violation,
};
use loglik_num::{Kernel, LANE, Lane, Mask, Real, dispatch, exp, log};

/// Its entry in the registry.
pub static FAMILY: Family = Family {
    name: "categorical",
    aliases: &["softmax", "multinomial", "multinom", "multinomial_logit"],
    title: "one of several classes: softmax, multinomial logistic regression",
    params: &[],
    natural: None,
    make,
};

/// Softmax over classes.
pub struct Categorical {
    spec: Spec,
    classes: usize,
    reference: usize,
    counts: bool,
}

fn make(args: &Args) -> Result<Box<dyn Likelihood>, MakeError> {
    let classes = args.classes.len();
    if classes < 2 {
        return Err(MakeError::Classes { name: FAMILY.name.to_owned(), least: 2, classes });
    }
    let reference = match &args.reference {
        None => 0,
        Some(name) => args.classes.iter().position(|class| class == name).ok_or_else(|| MakeError::Choice {
            what: "reference class",
            value: name.clone(),
            allowed: args.classes.join(", "),
        })?,
    };
    let response = if args.counts { ResponseKind::ClassCounts } else { ResponseKind::Class };
    let others = args.classes.iter().enumerate().filter(|(i, _)| *i != reference);
    let param = |name: &str| Param::new(name, Support::Real);
    let columns = match args.counts {
        true => vec![ResponseColumn { name: "counts" }; classes],
        false => response_columns(response),
    };
    let spec = Spec {
        name: FAMILY.name.to_owned(),
        params: others.map(|(_, class)| param(class)).collect(),
        response,
        columns,
        source: "McFadden (1974), Frontiers in Econometrics, 105-142",
        tails: false,
        discrete: true,
        precision: None,
        shared_predictor: true,
        concave: true,
        quadratic: false,
        by_difference: false,
        sufficient: None,
        link_inside: false,
        own: false,
    };
    Ok(Box::new(Categorical { spec, classes, reference, counts: args.counts }))
}

/// One sweep over a chunk.
struct Sweep<'a> {
    of: &'a Categorical,
    y: Columns<'a>,
    u: Columns<'a>,
    order: Order,
    out: &'a mut RowDerivs,
}

/// Eight rows' denominators.
#[derive(Clone, Copy)]
struct Sums {
    /// The greatest logit, 0 of the reference included.
    top: Lane,
    /// Sum of e^(u - top) over all classes but one that is greatest.
    rest: Lane,
}

impl Sweep<'_> {
    /// Class whose logit is column `k` of `u`.
    #[inline(always)]
    fn class_of(&self, k: usize) -> usize {
        k + usize::from(k >= self.of.reference)
    }

    /// Count of a class in eight rows.
    #[inline(always)]
    fn count(&self, class: usize, at: usize) -> Lane {
        if self.of.counts {
            return Lane::load(&self.y[class][at..]);
        }
        let is_it = Lane::load(&self.y[0][at..]).eq_lanes(Lane::splat(class as f64));
        Lane::select(is_it, Lane::ONE, Lane::ZERO)
    }

    #[inline(always)]
    fn sums(&self, at: usize) -> Sums {
        let top = self.u.iter().fold(Lane::ZERO, |top, u| top.max(Lane::load(&u[at..])));
        let mut left_out = top.eq_lanes(Lane::ZERO);
        let mut rest = Lane::select(left_out, Lane::ZERO, (-top).exp());
        for u in self.u {
            let u = Lane::load(&u[at..]);
            let greatest = u.eq_lanes(top) & !left_out;
            rest = rest + Lane::select(greatest, Lane::ZERO, (u - top).exp());
            left_out = left_out | greatest;
        }
        Sums { top, rest }
    }

    /// Log density of eight rows, and their totals.
    #[inline(always)]
    fn density(&self, at: usize, sums: Sums) -> (Lane, Lane) {
        let first = self.count(self.of.reference, at);
        let (mut total, mut l) = (first, -first * sums.top);
        for (k, u) in self.u.iter().enumerate() {
            let count = self.count(self.class_of(k), at);
            total = total + count;
            // A class without count adds nothing, however far its logit.
            let gap = Lane::load(&u[at..]) - sums.top;
            l = l + Lane::select(count.eq_lanes(Lane::ZERO), Lane::ZERO, count * gap);
        }
        (l - total * sums.rest.log1p(), total)
    }

    /// g = y (1 - p) - (n - y) p and h = -n (p [j = k] - p p'), the probabilities held in `g` meanwhile.
    #[inline(always)]
    fn derivatives(&mut self, at: usize, sums: Sums, total: Lane) {
        let n = self.out.rows();
        let whole = Lane::ONE / (Lane::ONE + sums.rest);
        for (k, u) in self.u.iter().enumerate() {
            let p = (Lane::load(&u[at..]) - sums.top).exp() * whole;
            p.store(&mut self.out.g[k * n + at..]);
            for j in 0..k {
                let other = Lane::load(&self.out.g[j * n + at..]);
                (total * p * other).store(&mut self.out.h[RowDerivs::pair(k, j) * n + at..]);
            }
        }
        let mut left_out: Mask = sums.top.eq_lanes(Lane::ZERO);
        for (k, u) in self.u.iter().enumerate() {
            let u = Lane::load(&u[at..]);
            let greatest = u.eq_lanes(sums.top) & !left_out;
            left_out = left_out | greatest;
            let p = Lane::load(&self.out.g[k * n + at..]);
            let q = Lane::select(greatest, sums.rest * whole, Lane::ONE - p);
            let count = self.count(self.class_of(k), at);
            (count * q - (total - count) * p).store(&mut self.out.g[k * n + at..]);
            (-total * p * q).store(&mut self.out.h[RowDerivs::pair(k, k) * n + at..]);
        }
    }
}

impl Kernel for Sweep<'_> {
    type Output = ();

    #[inline(always)]
    fn run(mut self) {
        for at in (0..self.out.rows()).step_by(LANE) {
            let sums = self.sums(at);
            let (l, total) = self.density(at, sums);
            l.store(&mut self.out.l[at..]);
            if self.order == Order::Hessian {
                self.derivatives(at, sums, total);
            }
        }
    }
}

impl Categorical {
    /// Probabilities of the classes that have a logit                     `[k]`
    fn probabilities(&self, u: &[f64]) -> Vec<f64> {
        let top = u.iter().fold(0.0, |top: f64, &u| top.max(u));
        let total: f64 = exp(-top) + u.iter().map(|u| exp(u - top)).sum::<f64>();
        u.iter().map(|u| exp(u - top) / total).collect()
    }
}

impl Likelihood for Categorical {
    fn spec(&self) -> &Spec {
        &self.spec
    }

    fn admits(&self, y: Columns<'_>) -> Result<(), Violation> {
        class_response::admits(y, self.classes, self.counts)
    }

    fn eval(&self, tail: Tail, y: Columns<'_>, u: Columns<'_>, order: Order, out: &mut RowDerivs) {
        debug_assert_eq!(tail, Tail::Pdf, "classes have no order");
        let n = u[0].len();
        out.reset(n, u.len());
        dispatch(Sweep { of: self, y, u, order, out });
        if self.counts {
            class_response::add_coefficients(y, &mut out.l);
        }
    }

    fn starts(&self, y: &Moments) -> Vec<Vec<f64>> {
        let half = 0.5 / (y.weight + 1.0);
        let share = |class: usize| y.classes.get(class).copied().unwrap_or(0.0) + half;
        let others = (0..self.classes).filter(|&class| class != self.reference);
        vec![others.map(|class| log(share(class) / share(self.reference))).collect()]
    }

    fn saturated(&self, y: &[f64], _: &[f64]) -> Option<f64> {
        Some(if self.counts { class_response::saturated(y) } else { 0.0 })
    }

    /// The logit of a class that was seen falls behind no other.
    fn recession(&self, y: &[f64]) -> Vec<Vec<f64>> {
        let place = |class: usize| class - usize::from(class > self.reference);
        let mut normals = Vec::new();
        for seen in class_response::seen(y, self.counts) {
            for other in (0..self.classes).filter(|other| *other != seen) {
                let mut normal = vec![0.0; self.classes - 1];
                for (class, sign) in [(seen, 1.0), (other, -1.0)] {
                    if class != self.reference {
                        normal[place(class)] = sign;
                    }
                }
                normals.push(normal);
            }
        }
        normals
    }

    fn expected_info(&self, y: &[f64], u: &[f64], out: &mut [f64]) -> bool {
        let total = if self.counts { y.iter().sum() } else { 1.0 };
        let p = self.probabilities(u);
        for i in 0..p.len() {
            for j in 0..=i {
                out[RowDerivs::pair(i, j)] = total * p[i] * (f64::from(i == j) - p[j]);
            }
        }
        true
    }

    /// A class, by its code.
    fn sample(&self, u: &[f64], uniform: &mut dyn FnMut() -> f64) -> Option<f64> {
        let p = self.probabilities(u);
        let mut left = uniform();
        for (k, p) in p.iter().enumerate() {
            left -= p;
            if left < 0.0 {
                return Some((k + usize::from(k >= self.reference)) as f64);
            }
        }
        Some(self.reference as f64)
    }
}
