//! Gradient and Hessian of a node in the inputs, by one walk from the node back to the inputs.
//!
//! Edge pushing (Gower & Mello 2012, A new framework for the computation of Hessians, Optimization Methods and
//! Software 27): every node met holds its adjoint and the second derivatives between it and the other nodes still
//! open. A density that sees thirty coefficients only through `mu` and `sigma` has three second derivatives until
//! the walk passes `mu`, so the work is that of the chain rule done by hand.
//!
//! `if` is differentiated arm by arm in the inputs and selected last, so that no 0 * inf of the other arm gets in.

use std::collections::BTreeMap;

use super::dag::{Dag, Entry, Node};
use super::slopes::{NoDerivative, Slopes};
use crate::op::Op;

/// First and second derivatives of a node in the inputs; what is zero is left out.
#[derive(Debug, Clone, Default)]
pub(crate) struct Derivatives {
    /// By input.
    pub(crate) gradient: BTreeMap<u32, Node>,
    /// By pair of inputs, the larger one first.
    pub(crate) hessian: BTreeMap<(u32, u32), Node>,
}

/// Derivatives by node, for those that `if` asks more than once.
#[derive(Default)]
struct Memory {
    found: BTreeMap<Node, Derivatives>,
    /// Whether second derivatives are wanted.
    second: bool,
}

impl Dag {
    /// First and second derivatives of `root` in every input.
    pub(crate) fn derivatives(&mut self, root: Node) -> Result<Derivatives, NoDerivative> {
        self.all_derivatives(root, true)
    }

    /// First derivatives of `root` in every input.
    pub(crate) fn gradient(&mut self, root: Node) -> Result<BTreeMap<u32, Node>, NoDerivative> {
        Ok(self.all_derivatives(root, false)?.gradient)
    }

    fn all_derivatives(&mut self, root: Node, second: bool) -> Result<Derivatives, NoDerivative> {
        let mut memory = Memory { second, ..Memory::default() };
        // Arms of inner `if`s first: however deep they nest, no walk waits for more than one other.
        for node in 0..=root {
            if let Entry::Apply(Op::Select, [_, a, b]) = self.entry(node)
                && self.varies(node)
            {
                self.derivatives_of(a, &mut memory)?;
                self.derivatives_of(b, &mut memory)?;
            }
        }
        self.derivatives_of(root, &mut memory)
    }

    fn derivatives_of(&mut self, root: Node, memory: &mut Memory) -> Result<Derivatives, NoDerivative> {
        if let Some(found) = memory.found.get(&root) {
            return Ok(found.clone());
        }
        let mut walk = Walk::from(root, self);
        while let Some((v, adjoint)) = walk.next() {
            if self.is_too_large() {
                break;
            }
            if !self.varies(v) {
                continue;
            }
            let entry = self.entry(v);
            let (children, slopes) = match entry {
                Entry::Apply(Op::Select, [test, a, b]) => self.arms(test, a, b, memory)?,
                Entry::Apply(op, _) => {
                    let arguments = self.arguments(v);
                    let mut slopes = self.slopes(op, &arguments, v)?;
                    if !memory.second {
                        slopes.second = Some(Vec::new());
                    }
                    (arguments, slopes)
                }
                _ => {
                    walk.keep(v, adjoint);
                    continue;
                }
            };
            let Some(second) = slopes.second else {
                let Entry::Apply(op, _) = entry else { unreachable!("only operations have slopes") };
                return Err(NoDerivative(op));
            };
            walk.push_curves(self, v, &children, &slopes.first);
            walk.push_slopes(self, adjoint, &children, &slopes.first, &second);
        }
        let found = walk.derivatives(self);
        memory.found.insert(root, found.clone());
        Ok(found)
    }

    /// `if(test, a, b)` as an operation on the inputs that its arms depend on.
    fn arms(
        &mut self,
        test: Node,
        a: Node,
        b: Node,
        memory: &mut Memory,
    ) -> Result<(Vec<Node>, Slopes), NoDerivative> {
        let (of_a, of_b) = (self.derivatives_of(a, memory)?, self.derivatives_of(b, memory)?);
        let zero = self.constant(0.0);
        let mut inputs: Vec<u32> = of_a.gradient.keys().chain(of_b.gradient.keys()).copied().collect();
        inputs.sort_unstable();
        inputs.dedup();
        let (mut first, mut second) = (Vec::new(), Vec::new());
        for (m, i) in inputs.iter().enumerate() {
            let (x, y) = (of_a.gradient.get(i).copied(), of_b.gradient.get(i).copied());
            first.push((m, self.arm(test, x.unwrap_or(zero), y.unwrap_or(zero))));
            for (l, j) in inputs[..=m].iter().enumerate() {
                let (x, y) = (of_a.hessian.get(&(*i, *j)).copied(), of_b.hessian.get(&(*i, *j)).copied());
                if x.is_some() || y.is_some() {
                    second.push((l, m, self.arm(test, x.unwrap_or(zero), y.unwrap_or(zero))));
                }
            }
        }
        let children = inputs.into_iter().map(|i| self.leaf(Entry::Input(i))).collect();
        Ok((children, Slopes { first, second: Some(second) }))
    }

