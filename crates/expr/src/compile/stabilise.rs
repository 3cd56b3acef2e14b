//! Rewrites of what people write into what keeps its digits.
//!
//! `log(1 + exp(x))` is `log1pexp(x)`, `log(exp(a) + exp(b))` is `logaddexp(a, b)`, `log(1 - exp(x))` is
//! `log1mexp(x)`, `log(exp(x))` is `x`, `x - log(exp(x) + exp(y))` is `-log1pexp(y - x)`, and what follows from them
//! for parameters that are `exp` or `sigmoid` of what is optimised. Each rule is an identity wherever the left
//! side has a value; the right side has that value, and keeps it where the left side overflows or cancels.

use super::dag::{Dag, Entry, Node};
use crate::op::Op;

/// How deep the logarithm of a product or sum is looked into.
const LOG_DEPTH: usize = 12;

impl Dag {
    /// The stable form of an operation on varying nodes, where a rule knows one.
    pub(crate) fn stabilised(&mut self, op: Op, args: &[Node]) -> Option<Node> {
        if !args.iter().any(|a| self.varies(*a)) {
            return None;
        }
        let (a, b) = (args[0], args.get(1).copied().unwrap_or(0));
        match op {
            Op::Log => self.log_of_positive(a).or_else(|| self.log_of(a)),
            Op::Log1p => self.log1p_of(a),
            Op::Exp => self.exp_of(a),
            Op::Recip => self.recip_of(a),
            Op::Sub => self.difference_of(a, b),
            Op::Add => self.sum_of(a, b),
            Op::Mul => self.product_of(a, b),
            Op::Logaddexp => self.logaddexp_of(a, b),
            _ => None,
        }
    }

    /// log of a node that is positive by its form; `None` where nothing is gained.
    fn log_of_positive(&mut self, a: Node) -> Option<Node> {
        if self.value(a).is_some() { None } else { self.known_log(a, LOG_DEPTH) }
    }

    /// The logarithm of a node built of `exp`, `sigmoid`, positive constants, products, quotients and sums.
    fn known_log(&mut self, a: Node, depth: usize) -> Option<Node> {
        let depth = depth.checked_sub(1)?;
        match self.entry(a) {
            Entry::Number(bits) => {
                let value = f64::from_bits(bits);
                (value > 0.0 && value.is_finite()).then(|| self.constant(loglik_num::log(value)))
            }
            Entry::Apply(Op::Exp, [x, ..]) => Some(x),
            Entry::Apply(Op::Sigmoid, [x, ..]) => {
                let minus = self.neg(x);
                let tail = self.one(Op::Log1pexp, minus);
                Some(self.neg(tail))
            }
            Entry::Apply(Op::Square, [x, ..]) => {
                let log = self.known_log(x, depth)?;
                Some(self.scaled(2.0, log))
            }
            Entry::Apply(Op::Sqrt, [x, ..]) => {
                let log = self.known_log(x, depth)?;
                Some(self.scaled(0.5, log))
            }
            Entry::Apply(Op::Recip, [x, ..]) => {
                let log = self.known_log(x, depth)?;
                Some(self.neg(log))
            }
            Entry::Apply(Op::Mul, [x, y, _]) => {
                let (x, y) = (self.known_log(x, depth)?, self.known_log(y, depth)?);
                Some(self.add(x, y))
            }
            Entry::Apply(Op::Add, [x, y, _]) => {
                let (x, y) = (self.known_log(x, depth)?, self.known_log(y, depth)?);
                Some(self.op(Op::Logaddexp, &[x, y]))
            }
            _ => None,
        }
    }

    /// log of what has a positive factor, and of differences.
    fn log_of(&mut self, a: Node) -> Option<Node> {
        match self.entry(a) {
            // x e^t: the sign is that of x, so log(x e^t) = t + log x wherever it has a value.
            Entry::Apply(Op::Mul, [x, y, _]) => {
                for (known, other) in [(x, y), (y, x)] {
                    if self.value(known).is_some() {
                        continue;
                    }
                    if let Some(log) = self.known_log(known, LOG_DEPTH) {
                        let rest = self.one(Op::Log, other);
                        return Some(self.add(log, rest));
                    }
                }
                None
            }
            Entry::Apply(Op::Recip, [x, ..]) => {
                let log = self.one(Op::Log, x);
                Some(self.neg(log))
            }
            Entry::Apply(Op::Sqrt, [x, ..]) => {
                let log = self.one(Op::Log, x);
                Some(self.scaled(0.5, log))
            }
            Entry::Apply(Op::Add, [x, y, _]) if self.is(x, 1.0) || self.is(y, 1.0) => {
                let other = if self.is(x, 1.0) { y } else { x };
                Some(self.one(Op::Log1p, other))
            }
            Entry::Apply(Op::Sub, [x, y, _]) if self.is(x, 1.0) => {
                let minus = self.neg(y);
                Some(self.one(Op::Log1p, minus))
            }
            Entry::Apply(Op::Sub, [x, y, _]) => {
                let (x, y) = (self.known_log(x, LOG_DEPTH)?, self.known_log(y, LOG_DEPTH)?);
                Some(self.op(Op::Logdiffexp, &[x, y]))
            }
            // log(1 - e^x) arrives as log(-expm1(x)).
            Entry::Apply(Op::Neg, [x, ..]) => {
                let inner = self.inside(Op::Expm1, x)?;
                Some(self.one(Op::Log1mexp, inner))
            }
            _ => None,
        }
    }

