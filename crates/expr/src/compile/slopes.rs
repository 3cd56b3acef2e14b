//! First and second derivatives of every operation in its own arguments, as nodes of the same graph.
//!
//! Special functions are differentiated whole: the slope of `log1pexp` is `sigmoid`, not a quotient of what the
//! function is made of. Sources of the formulas: DLMF 4, 5, 7, 10.29; the log-space steps as in `num`.

use super::dag::{Dag, Node};
use crate::family::{derivatives, is_derivative};
use crate::op::Op;

/// Derivatives of one operation at its arguments.
#[derive(Debug, Default)]
pub(crate) struct Slopes {
    /// (argument, derivative); those that are zero are left out.
    pub(crate) first: Vec<(usize, Node)>,
    /// (argument, argument, derivative), each unordered pair once; `None` where nobody wrote it down.
    pub(crate) second: Option<Vec<(usize, usize, Node)>>,
}

/// An operation whose derivative nobody wrote down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NoDerivative(pub(crate) Op);

impl Dag {
    /// Derivatives of `v = op(args)`.
    pub(crate) fn slopes(&mut self, op: Op, args: &[Node], v: Node) -> Result<Slopes, NoDerivative> {
        if matches!(op, Op::Tetragamma | Op::Exprel2) || is_derivative(op) {
            return Err(NoDerivative(op));
        }
        if let Some(slopes) = self.slopes_by_member(op, args) {
            return Ok(slopes);
        }
        let mut out = Slopes { first: Vec::new(), second: Some(Vec::new()) };
        match args {
            [a] => {
                if let Some((first, second)) = self.slopes_of_one(op, *a, v) {
                    out.first.push((0, first));
                    out.second = second.map(|second| vec![(0, 0, second)]);
                }
            }
            [a, b, ..] => self.slopes_of_two(op, *a, *b, &mut out),
            [] => {}
        }
        Ok(out)
    }

    /// Derivatives of an operation that is the first of a family with all of them.
    fn slopes_by_member(&mut self, op: Op, args: &[Node]) -> Option<Slopes> {
        let members = derivatives(op)?;
        let n = args.len();
        let first = (0..n).map(|i| (i, self.op(members[i], args))).collect();
        let pairs = (0..n).flat_map(|i| (0..=i).map(move |j| (j, i)));
        let second = pairs.zip(&members[n..]).map(|((j, i), op)| (j, i, self.op(*op, args))).collect();
        Some(Slopes { first, second: Some(second) })
    }

    /// First and second derivative of an operation of one argument; `None` where it is flat.
    fn slopes_of_one(&mut self, op: Op, a: Node, v: Node) -> Option<(Node, Option<Node>)> {
        let zero = self.constant(0.0);
        let (first, second) = match op {
            Op::Neg => (self.constant(-1.0), zero),
            Op::Recip => {
                let square = self.one(Op::Square, v);
                let cube = self.mul(square, v);
                (self.neg(square), self.scaled(2.0, cube))
            }
            Op::Square => (self.scaled(2.0, a), self.constant(2.0)),
            Op::Sqrt => {
                let inverse = self.one(Op::Recip, v);
                let square = self.one(Op::Square, inverse);
                let cube = self.mul(square, inverse);
                (self.scaled(0.5, inverse), self.scaled(-0.25, cube))
            }
            Op::Abs => (self.one(Op::Sign, a), zero),
            Op::Exp => (v, v),
            Op::Log => self.slopes_of_log(a),
            Op::Log1p => {
                let one = self.constant(1.0);
                let total = self.raw(Op::Add, &[one, a]);
                self.slopes_of_log(total)
            }
            Op::Expm1 => {
                let exp = self.one(Op::Exp, a);
                (exp, exp)
            }
            Op::Log1pexp | Op::Sigmoid => {
                let (minus, up) = (self.neg(a), self.one(Op::Sigmoid, a));
                let down = self.one(Op::Sigmoid, minus);
                let slope = self.mul(up, down);
                if op == Op::Log1pexp {
                    (up, slope)
                } else {
                    let tilt = self.sub(down, up);
                    (slope, self.mul(slope, tilt))
                }
            }
            Op::Log1mexp => {
                let (ratio, curve) = self.inverse_expm1_of_minus(a);
                (self.neg(ratio), self.neg(curve))
            }
            Op::Sin => {
                let cos = self.one(Op::Cos, a);
                (cos, self.neg(v))
            }
            Op::Cos => {
                let sin = self.one(Op::Sin, a);
                (self.neg(sin), self.neg(v))
            }
            Op::Tan | Op::Atan => {
                let (one, square) =
                    (self.constant(1.0), self.one(Op::Square, if op == Op::Tan { v } else { a }));
                let sum = self.add(one, square);
                if op == Op::Tan {
                    let product = self.mul(v, sum);
                    (sum, self.scaled(2.0, product))
                } else {
                    let first = self.one(Op::Recip, sum);
                    let (twice, bend) = (self.scaled(-2.0, a), self.one(Op::Square, first));
                    (first, self.mul(twice, bend))
                }
            }
            Op::Erf | Op::Erfc | Op::Ndtr => self.slopes_of_bell(op, a),
            _ => return self.slopes_of_special(op, a, v),
        };
        Some((first, Some(second)))
    }