    /// The derivative of the arm that holds. A value given at a single point (`if(k == 0, log(x), ..)`) says nothing about
    /// slopes there: they are those of the other arm wherever it has some.
    fn arm(&mut self, test: Node, a: Node, b: Node) -> Node {
        match self.entry(test) {
            Entry::Apply(op @ (Op::Equal | Op::Unequal), _) if self.varies(test) => {
                let (point, around) = if op == Op::Equal { (a, b) } else { (b, a) };
                if self.value(around).is_some() {
                    return around;
                }
                let undefined = self.one(Op::IsMissing, around);
                self.op(Op::Select, &[undefined, point, around])
            }
            _ => self.op(Op::Select, &[test, a, b]),
        }
    }
}

/// What is open on the way back.
struct Walk {
    adjoints: BTreeMap<Node, Node>,
    /// Second derivatives between open nodes, stored at the later node: later -> (earlier or same -> value).
    curves: BTreeMap<Node, BTreeMap<Node, Node>>,
    /// Inputs that were reached, with their adjoints.
    inputs: Vec<(Node, Node)>,
}

impl Walk {
    fn from(root: Node, dag: &mut Dag) -> Walk {
        let one = dag.constant(1.0);
        Walk { adjoints: BTreeMap::from([(root, one)]), curves: BTreeMap::new(), inputs: Vec::new() }
    }

    /// The latest open node and its adjoint; inputs are the first nodes of the graph and so come last.
    fn next(&mut self) -> Option<(Node, Node)> {
        self.adjoints.pop_last()
    }

    fn keep(&mut self, v: Node, adjoint: Node) {
        self.inputs.push((v, adjoint));
    }

    fn add_curve(&mut self, dag: &mut Dag, a: Node, b: Node, value: Node) {
        if dag.is(value, 0.0) || !dag.varies(a) || !dag.varies(b) {
            return;
        }
        let slot = self.curves.entry(a.max(b)).or_default().entry(a.min(b));
        match slot {
            std::collections::btree_map::Entry::Vacant(free) => {
                free.insert(value);
            }
            std::collections::btree_map::Entry::Occupied(mut held) => {
                let sum = dag.add(*held.get(), value);
                held.insert(sum);
            }
        }
    }

    /// Adds what node `v` contributes by its own slopes and bends.
    fn push_slopes(
        &mut self,
        dag: &mut Dag,
        adjoint: Node,
        children: &[Node],
        first: &[(usize, Node)],
        second: &[(usize, usize, Node)],
    ) {
        for (m, l, second) in second {
            let (c, d) = (children[*m], children[*l]);
            let value = dag.mul(adjoint, *second);
            // A pair of different places with the same node counts from both sides.
            let value = if m != l && c == d { dag.scaled(2.0, value) } else { value };
            self.add_curve(dag, c, d, value);
        }
        for (m, first) in first {
            let child = children[*m];
            if !dag.varies(child) {
                continue;
            }
            let value = dag.mul(adjoint, *first);
            if dag.is(value, 0.0) {
                continue;
            }
            let sum = match self.adjoints.get(&child) {
                Some(held) => dag.add(*held, value),
                None => value,
            };
            self.adjoints.insert(child, sum);
        }
    }

    /// Replaces node `v` by its arguments in the second derivatives.
    fn push_curves(&mut self, dag: &mut Dag, v: Node, children: &[Node], first: &[(usize, Node)]) {
        let of_v = self.curves.remove(&v).unwrap_or_default();
        for (other, curve) in of_v {
            if other == v {
                self.push_own_curve(dag, curve, children, first);
                continue;
            }
            for (m, slope) in first {
                let child = children[*m];
                let value = dag.mul(*slope, curve);
                let value = if child == other { dag.scaled(2.0, value) } else { value };
                self.add_curve(dag, other, child, value);
            }
        }
    }

    fn push_own_curve(&mut self, dag: &mut Dag, curve: Node, children: &[Node], first: &[(usize, Node)]) {
        for (at, (m, slope)) in first.iter().enumerate() {
            let scaled = dag.mul(*slope, curve);
            for (l, other) in &first[..=at] {
                let value = dag.mul(scaled, *other);
                let (c, d) = (children[*m], children[*l]);
                let value = if m != l && c == d { dag.scaled(2.0, value) } else { value };
                self.add_curve(dag, c, d, value);
            }
        }
    }

    fn derivatives(self, dag: &Dag) -> Derivatives {
        let number = |node: Node| match dag.entry(node) {
            Entry::Input(i) => Some(i),
            _ => None,
        };
        let gradient = self.inputs.iter().filter_map(|(v, adjoint)| Some((number(*v)?, *adjoint))).collect();
        let mut hessian = BTreeMap::new();
        for (later, curves) in &self.curves {
            for (earlier, value) in curves {
                if let (Some(i), Some(j)) = (number(*later), number(*earlier)) {
                    hessian.insert((i.max(j), i.min(j)), *value);
                }
            }
        }
        Derivatives { gradient, hessian }
    }
}
