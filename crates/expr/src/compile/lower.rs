//! From formulas to shared work: log-space steps at x and -x become one family, and what depends on the data alone
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
            Op::Log1pexp => self.logistic(args[0], [Op::Log1pexp, Op::Log1pexpMinus]),
            Op::Sigmoid => self.logistic(args[0], [Op::Sigmoid, Op::SigmoidMinus]),
            Op::Logaddexp => {
                let gap = self.dag.raw(Op::Gap, &args);
                let tail = self.logistic(gap, [Op::LogisticTail; 2]);
                let top = self.dag.raw(Op::Max, &args);
                self.dag.raw(Op::Add, &[top, tail])
            }
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

    /// A member of the logistic family at x: the first operation, or the second one at -x, so that all that is asked at x and
    /// at -x is asked at one of the two.
    fn logistic(&mut self, x: Node, ops: [Op; 2]) -> Node {
        if let Some(inner) = self.dag.inside(Op::Neg, x) {
            return self.dag.raw(ops[1], &[inner]);
        }
        for op in [Op::Sub, Op::Gap] {
            if let Some((a, b)) = self.dag.both(op, x)
                && a > b
            {
                let turned = self.dag.raw(op, &[b, a]);
                return self.dag.raw(ops[1], &[turned]);
            }
        }
        self.dag.raw(ops[0], &[x])
    }
}