    fn slopes_of_special(&mut self, op: Op, a: Node, v: Node) -> Option<(Node, Option<Node>)> {
        let (first, second) = match op {
            Op::Lgamma => (self.one(Op::Digamma, a), Some(self.one(Op::Trigamma, a))),
            Op::Digamma => (self.one(Op::Trigamma, a), Some(self.one(Op::Tetragamma, a))),
            Op::Trigamma => (self.one(Op::Tetragamma, a), None),
            Op::Exprel => (self.one(Op::Exprel1, a), Some(self.one(Op::Exprel2, a))),
            Op::Exprel1 => (self.one(Op::Exprel2, a), None),
            Op::LogNdtr => {
                let hazard = self.one(Op::NdtrHazard, a);
                (hazard, Some(self.one(Op::NdtrHazardSlope, a)))
            }
            Op::NdtrHazard => {
                // h' = -h (a + h), so h'' = -h' (a + h) - h (1 + h').
                let (first, one) = (self.one(Op::NdtrHazardSlope, a), self.constant(1.0));
                let (sum, up) = (self.add(a, v), self.add(one, first));
                let (x, y) = (self.mul(first, sum), self.mul(v, up));
                let total = self.add(x, y);
                (first, Some(self.neg(total)))
            }
            Op::NormQuantile => {
                let square = self.one(Op::Square, v);
                let half = self.scaled(0.5, square);
                let exp = self.one(Op::Exp, half);
                let first = self.scaled(SQRT_TWO_PI, exp);
                let bend = self.one(Op::Square, first);
                (first, Some(self.mul(v, bend)))
            }
            Op::NdtrHazardSlope => {
                let hazard = self.one(Op::NdtrHazard, a);
                let (sum, one) = (self.add(a, hazard), self.constant(1.0));
                let (x, up) = (self.mul(v, sum), self.add(one, v));
                let y = self.mul(hazard, up);
                let total = self.add(x, y);
                (self.neg(total), None)
            }
            Op::LogBesselI0 => {
                let ratio = self.one(Op::BesselRatio, a);
                (ratio, Some(self.bessel_slope(a, ratio)))
            }
            Op::BesselRatio => (self.bessel_slope(a, v), None),
            // Steps: flat wherever they have a derivative.
            _ => return None,
        };
        Some((first, second))
    }

    fn slopes_of_log(&mut self, a: Node) -> (Node, Node) {
        let inverse = self.one(Op::Recip, a);
        let square = self.one(Op::Square, inverse);
        (inverse, self.neg(square))
    }

    /// r = 1 / (e^-x - 1) and r (1 + r), which log1mexp and logdiffexp are made of.
    fn inverse_expm1_of_minus(&mut self, x: Node) -> (Node, Node) {
        let minus = self.neg(x);
        let grown = self.one(Op::Expm1, minus);
        let ratio = self.one(Op::Recip, grown);
        let one = self.constant(1.0);
        let next = self.add(one, ratio);
        (ratio, self.mul(ratio, next))
    }

