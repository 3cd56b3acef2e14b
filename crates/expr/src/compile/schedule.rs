//! Graph to steps: what all rows share first, then an order in which few results are alive at a time; products fused into
//! sums, registers given.

use std::collections::BTreeMap;

use super::dag::{Dag, Entry, Node};
use super::lower::reachable;
use crate::family::{Family, MEMBERS, family};
use crate::op::Op;

/// Where a number comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Register(usize),
    Data(usize),
    Input(usize),
    Constant(usize),
    /// A plane of the answer, which later steps may read.
    Plane(usize),
}

/// One step over all rows of a tile.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Step {
    /// `to = op(args)`, a register or a plane; arguments beyond the operation's own repeat the first.
    Compute { op: Op, args: [Place; 3], to: Place },
    /// The members of a family that are wanted, at once; arguments beyond the family's own repeat the first.
    Together { family: Family, args: [Place; 3], to: [Option<Place>; MEMBERS] },
    /// A copy to plane number `output` of the answer: a leaf, or what another plane holds.
    Store { from: Place, output: usize },
}

/// A program without jumps.
#[derive(Debug, Clone, Default)]
pub(crate) struct Plan {
    pub(crate) steps: Vec<Step>,
    /// How many of the steps, the first ones, need constants and common inputs alone.
    pub(crate) common: usize,
    /// Registers of theirs that later steps read and none writes.
    pub(crate) shared: Vec<usize>,
    pub(crate) registers: usize,
    pub(crate) constants: Vec<f64>,
}

/// The program that computes the roots, in their order.
///
/// * `common` inputs that usually have one value in all rows                 `[inputs]`
pub(crate) fn plan(dag: &Dag, roots: &[Node], common: &[bool]) -> Plan {
    let mut scheduler = Scheduler::new(dag, roots, common);
    for (output, root) in roots.iter().enumerate() {
        scheduler.order(*root);
        scheduler.sequence.push(Item::Store(*root, output));
    }
    scheduler.allocated()
}

#[derive(Debug, Clone, Copy)]
enum Item {
    Compute(Node),
    Together(Family, [Node; 3]),
    Store(Node, usize),
}

/// The wanted members of the families, by what they are computed from.
type Families = BTreeMap<(Family, [Node; 3]), [Option<Node>; MEMBERS]>;

struct Scheduler<'d> {
    dag: &'d Dag,
    /// Times that a node is used.
    uses: Vec<usize>,
    done: Vec<bool>,
    /// Whether a node is made of constants and common inputs.
    common: Vec<bool>,
    sequence: Vec<Item>,
    families: Families,
}

