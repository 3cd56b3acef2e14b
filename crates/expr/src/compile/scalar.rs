//! Expressions of named numbers with exact derivatives: hypotheses, delta method, starts.

use super::bind::{Binder, Input, NoLibrary, Source};
use super::dag::{Dag, Entry, Node};
use super::slopes::NoDerivative;
use crate::column::Column;
use crate::columns::Columns;
use crate::eval_error::{EvalError, EvalProblem};
use crate::function::name_of;
use crate::program::Domain;
use crate::tree::Tree;
use loglik_num::Lane;

/// A table without columns.
struct NoColumns;

impl Columns for NoColumns {
    fn rows(&self) -> usize {
        0
    }
    fn names(&self) -> &[String] {
        &[]
    }
    fn column(&self, _: &str) -> Option<&Column> {
        None
    }
    fn file_row(&self, row: usize) -> usize {
        row
    }
}

/// Value and derivatives of an expression at a point.
#[derive(Debug, Clone, PartialEq)]
pub struct Local {
    /// The value.
    pub value: f64,
    /// First derivatives, in the order of the names \[p\].
    pub gradient: Vec<f64>,
}

/// The value of an expression of named numbers.
///
/// # Errors
/// Unknown names and functions with the nearest known word, wrong arguments, texts.
pub fn value(tree: &Tree, names: &[(&str, f64)]) -> Result<f64, EvalError> {
    let inputs = inputs(names);
    let mut binder = Binder::new(over_inputs(tree, &inputs))?;
    let root = binder.node(tree)?;
    too_large(&binder.dag, tree)?;
    Ok(values(&binder.dag, &numbers(names), root)[root as usize])
}

/// Value and gradient of an expression of named numbers.
///
/// # Errors
/// As [`value`]; functions without derivative.
pub fn gradient(tree: &Tree, names: &[(&str, f64)]) -> Result<Local, EvalError> {
    let inputs = inputs(names);
    let mut binder = Binder::new(over_inputs(tree, &inputs))?;
    let root = binder.node(tree)?;
    too_large(&binder.dag, tree)?;
    let found = binder.dag.gradient(root).map_err(|missing| without_derivative(tree, &missing))?;
    too_large(&binder.dag, tree)?;
    let last = found.values().copied().max().unwrap_or(0).max(root);
    let at = values(&binder.dag, &numbers(names), last);
    let slope = |i: u32| found.get(&i).map_or(0.0, |node| at[*node as usize]);
    Ok(Local { value: at[root as usize], gradient: (0..).take(names.len()).map(slope).collect() })
}

/// An expression of named numbers with its first and second derivatives, found once for many points.
pub struct Curve {
    dag: Dag,
    root: Node,
    /// By input.
    gradient: Vec<(usize, Node)>,
    /// By pair of inputs, each pair once.
    hessian: Vec<(usize, usize, Node)>,
    /// Numbers that it is an expression of.
    names: usize,
    last: Node,
}

impl Curve {
    /// The expression `tree` of numbers with these names.
    ///
    /// # Errors
    /// As [`value`]; functions without second derivative.
    pub fn new(tree: &Tree, names: &[&str]) -> Result<Self, EvalError> {
        let inputs: Vec<Input> = names.iter().map(|name| input(name)).collect();
        let mut binder = Binder::new(over_inputs(tree, &inputs))?;
        let root = binder.node(tree)?;
        too_large(&binder.dag, tree)?;
        let found = binder.dag.derivatives(root).map_err(|missing| without_derivative(tree, &missing))?;
        too_large(&binder.dag, tree)?;
        let gradient: Vec<_> = found.gradient.iter().map(|(i, node)| (*i as usize, *node)).collect();
        let hessian: Vec<_> =
            found.hessian.iter().map(|((i, j), node)| (*i as usize, *j as usize, *node)).collect();
        let nodes = gradient.iter().map(|(_, node)| *node).chain(hessian.iter().map(|(.., node)| *node));
        let last = nodes.max().unwrap_or(0).max(root);
        Ok(Self { dag: binder.dag, root, gradient, hessian, names: names.len(), last })
    }

    /// Its value, gradient `[k]` and Hessian `[k, k]` where the numbers are `at` `[k]`, in the order of the names.
    #[must_use]
    pub fn at(&self, at: &[f64]) -> (f64, Vec<f64>, Vec<f64>) {
        let k = self.names;
        let nodes = values(&self.dag, at, self.last);
        let (mut gradient, mut hessian) = (vec![0.0; k], vec![0.0; k * k]);
        self.gradient.iter().for_each(|(i, node)| gradient[*i] = nodes[*node as usize]);
        for (i, j, node) in &self.hessian {
            hessian[i * k + j] = nodes[*node as usize];
            hessian[j * k + i] = nodes[*node as usize];
        }
        (nodes[self.root as usize], gradient, hessian)
    }
}

fn without_derivative(tree: &Tree, missing: &NoDerivative) -> EvalError {
    let function = name_of(missing.0).unwrap_or("this function").to_owned();
    EvalError::new(tree.span, EvalProblem::NotDifferentiable { function })
}

fn input(name: &str) -> Input {
    Input { name: name.to_owned(), domain: Domain::Real, is_common: false }
}

fn inputs(names: &[(&str, f64)]) -> Vec<Input> {
    names.iter().map(|(name, _)| input(name)).collect()
}

fn numbers(names: &[(&str, f64)]) -> Vec<f64> {
    names.iter().map(|(_, value)| *value).collect()
}

/// An expression of inputs alone.
pub(crate) fn over_inputs<'a>(tree: &'a Tree, inputs: &'a [Input]) -> Source<'a> {
    Source { loglik: tree, definitions: &[], inputs, columns: &NoColumns, library: &NoLibrary }
}

fn too_large(dag: &Dag, tree: &Tree) -> Result<(), EvalError> {
    if dag.is_too_large() { Err(EvalError::new(tree.span, EvalProblem::TooLarge)) } else { Ok(()) }
}

/// The values of all nodes up to one.
fn values(dag: &Dag, numbers: &[f64], last: Node) -> Vec<f64> {
    let mut at: Vec<f64> = Vec::with_capacity(last as usize + 1);
    for node in 0..=last {
        let value = match dag.entry(node) {
            Entry::Number(bits) => f64::from_bits(bits),
            Entry::Input(i) => numbers[i as usize],
            Entry::Data(_) => f64::NAN,
            Entry::Apply(op, args) => op.value(args.map(|a| Lane::splat(at[a as usize]))).0[0],
        };
        at.push(value);
    }
    at
}
