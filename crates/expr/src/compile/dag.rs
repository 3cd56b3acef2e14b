//! Expressions as a graph in which equal subexpressions are one node.
//!
//! Nodes are numbered so that arguments come before what uses them: a loop over numbers is a walk from the
//! leaves to the roots, no recursion. The derivatives of a density live in the same graph as the density, so
//! whatever they share is computed once.

use std::collections::HashMap;

use crate::eval_error::MAX_STEPS;
use crate::function::Arithmetic;
use crate::op::Op;
use loglik_num::Lane;

/// A node of a [`Dag`].
pub(crate) type Node = u32;

/// What a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Entry {
    /// A constant, by its bits.
    Number(u64),
    /// A prepared column of the data.
    Data(u32),
    /// A variable that is differentiated for.
    Input(u32),
    /// An operation on nodes before this one; unused arguments are 0.
    Apply(Op, [Node; 3]),
}

/// A growing graph.
#[derive(Debug, Default)]
pub(crate) struct Dag {
    entries: Vec<Entry>,
    known: HashMap<Entry, Node>,
    varies: Vec<bool>,
}

impl Dag {
    pub(crate) fn entry(&self, node: Node) -> Entry {
        self.entries[node as usize]
    }

    /// Whether the graph has outgrown its bound; from then on it must be thrown away.
    pub(crate) fn is_too_large(&self) -> bool {
        self.entries.len() > MAX_STEPS
    }

    /// Whether a node depends on an input.
    pub(crate) fn varies(&self, node: Node) -> bool {
        self.varies[node as usize]
    }

    pub(crate) fn value(&self, node: Node) -> Option<f64> {
        match self.entry(node) {
            Entry::Number(bits) => Some(f64::from_bits(bits)),
            _ => None,
        }
    }

    pub(crate) fn is(&self, node: Node, value: f64) -> bool {
        self.value(node) == Some(value)
    }

    /// The argument, where the node is this operation of one argument.
    pub(crate) fn inside(&self, op: Op, node: Node) -> Option<Node> {
        match self.entry(node) {
            Entry::Apply(found, [a, ..]) if found == op => Some(a),
            _ => None,
        }
    }

    /// The first two arguments, where the node is this operation.
    pub(crate) fn both(&self, op: Op, node: Node) -> Option<(Node, Node)> {
        match self.entry(node) {
            Entry::Apply(found, [a, b, _]) if found == op => Some((a, b)),
            _ => None,
        }
    }

    /// The arguments of a node.
    pub(crate) fn arguments(&self, node: Node) -> Vec<Node> {
        match self.entry(node) {
            Entry::Apply(op, args) => args[..op.arity()].to_vec(),
            _ => Vec::new(),
        }
    }

    pub(crate) fn leaf(&mut self, entry: Entry) -> Node {
        self.intern(entry, matches!(entry, Entry::Input(_)))
    }

    pub(crate) fn constant(&mut self, value: f64) -> Node {
        self.leaf(Entry::Number(value.to_bits()))
    }

    /// The operation as it stands; constants are folded, nothing is rewritten.
    pub(crate) fn raw(&mut self, op: Op, args: &[Node]) -> Node {
        if let Some(value) = self.folded(op, args) {
            return self.constant(value);
        }
        let mut all = [0; 3];
        all[..args.len()].copy_from_slice(args);
        if matches!(op, Op::Add | Op::Mul | Op::Equal | Op::Unequal) && all[0] > all[1] {
            all.swap(0, 1);
        }
        let varies = args.iter().any(|a| self.varies(*a));
        self.intern(Entry::Apply(op, all), varies)
    }

    fn folded(&self, op: Op, args: &[Node]) -> Option<f64> {
        let mut x = [Lane::ZERO; 3];
        for (lane, arg) in x.iter_mut().zip(args) {
            *lane = Lane::splat(self.value(*arg)?);
        }
        Some(op.value(x).0[0])
    }

    fn intern(&mut self, entry: Entry, varies: bool) -> Node {
        if let Some(node) = self.known.get(&entry) {
            return *node;
        }
        let node = Node::try_from(self.entries.len()).expect("MAX_STEPS is far below 2^32");
        self.entries.push(entry);
        self.varies.push(varies);
        self.known.insert(entry, node);
        node
    }

    /// The operation, simplified and stabilised.
    pub(crate) fn op(&mut self, op: Op, args: &[Node]) -> Node {
        // A graph that is too large is not looked at again; it must not cost more time either.
        if self.is_too_large() {
            return 0;
        }
        if self.folded(op, args).is_some() {
            return self.raw(op, args);
        }
        if let Some(node) = self.stabilised(op, args) {
            return node;
        }
        if let Some(node) = self.simplified(op, args) {
            return node;
        }
        self.raw(op, args)
    }

    pub(crate) fn one(&mut self, op: Op, a: Node) -> Node {
        self.op(op, &[a])
    }
    pub(crate) fn neg(&mut self, a: Node) -> Node {
        self.op(Op::Neg, &[a])
    }
    pub(crate) fn add(&mut self, a: Node, b: Node) -> Node {
        self.op(Op::Add, &[a, b])
    }
    pub(crate) fn sub(&mut self, a: Node, b: Node) -> Node {
        self.op(Op::Sub, &[a, b])
    }
    pub(crate) fn mul(&mut self, a: Node, b: Node) -> Node {
        self.op(Op::Mul, &[a, b])
    }
    pub(crate) fn scaled(&mut self, factor: f64, a: Node) -> Node {
        let factor = self.constant(factor);
        self.op(Op::Mul, &[factor, a])
    }
}

impl Arithmetic for Dag {
    type Value = Node;

    fn number(&mut self, value: f64) -> Node {
        self.constant(value)
    }
    fn constant(&self, value: &Node) -> Option<f64> {
        self.value(*value)
    }
    fn apply(&mut self, op: Op, args: &[Node]) -> Node {
        self.op(op, args)
    }
    fn apply_as_it_is(&mut self, op: Op, args: &[Node]) -> Node {
        // As in `op`: a graph that is too large must not grow on.
        if self.is_too_large() { 0 } else { self.raw(op, args) }
    }
}
