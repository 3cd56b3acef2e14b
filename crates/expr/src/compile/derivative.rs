//! Derivatives as expressions that can be read, and nodes of the graph written as trees.

use super::bind::{Binder, Input};
use super::dag::{Dag, Entry, Node};
use super::scalar::over_inputs;
use crate::eval_error::{EvalError, EvalProblem};
use crate::function::name_of;
use crate::op::Op;
use crate::parse::{MAX_DEPTH, MAX_NODES};
use crate::program::Domain;
use crate::span::Span;
use crate::tree::{Binary, Kind, Link, Tree, Unary};

/// The derivative of an expression in one of its names, the other names held fixed.
///
/// # Errors
/// Unknown functions, texts, functions without derivative; a derivative that is too large to be read.
pub fn derivative(tree: &Tree, name: &str) -> Result<Tree, EvalError> {
    // Constants such as `pi` are no variables; every other name is.
    let names: Vec<&str> = tree
        .names()
        .into_iter()
        .filter(|n| *n == name || crate::function::named_constant(n).is_none())
        .collect();
    let inputs: Vec<Input> = names
        .iter()
        .map(|n| Input { name: (*n).to_owned(), domain: Domain::Real, is_common: false })
        .collect();
    let mut binder = Binder::new(over_inputs(tree, &inputs))?;
    let root = binder.node(tree)?;
    let zero = binder.dag.constant(0.0);
    let Some(at) = names.iter().position(|n| *n == name) else { return Ok(Tree::number(0.0)) };
    let gradient = binder.dag.gradient(root).map_err(|op| {
        let function = name_of(op.0).unwrap_or("this function").to_owned();
        EvalError::new(tree.span, EvalProblem::NotDifferentiable { function })
    })?;
    let node = u32::try_from(at).ok().and_then(|i| gradient.get(&i).copied()).unwrap_or(zero);
    let written = written(&binder.dag, node, &binder.data, &names, MAX_NODES);
    written
        .filter(|_| !binder.dag.is_too_large())
        .ok_or_else(|| EvalError::new(tree.span, EvalProblem::TooLarge))
}

/// A node as a tree of at most `budget` nodes; `data` and `inputs` say what its leaves are called.
pub(crate) fn written(dag: &Dag, node: Node, data: &[Tree], inputs: &[&str], budget: usize) -> Option<Tree> {
    Writer { dag, data, inputs, budget }.tree(node, 1).map(|(tree, _)| tree)
}

struct Writer<'w> {
    dag: &'w Dag,
    data: &'w [Tree],
    inputs: &'w [&'w str],
    budget: usize,
}

impl Writer<'_> {
    /// The tree of a node that stands at a depth, and its own depth.
    fn tree(&mut self, node: Node, depth: usize) -> Option<(Tree, usize)> {
        // A chain is one level; twice the depth leaves room for long sums.
        if depth > 2 * MAX_DEPTH || self.budget == 0 {
            return None;
        }
        self.budget -= 1;
        let (tree, levels) = match self.dag.entry(node) {
            Entry::Number(bits) => (number(f64::from_bits(bits)), 1),
            Entry::Data(at) => {
                let tree = self.data.get(at as usize)?.clone();
                self.budget = self.budget.checked_sub(tree.size())?;
                let levels = tree.depth();
                (tree, levels)
            }
            Entry::Input(at) => (Tree::name(*self.inputs.get(at as usize)?), 1),
            Entry::Apply(op, _) => {
                let (op, arguments) = self.as_spelled(op, self.dag.arguments(node));
                let mut trees = Vec::with_capacity(arguments.len());
                let mut levels = 0;
                for argument in arguments {
                    let (tree, below) = self.tree(argument, depth + 1)?;
                    trees.push(tree);
                    levels = levels.max(below);
                }
                let tree = spelled(op, trees)?;
                (tree, levels + 1)
            }
        };
        (levels <= MAX_DEPTH).then_some((tree, levels))
    }
}