    fn log1p_of(&mut self, a: Node) -> Option<Node> {
        if let Some(negated) = self.inside(Op::Neg, a) {
            if let Some(x) = self.inside(Op::Sigmoid, negated) {
                let tail = self.one(Op::Log1pexp, x);
                return Some(self.neg(tail));
            }
            let log = self.log_of_positive(negated)?;
            return Some(self.one(Op::Log1mexp, log));
        }
        let log = self.log_of_positive(a)?;
        Some(self.one(Op::Log1pexp, log))
    }

    fn exp_of(&mut self, a: Node) -> Option<Node> {
        // exp(-log1pexp(-x)) is the logistic function.
        let tail = self.inside(Op::Neg, a)?;
        let inner = self.inside(Op::Log1pexp, tail)?;
        let x = self.neg(inner);
        Some(self.one(Op::Sigmoid, x))
    }

    fn recip_of(&mut self, a: Node) -> Option<Node> {
        if let Some(x) = self.inside(Op::Exp, a) {
            let minus = self.neg(x);
            return Some(self.one(Op::Exp, minus));
        }
        let (x, y) = self.both(Op::Add, a)?;
        let other = if self.is(x, 1.0) {
            y
        } else if self.is(y, 1.0) {
            x
        } else {
            return None;
        };
        let inner = self.inside(Op::Exp, other)?;
        let minus = self.neg(inner);
        Some(self.one(Op::Sigmoid, minus))
    }

    fn sum_of(&mut self, a: Node, b: Node) -> Option<Node> {
        for (x, y) in [(a, b), (b, a)] {
            if self.is(x, -1.0)
                && let Some(inner) = self.inside(Op::Exp, y)
            {
                return Some(self.one(Op::Expm1, inner));
            }
        }
        None
    }

    fn difference_of(&mut self, a: Node, b: Node) -> Option<Node> {
        if self.is(b, 1.0)
            && let Some(x) = self.inside(Op::Exp, a)
        {
            return Some(self.one(Op::Expm1, x));
        }
        if self.is(a, 1.0) {
            if let Some(x) = self.inside(Op::Exp, b) {
                let rest = self.one(Op::Expm1, x);
                return Some(self.neg(rest));
            }
            if let Some(x) = self.inside(Op::Sigmoid, b) {
                let minus = self.neg(x);
                return Some(self.one(Op::Sigmoid, minus));
            }
        }
        if let Some(x) = self.inside(Op::Log1pexp, b)
            && x == a
        {
            let minus = self.neg(x);
            let tail = self.one(Op::Log1pexp, minus);
            return Some(self.neg(tail));
        }
        if let Some((x, y)) = self.both(Op::Logaddexp, b)
            && (x == a || y == a)
        {
            let gap = if x == a { self.sub(y, x) } else { self.sub(x, y) };
            let tail = self.one(Op::Log1pexp, gap);
            return Some(self.neg(tail));
        }
        self.gammas(a, b)
    }

    /// Differences of log gammas, which cancel for large arguments.
    fn gammas(&mut self, a: Node, b: Node) -> Option<Node> {
        let lower = self.inside(Op::Lgamma, b)?;
        if let Some(upper) = self.inside(Op::Lgamma, a) {
            let (x, y) = self.both(Op::Add, upper)?;
            let step = if x == lower {
                y
            } else if y == lower {
                x
            } else {
                return None;
            };
            return (!self.varies(step)).then(|| self.op(Op::LogRising, &[lower, step]));
        }
        // log Gamma(s + t) - log Gamma(s) - log Gamma(t) = -log B(s, t)
        if let Some((first, second)) = self.both(Op::Sub, a)
            && let (Some(total), Some(s)) = (self.inside(Op::Lgamma, first), self.inside(Op::Lgamma, second))
            && let Some((x, y)) = self.both(Op::Add, total)
            && ((x, y) == (s, lower) || (y, x) == (s, lower))
        {
            let beta = self.op(Op::Lbeta, &[s, lower]);
            return Some(self.neg(beta));
        }
        // log Gamma(s) + log Gamma(t) - log Gamma(s + t) = log B(s, t)
        let (first, second) = self.both(Op::Add, a)?;
        let (s, t) = (self.inside(Op::Lgamma, first)?, self.inside(Op::Lgamma, second)?);
        let (x, y) = self.both(Op::Add, lower)?;
        ((x, y) == (s, t) || (y, x) == (s, t)).then(|| self.op(Op::Lbeta, &[s, t]))
    }

    fn product_of(&mut self, a: Node, b: Node) -> Option<Node> {
        for (x, y) in [(a, b), (b, a)] {
            // e^t / (1 + e^t) arrives as e^t sigmoid(-t).
            if let (Some(t), Some(s)) = (self.inside(Op::Exp, x), self.inside(Op::Sigmoid, y)) {
                let minus = self.neg(t);
                if s == minus {
                    return Some(self.one(Op::Sigmoid, t));
                }
            }
            // (x^k - 1) / k, the Box-Cox family: expm1(k t) / k = t exprel(k t), smooth at k = 0.
            if let (Some(product), Some(k)) = (self.inside(Op::Expm1, x), self.inside(Op::Recip, y)) {
                if product == k {
                    return Some(self.one(Op::Exprel, k));
                }
                if let Some((p, q)) = self.both(Op::Mul, product)
                    && (p == k || q == k)
                {
                    let t = if p == k { q } else { p };
                    let smooth = self.one(Op::Exprel, product);
                    return Some(self.mul(t, smooth));
                }
            }
        }
        None
    }

    fn logaddexp_of(&mut self, a: Node, b: Node) -> Option<Node> {
        let other = if self.is(a, 0.0) {
            b
        } else if self.is(b, 0.0) {
            a
        } else {
            return None;
        };
        Some(self.one(Op::Log1pexp, other))
    }
}
