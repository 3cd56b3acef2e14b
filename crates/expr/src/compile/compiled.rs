//! An own likelihood, ready to run: value, gradient and Hessian of every row in the coordinates of its inputs.

use loglik_num::{LANE, dispatch};

use super::bind::{Binder, Source};
use super::dag::Node;
use super::lower::lowered;
use super::machine::{Run, Scratch};
use super::schedule::{Plan, plan};
use crate::column::Column;
use crate::columns::Columns;
use crate::eval_error::{EvalError, EvalProblem};
use crate::evaluate::{evaluate, text_for_number};
use crate::function::name_of;
use crate::tree::Tree;

/// How many derivatives are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Order {
    /// The value.
    Value,
    /// Value and gradient.
    Gradient,
    /// Value, gradient and Hessian.
    Hessian,
}

/// Where a run writes; planes that the order does not ask for may be empty.
#[derive(Debug)]
pub struct Output<'o> {
    /// Values \[n\].
    pub l: &'o mut [f64],
    /// First derivatives \[k\]\[n\].
    pub g: &'o mut [f64],
    /// Second derivatives, lower triangle by rows \[k (k + 1) / 2\]\[n\].
    pub h: &'o mut [f64],
}

/// A compiled likelihood; shared between threads, each with its own [`Scratch`].
#[derive(Debug, Clone)]
pub struct Compiled {
    inputs: usize,
    data: Vec<Tree>,
    used: Vec<bool>,
    /// Inputs that usually have one value in all rows.
    common: Vec<bool>,
    /// By order.
    plans: [Plan; 3],
}

/// Compiles a likelihood: names, stable forms, exact derivatives, registers.
///
/// # Errors
/// Unknown names and functions with the nearest known word, wrong arguments, texts where numbers are needed, functions
/// without second derivative, a program that grows beyond [`crate::MAX_STEPS`].
pub fn compile(source: Source<'_>) -> Result<Compiled, EvalError> {
    let mut binder = Binder::new(source)?;
    let span = source.loglik.span;
    let too_large = || EvalError::new(span, EvalProblem::TooLarge);
    let root = binder.node(source.loglik)?;
    if binder.dag.is_too_large() {
        return Err(too_large());
    }
    let derivatives = binder.dag.derivatives(root).map_err(|missing| {
        let function = name_of(missing.0).unwrap_or("this function").to_owned();
        EvalError::new(span, EvalProblem::NotDifferentiable { function })
    })?;
    let zero = binder.dag.constant(0.0);
    let k = u32::try_from(source.inputs.len()).map_err(|_| too_large())?;
    let mut roots: Vec<Node> = vec![root];
    roots.extend((0..k).map(|i| derivatives.gradient.get(&i).copied().unwrap_or(zero)));
    for i in 0..k {
        roots.extend((0..=i).map(|j| derivatives.hessian.get(&(i, j)).copied().unwrap_or(zero)));
    }
    if binder.dag.is_too_large() {
        return Err(too_large());
    }
    let roots = lowered(&mut binder.dag, &mut binder.data, &roots);
    let common: Vec<bool> = source.inputs.iter().map(|input| input.is_common).collect();
    let plans = [1, 1 + source.inputs.len(), roots.len()].map(|n| plan(&binder.dag, &roots[..n], &common));
    let used = (0..k).map(|i| derivatives.gradient.contains_key(&i)).collect();
    Ok(Compiled { inputs: source.inputs.len(), data: binder.data, used, common, plans })
}

impl Compiled {
    /// The number of inputs, k.
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// Whether the value depends on input `i` at all.
    pub fn uses(&self, i: usize) -> bool {
        self.used[i]
    }

    /// The columns that a run reads, as expressions over the table, in the order of its `data`.
    pub fn data(&self) -> &[Tree] {
        &self.data
    }

    /// The number of operations per row.
    pub fn steps(&self, order: Order) -> usize {
        self.plans[order as usize].steps.len()
    }

    /// The columns that a run reads, computed over a table; NaN is missing \[columns\]\[rows\].
    ///
    /// # Errors
    /// What [`evaluate`] finds; a column of texts where numbers are needed.
    pub fn prepare(&self, columns: &dyn Columns) -> Result<Vec<Vec<f64>>, EvalError> {
        let number = |tree: &Tree| match evaluate(tree, columns)? {
            Column::Number(values) => Ok(values),
            Column::Category { .. } | Column::Sparse(_) => Err(text_for_number(tree)),
        };
        self.data.iter().map(number).collect()
    }

    /// Value and derivatives of n rows.
    ///
    /// * `data`    the prepared columns \[columns\]\[n\]
    /// * `inputs`  the coordinates \[k\]\[n\]
    /// * `scratch` buffers, reused from call to call
    /// * `out`     planes for what `order` asks; the others are not touched
    ///
    /// # Panics
    /// If n, the length of `out.l`, is not a multiple of the lane, or a column or plane is shorter than it has to be.
    pub fn eval(
        &self,
        order: Order,
        data: &[&[f64]],
        inputs: &[&[f64]],
        scratch: &mut Scratch,
        out: Output<'_>,
    ) {
        let n = out.l.len();
        assert!(n.is_multiple_of(LANE), "rows come in whole lanes");
        if n == 0 {
            return;
        }
        let k = self.inputs;
        let mut planes: Vec<&mut [f64]> = Vec::with_capacity(1 + k + k * (k + 1) / 2);
        planes.push(out.l);
        if order >= Order::Gradient {
            planes.extend(out.g.chunks_exact_mut(n).take(k));
        }
        if order == Order::Hessian {
            planes.extend(out.h.chunks_exact_mut(n).take(k * (k + 1) / 2));
        }
        let plan = &self.plans[order as usize];
        let once = self.common.iter().zip(inputs).all(|(common, input)| !common || is_one_value(&input[..n]));
        dispatch(Run { plan, once, data, inputs, scratch, planes: &mut planes });
    }
}

/// Whether all numbers have the same bits.
fn is_one_value(values: &[f64]) -> bool {
    let first = values.first().map_or(0, |v| v.to_bits());
    values.iter().fold(0, |differ, v| differ | (v.to_bits() ^ first)) == 0
}
