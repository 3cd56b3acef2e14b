//! Names to nodes: parameters, predictors, definitions, columns, library densities.
//!
//! What depends on the data alone and is not plain arithmetic (texts, levels, `row`) becomes a prepared column, a
//! tree that is evaluated over the table before the first pass; everything else becomes nodes of the graph.

use std::cell::Cell;
use std::collections::BTreeMap;

use super::dag::{Dag, Entry, Node};
use super::text;
use crate::columns::Columns;
use crate::eval_error::{EvalError, EvalProblem, MAX_STEPS};
use crate::function::{Arithmetic, combine, is_function, link_op, named_constant, unknown_function};
use crate::nearest::nearest;
use crate::op::Op;
use crate::print::spell_number;
use crate::program::{Definition, Domain};
use crate::span::{Span, escaped};
use crate::tree::{Arg, Kind, Tree};

/// A number that the likelihood is differentiated for, in coordinates without bounds.
///
/// `u` is the coordinate: the value is `low + exp(u)` above a bound, `high - exp(u)` below one, and
/// `low + (high - low) sigmoid(u)` between two.
#[derive(Debug, Clone, PartialEq)]
pub struct Input {
    /// Its name in the text.
    pub name: String,
    /// Where its value lies; [`Domain::Real`] for a predictor.
    pub domain: Domain,
    /// Whether it usually has one value in all rows, as a parameter has: what depends on such inputs alone is then computed
    /// once and not in every row.
    pub is_common: bool,
}

/// A density as text: what a call of it stands for.
#[derive(Debug, Clone, PartialEq)]
pub struct Template {
    /// Its arguments, in order.
    pub arguments: Vec<Argument>,
    /// Definitions over the arguments, each after those that it uses.
    pub definitions: Vec<Definition>,
    /// The value.
    pub body: Tree,
    /// Named arguments that chose this template and are no numbers of it: `link = 'probit'`.
    pub options: Vec<String>,
}

/// An argument of a [`Template`].
#[derive(Debug, Clone, PartialEq)]
pub struct Argument {
    /// Its name in the body.
    pub name: String,
    /// Its value where none is given.
    pub default: Option<f64>,
}

impl Argument {
    /// As an error shows it.
    fn shown(&self) -> String {
        match self.default {
            Some(value) => format!("`{} = {}`", self.name, spell_number(value)),
            None => format!("`{}`", self.name),
        }
    }
}

/// Densities by name. `expr` knows no statistics: whoever does brings them.
pub trait Library {
    /// The density `name` for a call with these arguments (`gamma_lpdf(y, shape = k, mean = mu)` names `shape` and
    /// `mean`), so that one name may have several parametrisations, options, and as many arguments as it has classes;
    /// `None` where nothing has the name.
    ///
    /// # Errors
    /// An option that there is not.
    fn density(&self, name: &str, args: &[Arg]) -> Result<Option<Template>, EvalError>;
    /// The names that exist, for did-you-mean.
    fn names(&self) -> Vec<String>;
}

/// A library without densities.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoLibrary;

impl Library for NoLibrary {
    fn density(&self, _: &str, _: &[Arg]) -> Result<Option<Template>, EvalError> {
        Ok(None)
    }
    fn names(&self) -> Vec<String> {
        Vec::new()
    }
}

/// What a likelihood is compiled from.
#[derive(Clone, Copy)]
pub struct Source<'a> {
    /// The value of one row.
    pub loglik: &'a Tree,
    /// Names for parts of it, each after those that it uses.
    pub definitions: &'a [Definition],
    /// Parameters and predictors, in the order of the derivatives.
    pub inputs: &'a [Input],
    /// The columns that may be read; the rows are not looked at.
    pub columns: &'a dyn Columns,
    /// The densities that may be called.
    pub library: &'a dyn Library,
}

/// A name that stands for a node, or for a text that only comparisons may see.
#[derive(Debug, Clone)]
enum Bound {
    Node(Node),
    Text(Tree),
}

/// The graph while names are looked up.
pub(crate) struct Binder<'a> {
    pub(crate) dag: Dag,
    /// Trees of the prepared columns, in the order of [`Entry::Data`].
    pub(crate) data: Vec<Tree>,
    source: Source<'a>,
    names: BTreeMap<String, Bound>,
    /// Nodes copied so far where definitions were put in place of names.
    copied: Cell<usize>,
}