impl Writer<'_> {
    /// `a (1 / b)` is written `a / b`, and a constant stands last in a sum.
    fn as_spelled(&self, op: Op, arguments: Vec<Node>) -> (Op, Vec<Node>) {
        if op == Op::Mul {
            for (a, b) in [(arguments[0], arguments[1]), (arguments[1], arguments[0])] {
                if let Some(divisor) = self.dag.inside(Op::Recip, b) {
                    return (Op::Div, vec![a, divisor]);
                }
            }
        }
        if op == Op::Add && self.dag.value(arguments[0]).is_some() {
            return (op, vec![arguments[1], arguments[0]]);
        }
        (op, arguments)
    }
}

/// A number as it would be parsed: negative ones with a sign before them.
fn number(value: f64) -> Tree {
    if value.is_sign_negative() && !value.is_nan() {
        made(Kind::Unary(Unary::Minus, Box::new(Tree::number(-value))))
    } else if value.is_finite() {
        Tree::number(value)
    } else {
        Tree::name(crate::print::spell_number(value))
    }
}

fn made(kind: Kind) -> Tree {
    Tree::new(kind, Span::default())
}

fn chain(link: Link, a: Tree, b: Tree) -> Tree {
    let (link, b) = match b.kind {
        Kind::Unary(Unary::Minus, inner) if link == Link::Plus => (Link::Minus, *inner),
        Kind::Unary(Unary::Minus, inner) if link == Link::Minus => (Link::Plus, *inner),
        kind => (link, made(kind)),
    };
    let is_sum = matches!(link, Link::Plus | Link::Minus);
    match a.kind {
        Kind::Chain(head, mut tail)
            if tail.iter().all(|(l, _)| is_sum == matches!(l, Link::Plus | Link::Minus))
                && tail.iter().all(|(l, _)| is_sum || matches!(l, Link::Times | Link::Over)) =>
        {
            tail.push((link, b));
            made(Kind::Chain(head, tail))
        }
        _ => made(Kind::Chain(Box::new(a), vec![(link, b)])),
    }
}

fn spelled(op: Op, mut args: Vec<Tree>) -> Option<Tree> {
    let binary = |op: Binary, args: Vec<Tree>| {
        let [a, b] = <[Tree; 2]>::try_from(args).ok()?;
        Some(made(Kind::Binary(op, Box::new(a), Box::new(b))))
    };
    match op {
        Op::Neg | Op::Not => {
            let sign = if op == Op::Neg { Unary::Minus } else { Unary::Not };
            Some(made(Kind::Unary(sign, Box::new(args.pop()?))))
        }
        // Equal infinities have no gap between them.
        Op::Gap => {
            let same = binary(Binary::Equal, args.clone())?;
            let (b, a) = (args.pop()?, args.pop()?);
            Some(Tree::call("if", vec![same, Tree::number(0.0), chain(Link::Minus, a, b)]))
        }
        Op::Add | Op::Sub | Op::Mul | Op::Div | Op::Modulo | Op::And | Op::Or => {
            let link = match op {
                Op::Add => Link::Plus,
                Op::Sub => Link::Minus,
                Op::Mul => Link::Times,
                Op::Div => Link::Over,
                Op::Modulo => Link::Modulo,
                Op::And => Link::And,
                _ => Link::Or,
            };
            let (b, a) = (args.pop()?, args.pop()?);
            Some(chain(link, a, b))
        }
        Op::Recip => Some(chain(Link::Over, Tree::number(1.0), args.pop()?)),
        Op::Square => {
            args.push(Tree::number(2.0));
            binary(Binary::Power, args)
        }
        Op::Pow => binary(Binary::Power, args),
        Op::Less => binary(Binary::Less, args),
        Op::LessEqual => binary(Binary::LessEqual, args),
        Op::Equal => binary(Binary::Equal, args),
        Op::Unequal => binary(Binary::Unequal, args),
        Op::Min => Some(Tree::call("min", args)),
        Op::Max => Some(Tree::call("max", args)),
        Op::IsMissing => Some(Tree::call("missing", args)),
        Op::Held => args.pop(),
        op => Some(Tree::call(name_of(op)?, args)),
    }
}