    /// Functions whose slope is a Gaussian bell.
    fn slopes_of_bell(&mut self, op: Op, a: Node) -> (Node, Node) {
        let (width, height) = match op {
            Op::Erf => (-1.0, core::f64::consts::FRAC_2_SQRT_PI),
            Op::Erfc => (-1.0, -core::f64::consts::FRAC_2_SQRT_PI),
            _ => (-0.5, 1.0 / SQRT_TWO_PI),
        };
        let square = self.one(Op::Square, a);
        let exponent = self.scaled(width, square);
        let bell = self.one(Op::Exp, exponent);
        let first = self.scaled(height, bell);
        let tilt = self.mul(a, first);
        (first, self.scaled(2.0 * width, tilt))
    }

    /// d/da I1(a)/I0(a) = 1 - R/a - R^2, with R/a = 1/2 at 0.
    fn bessel_slope(&mut self, a: Node, ratio: Node) -> Node {
        let (zero, half, one) = (self.constant(0.0), self.constant(0.5), self.constant(1.0));
        let (at_zero, quotient) = (self.op(Op::Equal, &[a, zero]), self.op(Op::Div, &[ratio, a]));
        let over = self.op(Op::Select, &[at_zero, half, quotient]);
        let square = self.one(Op::Square, ratio);
        let rest = self.sub(one, over);
        self.sub(rest, square)
    }

    fn slopes_of_two(&mut self, op: Op, a: Node, b: Node, out: &mut Slopes) {
        let (one, minus_one) = (self.constant(1.0), self.constant(-1.0));
        match op {
            Op::Add => out.first = vec![(0, one), (1, one)],
            Op::Sub | Op::Gap => out.first = vec![(0, one), (1, minus_one)],
            Op::Mul => {
                out.first = vec![(0, b), (1, a)];
                out.second = Some(vec![(0, 1, one)]);
            }
            // A divisor that varies has become a factor 1 / b.
            Op::Div => {
                let inverse = self.one(Op::Recip, b);
                out.first = vec![(0, inverse)];
            }
            Op::Modulo => {
                let quotient = self.op(Op::Div, &[a, b]);
                let whole = self.one(Op::Floor, quotient);
                let minus = self.neg(whole);
                out.first = vec![(0, one), (1, minus)];
            }
            // An exponent that varies has become exp(b log a).
            Op::Pow => {
                let two = self.constant(2.0);
                let (less, least) = (self.sub(b, one), self.sub(b, two));
                let (below, lowest) = (self.op(Op::Pow, &[a, less]), self.op(Op::Pow, &[a, least]));
                let first = self.mul(b, below);
                let factor = self.mul(b, less);
                let second = self.mul(factor, lowest);
                out.first = vec![(0, first)];
                out.second = Some(vec![(0, 0, second)]);
            }
            Op::Logaddexp => {
                let gap = self.op(Op::Gap, &[a, b]);
                let back = self.neg(gap);
                let (p, q) = (self.one(Op::Sigmoid, gap), self.one(Op::Sigmoid, back));
                let bend = self.mul(p, q);
                let minus = self.neg(bend);
                out.first = vec![(0, p), (1, q)];
                out.second = Some(vec![(0, 0, bend), (0, 1, minus), (1, 1, bend)]);
            }
            Op::Logdiffexp => {
                // d/da log(e^a - e^b) = 1 + r with r = 1 / (e^(a - b) - 1).
                let back = self.sub(b, a);
                let (ratio, curve) = self.inverse_expm1_of_minus(back);
                let (first, minus) = (self.add(one, ratio), self.neg(ratio));
                let bend = self.neg(curve);
                out.first = vec![(0, first), (1, minus)];
                out.second = Some(vec![(0, 0, bend), (0, 1, curve), (1, 1, bend)]);
            }
            Op::LogRising => self.slopes_of_rising(a, b, out),
            _ => {}
        }
    }

    fn slopes_of_rising(&mut self, a: Node, b: Node, out: &mut Slopes) {
        let total = self.add(a, b);
        let bend = self.one(Op::Trigamma, total);
        let (rise, fall) = (self.op(Op::DigammaRising, &[a, b]), self.op(Op::TrigammaFalling, &[a, b]));
        let (slope, minus) = (self.one(Op::Digamma, total), self.neg(fall));
        out.first = vec![(0, rise), (1, slope)];
        out.second = Some(vec![(0, 0, minus), (0, 1, bend), (1, 1, bend)]);
    }
}

/// sqrt(2 pi)
const SQRT_TWO_PI: f64 = 2.506_628_274_631_000_2;