/// Which names a tree may use, and where its errors are.
#[derive(Clone, Copy)]
enum Scope<'s> {
    /// All of the text.
    Text,
    /// A density's own arguments and definitions; errors are at the call.
    Template(&'s BTreeMap<String, Node>, Span),
}

impl<'a> Binder<'a> {
    /// Inputs and definitions bound.
    pub(crate) fn new(source: Source<'a>) -> Result<Binder<'a>, EvalError> {
        let mut binder = Binder {
            dag: Dag::default(),
            data: Vec::new(),
            source,
            names: BTreeMap::new(),
            copied: Cell::new(0),
        };
        // Inputs come before everything: the walk for derivatives ends there.
        let inputs: Vec<Node> =
            (0..).zip(source.inputs).map(|(i, _)| binder.dag.leaf(Entry::Input(i))).collect();
        for (input, u) in source.inputs.iter().zip(inputs) {
            let value = natural(&mut binder.dag, input.domain, u);
            binder.names.insert(input.name.clone(), Bound::Node(value));
        }
        for definition in source.definitions {
            let bound = if text::is_textual(&definition.value, &|name| binder.is_text(name)) {
                Bound::Text(binder.closed(&definition.value)?)
            } else {
                Bound::Node(binder.node(&definition.value)?)
            };
            binder.names.insert(definition.name.clone(), bound);
        }
        Ok(binder)
    }

    /// The node of a tree in the scope of the text.
    pub(crate) fn node(&mut self, tree: &Tree) -> Result<Node, EvalError> {
        self.bind(tree, Scope::Text)
    }

    fn is_text(&self, name: &str) -> bool {
        match self.names.get(name) {
            Some(bound) => matches!(bound, Bound::Text(_)),
            None => text::is_category(self.source.columns, name),
        }
    }

    /// The tree with the names of definitions replaced, so that it can be read over columns alone.
    fn closed(&self, tree: &Tree) -> Result<Tree, EvalError> {
        self.count_copied(tree, tree.span)?;
        text::substituted(tree, &mut |name, span| match self.names.get(name) {
            Some(Bound::Text(inner)) => {
                self.count_copied(inner, span)?;
                Ok(Some(inner.clone()))
            }
            Some(Bound::Node(node)) if self.dag.varies(*node) => {
                let problem = EvalProblem::ParameterInText { name: escaped(name) };
                Err(EvalError::new(span, problem))
            }
            Some(Bound::Node(_)) => {
                let found = self.source.definitions.iter().find(|d| d.name == name);
                found.map(|d| self.closed(&d.value)).transpose()
            }
            None => Ok(None),
        })
    }

    /// Definitions that stand for each other would otherwise double with every line.
    fn count_copied(&self, tree: &Tree, span: Span) -> Result<(), EvalError> {
        self.copied.set(self.copied.get() + tree.size());
        if self.copied.get() > MAX_STEPS { Err(EvalError::new(span, EvalProblem::TooLarge)) } else { Ok(()) }
    }

    fn prepared(&mut self, tree: Tree) -> Node {
        let at = self.data.iter().position(|known| *known == tree).unwrap_or_else(|| {
            self.data.push(tree);
            self.data.len() - 1
        });
        self.dag.leaf(Entry::Data(u32::try_from(at).expect("fewer columns than nodes of a text")))
    }

    fn bind(&mut self, tree: &Tree, scope: Scope<'_>) -> Result<Node, EvalError> {
        if self.dag.is_too_large() {
            return Err(EvalError::new(tree.span, EvalProblem::TooLarge));
        }
        if let Scope::Text = scope
            && text::needs_table(tree, &|name| self.is_text(name))
        {
            let tree = self.closed(tree)?;
            return Ok(self.prepared(tree));
        }
        let span = if let Scope::Template(_, span) = scope { span } else { tree.span };
        match &tree.kind {
            Kind::Name(name) => self.name(name, tree, scope),
            // Operand by operand: a long sum needs no list of its terms.
            Kind::Chain(head, tail) => {
                let mut so_far = self.bind(head, scope)?;
                for (link, operand) in tail {
                    let operand = self.bind(operand, scope)?;
                    so_far = self.dag.apply(link_op(*link, span)?, &[so_far, operand]);
                }
                Ok(so_far)
            }
            Kind::Call(name, args) if !is_function(name) => self.density(name, args, tree.span, scope),
            _ => {
                let children: Vec<Node> = tree
                    .children()
                    .into_iter()
                    .map(|child| self.bind(child, scope))
                    .collect::<Result<_, _>>()?;
                combine(&mut self.dag, tree, children).map_err(|e| EvalError::new(span, e.problem))
            }
        }
    }

    fn name(&mut self, name: &str, tree: &Tree, scope: Scope<'_>) -> Result<Node, EvalError> {
        if let Scope::Template(names, span) = scope {
            let constant = named_constant(name);
            return match (names.get(name), constant) {
                (Some(node), _) => Ok(*node),
                (None, Some(value)) => Ok(self.dag.number(value)),
                _ => Err(EvalError::new(
                    span,
                    EvalProblem::UnknownColumn { name: escaped(name), nearest: None },
                )),
            };
        }
        match self.names.get(name) {
            Some(Bound::Node(node)) => return Ok(*node),
            Some(Bound::Text(_)) => return Err(crate::evaluate::text_for_number(tree)),
            None => {}
        }
        if text::is_category(self.source.columns, name) {
            return Err(crate::evaluate::text_for_number(tree));
        }
        if self.source.columns.column(name).is_some() {
            return Ok(self.prepared(tree.clone()));
        }
        if let Some(value) = named_constant(name) {
            return Ok(self.dag.number(value));
        }
        let known = self.names.keys().map(String::as_str);
        let near =
            nearest(name, known.chain(self.source.columns.names().iter().map(String::as_str))).map(escaped);
        Err(EvalError::new(tree.span, EvalProblem::UnknownColumn { name: escaped(name), nearest: near }))
    }

    /// A call of a library density: its arguments are nodes, its body is bound over them.
    fn density(&mut self, name: &str, args: &[Arg], span: Span, scope: Scope<'_>) -> Result<Node, EvalError> {
        let Some(template) = self.source.library.density(name, args)? else {
            return Err(unknown_function(name, span, &self.source.library.names()));
        };
        let fail = |problem| Err(EvalError::new(span, problem));
        let takes = || template.arguments.iter().map(Argument::shown).collect::<Vec<_>>().join(", ");
        let mut names: BTreeMap<String, Node> = BTreeMap::new();
        let is_option = |arg: &&Arg| arg.name.as_ref().is_some_and(|name| template.options.contains(name));
        for (at, arg) in args.iter().filter(|arg| !is_option(arg)).enumerate() {
            let target = match &arg.name {
                Some(name) => template.arguments.iter().find(|a| a.name == *name),
                None => template.arguments.get(at),
            };
            let Some(target) = target else {
                return match &arg.name {
                    Some(named) => fail(EvalProblem::ArgumentName {
                        function: escaped(name),
                        name: escaped(named),
                        takes: Some(takes()),
                    }),
                    None => {
                        let expected = template.arguments.len().to_string();
                        fail(EvalProblem::ArgumentCount {
                            function: escaped(name),
                            expected,
                            given: args.len(),
                        })
                    }
                };
            };
            let value = self.bind(&arg.value, scope)?;
            if names.insert(target.name.clone(), value).is_some() {
                return fail(EvalProblem::ArgumentName {
                    function: escaped(name),
                    name: escaped(&target.name),
                    takes: Some(takes()),
                });
            }
        }
        for argument in &template.arguments {
            if names.contains_key(&argument.name) {
                continue;
            }
            let Some(value) = argument.default else {
                let (function, name) = (escaped(name), argument.name.clone());
                return fail(EvalProblem::ArgumentMissing { function, name, takes: takes() });
            };
            let value = self.dag.number(value);
            names.insert(argument.name.clone(), value);
        }
        for definition in &template.definitions {
            let value = self.bind(&definition.value, Scope::Template(&names, span))?;
            names.insert(definition.name.clone(), value);
        }
        self.bind(&template.body, Scope::Template(&names, span))
    }
}

/// The value of a parameter from its coordinate.
fn natural(dag: &mut Dag, domain: Domain, u: Node) -> Node {
    match domain {
        Domain::Real => u,
        Domain::Above(low) => {
            let (low, exp) = (dag.number(low), dag.one(Op::Exp, u));
            dag.add(low, exp)
        }
        Domain::Below(high) => {
            let (high, exp) = (dag.number(high), dag.one(Op::Exp, u));
            dag.sub(high, exp)
        }
        Domain::Between(low, high) => {
            let share = dag.one(Op::Sigmoid, u);
            let (low, reach) = (dag.number(low), dag.scaled(high - low, share));
            dag.add(low, reach)
        }
    }
}