impl<'d> Scheduler<'d> {
    fn new(dag: &'d Dag, roots: &[Node], inputs: &[bool]) -> Scheduler<'d> {
        let needed = reachable(dag, roots);
        let mut common = vec![false; needed.len()];
        for node in (0..).take(needed.len()) {
            common[node as usize] = match dag.entry(node) {
                Entry::Number(_) => true,
                Entry::Data(_) => false,
                Entry::Input(at) => inputs[at as usize],
                Entry::Apply(..) => dag.arguments(node).into_iter().all(|a| common[a as usize]),
            };
        }
        let mut uses = vec![0; needed.len()];
        for root in roots {
            uses[*root as usize] += 1;
        }
        let mut families = Families::new();
        for node in (0..).take(needed.len()).filter(|n: &Node| needed[*n as usize]) {
            for argument in dag.arguments(node) {
                uses[argument as usize] += 1;
            }
            if let Some((key, member)) = member(dag, node) {
                families.entry(key).or_default()[member] = Some(node);
            }
        }
        families.retain(|_, members| members.iter().flatten().count() > 1);
        Scheduler { dag, uses, done: vec![false; needed.len()], common, sequence: Vec::new(), families }
    }

    /// The operation that is run for a node: a product that only this sum uses is part of it.
    fn fused(&self, node: Node) -> (Op, Vec<Node>) {
        let Entry::Apply(op, _) = self.dag.entry(node) else { return (Op::Add, Vec::new()) };
        let args = self.dag.arguments(node);
        let product = |at: Node| {
            let factors = match self.dag.entry(at) {
                Entry::Apply(Op::Mul, [x, y, _]) => Some((x, y)),
                Entry::Apply(Op::Square, [x, ..]) => Some((x, x)),
                _ => None,
            };
            factors.filter(|_| self.uses[at as usize] == 1)
        };
        match op {
            Op::Add => {
                for (a, b) in [(args[0], args[1]), (args[1], args[0])] {
                    if let Some((x, y)) = product(a) {
                        return (Op::MulAdd, vec![x, y, b]);
                    }
                }
            }
            Op::Sub => {
                if let Some((x, y)) = product(args[1]) {
                    return (Op::MulSub, vec![x, y, args[0]]);
                }
                if let Some((x, y)) = product(args[0]) {
                    return (Op::MulLess, vec![x, y, args[1]]);
                }
            }
            _ => {}
        }
        (op, args)
    }

    /// Puts a node after everything that it needs, depth first.
    fn order(&mut self, root: Node) {
        let mut stack = vec![(root, false)];
        while let Some((node, is_ready)) = stack.pop() {
            if self.done[node as usize] || !matches!(self.dag.entry(node), Entry::Apply(..)) {
                continue;
            }
            if is_ready {
                self.compute(node);
                continue;
            }
            stack.push((node, true));
            for argument in self.fused(node).1.into_iter().rev() {
                stack.push((argument, false));
            }
        }
    }

    /// The node, and its family where others of it are wanted too.
    fn compute(&mut self, node: Node) {
        if let Some((key, _)) = member(self.dag, node)
            && let Some(members) = self.families.get(&key)
        {
            for sibling in members.iter().flatten() {
                self.done[*sibling as usize] = true;
            }
            self.sequence.push(Item::Together(key.0, key.1));
            return;
        }
        self.done[node as usize] = true;
        self.sequence.push(Item::Compute(node));
    }

    /// Whether an item reads constants and common inputs alone.
    fn is_common(&self, item: &Item) -> bool {
        match item {
            Item::Compute(node) => self.common[*node as usize],
            Item::Together(_, arguments) => arguments.iter().all(|a| self.common[*a as usize]),
            Item::Store(..) => false,
        }
    }

    fn allocated(mut self) -> Plan {
        // Common items need none of the others: they come first, in their order.
        let (first, then): (Vec<Item>, Vec<Item>) =
            std::mem::take(&mut self.sequence).into_iter().partition(|item| self.is_common(item));
        let common = first.len();
        self.sequence = first.into_iter().chain(then).collect();
        let mut left: BTreeMap<Node, usize> = BTreeMap::new();
        for item in &self.sequence {
            match item {
                Item::Compute(node) => {
                    for argument in self.fused(*node).1 {
                        *left.entry(argument).or_default() += 1;
                    }
                }
                Item::Together(_, arguments) => {
                    for argument in arguments {
                        *left.entry(*argument).or_default() += 1;
                    }
                }
                Item::Store(..) => {}
            }
        }
        // A result is computed where it is wanted: the first plane that holds it.
        let mut homes: BTreeMap<Node, usize> = BTreeMap::new();
        for item in &self.sequence {
            if let Item::Store(node, output) = item
                && !self.common[*node as usize]
            {
                homes.entry(*node).or_insert(*output);
            }
        }
        // What others read of the common results stays as long as the program runs, as it is not computed anew for every
        // tile.
        let mut shared: Vec<Node> = Vec::new();
        for item in &self.sequence[common..] {
            shared.extend(match item {
                Item::Compute(node) => self.fused(*node).1,
                Item::Together(_, arguments) => arguments.to_vec(),
                Item::Store(node, _) => vec![*node],
            });
        }
        shared
            .retain(|node| self.common[*node as usize] && matches!(self.dag.entry(*node), Entry::Apply(..)));
        shared.sort_unstable();
        shared.dedup();
        shared.iter().for_each(|node| *left.entry(*node).or_default() += 1);
        let held = BTreeMap::new();
        let mut registers =
            Registers { dag: self.dag, held, homes, free: Vec::new(), left, plan: Plan::default() };
        for item in &self.sequence {
            match item {
                Item::Compute(node) => {
                    let (op, arguments) = self.fused(*node);
                    registers.compute(*node, op, &arguments);
                }
                Item::Together(family, arguments) => {
                    let members = self.families.get(&(*family, *arguments)).copied().unwrap_or_default();
                    registers.together(*family, *arguments, members);
                }
                Item::Store(node, output) => {
                    let from = registers.place(*node);
                    if from != Place::Plane(*output) {
                        registers.plan.steps.push(Step::Store { from, output: *output });
                    }
                }
            }
        }
        for node in shared {
            if let Place::Register(register) = registers.place(node) {
                registers.plan.shared.push(register);
            }
        }
        registers.plan.common = common;
        registers.plan
    }
}

struct Registers<'d> {
    dag: &'d Dag,
    held: BTreeMap<Node, Place>,
    /// Planes in which results are computed.
    homes: BTreeMap<Node, usize>,
    free: Vec<usize>,
    /// Uses that are still to come.
    left: BTreeMap<Node, usize>,
    plan: Plan,
}

