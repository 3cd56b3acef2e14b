//! Algebra that loses nothing: neutral elements, signs, powers, constants gathered.

use super::dag::{Dag, Entry, Node};
use crate::op::Op;

/// Largest whole exponent that is multiplied out.
const MAX_POWER: f64 = 16.0;

impl Dag {
    /// A simpler node of the same value, where there is one.
    pub(crate) fn simplified(&mut self, op: Op, args: &[Node]) -> Option<Node> {
        let (a, b) = (args[0], args.get(1).copied().unwrap_or(0));
        match op {
            Op::Add => self.sum(a, b),
            Op::Sub => self.difference(a, b),
            Op::Mul => self.product(a, b),
            Op::Div => self.quotient(a, b),
            Op::Neg => self.negative(a),
            Op::Recip => self.inside(Op::Recip, a),
            Op::Pow => self.power(a, b),
            Op::Abs => {
                let inner = self.inside(Op::Neg, a)?;
                Some(self.one(Op::Abs, inner))
            }
            Op::Square => {
                let inner = self.inside(Op::Neg, a).or_else(|| self.inside(Op::Abs, a))?;
                Some(self.one(Op::Square, inner))
            }
            Op::Select => self.selected(a, b, args[2]),
            Op::Max | Op::Min if self.varies(a) || self.varies(b) => {
                let less = self.op(Op::Less, &[a, b]);
                let arms = if op == Op::Min { [less, a, b] } else { [less, b, a] };
                Some(self.op(Op::Select, &arms))
            }
            Op::Log2 | Op::Log10 if self.varies(a) => {
                let log = self.one(Op::Log, a);
                let per = if op == Op::Log2 { core::f64::consts::LOG2_E } else { core::f64::consts::LOG10_E };
                Some(self.scaled(per, log))
            }
            _ => None,
        }
    }

    fn sum(&mut self, a: Node, b: Node) -> Option<Node> {
        for (x, y) in [(a, b), (b, a)] {
            if self.is(x, 0.0) {
                return Some(y);
            }
            if let Some(inner) = self.inside(Op::Neg, x) {
                return Some(self.sub(y, inner));
            }
        }
        (a == b).then(|| self.scaled(2.0, a))
    }

    fn difference(&mut self, a: Node, b: Node) -> Option<Node> {
        if self.is(b, 0.0) {
            return Some(a);
        }
        if self.is(a, 0.0) {
            return Some(self.neg(b));
        }
        let inner = self.inside(Op::Neg, b)?;
        Some(self.add(a, inner))
    }

    fn negative(&mut self, a: Node) -> Option<Node> {
        if let Some(inner) = self.inside(Op::Neg, a) {
            return Some(inner);
        }
        // -(x - y) stays: both signs of one difference are then computed from one subtraction.
        let (x, y) = self.both(Op::Mul, a)?;
        let constant = self.value(x)?;
        Some(self.scaled(-constant, y))
    }

    fn product(&mut self, a: Node, b: Node) -> Option<Node> {
        for (x, y) in [(a, b), (b, a)] {
            let Some(constant) = self.value(x) else {
                if let Some(inner) = self.inside(Op::Neg, x) {
                    let product = self.mul(inner, y);
                    return Some(self.neg(product));
                }
                continue;
            };
            if constant == 0.0 {
                return Some(x);
            }
            if constant == 1.0 {
                return Some(y);
            }
            if constant == -1.0 {
                return Some(self.neg(y));
            }
            if let Some(inner) = self.inside(Op::Neg, y) {
                return Some(self.scaled(-constant, inner));
            }
            if let Some((first, rest)) = self.both(Op::Mul, y)
                && let Some(other) = self.value(first).or_else(|| self.value(rest))
            {
                let rest = if self.value(first).is_some() { rest } else { first };
                return Some(self.scaled(constant * other, rest));
            }
        }
        (a == b).then(|| self.one(Op::Square, a))
    }

    fn quotient(&mut self, a: Node, b: Node) -> Option<Node> {
        if self.is(a, 0.0) || self.is(b, 1.0) {
            return Some(a);
        }
        if self.is(a, 1.0) {
            return Some(self.one(Op::Recip, b));
        }
        // A divisor that varies is inverted once, for value and derivatives; so is one that divides often.
        if self.varies(b) {
            let inverse = self.one(Op::Recip, b);
            return Some(self.mul(a, inverse));
        }
        let divisor = self.value(b)?;
        let is_power_of_two = divisor.is_normal() && divisor.to_bits().trailing_zeros() >= 52;
        is_power_of_two.then(|| self.scaled(1.0 / divisor, a))
    }

    /// Whole powers by multiplication; a varying exponent means a positive base.
    fn power(&mut self, a: Node, b: Node) -> Option<Node> {
        if self.varies(b) {
            let log = self.one(Op::Log, a);
            let exponent = self.mul(b, log);
            return Some(self.one(Op::Exp, exponent));
        }
        let exponent = self.value(b)?;
        if exponent == 0.0 {
            return Some(self.constant(1.0));
        }
        if exponent == 0.5 {
            return Some(self.one(Op::Sqrt, a));
        }
        if exponent == -0.5 {
            let root = self.one(Op::Sqrt, a);
            return Some(self.one(Op::Recip, root));
        }
        if exponent.fract() != 0.0 || exponent.abs() > MAX_POWER {
            return None;
        }
        let mut left = exponent.abs() as u32;
        let (mut base, mut product) = (a, None);
        loop {
            if left & 1 == 1 {
                product = Some(product.map_or(base, |so_far| self.mul(so_far, base)));
            }
            left >>= 1;
            if left == 0 {
                break;
            }
            base = self.one(Op::Square, base);
        }
        let product = product?;
        Some(if exponent < 0.0 { self.one(Op::Recip, product) } else { product })
    }

    fn selected(&mut self, test: Node, a: Node, b: Node) -> Option<Node> {
        if a == b && self.value(a).is_some_and(|x| x == 0.0) {
            return Some(a);
        }
        match self.entry(test) {
            Entry::Number(bits) if !f64::from_bits(bits).is_nan() => {
                Some(if f64::from_bits(bits) == 0.0 { b } else { a })
            }
            _ => None,
        }
    }
}
