//! From formulas to cheap operations: log-space steps share their exponential, and what depends on the data alone
//! and costs more than arithmetic becomes a prepared column, computed once and not in every pass.

use super::dag::{Dag, Entry, Node};
use super::derivative::written;
use crate::op::Op;
use crate::tree::Tree;

/// Largest subexpression that becomes a prepared column.
const MAX_PREPARED: usize = 500;

/// Rewrites the graph below some roots.
pub(crate) struct Lowering<'d> {
    dag: &'d mut Dag,
    data: &'d mut Vec<Tree>,
    /// The lowered node of each node so far.
    map: Vec<Option<Node>>,
    /// Whether a node needs more than arithmetic on data.
    costly: Vec<bool>,
}

/// The lowered roots; `data` grows by the columns that are to be prepared.
pub(crate) fn lowered(dag: &mut Dag, data: &mut Vec<Tree>, roots: &[Node]) -> Vec<Node> {
    let reachable = reachable(dag, roots);
    let size = reachable.len();
    let mut lowering = Lowering { dag, data, map: vec![None; size], costly: vec![false; size] };
    for node in (0..).take(size).filter(|n: &Node| reachable[*n as usize]) {
        lowering.lower(node);
    }
    roots.iter().map(|root| lowering.of(*root)).collect()
}

/// Which nodes the roots need.
pub(crate) fn reachable(dag: &Dag, roots: &[Node]) -> Vec<bool> {
    let size = roots.iter().max().map_or(0, |last| *last as usize + 1);
    let mut needed = vec![false; size];
    for root in roots {
        needed[*root as usize] = true;
    }
    for node in (0..size).rev().filter_map(|n| Node::try_from(n).ok()) {
        if needed[node as usize] {
            for argument in dag.arguments(node) {
                needed[argument as usize] = true;
            }
        }
    }
    needed
}

impl Lowering<'_> {
    fn lower(&mut self, node: Node) {
        let Entry::Apply(op, _) = self.dag.entry(node) else {
            self.map[node as usize] = Some(node);
            return;
        };
        let arguments = self.dag.arguments(node);
        if !self.dag.varies(node) {
            self.costly[node as usize] = op.is_costly() || arguments.iter().any(|a| self.costly[*a as usize]);
            self.map[node as usize] = Some(node);
            return;
        }
        let args: Vec<Node> = arguments.iter().map(|a| self.of(*a)).collect();
        let low = match op {
            Op::Log1pexp => {
                let (zero, tail) = (self.dag.constant(0.0), self.log1p_exp_minus_abs(args[0]));
                let top = self.dag.raw(Op::Max, &[args[0], zero]);
                self.dag.raw(Op::Add, &[top, tail])
            }
            Op::Logaddexp => {
                let gap = self.dag.raw(Op::Gap, &args);
                let tail = self.log1p_exp_minus_abs(gap);
                let top = self.dag.raw(Op::Max, &args);
                self.dag.raw(Op::Add, &[top, tail])
            }
            Op::Sigmoid => self.sigmoid(args[0]),
            Op::Mul => self.product(&arguments, &args),
            _ => self.dag.raw(op, &args),
        };
        self.map[node as usize] = Some(low);
    }

    /// What stands for a node where a varying one uses it.
    fn of(&mut self, node: Node) -> Node {
        if self.costly[node as usize]
            && let Some(tree) = written(self.dag, node, self.data, &[], MAX_PREPARED)
        {
            let at = self.data.iter().position(|known| *known == tree).unwrap_or_else(|| {
                self.data.push(tree);
                self.data.len() - 1
            });
            return self.dag.leaf(Entry::Data(u32::try_from(at).expect("fewer columns than nodes")));
        }
        self.map[node as usize].unwrap_or(node)
    }

    /// e^-|x|
    fn exp_minus_abs(&mut self, x: Node) -> Node {
        let size = self.dag.one(Op::Abs, x);
        let minus = self.dag.raw(Op::Neg, &[size]);
        self.dag.raw(Op::Exp, &[minus])
    }

    fn log1p_exp_minus_abs(&mut self, x: Node) -> Node {
        let e = self.exp_minus_abs(x);
        self.dag.raw(Op::Log1p, &[e])
    }

    /// 1 / (1 + e) and e / (1 + e) with e = e^-|x|: the larger and the smaller of sigmoid(x) and sigmoid(-x).
    fn shares(&mut self, x: Node) -> (Node, Node) {
        let (e, one) = (self.exp_minus_abs(x), self.dag.constant(1.0));
        let total = self.dag.raw(Op::Add, &[one, e]);
        (self.dag.raw(Op::Div, &[one, total]), self.dag.raw(Op::Div, &[e, total]))
    }

    fn sigmoid(&mut self, x: Node) -> Node {
        let (large, small) = self.shares(x);
        let zero = self.dag.constant(0.0);
        let (inner, large, small) = match self.dag.inside(Op::Neg, x) {
            Some(inner) => (inner, small, large),
            None => (x, large, small),
        };
        let up = self.dag.raw(Op::LessEqual, &[zero, inner]);
        self.dag.raw(Op::Select, &[up, large, small])
    }

    /// sigmoid(x) sigmoid(-x) needs no choice between the two shares.
    fn product(&mut self, arguments: &[Node], args: &[Node]) -> Node {
        if let (Some(x), Some(y)) =
            (self.dag.inside(Op::Sigmoid, arguments[0]), self.dag.inside(Op::Sigmoid, arguments[1]))
        {
            let (first, second) = (self.of(x), self.of(y));
            let (a, b) = (self.exp_minus_abs(first), self.exp_minus_abs(second));
            if a == b && first != second {
                let (large, small) = self.shares(first);
                return self.dag.raw(Op::Mul, &[large, small]);
            }
        }
        self.dag.raw(Op::Mul, args)
    }
}