impl Registers<'_> {
    fn place(&mut self, node: Node) -> Place {
        match self.dag.entry(node) {
            Entry::Number(bits) => {
                let constants = &mut self.plan.constants;
                let at = constants.iter().position(|c| c.to_bits() == bits).unwrap_or_else(|| {
                    constants.push(f64::from_bits(bits));
                    constants.len() - 1
                });
                Place::Constant(at)
            }
            Entry::Data(at) => Place::Data(at as usize),
            Entry::Input(at) => Place::Input(at as usize),
            Entry::Apply(..) => *self.held.get(&node).expect("a node is computed before it is used"),
        }
    }

    fn compute(&mut self, node: Node, op: Op, arguments: &[Node]) {
        let first = self.place(arguments[0]);
        let mut args = [first; 3];
        for (place, argument) in args.iter_mut().zip(arguments) {
            *place = self.place(*argument);
        }
        // Taken before the arguments are given back: a step never writes what it reads.
        let to = self.home(node);
        self.plan.steps.push(Step::Compute { op, args, to });
        for argument in arguments {
            self.release(*argument);
        }
    }

    fn together(&mut self, family: Family, arguments: [Node; 3], members: [Option<Node>; MEMBERS]) {
        let args = arguments.map(|a| self.place(a));
        let to = members.map(|member| member.map(|node| self.home(node)));
        self.plan.steps.push(Step::Together { family, args, to });
        for argument in arguments {
            self.release(argument);
        }
    }

    /// A place for a result.
    fn home(&mut self, node: Node) -> Place {
        let to = match self.homes.get(&node) {
            Some(output) => Place::Plane(*output),
            None => Place::Register(self.free.pop().unwrap_or_else(|| {
                self.plan.registers += 1;
                self.plan.registers - 1
            })),
        };
        self.held.insert(node, to);
        to
    }

    fn release(&mut self, node: Node) {
        let Some(left) = self.left.get_mut(&node) else { return };
        *left -= 1;
        if *left == 0
            && let Some(Place::Register(register)) = self.held.get(&node)
        {
            self.free.push(*register);
        }
    }
}

/// What a node is computed from together with others of its family, and which member it is.
fn member(dag: &Dag, node: Node) -> Option<((Family, [Node; 3]), usize)> {
    let Entry::Apply(op, [a, b, c]) = dag.entry(node) else { return None };
    let (family, member) = family(op)?;
    let arguments = match op.arity() {
        1 => [a, a, a],
        2 => [a, b, a],
        _ => [a, b, c],
    };
    Some(((family, arguments), member))
}
